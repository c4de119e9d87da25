"""Pooling over windows of the last one or two axes: the largest entry, or the mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..node import Builder, Dim, Literal, Node, Shape, define, entry_count, lift, show_shape
from ..notation import Notation, Piece, call
from ..op import GraphError, Op
from . import pooling_kernels as kernels
from . import pooling_rules as rules
from .reduction import mean
from .shape import reshape
from .windows import Padding, forgotten, marks, padding_per_axis, per_axis, side_by_side, unless


def _shape(what: str) -> Callable[..., Shape]:
    def rule(x: Shape, kernel: Shape, stride: Shape, padding: Padding, **rest: Any) -> Shape:
        n = len(kernel)
        if len(x) < n:
            wanted = "a sequence" if n == 1 else "an image"
            raise GraphError(f"{what}: expected {wanted}, found shape {show_shape(x)}")
        return (*x[: len(x) - n], *rules.counts(x, kernel, stride, padding, what))

    return rule


# -- the families ----------------------------------------------------------------------------------


def _write(name: str) -> Notation:
    """Return the notation of pooling, with its window, and its stride where windows overlap or skip."""

    def write(x: Piece, kernel: Shape, stride: Shape, padding: Padding, **rest: Any) -> Piece:
        window = Piece(
            "×".join(side_by_side([k]).text for k in kernel),
            r"\times ".join(side_by_side([k]).latex for k in kernel),
        )
        settings = marks(
            s=None if stride == kernel else stride,
            p=unless(padding, (0, 0)),
        )
        text, latex = (f", {s.replace(',', ', ')}" if s else "" for s in settings[:2])
        return call(f"{name}[{window.text}{text}]", rf"\operatorname{{{name}}}_{{{window.latex}{latex}}}")(x)

    return write


def _window(x: Shape, kernel: Shape, stride: Shape, padding: Padding, **rest: Any) -> Any:
    """Return size, stride and padding along each axis."""
    return tuple((k, s, p[0]) for k, s, p in zip(kernel, stride, padding, strict=True))


def _operations(what: str, more: int) -> Callable[..., Dim]:
    """Return the rule that counts one operation for each entry of a window, and ``more`` for a window."""

    def rule(x: Shape, kernel: Shape, **attrs: Any) -> Dim:
        return entry_count(_shape(what)(x, kernel, **attrs)) * (entry_count(kernel) + more)

    return rule


def _max_family(n: int) -> Builder:
    """Return max pooling over ``n`` axes; its adjoint and that adjoint's adjoint are ops beside it."""
    name = f"max_pool{n}d"
    attrs = {"kernel": (2,) * n, "stride": (2,) * n, "padding": ((0, 0),) * n}

    def again(x: Node, **attrs: Any) -> Node:
        return pool(x, **attrs)

    pool: Builder = define(
        Op(
            name=name,
            doc="The maximum of each window; among equal entries the first takes the derivative.",
            attrs=attrs,
            forward=rules.largest,
            kernel=kernels.largest,
            jax=kernels.largest_jax,
            shape=_shape(name),
            flops=_operations(name, 0),
            window=_window,
            notation=_write("maxpool"),
            backward=lambda g, y, x, **attrs: [route(g, x, **attrs)],
            increasing=True,
            kink=rules.tied,
            slips={
                "average instead of maximum": _AVERAGE[n],
                "windows one step apart": forgotten(again, stride=(1,) * n),
                "padding forgotten": forgotten(again, padding=((0, 0),) * n),
            },
        )
    )
    route: Builder = define(
        Op(
            name=f"{name}_dx",
            doc="The adjoint of max pooling: each window's share goes to its first maximum.",
            attrs=attrs,
            forward=rules.route,
            kernel=kernels.route,
            jax=kernels.route_jax,
            shape=lambda g, x, **attrs: x,
            flops=lambda g, x, **attrs: entry_count(g),
            notation=call("unpool"),
            backward=lambda u, y, g, x, **attrs: [pick(u, x, **attrs), None],
        )
    )
    pick: Builder = define(
        Op(
            name=f"{name}_pick",
            doc="The entries of one array at the first maxima of another's windows.",
            attrs=attrs,
            forward=rules.pick,
            kernel=kernels.pick,
            shape=lambda u, x, **attrs: _shape(f"{name}_pick")(x, **attrs),
            notation=call("pick"),
            backward=lambda g, y, u, x, **attrs: [route(g, x, **attrs), None],
        )
    )
    return pool


def _average_family(n: int) -> Builder:
    """Return average pooling over ``n`` axes; its adjoint is an op beside it."""
    name = f"avg_pool{n}d"
    attrs = {
        "kernel": (2,) * n,
        "stride": (2,) * n,
        "padding": ((0, 0),) * n,
        "count_include_pad": True,
    }

    def again(x: Node, **attrs: Any) -> Node:
        return pool(x, **attrs)

    pool: Builder = define(
        Op(
            name=name,
            doc="The mean of each window; padding counts as zeros, or not at all.",
            attrs=attrs,
            forward=rules.average,
            kernel=kernels.average,
            jax=kernels.average_jax,
            shape=_shape(name),
            flops=_operations(name, 1),
            window=_window,
            notation=_write("avgpool"),
            backward=lambda g, y, x, **attrs: [share(g, size=x.shape[x.ndim - n :], **attrs)],
            increasing=True,
            slips={
                "maximum instead of average": lambda x, count_include_pad, **attrs: _MAXIMUM[n](x, **attrs),
                "sum instead of average": lambda x, kernel, **attrs: (
                    pool(x, kernel=kernel, **attrs) * entry_count(kernel)
                ),
                "windows one step apart": forgotten(again, stride=(1,) * n),
                "padding forgotten": forgotten(again, padding=((0, 0),) * n),
            },
        )
    )
    share: Builder = define(
        Op(
            name=f"{name}_dx",
            doc="The adjoint of average pooling: each window's share goes to its entries alike.",
            attrs={**attrs, "size": (1,) * n},
            forward=rules.share,
            kernel=kernels.share,
            jax=kernels.share_jax,
            shape=lambda g, size, **attrs: (*g[: len(g) - n], *size),
            flops=lambda g, kernel, **attrs: entry_count(g) * (entry_count(kernel) + 1),
            notation=call("unpool"),
            backward=lambda u, y, g, size, **attrs: [pool(u, **attrs)],
            increasing=True,
        )
    )
    return pool


