"""Scaled dot-product attention."""

from __future__ import annotations

from ..node import Node
from .contraction import contract
from .elementwise import sqrt
from .normalisation import softmax


def attention(q: Node, k: Node, v: Node) -> Node:
    """Return softmax(Q Kᵀ / √d) V for Q m×d, K n×d and V n×e (Vaswani et al., 2017).

    A query may also be one vector of d entries; the result is then one vector of e entries.
    """
    d = q.shape[-1]
    if q.ndim == 1:
        scores = contract("nd,d->n", k, q) / sqrt(d)
        return contract("nd,n->d", v, softmax(scores))
    scores = contract("md,nd->mn", q, k) / sqrt(d)
    return contract("mn,ne->me", softmax(scores), v)
