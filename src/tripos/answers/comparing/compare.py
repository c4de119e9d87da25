"""Is an answer the same function as the key?  Wrong comes with a witness, right with a bound on the error.

An answer is read, then evaluated in floats at all sample points at once.  Floats only say where to look: a
difference counts once rationals or balls prove it at a point, and agreement once they find it at points drawn
from so fine a grid that different rational formulas would agree there by a chance below the stated bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...graph import Node
from ..declared import Declared
from ..reading.reader import parse, plain
from ..reading.tokens import Misfit, TooMany, Unread, Unsized
from ..reading.understanding import enlarged
from ..verdict import Verdict
from . import balls
from .doubt import undoubted
from .evaluation import (
    Formula,
    declared_names,
    floats_of,
    other_logarithms,
    proven_values,
    values_at,
    written_decimals,
)
from .facts import Facts, facts_of, names_in
from .numbers import FIGURES, agree_to_many_bits, decide_rounded
from .proving import TooLong, Values
from .sampling import GRID, Array, Points, domain_of, draw, settings
from .witness import describe, unlike

BITS = (128, 512, 2048)
"""Precisions at which balls are tried, one after the other."""

CLOSE = 1e-9
"""Relative difference of floats below which a point is no candidate for a witness."""

MAX_TRIES = 4
"""Points that floats suggest as witnesses before they are disbelieved."""

FEW = 10
"""Numbers up to this are among the sample points' own; larger ones in an answer become points."""

SLACK = 28
"""Bits of a precision that rounding may use up; to the others, balls must agree."""

COARSE = 2**29
"""Whole numbers at the points of a proof are drawn from so many."""

WHOLE = ("integer", "positive integer")
"""Domains of whole numbers."""

ENOUGH = 12
"""Points at which a formula of whole numbers must be 0 or more for the others to be left out."""

DISCRETE = ("index", "one-hot", "bit")
"""Domains of few values."""

MAX_CACHE = 100_000
"""Verdicts kept by one reference."""


class _Side(NamedTuple):
    """The key at the sample points of one setting of sizes."""

    points: Points
    shape: tuple[int, ...]  # of the key's value
    flat: Array  # the key's values, one row a point
    limits: Array  # what the values of an answer may differ by, in floats
    finite: npt.NDArray[np.bool_]  # points at which all entries are finite
    proofs: tuple[int, ...]  # points at which equality is proven, the finest first
    proven: dict[tuple[int, int], list[Any]]  # exact or enclosed entries, by point and bits
    rational: dict[int, Values]  # the values of names as rationals, by point
    glance: int | None  # an ordinary point of short numbers, where most wrong answers show


