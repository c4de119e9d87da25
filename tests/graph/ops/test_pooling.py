import jax
import jax.numpy as jnp
import numpy as np
import pytest

from graph.oracle import Case, checks, run
from tripos.graph import GraphError, avg_pool2d, exact, grad, max_pool2d, symbol
from tripos.graph import sum as total
from tripos.graph.node import apply
from tripos.graph.op import table


def windows(x, kernel, stride):
    """Return the entries of each window along a last axis, by JAX's own indexing."""
    rows = jnp.arange(0, x.shape[-2] - kernel + 1, stride)[:, None] + jnp.arange(kernel)
    columns = jnp.arange(0, x.shape[-1] - kernel + 1, stride)[:, None] + jnp.arange(kernel)
    picked = x[..., rows[:, None, :, None], columns[None, :, None, :]]
    return picked.reshape(*picked.shape[:-2], -1)


def largest(kernel, stride):
    return lambda x: windows(x, kernel, stride).max(-1)


def average(kernel, stride):
    return lambda x: windows(x, kernel, stride).mean(-1)


def node(name, **attrs):
    return lambda *args: apply(table[name], *args, **attrs)


def unpooled(g, x, kernel, stride):
    return jax.vjp(largest(kernel, stride), x)[1](g)[0]


def picked(u, x, kernel, stride):
    return jax.jvp(largest(kernel, stride), (x,), (u,))[1]


GEOMETRIES = [((4, 5), (2, 2), 2, 2), ((2, 5, 4), (2, 2, 1), 3, 2), ((4, 4), (3, 3), 2, 1)]

CASES = []
for x, y, k, s in GEOMETRIES:
    attrs = {"kernel": k, "stride": s}
    note, orders = f"{k}-{s}", 2 if k > s else 1
    CASES += [
        Case(
            "max_pool2d",
            lambda x, k=k, s=s: max_pool2d(x, k, s),
            largest(k, s),
            (x,),
            orders=orders,
            note=note,
        ),
        Case(
            "avg_pool2d",
            lambda x, k=k, s=s: avg_pool2d(x, k, s),
            average(k, s),
            (x,),
            orders=orders,
            note=note,
        ),
        Case(
            "max_pool2d_dx",
            node("max_pool2d_dx", **attrs),
            lambda g, x, k=k, s=s: unpooled(g, x, k, s),
            (y, x),
            orders=orders,
            note=note,
        ),
        Case(
            "max_pool2d_pick",
            node("max_pool2d_pick", **attrs),
            lambda u, x, k=k, s=s: picked(u, x, k, s),
            (x, x),
            orders=orders,
            note=note,
        ),
        Case(
            "avg_pool2d_dx",
            node("avg_pool2d_dx", size=x, **attrs),
            lambda g, k=k, s=s, x=x: jax.vjp(average(k, s), jnp.zeros(x))[1](g)[0],
            (y,),
            orders=orders,
            note=note,
        ),
    ]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


def test_among_equal_entries_the_first_takes_the_derivative():
    x = symbol("x", (2, 4))
    values = [[1, 3, 0, 0], [3, 3, 0, 0]]
    dx = grad(total(max_pool2d(x, 2)), x)
    for space in ("textbook", "exact"):
        np.testing.assert_array_equal(run([dx], [x], [values], space)[0], [[0, 1, 1, 0], [0, 0, 0, 0]])


def test_the_stride_is_the_kernels_size_unless_given():
    x = symbol("x", (6, 6))
    assert max_pool2d(x, 3) is max_pool2d(x, 3, 3)
    assert avg_pool2d(x, 3).shape == (2, 2)


def test_means_are_exact():
    assert str(exact(avg_pool2d(symbol("x", (2, 2)), 2), x=[[1, 0], [0, 0]])[0, 0]) == "1/4"


@pytest.mark.parametrize("pool", [max_pool2d, avg_pool2d])
@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((4,), (2,), "expected an image, found shape 4"),
        ((2, 4), (3,), "a window of 3 does not fit an axis of 2"),
        ((4, 4), (2, 0), "the stride must be a positive integer, found 0"),
        ((4, 4), (0,), "(window|kernel|stride)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(pool, shape, options, message):
    with pytest.raises(GraphError, match=rf"^{pool.__name__}: .*{message}"):
        pool(symbol("x", shape), *options)
