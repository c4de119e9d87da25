"""Formulas, read or built, at sample points: in floats at all of them, proven at one."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ...graph import GraphError, Node, Program, log
from ...graph.compare import sizes_of_axes
from ...graph.node import free_symbols, rebuild, schedule
from ...graph.spaces import ball, exact
from ...graph.spaces import numpy as floats
from ..declared import Declared
from ..reading.meaning import Meaning
from ..reading.reader import Expr, as_array
from . import balls
from .proving import Balls, TooLong, Values
from .sampling import Array, Points

Formula = Expr | Node
"""What was read, or a node."""

_DOMAINS = {"size": "positive integer", "normal": "real", "uniform": "probability"}
_LOGARITHMS = ("log", "ln")
_BASES = (2, 10)


def declared_names(key: Node) -> dict[str, Declared]:
    """Return what the symbols of a node declare; a size that no axis has is a number like others."""
    found, axes = {}, sizes_of_axes(key)
    for leaf in free_symbols(key):
        shape = tuple(d if isinstance(d, int) else str(d.name) for d in leaf.shape)
        domain = "dimension" if leaf in axes else str(dict(leaf.attrs)["domain"])
        found[str(leaf.name)] = Declared(shape, _DOMAINS.get(domain, domain))
    return found


# -- values --


def floats_of(formula: Formula, points: Points) -> Array:
    """Return the values of a formula at all points, one a row; raise Misfit where shapes do not fit."""
    count = len(points.special)
    if isinstance(formula, Node):
        program = Program([formula], floats)
        bindings = {n: points.table[str(n.name)][0] for n in program.order if n.op.name == "symbol"}
        values, rank = np.asarray(program(bindings)[0], dtype=float), formula.ndim
    else:
        values, rank = as_array(formula, points.table, points.sizes, points.names)
    own = values.shape[values.ndim - rank :]
    return (
        values
        if values.shape[0:1] == (count,) and values.ndim > rank
        else np.broadcast_to(values, (count, *own))
    )


def values_at(points: Points, row: int) -> Values:
    """Return the values of all names at one point as rationals, with their shapes."""
    return {name: (balls.array(values[row]), values.shape[1:]) for name, (values, _) in points.table.items()}


def proven_values(
    formula: Formula, values: Values, points: Points, row: int, bits: int
) -> tuple[list[Any], tuple[int, ...]]:
    """Return the entries of a formula at one point, exact or enclosed in so many bits, and their shape."""
    balls.set_bits(bits)
    if isinstance(formula, Node):
        return _proven_node(formula, points, row, bits)
    try:
        payload, shape, _ = Meaning(Balls(values, points.ranges), formula, "e").answer()
    except (RecursionError, OverflowError, MemoryError):
        raise TooLong from None
    if not shape:
        return [payload], ()
    return list(np.broadcast_to(payload, shape).ravel()), shape


def _proven_node(node: Node, points: Points, row: int, bits: int) -> tuple[list[Any], tuple[int, ...]]:
    program = Program([node], exact)
    bindings = {
        n: _fractions(points.table[str(n.name)][0][row]) for n in program.order if n.op.name == "symbol"
    }
    shape = floats_of(node, points).shape[1:]
    try:
        value = np.asarray(program(bindings)[0], dtype=object)
        return [_enclosed(entry, bits) for entry in value.ravel()], shape
    except ball.Undecided:
        return [balls.UNKNOWN] * math.prod(shape), shape
    except GraphError:
        return [balls.VOID] * math.prod(shape), shape


_fractions = np.frompyfunc(Fraction, 1, 1)
"""Floats as the fractions that they are: the exact space would take 0.1 for a tenth."""


def _enclosed(entry: Any, bits: int) -> Any:
    value = exact.value(entry)
    if value.is_Rational:
        above, below = value.get_num_den()
        return balls.number(Fraction(int(above), int(below)))
    return ball.enclose(value, bits)


# -- conventions --


def other_logarithms(key: Formula) -> list[tuple[str, Formula]]:
    """Return a key with logarithms to base 2, and to base 10, each after a sentence that says so."""
    found = [(f"logarithms are to base {base}", _with_base(key, base)) for base in _BASES]
    return [(sentence, other) for sentence, other in found if other != key]


def _with_base(formula: Any, base: int) -> Any:
    if isinstance(formula, Node):
        logs = [n for n in schedule([formula]) if n.op.name == "log"]
        return rebuild([formula], {n: n / log(base) for n in logs})[0] if logs else formula
    if not isinstance(formula, tuple):
        return formula
    parts = tuple(_with_base(part, base) for part in formula)
    if parts[:1] == ("call",) and parts[1] in _LOGARITHMS and len(parts[2]) == 1:
        return ("call", "log", (*parts[2], ("number", str(base))))
    return parts


# -- numbers as they were written --


class Written(NamedTuple):
    """A decimal: half a unit of its last place, and its significant figures."""

    half: Fraction
    figures: int


def written_decimals(expr: Formula) -> list[Written | None]:
    """Return for each entry how exactly it was written; None for what is no decimal."""
    if isinstance(expr, Node):
        return [None]
    if expr[0] == "neg":
        return written_decimals(expr[1])
    if expr[0] == "array":
        return _evenly([written for entry in expr[1] for written in written_decimals(entry)])
    if expr[0] == "matrix":
        return _evenly([written for row in expr[1] for entry in row for written in written_decimals(entry)])
    return [_written(_as_number(expr))]


def _evenly(entries: list[Written | None]) -> list[Written | None]:
    """Return entries with the figures of the longest to the same place: (0.09, 0.24) has two of them."""
    longest: dict[Fraction, int] = {}
    for entry in entries:
        if entry is not None:
            longest[entry.half] = max(longest.get(entry.half, 0), entry.figures)
    return [entry and Written(entry.half, longest[entry.half]) for entry in entries]


def _as_number(expr: tuple[Any, ...]) -> str:
    """Return the text of a number; of 3.3 · 10^-5 and of 33 % that of 3.3e-5 and 33e-2; "" for others."""
    if expr[0] == "number":
        return str(expr[1])
    if expr[0] == "div" and expr[2] == ("number", "100") and expr[1][0] == "number" and "." in expr[1][1]:
        return f"{expr[1][1]}e-2" if "e" not in expr[1][1].lower() else ""
    if expr[0] == "mul" and expr[1][0] == "number" and expr[2][:2] == ("pow", ("number", "10")):
        power = expr[2][2]
        sign, power = ("-", power[1]) if power[0] == "neg" else ("", power)
        if power[0] == "number" and power[1].isdigit() and "e" not in expr[1][1].lower():
            return f"{expr[1][1]}e{sign}{power[1]}"
    return ""


def _written(text: str) -> Written | None:
    mantissa, _, exponent = text.lower().partition("e")
    whole, point, decimals = mantissa.partition(".")
    if not point or not decimals or abs(int(exponent or 0)) > 1_000:
        return None
    unit = Fraction(10) ** (int(exponent or 0) - len(decimals))
    return Written(unit / 2, len((whole + decimals).lstrip("0")) or 1)