class Reference:
    """A key, prepared once, and the verdicts on answers to it.

    ``key`` is a text or a node; ``names`` says what an answer may use (for a node, its symbols by default).
    ``alternatives`` are keys under other conventions, each after the sentence that states its convention: an
    answer that is right under one is still wrong, but its verdict names the convention.  ``figures`` is the
    least number of significant figures of a rounded number.  Raises Unread where the key has no meaning.
    """

    def __init__(
        self,
        key: str | Formula,
        names: Mapping[str, Declared] | None = None,
        *,
        alternatives: Sequence[tuple[str, str | Formula]] | None = (),
        figures: int = FIGURES,
    ):
        if names is None:
            names = declared_names(key) if isinstance(key, Node) else {}
        dims = {
            d: Declared((), "dimension") for what in names.values() for d in what.shape if isinstance(d, str)
        }
        self.names = dims | dict(names) | dims
        self.figures = figures
        self.key: Formula = parse(key, self.names) if isinstance(key, str) else key
        self._cache: dict[str, Verdict] = {}
        self._facts = facts_of(self.key)
        numbers = sorted(self._facts.numbers)
        self._sides = [self._side(draw(self.names, sizes, numbers)) for sizes in settings(self.names)]
        self._grid = COARSE if any(domain_of(d) in WHOLE for d in self.names.values()) else GRID
        self._others = [
            (sentence, Reference(other, self.names, alternatives=None, figures=figures))
            for sentence, other in (
                *(alternatives or ()),
                *(other_logarithms(self.key) if alternatives is not None else ()),
            )
        ]

    def verdict(self, text: str) -> Verdict:
        """Return what came of comparing an answer with the key; kept, so that a text is judged once."""
        found = self._cache.get(text)
        if found is None:
            found = self._judge(text)
            if len(self._cache) >= MAX_CACHE:
                self._cache.clear()
            self._cache[text] = found
        return found

    def understood(self, text: str) -> str:
        """Return in one line how an answer was read, for its writer to confirm; "" where it was not."""
        try:
            return plain(parse(text, self.names))
        except Unread:
            return ""

    # -- the key --

    def _side(self, points: Points) -> _Side:
        with np.errstate(all="ignore"):
            values = floats_of(self.key, points)
        flat = values.reshape(len(values), -1)
        finite: npt.NDArray[np.bool_] = np.asarray(np.isfinite(flat).all(1))
        if self._facts.steps and all(domain_of(d) in WHOLE for d in self.names.values()):
            sensible = np.asarray((flat >= 0).all(1))  # sizes of outputs: what lies below 0 is no size
            finite = finite & sensible if sensible.sum() >= ENOUGH else finite
        fine = [row for row in reversed(points.proof) if finite[row]]
        plain = np.flatnonzero(finite & ~points.special)
        rows = [*fine, *(int(row) for row in plain if row not in fine)]
        limits = CLOSE * np.abs(flat)
        glance = int(plain[0]) if len(plain) else None
        return _Side(points, values.shape[1:], flat, limits, finite, tuple(rows), {}, {}, glance)

    def _proven_key(self, side: _Side, row: int, bits: int) -> list[Any]:
        """Return the entries of the key at a point, exact or enclosed; computed once."""
        found = side.proven.get((row, bits))
        if found is None:
            found, _ = proven_values(self.key, self._values(side, row), side.points, row, bits)
            side.proven[row, bits] = found
        return found

    def _values(self, side: _Side, row: int) -> Values:
        """Return the values of names at a point as rationals; made once."""
        values = side.rational.get(row)
        if values is None:
            values = side.rational[row] = values_at(side.points, row)
        return values

    # -- one answer --

    def _judge(self, text: str) -> Verdict:
        try:
            expr = parse(text, self.names)
            return undoubted(self.verdict_of(expr), text, expr, self.names, self.verdict_of)
        except Unread as error:
            return Verdict("unread", str(error))

    def verdict_of(self, answer: Formula) -> Verdict:
        """Return what came of comparing an answer that was read; raise Unread where it has no meaning.

        An identity, or a vector of ones, of which nothing says how large it is is as large as the key.
        """
        try:
            try:
                return self._judge_formula(answer)
            except Unsized:
                if isinstance(answer, Node):
                    raise
                return self._judge_formula(
                    enlarged(answer, self._sides[0].shape, self._sides[0].points.sizes)
                )
        except Misfit as error:
            return Verdict("wrong", "shapes in the answer do not fit", witness=str(error))
        except TooLong:
            return Verdict("undecided", "the answer has too many terms to be proven right or wrong")

    def _judge_formula(self, answer: Formula) -> Verdict:
        found, given = self._glance(answer)
        found = found or self._decide(answer)
        if found.outcome == "wrong" and given and self._others:
            found = self._under_another_convention(answer, found, given)
        return found

    def _glance(self, answer: Formula) -> tuple[Verdict | None, list[Any]]:
        """Return "wrong" where one ordinary point shows it, as it mostly does, and the value there."""
        side = self._sides[0]
        row = side.glance
        if row is None:
            return None, []
        given, shape = proven_values(answer, self._values(side, row), side.points, row, BITS[0])
        misfit = unlike(shape, side.shape, side.points.sizes)
        if misfit:
            return Verdict("wrong", misfit, witness=misfit), []
        if not self._facts.names:
            return None, given
        return self._difference(
            answer, side, row, given, self._proven_key(side, row, BITS[0]), BITS[0]
        ), given

    @np.errstate(all="ignore")
    def _decide(self, answer: Formula) -> Verdict:
        if not self._facts.names and not facts_of(answer).names:
            return self._decide_number(answer)
        sides, remark, facts = self._sides, "", None
        while True:
            for side in sides:
                found = self._look(answer, side)
                if isinstance(found, Verdict):
                    return found
                remark = remark or found
            if facts is not None:
                return self._prove(answer, facts, [*self._sides, *sides], remark)
            facts = facts_of(answer)
            extra = sorted(n for n in facts.numbers - self._facts.numbers if n > FEW)
            if not extra:
                return self._prove(answer, facts, sides, remark)
            # Where the answer may change its course is worth a look of its own.
            sides = [self._side(draw(self.names, side.points.sizes, extra)) for side in self._sides]

    def _look(self, answer: Formula, side: _Side) -> Verdict | str:
        """Return "wrong" with a witness to which floats led; else a remark on single points, mostly none."""
        values = floats_of(answer, side.points)
        misfit = unlike(values.shape[1:], side.shape, side.points.sizes)
        if misfit:
            return Verdict("wrong", misfit, witness=misfit)
        far = ~(np.abs(values.reshape(side.flat.shape) - side.flat) <= side.limits).all(1) & side.finite
        if not far.any():
            return ""
        rows = np.flatnonzero(far & ~side.points.special)
        for row in rows[:MAX_TRIES]:
            verdict = self._compare_at(answer, side, int(row))
            if verdict is not None and verdict.outcome == "wrong":
                return verdict
        for row in np.flatnonzero(far & side.points.special)[:MAX_TRIES]:
            verdict = self._compare_at(answer, side, int(row))
            if verdict is not None and verdict.outcome == "wrong":
                return verdict.witness
        return ""

    def _compare_at(self, answer: Formula, side: _Side, row: int) -> Verdict | None:
        """Return what exact and enclosed values say at one point; None where they cannot tell."""
        for bits in BITS:
            try:
                given, _ = proven_values(answer, self._values(side, row), side.points, row, bits)
            except TooMany:  # here only
                return None
            key = self._proven_key(side, row, bits)
            found = self._difference(answer, side, row, given, key, bits)
            if found is not None:
                return found
            pairs = zip(given, key, strict=True)
            if all(k is balls.VOID or balls.differ(a, k, bits - SLACK) is False for a, k in pairs):
                return Verdict("right", "exact" if all(map(balls.is_exact, given + key)) else "close")
        return None

    def _difference(
        self, answer: Formula, side: _Side, row: int, given: list[Any], key: list[Any], bits: int
    ) -> Verdict | None:
        """Return "wrong" where an entry differs at a point, proven; None where none does."""
        for place, (a, k) in enumerate(zip(given, key, strict=True)):
            if k is balls.VOID or (a is not balls.VOID and not balls.differ(a, k, bits - SLACK)):
                continue
            entry = tuple(int(i) for i in np.unravel_index(place, side.shape)) if side.shape else ()
            witness = describe(side.points, row, self._facts.names | names_in(answer), a, k, entry)
            return Verdict("wrong", "the answer and the key differ", witness=witness)
        return None

    def _prove(self, answer: Formula, facts: Facts, sides: list[_Side], remark: str) -> Verdict:
        if not all(side.proofs for side in sides):
            return Verdict("undecided", "the key has no value at any sample point")
        proven, exact = 0, True
        for side in sides:
            for row in side.proofs[:MAX_TRIES]:
                found = self._compare_at(answer, side, row)
                if found is None:
                    continue
                if found.outcome == "wrong":
                    return found
                proven += 1
                exact &= found.reason == "exact"
                break
            else:
                return Verdict("undecided", f"even {BITS[-1]} bits do not tell the answer from the key")
        points = sum(int(side.finite.sum()) for side in sides)
        reason, bound = self._grounds(facts, proven, exact, points)
        if remark:
            reason += f"; they differ at single points only: {remark}"
        return Verdict("right", reason, bound=bound)

    def _grounds(self, facts: Facts, proven: int, exact: bool, points: int) -> tuple[str, float]:
        """Return what "right" rests on, and a bound on the chance that it is not."""
        chance = min(1.0, (self._facts.degree + facts.degree) / self._grid) ** proven
        used = self._facts.names | facts.names
        if (
            self._facts.steps
            or facts.steps
            or any(domain_of(self.names[n]) in DISCRETE for n in used if n in self.names)
        ):
            return (
                f"equal at {points} points, at {proven} of them to {BITS[0] - SLACK} bits; "
                "the bound is for formulas that differ at one point in eight or more"
            ), max(chance, (7 / 8) ** points)
        if exact:
            return (
                f"equal in exact arithmetic at {_points(proven)} drawn from {self._grid:.1e} values a name",
                chance,
            )
        drawn = f"{_points(proven)} drawn from {self._grid:.1e} values a name"
        return (
            f"equal to {BITS[0] - SLACK} bits at {drawn}, and in floats at {points}; "
            "the bound is for formulas with no more roots along a line than their length"
        ), chance

    # -- numbers --

    def _decide_number(self, answer: Formula) -> Verdict:
        side = self._sides[0]
        found = self._compare_at(answer, side, 0)
        if found is None:
            return Verdict("undecided", f"even {BITS[-1]} bits do not tell the answer from the key")
        if found.outcome == "right":
            if found.reason == "exact":
                return Verdict("right", "equal in exact arithmetic", bound=0.0)
            bits = BITS[-1]
            given, key = self._both(answer, side, bits)
            return agree_to_many_bits(
                given, key, bits, lambda a, k: describe(side.points, 0, frozenset(), a, k, ())
            )
        places = written_decimals(answer)
        if not any(places) or len(places) != len(self._proven_key(side, 0, BITS[0])):
            return found
        given, key = self._both(answer, side, BITS[0])
        return decide_rounded(given, key, places, BITS[0] - SLACK, self.figures, found)

    def _both(self, answer: Formula, side: _Side, bits: int) -> tuple[list[Any], list[Any]]:
        """Return the entries of the answer and of the key at the first point."""
        given, _ = proven_values(answer, self._values(side, 0), side.points, 0, bits)
        return given, self._proven_key(side, 0, bits)

    # -- conventions --

    def _under_another_convention(self, answer: Formula, found: Verdict, given: list[Any]) -> Verdict:
        """Return a verdict that names the convention, if any, under which the answer would be right."""
        for sentence, other in self._others:
            if other._may_be(given) and other._decide(answer).right:
                return replace(found, convention=sentence)
        return found

    def _may_be(self, given: list[Any]) -> bool:
        """Say whether values at the first ordinary point are the key's: a quick look before all is proven."""
        side = self._sides[0]
        if side.glance is None:
            return False
        key = self._proven_key(side, side.glance, BITS[0])
        return len(key) == len(given) and not any(
            a is balls.VOID or balls.differ(a, k, BITS[0] - SLACK)
            for a, k in zip(given, key, strict=True)
            if k is not balls.VOID
        )


def _points(count: int) -> str:
    return f"{count} point{'s' * (count > 1)}"
