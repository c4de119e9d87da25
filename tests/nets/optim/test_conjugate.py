from fractions import Fraction

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from nets.optim.test_newton import logistic, minimum
from tripos.graph import GraphError, constant, exact, eye, floats, matrix, schedule, solve, symbol, vector
from tripos.graph.steps import working
from tripos.nets import conjugate_gradient, nonlinear_conjugate_gradient

ENTRY = st.integers(-3, 3)


@st.composite
def systems(draw):
    """Draw a positive definite matrix with different eigenvalues, and a right-hand side."""
    n = draw(st.integers(2, 4))
    M = np.array(
        draw(st.lists(st.lists(ENTRY, min_size=n, max_size=n), min_size=n, max_size=n)), dtype=object
    )
    A = M.T @ M + np.diag([Fraction(k * k + 1) for k in range(n)])
    return A, draw(st.lists(st.integers(1, 3), min_size=n, max_size=n))


def residual(A, b, x):
    return exact(constant(A) @ x - vector(*b))


@given(systems())
@settings(deadline=None, max_examples=25)
def test_as_many_steps_as_unknowns_are_exact(system):
    A, b = system
    n = len(b)
    for steps in range(1, n + 1):
        x = conjugate_gradient(constant(A), vector(*b), steps=steps)
        left = residual(A, b, x)
        if (left == 0).all():
            return
        assert steps < n
    raise AssertionError("the residual is not zero")


def test_steps_are_those_of_scipy():
    rng = np.random.default_rng(0)
    M = rng.normal(size=(5, 5))
    A, b, x0 = M @ M.T + np.eye(5), rng.normal(size=5), rng.normal(size=5)
    path = []
    scipy.sparse.linalg.cg(A, b, x0, maxiter=4, rtol=1e-14, callback=lambda x: path.append(x.copy()))
    nodes = symbol("A", (5, 5)), symbol("b", 5), symbol("x", 5)
    for k, want in enumerate(path, 1):
        got = floats(conjugate_gradient(*nodes, steps=k), A=A, b=b, x=x0)
        np.testing.assert_allclose(got, want, rtol=1e-8)


def test_a_step_reads_as_in_a_textbook():
    A, b = constant([[2, 0], [0, 4]], name="A"), constant([2, 4], name="b")
    lines = working(conjugate_gradient(A, b)).split("\n")
    assert [line.split(" = ")[0] for line in lines] == "r₀ p₀ q₀ α₀ x₁ r₁ β₀ p₁ q₁ α₁ x₂".split()
    assert lines[3] == "α₀ = (r₀ᵀ r₀)/(p₀ᵀ q₀) = ([2 4] · [2 4]ᵀ)/([2 4] · [4 16]ᵀ) = 20/72 = 5/18"
    assert lines[-1].endswith(" = [1 1]ᵀ")


def test_a_sequence_goes_on_from_the_number_of_its_first_point():
    A, b = eye(2) + 1, vector(1, 2)
    x = conjugate_gradient(A, b, constant([1, 1], name="x_3"), steps=1)
    assert x.name == "x_4"


def quadratic(w):
    return w @ (matrix("4 1 0; 1 3 1; 0 1 2") @ w) / 2 - vector(1, 2, 3) @ w


@pytest.mark.parametrize("beta", ["Fletcher-Reeves", "Polak-Ribière"])
def test_down_a_quadratic_they_are_the_conjugate_gradients_of_its_system(beta):
    w = constant([5, -7, 2], name="w")
    A, b = matrix("4 1 0; 1 3 1; 0 1 2"), vector(1, 2, 3)
    for steps in (1, 2, 3):
        one = exact(nonlinear_conjugate_gradient(quadratic(w), w, steps, beta))
        assert (one == exact(conjugate_gradient(A, b, w, steps))).all()
    assert (one == exact(solve(A, b))).all()


@pytest.mark.parametrize("beta", ["Fletcher-Reeves", "Polak-Ribière"])
def test_down_a_convex_loss_they_reach_the_minimum_that_scipy_finds(beta):
    w = symbol("w", 2)
    got = floats(nonlinear_conjugate_gradient(logistic(w), w, 8, beta), w=[0, 0])
    np.testing.assert_allclose(got, minimum(), atol=1e-6)


def test_a_step_length_may_be_given():
    w = symbol("w", 3)
    (plain,) = (nonlinear_conjugate_gradient(quadratic(w), w, 1, lr=0.1),)
    A, b, at = np.array([[4, 1, 0], [1, 3, 1], [0, 1, 2]]), np.array([1, 2, 3]), np.array([1.0, 1, 1])
    np.testing.assert_allclose(floats(plain, w=at), at - 0.1 * (A @ at - b), rtol=1e-12)


def test_the_graph_of_many_steps_grows_linearly():
    w = symbol("w", 3)
    one, two, four = (len(schedule([nonlinear_conjugate_gradient(quadratic(w), w, k)])) for k in (5, 10, 20))
    assert four - two == 2 * (two - one)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: conjugate_gradient(matrix("1 2; 2 1"), vector(1)), "A is 2×2 and b is 1; A must be square"),
        (lambda: conjugate_gradient(eye(2), vector(1, 2), vector(1)), "x0 has shape 1, b has 2 entries"),
        (
            lambda: conjugate_gradient(eye(2), vector(1, 2), steps=3),
            "from 1 to 2, the number of unknowns, found 3",
        ),
        (lambda: conjugate_gradient(eye(2), vector(1, 2), steps=0), "must be from 1 to 2"),
        (
            lambda: nonlinear_conjugate_gradient(quadratic(w := symbol("w", 3)), w, 0),
            "must be 1 or more, found 0",
        ),
        (
            lambda: nonlinear_conjugate_gradient(quadratic(w := symbol("w", 3)), w, 1, "Hestenes"),
            "no beta 'Hestenes'; there are Fletcher-Reeves, Polak-Ribière",
        ),
        (
            lambda: nonlinear_conjugate_gradient(symbol("s") ** 2, symbol("s"), 1),
            "must be one vector, found shape",
        ),
        (lambda: exact(conjugate_gradient(eye(2), vector(1, 2))), "division of 0 by zero"),
    ],
)
def test_what_makes_no_sense_is_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build()
