"""Derivatives put together: the rows of a Jacobian or a Hessian as one array."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..node import Builder, Node, Shape, define
from ..notation import PRODUCT, Piece
from ..op import Array, Op
from .shape import together


def _forward(xp: Any, *rows: Array, written: tuple[str, str], shape: Shape, ndim: int) -> Array:
    stacked = xp.stack(together(xp, rows, ndim), -1 - ndim)
    lead, inner = stacked.shape[: stacked.ndim - ndim - 1], stacked.shape[stacked.ndim - ndim :]
    return xp.reshape(stacked, (*lead, *shape, *inner))


def _backward(g: Node, y: Node, *rows: Node, written: tuple[str, str], shape: Shape, ndim: int) -> list[Node]:
    return [g[tuple(map(int, at))] for at in np.ndindex(*shape)]


rows_of: Builder = define(
    Op(
        name="rows_of",
        doc="The derivatives of the entries of an array, put together in its shape; written as one.",
        attrs={"written": ("", ""), "shape": (), "ndim": 1},
        forward=_forward,
        shape=lambda *rows, written, shape, ndim: (*shape, *rows[0]),
        notation=lambda *rows, written, shape, ndim: Piece(written[0], written[1], PRODUCT),
        backward=_backward,
        increasing=True,
    )
)
