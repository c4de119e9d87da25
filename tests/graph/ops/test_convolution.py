import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.oracle import Case, checks, close, expected, inputs, real, run
from tripos.graph import (
    GraphError,
    Program,
    constant,
    conv1d,
    conv2d,
    conv_transpose1d,
    conv_transpose2d,
    declared,
    exact,
    flip,
    floats,
    grad,
    matrix,
    named,
    size,
    symbol,
    write,
)
from tripos.graph import sum as total
from tripos.graph.node import apply
from tripos.graph.op import table
from tripos.graph.spaces import exact as exact_space

CONV = {1: conv1d, 2: conv2d}
TRANSPOSED = {1: conv_transpose1d, 2: conv_transpose2d}


def batched(x, kernel, n):
    """Return an image with batch and channel axes, and a kernel with both channel axes."""
    return x.reshape((1,) * (n + 2 - x.ndim) + x.shape), kernel.reshape(
        (1,) * (n + 2 - kernel.ndim) + kernel.shape
    )


def reference(n, stride, padding, dilation, groups):
    """Return JAX's convolution of one image (or a batch) with one kernel, with channels or without."""

    def conv(x, kernel):
        y = jax.lax.conv_general_dilated(
            *batched(x, kernel, n), stride, padding, rhs_dilation=dilation, feature_group_count=groups
        )
        return y.reshape(y.shape[n + 2 - x.ndim :])

    return conv


def node(name, **attrs):
    return lambda *args: apply(table[name], *args, **attrs)


