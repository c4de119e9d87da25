"""Training steps in NumPy: the same graphs and, within float error, the same losses, wherever Python runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...graph import Node
from ...graph.gathering import gathered
from ...graph.hoisting import hoisted
from ...graph.node import schedule
from ...graph.ops.contraction import parts_of
from ...graph.program import Program
from ...graph.reverse import grad
from ...graph.spaces import numpy as numpy_space
from .end_to_end import in_place
from .engine import Array, Carry
from .in_place import plain
from .problem import Problem, symbol_of

Values = dict[Node, Array]


class NumpyEngine:
    """Runs a problem in float64, one step after another."""

    name = "numpy"

    def __init__(self, problem: Problem):
        self.problem = problem
        self.inputs = [*problem.symbols.values(), *problem.rows, *(noise.symbol for noise in problem.noise)]
        self.slopes: list[Callable[[Values], tuple[list[Array], list[Array]]]] = []
        for loss, owned in zip(problem.losses, problem.owned, strict=True):
            own = [problem.symbols[path] for path in owned]
            self.slopes.append(averages(loss, own, [*problem.buffers.values()], problem))
        self.updates = [in_place(update) for update in problem.updates]

    def carry(self, weights: Mapping[str, Any], states: Sequence[Sequence[Any]]) -> Carry:
        """Return float64 copies."""
        return Carry(
            {path: np.array(w, dtype=np.float64) for path, w in weights.items()},
            tuple(tuple(np.array(part, dtype=np.float64) for part in state) for state in states),
        )

    def columns(self, columns: Mapping[str, NDArray[np.float64]]) -> tuple[Array, ...]:
        """Return the data as it is."""
        return tuple(columns.values())

    def steps(
        self, carry: Carry, columns: tuple[Array, ...], order: NDArray[np.int64], noise: tuple[Array, ...]
    ) -> tuple[Carry, NDArray[np.float64]]:
        """Take a step for each row of ``order``; the memory of ``carry`` is taken over."""
        losses = []
        with np.errstate(all="ignore"):
            for i, which in enumerate(order):
                rows = (*(column[which] for column in columns), *(part[i] for part in noise))
                carry, found = self.step(carry, rows)
                losses.append(found)
        return carry, np.array(losses)

    def step(self, carry: Carry, drawn: tuple[Array, ...]) -> tuple[Carry, list[float]]:
        """Take one step; each player in turn descends its own loss."""
        problem, weights, states, losses = self.problem, dict(carry.weights), list(carry.states), []
        buffers: list[Array] = []
        for i, (slope, owned, update) in enumerate(
            zip(self.slopes, problem.owned, self.updates, strict=True)
        ):
            known = dict(zip(self.inputs, (*weights.values(), *drawn), strict=True))
            (loss, *gradients), buffers = slope(known)
            given = (*(weights[path] for path in owned), *gradients, *states[i])
            new = update(given)
            weights |= dict(zip(owned, new[: len(owned)], strict=True))
            states[i] = tuple(new[len(owned) :])
            losses.append(float(loss))
        weights |= dict(zip(problem.buffers, buffers, strict=True))
        return Carry(weights, tuple(states)), losses

    def evaluator(self, outputs: Sequence[Node], inputs: Sequence[Node]) -> Any:
        """Return a function that runs the graph."""
        program = Program(outputs, numpy_space, kernels=True)
        return lambda *values: program(dict(zip(inputs, values, strict=True)))


def averages(
    loss: Node, own: Sequence[Node], others: Sequence[Node], problem: Problem
) -> Callable[[Values], tuple[list[Array], list[Array]]]:
    """Return a function from values of the inputs to batch means of a loss and its gradients, and ``others``.

    A gradient of one example is often a product of two arrays; its sum over the batch is one product of
    matrices, so that the gradients of single examples are never made.
    """
    if problem.batch:
        wanted = _ready([loss, *grad(loss, own), *others])
        together = Program(wanted, numpy_space, kernels=True)
        count = 1 + len(own)

        def at_once(known: Values) -> tuple[list[Array], list[Array]]:
            found = together.results(known)
            return found[:count], found[count:]

        return at_once
    share = symbol_of("share", ())
    cost, *slopes = _ready([loss, *grad(share * loss, own)])
    varying = _varying([cost, *slopes], problem)
    sums = [_sum_of(node, varying) for node in (cost, *slopes)]
    parts = list(dict.fromkeys(leaf for leaves, _ in sums for leaf in leaves))
    program = Program(parts, numpy_space, kernels=True)
    row = problem.rows[0]

    def each(known: Values) -> tuple[list[Array], list[Array]]:
        n = len(known[row])
        values = dict(zip(parts, program.results(known | {share: np.asarray(1 / n)}), strict=True))
        total, *gradients = (found(values, n) for _, found in sums)
        return [total / n, *gradients], []

    return each


def _ready(nodes: Sequence[Node]) -> list[Node]:
    """Return the same computations as NumPy runs them fastest."""
    return plain(gathered(hoisted(plain(nodes))))


def _varying(nodes: Sequence[Node], problem: Problem) -> set[Node]:
    """Return the nodes whose values differ from example to example."""
    found = {*problem.rows, *(noise.symbol for noise in problem.noise)}
    for node in schedule(list(nodes)):
        if any(arg in found for arg in node.args):
            found.add(node)
    return found


Sum = tuple[list[Node], Callable[[Values, int], Array]]


def _sum_of(node: Node, varying: set[Node]) -> Sum:
    """Return what has to be evaluated for the sum of a node over a batch, and how the sum follows."""
    if node not in varying:
        return [node], lambda values, n: n * values[node]
    name, args, attrs = node.op.name, node.args, dict(node.attrs)
    if name == "contract" and len(args) == 2 and all(a in varying for a in args):
        inputs, output = parts_of(attrs["signature"])
        free = next(letter for letter in "zyxwvuts" if letter not in "".join(inputs))
        signature = ",".join(free + part for part in inputs) + "->" + output
        return _together(node, {"signature": signature})
    if attrs.get("layout") == "channels" and name.endswith("_dk") and all(a in varying for a in args):
        return _together(node, attrs | {"layout": "batch"})
    if name in ("add", "sub", "neg") and all(a.shape == node.shape for a in args):
        parts = [_sum_of(arg, varying) for arg in args]
        signs = {"add": (1, 1), "sub": (1, -1), "neg": (-1,)}[name]

        def signed(values: Values, n: int) -> Array:
            return sum(sign * found(values, n) for sign, (_, found) in zip(signs, parts, strict=True))

        return [leaf for leaves, _ in parts for leaf in leaves], signed
    if name == "reshape" and all(isinstance(d, int) for d in node.shape) and attrs["order"] == "C":
        leaves, found = _sum_of(args[0], varying)
        shape: Any = node.shape
        return leaves, lambda values, n: np.reshape(found(values, n), shape)
    rank = node.ndim

    def direct(values: Values, n: int) -> Array:
        value = values[node]
        return n * value if value.ndim == rank else np.add.reduce(value, axis=0)

    return [node], direct


def _together(node: Node, attrs: dict[str, Any]) -> Sum:
    """Return the sum over a batch of a product: the same op on whole batches sums over one axis more."""
    kernel, args = node.op.kernel, node.args
    assert kernel is not None

    def found(values: Values, n: int) -> Array:
        return kernel(*(values[a] for a in args), **attrs)

    return list(args), found
