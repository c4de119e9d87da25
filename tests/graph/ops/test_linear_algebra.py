from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.oracle import Case, checks
from tripos.graph import (
    GraphError,
    constant,
    det,
    diag,
    diagonal,
    exact,
    eye,
    floats,
    grad,
    inverse,
    lift,
    logdet,
    matrix,
    size,
    solve,
    sqrt,
    stack,
    symbol,
    table,
    trace,
    vector,
)
from tripos.graph import sum as total
from tripos.graph.program import Program, function
from tripos.graph.spaces import exact as exact_space
from tripos.graph.spaces import jax as jax_space
from tripos.graph.spaces import numpy as numpy_space
from tripos.graph.steps import working

S = (3, 3)


def heavy(of):
    """Return ``of`` for a matrix whose diagonal is made heavier, so that it is regular."""
    return lambda A, *rest: of(A + 5 * np.eye(3), *rest)


def heavier(of):
    return lambda A, *rest: of(A + 5 * eye(3), *rest)


CASES = [
    Case("solve", heavier(solve), heavy(jnp.linalg.solve), (S, (3,))),
    Case("solve", heavier(solve), heavy(jnp.linalg.solve), (S, (3, 2)), note="columns"),
    Case("inverse", heavier(inverse), heavy(jnp.linalg.inv), (S,)),
    Case("det", det, jnp.linalg.det, (S,)),
    Case("logdet", logdet, lambda A: jnp.linalg.slogdet(A)[1], (S,)),
    Case("diag", diag, jnp.diag, ((3,),)),
    Case("diagonal", diagonal, jnp.diagonal, (S,)),
    Case("trace", trace, jnp.trace, (S,)),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


# -- exact elimination ---------------------------------------------------------------------------

INTEGERS = st.integers(-3, 3)


@st.composite
def systems(draw):
    n = draw(st.integers(1, 4))
    row = st.lists(INTEGERS, min_size=n, max_size=n)
    return draw(st.lists(row, min_size=n, max_size=n)), draw(row)


@given(systems())
@settings(deadline=None, max_examples=60)
def test_a_solution_solves_and_a_singular_matrix_is_found_out(system):
    A, b = (constant(x) for x in system)
    if exact(det(A)) == 0:
        assert round(np.linalg.det(np.array(system[0])), 6) == 0
        with pytest.raises(GraphError, match=r"^solve: the matrix is singular: its"):
            exact(solve(A, b))
        with pytest.raises(GraphError, match=r"^inverse: the matrix is singular: its"):
            exact(inverse(A))
    else:
        assert (exact(A @ solve(A, b)) == exact(b)).all()
        assert (exact(A @ inverse(A)) == np.eye(len(system[1]), dtype=int)).all()
        np.testing.assert_allclose(float(exact(det(A)).item()), np.linalg.det(np.array(system[0], float)))


def test_pivots_may_be_roots_and_zeros_in_disguise_are_none():
    nothing = sqrt(2) * sqrt(3) - sqrt(6)
    A = stack(stack(nothing, lift(1)), stack(lift(2), sqrt(2)))
    left = exact(A @ solve(A, vector(1, 3)) - vector(1, 3))
    assert [exact_space.sign(v) for v in left] == [0, 0]
    assert str(exact(det(A)).item()) == "-2"
    with pytest.raises(GraphError, match=r"its first column is zero$"):
        exact(solve(stack(stack(nothing, lift(1)), stack(lift(0), sqrt(2))), vector(1, 3)))


def test_each_matrix_of_a_batch_has_its_own_pivots():
    A, b = symbol("A", (2, 2)), symbol("b", 2)
    many = [[[0, 1], [2, 0]], [[4, 0], [0, 1]], [[1, 1], [1, 2]]]
    for space in (exact_space, numpy_space):
        found = Program([solve(A, b), det(A)], space)({A: many, b: [2, 4]})
        assert found[0].astype(float).tolist() == [[2, 2], [0.5, 4], [0, 2]]
        assert found[1].tolist() == [-2, 4, 1]


def test_symbols_are_divided_by():
    a = symbol("a")
    x = exact_space.variable("a", ())
    A = stack(stack(lift(0), a), stack(a, lift(1)))
    found = Program([solve(A, vector(1, 1)), det(A)], exact_space)({a: x})
    assert [v.subs({x.item(): 4}) * 16 for v in found[0]] == [3, 4]
    assert str(np.asarray(found[1]).item()) == "-a**2"


def test_ten_unknowns_of_the_worst_kind_are_solved_exactly():
    hilbert = [[Fraction(1, i + j + 1) for j in range(10)] for i in range(10)]
    assert (exact(inverse(constant(hilbert))) == scipy.linalg.invhilbert(10, exact=True)).all()


@pytest.mark.parametrize("op", [inverse, lambda A: solve(A, vector(1, 1))])
def test_a_singular_matrix_is_an_error_in_every_space(op):
    A = symbol("A", (2, 2))
    for space, kernels in ((exact_space, False), (numpy_space, False), (numpy_space, True)):
        with pytest.raises(GraphError, match=r"^(solve|inverse): the matrix is singular"):
            Program([op(A)], space, kernels=kernels)({A: [[1, 2], [2, 4]]})
    for kernels in (True, False):
        run = function([op(A)], [A], jax_space, kernels=kernels)
        assert not np.isfinite(run(jnp.asarray([[1.0, 2.0], [2.0, 4.0]]))[0]).any()


def test_the_determinant_of_a_singular_matrix_is_0_and_its_logarithm_does_not_exist():
    A = matrix("1 2 3; 2 4 6; 1 1 1")
    assert exact(det(A)) == 0
    with pytest.raises(GraphError, match=r"^log of 0"):
        exact(logdet(A))


def test_a_large_matrix_has_a_logarithm_though_its_determinant_overflows():
    A = symbol("A", (200, 200))
    value = 1e3 * np.eye(200)
    assert floats(logdet(A), A=value) == pytest.approx(200 * np.log(1e3))


# -- shapes, costs, notation -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: solve(symbol("A", (2, 3)), vector(1, 2)), r"^solve: expected a square matrix, found .* 2×3"),
        (lambda: solve(eye(2), vector(1, 2, 3)), r"^solve: A is 2×2 and b is 3; b must be .* 2 rows"),
        (lambda: solve(symbol("A", (2, 2)), symbol("b")), r"^solve: A is 2×2 and b is scalar"),
        (lambda: inverse(vector(1, 2)), r"^inverse: expected a square matrix, found shape 2"),
        (lambda: det(symbol("A", (1, 2))), r"^det: expected a square matrix, found shape 1×2"),
        (lambda: logdet(lift(1)), r"^logdet: expected a square matrix, found shape scalar"),
        (lambda: trace(symbol("A", (1, 2))), r"^trace: expected a square matrix"),
        (lambda: diagonal(vector(1)), r"^diagonal: expected a square matrix"),
        (lambda: diag(eye(2)), r"^diag: expected a vector, found shape 2×2"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build()


def counted(n, columns):
    """Count the multiply-accumulates and divisions of elimination by going through it."""
    macs = divisions = 0
    for k in range(n):
        for _ in range(k + 1, n):
            divisions += 1
            macs += n - k - 1
        macs += 2 * columns * (n - k - 1)  # one substitution forward, one back
        divisions += columns
    return macs, divisions


@pytest.mark.parametrize(("n", "columns"), [(1, 1), (2, 1), (3, 2), (5, 4)])
def test_costs_are_those_of_elimination(n, columns):
    op, shapes = table["solve"], ((n, n), (n, columns))
    assert (op.cost(*shapes, ndim=2), op.flops(*shapes, ndim=2)) == counted(n, columns)
    op = table["inverse"]
    assert (op.cost((n, n)), op.flops((n, n))) == counted(n, n)


def test_sizes_may_be_symbols():
    d = size("d")
    assert solve(symbol("A", (d, d)), symbol("b", d)).shape == (d,)
    assert exact(table["solve"].cost((d, d), (d,), ndim=1), d=4) == 26
    assert inverse(symbol("A", (d, d))).shape == (d, d)
    assert grad(trace(symbol("A", (d, d))), symbol("A", (d, d))).shape == (d, d)


def test_they_are_written_as_in_a_textbook():
    A, b = symbol("A", (2, 2)), symbol("b", 2)
    for node, text in [
        (solve(A, b), "A⁻¹ b"),
        (solve(A.T, b), "(Aᵀ)⁻¹ b"),
        (inverse(A), "A⁻¹"),
        (det(A), "det(A)"),
        (logdet(A), "log|det A|"),
        (trace(A), "tr(A)"),
        (grad(logdet(A), A), "(A⁻¹)ᵀ"),
    ]:
        assert repr(node) == f"<{text}>"


def test_a_working_shows_the_system():
    A, b = constant([[2, 1], [1, 3]], name="A"), constant([1, 2], name="b")
    assert working(solve(A, b)) == "A⁻¹ b = [2 1; 1 3]⁻¹ · [1 2]ᵀ = [1/5 3/5]ᵀ"


def test_the_trace_trick():
    """xᵀ A x = tr(A x xᵀ), and the derivative of tr(A B) by A is Bᵀ."""
    A, B = symbol("A", (2, 2)), symbol("B", (2, 2))
    slope = grad(trace(A @ B), A)
    assert (floats(slope, B=[[5, 6], [7, 8]]) == [[5, 7], [6, 8]]).all()


def test_gradients_pass_through_a_solution_in_jax():
    A, b = symbol("A", (2, 2)), symbol("b", 2)
    run = function([total(solve(A, b) ** 2)], [A, b], jax_space)
    with jax.enable_x64(True):
        values = jnp.asarray([[2.0, 1.0], [0.5, 3.0]]), jnp.asarray([1.0, 2.0])
        got = jax.grad(lambda *v: run(*v)[0], (0, 1))(*values)
        want = jax.grad(lambda A, b: (jnp.linalg.solve(A, b) ** 2).sum(), (0, 1))(*values)
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
