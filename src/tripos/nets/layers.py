"""Layers under PyTorch's names and argument order: their weights, their parameter counts, their graphs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..graph import GraphError, Node, conv2d, convention, lift, max_pool2d, reshape, symbol
from ..graph.node import Dim, Shape


@dataclass(frozen=True)
class Linear:
    """The map W x + b from ``in_features`` to ``out_features``; W is out×in."""

    in_features: Dim
    out_features: Dim
    bias: bool = True

    def weights(self) -> dict[str, Shape]:
        """Return the shape of each weight by name."""
        shapes: dict[str, Shape] = {"W": (self.out_features, self.in_features)}
        return shapes | ({"b": (self.out_features,)} if self.bias else {})

    def __call__(self, x: Node, weights: Mapping[str, Node] | None = None) -> Node:
        """Return W x + b; weights that are not given are symbols."""
        w = _symbols(self.weights(), weights)
        return w["W"] @ x + w["b"] if self.bias else w["W"] @ x


@dataclass(frozen=True)
class Conv2d:
    """A convolution of C×H×W images with ``out_channels`` filters of kernel_size×kernel_size."""

    in_channels: Dim
    out_channels: Dim
    kernel_size: Dim
    stride: int = 1
    padding: int = 0
    bias: bool = True

    def weights(self) -> dict[str, Shape]:
        """Return the shape of each weight by name."""
        k = self.kernel_size
        shapes: dict[str, Shape] = {"K": (self.out_channels, self.in_channels, k, k)}
        return shapes | ({"b": (self.out_channels,)} if self.bias else {})

    def __call__(self, x: Node, weights: Mapping[str, Node] | None = None) -> Node:
        """Return the feature maps, out_channels×H'×W'; weights that are not given are symbols."""
        w = _symbols(self.weights(), weights)
        maps = conv2d(x, w["K"], stride=self.stride, padding=self.padding)
        return maps + reshape(w["b"], (self.out_channels, 1, 1)) if self.bias else maps


@dataclass(frozen=True)
class MaxPool2d:
    """The maxima of kernel_size×kernel_size windows; the stride is their size unless given."""

    kernel_size: int
    stride: int | None = None

    def weights(self) -> dict[str, Shape]:
        """Return no weights: pooling learns nothing."""
        return {}

    def __call__(self, x: Node) -> Node:
        """Return the maxima of all windows."""
        return max_pool2d(x, self.kernel_size, self.stride)


def parameters(*layers: Linear | Conv2d | MaxPool2d) -> Node:
    """Return the number of parameters, as a sum of products of sizes.

    Biases count by the convention ``bias``; sizes may be symbols.
    """
    if not layers:
        raise GraphError("parameters: name at least one layer, such as parameters(Linear(9, 4))")
    total = lift(0)
    for layer in layers:
        for name, shape in layer.weights().items():
            if name == "b" and convention("bias") == "not counted":
                continue
            count = lift(1)
            for dim in shape:
                count = count * dim
            total = total + count
    return total


def _symbols(shapes: Mapping[str, Shape], given: Mapping[str, Node] | None) -> dict[str, Node]:
    given = given or {}
    return {name: given.get(name, symbol(name, shape)) for name, shape in shapes.items()}
