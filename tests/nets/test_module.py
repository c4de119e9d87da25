import numpy as np
import pytest

from tripos.graph import GraphError, exact, floats, size, symbol
from tripos.graph.conventions import declared
from tripos.graph.node import free_symbols
from tripos.nets import Conv2d, Linear, MaxPool2d, parameters


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
