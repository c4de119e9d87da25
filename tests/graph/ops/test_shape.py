from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.oracle import Case, checks
from tripos.graph import (
    GraphError,
    concat,
    exact,
    expand,
    flatten,
    floats,
    reshape,
    stack,
    symbol,
    transpose,
    vec,
)
from tripos.graph.node import apply, lift
from tripos.graph.op import table


def place(x, at, shape):
    return apply(table["place"], x, at=at, shape=shape)


CASES = [
    Case("index", lambda x: x[1], lambda x: x[1], ((3, 2),), note="row"),
    Case("index", lambda x: x[2, 0], lambda x: x[2, 0], ((3, 2),), note="entry"),
    Case("index", lambda x: x[-1], lambda x: x[-1], ((3,),), note="from-the-end"),
    Case(
        "place",
        lambda x: place(x, (1, 2), (2, 3)),
        lambda x: jnp.pad(x[None, None], ((1, 0), (2, 0))),
        ((),),
    ),
    Case(
        "place",
        lambda x: place(x, (1,), (2, 3)),
        lambda x: jnp.stack([0 * x, x]),
        ((3,),),
        note="row",
    ),
    Case("stack", stack, lambda *x: jnp.stack(x), ((), (), ())),
    Case("stack", stack, lambda *x: jnp.stack(x), ((2, 3), (2, 3)), note="matrices"),
    Case(
        "stack", lambda x: lift([x, 1]), lambda x: jnp.stack([x, jnp.ones(())]), ((),), note="with-a-number"
    ),
    Case("reshape", lambda x: reshape(x, (3, 2)), lambda x: jnp.reshape(x, (3, 2)), ((2, 3),)),
    Case(
        "reshape",
        lambda x: reshape(x, (3, 2), "F"),
        lambda x: jnp.reshape(x, (3, 2), "F"),
        ((2, 3),),
        note="columns",
    ),
    Case("reshape", vec, lambda x: jnp.ravel(x, "F"), ((2, 3),), note="vec"),
    Case("reshape", flatten, jnp.ravel, ((2, 2, 3),), note="flatten"),
    Case("transpose", transpose, jnp.transpose, ((2, 3),)),
    Case("expand", lambda x: expand(x, (2, 3)), lambda x: jnp.broadcast_to(x, (2, 3)), ((),), note="scalar"),
    Case("expand", lambda x: expand(x, (2, 3)), lambda x: jnp.broadcast_to(x, (2, 3)), ((3,),)),
    Case(
        "expand", lambda x: expand(x, (2, 3)), lambda x: jnp.broadcast_to(x, (2, 3)), ((2, 1),), note="column"
    ),
    Case("concat", concat, lambda *x: jnp.concatenate(x), ((2,), (3,), (1,))),
    Case("concat", concat, lambda *x: jnp.concatenate(x), ((2, 3), (1, 3)), note="rows"),
]


CASES = [replace(case, orders=1) for case in CASES]  # all are linear


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


@settings(max_examples=30, deadline=None)
@given(shape=st.lists(st.integers(1, 4), min_size=1, max_size=4), order=st.sampled_from("CF"))
def test_a_reshape_and_its_inverse_give_back_the_array(shape, order):
    shape = tuple(shape)
    x = symbol("x", shape)
    values = np.arange(np.prod(shape)).reshape(shape)
    flat = reshape(x, (values.size,), order)
    np.testing.assert_array_equal(floats(flat, x=values), values.ravel(order))
    np.testing.assert_array_equal(floats(reshape(flat, shape, order), x=values), values)


def test_a_node_unpacks_along_its_first_axis():
    first, second = symbol("x", (2, 3))
    values = np.arange(6).reshape(2, 3)
    np.testing.assert_array_equal(floats(second - first, x=values), [3, 3, 3])


def test_nothing_happens_where_the_shape_is_right_already():
    x = symbol("x", (3,))
    assert expand(x, (3,)) is x


def test_vec_stacks_columns_and_flatten_stacks_rows():
    x = lift([[1, 2], [3, 4]])
    assert exact(vec(x)).tolist() == [1, 3, 2, 4]
    assert exact(flatten(x)).tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda x: x[2], r"index: position 2 does not lie in axis 0 .* shape 2×3"),
        (lambda x: x[0, -4], r"index: position -4 does not lie in axis 1 .* shape 2×3"),
        (lambda x: x[0, 0, 0], r"index: 3 positions .* shape 2×3"),
        (lambda x: x["a"], r"index: positions are integers"),
        (lambda x: x[0:1], r"index: positions are integers .* found slice"),
        (lambda x: reshape(x, (4,)), r"reshape: 2×3 has 6 entries, 4 would have 4"),
        (lambda x: stack(x, x[0]), r"stack: .* 2×3, 3"),
        (lambda x: stack(), r"stack: nothing"),
        (lambda x: concat(x, symbol("y", (2, 4))), r"concat: .* 2×3, 2×4"),
        (lambda x: concat(symbol("s"), x), r"concat: .* scalar, 2×3"),
        (lambda x: concat(), r"concat: .* nothing"),
        (lambda x: transpose(x[0]), r"transpose: .* shape 3"),
        (lambda x: list(symbol("s")), r"cannot unpack .* scalar"),
        (lambda x: expand(x, (2, 4)), r"expand: .*2×3.*2×4"),
        (lambda x: expand(x, (3,)), r"expand: .*2×3.*3"),
    ],
)
def test_shapes_that_do_not_fit_are_named(build, message):
    with pytest.raises(GraphError, match=message):
        build(symbol("x", (2, 3)))
