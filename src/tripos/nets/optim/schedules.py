"""Step sizes that depend on the step: ``t`` counts the steps taken before, from 0.

To follow one, an optimizer is given a function: ``lr=lambda t: exponential_lr(0.1, t, 0.9)``.
The formulas are those of PyTorch's StepLR, ExponentialLR and CosineAnnealingLR.
"""

from __future__ import annotations

from ...graph import GraphError, Node, cos, floor, lift, pi
from ...graph.node import Literal


def step_lr(lr: Literal, t: Literal, step_size: Literal, gamma: Literal = 0.1) -> Node:
    """Return a step size that is multiplied by γ after every ``step_size`` steps."""
    _positive("step_lr", "step_size", step_size)
    return lift(lr) * lift(gamma) ** floor(lift(t) / lift(step_size))


def exponential_lr(lr: Literal, t: Literal, gamma: Literal) -> Node:
    """Return a step size that is multiplied by γ after every step."""
    return lift(lr) * lift(gamma) ** lift(t)


def cosine_annealing_lr(lr: Literal, t: Literal, T_max: Literal, eta_min: Literal = 0) -> Node:
    """Return a step size that falls from ``lr`` to ``eta_min`` in T_max steps along half a cosine.

    Loshchilov and Hutter (2017), without restarts.
    """
    _positive("cosine_annealing_lr", "T_max", T_max)
    low = lift(eta_min)
    return low + (lift(lr) - low) * (1 + cos(pi() * lift(t) / lift(T_max))) / 2


def _positive(own: str, name: str, value: Literal) -> None:
    node = lift(value)
    known = node.op.name == "constant" and dict(node.attrs)["value"]
    if node.shape or (known and any(n <= 0 for n in known)):
        raise GraphError(f"{own}: {name} must be a number above 0")
