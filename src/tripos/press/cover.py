"""The cover sheet of a paper: what candidates need to know, and a table to write marks in."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from ..paper.points import worth
from ..paper.report import QuestionReport, Report
from .html import inline
from .sentences import audience, facts, marks
from .words import language_of, say


class Row(NamedTuple):
    """A row of the grading table: number, title, points."""

    number: str
    title: str
    points: int


def grading(report: Report) -> list[Row]:
    """Return the rows of the grading table: the parts, or the questions of a paper with one part or none."""
    top = [q for q in report.questions if not q.above and not q.sheet]
    if len(top) == 1 or not any(q.number for q in top):
        top = [q for part in top for q in report.below(part)] or top
    rows = [Row(q.number, _title(q, report), worth(q, report.below)) for q in top]
    return [row for row in rows if row.points]


def total(report: Report) -> str:
    """Return what the table adds up to, for each stream where they differ; a bonus is not in it."""
    if len(report.streams) > 1:
        return ", ".join(f"{stream}: {points}" for stream, points in report.streams.items())
    return str(report.points if report.points is not None else report.total)


def aids(report: Report) -> list[str]:
    """Return what candidates may use, in Markdown; nothing where the paper does not say."""
    found = report.meta.get("aids") or []
    return [found] if isinstance(found, str) else list(found)


def markdown_cover(report: Report) -> str:
    """Return the cover sheet as Markdown."""
    language = language_of(report)
    name, number = (say("{}:", language, say(word, language)) for word in ("Name", "Number"))
    blocks = [f"# {report.title}"]
    blocks += [f"*{facts(report)}*"] if facts(report) else []
    blocks += [f"{name} ........................................  {number} ...................."]
    if report.streams:
        blocks += [say("{}: {}", language, say("Stream", language), "  ".join(_boxes(report, "☐")))]
    allowed = say("Allowed aids", language)
    if len(aids(report)) == 1:
        blocks += [say("{}: {}", language, allowed, aids(report)[0])]
    elif aids(report):
        blocks += [say("{}:", language, allowed) + "\n\n" + "\n".join(f"- {aid}" for aid in aids(report))]
    head = " | ".join(say(word, language) for word in ("question", "points", "reached"))
    table = [f"| | {head} |", "|---|---|---|---|"]
    for row in grading(report):
        title = row.title.replace("|", "\\|")
        table.append(f"| {row.number} | {title} | {row.points} | |")
    table.append(f"| | {say('total', language)} | {total(report)} | |")
    return "\n\n".join([*blocks, "\n".join(table), "---"]) + "\n"


def html_cover(report: Report) -> str:
    """Return the cover sheet as HTML; it is printed on a page of its own."""
    language = language_of(report)

    def word(english: str) -> str:
        return escape(say(english, language))

    lines = ['<section class="cover">', f"<h1>{escape(report.title)}</h1>"]
    lines += [f'<p class="facts">{escape(facts(report))}</p>']
    lines += [f'<p class="name"><span>{word("Name")}</span><span>{word("Number")}</span></p>']
    if report.streams:
        boxes = "&emsp;".join(map(escape, _boxes(report, "□")))
        lines += [f"<p>{say('{}: {}', language, word('Stream'), boxes)}</p>"]
    if aids(report):
        listed = (f"<li>{inline(aid)}</li>" for aid in aids(report))
        lines += [f"<p>{say('{}:', language, word('Allowed aids'))}</p><ul>", *listed, "</ul>"]
    lines += [f'<table class="grading"><thead><tr><th scope="col" colspan="2">{word("Question")}</th>']
    lines += [
        f'<th scope="col">{word("Points")}</th><th scope="col">{word("Reached")}</th></tr></thead><tbody>'
    ]
    for row in grading(report):
        cells = f"<td>{escape(row.number)}</td><td>{inline(row.title)}</td><td>{row.points}</td><td></td>"
        lines.append(f"<tr>{cells}</tr>")
    lines += [f"<tr><td></td><td>{word('Total')}</td><td>{escape(total(report))}</td><td></td></tr>"]
    return "\n".join([*lines, "</tbody></table>", "</section>"])


def _boxes(report: Report, box: str) -> list[str]:
    """Return a box to tick for each stream."""
    language = language_of(report)
    return [f"{box} {stream} ({marks(points, language)})" for stream, points in report.streams.items()]


def _title(question: QuestionReport, report: Report) -> str:
    optional = say("optional", language_of(report)) if question.optional else ""
    notes = ", ".join(filter(None, (optional, audience(question, report))))
    return f"{question.title} ({notes})" if notes else question.title
