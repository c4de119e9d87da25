"""A variational auto-encoder of binary digits: a bound on their likelihood, samples, a map of its latents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from _pictures import grid, scatter

from tripos import nets
from tripos.graph import sigmoid
from tripos.nets.train import Data, Recipe, Run, load

SYSTEM = "variational auto-encoder"
DATA = "digits, black and white"
PROMISED = {"ELBO of a test digit, nats, 8 latents": (">=", -19.5), "the same, 2 latents": (">=", -21.5)}


def recipe(data: Data, latents: int = 8) -> Recipe:
    """Return a VAE with one hidden layer on either side."""
    n = data.shapes["x"][0]
    model = nets.VAE(
        nets.MLP([n, 128, 2 * latents], nets.Tanh()), nets.MLP([latents, 128, n], nets.Tanh()), "bernoulli"
    )
    return Recipe(
        model,
        lambda w, x: model.loss(x, weights=w),
        nets.Adam(lr=1e-3),
        epochs=150,
        batch_size=32,
        settings={"predict": lambda w, x: model.posterior(x, weights=w)[0]},
    )


def binary(data: Data) -> Data:
    """Return digits whose pixels are 0 or 1."""
    return Data({"x": (data.columns["x"] > 0.5).astype(float)})


def samples(run: Run, z: np.ndarray) -> np.ndarray:
    """Return the probabilities of pixels for rows of latents."""
    return run.apply(lambda w, z: sigmoid(run.model.decode(z, weights=w)), z)


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return the bound on test digits, each with 20 samples of its latents."""
    data = load("digits")
    train, dev, test = (binary(part) for part in data)
    often = Data({"x": np.tile(test.columns["x"], (20, 1))})
    found = {}
    for latents, name in zip((8, 2), PROMISED, strict=True):
        run = recipe(train, latents).fit(train, dev, seed=seed)
        found[name] = -run.evaluate(often)["loss"]
        if pictures:
            z = np.random.default_rng(seed).standard_normal((100, latents))
            grid(samples(run, z), pictures / f"vae-samples-{latents}.png")
        if pictures and latents == 2:
            t = np.concatenate([data.train.columns["t"], data.test.columns["t"]])
            x = np.concatenate([train.columns["x"], test.columns["x"]])
            scatter(run.predict(x), t, pictures / "vae-latents.png", "Means of q(z|x)")
            side = np.linspace(-2, 2, 15)
            plane = np.array([(a, b) for b in side[::-1] for a in side])
            grid(samples(run, plane), pictures / "vae-plane.png", columns=15)
    return found
