"""A convolutional network with batch norm reads digits, shifted a little in training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tripos import nets
from tripos.nets.train import Data, Recipe, load

SYSTEM = "CNN with batch norm, shifted digits"
DATA = "digits, as images"
PROMISED = {"test accuracy": (">=", 0.985)}
EPOCHS = 60


def shifted(columns: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Return images moved by up to one pixel, each in a direction of its own."""
    x = columns["x"]
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, x.shape[2:], axis=(2, 3))
    down, right = rng.integers(0, 3, (2, len(x)))
    return {"x": windows[np.arange(len(x)), :, down, right]}


def recipe(data: Data) -> Recipe:
    """Return three convolutions, the first with batch norm, and a readout after dropout."""
    model = nets.Sequential(
        nets.Conv2d(1, 32, 3, padding=1),
        nets.BatchNorm2d(32),
        nets.ReLU(),
        nets.Conv2d(32, 32, 3, padding=1),
        nets.ReLU(),
        nets.MaxPool2d(2),
        nets.Conv2d(32, 64, 3, padding=1),
        nets.ReLU(),
        nets.MaxPool2d(2),
        nets.Flatten(1),
        nets.Dropout(0.3),
        nets.Linear(256, data.classes),
    )
    steps = EPOCHS * (len(data) // 64)
    optimizer = nets.AdamW(lr=lambda t: nets.cosine_annealing_lr(3e-3, t, steps), weight_decay=1e-2)
    loss = nets.CrossEntropyLoss(label_smoothing=0.05)
    return Recipe(model, loss, optimizer, EPOCHS, batch_size=64, settings={"augment": shifted})


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return the accuracy on test digits."""
    data = load("digit-images")
    run = recipe(data.train).fit(data.train, seed=seed)
    return {"test accuracy": run.evaluate(data.test)["accuracy"]}
