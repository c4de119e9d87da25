"""The entries of an old exam: which lines begin parts, questions and sub-questions, and how they nest.

What appears first encloses what appears after it: ``Part``, ``Problem`` and numbered headings before numbers
and letters.  The levels of headings are not believed, since old exams are rarely consistent about them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from .chains import pick
from .marks import WORDS, Mark, asks, bulleted, mark_of, points_in, solution_of
from .options import take_options
from .rows import Doubt, Entry, Row

DEEPEST = 5
"""Entries nest at most so deep: headings have six levels."""

MAX_ENTRIES = 600
"""An exam has at most so many entries."""

MOST_MISSING = 5
"""So many numbers may be missing in a row before they are taken for something else."""


class TooMany(Exception):
    """There are more entries than an exam has."""


@dataclass
class Outline:
    """What an old exam consists of."""

    preface: list[Row]
    entries: list[Entry]
    appendices: list[Entry]
    doubts: list[Doubt] = field(default_factory=list)


def outline(rows: list[Row]) -> Outline:
    """Return the entries of an old exam; raise TooMany where there are more than an exam has."""
    marks = {i: m for i, row in enumerate(rows) if not row.code and (m := mark_of(row.text)) is not None}
    sections = _sections(rows, marks)
    for i in sections:
        marks[i] = Mark("heading", marks[i].rest, {"heading": 0}, marks[i].rest, marks[i].points)
    end = _appendix(rows, marks)
    builder = _Builder(rows, marks)
    first, entries = builder.split(0, end, (), None)
    for place, doubts, doubt in builder.left:
        if place not in builder.chosen:  # else it began an entry further inside
            doubts.append(doubt)
    for entry in entries:
        for inner in entry.walk():
            _finish(inner)
    return Outline(rows[:first], entries, list(_appendices(rows, marks, end)), builder.doubts)


def _sections(rows: list[Row], marks: dict[int, Mark]) -> list[int]:
    """Return the lines with headings without a number that have numbered questions under them."""
    titles = [i for i, m in marks.items() if m.style == "title"]
    if len(titles) > MAX_ENTRIES:
        raise TooMany
    if any(m.style in WORDS for m in marks.values()):
        return []
    if len(titles) < 2:
        return []
    level = {i: len(rows[i].text.strip()) - len(rows[i].text.strip().lstrip("#")) for i in titles}
    alone = level[titles[0]] < min(level[i] for i in titles[1:])  # the title of the exam
    found = []
    for i, end in pairwise([*(titles[1:] if alone else titles), len(rows)]):
        if any(m.style in ("number", "letter", "roman") for k, m in marks.items() if i < k < end):
            found.append(i)
    return found


def _appendix(rows: list[Row], marks: dict[int, Mark]) -> int:
    """Return the line where the last heading without questions under it begins, after all questions."""
    numbered = [i for i, m in marks.items() if m.style != "title"]
    last = max(numbered, default=-1)
    trailing = [i for i, m in marks.items() if m.style == "title" and i > last and last >= 0]
    return min(trailing, default=len(rows))


def _appendices(rows: list[Row], marks: dict[int, Mark], start: int) -> list[Entry]:
    if start == len(rows):
        return []
    entry = Entry("title", "", 0, rows[start].line, title=marks[start].rest.rstrip(":") or "Appendix")
    entry.stem = rows[start + 1 :]
    return [entry]


class _Builder:
    """Cuts rows into entries, from the outermost style inwards."""

    def __init__(self, rows: list[Row], marks: dict[int, Mark]):
        self.rows = rows
        self.marks = marks
        self.doubts: list[Doubt] = []
        self.chosen: set[int] = set()
        self.left: list[tuple[int, list[Doubt], Doubt]] = []

    def split(
        self, start: int, end: int, above: tuple[str, ...], parent: Entry | None
    ) -> tuple[int, list[Entry]]:
        """Return where the first entry among some rows begins, and all entries among them.

        A style does not nest in itself, so that those ``above`` are not looked for.
        """
        here = [i for i in range(start, end) if i in self.marks and self.marks[i].style != "title"]
        style = _outermost([self.marks[i].values for i in here], above)
        if not style or len(above) >= DEEPEST:
            return end, []
        places = [i for i in here if style in self.marks[i].values]
        values = [self.marks[i].values[style] for i in places]
        if all(values):
            chosen = [places[k] for k in pick(values, [self.marks[i].points for i in places])]
            if len(chosen) == 1 and values[places.index(chosen[0])] != 1 and not self.marks[chosen[0]].points:
                return end, []  # a lone number in the text
        else:
            chosen = places
        for i in sorted(set(places) - set(chosen)):
            message = f"{self.marks[i].label} is out of order here, so that it was left as text"
            self.left.append((i, parent.doubts if parent else self.doubts, Doubt(self.rows[i].line, message)))
        self.chosen.update(chosen)
        entries: list[Entry] = []
        for i, until in pairwise([*chosen, end]):
            entry = self.entry(i, until, (*above, style))
            self.fill_gap(entries, entry)
            entries.append(entry)
        return chosen[0], entries

    def fill_gap(self, before: list[Entry], entry: Entry) -> None:
        """Put empty entries where numbers are missing, so that nothing is lost unnoticed."""
        last = before[-1].value if before else 0
        missing = range(last + 1, entry.value)
        if before and entry.value <= last and entry.value:
            entry.doubts.append(Doubt(entry.line, f"the numbers begin again at {entry.label}"))
        if not 0 < len(missing) <= MOST_MISSING or (entry.style in WORDS and not before):
            return
        for value in missing:
            label = f"({chr(96 + value)})" if entry.style == "letter" else str(value)
            gap = Entry(entry.style, label, value, entry.line)
            gap.doubts.append(Doubt(entry.line, f"{label} was not found; its text may stand just above"))
            before.append(gap)

    def entry(self, start: int, end: int, styles: tuple[str, ...]) -> Entry:
        """Return the entry of the last of some styles that begins with one row and ends before another."""
        style = styles[-1]
        if len(self.chosen) > MAX_ENTRIES:
            raise TooMany
        mark, row = self.marks[start], self.rows[start]
        entry = Entry(style, mark.label, mark.values[style], row.line)
        points, rest = points_in(mark.rest)
        first, entry.children = self.split(start + 1, end, styles, entry)
        body = self.rows[start + 1 : first]
        if style in WORDS:
            entry.title = _unbracketed(rest)
        elif _is_title(rest, body, entry):
            entry.title = _unbracketed(rest.rstrip("."))
        elif rest:
            body = [Row(row.line, rest), *body]
        if not points:
            points, body = _points_of_body(body)
            entry.late = bool(points)
            points = points or _points_at_end(entry)
        if len(points) > 1:
            entry.doubts.append(
                Doubt(row.line, f"points stand here {len(points)} times; the first were taken")
            )
        if points and points[0].denominator == 1:
            entry.points = int(points[0])
        elif points:
            entry.doubts.append(Doubt(row.line, f"{float(points[0]):g} points: a paper has whole points"))
        cut = next(
            (i for i, r in enumerate(body) if not r.code and solution_of(r.text) is not None), len(body)
        )
        entry.stem = body[:cut]
        if cut < len(body):
            entry.solution = [Row(body[cut].line, solution_of(body[cut].text) or ""), *body[cut + 1 :]]
        return entry


def _outermost(marks: list[dict[str, int]], above: tuple[str, ...]) -> str:
    """Return the style that encloses the others: a word if there is one, else what appears first."""
    ways = [[style for style in values if style not in above] for values in marks]
    for styles in ways:
        for style in styles:
            if style in WORDS:
                return style
    for values, styles in zip(marks, ways, strict=True):
        if "roman" in styles and values["roman"] == 1:
            return "roman"
        if styles:
            return styles[0]
    return ""


def _unbracketed(title: str) -> str:
    """Return a title without the brackets that enclose it, or one that has no partner."""
    if title.startswith("(") and title.endswith(")") and title.count("(") == 1:
        return title[1:-1].strip()
    if title.count("(") < title.count(")"):
        return title.rstrip(")").strip()
    return title


def _is_title(rest: str, body: list[Row], entry: Entry) -> bool:
    """Say whether what follows a number is a title rather than the question itself."""
    short = 0 < len(rest) <= 60 and not asks(rest) and not re.search(r"[?:,;!]$|[.!?]\s|^\$\$|\\frac", rest)
    follows = any(not row.empty for row in body) or bool(entry.children)
    apart = not body or body[0].empty
    return (
        short
        and follows
        and apart
        and not (body and any(bulleted(r.text) for r in body[:2]))
        and len(rest.split()) <= 8
    )


def _points_of_body(body: list[Row]) -> tuple[list[Fraction], list[Row]]:
    """Return the points that stand in the text of an entry, and the text without them."""
    found: list[Fraction] = []
    out: list[Row] = []
    for row in body:
        if row.code or row.table or found:
            out.append(row)
            continue
        here, rest = points_in(row.text, bare=True)
        found += here
        if not here or rest:
            out.append(Row(row.line, rest) if here else row)
    return found, out


def _points_at_end(entry: Entry) -> list[Fraction]:
    """Take the points after the last of several sub-questions without points for those of the whole."""
    *others, last = entry.children or [entry]
    if not others or last.points is None or not last.late or last.children:
        return []
    if any(inner.points is not None for other in others for inner in other.walk()):
        return []
    points, last.points = last.points, None
    entry.doubts.append(
        Doubt(last.line, f"the {points} points after {last.label} were taken for all above it")
    )
    return [Fraction(points)]


def _finish(entry: Entry) -> None:
    """Find the options of an entry, and drop points that do not add up."""
    take_options(entry)
    if entry.points is not None and entry.divided and entry.below != entry.points:
        message = f"{entry.points} points are printed here, but those below add up to {entry.below}"
        entry.doubts.append(Doubt(entry.line, message))
    if entry.points is not None and entry.children and not entry.divided:
        message = f"the {entry.points} points are printed for all that stands below; divide them if you wish"
        entry.doubts.append(Doubt(entry.line, message))
