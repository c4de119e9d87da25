"""The pages of all candidates, and a page that lists them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

from ...paper.report import Report
from ...press.html import page
from ...press.sentences import facts
from ..result import Mark
from .candidate_page import Pages, style
from .legible import file_stem, legible, points_text

INDEX = "index.html"


class Row(NamedTuple):
    """A candidate in the list: what the page needs to know of the marks."""

    candidate: str
    version: str
    points: str
    share: float
    of: str
    waiting: str
    file: str


def write_reports(marks: Iterable[Mark], report: Report, folder: Path) -> Path:
    """Write a page for each candidate, and ``index.html`` that lists them; return the path of the list.

    ``marks`` is gone through once.  Raises OSError where the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = Pages(report)
    rows: list[Row] = []
    names: set[str] = {INDEX}
    for mark in marks:
        name = f"{file_stem(mark.candidate)}.html"
        if name in names:
            name = f"{file_stem(f'{mark.candidate} {mark.version} {len(names)}')}.html"
        names.add(name)
        (folder / name).write_text(pages.page(mark), encoding="utf-8")
        share = float(mark.points / mark.of) if mark.of else 0.0
        waiting = points_text(mark.waiting) if mark.waiting else ""
        rows.append(
            Row(
                legible(mark.candidate, 200),
                legible(mark.version, 100),
                points_text(mark.points),
                share,
                points_text(mark.of),
                waiting,
                name,
            )
        )
    path = folder / INDEX
    path.write_text(index_page(rows, report), encoding="utf-8")
    return path


def index_page(rows: list[Row], report: Report) -> str:
    """Return the page that lists candidates in the order given, with points and links to their pages."""
    return page(
        f"{report.title}: marks",
        "\n".join(_index(rows, report)),
        language=str(report.meta.get("language", "en")),
        style=style(),
    )


def _index(rows: list[Row], report: Report) -> Iterator[str]:
    yield f"<main><header><h1>{escape(report.title)}: marks</h1>"
    yield f'<p class="facts">{escape(facts(report))}</p>'
    yield f"<p>{escape(_summary(rows))}</p></header>"
    yield '<table class="marks-list"><thead><tr><th scope="col">Candidate</th><th scope="col">Version</th>'
    yield '<th scope="col" class="number">Points</th><th scope="col" class="number">Of</th>'
    yield '<th scope="col" class="number">To be marked</th></tr></thead><tbody>'
    for row in rows:
        link = f'<a href="{escape(row.file)}"><bdi>{escape(row.candidate) or "(no name)"}</bdi></a>'
        yield f"<tr><td>{link}</td><td>{escape(row.version)}</td>"
        yield f'<td class="number">{row.points}</td><td class="number">{row.of}</td>'
        yield f'<td class="number">{row.waiting}</td></tr>'
    yield "</tbody></table></main>"


def _summary(rows: list[Row]) -> str:
    """Return how many candidates there are, their middle share of the points, and how many wait."""
    people = f"{len(rows)} candidate{'' if len(rows) == 1 else 's'}"
    waiting = sum(bool(row.waiting) for row in rows)
    if waiting:
        return f"{people}; {waiting} with answers that a person has yet to mark (see the folder queue)."
    if not rows:
        return f"{people}."
    shares = sorted(row.share for row in rows)
    middle = (shares[(len(rows) - 1) // 2] + shares[len(rows) // 2]) / 2
    return f"{people}; the median is {100 * middle:.0f} % of the points."
