"""What is known about a paper once it is worked: plain data, ready to print, to send, to compare."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..graph import Piece
from .diagnostic import Diagnostic


@dataclass(frozen=True)
class Shown:
    """A line of the worked solution: its symbol, and relation and expression for each stage."""

    symbol: Piece
    stages: tuple[tuple[str, Piece], ...]


@dataclass(frozen=True)
class BlankReport:
    """A blank (or a choice) with its key and the proof of it."""

    name: str
    kind: str
    line: int
    text: str
    latex: str
    decimal: str
    proven: bool
    proof: tuple[str, ...]
    points: int | None = None
    working: tuple[Shown, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the blank as plain data."""
        data: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "line": self.line,
            "key": {"text": self.text, "latex": self.latex},
            "decimal": self.decimal or None,
            "proven": self.proven,
            "proof": list(self.proof),
        }
        return data if self.points is None else data | {"points": self.points}


@dataclass(frozen=True)
class OptionReport:
    """An option of a choice: its text, whether it is right, and why."""

    letter: str
    text: str
    right: bool
    computed: bool
    reason: str


@dataclass(frozen=True)
class Text:
    """Markdown of the paper, inserts filled in; its blanks stand as numbers between the bytes 2 and 3."""

    text: str


@dataclass(frozen=True)
class Options:
    """The options of a choice."""

    options: tuple[OptionReport, ...]


@dataclass(frozen=True)
class Said:
    """A sentence of the worked solution, in Markdown."""

    text: str


@dataclass(frozen=True)
class Answer:
    """A model answer, in Markdown."""

    text: str


@dataclass(frozen=True)
class Rubric:
    """What earns points in an open question."""

    rows: tuple[tuple[int, str], ...]


Content = Text | Options | Said | Shown | Answer | Rubric


@dataclass
class QuestionReport:
    """A heading of the paper, worked: everything a press needs to print it."""

    id: str
    number: str
    title: str
    level: int
    line: int
    points: int | None
    leaf: bool
    contents: list[Content] = field(default_factory=list)
    blanks: list[BlankReport] = field(default_factory=list)
    errata: list[str] = field(default_factory=list)
    conventions: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the question as plain data."""
        return {
            "id": self.id,
            "number": self.number,
            "title": self.title,
            "line": self.line,
            "points": self.points,
            "blanks": [blank.as_json() for blank in self.blanks],
            "errata": self.errata,
            "conventions": self.conventions,
        }


@dataclass(frozen=True)
class Worked:
    """What came of a unit."""

    reports: list[QuestionReport]
    diagnostics: list[Diagnostic]


@dataclass
class Report:
    """A paper, worked: its headings in order, and everything found."""

    path: str
    title: str
    points: int | None
    minutes: int | None
    meta: dict[str, Any]
    preface: list[Content] = field(default_factory=list)
    questions: list[QuestionReport] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def leaves(self) -> list[QuestionReport]:
        """The questions that candidates answer."""
        return [q for q in self.questions if q.leaf]

    def count(self, severity: str) -> int:
        """Return how many findings of one severity there are."""
        return sum(d.severity == severity for d in self.diagnostics)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; warnings and errata are not wrong."""
        return not self.count("error")

    def as_json(self) -> dict[str, Any]:
        """Return the paper as plain data."""
        return {
            "path": self.path,
            "title": self.title,
            "points": self.points,
            "minutes": self.minutes,
            "ok": self.ok,
            "questions": [q.as_json() for q in self.leaves],
            "diagnostics": [d.as_json() for d in self.diagnostics],
        }
