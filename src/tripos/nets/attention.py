"""Multi-head attention with PyTorch's weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from ..graph import (
    GraphError,
    Node,
    attention_weights,
    convention,
    join_heads,
    mean,
    named,
    split_heads,
    symbol,
    unsqueeze,
)
from ..graph.literal import number
from ..graph.node import Dim, Shape, show_dim, show_shape
from ..graph.ops.attention import attended
from .arguments import Count
from .dropout import Dropout
from .linear import Linear, affine
from .module import Module, Weights


class Shortened(Module):
    """A module whose weights are symbols of short names, where those are different for all of them.

    ``short`` has them by the ends of paths: ``out_proj.weight`` is written W_O.
    """

    short: ClassVar[Mapping[str, str]] = {
        "in_proj_weight": "W_in",
        "in_proj_bias": "b_in",
        "q_proj_weight": "W_Q",
        "k_proj_weight": "W_K",
        "v_proj_weight": "W_V",
        "out_proj.weight": "W_O",
        "out_proj.bias": "b_O",
    }

    def symbols(self) -> dict[str, Node]:
        """Return a symbol for every weight and buffer, by its path."""
        long = super().symbols()
        found = dict(long)
        for path, node in long.items():
            for end, letter in self.short.items():
                if f".{path}".endswith(f".{end}"):
                    found[path] = symbol(tagged(letter, path), node.shape)
        return found if len({n.name for n in found.values()}) == len(long) else long


@dataclass(frozen=True)
class MultiheadAttention(Shortened):
    """Heads that attend side by side: concat(head_1, ..., head_h) W_Oᵀ + b_O (Vaswani et al., 2017).

    Head i is softmax(Q_i K_iᵀ / √d) V_i with d = embed_dim / num_heads, where Q = X W_Qᵀ + b_Q and so on.  As
    in PyTorch, W_Q, W_K and W_V stand above each other in ``in_proj_weight``, unless keys or values have a
    size of their own, ``kdim`` or ``vdim``.  In a mask, unlike in PyTorch's module, 1 is what may be seen.
    """

    embed_dim: Dim
    num_heads: Count
    dropout: float = 0.0
    bias: bool = True
    kdim: Dim | None = field(default=None, kw_only=True)
    vdim: Dim | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if isinstance(self.embed_dim, int) and self.embed_dim % self.num_heads:
            raise GraphError(
                f"MultiheadAttention: embed_dim = {self.embed_dim} does not split into "
                f"num_heads = {self.num_heads} parts of one size"
            )
        dropping("MultiheadAttention", self.dropout)

    @property
    def _sizes(self) -> tuple[Dim, Dim, Dim]:
        """The sizes of a query, a key and a value."""
        E = self.embed_dim
        return E, E if self.kdim is None else self.kdim, E if self.vdim is None else self.vdim

    def shapes(self) -> dict[str, Shape]:
        """Return in_proj_weight 3E×E, or q_, k_ and v_proj_weight E×size; and in_proj_bias."""
        E = self.embed_dim
        shapes: dict[str, Shape] = {"in_proj_weight": (3 * E, E)}
        if self._sizes != (E, E, E):
            shapes = {f"{x}_proj_weight": (E, n) for x, n in zip("qkv", self._sizes, strict=True)}
        return shapes | ({"in_proj_bias": (3 * E,)} if self.bias else {})

    def children(self) -> dict[str, Module]:
        """Return the map of what the heads put out."""
        return {"out_proj": Linear(self.embed_dim, self.embed_dim, self.bias)}

    def forward(
        self, w: Weights, query: Node, key: Node, value: Node, mask: Node | None = None
    ) -> tuple[Node, Node]:
        """Return the output L×E, and the attention weights L×S, which are averages over the heads.

        Queries are L×E, keys S×kdim and values S×vdim; a mask is S, L×S or h×L×S.  All may have a batch axis
        in front; a mask of B×1×S or B×L×S then holds for all heads of an example.
        """
        self._check(query, key, value)
        heads = self.num_heads > 1
        Q, K, V = (
            named(split_heads(x, heads=self.num_heads) if heads else x, tagged(letter, w.path))
            for x, letter in zip(self._projected(w, (query, key, value)), "QKV", strict=True)
        )
        if mask is not None and mask.ndim == query.ndim == 3 and heads:
            mask = unsqueeze(mask, 1)
        A = named(attention_weights(Q, K, mask), tagged("A", w.path))
        A = dropping("MultiheadAttention", self.dropout).forward(Weights(f"{w.path}.A".lstrip(".")), A)
        joined = join_heads(attended(A, V)) if heads else attended(A, V)
        output = self.children()["out_proj"](joined, weights=w["out_proj"])
        return output, mean(A, -3) if heads else A

    def _projected(self, w: Weights, inputs: tuple[Node, ...]) -> list[Node]:
        """Return queries, keys and values of E entries each; one product makes all for self-attention."""
        E, bias = self.embed_dim, w.get("in_proj_bias")
        parts = [slice(i * E, (i + 1) * E) for i in range(3)]
        if "in_proj_weight" in w and len(set(inputs)) == 1:
            P = affine(w["in_proj_weight"], inputs[0])
            P = named(P if bias is None else P + bias, tagged("P", w.path))
            return [P[..., part] for part in parts]
        found = []
        for x, letter, part in zip(inputs, "QKV", parts, strict=True):
            W = w.get(f"{letter.lower()}_proj_weight")
            if W is None:
                W = named(w["in_proj_weight"][part], tagged(f"W_{letter}", w.path))
            y = affine(W, x)
            found.append(y if bias is None else y + named(bias[part], tagged(f"b_{letter}", w.path)))
        return found

    def _check(self, *inputs: Node) -> None:
        ranks = {x.ndim for x in inputs}
        for name, x, n in zip(("query", "key", "value"), inputs, self._sizes, strict=True):
            if x.ndim not in (2, 3) or len(ranks) > 1:
                shown = ", ".join(show_shape(x.shape) for x in inputs)
                raise GraphError(
                    "MultiheadAttention: query, key and value are matrices of rows, or all have a batch axis "
                    f"in front; found shapes {shown}"
                )
            if x.shape[-1] != n:
                raise GraphError(
                    f"MultiheadAttention: the {name} has shape {show_shape(x.shape)}, but its last axis must "
                    f"have {show_dim(n)} entries"
                )
        query, key, value = inputs
        if key.shape[:-1] != value.shape[:-1] or query.shape[:-2] != key.shape[:-2]:
            raise GraphError(
                f"MultiheadAttention: queries {show_shape(query.shape)}, keys {show_shape(key.shape)} and "
                f"values {show_shape(value.shape)} do not fit: there is a value for each key, and as many "
                "examples of each"
            )


def dropping(what: str, rate: float) -> Dropout:
    """Return the layer that drops entries at a rate, whichever rate the convention has a Dropout take."""
    if not 0 <= rate < 1:
        raise GraphError(f"{what}: dropout is the rate at which entries are dropped, below 1; found {rate!r}")
    return Dropout(rate if convention("dropout") != "keep rate" else 1 - number(rate))


def tagged(letter: str, path: str) -> str:
    """Return the name of a value in a transformer: Q in the first layer of a stack is Q_1.

    In an encoder-decoder it is Q_enc,1 or Q_dec,1, and where the decoder attends to the encoder Q_cross,1.
    """
    parts = path.split(".")
    if "multihead_attn" in parts:
        where = ["cross"]
    else:
        where = [short for word, short in (("encoder", "enc"), ("decoder", "dec")) if word in parts]
    return "_".join([letter, *where, *(str(int(part) + 1) for part in parts if part.isdigit())])
