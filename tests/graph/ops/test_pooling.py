import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.oracle import Case, checks, run
from tripos.graph import (
    GraphError,
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    avg_pool1d,
    avg_pool2d,
    exact,
    floats,
    global_avg_pool,
    global_max_pool,
    grad,
    max_pool1d,
    max_pool2d,
    size,
    symbol,
    write,
)
from tripos.graph import sum as total
from tripos.graph.node import apply
from tripos.graph.op import table
from tripos.graph.spaces import jax as jax_space
from tripos.graph.spaces import numpy as numpy_space

MAX, AVG = {1: max_pool1d, 2: max_pool2d}, {1: avg_pool1d, 2: avg_pool2d}


def windows(x, kernel, stride):
    """Return the entries of each window of the last axes along a new last axis, by JAX's own indexing."""
    axes = [
        jnp.arange(0, n - k + 1, s)[:, None] + jnp.arange(k)
        for n, k, s in zip(x.shape[-len(kernel) :], kernel, stride, strict=True)
    ]
    if len(axes) == 1:
        return x[..., axes[0]]
    picked = x[..., axes[0][:, None, :, None], axes[1][None, :, None, :]]
    return picked.reshape(*picked.shape[:-2], -1)


def framed(x, padding, value):
    return jnp.pad(x, [(0, 0)] * (x.ndim - len(padding)) + list(padding), constant_values=value)


def largest(kernel, stride, padding):
    return lambda x: windows(framed(x, padding, -jnp.inf), kernel, stride).max(-1)


def average(kernel, stride, padding, include=True):
    def mean(x):
        sums = windows(framed(x, padding, 0), kernel, stride).sum(-1)
        inside = windows(framed(jnp.ones_like(x), padding, 0), kernel, stride).sum(-1)
        return sums / (np.prod(kernel) if include else inside)

    return mean


def node(name, **attrs):
    return lambda *args: apply(table[name], *args, **attrs)


NONE = ((0, 0), (0, 0))
GEOMETRIES = [
    # image, window, stride, padding, whether the mean includes the padding
    ((7,), (3,), (2,), ((1, 1),), False),
    ((2, 5), (2,), (2,), ((0, 0),), True),
    ((4, 5), (2, 2), (2, 2), NONE, True),
    ((2, 5, 4), (3, 2), (2, 1), NONE, True),
    ((4, 5), (3, 2), (2, 2), ((1, 1), (0, 1)), False),
]

CASES = []
for x, k, s, p, include in GEOMETRIES:
    n = len(k)
    attrs = {"kernel": k, "stride": s, "padding": p}
    mean_attrs = attrs | {"count_include_pad": include}
    y = jax.eval_shape(largest(k, s, p), jnp.zeros(x)).shape
    note, orders = f"{'×'.join(map(str, x))}-{include}", 2 if k == (3, 2) else 1
    best, mean = largest(k, s, p), average(k, s, p, include)
    CASES += [
        Case(
            f"max_pool{n}d",
            lambda x, n=n, at=(k, s, p): MAX[n](x, *at),
            best,
            (x,),
            orders=orders,
            note=note,
        ),
        Case(
            f"avg_pool{n}d",
            lambda x, n=n, at=(k, s, p, include): AVG[n](x, *at),
            mean,
            (x,),
            orders=orders,
            note=note,
        ),
        Case(
            f"max_pool{n}d_dx",
            node(f"max_pool{n}d_dx", **attrs),
            lambda g, x, best=best: jax.vjp(best, x)[1](g)[0],
            (y, x),
            orders=orders,
            note=note,
        ),
        Case(
            f"max_pool{n}d_pick",
            node(f"max_pool{n}d_pick", **attrs),
            lambda u, x, best=best: jax.jvp(best, (x,), (u,))[1],
            (x, x),
            orders=orders,
            note=note,
        ),
        Case(
            f"avg_pool{n}d_dx",
            node(f"avg_pool{n}d_dx", size=x[-n:], **mean_attrs),
            lambda g, mean=mean, x=x: jax.vjp(mean, jnp.zeros(x))[1](g)[0],
            (y,),
            orders=orders,
            note=note,
        ),
    ]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


# -- any geometry, window by window ------------------------------------------------------------------


