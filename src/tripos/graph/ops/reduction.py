"""Ops that reduce axes: sum, mean, max, argmax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..node import Builder, Literal, Node, Shape, as_dim, define, entry_count, lift, show_shape
from ..notation import ENTRYWISE, ONES, SUM, Piece, bracket, call, repeated, times, transposed
from ..op import Array, GraphError, Op
from .elementwise import greater_equal
from .shape import expand


def _last(x: Array, ndim: int) -> tuple[int, ...]:
    """Return the last ``ndim`` axes of an array."""
    return tuple(range(np.ndim(x) - ndim, np.ndim(x)))


def _flat(xp: Any, x: Array, ndim: int) -> Array:
    """Return ``x`` with its last ``ndim`` axes made one."""
    x = x if hasattr(x, "shape") else xp.asarray(x)
    return xp.reshape(x, (*x.shape[: x.ndim - ndim], -1)) if ndim != 1 else x


def _bare(x: Piece, **attrs: Any) -> Piece:
    inner = bracket(x, ENTRYWISE)
    return Piece(f"Σ {inner.text}", rf"\sum {inner.latex}", SUM)


_sum_node: Builder = define(
    Op(
        name="sum",
        doc="The sum of all entries.",
        attrs={"ndim": 0},
        forward=lambda xp, x, ndim: xp.sum(_flat(xp, x, ndim), -1),
        kernel=lambda x, ndim: np.add.reduce(x, axis=_last(x, ndim)),
        shape=lambda x, ndim: (),
        flops=lambda x, ndim: entry_count(x),
        notation=_bare,
        backward=lambda g, y, x, ndim: [expand(g, x.shape)],
        increasing=True,
        slips={"averaged instead of summed": lambda x, ndim: mean(_several(x))},
    )
)


def _several(x: Node) -> Node:
    """Return an array; raise GraphError where it has one entry, its own mean and both its extremes."""
    if as_dim(entry_count(x.shape)) == 1:
        raise GraphError("there is one entry only")
    return x


def sum(x: Literal) -> Node:
    """Return the sum of all entries."""
    x = lift(x)
    return _sum_node(x, ndim=x.ndim)


def _rows_shape(name: str) -> Any:
    def rule(x: Shape, **attrs: Any) -> Shape:
        if not x:
            raise GraphError(f"{name}: expected at least one axis, found a scalar")
        return x[:-1]

    return rule


def _write_row_sums(x: Piece) -> Piece:
    """Write the sums of the rows of a matrix as X 𝟏."""
    if x.rank == 1:
        return _bare(x)
    return times(x, ONES) if x.rank == 2 else call("rowsum")(x)


def _write_column_sums(x: Piece, ndim: int) -> Piece:
    """Write the sums of the columns of a matrix as Xᵀ 𝟏."""
    if ndim == 1:
        return _bare(x)
    return times(transposed(x), ONES) if ndim == 2 else call("colsum")(x)


def _write_columns(x: Piece, n: Any) -> Piece:
    """Write a vector repeated in each column as v 𝟏ᵀ."""
    if x.rank == 0:
        return repeated(x, (0, 1))
    return times(x, transposed(ONES)) if x.rank == 1 else call("repeat")(x)


sum_last: Builder = define(
    Op(
        name="sum_last",
        doc="Sums along the last axis: of a matrix, the sum of each row.",
        forward=lambda xp, x: xp.sum(x, -1),
        shape=_rows_shape("sum_last"),
        axes=lambda x: [(*range(len(x) - 1), None)],
        flops=entry_count,
        notation=_write_row_sums,
        backward=lambda g, y, x: [repeat_last(g, n=x.shape[-1])],
        increasing=True,
        slips={"along the wrong axis": lambda x: _other_end(x, sum_first(x, ndim=x.ndim))},
    )
)
repeat_last: Builder = define(
    Op(
        name="repeat_last",
        doc="An array repeated along a new last axis: the adjoint of sum_last.",
        attrs={"n": 1},
        forward=lambda xp, x, n: xp.stack([x] * n, -1),
        shape=lambda x, n: (*x, n),
        axes=lambda x, n: [range(len(x))],
        notation=_write_columns,
        backward=lambda g, y, x, n: [sum_last(g)],
        increasing=True,
    )
)
sum_first: Builder = define(
    Op(
        name="sum_first",
        doc="Sums along the first axis: of a matrix, the sum of each column.",
        attrs={"ndim": 1},
        forward=lambda xp, x, ndim: xp.sum(x, -ndim),
        shape=lambda x, ndim: x[1:],
        axes=lambda x, ndim: [(None, *range(len(x) - 1))],
        flops=lambda x, ndim: entry_count(x),
        notation=_write_column_sums,
        backward=lambda g, y, x, ndim: [expand(g, x.shape)],
        increasing=True,
        slips={"along the wrong axis": lambda x, ndim: _other_end(x, sum_last(x))},
    )
)


def _other_end(x: Node, sums: Node) -> Node:
    """Return sums along the axis at the other end, where there is one."""
    if x.ndim < 2:
        raise GraphError("sum: there is one axis only")
    return sums


def sum_to(x: Node, shape: Shape) -> Node:
    """Return ``x`` summed over the axes along which ``shape`` was broadcast to it."""
    if x.shape == shape:
        return x
    if not shape:
        return sum(x)
    while x.ndim > len(shape):
        x = sum_first(x, ndim=x.ndim)
    axes = [i for i, n in enumerate(shape) if n == 1 and x.shape[i] != 1]
    if not axes:
        return x
    from .moments import sum_over

    return sum_over(x, axes, keepdims=True)


def mean(x: Literal, axes: int | Sequence[int] | None = None, *, keepdims: bool = False) -> Node:
    """Return the mean of all entries, or the means along axes; ``keepdims`` leaves these in with size 1."""
    from .moments import along, axes_of, sum_over

    x = lift(x)
    count = entry_count(x.shape) if axes is None else along(x.shape, axes_of("mean", axes, x))
    mean: Node = sum_over(x, axes, keepdims) / as_dim(count)
    return mean


def _extreme(name: str, which: str, sign: int) -> Builder:
    """Define the maximum of all entries, or the minimum: that of the negative ones, turned round."""
    confused = "minimum instead of maximum" if sign > 0 else "maximum instead of minimum"

    def hit(x: Node, y: Node) -> Node:
        found: Node = greater_equal(x, y) if sign > 0 else greater_equal(y, x)
        return found

    return define(
        Op(
            name=name,
            doc=f"The {which} entry; where several are, the derivative is shared out to each of them.",
            attrs={"ndim": 0},
            forward=lambda xp, x, ndim: sign * xp.max(sign * _flat(xp, x, ndim), -1),
            kernel=lambda x, ndim: (np.maximum if sign > 0 else np.minimum).reduce(x, axis=_last(x, ndim)),
            shape=lambda x, ndim: (),
            flops=lambda x, ndim: entry_count(x),
            notation=call(name, rf"\{name}"),
            backward=lambda g, y, x, ndim: [g * hit(x, y) / sum(hit(x, y))],
            increasing=True,
            kink=lambda xp, x, ndim: ties(xp, sign * _flat(xp, x, ndim)),
            slips={confused: lambda x, ndim: (minimum_of if sign > 0 else maximum_of)(_several(x))},
        )
    )


_max_node, _min_node = _extreme("max", "largest", 1), _extreme("min", "smallest", -1)


def minimum_of(x: Literal) -> Node:
    """Return the smallest entry."""
    x = lift(x)
    return _min_node(x, ndim=x.ndim)


def ties(xp: Any, x: Array) -> Array:
    """Say where the maximum along the last axis is reached more than once."""
    hit = xp.where(xp.equal(x, xp.max(x, -1, keepdims=True)), 1, 0)
    return xp.greater(xp.sum(hit, -1), 1)


def maximum_of(x: Literal) -> Node:
    """Return the largest entry."""
    x = lift(x)
    return _max_node(x, ndim=x.ndim)


def _write_argmax(x: Piece, labels: tuple[str, ...]) -> Piece:
    return call("argmax", r"\operatorname{argmax}")(x)


def _show_label(value: Array, labels: tuple[str, ...]) -> Piece:
    position = int(value.item())
    if not labels:
        return Piece(str(position), str(position))
    return Piece(labels[position - 1], rf"\text{{{labels[position - 1]}}}")


def _argmax_shape(x: Shape, labels: tuple[str, ...]) -> Shape:
    if len(x) != 1:
        raise GraphError(f"argmax: expected a vector, found shape {show_shape(x)}")
    if labels and x[0] != len(labels):
        raise GraphError(f"argmax: {len(labels)} labels for a vector of {show_shape(x)} entries")
    return ()


_argmax_node: Builder = define(
    Op(
        name="argmax",
        doc="The position of the largest entry, counted from 1; ``labels`` says what the positions mean.",
        attrs={"labels": ()},
        forward=lambda xp, x, labels: xp.asarray(xp.argmax(x, -1) + 1),
        kernel=lambda x, labels: np.argsort(-x, axis=-1, kind="stable")[..., 0] + 1.0,
        shape=_argmax_shape,
        flops=lambda x, labels: entry_count(x),
        notation=_write_argmax,
        kink=lambda xp, x, labels: ties(xp, x),
        slips={"smallest instead of largest": lambda x, labels: argmax(-x, labels)},
        show=_show_label,
    )
)


def argmax(x: Literal, labels: Any = ()) -> Node:
    """Return the position of the largest entry, counted from 1, or its label."""
    if not isinstance(labels, (list, tuple)):
        raise GraphError(f"argmax: labels are a list of words, found {labels!r}")
    return _argmax_node(x, labels=tuple(labels))


__all__ = [
    "argmax",
    "maximum_of",
    "mean",
    "minimum_of",
    "repeat_last",
    "sum",
    "sum_first",
    "sum_last",
    "sum_to",
]
