"""The queue for people: a Markdown file for each question, with the answers that wait for a decision.

Whoever marks edits the files in any editor.  When the queue is written again, what they wrote stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ...paper.diagnostic import Diagnostic, Fault
from ...paper.report import Report
from ..reports.legible import file_stem, legible
from ..result import Mark
from .manual import named
from .queue_file import Entry, ManualMark, QueueFile, Rows, by_id, decide, file_marker, parse
from .queue_text import Waiting, on_one_line, queue_lines, rubric_of

NAMED = 12
"""Candidates that an entry names; the others are counted."""


class Queue(NamedTuple):
    """What people decided, what of their files cannot be read, and the ids of all answers in them."""

    marks: list[ManualMark]
    findings: list[Diagnostic]
    asked: set[str]


def read_queue(folder: Path, report: Report | None = None) -> Queue:
    """Return what people decided in the files of a folder, none if there is no such folder.

    With the paper's ``report`` rows are compared with its rubrics.  What has a finding is not counted.
    Raises Fault where a file is not text.
    """
    queue = Queue([], [], set())
    rubrics = {q.id: rubric_of(q) for q in report.questions} if report else {}
    for path in _files(folder):
        file = _load(path)
        queue.findings.extend(file.findings)
        marker = file_marker(file)
        queue.asked.update(entry.id for entry in file.entries)
        for entries in by_id(file).values():
            marks, findings = _decided(entries, str(path), marker, rubrics)
            queue.marks.extend(marks)
            queue.findings.extend(findings)
    return queue


def write_queue(marks: Iterable[Mark], report: Report, folder: Path) -> list[Path]:
    """Write a file for each question of which answers wait for a person; return their paths.

    ``marks`` is gone through once.  What people wrote into the files is kept, for answers that nobody gave
    any more as well.  Raises Fault where a file is not text, OSError where one cannot be written.
    """
    before = [_load(path) for path in _files(folder)]
    known = {entry.id for file in before for entry in file.entries if entry.touched}
    waiting = _waiting(marks, known)
    own = str(report.meta.get("version") or "")
    questions = {q.id: q for q in report.questions}
    written = []
    for id in dict.fromkeys([*questions, *waiting]):
        path = folder / f"{file_stem(id)}.md"
        if id in waiting or path.exists():
            # It is read again here, for marking may have taken long, and people may have gone on meanwhile.
            file = _load(path) if path.exists() else QueueFile([], [], [])
            written.append(_save(path, queue_lines(id, questions.get(id), waiting.get(id, {}), file, own)))
    return written


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.md") if path.is_file())


def _load(path: Path) -> QueueFile:
    data = path.read_bytes()
    try:
        return parse(data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n"), str(path))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Fault(
            Diagnostic(
                "error",
                str(path),
                line,
                "the file is not text in UTF-8",
                repr(data[error.start : error.end]),
                "UTF-8",
                "save it in your editor with the encoding UTF-8",
            )
        ) from None


def _save(path: Path, lines: Iterable[str]) -> Path:
    """Write a file whole or not at all; one that would stay as it is is not touched."""
    data = ("\n".join(lines).rstrip() + "\n").encode("utf-8")
    if not path.exists() or path.read_bytes() != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(path.name + ".new")
        new.write_bytes(data)
        new.replace(path)
    return path


def _decided(
    entries: Sequence[Entry], path: str, marker: str, rubrics: Mapping[str, Rows]
) -> tuple[list[ManualMark], list[Diagnostic]]:
    """Return what is decided in the entries of one answer: one mark at most, and findings."""
    marks: list[ManualMark] = []
    findings: list[Diagnostic] = []
    for entry in entries:
        mark, found = decide(entry, path, marker)
        findings += found
        rubric = rubrics.get(entry.blank)
        if mark and rubric and entry.rows != rubric:
            message = "the rubric is not the one that this answer was marked by"
            help = "make the rows those of the paper, and tick them anew"
            findings.append(
                Diagnostic("error", path, entry.line, message, _said(entry.rows), _said(rubric), help)
            )
        elif mark:
            marks.append(mark)
    if len({(m.points, m.comment) for m in marks}) > 1:
        lines = ", ".join(str(entry.line) for entry in entries)
        message = "an answer is decided twice, and differently"
        findings.append(Diagnostic("error", path, entries[-1].line, message, f"lines {lines}", "one entry"))
        return [], findings
    return marks[:1], findings


def _said(rows: Rows) -> str:
    return "; ".join(f"{points} {what}" for points, what in rows)[:200] or "no rows"


def _waiting(marks: Iterable[Mark], known: set[str]) -> dict[str, dict[str, Waiting]]:
    """Return, by question and answer, what waits for a person or was decided by one."""
    found: dict[str, dict[str, Waiting]] = {}
    for mark in marks:
        if not known and all(b.points is not None and b.marker == "machine" for b in mark.blanks):
            continue
        for blank, (id, earlier) in zip(mark.blanks, named(mark), strict=True):
            manual = blank.points is None or blank.marker != "machine"
            if not blank.answer.strip() or not (manual or id in known):
                continue
            answers = found.setdefault(blank.question, {})
            if id not in answers:
                answers[id] = Waiting(replace(blank, answer=legible(blank.answer)), mark.version, earlier)
            answer = answers[id]
            answer.count += 1
            if len(answer.candidates) < NAMED:
                answer.candidates.append(on_one_line(legible(mark.candidate, 100)))
    return found
