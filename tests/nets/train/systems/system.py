"""What a system that learns is, and how it is said what it has learnt: as the share of an error that is left.

All shares are of the error of the best constant answer, so that 1 is to have learnt nothing and 0 everything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tripos import nets
from tripos.graph.conventions import declared
from tripos.nets.train import Data, Run, fit

Left = Callable[[Run], float]
ADAM = nets.Adam(lr=0.01)


@dataclass(frozen=True)
class System:
    """A model with its loss and data; after training at most the share ``most`` of an error is left."""

    model: nets.Module
    loss: Any
    data: Data
    left: Left
    most: float
    optimizer: Any = ADAM
    epochs: int = 20
    settings: Mapping[str, Any] = field(default_factory=dict)
    conventions: Mapping[str, str] = field(default_factory=dict)

    def trained(self, backend: str) -> tuple[Run, float]:
        """Train; return the run, and the share of the error that is left."""
        with declared(self.conventions):
            run = fit(
                self.model,
                self.loss,
                self.data,
                self.optimizer,
                epochs=self.epochs,
                backend=backend,
                progress=False,
                **self.settings,
            )
            return run, self.left(run)


def wrong(test: Data, above: float = 0) -> Left:
    """Of classes: how many rows are wrong, over how many are if all are said to be of the commonest class.

    Of two classes, a single output ``above`` a number says the second.
    """

    def left(run: Run) -> float:
        t = list(test.columns.values())[-1]
        commonest = np.bincount(t.ravel().astype(int)).max() / t.size
        outputs = run.predict(*list(test.columns.values())[:-1])
        single = outputs.size == t.size
        said = outputs.reshape(t.shape) > above if single else outputs.argmax(axis=-1)
        return float(np.mean(said != t) / (1 - commonest))

    return left


def squared(test: Data) -> Left:
    """Of numbers: the squared error, over that of their mean."""

    def left(run: Run) -> float:
        t = list(test.columns.values())[-1]
        outputs = run.predict(*list(test.columns.values())[:-1]).reshape(t.shape)
        return float(np.mean((outputs - t) ** 2) / np.mean((t - t.mean(axis=0)) ** 2))

    return left


def rebuilt(x: Any) -> Left:
    """Of reconstructions: the squared error, over that of the mean row."""
    return squared(Data({"x": x, "t": x}))


def nats(x: Any, build: Callable[..., Any], true: float, constant: float) -> Left:
    """Of densities: by how much log p is below the true one on average, over how much a plain fit is."""

    def left(run: Run) -> float:
        return float((true - np.mean(run.apply(build, x))) / (true - constant))

    return left


def weights_found(expected: Mapping[str, Any]) -> Left:
    """Of maps that are known: the squared distance of the weights from the right ones, over that from 0."""

    def left(run: Run) -> float:
        far = sum(np.sum((run.weights[path] - w) ** 2) for path, w in expected.items())
        return float(far / sum(np.sum(np.square(w)) for w in expected.values()))

    return left
