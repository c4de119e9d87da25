"""An inverse autoregressive flow tightens the bound of a VAE (Kingma et al., 2016)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tripos import nets
from tripos.nets.train import Data, Recipe, load

SYSTEM = "VAE with an inverse autoregressive flow"
DATA = "digits, black and white"
PROMISED = {"nats gained over the VAE alone, test": (">=", 0.1)}
LATENTS, HIDDEN, FLOWS, EPOCHS = 16, 64, 2, 150


def plain(data: Data) -> nets.VAE:
    """Return a VAE that is linear on either side."""
    n = data.shapes["x"][0]
    return nets.VAE(nets.Linear(n, 2 * LATENTS), nets.Linear(LATENTS, n))


def recipe(data: Data, *, flow: bool = True) -> Recipe:
    """Return a VAE with a flow, whose gates are open at first, or the same VAE without."""
    vae, start = plain(data), {}
    if flow:
        net = nets.MADE(LATENTS, (HIDDEN,), activation=nets.Tanh())
        steps = [nets.InverseAutoregressiveFlow(net) for _ in range(FLOWS)]
        vae = nets.FlowVAE(vae, nets.Flow(*steps))
        open_gates = np.repeat([0.0, 2.0], LATENTS)
        start = {f"flow.steps.{i}.net.layers.1.bias": open_gates for i in range(FLOWS)}
    steps = EPOCHS * (len(data) // 32)
    return Recipe(
        vae,
        lambda w, x: vae.loss(x, weights=w),
        nets.Adam(lr=lambda t: nets.cosine_annealing_lr(2e-3, t, steps)),
        epochs=EPOCHS,
        batch_size=32,
        settings={"weights": start},
    )


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return by how much the flow raises the bound on test digits, each with 20 samples of its latents."""
    data = load("digits")
    train, test = (Data({"x": (p.columns["x"] > 0.5).astype(float)}) for p in (data.train, data.test))
    often = Data({"x": np.tile(test.columns["x"], (20, 1))})
    bounds = [-recipe(train, flow=f).fit(train, seed=seed).evaluate(often)["loss"] for f in (True, False)]
    return {"nats gained over the VAE alone, test": bounds[0] - bounds[1], "ELBO with the flow": bounds[0]}
