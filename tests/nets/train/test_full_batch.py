from dataclasses import dataclass

import jax
import numpy as np
import optimistix
import pytest
from scipy.optimize import minimize, rosen, rosen_der

from tripos import nets
from tripos.graph import GraphError, log
from tripos.nets.train import Data, DataError, Diverged, fit
from tripos.nets.train.directions import METHODS
from tripos.nets.train.full_batch import fit_full

QUIET = {"progress": False}


@dataclass(frozen=True)
class Point(nets.Module):
    """A point, to be moved to the lowest value of a function of it."""

    size: int

    def shapes(self):
        return {"w": (self.size,)}


ONE = Data({"x": [[0.0]]})


def rosenbrock(w, x):
    a, b = w["w"]
    return 100 * (b - a**2) ** 2 + (1 - a) ** 2 + 0 * x[0]


def wine():
    from sklearn.datasets import load_wine

    x, t = load_wine(return_X_y=True)
    return Data({"x": (x - x.mean(axis=0)) / x.std(axis=0), "t": t}, 3)


def optimum(data, l2):
    """Return the lowest loss of softmax regression, by SciPy."""
    x, t = data.columns["x"], data.columns["t"].astype(int)
    rows = np.arange(len(x))

    def loss(flat):
        W, b = flat[:39].reshape(3, 13), flat[39:]
        z = x @ W.T + b
        top = z.max(axis=1, keepdims=True)
        p = np.exp(z - top) / np.exp(z - top).sum(axis=1, keepdims=True)
        g = (p - np.eye(3)[t]) / len(x)
        value = -np.log(p[rows, t]).mean() + l2 / 2 * flat @ flat
        return value, np.concatenate([(g.T @ x).ravel(), g.sum(axis=0)]) + l2 * flat

    return minimize(loss, np.zeros(42), jac=True, method="BFGS", options={"gtol": 1e-9})


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_the_minimum_of_softmax_regression(method):
    data = wine()
    expected = optimum(data, 0.01)
    run = fit_full(nets.Linear(13, 3), nets.CrossEntropyLoss(), data, method, l2=0.01, epochs=300, **QUIET)
    assert run.stopped == "no entry of the gradient exceeds 1e-08"
    assert run.history["loss"][-1] == pytest.approx(expected.fun, abs=1e-12)
    np.testing.assert_allclose(run.weights["weight"].ravel(), expected.x[:39], atol=1e-6)
    assert run.evaluate(data)["accuracy"] > 0.99
    assert np.all(np.diff(run.history["loss"]) <= 1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_the_end_of_the_valley(method):
    start = {"w": [-1.2, 1.0]}
    run = fit_full(Point(2), rosenbrock, ONE, method, weights=start, epochs=300, **QUIET)
    kind = "CG" if "-R" in method else "BFGS"
    theirs = minimize(rosen, start["w"], jac=rosen_der, method=kind, options={"gtol": 1e-8})
    np.testing.assert_allclose(run.weights["w"], [1, 1], atol=1e-6)
    assert sum(run.history["evaluations"]) <= 3 * theirs.nfev


@pytest.mark.parametrize(("method", "steps"), [(m, 1 if m == "Newton" else 4) for m in METHODS])
def test_a_quadratic_ends_after_as_many_steps_as_it_has_unknowns(method, steps):
    A = np.diag([1.0, 3.0, 7.0, 20.0])
    A[0, 1] = A[1, 0] = 0.5
    b = np.array([1.0, -2.0, 0.5, 3.0])

    def quadratic(w, x):
        return w["w"] @ (A @ w["w"]) / 2 - b @ w["w"] + 0 * x[0]

    # BFGS ends after n steps only where H starts as the identity; ours is scaled after the first step.
    more = {"BFGS": 1, "L-BFGS": 1}.get(method, 0)
    run = fit_full(
        Point(4),
        quadratic,
        ONE,
        method,
        weights={"w": np.ones(4)},
        epochs=steps + more,
        curvature=1e-7,
        **QUIET,
    )
    np.testing.assert_allclose(run.weights["w"], np.linalg.solve(A, b), atol=1e-5)


def test_bfgs_ends_where_that_of_optimistix_does():
    """Another library's BFGS, on softmax regression of a few rows."""
    data = wine().rows(slice(0, 178, 9))
    x, t = data.columns["x"], data.columns["t"].astype(int)

    def loss(w, _):
        z = x @ w["weight"].T + w["bias"]
        size = sum((part**2).sum() for part in w.values())
        return -jax.nn.log_softmax(z)[np.arange(len(x)), t].mean() + 0.05 * size

    with jax.enable_x64(True):
        start = {"weight": jax.numpy.zeros((3, 13)), "bias": jax.numpy.zeros(3)}
        theirs = optimistix.minimise(loss, optimistix.BFGS(1e-9, 1e-9), start, max_steps=500).value
    run = fit_full(nets.Linear(13, 3), nets.CrossEntropyLoss(), data, l2=0.1, **QUIET)
    for path, weight in run.weights.items():
        np.testing.assert_allclose(weight, theirs[path], atol=1e-6)


def test_newton_leaves_a_saddle():
    def saddle(w, x):
        a, b = w["w"]
        return a**2 - b**2 + b**4 / 2 + 0 * x[0]

    run = fit_full(Point(2), saddle, ONE, "Newton", weights={"w": [1.0, 1e-3]}, **QUIET)
    np.testing.assert_allclose(np.abs(run.weights["w"]), [0, 1], atol=1e-6)


def test_jax_finds_the_same_in_double_precision():
    data = wine().rows(slice(0, 178, 6))
    loss = nets.CrossEntropyLoss()
    runs = [
        fit_full(nets.MLP([13, 3, 3]), loss, data, "Newton", l2=0.1, backend=backend, epochs=3, **QUIET)
        for backend in ("numpy", "jax")
    ]
    np.testing.assert_allclose(runs[0].history["loss"], runs[1].history["loss"], rtol=1e-10)


def test_batch_norm_keeps_statistics_and_dev_rows_are_measured():
    data = wine()
    model = nets.Sequential(nets.BatchNorm1d(13), nets.Linear(13, 3))
    run = fit_full(model, nets.CrossEntropyLoss(), data, "L-BFGS", dev=data, l2=0.01, epochs=5, **QUIET)
    assert run.weights["0.num_batches_tracked"] == 6  # the first look, and the end of each step
    assert run.history.names[2:] == [
        "loss",
        "gradient",
        "step size",
        "evaluations",
        "dev loss",
        "dev accuracy",
    ]


def test_stochastic_training_does_not_go_lower():
    data = wine()
    best = fit_full(nets.Linear(13, 3), nets.CrossEntropyLoss(), data, l2=0.1, **QUIET).history["loss"][-1]
    run = fit(nets.Linear(13, 3), nets.CrossEntropyLoss(), data, l2=0.1, batch_size=178, epochs=20,
              backend="numpy", **QUIET)  # fmt: skip
    assert min(run.history["loss"]) > best


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"method": "Powell"}, "no method 'Powell'; there are Newton, BFGS, L-BFGS, Fletcher-Reeves"),
        ({"curvature": 1.5}, "curvature lies between 0 and 1, found 1.5"),
        ({"epochs": 0}, "epochs must be a whole number of 1 or more, found 0"),
        ({"backend": "cuda"}, "no backend 'cuda'"),
    ],
)
def test_faults_are_told(options, told):
    with pytest.raises(GraphError) as found:
        fit_full(Point(2), rosenbrock, ONE, **options, **QUIET)
    assert told in str(found.value)


def test_a_loss_that_is_no_number_is_told():
    with pytest.raises(Diverged, match=r"the loss is inf before the first step") as found:
        fit_full(Point(1), lambda w, x: -log(w["w"][0] * 0 + x[0]), ONE, weights={"w": [1.0]}, **QUIET)
    assert len(found.value.run.history) == 0
    with pytest.raises(DataError, match="holds 3, which is no class"):
        fit_full(nets.Linear(1, 2), nets.CrossEntropyLoss(), Data({"x": [[0.0]], "t": [3]}), **QUIET)
