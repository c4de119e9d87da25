"""Item statistics: how hard each blank and question was, how well it told candidates apart, which slips."""

from __future__ import annotations

import csv
import json
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..result import Mark
from ..stored import marks_in, replaced

Columns = Sequence[NDArray[Any]]
"""The points of all candidates: an array for each item, with an entry for each candidate."""

HARD, EASY, UNSURE, FEWEST = 0.2, 0.95, 0.05, 10
"""Facility below which an item is flagged as hard, and above which as easy; the share of answers left
undecided from which it is flagged; and the candidates that it takes to flag anything."""


@dataclass
class Item:
    """A blank or a question over all candidates.

    ``facility`` is the mean share of its points; ``discrimination`` the correlation of its points with the
    points of all other items (for items that are right or wrong, the point-biserial one).  Both are None
    where they say nothing: fewer than half of the answers decided, or no difference between candidates.
    """

    name: str
    of: float
    number: int
    decided: int
    facility: float | None = None
    discrimination: float | None = None
    outcomes: dict[str, int] = field(default_factory=dict)
    slips: dict[str, int] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)


@dataclass
class Statistics:
    """What the marks of a paper say about it and about those who sat it.

    ``complete`` candidates have all points decided on the items that ``alpha``, Cronbach's, and
    discrimination are computed over: those that are decided for at least half of the candidates.
    ``totals`` counts candidates by their points so far.
    """

    candidates: int
    complete: int
    of: float
    mean: float | None
    deviation: float | None
    alpha: float | None
    alpha_of_questions: float | None
    blanks: list[Item]
    questions: list[Item]
    totals: dict[float, int]
    slips: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return the statistics as plain data."""
        data = asdict(self)
        data["totals"] = [[points, count] for points, count in sorted(self.totals.items())]
        return data


def statistics_of(marks: Path) -> Statistics:
    """Return the statistics of a file of marks; eight bytes a blank and candidate are held in memory."""
    gathered = _Gathered()
    for mark in marks_in(marks):
        gathered.add(mark)
    return gathered.statistics()


class _Gathered:
    """Marks counted as they pass by."""

    def __init__(self) -> None:
        self.blanks: dict[str, Item] = {}
        self.question: dict[str, str] = {}
        self.columns: dict[str, array[float]] = {}
        self.totals: Counter[Fraction] = Counter()
        self.candidates = 0
        self.of = Fraction(0)

    def add(self, mark: Mark) -> None:
        for blank in mark.blanks:
            item = self.blanks.get(blank.blank)
            if item is None:
                item = self.blanks[blank.blank] = Item(blank.blank, float(blank.of), 0, 0)
                self.question[blank.blank] = blank.question
                self.columns[blank.blank] = array("d", [np.nan]) * self.candidates
            item.number += 1
            item.decided += blank.points is not None
            item.outcomes[blank.outcome] = item.outcomes.get(blank.outcome, 0) + 1
            if blank.slip:
                item.slips[blank.slip] = item.slips.get(blank.slip, 0) + 1
            self.columns[blank.blank].append(np.nan if blank.points is None else float(blank.points))
        self.candidates += 1
        for column in self.columns.values():
            if len(column) < self.candidates:
                column.append(np.nan)
        self.totals[mark.points] += 1
        self.of = max(self.of, mark.of)

    def statistics(self) -> Statistics:
        names = list(self.blanks)
        points = [np.asarray(self.columns[name]) for name in names]  # no copies: there may be many candidates
        items = list(self.blanks.values())
        questions, sums = self._questions(names, points)
        alpha, complete = _fill(items, points)
        alpha_of_questions, _ = _fill(questions, sums)
        slips: Counter[str] = Counter()
        for item in items:
            item.slips = _ordered(item.slips)
            slips.update(item.slips)
        totals = {float(value): count for value, count in sorted(self.totals.items())}
        mean, deviation = _moments(totals)
        return Statistics(
            self.candidates,
            complete,
            float(self.of),
            mean,
            deviation,
            alpha,
            alpha_of_questions,
            items,
            questions,
            totals,
            _ordered(slips),
        )

    def _questions(self, names: list[str], points: Columns) -> tuple[list[Item], Columns]:
        """Return the questions as items, and their points: a question is decided when all its blanks are."""
        questions = list(dict.fromkeys(self.question.values()))
        items, sums = [], list[NDArray[Any]]()
        for question in questions:
            own = [name for name in names if self.question[name] == question]
            blanks = [self.blanks[name] for name in own]
            sums.append(sum((points[names.index(name)] for name in own), np.zeros(self.candidates)))
            outcomes: Counter[str] = Counter()
            slips: Counter[str] = Counter()
            for blank in blanks:
                outcomes.update(blank.outcomes)
                slips.update(blank.slips)
            of, number = sum(blank.of for blank in blanks), max(blank.number for blank in blanks)
            decided = int((~np.isnan(sums[-1])).sum())
            items.append(Item(question, of, number, decided, outcomes=dict(outcomes), slips=_ordered(slips)))
        return items, sums


def _fill(items: list[Item], points: Columns) -> tuple[float | None, int]:
    """Fill in facility, discrimination and flags; return Cronbach's alpha and the candidates it rests on."""
    if not points or not len(points[0]):
        return None, 0
    for item, column in zip(items, points, strict=True):
        if item.of and 2 * item.decided >= item.number:
            item.facility = float(column[~np.isnan(column)].mean() / item.of)
    counted = [i for i, item in enumerate(items) if item.of and 2 * item.decided >= len(points[0])]
    known = np.ones(len(points[0]), dtype=bool)
    for i in counted:
        known &= ~np.isnan(points[i])
    whole = [points[i] if known.all() else points[i][known] for i in counted]
    for i, r in zip(counted, discriminations(whole), strict=True):
        items[i].discrimination = r
    for item in items:
        item.flags = _flags(item)
    return cronbach_alpha(whole), int(known.sum())


