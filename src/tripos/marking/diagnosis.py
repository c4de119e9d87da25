"""Which usual mistake explains a wrong answer?  It is told from the value alone, or not at all.

A mistake is named only where

- the answer is not the key, nor a rounding of it, and one mistake gives exactly the answer (formulas: the
  same function; decimals: a value that rounds to what is written);
- no other single mistake gives it as well, for then it could be either;
- it is not a small number that luck may give.  The information in an answer is counted in bits: for each
  entry one bit, and as many as the numerator and the denominator have, or the digits of a decimal (an array
  of equal entries counts as one entry).  Answers of at most ``PLAIN`` bits, such as 0, ±1, ±2, ±3 and ½, are
  explained only where there are at most ``FEW`` different slipped values.
- where no single mistake gives the answer, two are tried; they are named only if the answer has more bits
  than the number of pairs tried has, so that a match is no accident.

The search counts graphs, not seconds: the same answer always gets the same diagnosis.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from ..answers.kinds.kind import exact_value
from ..graph import GraphError, Node
from ..graph.compare import compare
from ..graph.node import free_symbols, schedule
from ..graph.op import Array
from ..graph.slips import Slip, evaluate, lines_of, near, pairs, sample, slips, symbol_of, tabulated
from ..graph.spaces import ball, exact
from ..graph.steps import lines, step
from ..graph.values import Values, origin
from .result import Mark

PLAIN = 3.0
"""Bits of an answer that luck may give."""

FEW = 12
"""Most different slipped values among which a plain answer is still explained."""

NEAR = 2
"""Units in the last decimal place by which an answer may miss the key as if by rounding on the way."""

REMEMBERED = 1000
"""Most answers to one key whose diagnoses are remembered."""


@dataclass(frozen=True)
class Diagnosis:
    """A mistake that explains an answer.

    ``at`` is the symbol of the line in which it was made, empty where it may have been several; ``working``
    the lines that change, recomputed with the mistake, as plain text.
    """

    mistake: str
    at: str
    working: tuple[str, ...]


@dataclass(frozen=True)
class _Explanation:
    """One slip or two, and the graph with them in it."""

    made: tuple[Slip, ...]
    node: Node

    @property
    def mistakes(self) -> tuple[str, ...]:
        return tuple(sorted(slip.mistake for slip in self.made))


class _Values:
    """What each of many graphs gives, without the graphs."""

    def __init__(self, nodes: Sequence[Node], points: Mapping[Any, Array]):
        self.count = len(nodes)
        self.by_shape = tabulated(evaluate(nodes, points))
        self.different = sum(len(np.unique(rows.round(9), axis=0)) for _, rows in self.by_shape.values())

    def near(self, value: Array, within: Array) -> list[int]:
        """Return which graphs give nearly a value, or one within a distance of it."""
        which, rows = self.by_shape.get(value.shape, ([], None))
        return [] if rows is None else [which[k] for k in near(rows, value, within)]


class Catalogue:
    """All slips of a key with their values: made once, asked for every wrong answer."""

    def __init__(self, key: Node):
        self.key = key
        self.symbols = free_symbols(key)
        self.values = Values()
        self.sized = all(isinstance(d, int) for s in self.symbols for d in s.shape)
        self.points = sample(self.symbols) if self.sized else {}
        self.lines = lines_of(key)
        self.known: dict[Node, Diagnosis | None] = {}
        self.own = evaluate([key], self.points)[0]
        self.slips = slips(key) if self.sized else []
        self.single = _Values([slip.node for slip in self.slips], self.points)
        self._double: _Values | None = None

    @property
    def double(self) -> _Values:
        """The values of pairs of slips, computed when a first answer needs them."""
        if self._double is None:
            self._double = _Values([pair.second.node for pair in pairs(self.key)], self.points)
        return self._double

    def one_slip(self, value: Array, within: Array) -> list[_Explanation]:
        """Return the single slips that nearly give a value."""
        found = (self.slips[i] for i in self.single.near(value, within))
        return [_Explanation((slip,), slip.node) for slip in found]

    def two_slips(self, value: Array, within: Array) -> list[_Explanation]:
        """Return the pairs of slips that nearly give a value: built anew, as few ever do."""
        wanted = set(self.double.near(value, within))
        if not wanted:
            return []
        found = (pair for i, pair in enumerate(pairs(self.key)) if i in wanted)
        return [_Explanation((pair.first, pair.second), pair.second.node) for pair in found]


@lru_cache(maxsize=512)
def catalogue(key: Node) -> Catalogue:
    """Return the slips of a key, computed when it is first asked for."""
    return Catalogue(key)


# -- one answer ------------------------------------------------------------------------------------


def diagnose(key: Node, answer: Node, values: Values | None = None) -> Diagnosis | None:
    """Return the mistake that explains a wrong answer; None where none does, or it cannot be told.

    ``answer`` is what was read: decimals in it may stand for what rounds to them.  ``values`` are exact
    values that are known already.
    """
    found = catalogue(key)
    if answer not in found.known:
        if len(found.known) >= REMEMBERED:
            found.known.clear()
        found.known[answer] = _diagnosed(found, answer, values or found.values)
    return found.known[answer]


def _diagnosed(found: Catalogue, answer: Node, values: Values) -> Diagnosis | None:
    top = origin(found.key)
    if not found.sized or top.op.name == "growth" or dict(top.attrs).get("labels"):
        return None
    names = {s.name: s.shape for s in found.symbols}
    if any(names.get(s.name) != s.shape for s in free_symbols(answer)):
        return None
    value = evaluate([answer], found.points)[0]
    if value is None:
        return None
    within = np.broadcast_to(_room(answer), value.shape)
    if found.own is None or _is_near(found.own, value, 2 * NEAR * within):
        return None
    bits = math.inf if free_symbols(answer) else information(answer)
    if bits > PLAIN or found.single.different <= FEW:
        known = _confirmed(found.one_slip(value, within), answer, values)
        if known is None or known:
            return _named(found, known or [])
        if bits > PLAIN and bits > math.log2(1 + found.double.count):
            return _named(found, _confirmed(found.two_slips(value, within), answer, values) or [])
    return None


def _confirmed(near: Iterable[_Explanation], answer: Node, values: Values) -> list[_Explanation] | None:
    """Return what gives the answer, proven; None where that cannot be told of one."""
    told = [(each, _gives(each.node, answer, values)) for each in near]
    return None if any(gives is None for _, gives in told) else [each for each, gives in told if gives]


def _is_near(own: Array, value: Array, within: Array) -> bool:
    return own.shape == value.shape and bool(near(own.reshape(1, -1), value, within))


def _named(found: Catalogue, known: Sequence[_Explanation]) -> Diagnosis | None:
    """Return the diagnosis, None where no mistake explains the answer or several different ones would."""
    if len({e.mistakes for e in known}) != 1:
        return None
    first = known[0]
    places = {tuple(dict.fromkeys(symbol_of(found.lines[s.at]) for s in e.made)) for e in known}
    mistake = ", and ".join(dict.fromkeys(s.mistake for s in first.made))
    if len(places) > 1:
        return Diagnosis(mistake, "", ())
    own = set(lines(found.key))
    changed = [line for line in lines(first.node) if line not in own]
    working = tuple(step(line, Values()).text for line in changed)
    return Diagnosis(mistake, ", ".join(next(iter(places))), working)


def _gives(node: Node, answer: Node, values: Values) -> bool | None:
    """Say whether a slipped graph gives the answer, exactly or in the decimals that were written.

    None where it cannot be told.
    """
    if free_symbols(node) or free_symbols(answer):
        verdict = compare(node, answer, values)
        return None if verdict.outcome == "undecided" else verdict.same
    value = values[node]
    if value is None:
        return None
    try:
        written = exact_value(answer)
        for entry, said, room in zip(
            value.ravel(), written.ravel(), np.ravel(_half_units(answer)), strict=True
        ):
            if room:
                number = Fraction(*(int(part) for part in said.get_num_den()))
                if not ball.within(entry, number - room, number + room):
                    return False
            elif entry != said and ball.sign(exact.value(entry) - said) != 0:
                return False
    except GraphError:
        return None
    return True


# -- what is written -------------------------------------------------------------------------------


def _half_units(answer: Node) -> Array:
    """Return half a unit of the last decimal place of each entry as a fraction; 0 for what is exact."""
    node = origin(answer)
    if node.op.name == "stack":
        rows = [_half_units(row) for row in node.args]
        return np.stack([np.broadcast_to(row, node.shape[1:]) for row in rows])
    if node.op.name == "neg":
        return _half_units(node.args[0])
    places = dict(node.attrs)["places"] if node.op.name == "decimal" else None
    half = Fraction(0) if places is None else Fraction(1, 2 * 10**places)
    out = np.empty(node.shape, dtype=object)
    out[...] = half
    return out


def _room(answer: Node) -> Array:
    return np.asarray(_half_units(answer), dtype=float)


def information(answer: Node) -> float:
    """Return the bits that the numbers of an answer carry; closed forms that are no fractions carry many."""
    try:
        entries = list(exact_value(answer).ravel())
    except GraphError:
        return 0.0
    if not all(entry.is_Rational for entry in entries):
        return math.inf
    places = max(dict(n.attrs).get("places", 0) for n in schedule([answer]))
    if len(set(entries)) == 1:
        entries = entries[:1]
    total = 0.0
    for entry in entries:
        above, below = (abs(int(part)) for part in entry.get_num_den())
        digits = 10**places * above // below  # of a decimal, which is a fraction only by its form
        total += 1 + min(
            math.log2(1 + above) + math.log2(below), math.log2(1 + digits) if places else math.inf
        )
    return total


# -- many answers ----------------------------------------------------------------------------------


def group(marks: Iterable[Mark]) -> dict[str, dict[str, list[str]]]:
    """Return who made which mistake where: mistake -> question -> candidates, across all versions.

    Mistakes made most often come first, then by name; questions and candidates are sorted.
    """
    table: dict[str, dict[str, set[str]]] = {}
    for mark in marks:
        for blank in mark.blanks:
            if blank.slip:
                table.setdefault(blank.slip, {}).setdefault(blank.question, set()).add(mark.candidate)
    counts = {mistake: sum(map(len, rows.values())) for mistake, rows in table.items()}
    return {
        mistake: {question: sorted(who) for question, who in sorted(table[mistake].items())}
        for mistake in sorted(table, key=lambda m: (-counts[m], m))
    }
