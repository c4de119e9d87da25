"""Sequence to sequence: reversing a sequence, from one vector and with attention (Bahdanau et al., 2015)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tripos import nets
from tripos.nets.train import Data, Recipe, Run
from tripos.nets.train.decoding import free_running
from tripos.nets.train.tasks import reversal

SYSTEM = "sequence to sequence, with attention and without"
DATA = "reversal of 10 symbols"
SYMBOLS, LENGTH, LONGER, HIDDEN, EPOCHS = 8, 10, 14, 48, 15
PROMISED = {"tokens right, with attention": (">=", 0.99)}


def recipe(data: Data, *, attention: bool = True) -> Recipe:
    """Return an encoder and a decoder, trained with teacher forcing."""
    kind = nets.AttentionSeq2Seq if attention else nets.Seq2Seq
    n, m = data.shapes["x"][-1], data.shapes["y"][-1]
    steps = EPOCHS * (len(data) // 64)
    return Recipe(
        kind(n, m, HIDDEN, data.classes),
        nets.CrossEntropyLoss(),
        nets.Adam(lr=lambda t: nets.cosine_annealing_lr(5e-3, t, steps)),
        epochs=EPOCHS,
        batch_size=64,
        settings={"clip_norm": 1},
    )


def tokens_right(run: Run, data: Data) -> float:
    """Return the share of tokens that the model writes rightly when it reads its own outputs."""
    t = data.columns["t"]
    written = free_running(run.model, run.weights, data.columns["x"], t.shape[1], SYMBOLS)
    return float(np.mean(written == t))


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return the share of right tokens, for the length of training and for a longer one."""
    train = reversal(6000, LENGTH, SYMBOLS, seed)
    test, longer = (reversal(500, length, SYMBOLS, seed + 1000) for length in (LENGTH, LONGER))
    found = {}
    for attention, name in ((True, "with attention"), (False, "without")):
        run = recipe(train, attention=attention).fit(train, seed=seed)
        found[f"tokens right, {name}"] = tokens_right(run, test)
        found[f"of sequences of {LONGER}, {name}"] = tokens_right(run, longer)
    return found
