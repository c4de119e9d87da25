import numpy as np
import pytest
from scipy.optimize import approx_fprime

from tripos import nets
from tripos.nets.train import Data, Player
from tripos.nets.train.problem import Limits, build
from tripos.nets.train.surface import Noted, Surface

RNG = np.random.default_rng(0)
DATA = Data({"x": RNG.normal(size=(9, 3)), "t": RNG.integers(0, 2, 9)})
MODEL = nets.Sequential(
    nets.BatchNorm1d(3), nets.Linear(3, 2), nets.Tanh(), nets.Dropout(0.2), nets.Linear(2, 2)
)
PLAIN = nets.Sequential(nets.Linear(3, 2), nets.Tanh(), nets.Linear(2, 2))


def surface_of(model, backend="numpy"):
    player = Player(nets.CrossEntropyLoss(), Noted())
    return Surface(build(model, [player], DATA.shapes, len(DATA), Limits(l2=0.3)), DATA, 0, backend)


@pytest.mark.parametrize("model", [MODEL, PLAIN])
def test_gradient_and_hessian_are_those_of_finite_differences(model):
    surface, weights = surface_of(model), nets.initialize(model, 1)
    at = surface.flat(weights)
    found = surface.at(at, weights)
    slope = approx_fprime(at, lambda w: surface.at(w, weights).value, 1e-7)
    np.testing.assert_allclose(found.gradient, slope, atol=1e-5)
    curves = approx_fprime(at, lambda w: surface.at(w, weights).gradient, 1e-7)
    np.testing.assert_allclose(surface.hessian(at, weights), curves, atol=1e-5)


def test_weights_are_taken_apart_as_they_were_put_together():
    surface, weights = surface_of(MODEL), nets.initialize(MODEL, 1)
    again = surface.arranged(surface.flat(weights), weights)
    assert set(again) == set(MODEL.state())
    for path, weight in weights.items():
        assert np.array_equal(again[path], weight)
    kept = surface.at(surface.flat(weights), weights).rest
    assert set(kept) == {f"0.{name}" for name in ("running_mean", "running_var", "num_batches_tracked")}
