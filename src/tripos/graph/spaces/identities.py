"""Closed forms that are zero by an identity: e as an unknown, logarithms taken apart into those of primes."""

from __future__ import annotations

import math
from typing import Any

import symengine as se

MAX_DEGREE = 5_000
"""Highest power of e that is expanded."""

MAX_FACTOR = 100_000
"""Largest prime that is looked for in the number under a logarithm."""

E_ROOT = se.Symbol("e_root")


def vanishes(expr: Any) -> bool:
    """Say whether ``expr`` is zero whatever numbers e and the logarithms of primes are: True is a proof.

    False says only that no such identity was found.
    """
    powers = _powers_of_e(expr)
    if powers is None:
        return False
    scale = math.lcm(*(below for _, below in powers), 1)
    if sum(abs(above) * scale // below for above, below in powers) > MAX_DEGREE:
        return False
    above, _ = _rewritten(expr, scale).as_numer_denom()
    return bool(above.expand() == 0)


def _powers_of_e(expr: Any) -> set[tuple[int, int]] | None:
    """Return the exponents of e in ``expr`` as pairs of integers; None where one is no rational number."""
    if _is_power_of_e(expr):
        exponent = expr.args[1]
        if not exponent.is_Rational:
            return None
        above, below = (int(part) for part in exponent.get_num_den())
        return {(above, below)}
    if type(expr).__name__ == "tanh":
        inner = expr.args[0]
        if not inner.is_Rational:
            return None
        above, below = (int(part) for part in (2 * inner).get_num_den())
        return {(above, below)}
    found: set[tuple[int, int]] = set()
    for part in expr.args:
        powers = _powers_of_e(part)
        if powers is None:
            return None
        found |= powers
    return found


def _is_power_of_e(expr: Any) -> bool:
    return type(expr).__name__ == "Pow" and type(expr.args[0]).__name__ == "Exp1"


def _rewritten(expr: Any, scale: int) -> Any:
    """Return ``expr`` with e^(k/scale) as a power of an unknown, and logarithms as sums over primes."""
    kind = type(expr).__name__
    if kind == "Exp1":
        return E_ROOT**scale
    if _is_power_of_e(expr):
        return E_ROOT ** (expr.args[1] * scale)
    if kind == "tanh":
        square = E_ROOT ** (2 * expr.args[0] * scale)
        return (square - 1) / (square + 1)
    if kind == "log" and expr.args[0].is_Rational:
        above, below = (int(part) for part in expr.args[0].get_num_den())
        return _log(above) - _log(below) if above > 0 else expr
    if kind in ("Add", "Mul"):
        parts = [_rewritten(part, scale) for part in expr.args]
        return se.Add(*parts) if kind == "Add" else se.Mul(*parts)
    if kind == "Pow":
        return _rewritten(expr.args[0], scale) ** expr.args[1]
    return expr


def _log(number: int) -> Any:
    """Return log of a whole number as a sum over its prime factors; a large factor stays whole."""
    total, prime = se.Integer(0), 2
    while prime * prime <= number and prime <= MAX_FACTOR:
        while number % prime == 0:
            total += se.log(prime)
            number //= prime
        prime += 1
    return total + (se.log(number) if number > 1 else 0)
