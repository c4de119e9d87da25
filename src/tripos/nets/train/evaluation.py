"""A trained model applied: outputs, losses and metrics, with dropout off and batch norm as learnt."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...graph import GraphError, Node
from ...graph.node import Shape, show_shape
from ..loss import BCEWithLogitsLoss, CrossEntropyLoss, _Loss
from ..module import Module
from ..normalisation import BatchNorm
from .data import Data, DataError, show_row
from .engine import Engine, drawn
from .problem import Loss, Noise, Player, loss_names, noise_of, objective, symbol_of, whole_batches

Weight = NDArray[np.float64]
Metric = Callable[[Weight, Weight], float]
"""Measures outputs against targets, both with a row for each example."""
Predict = Callable[..., Node]
"""Builds the output of a model from its weights and the inputs of a row."""

Evaluator = tuple[Sequence[Node], Callable[..., Any]]
"""Nodes, and the function that an engine has made of them."""

ROWS = 1024
"""How many rows go through a model at once."""


def accuracy(outputs: Weight, targets: Weight) -> float:
    """Return the share of outputs that name the right class.

    Logits of classes stand along the last axis, targets are classes or one-hot; single logits are of bits.
    """
    single = outputs.shape == (*targets.shape, 1) or outputs.ndim == 1 or outputs.shape[-1] == 1
    if single:
        return bits_right(outputs, targets)
    classes = targets if targets.ndim < outputs.ndim else targets.argmax(axis=-1)
    return float(np.mean(outputs.argmax(axis=-1) == classes))


def bits_right(outputs: Weight, targets: Weight) -> float:
    """Return the share of logits whose sign is that of their bit."""
    return float(np.mean((outputs.reshape(targets.shape) > 0) == (targets > 0.5)))


def mean_squared_error(outputs: Weight, targets: Weight) -> float:
    """Return the mean of squared differences over all entries."""
    return float(np.mean((outputs.reshape(targets.shape) - targets) ** 2))


def mean_absolute_error(outputs: Weight, targets: Weight) -> float:
    """Return the mean of absolute differences over all entries."""
    return float(np.mean(np.abs(outputs.reshape(targets.shape) - targets)))


METRICS: Mapping[str, Metric] = {
    "accuracy": accuracy,
    "mse": mean_squared_error,
    "mae": mean_absolute_error,
}


def metrics_of(loss: Loss, metrics: Sequence[str] | Mapping[str, Metric] | None) -> dict[str, Metric]:
    """Return metrics by name; unless told otherwise a classifier's accuracy."""
    if isinstance(metrics, Mapping):
        return dict(metrics)
    if metrics is None:
        metrics = ["accuracy"] if isinstance(loss, (CrossEntropyLoss, BCEWithLogitsLoss)) else []
    if isinstance(metrics, str):
        metrics = [metrics]
    for name in metrics:
        if name not in METRICS:
            raise GraphError(f"fit: no metric {name!r}; there are {', '.join(METRICS)}, or give a function")
    found = {name: METRICS[name] for name in metrics}
    if "accuracy" in found and isinstance(loss, BCEWithLogitsLoss):
        found["accuracy"] = bits_right
    return found


