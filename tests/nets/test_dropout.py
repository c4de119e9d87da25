from fractions import Fraction
from functools import reduce

import numpy as np
import pytest

from tripos.graph import (
    GraphError,
    constant,
    exact,
    floats,
    grad,
    log_softmax,
    softmax,
    symbol,
    tanh,
)
from tripos.graph import sum as total
from tripos.graph.compare import compare
from tripos.graph.conventions import declared
from tripos.nets import (
    Dropout,
    Linear,
    ReLU,
    Sequential,
    dropout,
    geometric_ensemble,
    thinned,
    training,
)
from tripos.nets.module import Module

x = symbol("x", 3)


def texts(node, **values):
    return [str(entry) for entry in exact(node, **values)]


def test_in_testing_nothing_happens():
    assert Dropout(0.3)(x) is x


def test_in_training_what_is_kept_is_scaled_up():
    with training() as masks:
        y = Dropout(0.2)(x)
    ((mask, keep),) = masks.items()
    assert (mask.name, mask.shape, keep) == ("m", (3,), Fraction(4, 5))
    assert texts(y, x=[4, 8, 12], m=[1, 0, 1]) == ["5", "0", "15"]
    assert texts(grad(total(y), x), m=[1, 0, 1]) == ["5/4", "0", "5/4"]


def test_what_comes_out_is_in_the_mean_what_comes_in():
    with training() as masks:
        y = Dropout(0.25)(x)
    ((mask, keep),) = masks.items()
    values, mean = np.array([1.0, -2.0, 0.5]), np.zeros(3)
    for bits, out in zip(np.ndindex(2, 2, 2), thinned(y, mask), strict=True):
        mean += np.prod(np.where(bits, float(keep), 1 - float(keep))) * floats(out, x=values)
    np.testing.assert_allclose(mean, values)


@pytest.mark.parametrize(
    ("conventions", "trained", "tested"),
    [
        ({}, ["5", "0"], ["4", "8"]),
        ({"dropout": "keep rate"}, ["20", "0"], ["4", "8"]),
        ({"dropout scaling": "unscaled"}, ["4", "0"], ["16/5", "32/5"]),
        ({"dropout": "keep rate", "dropout scaling": "unscaled"}, ["4", "0"], ["4/5", "8/5"]),
    ],
)
def test_conventions_say_what_the_rate_is_and_where_it_is_made_up_for(conventions, trained, tested):
    """A rate of 1/5 on the vector (4, 8) whose second entry is dropped."""
    with declared(conventions) as state:
        with training():
            y = Dropout(0.2)(constant([4, 8]), weights={})
        assert texts(y, m=[1, 0]) == trained
        assert texts(Dropout(0.2)(constant([4, 8]))) == tested
        assert texts(dropout([4, 8], 0.2, [1, 0])) == trained
    assert state.used == {"dropout", "dropout scaling"}


def test_each_layer_has_its_mask():
    net = Sequential(Linear(3, 2), ReLU(), Dropout(), Sequential(Linear(2, 2), Dropout(0.1)))
    with training() as masks:
        net(x)
    assert {str(m.name): k for m, k in masks.items()} == {"m_2": Fraction(1, 2), "m_3_1": Fraction(9, 10)}


def test_a_layer_that_is_used_twice_draws_twice():
    class Twice(Sequential):
        def forward(self, w, x):
            return super().forward(w, super().forward(w, x))

    net = Twice(Dropout())
    with training() as masks:
        once = net(x)
    assert [m.name for m in masks] == ["m_0", "m_0_2"]
    with training():
        assert net(x) is once  # the same graph each time


@pytest.mark.parametrize(("p", "out"), [(0, [1, 2, 3]), (1, [0, 0, 0])])
def test_all_or_nothing(p, out):
    with training() as masks:
        y = Dropout(p)(x)
    for mask, keep in masks.items():
        assert keep == 0
        assert exact(y, x=[1, 2, 3], m=np.zeros(mask.shape)).tolist() == out
    if not masks:
        assert exact(y, x=[1, 2, 3]).tolist() == out


# -- the ensemble --

m, v, W, b = symbol("m", 3, "bit"), symbol("v", 3), symbol("W", (2, 3)), symbol("b", 2)


def test_every_mask_gives_a_thinned_network():
    outputs = [exact(t, v=[1, 2, 4]) for t in thinned(total(v * m), m)]
    assert outputs == [0, 4, 2, 6, 1, 5, 3, 7]


@pytest.mark.parametrize("keep", [Fraction(1, 2), 0.25, 1])
def test_the_geometric_ensemble_of_softmax_regression_is_the_network_with_scaled_weights(keep):
    ensemble = geometric_ensemble(softmax(W @ (m * v) + b), m, keep)
    assert compare(ensemble, softmax((keep * W) @ v + b)).same


def test_the_log_odds_of_the_ensemble_are_exactly_those_of_halved_weights():
    logs = thinned(log_softmax(W @ (m * v) + b), m)
    mean = reduce(lambda one, two: one + two, logs) / len(logs)
    halved = W / 2 @ v + b
    assert compare(mean - mean[0], halved - halved[0]).same
    given = {"W": [[1, 2, 3], [0, -1, 1]], "b": [0, 2], "v": [1, 1, 2]}
    difference = exact(mean - mean[0], **given) - exact(halved - halved[0], **given)
    assert [entry.expand() for entry in difference] == [0, 0]


def test_it_is_only_an_approximation_where_a_hidden_layer_is_nonlinear():
    ensemble = geometric_ensemble(softmax(W @ tanh(m * v + 1) + b), m)
    assert compare(ensemble, softmax(W @ tanh(v / 2 + 1) + b)).outcome == "different"


def test_the_ensemble_of_two_masks_by_hand():
    """Predictions (1/2, 1/2) and (4/5, 1/5): the geometric means are in the ratio 2 : 1."""
    mask = symbol("m", (), "bit")
    p = constant([Fraction(1, 2), Fraction(1, 2)]) + mask * constant([Fraction(3, 10), Fraction(-3, 10)])
    np.testing.assert_allclose(floats(geometric_ensemble(p, mask)), [2 / 3, 1 / 3])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Dropout(1.5), r"^Dropout: p is a probability, between 0 and 1; found 1.5"),
        (lambda: Dropout(-0.1), r"^Dropout: p is a probability"),
        (lambda: Dropout("half"), r"^Dropout: p is a finite number, found 'half'"),
        (lambda: dropout(x, 2), r"^dropout: p is a probability"),
        (lambda: dropout(x, 0.5, [1, 0]), r"^mul: shapes .* do not fit"),
        (lambda: thinned(x, x), r"^thinned: the mask is a symbol of bits"),
        (lambda: thinned(x, symbol("m", 13, "bit")), r"^thinned: a mask of shape 13 has too many values"),
        (lambda: geometric_ensemble(x, m, 2), r"^geometric_ensemble: p is a probability"),
    ],
)
def test_what_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build()


def test_a_mask_outside_of_training_is_refused():
    class Careless(Module):
        def forward(self, w, x):
            from tripos.nets.module import drawn_mask

            return drawn_mask("m", x.shape, Fraction(1))

    with pytest.raises(GraphError, match="in training only"):
        Careless()(x)
