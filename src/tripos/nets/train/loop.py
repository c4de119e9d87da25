"""A run under way: epochs, what is kept of them, and how they are saved and read back."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...graph import GraphError
from ...graph.node import show_shape
from ..initialisation import initialize
from ..module import Module
from .checkpoint import CheckpointError, load, save, sweep
from .data import Data, DataError, check_classes, show_row
from .engine import Carry, Engine, drawn, pieces, start_of
from .evaluation import Evaluation
from .history import History, Row, rows_of
from .identity import digest_of
from .problem import Problem, loss_names, positions
from .progress import Progress
from .run import Callback, Diverged, Moment, Plan, Run, Weight


class Training:
    """A run under way: what changes from epoch to epoch, and how it is saved and read back."""

    def __init__(
        self,
        plan: Plan,
        problem: Problem,
        engine: Engine,
        evaluation: Evaluation,
        checkpoint: str | Path | None,
        weights: Mapping[str, Any] | None,
    ):
        self.plan, self.problem, self.engine, self.evaluation = plan, problem, engine, evaluation
        self.path = None if checkpoint is None else Path(checkpoint)
        self.start = starting(plan.model, plan.seed, weights)
        self.carry: Carry = engine.carry(self.start, start_of(problem))
        self.columns = None if plan.augment else engine.columns(plan.data.columns)
        self.history = History()
        self.best, self.best_weights = 0, self.weights()
        self.stopped = ""

    def weights(self) -> dict[str, Weight]:
        """Return the weights as they are now, as arrays of NumPy."""
        return {path: np.array(self.carry.weights[path]) for path in self.problem.symbols}

    # -- epochs --

    def run(self, epochs: int, callbacks: Sequence[Callback], bar: Progress) -> None:
        """Train until an epoch, or until there is a reason to stop."""
        while len(self.history) < epochs and not self.stopped and not self.impatient:
            row, weights = self.epoch()
            bar.step(row)
            self.keep(row, weights)
            for callback in callbacks:
                if callback(Moment(len(self.history), row, weights)) is True:
                    self.stopped = "a callback ended it"
            self.save()
        self.stopped = self.stopped or self.impatient or asked_for(len(self.history))

    def epoch(self) -> tuple[Row, dict[str, Weight]]:
        """Take the steps of one epoch; return its row, and the weights after it."""
        begin, number = time.perf_counter(), len(self.history) + 1
        plan, n = self.plan, self.plan.batch
        rng = np.random.default_rng([plan.seed, number])
        count = len(plan.data) // n
        order = rng.permutation(len(plan.data))[: count * n].reshape(count, n)
        columns = self.columns
        if plan.augment:
            columns = self.engine.columns(_augmented(plan, positions(self.problem), rng))
        assert columns is not None
        found = []
        for a, b in pieces(self.problem, count, n):
            lead = (b - a,) if self.problem.batch else (b - a, n)
            noise = drawn(self.problem.noise, lead, rng)
            self.carry, losses = self.engine.steps(self.carry, columns, order[a:b], noise)
            found.append(losses)
        losses, weights = np.concatenate(found), self.weights()
        self.check(number, losses, weights)
        row: Row = {"epoch": number, "seconds": time.perf_counter() - begin}
        row |= dict(zip(loss_names(plan.players), map(float, losses.mean(axis=0)), strict=True))
        if plan.dev is not None:
            measured = self.evaluation.measure(weights, plan.dev)
            row |= {f"dev {name}": value for name, value in measured.items()}
        return row, weights

    def keep(self, row: Row, weights: dict[str, Weight]) -> None:
        """Note the epoch, and its weights if it is the best."""
        self.history.rows.append(row)
        best = len(self.history) if self.plan.monitor is None else self._best()
        if best == len(self.history):
            self.best, self.best_weights = best, weights

    def _best(self) -> int:
        monitor = self.plan.monitor
        assert monitor is not None
        return int(self.history.best(monitor.name, highest=monitor.highest)["epoch"])

    @property
    def impatient(self) -> str:
        """Why the training ends here, where no epoch has been the best for long; else ""."""
        patience = self.plan.patience
        if patience is None or self.plan.monitor is None or len(self.history) < self.best + patience:
            return ""
        return f"{self.plan.monitor.name} did not improve for {patience} epochs"

    def check(self, number: int, losses: Weight, weights: Mapping[str, Weight]) -> None:
        """Raise Diverged, with what there was before, unless losses and weights are numbers."""
        wrong = ~np.isfinite(losses).all(axis=1)
        if wrong.any():
            step = int(np.argmax(wrong))
            value = losses[step][~np.isfinite(losses[step])][0]
            told = f"the loss is {value} since step {step + 1} of epoch {number}, "
            told += f"after {_told(losses[:step], self.history)}"
        else:
            bad = next((path for path, w in weights.items() if not np.isfinite(w).all()), None)
            if bad is None:
                return
            told = f"the weight {bad} is no finite number after the last step of epoch {number}, "
            told += f"whose loss was {losses[-1][0]:.4g}"
        kept = f" {self.path} holds epoch {number - 1}." if self.path and number > 1 else ""
        error = Diverged(
            f"{told}. Try a smaller step size, clip_norm=1, or inputs scaled to about unit variance.{kept}"
        )
        self.stopped = "it diverged"
        error.run = self.result()
        raise error

    def result(self) -> Run:
        """Return what there is now."""
        return Run(
            self.plan.model,
            self.best_weights,
            self.history,
            self.best,
            self.stopped,
            self.engine.name,
            self.evaluation,
        )

    # -- on disk --

    @cached_property
    def fingerprint(self) -> str:
        """A text that differs between runs that a checkpoint must not mix up.

        How many epochs there are and how much patience may change: a run then goes on for longer.
        """
        plan = self.plan
        told = (repr(plan.model), plan.batch, plan.seed, plan.limits, self.engine.name, plan.monitor)
        augment = getattr(plan.augment, "__qualname__", type(plan.augment).__name__)
        dev = {} if plan.dev is None else plan.dev.columns
        measures = self.evaluation.measures
        return digest_of(self.problem, told, augment, measures, self.start, plan.data.columns, dev)

    def save(self) -> None:
        """Write a checkpoint, where one is asked for."""
        if self.path is None:
            return
        arrays = {f"weights.{path}": np.asarray(w) for path, w in self.carry.weights.items()}
        if self.plan.monitor is not None:
            arrays |= {f"best.{path}": w for path, w in self.best_weights.items()}
        for i, state in enumerate(self.carry.states):
            arrays |= {f"state.{i}.{j}": np.asarray(part) for j, part in enumerate(state)}
        about = {
            "run": self.fingerprint,
            "history": self.history.rows,
            "best": self.best,
            "stopped": self.stopped,
        }
        save(self.path, arrays, about)

    def load(self, resume: bool) -> None:
        """Go on from a checkpoint, if there is one."""
        if self.path is None:
            return
        sweep(self.path)
        saved = load(self.path) if resume else None
        if saved is None:
            return
        if saved.about.get("run") != self.fingerprint:
            raise CheckpointError(
                f"{self.path}: this checkpoint is of another run: its model, loss, data, optimizer, seed, "
                "batch, first weights or backend differ. Name another file, or pass resume=False to start "
                "anew and replace it"
            )
        arrays, about = saved
        weights = {path: arrays[f"weights.{path}"] for path in self.problem.symbols}
        states = [
            [arrays[f"state.{i}.{j}"] for j in range(len(update.start))]
            for i, update in enumerate(self.problem.updates)
        ]
        self.carry = self.engine.carry(weights, states)
        self.history, self.best, self.stopped = rows_of(about["history"]), about["best"], about["stopped"]
        watched = self.plan.monitor is not None
        self.best_weights = {p: arrays[f"best.{p}"] for p in weights} if watched else self.weights()


def asked_for(epochs: int) -> str:
    """Return why a run ended that came to its end."""
    return "1 epoch was asked for" if epochs == 1 else f"{epochs} epochs were asked for"


def starting(model: Module, seed: int, weights: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return weights to start from by path: those that are given, checked, the others drawn from a seed."""
    state, found = model.state(), initialize(model, seed)
    if weights is not None and not isinstance(weights, Mapping):
        raise GraphError(
            f"fit: weights are arrays by name, as in run.weights; found {type(weights).__name__}"
        )
    for path, value in (weights or {}).items():
        try:
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise GraphError(f"fit: the weight {path} is no array of numbers: {value!r}") from None
        if path not in state:
            raise GraphError(f"fit: no weight {path!r}; there are {', '.join(state) or 'none'}")
        if array.shape != state[path]:
            wanted, given = show_shape(state[path]), show_shape(array.shape)
            raise GraphError(f"fit: the weight {path} has shape {wanted}, found {given}")
        if not np.isfinite(array).all():
            raise GraphError(f"fit: the weight {path} to start from holds {array[~np.isfinite(array)][0]}")
        found[path] = array
    return {path: found[path] for path in model.symbols()}


