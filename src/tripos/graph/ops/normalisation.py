"""Softmax and its logarithm, over the last axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..node import Builder, Node, Shape, define
from ..notation import call
from ..op import Array, GraphError, Op
from .elementwise import exp
from .reduction import repeat_last, sum_last


def _shape(name: str) -> Any:
    def rule(z: Shape) -> Shape:
        if not z:
            raise GraphError(f"{name}: expected a vector of logits, found a scalar")
        return z

    return rule


def _forward(xp: Any, z: Array) -> Array:
    e = xp.exp(z)
    return xp.divide(e, xp.sum(e, -1, keepdims=True))


def _stable(z: Array) -> Array:
    """Subtract the maximum first, so that no exponential overflows."""
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _stable_log(z: Array) -> Array:
    shifted = z - z.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def total(x: Node) -> Node:
    """Return the sum along the last axis in a shape that broadcasts against ``x``."""
    return sum_last(x) if x.ndim == 1 else repeat_last(sum_last(x), n=x.shape[-1])


softmax: Builder = define(
    Op(
        name="softmax",
        doc="e^z over its sum, along the last axis.",
        forward=_forward,
        kernel=_stable,
        shape=_shape("softmax"),
        notation=call("softmax"),
        backward=lambda g, y, z: [y * (g - total(g * y))],
        slips={"not normalised": exp, "left out": lambda z: z},
    )
)
log_softmax: Builder = define(
    Op(
        name="log_softmax",
        doc="The logarithm of softmax, along the last axis.",
        forward=lambda xp, z: z - xp.log(xp.sum(xp.exp(z), -1, keepdims=True)),
        kernel=_stable_log,
        shape=_shape("log_softmax"),
        notation=call("log softmax", r"\log\operatorname{softmax}"),
        backward=lambda g, y, z: [g - softmax(z) * total(g)],
    )
)
