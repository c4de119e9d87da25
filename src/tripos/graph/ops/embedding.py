"""Rows of a table picked by ids, and sines and cosines of positions: how tokens become vectors."""

from __future__ import annotations

from fractions import Fraction
from string import ascii_lowercase
from typing import Any

import numpy as np

from ..node import Builder, Dim, Literal, Node, Shape, as_dim, define, entry_count, lift, show_dim, show_shape
from ..notation import Piece, call, times, transposed, write
from ..op import Array, GraphError, Op, find
from . import selection  # noqa: F401 (defines onehot)

_ONEHOT = find("onehot")

USUAL_BASE = Fraction(10_000)
"""The base of the wavelengths of positions."""

MAX_POSITIONS = 1_000_000
"""Most positions that are encoded."""

# -- embedding -----------------------------------------------------------------------------------


def _chosen(xp: Any, ids: Array, n: int, padding: int | None) -> Array:
    """Return 1 at each id of ``n``, else 0; for the id of padding zeros only."""
    hits = _ONEHOT.forward(xp, ids, n=n)
    return hits if padding is None else hits * xp.asarray([int(i != padding) for i in range(n)])


def _shape(table: Shape, ids: Shape, ndim: int, padding: int | None) -> Shape:
    if len(table) != 2:
        raise GraphError(
            f"embedding: the table has a row for each id, but its shape is {show_shape(table)}; "
            "the arguments are embedding(table, ids)"
        )
    return (*ids, table[1])


def _forward(xp: Any, table: Array, ids: Array, ndim: int, padding: int | None) -> Array:
    """Multiply one-hot rows by the table."""
    s = ascii_lowercase[:ndim]
    return xp.einsum(f"...{s}y,...yz->...{s}z", _chosen(xp, ids, np.shape(table)[-2], padding), table)


def _whole_ids(ids: Array, n: int) -> Array:
    """Return ids as integers, or raise GraphError where one has no row."""
    wrong = (np.rint(ids) != ids) | (ids < 0) | (ids >= n)
    if wrong.any():
        raise GraphError(
            f"embedding: ids are whole numbers from 0 to {n - 1}, one for each row of the table; "
            f"found {np.asarray(ids)[wrong].flat[0]:g}"
        )
    return np.asarray(ids, dtype=int)


def _kernel(table: Array, ids: Array, ndim: int, padding: int | None) -> Array:
    return _taken(np, table, _whole_ids(ids, table.shape[-2]), ndim, padding)


def _in_jax(table: Array, ids: Array, ndim: int, padding: int | None) -> Array:
    import jax.numpy as jnp

    return _taken(jnp, table, ids.astype(int), ndim, padding)


def _taken(xp: Any, table: Array, ids: Array, ndim: int, padding: int | None) -> Array:
    """Gather rows; each batch of a batched table has its own."""
    if table.ndim == 2:
        rows = table[ids]
    else:
        lead, inner = ids.shape[: ids.ndim - ndim], ids.shape[ids.ndim - ndim :]
        flat = ids.reshape((*lead, -1, 1))
        both = np.broadcast_shapes(lead, table.shape[:-2])
        rows = xp.take_along_axis(
            xp.broadcast_to(table, (*both, *table.shape[-2:])),
            xp.broadcast_to(flat, (*both, *flat.shape[-2:])),
            axis=-2,
        ).reshape((*both, *inner, table.shape[-1]))
    return rows if padding is None else xp.where((ids == padding)[..., None], 0.0, rows)


_embedding: Builder = define(
    Op(
        name="embedding",
        doc="The rows of a table at ids, counted from 0: one-hot rows times the table; zeros for padding.",
        attrs={"ndim": 0, "padding": None},
        forward=_forward,
        kernel=_kernel,
        jax=_in_jax,
        shape=_shape,
        axes=lambda table, ids, ndim, padding: [(None, ndim), range(ndim)],
        notation=call("embedding"),
        backward=lambda g, y, table, ids, ndim, padding: [
            _scatter(g, ids, n=table.shape[0], ndim=ndim, padding=padding),
            None,
        ],
    )
)


def embedding(table: Literal, ids: Literal, padding: int | None = None) -> Node:
    """Return the rows of ``table`` at ``ids``, counted from 0; ``padding`` is an id that gives zeros."""
    table, ids = lift(table), lift(ids)
    if table.ndim == 2:
        padding = _row(padding, table.shape[0])
        if ids.op.name == "constant" and isinstance(table.shape[0], int):
            _whole_ids(np.asarray([float(i) for i in dict(ids.attrs)["value"]]), table.shape[0])
    return _embedding(table, ids, ndim=ids.ndim, padding=padding)


def _row(padding: Any, n: Dim) -> int | None:
    """Return the row of padding counted from 0."""
    if padding is None:
        return None
    least, most = (-n, n - 1) if isinstance(n, int) else (0, padding)
    if isinstance(padding, bool) or not isinstance(padding, int) or not least <= padding <= most:
        raise GraphError(
            f"embedding: padding is one of the {show_dim(n)} rows of the table, found {padding!r}"
        )
    return padding % n if isinstance(n, int) else padding


# -- its adjoint ---------------------------------------------------------------------------------


def _scatter_rule(xp: Any, g: Array, ids: Array, n: int, ndim: int, padding: int | None) -> Array:
    s = ascii_lowercase[:ndim]
    return xp.einsum(f"...{s}y,...{s}z->...yz", _chosen(xp, ids, n, padding), g)


