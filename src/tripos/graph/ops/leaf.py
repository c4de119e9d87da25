"""Leaves and names: symbols, constants, one name for another, the shape of a value."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from ..node import (
    MAX_FILLED,
    Builder,
    Dim,
    Literal,
    Node,
    Shape,
    as_dim,
    constant,
    define,
    filled,
    lift,
    show_dim,
    show_shape,
)
from ..notation import Piece, array_piece, number_piece, number_pieces, symbol_piece
from ..op import Array, GraphError, Op, register
from ..sizes import as_size, known_size
from . import selection
from .shape import together

symbol = register(
    Op(
        name="symbol",
        doc="A leaf without a value.",
        attrs={"shape": (), "domain": "real"},
        forward=lambda xp, **attrs: None,
        shape=lambda shape, domain: shape,
        notation=lambda shape, domain: symbol_piece("?", shape),
    )
)


def _write_constant(value: tuple[Fraction, ...], shape: Shape) -> Piece:
    return array_piece(number_pieces(value), shape)


constant_op = register(
    Op(
        name="constant",
        doc="A leaf with an exact value: ``value`` holds its entries in row-major order.",
        attrs={"value": (), "shape": ()},
        forward=lambda xp, value, shape: xp.asarray(value, shape),
        shape=lambda value, shape: shape,
        notation=_write_constant,
    )
)

alias = register(
    Op(
        name="alias",
        doc="The same value under a second name.",
        view=True,
        axes=lambda x: [range(len(x))],
        forward=lambda xp, x: x,
        shape=lambda x: x,
        notation=lambda x: x,
        backward=lambda g, y, x: [g],
        increasing=True,
    )
)


pi: Builder = define(
    Op(
        name="pi",
        doc="The number π.",
        forward=lambda xp: xp.asarray(xp.pi),
        shape=lambda: (),
        notation=lambda: Piece("π", r"\pi"),
    )
)


def _write_shape(*pieces: Piece, **attrs: Any) -> Piece:
    """Write sizes joined by crosses: ``54×54×96``."""
    text = "×".join(p.text for p in pieces) or "1"
    return Piece(text, r" \times ".join(p.latex for p in pieces) or "1")


def _write_decimal(value: Fraction, places: int) -> Piece:
    digits = f"{int(value * 10**places):0{places + 1}d}"
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return Piece(text, text)


_decimal: Builder = define(
    Op(
        name="decimal",
        doc="A number written with a decimal point, which may stand for any number that rounds to it.",
        attrs={"value": Fraction(0), "places": 1},
        forward=lambda xp, value, places: xp.asarray([value], ()),
        shape=lambda value, places: (),
        notation=_write_decimal,
    )
)


def decimal(value: Fraction, places: int) -> Node:
    """Return a non-negative number as it was written, with ``places`` digits after the point."""
    return _decimal(value=value, places=places)


def _show_shape(value: Array, **attrs: Any) -> Piece:
    return _write_shape(*(number_piece(Fraction(int(n))) for n in value))


def _dims_shape(*sizes: Shape) -> Shape:
    if any(sizes):
        raise GraphError(f"dims: sizes are single numbers, found shapes {', '.join(map(show_shape, sizes))}")
    return (len(sizes),)


dims: Builder = define(
    Op(
        name="dims",
        doc="Sizes put together to a shape: ``dims(54, 54, 96)`` prints as 54×54×96.",
        forward=lambda xp, *sizes: xp.stack(together(xp, sizes, 0), -1),
        shape=_dims_shape,
        notation=_write_shape,
        show=_show_shape,
    )
)

_shape_of: Builder = define(
    Op(
        name="shape_of",
        doc="The shape of a value, from the shape rules; measured on a real array by the kernel.",
        attrs={"dims": (), "ndim": 1},
        forward=lambda xp, dims, ndim: xp.asarray(list(dims)),
        kernel=lambda x, dims, ndim: np.asarray(np.shape(x)[np.ndim(x) - ndim :] or (1,), dtype=float),
        shape=lambda x, dims, ndim: (len(dims),),
        notation=lambda x, dims, ndim: _write_shape(*(number_piece(Fraction(n)) for n in dims)),
        show=_show_shape,
        static=True,
    )
)


def shape(x: Literal) -> Node:
    """Return the shape of a node as a value that prints as 54×54×96; a scalar has shape 1."""
    x = lift(x)
    sizes = x.shape or (1,)
    if all(isinstance(n, int) for n in sizes):
        return _shape_of(x, dims=sizes, ndim=x.ndim)
    return dims(*sizes)


def matrix(rows: Any) -> Node:
    """Return a constant matrix: ``matrix("1 0; 0 1")`` or nested lists."""
    if isinstance(rows, str):
        rows = [[_parse(entry) for entry in row.replace(",", " ").split()] for row in rows.split(";")]
    node = lift(rows)
    if node.ndim != 2:
        raise GraphError(f"matrix: expected rows of numbers, found {node.ndim} axes")
    return node


def vector(*entries: Any) -> Node:
    """Return a vector of its entries: ``vector(1, 2, 3)``, ``vector(sqrt(2), 1)``."""
    return lift(list(entries))


def eye(n: int) -> Node:
    """Return the n×n identity matrix."""
    n = as_size("eye", n)
    if not isinstance(n, int):
        raise GraphError(f"eye: the size must be a number, found {show_dim(n)}")
    if n * n > MAX_FILLED:
        raise GraphError(f"an identity matrix of {n * n:,} entries is too large; use a symbol")
    return constant([[int(i == j) for j in range(n)] for i in range(n)])


def zeros(*shape: int) -> Node:
    """Return an array of zeros."""
    return filled(0, shape)


def ones(*shape: int) -> Node:
    """Return an array of ones."""
    return filled(1, shape)


def _parse(entry: str) -> Fraction:
    try:
        return Fraction(entry)
    except (ValueError, ZeroDivisionError):
        raise GraphError(f"matrix: {entry!r} is not a number") from None


def onehot(index: int | Node, n: Dim) -> Node:
    """Return the vector of ``n`` entries that is 1 at ``index`` (counted from 0) and 0 elsewhere."""
    index, n = as_dim(index), as_size("onehot", n)
    if isinstance(index, Node) or isinstance(n, Node):
        return selection.onehot(index, n=n)
    if known_size(index) is None:
        raise GraphError(f"onehot: an index is a whole number from 0 to {n - 1}, found {index!r}")
    if n > MAX_FILLED:
        raise GraphError(f"onehot: a vector of {n:,} entries is too large; use a symbol")
    if not 0 <= index < n:
        raise GraphError(f"onehot: index {index} does not lie in 0..{n - 1}")
    return constant([int(i == index) for i in range(n)])


__all__ = ["decimal", "dims", "eye", "matrix", "onehot", "ones", "pi", "shape", "vector", "zeros"]
