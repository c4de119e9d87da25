"""The NumPy space: float64 arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import (
    absolute,
    argmax,
    broadcast_to,
    concatenate,
    cos,
    divide,
    einsum,
    equal,
    exp,
    floor,
    greater,
    greater_equal,
    log,
    maximum,
    minimum,
    moveaxis,
    pi,
    reshape,
    sin,
    sqrt,
    stack,
    swapaxes,
    tanh,
    zeros,
)
from numpy import max as max
from numpy import power as power
from numpy import sum as sum

from ..op import Array

__all__ = [
    "absolute",
    "argmax",
    "broadcast_to",
    "concatenate",
    "cos",
    "divide",
    "einsum",
    "equal",
    "exp",
    "floor",
    "greater",
    "greater_equal",
    "log",
    "max",
    "maximum",
    "minimum",
    "moveaxis",
    "pi",
    "power",
    "reshape",
    "sin",
    "sqrt",
    "stack",
    "sum",
    "swapaxes",
    "tanh",
    "zeros",
]

NAME = "numpy"

erf = np.vectorize(math.erf, otypes=[float])


def asarray(entries: Any, shape: Sequence[int] | None = None) -> Array:
    """Return numbers as a float64 array, reshaped to ``shape``."""
    try:
        array = np.asarray(entries, dtype=np.float64)
    except OverflowError:  # whole numbers and fractions beyond what a float holds
        array = np.vectorize(_float, otypes=[np.float64])(np.asarray(entries, dtype=object))
    return array if shape is None else array.reshape(tuple(shape))


def _float(entry: Any) -> float:
    try:
        return float(entry)
    except OverflowError:
        return math.inf if entry > 0 else -math.inf


def where(mask: Array, a: Any, b: Any) -> Array:
    """Return ``a`` where the mask holds, else ``b``."""
    return np.where(mask, np.asarray(a, dtype=np.float64), b)


def pad(x: Array, widths: Sequence[tuple[int, int]]) -> Array:
    """Return ``x`` with zeros before and after each of its last axes."""
    return np.pad(x, [(0, 0)] * (x.ndim - len(widths)) + list(widths))


def add_at(x: Array, at: Any, y: Array) -> Array:
    """Return ``x`` with ``y`` added at a slice."""
    x = x.copy()
    x[at] += y
    return x
