"""Symbolic sizes replaced by numbers, so that a graph can be evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..node import Adjoint, Name, Node, apply, as_dim, constant, named, schedule
from ..op import find


def sizes_in(outputs: Sequence[Node]) -> list[Node]:
    """Return the symbolic sizes that ``outputs`` depend on, in their values or their shapes."""
    found: dict[Node, None] = {}
    for node in schedule(outputs):
        for value in (*node.args, *node.shape, *(v for _, v in node.attrs)):
            found |= dict.fromkeys(_sizes(value))
    return list(found)


def _sizes(value: Any) -> list[Node]:
    if isinstance(value, tuple):
        return [s for v in value for s in _sizes(v)]
    if not isinstance(value, Node):
        return []
    return [n for n in schedule([value]) if _is_size(n)]


def _is_size(node: Node) -> bool:
    return node.op.name == "symbol" and dict(node.attrs)["domain"] == "size"


def concrete(outputs: Sequence[Node], sizes: Mapping[Node, int]) -> dict[Node, Node]:
    """Return every node that ``outputs`` rest on, or that adjoints are named after, with sizes as numbers."""
    order = list(schedule(outputs))
    named_after = [n for node in order if isinstance(node.name, Adjoint) for n in node.name]
    new: dict[Node, Node] = {}
    for node in schedule([*named_after, *order]):
        new[node] = _replaced(node, sizes, new)
    return new


def _replaced(node: Node, sizes: Mapping[Node, int], new: Mapping[Node, Node]) -> Node:
    if node in sizes:
        return constant(sizes[node])
    attrs = {key: _value(value, sizes) for key, value in node.attrs}
    if node.op.name == "symbol":
        return apply(find("symbol"), name=node.name, **attrs)
    made = apply(node.op, *(new[a] for a in node.args), **attrs) if node.args or attrs else node
    name: Name | None = node.name
    if isinstance(name, Adjoint):
        name = Adjoint(new.get(name.of, name.of), new.get(name.at, name.at))
    return made if name is None else named(made, name)


def _value(value: Any, sizes: Mapping[Node, int]) -> Any:
    """Return an attribute with sizes as numbers."""
    if isinstance(value, Node):
        return as_dim(concrete([value], sizes)[value])
    if isinstance(value, tuple):
        parts = [_value(v, sizes) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value
