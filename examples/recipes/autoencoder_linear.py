"""A linear auto-encoder finds the space of the principal components (Baldi and Hornik, 1989)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA

from tripos import nets
from tripos.nets.train import Data, Recipe, load

SYSTEM = "linear auto-encoder, code of 8"
DATA = "digits"
PROMISED = {"squared error over that of PCA": ("<=", 1.01)}


def recipe(data: Data) -> Recipe:
    """Return a linear auto-encoder that is trained on its own inputs."""
    n = data.shapes["x"][0]
    model = nets.AutoEncoder(nets.Linear(n, 8), nets.Linear(8, n))
    steps = 200 * (len(data) // 64)
    optimizer = nets.Adam(lr=lambda t: nets.cosine_annealing_lr(1e-2, t, steps))
    return Recipe(model, nets.MSELoss(), optimizer, epochs=200, batch_size=64)


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return the error of reconstruction, as a multiple of the least that is possible."""
    x = load("digits").train.columns["x"]
    rows = Data({"x": x, "t": x})
    run = recipe(rows).fit(rows, seed=seed)
    pca = PCA(8).fit(x)
    least = np.mean((pca.inverse_transform(pca.transform(x)) - x) ** 2)
    return {"squared error over that of PCA": float(np.mean((run.predict(x) - x) ** 2) / least)}
