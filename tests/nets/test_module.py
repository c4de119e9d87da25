from dataclasses import dataclass

import numpy as np
import pytest

from tripos.graph import GraphError, exact, floats, size, symbol
from tripos.graph.conventions import declared
from tripos.graph.node import free_symbols
from tripos.nets import Conv2d, Linear, MaxPool2d, Module, ReLU, Sequential, Softmax, parameters, training
from tripos.nets.module import is_training, recorded


@pytest.mark.parametrize(
    ("layers", "count"),
    [
        ([Linear(9, 4)], 9 * 4 + 4),
        ([Linear(9, 4, bias=False)], 9 * 4),
        ([Linear(4, 1)], 5),
        ([Conv2d(1, 1, 2)], 5),
        ([Conv2d(3, 96, 11, stride=4)], 96 * 3 * 11 * 11 + 96),
        ([Conv2d(3, 96, 11, bias=False)], 96 * 3 * 11 * 11),
        ([MaxPool2d(2)], 0),
        ([Conv2d(1, 6, 5), MaxPool2d(2), Linear(784, 10)], 6 * 25 + 6 + 7850),
    ],
)
def test_parameters_are_counted_with_their_biases(layers, count):
    assert exact(parameters(*layers)) == count


@pytest.mark.parametrize(
    ("layer", "count"), [(Linear(9, 4), 36), (Conv2d(3, 96, 11), 34848), (MaxPool2d(3), 0)]
)
def test_biases_may_be_left_out_by_convention(layer, count):
    with declared({"bias": "not counted"}):
        assert exact(parameters(layer)) == count


def test_sizes_may_be_symbols():
    m, n = size("m n")
    count = parameters(Linear(m, n), Linear(n, 1))
    assert floats(count, m=7, n=3) == 7 * 3 + 3 + 3 + 1


def test_nothing_has_no_parameters():
    with pytest.raises(GraphError, match="name at least one layer"):
        parameters()


@pytest.mark.parametrize(
    ("layer", "image"),
    [
        (Conv2d(3, 4, 2), (3, 5, 5)),
        (Conv2d(1, 2, 3, stride=2), (1, 7, 6)),
        (Conv2d(2, 3, 3, padding=1), (2, 4, 5)),
        (Conv2d(2, 3, 3, stride=2, padding=1, bias=False), (2, 6, 6)),
        (MaxPool2d(2), (3, 4, 6)),
        (MaxPool2d(3, stride=1), (2, 5, 4)),
        (Linear(6, 3), (6,)),
        (Linear(6, 3, bias=False), (6,)),
    ],
)
def test_derived_shapes_are_those_of_real_arrays(layer, image):
    rng = np.random.default_rng(0)
    out = layer(symbol("x", image))
    values = {str(s.name): rng.normal(size=s.shape) for s in free_symbols(out)}
    assert floats(out, **values).shape == out.shape


def test_a_convolution_sums_over_channels_and_adds_its_bias():
    rng = np.random.default_rng(1)
    x, K, b = rng.normal(size=(2, 5, 4)), rng.normal(size=(3, 2, 2, 2)), rng.normal(size=3)
    out = floats(Conv2d(2, 3, 2)(symbol("x", x.shape)), x=x, K=K, b=b)
    expected = np.array(
        [
            [[np.sum(x[:, i : i + 2, j : j + 2] * K[f]) + b[f] for j in range(3)] for i in range(4)]
            for f in range(3)
        ]
    )
    np.testing.assert_allclose(out, expected)


def test_a_linear_layer_is_an_affine_map():
    rng = np.random.default_rng(2)
    x, W, b = rng.normal(size=4), rng.normal(size=(3, 4)), rng.normal(size=3)
    np.testing.assert_allclose(floats(Linear(4, 3)(symbol("x", 4)), x=x, W=W, b=b), W @ x + b)


def test_weights_may_be_given():
    w = {"weight": symbol("V", (3, 4)), "bias": symbol("c", 3)}
    assert {str(s.name) for s in free_symbols(Linear(4, 3)(symbol("x", 4), weights=w))} == {"x", "V", "c"}