def _flat(xp: Any, g: Array, ids: Array, ndim: int) -> tuple[Array, Array]:
    """Return rows and their ids in the same batches, the ids' own axes made one."""
    lead = np.broadcast_shapes(g.shape[: g.ndim - ndim - 1], ids.shape[: ids.ndim - ndim])
    own = g.shape[g.ndim - ndim - 1 :]
    rows = xp.broadcast_to(g, (*lead, *own)).reshape((*lead, -1, own[-1]))
    return rows, xp.broadcast_to(ids, (*lead, *own[:-1])).reshape((*lead, -1))


def _scatter_kernel(g: Array, ids: Array, n: int, ndim: int, padding: int | None) -> Array:
    """Add each row where it belongs."""
    rows, where = _flat(np, g, _whole_ids(ids, n), ndim)
    out = np.zeros((*where.shape[:-1], n, rows.shape[-1]))
    for batch in np.ndindex(*where.shape[:-1]):
        np.add.at(out[batch], where[batch], rows[batch])
    if padding is not None:
        out[..., padding, :] = 0
    return out


def _scatter_in_jax(g: Array, ids: Array, n: int, ndim: int, padding: int | None) -> Array:
    import jax
    import jax.numpy as jnp

    rows, where = _flat(jnp, g, ids.astype(int), ndim)

    def added(rows: Array, where: Array) -> Array:
        out = jnp.zeros((n, rows.shape[-1]), rows.dtype).at[where].add(rows)
        return out if padding is None else out.at[padding].set(0)

    for _ in where.shape[:-1]:
        added = jax.vmap(added)
    return added(rows, where)


def _write_scatter(g: Piece, ids: Piece, n: Dim, ndim: int, padding: int | None) -> Piece:
    """Write the rows added up by id as the transposed one-hot rows times them."""
    if ndim > 1 or padding is not None:
        return call("scatter")(g, ids)
    hits = _ONEHOT.notation(ids, n=n)
    return times(transposed(hits), g) if ndim else times(hits, transposed(g))


_scatter: Builder = define(
    Op(
        name="scatter",
        doc="Rows added up by their ids: the adjoint of embedding.",
        attrs={"n": 1, "ndim": 0, "padding": None},
        forward=_scatter_rule,
        kernel=_scatter_kernel,
        jax=_scatter_in_jax,
        shape=lambda g, ids, n, ndim, padding: (n, g[-1]),
        flops=lambda g, ids, n, ndim, padding: entry_count(g),
        notation=_write_scatter,
        backward=lambda g, y, rows, ids, n, ndim, padding: [embedding(g, ids, padding), None],
    )
)

# -- positions -----------------------------------------------------------------------------------


def _encoding(xp: Any, length: int, d: int, base: Fraction) -> Array:
    """Return sin(p/base^(2i/d)) in columns 2i, cos of the same in columns 2i + 1."""
    positions = xp.asarray(list(range(length)), (length, 1))
    rates = xp.power(xp.asarray([base]), xp.asarray([Fraction(-2 * i, d) for i in range((d + 1) // 2)]))
    angles = positions * rates
    both = xp.stack([xp.sin(angles), xp.cos(angles)], -1)
    return xp.reshape(both, (length, -1))[:, :d]


def _encoding_kernel(length: int, d: int, base: Fraction) -> Array:
    """Turn a unit vector step by step: the real and the imaginary part of e^(ip·rate)."""
    column = np.arange(d)
    turn = np.exp(1j * np.exp(-np.log(float(base)) * (column - column % 2) / d))
    wave = turn ** np.arange(length)[:, None]
    return np.where(column % 2 == 0, wave.imag, wave.real)


def _write_encoding(length: Dim, d: Dim, base: Fraction) -> Piece:
    """Write the sizes, and the base where it is not that of the paper."""
    usual = base == USUAL_BASE
    name = "PE" if usual else f"PE[{base}]"
    latex = r"\operatorname{PE}" + ("" if usual else f"_{{{base}}}")
    return call(name, latex)(*(write(lift(n)) for n in (length, d)))


_encoding_node: Builder = define(
    Op(
        name="positional_encoding",
        doc="sin(p/b^(2i/d)) and cos(p/b^(2i/d)) for position p in columns 2i and 2i + 1.",
        attrs={"length": 1, "d": 1, "base": USUAL_BASE},
        forward=_encoding,
        kernel=_encoding_kernel,
        shape=lambda length, d, base: (length, d),
        notation=_write_encoding,
    )
)


def positional_encoding(length: Dim, d: Dim, base: Literal = 10_000) -> Node:
    """Return the length×d matrix of sines and cosines of positions from 0 on (Vaswani et al., 2017).

    Position p has sin(p/base^(2i/d)) in column 2i and cos(p/base^(2i/d)) in column 2i + 1, from 0.
    """
    sizes = [as_dim(n) for n in (length, d)]
    for name, n in zip(("length", "d"), sizes, strict=True):
        wrong = not isinstance(n, Node) and (isinstance(n, bool) or not isinstance(n, int) or n < 1)
        if wrong or (isinstance(n, int) and n > MAX_POSITIONS):
            raise GraphError(f"positional_encoding: {name} is a positive integer, found {n!r}")
    known = as_dim(lift(base))
    if isinstance(known, Node) or known <= 0:
        raise GraphError(f"positional_encoding: base is a positive number, found {base!r}")
    return _encoding_node(length=sizes[0], d=sizes[1], base=Fraction(known))


__all__ = ["embedding", "positional_encoding"]