def _augmented(plan: Plan, limits: Mapping[str, int], rng: np.random.Generator) -> dict[str, Weight]:
    """Return the training data as changed for one epoch, checked to be of the same shapes and classes."""
    assert plan.augment is not None
    own = {name: column.copy() for name, column in plan.data.columns.items()}
    changed = plan.augment(own, rng)
    if not isinstance(changed, Mapping):
        raise DataError(f"fit: augment returns the columns that it changes, by name; found {changed!r}")
    data = Data({**own, **changed}, plan.data.classes, f"{plan.data.name}, augmented")
    if data.shapes != plan.data.shapes or len(data) != len(plan.data):
        raise DataError(
            f"{data.name}: {len(data):,} rows of {show_row(data.shapes)}; they were {len(plan.data):,} of "
            f"{show_row(plan.data.shapes)}, and must remain so"
        )
    for key, classes in limits.items():
        check_classes(data.columns[key], classes, data.name, key)
    return dict(data.columns)


def _told(losses: Weight, history: History) -> str:
    """Return in words what the loss was before it diverged."""
    if len(losses):
        return f"{losses[-1][0]:.4g} in the step before"
    if len(history):
        last = history.rows[-1]
        value = next((v for k, v in last.items() if k.endswith("loss")), math.nan)
        return f"{value:.4g} in the epoch before"
    return "no step at all: the first loss is already no number"
