"""Answers and keys without names: equal in exact arithmetic, to many bits, or as a correct rounding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..verdict import Verdict
from . import balls
from .evaluation import Written

MANY = 1000
"""Bits to which closed forms without names must agree."""

FIGURES = 2
"""Significant figures that a rounded number must have at least."""

Describe = Callable[[Any, Any], str]
"""Returns the witness that an entry of an answer and one of a key differ."""


def agree_to_many_bits(given: Sequence[Any], key: Sequence[Any], bits: int, describe: Describe) -> Verdict:
    """Return whether closed forms, enclosed in so many bits, agree to ``MANY`` of them."""
    for a, k in zip(given, key, strict=True):
        differ = balls.differ(a, k, MANY)
        if differ:
            return Verdict("wrong", "the numbers differ", describe(a, k))
        if differ is None:
            return Verdict("undecided", f"{bits} bits do not tell the answer from the key")
    return Verdict(
        "right",
        f"equal to {MANY} bits, which no different closed forms of this length are known to be",
        bound=2.0**-MANY,
    )


def decide_rounded(
    given: Sequence[Any],
    key: Sequence[Any],
    places: Sequence[Written | None],
    bits: int,
    least: int,
    found: Verdict,
) -> Verdict:
    """Return whether numbers with decimals are correct roundings, to ``least`` figures or more.

    ``bits`` are those to which entries that count as equal agree; ``found`` is the verdict where an entry
    is no rounding.
    """
    fewest = None
    for a, k, written in zip(given, key, places, strict=True):
        if balls.differ(a, k, bits) is False:
            continue
        if written is None or not balls.within(a, k, written.half):
            return found
        fewest = min(written.figures, fewest or written.figures)
    if fewest is not None and fewest < least:
        return Verdict(
            "wrong",
            f"rounded to {fewest} figure{'s' * (fewest > 1)}, at least {least} are wanted",
            witness=found.witness,
        )
    return Verdict("right", f"correctly rounded to {fewest} figures", bound=0.0)
