"""What marking a script yields: plain data, ready to store, to print, to compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Any, Literal

from .counting import EVERYTHING, Counting, counting_from_json, dropped, total

Outcome = Literal["right", "partly", "wrong", "unread", "undecided", "open", "unanswered"]
"""What came of an answer; "open" is marked by a person, as is what is unread or undecided."""

WAITING = ("unread", "undecided", "open")
"""Outcomes that wait for a person: their points are not known yet."""


@dataclass(frozen=True)
class BlankMark:
    """The mark of one blank, and everything that explains it.

    ``points`` is None while a person has yet to decide.  ``understood`` is the LaTeX of what was read;
    ``slip`` the mistake that explains a wrong answer; ``follows`` the blanks whose wrong answers were
    followed through; ``working`` the lines, in plain text, recomputed for what the candidate had before.
    """

    blank: str
    question: str
    kind: str
    answer: str
    outcome: Outcome
    points: Fraction | None
    of: Fraction
    key: str = ""
    reason: str = ""
    witness: str = ""
    bound: float | None = None
    understood: str = ""
    slip: str = ""
    convention: str = ""
    follows: tuple[str, ...] = ()
    working: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()
    marker: str = "machine"

    def as_json(self) -> dict[str, Any]:
        """Return the mark as plain data, without what is empty."""
        data = {name: getattr(self, name) for name in _NAMES}  # asdict copies deeply: ten times slower
        data["points"], data["of"] = amount(self.points), amount(self.of)
        keep = ("blank", "question", "kind", "answer", "outcome", "points", "of")
        return {k: list(v) if isinstance(v, tuple) else v for k, v in data.items() if k in keep or v}


_NAMES = tuple(f.name for f in fields(BlankMark))


@dataclass(frozen=True)
class Mark:
    """One candidate's marks, and the hashes of all that they rest on."""

    candidate: str
    version: str
    blanks: tuple[BlankMark, ...]
    hashes: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What was found about the script itself, such as answers to blanks that the paper does not have."""
    counting: Counting = EVERYTHING
    """Which of the answers count."""

    @property
    def points(self) -> Fraction:
        """The points given so far: never below 0, and never more than the paper offers."""
        return total(self.counting, self.blanks)[0]

    @property
    def of(self) -> Fraction:
        """The points that the paper offers."""
        return total(self.counting, self.blanks)[1]

    @property
    def waiting(self) -> Fraction:
        """The points that may still be added, for a person has yet to decide about them."""
        return total(self.counting, self.blanks)[2]

    @property
    def dropped(self) -> set[str]:
        """The questions that do not count, where the best of several do."""
        return dropped(self.counting, self.blanks)

    def as_json(self) -> dict[str, Any]:
        """Return the marks as plain data."""
        points, of, waiting = total(self.counting, self.blanks)
        data: dict[str, Any] = {
            "candidate": self.candidate,
            "version": self.version,
            "points": amount(points),
            "of": amount(of),
            "waiting": amount(waiting),
            "blanks": [blank.as_json() for blank in self.blanks],
            "hashes": dict(self.hashes),
        }
        rare = {"notes": list(self.notes), "counting": self.counting and self.counting.as_json()}
        return data | {key: value for key, value in rare.items() if value}


def amount(points: Fraction | None) -> int | str | None:
    """Return points as JSON has them: a whole number, or a fraction such as "3/2"."""
    if points is None:
        return None
    return int(points) if points.denominator == 1 else str(points)


def mark_from_json(data: Mapping[str, Any]) -> Mark:
    """Return the marks that ``Mark.as_json`` wrote."""
    blanks = tuple(_blank_from_json(blank) for blank in data["blanks"])
    counting = counting_from_json(data["counting"]) if "counting" in data else EVERYTHING
    notes = tuple(data.get("notes", ()))
    return Mark(data["candidate"], data["version"], blanks, dict(data["hashes"]), notes, counting)


def _blank_from_json(data: Mapping[str, Any]) -> BlankMark:
    known = {f.name for f in fields(BlankMark)}
    values: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in data.items() if k in known
    }
    values["points"] = None if data["points"] is None else Fraction(data["points"])
    return BlankMark(**{**values, "of": Fraction(data["of"])})
