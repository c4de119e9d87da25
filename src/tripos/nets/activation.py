"""Activations as layers, under PyTorch's names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from .. import graph
from ..graph import Node
from ..graph.ops.shape import axis_of
from .module import Module, Weights


@dataclass(frozen=True)
class Activation(Module):
    """A function of each entry (or of each row) without weights; ``op`` is what it applies."""

    op: ClassVar[Callable[..., Node]]

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the activations, in the shape of ``x``."""
        return type(self).op(x)


def _activation(name: str, op: Callable[..., Node], doc: str) -> type[Activation]:
    made = type(name, (Activation,), {"op": staticmethod(op), "__doc__": doc, "__module__": __name__})
    return dataclass(frozen=True)(made)


ReLU = _activation("ReLU", graph.relu, "max(0, z).")
Sigmoid = _activation("Sigmoid", graph.sigmoid, "1 / (1 + e^−z).")
Tanh = _activation("Tanh", graph.tanh, "The hyperbolic tangent.")
Softplus = _activation("Softplus", graph.softplus, "log(1 + e^z).")
Softsign = _activation("Softsign", graph.softsign, "z / (1 + |z|).")
SiLU = _activation("SiLU", graph.silu, "z·σ(z).")
GELU = _activation("GELU", graph.gelu, "z·Φ(z).")
ELU = _activation("ELU", graph.elu, "z where z > 0, else e^z − 1.")
HardThreshold = _activation("HardThreshold", graph.hard_threshold, "1 where z > 0, else 0.")
Identity = _activation("Identity", lambda x: x, "What comes in.")


@dataclass(frozen=True)
class LeakyReLU(Module):
    """z where z > 0, else negative_slope·z."""

    negative_slope: float | Fraction = Fraction(1, 100)

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the activations, in the shape of ``x``."""
        return graph.leaky_relu(x, slope=self.negative_slope)


@dataclass(frozen=True)
class Softmax(Module):
    """Softmax over the last axis."""

    dim: int = -1

    def forward(self, w: Weights, x: Node) -> Node:
        """Return probabilities, in the shape of ``x``."""
        if self.dim not in (-1, x.ndim - 1):
            raise graph.GraphError(f"Softmax: dim is the last axis, -1; found {self.dim}")
        return graph.softmax(x)


@dataclass(frozen=True)
class Flatten(Module):
    """All axes from ``start_dim`` on made one, last axis fastest; 0 flattens a single example.

    PyTorch counts a batch axis before and so starts at 1.
    """

    start_dim: int = 0

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the entries row after row."""
        if not self.start_dim:
            return graph.flatten(x)
        axis_of("Flatten", self.start_dim, x)
        total: graph.node.Dim = 1
        for dim in x.shape[self.start_dim :]:
            total = dim * total
        return graph.reshape(x, (*x.shape[: self.start_dim], total))
