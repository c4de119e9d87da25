from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.oracle import Case, checks
from tripos.graph import (
    GraphError,
    exact,
    expand,
    flatten,
    floats,
    permute,
    reshape,
    squeeze,
    stack,
    symbol,
    transpose,
    unsqueeze,
    vec,
)
from tripos.graph.node import lift

CASES = [
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
    Case("transpose", lambda x: permute(x, (1, 0)), jnp.transpose, ((2, 3),), note="permuted"),
    Case(
        "contract", lambda x: permute(x, (2, 0, -2)), lambda x: jnp.permute_dims(x, (2, 0, 1)), ((2, 3, 4),)
    ),
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


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2])
def test_an_axis_of_size_one_comes_and_goes(axis):
    x, values = symbol("x", (2, 3)), np.arange(6.0).reshape(2, 3)
    wide = unsqueeze(x, axis)
    np.testing.assert_array_equal(floats(wide, x=values), np.expand_dims(values, axis))
    assert squeeze(wide, axis).shape == (2, 3)
    np.testing.assert_array_equal(floats(squeeze(wide, axis), x=values), values)


def test_axes_in_their_order_stay():
    x = symbol("x", (2, 3))
    assert permute(x, (0, -1)) is x


def test_vec_stacks_columns_and_flatten_stacks_rows():
    x = lift([[1, 2], [3, 4]])
    assert exact(vec(x)).tolist() == [1, 3, 2, 4]
    assert exact(flatten(x)).tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda x: reshape(x, (4,)), r"reshape: 2×3 has 6 entries, 4 would have 4"),
        (lambda x: stack(x, x[0]), r"stack: .* 2×3, 3"),
        (lambda x: stack(), r"stack: nothing"),
        (lambda x: transpose(x[0]), r"transpose: .* shape 3"),
        (lambda x: permute(x, (0, 0)), r"permute: \(0, 0\) does not name each axis .* 2×3 once"),
        (lambda x: permute(x, (0,)), r"permute: \(0,\) does not name each axis"),
        (lambda x: permute(x, (0, 2)), r"permute: there is no axis 2 .* shape 2×3"),
        (lambda x: squeeze(x, 0), r"squeeze: axis 0 .* shape 2×3 has not size 1"),
        (lambda x: unsqueeze(x, 3), r"unsqueeze: .* shape 2×3 has no place for axis 3"),
        (lambda x: list(symbol("s")), r"cannot unpack .* scalar"),
        (lambda x: expand(x, (2, 4)), r"expand: .*2×3.*2×4"),
        (lambda x: expand(x, (3,)), r"expand: .*2×3.*3"),
    ],
)
def test_shapes_that_do_not_fit_are_named(build, message):
    with pytest.raises(GraphError, match=message):
        build(symbol("x", (2, 3)))
