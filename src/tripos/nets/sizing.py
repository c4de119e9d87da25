"""The sizes of a system, layer by layer: shapes, parameters, cost, memory and receptive field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from fractions import Fraction
from inspect import signature
from typing import Any, NamedTuple

from ..graph import GraphError, Node, symbol
from ..graph.cost import flops_of, kept_for, macs_of, total
from ..graph.node import Dim, Shape, as_dim, entry_count, schedule, show_dim, show_shape
from ..graph.receptive import Field, receptive_fields
from .arguments import check_module
from .module import Call, Module, parameters, recorded


@dataclass(frozen=True)
class Row:
    """One use of a layer; every count includes the layers that it is made of.

    ``path`` is where it stands, as in PyTorch's ``state_dict``; ``layer`` how it is written; ``depth`` how
    deep it lies.  ``activations`` are the entries that backpropagation keeps.  ``field`` is the receptive
    field along each axis of the first input, None where the output does not depend on it.  ``leaf`` says that
    it is made of no other layers, ``again`` that it was used before, with the same weights.
    """

    path: str
    layer: str
    depth: int
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    parameters: Dim
    buffers: Dim
    macs: Dim
    flops: Dim
    activations: Dim
    field: tuple[Field, ...] | None
    leaf: bool
    again: bool


def sizes(module: Module, *inputs: Shape | Dim, depth: int | None = None) -> list[Row]:
    """Return a row for ``module`` and for each layer in it, down to a depth, for inputs of these shapes.

    The first row holds the totals.  No weight is made; sizes may be symbols, and then so are the counts.
    A cost belongs to the layer that caused it first: what two layers share is counted once.
    """
    check_module("sizes", module)
    if not inputs:
        raise GraphError(
            f"sizes: name the shape of the input of {type(module).__name__}, as in (3, 224, 224)"
        )
    names = ["input"] if len(inputs) == 1 else [f"input {i + 1}" for i in range(len(inputs))]
    nodes = [symbol(name, _checked(shape)) for name, shape in zip(names, inputs, strict=True)]
    # The symbols of weights are called by their paths here, which are never the same.
    weights = {path: symbol(path, shape) for path, shape in module.state().items()}
    with recorded() as calls:
        _call(module, nodes, weights)
    outputs = [n for call in calls for n in _nodes(call.output)]
    learnt = [weights[path] for path in module.weights()]
    kept = {_nameless(node) for node in kept_for(_nodes(calls[-1].output), learnt or nodes)}
    found = _rows(_arranged(calls), 0, kept, receptive_fields(outputs, nodes[0]))
    return [row for row in found if depth is None or row.depth <= depth]


def _call(module: Module, inputs: Sequence[Node], weights: Mapping[str, Node]) -> None:
    """Build the graph; what is wrong with the inputs is said as an error of the graph."""
    try:
        module(*inputs, weights=weights)
    except GraphError:
        raise
    except (TypeError, ValueError, AttributeError, LookupError) as error:  # a state that is no pair, say
        shown = " and ".join(show_shape(n.shape) for n in inputs)
        takes = ", ".join(list(signature(module.forward).parameters)[1:])
        raise GraphError(f"{written(module)} takes {takes}; it cannot take {shown}: {error}") from error


def _checked(shape: Shape | Dim) -> Shape:
    dims = tuple(as_dim(n) for n in (shape if isinstance(shape, tuple) else (shape,)))
    for n in dims:
        if not (isinstance(n, Node) and not n.shape) and (type(n) is not int or n < 1):
            raise GraphError(f"sizes: a size is a positive whole number or a symbol, found {n!r}")
    return dims


Nameless = tuple[Any, ...]
"""What a node computes, whatever its name: a system may name the output of a layer that it is made of."""


def _nameless(node: Node) -> Nameless:
    return (node.op, node.args, node.attrs, node.name if node.op.name == "symbol" else None)


class _Use(NamedTuple):
    """A call, the calls that it made, and the nodes that it was the first to make itself.

    Only what the system's output rests on counts: what is computed and not used costs nothing.
    """

    call: Call
    parts: list[_Use]
    own: list[Node]
    again: bool


def _arranged(calls: Sequence[Call]) -> _Use:
    """Return the last call with those inside it; a call stands behind those that it made."""
    used = {_nameless(node) for node in schedule(_nodes(calls[-1].output))}
    taken: set[Nameless] = set()
    paths: set[str] = set()
    found: list[_Use] = []
    for call in calls:
        first = len(found)
        while first and _is_inside(found[first - 1].call.path, call.path):
            first -= 1
        parts = found[first:]
        found[first:] = [_Use(call, parts, _own(call, parts, used, taken), call.path in paths)]
        paths.add(call.path)
    return found[-1]


def _is_inside(path: str, outer: str) -> bool:
    return path != outer and (not outer or path.startswith(outer + "."))


def _own(call: Call, parts: Sequence[_Use], used: set[Nameless], taken: set[Nameless]) -> list[Node]:
    """Take the used nodes between a call's inputs and its output that no call before took; return them."""
    found: list[Node] = []
    inputs = set(_nodes(call.inputs))
    stack = [*_nodes(call.output), *(node for part in parts for node in _nodes(part.call.inputs))]
    while stack:
        node = stack.pop()
        key = _nameless(node)
        if node not in inputs and key not in taken:
            taken.add(key)
            stack.extend(node.args)
            if key in used:
                found.append(node)
    return found


