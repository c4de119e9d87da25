"""A worked paper as one page of HTML with native MathML: it opens without a network."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from html import escape, unescape
from importlib.resources import files
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

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
from .figure import svg
from .markdown import SIGNS, key_latex, space_functions
from .sentences import facts, on_source, proofs, remarks, shown_by, worth
from .words import language_of, say

_BLANK = re.compile("\x02(\\d+)\x03")
_ALLOWED = "default-src 'none'; style-src 'unsafe-inline'"  # no scripts, and nothing from elsewhere


def html(report: Report, *, before: str = "") -> str:
    """Return the worked solution of a paper as a page of HTML; ``before`` is a cover with the title."""
    language = language_of(report)
    title = say("{}: worked solution", language, report.title)
    return page(title, "\n".join([before, *_body(report, covered=bool(before))]).lstrip(), language=language)


def page(title: str, body: str, *, language: str = "en", style: str = "") -> str:
    """Return a page of HTML that needs no other file; ``style`` is added to the press's own."""
    style = (files(__package__) / "page.css").read_text(encoding="utf-8") + style
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_ALLOWED}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n"
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
    written = _TEXT.sub(lambda m: m[0].replace("<", _LESS).replace(">", _GREATER), latex)
    try:
        found = str(convert(written, display="block" if display else "inline"))
    except Exception:
        # Any LaTeX may come from a paper; the library raises errors of many kinds on what it cannot read.
        return f"<code>{escape(latex)}</code>"
    if not _HARMLESS.fullmatch(found):
        return f"<code>{escape(latex)}</code>"
    found = found.replace(_LESS, "&lt;").replace(_GREATER, "&gt;")
    # Brackets of matrices are drawn with borders: without a mathematical font they would not grow.
    found = _MATRIX.sub(r'<mtable class="matrix">\1</mtable>', found)
    found = _VARIANT.sub(_in_unicode, _NAME.sub(r"<mi>\1</mi>", found))
    return found.replace("<math ", '<math displaystyle="true" ', 1) if large else found


_MATRIX = re.compile(r"<mo>&#x0005B;</mo><mtable>((?:(?!<mtable).)*?)</mtable><mo>&#x0005D;</mo>", re.DOTALL)


_NAME = re.compile(r"<mo>([A-Za-z]{2,})</mo>")
"""Names such as softmax: as operators they would stand apart from their arguments."""

_VARIANT = re.compile(r'<(m[in]) mathvariant="(bold|bold-italic|double-struck|script|fraktur)">([^<]*)</\1>')


def _in_unicode(match: re.Match[str]) -> str:
    """Return a letter in the bold, double or other form that Unicode has, since browsers take no other."""
    tag, variant, text = match.groups()
    kind = variant.upper().replace("BOLD-", "BOLD ")
    found = ""
    for letter in unescape(text):
        own = re.sub("LATIN |GREEK |LETTER ", "", unicodedata.name(letter, ""))
        names = (f"MATHEMATICAL {kind} {own}", f"{kind} {own}", f"BLACK-LETTER {own}")
        forms = (form for name in names if (form := _named(name)))
        found += next(forms, letter)
    return f"<{tag}>{found}</{tag}>"


def _named(name: str) -> str:
    """Return the character of a name in Unicode, nothing where there is none."""
    try:
        return unicodedata.lookup(name)
    except KeyError:
        return ""


_TEXT = re.compile(r"\\text\s*\{[^{}]*\}")
_LESS, _GREATER = "\ue000", "\ue001"  # the converter would write the signs themselves into the page

_ELEMENT = (
    "m(?:ath|[inos]|over|padded|phantom|row|frac|sqrt|root|su[bp]|subsup|space|style|text|table|t[dr]"
    "|under|underover)"
)
_HARMLESS = re.compile(
    rf'(?:[^<]|</?{_ELEMENT}(?: (?!href|style|class|on)[a-z]+="[^"<>]*")*\s?/?>)*+', re.DOTALL
)
"""MathML without links, styles and handlers, which the converter makes of some commands and of text."""

_MENDED = (
    # A superscript on an environment needs the environment in braces to be one base.
    (r"(\\begin\{([bpv]?matrix)\}(?:(?!\\begin).)*?\\end\{\2\})(?=\s*[\^_])", r"{\1}"),
)
"""Spellings that the converter reads wrongly, and others that mean the same."""


