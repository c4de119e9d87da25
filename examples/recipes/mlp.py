"""A multi-layer perceptron with dropout reads digits."""

from __future__ import annotations

from pathlib import Path

from tripos import nets
from tripos.nets.train import Data, Recipe, load

SYSTEM = "MLP with dropout"
DATA = "digits"
PROMISED = {"test accuracy": (">=", 0.97)}
EPOCHS = 80


def recipe(data: Data) -> Recipe:
    """Return two hidden layers of 128 with dropout."""
    model = nets.Sequential(
        nets.Linear(data.shapes["x"][0], 128),
        nets.ReLU(),
        nets.Dropout(0.2),
        nets.Linear(128, 128),
        nets.ReLU(),
        nets.Dropout(0.2),
        nets.Linear(128, data.classes),
    )
    steps = EPOCHS * (len(data) // 32)
    optimizer = nets.AdamW(lr=lambda t: nets.cosine_annealing_lr(3e-3, t, steps), weight_decay=1e-2)
    return Recipe(model, nets.CrossEntropyLoss(), optimizer, epochs=EPOCHS, batch_size=32)


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return the accuracy on test digits."""
    data = load("digits")
    run = recipe(data.train).fit(data.train, data.dev, seed=seed, monitor="dev accuracy")
    if pictures:
        run.history.plot(pictures / "mlp.svg")
    return {"test accuracy": run.evaluate(data.test)["accuracy"]}
