"""Cells: the values and words that sets and tables are made of, each marked by a kind of its own."""

from __future__ import annotations

import re
from functools import cache

from ...graph import Node
from ...graph.notation import Piece
from ..keys import Words
from ..reading.tokens import Unread
from .array import MATRIX, TENSOR, VECTOR
from .formula import FORMULA
from .growth import GROWTH
from .kind import Kind, Marked, Names, Settings
from .label import LABEL
from .number import NUMBER
from .shape import SHAPE
from .text import TEXT, show_text

GRAPHS = (SHAPE, GROWTH, LABEL, NUMBER, VECTOR, MATRIX, TENSOR, FORMULA)
"""The kinds whose key is a graph; the first that takes a key is its kind."""


def graph_kind(key: Node) -> Kind:
    """Return the kind of answer that a graph wants."""
    return next((kind for kind in GRAPHS if kind.accepts(key)), FORMULA)


@cache
def _words(text: str) -> Words:
    return Words((text,))


def mark_cell(cell: Node | str, text: str, options: Settings, names: Names) -> Marked:
    """Mark one cell by its own kind."""
    if isinstance(cell, str):
        return TEXT.mark(_words(cell), text, options, names)
    return graph_kind(cell).mark(cell, text, options, names)


def show_cell(cell: Node | str) -> Piece:
    """Write one cell."""
    return show_text(cell) if isinstance(cell, str) else graph_kind(cell).show(cell)


_OPEN, _CLOSE = "([{", ")]}"


def cut(text: str, separators: str) -> list[str]:
    """Return the parts of a text between separators (an expression) that stand in no bracket."""
    pattern = re.compile(rf"(?P<cut>{separators})|[(\[{{)\]}}]")
    parts, depth, start = [], 0, 0
    for match in pattern.finditer(text):
        if match["cut"] is None:
            depth += 1 if match[0] in _OPEN else -1
        elif depth == 0:
            parts.append(text[start : match.start()])
            start = match.end()
    if depth != 0:
        raise Unread(text, len(text), "a bracket is open at the end")
    return [part.strip() for part in [*parts, text[start:]]]
