"""Residual units, and MLPs made of them (He et al., 2016)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..graph import GraphError, Node, named, symbol
from ..graph.node import Dim, show_shape
from .activation import ReLU
from .arguments import Count
from .feedforward import MLP, one_array, tagged
from .module import Module, Weights


@dataclass(frozen=True)
class Residual(Module):
    """A residual unit x + F(x) (He et al., 2016); F is ``inner`` and keeps the shape of its input."""

    inner: Module

    def forward(self, w: Weights, x: Node) -> Node:
        """Return x + F(x), in the shape of ``x``."""
        y = one_array(self.inner(x, weights=w["inner"]))
        if y.shape != x.shape:
            raise GraphError(
                f"Residual: {type(self.inner).__name__} turns shape {show_shape(x.shape)} into "
                f"{show_shape(y.shape)}; x + F(x) needs both to be the same"
            )
        return x + y


@dataclass(frozen=True)
class ResidualMLP(Module):
    """``depth`` residual units in sequence: x ← x + W₂ φ(W₁ x + b₁) + b₂, each of its own weights.

    ``hidden`` is the number of hidden units of each, ``width`` unless given.  Weights are called
    blocks.0.inner.layers.0.weight and so on; as symbols W₁,₁: first the unit, then its layer.
    """

    width: Dim
    depth: Count
    hidden: Dim | None = None
    activation: Module = field(default_factory=ReLU)
    bias: bool = True

    def children(self) -> dict[str, Module]:
        """Return the residual units."""
        hidden = self.width if self.hidden is None else self.hidden
        unit = Residual(MLP([self.width, hidden, self.width], self.activation, None, self.bias))
        return {f"blocks.{i}": unit for i in range(self.depth)}

    def sequence(self) -> list[tuple[str, Module]]:
        """Return the residual units in the order in which they act, each with its name."""
        return list(self.children().items())

    def symbols(self) -> dict[str, Node]:
        """Return W_1_1, b_1_1, W_1_2 and so on: first the unit, then its layer."""
        found = super().symbols()
        for path, node in found.items():
            _, block, *_, layer, name = path.split(".")
            if path.startswith(f"blocks.{block}.inner.layers."):
                letter = {"weight": "W", "bias": "b"}[name]
                found[path] = symbol(f"{letter}_{int(block) + 1}_{int(layer) + 1}", node.shape)
        return found

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the output of the last unit, in the shape of ``x``."""
        for k, (name, unit) in enumerate(self.children().items(), 1):
            x = unit(x, weights=w[name])
            x = named(x, tagged("x", w.path, k)) if k < self.depth else x
        return x
