import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.graph import GraphError, exact, flatten, floats, size, symbol, vec, write
from tripos.graph.slips import slips
from tripos.nets import (
    Conv1d,
    Conv2d,
    ConvTranspose1d,
    ConvTranspose2d,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    parameters,
)

LETTERS = {"weight": "K", "bias": "b"}


def drawn(layer):
    """Return values for the weights of a layer, by name."""
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=shape) for name, shape in layer.weights().items()}


def output(layer, x, values):
    """Return what a layer makes of an array, its weights given by their values."""
    node = layer(symbol("x", x.shape))
    found = floats(node, x=x, **{LETTERS[name]: v for name, v in values.items()})
    assert node.shape == found.shape
    return found


def by_jax(layer, x, kernel):
    """Return JAX's convolution with the settings of a layer, of one example or of a batch."""
    n = layer.axes
    found = jax.lax.conv_general_dilated(
        x.reshape((-1, *x.shape[-n - 1 :])),
        kernel,
        (layer.stride,) * n,
        [(p, p) for p in layer.padding],
        rhs_dilation=(layer.dilation,) * n,
        feature_group_count=layer.groups,
    )
    return found.reshape((*x.shape[: -n - 1], *found.shape[1:]))


def with_bias(maps, layer, values):
    return maps + values["bias"].reshape((-1, *(1,) * layer.axes)) if layer.bias else maps


@st.composite
def uses(draw, kind, **more):
    """Draw a layer with channels and groups, and an array that it takes, with a batch axis or without."""
    n, groups = kind.axes, draw(st.integers(1, 2))
    inside, outside = (groups * draw(st.integers(1, 2)) for _ in range(2))
    kernel = tuple(draw(st.integers(1, 3)) for _ in range(n))
    stride, dilation = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    padding = tuple(draw(st.integers(0, 1)) for _ in range(n))
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    options |= {name: draw(choose(stride)) for name, choose in more.items()}
    sides = [draw(st.integers(dilation * (k - 1) + 3, 8)) for k in kernel]
    batch = (2,) if draw(st.booleans()) else ()
    x = np.random.default_rng(1).normal(size=(*batch, inside, *sides))
    return kind(inside, outside, kernel, bias=draw(st.booleans()), **options), x


@pytest.mark.parametrize("kind", [Conv1d, Conv2d])
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_layers_agree_with_jax(kind, data):
    layer, x = data.draw(uses(kind))
    values = drawn(layer)
    with jax.enable_x64(True):
        want = with_bias(np.asarray(by_jax(layer, jnp.asarray(x), values["weight"])), layer, values)
    np.testing.assert_allclose(output(layer, x, values), want, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("kind", "back"), [(ConvTranspose1d, Conv1d), (ConvTranspose2d, Conv2d)])
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_transposed_layers_are_gradients_of_jax(kind, back, data):
    """A transposed layer is what carries a gradient back through the convolution with its weights."""
    layer, x = data.draw(uses(kind, output_padding=lambda stride: st.integers(0, stride - 1)))
    values = drawn(layer)
    got = output(layer, x, values)
    options = {name: getattr(layer, name) for name in ("stride", "padding", "dilation", "groups")}
    forth = back(layer.out_channels, layer.in_channels, layer.kernel_size, **options)
    with jax.enable_x64(True):
        _, backward = jax.vjp(lambda image: by_jax(forth, image, values["weight"]), jnp.zeros(got.shape))
        want = with_bias(np.asarray(backward(jnp.asarray(x))[0]), layer, values)
    np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-10)


# The shapes of weights and of outputs are those of PyTorch's documentation.
@pytest.mark.parametrize(
    ("layer", "weights", "image", "result"),
    [
        (Conv1d(16, 33, 3, stride=2), {"weight": (33, 16, 3), "bias": (33,)}, (20, 16, 50), (20, 33, 24)),
        (Conv2d(16, 33, 3, stride=2), {"weight": (33, 16, 3, 3), "bias": (33,)}, (16, 50, 100), (33, 24, 49)),
        (
            Conv2d(16, 33, (3, 5), (2, 1), (4, 2), (3, 1)),
            {"weight": (33, 16, 3, 5), "bias": (33,)},
            (20, 16, 50, 100),
            (20, 33, 26, 100),
        ),
        (
            Conv2d(6, 12, 3, padding="same", groups=3),
            {"weight": (12, 2, 3, 3), "bias": (12,)},
            (6, 7, 4),
            (12, 7, 4),
        ),
        (Conv2d(6, 6, 3, 1, 1, 1, 6, False), {"weight": (6, 1, 3, 3)}, (6, 7, 4), (6, 7, 4)),
        (Conv1d(2, 3, 4, padding="full", bias=False), {"weight": (3, 2, 4)}, (2, 5), (3, 8)),
        (
            ConvTranspose2d(16, 33, (3, 5), stride=(2, 1), padding=(4, 2)),
            {"weight": (16, 33, 3, 5), "bias": (33,)},
            (20, 16, 50, 100),
            (20, 33, 93, 100),
        ),
        (
            ConvTranspose2d(16, 16, 3, stride=2, padding=1, output_padding=1),
            {"weight": (16, 16, 3, 3), "bias": (16,)},
            (16, 6, 6),
            (16, 12, 12),
        ),
        (ConvTranspose1d(4, 6, 3, 2, 0, 1, 2, False, 3), {"weight": (4, 3, 3)}, (4, 5), (6, 16)),
    ],
)
def test_shapes_are_those_of_pytorch(layer, weights, image, result):
    assert layer.weights() == weights
    assert layer(symbol("x", image)).shape == result


