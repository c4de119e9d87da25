"""Recurrent layers with PyTorch's weights: RNN, LSTM, GRU, and their cells.

Inputs are T×input_size (PyTorch calls that unbatched); batches are what leading axes are for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from .. import graph
from ..graph import GraphError, Node, concat, expand, lift, named, recurrence, stack
from ..graph.node import Dim, Shape, show_dim, show_shape
from .arguments import Count
from .linear import affine
from .module import Module, Weights

NONLINEARITIES: Mapping[str, Callable[[Node], Node]] = {
    "tanh": graph.tanh,
    "relu": graph.relu,
    "sigmoid": graph.sigmoid,
    "shifted sigmoid": lambda z: graph.sigmoid(z) - lift(1) / 2,
    "identity": lambda z: z,
}
"""What an RNN may apply, by name; PyTorch has the first two."""


def _zeros(n: Dim) -> Node:
    return expand(lift(0), (n,))


def _affine(w: Mapping[str, Node], x: Node, h: Node, suffix: str = "") -> Node:
    """Return W_ih x + b_ih + W_hh h + b_hh."""
    seen, kept = affine(w[f"weight_ih{suffix}"], x), affine(w[f"weight_hh{suffix}"], h)
    if f"bias_ih{suffix}" not in w:
        return seen + kept
    return seen + w[f"bias_ih{suffix}"] + kept + w[f"bias_hh{suffix}"]


def rnn_step(w: Mapping[str, Node], h: Node, x: Node, nonlinearity: str = "tanh", suffix: str = "") -> Node:
    """Return h' = φ(W_ih x + b_ih + W_hh h + b_hh) (Elman, 1990)."""
    return named(NONLINEARITIES[nonlinearity](named(_affine(w, x, h, suffix), "z")), "h")


def lstm_step(w: Mapping[str, Node], state: Node, x: Node, suffix: str = "") -> Node:
    """Return the next (h, c), stacked: c' = f⊙c + i⊙g, h' = o⊙tanh(c') (Hochreiter and Schmidhuber, 1997).

    The gates i, f and o are logistic and the candidate g is a tanh of W_ih x + b_ih + W_hh h + b_hh, in
    PyTorch's order i, f, g, o; the forget gate is that of Gers et al. (2000).
    """
    h, c = state[0], state[1]
    n = h.shape[0]
    z = named(_affine(w, x, h, suffix), "z")
    i = named(graph.sigmoid(z[:n]), "i")
    f = named(graph.sigmoid(z[n : 2 * n]), "f")
    g = named(graph.tanh(z[2 * n : 3 * n]), "g")
    o = named(graph.sigmoid(z[3 * n :]), "o")
    new = named(f * c + i * g, "c")
    return _stacked(named(o * graph.tanh(new), "h"), new)


def gru_step(w: Mapping[str, Node], h: Node, x: Node, suffix: str = "") -> Node:
    """Return h' = (1 − z)⊙n + z⊙h with gates r, z and candidate n (Cho et al., 2014).

    As in PyTorch the reset gate acts after the matrix: n = tanh(W_in x + b_in + r ⊙ (W_hn h + b_hn)).
    """
    n = h.shape[0]
    seen, kept = affine(w[f"weight_ih{suffix}"], x), affine(w[f"weight_hh{suffix}"], h)
    if f"bias_ih{suffix}" in w:
        seen, kept = seen + w[f"bias_ih{suffix}"], kept + w[f"bias_hh{suffix}"]
    seen, kept = named(seen, "a"), named(kept, "b")
    r = named(graph.sigmoid(seen[:n] + kept[:n]), "r")
    z = named(graph.sigmoid(seen[n : 2 * n] + kept[n : 2 * n]), "z")
    candidate = named(graph.tanh(seen[2 * n :] + r * kept[2 * n :]), "n")
    return named((1 - z) * candidate + z * h, "h")


def _stacked(h: Node, c: Node) -> Node:
    return stack(h, c)


class _Cell(Module):
    """One step of a recurrent layer."""

    letters: ClassVar[Mapping[str, str]] = {
        "weight_ih": "W_ih",
        "weight_hh": "W_hh",
        "bias_ih": "b_ih",
        "bias_hh": "b_hh",
    }
    gates: ClassVar[int] = 1
    input_size: Dim
    hidden_size: Dim
    bias: bool

    def shapes(self) -> dict[str, Shape]:
        """Return W_ih (gates·hidden)×input, W_hh (gates·hidden)×hidden, and the biases."""
        rows = self.gates * self.hidden_size
        shapes: dict[str, Shape] = {
            "weight_ih": (rows, self.input_size),
            "weight_hh": (rows, self.hidden_size),
        }
        return shapes | ({"bias_ih": (rows,), "bias_hh": (rows,)} if self.bias else {})

    def step(self, w: Weights, state: Node, x: Node) -> Node:
        """Return the next state, as a recurrence carries it."""
        raise NotImplementedError

    def visible(self, state: Node) -> Node:
        """Return what the rest of a network sees of a state."""
        return state

    def fitting(self, x: Node, *states: Node | None) -> list[Node]:
        """Return states, zero where none is given, of ``hidden_size`` entries each for an input that fits."""
        found = [_zeros(self.hidden_size) if h is None else h for h in states]
        if x.shape != (self.input_size,) or any(h.shape != (self.hidden_size,) for h in found):
            shown = ", ".join(show_shape(node.shape) for node in (x, *found))
            raise GraphError(
                f"{type(self).__name__}: expected an input of input_size = {show_dim(self.input_size)} "
                f"entries and states of hidden_size = {show_dim(self.hidden_size)}, found shapes {shown}"
            )
        return found


