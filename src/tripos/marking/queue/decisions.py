"""Marks on disk kept in step with the queue: decisions go in, and out again when they are withdrawn."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import replace
from pathlib import Path

from ...paper.diagnostic import Diagnostic
from ...paper.report import Report
from ..result import Mark
from ..scripts.script import Script
from ..stored import mark_line, marks_in, replaced
from .manual import by_answer, named, with_manual
from .queue import read_queue, write_queue
from .queue_file import ManualMark

QUEUE = "queue"
"""The folder, beside the marks, with the files that people write in."""


def take_decisions(
    marks: Path, report: Report, scripts: Iterable[Script], again: Callable[[Script], Mark]
) -> list[Diagnostic]:
    """Put what people decided in the queue beside a file of marks into it, then write the queue anew.

    Returns findings: what in the queue cannot be read, which leaves its answers waiting.  ``scripts`` are
    those of the marks, in their order; ``again`` lets the machine mark one anew, where a decision was
    withdrawn.  Raises Fault where a file of the queue is not text; then nothing is changed.
    """
    folder = marks.parent / QUEUE
    decided = read_queue(folder, report)
    by_id = by_answer(decided.marks)
    if folder.exists():
        with replaced(marks) as file:
            brought_up = _brought_up(marks_in(marks), scripts, again, by_id, decided.asked)
            file.writelines(map(mark_line, brought_up))
    write_queue(marks_in(marks), report, folder)
    return decided.findings


def take_over(old: Path, folder: Path) -> None:
    """Copy the queue beside an earlier file of marks into a new folder, unless that has one."""
    before, after = old.parent / QUEUE, folder / QUEUE
    if before.is_dir() and not after.exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(before, after)


def _brought_up(
    marks: Iterable[Mark],
    scripts: Iterable[Script],
    again: Callable[[Script], Mark],
    decided: Mapping[str, ManualMark],
    asked: Set[str],
) -> Iterator[Mark]:
    """Yield marks with the decisions; what the queue asks about and nobody decides is the machine's."""
    for mark, script in zip(marks, scripts, strict=False):
        if all(blank.marker == "machine" for blank in mark.blanks):
            yield with_manual(mark, decided)
            continue
        withdrawn = {
            blank.blank
            for blank, (id, _) in zip(mark.blanks, named(mark), strict=True)
            if blank.marker != "machine" and id in asked and id not in decided
        }
        if withdrawn:
            fresh = {blank.blank: blank for blank in again(script).blanks if blank.blank in withdrawn}
            blanks = tuple(fresh.get(blank.blank, blank) for blank in mark.blanks)
            yield with_manual(replace(mark, blanks=blanks), decided)
        else:
            yield with_manual(mark, decided)
