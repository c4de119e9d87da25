"""Intervals: each end and whether it belongs, credited apart; brackets, or inequalities."""

from __future__ import annotations

import random
import re
from fractions import Fraction
from typing import NamedTuple

from ...graph import Node
from ...graph.notation import Piece
from ..keys import Interval, Key
from ..reading.tokens import Unread, plain
from .kind import Examples, Kind, Marked, Names, Settings, bare, result, unread
from .number import NUMBER
from .parts import cut, graph_kind

_INFINITE = re.compile(r"(?P<sign>[+-]?)\s*(?:∞|\\infty|inf(?:inity)?|oo)", re.IGNORECASE)
_BELOW = re.compile(r"<=|≤|⩽|\\leq?(?:slant)?(?![A-Za-z])|<|\\lt(?![A-Za-z])")
_ABOVE = re.compile(r">=|≥|⩾|\\geq?(?:slant)?(?![A-Za-z])|>|\\gt(?![A-Za-z])")
_VARIABLE = re.compile(r"\\?[A-Za-zα-ωΑ-Ω]+(?:_\{?\w+\}?)?")
_CLOSED = re.compile(r"[=≤≥⩽⩾]|\\[lg]e")


class Span(NamedTuple):
    """An interval as it was written; an empty end is at infinity."""

    low: str
    high: str
    low_closed: bool
    high_closed: bool


def accepts(key: Key) -> bool:
    """Say whether a key is an interval."""
    return isinstance(key, Interval)


def span_of(text: str) -> Span:
    """Return the interval that is meant by [0, 1), ]0; 1[, 0 < x ≤ 1, x > 0; raise Unread for others."""
    source = re.sub(r"\\l(?:brack)(?![A-Za-z])", "[", plain(text)).replace(r"\rbrack", "]")
    source = re.sub(r"^\s*\$?\s*\\?[A-Za-z]\w*\s*(?:∈|\\in(?![a-z])|\bin\b)\s*", "", source)
    source = bare(source)
    if re.fullmatch(r"ℝ|\\mathbb\s*\{?R\}?|R", source):
        return Span("", "", False, False)
    if source[:1] in "[](" and source[-1:] in "[])" and len(source) > 2 and source:
        ends = [end for end in cut(source[1:-1], ";|,|\\.\\.") if end]
        if len(ends) != 2:
            raise Unread(text, 0, "an interval has two ends, such as [0, 1)")
        low, high = (_end(end, text, sign) for end, sign in zip(ends, "-+", strict=True))
        return Span(low, high, source[0] == "[" and bool(low), source[-1] == "]" and bool(high))
    return _inequality(source, text)


def _end(end: str, text: str, side: str) -> str:
    """Return the text of an end, empty where it is at infinity; raise Unread at the wrong infinity."""
    match = _INFINITE.fullmatch(end.strip())
    if match is None:
        return end
    if (match["sign"] or "+") != side:
        raise Unread(text, max(text.find(end), 0), f"an infinite end on this side is {side}∞")
    return ""


def _inequality(source: str, text: str) -> Span:
    for pattern in (_BELOW, _ABOVE):
        parts, signs = pattern.split(source), pattern.findall(source)
        if len(signs) not in (1, 2) or (_ABOVE if pattern is _BELOW else _BELOW).search(source):
            continue
        parts = [part.strip() for part in parts]
        closed = [bool(_CLOSED.search(sign)) for sign in signs]
        if pattern is _ABOVE:
            parts, closed = parts[::-1], closed[::-1]
        variable = [bool(_VARIABLE.fullmatch(part)) and not _INFINITE.fullmatch(part) for part in parts]
        if variable == [False, True, False]:
            low, high = _end(parts[0], text, "-"), _end(parts[2], text, "+")
            return Span(low, high, closed[0] and bool(low), closed[1] and bool(high))
        if variable == [True, False]:
            high = _end(parts[1], text, "+")
            return Span("", high, False, closed[0] and bool(high))
        if variable == [False, True]:
            low = _end(parts[0], text, "-")
            return Span(low, "", closed[0] and bool(low), False)
    raise Unread(text, 0, "expected an interval such as [0, 1) or 0 <= x < 1")