@st.composite
def geometries(draw, n):
    """Draw an image of integers with many ties in it, and windows, strides and paddings that fit."""
    along = []
    for _ in range(n):
        k = draw(st.integers(1, 4))
        before, after = draw(st.integers(0, k // 2)), draw(st.integers(0, k // 2))
        length = draw(st.integers(max(1, k - before - after), 7))
        along.append((length, k, draw(st.integers(1, 4)), (before, after)))
    image, kernel, stride, padding = zip(*along, strict=True)
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return rng.integers(-2, 3, image), kernel, stride, padding


def looked_at(image, kernel, stride, padding):
    """Yield the place of each window with the part of the image, as slices, that lies in it."""
    counts = [
        (m + sum(p) - k) // s + 1 for m, k, s, p in zip(image.shape, kernel, stride, padding, strict=True)
    ]
    for place in np.ndindex(*counts):
        starts = [i * s - p[0] for i, s, p in zip(place, stride, padding, strict=True)]
        yield place, tuple(slice(max(i, 0), i + k) for i, k in zip(starts, kernel, strict=True))


@pytest.mark.parametrize("n", [1, 2])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_geometry_window_by_window(n, data):
    image, kernel, stride, padding = data.draw(geometries(n))
    x = symbol("x", image.shape)
    best, with_zeros = MAX[n](x, kernel, stride, padding), AVG[n](x, kernel, stride, padding)
    inside = AVG[n](x, kernel, stride, padding, count_include_pad=False)
    routed, shared = np.zeros(image.shape), np.zeros(image.shape)
    want = np.zeros((3, *best.shape))
    for place, at in looked_at(image, kernel, stride, padding):
        seen = image[at]
        want[(slice(None), *place)] = seen.max(), seen.sum() / np.prod(kernel), seen.mean()
        first = np.unravel_index(seen.argmax(), seen.shape)
        routed[at][first] += 1
        shared[at] += 1 / seen.size
    slopes = [grad(total(best), x), grad(total(inside), x)]
    for space in ("kernels", "textbook", "exact"):
        *got, to_best, to_all = run([best, with_zeros, inside, *slopes], [x], [image], space)
        np.testing.assert_allclose(got, want)
        np.testing.assert_array_equal(to_best, routed)
        np.testing.assert_allclose(to_all, shared)


# -- ties, means and sizes ---------------------------------------------------------------------------


@pytest.mark.parametrize("kernels", [False, True])
def test_among_equal_entries_the_first_takes_the_derivative(kernels):
    x = symbol("x", (2, 4))
    values = [[1, 3, 0, 0], [3, 3, 0, 0]]
    dx = grad(total(max_pool2d(x, 2)), x)
    for space in ("kernels", "textbook", "exact"):
        np.testing.assert_array_equal(run([dx], [x], [values], space)[0], [[0, 1, 1, 0], [0, 0, 0, 0]])
    compute = table["max_pool2d_dx"].jax if kernels else table["max_pool2d_dx"].forward
    args = ([jax_space] if not kernels else []) + [jnp.ones((1, 2)), jnp.asarray(values, float)]
    got = compute(*args, kernel=(2, 2), stride=(2, 2), padding=NONE)
    np.testing.assert_array_equal(np.asarray(got), [[0, 1, 1, 0], [0, 0, 0, 0]])


def test_padding_is_never_the_maximum_and_makes_no_tie():
    x = symbol("x", (2, 2))
    values = [[-1, -2], [-3, -4]]
    pooled = max_pool2d(x, 2, 2, 1)
    np.testing.assert_array_equal(floats(pooled, x=values), values)
    kink = table["max_pool2d"].kink
    settings = {"kernel": (2, 2), "stride": (2, 2), "padding": ((1, 1), (1, 1))}
    assert not kink(numpy_space, np.asarray(values, float), **settings).any()
    assert kink(numpy_space, np.zeros((2, 2)), **(settings | {"padding": NONE})).all()
    settings = {"kernel": (3,), "stride": (1,), "padding": ((1, 1),)}
    tied = table["max_pool1d"].kink(numpy_space, np.array([5.0, 1, 5, 5]), **settings)
    np.testing.assert_array_equal(tied, [False, True, True, True])


def test_the_stride_is_the_windows_size_unless_given():
    x = symbol("x", (6, 6))
    assert max_pool2d(x, 3) is max_pool2d(x, 3, 3)
    assert avg_pool2d(x, (2, 3)) is avg_pool2d(x, (2, 3), (2, 3))
    assert avg_pool2d(x, 3).shape == (2, 2)


def test_means_are_exact():
    assert str(exact(avg_pool2d(symbol("x", (2, 2)), 2), x=[[1, 0], [0, 0]])[0, 0]) == "1/4"
    assert [str(v) for v in exact(avg_pool1d([1, 1, 1], 3, 1, 1))] == ["2/3", "1", "2/3"]
    assert exact(avg_pool1d([1, 1, 1], 3, 1, 1, count_include_pad=False)).tolist() == [1, 1, 1]


def test_adaptive_pooling_gives_as_many_means_as_asked_for():
    rng = np.random.default_rng(0)
    image = rng.normal(size=(3, 4, 6))
    x = symbol("x", image.shape)
    np.testing.assert_allclose(
        floats(adaptive_avg_pool2d(x, (2, 3)), x=image), image.reshape(3, 2, 2, 3, 2).mean((2, 4))
    )
    np.testing.assert_allclose(floats(adaptive_avg_pool2d(x, 1), x=image), image.mean((1, 2), keepdims=True))
    np.testing.assert_allclose(floats(adaptive_avg_pool1d(x, 2), x=image), image.reshape(3, 4, 2, 3).mean(-1))


@pytest.mark.parametrize("axes", [1, 2])
def test_global_pooling_leaves_one_number_for_each_map(axes):
    rng = np.random.default_rng(0)
    image = rng.normal(size=(2, 3, 4, 5))
    x, over = symbol("x", image.shape), tuple(range(-axes, 0))
    np.testing.assert_allclose(floats(global_avg_pool(x, axes), x=image), image.mean(over))
    np.testing.assert_allclose(floats(global_max_pool(x, axes), x=image), image.max(over))


def test_symbolic_sizes():
    c, h, w, k, s = size("c H W k s")
    x = symbol("x", (c, h, w))
    assert max_pool2d(x, 3, 1, 1).shape == (c, h, w)
    assert adaptive_avg_pool2d(x, 1).shape == (c, 1, 1)
    assert global_avg_pool(x).shape == (c,)
    _, rows, columns = max_pool2d(x, k, s).shape
    assert run([rows, columns], [h, w, k, s], [9, 8, 3, 2]) == [4, 3]


def test_operations_and_windows():
    x = symbol("x", (3, 6, 6))
    attrs = dict(max_pool2d(x, 3, 2).attrs)
    assert table["max_pool2d"].flops((3, 6, 6), **attrs) == 3 * 2 * 2 * 9
    assert table["max_pool2d"].cost((3, 6, 6), **attrs) == 0
    assert table["max_pool2d"].window((3, 6, 6), **attrs) == ((3, 2, 0), (3, 2, 0))
    attrs = dict(avg_pool2d(x, (2, 3), padding=(1, 0)).attrs)
    assert table["avg_pool2d"].flops((3, 6, 6), **attrs) == 3 * 4 * 2 * (6 + 1)
    assert table["avg_pool2d"].window((3, 6, 6), **attrs) == ((2, 2, 1), (3, 3, 0))


def test_how_pooling_is_written():
    x = symbol("x", (6, 6))
    assert write(max_pool2d(x, 2)).text == "maxpool[2×2](x)"
    assert write(max_pool2d(x, 3, 2, 1)).text == "maxpool[3×3, s=2, p=1](x)"
    assert write(avg_pool1d(x, 3, 1)).latex == r"\operatorname{avgpool}_{3, s=1}\left(\mathbf{x}\right)"


# -- what is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize("pool", [max_pool2d, avg_pool2d])
@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((4,), (2,), "expected an image, found shape 4"),
        ((2, 4), (3,), "a window of 3 does not fit an axis of 2"),
        ((4, 4), (2, 0), "the stride must be a positive integer, found 0"),
        ((4, 4), (0,), "the window must be a positive integer, found 0"),
        ((4, 4), ((2, 2, 2),), "the window must be a positive integer, or 2 of them"),
        ((4, 4), (2, 2, 2), "a padding of 2 is more than half of a window of 2"),
        ((4, 4), (2, 2, "same"), "the padding must be 0 or more, found 'same'"),
    ],
)
def test_shapes_that_do_not_fit_are_named(pool, shape, options, message):
    with pytest.raises(GraphError, match=rf"^{pool.__name__}: .*{message}"):
        pool(symbol("x", shape), *options)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda x: max_pool1d(x[0, 0], 2), "max_pool1d: expected a sequence, found shape scalar"),
        (lambda x: adaptive_avg_pool2d(x, 3), "an axis of 4 does not divide into 3 equal windows"),
        (lambda x: adaptive_avg_pool2d(x, 0), "the output size must be a positive integer, found 0"),
        (
            lambda x: adaptive_avg_pool2d(x[0], 1),
            "adaptive_avg_pool2d: expected 2 axes or more, found shape 4",
        ),
        (lambda x: global_avg_pool(x, 3), "global_avg_pool: pools the last axis or the last two .* axes=3"),
        (lambda x: global_max_pool(x[0]), "global_max_pool: .* for shape 4"),
    ],
)
def test_other_pooling_that_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build(symbol("x", (4, 4)))
