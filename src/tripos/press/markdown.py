"""A worked paper as Markdown with LaTeX between dollars."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
from .sentences import facts, heading, marks, on_source, proofs, remarks, shown_by, worth
from .tables import in_table, without_bars
from .words import language_of, say

SIGNS = {"=": "=", "≈": r"\approx"}
_BLANK = re.compile("\x02(\\d+)\x03")


def markdown(report: Report, *, covered: bool = False) -> str:
    """Return the worked solution of a paper as Markdown; ``covered`` says that a cover states its title."""
    return "\n\n".join(filter(None, _paper(report, covered=covered))).rstrip() + "\n"


def space_functions(latex: str) -> str:
    """Return LaTeX with a thin space after functions written without brackets, which converters forget."""
    return re.sub(r"\\(log|exp|max|min|tanh)(?=\s*[A-Za-z0-9\\])(?!\s*\\left)", r"\\\1\\,", latex)


def key_latex(blank: BlankReport) -> str:
    """Return the key of a blank as LaTeX, with decimals beside a closed form that is not rational."""
    if blank.kind == "label":
        return blank.latex
    rational = re.fullmatch(r"[−\d\s./;\[\]ᵀ]*", blank.text) is not None
    return blank.latex if rational or not blank.decimal else rf"{blank.latex} \approx {_decimals(blank)}"


def _decimals(blank: BlankReport) -> str:
    text = blank.decimal.replace("−", "-")
    if not text.startswith("["):
        return text
    rows = text.rstrip("ᵀ").strip("[]").split("; " if ";" in text else " ")
    body = r" \\ ".join(" & ".join(row.split()) for row in rows)
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


def fill_blanks(text: str, blanks: list[BlankReport], write: str = "**{}**") -> str:
    """Return text with each blank replaced by its key."""

    def key(match: re.Match[str]) -> str:
        latex = key_latex(blanks[int(match[1])])
        return write.format(f"${without_bars(latex) if in_table(text[: match.start()]) else latex}$")

    return _BLANK.sub(key, text)


def line_latex(line: Shown) -> str:
    """Return a line of working as one formula."""
    return " ".join([line.symbol.latex, *(f"{SIGNS[sign]} {piece.latex}" for sign, piece in line.stages)])


def _paper(report: Report, *, covered: bool) -> Iterator[str]:
    language = language_of(report)
    if not covered:
        yield f"# {report.title}"
        yield f"*{facts(report)}*" if facts(report) else ""
    for content in report.preface:
        yield from _content(content, [], language)
    yield from (_remark(note, language) for note in report.notes)
    for question in report.questions:
        yield from _question(question, report, language)


def _question(question: QuestionReport, report: Report, language: str) -> Iterator[str]:
    points = f" ({worth(question, report)})" if worth(question, report) else ""
    yield f"{'#' * min(question.level + 1, 6)} {heading(question)}{points}"
    for sentence in remarks(question, language):
        yield f"*{sentence}*"
    for content in question.contents:
        yield from _content(content, question.blanks, language)
    for sentence in proofs(question, language):
        yield f"*{sentence}*"
    if question.shown_by:
        yield f"*{shown_by(question.shown_by, language)}*"
    yield from (_remark(found, language) for found in question.on_source)


def _remark(found: Erratum | Note, language: str) -> str:
    name, text = on_source(found, language)
    return f"> **{name}.** " + text.replace("\n", "\n> ")


def _content(content: Content, blanks: list[BlankReport], language: str) -> Iterator[str]:
    match content:
        case Text(text) | Said(text):
            yield fill_blanks(text, blanks)
        case Shown():
            yield f"$${line_latex(content)}$$"
        case Options(options):
            yield "\n".join(f"- [{'x' if o.right else ' '}] ({o.letter}) {o.text}" for o in options)
            reasons = [(o.letter, f"{o.reason} {shown_by(o.shown_by, language)}".strip()) for o in options]
            yield "\n".join(f"- ({letter}) {reason}" for letter, reason in reasons if reason)
        case Answer(text):
            yield f"**{say('Model answer', language)}.** {text}"
        case Rubric(rows):
            yield "\n".join(
                f"- {say('{}: {}', language, marks(points, language), what)}" for points, what in rows
            )
        case Figure(_, alternative):
            yield f"> **{say('Figure', language)}.** {alternative}"
