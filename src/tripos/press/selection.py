"""Which questions, or which blank, of a worked paper to print."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..paper.diagnostic import Diagnostic, nearest
from ..paper.report import QuestionReport, Report, Shown


class NotFound(ValueError):
    """A question or a blank that the paper does not have; says which it has."""


def for_stream(report: Report, stream: str | None) -> Report:
    """Return a report as the candidates of one stream see it."""
    if stream is None:
        return report
    if not report.streams:
        raise NotFound(f"the paper has no streams, so none that is called {stream!r}")
    if stream not in report.streams:
        raise NotFound(f"no stream is called {stream!r}; {nearest(stream, list(report.streams))}")
    points = report.streams[stream]
    chosen = [q for q in report.questions if not q.streams or stream in q.streams]
    return replace(report, questions=chosen, points=points, streams={stream: points})


def select(report: Report, question: str | None = None, blank: str | None = None) -> Report:
    """Return a report with one question (by id or number, with its sub-questions), or one blank, only."""
    chosen = report.questions
    if question is not None:
        chosen = [q for q in chosen if _is_below(q, question, report.questions)]
        if not chosen:
            ids = [q.id for q in report.questions]
            raise NotFound(f"no question is called {question!r}; {nearest(question, ids)}")
    if blank is not None:
        chosen = [_only_blank(q, blank) for q in chosen if any(b.name == blank for b in q.blanks)]
        if not chosen:
            elsewhere = [q.number for q in report.questions if any(b.name == blank for b in q.blanks)]
            if elsewhere:
                raise NotFound(f"question {question} has no blank {blank!r}; question {elsewhere[0]} has")
            names = [b.name for q in report.questions for b in q.blanks]
            raise NotFound(f"no blank is called {blank!r}; {nearest(blank, names)}")
    return replace(
        report,
        questions=chosen,
        preface=report.preface if chosen == report.questions else [],
        notes=report.notes if chosen == report.questions else [],
    )


def _is_below(question: QuestionReport, wanted: str, everything: Iterable[QuestionReport]) -> bool:
    if question.id == wanted or (wanted and question.number.casefold() == wanted.casefold()):
        return True
    above = next((q for q in everything if q.id == question.above), None)
    return above is not None and _is_below(above, wanted, everything)


def _only_blank(question: QuestionReport, name: str) -> QuestionReport:
    """Return a question cut down to one blank: every line that its key rests on, and no text."""
    (blank, *_) = [b for b in question.blanks if b.name == name]
    lines: list[Shown] = list(blank.working)
    return replace(question, contents=[*lines], blanks=[blank], leaf=True)


def errors_in(report: Report, selected: Report) -> list[Diagnostic]:
    """Return the errors that touch the selected questions, those above them, or the paper as a whole."""
    if not report.questions:
        return [d for d in report.diagnostics if d.severity == "error"]
    return [
        d
        for d in report.diagnostics
        if d.severity == "error" and any(_touches(report, d, q) for q in selected.questions)
    ]


def _touches(report: Report, error: Diagnostic, question: QuestionReport) -> bool:
    """Say whether an error keeps a question from being printed."""
    above = [q for q in report.questions if q.line <= error.line]
    if not above:
        return True  # it stands in the front matter or before the first question
    place = max(above, key=lambda q: q.line).id
    own = _path(report, question)
    if place in own:
        return True
    unworked = any(blank.kind == "unknown" for blank in question.blanks)
    top = _path(report, next(q for q in report.questions if q.id == place))[-1]
    return unworked and own[-1] == top  # what it needs may come from a neighbour


def _path(report: Report, question: QuestionReport) -> list[str]:
    """Return the id of a question and those of the headings above it, from the inside out."""
    above = {q.id: q.above for q in report.questions}
    path = [question.id]
    while above.get(path[-1]):
        path.append(above[path[-1]])
    return path
