"""Follow-through: later keys recomputed for what a candidate had before, derived from the graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np

from ..answers.kinds.kind import exact_value
from ..graph import GraphError, Node, constant
from ..graph.node import free_symbols, named, rebuild, schedule
from ..graph.notation import write
from ..graph.op import Array
from ..graph.program import Program
from ..graph.spaces import numpy as floats
from ..graph.steps import lines, step
from ..graph.values import Values, is_rational, origin
from .carried import half_units
from .plan import Place, Plan

LONGEST = 300
"""Longest line of working, in characters, that is kept with a mark."""

NEAR = 0.06
"""Difference, relative to the largest entry, beyond which no exact comparison is needed."""

REMEMBERED = 4096
"""Most values and recomputed keys that are kept for the next candidate."""


@dataclass(frozen=True, eq=False)
class Had:
    """What a candidate answered to an earlier blank.

    ``value`` can stand in the place of the key; ``written`` is the answer as it was read, with the decimals
    that it was written with; ``array`` is the value in floats, None for a formula.  ``right`` says that the
    answer is right, as a rounding of the key that later answers may go on with.
    """

    place: Place
    value: Node
    written: Node
    array: Array | None
    right: bool = False


@dataclass(frozen=True, eq=False)
class Route:
    """How a key rests on earlier blanks: a matter of the paper alone.

    ``follows`` are the blanks that reach the key, each past the others; ``reached`` the nodes that they
    stand for and ``between`` what is computed from those, the key last.  Where the key only asks for an
    earlier blank again, there is nothing between.
    """

    follows: tuple[Place, ...]
    reached: tuple[tuple[Node, Place], ...]
    between: tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class Recomputed:
    """A key for what a candidate had before.

    ``value`` is what the key becomes, ``between`` what is computed on the way to it, ``put`` the nodes that
    stand for the answers, by those that they replace.
    """

    value: Node
    between: tuple[Node, ...]
    put: Mapping[Node, Node]


def key_of(place: Place) -> Node:
    """Return the key of a place that is known to be a computation."""
    assert isinstance(place.key, Node)
    return place.key


# -- what a key rests on -------------------------------------------------------------------------


def earlier(plan: Plan, place: Place) -> tuple[Place, ...]:
    """Return the places before ``place`` whose quantities its key is computed from, in order."""
    known: dict[str, tuple[Place, ...]] = plan.caches.setdefault("earlier", {})
    if place.id not in known:
        known[place.id] = tuple(_earlier(plan, place))
    return known[place.id]


def _earlier(plan: Plan, place: Place) -> Iterator[Place]:
    if not isinstance(place.key, Node):
        return
    used = schedule([place.key], evaluated=True)
    for before in plan.blanks:
        if before is place:
            return
        if before.unit == place.unit and isinstance(before.key, Node) and _stand_for(before.key, used):
            yield before


def _stand_for(key: Node, used: Sequence[Node]) -> list[Node]:
    """Return the nodes that are the quantity that a key is, whatever they are called."""
    quantity = origin(key)
    if quantity.op.name == "symbol":
        return []
    if not quantity.args:  # data: two numbers that happen to be equal are two quantities
        return [n for n in used if n is quantity and n.name is not None]
    what = (quantity.op, quantity.args, quantity.attrs)
    return [n for n in used if (n.op, n.args, n.attrs) == what]


def routes(plan: Plan, place: Place, had: Sequence[Had]) -> Iterator[Route]:
    """Yield how a key rests on the blanks that a candidate answered: on all of them, then on one at a time.

    What does not reach the key because something later was answered as well is left out.
    """
    known = plan.caches.get("routes")
    if known is None:
        known = plan.caches["routes"] = lru_cache(REMEMBERED)(_route)
    seen: set[tuple[Place, ...]] = set()
    places = tuple(h.place for h in had)
    for chosen in (places, *((one,) for one in reversed(places))):
        if not chosen:
            return
        route: Route = known(key_of(place), chosen)
        if route.follows not in seen:
            seen.add(route.follows)
            yield route


def _route(key: Node, chosen: tuple[Place, ...]) -> Route:
    used = schedule([key], evaluated=True)
    whose = {node: place for place in chosen for node in _stand_for(key_of(place), used)}
    seen: set[Node] = set()
    stack = [key]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            if node not in whose and not node.op.static:
                stack.extend(node.args)
    reached = [n for n in used if n in seen and n in whose]
    rests, between = set(reached), []
    for node in used:
        if node in seen and node not in whose and any(arg in rests for arg in node.args):
            rests.add(node)
            between.append(node)
    again = origin(key) in reached
    follows = tuple(p for p in chosen if any(whose[n] is p for n in reached))
    return Route(follows, tuple((n, whose[n]) for n in reached), () if again else tuple(between))


# -- what a candidate had ------------------------------------------------------------------------


def had_before(plan: Plan, place: Place, answer: Node, *, right: bool = False) -> Had | None:
    """Return an answer as what later answers may follow from; None where it cannot stand for the key.

    Of one that is ``right``, this is what it was rounded to; None where that is the key itself.
    """
    known = plan.caches.get("had")
    if known is None:
        known = plan.caches["had"] = lru_cache(REMEMBERED)(_had)
    found: Had | None = known(place, answer, right)
    return found


def _had(place: Place, answer: Node, right: bool) -> Had | None:
    if right and not half_units(answer).any():
        return None
    value = value_of(key_of(place), answer)
    if value is None or (right and value is value_of(key_of(place), key_of(place))):
        return None
    return Had(place, value, answer, in_floats(value), right)


def value_of(key: Node, answer: Node) -> Node | None:
    """Return an answer as it can stand in the place of a key: a constant where it is rational.

    None where it has another shape than the key, or no value.
    """
    if answer.shape != key.shape:
        return None
    if free_symbols(answer):
        return answer
    try:
        value = exact_value(answer)
    except GraphError:
        return None
    return constant(_nested(value)) if is_rational(value) else answer


def _nested(value: Array) -> object:
    if np.ndim(value):
        return [_nested(row) for row in value]
    above, below = (value.item() if isinstance(value, np.ndarray) else value).get_num_den()
    return Fraction(int(above), int(below))


@lru_cache(REMEMBERED)
def in_floats(node: Node) -> Array | None:
    """Return the value of a node in floats; None where it depends on symbols or has none."""
    if free_symbols(node):
        return None
    try:
        return np.asarray(Program([node], floats).values()[node], dtype=float)
    except (GraphError, TypeError, ValueError):
        return None


# -- keys for what a candidate had ---------------------------------------------------------------


def nearness(plan: Plan, place: Place, route: Route, had: Mapping[str, Had], written: Node) -> float:
    """Return the share of entries in which an answer is near the recomputed key.

    It is 1 where floats cannot tell.
    """
    answer = in_floats(written)
    if answer is None:
        return 1.0
    known: dict[str, dict[Node, Array]] = plan.caches.setdefault("floats", {})
    key = key_of(place)
    program = Program([], floats)
    try:
        if place.id not in known:
            known[place.id] = {} if free_symbols(key) else Program([key], floats).values()
        if not known[place.id] or not route.between:
            return 1.0
        values = dict(known[place.id])
        for node, before in route.reached:
            array = had[before.id].array
            if array is None:
                return 1.0
            values[node] = array
        with np.errstate(all="ignore"):
            for node in route.between:
                values[node] = program.evaluate(node, values)
            return _share_near(np.asarray(values[key], dtype=float), answer, written)
    except (GraphError, TypeError, ValueError):
        return 1.0


def is_far(key: Node, written: Node) -> bool:
    """Say whether floats tell that an answer is not near a key."""
    answer, found = in_floats(written), in_floats(key)
    if answer is None or found is None or answer.shape != found.shape:
        return False
    return _share_near(found, answer, written) < 1


def _share_near(found: Array, answer: Array, written: Node) -> float:
    """Return the share of the entries of an answer that are near those of a key."""
    off = np.abs(found - answer)
    far = off > NEAR * max(np.abs(found).max(), np.abs(answer).max()) + half_units(written)
    return 1.0 - float(far.mean())


def recomputed(plan: Plan, place: Place, route: Route, had: Mapping[str, Had]) -> Recomputed:
    """Return the key of a place with what a candidate had in the place of earlier blanks."""
    known = plan.caches.get("recomputed")
    if known is None:
        known = plan.caches["recomputed"] = lru_cache(REMEMBERED)(_recomputed)
    found: Recomputed = known(place, route, tuple(had[before.id] for _, before in route.reached))
    return found


def _recomputed(place: Place, route: Route, had: tuple[Had, ...]) -> Recomputed:
    put = {
        node: one.value if node.name is None else named(one.value, node.name)
        for (node, _), one in zip(route.reached, had, strict=True)
    }
    if not route.between:
        return Recomputed(put[origin(key_of(place))], (), put)
    new = tuple(rebuild(route.between, put))
    return Recomputed(new[-1], new, put)


def said(had: Had) -> str:
    """Return what a candidate had, such as "z_out = 2"."""
    key = key_of(had.place)
    name = write(key).text if isinstance(key.name, str) else had.place.expr
    return f"{name} = {write(had.written, own_name=False).text}"


def working(place: Place, route: Route, had: Mapping[str, Had], found: Recomputed) -> tuple[str, ...]:
    """Return the lines that lead from what a candidate had to the recomputed key, as plain text."""
    shown = [f"{said(had[before.id])}, as you answered" for before in route.follows]
    if not route.between:
        return tuple(shown)
    kept = {*schedule([key_of(place)], evaluated=True), *found.put.values()}
    values = Values()
    for line in lines(found.value):
        if line is found.value or line not in kept:
            text = step(line, values).text
            shown.append(text if len(text) <= LONGEST else text[:LONGEST] + "…")
    return tuple(shown)