_AVERAGE = {n: _average_family(n) for n in (1, 2)}
_MAXIMUM = {n: _max_family(n) for n in (1, 2)}


# -- what people call ------------------------------------------------------------------------------


def settings_of(n: int, kernel: Any, stride: Any, padding: Any, what: str) -> dict[str, Any]:
    """Return window, stride and padding for each axis, or raise GraphError where they do not fit."""
    size = per_axis(kernel, n, what, "window")
    step = size if stride is None else per_axis(stride, n, what, "stride")
    around = padding_per_axis(padding, n, what)
    for k, sides in zip(size, around, strict=True):
        if any(isinstance(p, int) and isinstance(k, int) and 2 * p > k for p in sides):
            raise GraphError(
                f"{what}: a padding of {max(sides)} is more than half of a window of {k}, so that a window "
                "might see nothing else; use a smaller padding or a larger window"
            )
    return {"kernel": size, "stride": step, "padding": around}


def max_pool1d(x: Literal, kernel: Any, stride: Any = None, padding: Any = 0) -> Node:
    """Return the maxima of windows of ``kernel`` entries; the stride is their size unless given."""
    return _MAXIMUM[1](lift(x), **settings_of(1, kernel, stride, padding, "max_pool1d"))


def max_pool2d(x: Literal, kernel: Any, stride: Any = None, padding: Any = 0) -> Node:
    """Return the maxima of kernel×kernel windows; the stride is the kernel's size unless given.

    Sizes are one number, or one for each axis.  Padding counts as −∞: it is never the maximum.
    """
    return _MAXIMUM[2](lift(x), **settings_of(2, kernel, stride, padding, "max_pool2d"))


def avg_pool1d(
    x: Literal, kernel: Any, stride: Any = None, padding: Any = 0, count_include_pad: bool = True
) -> Node:
    """Return the means of windows of ``kernel`` entries; the stride is their size unless given."""
    settings = settings_of(1, kernel, stride, padding, "avg_pool1d")
    return _AVERAGE[1](lift(x), **settings, count_include_pad=count_include_pad)


def avg_pool2d(
    x: Literal, kernel: Any, stride: Any = None, padding: Any = 0, count_include_pad: bool = True
) -> Node:
    """Return the means of kernel×kernel windows; the stride is the kernel's size unless given.

    Sizes are one number, or one for each axis.  Padding counts as zeros, which are averaged over as well
    unless ``count_include_pad`` is False.
    """
    settings = settings_of(2, kernel, stride, padding, "avg_pool2d")
    return _AVERAGE[2](lift(x), **settings, count_include_pad=count_include_pad)


def _adaptive(n: int, x: Node, output_size: Any, what: str) -> Node:
    out = per_axis(output_size, n, what, "output size")
    if x.ndim < n:
        raise GraphError(f"{what}: expected {n} axes or more, found shape {show_shape(x.shape)}")
    kernel = []
    for m, o in zip(x.shape[x.ndim - n :], out, strict=True):
        if isinstance(m, int) and isinstance(o, int) and m % o:
            raise GraphError(
                f"{what}: an axis of {m} does not divide into {o} equal windows; "
                f"choose an output size that divides {m}, or avg_pool{n}d with a window and a stride"
            )
        kernel.append(m // o if isinstance(m, int) and isinstance(o, int) else m / o)
    return _AVERAGE[n](x, **settings_of(n, tuple(kernel), None, 0, what), count_include_pad=True)


def adaptive_avg_pool1d(x: Literal, output_size: Any) -> Node:
    """Return ``output_size`` means of equal windows side by side; 1 is the mean of the last axis."""
    return _adaptive(1, lift(x), output_size, "adaptive_avg_pool1d")


def adaptive_avg_pool2d(x: Literal, output_size: Any) -> Node:
    """Return the means of as many equal windows as ``output_size`` says; 1 is the mean of each map."""
    return _adaptive(2, lift(x), output_size, "adaptive_avg_pool2d")


def _maps(x: Node, axes: Any, what: str) -> tuple[int, ...]:
    """Return the axes of a map, counted from the last."""
    if not isinstance(axes, int) or axes not in (1, 2) or x.ndim < axes:
        raise GraphError(
            f"{what}: pools the last axis or the last two (axes=1 or 2), "
            f"found axes={axes!r} for shape {show_shape(x.shape)}"
        )
    return tuple(range(-axes, 0))


def global_avg_pool(x: Literal, axes: int = 2) -> Node:
    """Return the mean of each map: the last two axes, or the last one, are averaged over and gone."""
    node = lift(x)
    return mean(node, _maps(node, axes, "global_avg_pool"))


def global_max_pool(x: Literal, axes: int = 2) -> Node:
    """Return the maximum of each map: the last two axes, or the last one, are gone."""
    node = lift(x)
    over = _maps(node, axes, "global_max_pool")
    lead, size = node.shape[: over[0]], node.shape[over[0] :]
    return reshape(_MAXIMUM[axes](node, kernel=size, stride=size, padding=((0, 0),) * axes), lead)
