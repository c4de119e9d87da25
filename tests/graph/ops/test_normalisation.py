import builtins

import jax
import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from graph.oracle import Case, checks
from tripos.graph import (
    GraphError,
    constant,
    exact,
    floats,
    grad,
    log_softmax,
    softmax,
    standardize,
    symbol,
    write,
)
from tripos.graph import sum as total
from tripos.graph.node import apply
from tripos.graph.op import table

CASES = [
    Case("softmax", softmax, jax.nn.softmax, ((4,),)),
    Case("softmax", softmax, jax.nn.softmax, ((2, 3),), note="rows"),
    Case("log_softmax", log_softmax, jax.nn.log_softmax, ((4,),)),
    Case("log_softmax", log_softmax, jax.nn.log_softmax, ((2, 3),), note="rows"),
    Case("standardize", standardize, lambda x: jax.nn.standardize(x, epsilon=0), ((4,),)),
    Case(
        "standardize",
        lambda x: standardize(x, eps=1e-5),
        lambda x: jax.nn.standardize(x, epsilon=1e-5),
        ((2, 3),),
        note="rows",
    ),
    Case(
        "standardize",
        lambda x: standardize(x, (0, -1), eps=0.5),
        lambda x: jax.nn.standardize(x, (0, 2), epsilon=0.5),
        ((2, 3, 2),),
        note="channels",
    ),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


@pytest.mark.parametrize(
    ("op", "reference"), [(softmax, scipy.special.softmax), (log_softmax, scipy.special.log_softmax)]
)
def test_large_logits_do_not_overflow(op, reference):
    values = np.array([1000.0, 999.0, -1000.0])
    np.testing.assert_allclose(floats(op(symbol("z", 3)), z=values), reference(values), rtol=1e-12)


def test_exact_probabilities_add_up_to_one():
    p = exact(softmax(symbol("z", 3)), z=[0, 0, 0])
    assert [str(v) for v in p] == ["1/3"] * 3


def test_exact_standardized_values():
    y = exact(standardize(symbol("x", 3)), x=[1, 2, 3])
    assert [str(v) for v in y] == ["(-1/2)*sqrt(6)", "0", "(1/2)*sqrt(6)"]


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6), st.integers(1, 4), st.integers(0, 99))
def test_standardized_values_are_those_of_scikit_learn(n, d, seed):
    values = np.random.default_rng(seed).normal(3, 2, size=(n, d))
    got = floats(standardize(symbol("x", (n, d)), 0), x=values)
    np.testing.assert_allclose(got, StandardScaler().fit_transform(values), atol=1e-9)


def test_the_gradient_is_orthogonal_to_what_standardizing_forgets():
    """A shift and a scaling of x change nothing (ε = 0), so the gradient is orthogonal to 1 and to x."""
    x, c = symbol("x", 3), constant([1, 5, 2])
    slope = exact(grad(total(standardize(x) * c), x), x=[1, 2, 4])
    assert builtins.sum(slope).expand() == 0
    assert (slope @ np.array([1, 2, 4])).expand() == 0


def test_constant_rows_have_no_standard_deviation():
    with pytest.raises(GraphError, match=r"division .* by zero"):
        exact(standardize(symbol("x", 2)), x=[3, 3])
    assert exact(standardize(symbol("x", 2), eps=1), x=[3, 3]).tolist() == [0, 0]


def test_an_offset_far_from_zero_costs_no_digits():
    values = np.array([1e8, 1e8 + 1, 1e8 + 2])
    np.testing.assert_allclose(
        floats(standardize(symbol("x", 3)), x=values), [-np.sqrt(1.5), 0, np.sqrt(1.5)]
    )


def test_how_it_is_written():
    X = symbol("X", (2, 3))
    assert write(standardize(symbol("x", 3))).text == "standardize(x)"
    assert write(standardize(X)).text == "standardize[2](X)"
    assert write(standardize(X, 0)).latex == r"\operatorname{standardize}_{1}\left(\mathbf{X}\right)"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: standardize(symbol("s")), r"^standardize: there is no axis -1 in .* scalar"),
        (lambda: standardize(symbol("x", 3), 1), r"^standardize: there is no axis 1 in .* shape 3"),
        (lambda: standardize(symbol("x", 3), eps=-1e-5), r"^standardize: eps is a number .* found -1e-05"),
        (lambda: apply(table["standardize"], symbol("x", 3), axes=(-2,)), r"^standardize: there are no axes"),
    ],
)
def test_what_cannot_be_standardized_is_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build()


@pytest.mark.parametrize("op", [softmax, log_softmax])
def test_a_scalar_is_refused(op):
    with pytest.raises(GraphError, match=rf"^{op.__name__}: .* found a scalar"):
        op(symbol("z"))
