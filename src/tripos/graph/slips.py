"""Graphs with usual mistakes in them: what a candidate who slipped would have computed.

The mistakes of one op are data of that op; those of a pattern of ops stand in ``slip_patterns``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .bounds import draw_exactly
from .node import Adjoint, Node, entry_count, interned, named, schedule
from .notation import name_piece, write
from .op import Array, GraphError, table
from .ops.leaf import shape
from .ops.shape import reshape
from .program import Program
from .slip_patterns import PATTERNS, Pattern, made
from .spaces import numpy as floats

MOST_SITES = 600
"""Most slips of one graph that are looked at, nearest to the output first."""

MOST_PAIRS = 2000
"""Most pairs of slips that are looked at, nearest to the output first."""

MOST_VISITS = 400_000
"""Most nodes that are visited to build pairs: a count, not a time, so that the outcome is always the same."""

MOST_ENTRIES = 200_000
"""Most entries of an array that is evaluated to compare slips."""

MOST_IN_ALL = 4_000_000
"""Most entries that are evaluated in all; graphs that would need more have no value."""

POINTS = 8
"""Random points at which slipped formulas are evaluated."""

ENOUGH = 2
"""Points at which a slipped formula has a value, at least, to be told by it."""

CLOSE = 1e-9
"""Difference, relative to the larger, below which floats are taken for candidates to be equal."""

Make = Callable[[Node], Node]
"""Makes a mistake at a node; raises GraphError where it cannot be made."""


class Slip(NamedTuple):
    """A mistake: what it is, at which node it is made, and the graph that it leads to."""

    mistake: str
    at: Node
    node: Node


class Pair(NamedTuple):
    """Two mistakes at different nodes, ``second.node`` with both in it."""

    first: Slip
    second: Slip


class _Site(NamedTuple):
    mistake: str
    at: Node
    make: Make


# -- where slips can be made -----------------------------------------------------------------------


def _sites(output: Node) -> list[_Site]:
    """Return every mistake at every node, nearest to the output first."""
    evaluated = set(schedule([output], evaluated=True))
    found: list[_Site] = []
    for node in reversed(schedule([output])):
        seen = {node}
        for mistake, make in _mistakes(node, node is output, node in evaluated):
            try:
                wrong = make(node)
            except GraphError:
                continue
            unseen = node not in evaluated and wrong.shape == node.shape  # only its shape is asked for
            if wrong not in seen and not unseen:
                seen.add(wrong)
                found.append(_Site(mistake, node, make))
        if len(found) >= MOST_SITES:
            break
    return found[:MOST_SITES]


def _mistakes(node: Node, whole: bool, evaluated: bool) -> Iterator[tuple[str, Make]]:
    """Yield the mistakes that can be made at a node: those of patterns first, whose names say more."""
    for pattern in PATTERNS:
        if pattern.where == "answer" and not whole:
            continue
        if pattern.where == "size" and (evaluated or node.op.window is None):
            continue
        try:
            count = len(made(pattern, node))
        except GraphError:
            continue
        for k in range(count):
            yield pattern.mistake, partial(_kth, pattern, k)
    for mistake, slip in node.op.slips.items():
        yield mistake, partial(_of_op, slip)


def _kth(pattern: Pattern, k: int, node: Node) -> Node:
    found = made(pattern, node)
    if k >= len(found):
        raise GraphError(f"{pattern.mistake}: the pattern is gone")
    return found[k]


def _of_op(slip: Callable[..., Node], node: Node) -> Node:
    wrong = slip(*node.args, **dict(node.attrs))
    return wrong if node.name is None else named(wrong, node.name)


# -- graphs with slips in them ---------------------------------------------------------------------


def slips(output: Node) -> list[Slip]:
    """Return every graph that differs from ``output`` by one slip, those made first coming first.

    A slip may change shapes, even that of the output, as long as all that rests on it can be built.
    """
    order = schedule([output])
    place = {node: i for i, node in enumerate(order)}
    found = []
    for site in sorted(_sites(output), key=lambda site: place[site.at]):
        wrong = _slipped(order, output, {site.at: site.make})
        if wrong is not None and wrong is not output:
            found.append(Slip(site.mistake, site.at, wrong))
    return found


def pairs(output: Node) -> Iterator[Pair]:
    """Yield graphs that differ by two slips at different nodes, nearest to the output first.

    There are at most ``MOST_PAIRS``, fewer of a large graph; what a single slip gives as well is left out.
    """
    order = schedule([output])
    sites = _sites(output)
    alone = [_slipped(order, output, {site.at: site.make}) for site in sites]
    seen = {output, *(node for node in alone if node is not None)}
    left = min(MOST_PAIRS, MOST_VISITS // len(order))
    for i, j in _nearest_first(len(sites)):
        one, two = sites[i], sites[j]
        if one.at is two.at or (first := alone[i]) is None:
            continue
        left -= 1
        if left < 0:
            return
        wrong = _slipped(order, output, {one.at: one.make, two.at: two.make})
        if wrong is not None and wrong not in seen:
            seen.add(wrong)
            yield Pair(Slip(one.mistake, one.at, first), Slip(two.mistake, two.at, wrong))


def _nearest_first(count: int) -> Iterator[tuple[int, int]]:
    """Yield pairs of different positions, those with the smallest sum first."""
    for total in range(1, 2 * count - 2):
        for i in range(max(0, total - count + 1), (total + 1) // 2):
            yield i, total - i


def _slipped(order: Sequence[Node], output: Node, change: Mapping[Node, Make]) -> Node | None:
    """Return the output with mistakes made at some nodes, None where it cannot be built."""
    new: dict[Node, Node] = {}
    try:
        for node in order:
            here = node
            if new:
                args = tuple(new.get(a, a) for a in node.args)
                name = node.name
                if isinstance(name, Adjoint):
                    name = Adjoint(new.get(name.of, name.of), new.get(name.at, name.at))
                if args != node.args or name != node.name:
                    here = _remade(node, args, name)
            if node in change:
                here = change[node](here)
            if here is not node:
                new[node] = here
    except (GraphError, ValueError, TypeError, IndexError, ZeroDivisionError):
        return None
    return new.get(output, output)


def _remade(node: Node, args: tuple[Node, ...], name: Any) -> Node:
    """Return a node with other arguments, which may have other shapes."""
    if all(a.shape == b.shape for a, b in zip(args, node.args, strict=True)):
        return interned(node.op, args, node.attrs, name)
    attrs = dict(node.attrs)
    made: Node | None = None
    if node.op.static and "dims" in attrs:
        made = shape(args[0])
    elif "order" in attrs and node.ndim == 1:  # what was stacked to one column still is
        made = reshape(args[0], (entry_count(args[0].shape),), attrs["order"])
    elif not node.op.elementwise and any(a.ndim != b.ndim for a, b in zip(args, node.args, strict=True)):
        raise GraphError(f"{node.op.name}: the number of axes has changed")
    if made is None:
        return interned(node.op, args, node.attrs, name)
    return made if name is None else named(made, name)


# -- their values ----------------------------------------------------------------------------------


def sample(symbols: Iterable[Node]) -> dict[Any, Array]:
    """Return values of symbols, by name, at ``POINTS`` random points; the same at every call."""
    rng = np.random.default_rng(20220226)
    leaves = {leaf.name: leaf for leaf in symbols}
    return {name: draw_exactly(rng, leaf, POINTS) for name, leaf in leaves.items()}


def evaluate(nodes: Sequence[Node], points: Mapping[Any, Array]) -> list[Array | None]:
    """Return values of many graphs in floats, what they share computed once.

    ``points`` gives symbols values by name, with one leading axis; where it is not empty, so do the results,
    which are not a number at points where they have no value.  None stands for what has no value, or next to
    none: too large, not defined, or a symbol without a value.
    """
    left: float = MOST_IN_ALL
    rule, fast = Program([], floats), Program([], floats, kernels=True)
    lead = (POINTS,) if points else ()
    values: dict[Node, Array] = {}
    with np.errstate(all="ignore"):
        for node in schedule(nodes, evaluated=True):
            if node.op.name == "symbol" and node.name in points:
                values[node] = points[node.name]
            elif _entries(node) <= min(left, MOST_ENTRIES) and (
                node.op.static or all(a in values for a in node.args)
            ):
                left -= _entries(node)
                try:
                    value = np.asarray((rule if node.op.static else fast).evaluate(node, values), float)
                except (GraphError, ValueError, TypeError, IndexError, ArithmeticError):
                    continue
                if value.shape in (node.shape, (*lead, *node.shape)):
                    values[node] = value
    return [
        _defined(np.broadcast_to(values[n], (*lead, *n.shape)), bool(lead)) if n in values else None
        for n in nodes
    ]


def _entries(node: Node) -> float:
    """Return how many entries the values of a node have, infinity where sizes are symbols."""
    return math.prod(node.shape) * POINTS if all(isinstance(d, int) for d in node.shape) else math.inf


def _defined(value: Array, many: bool) -> Array | None:
    """Return a value, not a number at points where an entry has none; None where it has next to none."""
    finite = np.isfinite(value)
    if finite.all():
        return value
    if not many or (known := finite.reshape(len(value), -1).all(1)).sum() < ENOUGH:
        return None
    return np.where(known.reshape(-1, *(1,) * (value.ndim - 1)), value, np.nan)


def tabulated(values: Sequence[Array | None]) -> dict[tuple[int, ...], tuple[list[int], Array]]:
    """Return values by shape: their positions, and one row of entries for each."""
    by_shape: dict[tuple[int, ...], list[int]] = {}
    for i, value in enumerate(values):
        if value is not None:
            by_shape.setdefault(value.shape, []).append(i)
    return {
        form: (which, np.asarray([values[i] for i in which]).reshape(len(which), -1))
        for form, which in by_shape.items()
    }


def near(rows: Array, value: Array, within: Array | float = 0.0) -> list[int]:
    """Return which rows are close to a value, or within a distance of it, entry by entry.

    Where one is not a number the other must be none either.
    """
    flat = np.ravel(value)
    with np.errstate(invalid="ignore"):
        room = np.ravel(within) + CLOSE * (1 + np.maximum(np.abs(rows), np.abs(flat)))
        close = (np.abs(rows - flat) <= room) | (np.isnan(rows) & np.isnan(flat))
        return [int(i) for i in np.flatnonzero(close.all(1))]


def mistakes() -> list[str]:
    """Return the names of all mistakes that are modelled, of ops and of patterns."""
    names = {mistake for op in table.values() for mistake in op.slips}
    return sorted(names | {pattern.mistake for pattern in PATTERNS})


# -- lines -----------------------------------------------------------------------------------------


def lines_of(output: Node) -> dict[Node, Node]:
    """Return, for each node that ``output`` rests on, the line of working in which it is computed."""
    order = schedule([output])
    heads = [n for n in order if n is output or (n.name is not None and n.op.name not in _GIVEN)]
    found: dict[Node, Node] = {}
    for head in heads:
        stack = [head]
        while stack:
            node = stack.pop()
            if node not in found:
                found[node] = head
                stack.extend(node.args)
    return found


_GIVEN = ("symbol", "constant")


def symbol_of(line: Node) -> str:
    """Return the symbol of a line of working; of one without a name, its expression."""
    piece = name_piece(line.name, line.shape) if line.name is not None else write(line)
    return piece.text
