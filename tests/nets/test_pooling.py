import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tripos.graph import GraphError, adaptive_avg_pool2d, avg_pool2d, floats, max_pool1d, max_pool2d, symbol
from tripos.nets import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AvgPool1d,
    AvgPool2d,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool1d,
    MaxPool2d,
    parameters,
)


def reduced(x, start, combine, window, stride, padding):
    """Return JAX's reduction of windows of the last axes."""
    lead = (1,) * (x.ndim - len(window))
    width = [(0, 0)] * len(lead) + [(p, p) for p in padding]
    with jax.enable_x64(True):
        found = jax.lax.reduce_window(
            jnp.asarray(x), start, combine, (*lead, *window), (*lead, *stride), width
        )
        return np.asarray(found)


@pytest.mark.parametrize("batch", [(), (2,)])
@pytest.mark.parametrize(
    ("maximum", "mean", "settings", "shape"),
    [
        (MaxPool1d, AvgPool1d, ((3,), (2,), (1,)), (3, 8)),
        (MaxPool2d, AvgPool2d, ((3, 3), (2, 2), (1, 1)), (3, 7, 8)),
        (MaxPool2d, AvgPool2d, ((2, 3), (1, 2), (1, 0)), (2, 4, 5)),
    ],
)
def test_layers_agree_with_jax(maximum, mean, settings, shape, batch):
    image = np.random.default_rng(0).normal(size=(*batch, *shape))
    x = symbol("x", image.shape)
    np.testing.assert_allclose(
        floats(maximum(*settings)(x), x=image), reduced(image, -np.inf, jax.lax.max, *settings)
    )
    sums = reduced(image, 0.0, jax.lax.add, *settings)
    inside = reduced(np.ones(image.shape), 0.0, jax.lax.add, *settings)
    np.testing.assert_allclose(floats(mean(*settings)(x), x=image), sums / np.prod(settings[0]))
    np.testing.assert_allclose(floats(mean(*settings, count_include_pad=False)(x), x=image), sums / inside)


# Sizes from PyTorch's documentation: ⌊(n + 2p − k)/s⌋ + 1.
@pytest.mark.parametrize(
    ("layer", "image", "result"),
    [
        (MaxPool1d(3, stride=2), (20, 16, 50), (20, 16, 24)),
        (MaxPool2d(3, stride=2), (20, 16, 50, 32), (20, 16, 24, 15)),
        (MaxPool2d((3, 2), (2, 1)), (16, 50, 32), (16, 24, 31)),
        (MaxPool2d(3, 2, 1), (64, 112, 112), (64, 56, 56)),
        (AvgPool1d(2), (16, 51), (16, 25)),
        (AvgPool2d(3, 1, 1), (16, 5, 6), (16, 5, 6)),
        (AdaptiveAvgPool1d(5), (4, 10), (4, 5)),
        (AdaptiveAvgPool2d((5, 7)), (1, 64, 10, 7), (1, 64, 5, 7)),
        (AdaptiveAvgPool2d(1), (512, 7, 7), (512, 1, 1)),
        (GlobalAvgPool(), (2, 512, 7, 7), (2, 512)),
        (GlobalMaxPool(axes=1), (512, 7), (512,)),
    ],
)
def test_shapes_are_those_of_pytorch(layer, image, result):
    x = symbol("x", image)
    assert layer(x).shape == result
    assert floats(layer(x), x=np.zeros(image)).shape == result
    assert floats(parameters(layer)) == 0


def test_layers_are_the_functions_of_the_graph():
    x = symbol("x", (2, 6, 6))
    assert MaxPool2d(3, 2)(x) is max_pool2d(x, 3, 2)
    assert MaxPool1d(3)(x) is max_pool1d(x, 3)
    assert AvgPool2d(2)(x) is avg_pool2d(x, 2)
    assert AdaptiveAvgPool2d(3)(x) is adaptive_avg_pool2d(x, 3)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda: MaxPool2d(0), "MaxPool2d: the window must be a positive integer, found 0"),
        (lambda: MaxPool2d(2, padding=2), "MaxPool2d: .* more than half of a window of 2"),
        (lambda: AvgPool1d(2, (1, 1)), "AvgPool1d: the stride must be a positive integer, or 1 of them"),
        (lambda: AdaptiveAvgPool2d(0), "AdaptiveAvgPool2d: the output_size must be a positive integer"),
        (lambda: GlobalAvgPool(3), "GlobalAvgPool: pools the last axis or the last two"),
    ],
)
def test_layers_that_make_no_sense_are_named(layer, message):
    with pytest.raises(GraphError, match=message):
        layer()


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (AvgPool2d(7), "a window of 7 does not fit an axis of 6"),
        (AdaptiveAvgPool2d(4), "an axis of 6 does not divide into 4 equal windows"),
    ],
)
def test_layers_that_do_not_fit_are_named(layer, message):
    with pytest.raises(GraphError, match=message):
        layer(symbol("x", (3, 6, 6)))
