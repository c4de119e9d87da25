"""The update of an optimizer in NumPy, computed in the memory of the weights and states that it replaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...graph import Node
from ...graph.node import interned, schedule
from ...graph.program import Program
from ...graph.spaces import numpy as numpy_space
from .engine import Array
from .problem import Update

UFUNCS: dict[str, Any] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "sqrt": np.sqrt,
}


class Call(NamedTuple):
    """How a node is computed: by a function of its arguments, into memory of its own, or of an input."""

    node: Node
    ufunc: Any
    args: tuple[Node, ...]
    into: Node | None
    scratch: Array | None
    otherwise: Callable[..., Array]


def plain(nodes: Sequence[Node]) -> list[Node]:
    """Return the same computations without names: what is computed under two names is computed once."""
    new: dict[Node, Node] = {}
    for node in schedule(list(nodes)):
        args = tuple(new[a] for a in node.args)
        if node.op.name == "alias":
            new[node] = args[0]
        else:
            new[node] = interned(node.op, args, node.attrs, None if node.args else node.name)
    return [new[node] for node in nodes]


class InPlace:
    """Computes the outputs of an update from its inputs, whose weights and states are overwritten."""

    def __init__(self, update: Update):
        self.inputs = update.inputs
        self.outputs = plain(update.outputs)
        self.program = Program(self.outputs, numpy_space, kernels=True)
        count = len(update.outputs) - len(update.start)
        replaced = (*update.inputs[:count], *update.inputs[2 * count :])
        self.calls = self._planned([node for node in replaced if node not in self.outputs])

    def __call__(self, given: Sequence[Array]) -> list[Array]:
        """Return weights and states after the step."""
        values: dict[Node, Array] = self.program.fixed | dict(zip(self.inputs, given, strict=True))
        for node, ufunc, args, into, scratch, otherwise in self.calls:
            if ufunc is None:
                values[node] = otherwise(values)
                continue
            out = scratch if into is None else values[into]
            if len(args) == 2:
                values[node] = ufunc(values[args[0]], values[args[1]], out)
            else:
                values[node] = ufunc(values[args[0]], out)
        return [values[n] if n.op.name in UFUNCS else np.array(values[n]) for n in self.outputs]

    def _planned(self, replaced: Sequence[Node]) -> list[Call]:
        """Return the calls in order.

        What is an output goes where an input of its shape has been read for the last time; what is not, into
        memory that is used again as soon as its last reader has run.
        """
        moving = [(n, call) for n, call in self.program.moving if n.op.name != "symbol"]
        last = {a: i for i, (n, _) in enumerate(moving) for a in n.args}
        seen = {a for n, _ in moving if not n.op.elementwise for a in n.args}  # perhaps as views, for longer
        left = [n for n in replaced if n not in seen]
        idle, scratch = list[Array](), dict[Node, Array]()
        calls = []
        for i, (node, call) in enumerate(moving):
            ufunc = UFUNCS.get(node.op.name) if node.ndim else None
            into = None
            if ufunc is not None and node in self.outputs:
                fits = (n for n in left if n.shape == node.shape and last.get(n, -1) <= i)
                into = next(fits, None)
                left = [n for n in left if n is not into]
            idle += [scratch[a] for a in set(node.args) if last[a] == i and a in scratch]
            if ufunc is not None and node not in self.outputs:
                found = next((k for k, array in enumerate(idle) if array.shape == node.shape), None)
                scratch[node] = np.empty(node.shape) if found is None else idle.pop(found)
            calls.append(Call(node, ufunc, node.args, into, scratch.get(node), call))
        return calls