def test_pooling_keeps_the_largest_of_each_window():
    x = np.arange(16.0).reshape(1, 4, 4)
    np.testing.assert_array_equal(floats(MaxPool2d(2)(symbol("x", x.shape)), x=x), [[[5, 7], [13, 15]]])
    assert floats(MaxPool2d(2, stride=1)(symbol("x", x.shape)), x=x).shape == (1, 3, 3)


@pytest.mark.parametrize(
    ("layer", "x"),
    [
        (Linear(4, 3), symbol("x", 5)),
        (Conv2d(3, 4, 2), symbol("x", (2, 5, 5))),
        (Conv2d(1, 1, 6), symbol("x", (1, 5, 5))),
    ],
)
def test_inputs_that_do_not_fit_are_refused(layer, x):
    with pytest.raises(GraphError):
        layer(x)


def test_weights_are_called_as_in_pytorch():
    net = Sequential(Linear(4, 3), ReLU(), Sequential(Linear(3, 2, bias=False)))
    assert net.weights() == {"0.weight": (3, 4), "0.bias": (3,), "2.0.weight": (2, 3)}
    assert [str(s.name) for s in net.symbols().values()] == ["W_0", "b_0", "W_2_0"]


def test_layers_in_sequence_have_weights_of_their_own():
    net = Sequential(Linear(2, 2), Linear(2, 2))
    assert len(free_symbols(net(symbol("x", 2)))) == 5


def test_no_two_weights_are_one_symbol_however_their_paths_are_written():
    @dataclass(frozen=True)
    class Pair(Module):
        a_b: Module
        ab: Module

        def forward(self, w, x):
            return self.a_b(x, weights=w["a_b"]) + self.ab(x, weights=w["ab"])

    pair = Pair(Linear(2, 2), Linear(2, 2))
    assert len({s.name for s in pair.symbols().values()}) == 4
    assert len(free_symbols(pair(symbol("x", 2)))) == 5


def test_weights_may_be_given_by_their_path():
    net = Sequential(Linear(2, 2, bias=False), ReLU(), Linear(2, 1))
    given = {"0.weight": [[1, 0], [0, -1]], "2.weight": [[1, 1]], "2.bias": [3]}
    # relu([2, -5·(-1)]) = [2, 5], and 2 + 5 + 3 = 10.
    assert exact(net([2, -5], weights=given)).tolist() == [10]


def test_rows_are_mapped_one_by_one():
    rng = np.random.default_rng(3)
    x, W, b = rng.normal(size=(2, 5, 4)), rng.normal(size=(3, 4)), rng.normal(size=3)
    out = Linear(4, 3)(symbol("x", x.shape))
    assert out.shape == (2, 5, 3)
    np.testing.assert_allclose(floats(out, x=x, W=W, b=b), x @ W.T + b)


def test_calls_are_recorded_with_their_paths():
    net = Sequential(Linear(4, 3), ReLU())
    with recorded() as calls:
        out = net(symbol("x", 4))
    assert [(c.path, type(c.module)) for c in calls] == [("0", Linear), ("1", ReLU), ("", Sequential)]
    assert calls[1].output is out
    assert calls[1].inputs == (calls[0].output,)


def test_training_is_a_context():
    assert not is_training()
    with training():
        assert is_training()
    assert not is_training()


def test_modules_are_values():
    assert Linear(2, 3) == Linear(2, 3)
    assert Sequential(Linear(2, 3)) == Sequential(Linear(2, 3))
    assert len({Linear(2, 3), Linear(2, 3), Linear(3, 2)}) == 2
    with pytest.raises(AttributeError):
        Linear(2, 3).bias = False


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: Linear(4, 3)(symbol("x", 4), weights={"W": symbol("W", (3, 4))}),
            "no weight 'W'; there are weight",
        ),
        (
            lambda: Linear(4, 3)([1, 2, 3, 4], weights={"bias": [1, 2]}),
            "the weight bias has shape 3, found 2",
        ),
        (lambda: Linear(4, 3)(symbol("x")), "the last axis must have in_features = 4 entries"),
        (lambda: Sequential(ReLU), "entry 0 is no layer"),
        (lambda: Sequential([ReLU()]), "name layers one by one, without a list"),
        (lambda: Softmax(dim=0)(symbol("x", (2, 3))), "dim is the last axis"),
    ],
)
def test_what_makes_no_sense_is_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build()