@dataclass(frozen=True)
class RNNCell(_Cell):
    """One step of an RNN: h' = φ(W_ih x + b_ih + W_hh h + b_hh)."""

    input_size: Dim
    hidden_size: Dim
    bias: bool = True
    nonlinearity: str = "tanh"

    def __post_init__(self) -> None:
        _check_nonlinearity("RNNCell", self.nonlinearity)

    def step(self, w: Weights, state: Node, x: Node) -> Node:
        """Return the next state."""
        return rnn_step(w, state, x, self.nonlinearity)

    def forward(self, w: Weights, x: Node, h: Node | None = None) -> Node:
        """Return the next state; the first one is zero unless given."""
        return self.step(w, self.fitting(x, h)[0], x)


@dataclass(frozen=True)
class LSTMCell(_Cell):
    """One step of an LSTM."""

    gates: ClassVar[int] = 4
    input_size: Dim
    hidden_size: Dim
    bias: bool = True

    def step(self, w: Weights, state: Node, x: Node) -> Node:
        """Return the next (h, c), stacked."""
        return lstm_step(w, state, x)

    def visible(self, state: Node) -> Node:
        """Return h."""
        return state[0]

    def forward(self, w: Weights, x: Node, state: tuple[Node, Node] | None = None) -> tuple[Node, Node]:
        """Return the next (h, c); both start at zero unless given."""
        h, c = self.fitting(x, *(state or (None, None)))
        new_h, new_c = self.step(w, _stacked(h, c), x).args
        return new_h, new_c


@dataclass(frozen=True)
class GRUCell(_Cell):
    """One step of a GRU."""

    gates: ClassVar[int] = 3
    input_size: Dim
    hidden_size: Dim
    bias: bool = True

    def step(self, w: Weights, state: Node, x: Node) -> Node:
        """Return the next state."""
        return gru_step(w, state, x)

    def forward(self, w: Weights, x: Node, h: Node | None = None) -> Node:
        """Return the next state; the first one is zero unless given."""
        return self.step(w, self.fitting(x, h)[0], x)


def _check_nonlinearity(what: str, name: str) -> None:
    if name not in NONLINEARITIES:
        raise GraphError(f"{what}: no nonlinearity {name!r}; there are {', '.join(NONLINEARITIES)}")


class _Layers(Module):
    """Recurrent layers above each other, in one direction or in both."""

    gates: ClassVar[int] = 1
    input_size: Dim
    hidden_size: Dim
    num_layers: Count
    bias: bool
    bidirectional: bool

    @property
    def suffixes(self) -> list[list[str]]:
        """What weights are called after, layer by layer: l0, and l0_reverse."""
        ways = ("", "_reverse") if self.bidirectional else ("",)
        return [[f"_l{layer}{way}" for way in ways] for layer in range(self.num_layers)]

    def shapes(self) -> dict[str, Shape]:
        """Return the weights under PyTorch's names: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0."""
        rows, found = self.gates * self.hidden_size, dict[str, Shape]()
        for layer, suffixes in enumerate(self.suffixes):
            reads = self.input_size if layer == 0 else len(suffixes) * self.hidden_size
            for suffix in suffixes:
                found[f"weight_ih{suffix}"] = (rows, reads)
                found[f"weight_hh{suffix}"] = (rows, self.hidden_size)
                if self.bias:
                    found[f"bias_ih{suffix}"] = found[f"bias_hh{suffix}"] = (rows,)
        return found

    def _letter(self, name: str, path: str) -> str:
        """Return W_ih for the only layer, W_ih_2 for the second of several, with the path before it."""
        kind, side, layer, *way = name.split("_")
        parts = [{"weight": "W", "bias": "b"}[kind] + "_" + side]
        parts += [str(int(layer[1:]) + 1)] * (self.num_layers > 1) + ["rev"] * bool(way)
        return "_".join([*parts, *(p for p in path.replace("_", "").split(".") if p)])

    def step(self, w: Weights, state: Node, x: Node, suffix: str) -> Node:
        """Return the next state of one layer."""
        raise NotImplementedError

    def start(self, given: Any, position: int) -> Node:
        """Return the initial state of one layer in one direction."""
        return _zeros(self.hidden_size) if given is None else given[position]

    def states(self, w: Weights, x: Node, given: Any) -> tuple[Node, list[Node]]:
        """Return the outputs of the last layer, T×(ways·hidden), and the states of each layer and way."""
        if x.ndim != 2 or x.shape[1] != self.input_size:
            raise GraphError(
                f"{type(self).__name__}: expected a sequence T×{show_dim(self.input_size)}, "
                f"found shape {show_shape(x.shape)}"
            )
        wanted = (sum(map(len, self.suffixes)), self.hidden_size)
        for state in given if isinstance(given, tuple) else () if given is None else (given,):
            if state.shape != wanted:
                raise GraphError(
                    f"{type(self).__name__}: the first states are {show_shape(wanted)}, a row for each layer "
                    f"and direction, found shape {show_shape(state.shape)}"
                )
        every: list[Node] = []
        for suffixes in self.suffixes:
            found = []
            for way, suffix in enumerate(suffixes):
                start = self.start(given, len(every) + way)

                def step(state: Node, x: Node, suffix: str = suffix) -> Node:
                    return self.step(w, state, x, suffix)

                found.append(recurrence(step, start, x, reverse=way == 1))
            every += found
            outputs = [self.output(states) for states in found]
            x = outputs[0] if len(outputs) == 1 else concat(*outputs, axis=1)
        return x, every

    def output(self, states: Node) -> Node:
        """Return what a layer puts out: its states."""
        return states

    def last(self, every: list[Node]) -> list[Node]:
        """Return the state in which each layer and way ends."""
        ways = 2 if self.bidirectional else 1
        ends = [n - 1 if isinstance(n, int) else -1 for n in (s.shape[0] for s in every)]
        return [s[0] if i % ways else s[end] for i, (s, end) in enumerate(zip(every, ends, strict=True))]


