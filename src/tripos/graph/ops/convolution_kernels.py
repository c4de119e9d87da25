"""Convolution by other code than the textbook's: matrix products in NumPy, ``lax`` in JAX.

In NumPy all windows are gathered as the columns of a matrix, which one product multiplies by the weights
(im2col; Chellapilla, Puri and Simard, 2006).  JAX does the same on CPUs, unless that takes too much memory.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..node import Shape
from ..op import Array
from .convolution_rules import Geometry
from .windows import Padding, every, extent, known, taps, windows_of

MAX_GATHERED = 1 << 26
"""Most entries of gathered windows in JAX (268 MB of float32)."""


def correlate(x: Array, kernel: Array, **attrs: Any) -> Array:
    """Return the convolution: weights O×(C·k) times windows (C·k)×P."""
    at = Geometry(**attrs)
    images, weights = _wide(x, at.inner, at.n), _wide(kernel, at.inner_of_kernel, at.n)
    if at.groups == 1 and weights.ndim == at.n + 2:
        columns, out = _gathered(_framed(images, at.padding), weights.shape[2:], at)
        product = columns.T @ weights.reshape((len(weights), -1)).T
        product = product.reshape((*images.shape[: -at.n - 1], *out, len(weights)))
        return _narrow(np.moveaxis(product, -1, -at.n - 1), at.inner, at.n)
    columns, out = _columns(_framed(images, at.padding), weights.shape[-at.n :], at.stride, at.dilation, at)
    found = _rows(weights, at)[..., None, :, :, :] @ columns
    return _narrow(found.reshape((*found.shape[:-3], -1, *out)), at.inner, at.n)


def stamp(g: Array, kernel: Array, size: Shape, **attrs: Any) -> Array:
    """Return the transposed convolution as a convolution.

    The entries of ``g`` are set ``stride`` apart, and the kernel is flipped, its channels exchanged.
    """
    at = Geometry(**attrs)
    entries, weights = _wide(g, at.inner, at.n), _wide(kernel, at.inner_of_kernel, at.n)
    spread = [s * (m - 1) + 1 for m, s in zip(entries.shape[-at.n :], at.stride, strict=True)]
    apart = np.zeros((*entries.shape[: -at.n], *spread))
    apart[every(*at.stride)] = entries
    window = weights.shape[-at.n :]
    reach = [extent(k, d) - 1 for k, d in zip(window, at.dilation, strict=True)]
    frame = tuple(
        (r - p[0], n + p[0] - m) for r, p, n, m in zip(reach, at.padding, known(size), spread, strict=True)
    )
    columns, out = _columns(_framed(apart, frame), window, (1,) * at.n, at.dilation, at)
    flipped = weights[every(*(-1,) * at.n)]
    lead, (o, c) = flipped.shape[: -at.n - 2], flipped.shape[-at.n - 2 : -at.n]
    by_group = flipped.reshape((*lead, at.groups, o // at.groups, c, *window))
    exchanged = np.swapaxes(by_group, -at.n - 2, -at.n - 1)
    rows = exchanged.reshape((*lead, 1, at.groups, c, o // at.groups * math.prod(window)))
    found = rows @ columns
    return _narrow(found.reshape((*found.shape[:-3], -1, *out)), at.inner, at.n)


def correlate_dk(x: Array, g: Array, size: Shape, **attrs: Any) -> Array:
    """Return the adjoint of the kernel: results O×P times windows P×(C·k), summed over a batch."""
    at = Geometry(**attrs)
    images, results = _wide(x, at.inner, at.n), _wide(g, at.inner, at.n)
    if at.groups == 1 and images.ndim == results.ndim == at.n + 2:
        columns, _ = _gathered(_framed(images, at.padding), size, at)
        own = np.moveaxis(results, 1, -1).reshape((-1, results.shape[1]))
        product = own.T @ columns.T
        return _narrow(product.reshape((results.shape[1], images.shape[1], *size)), at.inner_of_kernel, at.n)
    columns, out = _columns(_framed(images, at.padding), size, at.stride, at.dilation, at)
    lead, o = results.shape[: -at.n - 1], results.shape[-at.n - 1]
    rows = results.reshape((*lead, at.groups, o // at.groups, math.prod(out)))
    found = (rows @ np.swapaxes(columns, -1, -2)).sum(-4)
    return _narrow(found.reshape((*found.shape[:-3], o, -1, *size)), at.inner_of_kernel, at.n)


def _wide(x: Array, inner: int, n: int) -> Array:
    """Return an array with two axes before the spatial ones, of size 1 where there were none."""
    lead = x.ndim - n - inner
    return x.reshape((*x.shape[:lead], *(1,) * (2 - inner), *x.shape[lead:]))


def _narrow(x: Array, inner: int, n: int) -> Array:
    """Return an array with ``inner`` of the two axes before the spatial ones: the inverse of _wide."""
    lead = x.ndim - n - 2
    return x.reshape((*x.shape[:lead], *x.shape[lead + 2 - inner :]))


def _framed(x: Array, padding: Padding) -> Array:
    """Return an image with zeros around it; where the padding is negative, less of the image."""
    width = [(max(before, 0), max(after, 0)) for before, after in padding]
    wide: Array = np.pad(x, [(0, 0)] * (x.ndim - len(width)) + width)
    inside = tuple(  # cut last: where the image is shorter than what is cut, zeros go as well
        slice(max(-before, 0), n - max(-after, 0))
        for n, (before, after) in zip(wide.shape[-len(padding) :], padding, strict=True)
    )
    return wide[(..., *inside)]


def _gathered(x: Array, kernel: Shape, at: Geometry) -> tuple[Array, Shape]:
    """Return the windows of all images as columns of one matrix, C·k × N·P, and how many along each axis."""
    spatial, none = x.shape[-at.n :], ((0, 0),) * at.n
    out = windows_of(spatial, kernel, at.stride, none, at.dilation, "convolution")
    by_channel = np.swapaxes(x.reshape((-1, *x.shape[-at.n - 1 :])), 0, 1)
    columns = np.empty((len(by_channel), math.prod(kernel), by_channel.shape[1], *out))
    for i, (_, read) in enumerate(taps(kernel, out, at.stride, at.dilation)):
        columns[:, i] = by_channel[read]
    return columns.reshape((len(by_channel) * math.prod(kernel), -1)), out


def _columns(x: Array, kernel: Shape, stride: Shape, dilation: Shape, at: Geometry) -> tuple[Array, Shape]:
    """Return all windows as columns, (..., N, groups, C·k, P), and how many there are along each axis."""
    spans = tuple(extent(k, d) for k, d in zip(kernel, dilation, strict=True))
    windows = sliding_window_view(x, spans, axis=tuple(range(-at.n, 0)))
    windows = windows[every(*stride, *dilation)]
    out = windows.shape[-2 * at.n : -at.n]
    first = np.moveaxis(windows, tuple(range(-at.n, 0)), tuple(range(-2 * at.n, -at.n)))
    channels = x.shape[-at.n - 1] // at.groups
    shape = (*x.shape[: -at.n - 1], at.groups, channels * math.prod(kernel), math.prod(out))
    return first.reshape(shape), out


def _rows(kernel: Array, at: Geometry) -> Array:
    """Return a kernel as rows of weights, (..., groups, O, C·k)."""
    lead, o = kernel.shape[: -at.n - 2], kernel.shape[-at.n - 2]
    return kernel.reshape((*lead, at.groups, o // at.groups, -1))


# -- JAX -------------------------------------------------------------------------------------------


def correlate_jax(x: Array, kernel: Array, **attrs: Any) -> Array:
    """Return the convolution by ``lax``; axes in front of a batch of kernels are mapped over."""
    import jax
    import jax.numpy as jnp

    at = Geometry(**attrs)
    images, weights = _wide(x, at.inner, at.n), _wide(kernel, at.inner_of_kernel, at.n)

    def one(image: Array, weight: Array) -> Array:
        if _gathers(image, weight, at):
            return _product_jax(image, weight, at)
        return jax.lax.conv_general_dilated(
            image,
            weight,
            at.stride,
            at.padding,
            rhs_dilation=at.dilation,
            feature_group_count=at.groups,
        )

    lead, own = images.shape[: -at.n - 2], weights.shape[: -at.n - 2]
    if own:
        shared = np.broadcast_shapes(lead, own)
        images = jnp.broadcast_to(images, (*shared, *images.shape[len(lead) :]))
        weights = jnp.broadcast_to(weights, (*shared, *weights.shape[len(own) :]))
        found = jax.vmap(one)(
            images.reshape((-1, *images.shape[len(shared) :])),
            weights.reshape((-1, *weights.shape[len(shared) :])),
        )
        found = found.reshape((*shared, *found.shape[1:]))
    else:
        found = one(images.reshape((-1, *images.shape[len(lead) + 1 :])), weights)
        found = found.reshape((*lead, images.shape[len(lead)], *found.shape[1:]))
    return _narrow(found, at.inner, at.n)


def _gathers(image: Array, weight: Array, at: Geometry) -> bool:
    """Say whether windows are gathered: on CPUs, where XLA's own convolution is slow inside of a loop."""
    import jax

    windows = math.prod(image.shape) // image.shape[1] * math.prod(weight.shape[1:])
    return jax.default_backend() == "cpu" and at.groups == 1 and windows <= MAX_GATHERED


