"""Feed-forward systems: single units, softmax regression, MLPs and linear networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, ClassVar

from ..graph import GraphError, Node, contract, lift, named, sigmoid, softmax, symbol
from ..graph.node import Dim, Shape, show_dim, show_shape
from .activation import Identity, ReLU
from .arguments import check_module, field_of
from .linear import Linear, Sequential
from .module import Module, Weights

# -- single units ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unit(Module):
    """A unit with a weight vector and a bias; its score is z = wᵀ x + b."""

    letters: ClassVar[Mapping[str, str]] = {"weight": "w", "bias": "b"}

    in_features: Dim
    bias: bool = True

    def shapes(self) -> dict[str, Shape]:
        """Return w, a vector, and b, a number."""
        shapes: dict[str, Shape] = {"weight": (self.in_features,)}
        return shapes | ({"bias": ()} if self.bias else {})

    def score(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return wᵀ x + b for x of shape (..., in_features): one score for each example."""
        w = weights if isinstance(weights, Weights) else self.bound(weights or {})
        return _score(type(self).__name__, w["weight"], w.get("bias"), lift(x))


class LogisticRegression(Unit):
    """Logistic regression: the probability σ(wᵀ x + b) of the positive class."""

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the probability of the positive class, one for each example."""
        return sigmoid(named(self.score(x, weights=w), tagged("z", w.path)))


def _score(what: str, w: Node, b: Node | None, x: Node) -> Node:
    if not x.shape or x.shape[-1] != w.shape[0]:
        raise GraphError(
            f"{what}: the input has shape {show_shape(x.shape)}, but the last axis must have "
            f"in_features = {show_dim(w.shape[0])} entries"
        )
    lead = "abcdefgh"[: x.ndim - 1]
    z = w @ x if x.ndim == 1 else contract(f"{lead}i,i->{lead}", x, w)
    return z if b is None else z + b


@dataclass(frozen=True)
class SoftmaxRegression(Module):
    """Softmax (multinomial logistic) regression: the probabilities softmax(W x + b) of the classes."""

    in_features: Dim
    num_classes: Dim
    bias: bool = True

    @property
    def linear(self) -> Linear:
        """The layer that gives the logits."""
        return Linear(self.in_features, self.num_classes, self.bias)

    def shapes(self) -> dict[str, Shape]:
        """Return W num_classes×in_features, and b."""
        return self.linear.shapes()

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the probabilities of the classes along the last axis."""
        return softmax(named(self.linear.forward(w, x), tagged("z", w.path)))


# -- layers of units -------------------------------------------------------------------------------


@dataclass(frozen=True)
class MLP(Module):
    """A multi-layer perceptron: linear layers of the given sizes with an activation between them.

    ``MLP([2, 3, 1], Tanh(), output=Sigmoid())`` has 2 inputs, 3 hidden units and 1 output; without
    ``output`` the last layer is linear.  Weights are called layers.0.weight, layers.0.bias and so on; as
    symbols W₁, b₁, the pre-activations and the activations z₁, h₁.
    """

    sizes: Sequence[Dim]
    activation: Module = field(default_factory=ReLU)
    output: Module | None = None
    bias: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.sizes, (list, tuple)) or len(self.sizes) < 2:
            raise GraphError(
                "MLP: expected the sizes of the input, of the layers and of the output, such as [2, 3, 1]; "
                f"found {self.sizes!r}"
            )
        sizes = tuple(field_of("MLP", "one of its sizes", "Dim", size) for size in self.sizes)
        object.__setattr__(self, "sizes", sizes)  # a list has no hash

    @property
    def layers(self) -> tuple[Linear, ...]:
        """The linear layers."""
        return tuple(Linear(a, b, self.bias) for a, b in pairwise(self.sizes))

    def children(self) -> dict[str, Module]:
        """Return the linear layers, the activation and the activation of the output."""
        found: dict[str, Module] = {f"layers.{i}": layer for i, layer in enumerate(self.layers)}
        found["activation"] = self.activation
        return found | ({"output": self.output} if self.output is not None else {})

    def sequence(self) -> list[tuple[str, Module]]:
        """Return the modules in the order in which they act, each with its name."""
        found: list[tuple[str, Module]] = []
        for i, layer in enumerate(self.layers):
            found += [(f"layers.{i}", layer), ("activation", self.activation)]
        return found[:-1] + ([("output", self.output)] if self.output is not None else [])

    def symbols(self) -> dict[str, Node]:
        """Return W_1, b_1, W_2 and so on."""
        letters = {"weight": "W", "bias": "b"}
        found = super().symbols()
        for i, layer in enumerate(self.layers):
            for name, shape in layer.shapes().items():
                found[f"layers.{i}.{name}"] = symbol(f"{letters[name]}_{i + 1}", shape)
        return found

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the output, of shape (..., sizes[-1])."""
        last = len(self.layers)
        for k, layer in enumerate(self.layers, 1):
            x = layer(x, weights=w[f"layers.{k - 1}"])
            linear = isinstance(self.activation, Identity)
            if k < last or self.output is not None:
                x = named(x, tagged("h" if linear and k < last else "z", w.path, k))
            if k < last and not linear:
                x = named(self.activation(x, weights=w["activation"]), tagged("h", w.path, k))
        return x if self.output is None else one_array(self.output(x, weights=w["output"]))


def linear_network(sizes: Sequence[Dim], bias: bool = False) -> MLP:
    """Return an MLP without activations, W_L ⋯ W_2 W_1 x; ``collapse`` multiplies its matrices."""
    return MLP(sizes, Identity(), None, bias)


def collapse(network: Module, *, weights: Mapping[str, Any] | None = None) -> tuple[Node, Node | None]:
    """Return W and b of the one linear layer that computes what linear layers in sequence do.

    W is the product of their matrices, last layer first; b is None where no layer has a bias.
    """
    check_module("collapse", network)
    w = network.bound(weights or {})
    W: Node | None = None
    b: Node | None = None
    for layer, own in in_sequence(network, w):
        if isinstance(layer, Identity):
            continue
        if not isinstance(layer, Linear):
            raise GraphError(
                f"collapse: {type(layer).__name__} is not linear; only Linear layers in sequence are one"
            )
        W = own["weight"] if W is None else own["weight"] @ W
        b = None if b is None else own["weight"] @ b
        if layer.bias:
            b = own["bias"] if b is None else b + own["bias"]
    if W is None:
        raise GraphError("collapse: the network has no Linear layer")
    return W, b


def in_sequence(network: Module, w: Weights) -> list[tuple[Module, Weights]]:
    """Return the modules that a network applies one after the other, each with its weights.

    Sequential and what has a method ``sequence``, such as MLP, are taken apart, at any depth; other modules
    count as one.
    """
    parts = getattr(network, "sequence", None)
    if isinstance(network, Sequential):
        parts = network.children().items
    if parts is None:
        return [(network, w)]
    return [found for name, part in parts() for found in in_sequence(part, w[name])]


# -- what they share -------------------------------------------------------------------------------


def tagged(letter: str, path: str, k: int | None = None) -> str:
    """Return the name of a value in a module: its letter, the numbers on its path counted from 1, and k."""
    numbers = [str(int(part) + 1) for part in path.split(".") if part.isdigit()]
    return "_".join([letter, *numbers, *([] if k is None else [str(k)])])


def one_array(value: Any) -> Node:
    """Return a node, or raise GraphError where a module puts out something else."""
    if not isinstance(value, Node):
        raise GraphError(f"expected one array, found {type(value).__name__}")
    return value