def mark(key: Interval, text: str, options: Settings, names: Names) -> Marked:
    """Mark an interval: half for its ends, half for whether they belong (only where the end is right)."""
    if options.get("locale") == "comma":
        text = re.sub(r"(?<=[0-9]),(?=[0-9])", ".", text)
    try:
        span = span_of(text)
    except Unread as error:
        return unread(error)
    ends = (
        (key.low, span.low, key.low_closed, span.low_closed),
        (key.high, span.high, key.high_closed, span.high_closed),
    )
    right, doubtful, feedback, understood, values = 0, 0, [], [], []
    for name, (expected, end, ours, theirs) in zip(("lower", "upper"), ends, strict=True):
        marked = _mark_end(expected, end, options, names)
        if marked.verdict.outcome == "unread":
            return marked
        understood.append(marked.understood or (r"\infty" if name == "upper" else r"-\infty"))
        values.append(marked.value)
        doubtful += marked.verdict.outcome == "undecided"
        if not marked.verdict.right:
            said = "is wrong" if marked.verdict.outcome == "wrong" else "cannot be decided"
            feedback.append(f"The {name} end {said}.")
        elif ours != theirs:
            right += 1
            feedback.append(f"The {name} end {'belongs' if ours else 'does not belong'} to the interval.")
        else:
            right += 2
    brackets = "[" if span.low_closed else "(", "]" if span.high_closed else ")"
    latex = f"{brackets[0]}{understood[0]}, {understood[1]}{brackets[1]}"
    value = Interval(values[0], values[1], span.low_closed, span.high_closed)
    if right == 4:
        return result("right", "the same interval", 1, value=value, understood=latex)
    outcome = "undecided" if doubtful else "wrong"
    return result(
        outcome,  # type: ignore[arg-type]
        "an end cannot be decided" if doubtful else "another interval",
        Fraction(right, 4),
        value=value,
        understood=latex,
        feedback=feedback,
        witness="" if doubtful else f"{latex} against {_show(key).text}",
    )


def _mark_end(expected: Node | None, end: str, options: Settings, names: Names) -> Marked:
    if expected is None or not end:
        same = expected is None and not end
        return result("right" if same else "wrong", "an end at infinity", int(same))
    return graph_kind(expected).mark(expected, end, options, names)


def _show(key: Interval) -> Piece:
    low = graph_kind(key.low).show(key.low) if key.low is not None else Piece("−∞", r"-\infty")
    high = graph_kind(key.high).show(key.high) if key.high is not None else Piece("∞", r"\infty")
    left, right = "[" if key.low_closed else "(", "]" if key.high_closed else ")"
    return Piece(f"{left}{low.text}, {high.text}{right}", f"{left}{low.latex}, {high.latex}{right}")


def _examples(key: Interval, rng: random.Random) -> Examples:
    low = NUMBER.show(key.low).text if key.low is not None else "-∞"
    high = NUMBER.show(key.high).text if key.high is not None else "∞"
    left, right = "[" if key.low_closed else "(", "]" if key.high_closed else ")"
    below, above = "≤" if key.low_closed else "<", "<=" if key.high_closed else "<"
    good = [
        f"{left}{low}, {high}{right}",
        f"{left}{low}; {high}{right}",
        rf"\left{left}{low}, {high}\right{right}",
    ]
    good += [f"{low} {below} x {above} {high}", f"x ∈ {left}{low},{high}{right}"]
    good += [f"{'[' if key.low_closed else ']'}{low}; {high}{']' if key.high_closed else '['}"]
    bad = [f"{left}98765, 98766{right}", "x > 98765"]
    if key.low is not None:
        bad += [f"{'(' if key.low_closed else '['}{low}, {high}{right}", "x <= -98765"]
    return Examples(good, bad, ["", "?", "[0]", "(1, 2, 3)", "0 < 1", "x"])


INTERVAL = Kind("interval", accepts, mark, _show, _examples)
