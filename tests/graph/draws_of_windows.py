"""Random convolutions and poolings, against SciPy's correlation and loops over windows."""

from typing import Any

import numpy as np
import scipy.signal
from hypothesis import strategies as st

from graph.draws import case, family, op, shapes, signs, sizes
from graph.oracle import Case
from tripos import graph

Sides = tuple[tuple[int, int], ...]


def sides(draw: Any, n: int, most: int = 2) -> Sides:
    """Return a padding before and after, for each axis."""
    return tuple((draw(st.integers(0, most)), draw(st.integers(0, most))) for _ in range(n))


def said(draw: Any, values: tuple[Any, ...]) -> Any:
    """Return settings by axis as people write them: one number where all are alike."""
    flat = {v for value in values for v in (value if isinstance(value, tuple) else (value,))}
    return flat.pop() if len(flat) == 1 and draw(signs) else values


def dilated(k: np.ndarray, dilation: tuple[int, ...]) -> np.ndarray:
    """Return a kernel, or an image, with zeros between its entries, along its last axes."""
    n = len(dilation)
    out = np.zeros((*k.shape[:-n], *(d * (m - 1) + 1 for m, d in zip(k.shape[-n:], dilation, strict=True))))
    out[(..., *(slice(None, None, d) for d in dilation))] = k
    return out


def with_channels(x: Any, k: Any, n: int, one: Any, groups: int, transposed: bool = False) -> Any:
    """Return ``one`` of an image and a kernel, summed over input channels by group, for a layout."""
    if x.ndim == n:
        return one(x, k)
    if x.ndim == n + 2:
        return np.stack([with_channels(image, k, n, one, groups, transposed) for image in x])
    found = []
    for g in range(groups):
        images = np.split(x, groups)[g]
        if transposed:  # the kernel is C×O×...
            kernels = np.split(k, groups)[g]
            outs = [[one(c, kernels[i][o]) for i, c in enumerate(images)] for o in range(k.shape[1])]
        else:
            outs = [[one(c, own[i]) for i, c in enumerate(images)] for own in np.split(k, groups)[g]]
        found += [sum(parts) for parts in outs]
    return np.stack(found)


