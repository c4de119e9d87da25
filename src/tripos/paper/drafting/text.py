"""Lines of an old exam as text of a paper: nothing in them is taken for a blank, a heading or a block."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from .marks import bulleted, images_in, without_bullet
from .rows import Row

_TAGS = re.compile(r"</?(?:b|strong)>", re.IGNORECASE)
_RULE = re.compile(r"(?:=+|-+|_{3,}|\*{3,})\s*$")
_CONTAINERS = re.compile(r"^(?:(?:[>*+-]|\d{1,9}[.)])\s*)*")
_FIGURE = re.compile(r"\b(?:figure|diagram|depicted|drawing|abbildung|figura)\b", re.IGNORECASE)
_BARE_LATEX = re.compile(r"\\(?:mathbf|boldsymbol|frac|sqrt|sum|odot|theta|sigma|alpha|beta|mathcal)\b")
_MATHEMATICS = re.compile(r"\$\$.*?\$\$|\$[^$\n]*\$", re.DOTALL)


def inline(text: str) -> str:
    """Return text in which nothing is a blank, an insert or a comment."""
    text = re.sub(r"\[(?=\[)", "[ ", _TAGS.sub("**", text))
    text = re.sub(r"\{(?=\{)", "{ ", text)
    return text.replace("<!--", "<! --").replace("-->", "-- >")


def comment(kind: str, text: str) -> str:
    """Return a comment for the authors of the paper, which is not printed."""
    safe = re.sub(r"-{2,}", "-", " ".join(text.split())).replace(">", "›").replace("<", "‹")
    return f"<!-- {kind}: {safe} -->"


def line(text: str) -> str:
    """Return one line of text that begins no heading, block, option or HTML."""
    bare = inline(text.strip())
    if heading := re.match(r"#{1,6}(?:\s+|$)(.*)", bare):
        title = heading[1].strip("# *")
        return f"**{title}**" if title else ""
    if bulleted(text):
        bare = "* " + inline(without_bullet(text).strip())
    if _RULE.match(bare):
        return "" if len(bare) > 2 else "\\" + bare
    head = _CONTAINERS.match(bare)
    start = head.end() if head else 0
    rest = bare[start:]
    if rest.startswith(("<", "```", "~~~", "#")) or re.match(r"\[[ xX]\]", rest):
        rest = "\\" + rest
    return bare[:start] + rest


def prose(rows: list[Row]) -> str:
    """Return rows as Markdown: text, tables, code, and a comment for each image that is missing."""
    return "\n".join(_prose(rows)).strip("\n")


def _prose(rows: list[Row]) -> Iterator[str]:
    i = 0
    while i < len(rows):
        if rows[i].code or rows[i].table:
            code, end = rows[i].code, i
            while end < len(rows) and (rows[end].code if code else _goes_on(rows[end])):
                end += 1
            yield ""
            yield from fenced("", [inline(row.text) for row in rows[i:end]]) if code else table(rows[i:end])
            yield ""
            i = end
            continue
        names, rest = images_in(rows[i].text)
        for name in names:
            yield f"\n{comment('missing', f'image {name!r}, line {rows[i].line} of the old exam')}\n"
        written = line(rest)
        yield written
        i += 1


def _goes_on(row: Row) -> bool:
    """Say whether a row belongs to the table above it: its last cells may be empty."""
    return row.table or (not row.code and not row.empty and "\t" in row.text)


def fenced(word: str, lines: list[str]) -> list[str]:
    """Return lines in a fence that nothing in them closes."""
    longest = max((len(run) for text in lines for run in re.findall(r"`+", text)), default=0)
    marks = "`" * max(3, longest + 1)
    return [marks + word, *lines, marks]


def table(rows: list[Row]) -> list[str]:
    """Return rows whose cells stand between tabs as a table."""
    cells = [[inline(cell.strip()).replace("|", r"\|") for cell in row.text.split("\t")] for row in rows]
    width = max(len(row) for row in cells)
    if width > 60:
        return [line(" ".join(row)) for row in cells]
    lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in cells]
    return [lines[0], "|" + "---|" * width, *lines[1:]]


def doubts_about(rows: list[Row], *, images: bool = True) -> Iterator[tuple[int, str]]:
    """Yield what seems to be missing from a text or odd about it, each with its line."""
    text = "\n".join(row.text for row in rows if not row.code)
    if not rows or not text.strip():
        return
    if images and (figure := _FIGURE.search(text)) and not any(images_in(row.text)[0] for row in rows):
        yield _at(rows, figure.group()), f"the text says {figure.group()!r}, but there is no image here"
    plain = _MATHEMATICS.sub("", text)
    if latex := _BARE_LATEX.search(plain):
        yield _at(rows, latex.group()), f"LaTeX stands outside of dollars, such as {latex.group()}"
    filled = [row for row in rows if not row.empty]
    for row, after in pairwise(filled):
        if row.text.rstrip().endswith(":") and re.match(r"\s*where\b", after.text):
            yield row.line, "something is missing after the colon"
    gap = 0
    for row in rows[: rows.index(filled[-1]) + 4]:
        gap = gap + 1 if row.empty else 0
        if gap == 3:
            yield row.line, "several lines are empty; an image may have stood here"


def _at(rows: list[Row], piece: str) -> int:
    return next((row.line for row in rows if piece in row.text), rows[0].line)
