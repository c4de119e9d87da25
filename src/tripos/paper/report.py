"""What is known about a paper once it is worked: plain data, ready to print, to send, to compare."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..graph import Piece
from .diagnostic import Diagnostic
from .drawings import Drawing


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
    shown_by: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the option as plain data."""
        data: dict[str, Any] = {
            "letter": self.letter,
            "text": self.text,
            "right": self.right,
            "computed": self.computed,
        }
        return data | {"shown_by": list(self.shown_by)} if self.shown_by else data


@dataclass(frozen=True)
class Text:
    """Markdown of the paper, inserts filled in; its blanks stand as numbers between the bytes 2 and 3.

    ``language`` is the one that it is for, nothing where it is for all.
    """

    text: str
    language: str = ""


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


@dataclass(frozen=True)
class Figure:
    """A drawing, and what it shows in words."""

    drawing: Drawing
    alternative: str


Content = Text | Options | Said | Shown | Answer | Rubric | Figure


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
    streams: tuple[str, ...] = ()
    """The streams that it is for; none: it is for all."""
    shown_by: tuple[str, ...] = ()
    """The experiments that are to show its claim."""
    sheet: bool = False
    titles: dict[str, str] = field(default_factory=dict)
    """Its title in other languages than the paper's own."""

    @property
    def options(self) -> list[OptionReport]:
        """The options of its choice."""
        return [o for content in self.contents if isinstance(content, Options) for o in content.options]

    def as_json(self) -> dict[str, Any]:
        """Return the question as plain data, without what few questions have where it has none."""
        data = {
            "id": self.id,
            "number": self.number,
            "title": self.title,
            "line": self.line,
            "points": self.points,
            "blanks": [blank.as_json() for blank in self.blanks],
            "errata": self.errata,
            "conventions": self.conventions,
        }
        rare = {
            "streams": list(self.streams),
            "shown_by": list(self.shown_by),
            "options": [option.as_json() for option in self.options],
        }
        return data | {key: value for key, value in rare.items() if value}


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
    streams: dict[str, int] = field(default_factory=dict)
    """The points of each stream of candidates; empty where all answer the same paper."""
    errata: list[str] = field(default_factory=list)
    """What is wrong with the source as a whole."""
    languages: tuple[str, ...] = ()
    """The languages of a paper in several, its own first."""

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
        """Return the paper as plain data, without streams and errata of its own where it has none."""
        rare = {"streams": self.streams, "errata": self.errata}
        return {
            "path": self.path,
            "title": self.title,
            "points": self.points,
            "minutes": self.minutes,
            "ok": self.ok,
            "questions": [q.as_json() for q in self.leaves],
            "diagnostics": [d.as_json() for d in self.diagnostics],
        } | {key: value for key, value in rare.items() if value}
