"""A worked paper in the terminal, mathematics in Unicode."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text as Styled

from ..paper.report import (
    Answer,
    BlankReport,
    Content,
    Options,
    QuestionReport,
    Report,
    Rubric,
    Said,
    Shown,
    Text,
)
from .markdown import facts, marks, proofs

_MATH = re.compile(r"\$\$(.+?)\$\$|\$(?!\s)([^$]+?)(?<!\s)\$", re.DOTALL)
_BLANK = re.compile("\x02(\\d+)\x03")
_SUPERSCRIPT = str.maketrans("0123456789-T⊤", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀᵀ")
_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def print_report(report: Report, console: Console, *, text: bool = True) -> None:
    """Print a worked paper; ``text=False`` leaves out the questions' own words."""
    if text:
        console.print(Rule(Styled(report.title, "bold"), align="left"))
        if facts(report):
            console.print(Styled(facts(report), "dim"))
        for content in report.preface:
            _print(_content(content, [], console.width, text), console)
    for question in report.questions:
        _print(_question(question, console.width, text), console)


def _print(parts: Iterable[RenderableType], console: Console) -> None:
    for part in parts:
        console.print(part)


def _question(question: QuestionReport, width: int, text: bool) -> Iterator[RenderableType]:
    points = marks(question.points)
    title = f"{question.number} {question.title}"
    gap = max(2, width - len(title) - len(points))
    yield ""
    yield Styled(title, "bold") + Styled(" " * gap + points, "dim")
    for sentence in question.conventions:
        yield Padding(Styled(sentence, "italic dim"), (0, 2))
    run: list[Shown] = []
    for content in [*question.contents, None]:
        if isinstance(content, Shown):
            run.append(content)
            continue
        if run:
            yield from _lines(run, width - 4)
            run = []
        if content is not None:
            yield from _content(content, question.blanks, width, text)
    if proofs(question):
        yield Padding(Styled(f"Proven: {'; '.join(proofs(question))}.", "green"), (0, 2))
    for erratum in question.errata:
        yield Padding(Styled(f"Erratum: {unicode(erratum)}", "yellow"), (0, 2))


def _content(
    content: Content, blanks: list[BlankReport], width: int, text: bool
) -> Iterator[RenderableType]:
    match content:
        case Text(words):
            if text:
                filled = _BLANK.sub(lambda m: f"**{_key(blanks[int(m[1])])}**", unicode(words, escape=True))
                yield Padding(Markdown(filled), (0, 2))
        case Said(words):
            yield Padding(Styled(unicode(words)), (0, 2))
        case Options(options):
            for option in options:
                box, style = ("■", "bold") if option.right else ("□", "")
                yield Padding(Styled(f"{box} ({option.letter}) {unicode(option.text)}", style), (0, 2))
                if option.reason:
                    yield Padding(Styled(unicode(option.reason), "dim"), (0, 2, 0, 8))
        case Answer(words):
            yield Padding(Markdown(unicode(words, escape=True)), (0, 2))
        case Rubric(rows):
            for points, what in rows:
                yield Padding(Styled(f"{points:>2}  {unicode(what)}", "dim"), (0, 2))


def _key(blank: BlankReport) -> str:
    text = blank.text if len(blank.text) <= 40 or not blank.decimal else blank.decimal
    return re.sub(r"([*_`\[\]])", r"\\\1", text)


def _lines(lines: list[Shown], width: int) -> Iterator[RenderableType]:
    """Lay lines out: in columns where all fit, else each after its symbol, broken before a relation."""
    symbol = max(len(line.symbol.text) for line in lines)
    for line in lines:
        parts = [f"{sign} {piece.text}" for sign, piece in line.stages]
        rows, row = [], ""
        for part in parts:
            if row and symbol + 3 + len(row) + 2 + len(part) > width:
                rows.append(row)
                row = part
            else:
                row = f"{row}  {part}" if row else part
        rows.append(row)
        for i, content in enumerate(rows):
            head = line.symbol.text if i == 0 else ""
            pad = symbol - len(head) + _combining(head)
            indent = 4 + symbol + 3
            out = Styled("    " + head + " " * pad + " ", "")
            out.append(content)
            yield _hanging(out, indent)


def _combining(text: str) -> int:
    """Return how many characters of ``text`` take no width."""
    import unicodedata

    return sum(unicodedata.combining(c) > 0 for c in text)


def _hanging(text: Styled, indent: int) -> RenderableType:
    """Return a line that wraps, if it must, under its expression."""
    text.no_wrap = False
    text.overflow = "fold"
    return text if text.cell_len <= 10_000 else Padding(text, (0, 0, 0, indent))


@cache
def _converter() -> Any:
    from pylatexenc.latex2text import LatexNodes2Text

    return LatexNodes2Text(math_mode="text", keep_comments=True)


def unicode(text: str, *, escape: bool = False) -> str:
    """Return text with the LaTeX between its dollars written in Unicode."""

    def convert(match: re.Match[str]) -> str:
        plain = mathematics(match[1] or match[2])
        return re.sub(r"([*_`\[\]|<>])", r"\\\1", plain) if escape else plain

    return _MATH.sub(convert, text)


def mathematics(latex: str) -> str:
    """Return LaTeX as Unicode text, sub- and superscripts of digits raised and lowered."""
    latex = re.sub(r"\\(mathbf|boldsymbol|bm)\s*(\{[^{}]*\}|\\?[A-Za-z]+)", r"\2", latex)
    text = str(_converter().latex_to_text(latex))
    text = re.sub(r"\^\s*([0-9⊤T-]+)(?![\w])", lambda m: m[1].translate(_SUPERSCRIPT), text)
    text = re.sub(r"_([0-9]+)(?![\w])", lambda m: m[1].translate(_SUBSCRIPT), text)
    return re.sub(r"\s+", " ", text).strip()
