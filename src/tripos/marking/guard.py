"""Whether a question is still worth its points when a candidate's own value stands in it.

Follow-through must not turn a wrong earlier answer into a trivial later question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..graph import GraphError, Node
from ..graph.bounds import draw_exactly
from ..graph.node import Adjoint, free_symbols
from ..graph.notation import write
from ..graph.op import Array
from ..graph.program import Program
from ..graph.spaces import numpy as floats

ZERO = 1e-12
"""What is smaller than this in floating point is taken for 0."""

PRODUCTS = frozenset(
    "mul div power contract conv1d conv2d conv_transpose1d conv_transpose2d conv1d_dk conv2d_dk".split()
)
"""Ops that multiply: here a factor of ±1 saves half of the work."""

MOVES = frozenset(
    "alias reshape transpose stack concat index expand flip pad diag diagonal place entry "
    "split_heads join_heads rows_of repeat_last".split()
)
"""Ops that move entries about, which is no work."""

WHOLES = frozenset(
    "argmax max min softmax log_softmax masked_softmax standardize max_pool1d max_pool2d norm std".split()
)
"""Ops for which an entry that is 0 is as much work as any other."""


def trouble(old: Sequence[Node], new: Sequence[Node], replaced: Mapping[Node, Node], names: str) -> str:
    """Return why a recomputed key is trivial or impossible; nothing where it is as good as the key.

    ``old`` are the nodes between what is replaced and the key, the key last, ``new`` the same recomputed;
    ``replaced`` gives the candidate's value for each node that it stands for, ``names`` says whose values
    these are, as "z_1 = 0".
    """
    before, after = _evaluate(old[-1]), _evaluate(new[-1])
    if before is None:
        return ""  # what cannot be put into floats is left to the exact comparison
    if after is None or not np.isfinite(after[new[-1]]).all():
        return f"with {names} it has no value"
    if free_symbols(old[-1]) and not free_symbols(new[-1]):
        return f"with {names} it is a constant"
    for one, other in zip(old, new, strict=True):
        line = one.name is not None or one is old[-1]
        if line and one in before and other in after and _vanishes(one, before[one], after[other]):
            where = " in every entry" if one.shape else ""
            return f"with {names} {_called(one)} is 0{where}"
        if one.op.name == "argmax" and _tied(other, after) and not _tied(one, before):
            return f"with {names} several entries are the largest"
    ends = [(before[old[-1]], after[new[-1]])]
    ends += [
        (before[one], after[other]) for one, other in replaced.items() if one in before and other in after
    ]
    if all(_level(now) and not _level(then) for then, now in ends):
        return f"with {names} all its entries are equal"
    work, left = _steps(old, replaced, before), _steps(new, {n: n for n in replaced.values()}, after)
    if 2 * left < work:
        return f"with {names} less than half of the work is left"
    return _copied(old, new, replaced, names)


def _evaluate(key: Node, shifted: Mapping[Node, Array] | None = None) -> dict[Node, Array] | None:
    """Return the value of every node that a key rests on, at one point drawn for its symbols."""
    rng = np.random.default_rng(20220226)
    program = Program([key], floats)
    try:
        point = {n: draw_exactly(rng, n, 1)[0] for n in program.order if n.op.name == "symbol"}
        values = program.values({**point, **(shifted or {})})
        return {node: np.asarray(value, dtype=float) for node, value in values.items()}
    except (GraphError, TypeError, ValueError):
        return None


def _called(node: Node) -> str:
    if isinstance(node.name, Adjoint):
        return f"the gradient {write(node).text}"
    return str(node.name) if node.name is not None else write(node).text


def _vanishes(node: Node, before: Array, after: Array) -> bool:
    """Say whether an array or a gradient becomes 0 that was not; any other single number may well be 0."""
    if before.size == 1 and not isinstance(node.name, Adjoint):
        return False
    return bool((np.abs(after) < ZERO).all() and not (np.abs(before) < ZERO).all())


def _tied(node: Node, values: Mapping[Node, Array]) -> bool:
    """Say whether the largest entry, of which a node gives the place, is there more than once."""
    entries = values.get(node.args[0])
    return entries is not None and int((entries.max() - entries < ZERO).sum()) > 1


def _level(value: Array) -> bool:
    return value.size > 1 and bool((np.abs(value - value.ravel()[0]) < ZERO).all())


def _steps(nodes: Sequence[Node], replaced: Mapping[Node, Node], values: Mapping[Node, Array]) -> int:
    """Return how much work is done from what is replaced to the key.

    Each entry that goes into an operation and is not 0 counts, and once more where it is multiplied by and
    is not ±1.
    """
    done = {*nodes, *replaced}
    work = 0
    for node in nodes:
        if node.op.name in MOVES or node.op.static:
            continue
        for arg in node.args:
            if arg in done and arg in values:
                size = np.abs(values[arg]) + (node.op.name in WHOLES)
                work += int((size >= ZERO).sum())
                if node.op.name in PRODUCTS:
                    work += int(((size >= ZERO) & (np.abs(size - 1) >= ZERO)).sum())
    return work


def _copied(old: Sequence[Node], new: Sequence[Node], replaced: Mapping[Node, Node], names: str) -> str:
    """Return a reason where the recomputed key does no more than repeat what was put in, or ignore it."""
    for one, other in replaced.items():
        was, found = _response(old[-1], one), _response(new[-1], other)
        if was is None or found is None:
            continue
        if found == "repeats" and was != "repeats":
            return f"with {names} it only repeats {_called(one)}"
        if found == "ignores" and was == "depends" and (given := _given(new, replaced)):
            return f"with {names} it is {given}, and would be so whatever {_called(one)} is nearby"
    return ""


def _given(new: Sequence[Node], replaced: Mapping[Node, Node]) -> str:
    """Return what a recomputed key merely equals: 0, or a quantity that is given."""
    values = _evaluate(new[-1]) or {}
    found = values[new[-1]]
    if (np.abs(found) < ZERO).all():
        return "0"
    given = (n for n in values if n.op.name == "constant" and n.name and n not in replaced.values())
    return next((f"just {n.name}" for n in given if n.shape == new[-1].shape and _same(values[n], found)), "")


def _response(key: Node, node: Node) -> str | None:
    """Return what a key does when a node is moved a little: it repeats the node, ignores it, or depends."""
    at = _evaluate(key)
    if at is None or node not in at:
        return None
    value = at[node]
    nearby = value + 1e-3 * (1 + np.arange(value.size).reshape(value.shape) / 7) * (1 + np.abs(value))
    moved = _evaluate(key, {node: nearby})
    if moved is None:
        return None
    if value.shape == at[key].shape and _same(at[key], value) and _same(moved[key], nearby):
        return "repeats"
    return "ignores" if _same(at[key], moved[key]) else "depends"


def _same(one: Array, two: Array) -> bool:
    return bool(np.allclose(one, two, rtol=ZERO, atol=ZERO))
