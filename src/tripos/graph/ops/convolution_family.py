"""Convolution along one or two axes, as deep learning means it: cross-correlation, no flip.

The three ops of a family are one trilinear form Σ g[o,i]·K[o,c,a]·x[c, s·i + d·a − p]: each is its
derivative with respect to one of g, K and x, so each one's gradients are the other two.  The second, the
adjoint of the image, is what is called a transposed convolution (Zeiler et al., 2010).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ..node import Builder, Dim, Node, Shape, as_dim, define, entry_count, show_dim, show_shape
from ..notation import CALL, PRODUCT, Notation, Piece, bracket, call
from ..op import GraphError, Op
from . import convolution_kernels as kernels
from . import convolution_rules as rules
from .contraction import contract
from .windows import Padding, every, extent, forgotten, marks, unless, windows_of

# -- shapes ----------------------------------------------------------------------------------------


def _check_channels(what: str, x: Shape, kernel: Shape, expected: Dim, n: int, groups: int) -> None:
    if isinstance(kernel[0], int) and kernel[0] % groups:
        raise GraphError(
            f"{what}: {groups} groups do not divide the {kernel[0]} channels that the kernel "
            f"{show_shape(kernel)} has along its first axis"
        )
    if x[-n - 1] != as_dim(expected):
        raise GraphError(
            f"{what}: the image {show_shape(x)} has {show_dim(x[-n - 1])} channels, the kernel "
            f"{show_shape(kernel)} expects {show_dim(as_dim(expected))}"
            + (f" in {groups} groups" if groups > 1 else "")
        )


def _shape(what: str) -> Callable[..., Shape]:
    def rule(
        x: Shape, kernel: Shape, stride: Shape, padding: Padding, dilation: Shape, groups: int, layout: str
    ) -> Shape:
        n = len(stride)
        if layout != "plain":
            _check_channels(what, x, kernel, kernel[1] * groups, n, groups)
        found = windows_of(x[-n:], kernel[-n:], stride, padding, dilation, what)
        return found if layout == "plain" else (*x[: -n - 1], kernel[0], *found)

    return rule


def _shape_transposed(what: str) -> Callable[..., Shape]:
    def rule(x: Shape, kernel: Shape, size: Shape, groups: int, layout: str, **rest: Any) -> Shape:
        n = len(size)
        if layout == "plain":
            return size
        _check_channels(what, x, kernel, kernel[0], n, groups)
        return (*x[: -n - 1], kernel[1] * groups, *size)

    return rule


def _shape_dk(x: Shape, g: Shape, size: Shape, groups: int, layout: str, **rest: Any) -> Shape:
    n = len(size)
    return size if layout == "plain" else (g[-n - 1], _quotient(x[-n - 1], groups), *size)


def _products(out: Shape, kernel: Shape, layout: str) -> Dim:
    """Return the products in Σ g·K·x: for each result of the convolution, one for each weight it reads."""
    return entry_count(out) * entry_count(kernel if layout == "plain" else kernel[1:])


# -- how they are written --------------------------------------------------------------------------


def _write(symbol: tuple[str, str], swapped: bool = False) -> Notation:
    """Return the notation of a product with its settings; ``swapped`` exchanges stride and dilation.

    The adjoint of the kernel reads the image in the steps of the stride, from beginnings as far apart as
    the dilation: it is a correlation with the two exchanged.
    """

    def write(
        a: Piece,
        b: Piece,
        stride: Shape,
        padding: Padding,
        dilation: Shape,
        groups: int,
        layout: str,
        size: Shape = (),
    ) -> Piece:
        left, right = bracket(a, CALL), bracket(b, CALL)
        if swapped:
            stride, dilation = dilation, stride
        settings = marks(
            s=unless(stride, 1),
            p=unless(padding, (0, 0)),
            d=unless(dilation, 1),
            g=unless((groups,), 1),
        )
        text = symbol[0] + (f"[{settings.text}]" if settings.text else "")
        latex = symbol[1] + (f"_{{{settings.latex}}}" if settings.text else "")
        return Piece(f"{left.text} {text} {right.text}", f"{left.latex} {latex} {right.latex}", PRODUCT)

    return write


# -- flips -----------------------------------------------------------------------------------------

flip_op: Builder = define(
    Op(
        name="flip",
        doc="An array with its last axes reversed.",
        attrs={"axes": 2},
        forward=lambda xp, x, axes: x[every(*(-1,) * axes)],
        shape=lambda x, axes: x,
        notation=call("flip"),
        backward=lambda g, y, x, axes: [flip_op(g, axes=axes)],
        increasing=True,
    )
)


def swap(kernel: Node) -> Node:
    """Return a kernel with rows and columns exchanged."""
    return contract({2: "ab->ba", 4: "ocab->ocba"}[kernel.ndim], kernel)


# -- the families ----------------------------------------------------------------------------------


def _window(x: Shape, kernel: Shape, stride: Shape, padding: Padding, dilation: Shape, **rest: Any) -> Any:
    """Return size, stride and padding along each axis."""
    sizes = [extent(k, d) for k, d in zip(kernel[-len(stride) :], dilation, strict=True)]
    return tuple((k, s, p[0]) for k, s, p in zip(sizes, stride, padding, strict=True))


def _window_transposed(
    x: Shape, kernel: Shape, stride: Shape, padding: Padding, dilation: Shape, **rest: Any
) -> Any:
    """Return size, stride and padding along each axis, as fractions of the distance between two inputs.

    Output j sees the inputs i with 0 ≤ j + p − s·i ≤ d(k − 1).
    """
    reach = [extent(k, d) - 1 for k, d in zip(kernel[-len(stride) :], dilation, strict=True)]
    return tuple(
        (_quotient(r, s) + 1, _quotient(1, s), _quotient(r - p[0], s))
        for r, s, p in zip(reach, stride, padding, strict=True)
    )


def _quotient(a: Dim, b: Dim) -> Dim:
    if isinstance(a, Node) or isinstance(b, Node):
        return as_dim(a / b)
    found = Fraction(a, b)
    return int(found) if found.denominator == 1 else found


def _axes(x: Shape, kernel: Shape, layout: str, **rest: Any) -> Any:
    """Return where axes lead: a batch to the batch, the first axis of the kernel to the channels."""
    before = rules.INNER[layout]
    of_kernel = (None,) * len(kernel) if layout == "plain" else (before - 1, *(None,) * (len(kernel) - 1))
    return ((0, None) if layout == "batch" else (None,) * before) + (None,) * (len(x) - before), of_kernel


def _axes_transposed(x: Shape, kernel: Shape, layout: str, **rest: Any) -> Any:
    of_x, of_kernel = _axes(x, kernel, layout)
    return of_x, (None,) * len(of_kernel)


def _family(n: int, image: str) -> tuple[Builder, Builder]:
    """Return convolution over ``n`` axes and its transpose, which share the adjoint of the kernel."""
    name, transposed = f"conv{n}d", f"conv_transpose{n}d"
    attrs = {
        "stride": (1,) * n,
        "padding": ((0, 0),) * n,
        "dilation": (1,) * n,
        "groups": 1,
        "layout": "plain",
    }
    sized = {**attrs, "size": (1,) * n}

    def again(x: Node, kernel: Node, **attrs: Any) -> Node:
        return conv(x, kernel, **attrs)

    slips: dict[str, Callable[..., Node]] = {
        "kernel flipped": lambda x, kernel, **attrs: again(x, flip_op(kernel, axes=n), **attrs),
        "stride forgotten": forgotten(again, stride=(1,) * n),
        "padding forgotten": forgotten(again, padding=((0, 0),) * n),
        "dilation forgotten": forgotten(again, dilation=(1,) * n),
    }
    if n > 1:
        slips["kernel transposed"] = lambda x, kernel, **attrs: again(x, swap(kernel), **attrs)

    conv: Builder = define(
        Op(
            name=name,
            doc=f"Cross-correlation of {image} with a kernel.",
            attrs=attrs,
            forward=rules.convolve,
            kernel=kernels.correlate,
            jax=kernels.correlate_jax,
            shape=_shape(name),
            cost=lambda x, kernel, layout, **rest: _products(
                _shape(name)(x, kernel, layout=layout, **rest), kernel, layout
            ),
            window=_window,
            axes=_axes,
            notation=_write(("⋆", r"\star")),
            backward=lambda g, y, x, kernel, **attrs: [
                conv_transpose(g, kernel, size=x.shape[-n:], **attrs),
                dk(x, g, size=kernel.shape[-n:], **attrs),
            ],
            slips=slips,
        )
    )
    conv_transpose: Builder = define(
        Op(
            name=transposed,
            doc=f"The adjoint of {name}'s image: a transposed convolution.",
            attrs=sized,
            forward=rules.stamp,
            kernel=kernels.stamp,
            jax=kernels.stamp_jax,
            shape=_shape_transposed(transposed),
            cost=lambda x, kernel, layout, **rest: _products(x, kernel, layout),
            window=_window_transposed,
            axes=_axes_transposed,
            notation=_write(("⋆ᵀ", r"\star^{\top}")),
            backward=lambda u, y, g, kernel, size, **attrs: [
                conv(u, kernel, **attrs),
                dk(u, g, size=kernel.shape[-n:], **attrs),
            ],
            slips={
                "kernel flipped": lambda x, kernel, **attrs: conv_transpose(
                    x, flip_op(kernel, axes=n), **attrs
                ),
            },
        )
    )
    dk: Builder = define(
        Op(
            name=f"{name}_dk",
            doc=f"The adjoint of {name}'s kernel: {image} correlated with the result's adjoint.",
            attrs=sized,
            forward=rules.convolve_dk,
            kernel=kernels.correlate_dk,
            jax=kernels.correlate_dk_jax,
            shape=_shape_dk,
            cost=lambda x, g, size, layout, groups, **rest: _products(
                g, _shape_dk(x, g, size, groups, layout), layout
            ),
            notation=_write(("⋆", r"\star"), swapped=True),
            backward=lambda u, y, x, g, size, **attrs: [
                conv_transpose(g, u, size=x.shape[-n:], **attrs),
                conv(x, u, **attrs),
            ],
        )
    )
    return conv, conv_transpose


FAMILIES = {1: _family(1, "a sequence"), 2: _family(2, "an image")}
"""Convolution and transposed convolution, by the number of axes that they slide along."""
