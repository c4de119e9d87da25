"""``fit``: a model, a loss, data and an optimizer to a trained model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...graph import GraphError
from ..loss import BCELoss, BCEWithLogitsLoss
from ..module import Module
from ..optim.first_order import Adam
from ..optim.optimizer import Optimizer
from .data import Data, DataError, check_classes, show_row
from .engine import engine_of
from .evaluation import Evaluation, Metric, Predict, metrics_of
from .loop import Training
from .problem import Limits, Loss, Player, Problem, build, positions
from .progress import Progress
from .run import Augment, Callback, Monitor, Plan, Run

LOWEST = ("loss", "error", "mse", "mae")
"""Measures whose lowest value is the best."""


def fit(
    model: Module,
    loss: Loss | Sequence[Player],
    data: Data,
    optimizer: Optimizer | None = None,
    *,
    dev: Data | None = None,
    epochs: int = 20,
    batch_size: int = 32,
    seed: int = 0,
    weights: Mapping[str, Any] | None = None,
    metrics: Sequence[str] | Mapping[str, Metric] | None = None,
    predict: Predict | None = None,
    monitor: str | None = None,
    patience: int | None = None,
    l1: float = 0,
    l2: float = 0,
    clip_norm: float = 0,
    clip_value: float = 0,
    augment: Augment | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoint: str | Path | None = None,
    resume: bool = True,
    backend: str = "auto",
    progress: bool | None = None,
) -> Run:
    """Train a model on data and return it.

    ``loss`` compares an output with a target, as ``CrossEntropyLoss()`` does: then the last column of the
    data is the target.  Or it is a function of the model's weights and a row, such as
    ``lambda w, x: vae.loss(x, weights=w)``; symbols in it that are neither are noise, drawn anew for every
    example.  Or it is a list of ``Player``, each with a loss, an optimizer and weights of its own.  A loss
    is that of one example; of a model with ``whole_batches``, such as batch norm, it is that of a batch,
    whose rows come together.

    An epoch takes the rows in an order drawn from ``seed``, in batches of ``batch_size``; what does not fill
    the last batch waits for another epoch.  The optimizer is Adam unless given; a step size that depends on
    the step is a function, ``SGD(lr=lambda t: cosine_annealing_lr(0.1, t, 1000))``.  ``l1`` and ``l2`` add
    λ₁ Σ|w| + λ₂/2 Σw² to the loss, ``AdamW`` decays apart from it.  ``clip_norm`` limits the norm of all
    gradients together, ``clip_value`` each entry.

    With ``dev`` data the measure called ``monitor`` ("dev loss" unless told otherwise) chooses the best
    epoch, whose weights are returned; training ends when it has not improved for ``patience`` epochs.  Of
    losses and errors the lowest is best, of other measures the highest, unless "lowest dev perplexity" says
    so.  ``metrics`` are names or functions of outputs and targets; a classifier's accuracy is measured
    unasked.

    ``augment`` gets the columns and a generator before each epoch and returns those that it changes.  A
    callback gets a ``Moment`` after each epoch, and ends the training by returning True.

    ``checkpoint`` is a file that is written after every epoch; a run that was killed goes on from there to
    the same result.  ``backend`` is "jax", "numpy", or "auto": JAX where it is installed.

    Raises GraphError for models and losses that make no sense, DataError for data that cannot be trained on,
    CheckpointError for files, and Diverged where the loss becomes infinite or undefined.
    """
    limits = Limits(l1, l2, clip_norm, clip_value)
    check_data(model, data, dev)
    check_seed(seed)
    players = players_of(loss, optimizer)
    check_counts(data, batch_size=batch_size, epochs=epochs, patience=patience)
    plan = Plan(model, players, data, dev, int(batch_size), int(seed), limits, augment, patience=patience)
    problem = build(model, players, data.shapes, plan.batch, limits)
    engine = engine_of(problem, backend)
    chosen = metrics_of(players[0].loss, metrics)
    evaluation = Evaluation(model, players, data.shapes, engine, chosen, predict, plan.seed)
    check_targets(problem, players, data, dev)
    if not isinstance(callbacks, Sequence) or not all(map(callable, callbacks)):
        raise GraphError(f"fit: callbacks is a list of functions of a Moment, found {callbacks!r}")
    if patience is not None and dev is None:
        raise DataError("fit: patience needs dev data to measure on: train, dev = data.split(0.8, 0.2)")
    plan = replace(plan, monitor=monitor_of(monitor, dev, evaluation.measures))
    trained = Training(plan, problem, engine, evaluation, checkpoint, weights)
    trained.load(resume)
    with Progress(epochs, len(trained.history), progress) as bar:
        trained.run(epochs, callbacks, bar)
    return trained.result()


def players_of(loss: Loss | Sequence[Player], optimizer: Optimizer | None) -> tuple[Player, ...]:
    """Return who learns: one player for a loss of its own, or those that are given."""
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise GraphError(f"fit: expected an optimizer such as Adam(lr=0.01), found {optimizer!r}")
    if not isinstance(loss, Sequence):
        if not callable(loss):
            raise GraphError(
                f"fit: expected a loss such as CrossEntropyLoss(), or a function, found {loss!r}"
            )
        return (Player(loss, Adam() if optimizer is None else optimizer),)
    if optimizer is not None:
        raise GraphError("fit: each player has an optimizer of its own; leave out the other one")
    if not loss or not all(isinstance(p, Player) for p in loss):
        raise GraphError("fit: loss is a function, or a list of Player(loss, optimizer, weights)")
    return tuple(loss)


def check_data(model: Module, data: Data, dev: Data | None) -> None:
    """Raise an error unless there are a model, and rows of the same kind."""
    if not isinstance(model, Module):
        raise GraphError(f"fit: expected a model such as MLP([64, 100, 10]), found {model!r}")
    for given in (data,) if dev is None else (data, dev):
        if not isinstance(given, Data):
            raise DataError(f'fit: expected Data({{"x": rows, "t": targets}}), found {type(given).__name__}')
    if dev is not None and dev.shapes != data.shapes:
        told = f"dev rows are {show_row(dev.shapes)}; training rows are {show_row(data.shapes)}"
        raise DataError(f"{dev.name}: {told}")


def check_counts(data: Data, **counts: int | None) -> None:
    """Raise an error unless counts are whole numbers, and a batch is not more than there is."""
    for name, value in counts.items():
        if value is not None and not (_whole(value) and value >= 1):
            raise GraphError(f"fit: {name} must be a whole number of 1 or more, found {value!r}")
    batch = counts.get("batch_size")
    if batch is not None and len(data) < batch:
        raise DataError(
            f"{data.name}: {len(data):,} rows are fewer than a batch of {batch:,}; "
            f"take batch_size={len(data)}"
        )


def check_seed(seed: int) -> None:
    """Raise GraphError unless a seed is a whole number of 0 or more."""
    if not (_whole(seed) and seed >= 0):
        raise GraphError(f"fit: the seed is a whole number of 0 or more, found {seed!r}")


def _whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def check_targets(problem: Problem, players: Sequence[Player], data: Data, dev: Data | None) -> None:
    """Raise DataError for classes and ids that there are not, and for bits that are not between 0 and 1."""
    limits = positions(problem)
    for rows in (data, *([] if dev is None else [dev])):
        for key, classes in limits.items():
            check_classes(rows.columns[key], classes, rows.name, key)
        if isinstance(players[0].loss, (BCELoss, BCEWithLogitsLoss)):
            key, column = list(rows.columns.items())[-1]
            wrong = (column < 0) | (column > 1)
            if np.any(wrong):
                row = int(np.argmax(wrong.reshape(len(column), -1).any(axis=1)))
                raise DataError(
                    f"{rows.name}: row {row} of {key} holds {column[wrong][0]:g}; targets of binary "
                    "cross-entropy lie between 0 and 1: write −1 and +1 as 0 and 1"
                )


def monitor_of(told: str | None, dev: Data | None, measures: Sequence[str]) -> Monitor | None:
    """Return what chooses the best epoch, None where there is nothing to measure it on."""
    if dev is None:
        if told is not None:
            raise GraphError(f"fit: {told!r} is measured on dev data: give dev=")
        return None
    names = [f"dev {name}" for name in measures]
    name = names[0] if told is None else told
    way, _, rest = name.partition(" ")
    way, name = (way, rest) if way in ("lowest", "highest") else ("", name)
    if name not in names:
        raise GraphError(f"fit: nothing is measured as {name!r}; there are {', '.join(names)}")
    lowest = "loss" in name.split() or name.endswith(LOWEST)
    return Monitor(name, way == "highest" if way else not lowest)
