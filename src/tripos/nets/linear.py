"""Layers that multiply by a matrix, and layers in sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..graph import GraphError, Node, contract
from ..graph.node import Dim, Shape, show_dim, show_shape
from .module import Module, Weights


@dataclass(frozen=True)
class Linear(Module):
    """The map W x + b from ``in_features`` to ``out_features``; W is out×in.

    It acts on the last axis, so that a matrix is mapped row by row, as in PyTorch.
    """

    in_features: Dim
    out_features: Dim
    bias: bool = True

    def shapes(self) -> dict[str, Shape]:
        """Return W out×in, and b."""
        shapes: dict[str, Shape] = {"weight": (self.out_features, self.in_features)}
        return shapes | ({"bias": (self.out_features,)} if self.bias else {})

    def forward(self, w: Weights, x: Node) -> Node:
        """Return W x + b for x of shape (..., in_features)."""
        if not x.shape or x.shape[-1] != self.in_features:
            raise GraphError(
                f"Linear: the input has shape {show_shape(x.shape)}, but the last axis must have "
                f"in_features = {show_dim(self.in_features)} entries"
            )
        y = affine(w["weight"], x)
        return y + w["bias"] if self.bias else y


def affine(W: Node, x: Node) -> Node:
    """Return W applied to the last axis of ``x``: W x for a vector, X Wᵀ for a matrix of rows."""
    lead = "abcdefgh"[: x.ndim - 1]
    return W @ x if x.ndim == 1 else contract(f"{lead}i,oi->{lead}o", x, W)


@dataclass(frozen=True, init=False)
class Sequential(Module):
    """Modules one after the other; they are called 0, 1, 2 and so on, as in PyTorch."""

    layers: tuple[Module, ...]

    def __init__(self, *layers: Module):
        given: tuple[object, ...] = layers
        for i, layer in enumerate(given):
            if not isinstance(layer, Module):
                several = isinstance(layer, (list, tuple))
                remedy = "name layers one by one, without a list" if several else "write ReLU(), not ReLU"
                raise GraphError(f"Sequential: entry {i} is no layer, found {layer!r}; {remedy}")
        object.__setattr__(self, "layers", layers)

    def children(self) -> dict[str, Module]:
        """Return the modules by their positions."""
        return {str(i): layer for i, layer in enumerate(self.layers)}

    def forward(self, w: Weights, x: Any) -> Any:
        """Return the output of the last module."""
        for name, layer in self.children().items():
            x = layer(x, weights=w[name])
        return x
