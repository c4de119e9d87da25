"""The NumPy engine: gradients of batches as sums of products, against JAX's own derivatives."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tripos import nets
from tripos.graph import sum as total
from tripos.nets.initialisation import initialize
from tripos.nets.optim.first_order import SGD
from tripos.nets.train.engine import start_of
from tripos.nets.train.jax_engine import JaxEngine
from tripos.nets.train.numpy_engine import NumpyEngine
from tripos.nets.train.problem import Limits, Player, Problem, build

ROWS, BATCH = 24, 6
VAE = nets.VAE(nets.MLP([5, 4, 4]), nets.MLP([2, 4, 5]))
CNN = nets.Sequential(
    nets.Conv2d(2, 3, 3, padding=1), nets.ReLU(), nets.MaxPool2d(2), nets.Flatten(), nets.Linear(12, 3)
)
SYSTEMS: dict[str, tuple[nets.Module, Any, dict[str, tuple[int, ...]]]] = {
    "MLP": (nets.MLP([4, 6, 3]), nets.CrossEntropyLoss(), {"x": (4,), "t": ()}),
    "CNN": (CNN, nets.CrossEntropyLoss(), {"x": (2, 4, 4), "t": ()}),
    "strided": (
        nets.Sequential(nets.Conv2d(1, 2, (3, 2), stride=(2, 1), dilation=(1, 2)), nets.Flatten()),
        nets.MSELoss(),
        {"x": (1, 7, 6), "t": (24,)},
    ),
    "batch norm": (
        nets.Sequential(nets.Linear(4, 6), nets.BatchNorm1d(6), nets.ReLU(), nets.Linear(6, 3)),
        nets.CrossEntropyLoss(),
        {"x": (4,), "t": ()},
    ),
    "VAE": (VAE, lambda w, x: VAE.loss(x, weights=w), {"x": (5,)}),
}


def _system(name: str, limits: Limits) -> tuple[Problem, dict[str, Any], dict[str, Any], Any, Any]:
    module, loss, shapes = SYSTEMS[name]
    rng = np.random.default_rng(0)
    problem = build(module, (Player(loss, SGD(lr=0.1, momentum=0.9)),), shapes, BATCH, limits)
    columns: dict[str, Any] = {k: rng.normal(size=(ROWS, *s)) for k, s in shapes.items()}
    if columns.get("t", np.zeros((1, 1))).ndim == 1:
        columns["t"] = 1.0 * rng.integers(0, 3, ROWS)
    order = rng.permutation(ROWS).reshape(-1, BATCH)
    noise = tuple(rng.normal(size=(*order.shape, *one.symbol.shape)) for one in problem.noise)
    return problem, initialize(module, 1), columns, order, noise


@pytest.mark.parametrize("limits", [Limits(), Limits(l2=0.1)], ids=["free", "penalised"])
@pytest.mark.parametrize("name", SYSTEMS)
def test_both_engines_take_the_same_steps(name: str, limits: Limits) -> None:
    problem, weights, columns, order, noise = _system(name, limits)
    found = []
    for engine in (NumpyEngine(problem), JaxEngine(problem)):
        carry = engine.carry(weights, start_of(problem))
        carry, losses = engine.steps(carry, engine.columns(columns), order, noise)  # type: ignore[arg-type]
        found.append((losses, carry.weights))
    (one, ours), (two, theirs) = found
    np.testing.assert_allclose(one, two, rtol=1e-4)
    for path, weight in ours.items():
        np.testing.assert_allclose(weight, theirs[path], rtol=2e-3, atol=2e-4)


def test_the_gradient_is_the_mean_over_the_batch() -> None:
    """L = Σ w·x has the gradient x: a step of 1 takes the mean of the batch's rows off."""
    module = nets.Linear(3, 1, bias=False)
    losses: Callable[..., Any] = lambda w, x: total(module(x, weights=w))  # noqa: E731
    problem = build(module, (Player(losses, SGD(lr=1)),), {"x": (3,)}, 2, Limits())
    engine = NumpyEngine(problem)
    rows = np.array([[1.0, 2, 3], [3, 6, 9]])
    carry = engine.carry({"weight": np.zeros((1, 3))}, start_of(problem))
    carry, _ = engine.steps(carry, (rows,), np.array([[0, 1]]), ())
    np.testing.assert_array_equal(carry.weights["weight"], [[-2, -4, -6]])


def test_the_arrays_that_a_run_starts_from_stay_as_they_are() -> None:
    problem, weights, columns, order, noise = _system("MLP", Limits())
    before = {path: np.array(w) for path, w in weights.items()}
    engine = NumpyEngine(problem)
    engine.steps(engine.carry(weights, start_of(problem)), engine.columns(columns), order, noise)
    for path, weight in weights.items():
        np.testing.assert_array_equal(weight, before[path])
