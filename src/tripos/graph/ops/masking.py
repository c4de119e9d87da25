"""Masks, and the softmax of what they let be seen.

A mask is 1 where a position may be seen and 0 where not, as in ``jax.nn.dot_product_attention`` and in
``torch.nn.functional.scaled_dot_product_attention``.  Mind that the Boolean masks of
``torch.nn.MultiheadAttention``, and of the transformers built on it, say the opposite: True is masked out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..node import (
    MAX_FILLED,
    Builder,
    Dim,
    Literal,
    Node,
    Shape,
    constant,
    define,
    entry_count,
    is_literal,
    lift,
    schedule,
    show_dim,
    show_shape,
)
from ..notation import CALL, Piece
from ..op import Array, GraphError, Op
from .elementwise import broadcast, greater
from .joining import concat
from .leaf import ones
from .normalisation import softmax, total, turned
from .shape import expand, reshape
from .slicing import index

# -- the softmax -----------------------------------------------------------------------------------


def _aligned(mask: Array, gap: int, ndim: int) -> Array:
    """Return a mask with axes put in behind its batch axes where the logits have ``gap`` axes more."""
    lead = np.ndim(mask) - ndim
    if not lead or not gap:
        return mask
    shape = np.shape(mask)
    return mask.reshape(*shape[:lead], *(1,) * gap, *shape[lead:])


def _forward(xp: Any, z: Array, mask: Array, gap: int, ndim: int) -> Array:
    seen = xp.greater(_aligned(mask, gap, ndim), 0)
    e = xp.where(seen, xp.exp(z), 0)
    none = xp.equal(xp.max(xp.where(seen, 1, 0), -1, keepdims=True), 0)
    return xp.divide(e, xp.where(none, 1, xp.sum(e, -1, keepdims=True)))


def _stable(z: Array, mask: Array, gap: int, ndim: int) -> Array:
    """Subtract the largest logit that may be seen, and let the others be −∞."""
    z = np.where(_aligned(mask, gap, ndim) > 0, z, -np.inf)
    largest = z.max(-1, keepdims=True)
    e = np.exp(z - np.where(np.isfinite(largest), largest, 0.0))
    return e / np.maximum(e.sum(-1, keepdims=True), np.finfo(float).tiny)


def _in_jax(z: Array, mask: Array, gap: int, ndim: int) -> Array:
    import jax
    from jax.numpy import broadcast_arrays

    z, seen = broadcast_arrays(z, _aligned(mask, gap, ndim) > 0)  # JAX sums wrongly where only masks differ
    return jax.nn.softmax(z, axis=-1, where=seen)


def _shape(z: Shape, mask: Shape, gap: int, ndim: int) -> Shape:
    if not z:
        raise GraphError("masked_softmax: expected a vector of logits, found a scalar")
    if gap < 0 or broadcast("masked_softmax")(z, mask) != z:
        raise GraphError(
            f"masked_softmax: a mask {show_shape(mask)} does not fit logits {show_shape(z)}: "
            "each axis of the mask, counted from the last, must be equal to that of the logits or 1"
        )
    return z


def _axes(z: Shape, mask: Shape, gap: int, ndim: int) -> list[list[int | None]]:
    rows = [*range(len(z) - 1), None]
    return [list(rows), [rows[i + gap] if n == z[i + gap] else None for i, n in enumerate(mask)]]


def _write(z: Piece, mask: Piece, gap: int, ndim: int) -> Piece:
    return Piece(
        f"softmax({z.text} where {mask.text})",
        rf"\operatorname{{softmax}}\left({z.latex} \text{{ where }} {mask.latex}\right)",
        CALL,
    )


def _shifted(mask: Node) -> Node:
    """Return a mask whose rows are moved by one, so that each lets one position too many be seen."""
    if not mask.shape or mask.shape[-1] == 1:
        raise GraphError("a mask of one position cannot be moved")
    first = (*mask.shape[:-1], 1)
    return concat(ones(*first), index(mask, (..., slice(None, -1))), axis=-1)


_masked: Builder = define(
    Op(
        name="masked_softmax",
        doc="e^z over its sum where the mask is positive and 0 elsewhere, along the last axis; "
        "a row of which nothing may be seen is 0.",
        attrs={"gap": 0, "ndim": 0},
        forward=_forward,
        kernel=_stable,
        jax=_in_jax,
        shape=_shape,
        axes=_axes,
        flops=4,
        notation=_write,
        backward=lambda g, y, z, mask, gap, ndim: [y * (g - total(g * y)), None],
        slips={
            "over the wrong axis": lambda z, mask, gap, ndim: turned(
                _apply(turned(z), turned(expand(mask, z.shape)))
            ),
            "mask forgotten": lambda z, mask, gap, ndim: softmax(z),
            "mask the wrong way round": lambda z, mask, gap, ndim: _apply(z, 1 - mask),
            "mask shifted by one": lambda z, mask, gap, ndim: _apply(z, _shifted(mask)),
        },
    )
)


def _apply(z: Node, mask: Node) -> Node:
    if is_literal(mask, 1):
        return softmax(z)
    return _masked(z, mask, gap=z.ndim - mask.ndim, ndim=mask.ndim)


def masked_softmax(z: Literal, mask: Literal) -> Node:
    """Return e^z over its sum where the mask is 1, and 0 where it is 0, along the last axis.

    The mask broadcasts against ``z``.  A row of which nothing may be seen is an error where the mask is a
    constant; else it gives 0s, and no gradient.
    """
    z, mask = lift(z), lift(mask)
    node = _apply(z, mask)
    if node.op.name == "masked_softmax":
        _check_constant(mask)
    return node


def _check_constant(mask: Node) -> None:
    """Raise GraphError where a mask without symbols is not of 0s and 1s, or lets nothing be seen."""
    from ..program import Program
    from ..spaces import numpy as floats

    order = schedule([mask])
    if any(n.op.name == "symbol" or not all(isinstance(d, int) for d in n.shape) for n in order):
        return
    value = np.asarray(Program([mask], floats)()[0])
    odd = value[(value != 0) & (value != 1)]
    if odd.size:
        raise GraphError(
            f"masked_softmax: a mask is 1 where a position may be seen and 0 where not; found {odd.flat[0]:g}"
        )
    rows = np.atleast_1d(value).any(-1)
    if not rows.all():
        where = ", ".join(str(i + 1) for i in np.argwhere(~rows)[0])
        row = f"row {where} of the mask" if where else "the mask"
        raise GraphError(
            f"masked_softmax: {row} lets nothing be seen, and there is nothing to share out; "
            "1 is what may be seen, 0 what not"
        )


# -- masks -----------------------------------------------------------------------------------------


def _triangle(xp: Any, rows: int, columns: int) -> Array:
    return xp.asarray(np.tri(rows, columns, dtype=int))


_causal: Builder = define(
    Op(
        name="causal_mask",
        doc="1 where the position of the column is not after that of the row, else 0.",
        attrs={"rows": 1, "columns": 1},
        forward=_triangle,
        kernel=lambda rows, columns: np.greater_equal.outer(np.arange(rows), np.arange(columns)) * 1.0,
        shape=lambda rows, columns: (rows, columns),
        notation=lambda rows, columns: Piece("causal", r"\text{causal}"),
    )
)


def causal_mask(m: Dim, n: Dim | None = None) -> Node:
    """Return the m×n mask by which position i sees the positions up to i; n is m unless given.

    It is the lower triangle of ones, as of ``torch.tril``: both sequences are counted from their starts.
    """
    n = m if n is None else n
    for dim in (m, n):
        _check_size("causal_mask", dim)
    return _causal(rows=m, columns=n)


def padding_mask(lengths: Literal, n: int) -> Node:
    """Return the mask of n positions of which the first ``lengths`` may be seen; the others are padding.

    For one length that is a vector of n; for several, one for each of B examples, B×1×n, which holds for
    every query of an example.  Lengths may be numbers or nodes.
    """
    node = lift(lengths)
    if not isinstance(n, int):
        raise GraphError(f"padding_mask: the number of positions must be known, found {show_dim(n)}")
    _check_size("padding_mask", n)
    known = entry_count(tuple(m for m in (*node.shape, n) if isinstance(m, int)))
    if known > MAX_FILLED:
        raise GraphError(f"padding_mask: a mask of {known:,} entries is too large to write out")
    if node.ndim > 1:
        raise GraphError(
            f"padding_mask: expected one length or a vector of them, found shape {show_shape(node.shape)}"
        )
    if node.op.name != "constant":
        return greater(reshape(node, (*node.shape, 1, 1)) if node.ndim else node, list(range(n)))
    counts = dict(node.attrs)["value"]
    for count in counts:
        if count.denominator != 1 or not 0 < count <= n:
            raise GraphError(f"padding_mask: a length is a whole number from 1 to n = {n}, found {count}")
    rows = [[[int(i < count) for i in range(n)]] for count in counts]
    return constant(rows if node.ndim else rows[0][0])


def _check_size(what: str, dim: Dim) -> None:
    symbolic = isinstance(dim, Node) and not dim.shape
    if not symbolic and (isinstance(dim, bool) or not isinstance(dim, int) or dim < 1):
        raise GraphError(f"{what}: a size is a positive integer or a symbol, found {dim!r}")


__all__ = ["causal_mask", "masked_softmax", "padding_mask"]
