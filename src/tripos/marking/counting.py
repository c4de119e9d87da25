"""Which answers of a script count, where questions are optional or candidates choose among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from ..paper.report import QuestionReport, Report


class Earned(Protocol):
    """The mark of one blank, as far as it is counted here."""

    @property
    def question(self) -> str:
        """The id of its question."""

    @property
    def points(self) -> Fraction | None:
        """What it earned, None while a person has yet to decide."""

    @property
    def of(self) -> Fraction:
        """What it is worth."""


@dataclass(frozen=True)
class Best:
    """The best few of some questions count; each is given by the ids of what is answered in it."""

    number: int
    of: tuple[tuple[str, ...], ...]
    optional: bool = False


@dataclass(frozen=True)
class Counting:
    """Which questions are a bonus, by their ids, and among which the best few count."""

    optional: tuple[str, ...] = ()
    best: tuple[Best, ...] = ()

    def __bool__(self) -> bool:
        """Say whether anything is counted otherwise than by adding it up."""
        return bool(self.optional or self.best)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        best = [{"number": b.number, "of": [*map(list, b.of)], "optional": b.optional} for b in self.best]
        return {"optional": list(self.optional), "best": best}


EVERYTHING = Counting()
"""What most papers have: all answers count, and none is a bonus."""


def counting_from_json(data: Mapping[str, Any]) -> Counting:
    """Return what ``Counting.as_json`` wrote."""
    best = (Best(b["number"], tuple(map(tuple, b["of"])), b["optional"]) for b in data["best"])
    return Counting(tuple(data["optional"]), tuple(best))


def counting_of(report: Report) -> Counting:
    """Return how the answers to a paper are counted."""
    bonus = [q.id for q in report.questions if q.optional]
    optional = {q.id for id in bonus for q in _inside(report, id)}
    best = []
    for heading in report.questions:
        if heading.choose:
            of = [_inside(report, child.id) for child in report.below(heading)]
            ids = tuple(tuple(q.id for q in inside if q.leaf) for inside in of)
            best.append(Best(heading.choose, ids, heading.id in optional))
    return Counting(tuple(q.id for q in report.leaves if q.id in optional), tuple(best))


def _inside(report: Report, id: str) -> list[QuestionReport]:
    """Return a heading and all that is below it."""
    inside = {id}
    found = []
    for question in report.questions:  # those above come first
        if question.id in inside or question.above in inside:
            inside.add(question.id)
            found.append(question)
    return found


def dropped(counting: Counting, marks: Iterable[Earned]) -> set[str]:
    """Return the questions that do not count, because others of which the best count earned more."""
    known, _, _ = _sums(marks)
    left = set()
    for best in counting.best:
        order = sorted(best.of, key=lambda ids: -_sum(known, ids))  # of equal ones the first
        left |= {id for ids in order[best.number :] for id in ids}
    return left


def total(counting: Counting, marks: Iterable[Earned]) -> tuple[Fraction, Fraction, Fraction]:
    """Return the points of a script, what the paper offers, and the points that may still be added.

    A script earns at least nothing and at most what the paper offers, which no bonus is part of.
    """
    known, offered, waiting = _sums(marks)
    chosen = {id for best in counting.best for ids in best.of for id in ids}
    plain = [id for id in offered if id not in chosen]
    points = _sum(known, plain)
    of = _sum(offered, [id for id in plain if id not in counting.optional])
    more = _sum(waiting, plain)
    for best in counting.best:
        had = _largest(best.number, [_sum(known, ids) for ids in best.of])
        points += had
        of += 0 if best.optional else _largest(best.number, [_sum(offered, ids) for ids in best.of])
        more += _largest(best.number, [_sum(known, ids) + _sum(waiting, ids) for ids in best.of]) - had
    return max(Fraction(0), min(points, of)), of, more


def _sums(marks: Iterable[Earned]) -> tuple[dict[str, Fraction], dict[str, Fraction], dict[str, Fraction]]:
    """Return by question what was earned, what it is worth, and what a person has yet to decide about."""
    known: dict[str, Fraction] = {}
    offered: dict[str, Fraction] = {}
    waiting: dict[str, Fraction] = {}
    for mark in marks:
        offered[mark.question] = offered.get(mark.question, Fraction(0)) + mark.of
        if mark.points is None:
            waiting[mark.question] = waiting.get(mark.question, Fraction(0)) + mark.of
        else:
            known[mark.question] = known.get(mark.question, Fraction(0)) + mark.points
    return known, offered, waiting


def _sum(points: Mapping[str, Fraction], ids: Iterable[str]) -> Fraction:
    return sum((points.get(id, Fraction(0)) for id in ids), Fraction(0))


def _largest(number: int, points: Sequence[Fraction]) -> Fraction:
    return sum(sorted(points, reverse=True)[:number], Fraction(0))
