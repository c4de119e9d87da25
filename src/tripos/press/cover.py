"""The cover sheet of a paper: what candidates need to know, and a table to write marks in."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from ..paper.report import QuestionReport, Report
from .html import inline
from .markdown import audience, facts, marks


class Row(NamedTuple):
    """A row of the grading table: number, title, points."""

    number: str
    title: str
    points: int


def grading(report: Report) -> list[Row]:
    """Return the rows of the grading table: the parts, or the questions of a paper with one part or none."""
    top = [q for q in report.questions if "." not in q.number and not q.sheet]
    if len(top) == 1:
        below = [q for q in report.questions if q.number.count(".") == 1 and not q.sheet]
        top = below or top
    rows = [Row(q.number, _title(q, report), _worth(q, report)) for q in top]
    return [row for row in rows if row.points]


def total(report: Report) -> str:
    """Return what the table adds up to, for each stream where they differ."""
    if len(report.streams) > 1:
        return ", ".join(f"{stream}: {points}" for stream, points in report.streams.items())
    return str(report.points if report.points is not None else sum(row.points for row in grading(report)))


def aids(report: Report) -> list[str]:
    """Return what candidates may use, in Markdown; nothing where the paper does not say."""
    found = report.meta.get("aids") or []
    return [found] if isinstance(found, str) else list(found)


def markdown_cover(report: Report) -> str:
    """Return the cover sheet as Markdown."""
    blocks = [f"# {report.title}"]
    blocks += [f"*{facts(report)}*"] if facts(report) else []
    blocks += ["Name: ........................................  Number: ...................."]
    if report.streams:
        blocks += [f"Stream: {'  '.join(f'☐ {stream} ({marks(n)})' for stream, n in report.streams.items())}"]
    if len(aids(report)) == 1:
        blocks += [f"Allowed aids: {aids(report)[0]}"]
    elif aids(report):
        blocks += ["Allowed aids:\n\n" + "\n".join(f"- {aid}" for aid in aids(report))]
    table = ["| | question | points | reached |", "|---|---|---|---|"]
    for row in grading(report):
        title = row.title.replace("|", "\\|")
        table.append(f"| {row.number} | {title} | {row.points} | |")
    table.append(f"| | total | {total(report)} | |")
    return "\n\n".join([*blocks, "\n".join(table), "---"]) + "\n"


def html_cover(report: Report) -> str:
    """Return the cover sheet as HTML; it is printed on a page of its own."""
    lines = ['<section class="cover">', f"<h1>{escape(report.title)}</h1>"]
    lines += [f'<p class="facts">{escape(facts(report))}</p>']
    lines += ['<p class="name"><span>Name</span><span>Number</span></p>']
    if report.streams:
        boxes = "&emsp;".join(f"□ {escape(stream)} ({marks(n)})" for stream, n in report.streams.items())
        lines += [f"<p>Stream: {boxes}</p>"]
    if aids(report):
        lines += ["<p>Allowed aids:</p><ul>", *(f"<li>{inline(aid)}</li>" for aid in aids(report)), "</ul>"]
    lines += ['<table class="grading"><thead><tr><th scope="col" colspan="2">Question</th>']
    lines += ['<th scope="col">Points</th><th scope="col">Reached</th></tr></thead><tbody>']
    for row in grading(report):
        cells = f"<td>{escape(row.number)}</td><td>{inline(row.title)}</td><td>{row.points}</td><td></td>"
        lines.append(f"<tr>{cells}</tr>")
    lines += [f"<tr><td></td><td>Total</td><td>{escape(total(report))}</td><td></td></tr>"]
    return "\n".join([*lines, "</tbody></table>", "</section>"])


def _title(question: QuestionReport, report: Report) -> str:
    whom = audience(question, report)
    return f"{question.title} ({whom})" if whom else question.title


def _worth(question: QuestionReport, report: Report) -> int:
    """Return the points of a heading: its own, or those of the questions below it."""
    if question.points is not None:
        return question.points
    return sum(q.points or 0 for q in report.leaves if q.number.startswith(f"{question.number}."))
