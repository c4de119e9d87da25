"""Softmax and its logarithm over the last axis; entries standardized along axes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from ..node import Builder, Literal, Node, Shape, define, entry_count, lift, show_shape
from ..notation import call
from ..op import Array, GraphError, Op
from .elementwise import exp
from .moments import (
    Axes,
    axes_of,
    checked_eps,
    deviations,
    over_axes,
    places,
    reduced,
    std,
    std_shape,
    variance,
)
from .reduction import mean, repeat_last, sum_last
from .shape import permute


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


def turned(z: Node) -> Node:
    """Return ``z`` with its last two axes swapped; a vector, which has one only, raises GraphError."""
    if z.ndim < 2:
        raise GraphError(f"an array of shape {show_shape(z.shape)} has no two axes to swap")
    return permute(z, (*range(z.ndim - 2), z.ndim - 1, z.ndim - 2))


softmax: Builder = define(
    Op(
        name="softmax",
        doc="e^z over its sum, along the last axis.",
        forward=_forward,
        kernel=_stable,
        jax="jax.nn.softmax",
        shape=_shape("softmax"),
        axes=lambda z: [(*range(len(z) - 1), None)],
        flops=3,
        notation=call("softmax"),
        backward=lambda g, y, z: [y * (g - total(g * y))],
        slips={
            "not normalised": exp,
            "softmax forgotten": lambda z: z,
            "over the wrong axis": lambda z: turned(softmax(turned(z))),
        },
    )
)
log_softmax: Builder = define(
    Op(
        name="log_softmax",
        doc="The logarithm of softmax, along the last axis.",
        forward=lambda xp, z: z - xp.log(xp.sum(xp.exp(z), -1, keepdims=True)),
        kernel=_stable_log,
        jax="jax.nn.log_softmax",
        shape=_shape("log_softmax"),
        axes=lambda z: [(*range(len(z) - 1), None)],
        flops=lambda z: 3 * entry_count(z) + entry_count(z[:-1]),
        notation=call("log softmax", r"\log\operatorname{softmax}"),
        backward=lambda g, y, z: [g - softmax(z) * total(g)],
        slips={
            "logarithm forgotten": softmax,
            "over the wrong axis": lambda z: turned(log_softmax(turned(z))),
        },
    )
)


# -- standardized ----------------------------------------------------------------------------------


def _standardize(xp: Any, x: Array, eps: Fraction, axes: tuple[int, ...]) -> Array:
    apart, spread = deviations(xp, x, eps, axes)
    return xp.divide(apart, spread)


def _standardize_in_jax(x: Array, eps: Fraction, axes: tuple[int, ...]) -> Array:
    from jax.lax import rsqrt

    apart = x - x.mean(axes, keepdims=True)
    return apart * rsqrt((apart * apart).mean(axes, keepdims=True) + float(eps))


def _standardize_backward(g: Node, y: Node, x: Node, eps: Fraction, axes: tuple[int, ...]) -> list[Node]:
    """Return (g − mean of g − y·mean of g·y) / √(σ² + ε): Ioffe and Szegedy (2015), gathered."""
    keep = len(axes) < x.ndim
    rest = g - mean(g, axes, keepdims=keep) - y * mean(g * y, axes, keepdims=keep)
    return [rest / std(x, axes, eps=eps, keepdims=keep)]


def _centred(x: Node, axes: tuple[int, ...]) -> Node:
    return x - mean(x, axes, keepdims=len(axes) < x.ndim)


_standardize_node: Builder = define(
    Op(
        name="standardize",
        doc="(x − μ) / √(σ² + ε) with the mean μ and the biased variance σ² along some axes.",
        attrs={"eps": Fraction(0), "axes": (-1,)},
        forward=_standardize,
        kernel=lambda x, eps, axes: (
            (x - np.mean(x, axes, keepdims=True)) * (np.var(x, axes, keepdims=True) + float(eps)) ** -0.5
        ),
        jax=_standardize_in_jax,
        shape=std_shape("standardize"),
        axes=lambda x, eps, axes: places(x, axes),
        flops=lambda x, eps, axes: 5 * entry_count(x) + 4 * entry_count(reduced(x, axes, False)),
        notation=over_axes("standardize", r"\operatorname{standardize}"),
        backward=_standardize_backward,
        slips={
            "divided by the variance": lambda x, eps, axes: (
                _centred(x, axes) / (variance(x, axes, keepdims=len(axes) < x.ndim) + eps)
            ),
            "variance with n − 1": lambda x, eps, axes: (
                _centred(x, axes)
                / (variance(x, axes, unbiased=True, keepdims=len(axes) < x.ndim) + eps) ** Fraction(1, 2)
            ),
            "mean not subtracted": lambda x, eps, axes: (
                x / std(x, axes, eps=eps, keepdims=len(axes) < x.ndim)
            ),
            "normalisation forgotten": lambda x, eps, axes: x,
        },
    )
)


def standardize(x: Literal, axes: Axes = -1, *, eps: Literal = 0) -> Node:
    """Return (x − μ) / √(σ² + ε) with the mean and the biased variance along axes, the last unless given."""
    x = lift(x)
    found = axes_of("standardize", axes, x)
    return _standardize_node(x, eps=checked_eps("standardize", eps), axes=found)
