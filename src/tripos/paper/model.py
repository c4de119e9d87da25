"""What a paper consists of, as read from its file and before anything is worked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from .policy import Policy

BLOCKS = ("given", "working", "published", "rubric", "answer", "erratum", "figure", "text")
"""The fenced blocks of a paper; other fences are prose."""

_MARK = re.compile(
    r"(?P<code>(?<!`)(`+)(?!`).+?(?<!`)\2(?!`))"
    r"|(?P<math>\$\$.+?\$\$|\$(?!\s)[^$\n]+?(?<!\s)\$)"
    r"|\[\[(?P<blank>[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\]"
    r"|\{\{(?P<value>[^{}]{1,500})\}\}",
    re.DOTALL,
)
_VALUE = re.compile(r"\{\{([^{}]{1,500})\}\}")


@dataclass(frozen=True)
class Blank:
    """Where a candidate writes: ``[[expr | points=3, decimals=2]]``."""

    line: int
    expr: str
    options: dict[str, str]


@dataclass(frozen=True)
class Insert:
    """A value printed in the text: ``{{expr}}``, and where it stands: in text, in maths, in code."""

    line: int
    expr: str
    place: str


@dataclass(frozen=True)
class Prose:
    """Markdown text with blanks and inserts in it."""

    line: int
    text: str

    def pieces(self) -> Iterator[str | Blank | Insert]:
        """Yield the text in order, cut at its blanks and inserts."""
        done = 0
        for line, match in self._marks():
            kind = match.lastgroup
            yield self.text[done : match.start()]
            done = match.end()
            if kind == "blank":
                yield parse_blank(line, match["blank"])
            elif kind == "value":
                yield Insert(line, match["value"].strip(), "text")
            else:
                yield from _inserts(line, match.group(), kind or "")
        yield self.text[done:]

    def formulas(self) -> Iterator[tuple[int, str]]:
        """Yield what stands between dollars, each with its line."""
        for line, match in self._marks():
            if match.lastgroup == "math":
                yield line, match["math"]

    def _marks(self) -> Iterator[tuple[int, re.Match[str]]]:
        """Yield blanks, inserts, mathematics and code, each with its line."""
        line, counted = self.line, 0
        for match in _MARK.finditer(self.text):
            line += self.text.count("\n", counted, match.start())
            counted = match.start()
            yield line, match

    def blanks(self) -> list[Blank]:
        """Return the blanks in the text."""
        return [piece for piece in self.pieces() if isinstance(piece, Blank)]


def _inserts(line: int, text: str, place: str) -> Iterator[str | Insert]:
    """Yield mathematics or code, in which there are inserts but no blanks."""
    done = 0
    for match in _VALUE.finditer(text):
        yield text[done : match.start()]
        yield Insert(line + text.count("\n", 0, match.start()), match[1].strip(), place)
        done = match.end()
    yield text[done:]


def parse_blank(line: int, text: str) -> Blank:
    """Return a blank from what stands between its brackets."""
    expr, _, rest = text.partition("|")
    pairs = (part.partition("=") for part in rest.split(",") if part.strip())
    return Blank(line, expr.strip(), {key.strip(): value.strip() for key, _, value in pairs})


@dataclass(frozen=True)
class Block:
    """A fenced block: its kind, the line of its first row, its text and its attributes."""

    kind: str
    line: int
    text: str
    attrs: dict[str, str]
    languages: tuple[str, ...] = ()
    """The languages of the paper: codes that may begin a comment of a working."""

    @property
    def translated_to(self) -> str:
        """The language that it is in, nothing where that is the paper's own."""
        language = self.attrs.get("lang", "")
        return "" if language in self.languages[:1] else language


@dataclass(frozen=True)
class Option:
    """One option of a choice: whether it is ticked, its text, why, and the attributes after it.

    ``texts`` and ``reasons`` are its text and its reason in other languages than the paper's own.
    """

    line: int
    ticked: bool
    text: str
    reason: str
    attrs: dict[str, str]
    texts: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """A list of options."""

    line: int
    options: tuple[Option, ...]


