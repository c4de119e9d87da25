"""The adding problem by lag: what a network remembers (Hochreiter and Schmidhuber, 1997).

Gated cells carry a number over many steps.  The slope of a logistic RNN is at most 1/4 a step, and it does no
better than guessing.  The variant of an LSTM whose cell is scaled by f(1 − f), also at most 1/4, has a second
way from step to step, through its outputs, and may learn to take that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tripos import nets
from tripos.graph import Node, concat, recurrence, sigmoid, stack, tanh, zeros
from tripos.nets.module import Module, Weights
from tripos.nets.train import Data, Recipe
from tripos.nets.train.tasks import adding

SYSTEM = "RNN, LSTM, GRU and the variant, by lag"
DATA = "adding problem"
HIDDEN, SHORT, LONG = 24, 4, 30
PROMISED = {
    f"LSTM, lag {LONG}": ("<=", 0.01),
    f"GRU, lag {LONG}": ("<=", 0.01),
    f"tanh RNN, lag {SHORT}": ("<=", 0.01),
    f"variant, lag {SHORT}": ("<=", 0.02),
    f"logistic RNN, lag {LONG}": (">=", 0.1),
}


@dataclass(frozen=True)
class Variant(Module):
    """f and o are gates of x and h; c ← f(1 − f) c + tanh(W x + U h + b); h ← o tanh(c)."""

    inputs: int
    hidden: int

    def children(self) -> dict[str, Module]:
        """Return the maps of the gates, f and o, and of what enters the cell."""
        return {name: nets.Linear(self.inputs + self.hidden, self.hidden) for name in ("f", "o", "g")}

    def forward(self, w: Weights, x: Node) -> tuple[Node, Node]:
        """Return the outputs of all steps, T×hidden, and the last cell."""
        parts = self.children()

        def step(state: Node, now: Node) -> Node:
            h, c = state[0], state[1]
            seen = concat(now, h)
            f, o = (sigmoid(parts[name](seen, weights=w[name])) for name in ("f", "o"))
            c = f * (1 - f) * c + tanh(parts["g"](seen, weights=w["g"]))
            return stack(o * tanh(c), c)

        states = recurrence(step, zeros(2, self.hidden), x)
        return states[:, 0], states[-1, 1]


@dataclass(frozen=True)
class Reader(Module):
    """A recurrent layer, and a readout of its last output."""

    layer: Module
    readout: Module

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the readout."""
        outputs, _ = self.layer(x, weights=w["layer"])
        read: Node = self.readout(outputs[-1], weights=w["readout"])
        return read


LAYERS: dict[str, Callable[[int], Any]] = {
    "LSTM": lambda n: nets.LSTM(n, HIDDEN),
    "GRU": lambda n: nets.GRU(n, HIDDEN),
    "tanh RNN": lambda n: nets.RNN(n, HIDDEN),
    "logistic RNN": lambda n: nets.RNN(n, HIDDEN, nonlinearity="sigmoid"),
    "variant": lambda n: Variant(n, HIDDEN),
}


def recipe(data: Data, layer: str = "LSTM") -> Recipe:
    """Return a recurrent network that reads a sequence and writes one number."""
    model = Reader(LAYERS[layer](data.shapes["x"][-1]), nets.Linear(HIDDEN, 1))
    settings = {"clip_norm": 1, "metrics": ["mse"]}
    return Recipe(model, nets.MSELoss(), nets.Adam(lr=1e-2), 20, batch_size=64, settings=settings)


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return the squared error on sequences not seen; to guess 1 has 1/6 = 0.167."""
    found = {}
    for name in (*PROMISED, f"variant, lag {LONG}", f"tanh RNN, lag {LONG}"):
        layer, lag = name.split(", lag ")
        train, test = adding(4000, int(lag), seed=seed), adding(1000, int(lag), seed=seed + 1000)
        found[name] = recipe(train, layer).fit(train, seed=seed).evaluate(test)["mse"]
    return found
