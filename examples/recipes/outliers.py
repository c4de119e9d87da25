"""An auto-encoder that has seen no zero among digits finds zeros by its error of reconstruction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from tripos import nets
from tripos.nets.train import Data, Recipe, load

SYSTEM = "outliers by reconstruction"
DATA = "digits without 0, 0 as outlier"
PROMISED = {"ROC-AUC": (">=", 0.93)}
OUTLIER = 0


def recipe(data: Data) -> Recipe:
    """Return an auto-encoder with a small code, trained on its own inputs."""
    n = data.shapes["x"][0]
    model = nets.AutoEncoder(nets.MLP([n, 64, 6], nets.ReLU()), nets.MLP([6, 64, n], nets.ReLU()))
    return Recipe(model, nets.MSELoss(), nets.Adam(lr=2e-3), epochs=100, batch_size=32)


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return how well the error ranks outliers above the other test digits."""
    data = load("digits")
    usual = data.train.columns["x"][data.train.columns["t"] != OUTLIER]
    rows = Data({"x": usual, "t": usual})
    run = recipe(rows).fit(rows, seed=seed)
    x, t = data.test.columns["x"], data.test.columns["t"]
    error = np.mean((run.predict(x) - x) ** 2, axis=1)
    return {"ROC-AUC": float(roc_auc_score(t == OUTLIER, error))}