def _product_jax(image: Array, weight: Array, at: Geometry) -> Array:
    """Return the convolution of images N×C×… as one product, windows times weights; channels go last."""
    import jax
    import jax.numpy as jnp

    frame = [(0, 0, 0), (0, 0, 0), *((before, after, 0) for before, after in at.padding)]
    x = jnp.moveaxis(jax.lax.pad(image, jnp.zeros((), image.dtype), frame), 1, -1)
    for axis, k, s, d in reversed(
        list(zip(range(1, at.n + 1), weight.shape[2:], at.stride, at.dilation, strict=True))
    ):
        last = x.shape[axis] - extent(k, d)
        shifted = [jax.lax.slice_in_dim(x, i * d, i * d + last + 1, s, axis) for i in range(k)]
        x = jnp.concatenate(shifted, -1)
    rows = jnp.moveaxis(weight, 1, -1).reshape((weight.shape[0], -1))
    found = x.reshape((-1, rows.shape[1])) @ rows.T
    return jnp.moveaxis(found.reshape((*x.shape[:-1], -1)), -1, 1)


def stamp_jax(g: Array, kernel: Array, size: Shape, **attrs: Any) -> Array:
    """Return the adjoint of the image, as JAX derives it from its convolution."""
    at = Geometry(**attrs)
    channels = () if at.layout == "plain" else (kernel.shape[-at.n - 1] * at.groups,)
    batch = g.shape[-at.n - 2 : -at.n - 1] if at.layout == "batch" else ()
    lead = _shared(g, at.inner, kernel, at.inner_of_kernel, at.n)
    return _adjoint(
        lambda x: correlate_jax(x, kernel, **attrs), (*lead, *batch, *channels, *known(size)), g, lead, at
    )


def correlate_dk_jax(x: Array, g: Array, size: Shape, **attrs: Any) -> Array:
    """Return the adjoint of the kernel, as JAX derives it from its convolution."""
    at = Geometry(**attrs)
    channels = () if at.layout == "plain" else (g.shape[-at.n - 1], x.shape[-at.n - 1] // at.groups)
    lead = _shared(x, at.inner, g, at.inner, at.n)
    return _adjoint(lambda k: correlate_jax(x, k, **attrs), (*lead, *channels, *size), g, lead, at)


def _shared(a: Array, inner_a: int, b: Array, inner_b: int, n: int) -> Shape:
    """Return the batch axes that two arrays have together."""
    return np.broadcast_shapes(a.shape[: a.ndim - n - inner_a], b.shape[: b.ndim - n - inner_b])


def _adjoint(convolution: Any, shape: Shape, g: Array, lead: Shape, at: Geometry) -> Array:
    """Return the adjoint of a linear function of an array of ``shape``, given that of its result."""
    import jax
    import jax.numpy as jnp

    own = g.shape[g.ndim - at.n - at.inner :]
    return jax.vjp(convolution, jnp.zeros(shape, g.dtype))[1](jnp.broadcast_to(g, (*lead, *own)))[0]
