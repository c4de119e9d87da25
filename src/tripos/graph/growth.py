"""Orders of growth: how a cost grows with its sizes, reduced to O(...).

The growth of f is its degree along every ray M = t^a, N = t^b, ...: a maximum of linear functions of
(a, b, ...).  Two costs grow alike when these agree, whichever way they are written.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from .node import Builder, Node, define, schedule
from .notation import Piece, call, write
from .op import GraphError, Op
from .polynomial import as_node, polynomial
from .program import Program
from .spaces import exact

STEEPNESS = 5
"""Rays run through all directions with whole parts up to this."""

FASTER = Fraction(10**9)
"""The degree of what grows faster than every power."""


def rays(count: int) -> list[tuple[int, ...]]:
    """Return the directions along which growth is compared."""
    found = itertools.product(range(STEEPNESS + 1), repeat=count)
    return [ray for ray in found if math.gcd(*ray) == 1]


def degree(node: Node, ray: dict[Node, int]) -> Fraction:
    """Return the degree of ``node`` along a ray; symbols not on it count as constants."""
    known: dict[Node, Fraction] = {}
    for step in schedule([node]):
        known[step] = _degree(step, [known[a] for a in step.args], ray)
    return known[node]


def _degree(node: Node, args: list[Fraction], ray: dict[Node, int]) -> Fraction:
    name = node.op.name
    if name in ("symbol", "constant"):
        return Fraction(ray.get(node, 0))
    if name in ("add", "sub", "maximum"):
        return max(args)
    if name == "minimum":
        return min(args)
    if name in ("alias", "floor", "neg"):
        return args[0]
    if name == "mul":
        return min(args[0] + args[1], FASTER)
    if name == "div":
        return args[0] - args[1]
    if name == "sqrt":
        return args[0] / 2
    if name == "power":
        exponent = node.args[1]
        if exponent.op.name == "constant":
            power: Fraction = dict(exponent.attrs)["value"][0]
            return args[0] * power
        return FASTER if args[1] > 0 and args[0] >= 0 else args[0]
    if name == "exp":
        return FASTER if args[0] > 0 else Fraction(0)
    raise GraphError(f"growth: no rule says how {name} grows")


def along(term: tuple[int, ...], ray: tuple[int, ...]) -> int:
    """Return the degree of one monomial along a ray."""
    return sum(power * part for power, part in zip(term, ray, strict=True))


def leading(terms: Iterable[tuple[int, ...]], count: int) -> list[tuple[int, ...]]:
    """Return the terms that the others do not outgrow along every ray, largest exponents first."""
    kept = sorted(terms, reverse=True)
    directions = rays(count)
    for term in sorted(terms):
        others = [t for t in kept if t != term]
        if others and all(along(term, ray) <= max(along(o, ray) for o in others) for ray in directions):
            kept = others
    return kept


def _write(cost: Piece, *variables: Piece, **attrs: Any) -> Piece:
    return call("O", "O")(cost)


_growth: Builder = define(
    Op(
        name="growth",
        doc="The order of growth of a cost; its value is its degree along each ray.",
        attrs={"degrees": (), "shown": Piece("", "")},
        forward=lambda xp, degrees, shown: xp.asarray(list(degrees)),
        shape=lambda *shapes, degrees, shown: (len(degrees),),
        notation=_write,
        show=lambda value, degrees, shown: call("O", "O")(shown),
        static=True,
    )
)


def growth(cost: Node, *variables: Node) -> Node:
    """Return the order of growth of ``cost`` in some of its sizes, the others held fixed."""
    if not variables:
        raise GraphError("growth: name the sizes that grow, such as growth(cost, M, N)")
    directions = rays(len(variables))
    degrees = []
    for ray in directions:
        parts = dict(zip(variables, ray, strict=True))
        found = degree(cost, parts)
        slow = max(ray) <= 1 and found < 10
        measured = _measured(cost, parts) if slow else found
        if abs(found - measured) > Fraction(1, 4):
            raise GraphError(f"growth: derived degree {found}, measured {float(measured):.2f}")
        degrees.append(found)
    terms = polynomial(cost, variables)
    reduced = cost
    if terms is not None:
        reduced = as_node(dict.fromkeys(leading(terms, len(variables)), Fraction(1)), variables)
    return _growth(cost, *variables, degrees=tuple(degrees), shown=write(reduced))


def outgrows_powers(order: Node) -> bool:
    """Say whether an order of growth is faster than every power: such orders are not told apart."""
    return FASTER in dict(order.attrs)["degrees"]


def _measured(cost: Node, ray: dict[Node, int]) -> Fraction:
    """Return the slope of log cost between two large sizes, from exact values."""
    found = []
    program = Program([cost], exact)
    symbols = [n for n in program.order if n.op.name == "symbol"]
    for bits in (40, 60):
        values = {s: 2 ** (bits * ray[s]) if s in ray else 3 for s in symbols}
        value = abs(int(exact.floor(program(values)[0])))
        found.append(math.log2(value) if value else 0)
    return Fraction((found[1] - found[0]) / 20).limit_denominator(1000)
