"""Pooling over windows of the last two axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..node import Builder, Node, Shape, define, show_shape
from ..notation import Notation, Piece, call
from ..op import Array, GraphError, Op
from .convolution import check_stride, offsets, window_count
from .reduction import ties


def _shape(name: str) -> Any:
    def rule(x: Shape, kernel: int, stride: int) -> Shape:
        check_stride(stride, 0, name)
        if len(x) < 2:
            raise GraphError(f"{name}: expected an image, found shape {show_shape(x)}")
        return (*x[:-2], *(window_count(n, kernel, stride, 0, name) for n in x[-2:]))

    return rule


def _windows(xp: Any, x: Array, kernel: int, stride: int) -> Array:
    """Return the entries of each window along a new last axis, row by row."""
    out = tuple((n - kernel) // stride + 1 for n in x.shape[-2:])
    return xp.stack([x[at] for _, _, at in offsets((kernel, kernel), out, stride)], -1)


def _spread(xp: Any, shares: Array, size: Shape, kernel: int, stride: int) -> Array:
    """Add the entries of each window back to where they were read: the adjoint of _windows."""
    total = xp.zeros((*shares.shape[:-3], *size[-2:]))
    for i, (_, _, at) in enumerate(offsets((kernel, kernel), shares.shape[:-1], stride)):
        total = xp.add_at(total, at, shares[..., i])
    return total


def _first_hit(xp: Any, windows: Array) -> Array:
    """Return 1 at the first maximum of each window and 0 elsewhere."""
    best = xp.argmax(windows, -1)
    positions = xp.asarray(list(range(windows.shape[-1])))
    return xp.where(xp.equal(xp.asarray(best)[..., None], positions), 1, 0)


def _sliding(x: Array, kernel: int, stride: int) -> Array:
    view = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(-2, -1))
    return view[..., ::stride, ::stride, :, :]


def _write(name: str) -> Notation:
    """Return the notation of pooling, with its window and its stride."""

    def write(x: Piece, kernel: int, stride: int) -> Piece:
        mark = f"{kernel}×{kernel}" + (f", s={stride}" if stride != kernel else "")
        latex = mark.replace("×", r"\times ")
        return call(f"{name}[{mark}]", rf"\operatorname{{{name}}}_{{{latex}}}")(x)

    return write


_ATTRS = {"kernel": 2, "stride": 2}

_max_pool2d: Builder = define(
    Op(
        name="max_pool2d",
        doc="The maximum of each window; among equal entries the first takes the derivative.",
        attrs=_ATTRS,
        forward=lambda xp, x, kernel, stride: xp.max(_windows(xp, x, kernel, stride), -1),
        kernel=lambda x, kernel, stride: _sliding(x, kernel, stride).max((-1, -2)),
        shape=_shape("max_pool2d"),
        notation=_write("maxpool"),
        backward=lambda g, y, x, kernel, stride: [_route(g, x, kernel=kernel, stride=stride)],
        increasing=True,
        kink=lambda xp, x, kernel, stride: ties(xp, _windows(xp, x, kernel, stride)),
        slips={
            "average instead of maximum": lambda x, kernel, stride: _avg_pool2d(
                x, kernel=kernel, stride=stride
            ),
        },
    )
)
_route: Builder = define(
    Op(
        name="max_pool2d_dx",
        doc="The adjoint of max pooling: each window's share goes to its first maximum.",
        attrs=_ATTRS,
        forward=lambda xp, g, x, kernel, stride: _spread(
            xp,
            xp.asarray(g)[..., None] * _first_hit(xp, _windows(xp, x, kernel, stride)),
            x.shape,
            kernel,
            stride,
        ),
        shape=lambda g, x, kernel, stride: x,
        notation=call("unpool"),
        backward=lambda u, y, g, x, kernel, stride: [_pick(u, x, kernel=kernel, stride=stride), None],
    )
)
_pick: Builder = define(
    Op(
        name="max_pool2d_pick",
        doc="The entries of one image at the first maxima of another's windows.",
        attrs=_ATTRS,
        forward=lambda xp, u, x, kernel, stride: xp.sum(
            _windows(xp, u, kernel, stride) * _first_hit(xp, _windows(xp, x, kernel, stride)), -1
        ),
        shape=lambda u, x, kernel, stride: _shape("max_pool2d_pick")(x, kernel, stride),
        notation=call("pick"),
        backward=lambda g, y, u, x, kernel, stride: [_route(g, x, kernel=kernel, stride=stride), None],
    )
)
_avg_pool2d: Builder = define(
    Op(
        name="avg_pool2d",
        doc="The mean of each window.",
        attrs=_ATTRS,
        forward=lambda xp, x, kernel, stride: xp.divide(
            xp.sum(_windows(xp, x, kernel, stride), -1), kernel * kernel
        ),
        kernel=lambda x, kernel, stride: _sliding(x, kernel, stride).mean((-1, -2)),
        shape=_shape("avg_pool2d"),
        notation=_write("avgpool"),
        backward=lambda g, y, x, kernel, stride: [_share(g, size=x.shape, kernel=kernel, stride=stride)],
        increasing=True,
    )
)
_share: Builder = define(
    Op(
        name="avg_pool2d_dx",
        doc="The adjoint of average pooling: each window's share goes to its entries alike.",
        attrs={**_ATTRS, "size": ()},
        forward=lambda xp, g, size, kernel, stride: _spread(
            xp, xp.divide(xp.stack([g] * kernel**2, -1), kernel**2), size, kernel, stride
        ),
        shape=lambda g, size, kernel, stride: size,
        notation=call("unpool"),
        backward=lambda u, y, g, size, kernel, stride: [avg_pool2d(u, kernel, stride)],
        increasing=True,
    )
)


def max_pool2d(x: Node, kernel: int, stride: int | None = None) -> Node:
    """Return the maxima of kernel×kernel windows; the stride is the kernel's size unless given."""
    return _max_pool2d(x, kernel=kernel, stride=kernel if stride is None else stride)


def avg_pool2d(x: Node, kernel: int, stride: int | None = None) -> Node:
    """Return the means of kernel×kernel windows; the stride is the kernel's size unless given."""
    return _avg_pool2d(x, kernel=kernel, stride=kernel if stride is None else stride)
