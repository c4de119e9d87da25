"""The kinds of answer: how each is read, marked, credited, explained and shown.  One file, one kind."""

from __future__ import annotations

from collections.abc import Mapping

from ...graph import GraphError, Node
from ..keys import Key
from .agreement import agrees, entries, read_answer, rows_of
from .array import MATRIX, TENSOR, VECTOR
from .choice import CHOICE
from .code import CODE
from .formula import FORMULA
from .growth import GROWTH
from .interval import INTERVAL
from .kind import Examples, Kind, Marked
from .label import LABEL
from .number import NUMBER
from .open import OPEN
from .ordering import MATCHING, ORDERING
from .parts import graph_kind
from .sets import SET
from .shape import SHAPE
from .table import TABLE
from .text import TEXT

__all__ = [
    "KINDS",
    "Examples",
    "Kind",
    "Marked",
    "agrees",
    "entries",
    "kind_of",
    "read_answer",
    "rows_of",
]

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        NUMBER,
        VECTOR,
        MATRIX,
        TENSOR,
        SHAPE,
        LABEL,
        GROWTH,
        FORMULA,
        SET,
        INTERVAL,
        CHOICE,
        TABLE,
        ORDERING,
        MATCHING,
        TEXT,
        CODE,
        OPEN,
    )
}
"""The kinds of blank, by name; a blank's kind follows from its key."""


def kind_of(key: Key, options: Mapping[str, str] | None = None) -> Kind:
    """Return the kind of answer that a key wants; the option ``kind`` names another that takes the key.

    Raise GraphError where the kind that is named does not take the key.
    """
    wanted = (options or {}).get("kind")
    if wanted is not None:
        if wanted not in KINDS:
            raise GraphError(f"there is no kind {wanted!r}; there are {', '.join(KINDS)}")
        if not KINDS[wanted].accepts(key):
            raise GraphError(f"this key is no {wanted}; it is a {kind_of(key).name}")
        return KINDS[wanted]
    if isinstance(key, Node):
        return graph_kind(key)
    return next(kind for kind in KINDS.values() if kind.accepts(key))
