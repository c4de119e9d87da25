import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from graph.oracle import Case, checks, run
from tripos.graph import (
    GraphError,
    argmax,
    exact,
    floats,
    grad,
    maximum_of,
    mean,
    minimum_of,
    sum,
    symbol,
    vector,
)
from tripos.graph.node import apply
from tripos.graph.op import table
from tripos.graph.ops.reduction import repeat_last, sum_first, sum_last, sum_to

CASES = [
    Case("sum", sum, jnp.sum, ((2, 3),)),
    Case("sum", sum, jnp.sum, ((3,),), note="vector"),
    Case("sum", sum, jnp.sum, ((),), note="scalar"),
    Case("sum_last", sum_last, lambda x: x.sum(-1), ((2, 3),)),
    Case("repeat_last", lambda x: repeat_last(x, n=4), lambda x: jnp.stack([x] * 4, -1), ((3,),)),
    Case("sum_first", lambda x: sum_first(x, ndim=2), lambda x: x.sum(0), ((3, 2),)),
    Case("sum_first", lambda x: sum_first(x, ndim=3), lambda x: x.sum(0), ((2, 3, 2),), note="three-axes"),
    Case("max", maximum_of, jnp.max, ((2, 3),)),
    Case("max", maximum_of, jnp.max, ((),), note="scalar"),
    Case("min", minimum_of, jnp.min, ((2, 3),)),
    Case("argmax", argmax, lambda x: jnp.argmax(x) + 1.0, ((5,),), orders=0),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


@settings(max_examples=30, deadline=None)
@given(x=hnp.arrays(np.int64, hnp.array_shapes(max_dims=3, max_side=3), elements=st.integers(-3, 3)))
def test_reductions_of_arrays_with_ties(x):
    s = symbol("x", x.shape)
    nodes = [sum(s), maximum_of(s), minimum_of(s), mean(s)]
    for space in ("textbook", "exact"):
        want = [x.sum(), x.max(), x.min(), x.mean()]
        np.testing.assert_allclose(run(nodes, [s], [x], space), want, rtol=1e-14)


@settings(max_examples=30, deadline=None)
@given(shapes=hnp.mutually_broadcastable_shapes(num_shapes=1, base_shape=(2, 3, 2), min_dims=0, max_dims=3))
def test_sum_to_undoes_a_broadcast(shapes):
    (shape,) = shapes.input_shapes
    x = np.arange(12.0).reshape(2, 3, 2)
    got = floats(sum_to(symbol("x", x.shape), shape), x=x)
    want = x.sum(tuple(range(3 - len(shape))))
    want = want.sum(tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)
    np.testing.assert_array_equal(got, want)


def test_among_equal_maxima_the_derivative_is_shared_out_and_the_first_position_wins():
    x = symbol("x", 4)
    dx = grad(maximum_of(x), x)
    assert [float(v) for v in exact(dx, x=[1, 3, 3, 0])] == [0, 0.5, 0.5, 0]
    assert [float(v) for v in exact(grad(minimum_of(x), x), x=[4, 3, 3, 3.5])] == [0, 0.5, 0.5, 0]
    assert exact(argmax(x), x=[1, 3, 3, 0]) == 2


@pytest.mark.parametrize(("values", "tied"), [([1, 3, 3], True), ([1, 1, 3], False)])
@pytest.mark.parametrize("name", ["max", "argmax"])
def test_only_a_tie_for_the_maximum_is_a_kink(name, values, tied):
    from tripos.graph.spaces import exact as xp

    node = maximum_of(vector(*values)) if name == "max" else argmax(vector(*values))
    assert bool(table[name].kink(xp, xp.asarray(values), **dict(node.attrs))) is tied


def test_mean_of_a_symbolic_size_divides_by_it():
    n = symbol("N", (), "size")
    assert repr(mean(symbol("x", (n,)))) == "<(Σ x)/N>"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: sum_last(symbol("s")), "sum_last: .* found a scalar"),
        (lambda: argmax(symbol("x", (2, 3))), "argmax: expected a vector, found shape 2×3"),
        (lambda: argmax(symbol("x", 3), ["cat", "dog"]), "argmax: 2 labels for a vector of 3 entries"),
        (lambda: apply(table["sum"], symbol("x", 3), axis=0), "sum: no option axis; it has ndim"),
    ],
)
def test_misuse_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build()
