"""What the press says about a paper and its questions, in the language of the report."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..paper.report import PUBLISHED, Erratum, Note, QuestionReport, Report
from .words import language_of, say


def marks(points: Fraction | int | None, language: str = "en") -> str:
    """Return points as people write them."""
    if points is None:
        return ""
    return f"{points} {say('point' if 0 < points <= 1 else 'points', language)}"


def facts(report: Report) -> str:
    """Return the line under the title: course, date, version, duration, points."""
    language = language_of(report)
    parts = [str(report.meta[key]) for key in ("course", "date") if report.meta.get(key)]
    parts += [f"{say('version', language)} {report.meta['version']}"] if report.meta.get("version") else []
    parts += [f"{report.minutes} {say('minutes', language)}"] if report.minutes else []
    streams = [
        f"{marks(points, language)} {say('for {}', language, stream)}"
        for stream, points in report.streams.items()
    ]
    if streams:
        parts += [", ".join(streams)]
    elif report.points:
        parts += [marks(report.points, language)]
    return " · ".join(parts)


def heading(question: QuestionReport) -> str:
    """Return the number and the title of a question, in Markdown."""
    return f"{question.number} {question.title}".strip()


def audience(question: QuestionReport, report: Report) -> str:
    """Return for which streams a heading is, nothing where it is for all or the heading above says it."""
    above = next((q.streams for q in report.questions if q.id == question.above), ())
    if not question.streams or question.streams == above or len(report.streams) < 2:
        return ""
    language = language_of(report)
    return say("for {} only", language, say(" and ", language).join(question.streams))


def worth(question: QuestionReport, report: Report) -> str:
    """Return what stands beside a title: its points, how they are counted, and for whom it is."""
    points = marks(question.points, language_of(report))
    return ", ".join(filter(None, (points, *rules(question, report), audience(question, report))))


def rules(question: QuestionReport, report: Report) -> list[str]:
    """Return how the points of a heading are counted where they are not simply added."""
    language = language_of(report)
    found = [say("optional", language)] if question.optional else []
    if question.choose:
        of = len(report.below(question))
        found.append(say("the best {} of {} count", language, question.choose, of))
    return found


def remarks(question: QuestionReport, language: str) -> list[str]:
    """Return what a candidate must know: the conventions of a question, and what a wrong choice costs."""
    found = [say(sentence, language) for sentence in question.conventions]
    if question.penalty:
        several = sum(option.right for option in question.options) > 1
        sentence = "Each wrong option costs {}." if several else "A wrong answer costs {}."
        found.append(say(sentence, language, marks(question.penalty, language)))
    return found


def on_source(found: Erratum | Note, language: str) -> tuple[str, str]:
    """Return what a remark on the source is called, and what it says, in Markdown."""
    if isinstance(found, Note):
        return say("Note on the source", language), found.text
    difference = say(PUBLISHED, language, found.name, found.published, found.key)
    return say("Erratum", language), f"{difference} {found.reason}".strip()


def shown_by(names: Sequence[str], language: str) -> str:
    """Return the remark that experiments are to show a claim, nothing where there are none."""
    return say("To be shown by {}.", language, say(" and ", language).join(names)) if names else ""


def proofs(question: QuestionReport, language: str) -> list[str]:
    """Return sentences that say how the keys of a question were shown to be right, or that they were not."""
    found = []
    for word, proven in (("Proven", True), ("Not proven", False)):
        how = dict.fromkeys(how for b in question.blanks if b.proven is proven for how in b.proof)
        if how:
            said = "; ".join(say(sentence, language) for sentence in how)
            found.append(say("{}: {}", language, say(word, language), f"{said}."))
    return found
