"""Layers that turn tokens into vectors, and that say where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ..graph import GraphError, Node, embedding, positional_encoding
from ..graph.node import Dim, Shape, show_dim, show_shape
from .arguments import Count
from .module import Module, Weights


@dataclass(frozen=True)
class Embedding(Module):
    """A vector for each of ``num_embeddings`` ids, which count from 0: the rows of a table E.

    That of ``padding_idx`` is zero and is not learnt; PyTorch starts it at zero and does not learn it.
    """

    letters: ClassVar[Mapping[str, str]] = {"weight": "E"}

    num_embeddings: Dim
    embedding_dim: Dim
    padding_idx: int | None = None

    def __post_init__(self) -> None:
        rows, padding = self.num_embeddings, self.padding_idx
        if padding is not None and isinstance(rows, int) and not -rows <= padding < rows:
            raise GraphError(
                f"Embedding: padding_idx is one of the {rows} rows of the table, counted from 0; "
                f"found {padding}"
            )

    def shapes(self) -> dict[str, Shape]:
        """Return the table, num_embeddings×embedding_dim."""
        return {"weight": (self.num_embeddings, self.embedding_dim)}

    def forward(self, w: Weights, ids: Node) -> Node:
        """Return the vector of each id along a new last axis."""
        return embedding(w["weight"], ids, padding=self.padding_idx)


@dataclass(frozen=True)
class PositionalEncoding(Module):
    """x plus the sines and cosines of its positions, along the last axis but one (Vaswani et al., 2017).

    Nothing is learnt.
    """

    d_model: Dim
    max_len: Count = 5000

    def forward(self, w: Weights, x: Node) -> Node:
        """Return x + PE for x of shape (..., length, d_model)."""
        if x.ndim < 2 or x.shape[-1] != self.d_model:
            raise GraphError(
                f"PositionalEncoding: the input has shape {show_shape(x.shape)}, but it must be "
                f"length×d_model, with d_model = {show_dim(self.d_model)}"
            )
        length = x.shape[-2]
        if isinstance(length, int) and length > self.max_len:
            raise GraphError(
                f"PositionalEncoding: a sequence of {length} positions is longer than "
                f"max_len = {self.max_len}"
            )
        return x + positional_encoding(length, self.d_model)
