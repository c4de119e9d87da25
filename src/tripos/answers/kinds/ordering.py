"""Orders and pairs: credit by the pairs that stand in the right order, and by the pairs that are right."""

from __future__ import annotations

import itertools
import random
import re
from fractions import Fraction

from ...graph.notation import Piece
from ..keys import Matching, Ordering
from ..reading.tokens import Unread
from .kind import Examples, Kind, Marked, Names, Settings, result, unread
from .text import same_words, show_text

_NEXT = re.compile(r"\s*(?:→|->|⇒|=>|\\to\b|\\rightarrow\b|<|,|;|\n|\bthen\b)\s*")
_BACK = re.compile(r"\s*>\s*")
_NUMBERED = re.compile(r"^\s*\(?[0-9]{1,2}[.):]\s*")
_PAIRS = re.compile(r"\s*[,;\n]\s*")
_LINK = re.compile(r"\s*(?:→|->|↔|<->|⇒|=>|\\to\b|\\mapsto\b|:|=)\s*|\s+[-–—]\s+")
_SHORT_LINK = re.compile(r"\s*[-–—]\s*|\s+")


def _item(items: tuple[str, ...], text: str, whole: str) -> str:
    """Return the item that a text names; raise Unread where it names none."""
    found = [item for item in items if same_words(item, text)]
    if len(found) != 1:
        known = ", ".join(sorted(items))
        raise Unread(whole, max(whole.find(text), 0), f"{text!r} is none of {known}")
    return found[0]


# -- orders --------------------------------------------------------------------------------------


def order_of(key: Ordering, text: str) -> list[str]:
    """Return the items of an answer, first to last; raise Unread where one is unknown or twice there."""
    source = text.strip().strip("[](){}$.").strip()
    parts = [_NUMBERED.sub("", part).strip() for part in _NEXT.split(source)]
    if len(parts) == 1:
        parts = _BACK.split(source)[::-1]
    if len(parts) == 1:
        parts = re.split(r"\s*[0-9]{1,2}[.):]\s+", source)
    if len(parts) == 1 and all(" " not in item for item in key.items):
        parts = source.split()
    items = [_item(key.items, part, text) for part in parts if part]
    if not items:
        raise Unread(text, 0, "expected names in order")
    for item in items:
        if items.count(item) > 1:
            raise Unread(text, 0, f"{item!r} stands in it twice")
    return items


def mark_order(key: Ordering, text: str, options: Settings, names: Names) -> Marked:
    """Mark an order by Kendall's tau: pairs in the right order less pairs in the wrong one, never below 0."""
    try:
        found = order_of(key, text)
    except Unread as error:
        return unread(error)
    understood = r" \to ".join(show_text(item).latex for item in found)
    if tuple(found) == key.items:
        return result("right", "the same order", 1, value=tuple(found), understood=understood)
    place = {item: i for i, item in enumerate(found)}
    pairs = list(itertools.combinations(key.items, 2))
    there = [(a, b) for a, b in pairs if a in place and b in place]
    right = sum(place[a] < place[b] for a, b in there)
    credit = max(Fraction(2 * right - len(there), len(pairs)), Fraction(0))
    feedback = [f"{right} of {len(pairs)} pairs stand in the right order."]
    if len(found) < len(key.items):
        feedback.append(f"{len(key.items) - len(found)} of {len(key.items)} are missing.")
    elif tuple(found[::-1]) == key.items:
        feedback = ["The order is reversed."]
    wrong = next(((b, a) for a, b in there if place[a] > place[b]), None)
    return result(
        "wrong",
        "another order",
        credit,
        value=tuple(found),
        understood=understood,
        feedback=feedback,
        witness=f"{wrong[0]!r} stands before {wrong[1]!r}" if wrong else "an item is missing",
    )


def _show_order(key: Ordering) -> Piece:
    pieces = [show_text(item) for item in key.items]
    return Piece(" → ".join(p.text for p in pieces), r" \to ".join(p.latex for p in pieces))


def _examples_order(key: Ordering, rng: random.Random) -> Examples:
    items = list(key.items)
    right = [sep.join(items) for sep in (", ", " -> ", " → ", "; ", "\n", " < ", " then ")]
    right += [", ".join(items).upper(), "\n".join(f"{i + 1}. {item}" for i, item in enumerate(items))]
    i = rng.randrange(len(items) - 1)
    swapped = [*items[:i], items[i + 1], items[i], *items[i + 2 :]]
    wrong = [", ".join(swapped), ", ".join(items[::-1]), ", ".join(items[:-1])]
    return Examples(right, wrong, ["", "zzz", ", ".join([*items, items[0]]), ", ".join([*items, "zzz"])])