GEOMETRIES = [
    # image, kernel, stride, padding, dilation, groups
    ((5,), (2,), (1,), ((0, 0),), (1,), 1),
    ((4, 7), (2, 2, 2), (2,), ((1, 0),), (2,), 2),
    ((2, 2, 4), (3, 2, 3), (1,), ((1, 1),), (1,), 1),
    ((4, 5), (2, 3), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    ((5, 4), (2, 3), (2, 1), ((1, 1), (0, 2)), (1, 1), 1),
    ((2, 4, 5), (4, 1, 2, 2), (2, 2), ((1, 1), (1, 1)), (1, 2), 2),
    ((2, 2, 3, 3), (2, 2, 2, 2), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
]

CASES = []
for x, k, s, p, d, groups in GEOMETRIES:
    n = len(s)
    layout = {0: "plain", 1: "channels", 2: "batch"}[len(x) - n]
    attrs = {"stride": s, "padding": p, "dilation": d, "groups": groups, "layout": layout}
    conv = reference(n, s, p, d, groups)
    y = jax.eval_shape(conv, jnp.zeros(x), jnp.zeros(k)).shape
    note, orders = "×".join(map(str, x)), 2 if groups > 1 and n == 1 else 1
    CASES += [
        Case(
            f"conv{n}d",
            lambda a, b, n=n, at=(s, p, d, groups): CONV[n](a, b, *at),
            conv,
            (x, k),
            orders=orders,
            note=note,
        ),
        Case(
            f"conv_transpose{n}d",
            node(f"conv_transpose{n}d", size=x[-n:], **attrs),
            lambda g, k, x=x, conv=conv: jax.vjp(lambda x: conv(x, k), jnp.zeros(x))[1](g)[0],
            (y, k),
            orders=orders,
            note=note,
        ),
        Case(
            f"conv{n}d_dk",
            node(f"conv{n}d_dk", size=k[-n:], **attrs),
            lambda x, g, k=k, conv=conv: jax.vjp(lambda k: conv(x, k), jnp.zeros(k))[1](g)[0],
            (x, y),
            orders=orders,
            note=note,
        ),
    ]
CASES += [
    Case("flip", flip, lambda k: k[..., ::-1, ::-1], ((2, 2, 3),)),
    Case("flip", flip, lambda k: k[::-1], ((3,),), note="vector"),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


@pytest.mark.parametrize("case", [c for c in CASES if "1d" in c.op], ids=str)
def test_batches_in_jax_are_mapped_over(case):
    """A batch of images, or of kernels, gives in JAX what it gives in NumPy."""
    values = [[real(v) for v in inputs(case, seed)] for seed in range(2)]
    compute = table[case.op].fast(pytest.importorskip("tripos.graph.spaces.jax"))
    attrs = dict(case.node.attrs)
    with jax.enable_x64(True):
        for batch in ((0,), (1,), (0, 1)):
            args = [np.stack([v[i] for v in values]) if i in batch else values[0][i] for i in (0, 1)]
            want = run([case.node], case.symbols, args)[0]
            close(np.asarray(compute(*map(jnp.asarray, args), **attrs)), want, 1e-10)


# -- against SciPy and NumPy -------------------------------------------------------------------------


@st.composite
def geometries(draw, n):
    """Draw an image and a kernel of integers, strides, paddings by side and dilations that fit."""
    along = []
    for _ in range(n):
        length, before, after = draw(st.tuples(st.integers(1, 7), st.integers(0, 3), st.integers(0, 3)))
        dilation = draw(st.integers(1, 3))
        k = draw(st.integers(1, (length + before + after - 1) // dilation + 1))
        along.append((length, k, draw(st.integers(1, 4)), (before, after), dilation))
    image, kernel, stride, padding, dilation = zip(*along, strict=True)
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return rng.integers(-5, 6, image), rng.integers(-5, 6, kernel), stride, padding, dilation


def dilated(kernel, dilation):
    """Return a kernel with zeros between its entries."""
    out = np.zeros([d * (k - 1) + 1 for k, d in zip(kernel.shape, dilation, strict=True)], dtype=int)
    out[tuple(slice(None, None, d) for d in dilation)] = kernel
    return out


@pytest.mark.parametrize("n", [1, 2])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_geometry_agrees_with_scipy(n, data):
    image, kernel, stride, padding, dilation = data.draw(geometries(n))
    x, k = symbol("x", image.shape), symbol("K", kernel.shape)
    y = CONV[n](x, k, stride, padding, dilation)
    every = scipy.signal.correlate(np.pad(image, padding), dilated(kernel, dilation), "valid", "direct")
    want = every[tuple(slice(None, None, s) for s in stride)]
    assert y.shape == want.shape
    for space in ("kernels", "textbook", "exact"):
        np.testing.assert_array_equal(run([y], [x, k], [image, kernel], space)[0], want)


@pytest.mark.parametrize("n", [1, 2])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_the_transpose_of_any_geometry_agrees_with_scipy(n, data):
    """A transposed convolution is a full one of the image with zeros between its entries, cropped."""
    image, kernel, stride, padding, dilation = data.draw(geometries(n))
    sparse = np.zeros([s * (m - 1) + 1 for m, s in zip(image.shape, stride, strict=True)], dtype=int)
    sparse[tuple(slice(None, None, s) for s in stride)] = image
    extra = tuple(data.draw(st.integers(0, s - 1)) for s in stride)
    whole = scipy.signal.convolve(sparse, dilated(kernel, dilation), "full", "direct")
    whole = np.pad(whole, [(0, e) for e in extra])
    want = whole[tuple(slice(b, m - a) for m, (b, a) in zip(whole.shape, padding, strict=True))]
    x, k = symbol("x", image.shape), symbol("K", kernel.shape)
    if 0 in want.shape:
        with pytest.raises(GraphError, match=f"conv_transpose{n}d: nothing is left of"):
            TRANSPOSED[n](x, k, stride, padding, extra, 1, dilation)
        return
    y = TRANSPOSED[n](x, k, stride, padding, extra, 1, dilation)
    assert y.shape == want.shape
    for space in ("kernels", "textbook", "exact"):
        np.testing.assert_array_equal(run([y], [x, k], [image, kernel], space)[0], want)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_channels_and_groups_are_sums_of_plain_convolutions(data):
    groups, inside, outside = (data.draw(st.integers(1, 3)) for _ in range(3))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    image = rng.integers(-5, 6, (2, groups * inside, 4, 3))
    kernel = rng.integers(-5, 6, (groups * outside, inside, 2, 2))
    want = np.zeros((2, groups * outside, 3, 2))
    for example, o, c in np.ndindex(2, groups * outside, inside):
        of = o // outside * inside + c
        want[example, o] += scipy.signal.correlate2d(image[example, of], kernel[o, c], "valid")
    x, k = symbol("x", image.shape), symbol("K", kernel.shape)
    y = conv2d(x, k, groups=groups)
    for space in ("kernels", "textbook", "exact"):
        np.testing.assert_array_equal(run([y], [x, k], [image, kernel], space)[0], want)


@settings(max_examples=40, deadline=None)
@given(
    x=st.lists(st.integers(-9, 9), min_size=1, max_size=8),
    k=st.lists(st.integers(-9, 9), min_size=1, max_size=5),
)
def test_the_flipped_kernel_gives_the_convolution_of_signal_processing(x, k):
    np.testing.assert_array_equal(floats(conv1d(x, k, padding="full", flip=True)), np.convolve(x, k))
    np.testing.assert_array_equal(
        floats(conv1d(x, k, padding="full", flip=False)), np.correlate(x, k, "full")
    )
    if len(k) <= len(x):
        np.testing.assert_array_equal(
            floats(conv1d(x, k, padding="valid", flip=True)), np.convolve(x, k, "valid")
        )
        if len(k) % 2:
            np.testing.assert_array_equal(
                floats(conv1d(x, k, padding="same", flip=True)), np.convolve(x, k, "same")
            )


@pytest.mark.parametrize(
    ("padding", "want"), [("full", [1, 2, 5, 8, 6, 8]), ("valid", [5, 8]), ("same", [2, 5, 8, 6])]
)
def test_the_three_paddings_of_a_small_convolution(padding, want):
    x, k = [1, 2, 3, 4], [1, 0, 2]
    assert exact(conv1d(x, k, padding=padding, flip=True)).tolist() == want
    assert exact(conv1d(x, flip(k), padding=padding, flip=False)).tolist() == want


def test_the_declared_convention_says_whether_the_kernel_is_flipped():
    x, k = symbol("x", (4, 4)), symbol("K", (2, 3))
    values = [np.arange(16).reshape(4, 4), np.arange(6).reshape(2, 3)]
    with declared({"convolution": "flipped"}) as state:
        node = conv2d(x, k)
        assert conv2d(x, k, flip=True) is node
        assert conv2d(x, k, flip=False) is not node
    assert state.used == {"convolution"}
    want = scipy.signal.convolve2d(*values, "valid")
    np.testing.assert_array_equal(floats(node, x=values[0], K=values[1]), want)
    with declared({}) as state:
        assert conv2d(x, k, flip=True) is node
    assert not state.used


def test_a_transposed_convolution_is_the_gradient_of_the_convolution_that_takes_it_back():
    x, k, g = symbol("x", (2, 7, 6)), symbol("K", (4, 1, 3, 2)), symbol("g", (4, 4, 2))
    settings = {"stride": (2, 3), "padding": (1, 0), "groups": 2}
    slope = grad(total(conv2d(x, k, **settings) * g), x)
    assert slope is conv_transpose2d(g, k, output_padding=(0, 1), **settings)


def test_the_gradient_of_the_image_is_a_full_convolution_with_the_kernel_flipped():
    x, k, g = symbol("x", (5,)), symbol("k", (3,)), symbol("g", (3,))
    slope = grad(total(conv1d(x, k) * g), x)
    values = {"k": [1, -2, 4], "g": [3, 1, 2]}
    np.testing.assert_array_equal(exact(slope, **values), np.convolve(values["g"], values["k"]))


# -- sizes -------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 30),
    k=st.integers(1, 6),
    stride=st.integers(1, 4),
    padding=st.integers(0, 3),
    dilation=st.integers(1, 3),
)
def test_symbolic_sizes_are_those_of_numbers(n, k, stride, padding, dilation):
    if n + 2 * padding < dilation * (k - 1) + 1:
        return
    symbols = [size(name) for name in ("n", "k", "s", "p", "d")]
    (found,) = conv1d(symbol("x", symbols[0]), symbol("K", symbols[1]), *symbols[2:]).shape
    (want,) = conv1d(symbol("x", n), symbol("K", k), stride, padding, dilation).shape
    assert run([found], symbols, [n, k, stride, padding, dilation]) == [want]
    (back,) = conv_transpose1d(symbol("x", symbols[0]), symbol("K", symbols[1]), symbols[2]).shape
    assert run([back], symbols[:3], [n, k, stride]) == [(n - 1) * stride + k]


def test_symbolic_sizes_are_tidy():
    h, w, k, c, d = size("H W k c d")
    image, kernel = symbol("x", (c, h, w)), symbol("K", (d, c, k, k))
    assert conv2d(image, kernel, padding="same").shape == (d, h, w)
    assert [write(n).text for n in conv2d(image, kernel, padding="full").shape[1:]] == [
        "H + k − 1",
        "k + W − 1",
    ]
    assert [write(n).text for n in conv2d(image, kernel).shape[1:]] == ["H − k + 1", "W − k + 1"]


def test_an_image_of_symbolic_size_is_convolved_but_its_gradient_needs_the_size():
    h, w = size("H W")
    x, k = symbol("x", (h, w)), symbol("K", (2, 2))
    y = conv2d(x, k, 2)
    dx, dk = grad(total(y * y), [x, k])
    values = [np.ones((5, 4)), np.ones((2, 2))]
    for space in ("kernels", "textbook", "exact"):
        np.testing.assert_array_equal(run([y], [x, k], values, space)[0], np.full((2, 2), 4))
        np.testing.assert_array_equal(run([dk], [x, k], values, space)[0], np.full((2, 2), 32))
        with pytest.raises(GraphError, match="can be evaluated only where sizes are numbers"):
            run([dx], [x, k], values, space)


def test_cost_of_the_first_layer_of_alexnet():
    x, k = symbol("x", (3, 223, 223)), symbol("K", (96, 3, 11, 11))
    y = conv2d(x, k, stride=4)
    assert y.shape == (96, 54, 54)
    slopes = grad(total(y), [x, k])
    for node in (y, *slopes):
        cost = node.op.cost(*(a.shape for a in node.args), **dict(node.attrs))
        assert cost == 96 * 54 * 54 * 3 * 11 * 11


@pytest.mark.parametrize(
    ("groups", "inside", "count"),
    [(1, 6, 8 * 8 * 12 * 6 * 9), (2, 3, 8 * 8 * 12 * 3 * 9), (6, 1, 8 * 8 * 12 * 9)],
)
def test_groups_divide_the_cost(groups, inside, count):
    x, k = symbol("x", (5, 6, 8, 8)), symbol("K", (12, inside, 3, 3))
    y = conv2d(x, k, padding="same", groups=groups)
    for node in (y, *grad(total(y), [x, k])):
        assert node.op.cost(*(a.shape for a in node.args), **dict(node.attrs)) == 5 * count


@settings(max_examples=30, deadline=None)
@given(k=st.integers(1, 4), stride=st.integers(1, 3), dilation=st.integers(1, 2), padding=st.integers(0, 3))
def test_the_window_is_what_an_output_sees(k, stride, dilation, padding):
    x, kernel = symbol("x", 60), constant([1] * k)
    for build in (conv1d, conv_transpose1d):
        if build is conv1d:
            y = build(x, kernel, stride, padding, dilation)
        else:
            y = build(x, kernel, stride, padding, dilation=dilation)
        ((span, step, before),) = y.op.window(*(a.shape for a in y.args), **dict(y.attrs))
        for output in range(14, 14 + stride):
            spread = floats(grad(y[output], x))
            if not spread.any():
                continue  # strides longer than the kernel leave gaps
            (where,) = np.nonzero(spread)
            start = step * output - before
            assert start <= where[0]
            assert where[-1] <= start + span - 1
            if build is conv1d:
                assert (where[0], where[-1]) == (start, start + span - 1)


# -- how it is written, and what is refused ----------------------------------------------------------


def test_settings_are_written_where_they_are_not_the_usual_ones():
    x, k = symbol("x", (9, 9)), symbol("K", (3, 3))
    assert write(conv2d(x, k)).text == "x ⋆ K"
    assert write(conv2d(x, k, 2, 1)).text == "x ⋆[s=2,p=1] K"
    assert write(conv2d(x, k, 2, 1)).latex == r"\mathbf{x} \star_{s=2,p=1} \mathbf{K}"
    assert write(conv2d(x, k, (2, 1), ((0, 1), (0, 0)), 2)).text == "x ⋆[s=2×1,p=0+1×0,d=2] K"
    assert write(conv_transpose2d(x, k, 2)).text == "x ⋆ᵀ[s=2] K"
    assert write(conv2d(symbol("x", (4, 9, 9)), symbol("K", (4, 1, 3, 3)), groups=4)).text == "x ⋆[g=4] K"
    assert write(conv1d([1, 2, 3], [1, 4], flip=True)).text == "[1 2 3]ᵀ ⋆ flip([1 4]ᵀ)"


def test_the_adjoint_of_the_kernel_exchanges_stride_and_dilation():
    x, k = symbol("x", 9), symbol("k", 3)
    y = named(conv1d(x, k, stride=2), "y")
    loss = named(total(y * y), "L")
    slope = grad(loss, k)
    assert write(slope, own_name=False).text == "x ⋆[d=2] (∂L/∂y)"
    assert write(conv1d(x, symbol("g", 4), dilation=2)).text == "x ⋆[d=2] g"
    values = {"x": list(range(9)), "k": [1, 0, 2]}
    g = 2 * floats(y, **values)
    np.testing.assert_allclose(
        floats(slope, **values), floats(conv1d(list(range(9)), [int(v) for v in g], dilation=2))
    )


def test_a_list_of_numbers_is_an_image():
    assert exact(conv2d([[1, 2], [3, 4]], [[1, 1]])).tolist() == [[3], [7]]


def test_a_shape_that_is_known_once_is_not_worked_out_again():
    """The exact evaluation of a small convolution stays cheap: nothing is planned a second time."""
    from tripos.graph.ops import convolution_rules

    program = Program([conv2d(matrix("1 0 1; 0 1 0; 1 0 1"), matrix("-1 -2; 1 2"))], exact_space)
    program()
    before = convolution_rules._plan.cache_info()
    assert program()[0].tolist() == [[1, -1], [-1, 1]]
    after = convolution_rules._plan.cache_info()
    assert (after.hits, after.misses) == (before.hits + 1, before.misses)


@pytest.mark.parametrize(
    ("shapes", "options", "message"),
    [
        (((4, 4), (5, 5)), {}, "conv2d: a window of 5 does not fit an axis of 4 with padding 0"),
        (
            ((4, 4), (3, 3)),
            {"dilation": 2},
            r"a window of 3 \(dilated to 5\) does not fit an axis of 4 with padding 0",
        ),
        (((4, 4), (6, 1)), {"padding": ((0, 1), (0, 0))}, "an axis of 4 with padding 0 and 1"),
        (
            ((3, 4, 4), (8, 2, 3, 3)),
            {},
            "conv2d: the image 3×4×4 has 3 channels, the kernel 8×2×3×3 expects 2",
        ),
        (
            ((4, 4, 4), (8, 4, 3, 3)),
            {"groups": 2},
            "has 4 channels, the kernel 8×4×3×3 expects 8 in 2 groups",
        ),
        (((4, 4, 4), (9, 2, 3, 3)), {"groups": 2}, "2 groups do not divide the 9 channels"),
        (((4, 4), (2, 2)), {"groups": 2}, "2 groups need channels"),
        (((4, 4), (1, 1, 2, 2)), {}, "conv2d: expected H×W .* found 4×4 with 1×1×2×2"),
        (((4,), (2,)), {}, "conv2d: .* found 4 with 2"),
        (((4, 4), (2, 2)), {"stride": 0}, "conv2d: the stride must be a positive integer, found 0"),
        (((4, 4), (2, 2)), {"stride": (1, 2, 3)}, "the stride must be a positive integer, or 2 of them"),
        (((4, 4), (2, 2)), {"stride": "1"}, "the stride must be a positive integer, found '1'"),
        (((4, 4), (2, 2)), {"dilation": -1}, "the dilation must be a positive integer, found -1"),
        (((4, 4), (2, 2)), {"groups": 0}, "the number of groups must be a positive integer, found 0"),
        (((4, 4), (2, 2)), {"groups": size("q")}, "the number of groups must be known, found q"),
        (((4, 4), (2, 2)), {"padding": -1}, "conv2d: the padding must be 0 or more, found -1"),
        (((4, 4), (2, 2)), {"padding": (1, 2, 3)}, "one for each axis such as"),
        (((4, 4), (2, 2)), {"padding": "half"}, "no padding 'half'; there are valid, same, full"),
        (((size("N"), 4), (2, 2)), {"padding": "same", "stride": 2}, "'same' needs sizes that are numbers"),
    ],
)
def test_shapes_that_do_not_fit_are_named(shapes, options, message):
    with pytest.raises(GraphError, match=message):
        conv2d(symbol("x", shapes[0]), symbol("K", shapes[1]), **options)


@pytest.mark.parametrize(
    ("shapes", "options", "message"),
    [
        (((3, 4, 4), (2, 8, 3, 3)), {}, "conv_transpose2d: the image 3×4×4 has 3 channels, .* expects 2"),
        (((4, 4), (3, 3)), {"output_padding": 1}, "the output padding 1 must be smaller than the stride 1"),
        (((4, 4), (3, 3)), {"output_padding": -1}, "the output padding must be 0 or more, found -1"),
        (((1, 4), (1, 3)), {"padding": 1}, "nothing is left of 1×4"),
        (((4, 4), (3, 3)), {"padding": "same"}, "the padding must be 0 or more, found 'same'"),
        (((4,), (3,)), {}, "conv_transpose2d: .* found 4 with 3"),
    ],
)
def test_transposes_that_do_not_fit_are_named(shapes, options, message):
    with pytest.raises(GraphError, match=message):
        conv_transpose2d(symbol("x", shapes[0]), symbol("K", shapes[1]), **options)


def test_sequences_are_named_as_such():
    with pytest.raises(GraphError, match=r"conv1d: expected L with a kernel k, or C×L or N×C×L .* found 4×4"):
        conv1d(symbol("x", (4, 4)), symbol("k", 2))


@pytest.mark.parametrize(("shape", "axes"), [((), None), ((3,), 2), ((3, 3), 0)])
def test_what_has_no_such_axes_is_not_flipped(shape, axes):
    with pytest.raises(GraphError, match="flip: cannot reverse"):
        flip(symbol("k", shape), axes)


def test_expected_values_are_those_of_the_oracle():
    """JAX and SciPy, the two oracles of this file, agree on what a convolution is."""
    case = next(c for c in CASES if c.op == "conv2d" and str(c).endswith("4×5"))
    image, kernel = (real(v) for v in inputs(case))
    close(expected(case), scipy.signal.correlate2d(image, kernel, "valid"))
