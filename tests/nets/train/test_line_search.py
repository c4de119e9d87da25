import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import line_search

from tripos.nets.train.line_search import Probe, between, strong_wolfe


def probe(f, slope):
    return lambda step: Probe(step, f(step), slope(step))


@pytest.mark.parametrize("first", [1e-6, 0.01, 1.0, 30.0, 1e6])
@pytest.mark.parametrize("c2", [0.9, 0.1, 1e-4])
def test_the_conditions_hold(first, c2):
    def f(a):
        return (a - 2) ** 4 - 3 * (a - 2) ** 2 + math.cos(3 * a)

    def slope(a):
        return 4 * (a - 2) ** 3 - 6 * (a - 2) - 3 * math.sin(3 * a)

    start = Probe(0.0, f(0), slope(0))
    assert start.slope < 0
    found = strong_wolfe(probe(f, slope), start, first, 1e-4, c2)
    assert found.value <= start.value + 1e-4 * found.step * start.slope
    assert abs(found.slope) <= c2 * abs(start.slope)


def test_scipy_finds_the_conditions_satisfied_as_well():
    found = strong_wolfe(
        probe(lambda a: (3 - a) ** 2, lambda a: 2 * (a - 3)), Probe(0.0, 9.0, -6.0), 1.0, 1e-4, 0.9
    )
    theirs, *_ = line_search(
        lambda x: float((3 - x[0]) ** 2), lambda x: 2 * (x - 3), np.zeros(1), np.ones(1), c2=0.9
    )
    assert found.step == theirs == 1


def test_where_the_loss_is_no_number_the_step_gets_shorter():
    def f(a):
        return -math.log(1 - a) - 2 * a if a < 1 else math.nan

    def slope(a):
        return 1 / (1 - a) - 2 if a < 1 else math.nan

    found = strong_wolfe(probe(f, slope), Probe(0.0, 0.0, -1.0), 8.0, 1e-4, 0.1)
    assert found.step == pytest.approx(0.5, abs=0.05)


def test_nothing_is_found_where_every_step_goes_up():
    assert strong_wolfe(lambda a: Probe(a, 1 + a, 1.0), Probe(0.0, 1.0, -1.0), 1.0, 1e-4, 0.9) is None


numbers = st.floats(-5, 5)


@given(numbers, numbers, numbers, numbers, st.booleans())
def test_a_cubic_is_lowest_where_it_is_said_to_be(a, b, c, d, turned):
    """Against all points of a grid between the two ends, unless the lowest is close to one of these."""

    def at(t):
        return Probe(t, ((a * t + b) * t + c) * t + d, (3 * a * t + 2 * b) * t + c)

    low, high = (at(2.0), at(0.0)) if turned else (at(0.0), at(2.0))
    found = between(low, high)
    assert 0.1 - 1e-9 <= found <= 1.9 + 1e-9
    grid = np.linspace(0.1, 1.9, 181)
    inner = grid[np.argmin(((a * grid + b) * grid + c) * grid)]
    towards = low.slope * (high.step - low.step) < 0
    if towards and 0.15 < inner < 1.85 and abs(a) > 0.1:
        assert at(found).value <= at(float(inner)).value + 1e-6