def discriminations(points: Columns) -> list[float | None]:
    """Return for each item its correlation with the sum of the other items; None where one is constant.

    The corrected item-total correlation of classical test theory, for items that are 0 or 1 the
    point-biserial correlation with the rest.
    """
    number = len(points[0]) if points else 0
    if number < 3 or len(points) < 2:
        return [None] * len(points)
    total, found = sum(points, np.zeros(number)), list[float | None]()
    largest = max(float(np.abs(item).max()) for item in points)
    for item in points:
        rest = total - item
        a, b = item - item.mean(), rest - rest.mean()
        size = float(np.sqrt((a @ a) * (b @ b)))
        small = 1e-12 * number * max(largest, 1.0) ** 2
        found.append(float(a @ b) / size if size > small else None)
    return found


def cronbach_alpha(points: Columns) -> float | None:
    """Return k/(k-1) (1 - sum of variances of items / variance of totals), or None where nobody differs.

    Cronbach, Psychometrika 16 (1951) 297.
    """
    number, items = len(points[0]) if points else 0, len(points)
    if number < 3 or items < 2:
        return None
    total = float(sum(points, np.zeros(number)).var(ddof=1))
    if total < 1e-12:
        return None
    single = sum(float(item.var(ddof=1)) for item in points)
    return items / (items - 1) * (1 - single / total)


def _flags(item: Item) -> list[str]:
    flags = list[str]()
    if item.number < FEWEST:
        return flags
    if item.facility is not None and item.facility < HARD:
        flags.append("hard")
    if item.facility is not None and item.facility > EASY:
        flags.append("easy")
    if item.discrimination is not None and item.discrimination < 0:
        flags.append("negative discrimination")
    unsure = item.outcomes.get("unread", 0) + item.outcomes.get("undecided", 0)
    if unsure > UNSURE * sum(item.outcomes.values()):
        flags.append("many undecided")
    return flags


def _ordered(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _moments(totals: dict[float, int]) -> tuple[float | None, float | None]:
    """Return mean and standard deviation (of a sample) of the totals."""
    if not totals:
        return None, None
    values, counts = np.array(list(totals)), np.array(list(totals.values()))
    number, mean = counts.sum(), float(np.average(values, weights=counts))
    if number < 2:
        return mean, None
    return mean, float(np.sqrt((counts * (values - mean) ** 2).sum() / (number - 1)))


def write_statistics(statistics: Statistics, folder: Path) -> None:
    """Write statistics.json, and statistics.csv with a row a question and a row a blank."""
    with replaced(folder / "statistics.json") as file:
        json.dump(statistics.as_json(), file, indent=2, sort_keys=True, ensure_ascii=False)
        file.write("\n")
    outcomes = sorted({outcome for item in statistics.blanks for outcome in item.outcomes})
    with replaced(folder / "statistics.csv") as file:
        rows = csv.writer(file, lineterminator="\n")
        numbers = ["candidates", "decided", "facility", "discrimination"]
        rows.writerow(["level", "item", "of", *numbers, *outcomes, "commonest slip", "flags"])
        for level, items in (("question", statistics.questions), ("blank", statistics.blanks)):
            for item in items:
                counts = [item.outcomes.get(outcome, 0) for outcome in outcomes]
                measures = [_rounded(item.facility), _rounded(item.discrimination)]
                about = [next(iter(item.slips), ""), "; ".join(item.flags)]
                rows.writerow(
                    [level, item.name, f"{item.of:g}", item.number, item.decided, *measures, *counts, *about]
                )


def _rounded(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
