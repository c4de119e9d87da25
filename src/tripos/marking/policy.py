"""Credit to points, as the paper's policy has it."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from ..paper.policy import Policy, read_policy
from .result import Outcome

__all__ = ["Policy", "outcome_of", "points_for", "read_policy"]


def points_for(policy: Policy, credit: Fraction, of: Fraction) -> Fraction:
    """Return the points for a credit: its share of what a blank is worth, rounded as the policy says.

    Halves are rounded up, in the candidate's favour; never beyond what the blank is worth.
    """
    points = credit * of
    if not policy.rounding:
        return points
    rounded = floor(points / policy.rounding + Fraction(1, 2)) * policy.rounding
    return of if credit == 1 else min(rounded, of)


def outcome_of(credit: Fraction) -> Outcome:
    """Return what came of an answer that was credited."""
    if credit == 1:
        return "right"
    return "partly" if credit > 0 else "wrong"
