"""Polynomials in symbols, read off a graph and turned back into a tidy one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .node import Node, constant, schedule

Polynomial = dict[tuple[int, ...], Fraction]
"""Coefficients by the exponents of the variables."""

MAX_POWER = 8
"""Largest power that is multiplied out."""


def polynomial(node: Node, variables: Sequence[Node]) -> Polynomial | None:
    """Return a scalar node as a polynomial, or None where it is not one.

    Symbols that are not among ``variables`` count as constants of value 1, so that the exponents
    remain right and the coefficients do not matter: terms that cancel are kept with coefficient 0.
    """
    known: dict[Node, Polynomial | None] = {}
    one = (0,) * len(variables)
    for step in schedule([node]):
        args = [known[a] for a in step.args]
        known[step] = None
        if step in variables:
            known[step] = {tuple(int(v is step) for v in variables): Fraction(1)}
        elif step.op.name == "symbol":
            known[step] = {one: Fraction(1)}
        elif step.op.name == "constant" and not step.shape:
            known[step] = {one: dict(step.attrs)["value"][0]}
        elif step.op.name == "alias":
            known[step] = args[0]
        elif step.op.name == "neg" and args[0] is not None:
            known[step] = _times({one: Fraction(-1)}, args[0])
        elif step.op.name == "power" and args[0] is not None and args[1] is not None:
            power = args[1].get(one, Fraction(0))
            if len(args[1]) == 1 and one in args[1] and power.denominator == 1 and 0 <= power <= MAX_POWER:
                result: Polynomial = {one: Fraction(1)}
                for _ in range(int(power)):
                    result = _times(result, args[0])
                known[step] = result
        elif len(args) == 2 and args[0] is not None and args[1] is not None:
            if step.op.name == "add":
                known[step] = _plus(args[0], args[1])
            elif step.op.name == "sub":
                known[step] = _plus(args[0], _times({one: Fraction(-1)}, args[1]))
            elif step.op.name == "mul":
                known[step] = _times(args[0], args[1])
    return known[node]


def _plus(a: Polynomial, b: Polynomial) -> Polynomial:
    total = dict(a)
    for term, coefficient in b.items():
        total[term] = total.get(term, Fraction(0)) + coefficient
    return total


def _times(a: Polynomial, b: Polynomial) -> Polynomial:
    total: Polynomial = {}
    for x, one in a.items():
        for y, two in b.items():
            term = tuple(i + j for i, j in zip(x, y, strict=True))
            total[term] = total.get(term, Fraction(0)) + one * two
    return total


def as_node(terms: Polynomial, variables: Sequence[Node]) -> Node:
    """Return a polynomial as a node, highest terms first."""
    total = constant(0)
    for term, coefficient in sorted(terms.items(), reverse=True):
        if not coefficient:
            continue
        product = constant(coefficient)
        for variable, power in zip(variables, term, strict=True):
            if power:
                product = product * (variable if power == 1 else variable**power)
        total = total + product
    return total
