"""Positions that are values: the unit vector e_y, and the entry x_y; positions count from 0."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ..node import Builder, Dim, Node, Shape, define, show_shape
from ..notation import ATOM, CALL, SUBSCRIPTS, Piece, bracket, call
from ..op import Array, GraphError, Op
from .contraction import contract


def _hits(xp: Any, y: Array, *, n: int) -> Array:
    """Return 1 at position ``y`` of ``n``, else 0; batch axes of ``y`` stay in front."""
    y = y if hasattr(y, "shape") else xp.asarray(y)
    positions = xp.asarray(list(range(n)), (n,))
    return xp.where(xp.equal(positions, xp.reshape(y, (*y.shape, 1))), 1, 0)


def whole_positions(what: str, y: Array, n: int) -> Array:
    """Return positions as integers, or raise GraphError where one is none of ``n``."""
    y = np.asarray(y)
    found = y.astype(np.int64)
    if not y.size or (found.min() >= 0 and found.max() < n and np.array_equal(found, y)):
        return found
    wrong = y[(found != y) | (found < 0) | (found >= n)]
    raise GraphError(f"{what}: a position is a whole number from 0 to {n - 1}, found {wrong.flat[0]:g}")


def _write_onehot(y: Piece, n: Dim) -> Piece:
    if y.rank:
        return call("onehot")(y)
    if y.text.isdecimal():  # on paper positions count from 1
        where = str(int(y.text) + 1)
        return Piece(f"e{where.translate(SUBSCRIPTS)}", rf"\mathbf{{e}}_{{{where}}}")
    return Piece(f"e_{bracket(y, ATOM).text}", rf"\mathbf{{e}}_{{{y.latex}}}")


@lru_cache(100)
def _units(n: int) -> Array:
    return np.eye(n)


onehot: Builder = define(
    Op(
        name="onehot",
        doc="For each position y, counted from 0, the vector of n entries that is 1 there and 0 elsewhere.",
        attrs={"n": 1},
        forward=_hits,
        kernel=lambda y, n: np.take(_units(n), whole_positions("onehot", y, n), axis=0),
        shape=lambda y, n: (*y, n),
        notation=_write_onehot,
    )
)


def _entry_shape(x: Shape, y: Shape) -> Shape:
    if len(x) != 1 or y:
        raise GraphError(
            f"entry: a vector and one position are wanted, found shapes {show_shape(x)} and {show_shape(y)}"
        )
    return ()


def _write_entry(x: Piece, y: Piece) -> Piece:
    if len(x.text) == 1 and y.prec == ATOM:
        return Piece(f"{x.text}_{y.text}", f"{x.text if x.text.isascii() else x.latex}_{{{y.latex}}}")
    base = bracket(x, CALL)
    latex = base.latex if x.prec == CALL or len(x.text) == 1 else rf"\left[{base.latex}\right]"
    return Piece(f"{base.text}[{y.text}]", f"{latex}_{{{y.latex}}}")


def _entry_kernel(x: Array, y: Array) -> Array:
    where = whole_positions("entry", y, x.shape[-1])
    return np.take_along_axis(*_together(x, where), -1)[..., 0]


entry: Builder = define(
    Op(
        name="entry",
        doc="The entry x_y of a vector at a position that is a symbol, counted from 0.",
        forward=lambda xp, x, y: xp.sum(x * _hits(xp, y, n=np.shape(x)[-1]), -1),
        kernel=_entry_kernel,
        shape=_entry_shape,
        notation=_write_entry,
        backward=lambda g, y, x, at: [g * onehot(at, n=x.shape[0]), None],
    )
)


def _together(x: Array, y: Array) -> tuple[Array, Array]:
    lead = np.broadcast_shapes(x.shape[:-1], y.shape)
    return np.broadcast_to(x, (*lead, x.shape[-1])), np.broadcast_to(y, lead)[..., None]


def picked(x: Node, y: Node) -> Node:
    """Return x_y: the entry of a vector, or the row of a matrix, at a position counted from 0."""
    if x.ndim == 1:
        return entry(x, y)
    if x.ndim != 2 or y.shape:
        raise GraphError(
            f"index: one position that is a symbol picks an entry of a vector or a row of a matrix; found "
            f"shapes {show_shape(x.shape)} and {show_shape(y.shape)}"
        )
    return contract("i,ij->j", onehot(y, n=x.shape[0]), x)


__all__ = ["entry", "onehot", "picked"]
