"""From sequence to sequence: an encoder, a decoder, and what passes between them.

The decoder is fed the true outputs so far (teacher forcing) by calling the module, or its own by ``decode``,
one step at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from ..graph import GraphError, Node, concat, contract, each, named, recurrence, reshape, softmax, stack, tanh
from ..graph.node import Dim, Shape, show_dim, show_shape
from .linear import Linear, affine
from .module import Module, Weights
from .recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell

CELLS: Mapping[str, tuple[type[Any], type[Any]]] = {
    "GRU": (GRU, GRUCell),
    "LSTM": (LSTM, LSTMCell),
    "RNN": (RNN, RNNCell),
}
"""The layers that encode and the cells that decode, by name."""


@dataclass(frozen=True)
class AdditiveAttention(Module):
    """How much a query attends to each of several keys: softmax_j vᵀ tanh(W q + U k_j).

    Bahdanau, Cho and Bengio (2015).
    """

    letters: ClassVar[Mapping[str, str]] = {"query": "W", "key": "U", "score": "v"}

    query_size: Dim
    key_size: Dim
    hidden_size: Dim

    def shapes(self) -> dict[str, Shape]:
        """Return W hidden×query, U hidden×key, and v."""
        return {
            "query": (self.hidden_size, self.query_size),
            "key": (self.hidden_size, self.key_size),
            "score": (self.hidden_size,),
        }

    def forward(self, w: Weights, query: Node, keys: Node) -> Node:
        """Return the weights α, one for each row of ``keys`` (n×key_size), for one query."""
        if query.shape != (self.query_size,) or keys.ndim != 2 or keys.shape[1] != self.key_size:
            raise GraphError(
                f"AdditiveAttention: expected a query of {show_dim(self.query_size)} entries and keys "
                f"n×{show_dim(self.key_size)}, found {show_shape(query.shape)} and {show_shape(keys.shape)}"
            )
        hidden = tanh(affine(w["key"], keys) + affine(w["query"], query))
        return named(softmax(contract("nh,h->n", hidden, w["score"])), "alpha")


class _EncoderDecoder(Module):
    """What both kinds share: sizes, the encoder, the decoder's cell and the readout."""

    input_size: Dim
    output_size: Dim
    hidden_size: Dim
    num_classes: Dim
    cell: str

    def __post_init__(self) -> None:
        if self.cell not in CELLS:
            raise GraphError(f"{type(self).__name__}: no cell {self.cell!r}; there are {', '.join(CELLS)}")

    def children(self) -> dict[str, Module]:
        """Return the encoder, the decoder's cell, which reads an output and a context, and the readout."""
        layer, cell = CELLS[self.cell]
        return {
            "encoder": layer(self.input_size, self.hidden_size),
            "decoder": cell(self.output_size + self.hidden_size, self.hidden_size),
            "readout": Linear(2 * self.hidden_size, self.num_classes),
        }

    def encode(self, w: Weights, x: Node) -> tuple[Node, Node]:
        """Return the encoder's outputs S×hidden, and the state from which the decoder starts."""
        outputs, last = self.children()["encoder"](x, weights=w["encoder"])
        if isinstance(last, tuple):
            return outputs, stack(last[0][0], last[1][0])
        return outputs, last[0]

    def context(self, w: Weights, memory: Node, state: Node) -> Node:
        """Return what the decoder reads of the encoder's outputs at a step that starts from ``state``."""
        raise NotImplementedError

    def advance(self, w: Weights, memory: Node, state: Node, y: Node) -> Node:
        """Return the decoder's next state, having read the output ``y`` before it and the context."""
        cell = cast("GRUCell", self.children()["decoder"])
        read = concat(y, self.context(w, memory, state))
        return cell.step(w["decoder"], state, read)

    def score(self, w: Weights, memory: Node, before: Node, state: Node) -> Node:
        """Return the logits of the next symbol from the state, and from the context that led to it."""
        cell = cast("GRUCell", self.children()["decoder"])
        read = concat(cell.visible(state), self.context(w, memory, before))
        logits: Node = self.children()["readout"](read, weights=w["readout"])
        return logits

    def decode(
        self, memory: Node, state: Node, y: Node, weights: Mapping[str, Any] | None = None
    ) -> tuple[Node, Node]:
        """Return the logits of one step and the state after it, for free-running decoding and beam search."""
        w = weights if isinstance(weights, Weights) else self.bound(weights or {})
        after = self.advance(w, memory, state, y)
        return self.score(w, memory, state, after), after

    def forward(self, w: Weights, x: Node, y: Node) -> Node:
        """Return logits T×num_classes for inputs S×input_size and the outputs before each step.

        ``y`` is T×output_size; its first row is what stands before the first output.
        """
        if y.ndim != 2 or y.shape[1] != self.output_size:
            raise GraphError(
                f"{type(self).__name__}: expected outputs T×{show_dim(self.output_size)}, "
                f"found shape {show_shape(y.shape)}"
            )
        memory, start = self.encode(w, x)
        states = recurrence(lambda state, y: self.advance(w, memory, state, y), start, y, name="s")
        before = concat(_row(start), states[:-1]) if y.shape[0] != 1 else _row(start)
        return each(lambda earlier, state: self.score(w, memory, earlier, state), before, states)


@dataclass(frozen=True)
class Seq2Seq(_EncoderDecoder):
    """The decoder reads the encoder's last state at every step: a fixed context (Cho et al., 2014)."""

    input_size: Dim
    output_size: Dim
    hidden_size: Dim
    num_classes: Dim
    cell: str = "GRU"

    def context(self, w: Weights, memory: Node, state: Node) -> Node:
        """Return the encoder's last output."""
        return memory[-1]


@dataclass(frozen=True)
class AttentionSeq2Seq(_EncoderDecoder):
    """The decoder attends to all of the encoder's outputs, anew at every step (Bahdanau et al., 2015)."""

    input_size: Dim
    output_size: Dim
    hidden_size: Dim
    num_classes: Dim
    cell: str = "GRU"

    def children(self) -> dict[str, Module]:
        """Return the encoder, the decoder's cell, the readout, and the attention."""
        n = self.hidden_size
        return super().children() | {"attention": AdditiveAttention(n, n, n)}

    def attend(self, w: Weights, memory: Node, state: Node) -> Node:
        """Return the weights α of the encoder's outputs for one state of the decoder."""
        cell = cast("GRUCell", self.children()["decoder"])
        alpha: Node = self.children()["attention"](cell.visible(state), memory, weights=w["attention"])
        return alpha

    def context(self, w: Weights, memory: Node, state: Node) -> Node:
        """Return the encoder's outputs, weighted by the attention: Σ_j α_j h_j."""
        return named(contract("n,nh->h", self.attend(w, memory, state), memory), "c")


def _row(state: Node) -> Node:
    return reshape(state, (1, *state.shape))
