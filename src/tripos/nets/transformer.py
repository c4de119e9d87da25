"""The transformer: encoder, decoder and both together, with PyTorch's names (Vaswani et al., 2017).

Sequences are L×d_model, or B×L×d_model for a batch: what PyTorch calls ``batch_first=True``.  In a mask 1 is
what may be seen and 0 what not; PyTorch's transformers have it the other way round.  A decoder-only stack, as
of GPT, is a ``TransformerEncoder`` that is given a causal mask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..graph import GraphError, Node, named
from ..graph.node import Dim
from .activation import GELU, ReLU, SiLU
from .arguments import Count
from .attention import MultiheadAttention, Shortened, dropping, tagged
from .linear import Linear
from .module import Module, Weights
from .normalisation import LayerNorm

ACTIVATIONS: Mapping[str, Callable[[], Module]] = {"relu": ReLU, "gelu": GELU, "silu": SiLU}
"""What a feed-forward network may apply, by name; PyTorch has the first two."""


class _Transformer(Shortened):
    """A module of this file: its weights are called after what they compute, such as the hidden h."""

    short: ClassVar[Mapping[str, str]] = {
        **Shortened.short,
        "linear1.weight": "W_h",
        "linear1.bias": "b_h",
        "linear2.weight": "W_f",
        "linear2.bias": "b_f",
        **{f"norm{i}.weight": f"gamma_{i}".rstrip("_") for i in ("", 1, 2, 3)},
        **{f"norm{i}.bias": f"beta_{i}".rstrip("_") for i in ("", 1, 2, 3)},
    }


# -- layers ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Layer(_Transformer):
    """What the layers of encoders and decoders share: residual branches, each with a norm and dropout."""

    d_model: Dim
    nhead: Count
    dim_feedforward: Dim = 2048
    dropout: float = 0.1
    activation: str | Module = "relu"
    layer_norm_eps: float = 1e-5
    norm_first: bool = field(default=False, kw_only=True)
    bias: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        if isinstance(self.activation, str) and self.activation not in ACTIVATIONS:
            raise GraphError(
                f"{type(self).__name__}: no activation {self.activation!r}; there are "
                f"{', '.join(ACTIVATIONS)}, or any layer such as Tanh()"
            )
        self.children()  # refuses heads that do not fit, and what is no rate

    def _parts(self, *attentions: str) -> dict[str, Module]:
        """Return the children under PyTorch's names: attentions, then one network."""
        what, activation = type(self).__name__, self.activation
        branches = range(1, len(attentions) + 2)
        norm = LayerNorm(self.d_model, self.layer_norm_eps, bias=self.bias)
        return {
            **{
                name: MultiheadAttention(self.d_model, self.nhead, self.dropout, self.bias)
                for name in attentions
            },
            "linear1": Linear(self.d_model, self.dim_feedforward, self.bias),
            "activation": ACTIVATIONS[activation]() if isinstance(activation, str) else activation,
            "dropout": dropping(what, self.dropout),
            "linear2": Linear(self.dim_feedforward, self.d_model, self.bias),
            **{f"norm{i}": norm for i in branches},
            **{f"dropout{i}": dropping(what, self.dropout) for i in branches},
        }

    def _branch(self, w: Weights, i: int, letter: str, x: Node, f: Callable[[Node], Node]) -> Node:
        """Return norm(x + F(x)), or x + F(norm(x)) where the norm comes first."""
        parts = self.children()

        def norm(x: Node) -> Node:
            found: Node = parts[f"norm{i}"](x, weights=w[f"norm{i}"])
            return found

        inside = named(norm(x), tagged(f"n_{letter}", w.path)) if self.norm_first else x
        y = named(f(inside), tagged(letter, w.path))
        total = x + parts[f"dropout{i}"](y, weights=w[f"dropout{i}"])
        return total if self.norm_first else norm(total)

    def _attend(self, w: Weights, name: str, x: Node, memory: Node, mask: Node | None) -> Node:
        output: Node = self.children()[name](x, memory, memory, mask, weights=w[name])[0]
        return output

    def _feed(self, w: Weights, x: Node) -> Node:
        """Return W₂ φ(W₁ x + b₁) + b₂ for each position, with dropout after φ."""
        parts = self.children()
        h = parts["activation"](parts["linear1"](x, weights=w["linear1"]), weights=w["activation"])
        h = parts["dropout"](named(h, tagged("h", w.path)), weights=w["dropout"])
        output: Node = parts["linear2"](h, weights=w["linear2"])
        return output


@dataclass(frozen=True)
class TransformerEncoderLayer(_Layer):
    """Self-attention, then a feed-forward network, each in a residual branch with a layer norm."""

    def children(self) -> dict[str, Module]:
        """Return self_attn, linear1, activation, dropout, linear2, norm1, norm2, dropout1 and dropout2."""
        return self._parts("self_attn")

    def forward(self, w: Weights, src: Node, src_mask: Node | None = None) -> Node:
        """Return the outputs, in the shape of ``src``; the mask says which positions each may see."""
        u = self._branch(w, 1, "a", src, lambda x: self._attend(w, "self_attn", x, x, src_mask))
        return self._branch(w, 2, "f", named(u, tagged("u", w.path)), lambda x: self._feed(w, x))


