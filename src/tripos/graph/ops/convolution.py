"""Convolution along one or two axes, as deep learning means it: cross-correlation, no flip.

The three ops of a family are one trilinear form Σ g[o,i]·K[o,c,a]·x[c, s·i + d·a − p]: each is its
derivative with respect to one of g, K and x, so each one's gradients are the other two.  The second, the
adjoint of the image, is what is called a transposed convolution (Zeiler et al., 2010).
"""

from __future__ import annotations

from typing import Any

from ..conventions import convention
from ..node import Literal, Node, Shape, lift, show_dim, show_shape
from ..op import GraphError
from .convolution_family import FAMILIES, flip_op
from .windows import extent, padding_by_name, padding_per_axis, per_axis


def flip(kernel: Literal, axes: int | None = None) -> Node:
    """Return a kernel turned round: its last two axes reversed, or the one axis of a vector.

    ``axes`` says otherwise how many: 1 for kernels O×C×k of sequences.
    """
    node = lift(kernel)
    count = min(node.ndim, 2) if axes is None else axes
    if not isinstance(count, int) or not 1 <= count <= node.ndim:
        raise GraphError(
            f"flip: cannot reverse {count} axes of an array of shape {show_shape(node.shape)}; "
            f"axes is a number from 1 to {node.ndim}"
        )
    return flip_op(node, axes=count)


def _layout_of(x: Node, kernel: Node, n: int, what: str) -> str:
    """Return which axes stand before the ``n`` spatial ones: none, channels, or a batch and channels."""
    found = {(n, n): "plain", (n + 1, n + 2): "channels", (n + 2, n + 2): "batch"}.get((x.ndim, kernel.ndim))
    if found is None:
        image, window = ("L", "k") if n == 1 else ("H×W", "h×w")
        raise GraphError(
            f"{what}: expected {image} with a kernel {window}, or C×{image} or N×C×{image} with a kernel "
            f"of {n + 2} axes, two of channels and {window}; "
            f"found {show_shape(x.shape)} with {show_shape(kernel.shape)}"
        )
    return found


def _convolution(
    n: int,
    x: Literal,
    kernel: Literal,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
    flipped: bool | None,
) -> Node:
    what, image, weights = f"conv{n}d", lift(x), lift(kernel)
    layout = _layout_of(image, weights, n, what)
    stride, dilation = per_axis(stride, n, what, "stride"), per_axis(dilation, n, what, "dilation")
    if isinstance(padding, str):
        sizes = image.shape[-n:], weights.shape[-n:]
        padding = padding_by_name(padding, *sizes, stride, dilation, what)
    return FAMILIES[n][0](
        image,
        _turned(weights, n, flipped),
        stride=stride,
        padding=padding_per_axis(padding, n, what),
        dilation=dilation,
        groups=_group_count(groups, layout, what),
        layout=layout,
    )


def _transposed(
    n: int,
    x: Literal,
    kernel: Literal,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
    flipped: bool | None,
) -> Node:
    what, image, weights = f"conv_transpose{n}d", lift(x), lift(kernel)
    layout = _layout_of(image, weights, n, what)
    stride, dilation = per_axis(stride, n, what, "stride"), per_axis(dilation, n, what, "dilation")
    padding = padding_per_axis(padding, n, what)
    extra = output_padding_per_axis(output_padding, stride, what)
    size = tuple(
        (m - 1) * s - p[0] - p[1] + extent(k, d) + e
        for m, k, s, p, d, e in zip(
            image.shape[-n:], weights.shape[-n:], stride, padding, dilation, extra, strict=True
        )
    )
    if any(isinstance(m, int) and m < 1 for m in size):
        raise GraphError(
            f"{what}: nothing is left of {show_shape(image.shape)} with a kernel {show_shape(weights.shape)} "
            f"and padding {padding}; use a smaller padding"
        )
    return FAMILIES[n][1](
        image,
        _turned(weights, n, flipped),
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=_group_count(groups, layout, what),
        layout=layout,
        size=size,
    )


def output_padding_per_axis(value: Any, stride: Shape, what: str) -> Shape:
    """Return the output padding for each axis, each smaller than the stride along it."""
    extra = per_axis(value, len(stride), what, "output padding", least=0)
    for e, s in zip(extra, stride, strict=True):
        if isinstance(e, int) and isinstance(s, int) and e >= s:
            raise GraphError(
                f"{what}: the output padding {e} must be smaller than the stride {s}: "
                "it chooses among the sizes that the stride makes one"
            )
    return extra


def _turned(kernel: Node, n: int, flipped: bool | None) -> Node:
    """Return the kernel that slides: by the convention ``convolution`` unless said otherwise."""
    if flipped is None:
        flipped = convention("convolution") == "flipped"
    return flip_op(kernel, axes=n) if flipped else kernel


def _group_count(groups: Any, layout: str, what: str) -> int:
    """Return a number of groups, 1 where there are no channels; else raise GraphError."""
    (count,) = per_axis(groups, 1, what, "number of groups")
    if not isinstance(count, int):
        raise GraphError(f"{what}: the number of groups must be known, found {show_dim(count)}")
    if layout == "plain" and count > 1:
        raise GraphError(f"{what}: {count} groups need channels: an image C×... and a kernel O×C×...")
    return count


def conv1d(
    x: Literal,
    kernel: Literal,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    flip: bool | None = None,
) -> Node:
    """Return the convolution of a sequence L (or C×L, or N×C×L) with a kernel k (or O×C×k).

    See ``conv2d``.
    """
    return _convolution(1, x, kernel, stride, padding, dilation, groups, flip)


def conv2d(
    x: Literal,
    kernel: Literal,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    flip: bool | None = None,
) -> Node:
    """Return the convolution of an image H×W (or C×H×W, or N×C×H×W) with a kernel h×w (or O×C×h×w).

    The padding is a number, one for each axis, one for each side ((top, bottom), (left, right)), or a word:
    "valid", "same" or "full".  With groups, each O/groups outputs read C/groups channels, and the kernel is
    O×(C/groups)×h×w.  ``flip=True`` is the convolution of signal processing, with the kernel flipped,
    ``flip=False`` cross-correlation as in PyTorch; unless given, the convention ``convolution`` says which.
    """
    return _convolution(2, x, kernel, stride, padding, dilation, groups, flip)


def conv_transpose1d(
    x: Literal,
    kernel: Literal,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
    flip: bool | None = None,
) -> Node:
    """Return the transposed convolution of a sequence L (or C×L, or N×C×L) with a kernel k (or C×O×k).

    See ``conv_transpose2d``.
    """
    return _transposed(1, x, kernel, stride, padding, output_padding, groups, dilation, flip)


def conv_transpose2d(
    x: Literal,
    kernel: Literal,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
    flip: bool | None = None,
) -> Node:
    """Return the transposed convolution of an image H×W (or C×H×W, or N×C×H×W) with h×w (or C×O×h×w).

    It is the gradient of ``conv2d`` with respect to its image, so that a convolution with the same settings
    takes the result's shape back to that of ``x``: sizes are (H − 1)·stride − 2·padding + dilation·(h − 1) +
    output_padding + 1.  With groups, the kernel is C×(O/groups)×h×w, as in PyTorch.
    """
    return _transposed(2, x, kernel, stride, padding, output_padding, groups, dilation, flip)
