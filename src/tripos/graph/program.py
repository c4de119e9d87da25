"""A graph scheduled once for a space, run many times.

Arrays may carry leading batch axes beyond the shape of their node: many sample points or many
scripts then cost one call.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from types import ModuleType
from typing import Any

import numpy as np

from .bindings import check_batches, check_known, check_sizes, fitting
from .node import Node, lift, schedule, show_shape
from .notation import write
from .op import Array, GraphError
from .spaces import exact as exact_space
from .spaces import numpy as numpy_space

MAX_ENTRIES = 50_000_000
"""Largest array, in entries, that an evaluation will make (400 MB of float64)."""

MAX_EXACT_ENTRIES = 1_000_000
"""Largest array of exact values, each of which is an object of its own."""


class Program:
    """The nodes that ``outputs`` need, in order, ready to be run in one space.

    ``kernels=True`` runs an op's own code for the space where it has any: other code than the textbook rule.
    """

    def __init__(self, outputs: Iterable[Node], space: ModuleType, *, kernels: bool = False):
        self.space = space
        self.outputs = tuple(map(lift, outputs))
        self.kernels = kernels
        measured = kernels and space.NAME == "numpy"
        self.parts: dict[Node, tuple[int, tuple[Node, ...]]] = {}
        self.order = schedule(self.outputs, evaluated=not measured, measured=measured)
        if kernels and space.NAME == "jax":
            from .compiling import partitions

            self.parts = partitions(self.order)

    def __call__(self, bindings: Mapping[Node, Any] | None = None) -> list[Array]:
        """Return the values of the outputs; ``bindings`` gives nodes values (symbols need one)."""
        values = self.values(bindings)
        return [values[output] for output in self.outputs]

    def values(self, bindings: Mapping[Node, Any] | None = None) -> dict[Node, Array]:
        """Return the value of every node, by node."""
        xp = self.space
        known = {n: fitting(xp, v, n) for n, v in (bindings or {}).items()}
        check_sizes(known)
        with np.errstate(all="ignore"):
            try:
                return self.run(known)
            except (TypeError, ValueError):
                check_batches(known)
                raise

    def run(self, known: Mapping[Node, Array]) -> dict[Node, Array]:
        """Return the value of every node, given arrays of the space that are known to fit."""
        fixed = self.fixed
        usual = fixed.keys().isdisjoint(known)
        values: dict[Node, Array] = dict(fixed) if usual else {}
        for node, call in self.moving if usual else self._calls:
            if node in known:
                values[node] = known[node]
            elif node in self.parts:
                if node not in values:
                    axis, parts = self.parts[node]
                    cut = self.space.split(values[node.args[0]], [n.shape[axis] for n in parts], axis)
                    values |= dict(zip(parts, cut, strict=True))
            else:
                values[node] = call(values)
        return values

    @cached_property
    def _calls(self) -> list[tuple[Node, Call]]:
        """Every node, and what evaluates it."""
        return [(node, self._call(node)) for node in self.order]

    @cached_property
    def fixed(self) -> dict[Node, Array]:
        """The values that are the same in each run: in NumPy, of what depends on no symbol."""
        found: dict[Node, Array] = {}
        if self.kernels and self.space.NAME == "numpy":
            for node, call in self._calls:
                if node.op.name != "symbol" and not node.op.static and all(a in found for a in node.args):
                    with suppress(GraphError, TypeError, ValueError):  # raised again if it is ever evaluated
                        found[node] = call(found)
        return found

    @cached_property
    def moving(self) -> list[tuple[Node, Call]]:
        """The nodes whose values may differ from run to run."""
        return [(node, call) for node, call in self._calls if node not in self.fixed]

    def results(self, known: Mapping[Node, Array]) -> list[Array]:
        """Return the values of the outputs, given those of all symbols.

        Every other value is let go as soon as it has been read for the last time, so that its memory, warm in
        the cache, is the next one's.
        """
        values: dict[Node, Array] = {**self.fixed, **known}
        for node, call, over in self._until:
            values[node] = call(values)
            for done in over:
                del values[done]
        return [values[output] for output in self.outputs]

    @cached_property
    def _until(self) -> list[tuple[Node, Call, tuple[Node, ...]]]:
        """The nodes to evaluate, and after each those that are read no more."""
        calls = [(node, call) for node, call in self.moving if node.op.name != "symbol"]
        own = {node for node, _ in calls} - {*self.outputs}
        last = {a: i for i, (node, _) in enumerate(calls) for a in node.args if a in own}
        over: dict[int, list[Node]] = {}
        for node, i in last.items():
            over.setdefault(i, []).append(node)
        return [(node, call, tuple(over.get(i, ()))) for i, (node, call) in enumerate(calls)]

    def evaluate(self, node: Node, values: Mapping[Node, Array]) -> Array:
        """Return the value of one node from those of its arguments."""
        return self._call(node)(values)

    def _call(self, node: Node) -> Call:
        """Return the function from values of a node's arguments to that of the node."""
        op, xp = node.op, self.space
        if op.name == "symbol":
            return _refusal(f"the symbol {node.name} has no value here")
        limit = MAX_EXACT_ENTRIES if xp.NAME == "exact" else MAX_ENTRIES
        if all(isinstance(d, int) for d in node.shape) and math.prod(node.shape) > limit:
            return _refusal(
                f"{write(node).text} has {math.prod(node.shape):,} entries "
                f"({show_shape(node.shape)}); at most {limit:,} are evaluated"
            )
        kernel = op.fast(xp) if self.kernels else None
        rule = partial(op.forward, xp) if kernel is None else kernel
        attrs = dict(node.attrs)
        rule = partial(rule, **attrs) if attrs else rule
        args = () if op.static and kernel is None else node.args
        ranks = [a.ndim for a in node.args]
        mixed = op.elementwise and any(rank < node.ndim for rank in ranks)

        def call(values: Mapping[Node, Array]) -> Array:
            arrays = [values[a] for a in args]
            if mixed:
                arrays = _aligned(arrays, ranks, node.ndim)
            try:
                found = rule(*arrays)
            except (TypeError, ValueError):
                check_known(node)
                raise
            return found if hasattr(found, "shape") else xp.asarray(found)  # NumPy unwraps single objects

        return call


