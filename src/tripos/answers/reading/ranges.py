"""Sets and intervals: {1, 2, 3}, [0, 1), ]0, 1], x ≥ 0."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..declared import Declared
from .grammar import Expr, Parser
from .tokens import Tokens, Unread, tokens_of
from .understanding import names_of

_EMPTY = re.compile(r"\s*\$?\s*(?:\\emptyset|\\varnothing|∅|\{\s*\}|\\\{\s*\\\})\s*\$?\s*\.?\s*")
_OPPOSITE = {"<": ">", ">": "<", "≤": "≥", "≥": "≤"}


def parse_set(text: str, names: Mapping[str, Declared], *, locale: str = "point") -> list[Expr]:
    """Return the entries of {1, 2, 3}, of 1, 2, 3, or of 1; 2; 3; raise Unread where it is none of these."""
    if _EMPTY.fullmatch(text):
        return []
    tokens = _prepared(text, locale)
    p = Parser(tokens, *names_of(names))
    closing = {"{": "}", "\\{": "\\}"}.get(p.w[0])
    p.at = int(closing is not None)
    entries = [p.inner(p.conditional)]
    while p.take(",") or p.take(";"):
        entries.append(p.inner(p.conditional))
    if closing is not None:
        p.need(closing)
    _end(p)
    return entries


def parse_interval(
    text: str, names: Mapping[str, Declared], *, locale: str = "point"
) -> tuple[Expr | None, Expr | None, bool, bool]:
    """Return the ends of an interval and whether they belong to it; None is an end at infinity.

    Reads [0, 1), ]0, 1[, (0, ∞), 0 ≤ x < 1 and x ≥ 0, with any name in the middle.  Raise Unread elsewhere.
    """
    tokens = _prepared(text, locale)
    p = Parser(tokens, *names_of(names))
    if tokens.words[0] in ("[", "]", "(") and tokens.words[_last(tokens)] in ("[", "]", ")"):
        return _bracketed(p)
    return _related(p)


def _prepared(text: str, locale: str) -> Tokens:
    tokens = tokens_of(text, comma=locale == "comma")
    for at, word in enumerate(tokens.words[:-2]):  # "x ∈ [0, 1]"
        if word == "∈" and at <= 4:
            shorter = Tokens(text)
            for here in range(at + 1, len(tokens.words)):
                shorter.put(tokens.kinds[here], tokens.words[here], tokens.starts[here], tokens.ends[here])
            return shorter
    return tokens


def _last(tokens: Tokens) -> int:
    at = len(tokens.words) - 2
    return at - 1 if at > 0 and tokens.words[at] == "." else at


def _bracketed(p: Parser) -> tuple[Expr | None, Expr | None, bool, bool]:
    last = _last(p.t)
    low_closed, high_closed = p.w[0] == "[", p.w[last] == "]"
    p.k[last], p.w[last] = "o", ")"
    p.at = 1
    low = p.inner(p.sum)
    if not p.take(",") and not p.take(";"):
        raise p.fail("',' between the ends of an interval")
    high = p.inner(p.sum)
    if p.at != last:
        raise p.fail("the end of the interval")
    p.at += 1
    _end(p)
    ends = _finite(low), _finite(high)
    return *ends, low_closed and ends[0] is not None, high_closed and ends[1] is not None


def _related(p: Parser) -> tuple[Expr | None, Expr | None, bool, bool]:
    """Read a chain of one or two relations around a name, such as 0 ≤ x < 1."""
    parts: list[tuple[int, Expr | None]] = []
    signs: list[str] = []
    while True:
        start = p.at
        alone = (
            p.k[p.at] == "w" and p.k[p.at + 1] in ("", "o") and p.w[p.at + 1] in ("<", ">", "≤", "≥", "", ".")
        )
        if alone and p.w[p.at] not in ("\\infty", "\\pi", "e"):
            p.at += 1
            parts.append((start, None))
        else:
            parts.append((start, p.inner(p.sum)))
        if p.w[p.at] not in _OPPOSITE:
            break
        signs.append(p.w[p.at])
        p.at += 1
    _end(p)
    middle = [at for at, (_, value) in enumerate(parts) if value is None]
    if len(middle) != 1 or not 1 <= len(signs) <= 2 or (len(signs) == 2 and middle != [1]):
        raise Unread(p.t.text, 0, "expected an interval, such as [0, 1), or x ≥ 0")
    low: tuple[Expr | None, bool] = (None, False)
    high: tuple[Expr | None, bool] = (None, False)
    for at, written in enumerate(signs):
        name_first = parts[at][1] is None
        value = parts[at + 1][1] if name_first else parts[at][1]
        sign = written if name_first else _OPPOSITE[written]
        assert value is not None  # the other side of the only name
        end = (_finite(value), sign in ("≤", "≥") and _finite(value) is not None)
        if sign in (">", "≥"):
            low = end
        else:
            high = end
    return low[0], high[0], low[1], high[1]


def _finite(expr: Expr) -> Expr | None:
    return None if expr in (("const", "inf"), ("neg", ("const", "inf"))) else expr


def _end(p: Parser) -> None:
    if p.w[p.at] == "." and not p.k[p.at + 1]:
        p.at += 1
    if p.k[p.at]:
        raise p.fail("the end")
