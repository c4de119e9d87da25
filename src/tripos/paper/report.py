"""What is known about a paper once it is worked: plain data, ready to print, to send, to compare."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
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
    texts: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    """Its text and its reason in other languages than the paper's own."""

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
    """A sentence of the worked solution, in Markdown; ``language`` is empty for the paper's own."""

    text: str
    language: str = ""


@dataclass(frozen=True)
class Answer:
    """A model answer, in Markdown; ``language`` is empty for the paper's own."""

    text: str
    language: str = ""


@dataclass(frozen=True)
class Rubric:
    """What earns points in an open question; ``texts`` are its rows in languages other than its own."""

    rows: tuple[tuple[int, str], ...]
    texts: dict[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """A drawing, and what it shows in words; ``texts`` are these in other languages than the paper's own."""

    drawing: Drawing
    alternative: str
    texts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Note:
    """What is to be said of the words or the notation of a source, in Markdown.

    ``texts`` are the same in other languages than the paper's own.
    """

    text: str
    texts: dict[str, str] = field(default_factory=dict)


PUBLISHED = "The published key says {} = {}; the graph says {}."
"""How an erratum begins, in English: the blank, the key as it was published, and the key of the graph."""


@dataclass(frozen=True)
class Erratum:
    """A published key that the graph shows to be wrong: its blank, what it says, the key, and why.

    ``reasons`` say why in other languages than the paper's own.
    """

    name: str
    published: str
    key: str
    reason: str
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All of it in a line, in English but for the reason."""
        return f"{PUBLISHED.format(self.name, self.published, self.key)} {self.reason}".strip()


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
    errata: list[Erratum] = field(default_factory=list)
    """Its published keys that are wrong."""
    notes: list[Note] = field(default_factory=list)
    """What is wrong with the words of its source."""
    conventions: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    streams: tuple[str, ...] = ()
    """The streams that it is for; none: it is for all."""
    shown_by: tuple[str, ...] = ()
    """The experiments that are to show its claim."""
    sheet: bool = False
    titles: dict[str, str] = field(default_factory=dict)
    """Its title in other languages than the paper's own."""
    above: str = ""
    """The id of the heading above."""
    optional: bool = False
    """Whether its points are a bonus, which no sum contains."""
    choose: int | None = None
    """How many of the questions directly below count: the best, where a candidate answers more."""
    negative: Fraction = Fraction(0)
    """The share of its points that a wrong choice costs."""

    @property
    def options(self) -> list[OptionReport]:
        """The options of its choice."""
        return [o for content in self.contents if isinstance(content, Options) for o in content.options]

    @property
    def on_source(self) -> list[Note | Erratum]:
        """All that is wrong with its source."""
        return [*self.notes, *self.errata]

    @property
    def choice_points(self) -> Fraction:
        """What its choice is worth: as much as each blank, nothing where blanks or a rubric say theirs."""
        blanks = [blank for blank in self.blanks if blank.kind != "choice"]
        told = any(blank.points is not None for blank in blanks)
        if not self.leaf or not self.options or told or any(isinstance(c, Rubric) for c in self.contents):
            return Fraction(0)
        return Fraction(self.points or 0) / (len(blanks) + 1)

    @property
    def penalty(self) -> Fraction:
        """The points that a wrong choice costs."""
        return self.negative * self.choice_points

    def as_json(self) -> dict[str, Any]:
        """Return the question as plain data, without what few questions have where it has none."""
        data = {
            "id": self.id,
            "number": self.number,
            "title": self.title,
            "line": self.line,
            "points": self.points,
            "blanks": [blank.as_json() for blank in self.blanks],
            "errata": [erratum.text for erratum in self.errata],
            "notes": [note.text for note in self.notes],
            "conventions": self.conventions,
        }
        rare = {
            "streams": list(self.streams),
            "shown_by": list(self.shown_by),
            "options": [option.as_json() for option in self.options],
            "optional": self.optional,
            "penalty": _plain(self.penalty),
        }
        return data | {key: value for key, value in rare.items() if value}


def _plain(points: Fraction) -> int | str:
    """Return points as JSON has them: a whole number, or a fraction such as "3/2"."""
    return int(points) if points.denominator == 1 else str(points)


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
    total: int = 0
    """The points of the questions, added up: for the largest stream, and without a bonus."""
    streams: dict[str, int] = field(default_factory=dict)
    """The points of each stream of candidates; empty where all answer the same paper."""
    notes: list[Note] = field(default_factory=list)
    """What is wrong with the words of the source as a whole."""
    languages: tuple[str, ...] = ()
    """The languages of a paper in several, its own first."""
    words: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the front matter says in other languages, by language and key."""

    @property
    def leaves(self) -> list[QuestionReport]:
        """The questions that candidates answer."""
        return [q for q in self.questions if q.leaf]

    def below(self, question: QuestionReport) -> list[QuestionReport]:
        """Return the questions directly below one, without sheets."""
        return [q for q in self.questions if q.above == question.id and not q.sheet]

    def count(self, severity: str) -> int:
        """Return how many findings of one severity there are."""
        return sum(d.severity == severity for d in self.diagnostics)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; warnings, errata and notes are not wrong."""
        return not self.count("error")

    def as_json(self) -> dict[str, Any]:
        """Return the paper as plain data, without streams and notes of its own where it has none."""
        choose = [
            {"heading": q.id, "number": q.number, "choose": q.choose, "of": [o.id for o in self.below(q)]}
            for q in self.questions
            if q.choose
        ]
        rare = {"streams": self.streams, "notes": [note.text for note in self.notes], "choose": choose}
        return {
            "path": self.path,
            "title": self.title,
            "points": self.points,
            "minutes": self.minutes,
            "ok": self.ok,
            "questions": [q.as_json() for q in self.leaves],
            "diagnostics": [d.as_json() for d in self.diagnostics],
        } | {key: value for key, value in rare.items() if value}
