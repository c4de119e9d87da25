"""A GAN learns a ring of eight Gaussians in the plane, and none of them is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from _pictures import scatter

from tripos import nets
from tripos.graph import symbol
from tripos.nets.train import Data, Player, Recipe

SYSTEM = "GAN, non-saturating loss"
DATA = "ring of 8 Gaussians"
PROMISED = {"modes covered": (">=", 8), "samples within 3 deviations of one": (">=", 0.6)}
MODES, RADIUS, SIGMA, NOISE, EPOCHS = 8, 2.0, 0.1, 8, 150
ANGLES = 2 * np.pi * np.arange(MODES) / MODES
CENTRES = RADIUS * np.column_stack([np.cos(ANGLES), np.sin(ANGLES)])


def rows(seed: int, n: int = 4096) -> Data:
    """Return points of the ring."""
    rng = np.random.default_rng(seed)
    return Data({"x": CENTRES[rng.integers(0, MODES, n)] + SIGMA * rng.standard_normal((n, 2))}, name="ring")


def recipe(data: Data) -> Recipe:
    """Return two players: the discriminator, and the generator."""
    n = data.shapes["x"][0]
    gan = nets.GAN(nets.MLP([NOISE, 64, 64, n]), nets.MLP([n, 64, 64, 1], nets.LeakyReLU(0.2)))
    z = symbol("z", NOISE, "normal")
    steps = EPOCHS * (len(data) // 128)
    optimizer = nets.Adam(lr=lambda t: nets.cosine_annealing_lr(2e-3, t, steps), betas=(0.5, 0.9))
    players = [
        Player(lambda w, x: gan.discriminator_loss(x, z, weights=w), optimizer, "discriminator"),
        Player(lambda w, x: gan.non_saturating_loss(z, weights=w), optimizer, "generator"),
    ]
    return Recipe(gan, players, epochs=EPOCHS, batch_size=128)


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return how many of the Gaussians get samples, and how many samples lie in one."""
    run = recipe(rows(seed)).fit(rows(seed), seed=seed)
    noise = np.random.default_rng([seed, 1]).standard_normal((4000, NOISE))
    points = run.apply(lambda w, z: run.model(z, weights=w), noise)
    distance = np.linalg.norm(points[:, None] - CENTRES, axis=-1)
    near = distance.min(axis=1) < 3 * SIGMA
    counts = np.bincount(distance.argmin(axis=1)[near], minlength=MODES)
    if pictures:
        scatter(points, None, pictures / "gan-ring.png", "Samples of the generator")
    return {
        "modes covered": float(np.sum(counts >= 0.02 * len(points))),
        "samples within 3 deviations of one": float(near.mean()),
    }
