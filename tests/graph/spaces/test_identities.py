"""Identities between exponentials and logarithms are proven, and nothing else is taken for one."""

import pytest
import symengine as se
from hypothesis import given
from hypothesis import strategies as st

from tripos.graph.spaces import ball
from tripos.graph.spaces.identities import vanishes

E = se.E
HALF = se.Rational(1, 2)


@pytest.mark.parametrize(
    "expr",
    [
        se.log(2) + se.log(3) - se.log(6),
        se.log(se.Rational(9, 4)) - 2 * se.log(3) + 2 * se.log(2),
        E**1000 / (E**999 + E**1000) - 1 / (1 + E ** (-1)),
        1 / (1 + E ** (-HALF)) + 1 / (1 + E**HALF) - 1,
        se.tanh(2) - (E**4 - 1) / (E**4 + 1),
        se.tanh(HALF) - (E - 1) / (E + 1),
        se.log(10**12) - 12 * se.log(10),
    ],
    ids=str,
)
def test_identities_are_zero(expr):
    assert vanishes(expr)
    assert ball.sign(expr) == 0


@pytest.mark.parametrize(
    "expr",
    [
        se.log(2) + se.log(3) - se.log(7),
        E**2 - E,
        se.tanh(1) - se.Rational(3, 4),
        E ** (E - 1) - 1,
        E ** (10**9) - E**5,
        se.log(3) * se.log(5) - se.log(15),
    ],
    ids=str,
)
def test_what_is_not_zero_is_not_called_so(expr):
    assert not vanishes(expr)


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_the_log_of_a_product_is_the_sum(a, b):
    assert vanishes(se.log(a) + se.log(b) - se.log(a * b))
    assert vanishes(se.log(a) - se.log(b) - se.log(se.Rational(a, b)))
