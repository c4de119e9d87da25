"""Recurrences written out step by step, so that each step is a line of working."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import overload

from .node import Adjoint, Name, Node, apply, named, schedule
from .op import GraphError
from .ops.shape import stack
from .ops.slicing import index

MAX_NODES = 100_000
"""Most nodes that are written out."""


@overload
def unroll(outputs: Node) -> Node: ...
@overload
def unroll(outputs: Sequence[Node]) -> list[Node]: ...
def unroll(outputs: Node | Sequence[Node]) -> Node | list[Node]:
    """Return the same values with every recurrence written out.

    A name h in a step becomes h_1, h_2 and so on.  Lengths must be numbers.
    """
    wanted = [outputs] if isinstance(outputs, Node) else list(outputs)
    new: dict[Node, Node] = {}
    for node in schedule(wanted):
        new[node] = _steps(node, new) if node.op.name in ("recurrence", "each") else _rebuilt(node, new)
    found = [new[node] for node in wanted]
    return found[0] if isinstance(outputs, Node) else found


def _rebuilt(node: Node, new: Mapping[Node, Node], suffix: str = "") -> Node:
    """Return a node on new arguments, its name carried over with a suffix; entries of stacks are picked."""
    args = tuple(new[a] for a in node.args)
    name: Name | None = node.name
    if isinstance(name, Adjoint):
        name = Adjoint(new.get(name.of, name.of), new.get(name.at, name.at))
    elif name is not None and node.args:
        name += suffix
    if args == node.args and name == node.name:
        return node
    made = _short(node, args)
    return made if name is None else named(made, name)


def _short(node: Node, args: tuple[Node, ...]) -> Node:
    """Return a node on new arguments; parts of stacks, and stacks joined, are seen through."""
    attrs = dict(node.attrs)
    if node.op.name == "index" and (rows := _rows(args[0])) is not None:
        first, *rest = attrs["at"]
        if isinstance(first, int):
            return index(rows[first], tuple(rest))
        return stack(*(index(row, tuple(rest)) for row in rows[slice(first.start, first.stop, first.step)]))
    if node.op.name == "concat" and attrs["axis"] == -attrs["ndim"]:
        joined = [_rows(a) for a in args]
        if None not in joined:
            return stack(*(row for rows in joined if rows for row in rows))
    return apply(node.op, *args, **attrs)


def _rows(node: Node) -> tuple[Node, ...] | None:
    """Return the entries along the first axis, where they are nodes of their own."""
    if node.op.name == "stack" and node.name is None:
        return node.args
    if node.op.name == "reshape" and node.shape == (1, *node.args[0].shape):
        return node.args
    return None


def _steps(node: Node, new: Mapping[Node, Node]) -> Node:
    """Return a recurrence, or a map over a sequence, as the stack of its steps."""
    attrs = dict(node.attrs)
    body, args = attrs["body"], [new[a] for a in node.args]
    count = node.shape[0]
    if not isinstance(count, int):
        raise GraphError(f"unroll: the length {count!r} is not a number; give the sequence a length first")
    order = [n for n in schedule([body.output]) if n not in body.symbols]
    if count * len(order) > MAX_NODES:
        raise GraphError(
            f"unroll: {count:,} steps of {len(order):,} nodes are too many to write out; "
            f"at most {MAX_NODES:,} nodes are"
        )
    carries = int(node.op.name == "recurrence")
    known = dict(zip(body.symbols, args, strict=True))
    states: list[Node] = [node] * count
    for t in reversed(range(count)) if attrs.get("reverse") else range(count):
        for symbol, sequence in zip(
            body.symbols[carries:], args[carries : carries + body.reads], strict=False
        ):
            known[symbol] = _entry(sequence, t)
        inside = dict(known)
        for part in order:
            if part.op.name in ("recurrence", "each"):
                inside[part] = _steps(part, inside)
            else:
                inside[part] = _rebuilt(part, inside, f"_{t + 1}")
        states[t] = inside[body.output]
        if carries:
            known[body.symbols[0]] = states[t]
    stacked = stack(*states)
    return stacked if node.name is None else named(stacked, node.name)


def _entry(sequence: Node, t: int) -> Node:
    """Return one entry of a sequence: of a stack the row itself."""
    rows = _rows(sequence)
    return index(sequence, t) if rows is None else rows[t]