class Evaluation:
    """Measures a model in the engine that trains it.

    A model is built for one example; one with batch norm is built for a batch, here of one example.  Where
    a loss is about several examples, as a mean over them is, rows are measured together.
    """

    def __init__(
        self,
        model: Module,
        players: Sequence[Player],
        shapes: Mapping[str, Shape],
        engine: Engine,
        metrics: Mapping[str, Metric],
        predict: Predict | None,
        seed: int,
    ):
        if any(isinstance(m, BatchNorm) and not m.track_running_stats for _, m in model.modules()):
            raise GraphError(
                "fit: a batch norm with track_running_stats=False has nothing to measure single examples "
                "with; leave it True"
            )
        self.metrics, self.seed, self.engine = metrics, seed, engine
        self.model, self.players, self.shapes = model, players, dict(shapes)
        self.symbols = model.symbols()
        self.lead: tuple[int, ...] = (1,) if whole_batches(model) else ()
        self.rows = [symbol_of(name, (*self.lead, *shape)) for name, shape in shapes.items()]
        bound = self.bound = model.bound(self.symbols)
        costs = self._losses(self.rows)
        self._of_batches: dict[int, tuple[Evaluator, tuple[Noise, ...]]] = {}
        self.losses = loss_names(players)
        if predict is None and isinstance(players[0].loss, _Loss):
            predict = _applied(model)
        self.inputs = _count(predict, len(self.rows))
        output = predict(bound, *self.rows[: self.inputs]) if predict else None
        if metrics and output is None:
            raise GraphError("fit: metrics measure outputs: say what these are, predict=lambda w, x: ...")
        known = [*self.symbols.values(), *self.rows]
        self.noise = noise_of(costs, known, {})
        self._costs = costs, engine.evaluator(costs, [*known, *(one.symbol for one in self.noise)])
        self._output: Evaluator | None = None
        if output is not None:
            needed = [*self.symbols.values(), *self.rows[: self.inputs]]
            self.own_noise = noise_of([output], needed, {})
            self._output = (
                [output],
                engine.evaluator([output], [*needed, *(one.symbol for one in self.own_noise)]),
            )

    @property
    def measures(self) -> list[str]:
        """What ``measure`` returns, by name."""
        return [*self.losses, *self.metrics]

    def predict(self, weights: Mapping[str, Any], inputs: Sequence[Any]) -> Weight:
        """Return the outputs for rows of inputs."""
        if self._output is None:
            raise GraphError("predict: what the output is was not said: fit(..., predict=lambda w, x: ...)")
        if len(inputs) != self.inputs:
            raise DataError(f"predict: expected {self.inputs} columns of inputs, found {len(inputs)}")
        names = [str(row.name) for row in self.rows[: self.inputs]]
        data = Data(dict(zip(names, inputs, strict=True)), name="predict")
        for row, (name, shape) in zip(self.rows, data.shapes.items(), strict=False):
            wanted = row.shape[len(self.lead) :]
            if shape != wanted:
                raise DataError(
                    f"predict: rows of {name} have shape {show_shape(shape)}, the model takes "
                    f"{show_shape(wanted)}"
                )
        (found,) = self._run(self._output, self.own_noise, weights, data)
        return found[:, 0] if self.lead else found

    def apply(self, build: Predict, weights: Mapping[str, Any], inputs: Sequence[Any]) -> Weight:
        """Return what a graph of the weights and of a row gives for rows of inputs."""
        data = Data({f"input {i}": rows for i, rows in enumerate(inputs, 1)}, name="apply")
        rows = [symbol_of(name, (*self.lead, *shape)) for name, shape in data.shapes.items()]
        output = build(self.bound, *rows)
        known = [*self.symbols.values(), *rows]
        noise = noise_of([output], known, {})
        function = self.engine.evaluator([output], [*known, *(one.symbol for one in noise)])
        (found,) = self._run(([output], function), noise, weights, data)
        return found[:, 0] if self.lead else found

    def measure(self, weights: Mapping[str, Any], data: Data) -> dict[str, float]:
        """Return the mean of each loss over data, and every metric; noise is the same in every call."""
        wanted = {str(row.name): row.shape[len(self.lead) :] for row in self.rows}
        if data.shapes != wanted:
            told = f"rows are {show_row(data.shapes)}; the model was trained on {show_row(wanted)}"
            raise DataError(f"{data.name}: {told}")
        joined = any(m.whole_batches and not isinstance(m, BatchNorm) for _, m in self.model.modules())
        run = self._together if joined else self._apart
        found = dict(zip(self.losses, run(weights, data), strict=True))
        if self.metrics:
            columns = list(data.columns.values())
            outputs = self.predict(weights, columns[: self.inputs])
            found |= {name: _number(name, f(outputs, columns[-1])) for name, f in self.metrics.items()}
        return found

    def _losses(self, rows: Sequence[Node]) -> list[Node]:
        return [objective(self.model, player.loss)(self.bound, *rows) for player in self.players]

    def _apart(self, weights: Mapping[str, Any], data: Data) -> list[float]:
        """Return the mean of each loss over rows that have nothing to do with each other."""
        return [float(np.mean(cost)) for cost in self._run(self._costs, self.noise, weights, data)]

    def _together(self, weights: Mapping[str, Any], data: Data) -> list[float]:
        """Return each loss of all rows as one batch, of more than ROWS the mean over such batches."""
        given, rng = [weights[path] for path in self.symbols], np.random.default_rng([self.seed, 0])
        found, sizes = [], []
        for start in range(0, len(data), ROWS):
            columns = [column[start : start + ROWS] for column in data.columns.values()]
            sizes.append(n := len(columns[0]))
            if n not in self._of_batches:
                rows = [symbol_of(name, (n, *shape)) for name, shape in self.shapes.items()]
                costs, known = self._losses(rows), [*self.symbols.values(), *rows]
                noise = noise_of(costs, known, {})
                run = self.engine.evaluator(costs, [*known, *(one.symbol for one in noise)])
                self._of_batches[n] = (costs, run), noise
            (_, function), noise = self._of_batches[n]
            found.append([float(v) for v in function(*given, *columns, *drawn(noise, (), rng))])
        return [float(v) for v in np.average(found, axis=0, weights=sizes)]

    def _run(
        self, known: Evaluator, noise: Sequence[Noise], weights: Mapping[str, Any], data: Data
    ) -> list[Weight]:
        """Return the values of some nodes for all rows."""
        nodes, function = known
        rng = np.random.default_rng([self.seed, 0])
        given = [weights[path] for path in self.symbols]
        found = []
        for start in range(0, len(data), ROWS):
            columns = [column[start : start + ROWS] for column in data.columns.values()]
            n = len(columns[0])
            columns = [column.reshape((n, *self.lead, *column.shape[1:])) for column in columns]
            values = function(*given, *columns, *drawn(noise, (n,), rng))
            found.append([_for_each(node, value, n) for node, value in zip(nodes, values, strict=True)])
        return [np.concatenate(parts) for parts in zip(*found, strict=True)]


def _number(name: str, value: Any) -> float:
    """Return what a metric gives, or raise GraphError where it is no number."""
    if np.ndim(value) or not isinstance(value, (float, int, np.number, np.ndarray)):
        raise GraphError(f"fit: the metric {name!r} must return a number, found {value!r}")
    return float(value)


def _for_each(node: Node, value: Any, n: int) -> Weight:
    """Return the value of a node with a row for each example, even if it depends on none."""
    found = np.asarray(value, dtype=np.float64)
    return found if found.ndim > node.ndim else np.broadcast_to(found, (n, *found.shape))


def _applied(model: Module) -> Predict:
    return lambda w, *inputs: model(*inputs, weights=w)


def _count(predict: Predict | None, columns: int) -> int:
    """Return how many columns the outputs depend on: all but the target, or as many as are named."""
    if predict is None:
        return columns
    try:
        parameters = inspect.signature(predict).parameters.values()
    except (TypeError, ValueError):
        return columns - 1
    if any(one.kind is one.VAR_POSITIONAL for one in parameters):
        return columns - 1
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    named = [one for one in parameters if one.kind in plain and one.default is one.empty]
    return min(len(named) - 1, columns)
