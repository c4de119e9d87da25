"""The norm of all entries of an array, and the array over its norm."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..node import Builder, Node, Shape, define, lift
from ..notation import Piece, around, over
from ..op import Array, Op
from .reduction import sum


def _entries(xp: Any, x: Array, ndim: int) -> Array:
    """Return the last ``ndim`` axes made one."""
    return xp.reshape(x, (*np.shape(x)[: np.ndim(x) - ndim], -1))


def _norm(xp: Any, x: Array, ndim: int) -> Array:
    flat = _entries(xp, x, ndim)
    return xp.sqrt(xp.sum(flat * flat, -1))


def _norm_kernel(x: Array, ndim: int) -> Array:
    """Divide by the largest entry first, so that no square overflows."""
    flat = np.abs(_entries(np, x, ndim))
    largest = flat.max(-1)
    scaled = flat / np.where(largest == 0, 1, largest)[..., None]
    return largest * np.sqrt((scaled**2).sum(-1))


def _unit_vector(xp: Any, x: Array, ndim: int) -> Array:
    length = _norm(xp, x, ndim)
    safe = xp.where(xp.equal(length, 0), 1, length)
    return xp.divide(x, xp.reshape(safe, (*np.shape(safe), *(1,) * ndim)))


def _count(x: Shape) -> Any:
    total: Any = 1
    for dim in x:
        total = dim * total
    return total


_norm_node: Builder = define(
    Op(
        name="norm",
        doc="The root of the sum of squares; its derivative at 0 is taken as 0.",
        attrs={"ndim": 1},
        forward=_norm,
        kernel=_norm_kernel,
        shape=lambda x, ndim: (),
        cost=lambda x, ndim: _count(x),
        flops=1,
        notation=around(("‖", r"\left\lVert "), ("‖", r" \right\rVert")),
        backward=lambda g, y, x, ndim: [g * unit_vector(x)],
        kink=lambda xp, x, ndim: xp.equal(_norm(xp, x, ndim), 0),
        slips={"the root forgotten": lambda x, ndim: sum(x * x)},
    )
)
_unit_vector_node: Builder = define(
    Op(
        name="unit_vector",
        doc="An array over its norm; at 0 it is 0.",
        attrs={"ndim": 1},
        forward=_unit_vector,
        shape=lambda x, ndim: x,
        cost=lambda x, ndim: _count(x),
        flops=lambda x, ndim: _count(x) + 1,
        notation=lambda x, ndim: over(x, Piece(f"‖{x.text}‖", rf"\left\lVert {x.latex} \right\rVert")),
        backward=lambda g, y, x, ndim: [(g - y * sum(y * g)) / norm(x)],
        slips={
            "not normalised": lambda x, ndim: x,
            "divided by the square of the norm": lambda x, ndim: x / sum(x * x),
        },
        kink=lambda xp, x, ndim: xp.equal(_norm(xp, x, ndim), 0),
    )
)


def norm(x: Any) -> Node:
    """Return the root of the sum of squares of all entries: of a matrix, the Frobenius norm.

    Its derivative at 0 is taken as 0, as PyTorch does.
    """
    x = lift(x)
    return _norm_node(x, ndim=x.ndim)


def unit_vector(x: Any) -> Node:
    """Return ``x`` over its norm, of the same shape; at 0 it is 0."""
    x = lift(x)
    return _unit_vector_node(x, ndim=x.ndim)


__all__ = ["norm", "unit_vector"]
