"""Ops that move entries about: stack, reshape, vec, transpose, permute, expand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from string import ascii_lowercase
from typing import Any

import numpy as np

from ..node import (
    MAX_FILLED,
    Builder,
    Dim,
    Literal,
    Node,
    Shape,
    define,
    filled,
    is_literal,
    lift,
    show_shape,
)
from ..notation import CALL, Piece, array_piece, bracket, call, repeated, transposed
from ..op import Array, GraphError, Op
from ..sizes import as_shape
from .contraction import contract


def _stack_shape(*shapes: Shape, ndim: int) -> Shape:
    if not shapes:
        raise GraphError("stack: nothing to stack")
    if len(set(shapes)) > 1:
        raise GraphError(
            "stack: all entries must have one shape, found "
            + ", ".join(dict.fromkeys(show_shape(s) for s in shapes))
        )
    return (len(shapes), *shapes[0])


def together(xp: Any, arrays: Sequence[Array], ndim: int) -> list[Array]:
    """Return arrays with the same batch axes in front of their last ``ndim`` axes."""
    arrays = [x if hasattr(x, "shape") else xp.asarray(x) for x in arrays]
    lead = np.broadcast_shapes(*(x.shape[: x.ndim - ndim] for x in arrays))
    return [xp.broadcast_to(x, (*lead, *x.shape[x.ndim - ndim :])) for x in arrays]


def _stack(xp: Any, *xs: Array, ndim: int) -> Array:
    return xp.stack(together(xp, xs, ndim), -1 - ndim)


def _write_stack(*rows: Piece, ndim: int) -> Piece:
    if ndim == 0:
        apart = [r if r.prec >= CALL else Piece(bracket(r, CALL).text, r.latex) for r in rows]
        return array_piece(
            [b if " " in r.text else r for r, b in zip(rows, apart, strict=True)], (len(rows),)
        )
    flat = [_without_brackets(transposed(r)) for r in rows]
    latex = r" \\ ".join(r.latex for r in flat)
    return Piece(f"[{'; '.join(r.text for r in flat)}]", rf"\begin{{bmatrix}} {latex} \end{{bmatrix}}")


def _without_brackets(row: Piece) -> Piece:
    """Return a row of numbers as it stands inside a matrix; other rows as they are."""
    begin, end = r"\begin{bmatrix}", r"\end{bmatrix}"
    if not (row.text.startswith("[") and row.latex.startswith(begin)):
        return row
    return Piece(row.text[1:-1], row.latex.removeprefix(begin).removesuffix(end).strip())


_stack_node: Builder = define(
    Op(
        name="stack",
        doc="Arrays of one shape stacked along a new first axis.",
        attrs={"ndim": 0},
        forward=_stack,
        shape=_stack_shape,
        axes=lambda *shapes, ndim: [range(1, ndim + 1)] * len(shapes),
        notation=_write_stack,
        backward=lambda g, y, *xs, ndim: [g[i] for i in range(len(xs))],
        increasing=True,
    )
)


def stack(*rows: Any) -> Node:
    """Return arrays of one shape stacked along a new first axis."""
    nodes = [lift(r) for r in rows]
    return _stack_node(*nodes, ndim=nodes[0].ndim if nodes else 0)


def _reshape_shape(x: Shape, shape: Shape, order: str, ndim: int) -> Shape:
    known = all(isinstance(d, int) for d in (*x, *shape))
    if known and math.prod(x) != math.prod(shape):
        raise GraphError(
            f"reshape: {show_shape(x)} has {math.prod(x)} entries, "
            f"{show_shape(shape)} would have {math.prod(shape)}"
        )
    return shape


def _reshape_axes(x: Shape, shape: Shape, order: str, ndim: int) -> list[Sequence[int | None]]:
    """Return where each axis goes: those before the first change of size stay, and those after the last."""
    least = min(len(x), len(shape))
    same = [n == m for n, m in zip(x, shape, strict=False)]
    first = [*same, False].index(False)
    back = [n == m for n, m in zip(reversed(x), reversed(shape), strict=False)]
    last = min([*back, False].index(False), least - first)
    moved = len(shape) - len(x)
    kept: list[int | None] = [None] * (len(x) - first - last)
    return [[*range(first), *kept, *range(len(x) - last + moved, len(shape))]]


def _reshape(xp: Any, x: Array, shape: Shape, order: str, ndim: int) -> Array:
    lead = x.shape[: x.ndim - ndim]
    if order == "C":
        return xp.reshape(x, (*lead, *shape))
    axes = range(len(lead), x.ndim)
    flipped = xp.moveaxis(x, tuple(axes), tuple(reversed(axes)))
    out = xp.reshape(flipped, (*lead, *reversed(shape)))
    axes = range(len(lead), out.ndim)
    return xp.moveaxis(out, tuple(axes), tuple(reversed(axes)))


def _reshape_kernel(x: Array, shape: Shape, order: Any, ndim: int) -> Array:
    """Lay rows out one after the other; for columns number the entries, reorder the numbers, and gather."""
    if order == "C":
        entries = np.ascontiguousarray(x)
        return np.ndarray((*x.shape[: x.ndim - ndim], *shape), entries.dtype, entries)
    inner, lead = x.shape[x.ndim - ndim :], x.shape[: x.ndim - ndim]
    numbers = np.arange(math.prod(inner)).reshape(inner).ravel(order=order)
    places = numbers.reshape(shape, order=order).ravel()
    return x.reshape((*lead, -1))[..., places].reshape((*lead, *shape))


def _write_reshape(x: Piece, shape: Shape, order: str, ndim: int) -> Piece:
    if ndim == 1 and len(shape) > 1 and all(n == 1 for n in shape[1:]):
        return x  # a column, and a number for each of several maps, are written as the vector that they are
    if len(shape) == 1 or (len(shape) == 2 and shape[1] == 1):
        return call("vec" if order == "F" else "flatten")(x)
    return call("unvec" if order == "F" else "reshape")(x)


_reshape_node: Builder = define(
    Op(
        name="reshape",
        doc="The same entries in another shape, by rows (order C) or by columns (order F).",
        attrs={"shape": (), "order": "C", "ndim": 0},
        forward=_reshape,
        kernel=_reshape_kernel,
        shape=_reshape_shape,
        axes=_reshape_axes,
        view=True,
        notation=_write_reshape,
        backward=lambda g, y, x, shape, order, ndim: [reshape(g, x.shape, order)],
        increasing=True,
        slips={
            "row- instead of column-major": lambda x, shape, order, ndim: _otherwise(x, shape, order, "F"),
            "column- instead of row-major": lambda x, shape, order, ndim: _otherwise(x, shape, order, "C"),
        },
    )
)


def _otherwise(x: Node, shape: Shape, order: str, right: str) -> Node:
    """Return the entries read in the other order than ``right``, where that makes a difference."""
    if order != right:
        raise GraphError(f"reshape: the order here is {order}")
    if [n for n in x.shape if n != 1] == [n for n in shape if n != 1]:
        raise GraphError("reshape: where only axes of size 1 come or go, the order makes no difference")
    return reshape(x, shape, "F" if order == "C" else "C")


def reshape(x: Literal, shape: Shape | Dim, order: str = "C") -> Node:
    """Return the entries of ``x`` in another shape, read by rows ("C") or by columns ("F")."""
    x = lift(x)
    if not isinstance(order, str) or order not in ("C", "F"):
        raise GraphError(f"reshape: the order is 'C', by rows, or 'F', by columns; found {order!r}")
    return _reshape_node(x, shape=as_shape("reshape", shape), order=order, ndim=x.ndim)


def vec(x: Literal) -> Node:
    """Return the columns of a matrix stacked into one vector."""
    x = lift(x)
    return reshape(x, (_count(x),), "F")


def flatten(x: Literal) -> Node:
    """Return the entries row after row, last axis fastest (as PyTorch flattens)."""
    x = lift(x)
    return reshape(x, (_count(x),), "C")


def _count(x: Node) -> Any:
    total: Any = 1
    for dim in x.shape:
        total = dim * total
    return total


def _transpose_shape(x: Shape) -> Shape:
    if len(x) != 2:
        raise GraphError(f"transpose: expected a matrix, found shape {show_shape(x)}")
    return (x[1], x[0])


transpose: Builder = define(
    Op(
        name="transpose",
        doc="The transpose of a matrix.",
        forward=lambda xp, x: xp.swapaxes(x, -1, -2),
        kernel=lambda x: np.einsum("...ij->...ji", x),
        shape=_transpose_shape,
        axes=lambda x: [(1, 0)],
        view=True,
        notation=transposed,
        backward=lambda g, y, x: [transpose(g)],
        increasing=True,
        slips={"not transposed": lambda x: x},
    )
)


def _expand(xp: Any, x: Array, shape: Shape, ndim: int) -> Array:
    x = x if hasattr(x, "shape") else xp.asarray(x)
    lead = x.shape[: x.ndim - ndim]
    inner = xp.reshape(x, (*lead, *(1,) * (len(shape) - ndim), *x.shape[x.ndim - ndim :]))
    return xp.broadcast_to(inner, (*lead, *shape))


def _expand_shape(x: Shape, shape: Shape, ndim: int) -> Shape:
    fits = len(x) <= len(shape) and all(
        n == m or (isinstance(n, int) and n == 1) for n, m in zip(reversed(x), reversed(shape), strict=False)
    )
    if not fits:
        raise GraphError(f"expand: {show_shape(x)} does not broadcast to {show_shape(shape)}")
    return shape


def _expand_axes(x: Shape, shape: Shape, ndim: int) -> list[Sequence[int | None]]:
    moved = len(shape) - len(x)
    return [[i + moved if n == shape[i + moved] else None for i, n in enumerate(x)]]


def _expand_adjoint(g: Node, shape: Shape) -> Node:
    from .reduction import sum_to

    return sum_to(g, shape)


_expand_node: Builder = define(
    Op(
        name="expand",
        doc="An array repeated to a larger shape, axes aligned at the end.",
        attrs={"shape": (), "ndim": 0},
        forward=_expand,
        shape=_expand_shape,
        axes=_expand_axes,
        view=True,
        notation=lambda x, shape, ndim: repeated(x, (ndim, len(shape))),
        backward=lambda g, y, x, shape, ndim: [_expand_adjoint(g, x.shape)],
        increasing=True,
    )
)


def expand(x: Literal, shape: Shape | Dim) -> Node:
    """Return ``x`` repeated to ``shape``; nothing happens where it has that shape."""
    node, shape = lift(x), as_shape("expand", shape)
    if node.shape == shape:
        return node
    known = all(isinstance(d, int) for d in shape) and math.prod(shape) <= MAX_FILLED
    if known and is_literal(node) and not node.shape:
        return filled(dict(node.attrs)["value"][0], shape)
    return _expand_node(node, shape=shape, ndim=node.ndim)


def axis_of(name: str, axis: int, x: Node) -> int:
    """Return an axis of ``x`` counted from 0, or raise GraphError where it has none."""
    if isinstance(axis, bool) or not isinstance(axis, int) or not -x.ndim <= axis < x.ndim:
        raise GraphError(f"{name}: there is no axis {axis!r} in an array of shape {show_shape(x.shape)}")
    return axis % x.ndim


def permute(x: Literal, axes: Sequence[int]) -> Node:
    """Return ``x`` with its axes in another order: axis ``axes[0]`` of ``x`` comes first."""
    node = lift(x)
    if not isinstance(axes, (list, tuple, range)):
        raise GraphError(f"permute: expected all axes in their new order, such as (1, 0), found {axes!r}")
    order = [axis_of("permute", axis, node) for axis in axes]
    if sorted(order) != list(range(node.ndim)):
        raise GraphError(
            f"permute: {tuple(axes)} does not name each axis of an array of {show_shape(node.shape)} once"
        )
    if order == sorted(order):
        return node
    letters = ascii_lowercase[: node.ndim]
    signature = f"{letters}->{''.join(letters[i] for i in order)}"
    return node.T if node.ndim == 2 else contract(signature, node)


def unsqueeze(x: Literal, axis: int) -> Node:
    """Return ``x`` with an axis of size 1 put in: it is then axis ``axis``."""
    x = lift(x)
    if isinstance(axis, bool) or not isinstance(axis, int) or not -x.ndim - 1 <= axis <= x.ndim:
        raise GraphError(f"unsqueeze: an array of shape {show_shape(x.shape)} has no place for axis {axis!r}")
    at = axis % (x.ndim + 1)
    return reshape(x, (*x.shape[:at], 1, *x.shape[at:]))


def squeeze(x: Literal, axis: int) -> Node:
    """Return ``x`` without an axis, which must have size 1."""
    x = lift(x)
    at = axis_of("squeeze", axis, x)
    if x.shape[at] != 1:
        raise GraphError(f"squeeze: axis {at} of an array of shape {show_shape(x.shape)} has not size 1")
    return reshape(x, (*x.shape[:at], *x.shape[at + 1 :]))
