"""A convolutional auto-encoder reconstructs digits better than as many principal components do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from _pictures import grid
from sklearn.decomposition import PCA

from tripos import nets
from tripos.nets.train import Data, Recipe, load

SYSTEM = "convolutional auto-encoder, code 4×2×2"
DATA = "digits"
PROMISED = {"test error over that of 16 components": ("<=", 0.85)}
EPOCHS = 100


def recipe(data: Data) -> Recipe:
    """Return strided convolutions to a code of 4 maps of 2×2, and transposed ones back."""
    model = nets.AutoEncoder(
        nets.Sequential(
            nets.Conv2d(1, 16, 3, padding=1, stride=2),
            nets.ReLU(),
            nets.Conv2d(16, 32, 3, padding=1, stride=2),
            nets.ReLU(),
            nets.Conv2d(32, 4, 1),
        ),
        nets.Sequential(
            nets.Conv2d(4, 32, 1),
            nets.ReLU(),
            nets.ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            nets.ReLU(),
            nets.ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        ),
    )
    steps = EPOCHS * (len(data) // 32)
    optimizer = nets.Adam(lr=lambda t: nets.cosine_annealing_lr(3e-3, t, steps))
    return Recipe(model, nets.MSELoss(), optimizer, epochs=EPOCHS, batch_size=32)


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return the error on test digits, as a multiple of that of principal components."""
    data = load("digit-images")
    x, test = data.train.columns["x"], data.test.columns["x"]
    rows = Data({"x": x, "t": x})
    run = recipe(rows).fit(rows, seed=seed)
    pca = PCA(16).fit(x.reshape(len(x), -1))
    flat = test.reshape(len(test), -1)
    least = np.mean((pca.inverse_transform(pca.transform(flat)) - flat) ** 2)
    restored = run.predict(test).reshape(flat.shape)
    if pictures:
        grid(np.concatenate([flat[:20], restored[:20]]), pictures / "convolutional.png", columns=20)
    return {"test error over that of 16 components": float(np.mean((restored - flat) ** 2) / least)}
