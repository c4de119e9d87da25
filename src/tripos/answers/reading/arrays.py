"""The algebra of arrays at sample points: float64, an axis of points, before it one for each sum."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from .entries import MAX_TERMS

Array = npt.NDArray[Any]

MAX_FACTORIAL = 170
"""Largest number of which the factorial is a float."""

_FACTORIALS = np.array([float(math.factorial(n)) for n in range(MAX_FACTORIAL + 1)])
_erf = np.vectorize(math.erf, otypes=[float])


def _sigmoid(x: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def _relation(compare: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, y: compare(x, y).astype(float)


BINARY: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "pow": np.power,
    "max": np.maximum,
    "min": np.minimum,
    "equal": _relation(np.equal),
    "unequal": _relation(np.not_equal),
    "less": _relation(np.less),
    "less_equal": _relation(np.less_equal),
    "greater": _relation(np.greater),
    "greater_equal": _relation(np.greater_equal),
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "tanh": np.tanh,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "sigmoid": _sigmoid,
    "logit": lambda x: np.log(x) - np.log1p(-x),
    "relu": lambda x: np.maximum(x, 0.0),
    "softplus": lambda x: np.logaddexp(0.0, x),
    "floor": np.floor,
    "ceil": np.ceil,
    "abs": np.abs,
    "sign": np.sign,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "cot": lambda x: np.cos(x) / np.sin(x),
    "sec": lambda x: 1.0 / np.cos(x),
    "csc": lambda x: 1.0 / np.sin(x),
    "sinh": np.sinh,
    "cosh": np.cosh,
    "sech": lambda x: 1.0 / np.cosh(x),
    "arcsin": np.arcsin,
    "arccos": np.arccos,
    "arctan": np.arctan,
    "artanh": np.arctanh,
    "erf": lambda x: np.asarray(_erf(x)),
    "erfc": lambda x: 1.0 - _erf(x),
    "normal_cdf": lambda x: (1.0 + _erf(x / math.sqrt(2.0))) / 2.0,
    "cbrt": np.cbrt,
    "exp2": np.exp2,
    "log1p": np.log1p,
    "expm1": np.expm1,
    "step": lambda x: np.greater(x, 0.0).astype(float),
    "silu": lambda x: x * _sigmoid(x),
    "gelu": lambda x: x * (1.0 + _erf(x / math.sqrt(2.0))) / 2.0,
    "softsign": lambda x: x / (1.0 + np.abs(x)),
    "round": lambda x: np.floor(x + 0.5),
}
"""Functions entry by entry."""

_CONSTANTS = {"e": np.float64(math.e), "pi": np.float64(math.pi), "inf": np.float64(math.inf)}


@lru_cache
def _rows(shape: tuple[int, ...]) -> tuple[Array, ...]:
    """Return the positions along each axis of an array, such that together they take all of it."""
    return np.ogrid[tuple(slice(n) for n in shape)]


def _lift(x: Any, by: int) -> Any:
    """Return an array with axes of size 1 behind; a plain number joins any shape as it is."""
    return x.reshape(x.shape + (1,) * by) if x.ndim else x


class Arrays:
    """Names stand for arrays with one axis of points in front."""

    __slots__ = ("ranges", "sizes", "table")

    def __init__(
        self,
        table: Mapping[str, tuple[Array, int]],
        ranges: Callable[[str], int | None],
        sizes: Mapping[str, int],
    ):
        self.table = table
        self.sizes = sizes
        self.ranges = ranges

    def dimension(self, letter: str) -> int | None:
        """Return how far a declared index runs, None where there is none of this letter."""
        return self.ranges(letter)

    def number(self, text: str) -> Any:
        """Return a written number."""
        return np.float64(text)

    def integer(self, value: int) -> Any:
        """Return a whole number."""
        return np.float64(value)

    def const(self, word: str) -> Any:
        """Return e, pi or inf."""
        return _CONSTANTS[word]

    def name(self, spelt: str) -> tuple[Any, tuple[Any, ...]]:
        """Return what a declared name stands for, and its shape."""
        if spelt not in self.table:  # a dimension
            return np.float64(self.sizes[spelt]), ()
        values, rank = self.table[spelt]
        return values, values.shape[values.ndim - rank :]

    def float_of(self, x: Any) -> float | None:
        """Return a value of written numbers as a float, None where it is no plain number."""
        return float(x)

    def whole(self, x: Any) -> int | None:
        """Return the whole number that a payload is at every point, None where it is none."""
        first = x.flat[0] if x.ndim else x
        if x.ndim and (x != first).any():
            return None
        return int(first) if abs(first) < 2**53 and first == int(first) else None

    def largest(self, x: Any) -> float:
        """Return the largest value of a number over all points; not a number where it is not known."""
        small = np.asarray(x)[np.asarray(x) <= MAX_TERMS]
        return float(np.max(small if small.size else x))

    def binary(self, op: str, x: Any, y: Any, rank_x: int, rank_y: int) -> Any:
        """Return an operation entry by entry; one of the ranks may be 0."""
        if rank_x < rank_y:
            x = _lift(x, rank_y - rank_x)
        elif rank_y < rank_x:
            y = _lift(y, rank_x - rank_y)
        return BINARY[op](x, y)

    def negative(self, x: Any) -> Any:
        """Return −x."""
        return -x

    def function(self, word: str, x: Any) -> Any:
        """Return a function entry by entry."""
        return FUNCTIONS[word](x)

    def factorial(self, x: Any) -> Any:
        """Return x!, None where that is not known."""
        whole = (x == np.floor(x)) & (x >= 0)
        at = np.where(whole, np.minimum(x, MAX_FACTORIAL), 0).astype(int)
        value = np.where(x > MAX_FACTORIAL, np.inf, _FACTORIALS[at])
        return np.where(whole, value, np.nan)[()]

    def contract(self, how: str, x: Any, y: Any) -> Any:
        """Return a contraction such as "ij,j->i"."""
        if how == "ij,j->i":
            return (x @ y[..., None])[..., 0]
        if how == "ij,jk->ik":
            return x @ y
        if how == "ij,j->":
            return (x @ y[..., None])[..., 0, 0]
        if how == "i,i->":
            return (x * y).sum(-1)
        if how == "i,j->ij":
            return x[..., :, None] * y[..., None, :]
        return (x[..., None, :] @ y)[..., 0, :]

    def transpose(self, x: Any) -> Any:
        """Return the transpose of a matrix."""
        return x.swapaxes(-1, -2)

    def column(self, x: Any) -> Any:
        """Return a vector as a matrix of one column."""
        return x[..., None]

    def squeeze(self, x: Any, rank: int) -> Any:
        """Return an array without its last axis, which is of size 1."""
        return x[..., 0]

    def expand(self, x: Any, shape: tuple[Any, ...]) -> Any:
        """Return an array with axes of size 1 repeated to a shape."""
        return np.broadcast_to(x, x.shape[: x.ndim - len(shape)] + shape)

    def ones(self, shape: tuple[int, ...]) -> Any:
        """Return ones."""
        return np.ones((1, *shape))

    def eye(self, n: Any) -> Any:
        """Return an identity matrix."""
        return np.eye(n)[None]

    def stack(self, entries: list[Any], rank: int) -> Any:
        """Return arrays of one rank along a new first axis."""
        out = np.stack(np.broadcast_arrays(*entries), -1 - rank)
        return out if out.ndim > rank + 1 else out[None]

    def where(self, c: Any, x: Any, y: Any, ranks: tuple[int, int, int]) -> Any:
        """Return x where c is positive, else y."""
        rank = max(ranks)
        c, x, y = (_lift(v, rank - r) for v, r in zip((c, x, y), ranks, strict=True))
        return np.where(c > 0, x, y)

    def undefined(self, like: Any) -> Any:
        """Return what stands where no case holds."""
        return np.full_like(like, np.nan, dtype=float)[()]

    def reduce(self, word: str, x: Any, rank: int) -> Any:
        """Return the sum, mean, product, max, min, argmax or argmin of all entries."""
        if word in ("argmax", "argmin"):
            return getattr(np, word)(x, -1) + 1.0
        return getattr(np, word)(x, tuple(range(-rank, 0)))

    def softmax(self, x: Any) -> Any:
        """Return the softmax along the last axis."""
        z = np.exp(x - x.max(-1, keepdims=True))
        return z / z.sum(-1, keepdims=True)

    def inverse(self, x: Any) -> Any:
        """Return the inverse of a matrix."""
        try:
            return np.linalg.inv(x)
        except np.linalg.LinAlgError:
            return np.where((np.linalg.cond(x) < 1e15)[..., None, None], np.linalg.pinv(x), np.nan)

    def det(self, x: Any) -> Any:
        """Return a determinant."""
        return np.linalg.det(x)

    def trace(self, x: Any) -> Any:
        """Return a trace."""
        return np.trace(x, axis1=-2, axis2=-1)

    def diag(self, x: Any, rank: int) -> Any:
        """Return the diagonal matrix of a vector, or the diagonal of a matrix."""
        if rank == 2:
            return np.diagonal(x, axis1=-2, axis2=-1)
        return x[..., None] * np.eye(x.shape[-1])

    def entry(self, x: Any, rank: int, positions: list[Any | None]) -> Any:
        """Return entries at positions counted from 1; None keeps an axis."""
        kept = [axis for axis, at in enumerate(positions) if at is None] + list(range(len(positions), rank))
        taken = [axis for axis, at in enumerate(positions) if at is not None]
        lead = x.ndim - rank
        x = np.moveaxis(x, [lead + axis for axis in taken], range(lead, lead + len(taken))) if kept else x
        found = [np.asarray(at) for at in positions if at is not None]
        points = np.broadcast_shapes(x.shape[:lead], *(at.shape for at in found))
        sizes = x.shape[lead : lead + len(taken)]
        inside: Any = True
        places = []
        for at, size in zip(found, sizes, strict=True):
            whole = np.where((at >= 1) & (at <= size), at, 1).astype(int) - 1
            inside = inside & (whole == at - 1)
            places.append(whole)
        if x.shape[:lead] != points:
            x = np.broadcast_to(x, points + x.shape[lead:])
        out = x[(*_rows(points), *places)]
        if np.all(inside):
            return out
        return np.where(_lift(np.asarray(inside), len(kept)), out, np.nan)

    def counter(self, depth: int, low: int, high: int) -> list[Any]:
        """Return the values of an index: one payload for all where sums are vectorised, else one for each."""
        return [np.arange(low, high + 1, dtype=float).reshape((-1,) + (1,) * (depth + 1))]

    def total(self, word: str, terms: list[Any], count: int, depth: int, rank: int) -> Any:
        """Return the sum, product, maximum or minimum of the terms that belong to such payloads."""
        (terms_,) = terms
        if terms_.ndim >= depth + 2 + rank:
            return getattr(np, word)(terms_, 0)
        if word == "sum":
            return terms_ * count
        return terms_**count if word == "prod" else terms_

    def position(self, terms: list[Any], low: int, largest: bool) -> Any:
        """Return the value of the index, from ``low`` on, at which the largest or smallest term stands."""
        (terms_,) = terms
        return (np.argmax if largest else np.argmin)(terms_, 0) + float(low)
