"""Open questions: what is written goes to a person, with the rubric beside it; no machine marks it alone."""

from __future__ import annotations

import random

from ...graph.notation import Piece
from ..keys import Key, Open
from .kind import Examples, Kind, Marked, Names, Settings, result
from .text import show_text


def accepts(key: Key) -> bool:
    """Say whether a key is a rubric."""
    return isinstance(key, Open)


def mark(key: Open, text: str, options: Settings, names: Names) -> Marked:
    """Return that a person has to mark the answer."""
    return result("undecided", "an open answer is marked by a person", value=text)


def _show(key: Open) -> Piece:
    return show_text("; ".join(f"{points}: {what}" for points, what in key.rubric))


def _examples(key: Open, rng: random.Random) -> Examples:
    return Examples([], [], [])


OPEN = Kind("open", accepts, mark, _show, _examples)
