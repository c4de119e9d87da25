"""Graphs made ready for a compiler: the same values, in a form that XLA makes fast code of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .node import Node, apply, rebuild, schedule
from .op import find
from .ops.contraction import parts_of
from .ops.shape import reshape
from .ops.slicing import Span, index


def trimmed(outputs: Sequence[Node]) -> list[Node]:
    """Return nodes of the same values: a recurrence of which only the last state is read keeps no other."""
    order = schedule(outputs)
    readers: dict[Node, list[Node]] = {}
    for node in order:
        for arg in node.args:
            readers.setdefault(arg, []).append(node)
    kept = set(outputs)
    change: dict[Node, Node] = {}
    for node in order:
        if node.op.name == "recurrence" and node not in kept:
            found = _reads_of_the_last(node, readers, kept)
            if found is not None:
                end = apply(find("last_state"), *node.args, **dict(node.attrs))
                change |= {reader: index(end, at) for reader, at in found.items()}
    return rebuild(outputs, change) if change else list(outputs)


def _reads_of_the_last(
    states: Node, readers: Mapping[Node, Sequence[Node]], kept: set[Node]
) -> dict[Node, tuple[Any, ...]] | None:
    """Return what is read of the last state, by reader; None where any other state is read."""
    last = 0 if dict(states.attrs)["reverse"] else states.shape[0] - 1
    found: dict[Node, tuple[Any, ...]] = {}
    for reader in readers.get(states, ()):
        if reader.op.name != "index":
            return None
        first, *rest = dict(reader.attrs)["at"]
        if first == last:
            found[reader] = tuple(rest)
            continue
        every = isinstance(first, Span) and first.length == states.shape[0] and first.step == 1
        if not every or reader in kept or not all(isinstance(i, int) for i in rest):
            return None
        for second in readers.get(reader, ()):
            at = dict(second.attrs).get("at", (None,))
            if second.op.name != "index" or at[0] != last:
                return None
            found[second] = (*rest, *at[1:])
    return found


def untransposed(outputs: Sequence[Node]) -> list[Node]:
    """Return nodes of the same values, in which products read and write heads where they lie in memory."""
    new: dict[Node, Node] = {}
    for node in schedule(outputs):
        args = [new[a] for a in node.args]
        attrs = dict(node.attrs)
        if node.op.name == "contract":
            inputs, output = parts_of(attrs["signature"])
            heads = [a.op.name == "split_heads" for a in node.args]
            args = [_rows_of_heads(a, new) if h else new[a] for a, h in zip(node.args, heads, strict=True)]
            parts = [_exchanged(p) if h else p for p, h in zip(inputs, heads, strict=True)]
            attrs["signature"] = ",".join(parts) + "->" + output
        elif node.op.name == "join_heads" and args[0].op.name == "contract":
            inputs, output = parts_of(dict(args[0].attrs)["signature"])
            signature = ",".join(inputs) + "->" + _exchanged(output)
            product = apply(args[0].op, *args[0].args, signature=signature)
            new[node] = reshape(product, node.shape)
            continue
        same = args == list(node.args) and attrs == dict(node.attrs)
        new[node] = node if same else apply(node.op, *args, **attrs)
    return [new[output] for output in outputs]


def _exchanged(part: str) -> str:
    """Return the letters h, L, d of heads as they lie in memory: L, h, d."""
    return part[:-3] + part[-2] + part[-3] + part[-1]


def _rows_of_heads(node: Node, new: Mapping[Node, Node]) -> Node:
    """Return heads h×L×d as they lie in memory: L×h×d."""
    lead, (h, length, d) = node.shape[:-3], node.shape[-3:]
    return reshape(new[node.args[0]], (*lead, length, h, d))


def partitions(order: Sequence[Node]) -> dict[Node, tuple[int, tuple[Node, ...]]]:
    """Return the slices that together cut an array up: for each, the axis and all of them in order.

    Taken in one go they have one adjoint, which joins theirs; one by one each has zeros for all the others.
    """
    cuts: dict[tuple[Node, int], list[tuple[int, Node]]] = {}
    for node in order:
        at = dict(node.attrs).get("at", ())
        if node.op.name == "index" and isinstance(span := at[-1], Span) and isinstance(span.start, int):
            axis = len(at) - 1
            array = node.args[0]
            before = zip(at[:-1], array.shape, strict=False)
            whole = all(isinstance(e, Span) and e.length == n for e, n in before)
            if whole and span.step == 1 and isinstance(span.length, int):
                cuts.setdefault((array, axis), []).append((span.start, node))
    found: dict[Node, tuple[int, tuple[Node, ...]]] = {}
    for (array, axis), parts in cuts.items():
        ordered = [node for _, node in sorted(parts, key=lambda p: p[0])]
        ends = [0]
        for start, node in sorted(parts, key=lambda p: p[0]):
            ends += [start + node.shape[axis]] * (start == ends[-1])
        if len(ends) == len(parts) + 1 > 2 and ends[-1] == array.shape[axis]:
            found |= {node: (axis - array.ndim, tuple(ordered)) for node in ordered}
    return found


def turned(outputs: Sequence[Node], constants: Sequence[Node]) -> tuple[tuple[Node, ...], dict[Node, Node]]:
    """Return outputs on transposed matrices, and for each matrix the symbol that stands for its transpose.

    A matrix of which every product runs along its last axis is transposed once, outside of the loop.
    """
    order = schedule(outputs)
    stands: dict[Node, Node] = {}
    for matrix in constants:
        products = [n for n in order if matrix in n.args]
        if matrix.ndim == 2 and matrix not in outputs and all(_along_last(n, matrix) for n in products):
            attrs = dict(matrix.attrs) | {"name": f"{matrix.name}ᵀ", "shape": matrix.shape[::-1]}
            stands[matrix] = apply(matrix.op, **attrs)
    change = dict[Node, Node]()
    for node in order:
        args = [change.get(a, a) for a in node.args]
        attrs = dict(node.attrs)
        if any(a in stands for a in node.args):
            inputs, output = parts_of(attrs["signature"])
            parts = [p[::-1] if a in stands else p for p, a in zip(inputs, node.args, strict=True)]
            attrs["signature"] = ",".join(parts) + "->" + output
            args = [stands.get(a, a) for a in args]
        if args != list(node.args):
            change[node] = apply(node.op, *args, **attrs)
    return tuple(change.get(o, o) for o in outputs), stands


def _along_last(node: Node, matrix: Node) -> bool:
    """Say whether a node is a product with a matrix that sums over the matrix's last axis only."""
    if node.op.name != "contract" or list(node.args).count(matrix) != 1:
        return False
    inputs, output = parts_of(dict(node.attrs)["signature"])
    part = inputs[node.args.index(matrix)]
    return part[0] in output and part[1] not in output