def test_the_layers_of_lenet():
    """LeCun et al., 1998, as it is taught: 61,706 parameters for 32×32 pixels and ten digits."""
    lenet = Sequential(
        Conv2d(1, 6, 5),
        ReLU(),
        MaxPool2d(2),
        Conv2d(6, 16, 5),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(16 * 5 * 5, 120),
        ReLU(),
        Linear(120, 84),
        ReLU(),
        Linear(84, 10),
    )
    assert lenet(symbol("x", (1, 32, 32))).shape == (10,)
    assert exact(parameters(lenet)) == 61_706


def test_sizes_may_be_symbols():
    c, d, k, n = size("c d k n")
    layer = Conv2d(c, d, k, padding="same")
    assert layer(symbol("x", (c, n, n))).shape == (d, n, n)
    assert floats(parameters(layer), c=3, d=8, k=5) == 3 * 8 * 25 + 8
    split = Conv1d(c, 2 * c, k, groups=2, bias=False)
    assert floats(parameters(split), c=6, k=3) == 12 * 3 * 3
    assert [write(m).text for m in split(symbol("x", (c, n))).shape] == ["2c", "n − k + 1"]


def test_a_batch_gives_what_its_examples_give():
    rng = np.random.default_rng(3)
    layer = Sequential(Conv2d(2, 3, 2, stride=2), Flatten(1))
    single = Sequential(Conv2d(2, 3, 2, stride=2), Flatten())
    x, K, b = rng.normal(size=(4, 2, 5, 4)), rng.normal(size=(3, 2, 2, 2)), rng.normal(size=3)
    whole = floats(layer(symbol("x", x.shape)), x=x, K_0=K, b_0=b)
    each = [floats(single(symbol("x", one.shape)), x=one, K_0=K, b_0=b) for one in x]
    np.testing.assert_allclose(whole, np.stack(each))


def test_flattening_goes_by_rows_and_vec_by_columns():
    image = np.arange(24).reshape(2, 3, 4)
    x = symbol("x", image.shape)
    np.testing.assert_array_equal(floats(Flatten()(x), x=image), image.ravel())
    np.testing.assert_array_equal(floats(Flatten(1)(x), x=image), image.reshape(2, 12))
    assert Flatten()(x) is flatten(x)
    plane = symbol("p", (3, 4))
    np.testing.assert_array_equal(floats(flatten(plane), p=image[0]), image[0].ravel("C"))
    np.testing.assert_array_equal(floats(vec(plane), p=image[0]), image[0].ravel("F"))


def test_mistakes_in_a_layer_are_modelled():
    x = symbol("x", (2, 4, 4))
    found = {s.mistake for s in slips(Conv2d(2, 3, 3, padding=1)(x))}
    assert found == {
        "kernel flipped",
        "kernel transposed",
        "padding forgotten",
        "subtracted instead of adding",
        "bias forgotten",
    }


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Conv2d(3, 8, 0), "Conv2d: the kernel_size must be a positive integer, found 0"),
        (lambda: Conv2d(3, 8, (3, 3, 3)), "the kernel_size must be a positive integer, or 2 of them"),
        (lambda: Conv1d(3, 8, (3, 3)), "Conv1d: the kernel_size must be a positive integer, or 1 of them"),
        (lambda: Conv2d(0, 8, 3), "Conv2d: a size is a positive integer .* found 0 as in_channels"),
        (lambda: Conv2d(3, -8, 3), "a size is a positive integer .* found -8 as out_channels"),
        (lambda: Conv2d(3, 8, 3, stride=0), "the stride must be a positive integer, found 0"),
        (lambda: Conv2d(3, 8, 3, padding=-1), "the padding must be 0 or more, found -1"),
        (lambda: Conv2d(3, 8, 3, padding="some"), "Conv2d: no padding 'some'; there are valid, same"),
        (lambda: ConvTranspose1d(3, 8, 3, padding="same"), "the padding must be 0 or more, found 'same'"),
        (lambda: ConvTranspose1d(3, 8, 3, 2, 0, 2), "output padding 2 must be smaller than the stride 2"),
        (lambda: Conv2d(4, 6, 3, groups=4), "Conv2d: 4 groups do not divide out_channels = 6"),
        (
            lambda: ConvTranspose1d(3, 6, 3, groups=2),
            "ConvTranspose1d: 2 groups do not divide in_channels = 3",
        ),
        (lambda: ConvTranspose2d(3, 6, 3, padding="same"), "the padding must be 0 or more, found 'same'"),
        (lambda: Conv2d(3, 8, 3, padding="half")(symbol("x", (3, 5, 5))), "no padding 'half'"),
        (
            lambda: Conv2d(3, 8, 3)(symbol("x", (2, 5, 5))),
            "Conv2d: the input has shape 2×5×5, .* in_channels = 3",
        ),
        (lambda: Conv2d(3, 8, 3)(symbol("x", (5, 5))), "has shape 5×5, but must be C×H×W or N×C×H×W"),
        (lambda: Conv1d(3, 8, 3)(symbol("x", (4, 5))), "has shape 4×5, but must be C×L or N×C×L with C"),
        (lambda: Conv2d(3, 8, 6)(symbol("x", (3, 5, 5))), "a window of 6 does not fit an axis of 5"),
    ],
)
def test_layers_that_do_not_fit_are_named(build, message):
    with pytest.raises(GraphError, match=message):
        build()
