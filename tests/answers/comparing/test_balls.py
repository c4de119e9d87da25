"""Rationals while they last, then balls; no value where mathematics gives none."""

from fractions import Fraction

import numpy as np
import pytest
from flint import arb, fmpq

from tripos.answers.comparing import balls
from tripos.answers.comparing.balls import VOID, number


@pytest.fixture(autouse=True)
def precision():
    balls.set_bits(128)


def test_numbers_are_exact():
    assert number(Fraction(1, 3)) == fmpq(1, 3)
    assert number(0.5) == fmpq(1, 2)
    assert number(0.1) != fmpq(1, 10)  # the float is not a tenth
    assert number(float("inf")) is VOID


def test_values_stay_rational_where_they_can():
    assert balls.exp(number(0)) == 1
    assert balls.log(number(1)) == 0
    assert balls.sqrt(number(Fraction(9, 4))) == fmpq(3, 2)
    assert balls.sigmoid(number(0)) == fmpq(1, 2)
    assert balls.power(number(4), number(Fraction(3, 2))) == 8
    assert balls.power(number(2), number(-3)) == fmpq(1, 8)
    assert balls.floor(number(Fraction(-7, 2))) == -4
    assert balls.ceil(number(Fraction(-7, 2))) == -3
    assert balls.maximum(number(2), number(3)) == 3
    assert balls.minimum(number(2), number(3)) == 2
    assert balls.sign(number(-2)) == -1


def test_balls_enclose_the_rest():
    assert balls.exp(number(1)).overlaps(arb(1).exp())
    assert balls.differ(balls.log(balls.exp(number(3))), number(3), 100) is False
    assert balls.differ(balls.exp(number(1)), number(Fraction("2.718281828459045")), 100) is True
    assert not balls.is_exact(balls.tanh(number(1)))


@pytest.mark.parametrize(
    "value",
    [
        lambda: balls.log(number(0)),
        lambda: balls.log(number(-1)),
        lambda: balls.sqrt(number(-1)),
        lambda: balls.divide(number(1), number(0)),
        lambda: balls.power(number(0), number(-1)),
        lambda: balls.power(number(-2), number(Fraction(1, 2))),
        lambda: balls.log(number(0)) * number(0) + balls.exp(number(1)),
        lambda: balls.exp(number(1)) / balls.log(number(0)),
        lambda: -abs(balls.log(number(0))),
    ],
)
def test_no_value_stays_no_value(value):
    assert value() is VOID


def test_odd_roots_are_real():
    assert balls.differ(balls.power(number(-8), number(Fraction(1, 3))), number(-2), 90) is False


def test_what_is_not_chosen_needs_no_value():
    x = balls.array([4.0, -1.0])
    chosen = balls.where(balls.greater(x, number(0)), balls.sqrt(x), number(0))
    assert list(chosen) == [2, 0]


def test_wide_balls_do_not_tell():
    wide = arb(0, 1)
    assert balls.differ(wide, number(0), 100) is None
    assert not balls.greater(wide, number(0)).is_finite()
    assert not balls.floor(wide).is_finite()


def test_powers_too_long_to_write_are_enclosed():
    huge = balls.power(number(3), number(10**9))
    assert isinstance(huge, arb)
    assert huge.is_finite()


def test_arrays():
    x = balls.array(np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert (x @ x)[1, 1] == 22
    assert balls.exp(x)[0, 0].overlaps(arb(1).exp())


def test_decimals_and_roundings():
    assert balls.decimal(number(Fraction(1, 3)), 5) == "0.33333"
    assert balls.within(balls.log(number(2)), number(Fraction("0.693")), Fraction(1, 2000))
    assert not balls.within(balls.log(number(2)), number(Fraction("0.694")), Fraction(1, 2000))
