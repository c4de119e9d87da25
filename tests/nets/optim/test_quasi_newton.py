import numpy as np
import pytest
import scipy.optimize

from nets.optim.test_conjugate import quadratic
from nets.optim.test_newton import logistic, minimum
from tripos.graph import (
    GraphError,
    constant,
    exact,
    eye,
    floats,
    inverse,
    matrix,
    schedule,
    solve,
    symbol,
    vector,
)
from tripos.graph.proof import prove
from tripos.graph.steps import working
from tripos.graph.values import Values
from tripos.nets import bfgs, bfgs_update, lbfgs, lbfgs_direction

A, b = matrix("4 1 0; 1 3 1; 0 1 2"), vector(1, 2, 3)
START = constant([5, -7, 2], name="w")


def pairs(count, n=4, seed=0):
    """Return steps and changes of gradient with yᵀs > 0."""
    rng = np.random.default_rng(seed)
    s = rng.normal(size=(count, n))
    M = rng.normal(size=(n, n))
    return s, s @ (M @ M.T + np.eye(n)) + 0.1 * s**3


def test_an_update_maps_the_change_of_the_gradient_to_the_step():
    H = bfgs_update(matrix("2 1; 1 1"), vector(1, 2), vector(3, 4))
    assert (exact(H @ vector(3, 4)) == [1, 2]).all()
    assert (exact(H) == exact(H.T)).all()


def test_updates_are_those_of_scipy():
    s, y = pairs(3)
    theirs = scipy.optimize.BFGS(init_scale=1.0, min_curvature=1e-12)
    theirs.initialize(4, "inv_hess")
    H = eye(4)
    for one, other in zip(s, y, strict=True):
        theirs.update(one, other)
        H = bfgs_update(H, constant(one), constant(other))
    np.testing.assert_allclose(floats(H), theirs.get_matrix(), rtol=1e-9)


def test_after_as_many_steps_as_parameters_a_quadratic_is_solved_and_its_hessian_inverted():
    w, H = bfgs(quadratic(START), START, steps=3)
    assert (exact(w) == exact(solve(A, b))).all()
    assert (exact(H) == exact(inverse(A))).all()
    assert (w.name, H.name) == ("w_3", "H_3")


def test_steps_may_be_taken_one_by_one():
    loss = quadratic(START)
    w, H = bfgs(loss, START)
    again, second = bfgs(quadratic(w), w, H=H)
    both, after = bfgs(loss, START, steps=2)
    assert (again.name, second.name) == ("w_2", "H_2")
    assert (exact(again) == exact(both)).all()
    assert (exact(second) == exact(after)).all()


@pytest.mark.parametrize("descend", [lambda L, w: bfgs(L, w, 8)[0], lambda L, w: lbfgs(L, w, 8)])
def test_a_convex_loss_is_minimised_as_by_scipy(descend):
    w = symbol("w", 2)
    np.testing.assert_allclose(floats(descend(logistic(w), w), w=[0, 0]), minimum(), atol=1e-6)


# -- limited memory ------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 3, 6])
def test_two_loops_are_the_product_of_scipy(count):
    s, y = pairs(max(count, 1))
    g = np.array([1.0, -2, 0.5, 3])
    known = [(constant(a), constant(c)) for a, c in zip(s[:count], y[:count], strict=True)]
    got = floats(lbfgs_direction(constant(g), known, gamma=1))
    want = -scipy.optimize.LbfgsInvHessProduct(s, y).dot(g) if count else -g
    np.testing.assert_allclose(got, want, rtol=1e-10)


def test_two_loops_are_the_matrix_that_bfgs_makes():
    s, y = pairs(3, seed=1)
    known = [(constant(a), constant(c)) for a, c in zip(s, y, strict=True)]
    g, gamma = vector(1, 2, 3, 4), (s[-1] @ y[-1]) / (y[-1] @ y[-1])
    H = constant(gamma) * eye(4)
    for one, other in known:
        H = bfgs_update(H, one, other)
    np.testing.assert_allclose(floats(lbfgs_direction(g, known)), floats(-(H @ g)), rtol=1e-10)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_with_all_pairs_kept_the_steps_are_those_of_bfgs(steps):
    limited = lbfgs(quadratic(START), START, steps, gamma=1)
    assert (exact(limited) == exact(bfgs(quadratic(START), START, steps)[0])).all()


def test_of_a_quadratic_one_pair_suffices():
    """With exact line searches, steps with any memory are those of conjugate gradients (Nazareth, 1979)."""
    assert (exact(lbfgs(quadratic(START), START, 3, history_size=1)) == exact(solve(A, b))).all()


def test_the_graph_of_many_steps_grows_linearly():
    w = symbol("w", 3)
    sizes = [len(schedule([lbfgs(quadratic(w), w, k, history_size=2)])) for k in (5, 10, 20)]
    assert sizes[2] - sizes[1] == 2 * (sizes[1] - sizes[0])


# -- lines of working ----------------------------------------------------------------------------


def test_a_step_reads_as_in_a_textbook_and_is_proven():
    Q, c = constant([[2, 0], [0, 4]], name="A"), constant([2, 4], name="b")
    w = constant([0, 0], name="w_0")
    _, H = bfgs(w @ (Q @ w) / 2 - c @ w, w)
    lines = working(H).split("\n")
    names = [line.split(" = ")[0] for line in lines]
    assert [n for n in names if "∂" not in n] == "d₀ c₀ α₀ s₀ w₁ y₀ ρ₀ V₀ H₁".split()
    assert lines[-1].startswith("H₁ = V₀ H₀ V₀ᵀ + ρ₀ s₀ s₀ᵀ = ")
    assert "gradient agrees with finite differences" in prove(H, Values()).how
    limited = working(lbfgs(w @ (Q @ w) / 2 - c @ w, w, 2))
    assert "γ₁ = (s₀ᵀ y₀)/(y₀ᵀ y₀)" in limited


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: bfgs_update(eye(2), vector(1), vector(1, 2)), "bfgs_update: H is 2×2, s 1 and y 2"),
        (lambda: bfgs(quadratic(START), START, H=eye(2)), "bfgs: H has shape 2×2 for 3 parameters"),
        (lambda: bfgs(quadratic(START), vector(1, 2, 4)), "bfgs: the loss does not depend on these"),
        (lambda: bfgs(quadratic(START), START, steps=-1), "must be 1 or more, found -1"),
        (lambda: lbfgs(quadratic(START), START, history_size=0), "history_size must be 1 or more, found 0"),
        (lambda: lbfgs_direction(eye(2)), "the gradient must be a vector, found shape 2×2"),
        (lambda: lbfgs_direction(b, [(b, vector(1))]), "a pair of shapes 3 and 1 for a gradient of 3"),
        (lambda: bfgs(quadratic(START), [START]), "must be one vector, found several nodes"),
    ],
)
def test_what_makes_no_sense_is_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build()
