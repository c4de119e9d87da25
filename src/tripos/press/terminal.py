"""A worked paper in the terminal, mathematics in Unicode."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import zip_longest
from typing import Any, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text as Styled

from ..paper.report import (
    Answer,
    BlankReport,
    Content,
    Erratum,
    Figure,
    Note,
    Options,
    QuestionReport,
    Report,
    Rubric,
    Said,
    Shown,
    Text,
)
from .markdown import space_functions
from .sentences import facts, heading, on_source, proofs, remarks, shown_by, worth
from .words import language_of, say

_MATH = re.compile(r"\$\$(.+?)\$\$|\$(?!\s)([^$]+?)(?<!\s)\$", re.DOTALL)
_BLANK = re.compile("\x02(\\d+)\x03")
_SUPERSCRIPT = str.maketrans("0123456789-T⊤", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀᵀ")
_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Page(NamedTuple):
    """How a report is printed: so many columns, in a language, with the questions' own words or without."""

    width: int
    language: str
    text: bool


def print_report(report: Report, console: Console, *, text: bool = True, covered: bool = False) -> None:
    """Print a worked paper.

    ``text=False`` leaves out the questions' own words; ``covered`` says that a cover states the title.
    """
    page = Page(console.width, language_of(report), text)
    if text:
        if not covered:
            console.print(Rule(Styled(report.title, "bold"), align="left"))
            if facts(report):
                console.print(Styled(facts(report), "dim"))
        for content in report.preface:
            _print(_content(content, [], page), console)
        _print((_remark(note, page) for note in report.notes), console)
    for question in report.questions:
        _print(_question(question, worth(question, report), page), console)


def _print(parts: Iterable[RenderableType], console: Console) -> None:
    for part in parts:
        console.print(part)


def _question(question: QuestionReport, points: str, page: Page) -> Iterator[RenderableType]:
    title = heading(question)
    gap = max(2, page.width - len(title) - len(points))
    yield ""
    yield Styled(title, "bold") + Styled(" " * gap + points, "dim")
    for sentence in remarks(question, page.language):
        yield Padding(Styled(sentence, "italic dim"), (0, 2))
    run: list[Shown] = []
    before: Content | None = None
    for content in [*question.contents, None]:
        if isinstance(content, Shown):
            run.append(content)
            continue
        if run:
            yield from _lines(run, page.width - 4)
            run = []
        if isinstance(content, Text) and isinstance(before, Text) and page.text:
            yield ""  # as between the paragraphs of one text
        if content is not None:
            yield from _content(content, question.blanks, page)
        before = content
    for sentence in proofs(question, page.language):
        yield Padding(Styled(sentence, "green"), (0, 2))
    if question.shown_by:
        yield Padding(Styled(shown_by(question.shown_by, page.language), "dim"), (0, 2))
    yield from (_remark(found, page) for found in question.on_source)


def _remark(found: Erratum | Note, page: Page) -> RenderableType:
    name, text = on_source(found, page.language)
    said = say("{}: {}", page.language, name, unicode(re.sub(r"(?<=\S)\n(?![\s*#>-]|\d+\.)", " ", text)))
    return Padding(Styled(said, "yellow" if isinstance(found, Erratum) else "dim yellow"), (0, 2))


def _content(content: Content, blanks: list[BlankReport], page: Page) -> Iterator[RenderableType]:
    match content:
        case Text(words):
            if page.text:
                filled = _BLANK.sub(lambda m: f"**{_key(blanks[int(m[1])])}**", unicode(words, escape=True))
                yield Padding(Markdown(filled), (0, 2))
        case Said(words):
            yield Padding(Styled(unicode(words)), (0, 2))
        case Options(options):
            for option in options:
                box, style = ("■", "bold") if option.right else ("□", "")
                for i, line in enumerate(textwrap.wrap(unicode(option.text), page.width - 12) or [""]):
                    head = f"  {box} ({option.letter}) " if i == 0 else " " * 8
                    yield Styled(head + line, style)
                if reason := f"{option.reason} {shown_by(option.shown_by, page.language)}".strip():
                    yield Padding(Styled(unicode(reason), "dim"), (0, 2, 0, 8))
        case Answer(words):
            yield Padding(Markdown(unicode(words, escape=True)), (0, 2))
        case Rubric(rows):
            for points, what in rows:
                for i, line in enumerate(textwrap.wrap(unicode(what), page.width - 10) or [""]):
                    yield Styled(f"  {points if i == 0 else '':>4}  {line}", "dim")
        case Figure(_, alternative):
            if page.text:
                said = say("{}: {}", page.language, say("Figure", page.language), alternative)
                yield Padding(Styled(said, "dim"), (0, 2))


def _key(blank: BlankReport) -> str:
    text = blank.text if len(blank.text) <= 40 or not blank.decimal else blank.decimal
    return re.sub(r"([*_`\[\]|])", r"\\\1", text)


