"""Normalising flows: maps that can be undone, and whose volume change is known.

Calling a flow gives where a vector goes and log |det ∂z'/∂z|; ``inverse`` gives where it came from and the
logarithm for the way back, which is minus that of the way there.  Logarithms are natural.  Maps act on the
last axis, so that of rows each has a logarithm of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..graph import (
    GraphError,
    Node,
    absolute,
    concat,
    exp,
    expand,
    flip,
    lift,
    log,
    log_sigmoid,
    named,
    normal_log_density,
    outer,
    sigmoid,
    split,
    stack,
    tanh,
)
from ..graph.node import Shape, show_shape
from ..graph.ops.loss import in_base
from ..graph.ops.reduction import sum_last
from .arguments import Count
from .feedforward import tagged
from .made import MADE
from .module import Module, Weights
from .naming import tagged_symbols

Moved = tuple[Node, Node]
"""Where vectors go, and the logarithm of the volume change of each."""


class _Flow(Module):
    """A map of vectors with its volume change; what is called ``net`` parametrises it."""

    def inverse(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> Moved:
        """Return where ``x`` came from, and log |det| of the way back."""
        raise GraphError(f"{type(self).__name__}: its inverse has no closed form")

    def log_density(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return log p(x) where x is what the flow makes of standard normal noise."""
        z, log_det = self.inverse(x, weights=weights)
        return normal_log_density(z) + in_base(log_det)

    def _weights(self, weights: Mapping[str, Any] | None) -> Weights:
        return weights if isinstance(weights, Weights) else self.bound(weights or {})


class _Autoregressive(_Flow):
    """A flow with a network ``net`` of two kinds of output; entry i of each sees entries before i."""

    net: MADE

    def symbols(self) -> dict[str, Node]:
        """Return the symbols of the network."""
        return {f"net.{path}": node for path, node in self.net.symbols().items()}

    def solve(
        self, letter: str, y: Any, step: Callable[..., Node], weights: Weights, context: Node | None
    ) -> Node:
        """Return x with x_i = ``step(y_i, m_i, s_i)``, where m_i and s_i are read off the entries before.

        The entries are named by ``letter``.
        """
        y = lift(y)
        if y.shape != (self.net.features,):
            raise GraphError(
                f"{type(self).__name__}: entries are found one after the other, for one vector of "
                f"{self.net.features}; found shape {show_shape(y.shape)}"
            )
        found: list[Node] = []
        for i in range(self.net.features):
            before = stack(*found, *[lift(0)] * (self.net.features - i))
            m, s = self._net(before, weights, context)
            entry = step(y[i], named(m[i], f"m_{i + 1}"), named(s[i], f"s_{i + 1}"))
            found.append(named(entry, f"{letter}_{i + 1}"))
        return stack(*found)

    def _net(self, z: Node, weights: Weights, context: Node | None) -> Moved:
        args = (z,) if context is None else (z, context)
        m, s = self.net(*args, weights=weights["net"])
        return m, s

    def _parts(self, z: Node, weights: Weights, context: Node | None) -> Moved:
        m, s = self._net(z, weights, context)
        return named(m, tagged("m", weights.path)), named(s, tagged("s", weights.path))

    def _check(self) -> None:
        if not isinstance(self.net, MADE) or self.net.outputs != 2:
            raise GraphError(f"{type(self).__name__}: net is a MADE with outputs=2: a shift and a scale")


@dataclass(frozen=True)
class InverseAutoregressiveFlow(_Autoregressive):
    """z' = σ ⊙ z + (1 − σ) ⊙ m, σ = σ(s), with m and s of an autoregressive net (Kingma et al., 2016).

    All entries move at once; the way back goes one entry after the other.
    """

    net: MADE

    def __post_init__(self) -> None:
        self._check()

    def forward(self, w: Weights, z: Node, context: Node | None = None) -> Moved:
        """Return z' and log |det ∂z'/∂z| = Σ log σ."""
        m, s = self._parts(z, w, context)
        gate = named(sigmoid(s), tagged("sigma", w.path))
        return gate * z + (1 - gate) * m, sum_last(log_sigmoid(s))

    def inverse(self, x: Any, context: Any = None, *, weights: Mapping[str, Any] | None = None) -> Moved:
        """Return z with z' = ``x``, solved entry by entry, and −Σ log σ."""
        w = self._weights(weights)
        given = None if context is None else lift(context)
        z = self.solve("z", x, lambda y, m, s: (y - (1 - sigmoid(s)) * m) / sigmoid(s), w, given)
        return z, -sum_last(log_sigmoid(self._parts(z, w, given)[1]))


@dataclass(frozen=True)
class MaskedAutoregressiveFlow(_Autoregressive):
    """x_i = m_i + z_i e^{s_i}, m and s of the entries of x before i (Papamakarios et al., 2017).

    The way back, and so the density, takes all entries at once; sampling goes one entry after the other.
    """

    net: MADE

    def __post_init__(self) -> None:
        self._check()

    def forward(self, w: Weights, z: Node, context: Node | None = None) -> Moved:
        """Return x, found entry by entry, and log |det ∂x/∂z| = Σ s."""
        x = self.solve("x", z, lambda z, m, s: m + z * exp(s), w, context)
        return x, sum_last(self._parts(x, w, context)[1])

    def inverse(self, x: Any, context: Any = None, *, weights: Mapping[str, Any] | None = None) -> Moved:
        """Return z = (x − m) ⊙ e^{−s} and log |det ∂z/∂x| = −Σ s."""
        x = lift(x)
        m, s = self._parts(x, self._weights(weights), None if context is None else lift(context))
        return (x - m) * exp(-s), -sum_last(s)


