"""A small transformer, encoder and decoder, sorts sequences (Vaswani et al., 2017)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tripos import nets
from tripos.graph import Node, causal_mask
from tripos.nets.module import Module, Weights
from tripos.nets.train import Data, Recipe
from tripos.nets.train.decoding import free_running
from tripos.nets.train.tasks import sorting

SYSTEM = "transformer, encoder and decoder"
DATA = "sorting of 10 symbols"
SYMBOLS, LENGTH, LONGER, WIDTH, EPOCHS = 8, 10, 12, 32, 12
PROMISED = {"tokens right": (">=", 0.99)}


@dataclass(frozen=True)
class Sorter(Module):
    """Embeddings with positions, a transformer, and a readout; tokens are one-hot rows."""

    alphabet: int
    width: int

    def children(self) -> dict[str, Module]:
        """Return the parts."""
        return {
            "source": nets.Linear(self.alphabet, self.width),
            "target": nets.Linear(self.alphabet + 1, self.width),
            "positions": nets.PositionalEncoding(self.width),
            "transformer": nets.Transformer(self.width, 4, 1, 1, 4 * self.width, dropout=0.0),
            "readout": nets.Linear(self.width, self.alphabet),
        }

    def forward(self, w: Weights, x: Node, y: Node) -> Node:
        """Return logits for each step, which sees the outputs before it only."""
        parts = self.children()
        source, target = (
            parts["positions"](parts[name](rows, weights=w[name]), weights=w["positions"])
            for name, rows in (("source", x), ("target", y))
        )
        mask = causal_mask(y.shape[-2])
        hidden = parts["transformer"](source, target, None, mask, weights=w["transformer"])
        logits: Node = parts["readout"](hidden, weights=w["readout"])
        return logits


def recipe(data: Data) -> Recipe:
    """Return the transformer, trained with teacher forcing."""
    steps = EPOCHS * (len(data) // 64)
    return Recipe(
        Sorter(data.classes, WIDTH),
        nets.CrossEntropyLoss(),
        nets.Adam(lr=lambda t: nets.cosine_annealing_lr(3e-3, t, steps)),
        epochs=EPOCHS,
        batch_size=64,
    )


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return the share of tokens that it writes rightly when it reads its own outputs."""
    train = sorting(8000, LENGTH, SYMBOLS, seed)
    run = recipe(train).fit(train, seed=seed)
    found = {}
    for length, name in ((LENGTH, "tokens right"), (LONGER, f"of sequences of {LONGER}")):
        test = sorting(500, length, SYMBOLS, seed + 1000)
        written = free_running(run.model, run.weights, test.columns["x"], length, SYMBOLS, width=SYMBOLS + 1)
        found[name] = float(np.mean(written == test.columns["t"]))
    return found
