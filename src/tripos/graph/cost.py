"""What an evaluation costs, from shapes alone; sizes may be symbols, and then so is the cost."""

from __future__ import annotations

from typing import Any

from .node import Node, free_symbols, lift, schedule
from .polynomial import as_node, polynomial


def macs(*outputs: Node) -> Node:
    """Return the multiply-accumulates that evaluating ``outputs`` takes, shared nodes counted once."""
    total: Any = 0
    for node in schedule(outputs):
        total = total + node.op.cost(*(a.shape for a in node.args), **dict(node.attrs))
    cost = lift(total)
    sizes = sorted(free_symbols(cost), key=lambda n: str(n.name).casefold())
    terms = polynomial(cost, sizes)
    return cost if terms is None else as_node(terms, sizes)
