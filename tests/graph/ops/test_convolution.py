import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.oracle import Case, checks, run
from tripos.graph import GraphError, conv2d, declared, flip, floats, size, symbol
from tripos.graph.node import apply
from tripos.graph.op import table


def reference(stride=1, padding=0):
    """Return JAX's convolution of one image with one kernel, with channels or without."""

    def conv(x, kernel):
        image = x[None] if x.ndim == 3 else x[None, None]
        weights = kernel if kernel.ndim == 4 else kernel[None, None]
        y = jax.lax.conv_general_dilated(image, weights, (stride, stride), [(padding, padding)] * 2)
        return y[0] if x.ndim == 3 else y[0, 0]

    return conv


def adjoint(argument, size, stride=1, padding=0):
    """Return the adjoint of JAX's convolution in one argument, as a function of the other and of g."""

    def dx(g, kernel):
        return jax.vjp(lambda x: reference(stride, padding)(x, kernel), jnp.zeros(size))[1](g)[0]

    def dk(x, g):
        return jax.vjp(lambda k: reference(stride, padding)(x, k), jnp.zeros(size))[1](g)[0]

    return dx if argument == 0 else dk


def node(name, **attrs):
    return lambda *args: apply(table[name], *args, **attrs)


GEOMETRIES = [
    # image, kernel, result, stride, padding
    ((4, 5), (2, 3), (3, 3), 1, 0),
    ((5, 4), (2, 3), (3, 2), 2, 1),
    ((2, 4, 3), (2, 2, 2, 2), (2, 3, 2), 1, 0),
    ((2, 4, 4), (3, 2, 3, 3), (3, 2, 2), 2, 1),
]

CASES = []
for x, k, y, s, p in GEOMETRIES:
    attrs = {"stride": s, "padding": p, "channels": len(x) == 3}
    note, orders = "×".join(map(str, x)), 1 if s == 1 else 2
    CASES += [
        Case(
            "conv2d",
            lambda a, b, s=s, p=p: conv2d(a, b, s, p),
            reference(s, p),
            (x, k),
            orders=orders,
            note=note,
        ),
        Case(
            "conv2d_dx",
            node("conv2d_dx", size=x, **attrs),
            adjoint(0, x, s, p),
            (y, k),
            orders=orders,
            note=note,
        ),
        Case(
            "conv2d_dk",
            node("conv2d_dk", size=k, **attrs),
            adjoint(1, k, s, p),
            (x, y),
            orders=orders,
            note=note,
        ),
    ]
CASES += [
    Case("flip", flip, lambda k: k[..., ::-1, ::-1], ((2, 2, 3),)),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_geometry_agrees_with_scipy(data):
    height, width = data.draw(st.integers(1, 7)), data.draw(st.integers(1, 7))
    stride, padding = data.draw(st.integers(1, 4)), data.draw(st.integers(0, 3))
    h = data.draw(st.integers(1, height + 2 * padding))
    w = data.draw(st.integers(1, width + 2 * padding))
    rng = np.random.default_rng(height + 10 * width)
    values = [rng.integers(-5, 6, (height, width)), rng.integers(-5, 6, (h, w))]
    x, k = symbol("x", (height, width)), symbol("K", (h, w))
    y = conv2d(x, k, stride, padding)
    want = scipy.signal.correlate2d(np.pad(values[0], padding), values[1], "valid")[::stride, ::stride]
    assert y.shape == want.shape
    for space in ("kernels", "textbook", "exact"):
        np.testing.assert_array_equal(run([y], [x, k], values, space)[0], want)


def test_the_flipped_convention_is_the_convolution_of_signal_processing():
    x, k = symbol("x", (4, 4)), symbol("K", (2, 3))
    values = [np.arange(16).reshape(4, 4), np.arange(6).reshape(2, 3)]
    with declared({"convolution": "flipped"}):
        node = conv2d(x, k)
    want = scipy.signal.convolve2d(*values, "valid")
    np.testing.assert_array_equal(floats(node, x=values[0], K=values[1]), want)


def test_symbolic_sizes():
    h, w = size("H W")
    channels, *same = conv2d(symbol("x", (3, h, w)), symbol("K", (8, 3, 3, 3)), padding=1).shape
    halved = conv2d(symbol("x", (h, w)), symbol("K", (3, 3)), 2).shape
    assert channels == 8
    for n in (3, 8, 9):
        assert run([*same, *halved], [h, w], [n, n + 1]) == [n, n + 1, (n - 3) // 2 + 1, (n - 2) // 2 + 1]


def test_cost_of_the_first_layer_of_alexnet():
    x, k = (3, 223, 223), (96, 3, 11, 11)
    attrs = {"stride": 4, "padding": 0, "channels": True}
    assert table["conv2d"].shape(x, k, **attrs) == (96, 54, 54)
    macs = 96 * 54 * 54 * 3 * 11 * 11
    assert table["conv2d"].cost(x, k, **attrs) == macs
    assert table["conv2d_dx"].cost((96, 54, 54), k, size=x, **attrs) == macs
    assert table["conv2d_dk"].cost(x, (96, 54, 54), size=k, **attrs) == macs


@pytest.mark.parametrize(
    ("shapes", "options", "message"),
    [
        (((4, 4), (5, 5)), {}, "conv2d: a window of 5 does not fit an axis of 4 with padding 0"),
        (
            ((3, 4, 4), (8, 2, 3, 3)),
            {},
            "conv2d: the image 3×4×4 has 3 channels, the kernel 8×2×3×3 expects 2",
        ),
        (((4, 4), (1, 1, 2, 2)), {}, "conv2d: .* found 4×4 with 1×1×2×2"),
        (((4,), (2,)), {}, "conv2d: .* found 4 with 2"),
        (((4, 4), (2, 2)), {"stride": 0}, "conv2d: the stride must be a positive integer, found 0"),
        (((4, 4), (2, 2)), {"padding": -1}, "conv2d: the padding must be 0 or more, found -1"),
    ],
)
def test_shapes_that_do_not_fit_are_named(shapes, options, message):
    with pytest.raises(GraphError, match=message):
        conv2d(symbol("x", shapes[0]), symbol("K", shapes[1]), **options)
