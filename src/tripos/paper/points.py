"""How points add up: a bonus is in no sum, and of questions to choose from only so many count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from .diagnostic import Diagnostic
from .model import Paper, Question


class Heading(Protocol):
    """What carries points: a heading of a paper, or the report about it."""

    points: int | None
    optional: bool
    sheet: bool
    choose: int | None
    streams: tuple[str, ...]


H = TypeVar("H", bound=Heading)
Below = Callable[[H], Iterable[H]]
"""What gives the headings directly below one."""


def is_for(heading: Heading, stream: str | None) -> bool:
    """Say whether a heading is for a stream; None stands for a paper that is the same for all."""
    return stream is None or not heading.streams or stream in heading.streams


def summed(heading: H, below: Below[H], stream: str | None = None) -> int:
    """Return what the headings below one add up to, for a stream; a bonus is not in it."""
    counted = [h for h in below(heading) if is_for(h, stream) and not h.optional]
    points = [worth(h, below, stream) for h in counted]
    return heading.choose * max(points, default=0) if heading.choose else sum(points)


def worth(heading: H, below: Below[H], stream: str | None = None) -> int:
    """Return the points of a heading for a stream: its own, or what those below it add up to."""
    return summed(heading, below, stream) if heading.points is None else heading.points


def check_points(paper: Paper) -> list[Diagnostic]:
    """Return where points do not add up, from the leaves to the front matter."""
    return [*_sums(paper), *_rules(paper), *_missing(paper)]


def total(paper: Paper, stream: str | None = None) -> int:
    """Return the points of a paper for a stream, added up from the questions that candidates answer."""
    return sum(_answered(part, stream) for part in paper.parts if is_for(part, stream) and not part.optional)


def _answered(question: Question, stream: str | None) -> int:
    """Return what a heading is worth by the leaves below it, whatever the headings between them say."""
    if question.leaf:
        return question.points or 0
    counted = [q for q in question.children if is_for(q, stream) and not q.optional]
    points = [_answered(q, stream) for q in counted]
    return question.choose * max(points, default=0) if question.choose else sum(points)


def _children(question: Question) -> list[Question]:
    return question.children


def _sums(paper: Paper) -> Iterator[Diagnostic]:
    def wrong(line: int, message: str, found: int, declared: int) -> Diagnostic:
        expected = f"{declared} points"
        return Diagnostic("error", paper.path, line, message, found=f"{found} points", expected=expected)

    streams: list[str | None] = [*paper.streams] or [None]
    for question in paper.walk():
        if question.points is None or question.leaf or question.sheet:
            continue
        totals = {s: summed(question, _children, s) for s in streams if is_for(question, s)}
        differ = len(set(totals.values())) > 1
        for stream, found in totals.items():
            if found != question.points:
                whom = f" for {stream}" if differ else ""
                message = f"the questions under {question.title!r} do not add up{whom}"
                yield wrong(question.line, message, found, question.points)
                if not differ:
                    break
    for stream in streams:
        found = total(paper, stream)
        declared = paper.meta.get("points") if stream is None else paper.streams[stream]
        if declared is not None and found != declared:
            whom = f" for {stream}" if stream else ""
            yield wrong(
                1, f"the questions do not add up to the points in the front matter{whom}", found, declared
            )


def _rules(paper: Paper) -> Iterator[Diagnostic]:
    """Yield what is wrong with headings that are optional or let candidates choose."""

    def wrong(question: Question, message: str, **details: str) -> Diagnostic:
        return Diagnostic("error", paper.path, question.line, message, **details)

    for question in paper.walk():
        inside = [q for q in question.walk() if q is not question]
        if question.optional and (question.sheet or not any(q.points for q in question.walk())):
            yield wrong(question, "what is optional carries no points", help="write {.optional points=2}")
        if "negative" in question.attrs and not any(q.choices() for q in question.walk()):
            help = "negative is what a wrong choice costs"
            yield wrong(question, "negative stands in a heading without a choice", help=help)
        if question.choose is None:
            continue
        for other in inside:
            if other.optional or other.choose is not None:
                what = "is optional" if other.optional else "lets choose again"
                help = "choose=2 counts the best two of what stands directly below, as a whole"
                yield wrong(other, f"a question to choose from {what}", help=help)
        streams: list[str | None] = [*paper.streams] or [None]
        for stream in streams:
            if not is_for(question, stream):
                continue
            whom = f" for {stream}" if stream and len(paper.streams) > 1 else ""
            of = [q for q in question.children if is_for(q, stream) and not q.sheet]
            points = [worth(q, _children, stream) for q in of]
            if not 0 < question.choose < len(of):
                found = f"choose={question.choose} and {len(of)} questions below{whom}"
                yield wrong(
                    question, "there is nothing to choose", found=found, expected="fewer than there are"
                )
            if len(set(points)) > 1 or 0 in points:
                found = ", ".join(map(str, points)) + f" points{whom}"
                yield wrong(question, "questions to choose from are worth the same", found=found)


def _missing(paper: Paper) -> Iterator[Diagnostic]:
    for question in paper.walk():
        if question.children or question.points is not None or question.level == 1 or question.sheet:
            continue
        message = f"the question {question.title!r} carries no points"
        help = "write {points=4} after its title"
        yield Diagnostic("warning", paper.path, question.line, message, help=help)
