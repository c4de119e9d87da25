"""Logarithms of probabilities, differentiated through their logits.

``L = −log p_y`` with ``p = softmax(z)`` has ∂L/∂z = p − e_y.  A person goes there at once, and not by way
of ∂L/∂p, which overflows where p is 0.
"""

from __future__ import annotations

from collections.abc import Collection

from .node import Node, apply, is_literal, rebuild, schedule
from .ops.elementwise import log

_PROBABILITIES = ("sigmoid", "softmax")
_PICKS = ("index", "entry")


def unnamed(node: Node) -> Node:
    """Return the same computation without its name."""
    return node if node.name is None or not node.args else apply(node.op, *node.args, **dict(node.attrs))


def fuse(of: Node, kept: Collection[Node]) -> tuple[Node, dict[Node, Node]]:
    """Return ``of`` with logarithms of named probabilities taken of their logits, and what stands for what.

    The second maps nodes of the new graph to those of the old that have their value.  A probability that is
    among ``kept``, or is used by anything but such logarithms, stays as it is.
    """
    found: dict[Node, Node] = {}
    hidden: dict[Node, Node] = {}
    for node in schedule([of]):
        if node.op.name == "log" and (parts := _taken_apart(node.args[0])) is not None:
            probability, logarithm = parts
            if probability not in kept and (node.name is None or node not in kept):
                found[node], hidden[node] = logarithm, probability
    while found:
        new, seen = _rebuilt(of, found), schedule([of])
        left = set(schedule([new[of]]))
        stay = [n for n, p in hidden.items() if n in found and p in left]
        if not stay:
            back = {new[n]: n for n in seen if new[n] is not n}
            return new[of], back | {unnamed(p): p for p in hidden.values()}
        for node in stay:
            del found[node]
    return of, {}


def _rebuilt(of: Node, change: dict[Node, Node]) -> dict[Node, Node]:
    order = schedule([of])
    return dict(zip(order, rebuild(order, change), strict=True))


def _taken_apart(node: Node) -> tuple[Node, Node] | None:
    """Return the named probability whose logarithm is taken, and that logarithm in terms of its logits."""
    if node.op.name in _PROBABILITIES:
        return (node, log(unnamed(node))) if node.name is not None else None
    inner = next((a for a in node.args if a.op.name in _PROBABILITIES), None)
    if inner is None or node.name is not None:
        return None
    bare = unnamed(inner)
    if node.op.name in _PICKS and node.args[0] is inner:
        return inner, apply(node.op, log(bare), *node.args[1:], **dict(node.attrs))
    if node.op.name == "sub" and is_literal(node.args[0], 1) and inner.op.name == "sigmoid":
        return (inner, log(1 - bare)) if inner.name is not None else None
    return None
