"""Exact values enclosed in balls (Arb, through python-flint): signs and roundings that are proven."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ..op import GraphError

BITS = (64, 256, 1024, 4096)
"""Working precisions tried in turn; what 4096 bits cannot tell is reported as undecided."""


class Undecided(GraphError):
    """A sign or a rounding that could not be decided at the highest precision."""


def enclose(expr: Any, bits: int) -> Any:
    """Return a ball that contains the closed form ``expr``, computed with ``bits`` bits."""
    import flint

    flint.ctx.prec = bits
    return _ball(expr)


def _ball(expr: Any) -> Any:
    from flint import arb, fmpq, fmpz

    if expr.is_Integer:
        return arb(fmpz(int(expr)))
    if expr.is_Rational:
        numerator, denominator = expr.get_num_den()
        return arb(fmpq(int(numerator), int(denominator)))
    kind = type(expr).__name__
    if kind in ("Exp1", "Pi"):
        return arb(1).exp() if kind == "Exp1" else arb.pi()
    parts = [_ball(a) for a in expr.args]
    if kind == "Add":
        return sum(parts[1:], parts[0])
    if kind == "Mul":
        product = parts[0]
        for part in parts[1:]:
            product = product * part
        return product
    if kind == "Pow":
        base, exponent = parts
        if expr.args[1].is_Integer:
            return base ** int(expr.args[1])
        if str(expr.args[1]) in ("1/2", "-1/2"):
            return base.sqrt() if str(expr.args[1]) == "1/2" else base.rsqrt()
        if type(expr.args[0]).__name__ == "Exp1":
            return exponent.exp()
        return base**exponent
    if len(parts) == 1 and kind.lower() in ("log", "tanh", "sin", "cos", "erf", "abs", "floor"):
        (part,) = parts
        return abs(part) if kind.lower() == "abs" else getattr(part, kind.lower())()
    raise Undecided(f"no rule encloses {kind} in {str(expr)[:60]}")


def sign(expr: Any) -> int:
    """Return the proven sign of a closed form: -1, 0 or 1."""
    for bits in BITS:
        ball = enclose(expr, bits)
        if ball > 0:
            return 1
        if ball < 0:
            return -1
        if bits == BITS[0] and expr.expand() == 0:
            return 0
    raise Undecided(f"cannot tell whether {str(expr)[:60]} is zero")


def rounded(expr: Any, places: int) -> Fraction:
    """Return ``expr`` correctly rounded to ``places`` decimals, halves away from zero."""
    import symengine
    from flint import fmpz

    scale = 10**places
    if expr.is_Rational:
        numerator, denominator = (int(part) for part in expr.get_num_den())
        value = Fraction(numerator, denominator) * scale
        whole = (2 * abs(value) + 1) // 2
        return Fraction(whole if value >= 0 else -whole, scale)
    for bits in BITS:
        shifted = (enclose(expr * scale + symengine.Rational(1, 2), bits)).floor()
        whole = shifted.unique_fmpz()
        if isinstance(whole, fmpz):
            return Fraction(int(whole), scale)
    raise Undecided(f"cannot round {str(expr)[:60]} to {places} decimals")


def within(expr: Any, low: Fraction, high: Fraction) -> bool:
    """Say whether ``low <= expr <= high``, proven."""
    import symengine

    ends = (symengine.Rational(e.numerator, e.denominator) for e in (low, high))
    below, above = (sign(expr - end) for end in ends)
    return below >= 0 >= above
