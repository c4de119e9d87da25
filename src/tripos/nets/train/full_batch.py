"""``fit_full``: training for small problems, in which every step sees all rows and goes as far as it pays.

Newton's method, nonlinear conjugate gradients, BFGS and L-BFGS (``directions``), each with a line search
(``line_search``), on all weights as one vector (``surface``).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import numpy as np

from ...graph import GraphError
from ..module import Module
from ..optim.conjugate import BETAS
from .data import Data
from .directions import METHODS, Direction, direction_of
from .evaluation import Evaluation, Metric, Predict, metrics_of
from .fitting import check_counts, check_data, check_seed, check_targets
from .history import History, Row
from .line_search import Probe, strong_wolfe
from .loop import asked_for, starting
from .problem import Limits, Loss, Player, build
from .progress import Progress
from .run import Diverged, Run
from .surface import Found, Noted, Surface, Vector


def fit_full(
    model: Module,
    loss: Loss,
    data: Data,
    method: str = "BFGS",
    *,
    dev: Data | None = None,
    epochs: int = 100,
    tolerance: float = 1e-8,
    curvature: float | None = None,
    history_size: int = 10,
    seed: int = 0,
    weights: Mapping[str, Any] | None = None,
    metrics: Sequence[str] | Mapping[str, Metric] | None = None,
    predict: Predict | None = None,
    l2: float = 0,
    backend: str = "numpy",
    progress: bool | None = None,
) -> Run:
    """Train a model on all rows at once and return it, after at most so many steps.

    ``method`` is "Newton", "BFGS", "L-BFGS" (which keeps ``history_size`` pairs), or one of the conjugate
    gradients "Polak-Ribière" (never less than 0) and "Fletcher-Reeves".  Each step ends where the strong
    Wolfe conditions hold: the slope has shrunk to the share ``curvature`` of what it was (0.1 for conjugate
    gradients, else 0.9; a small share searches for the minimum along the line).  Newton's method adds a
    multiple of the identity to a Hessian that is not positive definite.

    Training ends when no entry of the gradient exceeds ``tolerance``.  Noise is drawn once from ``seed``.
    ``loss``, ``data``, ``l2``, ``metrics`` and ``predict`` are those of ``fit``; all is computed in float64.
    The history tells for each step the loss, the largest entry of the gradient, the step's length and how
    often the loss was evaluated; dev data is measured, and chooses nothing.

    Raises GraphError and DataError as ``fit`` does, and Diverged where the first loss is no number.
    """
    check_data(model, data, dev)
    check_counts(data, epochs=epochs, history_size=history_size)
    check_seed(seed)
    way, share = _named(method), _share(method, curvature)
    player = Player(loss, Noted())
    problem = build(model, [player], data.shapes, len(data), Limits(l2=l2))
    check_targets(problem, [player], data, dev)
    with _precise(backend), Progress(epochs, 0, progress) as bar:
        surface = Surface(problem, data, seed, backend)
        chosen = metrics_of(loss, metrics)
        evaluation = Evaluation(model, [player], data.shapes, surface.engine, chosen, predict, seed)
        direction = direction_of(way, surface, history_size)
        walk = Walk(surface, direction, share, way, starting(model, seed, weights))
        if not np.isfinite(walk.found.value):
            error = Diverged(
                f"the loss is {walk.found.value} before the first step: start from other weights, or scale "
                "the inputs to about unit variance"
            )
            error.run = walk.result(model, evaluation, "it diverged")
            raise error
        while not (stopped := walk.stopped(epochs, tolerance)):
            row = walk.step()
            if row is None:
                stopped = "no lower point was found along the direction"
                break
            if dev is not None:
                measured = evaluation.measure(walk.weights(), dev)
                row |= {f"dev {name}": value for name, value in measured.items()}
            walk.history.rows.append(row)
            bar.step(row)
    return walk.result(model, evaluation, stopped)


class Walk:
    """Steps along directions, each as long as the line search says."""

    def __init__(
        self, surface: Surface, direction: Direction, share: float, method: str, weights: Mapping[str, Any]
    ):
        self.surface, self.direction, self.share, self.method = surface, direction, share, method
        self.at = surface.flat(weights)
        self.found: Found = surface.at(self.at, weights)
        self.history = History()
        self.promised = 0.0
        """The length of the step before, times the slope that it began with."""

    def weights(self) -> dict[str, Any]:
        """Return the weights as they are now, by path."""
        return self.surface.arranged(self.at, self.found.rest)

    def stopped(self, epochs: int, tolerance: float) -> str:
        """Return why the training ends here, "" if it does not."""
        if np.abs(self.found.gradient).max() <= tolerance:
            return f"no entry of the gradient exceeds {tolerance:g}"
        return asked_for(epochs) if len(self.history) >= epochs else ""

    def result(self, model: Module, evaluation: Evaluation, stopped: str) -> Run:
        """Return what there is now."""
        last, engine = len(self.history), self.surface.engine.name
        return Run(model, self.weights(), self.history, last, stopped, engine, evaluation)

    def step(self) -> Row | None:
        """Take a step, along the steepest descent where the direction leads to no lower point.

        Returns its row, None where there is no lower point.
        """
        begin, count = time.perf_counter(), 0
        origin, start = self.at, self.found

        def probe(d: Vector, step: float) -> Probe:
            nonlocal count
            count += 1
            there = self.surface.at(origin + step * d, start.rest)
            value = there.value if np.isfinite(there.gradient).all() else np.inf
            return Probe(step, value, float(there.gradient @ d), there)

        for d in (self.direction(origin, start), -start.gradient):
            slope = float(d @ start.gradient)
            if not slope < 0:
                continue
            first = self._first(d, slope)
            begun = Probe(0.0, start.value, slope)
            found = strong_wolfe(partial(probe, d), begun, first, 1e-4, self.share)
            if found is not None:
                self.at, self.found, self.promised = origin + found.step * d, found.point, found.step * slope
                return {
                    "epoch": len(self.history) + 1,
                    "seconds": time.perf_counter() - begin,
                    "loss": found.value,
                    "gradient": float(np.abs(self.found.gradient).max()),
                    "step size": found.step,
                    "evaluations": count,
                }
        return None

    def _first(self, d: Vector, slope: float) -> float:
        """Return the step to try first: 1 where the direction has a length of its own."""
        if self.method == "Newton":
            return 1.0
        if not self.promised:
            return min(1.0, 1 / float(np.linalg.norm(d)))
        # Conjugate gradients have no length of their own: as much as the step before promised.
        return float(min(max(self.promised / slope, 1e-10), 1e10)) if self.method in BETAS else 1.0


def _named(method: str) -> str:
    """Return the name of a method, however it is written."""

    def plain(text: str) -> str:
        return text.lower().replace("è", "e").replace(" ", "-")

    known = {plain(name): name for name in METHODS} | {"lbfgs": "L-BFGS", "cg": "Polak-Ribière"}
    found = known.get(plain(method)) if isinstance(method, str) else None
    if found is None:
        raise GraphError(f"fit_full: no method {method!r}; there are {', '.join(METHODS)}")
    return found


def _share(method: str, curvature: float | None) -> float:
    if curvature is None:
        return 0.1 if _named(method) in BETAS else 0.9
    if not isinstance(curvature, (int, float)) or not 0 < curvature < 1:
        raise GraphError(f"fit_full: curvature lies between 0 and 1, found {curvature!r}")
    return float(curvature)


def _precise(backend: str) -> AbstractContextManager[Any]:
    """Return a context in which an engine computes in float64."""
    if backend == "numpy":
        return nullcontext()
    try:
        import jax
    except ModuleNotFoundError:
        return nullcontext()
    context: AbstractContextManager[Any] = jax.enable_x64(True)
    return context