Item = Prose | Block | Choice


@dataclass
class Question:
    """A heading and what stands under it: a part, a question or a sub-question.

    A leaf is where candidates answer: it carries points, and no heading below it does.
    """

    id: str
    title: str
    level: int
    line: int
    attrs: dict[str, str]
    number: str = ""
    points: int | None = None
    leaf: bool = False
    streams: tuple[str, ...] = ()
    """The streams that it is for, its own or those of a heading above; none: it is for all."""
    titles: dict[str, str] = field(default_factory=dict)
    """Its title in other languages than the paper's own."""
    sheet: bool = False
    """Whether it is a sheet of formulas or the like, which asks nothing and carries no points."""
    above: str = ""
    """The id of the heading above."""
    optional: bool = False
    """Whether its points are a bonus, which no sum contains."""
    choose: int | None = None
    """How many of the questions directly below count: the best, where a candidate answers more."""
    negative: Fraction | None = None
    """The share of its points that a wrong choice costs, its own or that of what is above."""
    items: list[Item] = field(default_factory=list)
    children: list[Question] = field(default_factory=list)

    def walk(self) -> Iterator[Question]:
        """Yield this heading and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def blocks(self, *kinds: str) -> list[Block]:
        """Return the blocks of some kinds that stand directly under this heading."""
        return [item for item in self.items if isinstance(item, Block) and item.kind in kinds]

    def prose(self) -> list[Prose]:
        """Return the text that stands directly under this heading."""
        return [item for item in self.items if isinstance(item, Prose)]

    def blanks(self) -> list[Blank]:
        """Return the blanks that stand directly under this heading."""
        return [blank for prose in self.prose() for blank in prose.blanks()]

    def choices(self) -> list[Choice]:
        """Return the choices that stand directly under this heading."""
        return [item for item in self.items if isinstance(item, Choice)]


@dataclass(frozen=True)
class Level:
    """One level of a numbering: what stands before its counter, the counter, and what closes it."""

    before: str
    counter: str
    after: str


@dataclass
class Paper:
    """A paper: its front matter, the text before its first heading, and its parts."""

    path: str
    meta: dict[str, Any] = field(default_factory=dict)
    preface: list[Item] = field(default_factory=list)
    parts: list[Question] = field(default_factory=list)
    policy: Policy = field(default_factory=Policy)
    streams: dict[str, int] = field(default_factory=dict)
    """The points of each stream of candidates; empty where all answer the same paper."""
    languages: tuple[str, ...] = ()
    """The languages of a paper in several, its own first."""
    numbering: tuple[Level, ...] | None = None
    """The pattern by which headings are numbered, where the front matter names one."""
    words: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the front matter says in other languages, by language and key."""

    def walk(self) -> Iterator[Question]:
        """Yield every heading in order."""
        for part in self.parts:
            yield from part.walk()

    def questions(self) -> list[Question]:
        """Return the questions that candidates answer, in order."""
        return [q for q in self.walk() if q.leaf]

    @property
    def title(self) -> str:
        """The title from the front matter."""
        return str(self.meta.get("title", "Untitled paper"))

    @property
    def conventions(self) -> dict[str, str]:
        """The conventions that the front matter declares."""
        return dict(self.meta.get("conventions") or {})


@dataclass(frozen=True)
class Unit:
    """What is worked apart from all else: a question, and the headings above it whose blocks it uses."""

    above: tuple[Question, ...]
    question: Question


def units(paper: Paper) -> Iterator[Unit]:
    """Yield the units of a paper in order; a part comes first, without its questions."""
    for part in paper.parts:
        if part.level > 1 or not part.children:
            yield Unit((), part)
            continue
        yield Unit((), replace(part, children=[]))
        for question in part.children:
            yield Unit((part,), question)
