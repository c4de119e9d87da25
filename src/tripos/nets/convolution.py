"""Layers that slide a kernel along a sequence or over an image, and their transposes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from .. import graph
from ..graph import GraphError, Node, reshape
from ..graph.node import Dim, Shape, as_dim, show_dim, show_shape
from ..graph.ops.convolution import output_padding_per_axis
from ..graph.ops.windows import WORDS, padding_per_axis, per_axis
from .module import Module, Weights

PerAxis = Any
"""A size, a stride or a padding: one number for all axes, or a tuple of one for each."""


@dataclass(frozen=True)
class _Convolution(Module):
    """A convolution over the last ``axes`` axes; ``convolve`` is the function that it applies."""

    letters: ClassVar[Mapping[str, str]] = {"weight": "K", "bias": "b"}
    axes: ClassVar[int]
    convolve: ClassVar[Callable[..., Node]]

    in_channels: Dim
    out_channels: Dim
    kernel_size: PerAxis
    stride: PerAxis = 1
    padding: PerAxis | str = 0
    dilation: PerAxis = 1
    groups: int = 1
    bias: bool = True

    def __post_init__(self) -> None:
        _check(self, self.axes)

    def shapes(self) -> dict[str, Shape]:
        """Return K, out×(in/groups)×k (×k), and b."""
        kernel = per_axis(self.kernel_size, self.axes, type(self).__name__, "kernel_size")
        shapes: dict[str, Shape] = {
            "weight": (self.out_channels, _share(self.in_channels, self.groups), *kernel)
        }
        return shapes | ({"bias": (self.out_channels,)} if self.bias else {})

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the feature maps, out_channels×H'×W' (or ×L'), with a batch axis where ``x`` has one."""
        _check_input(self, x, self.axes)
        settings = self.stride, self.padding, self.dilation, self.groups
        return _with_bias(type(self).convolve(x, w["weight"], *settings), w.get("bias"), self.axes)


@dataclass(frozen=True)
class Conv1d(_Convolution):
    """A convolution of C×L sequences with ``out_channels`` filters of kernel_size entries.

    The padding is a number, or "valid", "same" or "full".
    """

    axes = 1
    convolve = staticmethod(graph.conv1d)


@dataclass(frozen=True)
class Conv2d(_Convolution):
    """A convolution of C×H×W images with ``out_channels`` filters of kernel_size×kernel_size.

    The padding is a number, one for each axis, or "valid", "same" or "full".
    """

    axes = 2
    convolve = staticmethod(graph.conv2d)


@dataclass(frozen=True)
class _Transposed(Module):
    """A transposed convolution over the last ``axes`` axes; ``convolve`` is the function that it applies."""

    letters: ClassVar[Mapping[str, str]] = {"weight": "K", "bias": "b"}
    axes: ClassVar[int]
    convolve: ClassVar[Callable[..., Node]]

    in_channels: Dim
    out_channels: Dim
    kernel_size: PerAxis
    stride: PerAxis = 1
    padding: PerAxis = 0
    output_padding: PerAxis = 0
    groups: int = 1
    bias: bool = True
    dilation: PerAxis = 1

    def __post_init__(self) -> None:
        _check(self, self.axes)

    def shapes(self) -> dict[str, Shape]:
        """Return K, in×(out/groups)×k (×k), and b."""
        kernel = per_axis(self.kernel_size, self.axes, type(self).__name__, "kernel_size")
        shapes: dict[str, Shape] = {
            "weight": (self.in_channels, _share(self.out_channels, self.groups), *kernel)
        }
        return shapes | ({"bias": (self.out_channels,)} if self.bias else {})

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the feature maps, out_channels×H'×W' (or ×L'), with a batch axis where ``x`` has one."""
        _check_input(self, x, self.axes)
        settings = self.stride, self.padding, self.output_padding, self.groups, self.dilation
        return _with_bias(type(self).convolve(x, w["weight"], *settings), w.get("bias"), self.axes)


@dataclass(frozen=True)
class ConvTranspose1d(_Transposed):
    """A transposed convolution of C×L sequences: what the gradient of ``Conv1d`` does, used as a layer."""

    axes = 1
    convolve = staticmethod(graph.conv_transpose1d)


@dataclass(frozen=True)
class ConvTranspose2d(_Transposed):
    """A transposed convolution of C×H×W images: what the gradient of ``Conv2d`` does, used as a layer.

    With a stride it enlarges, to
    (H − 1)·stride − 2·padding + dilation·(kernel_size − 1) + output_padding + 1.
    """

    axes = 2
    convolve = staticmethod(graph.conv_transpose2d)


def _check(layer: _Convolution | _Transposed, axes: int) -> None:
    """Raise GraphError unless the settings of a layer are sizes, and its groups divide its channels."""
    what = type(layer).__name__
    per_axis(layer.groups, 1, what, "groups")
    for name in ("kernel_size", "stride", "dilation"):
        per_axis(getattr(layer, name), axes, what, name)
    if isinstance(layer, _Transposed):
        output_padding_per_axis(layer.output_padding, per_axis(layer.stride, axes, what, "stride"), what)
    if not isinstance(layer.padding, str) or isinstance(layer, _Transposed):
        padding_per_axis(layer.padding, axes, what)
    elif layer.padding not in WORDS:
        raise GraphError(f"{what}: no padding {layer.padding!r}; there are {', '.join(WORDS)}, and numbers")
    for name in ("in_channels", "out_channels"):
        count = getattr(layer, name)
        if isinstance(count, int) and count % layer.groups:
            raise GraphError(
                f"{what}: {layer.groups} groups do not divide {name} = {count}; choose a divisor"
            )


def _check_input(layer: _Convolution | _Transposed, x: Node, axes: int) -> None:
    """Raise GraphError unless ``x`` has ``in_channels`` channels before its spatial axes."""
    if x.ndim in (axes + 1, axes + 2) and x.shape[-axes - 1] == as_dim(layer.in_channels):
        return
    image = "L" if axes == 1 else "H×W"
    raise GraphError(
        f"{type(layer).__name__}: the input has shape {show_shape(x.shape)}, but must be C×{image} or "
        f"N×C×{image} with C = in_channels = {show_dim(layer.in_channels)}"
    )


def _share(channels: Dim, groups: int) -> Dim:
    """Return the channels of one group."""
    return channels // groups if isinstance(channels, int) else as_dim(channels / groups)


def _with_bias(maps: Node, bias: Node | None, axes: int) -> Node:
    """Return feature maps with a number added to each."""
    return maps if bias is None else maps + reshape(bias, (*bias.shape, *(1,) * axes))
