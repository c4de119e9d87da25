"""Softmax regression on digits, with a penalty on its weights."""

from __future__ import annotations

from pathlib import Path

from tripos import nets
from tripos.nets.train import Data, Recipe, load

SYSTEM = "softmax regression"
DATA = "digits"
PROMISED = {"test accuracy": (">=", 0.94)}


def recipe(data: Data) -> Recipe:
    """Return the logits of softmax regression, down their cross-entropy."""
    model = nets.Linear(data.shapes["x"][0], data.classes)
    settings = {"l2": 1e-4}
    return Recipe(model, nets.CrossEntropyLoss(), nets.Adam(lr=1e-2), epochs=60, settings=settings)


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return the accuracy on test digits."""
    data = load("digits")
    run = recipe(data.train).fit(data.train, data.dev, seed=seed)
    if pictures:
        run.history.plot(pictures / "softmax-regression.svg")
    return {"test accuracy": run.evaluate(data.test)["accuracy"]}
