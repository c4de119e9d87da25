"""A worked paper as Markdown with LaTeX between dollars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..paper.report import (
    Answer,
    BlankReport,
    Content,
    Figure,
    Options,
    QuestionReport,
    Report,
    Rubric,
    Said,
    Shown,
    Text,
)

SIGNS = {"=": "=", "≈": r"\approx"}
_BLANK = re.compile("\x02(\\d+)\x03")


def markdown(report: Report) -> str:
    """Return the worked solution of a paper as Markdown."""
    return "\n\n".join(_paper(report)).rstrip() + "\n"


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
    return _BLANK.sub(lambda m: write.format(f"${key_latex(blanks[int(m[1])])}$"), text)


def marks(points: int | None) -> str:
    """Return points as people write them."""
    return "" if points is None else f"{points} point{'' if points == 1 else 's'}"


def facts(report: Report) -> str:
    """Return the line under the title: course, date, duration, points."""
    parts = [str(report.meta[key]) for key in ("course", "date") if report.meta.get(key)]
    parts += [f"version {report.meta['version']}"] if report.meta.get("version") else []
    parts += [f"{report.minutes} minutes"] if report.minutes else []
    if len(report.streams) > 1:
        parts += [", ".join(f"{marks(points)} for {stream}" for stream, points in report.streams.items())]
    elif report.points:
        parts += [marks(report.points) + "".join(f" for {stream}" for stream in report.streams)]
    return " · ".join(parts)


def audience(question: QuestionReport, report: Report) -> str:
    """Return for which streams a heading is, nothing where it is for all or the heading above says it."""
    number, _, _ = question.number.rpartition(".")
    above = next((q.streams for q in report.questions if q.number == number), ())
    if not question.streams or question.streams == above or len(report.streams) < 2:
        return ""
    return f"for {' and '.join(question.streams)} only"


def worth(question: QuestionReport, report: Report) -> str:
    """Return what stands beside a title: its points, and for whom it is."""
    return ", ".join(filter(None, (marks(question.points), audience(question, report))))


def shown_by(names: Sequence[str]) -> str:
    """Return the remark that experiments are to show a claim, nothing where there are none."""
    return f"To be shown by {' and '.join(names)}." if names else ""


def line_latex(line: Shown) -> str:
    """Return a line of working as one formula."""
    return " ".join([line.symbol.latex, *(f"{SIGNS[sign]} {piece.latex}" for sign, piece in line.stages)])


def proofs(question: QuestionReport) -> list[str]:
    """Return sentences that say how the keys of a question were shown to be right, or that they were not."""
    proven = dict.fromkeys(how for blank in question.blanks if blank.proven for how in blank.proof)
    stated = dict.fromkeys(how for blank in question.blanks if not blank.proven for how in blank.proof)
    sentences = [f"Proven: {'; '.join(proven)}."] if proven else []
    return sentences + ([f"Not proven: {'; '.join(stated)}."] if stated else [])


def _paper(report: Report) -> Iterator[str]:
    yield f"# {report.title}"
    if facts(report):
        yield f"*{facts(report)}*"
    for content in report.preface:
        yield from _content(content, [])
    yield from map(_erratum, report.errata)
    for question in report.questions:
        yield from _question(question, report)


def _question(question: QuestionReport, report: Report) -> Iterator[str]:
    points = f" ({worth(question, report)})" if worth(question, report) else ""
    yield f"{'#' * min(question.level + 1, 6)} {question.number} {question.title}{points}"
    for sentence in question.conventions:
        yield f"*{sentence}*"
    for content in question.contents:
        yield from _content(content, question.blanks)
    for sentence in proofs(question):
        yield f"*{sentence}*"
    if question.shown_by:
        yield f"*{shown_by(question.shown_by)}*"
    yield from map(_erratum, question.errata)


def _erratum(note: str) -> str:
    return "> **Erratum.** " + note.replace("\n", "\n> ")


def _content(content: Content, blanks: list[BlankReport]) -> Iterator[str]:
    match content:
        case Text(text) | Said(text):
            yield fill_blanks(text, blanks)
        case Shown():
            yield f"$${line_latex(content)}$$"
        case Options(options):
            yield "\n".join(f"- [{'x' if o.right else ' '}] ({o.letter}) {o.text}" for o in options)
            reasons = [(o.letter, f"{o.reason} {shown_by(o.shown_by)}".strip()) for o in options]
            yield "\n".join(f"- ({letter}) {reason}" for letter, reason in reasons if reason)
        case Answer(text):
            yield f"**Model answer.** {text}"
        case Rubric(rows):
            yield "\n".join(f"- {marks(points)}: {what}" for points, what in rows)
        case Figure(_, alternative):
            yield f"> **Figure.** {alternative}"
