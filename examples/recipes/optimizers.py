"""Softmax regression on wines: eight optimizers go down different ways to the same minimum."""

from __future__ import annotations

from pathlib import Path

from tripos import nets
from tripos.nets.train import Data, Run, fit, fit_full, load
from tripos.nets.train.history import plot_curves

SYSTEM = "softmax regression, eight optimizers"
DATA = "wine"
PROMISED = {"largest loss over the least": ("<=", 1.001)}
L2, STEPS = 0.01, 1500


def first_order() -> dict[str, nets.Optimizer]:
    """Return the optimizers that take steps of a size that falls to 0."""

    def rate(lr: float) -> object:
        return lambda t: nets.cosine_annealing_lr(lr, t, STEPS)

    return {
        "SGD": nets.SGD(lr=rate(0.5), momentum=0.9),
        "Adagrad": nets.Adagrad(lr=rate(0.5)),
        "RMSprop": nets.RMSprop(lr=rate(0.01)),
        "Adam": nets.Adam(lr=rate(0.05)),
    }


FULL = ("Newton", "Polak-Ribière", "BFGS", "L-BFGS")


def trained(name: str, data: Data, seed: int) -> Run:
    """Return a run of one optimizer; each step takes all rows."""
    model = nets.Linear(data.shapes["x"][0], data.classes)
    loss = nets.CrossEntropyLoss()
    if name in FULL:
        return fit_full(model, loss, data, method=name, epochs=100, l2=L2, seed=seed)
    own = first_order()[name]
    return fit(model, loss, data, own, epochs=STEPS, batch_size=len(data), l2=L2, seed=seed)


def examine(seed: int, pictures: Path | None = None) -> dict[str, float]:
    """Return how far the worst of the eight ends above the best."""
    data = load("wine").train
    runs = {name: trained(name, data, seed) for name in (*first_order(), *FULL)}
    ends = {name: run.history["loss"][-1] for name, run in runs.items()}
    if pictures:
        plot_curves({name: run.history for name, run in runs.items()}, pictures / "optimizers.svg")
    return {"largest loss over the least": max(ends.values()) / min(ends.values())}
