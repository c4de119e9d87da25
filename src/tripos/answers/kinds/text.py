"""Short texts: the variants that the setter declares; what is off by one letter goes to a person."""

from __future__ import annotations

import random
import re
import unicodedata

from ...graph.notation import Piece
from ..keys import Key, Words
from .kind import Examples, Kind, Marked, Names, Settings, result

MAX_LENGTH = 500
"""Longest short text, in characters."""

_HYPHENS = re.compile(r"(?<=[^\W\d_])[-‐‑–_](?=\w)|(?<=\w)[-‐‑–_](?=[^\W\d_])")  # those in words
_SPACES = re.compile(r"(?<!\d)\s|\s(?!\d)")  # those that do not part two numbers
_EDGES = " \t\n.,;:\"'“”‘’„«»()[]"


def fold(text: str, *, case: bool = False) -> str:
    """Return text without accents, hyphens, marks at its ends and, but for ``case``, capitals."""
    text = unicodedata.normalize("NFKD", text.strip(_EDGES))
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = " ".join(_HYPHENS.sub(" ", text).split())
    return text if case else text.casefold().replace("ß", "ss")


def joined(text: str) -> str:
    """Return folded text without spaces: over-fitting, over fitting and overfitting are one."""
    return _SPACES.sub("", text)


def same_words(one: str, other: str, *, case: bool = False) -> bool:
    """Say whether two short texts are the same but for how they are typed."""
    return joined(fold(one, case=case)) == joined(fold(other, case=case))


def near(one: str, other: str) -> bool:
    """Say whether two words are one edit apart: a letter more, less, other, or two of them swapped.

    Words of less than four letters, and those with digits (GPT-3, GPT-4), are not taken for each other.
    """
    if one == other or min(len(one), len(other)) < 4 or abs(len(one) - len(other)) > 1:
        return False
    if any(c.isdigit() for c in one + other):
        return False
    short, long = sorted((one, other), key=len)
    start = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    swapped = (
        short[start : start + 2] == long[start : start + 2][::-1] and short[start + 2 :] == long[start + 2 :]
    )
    return short[start + 1 :] == long[start + 1 :] or swapped


def accepts(key: Key) -> bool:
    """Say whether a key is a short text."""
    return isinstance(key, Words)


def mark(key: Words, text: str, options: Settings, names: Names) -> Marked:
    """Mark a short text."""
    case = key.case or options.get("case") == "yes"
    if not fold(text):
        return result("unread", "nothing is written")
    if len(text) > MAX_LENGTH:
        return result("unread", f"a short text has at most {MAX_LENGTH} characters, found {len(text)}")
    understood = rf"\text{{{' '.join(text.split())}}}" if not re.search(r"[\\{}$]", text) else ""
    if any(same_words(text, variant, case=case) for variant in key.variants):
        return result("right", "a declared variant", 1, value=text, understood=understood)
    witness = f"none of the declared variants: {', '.join(key.variants)}"
    found = joined(fold(text))
    for variant in key.variants:
        if case and found == joined(fold(variant)):
            feedback = ["Capitals matter here."]
            return result(
                "wrong", witness, value=text, understood=understood, feedback=feedback, witness=witness
            )
        if near(found, joined(fold(variant))):
            return result("undecided", f"one letter from {variant!r}", value=text, understood=understood)
    return result("wrong", "another text", value=text, understood=understood, witness=witness)


def show_text(text: str) -> Piece:
    """Write words, as text and as LaTeX."""
    escaped = re.sub(r"([#$%&_{}])", r"\\\1", text.replace("\\", "/"))
    return Piece(text, rf"\text{{{escaped}}}")


def _show(key: Words) -> Piece:
    return show_text(key.variants[0])


def _examples(key: Words, rng: random.Random) -> Examples:
    first = rng.choice(key.variants)
    right = [*key.variants, f"  {first}.", first.replace(" ", "  "), first.replace("-", " "), f"“{first}”"]
    if not key.case:
        right += [first.upper(), first.title()]
    return Examples(
        right, ["something else entirely", f"not {first}"], ["", "  ", "...", "x" * (MAX_LENGTH + 1)]
    )


TEXT = Kind("text", accepts, mark, _show, _examples)
