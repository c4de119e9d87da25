from dataclasses import replace
from fractions import Fraction

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.oracle import Case, checks, close
from tripos.graph import GraphError, exact, floats, lift, mean, size, std, sum_over, symbol, variance, write
from tripos.graph.node import as_dim

CASES = [
    Case("sum_axes", lambda x: sum_over(x, (0, 2)), lambda x: x.sum((0, 2)), ((2, 3, 2),)),
    Case("sum_axes", lambda x: sum_over(x, 1), lambda x: x.sum(1), ((2, 3, 2),), note="middle"),
    Case("sum_axes", lambda x: sum_over(x, 0, True), lambda x: x.sum(0, keepdims=True), ((2, 3),), note="0"),
    Case(
        "sum_axes",
        lambda x: sum_over(x, None, True),
        lambda x: x.sum(keepdims=True),
        ((2, 3),),
        note="all-kept",
    ),
]
CASES = [replace(case, orders=1) for case in CASES]  # all are linear
CASES += [
    Case("std", std, jnp.std, ((4,),)),
    Case("std", lambda x: std(x, 0, eps=0.5), lambda x: jnp.sqrt(jnp.var(x, 0) + 0.5), ((3, 2),), note="eps"),
    Case(
        "std",
        lambda x: std(x, -1, keepdims=True),
        lambda x: jnp.std(x, -1, keepdims=True),
        ((2, 3),),
        note="kept",
    ),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


@st.composite
def reductions(draw):
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    axes = draw(st.none() | st.lists(st.integers(0, len(shape) - 1), min_size=1, unique=True).map(tuple))
    return np.random.default_rng(draw(st.integers(0, 9))).normal(size=shape), axes, draw(st.booleans())


@settings(max_examples=60, deadline=None)
@given(reductions())
def test_moments_are_those_of_numpy(case):
    values, axes, keepdims = case
    x = symbol("x", values.shape)
    pairs = [
        (sum_over(x, axes, keepdims), values.sum(axes, keepdims=keepdims)),
        (mean(x, axes, keepdims=keepdims), values.mean(axes, keepdims=keepdims)),
        (variance(x, axes, keepdims=keepdims), values.var(axes, keepdims=keepdims)),
        (std(x, axes, keepdims=keepdims), values.std(axes, keepdims=keepdims)),
    ]
    if values.size != np.sum(values, axes).size:  # more than one entry along the axes
        unbiased = values.var(axes, ddof=1, keepdims=keepdims)
        pairs.append((variance(x, axes, unbiased=True, keepdims=keepdims), unbiased))
    for node, want in pairs:
        assert node.shape == want.shape
        close(floats(node, x=values), want)


def test_a_number_is_its_own_mean():
    x = symbol("x")
    assert exact(mean(x), x=3) == 3
    assert exact(variance(x), x=3) == 0


def test_values_are_exact():
    x = lift([1, 2, 4])
    assert str(exact(variance(x))) == "14/9"
    assert str(exact(variance(x, unbiased=True))) == "7/3"
    assert str(exact(std(x))) == "(1/3)*sqrt(14)"


def test_axes_are_written_counted_from_one():
    x = symbol("X", (2, 3, 4))
    assert write(sum_over(x, (0, -1))).text == "sum[1,3](X)"
    assert write(std(x, (0, -1))).latex == r"\operatorname{std}_{1,3}\left(\mathbf{X}\right)"
    assert write(std(x, 2, eps=Fraction(1, 1000))).text == "√(var[3](X) + 0.001)"
    assert write(std(symbol("x", 3))).text == "std(x)"


def test_sizes_may_be_symbols():
    n, d = size("n d")
    x = symbol("x", (n, d))
    assert variance(x, 0).shape == (d,)
    assert std(x, keepdims=True).shape == (1, 1)
    assert sum_over(symbol("y", (n, d, 2)), 1).shape == (n, 2)
    assert as_dim(variance(x, 0, unbiased=True).args[1]) is as_dim(n - 1)
    values = np.random.default_rng(0).normal(size=(3, 2))
    close(floats(variance(x, 1, unbiased=True), x=values, d=2), values.var(1, ddof=1))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda x: mean(x, 2), r"mean: there is no axis 2 in an array of shape 2×3"),
        (lambda x: sum_over(x, (0, -2)), r"sum: the axes \(0, -2\) name one of them twice"),
        (lambda x: variance(x, ()), r"variance: name at least one axis"),
        (lambda x: variance(x[:1], 0, unbiased=True), r"variance: a single entry has no unbiased variance"),
        (lambda x: std(symbol("s")), r"std: name at least one axis; an array of shape scalar"),
        (lambda x: std(x, eps=-1), r"std: eps is a number that is not negative, .* found -1"),
        (lambda x: std(x, eps=symbol("e")), r"std: eps is a number"),
        (lambda x: std(x, eps=[1, 2]), r"std: eps is a number"),
        (lambda x: std(x, True), r"std: there is no axis True"),
    ],
)
def test_what_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build(symbol("x", (2, 3)))
