"""Convolution in two dimensions, as deep learning means it: cross-correlation, no flip.

The three ops are one trilinear form Σ g[o,i,j]·K[o,c,a,b]·x[c, i·s+a, j·s+b]: each is its derivative
with respect to one of g, K and x, so each one's gradients are the other two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..conventions import convention
from ..node import Builder, Dim, Node, Shape, define, show_shape
from ..notation import CALL, PRODUCT, Piece, bracket, call
from ..op import Array, GraphError, Op
from .elementwise import floor


def window_count(n: Dim, k: Dim, stride: int, padding: int, what: str) -> Dim:
    """Return how many windows of size ``k`` fit along an axis: ⌊(n + 2p − k)/s⌋ + 1."""
    span = n + 2 * padding - k
    if isinstance(span, int):
        if span < 0:
            raise GraphError(
                f"{what}: a window of {k} does not fit an axis of {n} with padding {padding}; "
                "enlarge the padding or shrink the window"
            )
        return span // stride + 1
    return (span if stride == 1 else floor(span / stride)) + 1


def check_stride(stride: int, padding: int, what: str) -> None:
    """Raise GraphError unless stride and padding make sense."""
    if not isinstance(stride, int) or stride < 1:
        raise GraphError(f"{what}: the stride must be a positive integer, found {stride!r}")
    if not isinstance(padding, int) or padding < 0:
        raise GraphError(f"{what}: the padding must be 0 or more, found {padding!r}")


def _shape(x: Shape, kernel: Shape, stride: int, padding: int, **rest: Any) -> Shape:
    check_stride(stride, padding, "conv2d")
    if (len(x), len(kernel)) not in ((2, 2), (3, 4)):
        raise GraphError(
            "conv2d: expected an image H×W with a kernel h×w, or C×H×W with O×C×h×w; "
            f"found {show_shape(x)} with {show_shape(kernel)}"
        )
    if len(x) == 3 and x[0] != kernel[1]:
        raise GraphError(
            f"conv2d: the image {show_shape(x)} has {show_shape(x[:1])} channels, "
            f"the kernel {show_shape(kernel)} expects {show_shape(kernel[1:2])}"
        )
    side = [window_count(n, k, stride, padding, "conv2d") for n, k in zip(x[-2:], kernel[-2:], strict=True)]
    return (*kernel[:1], *side) if len(x) == 3 else tuple(side)


def _cost(x: Shape, kernel: Shape, **attrs: Any) -> Any:
    total: Any = 1
    for dim in (*_shape(x, kernel, **attrs), *kernel[-len(x) :]):
        total = dim * total
    return total


def offsets(kernel: Shape, out: Shape, stride: int) -> Iterator[tuple[int, int, Any]]:
    """Yield each position in a window with the slice of the image that it reads."""
    for a in range(kernel[-2]):
        for b in range(kernel[-1]):
            rows = slice(a, a + stride * (out[-2] - 1) + 1, stride)
            columns = slice(b, b + stride * (out[-1] - 1) + 1, stride)
            yield a, b, (..., rows, columns)


def _product(xp: Any, signature: tuple[str, str], one: Array, two: Array, channels: bool) -> Array:
    return xp.einsum(signature[1] if channels else signature[0], one, two)


def _out(n: int, k: int, stride: int) -> int:
    return (n - k) // stride + 1


def _forward(xp: Any, x: Array, kernel: Array, stride: int, padding: int, channels: bool) -> Array:
    x = xp.pad(x, ((padding, padding),) * 2)
    out = tuple(_out(n, k, stride) for n, k in zip(x.shape[-2:], kernel.shape[-2:], strict=True))
    total: Any = 0
    for a, b, window in offsets(kernel.shape, out, stride):
        total = total + _product(
            xp, ("...,...ij->...ij", "...oc,...cij->...oij"), kernel[..., a, b], x[window], channels
        )
    return total


def _forward_dx(
    xp: Any, g: Array, kernel: Array, size: Shape, stride: int, padding: int, channels: bool
) -> Array:
    axes = (3, 4) if channels else (2, 2)
    lead = np.broadcast_shapes(*(a.shape[: a.ndim - n] for a, n in zip((g, kernel), axes, strict=True)))
    padded = tuple(n + 2 * padding for n in size[-2:])
    total = xp.zeros((*lead, *size[:-2], *padded))
    for a, b, window in offsets(kernel.shape, g.shape, stride):
        share = _product(xp, ("...,...ij->...ij", "...oc,...oij->...cij"), kernel[..., a, b], g, channels)
        total = xp.add_at(total, window, share)
    inner = slice(padding, -padding or None)
    return total[..., inner, inner]


def _forward_dk(xp: Any, x: Array, g: Array, size: Shape, stride: int, padding: int, channels: bool) -> Array:
    x = xp.pad(x, ((padding, padding),) * 2)
    entries = [
        _product(xp, ("...ij,...ij->...", "...oij,...cij->...oc"), g, x[window], channels)
        for _, _, window in offsets(size, g.shape, stride)
    ]
    stacked = xp.stack(entries, -1)
    return xp.reshape(stacked, (*stacked.shape[:-1], *size[-2:]))


def _kernel(x: Array, kernel: Array, stride: int, padding: int, channels: bool) -> Array:
    """Gather all windows, then one matrix product (im2col)."""
    border = [(0, 0)] * (x.ndim - 2) + [(padding, padding)] * 2
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, border), kernel.shape[-2:], axis=(-2, -1))
    windows = windows[..., ::stride, ::stride, :, :]
    if not channels:
        return np.einsum("...ijab,...ab->...ij", windows, kernel)
    if kernel.ndim == 4 and x.ndim == 3:
        return np.moveaxis(np.tensordot(windows, kernel, ((0, 3, 4), (1, 2, 3))), -1, -3)
    return np.einsum("...cijab,...ocab->...oij", windows, kernel, optimize=True)


def _write(x: Piece, kernel: Piece, stride: int, padding: int, channels: bool) -> Piece:
    left, right = bracket(x, CALL), bracket(kernel, CALL)
    mark = ",".join([f"s={stride}"] * (stride != 1) + [f"p={padding}"] * (padding != 0))
    text, latex = (f"⋆[{mark}]", rf"\star_{{{mark}}}") if mark else ("⋆", r"\star")
    return Piece(f"{left.text} {text} {right.text}", f"{left.latex} {latex} {right.latex}", PRODUCT)


_ATTRS = {"stride": 1, "padding": 0, "channels": False}

_conv2d: Builder = define(
    Op(
        name="conv2d",
        doc="Cross-correlation of an image with a kernel.",
        attrs=_ATTRS,
        forward=_forward,
        kernel=_kernel,
        shape=_shape,
        cost=_cost,
        notation=_write,
        backward=lambda g, y, x, kernel, **attrs: [
            _conv2d_dx(g, kernel, size=x.shape, **attrs),
            _conv2d_dk(x, g, size=kernel.shape, **attrs),
        ],
        slips={
            "kernel flipped": lambda x, kernel, **attrs: _conv2d(x, flip(kernel), **attrs),
            "kernel transposed": lambda x, kernel, **attrs: _conv2d(x, swap(kernel), **attrs),
        },
    )
)

_conv2d_dx: Builder = define(
    Op(
        name="conv2d_dx",
        doc="The adjoint of conv2d's image: a transposed convolution of the result's adjoint.",
        attrs={**_ATTRS, "size": ()},
        forward=_forward_dx,
        shape=lambda g, kernel, size, **rest: size,
        cost=lambda g, kernel, size, **attrs: _cost(size, kernel, **attrs),
        notation=call("convT", r"\operatorname{conv}^\top"),
        backward=lambda u, y, g, kernel, size, **attrs: [
            _conv2d(u, kernel, **attrs),
            _conv2d_dk(u, g, size=kernel.shape, **attrs),
        ],
    )
)

_conv2d_dk: Builder = define(
    Op(
        name="conv2d_dk",
        doc="The adjoint of conv2d's kernel: the image correlated with the result's adjoint.",
        attrs={**_ATTRS, "size": ()},
        forward=_forward_dk,
        shape=lambda x, g, size, **rest: size,
        cost=lambda x, g, size, **attrs: _cost(x, size, **attrs),
        notation=lambda x, g, size, stride, padding, channels: _write(x, g, stride, padding, channels),
        backward=lambda u, y, x, g, size, **attrs: [
            _conv2d_dx(g, u, size=x.shape, **attrs),
            _conv2d(x, u, **attrs),
        ],
    )
)


_flip_op: Builder = define(
    Op(
        name="flip",
        doc="An array with its last axes reversed.",
        attrs={"axes": 2},
        forward=lambda xp, x, axes: x[(..., *(slice(None, None, -1),) * axes)],
        shape=lambda x, axes: x,
        notation=call("flip"),
        backward=lambda g, y, x, axes: [_flip_op(g, axes=axes)],
        increasing=True,
    )
)


def flip(kernel: Node) -> Node:
    """Return a kernel turned by 180°."""
    return _flip_op(kernel, axes=2)


def swap(kernel: Node) -> Node:
    """Return a kernel with rows and columns exchanged."""
    from .contraction import contract

    return contract({2: "ab->ba", 4: "ocab->ocba"}[kernel.ndim], kernel)


def conv2d(x: Node, kernel: Node, stride: int = 1, padding: int = 0) -> Node:
    """Return the convolution of an image H×W (or C×H×W) with a kernel h×w (or O×C×h×w).

    By the convention ``convolution`` this is cross-correlation, as in PyTorch, unless the paper
    declares the flipped kernel of signal processing.
    """
    if convention("convolution") == "flipped":
        kernel = flip(kernel)
    return _conv2d(x, kernel, stride=stride, padding=padding, channels=x.ndim == 3)
