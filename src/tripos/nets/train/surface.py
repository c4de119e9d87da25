"""The loss of all rows as a function of one vector: its value, its gradient and its Hessian.

The engines take steps; an optimizer that stands still and keeps the gradient makes them tell it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...graph import Node, lift
from ...graph import sum as total
from ...graph.node import Dim, Literal
from ...graph.reverse import derivatives
from ..optim.optimizer import Namer, Optimizer
from .data import Data
from .engine import Carry, drawn, engine_of, start_of
from .problem import Problem, symbol_of

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Noted(Optimizer):
    """An optimizer that stays where it is, and keeps the gradient as its state."""

    def slots(self) -> Mapping[str, Literal]:
        """Return the gradient, g."""
        return {"g": 0}

    def rule(
        self, w: Node, g: Node, kept: Mapping[str, Node], t: Dim, name: Namer
    ) -> tuple[Node, dict[str, Node]]:
        """Return a parameter as it was, and its gradient."""
        return w, {"g": g}


class Found(NamedTuple):
    """What a loss is at a point: its value, its gradient, and buffers such as running statistics after it."""

    value: float
    gradient: Vector
    rest: dict[str, Any]


class Surface:
    """The loss of all rows as a function of all weights in one vector."""

    def __init__(self, problem: Problem, data: Data, seed: int, backend: str):
        self.problem, self.backend = problem, backend
        self.engine = engine_of(problem, backend)
        self.paths = problem.owned[0]
        self.columns = self.engine.columns(data.columns)
        self.order = np.arange(len(data))[None]
        lead = (1,) if problem.batch else (1, len(data))
        self.noise = drawn(problem.noise, lead, np.random.default_rng([seed, 1]))
        self.shapes = [problem.symbols[path].shape for path in self.paths]
        self.sizes = [int(np.prod(shape)) for shape in self.shapes]
        self.products: Any = None

    def arranged(self, flat: Vector, rest: Mapping[str, Any]) -> dict[str, Any]:
        """Return a vector as weights by path, and the buffers with them."""
        parts = np.split(flat, np.cumsum(self.sizes)[:-1])
        own = {p: part.reshape(s) for p, part, s in zip(self.paths, parts, self.shapes, strict=True)}
        return {path: own[path] if path in own else rest[path] for path in self.problem.symbols}

    def flat(self, weights: Mapping[str, Any]) -> Vector:
        """Return the learnt weights as one vector."""
        return np.concatenate([np.ravel(weights[path]) for path in self.paths]).astype(np.float64)

    def at(self, flat: Vector, rest: Mapping[str, Any]) -> Found:
        """Return the loss at a point, and its gradient."""
        before = self.engine.carry(self.arranged(flat, rest), start_of(self.problem))
        after, losses = self.engine.steps(before, self.columns, self.order, self.noise)
        kept = {path: np.asarray(w) for path, w in after.weights.items() if path not in self.paths}
        return Found(float(losses[0, 0]), _gradient(after), kept)

    def hessian(self, flat: Vector, rest: Mapping[str, Any]) -> Vector:
        """Return the Hessian at a point, a product with a unit vector for each column."""
        if self.products is None:
            slope = _along(self.problem)
            self.products = slope, engine_of(slope, self.backend)
        problem, engine = self.products
        here, start = self.arranged(flat, rest), start_of(problem)
        columns = []
        for unit in np.eye(len(flat)):
            to = {f"direction.{path}": d for path, d in self.arranged(unit, rest).items()}
            weights = {path: (here | to)[path] for path in problem.symbols}
            after, _ = engine.steps(engine.carry(weights, start), self.columns, self.order, self.noise)
            columns.append(_gradient(after))
        found = np.array(columns)
        return (found + found.T) / 2


def _gradient(carry: Carry) -> Vector:
    """Return the gradient that ``Noted`` has kept, behind the number of steps."""
    return np.concatenate([np.ravel(np.asarray(g, dtype=np.float64)) for g in carry.states[0][1:]])


def _along(problem: Problem) -> Problem:
    """Return the problem whose loss is the slope gᵀd: its gradient is H d (Pearlmutter, 1994)."""
    own = {path: problem.symbols[path] for path in problem.owned[0]}
    to = {f"direction.{path}": symbol_of(f"d_{path}", w.shape, "direction") for path, w in own.items()}
    slope = lift(0)
    for g, d in zip(derivatives(problem.losses[0], list(own.values())), to.values(), strict=True):
        slope = slope + total(g * d)
    symbols = problem.symbols | to
    return replace(problem, symbols=symbols, losses=(slope,), buffers={})
