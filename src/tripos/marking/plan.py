"""A paper made ready for marking: every blank with its key, its points and what it depends on."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from .. import __version__
from ..answers.keys import Key, Open
from ..answers.keys import Options as Choice
from ..answers.kinds import kind_of
from ..graph import Node
from ..graph.conventions import CONVENTIONS
from ..graph.node import free_symbols
from ..graph.values import Values, origin
from ..paper.check import SECONDS, check_text
from ..paper.diagnostic import Diagnostic, Fault, nearest
from ..paper.model import Unit
from ..paper.policy import Policy
from ..paper.reader import load, read_paper
from ..paper.report import OptionReport, Options, QuestionReport, Report, Rubric
from ..paper.work import Asked, Worker
from .counting import counting_of


class Refused(Exception):
    """A paper that cannot be marked with, for it has errors; carries its findings."""

    def __init__(self, findings: Sequence[Diagnostic]):
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, self.findings)))


@dataclass(frozen=True, eq=False)
class Place:
    """Where candidates answer: a blank, a choice or an open question.

    ``id`` is what scripts call it; ``key`` what should stand there, ``text`` the same as it is printed.
    ``points`` is its share of the question, ``about`` the conventions in force by name, ``unit`` the
    position of what it was worked with in ``Plan.units``, ``names`` what an answer may name.  ``rubric`` is
    what earns the points of an open question, ``choices`` the options of a choice, ``negative`` the share of
    its points that a wrong one costs.
    """

    id: str
    question: str
    number: str
    expr: str
    kind: str
    key: Key
    text: str
    options: Mapping[str, str]
    points: Fraction
    line: int
    unit: int
    about: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Node] = field(default_factory=dict)
    rubric: tuple[tuple[int, str], ...] = ()
    choices: tuple[OptionReport, ...] = ()
    negative: Fraction = Fraction(0)


@dataclass(eq=False)
class Worked:
    """A unit of the paper, worked: the exact values of its keys, and its keys under other conventions."""

    unit: Unit
    worker: Worker
    used: tuple[str, ...]
    others: dict[tuple[str, str], dict[str, Key]] = field(default_factory=dict)

    @property
    def values(self) -> Values:
        """The exact values of the unit's nodes."""
        return self.worker.values


@dataclass(eq=False)
class Plan:
    """A worked paper, ready for marking."""

    path: Path
    report: Report
    policy: Policy
    conventions: Mapping[str, str]
    units: list[Worked]
    blanks: list[Place]
    hashes: dict[str, str]
    caches: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_id = {place.id: place for place in self.blanks}
        self.names = _names(self.blanks)
        self.counting = counting_of(self.report)

    def find(self, name: str) -> Place | None:
        """Return the place that a script calls by a name: its id, its expression or a number, if unique."""
        return self.names.get(" ".join(name.split()))

    def remedy(self, name: str) -> str:
        """Return what to write instead of a name that calls no place, or several."""
        several = [place.id for place in self.blanks if name and name in (place.expr, place.question)]
        return f"write one of {', '.join(several)}" if several else nearest(name, list(self.names))

    def other_keys(self, place: Place) -> Iterator[tuple[str, str, Key]]:
        """Yield the keys of a place under each other choice of a convention that its unit asked for.

        Each comes with the name of the convention and the choice; the unit is worked anew when first asked.
        """
        worked = self.units[place.unit]
        for name in worked.used:
            for choice in CONVENTIONS[name].choices:
                if choice == place.about[name]:
                    continue
                if (name, choice) not in worked.others:
                    worked.others[name, choice] = self._worked_under(worked, name, choice)
                key = worked.others[name, choice].get(place.id)
                if key is not None and key is not place.key:
                    yield name, choice, key

    def _worked_under(self, worked: Worked, name: str, choice: str) -> dict[str, Key]:
        choices = {**self.conventions, name: choice}
        worker = Worker(str(self.path), choices, seconds=_seconds(), keys_only=True)
        worker.work(worked.unit.question, worked.unit.above)
        return _keys(worker)


_plans: dict[Path, Plan] = {}


def load_plan(path: Path) -> Plan:
    """Return the plan of a paper, worked once in this process; raise Refused where the paper has errors.

    A key that is derived once, or that the setter vouches for, is marked with: ``tripos check`` says which
    keys those are.  A key that is refused is an error.
    """
    try:
        text = load(path)
    except Fault as fault:
        raise Refused([fault.diagnostic]) from None
    known = _plans.get(path)
    if known is not None and known.hashes["paper"] == _hash(text):
        return known
    plan = _plans[path] = plan_of(text, path)
    return plan


def plan_of(text: str, path: Path = Path("paper.md")) -> Plan:
    """Return the plan of a paper from its text; raise Refused where it has errors."""
    units: list[Worked] = []

    def keep(unit: Unit, worker: Worker, used: set[str]) -> None:
        units.append(Worked(unit, worker, tuple(sorted(used))))

    report = check_text(text, str(path), seconds=_seconds(), keep=keep)
    if not report.ok:
        raise Refused([d for d in report.diagnostics if d.severity == "error"])
    paper, _ = read_paper(text, str(path))
    hashes = {
        "paper": _hash(text),
        "policy": _hash(json.dumps(paper.policy.as_json(), sort_keys=True)),
        "tripos": __version__,
    }
    blanks = [place for i, worked in enumerate(units) for place in _places(worked, i, paper.conventions)]
    return Plan(path, report, paper.policy, paper.conventions, units, blanks, hashes)


