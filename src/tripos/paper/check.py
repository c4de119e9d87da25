"""Checks a paper: its form, its arithmetic of points, and every key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .diagnostic import Diagnostic, Fault, first_sentence
from .examiner import Examiner
from .language import read_code
from .model import Blank, Block, Insert, Item, Paper, Prose, Question, Unit, units
from .reader import load, read_paper
from .report import Content, Report, Text
from .translation import in_language

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
    notes: bool = False,
    language: str | None = None,
) -> Report:
    """Read, work and check a paper; whatever is wrong with it stands in the report.

    The questions are worked by an examiner, in a process of its own, for ``seconds`` each at most.  With
    ``notes``, slips that the keys cannot tell apart are noted.  Whatever its languages, all of the paper is
    worked; the report is in ``language``, or else in the paper's own.
    """
    if examiner is None:
        with Examiner() as own:
            return check_file(path, own, seconds=seconds, progress=progress, notes=notes, language=language)
    try:
        text = load(path)
    except Fault as fault:
        return Report(str(path), path.name, None, None, {}, diagnostics=[fault.diagnostic])
    paper, found = read_paper(text, str(path))
    report = _report(paper, found)
    todo = list(units(paper))
    worked = examiner.work(todo, paper.path, paper.conventions, seconds, notes=notes)
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
    report.preface = [content for item in paper.preface for content in _plain(item)]
    report.streams, report.languages = paper.streams, paper.languages
    notes = [i for i in paper.preface if isinstance(i, Block) and i.kind == "erratum"]
    report.errata = [note.text.strip() for note in notes]
    report.diagnostics += [*found, *check_points(paper), *check_givens(paper)]
    report.diagnostics += [
        Diagnostic("erratum", paper.path, n.line, first_sentence(n.text.strip())) for n in notes
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


def check_points(paper: Paper) -> list[Diagnostic]:
    """Return where points do not add up, from the leaves to the front matter."""
    found = []

    def report(line: int, message: str, total: int, declared: int) -> None:
        found.append(
            Diagnostic(
                "error", paper.path, line, message, found=f"{total} points", expected=f"{declared} points"
            )
        )

    streams: list[str | None] = [*paper.streams] or [None]  # None: there is one paper for all
    for question in paper.walk():
        if question.points is None or question.leaf or question.sheet:
            continue
        totals = {s: _below(question, s) for s in streams if _is_for(question, s)}
        differ = len(set(totals.values())) > 1
        for stream, total in totals.items():
            if total != question.points:
                whom = f" for {stream}" if differ else ""
                message = f"the questions under {question.title!r} do not add up{whom}"
                report(question.line, message, total, question.points)
                if not differ:
                    break
    for stream in streams:
        total = sum(q.points or 0 for q in paper.questions() if _is_for(q, stream))
        declared = paper.meta.get("points") if stream is None else paper.streams[stream]
        if declared is not None and total != declared:
            whom = f" for {stream}" if stream else ""
            report(1, f"the questions do not add up to the points in the front matter{whom}", total, declared)
    for question in paper.walk():
        if question.children or question.points is not None or question.level == 1 or question.sheet:
            continue
        found.append(
            Diagnostic(
                "warning",
                paper.path,
                question.line,
                f"the question {question.title!r} carries no points",
                help="write {points=4} after its title",
            )
        )
    return found


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
                texts += [Prose(option.line, option.text), Prose(option.line, option.reason)]
                yield option.attrs.get("holds", ""), option.line
        for prose in texts:
            yield from ((p.expr, p.line) for p in prose.pieces() if isinstance(p, Blank | Insert))
        yield heading.attrs.get("answer", ""), heading.line


def _is_for(question: Question, stream: str | None) -> bool:
    return stream is None or not question.streams or stream in question.streams


def _below(question: Question, stream: str | None) -> int:
    return sum(_worth(child, stream) for child in question.children if _is_for(child, stream))


def _worth(question: Question, stream: str | None) -> int:
    """Return the points of a heading for a stream: its own, or those below it."""
    return _below(question, stream) if question.points is None else question.points
