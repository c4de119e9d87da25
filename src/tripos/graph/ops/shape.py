"""Ops that move entries about: index, stack, concatenate, reshape, vec, transpose, expand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..node import Builder, Node, Shape, define, filled, is_literal, show_shape
from ..notation import (
    CALL,
    POWER,
    PRODUCT,
    SUBSCRIPTS,
    Piece,
    array_piece,
    bracket,
    call,
    join,
    transposed,
)
from ..op import Array, GraphError, Op


def _index_shape(x: Shape, at: tuple[int, ...], ndim: int) -> Shape:
    if len(at) > len(x):
        raise GraphError(f"index: {len(at)} positions into an array of shape {show_shape(x)}")
    for axis, (i, n) in enumerate(zip(at, x, strict=False)):
        if not isinstance(i, int):
            raise GraphError(f"index: positions are integers counted from 0, found {i!r}")
        if isinstance(n, int) and not -n <= i < n:
            raise GraphError(
                f"index: position {i} does not lie in axis {axis} of an array of shape "
                f"{show_shape(x)}; positions count from 0"
            )
    return x[len(at) :]


def _write_index(x: Piece, at: tuple[int, ...], ndim: int) -> Piece:
    """Write entries as a subscript, counted from 1 as on paper."""
    where = ",".join(str(i + 1) if i >= 0 else str(i) for i in at)
    if len(x.text) == 1:
        lower = where.translate(SUBSCRIPTS) if where.isdigit() else f"_{where}"
        return Piece(
            x.text + lower, rf"{x.text}_{{{where}}}" if x.text.isascii() else f"{x.latex}_{{{where}}}"
        )
    base = bracket(x, CALL)
    latex = base.latex if x.prec == CALL else rf"\left[{base.latex}\right]"
    return Piece(f"{base.text}[{where}]", f"{latex}_{{{where}}}")


def _index(xp: Any, x: Array, at: tuple[int, ...], ndim: int) -> Array:
    return x[(..., *at, *(slice(None),) * (ndim - len(at)))]


def _index_kernel(x: Array, at: tuple[int, ...], ndim: int) -> Array:
    """Take one axis after the other."""
    for taken, i in enumerate(at):
        x = np.take(x, i, axis=taken - ndim)
    return x


def _unindex(xp: Any, g: Array, at: tuple[int, ...], shape: Shape) -> Array:
    rest = len(shape) - len(at)
    lead = g.shape[: g.ndim - rest] if hasattr(g, "shape") and g.ndim > rest else ()
    where = (..., *at, *(slice(None),) * rest)
    return xp.add_at(xp.zeros((*lead, *shape)), where, g)


_index_op = Op(
    name="index",
    doc="Entries of an array at a position in its first axes.",
    attrs={"at": (), "ndim": 0},
    forward=_index,
    kernel=_index_kernel,
    shape=_index_shape,
    notation=_write_index,
    backward=lambda g, y, x, at, ndim: [_place(g, at=at, shape=x.shape)],
    increasing=True,
)
_index_node: Builder = define(_index_op)

_place: Builder = define(
    Op(
        name="place",
        doc="An array of zeros with a value put in at a position: the adjoint of index.",
        attrs={"at": (), "shape": ()},
        forward=_unindex,
        shape=lambda g, at, shape: shape,
        notation=call("place"),
        backward=lambda g, y, x, at, shape: [index(g, at)],
        increasing=True,
    )
)


def index(x: Node, at: tuple[int, ...]) -> Node:
    """Return the entry (or the sub-array) of ``x`` at positions counted from 0."""
    return _index_node(x, at=at, ndim=x.ndim)


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
        notation=_write_stack,
        backward=lambda g, y, *xs, ndim: [g[i] for i in range(len(xs))],
        increasing=True,
    )
)


def stack(*rows: Any) -> Node:
    """Return arrays of one shape stacked along a new first axis."""
    from ..node import lift

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
    """Number the entries, reorder the numbers, and gather."""
    inner, lead = x.shape[x.ndim - ndim :], x.shape[: x.ndim - ndim]
    numbers = np.arange(math.prod(inner)).reshape(inner).ravel(order=order)
    places = numbers.reshape(shape, order=order).ravel()
    return x.reshape((*lead, -1))[..., places].reshape((*lead, *shape))


def _write_reshape(x: Piece, shape: Shape, order: str, ndim: int) -> Piece:
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
        notation=_write_reshape,
        backward=lambda g, y, x, shape, order, ndim: [reshape(g, x.shape, order)],
        increasing=True,
        slips={
            "stacked the other way": lambda x, shape, order, ndim: reshape(
                x, shape, "F" if order == "C" else "C"
            )
        },
    )
)


def reshape(x: Node, shape: Shape, order: str = "C") -> Node:
    """Return the entries of ``x`` in another shape, read by rows ("C") or by columns ("F")."""
    return _reshape_node(x, shape=tuple(shape), order=order, ndim=x.ndim)


def vec(x: Node) -> Node:
    """Return the columns of a matrix stacked into one vector."""
    return reshape(x, (_count(x),), "F")


def flatten(x: Node) -> Node:
    """Return the entries row after row, last axis fastest (as PyTorch flattens)."""
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
        notation=transposed,
        backward=lambda g, y, x: [transpose(g)],
        increasing=True,
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
        notation=lambda x, shape, ndim: join(
            (" ", r"\,"), [Piece("𝟏", r"\mathbf 1"), bracket(x, POWER)], PRODUCT
        ),
        backward=lambda g, y, x, shape, ndim: [_expand_adjoint(g, x.shape)],
        increasing=True,
    )
)


def expand(x: Node, shape: Shape) -> Node:
    """Return ``x`` repeated to ``shape``; nothing happens where it has that shape."""
    shape = tuple(shape)
    if x.shape == shape:
        return x
    if is_literal(x) and not x.shape and all(isinstance(d, int) for d in shape):
        return filled(dict(x.attrs)["value"][0], shape)
    return _expand_node(x, shape=shape, ndim=x.ndim)


def _concat_shape(*shapes: Shape, ndim: int) -> Shape:
    if not shapes or any(not s or s[1:] != shapes[0][1:] for s in shapes):
        raise GraphError(
            f"concat: arrays must agree in all axes but the first, found "
            f"{', '.join(show_shape(s) for s in shapes) or 'nothing'}"
        )
    total: Any = 0
    for s in shapes:
        total = total + s[0]
    return (total, *shapes[0][1:])


def _concat_backward(g: Node, y: Node, *xs: Node, ndim: int) -> list[Node]:
    out, start = [], 0
    for x in xs:
        out.append(stack(*(g[i] for i in range(start, start + x.shape[0]))))
        start += x.shape[0]
    return out


_concat_node: Builder = define(
    Op(
        name="concat",
        doc="Arrays joined along their first axis.",
        attrs={"ndim": 1},
        forward=lambda xp, *xs, ndim: xp.concatenate(together(xp, xs, ndim), -ndim),
        shape=_concat_shape,
        notation=call("concat"),
        backward=_concat_backward,
        increasing=True,
    )
)


def concat(*parts: Node) -> Node:
    """Return arrays joined along their first axis: ``concat(h, x)``."""
    return _concat_node(*parts, ndim=parts[0].ndim if parts else 1)