def _seconds() -> float:
    """Return how long a question may take; no limit in a thread, which cannot be interrupted."""
    return SECONDS if threading.current_thread() is threading.main_thread() else 0


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _ids(question: str, exprs: Sequence[str]) -> list[str]:
    """Return the ids of the blanks of a question: a second blank with the same expression is #2."""
    seen: Counter[str] = Counter()
    ids = []
    for expr in exprs:
        seen[expr] += 1
        ids.append(f"{question}/{expr}" + (f"#{seen[expr]}" if seen[expr] > 1 else ""))
    return ids


def _keys(worker: Worker) -> dict[str, Key]:
    """Return the keys of what a worker worked, by the ids of their blanks."""
    keys: dict[str, Key] = {}
    for report in worker.reports:
        asked = [a for a in worker.asked if a.question == report.id]
        keys |= dict(zip(_ids(report.id, [a.blank.expr for a in asked]), [a.key for a in asked], strict=True))
    return keys


def _places(worked: Worked, unit: int, conventions: Mapping[str, str]) -> Iterator[Place]:
    about = {name: conventions.get(name, CONVENTIONS[name].default) for name in worked.used}
    for report in worked.worker.reports:
        yield from _places_of(report, worked.worker, unit, about)


def _places_of(
    report: QuestionReport, worker: Worker, unit: int, about: Mapping[str, str]
) -> Iterator[Place]:
    """Yield the places of a question.

    Where a rubric stands beside blanks or a choice, all points are the rubric's, for it accounts for them.
    """
    asked = [a for a in worker.asked if a.question == report.id]
    ids = _ids(report.id, [a.blank.expr for a in asked])
    reports = [b for b in report.blanks if b.kind != "choice"]
    ticked = [b for b in report.blanks if b.kind == "choice"]
    choices = tuple(o for c in report.contents if isinstance(c, Options) for o in c.options)
    rubric = tuple(row for c in report.contents if isinstance(c, Rubric) for row in c.rows)
    points = Fraction(report.points or 0) if report.leaf else Fraction(0)
    stated = any(b.points is not None for b in reports)
    open_question = bool(rubric) or not (asked or ticked)
    for id, question, blank in zip(ids, asked, reports, strict=True):
        share = Fraction(blank.points or 0) if stated else points / (len(reports) + len(ticked))
        yield Place(
            id,
            report.id,
            report.number,
            question.blank.expr,
            kind_of(question.key, question.blank.options).name,
            question.key,
            blank.text,
            question.blank.options,
            Fraction(0) if rubric else share,
            blank.line,
            unit,
            about,
            _may_name(question),
        )
    if open_question and not (report.leaf and points):
        return
    if not open_question and not ticked:
        return
    right = tuple(option.letter for option in choices if option.right)
    share = points if open_question else report.choice_points
    yield Place(
        report.id,
        report.id,
        report.number,
        "",
        "open" if open_question else "choice",
        Open(rubric) if open_question else Choice(tuple(o.text for o in choices), right),
        ", ".join(right),
        {},
        share,
        report.line,
        unit,
        about,
        {},
        rubric,
        choices,
        report.negative,
    )


def _may_name(asked: Asked) -> dict[str, Node]:
    """Return the quantities that an answer may name: in a formula all of the question but the key itself.

    A number is to be worked out, so that there none is.
    """
    if not isinstance(asked.key, Node) or not free_symbols(asked.key):
        return {}
    own = origin(asked.key)
    found = {name: node for name, node in asked.names.items() if not _same(origin(node), own)}
    symbols = [n for n in found.values() if n.op.name == "symbol"]  # known by what is printed as well
    return found | {str(n.name): n for n in [*symbols, *free_symbols(asked.key)]}


def _same(one: Node, two: Node) -> bool:
    alike = (one.op, one.args, one.attrs) == (two.op, two.args, two.attrs)
    return alike and (one.op.name != "symbol" or one.name == two.name)


def _names(places: Sequence[Place]) -> dict[str, Place]:
    """Return places by all names that call exactly one: ids first, then expressions and numbers."""
    names: dict[str, Place] = {place.id: place for place in places}
    single = Counter(place.question for place in places)
    also: dict[str, list[Place]] = {}
    for place in places:
        others = [place.expr] if place.expr else []
        others.append(f"{place.number}/{place.expr}" if place.expr else place.number)
        if single[place.question] == 1:
            others += [place.question, place.number]
        for name in filter(None, dict.fromkeys(others)):  # a part may have no number
            also.setdefault(name, []).append(place)
    for name, called in also.items():
        if len(called) == 1:
            names.setdefault(name, called[0])
    return names
