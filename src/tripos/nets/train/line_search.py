"""How far to go along a direction: a step that meets the strong Wolfe conditions.

Algorithms 3.5 and 3.6 of Nocedal and Wright (2006), *Numerical Optimization*, with cubic interpolation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple


class Probe(NamedTuple):
    """A point along a direction: how far it is, the loss there, and its slope along the direction."""

    step: float
    value: float
    slope: float
    point: Any = None


Along = Callable[[float], Probe]

MOST = 30
"""How often a loss is evaluated at most before and while a step is bracketed."""
ROUNDING = 1e-14
"""Differences of losses below this share of them are rounding."""


def strong_wolfe(along: Along, start: Probe, first: float, c1: float, c2: float) -> Probe | None:
    """Return a step that lowers the loss enough, and after which the slope is flat enough.

    Enough is a share c1 of what the slope at ``start`` promises; flat enough is a share c2 of that slope.
    ``first`` is the step that is tried first.  Where rounding hides the conditions, the lowest point found is
    returned, None if no point is lower.
    """

    def too_high(now: Probe) -> bool:
        promised = start.value + c1 * now.step * start.slope
        return not now.value <= promised + ROUNDING * abs(start.value)

    before, step = start, first
    for i in range(MOST):
        now = along(step)
        if too_high(now) or (i and now.value >= before.value):
            return _zoom(along, start, before, now, c2, too_high)
        if abs(now.slope) <= -c2 * start.slope:
            return now
        if now.slope >= 0:
            return _zoom(along, start, now, before, c2, too_high)
        before, step = now, 2 * step
    return before


def _zoom(
    along: Along, start: Probe, low: Probe, high: Probe, c2: float, too_high: Callable[[Probe], bool]
) -> Probe | None:
    """Return a step between two that enclose one: ``low`` is the best so far and points towards ``high``."""
    for _ in range(MOST):
        now = along(between(low, high))
        if too_high(now) or now.value >= low.value:
            high = now
        else:
            if abs(now.slope) <= -c2 * start.slope:
                return now
            if now.slope * (high.step - low.step) >= 0:
                high = low
            low = now
        if abs(high.step - low.step) <= 1e-12 * max(abs(high.step), abs(low.step)):
            break
    return low if low.step > 0 else None


def between(low: Probe, high: Probe) -> float:
    """Return where the cubic through two points and their slopes is lowest, but never close to either."""
    width = high.step - low.step
    middle = low.step + width / 2
    if not (math.isfinite(high.value) and math.isfinite(high.slope)):
        return middle
    d1 = low.slope + high.slope - 3 * (low.value - high.value) / (low.step - high.step)
    square = d1 * d1 - low.slope * high.slope
    if not square >= 0:
        return middle
    d2 = math.copysign(math.sqrt(square), width)
    over = high.slope - low.slope + 2 * d2
    if not over:
        return middle
    found = high.step - width * (high.slope + d2 - d1) / over
    margin = 0.05 * abs(width)
    least, most = sorted((low.step, high.step))
    return min(max(found, least + margin), most - margin) if math.isfinite(found) else middle