ORDERING = Kind("ordering", lambda key: isinstance(key, Ordering), mark_order, _show_order, _examples_order)

# -- pairs ---------------------------------------------------------------------------------------


def pairs_of(key: Matching, text: str) -> dict[str, str]:
    """Return the pairs that an answer gives; raise Unread where one is none, or names what is unknown."""
    ones = tuple(one for one, _ in key.pairs)
    others = tuple(dict.fromkeys(other for _, other in key.pairs))
    source = text.strip().strip("{}$").strip()
    parts = [part for part in _PAIRS.split(source) if part.strip("() ")]
    if not parts:
        raise Unread(text, 0, "expected pairs such as a: 1, b: 2")
    found: dict[str, str] = {}
    for part in parts:
        one, other = _pair(part.strip(), ones, others, text)
        if found.get(one, other) != other:
            raise Unread(text, 0, f"{one!r} is paired twice")
        found[one] = other
    return found


def _pair(part: str, ones: tuple[str, ...], others: tuple[str, ...], whole: str) -> tuple[str, str]:
    inner = part[1:-1] if part[:1] == "(" and part[-1:] == ")" else part
    for link in (_LINK, _SHORT_LINK):
        for match in link.finditer(inner):
            one, other = inner[: match.start()].strip(), inner[match.end() :].strip()
            left = [item for item in ones if same_words(item, one)]
            right = [item for item in others if same_words(item, other)]
            if len(left) == len(right) == 1:
                return left[0], right[0]
    compact = re.fullmatch(r"([A-Za-z])([0-9]+)|([0-9]+)([A-Za-z])", inner)
    if compact is not None:
        one, other = (g for g in compact.groups() if g)
        if any(same_words(item, other) for item in ones):
            one, other = other, one
        return _item(ones, one, whole), _item(others, other, whole)
    raise Unread(
        whole, max(whole.find(part), 0), f"{part!r} is no pair of {', '.join(ones)} and {', '.join(others)}"
    )


def mark_pairs(key: Matching, text: str, options: Settings, names: Names) -> Marked:
    """Mark pairs, each for its share."""
    try:
        found = pairs_of(key, text)
    except Unread as error:
        return unread(error)
    right = sum(found.get(one) == other for one, other in key.pairs)
    latex = ", ".join(rf"{show_text(a).latex} \to {show_text(b).latex}" for a, b in found.items())
    value = tuple(found.items())
    if right == len(key.pairs):
        return result("right", "the same pairs", 1, value=value, understood=latex)
    wrong = next(
        (one, found[one]) if one in found else (one, "nothing")
        for one, other in key.pairs
        if found.get(one) != other
    )
    return result(
        "wrong",
        "other pairs",
        Fraction(right, len(key.pairs)),
        value=value,
        understood=latex,
        feedback=[f"{right} of {len(key.pairs)} pairs are right."],
        witness=f"{wrong[0]!r} is paired with {wrong[1]!r}"
        if wrong[1] != "nothing"
        else f"{wrong[0]!r} is not paired",
    )


def _show_pairs(key: Matching) -> Piece:
    pieces = [(show_text(a), show_text(b)) for a, b in key.pairs]
    text = ", ".join(f"{a.text} → {b.text}" for a, b in pieces)
    return Piece(text, ", ".join(rf"{a.latex} \to {b.latex}" for a, b in pieces))


def _examples_pairs(key: Matching, rng: random.Random) -> Examples:
    pairs = list(key.pairs)
    mixed = pairs[:]
    rng.shuffle(mixed)
    right = [", ".join(f"{a}{link}{b}" for a, b in mixed) for link in (": ", " -> ", " → ", " = ", " - ")]
    right += ["\n".join(f"{a}: {b}" for a, b in pairs), "; ".join(f"({a}: {b})" for a, b in pairs)]
    others = [b for _, b in pairs]
    wrong = [", ".join(f"{a}: {b}" for a, b in pairs[1:])] if len(pairs) > 1 else []
    if len(set(others)) > 1:
        turned = others[1:] + others[:1]
        wrong.append(", ".join(f"{a}: {b}" for (a, _), b in zip(pairs, turned, strict=True)))
    return Examples(right, wrong, ["", "?", "zzz: yyy", f"{pairs[0][0]}: zzz"])


MATCHING = Kind("matching", lambda key: isinstance(key, Matching), mark_pairs, _show_pairs, _examples_pairs)
