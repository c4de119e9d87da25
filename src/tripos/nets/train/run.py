"""What a run is: what decides it, what is seen of it on the way, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..module import Module
from .checkpoint import save
from .data import Data
from .evaluation import Evaluation, Predict
from .history import History, Row
from .problem import Limits, Player

Weight = NDArray[np.float64]
Augment = Callable[[dict[str, Weight], np.random.Generator], Mapping[str, Any]]
"""Changes the columns of the training data before an epoch, from a generator."""


class Diverged(RuntimeError):
    """Training whose loss is no longer a number; ``run`` is what there was after the last good epoch."""

    run: Run


class Moment(NamedTuple):
    """What a callback is shown after an epoch: its row of the history, and the weights by path."""

    epoch: int
    row: Row
    weights: dict[str, Weight]


Callback = Callable[[Moment], Any]
"""Called after each epoch; returning True ends the training."""


class Monitor(NamedTuple):
    """What chooses the best epoch: a column of the history, and whether its highest value is the best."""

    name: str
    highest: bool


@dataclass
class Run:
    """A trained model: its weights, and how it came to them.

    ``weights`` are those of the best epoch where there is dev data, else those of the last; ``best`` is the
    number of that epoch, and ``stopped`` says why the training ended.
    """

    model: Module
    weights: dict[str, Weight] = field(repr=False)
    history: History = field(repr=False)
    best: int
    stopped: str
    backend: str
    _evaluation: Evaluation = field(repr=False)

    def predict(self, *inputs: Any) -> Weight:
        """Return the outputs of the model for rows of inputs, dropout off and batch norm as learnt."""
        return self._evaluation.predict(self.weights, inputs)

    def apply(self, build: Predict, *inputs: Any) -> Weight:
        """Return what any graph of the weights gives for rows of inputs.

        ``run.apply(lambda w, z: model.decode(z, weights=w), z)`` shows what a VAE makes of latents.
        """
        return self._evaluation.apply(build, self.weights, inputs)

    def evaluate(self, data: Data) -> Row:
        """Return the loss on data, of each player, and every metric; penalties are not part of it."""
        return self._evaluation.measure(self.weights, data)

    def save(self, path: str | Path) -> None:
        """Write the weights as safetensors, under PyTorch's names; ``load_weights`` reads them."""
        save(Path(path), self.weights, {"model": repr(self.model)})


@dataclass(frozen=True)
class Plan:
    """Everything that decides what a run does; the same plan gives the same run."""

    model: Module
    players: tuple[Player, ...]
    data: Data
    dev: Data | None
    batch: int
    seed: int
    limits: Limits
    augment: Augment | None = None
    monitor: Monitor | None = None
    patience: int | None = None
