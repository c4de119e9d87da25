import math
from fractions import Fraction

import numpy as np
import pytest
import symengine as se
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tripos.graph import GraphError, absolute, exact, exp, floor, log, maximum, pi, relu, sqrt, symbol, tanh
from tripos.graph.node import constant
from tripos.graph.spaces import exact as xp
from tripos.graph.spaces.ball import Undecided

two = constant(2)
zero_in_disguise = (sqrt(two) + 1) * (sqrt(two) - 1) - 1


@pytest.mark.parametrize(
    ("node", "closed"),
    [
        (sqrt(constant(8)), "2*sqrt(2)"),
        (sqrt(constant(Fraction(1, 2))), "(1/2)*sqrt(2)"),
        (sqrt(constant(Fraction(9, 4))), "3/2"),
        (sqrt(constant(0)), "0"),
        (constant(12) ** Fraction(1, 2), "2*sqrt(3)"),
        (two**-2, "1/4"),
        (constant(0) ** 0, "1"),
        (two**10, "1024"),
        (exp(constant(0)), "1"),
        (log(constant(1)), "0"),
        (tanh(constant(0)), "0"),
        (exp(constant(1)), "E"),
        (exp(-(log(two) + log(constant(32))) / 2), "1/8"),
        (exp((log(two) + log(constant(4)) - log(constant(3))) / 3), "(2/3)*3**(2/3)"),
        (pi() * 2, "2*pi"),
        (constant(1) / 3 + constant(1) / 6, "1/2"),
        (constant(0.1) + 0.2, "3/10"),
        (floor(constant(Fraction(-7, 2))), "-4"),
        (maximum(sqrt(two), constant(Fraction(7, 5))), "sqrt(2)"),
        (absolute(1 - sqrt(two)), "-(1 - sqrt(2))"),
    ],
    ids=repr,
)
def test_closed_forms(node, closed):
    assert str(exact(node)) == closed


@given(st.fractions(max_denominator=10**4, min_value=0, max_value=10**6))
def test_roots_of_squares_are_rational(f):
    assert str(xp.sqrt(xp.value(f * f))) == str(f)


@given(st.integers(1, 10**5))
def test_squares_come_out_from_under_a_root(n):
    root = xp.sqrt(xp.value(n))
    assert (root**2).expand() == n
    inside = next((a for a in [root, *root.args] if a.is_Pow), None)
    if inside is not None:
        left = int(inside.args[0])
        assert all(left % (k * k) for k in range(2, math.isqrt(left) + 1))


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (log(constant(0)), "log of 0"),
        (log(constant(-1)), "log of -1"),
        (log(1 - sqrt(two)), "log of 1 - sqrt"),
        (log(zero_in_disguise), "log of"),
        (sqrt(constant(-4)), "sqrt of -4"),
        (sqrt(1 - sqrt(two)), "sqrt of"),
        (constant(-1) ** 0.5, "-1"),
        (constant(-8) ** Fraction(1, 3), "-8"),
        (constant(1) / 0, "division of 1 by zero"),
        (two / zero_in_disguise, "division of 2 by zero"),
        (constant(0) ** -1, "0 to the power -1"),
        (zero_in_disguise**-1, "zero"),
        (constant(9) ** (constant(9) ** 9), "more than 100000 bits"),
        (constant(10) ** 10**6, "more than 100000 bits"),
        (constant(Fraction(1, 2)) ** -(10**6), "more than 100000 bits"),
        (sqrt(two) ** 10**9, "bits"),
        ((1 + sqrt(two)) ** 10**9, "bits"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_not_a_real_number_of_sensible_size_is_refused(node, message):
    with pytest.raises(GraphError, match=message):
        exact(node)


@pytest.mark.parametrize("exponent", [0, 1, 10**9, -(10**9)])
def test_powers_of_one_and_minus_one_are_small(exponent):
    assert str(exact(constant(1) ** exponent)) == "1"
    assert str(exact(constant(-1) ** (exponent + 1))) == str((-1) ** abs(exponent + 1))


@pytest.mark.parametrize(
    ("scale", "whole"), [(1000, "1414"), (-1000, "-1415"), (10**30, str(math.isqrt(2 * 10**60)))]
)
def test_an_irrational_is_floored(scale, whole):
    assert str(exact(floor(sqrt(two) * scale))) == whole


def test_a_zero_in_disguise_is_a_kink_and_no_error():
    assert xp.sign(exact(relu(zero_in_disguise)).item()) == 0
    assert xp.sign(exact(absolute(zero_in_disguise)).item()) == 0


def test_a_symbolic_value_has_no_sign():
    x = symbol("x")
    free = xp.variable("x", ())
    assert str(exact(x**2 + 1, x=free)) == "1 + x**2"
    for node in (relu(x), absolute(x), log(x), maximum(x, 0)):
        with pytest.raises(Undecided, match="depends on x"):
            exact(node, x=free)


def test_variables_are_numbered_from_one():
    assert [str(v) for v in xp.variable("w", (2, 2)).ravel()] == ["w[1,1]", "w[1,2]", "w[2,1]", "w[2,2]"]


arrays = hnp.arrays(
    np.int64, hnp.array_shapes(min_dims=2, max_dims=3, max_side=3), elements=st.integers(-3, 3)
)


@given(arrays, st.sampled_from([-1, -2]), st.booleans())
def test_reductions_are_numpys(x, axis, keepdims):
    ours = xp.asarray(x)
    np.testing.assert_array_equal(xp.sum(ours, axis, keepdims), x.sum(axis, keepdims=keepdims))
    np.testing.assert_array_equal(xp.max(ours, axis, keepdims), x.max(axis, keepdims=keepdims))
    np.testing.assert_array_equal(xp.argmax(ours, axis), x.argmax(axis))


@given(arrays, arrays, st.integers(0, 2))
def test_comparisons_and_padding_are_numpys(x, y, width):
    y = np.resize(y, x.shape)
    for name in ("maximum", "minimum", "greater", "greater_equal", "equal"):
        got = getattr(xp, name)(xp.asarray(x), xp.asarray(y))
        np.testing.assert_array_equal(got.astype(x.dtype), getattr(np, name)(x, y).astype(x.dtype))
    border = [(0, 0)] * (x.ndim - 2) + [(width, width)] * 2
    np.testing.assert_array_equal(xp.pad(xp.asarray(x), ((width, width),) * 2), np.pad(x, border))


def test_what_is_added_at_a_place_leaves_the_array_alone():
    x = xp.zeros((3,))
    np.testing.assert_array_equal(xp.add_at(x, slice(1, 3), xp.asarray([1, 2])), [0, 1, 2])
    np.testing.assert_array_equal(x, [0, 0, 0])


@pytest.mark.parametrize("number", [0.1, np.float64(0.1)])
def test_a_float_is_the_decimal_that_it_is_written_as(number):
    assert xp.value(number) == se.Rational(1, 10)
    assert constant(number) is constant(Fraction(1, 10))


@pytest.mark.parametrize("number", [3, Fraction(1, 3), np.int64(3), True, se.sqrt(2)])
def test_numbers_become_exact_values(number):
    assert isinstance(xp.value(number), se.Basic)
    assert float(xp.value(number)) == float(number)
