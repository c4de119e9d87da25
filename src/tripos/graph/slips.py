"""Graphs with one usual mistake in them: what a candidate who slipped would have computed."""

from __future__ import annotations

from typing import NamedTuple

from .node import Node, named, rebuild, schedule
from .op import GraphError


class Slip(NamedTuple):
    """A mistake: what it is, at which node it is made, and the graph that it leads to."""

    mistake: str
    at: Node
    node: Node


def slips(output: Node) -> list[Slip]:
    """Return every graph that differs from ``output`` by one slip of one of its ops."""
    found = []
    for node in schedule([output], evaluated=True):
        for mistake, make in node.op.slips.items():
            try:
                wrong = make(*node.args, **dict(node.attrs))
                if wrong.shape != node.shape:
                    continue
                if node.name is not None:
                    wrong = named(wrong, node.name)
                (slipped,) = rebuild([output], {node: wrong})
            except GraphError:
                continue
            if slipped is not output:
                found.append(Slip(mistake, node, slipped))
    return found
