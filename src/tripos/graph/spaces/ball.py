"""Exact values enclosed in balls (Arb, through python-flint): signs and roundings that are proven."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import flint
import symengine as se
from flint import arb, fmpq, fmpz

from ..op import GraphError
from .identities import vanishes

BITS = (64, 256, 1024, 4096)
"""Working precisions tried in turn; what 4096 bits cannot tell is reported as undecided."""


class Undecided(GraphError):
    """A sign or a rounding that could not be decided at the highest precision."""


def enclose(expr: Any, bits: int) -> Any:
    """Return a ball that contains the closed form ``expr``, computed with ``bits`` bits."""
    flint.ctx.prec = bits
    return _ball(expr, bits)


@lru_cache(10_000)
def _ball(expr: Any, bits: int) -> Any:
    """Return the ball of an expression at the precision in force, which is ``bits``."""
    if expr.is_Integer:
        return arb(fmpz(int(expr)))
    if expr.is_Rational:
        numerator, denominator = expr.get_num_den()
        return arb(fmpq(int(numerator), int(denominator)))
    kind = type(expr).__name__
    if kind in ("Exp1", "Pi"):
        return arb(1).exp() if kind == "Exp1" else arb.pi()
    parts = [_ball(a, bits) for a in expr.args]
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
            whole = int(expr.args[1])
            # Where a ball holds 0, python-flint (0.9) gives no number for its powers.
            return arb(0, base.abs_upper() ** whole) if whole > 0 and 0 in base else base**whole
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
        if bits == BITS[0] and (expr.expand() == 0 or vanishes(expr)):
            return 0
        separation = _separation(expr)
        if separation is not None and separation < bits and abs(ball) < arb(2) ** -separation:
            return 0
    raise Undecided(f"cannot tell whether {str(expr)[:60]} is zero")


def _separation(expr: Any) -> int | None:
    """Return n such that the expression is 0 or at least 2^-n in size; None where it is not algebraic.

    The bound of Burnikel, Funke, Mehlhorn, Schirra and Schmitt (2001): with u, l and the degree D found
    by walking the expression, a value that is not 0 is at least 1 / (l·u^(D²−1)).
    """
    roots: set[Any] = set()
    found = _heights(expr, roots)
    if found is None or len(roots) > 10:
        return None
    above, below = found
    degree_squared: int = 4 ** len(roots)
    return below + above * (degree_squared - 1) + 2


def _heights(expr: Any, roots: set[Any]) -> tuple[int, int] | None:
    """Return bounds on log2 u and log2 l of an expression in rationals, sums, products and square roots."""
    if expr.is_Rational:
        above, below = (int(part) for part in expr.get_num_den())
        return abs(above).bit_length(), below.bit_length() - (below == 1)
    kind = type(expr).__name__
    if kind == "Pow" and expr.args[1].is_Rational:
        base = _heights(expr.args[0], roots)
        above, below = (int(part) for part in expr.args[1].get_num_den())
        if base is None or below > 2 or abs(above) > 64:
            return None
        if below == 2:
            roots.add(expr.args[0])
            base = (base[0] + base[1] + 1) // 2 + 1, base[1]
        u, low = base[0] * abs(above), base[1] * abs(above)
        return (u, low) if above > 0 else (low, u)
    parts = [_heights(a, roots) for a in expr.args] if kind in ("Add", "Mul") else [None]
    if any(part is None for part in parts):
        return None
    known = [part for part in parts if part is not None]
    below = sum(low for _, low in known)
    if kind == "Mul":
        return sum(u for u, _ in known), below
    return max(u + below - low for u, low in known) + len(known), below


def rounded(expr: Any, places: int) -> Fraction:
    """Return ``expr`` correctly rounded to ``places`` decimals, halves away from zero."""
    scale = 10**places
    if expr.is_Rational:
        numerator, denominator = (int(part) for part in expr.get_num_den())
        value = Fraction(numerator, denominator) * scale
        whole = (2 * abs(value) + 1) // 2
        return Fraction(whole if value >= 0 else -whole, scale)
    half = arb(fmpq(1, 2 * scale))
    if any(abs(enclose(expr, bits)) < half for bits in BITS[:2]):
        return Fraction(0)  # whatever its sign, which may not be known
    if sign(expr) < 0:
        return -rounded(-expr, places)
    shifted = expr * scale + se.Rational(1, 2)
    for bits in BITS:
        whole = enclose(shifted, bits).floor().unique_fmpz()
        if isinstance(whole, fmpz):
            return Fraction(int(whole), scale)
    # Only a half in disguise straddles a whole number at every precision.
    whole = (enclose(shifted, BITS[0]) + enclose(se.Rational(1, 2), BITS[0])).floor().unique_fmpz()
    if isinstance(whole, fmpz) and sign(shifted - int(whole)) == 0:
        return Fraction(int(whole), scale)
    raise Undecided(f"cannot round {str(expr)[:60]} to {places} decimals")


def within(expr: Any, low: Fraction, high: Fraction) -> bool:
    """Say whether ``low <= expr <= high``, proven."""
    ends = (se.Rational(e.numerator, e.denominator) for e in (low, high))
    below, above = (sign(expr - end) for end in ends)
    return below >= 0 >= above