def prose(text: str, blank: Callable[[int], str]) -> str:
    """Return Markdown of a paper as HTML; ``blank`` gives what stands in each blank, by its number."""
    return _BLANK.sub(lambda m: blank(int(m[1])), str(_markdown().render(text)))


def inline(text: str) -> str:
    """Return a line of Markdown as HTML."""
    return str(_markdown().renderInline(text))


def _render(text: str, blanks: list[BlankReport]) -> str:
    return prose(text, lambda i: f'<span class="key">{mathml(key_latex(blanks[i]))}</span>')


def _body(report: Report, *, covered: bool) -> Iterator[str]:
    language = language_of(report)
    if not covered:
        yield f"<header><h1>{escape(report.title)}</h1>"
        yield f'<p class="facts">{escape(facts(report))}</p></header>'
    for content in report.preface:
        yield from _content(content, [], language)
    yield from (_remark(note, language) for note in report.notes)
    for question in report.questions:
        yield from _question(question, report)


def _question(question: QuestionReport, report: Report) -> Iterator[str]:
    level = min(question.level + 1, 4)
    yield f'<section id="{escape(question.id, quote=True)}">'
    title = titled(question)
    points = escape(worth(question, report))
    yield f'<h{level}><span>{title}</span><span class="points">{points}</span></h{level}>'
    yield from solution(question, language_of(report))
    yield "</section>"


def titled(question: QuestionReport) -> str:
    """Return the number and the title of a question as HTML."""
    return "&ensp;".join(filter(None, (escape(question.number), inline(question.title))))


def solution(question: QuestionReport, language: str) -> Iterator[str]:
    """Yield what stands under a heading: its text with the keys in it, its working, how they were proven."""
    for sentence in remarks(question, language):
        yield f'<p class="convention">{escape(sentence)}</p>'
    working = False
    for content in question.contents:
        inside = isinstance(content, Said | Shown)
        if inside != working:
            yield '<div class="working">' if inside else "</div>"
            working = inside
        yield from _content(content, question.blanks, language)
    if working:
        yield "</div>"
    for sentence in proofs(question, language):
        yield f'<p class="proven">{escape(sentence)}</p>'
    if question.shown_by:
        yield f'<p class="convention">{escape(shown_by(question.shown_by, language))}</p>'
    yield from (_remark(found, language) for found in question.on_source)


def _remark(found: Erratum | Note, language: str) -> str:
    name, text = on_source(found, language)
    kind = "erratum" if isinstance(found, Erratum) else "note"
    word = f"<strong>{escape(name)}.</strong>"
    body = _render(text, [])
    # It begins the first paragraph; before a list or the like it is one of its own.
    body = body.replace("<p>", f"<p>{word} ", 1) if body.startswith("<p>") else f"<p>{word}</p>\n{body}"
    return f'<div class="{kind}">{body}</div>'


def _content(content: Content, blanks: list[BlankReport], language: str) -> Iterator[str]:
    match content:
        case Text(text):
            yield f'<div class="text">{_render(text, blanks)}</div>'
        case Said(text):
            yield f"<p>{inline(text)}</p>"
        case Shown():
            stages = "".join(mathml(f"{SIGNS[sign]} {p.latex}", large=True) for sign, p in content.stages)
            symbol = mathml(content.symbol.latex, large=True)
            yield f'<div class="line">{symbol}<div class="stages">{stages}</div></div>'
        case Options(options):
            yield '<ul class="options">'
            for option in options:
                box, right = ("■", ' class="right"') if option.right else ("□", "")
                why = f"{option.reason} {shown_by(option.shown_by, language)}".strip()
                reason = f'<span class="reason">{inline(why)}</span>' if why else ""
                text = f"<span{right}>({option.letter}) {inline(option.text)}</span>"
                yield f'<li><span class="box">{box}</span>{text}{reason}</li>'
            yield "</ul>"
        case Answer(text):
            yield f'<div class="answer">{_render(text, [])}</div>'
        case Rubric(rows):
            yield '<table class="rubric">'
            for points, what in rows:
                yield f"<tr><td>{points}</td><td>{inline(what)}</td></tr>"
            yield "</table>"
        case Figure():
            yield f"<figure>{svg(content)}</figure>"
