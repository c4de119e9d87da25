"""The rows of an old exam, and what comes of them: entries with options, solutions and doubts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """One line of the old exam, its number, and whether it stands in a fence of code."""

    line: int
    text: str
    code: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing stands in the line."""
        return not self.text.strip()

    @property
    def table(self) -> bool:
        """Whether the line is a row of a table: cells between tabs."""
        return not self.code and "\t" in self.text.strip()


@dataclass(frozen=True)
class Doubt:
    """What a person has to look at: the line of the old exam, and why."""

    line: int
    message: str


@dataclass(frozen=True)
class Drawn:
    """One option of a choice, and whether its box was filled (None: it has no box)."""

    line: int
    text: str
    box: bool | None
    ticked: bool = False


@dataclass
class Entry:
    """A part, a question or a sub-question, as found."""

    style: str
    label: str
    value: int
    line: int
    title: str = ""
    points: int | None = None
    stem: list[Row] = field(default_factory=list)
    options: list[Drawn] = field(default_factory=list)
    after: list[Row] = field(default_factory=list)
    solution: list[Row] = field(default_factory=list)
    children: list[Entry] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    late: bool = False
    """Whether the points stand in the text, not where the entry begins."""
    name: str = ""

    def walk(self) -> Iterator[Entry]:
        """Yield this entry and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def below(self) -> int:
        """The points of the entries below, those that carry none apart."""
        return sum(child.worth for child in self.children)

    @property
    def worth(self) -> int:
        """The points below the entry, or its own where none carry points below."""
        return self.below if self.divided else self.points or 0

    @property
    def divided(self) -> bool:
        """Whether some entry below carries points."""
        return any(e.points is not None for child in self.children for e in child.walk())


def rows_of(text: str) -> list[Row]:
    """Return the lines of a text, tidied: no control characters, and fences of code marked where they end."""
    rows: list[Row] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    fence, begun = "", 0
    for number, raw in enumerate(lines, 1):
        line = "".join(c if c in "\t\xa0" or c.isprintable() else " " for c in raw).rstrip(" \xa0")
        bare = line.strip()
        if not fence and bare[:3] in ("```", "~~~") and "`" not in bare[3:].strip("`"):
            fence, begun = bare[:3], len(rows)
        elif fence and set(bare) == {fence[0]} and len(bare) >= 3:
            rows[begun:] = [Row(r.line, r.text, True) for r in rows[begun + 1 :]]
            fence = ""
            continue
        rows.append(Row(number, line))
    return rows
