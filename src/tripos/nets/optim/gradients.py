"""Gradients and weights changed on the way: clipping, and weight decay apart from the gradient."""

from __future__ import annotations

from collections.abc import Sequence

from ...graph import GraphError, Node, lift, maximum, minimum, named, norm, sqrt
from ...graph.node import Literal
from .optimizer import listed, setting, within


def total_norm(gradients: Sequence[Node]) -> Node:
    """Return the norm of all entries of several arrays together."""
    gradients = listed("total_norm", gradients)
    if len(gradients) == 1:
        return norm(gradients[0])
    total = lift(0)
    for g in gradients:
        total = total + (norm(g) if g.shape else g) ** 2
    return sqrt(total)


def _limit(own: str, name: str, value: Literal) -> Node:
    within(own, name, value)
    limit = setting(value, "c")
    if limit.op.name == "constant" and dict(limit.attrs)["value"][0] == 0:
        raise GraphError(f"{own}: {name} must be above 0")
    return limit


def clip_grad_value(gradients: Sequence[Node], clip_value: Literal) -> list[Node]:
    """Return gradients with each entry limited to −c .. c."""
    c = _limit("clip_grad_value", "clip_value", clip_value)
    return [minimum(maximum(g, -c), c) for g in listed("clip_grad_value", gradients)]


def clip_grad_norm(gradients: Sequence[Node], max_norm: Literal) -> list[Node]:
    """Return gradients scaled down together where their norm is above c: g · c/max(‖g‖, c).

    As Pascanu et al. (2013) define it; PyTorch adds 10⁻⁶ to the norm.
    """
    c = _limit("clip_grad_norm", "max_norm", max_norm)
    gradients = listed("clip_grad_norm", gradients)
    length = named(total_norm(gradients), "g_norm")
    return [g * (c / maximum(length, c)) for g in gradients]


def decay_weights(parameters: Sequence[Node], lr: Literal, weight_decay: Literal) -> list[Node]:
    """Return weights that shrink whatever the gradient: (1 − ηλ) w (Loshchilov and Hutter, 2019).

    Before a step of plain SGD it is the step of an L2 penalty λ/2 ‖w‖²; before other steps it is not.
    """
    within("decay_weights", "lr", lr)
    within("decay_weights", "weight_decay", weight_decay)
    shrink = 1 - setting(lr, "eta") * setting(weight_decay, "lambda")
    return [shrink * w for w in listed("decay_weights", parameters)]
