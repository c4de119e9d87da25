"""The textbook rules of convolution: a sum over the positions in the window.

At each position a the weight K[a] meets the image as all windows see it from there, x[s·i + d·a − p].
"""

from __future__ import annotations

import operator
from functools import lru_cache, reduce
from typing import Any, NamedTuple

from ..node import Shape
from ..op import Array
from .windows import Padding, cropped, known, padded, taps, windows_of


class Geometry(NamedTuple):
    """How a convolution slides, and which axes stand before the spatial ones.

    The layout is "plain" (none), "channels" (C, and O×C for the kernel) or "batch" (N×C).
    """

    stride: Shape
    padding: Padding
    dilation: Shape
    groups: int
    layout: str

    @property
    def n(self) -> int:
        """The number of spatial axes."""
        return len(self.stride)

    @property
    def inner(self) -> int:
        """The number of axes of an image before the spatial ones."""
        return INNER[self.layout]

    @property
    def inner_of_kernel(self) -> int:
        """The number of axes of a kernel before the spatial ones."""
        return 0 if self.layout == "plain" else 2


INNER = {"plain": 0, "channels": 1, "batch": 2}
"""The number of axes before the spatial ones, by layout."""

_LETTERS = {
    "channels": {"image": "gc", "kernel": "goc", "result": "go"},
    "batch": {"image": "ngc", "kernel": "goc", "result": "ngo"},
}
"""The indices in front of the spatial ones: the group, then the input c or the output o within it."""


def convolve(xp: Any, x: Array, kernel: Array, **attrs: Any) -> Array:
    """Return Σ K[o,c,a]·x[c, s·i + d·a − p]."""
    at = Geometry(**attrs)
    image = _by_group(xp, padded(xp, x, at.padding), -at.n - 1, at)
    weights = _by_group(xp, kernel, -at.n - 2, at)
    terms = [
        _product(xp, "kernel,image->result", weights, tap, image[seen], at)
        for tap, seen in _plan(x.shape[x.ndim - at.n :], kernel.shape[kernel.ndim - at.n :], at)
    ]
    return _together(xp, reduce(operator.add, terms), -at.n - 2, at)


def stamp(xp: Any, g: Array, kernel: Array, size: Shape, **attrs: Any) -> Array:
    """Return the kernel, times each entry of ``g``, added where a convolution would read that entry from."""
    at = Geometry(**attrs)
    window, out = kernel.shape[kernel.ndim - at.n :], g.shape[g.ndim - at.n :]
    entries, weights = _by_group(xp, g, -at.n - 1, at), _by_group(xp, kernel, -at.n - 2, at)
    total: Any = None
    for tap, seen in taps(window, out, at.stride, at.dilation):
        share = _product(xp, "kernel,result->image", weights, tap, entries, at)
        if total is None:
            frame = [m + before + after for m, (before, after) in zip(known(size), at.padding, strict=True)]
            total = xp.zeros((*share.shape[: share.ndim - at.n], *frame))
        total = xp.add_at(total, seen, share)
    return _together(xp, cropped(total, at.padding, size), -at.n - 2, at)


def convolve_dk(xp: Any, x: Array, g: Array, size: Shape, **attrs: Any) -> Array:
    """Return Σ g[o,i]·x[c, s·i + d·a − p]: what each weight met, times the adjoint of the result."""
    at = Geometry(**attrs)
    image = _by_group(xp, padded(xp, x, at.padding), -at.n - 1, at)
    results = _by_group(xp, g, -at.n - 1, at)
    weights = [
        _inner(xp, results, image[seen], at)
        for _, seen in taps(size, g.shape[g.ndim - at.n :], at.stride, at.dilation)
    ]
    found = xp.stack(weights, -1)
    return _together(xp, xp.reshape(found, (*found.shape[:-1], *size)), -at.n - 3, at)


@lru_cache(1000)
def _plan(image: Shape, kernel: Shape, at: Geometry) -> Any:
    out = windows_of(image, kernel, at.stride, at.padding, at.dilation, "convolution")
    return taps(kernel, out, at.stride, at.dilation)


def _product(xp: Any, roles: str, kernel: Array, tap: tuple[int, ...], other: Array, at: Geometry) -> Array:
    """Return the weights at one position in the window, times an image or a result."""
    if at.layout == "plain":
        return kernel[(..., *tap, *(None,) * at.n)] * other
    return xp.einsum(_signature(roles, at.layout, at.n), kernel[(..., *tap)], other)


def _inner(xp: Any, g: Array, image: Array, at: Geometry) -> Array:
    """Return the products of results and an image, summed over all places."""
    if at.layout != "plain":
        return xp.einsum(_signature("result,image->kernel", at.layout, at.n), g, image)
    product = g * image
    return xp.sum(xp.reshape(product, (*product.shape[: product.ndim - at.n], -1)), -1)


@lru_cache(100)
def _signature(roles: str, layout: str, n: int) -> str:
    """Return a signature of einsum: ``kernel,image->result`` is ``...goc,...gcij->...goij``."""
    for role, letters in _LETTERS[layout].items():
        roles = roles.replace(role, f"...{letters}{'' if role == 'kernel' else 'ij'[:n]}")
    return roles


def _by_group(xp: Any, x: Array, axis: int, at: Geometry) -> Array:
    """Return an array with an axis of channels split by group."""
    if at.layout == "plain":
        return x
    axis += x.ndim
    channels = x.shape[axis] // at.groups
    return xp.reshape(x, (*x.shape[:axis], at.groups, channels, *x.shape[axis + 1 :]))


def _together(xp: Any, x: Array, axis: int, at: Geometry) -> Array:
    """Return an array with an axis of groups, and that of channels after it, as one."""
    if at.layout == "plain":
        return x
    axis += x.ndim
    channels = x.shape[axis] * x.shape[axis + 1]
    return xp.reshape(x, (*x.shape[:axis], channels, *x.shape[axis + 2 :]))
