"""Choices: one option or several, by their letters or by their text; negative marks where they are stated."""

from __future__ import annotations

import random
import re
from fractions import Fraction

from ...graph.notation import Piece
from ..keys import Key, Options
from ..reading.tokens import Unread
from .kind import Examples, Kind, Marked, Names, Settings, result, unread

LETTERS = "abcdefghijklmnopqrstuvwxyz"
"""The letters of options, in order."""

_LIST = re.compile(r"[\s,;+&/.()\[\]{}$]+|\band\b|\bund\b|\bet\b", re.IGNORECASE)
_NOTHING = re.compile(r"none|no option|∅|-|–", re.IGNORECASE)


def accepts(key: Key) -> bool:
    """Say whether a key is a choice."""
    return isinstance(key, Options)


def _plain(text: str) -> str:
    """Return the text of an option without spaces, dollars and case."""
    return re.sub(r"[\s$]", "", text).replace("−", "-").casefold().rstrip(".")


def ticked(key: Options, text: str) -> tuple[str, ...]:
    """Return the letters that an answer ticks, in order; raise Unread where it names none."""
    letters = LETTERS[: len(key.texts)]
    fits = [x for x, option in zip(letters, key.texts, strict=True) if _plain(option) == _plain(text)]
    parts = [part.casefold() for part in _LIST.split(text) if part]
    if parts and all(len(part) == 1 and part in letters for part in parts):
        if len(fits) == 1 and fits != parts:
            raise Unread(text, 0, "this is the letter of one option and the text of another")
        return tuple(sorted(set(parts)))
    if len(fits) == 1:
        return (fits[0],)
    compact = "".join(parts)
    run = len(parts) == 1 and text.strip().isupper() and set(compact) <= set(letters)  # ACD
    if run and len(set(compact)) == len(compact):
        return tuple(sorted(compact))
    if _NOTHING.fullmatch(text.strip()) and not key.right:
        return ()
    bare = re.fullmatch(
        r"\s*(?:option|answer)?\s*\(?([A-Za-z])\)?\s*[.:)]?\s+(.+)", text, re.IGNORECASE | re.DOTALL
    )
    if bare is not None and bare[1].casefold() in letters:
        letter = bare[1].casefold()
        if _plain(key.texts[letters.index(letter)]) == _plain(bare[2]):
            return (letter,)
    if fits:
        raise Unread(text, 0, "several options have this text: give the letter")
    raise Unread(text, 0, f"expected letters from a to {letters[-1]}")


def mark(key: Options, text: str, options: Settings, names: Names) -> Marked:
    """Mark a choice.

    Each right option earns its share; each wrong one takes a share away, or what ``negative`` says.  The
    credit does not fall below 0 unless ``floor=no``.
    """
    try:
        letters = ticked(key, text)
    except Unread as error:
        return unread(error)
    hits = len(set(letters) & set(key.right))
    misses = len(letters) - hits
    understood = rf"\text{{{', '.join(letters) or 'none'}}}"
    if misses == 0 and hits == len(key.right):
        return result("right", "the right options", 1, value=letters, understood=understood)
    total = max(len(key.right), 1)
    penalty = Fraction(options["negative"]) if "negative" in options else Fraction(1, total)
    credit = Fraction(hits, total) - misses * penalty
    if options.get("floor") != "no":
        credit = max(credit, Fraction(0))
    if len(key.right) == 1:  # several ticks are one wrong answer
        allowed = "negative" in options and options.get("floor") == "no"
        credit = -penalty if allowed else Fraction(0)
    feedback = []
    if len(key.right) != 1 or len(letters) > 1:
        feedback.append(f"{hits} of {len(key.right)} right options are ticked, and {misses} wrong.")
    return result(
        "wrong",
        "another option" if len(letters) == 1 else "other options",
        max(credit, Fraction(-1)),
        value=letters,
        understood=understood,
        feedback=feedback,
        witness=f"{', '.join(letters) or 'none'} against {', '.join(key.right) or 'none'}",
    )


def _show(key: Options) -> Piece:
    text = ", ".join(key.right) or "none"
    return Piece(text, rf"\text{{{text}}}")


def _examples(key: Options, rng: random.Random) -> Examples:
    letters = LETTERS[: len(key.texts)]
    others = [x for x in letters if x not in key.right]
    wrong = others[:]
    if len(key.right) > 1:
        wrong += [key.right[0]]
    if not key.right:
        right = ["none", "-"]
    else:
        mixed = list(key.right)
        rng.shuffle(mixed)
        right = [", ".join(mixed), " ".join(mixed).upper(), " and ".join(mixed), f"({','.join(mixed)})"]
    after = LETTERS[len(letters)] if len(letters) < len(LETTERS) else "?"
    return Examples(right, wrong, ["", "?", "I do not know", after, f"{letters[0]}, 7"])


CHOICE = Kind("choice", accepts, mark, _show, _examples)
