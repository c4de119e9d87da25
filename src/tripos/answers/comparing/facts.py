"""What a formula is made of, found by one walk: its names, its numbers, its steps, its degree."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from ...graph import Node
from ...graph.node import free_symbols, schedule

STEPS = frozenset(
    "abs cases relation and or floor ceil round sign relu leaky leaky_relu hardtanh relu6 max min maximum "
    "minimum clip where "
    "indicator greater greater_equal equal argmax step heaviside mod ind absolute ones top_k max_pool".split()
)
"""Kinds of expressions, words of functions and names of ops that change their course somewhere."""

MAX_DIGITS = 20
"""Longest number that is looked at as a threshold."""

MAX_NUMBERS = 1_000
"""Written numbers that are kept for the next formula."""

MAX_POWER = 10_000
"""Largest exponent that counts towards a degree as it is; larger ones count as this."""

ENTRIES = 16
"""Terms that a sum over an index, or over the entries of arrays, may have at the sample points."""


class Facts(NamedTuple):
    """The names and numbers of a formula, whether it has steps, and a bound on its total degree."""

    names: frozenset[str]
    numbers: frozenset[Fraction]
    steps: bool
    degree: int


def facts_of(formula: Any) -> Facts:
    """Return what a tree, or a node, is made of."""
    if isinstance(formula, Node):
        return _node_facts(formula)
    found = _Found()
    degree = found.walk(formula)
    return Facts(frozenset(found.names), frozenset(found.numbers), found.steps, degree)


def names_in(formula: Any) -> frozenset[str]:
    """Return the names that a tree, or a node, is made of."""
    if isinstance(formula, Node):
        return frozenset(str(n.name) for n in free_symbols(formula))
    found: set[str] = set()
    parts = [formula]
    while parts:
        part = parts.pop()
        if part and part[0] == "name":
            found.add(part[1])
        else:
            parts += [p for p in part if type(p) is tuple]
    return frozenset(found)


class _Found:
    __slots__ = ("names", "numbers", "steps")

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.numbers: set[Fraction] = set()
        self.steps = False

    def walk(self, expr: Any) -> int:
        """Take in one part of a tree; return a bound on its degree, numerator and denominator together."""
        kind = expr[0] if expr else ""
        if kind == "name":
            self.names.add(expr[1])
            return 1
        if kind == "number":
            if len(expr[1]) <= MAX_DIGITS:
                self.numbers.add(abs(_fraction(expr[1])))
            return 0
        degree = 0
        for part in expr:  # words, and parts of parts
            if type(part) is tuple:
                degree += self.walk(part)
            elif part in STEPS or (part and part[-1:] == "'" and part[:-1] in STEPS):
                self.steps = True
        if kind == "pow" and expr[2][0] == "number" and len(expr[2][1]) <= MAX_DIGITS:
            degree *= min(MAX_POWER, max(1, int(_fraction(expr[2][1]))))
        return degree * ENTRIES if kind == "over" else degree


@lru_cache(MAX_NUMBERS)
def _fraction(text: str) -> Fraction:
    """Return a number as written; one with an exponent out of reach counts as 0."""
    _, _, exponent = text.lower().partition("e")
    return Fraction(text.rstrip(".") or "0") if not exponent or abs(int(exponent)) < 40 else Fraction(0)


def _node_facts(node: Node) -> Facts:
    numbers: set[Fraction] = set()
    steps, degrees = False, dict[Node, int]()
    for step in schedule([node]):
        value = dict(step.attrs).get("value")
        for number in value if isinstance(value, tuple) else (value,):
            if isinstance(number, (int, Fraction)):
                numbers.add(abs(Fraction(number)))
        steps |= step.op.name in STEPS
        degree = 1 if step.op.name == "symbol" else sum(degrees[a] for a in step.args)
        degrees[step] = min(degree * _exponent(step), MAX_POWER**2)
    names = frozenset(str(n.name) for n in free_symbols(node))
    return Facts(names, frozenset(numbers), steps, degrees[node])


def _exponent(step: Node) -> int:
    if step.op.name != "power":
        return ENTRIES if step.op.name == "contract" else 1
    value = dict(step.args[1].attrs).get("value")
    return min(MAX_POWER, max(1, int(abs(value[0])))) if isinstance(value, tuple) and value else 1
