"""Parts put side by side at once, where a graph adds arrays that are zero but for one part each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .node import Node, interned, lift, schedule
from .ops.joining import concat
from .ops.shape import expand, reshape
from .ops.slicing import Span


class Part(NamedTuple):
    """A value that fills entries along one axis of an array of zeros."""

    axis: int
    start: int
    value: Node

    @property
    def end(self) -> int:
        """Where the entries end."""
        length: int = self.value.shape[self.axis]
        return self.start + length


def gathered(outputs: Sequence[Node]) -> list[Node]:
    """Return nodes of the same values, in which adjoints of slices are joined instead of padded and added."""
    order = schedule(outputs)
    readers: dict[Node, int] = dict.fromkeys(outputs, 1)
    for node in order:
        for arg in node.args:
            readers[arg] = readers.get(arg, 0) + 1
    new: dict[Node, Node] = {}
    for node in order:
        args = tuple(new[a] for a in node.args)
        same = node if args == node.args else interned(node.op, args, node.attrs, node.name)
        terms = [new[term] for term in _terms(node, readers) if term is not node]
        joined = _joined(terms, node)
        new[node] = same if joined is None else joined
    return [new[output] for output in outputs]


def _terms(node: Node, readers: Mapping[Node, int]) -> list[Node]:
    """Return what a sum of arrays of one shape adds up, where nobody else reads a part of the sum."""
    found, left = list[Node](), [node]
    while left:
        term = left.pop()
        inner = term is node or readers[term] == 1
        if inner and term.op.name == "add" and all(a.shape == node.shape for a in term.args):
            left.extend(reversed(term.args))
        else:
            found.append(term)
    return found


def _joined(terms: Sequence[Node], total: Node) -> Node | None:
    """Return a sum in which parts along one axis are joined; None where there are not two."""
    parts = [(term, part) for term in terms if (part := _part(term)) is not None]
    chosen: list[Part] = []
    taken: set[Node] = set()
    for term, part in sorted(parts, key=lambda p: p[1][:2]):
        if not chosen or (part.axis == chosen[0].axis and part.start >= chosen[-1].end):
            chosen.append(part)
            taken.add(term)
    if len(chosen) < 2:
        return None
    axis, at, pieces = chosen[0].axis, 0, list[Node]()
    for part in (*chosen, None):
        start: int = total.shape[axis] if part is None else part.start
        if start > at:
            pieces.append(expand(lift(0), (*total.shape[:axis], start - at, *total.shape[axis + 1 :])))
        if part is not None:
            pieces.append(part.value)
            at = part.end
    found = concat(*pieces, axis=axis)
    for term in terms:
        found = found if term in taken else found + term
    return found


def _part(node: Node) -> Part | None:
    """Return which entries a node fills, if they run along one axis."""
    if node.op.name != "place" or not all(isinstance(n, int) for n in node.shape):
        return None
    at = dict(node.attrs)["at"]
    some = [i for i, e in enumerate(at) if not isinstance(e, Span) or e.length != node.shape[i]]
    if len(some) != 1:
        return None
    (axis,) = some
    entry = at[axis]
    start = entry.start if isinstance(entry, Span) else entry
    if not isinstance(start, int) or start < 0 or any(e.step != 1 for e in at if isinstance(e, Span)):
        return None
    length = entry.length if isinstance(entry, Span) else 1
    return Part(axis, start, reshape(node.args[0], (*node.shape[:axis], length, *node.shape[axis + 1 :])))