Call = Callable[[Mapping[Node, Array]], Array]
"""A function from the values of nodes to that of one of them."""


def _refusal(message: str) -> Call:
    """Return what raises GraphError when a node is evaluated."""

    def call(values: Mapping[Node, Array]) -> Array:
        raise GraphError(message)

    return call


def function(
    outputs: Iterable[Node], inputs: Sequence[Node], space: ModuleType, *, kernels: bool = True
) -> Callable[..., list[Array]]:
    """Return a Python function from values of ``inputs`` to those of ``outputs``, as ``jax.jit`` takes it.

    Where all inputs are symbols, the graph is put into a form that compiles to fast code.
    """
    from .compiling import trimmed, untransposed

    wanted = list(outputs)
    if all(node.op.name == "symbol" for node in inputs):
        wanted = untransposed(trimmed(wanted))
    program = Program(wanted, space, kernels=kernels)

    def run(*values: Any) -> list[Array]:
        return program(dict(zip(inputs, values, strict=True)))

    return run


def _aligned(arrays: list[Array], ranks: list[int], rank: int) -> list[Array]:
    """Return batched arrays with axes put in so that their batch axes stay in front."""
    out = []
    for array, own in zip(arrays, ranks, strict=True):
        lead = np.ndim(array) - own
        if lead and own < rank:
            shape = np.shape(array)
            out.append(np.reshape(array, (*shape[:lead], *(1,) * (rank - own), *shape[lead:])))
        else:
            out.append(array)
    return out


def exact(*outputs: Node, **symbols: Any) -> Any:
    """Return exact values of nodes; keyword arguments give symbols values by name."""
    return _evaluate(outputs, exact_space, False, symbols)


def floats(*outputs: Node, **symbols: Any) -> Any:
    """Return float64 values of nodes, by kernels where there are any."""
    return _evaluate(outputs, numpy_space, True, symbols)


def _evaluate(outputs: tuple[Node, ...], space: ModuleType, kernels: bool, symbols: Mapping[str, Any]) -> Any:
    program = Program(outputs, space, kernels=kernels)
    leaves = {n.name: n for n in program.order if n.op.name == "symbol"}
    for name in symbols.keys() - leaves.keys():
        raise GraphError(f"no symbol {name} in the graph; there are {', '.join(map(str, leaves)) or 'none'}")
    values = [np.asarray(v) for v in program({leaves[n]: v for n, v in symbols.items()})]
    return values[0] if len(values) == 1 else values
