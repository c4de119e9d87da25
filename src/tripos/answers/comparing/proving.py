"""The algebra of rationals and balls: what an answer is worth at one point, proven.

The rules of meaning are those of every other evaluation; only the numbers differ.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import flint
import numpy as np
from flint import arb, fmpq

from . import balls
from .balls import UNKNOWN, VOID, each

MAX_FACTORIAL = 1_000
"""Largest number whose factorial is taken."""

MAX_NUMBERS = 1_000
"""Written numbers that are kept for the next answer."""

MAX_TERMS = 3_000
"""Terms of sums over indices that are proven; NumPy sums more of them in no time, balls do not."""


Values = Mapping[str, tuple[Any, tuple[int, ...]]]
"""The value of each name at a point, and its shape."""


class TooLong(Exception):
    """An answer of too many terms, or too deep, to be proven."""


def _unequal(a: Any, b: Any) -> Any:
    return 1 - balls.equal(a, b)


_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": balls.divide,
    "pow": balls.power,
    "max": balls.maximum,
    "min": balls.minimum,
    "greater": balls.greater,
    "greater_equal": balls.greater_equal,
    "less": lambda a, b: balls.greater(b, a),
    "less_equal": lambda a, b: balls.greater_equal(b, a),
    "equal": balls.equal,
    "unequal": _unequal,
}

_ONE, _TWO = fmpq(1), fmpq(2)


def _relu(x: Any) -> Any:
    return balls.maximum(x, fmpq(0))


def _softplus(x: Any) -> Any:
    return balls.log(balls.exp(x) + 1)


def _normal_cdf(x: Any) -> Any:
    return (balls.erf(balls.divide(x, balls.sqrt(_TWO))) + 1) / 2


def _tan(x: Any) -> Any:
    return balls.divide(balls.sin(x), balls.cos(x))


def _sinh(x: Any) -> Any:
    return (balls.exp(x) - balls.exp(-x)) / 2


def _cosh(x: Any) -> Any:
    return (balls.exp(x) + balls.exp(-x)) / 2


def _inverse(name: str, low: int | None, high: int | None) -> Callable[[Any], Any]:
    """Return an inverse function, which has no value beyond its ends."""

    def rule(x: Any) -> Any:
        if x is VOID or (low is not None and x < low) or (high is not None and x > high):
            return VOID
        if name == "atanh" and (x == 1 or x == -1):
            return VOID
        return getattr(x if isinstance(x, arb) else arb(x), name)()

    return each(rule)


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": balls.exp, "log": balls.log, "sqrt": balls.sqrt, "tanh": balls.tanh, "sigmoid": balls.sigmoid,
    "sin": balls.sin, "cos": balls.cos, "erf": balls.erf, "floor": balls.floor, "ceil": balls.ceil,
    "abs": balls.absolute, "sign": balls.sign, "relu": _relu, "softplus": _softplus, "tan": _tan,
    "sinh": _sinh, "cosh": _cosh, "normal_cdf": _normal_cdf,
    "arcsin": _inverse("asin", -1, 1), "arccos": _inverse("acos", -1, 1),
    "arctan": _inverse("atan", None, None),
    "artanh": _inverse("atanh", -1, 1),
    "sech": lambda x: balls.divide(_ONE, _cosh(x)), "cot": lambda x: balls.divide(balls.cos(x), balls.sin(x)),
    "sec": lambda x: balls.divide(_ONE, balls.cos(x)), "csc": lambda x: balls.divide(_ONE, balls.sin(x)),
    "cbrt": lambda x: balls.power(x, fmpq(1, 3)), "exp2": lambda x: balls.power(_TWO, x),
    "log1p": lambda x: balls.log(x + 1), "expm1": lambda x: balls.exp(x) - 1,
    "log2": lambda x: balls.divide(balls.log(x), balls.log(_TWO)),
    "log10": lambda x: balls.divide(balls.log(x), balls.log(fmpq(10))),
    "step": lambda x: balls.greater(x, fmpq(0)), "silu": lambda x: x * balls.sigmoid(x),
    "gelu": lambda x: x * _normal_cdf(x), "erfc": lambda x: 1 - balls.erf(x),
    "softsign": lambda x: balls.divide(x, balls.absolute(x) + 1),
    "logit": lambda x: balls.log(balls.divide(x, 1 - x)), "round": lambda x: balls.floor(x + fmpq(1, 2)),
}  # fmt: skip


class Balls:
    """The values of names at one point, exact, and what can be computed from them at a precision."""

    __slots__ = ("ranges", "terms", "values")

    def __init__(self, values: Values, ranges: Mapping[str, int]):
        self.values = values
        self.ranges = ranges
        self.terms = 0

    def number(self, text: str) -> Any:
        """Return a written number, exactly."""
        if "e" in text or "E" in text:
            mantissa, _, exponent = text.lower().partition("e")
            if abs(int(exponent)) > 5_000:
                return balls.number(Fraction(mantissa.rstrip("."))) * arb(10) ** int(exponent)
        return _rational(text)

    def integer(self, value: int) -> Any:
        """Return a whole number."""
        return fmpq(value)

    def const(self, word: str) -> Any:
        """Return e or π, enclosed, or ∞."""
        return arb(1).exp() if word == "e" else arb.pi() if word == "pi" else arb("inf")

    def name(self, spelt: str) -> tuple[Any, tuple[Any, ...]]:
        """Return the value of a name and its shape."""
        return self.values[spelt]

    def float_of(self, x: Any) -> float:
        """Return a number as a float."""
        if x is VOID:
            return float("nan")
        return float(x.p) / float(x.q) if isinstance(x, fmpq) and len(str(x.p)) < 300 else float(arb(x))

    def whole(self, x: Any) -> int | None:
        """Return a whole number as such, None where it is none."""
        return int(x.p) if isinstance(x, fmpq) and x.q == 1 else None

    def dimension(self, letter: str) -> int | None:
        """Return how far a declared index runs, None for other letters."""
        return self.ranges.get(letter)

    def largest(self, x: Any) -> float:
        """Return the largest entry as a float."""
        return max(map(self.float_of, x.ravel())) if isinstance(x, np.ndarray) else self.float_of(x)

    def binary(self, op: str, x: Any, y: Any, rank_x: int, rank_y: int) -> Any:
        """Return an operation entry by entry."""
        return _BINARY[op](x, y)

    def negative(self, x: Any) -> Any:
        """Return −x."""
        return -x

    def function(self, word: str, x: Any) -> Any:
        """Return a function entry by entry."""
        return _FUNCTIONS[word](x)

    def factorial(self, x: Any) -> Any:
        """Return x!, of whole numbers that are not too large."""

        def rule(entry: Any) -> Any:
            n = self.whole(entry)
            if n is None or n < 0:
                return VOID
            return fmpq(flint.fmpz.fac_ui(n)) if n <= MAX_FACTORIAL else arb(n + 1).gamma()

        return each(rule)(x)

    def contract(self, how: str, x: Any, y: Any) -> Any:
        """Return a contraction."""
        if how == "i,j->ij":
            return np.multiply.outer(x, y)
        return (x @ y)[0] if how == "ij,j->" else _single(x @ y)

    def transpose(self, x: Any) -> Any:
        """Return the transpose of a matrix."""
        return x.T

    def column(self, x: Any) -> Any:
        """Return a vector as a matrix of one column."""
        return x[:, None]

    def squeeze(self, x: Any, rank: int) -> Any:
        """Return an array without its last axis."""
        return _single(x[..., 0])

    def expand(self, x: Any, shape: tuple[Any, ...]) -> Any:
        """Return an array repeated to a shape."""
        return np.broadcast_to(x, shape)

    def ones(self, shape: tuple[int, ...]) -> Any:
        """Return ones."""
        return np.full(shape, _ONE, dtype=object)

    def eye(self, n: Any) -> Any:
        """Return an identity matrix."""
        return balls.array(np.eye(n))

    def stack(self, entries: list[Any], rank: int) -> Any:
        """Return values along a new first axis."""
        if rank:
            return np.stack(entries)
        out = np.empty(len(entries), dtype=object)
        out[:] = entries
        return out

    def where(self, c: Any, x: Any, y: Any, ranks: tuple[int, int, int]) -> Any:
        """Return x where c is positive, else y."""
        return balls.where(c, x, y)

    def undefined(self, like: Any) -> Any:
        """Return what stands where no case holds."""
        return VOID

    def reduce(self, word: str, x: Any, rank: int) -> Any:
        """Return the sum, mean, product, or an extreme of all entries, or its position from 1."""
        return reduced(word, list(x.ravel()) if rank else [x])

    def softmax(self, x: Any) -> Any:
        """Return the softmax along the last axis."""
        raised = balls.exp(x)
        return balls.divide(raised, raised.sum(-1, keepdims=True))

    def inverse(self, x: Any) -> Any:
        """Return the inverse of a matrix; no values where it has none."""
        matrix = _matrix(x)
        if matrix is None:
            return np.full(x.shape, VOID, dtype=object)
        try:
            found = matrix.inv()
        except ZeroDivisionError:
            exact = isinstance(matrix, flint.fmpq_mat)
            return np.full(x.shape, VOID if exact else UNKNOWN, dtype=object)
        out = np.empty(x.shape, dtype=object)
        for i, j in np.ndindex(*x.shape):
            out[i, j] = found[i, j]
        return out

    def det(self, x: Any) -> Any:
        """Return a determinant."""
        matrix = _matrix(x)
        return VOID if matrix is None else matrix.det()

    def trace(self, x: Any) -> Any:
        """Return a trace."""
        return reduced("sum", list(np.diagonal(x)))

    def diag(self, x: Any, rank: int) -> Any:
        """Return the diagonal matrix of a vector, or the diagonal of a matrix."""
        if rank == 2:
            return np.diagonal(x)
        out = np.full((len(x), len(x)), fmpq(0), dtype=object)
        np.fill_diagonal(out, x)
        return out

    def entry(self, x: Any, rank: int, positions: list[Any]) -> Any:
        """Return entries at positions counted from 1; beyond the ends there is no value."""
        at: list[Any] = []
        for position, size in zip(positions, np.shape(x), strict=False):
            if position is None:
                at.append(slice(None))
                continue
            whole = self.whole(position)
            if whole is None or not 1 <= whole <= size:
                return VOID
            at.append(whole - 1)
        return _single(x[tuple(at)])

    def counter(self, depth: int, low: int, high: int) -> list[Any]:
        """Return the values of an index."""
        self.terms += high - low + 1
        if self.terms > MAX_TERMS:
            raise TooLong
        return [fmpq(i) for i in range(low, high + 1)]

    def total(self, word: str, terms: list[Any], count: int, depth: int, rank: int) -> Any:
        """Return the sum, product or an extreme of terms."""
        return reduced(word, terms)

    def position(self, terms: list[Any], low: int, largest: bool) -> Any:
        """Return for which value of an index a term is the largest, or the smallest."""
        found = reduced("argmax" if largest else "argmin", terms)
        return found + (low - 1)


@lru_cache(MAX_NUMBERS)
def _rational(text: str) -> fmpq:
    """Return a written number as a rational."""
    return fmpq(int(text)) if text.isdigit() else balls.number(Fraction(text.rstrip(".")))


def reduced(word: str, terms: list[Any]) -> Any:
    """Return the sum, mean, product, or an extreme of terms, or its position from 1."""
    if word in ("argmax", "argmin"):
        best = reduced(word[3:], terms)
        for place, term in enumerate(terms, 1):
            if term is best:
                return fmpq(place)
        return UNKNOWN
    rule = {"sum": "add", "mean": "add", "prod": "mul"}.get(word, word)
    out = terms[0]
    for term in terms[1:]:
        out = _BINARY[rule](out, term)
    return out / len(terms) if word == "mean" else out


def _single(x: Any) -> Any:
    """Return an array without axes as the object in it."""
    return x.item() if isinstance(x, np.ndarray) and not x.shape else x


def _matrix(x: Any) -> Any:
    """Return an array as a matrix of FLINT, of rationals where all are; None where a value is missing."""
    entries = x.tolist()
    flat = [e for row in entries for e in row]
    if any(e is VOID for e in flat):
        return None
    if all(isinstance(e, fmpq) for e in flat):
        return flint.fmpq_mat(entries)
    return flint.arb_mat([[arb(e) for e in row] for row in entries])
