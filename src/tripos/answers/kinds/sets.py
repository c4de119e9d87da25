"""Sets: entries in any order; each right one earns, each wrong one takes away."""

from __future__ import annotations

import random
import re
from fractions import Fraction

from ...graph.notation import Piece
from ..keys import Key, Set
from ..reading.tokens import Unread
from .kind import Examples, Kind, Marked, Names, Settings, bare, result, unread
from .parts import cut, mark_cell, show_cell

MAX_ENTRIES = 100
"""Largest set that is read."""

_EMPTY = re.compile(r"∅|\\(?:emptyset|varnothing)|\{\s*\}|empty|the empty set|none", re.IGNORECASE)

_EITHER_SIGN = re.compile(r"±|\\pm(?![A-Za-z])")


def accepts(key: Key) -> bool:
    """Say whether a key is a set."""
    return isinstance(key, Set)


def entries_of(text: str, options: Settings) -> list[str]:
    """Return the texts of the entries of a set."""
    source = bare(text).replace(r"\{", "{").replace(r"\}", "}").strip()
    if _EMPTY.fullmatch(source):
        return []
    if len(source) > 1 and source[0] + source[-1] in ("{}", "[]", "()"):
        source = source[1:-1].strip()
    separators = r";|\n|\band\b|\\text\{\s*and\s*\}"
    separators += "" if options.get("locale") == "comma" else "|,"
    parts = cut(source, separators)
    if len(parts) > 1:
        parts = [part for i, part in enumerate(parts) if part or i not in (0, len(parts) - 1)]
        parts = [part for i, part in enumerate(parts) if part or not re.search(r"and", text)]
    if not parts or not all(parts):
        raise Unread(text, 0, "an entry of the set is empty")
    if len(parts) > MAX_ENTRIES:
        raise Unread(text[:60], 0, f"a set has at most {MAX_ENTRIES} entries, found {len(parts)}")
    return [one for part in parts for one in _both_signs(part)]


def _both_signs(entry: str) -> list[str]:
    """Return the two entries that one with ``±`` stands for; an entry without it as it is."""
    if not _EITHER_SIGN.search(entry):
        return [entry]
    return [_EITHER_SIGN.sub(sign, entry) for sign in ("+", "-")]


def mark(key: Set, text: str, options: Settings, names: Names) -> Marked:
    """Mark a set: the share of its entries that were found, less a share for each wrong one."""
    try:
        texts = entries_of(text, options)
    except Unread as error:
        return unread(error)
    found: set[int] = set()
    extra: list[str] = []
    doubtful = 0
    understood: list[str] = []
    for one in texts:
        marks = [mark_cell(entry, one, options, names) for entry in key.entries]
        hit = next((i for i, m in enumerate(marks) if m.verdict.right), None)
        if hit is not None:
            found.add(hit)
        elif marks and all(m.verdict.outcome == "unread" for m in marks):
            return unread(Unread(text, max(text.find(one), 0), f"the entry {one!r} cannot be read"))
        elif any(m.verdict.outcome == "undecided" for m in marks):
            doubtful += 1
        elif one not in extra:
            extra.append(one)
        understood.append(next((m.understood for m in marks if m.understood), one))
    latex = r"\{" + ", ".join(understood) + r"\}"
    value = tuple(texts)
    if len(found) == len(key.entries) and not extra and not doubtful:
        return result("right", "the same set", 1, value=value, understood=latex)
    total = max(len(key.entries), 1)
    credit = max(Fraction(len(found) - len(extra), total), Fraction(0))
    missing = len(key.entries) - len(found)
    feedback = [f"{len(found)} of {len(key.entries)} entries are found."]
    feedback += [f"Wrong: {', '.join(extra)}."] * bool(extra)
    outcome = "undecided" if doubtful else "wrong"
    witness = f"{missing} missing, {len(extra)} too many" if outcome == "wrong" else ""
    return result(
        outcome,  # type: ignore[arg-type]
        "another set" if outcome == "wrong" else "an entry cannot be decided",
        credit,
        value=value,
        understood=latex,
        feedback=feedback,
        witness=witness,
    )


def _show(key: Set) -> Piece:
    if not key.entries:
        return Piece("∅", r"\emptyset")
    pieces = [show_cell(entry) for entry in key.entries]
    text, latex = (", ".join(side) for side in zip(*((p.text, p.latex) for p in pieces), strict=True))
    return Piece(f"{{{text}}}", rf"\{{{latex}\}}")


def _examples(key: Set, rng: random.Random) -> Examples:
    texts = [show_cell(entry).text for entry in key.entries]
    mixed = texts[:]
    rng.shuffle(mixed)
    right = [f"{{{', '.join(mixed)}}}", rf"\{{{', '.join(texts)}\}}", "; ".join(mixed)]
    if not texts:
        return Examples(["∅", "{}", r"\emptyset", "none"], ["{1}"], ["{1", "{,}"])
    right += [", ".join([*texts, texts[0]]), f"[{', '.join(mixed)}]"]
    wrong = [f"{{{', '.join(texts[1:])}}}", f"{{{', '.join([*texts, '98765'])}}}", "∅", "98765"]
    return Examples(right, wrong, ["", "{1", "{1,,2}"])


SET = Kind("set", accepts, mark, _show, _examples)