@dataclass(frozen=True)
class AffineCoupling(_Flow):
    """The first ``kept`` entries stay, the others become z ⊙ e^s + t (Dinh et al., 2017).

    ``net`` maps the entries that stay to s and t: from ``kept`` to 2·(features − kept) numbers.
    """

    net: Module
    features: Count
    kept: Count

    def __post_init__(self) -> None:
        if not 0 < self.kept < self.features:
            raise GraphError(
                f"AffineCoupling: some of the {self.features} entries are kept, not all; found {self.kept}"
            )

    def symbols(self) -> dict[str, Node]:
        """Return the symbols of the network."""
        return {f"net.{path}": node for path, node in self.net.symbols().items()}

    def forward(self, w: Weights, z: Node) -> Moved:
        """Return z' and log |det ∂z'/∂z| = Σ s."""
        still, moved, s, t = self._parts(z, w)
        return concat(still, moved * exp(s) + t, axis=-1), sum_last(s)

    def inverse(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> Moved:
        """Return z with z' = ``x``, and −Σ s."""
        still, moved, s, t = self._parts(lift(x), self._weights(weights))
        return concat(still, (moved - t) * exp(-s), axis=-1), -sum_last(s)

    def _parts(self, z: Node, w: Weights) -> tuple[Node, Node, Node, Node]:
        check_features("AffineCoupling", self.features, z)
        others = self.features - self.kept
        still, moved = split(z, [self.kept, others], axis=-1)
        found: Node = self.net(still, weights=w["net"])
        if found.shape[-1:] != (2 * others,):
            raise GraphError(
                f"AffineCoupling: net must give {2 * others} numbers, s and t for {others} entries; found "
                f"shape {show_shape(found.shape)}"
            )
        s, t = split(found, others, axis=-1)
        return still, moved, named(s, tagged("s", w.path)), named(t, tagged("t", w.path))


@dataclass(frozen=True)
class PlanarFlow(_Flow):
    """z' = z + u tanh(wᵀ z + b) (Rezende and Mohamed, 2015); it can be undone where wᵀ u > −1."""

    letters: ClassVar[Mapping[str, str]] = {"u": "u", "weight": "w", "bias": "b"}

    features: Count

    def shapes(self) -> dict[str, Shape]:
        """Return u and w, vectors, and b, a number."""
        return {"u": (self.features,), "weight": (self.features,), "bias": ()}

    def forward(self, w: Weights, z: Node) -> Moved:
        """Return z' and log |det ∂z'/∂z| = log |1 + (1 − h²) wᵀ u| with h = tanh(wᵀ z + b)."""
        check_features("PlanarFlow", self.features, z)
        inner = w["weight"] @ z if z.ndim == 1 else z @ w["weight"]
        h = named(tanh(inner + w["bias"]), tagged("h", w.path))
        moved = w["u"] * h if z.ndim == 1 else outer(h, w["u"])
        return z + moved, log(absolute(1 + (1 - h**2) * (w["weight"] @ w["u"])))


@dataclass(frozen=True)
class Reverse(_Flow):
    """The entries in reverse order: what an autoregressive flow did last, the next does first."""

    def forward(self, w: Weights, z: Node) -> Moved:
        """Return the entries reversed; the volume does not change."""
        return flip(z, 1), expand(lift(0), z.shape[:-1])

    def inverse(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> Moved:
        """Return the entries reversed."""
        return self.forward(Weights(), lift(x))


@dataclass(frozen=True, init=False)
class Flow(_Flow):
    """Flows one after the other; their logarithms add up."""

    steps: tuple[_Flow, ...]

    def __init__(self, *steps: _Flow):
        for i, step in enumerate(steps):
            if not isinstance(step, _Flow):
                raise GraphError(f"Flow: entry {i} is no flow, found {step!r}")
        if not steps:
            raise GraphError("Flow: name at least one flow, such as Flow(PlanarFlow(2), PlanarFlow(2))")
        object.__setattr__(self, "steps", steps)

    def symbols(self) -> dict[str, Node]:
        """Return the symbols of the flows, each with its position, counted from 1."""
        return tagged_symbols({f"steps.{i}": (str(i + 1), step) for i, step in enumerate(self.steps)})

    def forward(self, w: Weights, z: Node) -> Moved:
        """Return where the last flow ends, and the sum of the logarithms."""
        change = lift(0)
        for i, step in enumerate(self.steps):
            z, log_det = step(z, weights=w[f"steps.{i}"])
            z, change = named(z, f"z_{i + 1}"), change + log_det
        return z, change

    def inverse(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> Moved:
        """Return where ``x`` came from, and the sum of the logarithms of the way back."""
        w, z, change = self._weights(weights), lift(x), lift(0)
        for i, step in reversed(list(enumerate(self.steps))):
            z, log_det = step.inverse(z, weights=w[f"steps.{i}"])
            change = change + log_det
        return z, change


def check_features(name: str, features: int, z: Node) -> None:
    """Raise GraphError unless ``z`` is a vector, or rows, of so many entries."""
    if z.ndim not in (1, 2) or z.shape[-1] != features:
        raise GraphError(
            f"{name}: expected a vector of {features} entries, or rows of them; found shape "
            f"{show_shape(z.shape)}"
        )
