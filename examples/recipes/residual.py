"""Fifty layers learn digits where each adds to its input, not where it replaces it (He et al., 2016)."""

from __future__ import annotations

from pathlib import Path

from tripos import nets
from tripos.nets.train import Data, Recipe, load
from tripos.nets.train.history import plot_curves

SYSTEM = "residual MLP of 50 layers, and a plain one"
DATA = "digits"
PROMISED = {"test accuracy": (">=", 0.95), "that of the plain network": ("<=", 0.5)}
WIDTH, LAYERS = 32, 50


def recipe(data: Data, *, residual: bool = True) -> Recipe:
    """Return a network of LAYERS hidden layers, with shortcuts or without."""
    layers = [nets.Sequential(nets.Linear(WIDTH, WIDTH), nets.Sigmoid()) for _ in range(LAYERS)]
    hidden = [nets.Residual(layer) if residual else layer for layer in layers]
    model = nets.Sequential(
        nets.Linear(data.shapes["x"][0], WIDTH),
        *hidden,
        nets.LayerNorm(WIDTH),
        nets.Linear(WIDTH, data.classes),
    )
    settings = {"clip_norm": 1}
    return Recipe(model, nets.CrossEntropyLoss(), nets.Adam(lr=1e-3), 30, batch_size=32, settings=settings)


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return the accuracy of both on test digits."""
    data = load("digits")
    runs = [recipe(data.train, residual=r).fit(data.train, data.dev, seed=seed) for r in (True, False)]
    if pictures:
        named = dict(zip(("residual", "plain"), (run.history for run in runs), strict=True))
        plot_curves(named, pictures / "residual.svg")
    measured = [run.evaluate(data.test)["accuracy"] for run in runs]
    return dict(zip(PROMISED, measured, strict=True))
