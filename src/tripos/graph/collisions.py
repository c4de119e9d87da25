"""Slips that a value cannot tell apart: from the key, where they go unnoticed, or from each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .compare import compare
from .node import Node, free_symbols
from .slips import Slip, evaluate, lines_of, near, sample, slips, symbol_of, tabulated
from .values import Values, has_unknowns, origin, show


class Collisions(NamedTuple):
    """The slips that give the key's own value, and groups of different mistakes that give the same."""

    unnoticed: list[Slip]
    alike: list[list[Slip]]


def collide(key: Node, values: Values) -> Collisions:
    """Return the collisions among the slips of a key; none where it has no value or is a label."""
    labelled = bool(dict(origin(key).attrs).get("labels"))
    sized = all(isinstance(d, int) for s in free_symbols(key) for d in s.shape)
    if labelled or not sized:
        return Collisions([], [])
    found = slips(key)
    own, *outcomes = evaluate([key, *(slip.node for slip in found)], sample(free_symbols(key)))
    unnoticed: list[int] = []
    alike: list[list[Slip]] = []
    for shape, (which, rows) in tabulated(outcomes).items():
        if own is not None and own.shape == shape:
            close = [which[k] for k in near(rows, own)]
            unnoticed += [i for i in close if compare(key, found[i].node, values).same]
        met = set(unnoticed)
        for k, i in enumerate(which):
            if i not in met:
                same = [which[m] for m in near(rows, rows[k]) if which[m] not in met]
                met.update(same)
                if len({found[m].mistake for m in same}) > 1:
                    alike.append([found[m] for m in same])
    return Collisions([found[i] for i in unnoticed], alike)


def collisions(
    key: Node, values: Values | None = None, told: set[tuple[str, Node]] | None = None
) -> list[str]:
    """Return, in words, which slips cannot be told from the value of a key.

    ``told`` holds the mistakes, with their nodes, that were told for other keys; they are left out, and those
    told now are added.
    """
    values, told = values or Values(), set() if told is None else told
    found = collide(key, values)
    lines = lines_of(key)
    new = [slip for slip in found.unnoticed if (slip.mistake, slip.at) not in told]
    said = [f"{_said(new, lines)} would go unnoticed: the value stays the same"] if new else []
    for group in found.alike:
        if any((slip.mistake, slip.at) not in told for slip in group):
            said.append(f"{_said(group, lines)} give the same{_shown(group[0].node, values)}")
            new += group
    told.update((slip.mistake, slip.at) for slip in new)
    return said


def _said(found: Iterable[Slip], lines: Mapping[Node, Node]) -> str:
    """Return slips by line, in the order of the lines: “a”, “b” in z, “c” in h."""
    by_line: dict[str, dict[str, None]] = {}
    for slip in found:
        by_line.setdefault(symbol_of(lines[slip.at]), {})[f"“{slip.mistake}”"] = None
    return ", ".join(f"{', '.join(names)} in {line}" for line, names in by_line.items())


def _shown(node: Node, values: Values) -> str:
    value = values[node]
    if value is None or has_unknowns(value):
        return ""
    text = show(node, value).text
    return f", {text}" if len(text) <= 40 else ""
