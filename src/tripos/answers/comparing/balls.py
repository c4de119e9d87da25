"""Numbers that prove: rationals as long as a value stays rational, then balls (Arb) that enclose it.

Values are single objects, or object arrays of them: ``fmpq`` where exact, ``arb`` where enclosed, ``VOID``
where mathematics gives no value (a division by 0, the logarithm of a negative number).  A ball that is too
wide to tell is no VOID: it is left as a ball without a finite radius, and more bits may settle it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import flint
import numpy as np
from flint import arb, fmpq, fmpz

MAX_POWER_BITS = 20_000
"""Longest rational, in bits, that a power may make; beyond it the power is enclosed."""

_ONE, _ZERO, _HALF = fmpq(1), fmpq(0), fmpq(1, 2)


class Void:
    """What stands where there is no value; whatever is computed from it is no value either."""

    def _same(self, *_: Any) -> Void:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _same
    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __neg__ = __abs__ = _same

    def __repr__(self) -> str:
        return "VOID"


VOID = Void()

UNKNOWN = arb("nan")
"""What stands where more bits may tell."""


def set_bits(bits: int) -> None:
    """Set the precision of the balls made from here on."""
    flint.ctx.prec = bits


def number(value: Any) -> Any:
    """Return a whole number, a fraction or a float as the rational that it is."""
    if isinstance(value, (fmpq, arb, Void)):
        return value
    if isinstance(value, (int, np.integer)):
        return fmpq(int(value))
    if not isinstance(value, Fraction):
        if not np.isfinite(value):
            return VOID
        value = Fraction(float(value))
    return fmpq(value.numerator, value.denominator)


def array(values: Any) -> Any:
    """Return numbers as an object array of rationals; a single number as itself."""
    found = np.asarray(values)
    if not found.shape:
        return number(found.item())
    out = np.empty(found.size, dtype=object)
    out[:] = [number(x) for x in found.ravel().tolist()]
    return out.reshape(found.shape)


def each(rule: Callable[..., Any]) -> Callable[..., Any]:
    """Return a rule for single numbers that takes arrays as well."""
    mapped: dict[int, Any] = {}

    def apply(*args: Any) -> Any:
        if np.ndarray not in map(type, args):
            return rule(*args)
        if len(args) not in mapped:
            mapped[len(args)] = np.frompyfunc(rule, len(args), 1)
        return mapped[len(args)](*args)

    return apply


def _ball(x: Any) -> Any:
    return x if isinstance(x, arb) else arb(x)


def _function(name: str, exact: dict[int, Any]) -> Callable[..., Any]:
    """Return a function that is defined everywhere, with what is exactly known of it."""

    def rule(x: Any) -> Any:
        if x is VOID:
            return VOID
        if isinstance(x, fmpq):
            if x.q == 1 and int(x.p) in exact:
                return exact[int(x.p)]
            x = arb(x)
        return getattr(x, name)()

    return each(rule)


exp = _function("exp", {0: _ONE})
tanh = _function("tanh", {0: _ZERO})
sin = _function("sin", {0: _ZERO})
cos = _function("cos", {0: _ONE})
erf = _function("erf", {0: _ZERO})


def _sigmoid(x: Any) -> Any:
    if x is VOID:
        return VOID
    if isinstance(x, fmpq) and x == 0:
        return _HALF
    return 1 / (1 + (-_ball(x)).exp())


def _log(x: Any) -> Any:
    if x is VOID or x <= 0:
        return VOID
    return _ZERO if isinstance(x, fmpq) and x == 1 else _ball(x).log()


def _sqrt(x: Any) -> Any:
    if x is VOID or x < 0:
        return VOID
    if isinstance(x, fmpq):
        above, below = fmpz(x.p).isqrt(), fmpz(x.q).isqrt()
        if above * above == x.p and below * below == x.q:
            return fmpq(above, below)
        return arb(x).sqrt()
    return x.sqrt()


def _divide(a: Any, b: Any) -> Any:
    if a is VOID or b is VOID or (isinstance(b, fmpq) and b == 0):
        return VOID
    return a / b


def _power(base: Any, exponent: Any) -> Any:
    if base is VOID or exponent is VOID:
        return VOID
    if isinstance(exponent, fmpq):
        if exponent.q == 1:
            return _whole_power(base, int(exponent.p))
        if exponent.q == 2 and abs(exponent.p) < 64:
            return _whole_power(_sqrt(base), int(exponent.p))
        if int(exponent.q) % 2 == 1 and base < 0 and exponent.q < 100:  # the real root, as ∛(−8) = −2
            root = -((-_ball(base)) ** (arb(1) / arb(exponent.q)))
            return _whole_power(root, int(exponent.p))
    if base < 0:
        return VOID
    if base <= 0:
        return _ZERO if exponent > 0 else VOID
    return _ball(base) ** _ball(exponent)


def _whole_power(base: Any, exponent: int) -> Any:
    if base is VOID:
        return VOID
    if isinstance(base, fmpq):
        if base == 0:
            return VOID if exponent < 0 else _ONE if exponent == 0 else _ZERO
        bits = max(int(base.p).bit_length(), int(base.q).bit_length())
        if bits * abs(exponent) <= MAX_POWER_BITS or abs(base.p) == base.q:
            return base**exponent if abs(base.p) != base.q else (base if exponent % 2 else _ONE)
        return arb(base) ** exponent
    if exponent > 0 and 0 in base:  # python-flint gives no number for these powers
        return arb(0, base.abs_upper() ** exponent)
    return base**exponent


def _floor(x: Any) -> Any:
    if x is VOID:
        return VOID
    if isinstance(x, fmpq):
        return fmpq(x.floor())
    whole = x.floor().unique_fmpz()
    return UNKNOWN if whole is None else fmpq(whole)


def _ceil(x: Any) -> Any:
    return -_floor(-x)


def _order(a: Any, b: Any) -> int | None:
    """Return the sign of a − b; None where balls are too wide to tell."""
    return 1 if a > b else -1 if a < b else 0 if isinstance(a, fmpq) and isinstance(b, fmpq) else None


def _maximum(a: Any, b: Any) -> Any:
    if a is VOID or b is VOID:
        return VOID
    order = _order(a, b)
    return _ball(a).max(_ball(b)) if order is None else a if order >= 0 else b


def _minimum(a: Any, b: Any) -> Any:
    return -_maximum(-a, -b)


def _greater(a: Any, b: Any) -> Any:
    return _indicator(a, b, (1,))


def _greater_equal(a: Any, b: Any) -> Any:
    return _indicator(a, b, (0, 1))


def _equal(a: Any, b: Any) -> Any:
    return _indicator(a, b, (0,))


def _indicator(a: Any, b: Any, orders: tuple[int, ...]) -> Any:
    if a is VOID or b is VOID:
        return VOID
    order = _order(a, b)
    return UNKNOWN if order is None else _ONE if order in orders else _ZERO


def _where(condition: Any, a: Any, b: Any) -> Any:
    """Return a where the condition is 1 and b where it is 0; only what is chosen needs a value."""
    if isinstance(condition, fmpq):
        return b if condition == 0 else a
    return condition


def _absolute(x: Any) -> Any:
    return abs(x)


def _sign(x: Any) -> Any:
    return _greater(x, _ZERO) - _greater(_ZERO, x)


sigmoid, log, sqrt = each(_sigmoid), each(_log), each(_sqrt)
divide, power = each(_divide), each(_power)
floor, ceil, absolute, sign = each(_floor), each(_ceil), each(_absolute), each(_sign)
maximum, minimum = each(_maximum), each(_minimum)
greater, greater_equal, equal, where = each(_greater), each(_greater_equal), each(_equal), each(_where)


def differ(a: Any, b: Any, bits: int) -> bool | None:
    """Return whether two numbers differ, proven; False where they are equal or agree to ``bits`` bits.

    None says that the balls are too wide to tell.
    """
    if isinstance(a, fmpq) and isinstance(b, fmpq):
        return bool(a != b)
    gap = _ball(a) - _ball(b)
    if not gap.is_finite():
        return None
    if 0 not in gap:
        return True
    unit = _unit(bits)
    return False if abs(gap) <= (abs(_ball(a)) + unit) * unit else None


@lru_cache
def _unit(bits: int) -> arb:
    return arb(2) ** -bits


def decimal(x: Any, digits: int) -> str:
    """Return a number to so many digits."""
    if x is VOID:
        return "no value"
    set_bits(4 * digits + 64)
    return str(_ball(x).str(digits, radius=False))


def is_exact(x: Any) -> bool:
    """Return whether a number is known exactly, as a rational or as having no value."""
    return not isinstance(x, arb)


def within(x: Any, centre: Any, half: Fraction) -> bool:
    """Return whether two numbers lie no further apart than ``half``, proven."""
    if x is VOID or centre is VOID:
        return False
    return bool(abs(x - centre) <= fmpq(half.numerator, half.denominator))
