"""A GAN draws digits of every class, which a classifier can hardly tell from real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from _pictures import grid
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from tripos import nets
from tripos.graph import Node, bce_with_logits, symbol
from tripos.nets.module import Weights
from tripos.nets.train import Data, Player, Recipe, load

SYSTEM = "GAN, noise on what is judged"
DATA = "digits, from −1 to 1"
PROMISED = {
    "classes drawn": (">=", 10),
    "two-sample score, logistic (0.5 is best)": ("<=", 0.6),
    "two-sample score, nearest neighbour": ("<=", 0.9),
}
LATENTS, HIDDEN, SIGMA, EPOCHS, BATCH = 32, 128, 0.3, 400, 64


def recipe(data: Data) -> Recipe:
    """Return a generator with layer norm and a discriminator, both of whose inputs are noisy."""
    n, leaky = data.shapes["x"][0], nets.LeakyReLU(0.2)
    hidden = [nets.LayerNorm(HIDDEN), leaky, nets.Linear(HIDDEN, HIDDEN), nets.LayerNorm(HIDDEN), leaky]
    generator = nets.Sequential(nets.Linear(LATENTS, HIDDEN), *hidden, nets.Linear(HIDDEN, n), nets.Tanh())
    gan = nets.GAN(generator, nets.MLP([n, HIDDEN, HIDDEN, 1], leaky))
    z = symbol("z", LATENTS, "normal")
    on_real, on_drawn = SIGMA * symbol("epsilon_1", n, "normal"), SIGMA * symbol("epsilon_2", n, "normal")

    def discriminator(w: Weights, x: Node) -> Node:
        real = gan.logit(x + on_real, weights=w)
        return bce_with_logits(real, 1) + bce_with_logits(drawn(w), 0)

    def drawn(w: Weights) -> Node:
        return gan.logit(gan(z, weights=w) + on_drawn, weights=w)

    steps = EPOCHS * (len(data) // BATCH)
    optimizer = nets.Adam(lr=lambda t: nets.cosine_annealing_lr(5e-4, t, steps), betas=(0.5, 0.9))
    players = [
        Player(discriminator, optimizer, "discriminator"),
        Player(lambda w, x: bce_with_logits(drawn(w), 1), optimizer, "generator"),
    ]
    return Recipe(gan, players, epochs=EPOCHS, batch_size=BATCH)


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return how many classes are drawn, and how well real digits are told from drawn ones."""
    train = load("digits").train
    rows = Data({"x": 2 * train.columns["x"] - 1})
    run = recipe(rows).fit(rows, seed=seed)
    noise = np.random.default_rng([seed, 1]).standard_normal((len(rows), LATENTS))
    drawn = run.apply(lambda w, z: run.model(z, weights=w), noise)
    if pictures:
        grid((drawn[:100] + 1) / 2, pictures / "gan-digits.png")
    reader = LogisticRegression(max_iter=1000).fit(rows.columns["x"], train.columns["t"])
    counts = np.bincount(reader.predict(drawn).astype(int), minlength=10)
    both, real = np.concatenate([rows.columns["x"], drawn]), np.repeat([1, 0], len(rows))
    found = [float(np.sum(counts >= 0.02 * len(drawn)))]
    for judge in (LogisticRegression(max_iter=300), KNeighborsClassifier(1)):
        score = cross_val_score(judge, both, real, cv=5).mean()
        found.append(float(max(score, 1 - score)))
    return dict(zip(PROMISED, found, strict=True))
