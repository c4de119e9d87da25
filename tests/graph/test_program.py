from fractions import Fraction

import numpy as np
import pytest

from graph.oracle import real
from tripos.graph import GraphError, Program, exact, exp, expand, floats, grad, named, relu, size, symbol
from tripos.graph import sum as total
from tripos.graph.node import constant
from tripos.graph.spaces import exact as exact_space
from tripos.graph.spaces import numpy as numpy_space


def test_many_outputs_are_evaluated_in_one_go():
    x = symbol("x")
    square, cube = Program([x**2, x**3], numpy_space)({x: 2})
    assert (square, cube) == (4, 8)


def test_a_program_runs_again_with_other_values():
    x = symbol("x")
    program = Program([x**2], numpy_space)
    assert [program({x: v})[0] for v in (1, 2, 3)] == [1, 4, 9]


def test_any_node_may_be_given_a_value():
    x = symbol("x")
    h = named(x + 1, "h")
    assert Program([h**2], numpy_space)({x: 1, h: 10}) == [100]


def test_values_holds_every_node_by_node():
    x = symbol("x")
    h = x + 1
    values = Program([h**2], numpy_space).values({x: 2})
    assert (values[x], values[h], values[h**2]) == (2, 3, 9)


def test_floats_are_float64_and_exact_values_are_exact():
    third = constant(1) / 3
    assert floats(third).dtype == np.float64
    assert str(exact(third)) == "1/3"


def test_a_decimal_is_the_number_it_prints_as():
    assert str(exact(constant(0.1) + 0.2)) == "3/10"


@pytest.mark.parametrize("space", [numpy_space, exact_space])
def test_leading_axes_are_a_batch(space):
    W, x, b = symbol("W", (3, 2)), symbol("x", 2), symbol("b")
    loss = total(relu(W @ x + b) ** 2)
    program = Program([loss, *grad(loss, [W, x, b])], space)
    rng = np.random.default_rng(0)
    values = {n: rng.integers(-3, 4, (5, 4, *n.shape)) for n in (W, x, b)}
    batch = program(values)
    for at in np.ndindex(5, 4):
        one = program({n: v[at] for n, v in values.items()})
        for got, want in zip(batch, one, strict=True):
            np.testing.assert_array_equal(real(np.asarray(got)[at]), real(want))


def test_numbers_bind_by_name():
    assert floats(symbol("a") - symbol("b"), a=1, b=Fraction(1, 4)) == 0.75


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (floats, "the symbol x has no value"),
        (lambda x: exact(x + 1), "the symbol x has no value"),
        (lambda x: floats(x, x=1, y=2), "no symbol y in the graph; there are x"),
        (lambda x: floats(expand(x, (10**5, 10**5)), x=1), "10,000,000,000 entries"),
        (lambda x: exact(expand(x, (10**4, 10**4)), x=1), "100,000,000 entries"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(run, message):
    with pytest.raises(GraphError, match=message):
        run(symbol("x"))


@pytest.mark.parametrize("value", [1, [1, 2, 3, 4], [[1], [2], [3]]])
def test_a_value_of_another_shape_is_refused(value):
    with pytest.raises(GraphError, match=r"x has shape 3; a value of shape"):
        floats(exp(symbol("x", 3)), x=value)


def test_symbolic_sizes_bind_like_any_symbol():
    n, k = size("n, k")
    assert floats((n - k) / 2 + 1, n=224, k=4) == 111
