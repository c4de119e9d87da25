"""The unit of work: one question with its sub-questions, worked apart from all others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..graph.conventions import CONVENTIONS
from .diagnostic import Diagnostic
from .model import Paper, Question
from .report import QuestionReport
from .work import Worker


@dataclass(frozen=True)
class Unit:
    """A question, and the headings above it whose blocks it may use."""

    above: tuple[Question, ...]
    question: Question


@dataclass(frozen=True)
class Worked:
    """What came of a unit."""

    reports: list[QuestionReport]
    diagnostics: list[Diagnostic]


def units(paper: Paper) -> Iterator[Unit]:
    """Yield the units of a paper in order; a part comes first, without its questions."""
    for part in paper.parts:
        if part.level > 1 or not part.children:
            yield Unit((), part)
            continue
        yield Unit((), replace(part, children=[]))
        for question in part.children:
            yield Unit((part,), question)


def work_unit(
    unit: Unit,
    path: str,
    conventions: Mapping[str, str],
    *,
    overrides: Mapping[str, Any] | None = None,
    seconds: float = 0,
) -> Worked:
    """Work a unit under the conventions declared by its paper.

    Each convention that was asked for is tried the other way: where that changes a key, the key depends
    on it, and the text must say it.
    """
    worker = Worker(path, conventions, overrides, seconds)
    used = worker.work(unit.question, unit.above)
    for name in sorted(used):
        for choice in CONVENTIONS[name].choices:
            if choice == conventions.get(name, CONVENTIONS[name].default):
                continue
            other = Worker(path, {**conventions, name: choice}, overrides, seconds)
            other.work(unit.question, unit.above)
            _note_dependence(worker, other, name, conventions)
    return Worked(worker.reports, worker.diagnostics)


def _note_dependence(worker: Worker, other: Worker, name: str, conventions: Mapping[str, str]) -> None:
    convention = CONVENTIONS[name]
    for ours, theirs in zip(worker.reports, other.reports, strict=True):
        changed = [
            a for a, b in zip(ours.blanks, theirs.blanks, strict=True) if (a.text, a.decimal) != (b.text, b.decimal)
        ]
        if not changed:
            continue
        if name in conventions:
            sentence = convention.choices[conventions[name]]
            if sentence not in ours.conventions:
                ours.conventions.append(sentence)
            continue
        blank = changed[0]
        worker.report(
            "warning", blank.line, f"the key of [[{blank.name}]] depends on {convention.about}, which is not declared",
            found=f"{blank.text} by default", expected=f"a declared choice: {' or '.join(convention.choices)}",
            help=f"add to the front matter: conventions: {{{name}: {convention.default}}}",
        )  # fmt: skip
