"""Checks a paper: its form, its arithmetic of points, and every key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .diagnostic import Diagnostic, Fault, first_sentence
from .examiner import Examiner
from .language import read_code
from .model import Blank, Block, Insert, Item, Paper, Prose, Question, Unit, units
from .points import check_points, total
from .reader import load, read_paper
from .report import Content, Report, Text
from .translation import add_note, in_language

if TYPE_CHECKING:
    from .work import Worker

SECONDS = 10.0
"""Time that a question may take."""

Progress = Callable[[Question], None]


def check_file(
    path: Path,
    examiner: Examiner | None = None,
    *,
    seconds: float = SECONDS,
    progress: Progress | None = None,
    slips: bool = False,
    language: str | None = None,
) -> Report:
    """Read, work and check a paper; whatever is wrong with it stands in the report.

    The questions are worked by an examiner, in a process of its own, for ``seconds`` each at most.  With
    ``slips``, those that the keys cannot tell apart are noted.  Whatever its languages, all of the paper is
    worked; the report is in ``language``, or else in the paper's own.
    """
    if examiner is None:
        with Examiner() as own:
            return check_file(path, own, seconds=seconds, progress=progress, slips=slips, language=language)
    try:
        text = load(path)
    except Fault as fault:
        return Report(str(path), path.name, None, None, {}, diagnostics=[fault.diagnostic])
    paper, found = read_paper(text, str(path))
    report = _report(paper, found)
    todo = list(units(paper))
    worked = examiner.work(todo, paper.path, paper.conventions, seconds, slips=slips)
    for unit, result in zip(todo, worked, strict=True):
        if progress is not None:
            progress(unit.question)
        report.questions += result.reports
        report.diagnostics += result.diagnostics
    return _finished(report, language)


def check_text(
    text: str,
    path: str = "paper.md",
    *,
    overrides: Mapping[str, Any] | None = None,
    seconds: float = 0,
    keep: Callable[[Unit, Worker, set[str]], None] = lambda unit, worker, used: None,
    language: str | None = None,
) -> Report:
    """Check a paper in this process, with some givens replaced by other values.

    ``keep`` is handed each unit, its worker, which holds the keys, and the conventions that it asked for.
    """
    from .unit import work_unit

    paper, found = read_paper(text, path)
    report = _report(paper, found)
    for unit in units(paper):
        result = work_unit(unit, path, paper.conventions, overrides=overrides, seconds=seconds, keep=keep)
        report.questions += result.reports
        report.diagnostics += result.diagnostics
    return _finished(report, language)


def _report(paper: Paper, found: Iterable[Diagnostic]) -> Report:
    report = Report(paper.path, paper.title, paper.meta.get("points"), paper.meta.get("minutes"), paper.meta)
    report.total = max(total(paper, stream) for stream in paper.streams or (None,))
    report.preface = [content for item in paper.preface for content in _plain(item)]
    report.streams, report.languages, report.words = paper.streams, paper.languages, paper.words
    notes = [i for i in paper.preface if isinstance(i, Block) and i.kind == "erratum"]
    for note in notes:
        add_note(report.notes, note.text.strip(), note.translated_to)
    report.diagnostics += [*found, *check_points(paper), *check_givens(paper)]
    report.diagnostics += [
        Diagnostic("note", paper.path, note.line, first_sentence(note.text.strip()))
        for note in notes
        if not note.translated_to
    ]
    return report


def _plain(item: Item) -> list[Content]:
    if isinstance(item, Block) and item.kind == "text":
        return [Text(item.text.strip(), item.attrs.get("lang", ""))]
    return [Text(item.text)] if isinstance(item, Prose) else []


def _finished(report: Report, language: str | None = None) -> Report:
    unique = dict.fromkeys(report.diagnostics)
    report.diagnostics = sorted(unique, key=lambda d: d.line)
    return in_language(report, language)


def check_givens(paper: Paper) -> list[Diagnostic]:
    """Return the givens that nothing under their heading makes use of."""
    found = []
    for question in paper.walk():
        code = [read_code(block.text, block.line) for block in question.blocks("given")]
        if not code:
            continue
        used = {name for text, line in _expressions(question) for name in read_code(text, line).reads}
        for binds in (piece.binds for piece in code):
            for name, line in binds.items():
                if name not in used:
                    message = f"the given {name!r} is never used"
                    found.append(Diagnostic("warning", paper.path, line, message))
    return found


def _expressions(question: Question) -> Iterator[tuple[str, int]]:
    """Yield all code under a heading, with the line at which it begins."""
    for heading in question.walk():
        yield from ((block.text, block.line) for block in heading.blocks("given", "working", "figure"))
        texts = [*heading.prose(), Prose(heading.line, heading.title)]
        texts += [Prose(heading.line, title) for title in heading.titles.values()]
        texts += [
            Prose(block.line, block.text) for block in heading.blocks("answer", "working", "erratum", "text")
        ]
        for choice in heading.choices():
            for option in choice.options:
                words = (option.text, option.reason, *option.texts.values(), *option.reasons.values())
                texts += [Prose(option.line, text) for text in words]
                yield option.attrs.get("holds", ""), option.line
        for prose in texts:
            yield from ((p.expr, p.line) for p in prose.pieces() if isinstance(p, Blank | Insert))
        yield heading.attrs.get("answer", ""), heading.line
