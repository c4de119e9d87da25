"""Keys that are no graph: sets, intervals, orders, words, tables, options; graphs may stand inside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..graph import GraphError, Node, lift


@dataclass(frozen=True)
class Set:
    """A set: its entries in any order, each a value or a word."""

    entries: tuple[Node | str, ...]


@dataclass(frozen=True)
class Interval:
    """An interval of the real line; None is an end at infinity."""

    low: Node | None
    high: Node | None
    low_closed: bool = False
    high_closed: bool = False


@dataclass(frozen=True)
class Ordering:
    """Things in their right order."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Matching:
    """Pairs: each thing, and what belongs to it."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Words:
    """A short text: every variant that is right; ``case`` says that capitals matter."""

    variants: tuple[str, ...]
    case: bool = False


@dataclass(frozen=True)
class Table:
    """A table: rows of cells, each a value or a word; None is a cell that is not asked for."""

    rows: tuple[tuple[Node | str | None, ...], ...]


@dataclass(frozen=True)
class Options:
    """A choice: the text of each option in the order of its letters, and the letters of the right ones."""

    texts: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True)
class Open:
    """An open question: the points and what earns them, for a person to tick."""

    rubric: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Code:
    """A function to be written in Python: its name, its parameters in order, and what it returns for them.

    ``also`` holds arguments that it is tried at besides those that are drawn.
    """

    name: str
    parameters: tuple[Node, ...]
    node: Node
    also: tuple[tuple[Any, ...], ...] = ()

    @property
    def signature(self) -> str:
        """The line that a candidate's answer begins with, such as ``def f(z, y):``."""
        return f"def {self.name}({', '.join(str(p.name) for p in self.parameters)}):"


Key = Node | Set | Interval | Ordering | Matching | Words | Table | Options | Open | Code
"""What may be the key of a blank."""

DATA = (Set, Interval, Ordering, Matching, Words, Table, Options, Open, Code)
"""The keys that are no graph."""


def nodes_of(key: Key) -> Iterator[Node]:
    """Yield the graphs that a key is made of, each of which must be proven."""
    if isinstance(key, Node):
        yield key
    elif isinstance(key, Set):
        yield from (e for e in key.entries if isinstance(e, Node))
    elif isinstance(key, Interval):
        yield from (e for e in (key.low, key.high) if e is not None)
    elif isinstance(key, Code):
        yield key.node
    elif isinstance(key, Table):
        yield from (cell for row in key.rows for cell in row if isinstance(cell, Node))


# -- as workings write them ----------------------------------------------------------------------


def _cell(value: Any, what: str) -> Node | str:
    if isinstance(value, str):
        if not value.strip():
            raise GraphError(f"{what}: a word must not be empty")
        return value
    return lift(value)


def answer_set(*entries: Any) -> Set:
    """Return a set as a key: its entries are found in any order."""
    cells = [_cell(entry, "answer_set") for entry in entries]
    if len({str(cell) for cell in cells}) < len(cells):
        raise GraphError("answer_set: an entry stands in it twice")
    return Set(tuple(cells))


def interval(low: Any, high: Any, ends: str = "[]") -> Interval:
    """Return an interval as a key; ``ends`` is its two brackets, and None is an end at infinity."""
    if len(ends) != 2 or ends[0] not in "[(]" or ends[1] not in "])[":
        raise GraphError(f"interval: ends are two brackets such as '[)', found {ends!r}")
    below, above = (None if end is None else lift(end) for end in (low, high))
    for end in (below, above):
        if end is not None and end.shape:
            raise GraphError("interval: an end is a single value")
    return Interval(below, above, ends[0] == "[" and below is not None, ends[1] == "]" and above is not None)


def ordering(*items: str) -> Ordering:
    """Return an order as a key: its items, first to last."""
    if len(items) < 2 or not all(isinstance(item, str) and item.strip() for item in items):
        raise GraphError('ordering: give at least two names, such as ordering("forward", "backward")')
    _distinct("ordering", items)
    return Ordering(items)


def matching(pairs: Mapping[str, str]) -> Matching:
    """Return pairs as a key: each name, and what belongs to it."""
    if not isinstance(pairs, Mapping) or not pairs:
        raise GraphError('matching: give the pairs, such as matching({"relu": "hidden"})')
    _distinct("matching", list(pairs))
    return Matching(tuple((str(one), str(other)) for one, other in pairs.items()))


def answer_text(*variants: str, case: bool = False) -> Words:
    """Return a short text as a key, with every variant that is right."""
    if not variants or not all(isinstance(v, str) and v.strip() for v in variants):
        raise GraphError('answer_text: give at least one text, such as answer_text("overfitting")')
    return Words(variants, case)


def answer_table(rows: Sequence[Sequence[Any]]) -> Table:
    """Return a table as a key: rows of values and words; None is a cell that is not asked for."""
    cells = tuple(tuple(None if c is None else _cell(c, "answer_table") for c in row) for row in rows)
    if not cells or len({len(row) for row in cells}) != 1 or not cells[0]:
        raise GraphError("answer_table: give rows of the same number of cells")
    return Table(cells)


def _distinct(what: str, items: Sequence[str]) -> None:
    if len({" ".join(item.split()).casefold() for item in items}) < len(items):
        raise GraphError(f"{what}: two names are the same but for case")
