"""Sums, means, variances and standard deviations along axes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..node import Builder, Dim, Literal, Node, Shape, as_dim, define, entry_count, lift, show_shape
from ..notation import Notation, Piece, call, number_piece, plus, root
from ..op import Array, GraphError, Op
from .reduction import mean, sum, sum_first, sum_last
from .shape import expand, reshape

Axes = int | Sequence[int] | None
"""Axes of an array; None stands for all of them."""


def axes_of(name: str, axes: Axes, x: Node) -> tuple[int, ...]:
    """Return axes of ``x`` counted from the last, -1, in order, or raise GraphError where they do not fit."""
    given = range(x.ndim) if axes is None else axes if isinstance(axes, (list, tuple, range)) else (axes,)
    for axis in given:
        if isinstance(axis, bool) or not isinstance(axis, int) or not -x.ndim <= axis < x.ndim:
            raise GraphError(f"{name}: there is no axis {axis!r} in an array of shape {show_shape(x.shape)}")
    found = sorted({axis % x.ndim - x.ndim for axis in given})
    if len(found) < len(given):
        raise GraphError(f"{name}: the axes {tuple(given)} name one of them twice")
    if not found:
        raise GraphError(f"{name}: name at least one axis; an array of shape {show_shape(x.shape)} was given")
    return tuple(found)


def reduced(shape: Shape, axes: tuple[int, ...], keepdims: bool) -> Shape:
    """Return a shape without some of its axes, or with those of size 1."""
    gone = {axis + len(shape) for axis in axes}
    return tuple(1 if i in gone else n for i, n in enumerate(shape) if keepdims or i not in gone)


def along(shape: Shape, axes: tuple[int, ...]) -> Dim:
    """Return how many entries stand along some axes."""
    return as_dim(entry_count(tuple(shape[axis] for axis in axes)))


def over_axes(text: str, latex: str) -> Notation:
    """Return the notation of a function of entries along axes, counted from 1, which all axes need not be."""

    def write(x: Piece, *, axes: tuple[int, ...], **attrs: Any) -> Piece:
        if len(axes) == x.rank:
            return call(text, latex)(x)
        where = ",".join(str(axis + x.rank + 1) for axis in axes)
        return call(f"{text}[{where}]", f"{latex}_{{{where}}}")(x)

    return write


def places(x: Shape, axes: tuple[int, ...], keepdims: bool = True) -> list[Sequence[int | None]]:
    """Return where the axes of an argument go whose entries are mixed along some of them."""
    gone = [axis + len(x) for axis in axes]
    moved = [0 if keepdims else len([g for g in gone if g < i]) for i in range(len(x))]
    return [[None if i in gone else i - moved[i] for i in range(len(x))]]


def _sum_backward(g: Node, y: Node, x: Node, axes: tuple[int, ...], keepdims: bool) -> list[Node]:
    return [expand(g if keepdims else reshape(g, reduced(x.shape, axes, True)), x.shape)]


_sum_axes: Builder = define(
    Op(
        name="sum_axes",
        doc="Sums along some axes, which are counted from the last, -1.",
        attrs={"axes": (-1,), "keepdims": False},
        forward=lambda xp, x, axes, keepdims: xp.sum(x, axes, keepdims=keepdims),
        shape=reduced,
        axes=places,
        flops=lambda x, axes, keepdims: entry_count(x),
        notation=over_axes("sum", r"\operatorname{sum}"),
        backward=_sum_backward,
        increasing=True,
    )
)


def sum_over(x: Literal, axes: Axes = None, keepdims: bool = False) -> Node:
    """Return the sums along some axes, all unless given; ``keepdims`` leaves them in with size 1."""
    x = lift(x)
    if axes is None and not keepdims:
        return sum(x)
    found = axes_of("sum", axes, x)
    if keepdims:
        return _sum_axes(x, axes=found, keepdims=True)
    if len(found) == x.ndim:
        return sum(x)
    if found == (-1,):
        return sum_last(x)
    if found == (-x.ndim,):
        return sum_first(x, ndim=x.ndim)
    return _sum_axes(x, axes=found, keepdims=False)


def variance(x: Literal, axes: Axes = None, *, unbiased: bool = False, keepdims: bool = False) -> Node:
    """Return the mean squared deviation from the mean, of all entries or along axes.

    ``unbiased`` divides by the number of entries less one, as estimates of a population's variance do.
    """
    x = lift(x)
    found = axes_of("variance", axes, x) if x.shape else ()
    count = along(x.shape, found)
    if unbiased:
        if count == 1:
            raise GraphError("variance: a single entry has no unbiased variance, which divides by n − 1 = 0")
        count = as_dim(count - 1)
    deviations = x - mean(x, found or None, keepdims=len(found) < x.ndim)
    variance: Node = sum_over(deviations**2, found or None, keepdims) / count
    return variance


# -- the standard deviation, and values measured in it -------------------------------------------


def std_shape(name: str) -> Any:
    """Return the rule for what is reduced along axes, or keeps its shape where nothing says so."""

    def rule(x: Shape, eps: Fraction, axes: tuple[int, ...], keepdims: bool | None = None) -> Shape:
        if not axes or any(not -len(x) <= axis < 0 for axis in axes):
            raise GraphError(
                f"{name}: there are no axes {axes} in an array of shape {show_shape(x)}; "
                "they are counted from the last, -1"
            )
        return x if keepdims is None else reduced(x, axes, keepdims)

    return rule


def deviations(xp: Any, x: Array, eps: Fraction, axes: tuple[int, ...]) -> tuple[Array, Array]:
    """Return x − μ and √(σ² + ε), axes kept."""
    count = entry_count(tuple(np.shape(x)[axis] for axis in axes))
    apart = x - xp.divide(xp.sum(x, axes, keepdims=True), count)
    spread = xp.divide(xp.sum(apart * apart, axes, keepdims=True), count)
    return apart, xp.sqrt(spread + xp.asarray(eps))


def _std(xp: Any, x: Array, eps: Fraction, axes: tuple[int, ...], keepdims: bool) -> Array:
    found = deviations(xp, x, eps, axes)[1]
    return found if keepdims else xp.sum(found, axes)  # of one entry each


def _write_std(x: Piece, eps: Fraction, axes: tuple[int, ...], keepdims: bool) -> Piece:
    if not eps:
        return over_axes("std", r"\operatorname{std}")(x, axes=axes)
    spread = over_axes("var", r"\operatorname{var}")(x, axes=axes)
    return root(plus(spread, number_piece(eps)))


def _std_backward(
    g: Node, y: Node, x: Node, eps: Fraction, axes: tuple[int, ...], keepdims: bool
) -> list[Node]:
    wide = reduced(x.shape, axes, True)
    if not keepdims and y.shape:
        g, y = reshape(g, wide), reshape(y, wide)
    apart = x - mean(x, axes, keepdims=bool(y.shape))
    return [g * apart / (along(x.shape, axes) * y)]


_std_node: Builder = define(
    Op(
        name="std",
        doc="√(σ² + ε) with the biased variance σ² along some axes, which are counted from the last, -1.",
        attrs={"eps": Fraction(0), "axes": (-1,), "keepdims": False},
        forward=_std,
        kernel=lambda x, eps, axes, keepdims: np.sqrt(np.var(x, axes, keepdims=keepdims) + float(eps)),
        shape=std_shape("std"),
        axes=lambda x, eps, axes, keepdims: places(x, axes, keepdims),
        flops=lambda x, eps, axes, keepdims: 4 * entry_count(x) + 4 * entry_count(reduced(x, axes, False)),
        notation=_write_std,
        backward=_std_backward,
        slips={
            "variance instead of its root": lambda x, eps, axes, keepdims: (
                variance(x, axes, keepdims=keepdims) + eps
            ),
            "variance with n − 1": lambda x, eps, axes, keepdims: (
                (variance(x, axes, unbiased=True, keepdims=keepdims) + eps) ** Fraction(1, 2)
            ),
        },
    )
)


def std(x: Literal, axes: Axes = None, *, eps: Literal = 0, keepdims: bool = False) -> Node:
    """Return √(σ² + ε), the standard deviation if ε is 0, of all entries or along axes; σ² divides by n."""
    x = lift(x)
    return _std_node(x, eps=checked_eps("std", eps), axes=axes_of("std", axes, x), keepdims=keepdims)


def checked_eps(name: str, eps: Literal) -> Literal:
    """Return ε, or raise GraphError where it is no number or is negative."""
    known = as_dim(lift(eps)) if not isinstance(eps, bool) else None
    if isinstance(known, Node) or known is None or known < 0:
        raise GraphError(f"{name}: eps is a number that is not negative, such as 1e-5; found {eps!r}")
    return known
