"""Autoregressive networks: what comes out at a place depends on what went in before it only."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from ..graph import GraphError, Node, concat, constant, named, split, symbol
from ..graph.node import MAX_FILLED, Shape, show_shape
from .activation import ReLU
from .arguments import Count
from .feedforward import tagged
from .linear import affine
from .module import Module, Weights


@dataclass(frozen=True)
class MaskedLinear(Module):
    """The map (M ⊙ W) x + b with a mask M of zeros and ones, out×in, as nested tuples."""

    in_features: Count
    out_features: Count
    mask: tuple[tuple[int, ...], ...]
    bias: bool = True

    def __post_init__(self) -> None:
        tuples = isinstance(self.mask, tuple) and all(isinstance(row, tuple) for row in self.mask)
        shape = (len(self.mask), *{len(row) for row in self.mask}) if tuples else ()
        if shape != (self.out_features, self.in_features) or any(
            v not in (0, 1) for r in self.mask for v in r
        ):
            raise GraphError(
                f"MaskedLinear: the mask must be {self.out_features}×{self.in_features} zeros and ones, "
                "out_features×in_features"
            )

    def shapes(self) -> dict[str, Shape]:
        """Return W out×in, and b."""
        shapes: dict[str, Shape] = {"weight": (self.out_features, self.in_features)}
        return shapes | ({"bias": (self.out_features,)} if self.bias else {})

    def forward(self, w: Weights, x: Node) -> Node:
        """Return (M ⊙ W) x + b for x of shape (..., in_features)."""
        if not x.shape or x.shape[-1] != self.in_features:
            raise GraphError(
                f"MaskedLinear: the input has shape {show_shape(x.shape)}, but the last axis must have "
                f"in_features = {self.in_features} entries"
            )
        mask = named(constant([list(row) for row in self.mask]), tagged("M", w.path))
        y = affine(mask * w["weight"], x)
        return y + w["bias"] if self.bias else y


@dataclass(frozen=True)
class MADE(Module):
    """A network whose i-th output of each kind depends on inputs before the i-th only (Germain et al., 2015).

    ``outputs`` says how many kinds there are, such as 2 for a mean and a scale; ``hidden`` holds the sizes of
    the hidden layers.  A second argument of ``context`` entries is seen by every output.
    """

    features: int
    hidden: tuple[int, ...]
    outputs: int = 2
    activation: Module = field(default_factory=ReLU)
    context: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.hidden, (list, tuple)):
            raise GraphError(f"MADE: hidden holds sizes, such as (8, 8); found {self.hidden!r}")
        object.__setattr__(self, "hidden", tuple(self.hidden))
        sizes = (self.features, *self.hidden, self.outputs)
        if any(type(n) is not int or n < 1 for n in sizes) or self.context < 0:
            raise GraphError(f"MADE: sizes are positive integers, found {', '.join(map(str, sizes))}")
        units = (self.features + self.context, *self.hidden, self.features * self.outputs)
        if any(m * n > MAX_FILLED for m, n in pairwise(units)):
            raise GraphError(
                f"MADE: layers of {', '.join(map(str, units))} units have a mask of more than "
                f"{MAX_FILLED:,} entries, which is too large to write out"
            )

    def children(self) -> dict[str, Module]:
        """Return the masked layers and the activation."""
        found: dict[str, Module] = {f"layers.{i}": layer for i, layer in enumerate(self.layers)}
        return found | {"activation": self.activation}

    @property
    def layers(self) -> tuple[MaskedLinear, ...]:
        """The masked layers.

        Each unit has a degree: the number of inputs that it may see.  A hidden unit sees those of its degree
        or less, an output those of less than its own; the context has degree 0.
        """
        own = list(range(1, self.features + 1))
        degrees = [own + [0] * self.context]
        for n in self.hidden:
            degrees.append([1 + i % max(self.features - 1, 1) for i in range(n)])
        layers = [
            MaskedLinear(len(seen), len(new), tuple(tuple(int(m >= k) for k in seen) for m in new))
            for seen, new in pairwise(degrees)
        ]
        last, final = degrees[-1], own * self.outputs
        mask = tuple(tuple(int(m > k) for k in last) for m in final)
        return (*layers, MaskedLinear(len(last), len(final), mask))

    def symbols(self) -> dict[str, Node]:
        """Return W_1, b_1, W_2 and so on."""
        return {
            f"layers.{i}.{name}": symbol(f"{layer.letters[name]}_{i + 1}", shape)
            for i, layer in enumerate(self.layers)
            for name, shape in layer.shapes().items()
        }

    def forward(self, w: Weights, z: Node, context: Node | None = None) -> tuple[Node, ...]:
        """Return one array in the shape of ``z`` for each kind of output."""
        if (self.context > 0) != (context is not None):
            wanted = (
                f"expected a context of {self.context} entries" if self.context else "it takes no context"
            )
            raise GraphError(f"MADE: {wanted}")
        x = z if context is None else concat(z, context, axis=-1)
        for i, layer in enumerate(self.layers):
            x = layer(x if i == 0 else self.activation(x, weights=w["activation"]), weights=w[f"layers.{i}"])
        return tuple(split(x, self.features, axis=-1))
