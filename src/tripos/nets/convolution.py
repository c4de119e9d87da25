"""Layers that slide a window over an image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ..graph import Node, conv2d, max_pool2d, reshape
from ..graph.node import Dim, Shape
from .module import Module, Weights


@dataclass(frozen=True)
class Conv2d(Module):
    """A convolution of C×H×W images with ``out_channels`` filters of kernel_size×kernel_size."""

    letters: ClassVar[Mapping[str, str]] = {"weight": "K", "bias": "b"}

    in_channels: Dim
    out_channels: Dim
    kernel_size: Dim
    stride: int = 1
    padding: int = 0
    bias: bool = True

    def shapes(self) -> dict[str, Shape]:
        """Return K out×in×k×k, and b."""
        k = self.kernel_size
        shapes: dict[str, Shape] = {"weight": (self.out_channels, self.in_channels, k, k)}
        return shapes | ({"bias": (self.out_channels,)} if self.bias else {})

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the feature maps, out_channels×H'×W'."""
        maps = conv2d(x, w["weight"], stride=self.stride, padding=self.padding)
        return maps + reshape(w["bias"], (self.out_channels, 1, 1)) if self.bias else maps


@dataclass(frozen=True)
class MaxPool2d(Module):
    """The maxima of kernel_size×kernel_size windows; the stride is their size unless given."""

    kernel_size: int
    stride: int | None = None

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the maxima of all windows."""
        return max_pool2d(x, self.kernel_size, self.stride)
