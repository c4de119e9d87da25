"""The algebra of nodes: an answer as a computation graph."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from ... import graph as g
from ...graph import GraphError, Node, constant, decimal
from ...graph.node import is_literal
from ...graph.ops import activation, elementwise, reduction
from ...graph.values import Values
from .tokens import Unread

MAX_FACTORIAL = 170
"""Largest number of which the factorial is written out."""

MAX_POWER_OF_TEN = 400
"""Largest power of ten of a number in scientific notation."""


def _equal(x: Any, y: Any) -> Node:
    return elementwise.less_equal(x, y) * elementwise.less_equal(y, x)


BINARY: dict[str, Callable[[Any, Any], Node]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
    "max": g.maximum,
    "min": g.minimum,
    "equal": _equal,
    "unequal": lambda x, y: 1 - _equal(x, y),
    "less": elementwise.less,
    "less_equal": elementwise.less_equal,
    "greater": elementwise.greater,
    "greater_equal": elementwise.greater_equal,
}


def _half(x: Node, sign: int) -> Node:
    return (g.exp(x) + sign * g.exp(-x)) / 2


def _erf(x: Node) -> Node:
    return 2 * activation.normal_cdf(g.sqrt(2) * x) - 1


FUNCTIONS: dict[str, Callable[[Any], Node]] = {
    "tanh": g.tanh,
    "exp": g.exp,
    "log": g.log,
    "sqrt": g.sqrt,
    "sigmoid": g.sigmoid,
    "logit": lambda x: g.log(x / (1 - x)),
    "relu": g.relu,
    "softplus": g.softplus,
    "floor": g.floor,
    "ceil": lambda x: -g.floor(-x),
    "abs": g.absolute,
    "sign": g.sign,
    "sin": g.sin,
    "cos": g.cos,
    "tan": lambda x: g.sin(x) / g.cos(x),
    "cot": lambda x: g.cos(x) / g.sin(x),
    "sec": lambda x: 1 / g.cos(x),
    "csc": lambda x: 1 / g.sin(x),
    "sinh": lambda x: _half(x, -1),
    "cosh": lambda x: _half(x, 1),
    "sech": lambda x: 1 / _half(x, 1),
    "artanh": lambda x: g.log((1 + x) / (1 - x)) / 2,
    "erf": _erf,
    "erfc": lambda x: 1 - _erf(x),
    "normal_cdf": activation.normal_cdf,
    "cbrt": lambda x: g.sign(x) * g.absolute(x) ** (constant(1) / 3),
    "exp2": lambda x: constant(2) ** x,
    "log1p": lambda x: g.log(1 + x),
    "expm1": lambda x: g.exp(x) - 1,
    "step": lambda x: elementwise.greater(x, 0),
    "silu": g.silu,
    "gelu": g.gelu,
    "softsign": g.softsign,
    "round": lambda x: g.floor(x + constant(Fraction(1, 2))),
}
"""Functions entry by entry."""


class Nodes:
    """Names stand for nodes."""

    __slots__ = ("names", "ranges", "sizes")

    def __init__(self, names: Mapping[str, Node], ranges: Callable[[str], int | None]):
        self.names = names
        self.ranges = ranges

    def dimension(self, letter: str) -> int | None:
        """Return how far a declared index runs, None where there is none of this letter."""
        return self.ranges(letter)

    def number(self, text: str) -> Node:
        """Return a written number."""
        mantissa, _, exponent = text.lower().partition("e")
        if exponent and abs(int(exponent[:9])) > MAX_POWER_OF_TEN:
            raise Unread(text, 0, f"a power of ten goes up to {MAX_POWER_OF_TEN}")
        places = len(mantissa.partition(".")[2]) - int(exponent or 0)
        value = Fraction(f"{mantissa}0" if mantissa.endswith(".") else mantissa) * Fraction(10) ** int(
            exponent or 0
        )
        return decimal(value, max(places, 0)) if places > 0 or "." in mantissa else constant(value)

    def integer(self, value: int) -> Node:
        """Return a whole number."""
        return constant(value)

    def const(self, word: str) -> Node:
        """Return e, pi or inf."""
        if word == "inf":
            raise Unread("∞", 0, "infinity is not a number here")
        return g.pi() if word == "pi" else g.exp(1)

    def name(self, spelt: str) -> tuple[Node, tuple[Any, ...]]:
        """Return what a declared name stands for, and its shape."""
        node = self.names.get(spelt)
        if node is None:
            raise Unread(spelt, 0, f"the index {spelt} has no value here")
        return node, node.shape

    def float_of(self, x: Node) -> float | None:
        """Return a value of written numbers as a float, None where it is no plain number."""
        value = Values().number(x)
        if value is None:
            return None
        return float(value) if abs(value) < 10**300 else math.inf

    def whole(self, x: Node) -> int | None:
        """Return the whole number that a payload is at every point, None where it is none."""
        plain = is_literal(x) and not x.shape
        value = dict(x.attrs)["value"][0] if plain else Values().number(x)
        return int(value) if value is not None and value == int(value) else None

    def largest(self, x: Node) -> float:
        """Return the largest value of a number over all points; not a number where it is not known."""
        value = self.whole(x)
        return math.nan if value is None else float(value)

    def binary(self, op: str, x: Node, y: Node, rank_x: int, rank_y: int) -> Node:
        """Return an operation entry by entry; one of the ranks may be 0."""
        return BINARY[op](x, y)

    def negative(self, x: Node) -> Node:
        """Return −x."""
        return -x

    def function(self, word: str, x: Node) -> Node:
        """Return a function entry by entry."""
        build = FUNCTIONS.get(word)
        if build is None:
            raise Unread(word, 0, f"{word} is not computed exactly here")
        return build(x)

    def factorial(self, x: Node) -> Node | None:
        """Return x!, None where that is not known."""
        value = self.whole(x)
        return constant(math.factorial(value)) if value is not None and 0 <= value <= MAX_FACTORIAL else None

    def contract(self, how: str, x: Node, y: Node) -> Node:
        """Return a contraction such as "ij,j->i"."""
        if how == "ij,j->i" or how == "ij,jk->ik":
            return x @ y
        if how == "ij,j->":
            return _without(x, 0) @ y
        if how == "i,i->":
            return x @ y
        return g.contract(how, x, y)

    def transpose(self, x: Node) -> Node:
        """Return the transpose of a matrix."""
        return x.T

    def column(self, x: Node) -> Node:
        """Return a vector as a matrix of one column."""
        return g.unsqueeze(x, -1)

    def squeeze(self, x: Node, rank: int) -> Node:
        """Return an array without its last axis, which is of size 1."""
        return _without(x, -1)

    def expand(self, x: Node, shape: tuple[Any, ...]) -> Node:
        """Return an array with axes of size 1 repeated to a shape."""
        return g.expand(x, shape)

    def ones(self, shape: tuple[int, ...]) -> Node:
        """Return ones."""
        return g.ones(*shape)

    def eye(self, n: Any) -> Node:
        """Return an identity matrix."""
        return g.eye(n)

    def stack(self, entries: list[Node], rank: int) -> Node:
        """Return arrays of one rank along a new first axis."""
        return g.stack(*entries)

    def where(self, c: Node, x: Node, y: Node, ranks: tuple[int, int, int]) -> Node:
        """Return x where c is positive, else y."""
        if is_literal(c) and not c.shape:
            return x if dict(c.attrs)["value"][0] > 0 else y
        return g.where(c, x, y)

    def undefined(self, like: Node) -> Node:
        """Return what stands where no case holds."""
        return like

    def reduce(self, word: str, x: Node, rank: int) -> Node:
        """Return the sum, mean, product, max, min, argmax or argmin of all entries."""
        if word == "argmin":
            return g.argmax(-x)
        if word == "prod":
            return functools.reduce(lambda a, b: a * b, list(g.flatten(x)))
        build: Callable[[Node], Node] = {
            "sum": g.sum, "mean": g.mean, "max": reduction.maximum_of, "min": reduction.minimum_of,
            "argmax": g.argmax,
        }[word]  # fmt: skip
        return build(x)

    def softmax(self, x: Node) -> Node:
        """Return the softmax along the last axis."""
        return g.softmax(x)

    def inverse(self, x: Node) -> Node:
        """Return the inverse of a matrix."""
        return g.inverse(x)

    def det(self, x: Node) -> Node:
        """Return a determinant."""
        return g.det(x)

    def trace(self, x: Node) -> Node:
        """Return a trace."""
        return g.trace(x)

    def diag(self, x: Node, rank: int) -> Node:
        """Return the diagonal matrix of a vector, or the diagonal of a matrix."""
        return g.diagonal(x) if rank == 2 else g.diag(x)

    def entry(self, x: Node, rank: int, positions: list[Node | None]) -> Node:
        """Return entries at positions counted from 1; None keeps an axis."""
        at: list[Any] = []
        for axis, position in enumerate(positions):
            if position is None:
                at.append(slice(None))
                continue
            value = self.whole(position)
            if value is None or value < 1 or value > x.shape[axis]:
                raise GraphError(f"a position must be a known whole number from 1 to {x.shape[axis]}")
            at.append(value - 1)
        return x[tuple(at)]

    def counter(self, depth: int, low: int, high: int) -> list[Node]:
        """Return the values of an index: one payload for all where sums are vectorised, else one for each."""
        return [constant(value) for value in range(low, high + 1)]

    def total(self, word: str, terms: list[Node], count: int, depth: int, rank: int) -> Node:
        """Return the sum, product, maximum or minimum of the terms that belong to such payloads."""
        build = {"sum": "add", "prod": "mul"}.get(word, word)
        return functools.reduce(BINARY[build], terms)

    def position(self, terms: list[Node], low: int, largest: bool) -> Node:
        """Return the value of the index, from ``low`` on, at which the largest or smallest term stands."""
        stacked = g.stack(*terms)
        return g.argmax(stacked if largest else -stacked) + (low - 1)


def _without(x: Node, axis: int) -> Node:
    """Return an array without an axis of size 1."""
    return g.squeeze(x, axis)
