"""A Markdown file to a paper: structure and attributes only; nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.attrs.parse import ParseError, parse
from mdit_py_plugins.front_matter import front_matter_plugin

from .diagnostic import Diagnostic, Fault, nearest
from .front_matter import read_front_matter
from .model import BLOCKS, Block, Choice, Option, Paper, Prose, Question

MAX_BYTES = 250_000
"""Largest paper that is read."""

HEADING_ATTRIBUTES = ("id", "points", "answer", "accept", "stream", "sheet", "shown-by")
_CHECKBOX = re.compile(r"\[( |x|X)\]\s+")
_HIDDEN, _SHOWN = str.maketrans("{}", "\ue000\ue001"), str.maketrans("\ue000\ue001", "{}")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_NAMED_BLANK = re.compile(r"\[\[\s*[A-Za-z_]\w*\s*(?:\|[^\]\n]*)?\]\]")
_ATTRIBUTES = re.compile(r"""\s*(\{(?:[^{}"]|"[^"]*")*\})\s*$""")


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


def attributes(braces: str) -> dict[str, str]:
    """Return what stands in ``{#id .class key=value}``; raise ValueError where it cannot be read."""
    # The parser takes no braces between quotes, where mathematics has them.
    quoted = re.sub(r'"[^"]*"', lambda m: m[0].translate(_HIDDEN), braces)
    try:
        end, found = parse(quoted)
    except ParseError as error:
        raise ValueError(f"cannot read the attributes {braces}") from error
    if end != len(braces) - 1:
        raise ValueError(f"cannot read the attributes {braces}")
    return {key: value.translate(_SHOWN) for key, value in found.items()}


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
        self.number()
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
        elif kind == "bullet_list_open" and any(_is_option(t) for t in block):
            self.choice(start, block)
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
        self.paper.meta, self.paper.policy, self.paper.streams, self.paper.languages = found

    def heading(self, start: int, block: list[Token]) -> None:
        line, level = start + 1, int(block[0].tag[1])
        title, attrs = self.split_attributes(block[1].content, line)
        known = [*HEADING_ATTRIBUTES, *self.paper.languages]
        if attrs.get("class") == "sheet":
            attrs["sheet"] = "yes"
            del attrs["class"]
        for key in attrs:
            if key not in known:
                self.report(line, f"a heading has no attribute {key!r}", help=nearest(key, known))
        for words in (title, *(attrs.get(language, "") for language in self.paper.languages)):
            if "[[" in words:
                found, help = words, "put it into the text"
                self.report(line, "a blank cannot stand in a heading", found=found, help=help)
        question = Question(self.claim(attrs.get("id", ""), line), title, level, line, attrs)
        question.points = self.points(attrs.get("points"), line)
        while self.open and self.open[-1].level >= level:
            self.open.pop()
        above = self.open[-1] if self.open else None
        (above.children if above else self.paper.parts).append(question)
        self.open.append(question)
        question.streams = self.streams(attrs.get("stream"), above, line)
        question.sheet = self.sheet(attrs.get("sheet"), line) or (above is not None and above.sheet)
        if question.sheet and question.points:
            self.report(line, "a sheet carries no points", found=f"{question.points} points")
        question.titles = {key: attrs[key] for key in self.paper.languages if key in attrs}
        self.shown_by(attrs, line)

    def streams(self, text: str | None, above: Question | None, line: int) -> tuple[str, ...]:
        """Return the streams that a heading is for: those it names, or those of the heading above."""
        inherited = above.streams if above else ()
        if text is None:
            return inherited
        known, found = list(self.paper.streams), []
        for name in text.split():
            if not known:
                self.report(
                    line,
                    f"no stream is called {name!r}",
                    found="a front matter without streams",
                    help="add to the front matter: streams: {M1: 25, M2: 35}, names and their points",
                )
            elif name not in known:
                self.report(line, f"no stream is called {name!r}", help=nearest(name, known))
            elif inherited and name not in inherited:
                self.report(
                    line,
                    f"the heading above is not for {name}",
                    found=f"it is for {' and '.join(inherited)} only",
                )
            else:
                found.append(name)
        if not text.split():
            self.report(line, "stream names no stream", expected='stream=M2 or stream="M1 M2"')
        return tuple(name for name in known if name in found) or inherited

    def sheet(self, text: str | None, line: int) -> bool:
        if text not in (None, "yes", "no"):
            self.report(line, "sheet must be yes or no", found=repr(text), expected="{.sheet} or {sheet=yes}")
        return text == "yes"

    def shown_by(self, attrs: dict[str, str], line: int) -> None:
        """Check the form of the names of the experiments that are to show a claim."""
        names = attrs.get("shown-by")
        if names is not None and not re.fullmatch(r"[A-Za-z0-9][\w-]*( +[A-Za-z0-9][\w-]*)*", names):
            self.report(
                line,
                "shown-by names no experiment",
                found=repr(names),
                expected='letters, digits and hyphens, such as shown-by="dead-units"',
            )

    def claim(self, name: str, line: int) -> str:
        """Take an id that is given; report one that is taken."""
        if name and name in self.ids:
            self.report(line, f"the id {name!r} is taken", found=f"first used in line {self.ids[name]}")
            return ""
        if name:
            self.ids[name] = line
        return name

    def identify(self, question: Question) -> None:
        """Give a heading without an id one made from its title."""
        base = re.sub(r"[^a-z0-9]+", "-", question.title.lower()).strip("-") or "question"
        name, count = base, 1
        while name in self.ids:
            count += 1
            name = f"{base}-{count}"
        self.ids[name] = question.line
        question.id = name

    def points(self, text: str | None, line: int) -> int | None:
        if text is None:
            return None
        if not re.fullmatch(r"\d{1,4}", text):
            self.report(line, "points must be a whole number", found=repr(text))
            return None
        return int(text)

    def split_attributes(self, text: str, line: int) -> tuple[str, dict[str, str]]:
        match = _ATTRIBUTES.search(text)
        if match is None or match[1] == "{}":
            return text, {}
        try:
            return text[: match.start()], attributes(match[1])
        except ValueError as error:
            self.report(
                line, str(error), expected='{#id points=4}, {erratum="why"} or {holds="a"}, in double quotes'
            )
            return text[: match.start()], {}

    def fence(self, start: int, end: int, token: Token) -> bool:
        """Add a fenced block of the paper; return False where the fence is prose."""
        word, _, rest = token.info.strip().partition(" ")
        last = self.lines[end - 1].strip()
        if end - 1 == start or not re.fullmatch(
            rf"{re.escape(token.markup[0])}{{{len(token.markup)},}}", last
        ):
            self.report(
                start + 1,
                f"the {word or 'code'} block that begins here is never closed",
                expected=f"a line {token.markup}",
            )
        if word not in BLOCKS or (word == "text" and "lang=" not in rest):
            if word not in BLOCKS and nearest(word, list(BLOCKS)).startswith("did you mean"):
                self.report(
                    start + 1, f"no block is called {word!r}", "warning", help=nearest(word, list(BLOCKS))
                )
            return False
        _, attrs = self.split_attributes(" " + rest, start + 1) if rest.strip() else ("", {})
        for key in attrs:
            if (word, key) not in (("published", "erratum"), ("figure", "alt"), ("text", "lang")):
                self.report(start + 1, f"a {word} block has no attribute {key!r}")
        if word == "text":
            self.check_text(start + 1, attrs.get("lang", ""), token.content)
        if word in ("erratum", "figure", "text") and not token.content.strip():
            self.report(start + 1, f"the {word} block is empty")
            return True
        if word == "figure" and not self.open:
            self.report(start + 1, "a figure stands under a heading", help="move it below the first heading")
            return True
        self.items().append(Block(word, start + 2, token.content, attrs))
        return True

    def check_text(self, line: int, language: str, text: str) -> None:
        """Check a text that is for one language."""
        known = list(self.paper.languages)
        if not known:
            self.report(
                line,
                "the paper has one language",
                found=f"a text in {language!r}",
                help=f"add to the front matter: languages: [en, {language}], with all that it has",
            )
        elif language not in known:
            self.report(line, f"the paper has no language {language!r}", help=nearest(language, known))
        if Prose(line + 1, text).blanks():
            self.report(
                line,
                "a blank cannot stand in a text for one language",
                help="put it below, where it stands for all",
            )

    def choice(self, start: int, block: list[Token]) -> None:
        options = []
        for open_at, close_at in _spans(block, "list_item_open", "list_item_close", level=1):
            inner = [t for t in block[open_at:close_at] if t.type == "inline"]
            item_line = (block[open_at].map or [start])[0] + 1
            if not inner or not (box := _CHECKBOX.match(inner[0].content)):
                self.report(
                    item_line,
                    "an option begins with [ ] or [x]",
                    found=inner[0].content if inner else "nothing",
                )
                continue
            text, attrs = self.split_attributes(inner[0].content[box.end() :], item_line)
            for key in attrs:
                if key not in ("holds", "shown-by"):
                    self.report(
                        item_line, f"an option has no attribute {key!r}", help="did you mean 'holds'?"
                    )
            self.shown_by(attrs, item_line)
            reason = "\n\n".join(t.content for t in inner[1:])
            options.append(Option(item_line, box[1] != " ", text, reason, attrs))
        self.items().append(Choice(start + 1, tuple(options)))

    # -- numbers --

    def number(self) -> None:
        """Number parts I, II, ..., and what stands in them 1, 2, ...; a paper without parts starts at 1."""
        for i, part in enumerate(self.paper.parts, 1):
            part.number = _roman(i) if part.level == 1 else str(i)
            self.number_children(part)
        for question in self.paper.walk():
            if not question.id:
                self.identify(question)
            below = [q for q in question.walk() if q is not question]
            carries = question.points is not None and not question.sheet
            question.leaf = carries and all(q.points is None for q in below)

    def number_children(self, question: Question) -> None:
        for i, child in enumerate(question.children, 1):
            child.number = f"{question.number}.{i}"
            self.number_children(child)


def _blank_out(match: re.Match[str]) -> str:
    """Return the line breaks of a comment alone, so that what follows keeps its line."""
    return "\n" * match[0].count("\n")


def _roman(n: int) -> str:
    text = ""
    for value, letters in zip((50, 40, 10, 9, 5, 4, 1), "L XL X IX V IV I".split(), strict=True):
        text += letters * (n // value)
        n %= value
    return text


def _is_option(token: Token) -> bool:
    return token.type == "inline" and _CHECKBOX.match(token.content) is not None


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


def _spans(tokens: list[Token], opening: str, closing: str, level: int) -> Iterator[tuple[int, int]]:
    begun = 0
    for i, token in enumerate(tokens):
        if token.type == opening and token.level == level:
            begun = i
        elif token.type == closing and token.level == level:
            yield begun, i
