"""Pooling by other code than the textbook's: shifted images in NumPy, ``lax`` in JAX."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..node import Shape
from ..op import Array
from .windows import Padding, every, known, taps, windows_of

MAX_COMPARED = 16
"""Most entries of a window that are compared one by one."""


def _shifted(x: Array, kernel: Shape, stride: Shape, padding: Padding, around: float) -> list[Array]:
    """Return the image as all windows see it from each position in them."""
    n = len(kernel)
    width = [(0, 0)] * (x.ndim - n) + list(padding)
    x = np.pad(x, width, constant_values=around) if any(map(any, padding)) else x
    ones, none = (1,) * n, ((0, 0),) * n
    out = windows_of(x.shape[x.ndim - n :], kernel, stride, none, ones, "pooling")
    return [x[at] for _, at in taps(kernel, out, stride, ones)]


def largest(x: Array, kernel: Shape, stride: Shape, padding: Padding) -> Array:
    """Return the maximum of the shifted images; padding is −∞."""
    views = _shifted(x, kernel, stride, padding, -np.inf)
    best = views[0].copy(order="K")
    for view in views[1:]:
        np.maximum(best, view, out=best)
    return best


def _winners(x: Array, kernel: Shape, stride: Shape, padding: Padding) -> Array:
    """Return the position, in the flattened image, of the first maximum of each window."""
    n = len(kernel)
    size = x.shape[x.ndim - n :]
    framed = np.pad(x, [(0, 0)] * (x.ndim - n) + list(padding), constant_values=-np.inf)
    windows = sliding_window_view(framed, kernel, axis=tuple(range(-n, 0)))
    windows = windows[every(*stride, *(1,) * n)]
    best = windows.reshape((*windows.shape[:-n], -1)).argmax(-1)
    position: Any = 0
    within = np.unravel_index(best, kernel)
    for axis in range(n):
        start = np.arange(windows.shape[axis - 2 * n]) * stride[axis] - padding[axis][0]
        along = within[axis] + start.reshape((-1, *(1,) * (n - 1 - axis)))
        position = position * size[axis] + along
    return position


def route(g: Array, x: Array, kernel: Shape, stride: Shape, padding: Padding) -> Array:
    """Count up, with weights, the positions that took the maximum."""
    n = len(kernel)
    if math.prod(kernel) <= MAX_COMPARED and not any(map(any, padding)) and g.shape[:-n] == x.shape[:-n]:
        return _routed(g, x, kernel, stride)
    size, pooled = x.shape[x.ndim - n :], g.shape[g.ndim - n :]
    lead = np.broadcast_shapes(g.shape[: g.ndim - n], x.shape[: x.ndim - n])
    winners = np.broadcast_to(_winners(x, kernel, stride, padding), (*lead, *pooled))
    images, entries = math.prod(lead), math.prod(size)
    flat = winners.reshape((images, -1)) + np.arange(images)[:, None] * entries
    weights = np.broadcast_to(g, (*lead, *pooled))
    counted = np.bincount(flat.ravel(), weights.ravel(), images * entries)
    return counted.reshape((*lead, *size))


def _routed(g: Array, x: Array, kernel: Shape, stride: Shape) -> Array:
    """Return weights where the first maximum of their window lies, one position in the windows at a time."""
    n, none = len(kernel), ((0, 0),) * len(kernel)
    best = largest(x, kernel, stride, none)
    weights = np.empty_like(best)  # all arrays in one order of memory
    weights[:] = g
    found, left = np.zeros_like(x), np.ones_like(best, dtype=bool)
    apart = all(s >= k for s, k in zip(stride, kernel, strict=True))
    for _, at in taps(kernel, best.shape[-n:], stride, (1,) * n):
        hit = left & (x[at] == best)
        if apart:
            np.multiply(weights, hit, out=found[at])
        else:
            found[at] += weights * hit
        left ^= hit
    return found


def pick(u: Array, x: Array, kernel: Shape, stride: Shape, padding: Padding) -> Array:
    """Look up the positions that took the maximum."""
    n = len(kernel)
    winners = _winners(x, kernel, stride, padding)
    lead = np.broadcast_shapes(u.shape[: u.ndim - n], x.shape[: x.ndim - n])
    pooled = winners.shape[winners.ndim - n :]
    flat = np.broadcast_to(u, (*lead, *u.shape[u.ndim - n :])).reshape((*lead, -1))
    where = np.broadcast_to(winners, (*lead, *pooled)).reshape((*lead, -1))
    return np.take_along_axis(flat, where, -1).reshape((*lead, *pooled))


@lru_cache(100)
def _members(n: int, k: int, stride: int, padding: tuple[int, int]) -> Array:
    """Return a matrix windows×entries along one axis: 1 where an entry lies in a window."""
    start = np.arange(0, n + sum(padding) - k + 1, stride)[:, None] - padding[0]
    position = np.arange(n)
    return ((position >= start) & (position < start + k)).astype(float)


def _along(x: Array, matrices: list[Array]) -> Array:
    """Return ``x`` with each of its last axes multiplied by a matrix."""
    for i, matrix in enumerate(reversed(matrices), 1):
        x = np.moveaxis(np.moveaxis(x, -i, -1) @ matrix.T, -1, -i)
    return x


def _members_by_axis(size: Shape, kernel: Shape, stride: Shape, padding: Padding) -> list[Array]:
    return [_members(*axis) for axis in zip(known(size), kernel, stride, padding, strict=True)]


def average(x: Array, kernel: Shape, stride: Shape, padding: Padding, count_include_pad: bool) -> Array:
    """Multiply each axis by the matrix that says which entries lie in a window."""
    members = _members_by_axis(x.shape[x.ndim - len(kernel) :], kernel, stride, padding)
    return _along(x, members) / _divisor(members, kernel, count_include_pad)


def share(
    g: Array, size: Shape, kernel: Shape, stride: Shape, padding: Padding, count_include_pad: bool
) -> Array:
    """Multiply each axis by the transpose of that matrix."""
    members = _members_by_axis(size, kernel, stride, padding)
    return _along(g / _divisor(members, kernel, count_include_pad), [m.T for m in members])


def _divisor(members: list[Array], kernel: Shape, count_include_pad: bool) -> Any:
    if count_include_pad:
        return math.prod(kernel)
    counts: Any = 1.0
    for matrix in members:
        counts = np.multiply.outer(counts, matrix.sum(1))
    return counts


# -- JAX -------------------------------------------------------------------------------------------


def _reduced(x: Array, start: float, combine: Any, kernel: Shape, stride: Shape, padding: Padding) -> Array:
    import jax

    before = (1,) * (x.ndim - len(kernel))
    width = (*((0, 0),) * len(before), *padding)
    return jax.lax.reduce_window(x, start, combine, (*before, *kernel), (*before, *stride), width)


def largest_jax(x: Array, kernel: Shape, stride: Shape, padding: Padding) -> Array:
    """Return the maxima; entries of small windows are compared one by one, others by ``lax``.

    The adjoint goes to the first maximum of a window, and that of a comparison is the faster one to compute.
    """
    import jax
    import jax.numpy as jnp

    if math.prod(kernel) > MAX_COMPARED:
        return _reduced(x, -np.inf, jax.lax.max, kernel, stride, padding)
    n, ones = len(kernel), (1,) * len(kernel)
    width = [(0, 0)] * (x.ndim - n) + list(padding)
    x = jnp.pad(x, width, constant_values=-np.inf) if any(map(any, padding)) else x
    out = windows_of(x.shape[x.ndim - n :], kernel, stride, ((0, 0),) * n, ones, "pooling")
    best, *others = (x[at] for _, at in taps(kernel, out, stride, ones))
    for other in others:
        best = jnp.where((other > best) | jnp.isnan(other), other, best)
    return best


def route_jax(g: Array, x: Array, kernel: Shape, stride: Shape, padding: Padding) -> Array:
    """Return the adjoint of max pooling, as JAX derives it."""
    import jax
    import jax.numpy as jnp

    n = len(kernel)
    lead = np.broadcast_shapes(g.shape[: g.ndim - n], x.shape[: x.ndim - n])
    x = jnp.broadcast_to(x, (*lead, *x.shape[x.ndim - n :]))
    g = jnp.broadcast_to(g, (*lead, *g.shape[g.ndim - n :]))
    return jax.vjp(lambda x: largest_jax(x, kernel, stride, padding), x)[1](g)[0]


def average_jax(x: Array, kernel: Shape, stride: Shape, padding: Padding, count_include_pad: bool) -> Array:
    """Return the means by ``lax``."""
    import jax

    members = _members_by_axis(x.shape[x.ndim - len(kernel) :], kernel, stride, padding)
    total = _reduced(x, 0.0, jax.lax.add, kernel, stride, padding)
    return total / _divisor(members, kernel, count_include_pad)


def share_jax(
    g: Array, size: Shape, kernel: Shape, stride: Shape, padding: Padding, count_include_pad: bool
) -> Array:
    """Return the adjoint of average pooling, as JAX derives it."""
    import jax
    import jax.numpy as jnp

    image = jnp.zeros((*g.shape[: g.ndim - len(kernel)], *size), g.dtype)
    pooled = jax.vjp(lambda x: average_jax(x, kernel, stride, padding, count_include_pad), image)
    return pooled[1](g)[0]
