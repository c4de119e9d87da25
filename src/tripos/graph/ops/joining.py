"""Arrays joined along an axis, and taken apart again: concat, split, chunk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..node import Builder, Dim, Literal, Node, Shape, as_dim, define, lift, show_dim, show_shape
from ..notation import ATOM, Piece, call
from ..op import Array, GraphError, Op
from ..sizes import as_shape
from .shape import axis_of, together
from .slicing import Span, index


def _but(shape: Shape, axis: int) -> Shape:
    """Return the sizes of all axes but one."""
    return (*shape[:axis], *shape[axis + 1 :])


def _concat_shape(*shapes: Shape, axis: int, ndim: int) -> Shape:
    at = axis + ndim
    if any(len(s) != ndim or _but(s, at) != _but(shapes[0], at) for s in shapes):
        kept = "the first" if at == 0 else f"axis {at}"
        raise GraphError(
            f"concat: arrays must agree in all axes but {kept}, found {', '.join(map(show_shape, shapes))}"
        )
    total: Dim = 0
    for s in shapes:
        total = total + s[at]
    return (*shapes[0][:at], total, *shapes[0][at + 1 :])


def _concat(xp: Any, *xs: Array, axis: int, ndim: int) -> Array:
    return xp.concatenate(together(xp, xs, ndim), axis)


def _concat_backward(g: Node, y: Node, *xs: Node, axis: int, ndim: int) -> list[Node]:
    return _apart(g, [x.shape[axis] for x in xs], axis + ndim)


def _apart(x: Node, sizes: Sequence[Dim], axis: int) -> list[Node]:
    """Return parts of ``x`` of known sizes along an axis."""
    if len(sizes) == 1:
        return [x]
    out: list[Node] = []
    start: Dim = 0
    for n in sizes:
        stop = as_dim(start + n)
        out.append(index(x, (*[slice(None)] * axis, Span(start, stop, 1, n))))
        start = stop
    return out


def _write_concat(*parts: Piece, axis: int, ndim: int) -> Piece:
    """Write vectors one below the other, [h; x], as papers do; other arrays as a call."""
    if ndim != 1:
        where = axis + ndim + 1
        return call(f"concat[{where}]", rf"\operatorname{{concat}}_{{{where}}}")(*parts)
    begin, end = r"\begin{bmatrix}", r"\end{bmatrix}"
    columns = all(p.prec == ATOM and p.text.startswith("[") and p.text.endswith("]ᵀ") for p in parts)
    inner = [p.text[1:-2] if columns else p.text for p in parts]
    latex = [p.latex.removeprefix(begin).removesuffix(end).strip() if columns else p.latex for p in parts]
    text = f"[{' '.join(inner)}]ᵀ" if columns else f"[{'; '.join(inner)}]"
    return Piece(text, " ".join([begin, r" \\ ".join(latex), end]))


_concat_node: Builder = define(
    Op(
        name="concat",
        doc="Arrays joined along an axis, which is counted from the last, -1.",
        attrs={"axis": -1, "ndim": 1},
        forward=_concat,
        shape=_concat_shape,
        axes=lambda *shapes, axis, ndim: [
            [None if i == axis + ndim else i for i in range(ndim)] for _ in shapes
        ],
        notation=_write_concat,
        backward=_concat_backward,
        increasing=True,
    )
)


def concat(*parts: Literal, axis: int = 0) -> Node:
    """Return arrays joined along an axis, the first unless given: ``concat(h, x)``."""
    if not parts:
        raise GraphError("concat: nothing to join; write concat(h, x)")
    nodes = [lift(part) for part in parts]
    ndim = nodes[0].ndim
    if not all(node.shape for node in nodes):
        found = ", ".join(show_shape(node.shape) for node in nodes)
        raise GraphError(f"concat: scalars have no axis to join along; stack makes a vector; found {found}")
    if len(nodes) == 1:
        return nodes[0]
    return _concat_node(*nodes, axis=axis_of("concat", axis, nodes[0]) - ndim, ndim=ndim)


def split(x: Literal, sizes: int | Sequence[Dim], axis: int = 0) -> list[Node]:
    """Return parts of ``x`` along an axis: all of one size, the last perhaps smaller, or of listed sizes."""
    x = lift(x)
    axis = axis_of("split", axis, x)
    n = x.shape[axis]
    if not isinstance(sizes, int):
        sizes = as_shape("split", sizes)
        if as_dim(sum(sizes)) != n:
            raise GraphError(
                f"split: the sizes {' + '.join(map(show_dim, sizes)) or 'given'} do not add up to the "
                f"{show_dim(n)} entries of axis {axis}"
            )
        parts = list(sizes)
    elif not isinstance(n, int):
        raise GraphError(
            f"split: axis {axis} has {show_dim(n)} entries, a symbol; name the sizes of all parts"
        )
    else:
        if sizes < 1:
            raise GraphError(f"split: the size of a part is a positive integer, found {sizes}")
        parts = [min(sizes, n - start) for start in range(0, n, sizes)]
    return _apart(x, parts, axis)


def chunk(x: Literal, chunks: int, axis: int = 0) -> list[Node]:
    """Return ``x`` in at most ``chunks`` parts of one size along an axis; the last may be smaller."""
    x = lift(x)
    if not isinstance(chunks, int) or chunks < 1:
        raise GraphError(f"chunk: the number of parts is a positive integer, found {chunks!r}")
    n = x.shape[axis_of("chunk", axis, x)]
    if not isinstance(n, int):
        raise GraphError(f"chunk: axis {axis} has {show_dim(n)} entries, a symbol; use split with sizes")
    return split(x, -(-n // chunks), axis)


__all__ = ["chunk", "concat", "split"]
