import jax.numpy as jnp
import numpy as np
import pytest

from graph.oracle import Case, checks
from tripos.graph import exact, floats, grad, norm, symbol, table, unit_vector, vector
from tripos.graph.spaces import numpy as numpy_space


def stretched(x):
    return x / jnp.sqrt((x**2).sum())


CASES = [
    Case("norm", norm, jnp.linalg.norm, ((4,),)),
    Case("norm", norm, jnp.linalg.norm, ((2, 3),), note="Frobenius"),
    Case("norm", norm, jnp.abs, ((),), note="scalar"),
    Case("unit_vector", unit_vector, stretched, ((4,),)),
    Case("unit_vector", unit_vector, stretched, ((2, 3),), note="matrix"),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


@pytest.mark.parametrize("space", [exact, floats])
def test_at_zero_the_norm_has_derivative_zero_and_the_unit_is_zero(space):
    x = symbol("x", 3)
    assert space(norm(x), x=[0, 0, 0]) == 0
    assert (space(grad(norm(x), x), x=[0, 0, 0]) == 0).all()
    assert (space(unit_vector(x), x=[0, 0, 0]) == 0).all()


def test_norms_are_written_as_roots():
    x = vector(3, 4)
    assert str(exact(norm(x))) == "5"
    assert str(exact(norm(vector(1, 1)))) == "sqrt(2)"
    assert [str(v) for v in exact(unit_vector(x))] == ["3/5", "4/5"]


def test_a_norm_sits_on_its_kink_at_zero_only():
    kink = table["norm"].kink
    assert kink(numpy_space, np.array([[0.0, 0.0], [0.0, 1.0]]), ndim=1).tolist() == [True, False]


def test_squares_do_not_overflow():
    assert floats(norm(symbol("x", 2)), x=[3e200, 4e200]) == pytest.approx(5e200)


def test_they_are_written_as_in_a_textbook():
    b = symbol("b", 2)
    assert repr(norm(b)) == "<‖b‖>"
    assert repr(unit_vector(b)) == repr(grad(norm(b), b)) == "<b/‖b‖>"
