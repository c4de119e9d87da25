from itertools import pairwise

import numpy as np
import pytest

from tripos.graph import GraphError
from tripos.nets.train.directions import _newton, direction_of
from tripos.nets.train.surface import Found

A = np.array([[4.0, 1.0, 0.0], [1.0, 3.0, 0.5], [0.0, 0.5, 2.0]])


class Bowl:
    """A surface wᵀAw/2 of three weights, or of as many as are claimed."""

    def __init__(self, *sizes):
        self.sizes = sizes

    def hessian(self, at, rest):
        return A


def at(w):
    return Found(w @ A @ w / 2, A @ w, {})


def walked(method, points, **options):
    direction = direction_of(method, Bowl(3), options.get("history_size", 10))
    return [direction(w, at(w)) for w in points]


START = np.array([1.0, -2.0, 3.0])


def test_newton_goes_to_the_bottom():
    (d,) = walked("Newton", [START])
    np.testing.assert_allclose(START + d, 0, atol=1e-12)


@pytest.mark.parametrize("H", [np.diag([2.0, -1.0]), np.zeros((2, 2)), np.diag([1.0, 0.0])])
def test_newton_goes_down_where_the_hessian_is_not_positive_definite(H):
    g = np.array([1.0, -1.0])
    d = _newton(H, g)
    assert np.isfinite(d).all()
    assert d @ g < 0


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS", "Fletcher-Reeves", "Polak-Ribière"])
def test_the_first_direction_is_that_of_steepest_descent(method):
    (d,) = walked(method, [START])
    np.testing.assert_allclose(d, -A @ START)


def test_the_third_direction_of_bfgs_is_the_formula_written_out():
    points = [START, START / 2 + 0.1, START / 3]
    H = inverse(points)
    np.testing.assert_allclose(walked("BFGS", points)[-1], -H @ A @ points[-1])
    s = points[2] - points[1]
    np.testing.assert_allclose(H @ A @ s, s)  # the secant equation


def test_l_bfgs_with_one_pair_is_bfgs_after_one_step():
    points = [START, START / 2 + 0.1, START / 3]
    d = walked("L-BFGS", points, history_size=1)[-1]
    np.testing.assert_allclose(d, -inverse(points[1:]) @ A @ points[-1])


def inverse(points):
    """Return the inverse Hessian of BFGS after steps between points, written out."""
    H = None
    for old, new in pairwise(points):
        s, y = new - old, A @ (new - old)
        H = np.eye(3) * (s @ y) / (y @ y) if H is None else H
        V = np.eye(3) - np.outer(s, y) / (s @ y)
        H = V @ H @ V.T + np.outer(s, s) / (s @ y)
    return H


def test_conjugate_directions_do_not_disturb_each_other():
    g = A @ START
    step = (g @ g) / (g @ A @ g)
    for method in ("Fletcher-Reeves", "Polak-Ribière"):
        first, second = walked(method, [START, START - step * g])
        np.testing.assert_allclose(first @ A @ second, 0, atol=1e-10)


def test_matrices_that_are_too_large_are_told():
    with pytest.raises(
        GraphError, match="BFGS holds a matrix of 6,000×6,000; for more than 5,000 weights take"
    ):
        direction_of("BFGS", Bowl(1000, 5000), 10)
