import numpy as np
import pytest

from tripos.graph import GraphError, exact, floats, nll, sigmoid, softmax, symbol, vector
from tripos.nets import sgd_step


def test_a_step_goes_against_the_gradient():
    rng = np.random.default_rng(0)
    w, x, b, lr = rng.normal(size=3), rng.normal(size=3), 0.5, 0.1
    W, X, B = symbol("w", 3), symbol("x", 3), symbol("b")
    new_w, new_b = sgd_step(nll(sigmoid(W @ X + B), +1), [W, B], lr=lr)
    slope = 1 / (1 + np.exp(-(w @ x + b))) - 1
    np.testing.assert_allclose(floats(new_w, w=w, x=x, b=b), w - lr * slope * x)
    np.testing.assert_allclose(floats(new_b, w=w, x=x, b=b), b - lr * slope)


def test_a_step_of_a_softmax_classifier():
    rng = np.random.default_rng(1)
    w, x = rng.normal(size=(3, 2)), rng.normal(size=2)
    W, X = symbol("W", (3, 2)), symbol("x", 2)
    (new,) = sgd_step(nll(softmax(W @ X), 1), [W], lr=0.25)
    p = np.exp(w @ x) / np.exp(w @ x).sum()
    np.testing.assert_allclose(floats(new, W=w, x=x), w - 0.25 * np.outer(p - [0, 1, 0], x))


def test_a_step_is_exact():
    w = vector(1, 2, 3, 4)
    h = vector(1, 0, 0, 1)
    (new,) = sgd_step(nll(sigmoid(w @ h - 5), +1), [w], lr=1)
    assert [str(v) for v in exact(new)] == ["3/2", "2", "3", "9/2"]


def test_the_step_size_may_be_a_symbol():
    w = symbol("w")
    (new,) = sgd_step(w**2, [w], lr=symbol("eta"))
    assert floats(new, w=3, eta=0.5) == 0


def test_a_parameter_that_the_loss_does_not_depend_on_stays():
    w, v = symbol("w"), symbol("v")
    assert floats(sgd_step(w**2, [v], lr=1)[0], v=2) == 2


def test_only_a_single_loss_is_minimised():
    with pytest.raises(GraphError, match="only a scalar has a gradient"):
        sgd_step(symbol("w", 2), [symbol("w", 2)], lr=1)
