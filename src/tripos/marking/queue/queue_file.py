"""A file of the queue, in Markdown: what in it is the machine's, what a person wrote, and what that decides.

The machine's are the headings and the quoted lines (">") right below them.  All else is the person's:
ticks, points, marker, and a comment, which is everything from ``comment:`` to the next heading of ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from ...paper.diagnostic import Diagnostic

HEADING = re.compile(
    r"## answer (?P<id>[0-9a-f]{16}): (?P<blank>.*), (?P<of>[0-9]{1,6}(?:/[1-9][0-9]{0,6})?) points?\s*"
)
ROW = re.compile(r"\s*[-*+]\s*\[(?P<box>[^\]]*)\]\s*(?P<points>\d{1,4})\s+(?P<what>\S.*?)\s*")
FIELD = re.compile(r"\s*(?P<name>points|marker|comment)\s*:\s*(?P<value>.*?)\s*", re.IGNORECASE)
SECTION = re.compile(r"# (?:\d+ answers alike|Other answers|Answers that are no longer there)\s*")
_NUMBER = re.compile(r"[0-9]{1,4}(?:[.,][0-9]{1,4})?|[0-9]{1,4}/[1-9][0-9]{0,3}")
_TICKS = ("x", "✓", "✔", "☑")

Rows = tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class ManualMark:
    """What a person decided about an answer: ``answer`` is its id, and any candidate's who wrote the same.

    ``rows`` are the rows of the rubric with what was given for each, none where only points were written;
    ``line`` is where it stands.
    """

    answer: str
    blank: str
    points: Fraction
    of: Fraction
    marker: str = ""
    comment: str = ""
    rows: tuple[tuple[Fraction, int, str], ...] = ()
    path: str = ""
    line: int = 0


@dataclass
class Entry:
    """An answer in the file, as it stands: its lines, and where they begin."""

    id: str
    blank: str
    of: Fraction
    line: int
    quoted: list[str] = field(default_factory=list)
    own: list[tuple[int, str]] = field(default_factory=list)
    """The person's lines, each with its number."""

    @property
    def rows(self) -> Rows:
        """The rows of the rubric that stand in the entry."""
        found = (ROW.fullmatch(line) for _, line in self.own)
        return tuple((int(row["points"]), row["what"]) for row in found if row)

    @property
    def touched(self) -> bool:
        """Whether a person has written anything into the entry."""
        return any(
            line.strip()
            and not ((row := ROW.fullmatch(line)) and not row["box"].strip())
            and not ((part := FIELD.fullmatch(line)) and not part["value"])
            for _, line in self.own
        )


@dataclass
class QueueFile:
    """A file of the queue: what a person wrote above the first entry, and the entries."""

    own: list[tuple[int, str]]
    entries: list[Entry]
    findings: list[Diagnostic]


def parse(text: str, path: str) -> QueueFile:
    """Return a file of the queue taken apart; headings that cannot be read are found, never skipped."""
    file = QueueFile([], [], [])
    entry: Entry | None = None
    ours = True  # whether quoted lines are the machine's here: until a person's line comes
    for number, line in enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), 1):
        heading = HEADING.fullmatch(line)
        if heading:
            entry = Entry(heading["id"], heading["blank"], Fraction(heading["of"]), number)
            file.entries.append(entry)
            ours = True
            continue
        if re.match(r"#{1,6}\s*answer\b", line):
            message = "the heading of an answer cannot be read"
            expected = "## answer 0123456789abcdef: blank, 2 points"
            help = "put it back as it was; the lines below it are taken for a comment on the answer above"
            file.findings.append(Diagnostic("error", path, number, message, line[:80], expected, help))
        if SECTION.fullmatch(line) or (number == 1 and line.startswith("# ")):
            continue
        if ours and line.startswith(">"):
            if entry:
                entry.quoted.append(line)
            continue
        ours = ours and not line.strip()
        (entry.own if entry else file.own).append((number, line))
    for lines in (file.own, *(entry.own for entry in file.entries)):
        _trim(lines)
    return file


