from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize

from tripos.graph import GraphError, constant, exact, floats, grad, matrix, named, softplus, symbol, vector
from tripos.graph import sum as total
from tripos.graph.program import Program
from tripos.graph.spaces import numpy as numpy_space
from tripos.nets import exact_line_search, newton_step

X = np.array([[1.0, 0.5], [-0.3, 2.0], [0.7, -1.1], [-1.5, 0.2]])


def logistic(w):
    """Return a convex loss that is not quadratic; the same code builds the graph and runs in JAX."""
    if hasattr(w, "op"):
        return total(softplus(constant(X) @ w)) + w @ w / 4 - w[0]
    return jnp.logaddexp(X @ w, 0.0).sum() + w @ w / 4 - w[0]


@cache
def minimum():
    """Return where SciPy finds the minimum of ``logistic``."""
    with jax.enable_x64(True):
        found = scipy.optimize.minimize(
            lambda v: float(logistic(v)),
            np.zeros(2),
            jac=jax.grad(logistic),
            hess=jax.hessian(logistic),
            method="trust-exact",
            tol=1e-12,
        )
    return found.x


def test_one_step_solves_a_quadratic():
    A, b = matrix("4 1 0; 1 3 1; 0 1 2"), vector(1, 2, 3)
    w = constant([5, -7, 2], name="w")
    new = newton_step(w @ (A @ w) / 2 - b @ w, w)
    assert (exact(A @ new) == exact(b)).all()


def test_one_step_solves_a_quadratic_of_several_parameters_of_any_shape():
    W, v, s = constant([[1, 2], [3, 4]], name="W"), constant([5, 6], name="v"), constant(7, name="s")
    x = vector(1, 2)

    def loss(W, v, s):
        return total((W @ x + v - s) ** 2) + total(W**2) + v @ v + (s - 1) ** 2

    new = newton_step(loss(W, v, s), [W, v, s])
    assert [n.shape for n in new] == [(2, 2), (2,), ()]
    names = [named(n, name) for n, name in zip(new, "Wvs", strict=True)]
    assert all((exact(g) == 0).all() for g in grad(loss(*names), names))


def test_a_matrix_and_a_number_are_parameters_too():
    W, s = constant([[1, 2], [3, 4]], name="W"), constant(3, name="s")
    assert (exact(newton_step(total((W - 1) ** 2), W)) == 1).all()
    assert str(exact(newton_step(s**4, s)).item()) == "2"  # 3 − 4·27/(12·9)


def test_steps_end_at_the_minimum_that_scipy_finds():
    w = symbol("w", 2)
    program, at = Program([newton_step(logistic(w), w)], numpy_space, kernels=True), np.zeros(2)
    with jax.enable_x64(True):
        first = -np.linalg.solve(jax.hessian(logistic)(at), jax.grad(logistic)(at))
    np.testing.assert_allclose(program({w: at})[0], first, rtol=1e-12)
    for _ in range(6):
        (at,) = program({w: at})
    np.testing.assert_allclose(at, minimum(), atol=1e-8)


def test_the_best_step_length_is_that_of_scipy():
    A, b, w, d = np.array([[3.0, 1], [1, 2]]), np.array([1.0, 2]), np.array([4.0, -1]), np.array([-1.0, 2])

    def loss(w):
        return w @ A @ w / 2 - b @ w

    best = scipy.optimize.minimize_scalar(lambda a: loss(w + a * d)).x
    node = symbol("w", 2)
    alpha = exact_line_search(node @ (constant(A) @ node) / 2 - constant(b) @ node, node, constant(d))
    assert floats(alpha, w=w) == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: exact_line_search(total(symbol("W", (2, 2))), symbol("W", (2, 2)), vector(1)),
            "exact_line_search: the parameters must be one vector, found shape 2×2",
        ),
        (
            lambda: exact_line_search(symbol("x"), symbol("w", 2), vector(1, 2)),
            "exact_line_search: the loss does not depend on these parameters",
        ),
        (lambda: newton_step(symbol("w") ** 2, []), "newton_step: expected at least one node"),
    ],
)
def test_what_makes_no_sense_is_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build()


def test_a_singular_hessian_is_an_error():
    w = constant([1, 2], name="w")
    with pytest.raises(GraphError, match="solve: the matrix is singular"):
        exact(newton_step((w[0] - w[1]) ** 2, w))
