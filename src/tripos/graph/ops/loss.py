"""Losses.  On a probability that is an unnamed sigmoid or softmax they act on its logits, so that
the derivative comes out as a person would write it: σ(z) − y, p − y.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from ..conventions import convention
from ..node import Builder, Node, Shape, constant, define, lift, show_shape
from ..notation import CALL, SIGN, Piece, bracket, call
from ..op import Array, GraphError, Op
from .activation import sigmoid
from .contraction import dot
from .elementwise import log, maximum
from .leaf import onehot
from .normalisation import log_softmax, softmax
from .reduction import mean, sum


def _write_logistic(z: Piece, label: int) -> Piece:
    score = call("σ", r"\sigma")(z)
    if label == 1:
        return Piece(f"−log {score.text}", rf"-\log {score.latex}", SIGN)
    return Piece(f"−log(1 − {score.text})", rf"-\log\left(1 - {score.latex}\right)", SIGN)


def _sign(label: int) -> int:
    return 1 if label == 1 else -1


_logistic_loss: Builder = define(
    Op(
        name="logistic_loss",
        doc="The negative log-likelihood of a label 1 or 0 under σ(z).",
        attrs={"label": 1},
        forward=lambda xp, z, label: (
            -xp.log(xp.divide(1, 1 + xp.exp(-z)) if label == 1 else 1 - xp.divide(1, 1 + xp.exp(-z)))
        ),
        kernel=lambda z, label: np.logaddexp(0.0, -_sign(label) * z),
        shape=lambda z, label: z,
        notation=_write_logistic,
        backward=lambda g, y, z, label: [g * (sigmoid(z) - label)],
        elementwise=True,
        slips={"label mistaken": lambda z, label: _logistic_loss(z, label=1 - label)},
    )
)


def _write_cross_entropy(z: Piece, t: Piece) -> Piece:
    inner = call("log softmax", r"\log\operatorname{softmax}")(z)
    left = bracket(t, CALL)
    return Piece(f"−{left.text}ᵀ {inner.text}", rf"-{{{left.latex}}}^\top {inner.latex}", SIGN)


def _cross_entropy_shape(z: Shape, t: Shape) -> Shape:
    if z != t or len(z) != 1:
        raise GraphError(
            f"cross_entropy: logits {show_shape(z)} and target {show_shape(t)} must be vectors of one "
            "length; a class is given by its position, counted from 0, or as onehot(i, n)"
        )
    return ()


def _cross_entropy_forward(xp: Any, z: Array, t: Array) -> Array:
    return -xp.sum(t * (z - xp.log(xp.sum(xp.exp(z), -1, keepdims=True))), -1)


def _cross_entropy_kernel(z: Array, t: Array) -> Array:
    top = z.max(-1, keepdims=True)
    return (t * (top + np.log(np.exp(z - top).sum(-1, keepdims=True)) - z)).sum(-1)


def _cross_entropy_backward(g: Node, y: Node, z: Node, t: Node) -> list[Node]:
    share = softmax(z) if _sums_to_one(t) else softmax(z) * sum(t)
    return [g * (share - t), -(g * log_softmax(z))]


def _sums_to_one(t: Node) -> bool:
    """Say whether a target is known to be a distribution."""
    entries: tuple[Fraction, ...] = dict(t.attrs).get("value", ())
    total = Fraction(0)
    for entry in entries:
        total += entry
    return t.op.name == "constant" and total == 1


_cross_entropy: Builder = define(
    Op(
        name="cross_entropy",
        doc="The cross-entropy of softmax(z) against a target distribution t.",
        forward=_cross_entropy_forward,
        kernel=_cross_entropy_kernel,
        shape=_cross_entropy_shape,
        notation=_write_cross_entropy,
        backward=_cross_entropy_backward,
    )
)


def _target(target: Any, n: Any) -> Node:
    return onehot(target, n) if isinstance(target, int) else lift(target)


def cross_entropy(z: Node, target: Any) -> Node:
    """Return −Σ t log softmax(z); ``target`` is a class counted from 0 or a vector like ``z``.

    The derivative with respect to z is softmax(z)·Σt − t, and p − t where t sums to one.
    """
    return _in_base(_cross_entropy(z, _target(target, z.shape[0] if z.shape else 0)))


def nll(p: Node, label: Any) -> Node:
    """Return the negative log-likelihood of ``label`` under ``p``.

    Where ``p`` is a scalar, the probability of the positive class, the label is +1 or −1 (or 1 or 0);
    where it is a vector, the label is a class counted from 0 or a one-hot vector.
    """
    if p.ndim == 0:
        value = _binary(label)
        if p.op.name == "sigmoid" and p.name is None:
            return _in_base(_logistic_loss(p.args[0], label=value))
        return _in_base(-log(p) if value == 1 else -log(1 - p))
    if p.op.name == "softmax" and p.name is None:
        return cross_entropy(p.args[0], label)
    return _in_base(-dot(_target(label, p.shape[0]), log(p)))


def _binary(label: Any) -> int:
    node = lift(label)
    value = dict(node.attrs).get("value", (None,))[0]
    if node.shape or value not in (1, -1, 0):
        raise GraphError(f"nll: a binary label is +1 or -1 (or 1 or 0), found {label!r}")
    return int(value == 1)


def _in_base(loss: Node) -> Node:
    return loss if convention("log") == "e" else loss / log(constant(int(convention("log"))))


def bce(p: Node, y: Any) -> Node:
    """Return the binary cross-entropy −(y log p + (1 − y) log(1 − p)) of a target in [0, 1]."""
    return _in_base(-(lift(y) * log(p) + (1 - lift(y)) * log(1 - p)))


def mse(prediction: Node, y: Any) -> Node:
    """Return the squared error, with ½ and 1/N as the paper's conventions say."""
    error = prediction - lift(y)
    squares = error**2
    total = mean(squares) if convention("mean") == "over N" and error.ndim else sum(squares)
    total = squares if not error.ndim else total
    return total / 2 if convention("half") == "with 1/2" else total


def hinge(score: Node, label: int) -> Node:
    """Return max(0, 1 − y·s) for a label +1 or −1."""
    return maximum(0, 1 - label * score)


def perceptron_loss(score: Node, label: int) -> Node:
    """Return max(0, −y·s) for a label +1 or −1."""
    return maximum(0, -label * score)


__all__ = ["bce", "cross_entropy", "hinge", "mse", "nll", "perceptron_loss"]
