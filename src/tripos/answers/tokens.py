"""The words of an answer: numbers, names, commands and symbols, with the place of each."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

MAX_LENGTH = 10_000
"""Longest answer, in characters."""


class Unread(ValueError):
    """An answer that could not be read: the place, what was found there, what was expected."""

    def __init__(self, text: str, place: int, message: str):
        self.text, self.place = text, place
        super().__init__(f"{message}, at character {place + 1} of {_excerpt(text, place)!r}")


def _excerpt(text: str, place: int) -> str:
    start = max(0, place - 30)
    return ("…" if start else "") + text[start : place + 30] + ("…" if len(text) > place + 30 else "")


class Token(NamedTuple):
    """A token: its kind, its text and where it begins."""

    kind: str
    text: str
    place: int


_TOKENS = re.compile(
    r"""(?P<space>(?:\s|~|\\[,;:!\ ]|\\q?quad\b|\\(?:left|right|big|Big|bigg|Bigg)[lr]?(?![A-Za-z])|\$)+)
      | (?P<number>(?:\d+\.\d+|\.\d+|\d+)(?:[eE][-+]?\d{1,3}(?![\d.]))?)
      | (?P<begin>\\begin\{(?:[bpv]?matrix|cases|array)\}(?:\{[lcr|]*\})?)
      | (?P<end>\\end\{(?:[bpv]?matrix|cases|array)\})
      | (?P<row>\\\\|;)
      | (?P<words>\\text\s*\{[^{}]*\})
      | (?P<command>\\[A-Za-z]+|\\[{}|])
      | (?P<power>\*\*|\^)
      | (?P<relation>>=|<=|[<>≥≤])
      | (?P<name>[A-Za-zα-ωΑ-Ω]+)
      | (?P<symbol>[-+*/(){}\[\]|,&_=⌊⌋√'ᵀ·×⋅])
    """,
    re.VERBOSE,
)
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUBSCRIPT = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of plain text, an end marker last; raise Unread at a character without meaning."""
    tokens: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKENS.match(text, place)
        if match is None:
            raise Unread(text, place, f"the character {text[place]!r} has no meaning here")
        kind = match.lastgroup or ""
        if kind != "space":
            tokens.append(Token(kind, match.group(), place))
        place = match.end()
    tokens.append(Token("end of answer", "", place))
    return tokens


def plain(text: str) -> str:
    """Return text with typographic variants made plain, character for character where possible."""
    text = text.replace("−", "-").replace("–", "-")
    text = re.sub("[½⅓⅔¼¾⅛]", lambda m: f"({unicodedata.normalize('NFKC', m[0]).replace('⁄', '/')})", text)
    text = re.sub("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: "^{" + m.group().translate(_SUPERSCRIPT) + "}", text)
    return re.sub("[₀₁₂₃₄₅₆₇₈₉]+", lambda m: "_{" + m.group().translate(_SUBSCRIPT) + "}", text)


def canonical(name: str) -> str:
    """Return the spelling under which names are looked up: ``h1``, ``h_1`` and ``h_{1}`` are one."""
    name = re.sub(r"[{}\\ ,]", "", name)
    return re.sub(r"(?<=[A-Za-z])_?(?=\d)", "", name)
