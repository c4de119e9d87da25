"""How headings are numbered: a pattern such as ``I.1.1`` or ``1 (a)``, with one counter for each level."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .model import Level, Question

_PARTS = re.compile(r"(?P<counter>[1aAiI])|(?P<between>[^\w]+)")
_CLOSING = re.compile(r"[)\]]*")


Pattern = tuple[Level, ...]


def read_pattern(text: str) -> Pattern:
    """Return the levels of a pattern; raise ValueError, which says what is wrong with it."""
    found = list(_PARTS.finditer(text))
    rest = _PARTS.sub("", text)
    if rest:
        raise ValueError(f"{rest[0]!r} is no counter")
    levels: list[Level] = []
    before = ""
    for part in found:
        counter = part["counter"]
        if counter is None:
            closing = _CLOSING.match(part[0]) if levels else None
            end = closing.end() if closing else 0
            end = len(part[0]) if part is found[-1] else end
            if levels:
                levels[-1] = Level(levels[-1].before, levels[-1].counter, part[0][:end])
            before = part[0][end:]
            continue
        if (
            levels
            and not before
            and not levels[-1].after
            and counter.isdigit() == levels[-1].counter.isdigit()
        ):
            raise ValueError(f"nothing separates {levels[-1].counter!r} from {counter!r}")
        levels.append(Level(before, counter, ""))
        before = ""
    if not levels:
        raise ValueError("it has no counter")
    return tuple(levels)


DEFAULT, WITHOUT_PARTS = read_pattern("I.1.1"), read_pattern("1.1.1")
"""The patterns of papers that name none."""


def number(parts: Sequence[Question], pattern: Pattern | None) -> None:
    """Give every heading its number; a sheet has none.

    The first counter of a pattern of three or more is that of the parts, where the paper has parts.  With
    fewer, parts have no number, and their questions are counted through the whole paper.  Below the last
    level of a pattern numbers go on with ``.1``.
    """
    has_parts = any(part.level == 1 and not part.sheet for part in parts)
    levels = pattern or (DEFAULT if has_parts else WITHOUT_PARTS)
    if has_parts and len(levels) < 3:
        _count([q for part in parts for q in part.children], "", levels)
    else:
        _count(parts, "", levels)


def _count(questions: Sequence[Question], above: str, levels: Pattern) -> None:
    own, below = (levels[0], levels[1:]) if levels else (Level(".", "1", ""), ())
    asked = [question for question in questions if not question.sheet]
    for count, question in enumerate(asked, 1):
        question.number = above + own.before + _counted(own.counter, count) + own.after
        _count(question.children, question.number, below)


def _counted(counter: str, count: int) -> str:
    if counter == "1":
        return str(count)
    text = _roman(count) if counter in "iI" else _lettered(count)
    return text.lower() if counter.islower() else text


def _roman(n: int) -> str:
    text = ""
    values = (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1)
    for value, letters in zip(values, "M CM D CD C XC L XL X IX V IV I".split(), strict=True):
        text += letters * (n // value)
        n %= value
    return text


def _lettered(n: int) -> str:
    """Return A to Z, and after them AA, AB and so on."""
    text = ""
    while n:
        n, rest = divmod(n - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def identify(questions: Iterator[Question], taken: dict[str, int]) -> None:
    """Give each heading without an id one made from its title; ``taken`` are ids with their lines."""
    for question in questions:
        if question.id:
            continue
        base = re.sub(r"[^a-z0-9]+", "-", question.title.lower()).strip("-") or "question"
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base}-{count}"
        taken[name] = question.line
        question.id = name
