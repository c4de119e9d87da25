"""Ops that take a part of an array, and that put a part into zeros: index, place, pad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..node import Builder, Dim, Literal, Node, Shape, as_dim, define, lift, show_dim, show_shape
from ..notation import CALL, SUBSCRIPTS, Piece, bracket
from ..op import Array, GraphError, Op
from .selection import picked

COUNTED = "positions are integers counted from 0, or slices of them"


class Span(NamedTuple):
    """A slice along one axis, and how many entries it takes; ``stop`` is None where it runs to an end."""

    start: Dim
    stop: Dim | None
    step: int
    length: Dim

    def __str__(self) -> str:
        """Write the positions taken, counted from 1, both ends included: ``2:4``, ``1:2:5``, ``:``."""
        if self.start == 0 and self.stop is None and self.step == 1:
            return ":"
        step = "" if self.step == 1 else f"{self.step}:".replace("-", "−")
        return f"{_counted(self.start)}:{step}{self._last}"

    @property
    def _last(self) -> str:
        """The last position taken, as it is written."""
        if all(isinstance(known, int) for known in (self.start, self.length)) and self.start >= 0:
            return _counted(self.start + self.step * (self.length - 1))
        if self.stop is None:
            return "end" if self.step > 0 else "1"
        if isinstance(self.stop, int):
            return _counted(self.stop - 1) if self.stop < 0 else str(self.stop)
        return show_dim(self.stop)


def _counted(position: Dim) -> str:
    """Write a position, or that of a symbolic size, counted from 1; one counted from the end as ``end−1``."""
    if not isinstance(position, int):
        return show_dim(position + 1)
    if position >= 0:
        return str(position + 1)
    return "end" if position == -1 else f"end−{-1 - position}"


At = tuple[int | Span, ...]
"""Positions and slices along the first axes of an array."""


# -- reading what stands in square brackets ------------------------------------------------------


def index(x: Literal, position: Any) -> Node:
    """Return the entry or the part of ``x`` at positions and slices counted from 0: ``index(x, (0, -1))``.

    ``x[0]``, ``x[1:3]``, ``x[:, ::2]`` and ``x[..., -1]`` are other ways to write it.
    """
    x = lift(x)
    if isinstance(position, Node) and isinstance(as_dim(position), Node):
        return picked(x, position)
    at = _read(x, position)
    if at and isinstance(at[0], int) and x.op.name == "stack" and x.name is None:
        return index(x.args[at[0]], at[1:])  # a row of rows is that row
    return x if not at else _index_node(x, at=at, ndim=x.ndim)


def _read(x: Node, position: Any) -> At:
    """Return positions without an ellipsis, from the start where the size is known, full slices last cut."""
    given = list(position) if type(position) is tuple else [position]
    dots = [i for i, entry in enumerate(given) if entry is ...]
    if len(dots) > 1:
        raise GraphError("index: only one ellipsis ... may stand in the brackets")
    if len(given) - len(dots) > x.ndim:
        raise GraphError(
            f"index: {len(given) - len(dots)} positions into an array of shape {show_shape(x.shape)}"
        )
    if dots:
        full = [slice(None)] * (x.ndim - len(given) + 1)
        given[dots[0] : dots[0] + 1] = full
    at = [_along(entry, axis, x.shape, position) for axis, entry in enumerate(given)]
    while at and isinstance(at[-1], Span) and at[-1] == _whole(x.shape[len(at) - 1]):
        at.pop()
    return tuple(at)


def _whole(n: Dim) -> Span:
    return Span(0, None, 1, n)


def _along(entry: Any, axis: int, shape: Shape, position: Any) -> int | Span:
    """Return what one axis is asked for."""
    n = shape[axis]
    if isinstance(entry, Span):
        return entry
    if isinstance(entry, slice):
        parts = [as_dim(part) for part in (entry.start, entry.stop, entry.step)]
        if any(isinstance(part, bool) or not isinstance(part, int | Node | None) for part in parts):
            raise GraphError(f"index: {COUNTED}, found {position!r}")
        return _span(parts[0], parts[1], 1 if parts[2] is None else parts[2], axis, shape)
    entry = as_dim(entry)
    if isinstance(entry, bool) or not isinstance(entry, int):
        hint = "; unsqueeze(x, axis) puts in an axis of size 1" if entry is None else ""
        raise GraphError(f"index: {COUNTED}, found {position!r}{hint}")
    if not isinstance(n, int):
        return entry
    if not -n <= entry < n:
        raise GraphError(
            f"index: position {entry} does not lie in axis {axis} of an array of shape "
            f"{show_shape(shape)}; positions count from 0"
        )
    return entry % n


def _span(start: Dim | None, stop: Dim | None, step: Any, axis: int, shape: Shape) -> Span:
    n = shape[axis]
    if not isinstance(step, int) or step == 0:
        raise GraphError(f"index: the step of a slice is a whole number other than 0, found {step!r}")
    if start is None and stop is None and step == 1:
        return _whole(n)
    if not all(isinstance(part, int | None) for part in (start, stop, n)):
        return _symbolic(start, stop, step, n)
    for end in (start, stop):
        if end is not None and not -n <= end <= n:
            raise GraphError(
                f"index: the slice {_show(start, stop, step)} reaches beyond axis {axis} of an array of "
                f"shape {show_shape(shape)}"
            )
    first, last, step = slice(start, stop, step).indices(n)
    length = len(range(first, last, step))
    if not length:
        raise GraphError(
            f"index: the slice {_show(start, stop, step)} of axis {axis} of an array of shape "
            f"{show_shape(shape)} is empty"
        )
    if (first, length, step) == (0, n, 1):
        return _whole(n)
    return Span(first, last if last >= 0 else None, step, length)


def _symbolic(start: Dim | None, stop: Dim | None, step: int, n: Dim) -> Span:
    """Return a slice of an axis whose size is a symbol, or between ends that are."""
    if start is None and stop is None and step == -1:
        return Span(-1, None, -1, n)
    if step != 1:
        raise GraphError(
            f"index: the slice {_show(start, stop, step)} of an axis of size {show_dim(n)} has no known "
            "size; only steps of 1 fit sizes that are symbols"
        )
    start = 0 if start is None else start
    ends = [n if end is None else end for end in (start, stop)]
    if all(isinstance(end, int) for end in ends) and (ends[0] < 0) == (ends[1] < 0):
        length: Dim = ends[1] - ends[0]
    else:
        first, last = (n - -end if isinstance(end, int) and end < 0 else end for end in ends)
        length = -start if stop is None and isinstance(start, int) and start < 0 else last - first
    if isinstance(length, int) and length <= 0:
        raise GraphError(f"index: the slice {_show(start, stop, step)} is empty")
    return Span(start, stop, 1, as_dim(length))


def _show(start: Any, stop: Any, step: int) -> str:
    text = f"{'' if start is None else start}:{'' if stop is None else stop}"
    return text if step == 1 else f"{text}:{step}"


def _slices(at: At) -> tuple[int | slice, ...]:
    """Return positions as arrays take them."""
    for entry in at:
        if isinstance(entry, Span) and any(isinstance(end, Node) for end in (entry.start, entry.stop)):
            raise GraphError(f"index: the slice {entry} has ends that are symbols, and no value")
    return tuple(slice(e.start, e.stop, e.step) if isinstance(e, Span) else e for e in at)


# -- index and place -----------------------------------------------------------------------------


def _index_shape(x: Shape, at: At, ndim: int) -> Shape:
    return (*(entry.length for entry in at if isinstance(entry, Span)), *x[len(at) :])


def _write_at(at: At) -> str:
    """Write positions counted from 1, as on paper."""
    return ",".join(str(e) if isinstance(e, Span) else _counted(e) for e in at)


def _write_index(x: Piece, at: At, ndim: int) -> Piece:
    """Write entries as a subscript, and parts in brackets: x₂, x[2:4]."""
    where = _write_at(at)
    latex_where = where.replace("end", r"\text{end}").replace("−", "-")
    if len(x.text) == 1 and not any(isinstance(e, Span) for e in at):
        lower = where.translate(SUBSCRIPTS) if where.isdigit() else f"_{where}"
        return Piece(x.text + lower, rf"{x.text if x.text.isascii() else x.latex}_{{{latex_where}}}")
    base = bracket(x, CALL)
    latex = base.latex if x.prec == CALL or len(x.text) == 1 else rf"\left[{base.latex}\right]"
    return Piece(f"{base.text}[{where}]", f"{latex}_{{{latex_where}}}")


def _index(xp: Any, x: Array, at: At, ndim: int) -> Array:
    return x[(..., *_slices(at), *(slice(None),) * (ndim - len(at)))]


def _index_axes(x: Shape, at: At, ndim: int) -> list[Sequence[int | None]]:
    """Return where the axes go behind the positions; those before are gone or moved."""
    gone = sum(not isinstance(entry, Span) for entry in at)
    return [[None] * len(at) + list(range(len(at) - gone, len(x) - gone))]


def _index_window(x: Shape, at: At, ndim: int) -> list[tuple[Dim, Dim, Dim]]:
    """Return slices as windows of one entry; none where a position makes an axis go."""
    if not all(isinstance(e, Span) and e.step > 0 and not isinstance(e.start, Node) for e in at):
        return []
    return [(1, e.step, -e.start) for e in at if isinstance(e, Span)] + [(1, 1, 0)] * (len(x) - len(at))


def _index_kernel(x: Array, at: At, ndim: int) -> Array:
    """Take one axis after the other, each brought to the front for it."""
    for axis, entry in enumerate(_slices(at), -ndim):
        if isinstance(entry, int):
            one = slice(entry, entry + 1 or None)
            x = x.swapaxes(axis, 0)[one].swapaxes(axis, 0).squeeze(axis)
        elif entry != slice(0, None, 1):
            x = x.swapaxes(axis, 0)[entry].swapaxes(axis, 0)
    return x


_index_node: Builder = define(
    Op(
        name="index",
        doc="Entries of an array at positions and slices along its first axes.",
        attrs={"at": (), "ndim": 0},
        forward=_index,
        kernel=_index_kernel,
        shape=_index_shape,
        notation=_write_index,
        axes=_index_axes,
        window=_index_window,
        view=True,
        backward=lambda g, y, x, at, ndim: [_place(g, at=at, shape=x.shape)],
        increasing=True,
    )
)


def _put(xp: Any, g: Array, at: At, shape: Shape) -> Array:
    rest = sum(isinstance(entry, Span) for entry in at) + len(shape) - len(at)
    lead = g.shape[: g.ndim - rest] if hasattr(g, "shape") and g.ndim > rest else ()
    where = (..., *_slices(at), *(slice(None),) * (len(shape) - len(at)))
    return xp.add_at(xp.zeros((*lead, *shape)), where, g)


def _put_kernel(g: Array, at: At, shape: Shape) -> Array:
    """Write into zeros, seen through the kernel of index."""
    rest = sum(isinstance(entry, Span) for entry in at) + len(shape) - len(at)
    out = np.zeros((*np.shape(g)[: max(np.ndim(g) - rest, 0)], *shape))
    _index_kernel(out, at, len(shape))[...] = g
    return out


def _write_place(g: Piece, at: At, shape: Shape) -> Piece:
    where = _write_at(at)
    latex = where.replace("end", r"\text{end}").replace("−", "-")
    return Piece(
        f"place[{where}]({g.text})", rf"\operatorname{{place}}_{{{latex}}}\left({g.latex}\right)", CALL
    )


_place: Builder = define(
    Op(
        name="place",
        doc="An array of zeros with a value put in at positions and slices: the adjoint of index.",
        attrs={"at": (), "shape": ()},
        forward=_put,
        kernel=_put_kernel,
        shape=lambda g, at, shape: shape,
        notation=_write_place,
        backward=lambda g, y, x, at, shape: [index(g, at)],
        increasing=True,
    )
)


# -- pad -----------------------------------------------------------------------------------------

Widths = tuple[tuple[int, int], ...]
"""How many zeros stand before and after, for each of the last axes."""


def _pad_shape(x: Shape, widths: Widths) -> Shape:
    kept = len(x) - len(widths)
    return (*x[:kept], *(n + before + after for n, (before, after) in zip(x[kept:], widths, strict=True)))


def _pad_kernel(x: Array, widths: Widths) -> Array:
    """Gather the entries from their old positions, a zero where there was none."""
    for axis, (before, after) in enumerate(widths):
        along = axis - len(widths)
        old = np.arange(x.shape[along] + before + after) - before
        inside = (old >= 0) & (old < x.shape[along])
        shape = [1] * len(widths)
        shape[axis] = inside.size
        x = np.where(inside.reshape(shape), np.take(x, np.where(inside, old, 0), axis=along), 0.0)
    return x


def _pad_backward(g: Node, y: Node, x: Node, widths: Widths) -> list[Node]:
    kept = x.ndim - len(widths)
    spans = [
        _whole(n) if not before + after else Span(before, _end(before, n, after), 1, n)
        for n, (before, after) in zip(x.shape[kept:], widths, strict=True)
    ]
    return [index(g, (*map(_whole, x.shape[:kept]), *spans))]


def _end(before: int, n: Dim, after: int) -> int | None:
    """Return where ``n`` entries end that stand between so many others."""
    return before + n if isinstance(n, int) else -after or None


def _write_pad(x: Piece, widths: Widths) -> Piece:
    """Write the widths as a subscript, one number where both sides of every axis get the same."""
    flat = {w for pair in widths for w in pair}
    if len(flat) == 1:
        where = str(flat.pop())
    else:
        where = ",".join(str(a) if a == b else f"{a}|{b}" for a, b in widths)
    latex = where.replace("|", r"\mid ")
    return Piece(f"pad[{where}]({x.text})", rf"\operatorname{{pad}}_{{{latex}}}\left({x.latex}\right)", CALL)


_pad_node: Builder = define(
    Op(
        name="pad",
        doc="An array with zeros put before and after its entries, along its last axes.",
        attrs={"widths": ()},
        forward=lambda xp, x, widths: xp.pad(x, widths),
        kernel=_pad_kernel,
        shape=_pad_shape,
        window=lambda x, widths: [(1, 1, before) for before, _ in widths],
        notation=_write_pad,
        backward=_pad_backward,
        increasing=True,
    )
)


def pad(x: Literal, widths: int | Sequence[int | tuple[int, int]]) -> Node:
    """Return ``x`` with zeros around it: ``pad(x, 1)``, or widths for each of the last axes, (before, after).

    ``pad(x, [(1, 0)])`` puts one zero before the last axis; ``pad(x, [1, 2])`` one on each side of the rows
    and two on each side of the columns.
    """
    x = lift(x)
    sides = list(widths) if isinstance(widths, (list, tuple)) else [widths] * x.ndim
    pairs = tuple(tuple(w) if isinstance(w, (list, tuple)) else (w, w) for w in sides)
    if any(len(p) != 2 or not all(type(w) is int and w >= 0 for w in p) for p in pairs):
        raise GraphError(f"pad: widths are non-negative integers or pairs of them, found {widths!r}")
    if len(pairs) > x.ndim:
        raise GraphError(f"pad: widths for {len(pairs)} axes, but the array has shape {show_shape(x.shape)}")
    return x if all(p == (0, 0) for p in pairs) else _pad_node(x, widths=pairs)


__all__ = ["index", "pad"]