def _trim(lines: list[tuple[int, str]]) -> None:
    while lines and not lines[-1][1].strip():
        lines.pop()
    while lines and not lines[0][1].strip():
        lines.pop(0)


def decide(entry: Entry, path: str, default_marker: str) -> tuple[ManualMark | None, list[Diagnostic]]:
    """Return what a person decided in an entry, None where nothing is or it cannot be read; and findings."""
    findings: list[Diagnostic] = []

    def find(line: int, message: str, found: str, expected: str, help: str = "") -> None:
        findings.append(Diagnostic("error", path, line, message, found[:80], expected, help))

    rows: list[tuple[Fraction, int, str]] = []
    fields: dict[str, str] = {}
    comment: list[str] = []
    ticked, total, stated, stated_at = False, Fraction(0), None, 0
    for number, line in entry.own:
        if "comment" in fields:
            comment.append(line)
            continue
        row, part = ROW.fullmatch(line), FIELD.fullmatch(line)
        if row:
            offered, box = int(row["points"]), row["box"].strip()
            given = Fraction(offered) if box.lower() in _TICKS else _number(box) if box else Fraction(0)
            if given is None:
                find(number, "a box is ticked or holds points", f"[{row['box']}]", f"[x], [ ] or [{offered}]")
                given = Fraction(0)
            elif given > offered:
                find(number, "more points than the row offers", str(given), f"{offered} at most")
            ticked = ticked or bool(box)
            total += given
            rows.append((given, offered, row["what"]))
        elif part:
            name = part["name"].lower()
            if name in fields:
                find(number, f"{name} stands twice", line.strip(), f"one line {name}:")
            fields[name] = part["value"]
            if name == "comment":
                comment.append(part["value"])
            elif name == "points" and part["value"]:
                stated, stated_at = _number(part["value"]), number
                if stated is None:
                    find(number, "points are a number", part["value"], "a number such as 2, 2.5 or 5/2")
        elif line.strip():
            help = "write remarks after comment:"
            find(
                number,
                "the line cannot be read",
                line.strip(),
                "a row of the rubric, points: or comment:",
                help,
            )
    if stated is not None and ticked and stated != total:
        help = "leave points: empty, or write a part of a row's points into its box, as [1]"
        find(
            stated_at,
            "the points are not those of the ticks",
            str(stated),
            f"{total}, the sum of ticks",
            help,
        )
    points = total if stated is None else stated
    if points > entry.of and not findings:
        find(
            stated_at or entry.line, "more points than the blank is worth", str(points), f"{entry.of} at most"
        )
    if findings or not (ticked or stated is not None):
        return None, findings
    marker = fields.get("marker") or default_marker
    told = "\n".join(comment).strip()
    return ManualMark(
        entry.id, entry.blank, points, entry.of, marker, told, tuple(rows) if ticked else (), path, entry.line
    ), []


def by_id(file: QueueFile) -> dict[str, list[Entry]]:
    """Return the entries of a file by the answers that they are about."""
    found: dict[str, list[Entry]] = {}
    for entry in file.entries:
        found.setdefault(entry.id, []).append(entry)
    return found


def file_marker(file: QueueFile) -> str:
    """Return who marks where an entry does not say it: the line ``marker:`` above the first entry."""
    found = (FIELD.fullmatch(line) for _, line in file.own)
    return next((part["value"] for part in found if part and part["name"].lower() == "marker"), "")


def _number(text: str) -> Fraction | None:
    return Fraction(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def blank_form(rows: Sequence[tuple[int, str]]) -> list[str]:
    """Return the lines of an entry that a person fills in."""
    form = [f"- [ ] {points}  {what}" for points, what in rows]
    return [*form, *([""] if form else []), "points:", "comment:"]
