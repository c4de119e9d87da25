from fractions import Fraction

import jax.numpy as jnp
import numpy as np
import pytest

from graph.oracle import Case, checks
from tripos.graph import (
    GraphError,
    dims,
    exact,
    eye,
    floats,
    matrix,
    named,
    onehot,
    ones,
    pi,
    shape,
    size,
    symbol,
    vector,
    write,
    zeros,
)
from tripos.graph.ops.leaf import decimal

CASES = [
    Case("symbol", lambda x: x, lambda x: x, ((2, 3),)),
    Case("constant", lambda: matrix("1/3 -2; 0.1 4"), lambda: jnp.array([[1 / 3, -2], [0.1, 4]]), ()),
    Case("alias", lambda x: named(x, "y"), lambda x: x, ((3,),)),
    Case("pi", pi, lambda: jnp.asarray(jnp.pi), ()),
    Case("decimal", lambda: decimal(Fraction(5, 4), 3), lambda: jnp.asarray(1.25), ()),
    Case("dims", dims, lambda *n: jnp.stack(n), ((), (), ()), ("size", "size", "size"), orders=0),
    Case("shape_of", shape, lambda x: jnp.array([2.0, 3.0]), ((2, 3),), orders=0),
]


@pytest.mark.parametrize(
    ("check", "case"),
    [p for p in checks(CASES) if p.id != "shape_of-batches"],  # a shape is that of each of a batch
)
def test_against_jax(check, case):
    check(case)


@pytest.mark.parametrize("rows", ["1 -1/2; 0.1 1e2", "1, -1/2; .1, 100", [[1, -0.5], [0.1, 100]]])
def test_a_matrix_is_read_exactly(rows):
    assert [str(v) for v in exact(matrix(rows)).ravel()] == ["1", "-1/2", "1/10", "100"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("1 two; 3 4", "'two' is not a number"),
        ("1 1/0; 3 4", "'1/0' is not a number"),
        ("1 2; 3", "rows of an array must have the same shape, found 1 and 2"),
        ([1, 2], "expected rows of numbers, found 1 axes"),
    ],
)
def test_what_is_no_matrix_is_refused(rows, message):
    with pytest.raises(GraphError, match=message):
        matrix(rows)


def test_constants_known_by_name():
    np.testing.assert_array_equal(floats(eye(3)), np.eye(3))
    np.testing.assert_array_equal(floats(zeros(2, 3)), np.zeros((2, 3)))
    np.testing.assert_array_equal(floats(ones(4)), np.ones(4))
    np.testing.assert_array_equal(floats(onehot(2, 4)), [0, 0, 1, 0])
    np.testing.assert_array_equal(floats(vector(1, 0.5)), [1, 0.5])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: onehot(3, 3), "index 3 does not lie in 0..2"),
        (lambda: onehot(-1, 3), "index -1 does not lie in 0..2"),
        (lambda: ones(-1), "positive integer .* found -1"),
        (lambda: zeros(2.5), "positive integer .* found 2.5"),
        (lambda: ones(10_000, 10_000), "100,000,000 entries is too large"),
    ],
)
def test_impossible_constants_are_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build()


def test_shapes_print_with_crosses():
    n = size("N")
    assert write(dims(54, 54, 96)).text == "54×54×96"
    assert write(shape(symbol("x", (n, 3)))).text == "N×3"
    assert write(shape(symbol("x", (2, 3)))).latex == r"2 \times 3"
    assert floats(shape(symbol("x")), x=1).tolist() == [1]


def test_the_kernel_of_a_shape_measures_a_real_array():
    x = symbol("x", (2, 3))
    assert floats(shape(x @ x.T), x=np.ones((2, 3))).tolist() == [2, 2]


@pytest.mark.parametrize(
    ("value", "places", "text"), [("5/4", 3, "1.250"), ("0", 1, "0.0"), ("1/8", 3, "0.125")]
)
def test_a_decimal_is_written_with_its_places(value, places, text):
    piece = write(decimal(Fraction(value), places))
    assert piece.text == piece.latex == text