def geometry(draw: Any, n: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Return a window, a stride and a dilation."""
    window, stride, dilation = (tuple(draw(st.integers(1, most)) for _ in range(n)) for most in (3, 3, 2))
    return window, stride, dilation


def channels(draw: Any, groups: int) -> tuple[str, int, int, int]:
    layout = draw(st.sampled_from(["plain", "channels", "batch"])) if groups == 1 else "channels"
    return layout, groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2)), draw(st.integers(1, 2))


def _convolution(draw: Any, n: int) -> Case:
    window, stride, dilation = geometry(draw, n)
    layout, inputs, outputs, batch = channels(draw, groups := draw(st.sampled_from([1, 1, 2])))
    span = [d * (k - 1) + 1 for k, d in zip(window, dilation, strict=True)]
    word = draw(st.sampled_from(["", "", "valid", "same", "full"]))
    padding = sides(draw, n)
    if word == "full":
        padding = tuple((s - 1, s - 1) for s in span)
    elif word == "valid":
        padding = ((0, 0),) * n
    least = [max(1, s - sum(p)) if word != "same" else 1 for s, p in zip(span, padding, strict=True)]
    image = tuple(draw(st.integers(m, m + 3)) for m in least)
    if word == "same":  # ⌈m/s⌉ results, the extra zero after
        extra = [
            max((-(-m // s) - 1) * s + e - m, 0) if s > 1 else e - 1
            for m, s, e in zip(image, stride, span, strict=True)
        ]
        padding = tuple((e // 2, e - e // 2) for e in extra)
    flipped = draw(signs)

    def one(x: Any, k: Any) -> Any:
        k = dilated(np.flip(k) if flipped else k, dilation)
        full = scipy.signal.correlate(np.pad(x, padding), k, "valid", method="direct")
        return full[tuple(slice(None, None, s) for s in stride)]

    given = word or said(draw, padding)
    steps, spread = said(draw, stride), said(draw, dilation)
    convolve = {1: graph.conv1d, 2: graph.conv2d}[n]
    lead = {"plain": (), "channels": (inputs,), "batch": (batch, inputs)}[layout]
    kernel = () if layout == "plain" else (outputs, inputs // groups)
    return case(
        lambda x, k: convolve(x, k, steps, given, spread, groups, flipped),
        lambda x, k: with_channels(x, k, n, one, groups),
        (*lead, *image),
        (*kernel, *window),
    )


def _transposed(draw: Any, n: int) -> Case:
    window, stride, dilation = geometry(draw, n)
    layout, inputs, outputs, batch = channels(draw, groups := draw(st.sampled_from([1, 1, 2])))
    image = tuple(draw(st.integers(1, 3)) for _ in range(n))
    extra = tuple(draw(st.integers(0, s - 1)) for s in stride)
    spread = [d * (k - 1) + 1 for k, d in zip(window, dilation, strict=True)]
    full = [(m - 1) * s + e for m, s, e in zip(image, stride, spread, strict=True)]
    padding = tuple(
        (p, q) if p + q < f + e else (0, 0) for (p, q), f, e in zip(sides(draw, n), full, extra, strict=True)
    )
    flipped = draw(signs)

    def one(x: Any, k: Any) -> Any:
        """Put zeros between the entries of the image, convolve fully, and cut the padding off."""
        k = dilated(np.flip(k) if flipped else k, dilation)
        whole = scipy.signal.convolve(dilated(x, stride), k, "full", method="direct")
        whole = np.pad(whole, [(0, e) for e in extra])
        return whole[tuple(slice(p, m - q) for (p, q), m in zip(padding, whole.shape, strict=True))]

    given, steps = said(draw, padding), said(draw, stride)
    convolve = {1: graph.conv_transpose1d, 2: graph.conv_transpose2d}[n]
    lead = {"plain": (), "channels": (inputs,), "batch": (batch, inputs)}[layout]
    kernel = () if layout == "plain" else (inputs, outputs // groups)
    return case(
        lambda x, k: convolve(x, k, steps, given, extra, groups, dilation, flipped),
        lambda x, k: with_channels(x, k, n, one, groups, transposed=True),
        (*lead, *image),
        (*kernel, *window),
    )


@family("conv1d", "conv_transpose1d", "conv1d_dk")
def conv1d(draw: Any) -> Case:
    return _convolution(draw, 1)


@family("conv2d", "conv_transpose2d", "conv2d_dk")
def conv2d(draw: Any) -> Case:
    return _convolution(draw, 2)


@family("conv1d", "conv_transpose1d", "conv1d_dk")
def conv_transpose1d(draw: Any) -> Case:
    return _transposed(draw, 1)


@family("conv2d", "conv_transpose2d", "conv2d_dk")
def conv_transpose2d(draw: Any) -> Case:
    return _transposed(draw, 2)


# -- pooling ---------------------------------------------------------------------------------------


def windows(
    x: Any, window: tuple[int, ...], stride: tuple[int, ...], padding: Sides, fill: float, of: Any
) -> Any:
    """Return ``of`` each window of the last axes of an array with a frame around it."""
    n = len(window)
    x = np.pad(x, [(0, 0)] * (x.ndim - n) + list(padding), constant_values=fill)
    counts = [(m - k) // s + 1 for m, k, s in zip(x.shape[-n:], window, stride, strict=True)]
    out = np.empty((*x.shape[:-n], *counts))
    for at in np.ndindex(*counts):
        seen = tuple(slice(i * s, i * s + k) for i, s, k in zip(at, stride, window, strict=True))
        out[(..., *at)] = of(x[(..., *seen)].reshape(*x.shape[:-n], -1))
    return out


def _pool(draw: Any, n: int, largest: bool) -> Case:
    window = tuple(draw(st.integers(1, 4)) for _ in range(n))
    stride = tuple(draw(st.integers(1, 3)) for _ in range(n)) if draw(signs) else window
    padding = tuple((draw(st.integers(0, k // 2)), draw(st.integers(0, k // 2))) for k in window)
    image = tuple(draw(st.integers(max(1, k - sum(p)), k + 3)) for k, p in zip(window, padding, strict=True))
    lead, include = draw(shapes(0, 1)), draw(signs)
    given = said(draw, window), None if stride == window and draw(signs) else stride, said(draw, padding)
    shape = (*lead, *image)
    if largest:
        pool = {1: graph.max_pool1d, 2: graph.max_pool2d}[n]
        reference = lambda x: windows(x, window, stride, padding, -np.inf, lambda e: e.max(-1))  # noqa: E731
        return case(lambda x: pool(x, *given), reference, shape)
    mean = {1: graph.avg_pool1d, 2: graph.avg_pool2d}[n]

    def average(x: Any) -> Any:
        inside = windows(np.ones(x.shape), window, stride, padding, float(include), lambda e: e.sum(-1))
        return windows(x, window, stride, padding, 0, lambda e: e.sum(-1)) / inside

    return case(lambda x: mean(x, *given, include), average, shape)


@family("max_pool1d", "max_pool1d_dx", "max_pool1d_pick")
def max_pool1d(draw: Any) -> Case:
    return _pool(draw, 1, True)


@family("max_pool2d", "max_pool2d_dx", "max_pool2d_pick")
def max_pool2d(draw: Any) -> Case:
    return _pool(draw, 2, True)


@family("avg_pool1d", "avg_pool1d_dx")
def avg_pool1d(draw: Any) -> Case:
    return _pool(draw, 1, False)


@family("avg_pool2d", "avg_pool2d_dx")
def avg_pool2d(draw: Any) -> Case:
    return _pool(draw, 2, False)


@family("max_pool1d_dx", "max_pool1d_pick")
def unpooling(draw: Any) -> Case:
    """The adjoint of max pooling for any share of each window: it goes to the window's maximum."""
    window, stride, count = draw(st.integers(1, 3)), draw(sizes), draw(sizes)
    length = window + stride * (count - 1)
    attrs = {"kernel": (window,), "stride": (stride,), "padding": ((0, 0),)}

    def reference(g: Any, x: Any) -> Any:
        out = np.zeros(length)
        for i in range(count):
            out[i * stride + np.argmax(x[i * stride : i * stride + window])] += g[i]
        return out

    return case(op("max_pool1d_dx", **attrs), reference, (count,), (length,))


@family()
def pooling_of_whole_maps(draw: Any) -> Case:
    n, lead = draw(st.integers(1, 2)), draw(shapes(0, 1))
    over = tuple(range(-n, 0))
    if draw(signs):
        shape = (*lead, *draw(shapes(n, n)))
        if draw(signs):
            return case(lambda x: graph.global_max_pool(x, n), lambda x: x.max(over), shape)
        return case(lambda x: graph.global_avg_pool(x, n), lambda x: x.mean(over), shape)
    parts, each = tuple(draw(sizes) for _ in over), tuple(draw(sizes) for _ in over)
    pool = {1: graph.adaptive_avg_pool1d, 2: graph.adaptive_avg_pool2d}[n]

    def reference(x: Any) -> Any:
        return windows(x, each, each, ((0, 0),) * n, 0, lambda e: e.mean(-1))

    shape = (*lead, *(p * e for p, e in zip(parts, each, strict=True)))
    return case(lambda x: pool(x, said(lambda s: True, parts)), reference, shape)
