"""Scaled dot-product attention, and the heads of which a layer of it is made."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..node import Builder, Dim, Literal, Node, Shape, define, lift, show_dim, show_shape
from ..notation import call
from ..op import Array, GraphError, Op
from .contraction import contract
from .elementwise import sqrt
from .masking import masked_softmax
from .normalisation import softmax
from .shape import reshape


def attention_weights(
    q: Literal, k: Literal, mask: Literal | None = None, scale: Literal | None = None
) -> Node:
    """Return softmax(Q Kᵀ / √d), which says how much each query attends to each key.

    Q is m×d and K n×d, both behind any leading axes, such as one of heads; those of K may be left out.  A
    query may also be one vector.  ``scale`` takes the place of 1/√d.  The mask broadcasts against m×n: 1 is
    what may be seen, 0 what not.
    """
    q, k = lift(q), lift(k)
    if not q.shape or not 2 <= k.ndim <= max(q.ndim, 2):
        raise GraphError(
            "attention: expected queries m×d and keys n×d, or one query of d, "
            f"found {show_shape(q.shape)} and {show_shape(k.shape)}"
        )
    if q.shape[-1] != k.shape[-1]:
        raise GraphError(
            f"attention: queries {show_shape(q.shape)} and keys {show_shape(k.shape)} do not fit: "
            "both must have d entries along their last axis"
        )
    if q.ndim == 1:
        scores = contract("nd,d->n", k, q)
    else:
        scores = contract(f"{_lead(q)}md,{_lead(k)}nd->{_lead(q)}mn", q, k)
    scores = scores / sqrt(q.shape[-1]) if scale is None else scores * lift(scale)
    return softmax(scores) if mask is None else masked_softmax(scores, mask)


def attention(
    q: Literal, k: Literal, v: Literal, mask: Literal | None = None, scale: Literal | None = None
) -> Node:
    """Return softmax(Q Kᵀ / √d) V for Q m×d, K n×d and V n×e (Vaswani et al., 2017).

    A query may also be one vector of d entries; the result is then one vector of e entries.  Leading axes,
    such as one of heads, come before; those of K and V may be left out.  A mask broadcasts against m×n and is
    1 where a key may be seen, 0 where not; ``scale`` takes the place of 1/√d.
    """
    q, k, v = lift(q), lift(k), lift(v)
    if v.ndim < 2 or k.ndim < 2 or v.shape[-2] != k.shape[-2]:
        raise GraphError(
            f"attention: keys {show_shape(k.shape)} and values {show_shape(v.shape)} do not fit: "
            "there is one row of each for every position"
        )
    return attended(attention_weights(q, k, mask, scale), v)


def attended(weights: Node, v: Node) -> Node:
    """Return the values summed with the weights of each query: A V, or Vᵀ a for one query."""
    if weights.ndim == 1:
        return contract("nd,n->d", v, weights)
    return contract(f"{_lead(weights)}mn,{_lead(v)}ne->{_lead(weights)}me", weights, v)


def _lead(x: Node) -> str:
    """Return letters for the axes before the last two."""
    letters = "acfgijklbh"
    return letters[len(letters) + 2 - x.ndim :]


# -- heads -----------------------------------------------------------------------------------------


def _split_shape(x: Shape, heads: int) -> Shape:
    if isinstance(heads, bool) or not isinstance(heads, int) or heads < 1:
        raise GraphError(f"split_heads: the number of heads is a positive integer, found {heads!r}")
    if len(x) < 2:
        raise GraphError(f"split_heads: expected rows L×E, found shape {show_shape(x)}")
    if isinstance(x[-1], int) and x[-1] % heads:
        raise GraphError(
            f"split_heads: rows of {show_dim(x[-1])} entries do not split into {heads} heads of one size"
        )
    each: Dim = x[-1] // heads if isinstance(x[-1], int) else x[-1] / heads
    return (*x[:-2], heads, x[-2], each)


def _split(xp: Any, x: Array, heads: int) -> Array:
    return xp.moveaxis(xp.reshape(x, (*x.shape[:-1], heads, x.shape[-1] // heads)), -2, -3)


def _split_kernel(x: Array, heads: int) -> Array:
    """Take the columns of one head after the other."""
    width = x.shape[-1] // heads
    return np.stack([x[..., i * width : (i + 1) * width] for i in range(heads)], -3)


split_heads: Builder = define(
    Op(
        name="split_heads",
        doc="Rows L×E taken apart into heads: h×L×(E/h), the first E/h columns going to the first head.",
        attrs={"heads": 1},
        forward=_split,
        kernel=_split_kernel,
        shape=_split_shape,
        axes=lambda x, heads: [(*range(len(x) - 2), len(x) - 1, None)],
        view=True,
        notation=call("heads"),
        backward=lambda g, y, x, heads: [join_heads(g)],
        increasing=True,
        slips={"reshaped without transposing": lambda x, heads: reshape(x, _split_shape(x.shape, heads))},
    )
)


def _join_shape(x: Shape) -> Shape:
    if len(x) < 3:
        raise GraphError(f"join_heads: expected heads h×L×d, found shape {show_shape(x)}")
    return (*x[:-3], x[-2], x[-3] * x[-1])


join_heads: Builder = define(
    Op(
        name="join_heads",
        doc="Heads h×L×d side by side: L×(h·d), the first head first.",
        forward=lambda xp, x: xp.reshape(
            xp.moveaxis(x, -3, -2), (*x.shape[:-3], x.shape[-2], x.shape[-3] * x.shape[-1])
        ),
        kernel=lambda x: np.concatenate(list(np.moveaxis(x, -3, 0)), -1),
        shape=_join_shape,
        axes=lambda x: [(*range(len(x) - 3), None, len(x) - 2, None)],
        notation=call("concat"),
        backward=lambda g, y, x: [split_heads(g, heads=x.shape[-3])],
        increasing=True,
        slips={"reshaped without transposing": lambda x: reshape(x, _join_shape(x.shape))},
    )
)


__all__ = ["attended", "attention", "attention_weights", "join_heads", "split_heads"]
