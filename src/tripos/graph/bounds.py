"""Between which values a node lies, for all values of its symbols: interval analysis on the graph.

Sound, not tight: the true range lies within the bounds.  A bound is exact, and may be infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import symengine as se

from .node import Builder, Node, define, schedule
from .notation import call
from .op import Array, GraphError, Op
from .program import Program
from .spaces import exact
from .spaces import numpy as floats

Interval = tuple[Array, Array]
"""The lower and the upper ends, entry by entry: arrays of exact values or ±∞."""

_DOMAINS: dict[str, tuple[Any, Any]] = {
    "real": (-se.oo, se.oo),
    "positive": (se.Integer(0), se.oo),
    "nonnegative": (se.Integer(0), se.oo),
    "probability": (se.Integer(0), se.Integer(1)),
    "distribution": (se.Integer(0), se.Integer(1)),
    "size": (se.Integer(1), se.oo),
    "bit": (se.Integer(0), se.Integer(1)),
    "normal": (-se.oo, se.oo),
    "uniform": (se.Integer(0), se.Integer(1)),
}


def bounds(node: Node) -> Interval:
    """Return exact arrays between which ``node`` lies, entry by entry, whatever its symbols are."""
    known: dict[Node, Interval] = {}
    program = Program([], exact)
    for step in schedule([node], evaluated=True):
        known[step] = _bound(program, step, known)
    return known[node]


def _bound(program: Program, node: Node, known: dict[Node, Interval]) -> Interval:
    op = node.op
    if op.name == "symbol":
        low, high = _DOMAINS[dict(node.attrs)["domain"]]
        return _full(node.shape, low), _full(node.shape, high)
    if not node.args or op.static:
        value = _array(program.evaluate(node, {}))
        return value, value
    if op.increasing and op.name not in _RULES:
        ends = [program.evaluate(node, {a: known[a][side] for a in node.args}) for side in (0, 1)]
        return _settle(ends[0]), _settle(ends[1])
    if op.name in _RULES:
        low, high = _RULES[op.name](*(known[a] for a in node.args), **dict(node.attrs))
        return _settle(low), _settle(high)
    return _full(node.shape, -se.oo), _full(node.shape, se.oo)


def _array(value: Any) -> Array:
    return np.asarray(value, dtype=object)


def _full(shape: Any, value: Any) -> Array:
    return np.full(tuple(shape), value, dtype=object)


_INFINITE = (se.oo, -se.oo)


def _settle(value: Any) -> Array:
    return _array(np.frompyfunc(_settled, 1, 1)(value))


def _settled(end: Any) -> Any:
    """Return an end with its ∞ taken to the limit, which SymEngine does beside rationals only: ∞ + √2."""
    if end in _INFINITE or "oo" not in str(end):
        return end
    parts = [_settled(part) for part in end.args]
    infinite = [part for part in parts if part in _INFINITE]
    if infinite and type(end).__name__ == "Add":
        return infinite[0]
    if infinite and type(end).__name__ == "Mul":
        return se.oo * math.prod(exact.sign(part) for part in parts)
    return end.func(*parts)


def _multiply(a: Any, b: Any) -> Any:
    """Return a product of ends, in which 0 · ∞ is 0: the ends of intervals are limits."""
    if a == 0 or b == 0:
        return se.Integer(0)
    if a in _INFINITE or b in _INFINITE:
        return se.oo * (exact.sign(a) * exact.sign(b))
    return a * b


_product = np.frompyfunc(_multiply, 2, 1)


def _mul(a: Interval, b: Interval) -> Interval:
    corners = [_product(x, y) for x in a for y in b]
    low = high = corners[0]
    for corner in corners[1:]:
        low, high = exact.minimum(low, corner), exact.maximum(high, corner)
    return low, high


def _reciprocal(b: Interval) -> Interval:
    low, high = (_array(end) for end in b)
    if all(exact.sign(x) > 0 for x in low.ravel()) or all(exact.sign(x) < 0 for x in high.ravel()):
        return exact.divide(1, high), exact.divide(1, low)
    return _full(low.shape, -se.oo), _full(low.shape, se.oo)


def _contract(*args: Interval, signature: str) -> Interval:
    """Bound a sum of products: expand to all indices, multiply ends, then sum."""
    if len(args) != 2:
        raise GraphError("bounds: only products of two arrays are bounded")
    inputs, output = signature.split("->")
    one, two = inputs.split(",")
    if len(set(one)) < len(one) or len(set(two)) < len(two):
        raise GraphError(f"bounds: a repeated index such as in '{signature}' is not bounded")
    letters = list(dict.fromkeys(one + two))
    spread = [[_to_axes(end, part, letters) for end in arg] for part, arg in ((one, args[0]), (two, args[1]))]
    low, high = _mul((spread[0][0], spread[0][1]), (spread[1][0], spread[1][1]))
    summed = "".join(letters) + "->" + output
    return np.einsum(summed, low), np.einsum(summed, high)


def _to_axes(x: Array, part: str, letters: list[str]) -> Array:
    axes = [part.index(c) for c in letters if c in part]
    shape = iter(np.transpose(x, axes).shape)
    return np.transpose(x, axes).reshape([next(shape) if c in part else 1 for c in letters])


def _raise_ends(low: Any, high: Any, least: Any, most: Any) -> Interval:
    """Return the ends of a power, which are known where the exponent is a whole number, 0 or more."""
    if least in _INFINITE or least != most or not least.is_Integer or least < 0:
        return -se.oo, se.oo
    ends = [_raised(low, int(least)), _raised(high, int(least))]
    if int(least) % 2 == 1:
        return ends[0], ends[1]
    straddles = exact.sign(low) < 0 < exact.sign(high)
    return se.Integer(0) if straddles and least > 0 else exact.minimum(*ends), exact.maximum(*ends)


def _raised(end: Any, exponent: int) -> Any:
    """Return a power of an end, which may be infinite."""
    if end in _INFINITE and exponent:
        return se.oo if end == se.oo or exponent % 2 == 0 else -se.oo
    return se.Integer(1) if exponent == 0 else exact.power(end, exponent)


_raise = np.frompyfunc(_raise_ends, 4, 2)


def _log(a: Interval) -> Interval:
    """Bound a logarithm, which falls without end where its argument may be 0."""
    low = exact.where(exact.greater(a[0], 0), exact.log(exact.where(exact.greater(a[0], 0), a[0], 1)), -se.oo)
    return low, exact.log(a[1])


def _indicator(a: Interval, b: Interval) -> Interval:
    shape = np.broadcast_shapes(a[0].shape, b[0].shape)
    return _full(shape, se.Integer(0)), _full(shape, se.Integer(1))


def _wave(x: Interval) -> Interval:
    return _full(np.shape(x[0]), se.Integer(-1)), _full(np.shape(x[0]), se.Integer(1))


_RULES: dict[str, Callable[..., Interval]] = {
    "sub": lambda a, b: (a[0] - b[1], a[1] - b[0]),
    "neg": lambda a: (-a[1], -a[0]),
    "mul": _mul,
    "div": lambda a, b: _mul(a, _reciprocal(b)),
    "power": lambda a, b: _raise(*a, *b),
    "log": _log,
    "contract": _contract,
    "softmax": lambda z: (_full(z[0].shape, se.Integer(0)), _full(z[0].shape, se.Integer(1))),
    "sin": _wave,
    "cos": _wave,
    "masked_softmax": lambda z, mask, gap, ndim: (
        _full(z[0].shape, se.Integer(0)),
        _full(z[0].shape, se.Integer(1)),
    ),
    "greater": _indicator,
    "greater_equal": _indicator,
}

_bound_op: Builder = define(
    Op(
        name="bound",
        doc="Bounds on a node, derived by interval analysis for all values of its symbols.",
        attrs={"side": "upper", "value": (), "dims": ()},
        forward=lambda xp, side, value, dims: xp.asarray(value, dims),
        shape=lambda x, side, value, dims: dims,
        notation=lambda x, side, value, dims: call(f"{side} bound", rf"\text{{{side} bound}}")(x),
        static=True,
    )
)


def upper_bound(node: Node) -> Node:
    """Return the least upper bounds that interval analysis finds, entry by entry, as a value."""
    return _checked(node, "upper")


def lower_bound(node: Node) -> Node:
    """Return the greatest lower bounds that interval analysis finds, entry by entry, as a value."""
    return _checked(node, "lower")


def _checked(node: Node, side: str) -> Node:
    """Return bounds, after a second opinion: no random evaluation in floats lies beyond them."""
    ends = bounds(node)[side == "upper"]
    if any(end in _INFINITE for end in ends.ravel()):
        raise GraphError(f"{side}_bound: interval analysis finds no finite bound")
    values = sample(node)
    limits = np.asarray([float(end) for end in ends.ravel()]).reshape(ends.shape)
    beyond = values > limits + 1e-9 if side == "upper" else values < limits - 1e-9
    if beyond.any():
        raise GraphError(f"{side}_bound: {float(values[beyond][0])} lies beyond the bound that was derived")
    return _bound_op(node, side=side, value=tuple(ends.ravel()), dims=node.shape)


def sample(node: Node, points: int = 256, seed: int = 0) -> Array:
    """Return float values of ``node`` at random values of its symbols, one a row."""
    rng = np.random.default_rng(seed)
    program = Program([node], floats, kernels=True)
    symbols = [n for n in program.order if n.op.name == "symbol"]
    return np.asarray(program({s: draw(rng, s, points) for s in symbols})[0])


def draw(rng: np.random.Generator, symbol: Node, points: int) -> Array:
    """Return random values in the domain of a symbol, one a row."""
    shape = (points, *symbol.shape)
    domain = dict(symbol.attrs)["domain"]
    if domain == "size":
        return rng.integers(1, 20, shape).astype(float)
    if domain == "bit":
        return rng.integers(0, 2, shape).astype(float)
    if domain in ("probability", "uniform"):
        return rng.uniform(0.01, 0.99, shape)
    if domain == "normal":
        return rng.normal(size=shape)
    if domain == "distribution":
        shares = rng.exponential(size=shape)
        return shares / shares.sum(-1, keepdims=True)
    values = rng.normal(0, 2, shape)
    return values if domain == "real" else np.abs(values) + 0.01


def draw_exactly(rng: np.random.Generator, symbol: Node, points: int) -> Array:
    """Return random values in the domain of a symbol in sixteenths, which every space holds exactly."""
    domain = dict(symbol.attrs)["domain"]
    if domain == "distribution":
        n = symbol.shape[-1]
        return rng.multinomial(16, [1 / n] * n, (points, *symbol.shape[:-1])) / 16
    values = np.round(draw(rng, symbol, points) * 16) / 16
    if domain in ("probability", "uniform"):
        return np.clip(values, 1 / 16, 15 / 16)
    return np.maximum(values, 1 / 16) if domain == "positive" else values