@dataclass(frozen=True)
class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to the encoder's outputs, then a feed-forward network."""

    def children(self) -> dict[str, Module]:
        """Return self_attn, multihead_attn, linear1 and so on; there are three norms and dropouts."""
        return self._parts("self_attn", "multihead_attn")

    def forward(
        self,
        w: Weights,
        tgt: Node,
        memory: Node,
        tgt_mask: Node | None = None,
        memory_mask: Node | None = None,
    ) -> Node:
        """Return the outputs, in the shape of ``tgt``; ``memory`` is what the encoder put out."""
        u = self._branch(w, 1, "a", tgt, lambda x: self._attend(w, "self_attn", x, x, tgt_mask))
        u = named(u, tagged("u", w.path))
        v = self._branch(w, 2, "c", u, lambda x: self._attend(w, "multihead_attn", x, memory, memory_mask))
        return self._branch(w, 3, "f", named(v, tagged("v", w.path)), lambda x: self._feed(w, x))


# -- stacks ----------------------------------------------------------------------------------------


def _stacked(layer: Module, num_layers: int, norm: Module | None) -> dict[str, Module]:
    """Return so many layers, each to have weights of its own, and the norm after them."""
    found = {f"layers.{i}": layer for i in range(num_layers)}
    return found if norm is None else found | {"norm": norm}


def _through(module: Module, w: Weights, x: Node, *rest: Any) -> Node:
    """Return what the layers, and the norm after them, make of ``x``."""
    for name, part in module.children().items():
        x = part(x, weights=w[name]) if name == "norm" else part(x, *rest, weights=w[name])
        x = named(x, tagged("x" if name == "norm" else "y", w[name].path))
    return x


@dataclass(frozen=True)
class TransformerEncoder(_Transformer):
    """Encoder layers in sequence, called layers.0 and so on, each with weights of its own."""

    encoder_layer: Module
    num_layers: Count
    norm: Module | None = None

    def children(self) -> dict[str, Module]:
        """Return the layers, and the norm after the last."""
        return _stacked(self.encoder_layer, self.num_layers, self.norm)

    def forward(self, w: Weights, src: Node, mask: Node | None = None) -> Node:
        """Return the outputs, in the shape of ``src``; the mask holds for every layer."""
        return _through(self, w, src, mask)


@dataclass(frozen=True)
class TransformerDecoder(_Transformer):
    """Decoder layers in sequence, called layers.0 and so on, each with weights of its own."""

    decoder_layer: Module
    num_layers: Count
    norm: Module | None = None

    def children(self) -> dict[str, Module]:
        """Return the layers, and the norm after the last."""
        return _stacked(self.decoder_layer, self.num_layers, self.norm)

    def forward(
        self,
        w: Weights,
        tgt: Node,
        memory: Node,
        tgt_mask: Node | None = None,
        memory_mask: Node | None = None,
    ) -> Node:
        """Return the outputs, in the shape of ``tgt``; the masks hold for every layer."""
        return _through(self, w, tgt, memory, tgt_mask, memory_mask)


@dataclass(frozen=True)
class Transformer(_Transformer):
    """Encoder and decoder, each a stack of layers with a layer norm after the last.

    As in PyTorch embeddings, positions and the readout are not part of it, and no mask is implied: a decoder
    that generates is trained with ``tgt_mask = causal_mask(N)``.
    """

    d_model: Dim = 512
    nhead: Count = 8
    num_encoder_layers: Count = 6
    num_decoder_layers: Count = 6
    dim_feedforward: Dim = 2048
    dropout: float = 0.1
    activation: str | Module = "relu"
    layer_norm_eps: float = field(default=1e-5, kw_only=True)
    norm_first: bool = field(default=False, kw_only=True)
    bias: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        self.children()  # refuses what does not fit

    def children(self) -> dict[str, Module]:
        """Return the encoder and the decoder."""
        sizes = self.d_model, self.nhead, self.dim_feedforward, self.dropout, self.activation
        options: dict[str, Any] = {"norm_first": self.norm_first, "bias": self.bias}
        norm = LayerNorm(self.d_model, self.layer_norm_eps, bias=self.bias)
        reads = TransformerEncoderLayer(*sizes, self.layer_norm_eps, **options)
        writes = TransformerDecoderLayer(*sizes, self.layer_norm_eps, **options)
        return {
            "encoder": TransformerEncoder(reads, self.num_encoder_layers, norm),
            "decoder": TransformerDecoder(writes, self.num_decoder_layers, norm),
        }

    def forward(
        self,
        w: Weights,
        src: Node,
        tgt: Node,
        src_mask: Node | None = None,
        tgt_mask: Node | None = None,
        memory_mask: Node | None = None,
    ) -> Node:
        """Return N×d_model for a source M×d_model and a target N×d_model.

        The masks are M×M, N×N and N×M, or broadcast to that: what a position may see of the source, of the
        target, and in the decoder of the source.
        """
        parts = self.children()
        memory = parts["encoder"](src, src_mask, weights=w["encoder"])
        output: Node = parts["decoder"](tgt, memory, tgt_mask, memory_mask, weights=w["decoder"])
        return output
