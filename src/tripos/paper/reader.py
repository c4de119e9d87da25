"""A Markdown file to a paper: structure and attributes only; nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from .diagnostic import Diagnostic, Fault
from .fences import check_name, check_place, is_block, read_block
from .front_matter import read_front_matter
from .headings import read_heading
from .model import Paper, Prose, Question
from .numbering import identify, number
from .options import is_option, read_choice

MAX_BYTES = 250_000
"""Largest paper that is read."""

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_NAMED_BLANK = re.compile(r"\[\[\s*[A-Za-z_]\w*\s*(?:\|[^\]\n]*)?\]\]")


def load(path: Path) -> str:
    """Return the text of a paper; raise Fault where it is no text or too large."""

    def reject(message: str, line: int = 1, **details: str) -> Fault:
        return Fault(Diagnostic("error", str(path), line, message, **details))

    try:
        size = path.stat().st_size
        data = b"" if size > MAX_BYTES else path.read_bytes()
    except OSError as error:
        raise reject(f"cannot read the paper: {error.strerror}", help="check the path") from None
    if size > MAX_BYTES:
        raise reject(
            "the file is too large to be a paper",
            found=f"{size:,} bytes",
            expected=f"at most {MAX_BYTES:,} bytes",
        )
    if not data.strip():
        raise reject("the file is empty", help="tripos new writes a template to start from")
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise reject("the file is binary", line, found="a NUL byte", expected="Markdown in UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise reject(
            "the file is not UTF-8",
            data[: error.start].count(b"\n") + 1,
            found=f"byte 0x{data[error.start]:02x} at offset {error.start}",
            expected="UTF-8",
            help="save it as UTF-8 in your editor",
        ) from None


def read_paper(text: str, path: str) -> tuple[Paper, list[Diagnostic]]:
    """Return the paper that ``text`` describes, and everything found wrong with its form."""
    return _Reader(text, path).read()


@cache
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": 40}).enable("table")
    return parser.use(front_matter_plugin)


class _Reader:
    def __init__(self, text: str, path: str):
        self.lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.paper = Paper(path)
        self.found: list[Diagnostic] = []
        self.open: list[Question] = []
        self.ids: dict[str, int] = {}

    def report(self, line: int, message: str, severity: Any = "error", **details: str) -> None:
        self.found.append(Diagnostic(severity, self.paper.path, line, message, **details))

    def read(self) -> tuple[Paper, list[Diagnostic]]:
        tokens = _markdown().parse("\n".join(self.lines))
        if not tokens or tokens[0].type != "front_matter":
            self.report(
                1,
                "the paper has no front matter",
                found=repr(self.lines[0][:60]),
                expected="--- on the first line, YAML, and --- again",
                help="tripos new writes a template to start from",
            )
        for start, end, block in _top_level(tokens):
            self.add(start, end, block)
        self.finish()
        if not self.paper.parts:
            self.report(1, "the paper has no questions", expected="headings such as ## Title {points=4}")
        return self.paper, self.found

    # -- blocks --

    def add(self, start: int, end: int, block: list[Token]) -> None:
        kind = block[0].type
        if kind == "front_matter":
            self.front_matter(block[0])
        elif kind == "heading_open":
            self.heading(start, block)
        elif kind == "fence" and self.fence(start, end, block[0]):
            pass
        elif kind == "bullet_list_open" and any(is_option(t) for t in block):
            self.items().append(read_choice(start, block, self.paper.languages, self.report))
        else:
            self.prose(start, end)

    def items(self) -> list[Any]:
        return self.open[-1].items if self.open else self.paper.preface

    def prose(self, start: int, end: int) -> None:
        text = _COMMENT.sub(_blank_out, "\n".join(self.lines[start:end])).rstrip()
        for line, formula in Prose(start + 1, text).formulas():
            if blank := _NAMED_BLANK.search(formula):
                self.report(
                    line,
                    "a blank cannot stand between dollars",
                    found=blank[0],
                    help="end the mathematics before it: $z =$ [[z]]",
                )
        items = self.items()
        if items and isinstance(items[-1], Prose):
            before = items[-1]
            gap = "\n" * (start - before.line - before.text.count("\n") + 1)
            items[-1] = Prose(before.line, before.text + gap + text)
        elif text:
            items.append(Prose(start + 1, text))

    def front_matter(self, token: Token) -> None:
        found = read_front_matter(token.content, self.lines, self.report)
        paper = self.paper
        paper.meta, paper.policy, paper.streams, paper.languages, paper.numbering, paper.words = found

    def heading(self, start: int, block: list[Token]) -> None:
        level = int(block[0].tag[1])
        while self.open and self.open[-1].level >= level:
            self.open.pop()
        above = self.open[-1] if self.open else None
        question = read_heading(block[1].content, level, start + 1, above, self.paper, self.report)
        question.id = self.claim(question.id, start + 1)
        (above.children if above else self.paper.parts).append(question)
        self.open.append(question)

    def claim(self, name: str, line: int) -> str:
        """Take an id that is given; report one that is taken."""
        if name and name in self.ids:
            self.report(line, f"the id {name!r} is taken", found=f"first used in line {self.ids[name]}")
            return ""
        if name:
            self.ids[name] = line
        return name

    def fence(self, start: int, end: int, token: Token) -> bool:
        """Add a fenced block of the paper; return False where the fence is prose."""
        last = self.lines[end - 1].strip()
        closing = rf"{re.escape(token.markup[0])}{{{len(token.markup)},}}"
        if end - 1 == start or not re.fullmatch(closing, last):
            name = token.info.strip().partition(" ")[0] or "code"
            message = f"the {name} block that begins here is never closed"
            self.report(start + 1, message, expected=f"a line {token.markup}")
        if not is_block(token):
            check_name(token, start + 1, self.report)
            return False
        block = read_block(token, start + 1, self.paper.languages, self.report)
        if block.kind in ("erratum", "figure", "text") and not token.content.strip():
            self.report(start + 1, f"the {block.kind} block is empty")
        elif block.kind == "figure" and not self.open:
            self.report(start + 1, "a figure stands under a heading", help="move it below the first heading")
        else:
            check_place(block, self.items(), self.report)
            self.items().append(block)
        return True

    # -- numbers --

    def finish(self) -> None:
        """Number the headings, name those without an id, and find those that candidates answer."""
        number(self.paper.parts, self.paper.numbering)
        identify(self.paper.walk(), self.ids)
        for question in self.paper.walk():
            below = [q for q in question.walk() if q is not question]
            carries = question.points is not None and not question.sheet
            question.leaf = carries and all(q.points is None for q in below)
            for child in question.children:
                child.above = question.id


def _blank_out(match: re.Match[str]) -> str:
    """Return the line breaks of a comment alone, so that what follows keeps its line."""
    return "\n" * match[0].count("\n")


def _top_level(tokens: list[Token]) -> Iterator[tuple[int, int, list[Token]]]:
    """Yield each block of the document: its first line, the line after its last, its tokens."""
    depth, begun = 0, 0
    for i, token in enumerate(tokens):
        if depth == 0:
            begun = i
        depth += token.nesting
        if depth == 0:
            start, end = tokens[begun].map or (0, 0)
            yield start, end, tokens[begun : i + 1]
