"""The textbook rules of pooling: each window is gathered, and its entries are reduced."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..node import Shape
from ..op import Array
from .reduction import ties
from .windows import Padding, cropped, known, padded, taps, windows_of


def counts(x: Shape, kernel: Shape, stride: Shape, padding: Padding, what: str) -> Shape:
    """Return how many windows fit along each of the last axes."""
    return windows_of(x[len(x) - len(kernel) :], kernel, stride, padding, (1,) * len(kernel), what)


class _Plan(NamedTuple):
    """The positions, in the flattened image, that each window reads, and which of them lie inside.

    What lies in the padding reads the nearest entry, which is another of the same window.
    """

    positions: Any
    inside: Any
    out: Shape


@lru_cache(1000)
def plan_of(image: Shape, kernel: Shape, stride: Shape, padding: Padding) -> _Plan:
    """Return the plan for images of one size, made once."""
    known((*image, *kernel, *stride))
    out = counts(image, kernel, stride, padding, "pooling")
    positions, inside = np.zeros((1, 1), dtype=int), np.ones((1, 1), dtype=bool)
    for n, k, s, p, count in zip(image, kernel, stride, padding, out, strict=True):
        along = np.arange(count)[:, None] * s + np.arange(k) - p[0]
        near = np.clip(along, 0, n - 1)
        positions = _crossed(np.add, positions * n, near)
        inside = _crossed(np.logical_and, inside, near == along)
    return _Plan(positions, inside, out)


def _crossed(combine: Any, one: Any, two: Any) -> Any:
    """Return windows×entries over two axes from those along each."""
    crossed = combine(one[:, None, :, None], two[None, :, None, :])
    return crossed.reshape(one.shape[0] * two.shape[0], one.shape[1] * two.shape[1])


def _windows(xp: Any, x: Array, plan: _Plan, n: int) -> Array:
    """Return the entries of each window along a new last axis, row by row."""
    lead = x.shape[: x.ndim - n]
    gathered = xp.reshape(x, (*lead, -1))[..., plan.positions]
    return xp.reshape(gathered, (*lead, *plan.out, -1))


def _planned(x: Array, kernel: Shape, stride: Shape, padding: Padding) -> _Plan:
    return plan_of(x.shape[x.ndim - len(kernel) :], kernel, stride, padding)


def _inside(plan: _Plan) -> Any:
    return plan.inside.reshape((*plan.out, -1))


def largest(xp: Any, x: Array, kernel: Shape, stride: Shape, padding: Padding) -> Array:
    """Return the maximum of each window."""
    return xp.max(_windows(xp, x, _planned(x, kernel, stride, padding), len(kernel)), -1)


def _first_hit(xp: Any, x: Array, kernel: Shape, stride: Shape, padding: Padding) -> Array:
    """Return 1 at the first maximum of each window and 0 elsewhere, along a new last axis."""
    plan = _planned(x, kernel, stride, padding)
    windows = _windows(xp, x, plan, len(kernel))
    if not plan.inside.all():
        hits = xp.equal(windows, xp.max(windows, -1, keepdims=True))
        windows = xp.where(_inside(plan), xp.where(hits, 1, 0), 0)
    first = xp.asarray(xp.argmax(windows, -1))[..., None]
    return xp.where(xp.equal(first, xp.asarray(list(range(windows.shape[-1])))), 1, 0)


def tied(xp: Any, x: Array, kernel: Shape, stride: Shape, padding: Padding) -> Array:
    """Say which windows reach their maximum more than once."""
    plan = _planned(x, kernel, stride, padding)
    windows = _windows(xp, x, plan, len(kernel))
    if plan.inside.all():
        return ties(xp, windows)
    hits = xp.where(xp.equal(windows, xp.max(windows, -1, keepdims=True)), 1, 0)
    return xp.greater(xp.sum(xp.where(_inside(plan), hits, 0), -1), 1)


def _spread(xp: Any, shares: Array, size: Shape, kernel: Shape, stride: Shape, padding: Padding) -> Array:
    """Add the entries of each window, along the last axis, back to where they were read."""
    n = len(kernel)
    frame = [m + before + after for m, (before, after) in zip(size, padding, strict=True)]
    total = xp.zeros((*shares.shape[: shares.ndim - n - 1], *frame))
    out = shares.shape[shares.ndim - n - 1 : -1]
    for i, (_, at) in enumerate(taps(kernel, out, stride, (1,) * n)):
        total = xp.add_at(total, at, shares[..., i])
    return cropped(total, padding, size)


def route(xp: Any, g: Array, x: Array, kernel: Shape, stride: Shape, padding: Padding) -> Array:
    """Return each window's share at its first maximum, added up."""
    n = len(kernel)
    hits = _first_hit(xp, x, kernel, stride, padding)
    shares = xp.asarray(g)[..., None] * hits
    return _spread(xp, shares, x.shape[x.ndim - n :], kernel, stride, padding)


def pick(xp: Any, u: Array, x: Array, kernel: Shape, stride: Shape, padding: Padding) -> Array:
    """Return the entries of ``u`` where the windows of ``x`` have their first maximum."""
    windows = _windows(xp, u, _planned(u, kernel, stride, padding), len(kernel))
    return xp.sum(windows * _first_hit(xp, x, kernel, stride, padding), -1)


def average(
    xp: Any, x: Array, kernel: Shape, stride: Shape, padding: Padding, count_include_pad: bool
) -> Array:
    """Return the mean of each window."""
    plan, n = _planned(x, kernel, stride, padding), len(kernel)
    around = padded(xp, x, padding)
    total = xp.sum(_windows(xp, around, _planned(around, kernel, stride, ((0, 0),) * n), n), -1)
    return xp.divide(total, _divisor(xp, plan, count_include_pad))


def _divisor(xp: Any, plan: _Plan, count_include_pad: bool) -> Any:
    """Return by what the sum of each window is divided."""
    if count_include_pad or plan.inside.all():
        return plan.positions.shape[1]
    return xp.asarray(_inside(plan).sum(-1))


def share(
    xp: Any,
    g: Array,
    size: Shape,
    kernel: Shape,
    stride: Shape,
    padding: Padding,
    count_include_pad: bool,
) -> Array:
    """Return each window's share divided among its entries, added up."""
    plan = plan_of(size, kernel, stride, padding)
    each = xp.divide(g, _divisor(xp, plan, count_include_pad))
    shares = xp.stack([each] * plan.positions.shape[1], -1)
    return _spread(xp, shares, size, kernel, stride, padding)
