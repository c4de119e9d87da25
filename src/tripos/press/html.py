"""A worked paper as one page of HTML with native MathML: it opens without a network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html import escape
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
from .markdown import SIGNS, facts, key_latex, marks, proofs

_BLANK = re.compile("\x02(\\d+)\x03")

STYLE = """
:root { --ink: #1c1b1a; --paper: #fffefb; --quiet: #6b665e; --line: #ddd7cc; --mark: #8a1c1c; --wash: #f6f2e9 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9e5dc; --paper: #191817; --quiet: #a39d92; --line: #3a3733; --mark: #e39a8f; --wash: #232120 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 48rem; padding: 2rem 1.25rem 4rem; color: var(--ink); background: var(--paper);
  font: 1.05rem/1.55 Charter, "Bitstream Charter", "Source Serif 4", Georgia, serif }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 .25rem }
h2, h3, h4 { line-height: 1.25; margin: 2.2rem 0 .5rem; display: flex; gap: 1rem; justify-content: space-between; align-items: baseline }
h2 { font-size: 1.35rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem }
h3 { font-size: 1.15rem } h4 { font-size: 1.05rem }
.points, .facts, .convention, .proven { color: var(--quiet); font-size: .9rem; font-weight: normal; white-space: nowrap }
.convention, .proven { font-style: italic; white-space: normal }
.key { border-bottom: 2px solid var(--mark); padding: 0 .2em }
.working, .answer { background: var(--wash); border-left: 3px solid var(--line); padding: .6rem 1rem; margin: .8rem 0; overflow-x: auto }
.line { display: flex; flex-wrap: wrap; align-items: center; gap: .2rem .55rem; margin: .45rem 0 }
.line .stage { display: inline-flex; align-items: center; gap: .4rem; max-width: 100%; overflow-x: auto }
.working p { margin: .6rem 0 .3rem } .working p:first-child { margin-top: 0 }
.options { list-style: none; padding: 0 } .options > li { margin: .5rem 0; padding-left: 1.8rem; text-indent: -1.8rem }
.options .reason { display: block; color: var(--quiet); font-size: .93rem; text-indent: 0 }
.options .right { font-weight: 600 } .box { display: inline-block; width: 1.8rem; text-indent: 0; color: var(--mark) }
.rubric { border-collapse: collapse; font-size: .93rem; color: var(--quiet) } .rubric td { padding: .1rem .8rem .1rem 0; vertical-align: top }
.text table { border-collapse: collapse; margin: .8rem 0; display: block; overflow-x: auto } .text th, .text td { border: 1px solid var(--line); padding: .25rem .7rem; text-align: left }
.erratum { border-left: 3px solid var(--mark); padding: .3rem 1rem; margin: .8rem 0 }
math { font-size: 1.05em } math[display=block] { overflow-x: auto }
@media print {
  :root { --ink: #000; --paper: #fff; --wash: #fff; --quiet: #444 }
  body { max-width: none; padding: 0; font-size: 10.5pt } h2, h3, h4 { break-after: avoid } .line, .options > li, .erratum, tr { break-inside: avoid } }
"""


def html(report: Report) -> str:
    """Return the worked solution of a paper as a page of HTML."""
    body = "\n".join(_body(report))
    language = escape(str(report.meta.get("language", "en")))
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(report.title)}: worked solution</title>\n<style>{STYLE}</style>\n</head>\n"
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


def mathml(latex: str, *, display: bool = False) -> str:
    """Return LaTeX as MathML; what cannot be converted stands as it was written."""
    from latex2mathml.converter import convert

    # A superscript on an environment needs the environment in braces to be one base.
    latex = re.sub(
        r"(\\begin\{([bpv]?matrix)\}(?:(?!\\begin).)*?\\end\{\2\})(?=\s*[\^_])", r"{\1}", latex, flags=re.DOTALL
    )
    try:
        return str(convert(latex, display="block" if display else "inline"))
    except Exception:
        # Any LaTeX may come from a paper; the library raises errors of many kinds on what it cannot read.
        return f"<code>{escape(latex)}</code>"


def _render(text: str, blanks: list[BlankReport]) -> str:
    rendered = str(_markdown().render(text))
    return _BLANK.sub(
        lambda m: f'<span class="key">{mathml(key_latex(blanks[int(m[1])]))}</span>', rendered
    )


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
    if proofs(question):
        yield f'<p class="proven">Proven: {escape("; ".join(proofs(question)))}.</p>'
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
            stages = "".join(
                f'<span class="stage">{mathml(f"{SIGNS[sign]} {piece.latex}")}</span>'
                for sign, piece in content.stages
            )
            yield f'<div class="line"><span class="stage">{mathml(content.symbol.latex)}</span>{stages}</div>'
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
