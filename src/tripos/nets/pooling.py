"""Layers that pool: the maxima or the means of windows, of a sequence or of each map of an image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from .. import graph
from ..graph import GraphError, Node
from ..graph.ops.pooling import settings_of
from ..graph.ops.windows import per_axis
from .module import Module, Weights

PerAxis = Any
"""A size, a stride or a padding: one number for all axes, or a tuple of one for each."""


@dataclass(frozen=True)
class _MaxPool(Module):
    """The maxima of windows of the last ``axes`` axes; ``pool`` is the function that takes them."""

    axes: ClassVar[int]
    pool: ClassVar[Callable[..., Node]]

    kernel_size: PerAxis
    stride: PerAxis | None = None
    padding: PerAxis = 0

    def __post_init__(self) -> None:
        settings_of(self.axes, self.kernel_size, self.stride, self.padding, type(self).__name__)

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the maxima of all windows of the last axes; padding is never the maximum."""
        return type(self).pool(x, self.kernel_size, self.stride, self.padding)


@dataclass(frozen=True)
class MaxPool1d(_MaxPool):
    """The maxima of windows of ``kernel_size`` entries of C×L; the stride is their size unless given."""

    axes = 1
    pool = staticmethod(graph.max_pool1d)


@dataclass(frozen=True)
class MaxPool2d(_MaxPool):
    """The maxima of kernel_size×kernel_size windows; the stride is their size unless given."""

    axes = 2
    pool = staticmethod(graph.max_pool2d)


@dataclass(frozen=True)
class _AvgPool(Module):
    """The means of windows of the last ``axes`` axes; ``pool`` is the function that takes them."""

    axes: ClassVar[int]
    pool: ClassVar[Callable[..., Node]]

    kernel_size: PerAxis
    stride: PerAxis | None = None
    padding: PerAxis = 0
    _: KW_ONLY
    count_include_pad: bool = True

    def __post_init__(self) -> None:
        settings_of(self.axes, self.kernel_size, self.stride, self.padding, type(self).__name__)

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the means of all windows of the last axes; padding counts as zeros, or not at all."""
        return type(self).pool(x, self.kernel_size, self.stride, self.padding, self.count_include_pad)


@dataclass(frozen=True)
class AvgPool1d(_AvgPool):
    """The means of windows of ``kernel_size`` entries of C×L; the stride is their size unless given."""

    axes = 1
    pool = staticmethod(graph.avg_pool1d)


@dataclass(frozen=True)
class AvgPool2d(_AvgPool):
    """The means of kernel_size×kernel_size windows; the stride is their size unless given."""

    axes = 2
    pool = staticmethod(graph.avg_pool2d)


@dataclass(frozen=True)
class AdaptiveAvgPool1d(Module):
    """The means of ``output_size`` equal windows of C×L; with 1, of each channel."""

    output_size: PerAxis

    def __post_init__(self) -> None:
        per_axis(self.output_size, 1, "AdaptiveAvgPool1d", "output_size")

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the means, C×output_size."""
        return graph.adaptive_avg_pool1d(x, self.output_size)


@dataclass(frozen=True)
class AdaptiveAvgPool2d(Module):
    """The means of output_size×output_size equal windows of C×H×W; with 1, of each map."""

    output_size: PerAxis

    def __post_init__(self) -> None:
        per_axis(self.output_size, 2, "AdaptiveAvgPool2d", "output_size")

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the means, C×output_size×output_size."""
        return graph.adaptive_avg_pool2d(x, self.output_size)


@dataclass(frozen=True)
class GlobalAvgPool(Module):
    """The mean of each map of C×H×W, C numbers; ``axes`` says how many axes a map has."""

    axes: int = 2

    def __post_init__(self) -> None:
        _check_axes(self)

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the means, without the axes that they were taken over."""
        return graph.global_avg_pool(x, self.axes)


@dataclass(frozen=True)
class GlobalMaxPool(Module):
    """The largest entry of each map of C×H×W, C numbers; ``axes`` says how many axes a map has."""

    axes: int = 2

    def __post_init__(self) -> None:
        _check_axes(self)

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the maxima, without the axes that they were taken over."""
        return graph.global_max_pool(x, self.axes)


def _check_axes(layer: GlobalAvgPool | GlobalMaxPool) -> None:
    if layer.axes not in (1, 2):
        raise GraphError(
            f"{type(layer).__name__}: pools the last axis or the last two (axes=1 or 2), "
            f"found axes={layer.axes}"
        )
