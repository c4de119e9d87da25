"""What runs the graphs of a problem: the interface of both engines, and what they share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ...graph import GraphError, Node
from .problem import Noise, Problem

Array = Any
Weights = dict[str, Array]

BACKENDS = ("auto", "jax", "numpy")
SEGMENT = 20_000_000
"""Most numbers of noise that are drawn at once; longer epochs run in several pieces."""


class Carry(NamedTuple):
    """What goes from step to step: weights and buffers by path, and the state of each player's optimizer."""

    weights: Weights
    states: tuple[tuple[Array, ...], ...]


class Engine(Protocol):
    """Runs steps of a problem in one space, on arrays of its own."""

    name: str

    def carry(self, weights: Mapping[str, Any], states: Sequence[Sequence[Any]]) -> Carry:
        """Return arrays of this engine."""

    def columns(self, columns: Mapping[str, NDArray[np.float64]]) -> tuple[Array, ...]:
        """Return the data where this engine reads it."""

    def steps(
        self, carry: Carry, columns: tuple[Array, ...], order: NDArray[np.int64], noise: tuple[Array, ...]
    ) -> tuple[Carry, NDArray[np.float64]]:
        """Take a step for each row of ``order``, the indices of a batch; return the losses steps×players."""

    def evaluator(self, outputs: Sequence[Node], inputs: Sequence[Node]) -> Any:
        """Return a function of arrays, inputs to outputs, whose leading axes are a batch."""


def engine_of(problem: Problem, backend: str) -> Engine:
    """Return the engine of a name; "auto" takes JAX where it is installed."""
    if backend not in BACKENDS:
        raise GraphError(f"fit: no backend {backend!r}; there are {', '.join(BACKENDS)}")
    if backend == "numpy" or (backend == "auto" and find_spec("jax") is None):
        from .numpy_engine import NumpyEngine

        return NumpyEngine(problem)
    if find_spec("jax") is None:
        raise GraphError("fit: JAX is not installed: pip install 'tripos[train]', or take backend='numpy'")
    from .jax_engine import JaxEngine

    return JaxEngine(problem)


def start_of(problem: Problem) -> tuple[tuple[NDArray[np.float64], ...], ...]:
    """Return the state of each player's optimizer before the first step."""
    from ...graph.program import floats

    return tuple(tuple(np.asarray(floats(node)) for node in update.start) for update in problem.updates)


def drawn(noise: Sequence[Noise], lead: tuple[int, ...], rng: np.random.Generator) -> tuple[Array, ...]:
    """Return noise for every example of some steps, shape ``lead`` and that of the symbol."""
    return tuple(_drawn(one, (*lead, *one.symbol.shape), rng) for one in noise)


def _drawn(noise: Noise, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    if noise.domain == "normal":
        return rng.standard_normal(shape)
    uniform = rng.random(shape)
    return (uniform < noise.keep).astype(np.float64) if noise.domain == "bit" else uniform


def pieces(problem: Problem, steps: int, batch: int) -> list[tuple[int, int]]:
    """Return how the steps of an epoch are cut up, so that the noise of each piece fits into memory."""
    lead = 1 if problem.batch else batch
    each = sum(math.prod(one.symbol.shape) for one in problem.noise) * lead
    most = max(1, SEGMENT // max(each, 1))
    return [(a, min(a + most, steps)) for a in range(0, steps, most)]
