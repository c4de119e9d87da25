"""Whether a number is right: equal, correctly rounded, or as far off as rounding on the way can lead."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ...graph import GraphError, Node
from ...graph.op import Array
from ...graph.program import Program
from ...graph.slips import slips
from ...graph.spaces import ball, exact
from ...graph.spaces import numpy as floats
from ...graph.steps import lines
from ...graph.values import Values, has_unknowns, to_float
from ..verdict import Outcome
from .kind import Settings
from .written import Written

FIGURES = 2
"""Significant figures that an answer needs where the paper does not say."""

FIGURES_OF_WHOLE = 3
"""Significant figures that a rounded answer without a decimal point needs where the paper does not say."""

CARRIED = 3
"""Significant figures that candidates are taken to carry in intermediate results."""

MOST = 0.05
"""Largest relative difference that is put down to rounding; beyond it a person decides."""

FLOATING = 1e-12
"""Relative difference allowed to a number pasted from a program, with 13 figures or more."""

MAX_ENTRIES = 64
"""Largest intermediate result, in entries, whose rounding is followed."""


class Precision(NamedTuple):
    """How precisely the paper wants a number: decimals or significant figures, or a stated tolerance."""

    decimals: int | None = None
    figures: int | None = None
    tolerance: Fraction | None = None

    @property
    def asked(self) -> bool:
        """Whether the paper says how precisely."""
        return self.decimals is not None or self.figures is not None


def precision(options: Settings) -> Precision:
    """Return the precision that the options of a blank ask for."""
    decimals, figures, tolerance = (options.get(k) for k in ("decimals", "figures", "tolerance"))
    return Precision(
        int(decimals) if decimals else None,
        int(figures) if figures else None,
        Fraction(tolerance) if tolerance else None,
    )


class Judgement(NamedTuple):
    """Whether a number is right, why, and what the candidate should know."""

    outcome: Outcome
    reason: str
    feedback: tuple[str, ...] = ()


def judge(
    expected: Any,
    written: Written,
    wanted: Precision,
    slack: Callable[[], float],
    slipped: Callable[[], list[tuple[str, float]]],
) -> Judgement:
    """Return whether a number as written is right for an exact value.

    ``slack`` gives how far rounding of intermediate results can lead, ``slipped`` the values that a slip
    leads to; both are asked for only where they matter.
    """
    try:
        return _judge(expected, written, wanted, slack, slipped)
    except GraphError as error:
        return Judgement("undecided", str(error))


def _judge(
    expected: Any,
    written: Written,
    wanted: Precision,
    slack: Callable[[], float],
    slipped: Callable[[], list[tuple[str, float]]],
) -> Judgement:
    found = written.value
    if found == expected or exact.sign(expected - found) == 0:
        return Judgement("right", "equal to the key")
    if wanted.tolerance is not None and _near(expected, found, wanted.tolerance):
        return Judgement("right", f"within {wanted.tolerance} of the key, as the paper allows")
    if written.places is None:
        return _closed_form(expected, written)
    number = _fraction(found)
    places, asked = written.places, _places_asked(expected, written, wanted)
    enough = places >= asked or (wanted.decimals is None and written.figures >= _figures(written, wanted))
    if _rounds(expected, number, places if enough else asked):
        return Judgement("right", "correctly rounded")
    if not enough and (written.point or written.figures >= 2) and _rounds(expected, number, places):
        needed = _needed(written, wanted)
        if wanted.asked:
            return Judgement("wrong", f"correctly rounded, but {needed}", (f"Too coarse: {needed}.",))
        return Judgement("undecided", f"correctly rounded, but coarse: {needed}", (f"Coarse: {needed}.",))
    if not written.point and wanted.decimals is None:
        figures = _round_figures(expected, int(number))
        if wanted.figures is not None and figures >= wanted.figures:
            return Judgement("right", f"correctly rounded to {figures} significant figures")
        if wanted.figures is None and figures >= (FIGURES_OF_WHOLE if expected.is_Integer else FIGURES):
            return Judgement(
                "undecided", f"correctly rounded, if it is meant to {figures} significant figures"
            )
    if not enough:
        return Judgement("wrong", "not a correct rounding of the key")
    return _rounded_early(float(ball.enclose(expected, 128)), written, slack, slipped)


def _closed_form(expected: Any, written: Written) -> Judgement:
    if written.rounded:
        near, far = (float(ball.enclose(x, 128)) for x in (expected, written.value))
        if abs(near - far) <= 0.01 * abs(near):
            return Judgement("undecided", "computed from rounded numbers: close to the key, but not equal")
    return Judgement("wrong", "not equal to the key")


def _rounded_early(
    expected: float,
    written: Written,
    slack: Callable[[], float],
    slipped: Callable[[], list[tuple[str, float]]],
) -> Judgement:
    number, half = float(written.value), float(written.half)
    off = abs(number - expected)
    if written.figures >= 13 and off <= FLOATING * abs(expected):
        return Judgement("right", "equal to the accuracy of floating point")
    if not expected or off > abs(expected) / 2:
        return Judgement("wrong", "not a correct rounding of the key")
    led = slack()
    if off > half + led:
        return Judgement("wrong", "not a correct rounding of the key")
    for mistake, value in slipped():
        if abs(number - value) <= half * 1.000001:
            return Judgement("undecided", f"rounding on the way could lead here, and so could: {mistake}")
    if off > MOST * abs(expected):
        return Judgement("undecided", "rounding on the way could lead here, but it is far off")
    return Judgement(
        "right",
        f"within {led + half:.2g} of the key, which rounding on the way can cause",
        ("Correct but rounded too early: keep more figures until the end.",),
    )


def _near(expected: Any, found: Any, distance: Fraction) -> bool:
    if found.is_Rational:
        number = _fraction(found)
        return ball.within(expected, number - distance, number + distance)
    return ball.within(expected - found, -distance, distance)


def _rounds(expected: Any, number: Fraction, places: int) -> bool:
    half = Fraction(10) ** -places / 2
    return ball.within(expected, number - half, number + half)


def _round_figures(expected: Any, number: int) -> int:
    """Return to how many significant figures a whole number that ends in zeros rounds the key; 0 for none."""
    digits = str(abs(number))
    zeros = len(digits) - len(digits.rstrip("0")) if number else 0
    for k in range(1, zeros + 1):
        if _rounds(expected, Fraction(number), -k):
            return len(digits) - k
    return 0


def _fraction(value: Any) -> Fraction:
    above, below = value.get_num_den()
    return Fraction(int(above), int(below))


def _figures(written: Written, wanted: Precision) -> int:
    if wanted.figures is not None:
        return wanted.figures
    return FIGURES if written.point else FIGURES_OF_WHOLE


def _places_asked(expected: Any, written: Written, wanted: Precision) -> int:
    """Return the decimals that an answer must be right to."""
    if wanted.decimals is not None:
        return wanted.decimals
    size = abs(float(ball.enclose(expected, 64)))
    if not math.isfinite(size):
        raise GraphError("the key is too large to be compared with decimals")
    return _figures(written, wanted) - 1 - (math.floor(math.log10(size)) if size else 0)


def _needed(written: Written, wanted: Precision) -> str:
    if wanted.decimals is not None:
        return f"{wanted.decimals} decimals are asked for"
    return f"at least {_figures(written, wanted)} significant figures are asked for"


# -- what rounding on the way can cause -----------------------------------------------------------


@lru_cache(2048)
def slack(key: Node, wanted: Precision) -> Array:
    """Return, for each entry of a key, how far it moves when its lines of working are rounded.

    To first order: the sum, over every entry of every line, of the change that half a unit in its last
    place makes.  Lines carry the decimals or the figures that the paper asks for, else three figures; what
    is exact at that precision does not move.
    """
    total = np.zeros(key.shape)
    values = Values()
    program = Program([key], floats)
    try:
        known = program.values({})
    except GraphError:
        return total
    base = np.asarray(known[key], dtype=float)
    for line in lines(key):
        if line is key or line not in known or line.op.static or known[line].size > MAX_ENTRIES:
            continue
        exact_line = values[line]
        if exact_line is None or has_unknowns(exact_line):
            continue
        halves = np.asarray([_half(entry, wanted) for entry in exact_line.ravel()])
        total += _moved(program, line, to_float(exact_line), halves, base)
    return total


def _moved(program: Program, line: Node, at: Array, halves: Array, base: Array) -> Array:
    """Return how far the key moves when each entry of a line is rounded, summed over the entries."""
    moved = np.zeros(base.shape)
    for i in np.flatnonzero(halves):
        furthest = np.zeros(base.shape)
        for sign in (1, -1):
            shifted = at.copy().reshape(-1)
            shifted[i] += sign * halves[i]
            with np.errstate(all="ignore"):
                found = np.asarray(program({line: shifted.reshape(at.shape)})[0], dtype=float)
            change = np.abs(found - base)
            furthest = np.maximum(furthest, np.where(np.isfinite(change), change, 0.0))
        moved += furthest
    return moved


def _half(entry: Any, wanted: Precision) -> float:
    """Return half a unit in the last place that a candidate carries; 0 where the entry is exact there."""
    try:
        size = abs(float(ball.enclose(entry, 64)))
    except GraphError:
        return 0.0
    if not size or not math.isfinite(size):
        return 0.0
    leading = math.floor(math.log10(size))
    places = (wanted.figures or CARRIED) - 1 - leading
    if wanted.decimals is not None:
        places = max(wanted.decimals, FIGURES - 1 - leading)
    if entry.is_Rational and (entry * exact.value(Fraction(10) ** places)).is_Integer:
        return 0.0
    return 0.5 * 10.0**-places


@lru_cache(2048)
def slip_values(key: Node) -> tuple[tuple[str, Array], ...]:
    """Return what each modelled slip leads to, in floats, where it has the shape of the key."""
    found = []
    for slip in slips(key):
        if slip.node.shape != key.shape:
            continue
        try:
            found.append((slip.mistake, np.asarray(Program([slip.node], floats)({})[0], dtype=float)))
        except GraphError:
            continue
    return tuple(found)


# -- what may have gone wrong ---------------------------------------------------------------------

_FACTORS = (
    (1 / math.log(2), "Another base of the logarithm: 2 instead of e."),
    (math.log(2), "Another base of the logarithm: e instead of 2."),
    (1 / math.log(10), "Another base of the logarithm: 10 instead of e."),
    (math.log(10), "Another base of the logarithm: e instead of 10."),
    (math.log2(10), "Another base of the logarithm: 2 instead of 10."),
    (1 / math.log2(10), "Another base of the logarithm: 10 instead of 2."),
    (2.0, "Off by a factor of 2."),
    (0.5, "Off by a factor of 1/2."),
)


def hints(expected: float, written: Written) -> list[str]:
    """Return what a wrong number suggests: its sign, a power of ten, a reciprocal, a base of logarithms."""
    found, half = float(ball.enclose(written.value, 64)), float(written.half)
    if not found or not expected or not math.isfinite(found) or half > abs(found) / 10:
        return []

    def fits(value: float) -> bool:
        return abs(found - value) <= half * 1.000001 + 1e-9 * abs(value)

    if fits(-expected):
        return ["The sign is wrong."]
    if fits(100 * expected) or fits(expected / 100):
        return ["Off by a factor of 100: a percentage against a fraction?"]
    for k in (1, 3, 4, 5, 6, 9):
        if fits(expected * 10.0**k) or fits(expected / 10.0**k):
            return [f"Off by a factor of {10**k:,}: a power of ten.".replace(",", " ")]
    if fits(1 / expected):
        return ["This is the reciprocal."]
    if expected == round(expected) and (fits(expected + 1) or fits(expected - 1)):
        return ["Off by one."]
    for factor, sentence in _FACTORS:
        if fits(factor * expected):
            return [sentence]
    return []