@dataclass(frozen=True)
class RNN(_Layers):
    """An RNN over a sequence: h_t = φ(W_ih x_t + b_ih + W_hh h_{t−1} + b_hh).

    ``nonlinearity`` is tanh, relu, sigmoid, shifted sigmoid (σ(z) − ½) or identity.
    """

    input_size: Dim
    hidden_size: Dim
    num_layers: Count = 1
    nonlinearity: str = "tanh"
    bias: bool = True
    bidirectional: bool = False

    def __post_init__(self) -> None:
        _check_nonlinearity("RNN", self.nonlinearity)

    def step(self, w: Weights, state: Node, x: Node, suffix: str) -> Node:
        """Return the next state of one layer."""
        return rnn_step(w, state, x, self.nonlinearity, suffix)

    def forward(self, w: Weights, x: Node, h_0: Node | None = None) -> tuple[Node, Node]:
        """Return the outputs T×hidden, and the last states layers×hidden."""
        outputs, every = self.states(w, x, h_0)
        return outputs, stack(*self.last(every))


@dataclass(frozen=True)
class GRU(_Layers):
    """A GRU over a sequence (Cho et al., 2014)."""

    gates: ClassVar[int] = 3
    input_size: Dim
    hidden_size: Dim
    num_layers: Count = 1
    bias: bool = True
    bidirectional: bool = False

    def step(self, w: Weights, state: Node, x: Node, suffix: str) -> Node:
        """Return the next state of one layer."""
        return gru_step(w, state, x, suffix)

    def forward(self, w: Weights, x: Node, h_0: Node | None = None) -> tuple[Node, Node]:
        """Return the outputs T×hidden, and the last states layers×hidden."""
        outputs, every = self.states(w, x, h_0)
        return outputs, stack(*self.last(every))


@dataclass(frozen=True)
class LSTM(_Layers):
    """An LSTM over a sequence (Hochreiter and Schmidhuber, 1997)."""

    gates: ClassVar[int] = 4
    input_size: Dim
    hidden_size: Dim
    num_layers: Count = 1
    bias: bool = True
    bidirectional: bool = False

    def step(self, w: Weights, state: Node, x: Node, suffix: str) -> Node:
        """Return the next (h, c) of one layer, stacked."""
        return lstm_step(w, state, x, suffix)

    def start(self, given: Any, position: int) -> Node:
        """Return the initial (h, c) of one layer in one direction, stacked."""
        if given is None:
            return _stacked(_zeros(self.hidden_size), _zeros(self.hidden_size))
        h, c = given
        return _stacked(h[position], c[position])

    def output(self, states: Node) -> Node:
        """Return what a layer puts out: the h of its states."""
        return states[:, 0]

    def forward(
        self, w: Weights, x: Node, state: tuple[Node, Node] | None = None
    ) -> tuple[Node, tuple[Node, Node]]:
        """Return the outputs T×hidden, and the last (h, c), each layers×hidden."""
        outputs, every = self.states(w, x, state)
        last = self.last(every)
        return outputs, (stack(*(s[0] for s in last)), stack(*(s[1] for s in last)))
