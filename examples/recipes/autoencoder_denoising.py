"""A denoising auto-encoder removes noise from digits that it has never seen (Vincent et al., 2008)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from _pictures import grid

from tripos import nets
from tripos.nets.train import Data, Recipe, load

SYSTEM = "denoising auto-encoder"
DATA = "digits, noise of deviation 0.3"
PROMISED = {"squared error over that of the noise": ("<=", 0.4)}
SIGMA = 0.3


def recipe(data: Data) -> Recipe:
    """Return a denoising auto-encoder; the noise is drawn anew in every epoch."""
    n = data.shapes["x"][0]
    parts = nets.MLP([n, 256, 32], nets.ReLU()), nets.MLP([32, 256, n], nets.ReLU())
    model = nets.DenoisingAutoEncoder(*parts, "normal", SIGMA)
    return Recipe(
        model,
        lambda w, x: model.loss(x, weights=w),
        nets.Adam(lr=1e-3),
        epochs=120,
        batch_size=32,
        settings={"predict": lambda w, x: model(x, weights=w)},
    )


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return what is left of the squared error of noisy test digits."""
    data = load("digits")
    rows = Data({"x": data.train.columns["x"]})
    run = recipe(rows).fit(rows, seed=seed)
    clean = data.test.columns["x"]
    noisy = clean + SIGMA * np.random.default_rng(seed).standard_normal(clean.shape)
    restored = run.predict(noisy)
    if pictures:
        grid(np.concatenate([noisy[:20], restored[:20], clean[:20]]), pictures / "denoised.png", columns=20)
    return {
        "squared error over that of the noise": float(
            np.mean((restored - clean) ** 2) / np.mean((noisy - clean) ** 2)
        )
    }
