"""The exact space: object arrays of SymEngine values, rational as long as they stay rational.

Everything is a closed form; a comparison of closed forms is decided by ball arithmetic or refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import symengine as se
from numpy import (
    broadcast_to,
    concatenate,
    einsum,
    moveaxis,
    reshape,
    stack,
    swapaxes,
)

from ..op import Array, GraphError
from . import ball

__all__ = [
    "broadcast_to",
    "concatenate",
    "einsum",
    "moveaxis",
    "reshape",
    "stack",
    "swapaxes",
]

NAME = "exact"

pi = se.pi

MAX_BITS = 100_000
"""Largest power, in bits, that is written out."""


def value(number: Any) -> Any:
    """Return one number as an exact value; a float is the decimal that it is written as."""
    if isinstance(number, se.Basic):
        return number
    if isinstance(number, float):
        number = float.__repr__(number)
    fraction = number if isinstance(number, Fraction) else Fraction(number)
    return se.Rational(fraction.numerator, fraction.denominator)


def asarray(entries: Any, shape: Sequence[int] | None = None) -> Array:
    """Return numbers as an object array of exact values, reshaped to ``shape``."""
    flat = np.asarray(entries, dtype=object)
    out = np.empty(flat.size, dtype=object)
    out[:] = [value(e) for e in flat.ravel()]
    return out.reshape(flat.shape if shape is None else tuple(shape))


def variable(name: str, shape: Sequence[int]) -> Array:
    """Return an array of free variables, for closed forms with unknowns in them."""
    out = np.empty(tuple(shape), dtype=object)
    for at in np.ndindex(*shape):
        where = ",".join(str(i + 1) for i in at)
        out[at] = se.Symbol(f"{name}[{where}]" if at else name)
    return out


def zeros(shape: Sequence[int]) -> Array:
    """Return an array of zeros."""
    return np.full(tuple(shape), se.Integer(0), dtype=object)


def sign(x: Any) -> int:
    """Return the proven sign of a value."""
    x = value(x)
    if x.is_Number or x in (se.oo, -se.oo):
        return int(bool(x > 0)) - int(bool(x < 0))
    if x.free_symbols:
        raise ball.Undecided(f"the sign of {str(x)[:60]} depends on {min(map(str, x.free_symbols))}")
    return ball.sign(x)


def _map(function: Callable[..., Any], inputs: int) -> Any:
    return np.frompyfunc(function, inputs, 1)


def _sqrt(x: Any) -> Any:
    x = value(x)
    if not x.is_Rational and (x.free_symbols or sign(x) >= 0):
        return se.sqrt(x)
    if sign(x) < 0:
        raise GraphError(f"sqrt of {x}, a negative number, is not real")
    if x == 0:
        return x
    # √(a/b) = √(ab)/b, and squares come out from under the root: √8 is written 2√2.
    numerator, denominator = (int(part) for part in x.get_num_den())
    outside, inside = 1, numerator * denominator
    for factor in range(2, 1000):
        while inside % (factor * factor) == 0:
            inside //= factor * factor
            outside *= factor
        if factor * factor > inside:
            break
    return se.Rational(outside, denominator) * se.sqrt(se.Integer(inside))


def _exp(x: Any) -> Any:
    """Return e^x; a logarithm in the exponent comes down: e^(a + 2 log b) is e^a·b²."""
    if isinstance(x, se.Mul) and "log(" in str(x):
        x = x.expand()  # −(log 2 + log 4)/3 is a sum as well
    terms = x.args if isinstance(x, se.Add) else (x,)
    factor, rest = se.Integer(1), se.Integer(0)
    together: dict[Any, Any] = {}  # rationals by their power, so that ∛2 ∛4 is 2
    for term in terms:
        base, power = _logarithm(term)
        if base is None:
            rest += term
        elif base.is_Rational:
            together[abs(power)] = together.get(abs(power), 1) * (base if power > 0 else 1 / base)
        else:
            factor *= _power(base, power)
    for power, base in together.items():
        factor *= _power(base, power)
    return factor * se.exp(rest)


def _logarithm(term: Any) -> tuple[Any, Any]:
    """Return b and c where a term is c·log b with a rational c, else None."""
    parts = term.args if isinstance(term, se.Mul) else (term,)
    logs = [p for p in parts if type(p).__name__ == "log"]
    rest = [p for p in parts if type(p).__name__ != "log"]
    if len(logs) != 1 or not all(p.is_Rational for p in rest):
        return None, None
    power = se.Integer(1)
    for part in rest:
        power *= part
    return logs[0].args[0], power


def _log(x: Any) -> Any:
    x = value(x)
    if sign(x) <= 0:
        raise GraphError(f"log of {x}, which is not positive, is not real")
    return se.log(x)


def _divide(a: Any, b: Any) -> Any:
    b = value(b)
    if b == 0 or (not b.is_Number and not b.free_symbols and ball.sign(b) == 0):
        raise GraphError(f"division of {str(a)[:40]} by zero")
    return value(a) / b


def _power(a: Any, b: Any) -> Any:
    a, b = value(a), value(b)
    if a.is_Rational and b.is_Rational and a not in (0, 1, -1):
        above, below = (int(part).bit_length() for part in a.get_num_den())
        bits = above if above > below else below
        if abs(b) * bits > MAX_BITS:
            raise GraphError(f"the power {a}^{b} has more than {MAX_BITS} bits")
    if not a.is_Rational and b.is_Integer and abs(b) > MAX_BITS:
        raise GraphError(f"the power ({str(a)[:40]})^{b} may have more than {MAX_BITS} bits")
    if not a.free_symbols and not b.free_symbols:
        if sign(b) < 0 and sign(a) == 0:
            raise GraphError(f"0 to the power {b} is a division by zero")
        if not b.is_Integer and sign(a) < 0:
            raise GraphError(f"the power ({str(a)[:40]})^{b} of a negative number is not real")
    if str(b) == "1/2":
        return _sqrt(a)
    return a**b


def _floor(x: Any) -> Any:
    x = value(x)
    if x.is_Rational or x.free_symbols:
        return se.floor(x)
    if x in (se.oo, -se.oo):
        return x
    for bits in ball.BITS:
        whole = ball.enclose(x, bits).floor().unique_fmpz()
        if whole is not None:
            return se.Integer(int(whole))
    raise ball.Undecided(f"cannot tell between which integers {str(x)[:60]} lies")


def _maximum(a: Any, b: Any) -> Any:
    a, b = value(a), value(b)
    return a if a == b or sign(a - b) >= 0 else b


exp = _map(lambda x: _exp(value(x)), 1)
log = _map(_log, 1)
sqrt = _map(_sqrt, 1)
tanh = _map(lambda x: se.tanh(value(x)), 1)
sin = _map(lambda x: se.sin(value(x)), 1)
cos = _map(lambda x: se.cos(value(x)), 1)
erf = _map(lambda x: se.erf(value(x)), 1)
floor = _map(_floor, 1)
divide = _map(_divide, 2)
power = _map(_power, 2)
maximum = _map(_maximum, 2)
_reduce_max: Any = maximum.reduce
_reduce_sum: Any = np.add.reduce
minimum = _map(lambda a, b: -_maximum(-value(a), -value(b)), 2)
absolute = _map(lambda x: value(x) if sign(x) >= 0 else -value(x), 1)
greater = _map(lambda a, b: sign(value(a) - b) > 0, 2)
greater_equal = _map(lambda a, b: sign(value(a) - b) >= 0, 2)
equal = _map(lambda a, b: a == b or sign(value(a) - b) == 0, 2)
where = _map(lambda mask, a, b: value(a) if mask else value(b), 3)


def sum(x: Array, axis: int, keepdims: bool = False) -> Array:
    """Return the sum along an axis."""
    return _reduce_sum(np.asarray(x, dtype=object), axis=axis, keepdims=keepdims)


def max(x: Array, axis: int, keepdims: bool = False) -> Array:
    """Return the maximum along an axis."""
    x = np.asarray(x, dtype=object)
    return _reduce_max(x, axis=axis, keepdims=keepdims)


def argmax(x: Array, axis: int) -> Array:
    """Return the first position, counted from 0, of the maximum along an axis."""
    hit = equal(x, max(x, axis=axis, keepdims=True)).astype(bool)
    return np.argmax(hit, axis=axis)


def pad(x: Array, widths: Sequence[tuple[int, int]]) -> Array:
    """Return ``x`` with zeros before and after each of its last axes."""
    return np.pad(x, [(0, 0)] * (x.ndim - len(widths)) + list(widths), constant_values=se.Integer(0))


def add_at(x: Array, at: Any, y: Array) -> Array:
    """Return ``x`` with ``y`` added at a slice."""
    x = x.copy()
    x[at] = x[at] + y
    return x