def _rows(use: _Use, depth: int, kept: set[Nameless], seen: Mapping[Node, tuple[Field, ...]]) -> list[Row]:
    """Return the row of a call, and behind it those of the calls that it made."""
    below = [_rows(part, depth + 1, kept, seen) for part in use.parts]
    parts = [rows[0] for rows in below]
    module, outputs = use.call.module, list(_nodes(use.call.output))
    learnt = module.weights()
    row = Row(
        path=use.call.path,
        layer=written(module),
        depth=depth,
        inputs=tuple(n.shape for n in _nodes(use.call.inputs)),
        outputs=tuple(n.shape for n in outputs),
        parameters=total([as_dim(parameters(module))]),
        buffers=total(entry_count(shape) for path, shape in module.state().items() if path not in learnt),
        macs=total([*map(macs_of, use.own), *(part.macs for part in parts)]),
        flops=total([*map(flops_of, use.own), *(part.flops for part in parts)]),
        activations=total(
            [
                *(entry_count(n.shape) for n in use.own if _nameless(n) in kept),
                *(part.activations for part in parts),
            ]
        ),
        field=next((seen[n] for n in outputs if n in seen), None),
        leaf=not parts,
        again=use.again,
    )
    return [row, *(row for rows in below for row in rows)]


def _nodes(value: Any) -> Iterator[Node]:
    """Yield the nodes in an output, which may be a tuple of others."""
    if isinstance(value, Node):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _nodes(part)


# -- how a layer is written ------------------------------------------------------------------------


def written(module: Module) -> str:
    """Return a layer as it is called, without defaults and without the layers that it is made of."""
    pieces = []
    for own in fields(module):
        value = getattr(module, own.name)
        if _holds_module(value) or (own.default is not MISSING and own.default == value):
            continue
        needed = own.default is MISSING and own.default_factory is MISSING
        pieces.append(_show(value) if needed else f"{own.name}={_show(value)}")
    name = type(module).__name__
    return name if not pieces and module.children() else f"{name}({', '.join(pieces)})"


def _holds_module(value: Any) -> bool:
    """Say whether a field holds layers; no layers, an empty tuple, are not worth writing either."""
    return isinstance(value, Module) or (isinstance(value, tuple) and all(map(_holds_module, value)))


def _show(value: Any) -> str:
    if isinstance(value, tuple) and any(isinstance(part, tuple) for part in value):
        return "…"  # a mask, which would fill the page
    if isinstance(value, tuple):
        return f"({', '.join(map(_show, value))}{',' * (len(value) == 1)})"
    if isinstance(value, Node):
        return show_dim(value)
    return str(value) if isinstance(value, Fraction) else repr(value)
