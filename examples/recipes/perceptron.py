"""The perceptron tells benign from malignant tumours; its loss is that of Rosenblatt's rule."""

from __future__ import annotations

from pathlib import Path

from tripos import nets
from tripos.graph import relu
from tripos.nets.train import Data, Recipe, load

SYSTEM = "perceptron"
DATA = "breast cancer"
PROMISED = {"test accuracy": (">=", 0.93)}


def recipe(data: Data) -> Recipe:
    """Return a linear unit down max(0, −y s), whose step for one example is the perceptron's."""
    model = nets.Linear(data.shapes["x"][0], 1)
    return Recipe(
        model,
        lambda w, x, t: relu(-(2 * t - 1) * model(x, weights=w)[0]),
        nets.SGD(lr=0.1),
        epochs=40,
        batch_size=1,
        settings={"predict": lambda w, x: model(x, weights=w), "metrics": ["accuracy"]},
    )


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return the accuracy on test rows, with the weights that were best on dev rows."""
    data = load("breast-cancer")
    run = recipe(data.train).fit(data.train, data.dev, seed=seed, monitor="dev accuracy")
    return {"test accuracy": run.evaluate(data.test)["accuracy"]}
