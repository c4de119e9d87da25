"""How a paper wants to be marked: the ``marking`` block of its front matter."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from .diagnostic import nearest

KEYS = ("follow-through", "conventions", "slips", "partial", "rounding", "negative")
"""What a ``marking`` block may state."""

_WORDS = {"full": Fraction(1), "half": Fraction(1, 2), "none": Fraction(0)}
SHARE = "full, half, none or a fraction from 0 to 1, such as 3/4"
"""How a share of the points is written."""

Complain = Callable[..., None]
"""Notes a finding: the key at whose line it is found, a message, and details by name."""


@dataclass(frozen=True)
class Policy:
    """What answers are worth that are not simply right; every credit is a share of the blank's points.

    ``follow_through``: what is right for a wrong earlier answer.  ``conventions``: what is right under
    another convention than the one that the paper declares (where it declares none, that is right in full).
    ``slips``: by mistake, an answer that the mistake explains.  ``partial``: whether the entries of an array
    are credited one by one.  ``rounding``: points are rounded to multiples of this, 0 for not at all.
    ``negative``: the share of its points that a wrong choice costs.
    """

    follow_through: Fraction = Fraction(1)
    conventions: Fraction = Fraction(1, 2)
    slips: Mapping[str, Fraction] = field(default_factory=dict)
    partial: bool = True
    rounding: Fraction = Fraction(0)
    negative: Fraction = Fraction(0)

    def as_json(self) -> dict[str, Any]:
        """Return the policy as plain data, in the words of the front matter."""
        return {
            "follow-through": str(self.follow_through),
            "conventions": str(self.conventions),
            "slips": {mistake: str(credit) for mistake, credit in sorted(self.slips.items())},
            "partial": self.partial,
            "rounding": str(self.rounding),
            "negative": str(self.negative),
        }


def read_policy(block: Any, complain: Complain) -> Policy:
    """Return the policy that a ``marking`` block states; what is wrong with it is noted and left out."""
    if block is None:
        return Policy()
    if not isinstance(block, dict):
        complain(
            "marking",
            "marking must be a mapping",
            found=repr(block)[:60],
            expected="lines below it such as follow-through: half",
        )
        return Policy()
    found: dict[str, Any] = {}
    for key, value in block.items():
        if key not in KEYS:
            complain(str(key), f"marking has no key {key!r}", help=nearest(str(key), list(KEYS)))
        elif key == "slips":
            found["slips"] = _slips(value, complain)
        elif key == "partial":
            if isinstance(value, bool):
                found["partial"] = value
            else:
                complain("partial", "partial must be yes or no", found=repr(value)[:60])
        elif key == "rounding":
            found["rounding"] = _rounding(value, complain)
        else:
            credit = _credit(key, value, complain)
            if credit is not None:
                found[key.replace("-", "_")] = credit
    return Policy(**found)


def _credit(key: str, value: Any, complain: Complain) -> Fraction | None:
    """Return a share from 0 to 1, None after noting that it is none."""
    credit = read_share(value)
    if credit is None:
        complain(key, f"{key} must be a share of the points", found=repr(value)[:60], expected=SHARE)
    return credit


def read_share(value: Any) -> Fraction | None:
    """Return a share from 0 to 1 from how it is written, None where it is none."""
    credit = _WORDS.get(value) if isinstance(value, str) else None
    credit = _fraction(value) if credit is None else credit
    return credit if credit is not None and 0 <= credit <= 1 else None


def _fraction(value: Any) -> Fraction | None:
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,9}(\.\d{1,9}|/[1-9]\d{0,8})?", text):
        return None
    return Fraction(text)


def _rounding(value: Any, complain: Complain) -> Fraction:
    unit = Fraction(0) if value == "exact" else _fraction(value)
    if unit is None or (value != "exact" and unit == 0):
        complain(
            "rounding",
            "rounding must be what points are multiples of",
            found=repr(value)[:60],
            expected="exact, 1, 1/2 or another fraction",
        )
        return Fraction(0)
    return unit


def _slips(value: Any, complain: Complain) -> dict[str, Fraction]:
    if not isinstance(value, dict):
        complain(
            "slips",
            "slips must be a mapping of mistakes to their credit",
            found=repr(value)[:60],
            expected="lines below it such as kernel flipped: half",
        )
        return {}
    from ..graph.slips import mistakes

    known, found = mistakes(), {}
    for mistake, worth in value.items():
        name = str(mistake)
        unknown = [each for each in name.split(", and ") if each not in known]  # as two at once are named
        if unknown:
            close = nearest(unknown[0], known)
            help = close if close.startswith("did") else "tripos.graph.slips.mistakes() lists them"
            complain(name, f"no mistake is known by the name {unknown[0]!r}", help=help)
        elif (credit := _credit(name, worth, complain)) is not None:
            found[name] = credit
    return found
