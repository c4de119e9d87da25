"""Outcomes in words and signs, for those who read marks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..result import WAITING, BlankMark, Mark
from .legible import points_text

WORDS = {
    "right": ("✓", "Right"),
    "partly": ("◐", "Partly right"),
    "wrong": ("✗", "Not right"),
    "unread": ("?", "Could not be read by the machine"),
    "undecided": ("?", "Could not be decided by the machine"),
    "open": ("✎", "Marked by a person"),
    "unanswered": ("–", "No answer"),
}
"""A sign and words for each outcome, so that nothing is said by colour alone."""

NOTHING_KNOWN = "marked by a person"
"""What the machine gives as the reason why an open answer waits; it is not worth saying."""

LOOKS = ("right", "followed", "partly", "wrong", "waiting", "unanswered")
"""What an outcome looks like on a page."""


def look(mark: BlankMark) -> str:
    """Return one of LOOKS."""
    if mark.points is None:
        return "waiting"
    if mark.outcome in WAITING:  # decided by a person
        return "right" if mark.points >= mark.of else "wrong" if mark.points <= 0 else "partly"
    return "followed" if mark.follows and mark.points > 0 else mark.outcome


def sign(mark: BlankMark) -> str:
    """Return the sign of an outcome."""
    if mark.points is None and mark.outcome not in WAITING:
        return "…"
    if look(mark) == "followed":
        return "↪"
    return WORDS[mark.outcome if mark.points is None else look(mark)][0]


def words(mark: BlankMark) -> str:
    """Return the words of an outcome, without the points."""
    if mark.points is None:
        said = "To be marked by a person" if mark.outcome == "open" else WORDS[mark.outcome][1]
        return said if mark.outcome == "open" else f"{said}: a person will look at it"
    if look(mark) == "followed":
        return "Right for what came before" if mark.points == mark.of else "Follows from what came before"
    return WORDS[look(mark)][1]


def earned(marks: Sequence[BlankMark]) -> str:
    """Return the points of some blanks as "5 of 8 points", with those that wait for a person."""
    got = sum((m.points for m in marks if m.points is not None), Fraction(0))
    of = sum((m.of for m in marks), Fraction(0))
    waiting = sum((m.of for m in marks if m.points is None), Fraction(0))
    text = f"{points_text(got)} of {points_text(of)} point{'' if of == 1 else 's'}"
    return f"{text}, {points_text(waiting)} still to be marked" if waiting else text


def counted(question: str, mark: Mark, *, brief: bool = False) -> str:
    """Return how a question is counted where it is not simply added: as a bonus, or not at all."""
    if question in mark.dropped:
        return " (not counted)" if brief else ", not counted: others are better"
    if question in mark.counting.optional:
        return " (bonus)" if brief else ", a bonus"
    return ""
