"""What a wrong answer is still worth: for earlier answers, for another convention, for a known slip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, partial
from typing import NamedTuple

from ..graph import Node
from ..graph.conventions import CONVENTIONS
from ..graph.slips import symbol_of
from .carried import explained, half_units
from .diagnosis import Diagnosis, diagnose
from .follow import (
    Had,
    Recomputed,
    Route,
    earlier,
    is_far,
    key_of,
    nearness,
    recomputed,
    routes,
    said,
    value_of,
    working,
)
from .guard import trouble
from .judging import LONGEST, REMEMBERED, Marked, judge
from .plan import Place, Plan

PLAIN = frozenset(("points", "decimals", "figures"))
"""Options of a blank under which an answer that is right is near the key in floats."""


@dataclass(frozen=True)
class Credited:
    """What an answer is worth, as a share of its points, and why.

    ``undecided`` says that a person has to decide instead.
    """

    credit: Fraction
    reason: str = ""
    convention: str = ""
    slip: str = ""
    follows: tuple[str, ...] = ()
    working: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()
    undecided: bool = False


class Followed(NamedTuple):
    """What an answer is worth for what the candidate had before.

    ``whole`` where all of it is right for that, ``partly`` where some entries are; ``doubtful`` names the
    blanks from which it may follow, ``refused`` says why what it follows from earns nothing.
    """

    whole: Credited | None = None
    partly: Credited | None = None
    doubtful: str = ""
    refused: tuple[str, ...] = ()


def alternatives(
    plan: Plan,
    place: Place,
    text: str,
    had: Mapping[str, Had],
    waiting: Mapping[str, Place],
    shown: Set[str] = frozenset(),
) -> Credited:
    """Return the best that a wrong answer is worth; of two that are worth the same, what says more.

    ``had`` are the wrong answers to blanks above, ``waiting`` the blanks above that a person has to decide
    about: what rests on those waits as well, unless it is right for something else.  ``shown`` are the blanks
    above that have an answer: what was done wrong there is known from it, and is not done wrong here.
    """
    above = earlier(plan, place) if plan.policy.follow_through else ()
    before = tuple(had[p.id] for p in above if p.id in had)
    blocking = ", ".join(p.id for p in above if p.id in waiting)
    told = frozenset(symbol_of(key_of(p)) for p in earlier(plan, place) if p.id in shown)
    if len(text) > LONGEST:
        return _best(plan, place, text, before, blocking, told)
    known = plan.caches.get("alternatives")
    if known is None:
        known = plan.caches["alternatives"] = lru_cache(REMEMBERED)(partial(_best, plan))
    found: Credited = known(place, text, before, blocking, told)
    return found


def _best(
    plan: Plan, place: Place, text: str, before: tuple[Had, ...], blocking: str, told: frozenset[str]
) -> Credited:
    marked = judge(plan, place, place.key, text)
    after = _followed(plan, place, text, marked, before)
    found = [*filter(None, [after.whole]), *_by_convention(plan, place, text, marked)]
    if not found and (after.doubtful or blocking):
        reason = f"wrong by itself, but it may follow from {after.doubtful or blocking}"
        return Credited(Fraction(0), reason, feedback=after.refused, undecided=True)
    entries = plan.policy.partial and not after.refused
    plain = Credited(marked.credit if entries or marked.credit < 0 else Fraction(0), marked.verdict.reason)
    if not found and not after.refused:
        found = [*filter(None, [after.partly]), _diagnosed(plan, place, marked, plain, before, told)]
    found.append(plain)
    best = max(found, key=lambda each: each.credit)
    return replace(best, feedback=(*after.refused, *best.feedback))


def _followed(plan: Plan, place: Place, text: str, marked: Marked, before: tuple[Had, ...]) -> Followed:
    """Return what an answer is worth for what the candidate had before."""
    doubtful, refused = "", list[str]()
    partly: Credited | None = None
    answer = marked.value if isinstance(marked.value, Node) else None
    plain = answer is not None and PLAIN.issuperset(place.options)
    had = {one.place.id: one for one in before}
    for route in routes(plan, place, before):
        if plain and answer is not None:
            near = nearness(plan, place, route, had, answer)
            if near < 1 and (near <= marked.credit or not plan.policy.partial):
                continue
        found = recomputed(plan, place, route, had)
        outcome, share = _compared(plan, place, text, answer, route, had, found)
        if outcome == "wrong" and (partly or share <= marked.credit or not plan.policy.partial):
            continue
        names = ", ".join(p.id for p in route.follows)
        if why := _refusal(route, had, found):
            if outcome == "right":
                refused.append(f"It follows from the answer to {names}, but that earns nothing: {why}.")
            continue
        if outcome == "undecided":
            doubtful = doubtful or names
            continue
        credit = plan.policy.follow_through * (1 if outcome == "right" else Fraction(share))
        reason = f"right for the answer to {names}"
        worth = Credited(
            credit,
            reason if outcome == "right" else f"some entries are {reason}",
            follows=tuple(p.id for p in route.follows),
            working=working(place, route, had, found),
        )
        if outcome == "right":
            return Followed(worth)
        partly = worth
    return Followed(None, partly, doubtful, tuple(refused))


def _compared(
    plan: Plan,
    place: Place,
    text: str,
    answer: Node | None,
    route: Route,
    had: Mapping[str, Had],
    found: Recomputed,
) -> tuple[str, Fraction]:
    """Return what comes of an answer when it is compared with a recomputed key, and its share of entries."""
    if not route.between:  # the same quantity, asked for again
        own = value_of(key_of(place), answer) if answer is not None else None
        return "right" if own is had[route.follows[0].id].value else "wrong", Fraction(0)
    again = judge(plan, place, found.value, text)
    if again.verdict.outcome != "right" and answer is not None:
        rounded = {
            found.put[node]: half_units(had[before.id].written)
            for node, before in route.reached
            if not had[before.id].right  # around the key itself, rounding is allowed for already
        }
        if explained(found.value, answer, rounded):
            return "right", Fraction(1)
    return again.verdict.outcome, again.credit


def _refusal(route: Route, had: Mapping[str, Had], found: Recomputed) -> str:
    """Return why what follows from an answer is worth nothing: it is trivial, or impossible."""
    if not route.between:
        return ""
    names = " and ".join(said(had[before.id]) for before in route.follows)
    return trouble(route.between, found.between, found.put, names)


def _by_convention(plan: Plan, place: Place, text: str, marked: Marked) -> Iterator[Credited]:
    """Yield what an answer is worth that is right under another convention."""
    if said := marked.verdict.convention:
        yield Credited(plan.policy.conventions, "right under another convention", convention=said)
    answer = marked.value if PLAIN.issuperset(place.options) else None
    for name, choice, key in plan.other_keys(place):
        if isinstance(answer, Node) and isinstance(key, Node) and is_far(key, answer):
            continue
        if judge(plan, place, key, text).verdict.right:
            declared = name in plan.conventions
            credit = plan.policy.conventions if declared else Fraction(1)
            remark = "" if declared else ", and the paper does not say which it means"
            said = CONVENTIONS[name].choices[choice]
            yield Credited(credit, f"right under another convention{remark}", convention=said)


def _diagnosed(
    plan: Plan, place: Place, marked: Marked, plain: Credited, before: tuple[Had, ...], told: frozenset[str]
) -> Credited:
    """Return what a wrong answer is worth with the mistake that explains it, if one does.

    A mistake on top of wrong answers above is named, and earns nothing.
    """
    if not isinstance(marked.value, Node) or not isinstance(place.key, Node):
        return plain
    had = {one.place.id: one for one in before}
    for route in routes(plan, place, before):
        again = recomputed(plan, place, route, had)
        if not route.between or all(had[p.id].right for p in route.follows):
            continue
        if mistake := _made_here(diagnose(again.value, marked.value), told):
            names = ", ".join(p.id for p in route.follows)
            remark = f"For the answer to {names} this is a usual mistake: {mistake.mistake}."
            return replace(plain, slip=mistake.mistake, feedback=(remark,))
        break  # what the answer most likely rests on; a search for each way would take as long again
    found = _made_here(diagnose(place.key, marked.value), told)
    if found is None:
        return plain
    credit = max(plain.credit, plan.policy.slips.get(found.mistake, Fraction(0)))
    shown = found.working[-1:] if found.at else ()
    feedback = tuple(f"With this mistake in {found.at}: {line}" for line in shown)
    return replace(plain, credit=credit, slip=found.mistake, feedback=feedback)


def _made_here(found: Diagnosis | None, told: frozenset[str]) -> Diagnosis | None:
    """Return a diagnosis unless its mistake lies in a line that has an answer of its own."""
    return None if found is None or told.intersection(found.at.split(", ")) else found
