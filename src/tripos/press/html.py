"""A worked paper as one page of HTML with native MathML: it opens without a network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

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
from .markdown import SIGNS, facts, key_latex, marks, proofs, space_functions

_BLANK = re.compile("\x02(\\d+)\x03")


def html(report: Report) -> str:
    """Return the worked solution of a paper as a page of HTML."""
    body = "\n".join(_body(report))
    style = (files(__package__) / "page.css").read_text(encoding="utf-8")
    language = escape(str(report.meta.get("language", "en")))
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(report.title)}: worked solution</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


@cache
def _markdown() -> Any:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    return parser.use(
        dollarmath_plugin,
        allow_space=False,
        double_inline=True,
        renderer=lambda latex, options: mathml(latex, display=options["display_mode"]),
    )


def mathml(latex: str, *, display: bool = False, large: bool = False) -> str:
    """Return LaTeX as MathML; what cannot be converted stands as it was written.

    ``display`` sets it on a line of its own, ``large`` in the size of such a line.
    """
    from latex2mathml.converter import convert

    latex = space_functions(latex)
    for pattern, replacement in _MENDED:
        latex = re.sub(pattern, replacement, latex, flags=re.DOTALL)
    try:
        found = str(convert(latex, display="block" if display else "inline"))
    except Exception:
        # Any LaTeX may come from a paper; the library raises errors of many kinds on what it cannot read.
        return f"<code>{escape(latex)}</code>"
    # Brackets of matrices are drawn with borders: without a mathematical font they would not grow.
    found = _MATRIX.sub(r'<mtable class="matrix">\1</mtable>', found)
    return found.replace("<math ", '<math displaystyle="true" ', 1) if large else found


_MATRIX = re.compile(r"<mo>&#x0005B;</mo><mtable>((?:(?!<mtable).)*?)</mtable><mo>&#x0005D;</mo>", re.DOTALL)


_MENDED = (
    # A superscript on an environment needs the environment in braces to be one base.
    (r"(\\begin\{([bpv]?matrix)\}(?:(?!\\begin).)*?\\end\{\2\})(?=\s*[\^_])", r"{\1}"),
    # Only a braced letter is turned into the bold letter of Unicode, which browsers show.
    (r"\\mathbf\s*([A-Za-z])", r"\\mathbf{\1}"),
)
"""Spellings that the converter reads wrongly, and others that mean the same."""


def _render(text: str, blanks: list[BlankReport]) -> str:
    rendered = str(_markdown().render(text))
    return _BLANK.sub(lambda m: f'<span class="key">{mathml(key_latex(blanks[int(m[1])]))}</span>', rendered)


def _inline(text: str) -> str:
    return str(_markdown().renderInline(text))


def _body(report: Report) -> Iterator[str]:
    yield f"<header><h1>{escape(report.title)}</h1>"
    yield f'<p class="facts">{escape(facts(report))}</p></header>'
    for content in report.preface:
        yield from _content(content, [])
    for question in report.questions:
        yield from _question(question)


def _question(question: QuestionReport) -> Iterator[str]:
    level = min(question.level + 1, 4)
    yield f'<section id="{escape(question.id, quote=True)}">'
    title = f"{escape(question.number)}&ensp;{_inline(question.title)}"
    yield f'<h{level}><span>{title}</span><span class="points">{marks(question.points)}</span></h{level}>'
    for sentence in question.conventions:
        yield f'<p class="convention">{escape(sentence)}</p>'
    working = False
    for content in question.contents:
        inside = isinstance(content, Said | Shown)
        if inside != working:
            yield '<div class="working">' if inside else "</div>"
            working = inside
        yield from _content(content, question.blanks)
    if working:
        yield "</div>"
    for sentence in proofs(question):
        yield f'<p class="proven">{escape(sentence)}</p>'
    for erratum in question.errata:
        yield f'<p class="erratum"><strong>Erratum.</strong> {_inline(erratum)}</p>'
    yield "</section>"


def _content(content: Content, blanks: list[BlankReport]) -> Iterator[str]:
    match content:
        case Text(text):
            yield f'<div class="text">{_render(text, blanks)}</div>'
        case Said(text):
            yield f"<p>{_inline(text)}</p>"
        case Shown():
            stages = "".join(mathml(f"{SIGNS[sign]} {p.latex}", large=True) for sign, p in content.stages)
            symbol = mathml(content.symbol.latex, large=True)
            yield f'<div class="line">{symbol}<div class="stages">{stages}</div></div>'
        case Options(options):
            yield '<ul class="options">'
            for option in options:
                box, right = ("■", ' class="right"') if option.right else ("□", "")
                reason = f'<span class="reason">{_inline(option.reason)}</span>' if option.reason else ""
                text = f"<span{right}>({option.letter}) {_inline(option.text)}</span>"
                yield f'<li><span class="box">{box}</span>{text}{reason}</li>'
            yield "</ul>"
        case Answer(text):
            yield f'<div class="answer">{_render(text, [])}</div>'
        case Rubric(rows):
            yield '<table class="rubric">'
            for points, what in rows:
                yield f"<tr><td>{points}</td><td>{_inline(what)}</td></tr>"
            yield "</table>"
