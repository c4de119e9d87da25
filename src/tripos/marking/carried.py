"""How far rounding of an earlier answer can lead: decimals stand for what they were rounded from."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from ..graph import GraphError, Node
from ..graph.node import free_symbols
from ..graph.op import Array
from ..graph.program import Program
from ..graph.spaces import numpy as floats

MOST = 0.05
"""Largest difference, relative to the largest entry, that is put down to rounding."""


def half_units(answer: Node) -> Array:
    """Return half a unit of the last place of each entry, as it was written; 0 for what is exact."""
    while answer.op.name in ("alias", "neg"):
        answer = answer.args[0]
    if answer.op.name == "stack":
        return np.stack([half_units(row) for row in answer.args])
    places = dict(answer.attrs)["places"] if answer.op.name == "decimal" else None
    return np.full(answer.shape, 0.0 if places is None else float(Fraction(1, 2 * 10**places)))


def explained(value: Node, answer: Node, rounded: Mapping[Node, Array]) -> bool:
    """Say whether an answer is what a recomputed key comes to when what stands in it was rounded.

    ``rounded`` gives, for each node that an earlier answer stands for, half a unit in its last places.  To
    first order: each entry moves the key by what half a unit of it does, and all may add up.
    """
    if value.shape != answer.shape or free_symbols(value) or free_symbols(answer):
        return False
    if not any(half.any() for half in rounded.values()):
        return False
    program = Program([value], floats)
    try:
        at = program.values({})
        said = np.asarray(Program([answer], floats)({})[0], dtype=float)
        base = np.asarray(at[value], dtype=float)
        room = half_units(answer) + sum(_moved(program, n, at[n], half, base) for n, half in rounded.items())
    except GraphError:
        return False
    largest = np.abs(base).max(initial=0.0)
    off = np.abs(said - base)
    return bool((off <= room * (1 + 1e-9)).all() and (off <= MOST * largest).all())


def _moved(program: Program, node: Node, at: Array, halves: Array, base: Array) -> Array:
    """Return how far the key moves when each entry of a node is rounded, summed over the entries."""
    moved = np.zeros(base.shape)
    for i in np.flatnonzero(halves):
        furthest = np.zeros(base.shape)
        for sign in (1, -1):
            shifted = np.array(at, dtype=float)
            shifted.reshape(-1)[i] += sign * halves.ravel()[i]
            found = np.asarray(program({node: shifted})[0], dtype=float)
            change = np.abs(found - base)
            furthest = np.maximum(furthest, np.where(np.isfinite(change), change, np.inf))
        moved = moved + furthest
    return moved