def _lines(lines: list[Shown], width: int) -> Iterator[RenderableType]:
    """Lay lines of working out: in columns where all fit, else broken before a relation."""
    rows = [[line.symbol.text, *(f"{sign} {p.text}" for sign, p in line.stages)] for line in lines]
    columns = [max(cell_len(c) for c in column if c) for column in zip_longest(*rows, fillvalue="")]
    aligned = sum(columns) + 2 * len(columns) <= width
    for symbol, *stages in rows:
        head = "    " + set_cell_size(symbol, columns[0]) + " "
        if aligned:
            cells = [set_cell_size(c, n) for c, n in zip(stages, columns[1:], strict=False)]
            yield Styled((head + "  ".join(cells)).rstrip())
            continue
        for i, row in enumerate(_broken(stages, width - columns[0] - 1)):
            yield Styled((head if i == 0 else " " * cell_len(head)) + row)


def _broken(stages: list[str], width: int) -> Iterator[str]:
    """Yield the stages of one line in rows of at most ``width``, where that can be done at spaces."""
    row = ""
    for stage in stages:
        if row and cell_len(row) + 2 + cell_len(stage) <= width:
            row += "  " + stage
            continue
        if row:
            yield row
        *full, row = textwrap.wrap(
            stage, max(width, 20), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        yield from full
    if row:
        yield row


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
    """Return LaTeX as Unicode text: arrays on one line, digits in sub- and superscripts set as such."""
    for command, plain in _SPELT.items():
        latex = re.sub(command, plain, latex)
    latex = _BOLD.sub(lambda m: m[1] + " " * bool(m[1]) + m[2], latex)
    latex = _grouped(_ARRAY.sub(_on_one_line, latex)).replace(r"\mid", "{}~|~")
    text = str(_converter().latex_to_text(space_functions(latex).replace(r"\,", "~")))
    text = re.sub(r"\^\s*([0-9⊤T-]+)(?![\w])", lambda m: m[1].translate(_SUPERSCRIPT), text)
    text = re.sub(r"_([0-9]+)(?![\w])", lambda m: m[1].translate(_SUBSCRIPT), text)
    text = re.sub(r"(?<![\w)])-(?=[\w(])|(?<=\s)-(?=\s)|(?<=[\w)])-(?=[\w(])", "−", text)
    text = re.sub(r"\s*(=|⊙)\s+", r" \1 ", re.sub(r"(⊙)(?=\S)", r"\1 ", text))
    text = re.sub(r"\s*([∈≤≥←→≠≈])\s*", r" \1 ", text)
    return re.sub(r"\s+", " ", text).replace(" ×", "×").strip()


_BOLD = re.compile(r"([A-Za-z]?)\\(?:mathbf|boldsymbol|bm)\s*(\{[^{}]*\}|\\?[A-Za-z]+)")
_SPELT: dict[str, str | Callable[[re.Match[str]], str]] = {
    r"\\[td]frac(?![A-Za-z])": r"\\frac",
    r"\\frac\s*([0-9A-Za-z])\s*([0-9A-Za-z])": r"\\frac{\1}{\2}",
    r"\^\s*(?:\\top(?![A-Za-z])|\{\\top\})\s*(?=([\\A-Za-z]?))": lambda m: "^⊤" + "~" * bool(m[1]),
    r"\\\|": "‖",
    r"\\(det|tr|dim|rank|diag)(?![A-Za-z])": r"\\operatorname{\1}",
}
"""Spellings that the converter would drop, and how the same is written so that it keeps them."""

_INNER = r"((?:[^{}]|\{[^{}]*\})*)"
_SCRIPT = re.compile(rf"([_^])\{{{_INNER}\}}")
_FRACTION = re.compile(rf"\\frac\s*\{{{_INNER}\}}\s*\{{{_INNER}\}}\s*(?=(\\(?!right)[A-Za-z]|[A-Za-z0-9(])?)")
_ONE = re.compile(r"\s*(?:-?\d+|⊤|\w|\\[A-Za-z]+(?:\{[^{}]*\})?|\([^()]*\))\s*")


def _grouped(latex: str) -> str:
    """Return LaTeX whose fractions are written with a slash, and with brackets where braces held together."""
    for _ in range(8):  # from the inside out
        before = latex
        latex = _SCRIPT.sub(lambda m: m[1] + (m[2].strip() if _ONE.fullmatch(m[2]) else f"({m[2]})"), latex)
        latex = _FRACTION.sub(_with_slash, latex)
        if latex == before:
            break
    return latex


def _with_slash(match: re.Match[str]) -> str:
    """Return a fraction on one line: (a + b)/(c d)."""
    above, below, after = match.groups()
    held = above if re.fullmatch(r"[^-+]*|-?[^-+\s]*", above.strip()) else f"({above})"
    return f"{{}}{held}/" + (below if _ONE.fullmatch(below) else f"({below})") + "~" * bool(after)


_ARRAY = re.compile(r"\\begin\{([bp]?matrix|cases)\}(.*?)\\end\{\1\}", re.DOTALL)


def _on_one_line(match: re.Match[str]) -> str:
    """Return an array as the lines of working write it: [1 2; 3 4], and [1 2]ᵀ for a column."""
    rows = [[cell.strip() for cell in row.split("&")] for row in match[2].split(r"\\") if row.strip()]
    if match[1] == "cases":
        return "; ".join(" if ".join(row).replace(r"if \text{otherwise}", "otherwise") for row in rows)
    if all(len(row) == 1 for row in rows):
        return "[" + "~".join(row[0] for row in rows) + "]ᵀ"
    return "[" + ";~".join("~".join(row) for row in rows) + "]"
