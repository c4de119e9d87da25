import re
from fractions import Fraction

import numpy as np
import pytest

from tripos.graph import (
    constant,
    cross_entropy,
    exp,
    floats,
    floor,
    grad,
    log,
    named,
    nll,
    onehot,
    outer,
    relu,
    sigmoid,
    size,
    softmax,
    softplus,
    sqrt,
    stack,
    symbol,
    tanh,
    vector,
    where,
)
from tripos.graph import sum as total
from tripos.graph.compare import compare, sizes_of_axes
from tripos.graph.node import free_symbols
from tripos.graph.ops.elementwise import absolute, greater

x, y = symbol("x"), symbol("y")
q, p, a = symbol("q", (), "positive"), symbol("p", (), "probability"), symbol("a", (), "nonnegative")
v, h = symbol("v", 3), symbol("h", 2)
W, probs, t = symbol("W", (3, 2)), symbol("P", 3), symbol("t", 3)
two, three = constant(2), constant(3)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (x, x),
        ((x + 1) ** 2, x**2 + 2 * x + 1),
        (tanh(x), 2 * sigmoid(2 * x) - 1),
        (1 - tanh(x) ** 2, grad(tanh(x), x)),
        (sigmoid(x) * (1 - sigmoid(x)), grad(sigmoid(x), x)),
        (relu(x), (x + absolute(x)) / 2),
        (relu(x), where(greater(x, 0), x, 0)),
        (softplus(x) - softplus(-x), x),
        (sqrt(x**2), absolute(x)),
        (sqrt(q**2), q),
        (exp(2 * log(q)), q**2),
        (log(p / (1 - p)), log(p) - log(1 - p)),
        (p / p, constant(1)),  # never sampled at 0
        (where(q, 1, 0), constant(1)),  # a positive symbol is never 0
        (nll(sigmoid(x), 1), log(1 + exp(-x))),
        (outer(probs - t, h), outer(h, probs - t).T),
        (grad(cross_entropy(v, onehot(1, 3)), v), softmax(v) - onehot(1, 3)),
        (grad(total(W @ h * t), W), outer(t, h)),
        (W @ h, stack(W[0] @ h, W[1] @ h, W[2] @ h)),
        (softmax(v), softmax(v - v[0])),
        (named(x, "x") * 2, x + x),
        (x - x, constant(0)),
        (size("M") ** 2 - 1, (size("M") + 1) * (size("M") - 1)),
    ],
    ids=repr,
)
def test_the_same_function(one, two):
    assert compare(one, two).same, compare(one, two)
    assert compare(two, one).same


DIFFERENT = [
    (x, -x),
    (x, x + 1),
    (x**2, x**3),
    (sqrt(x**2), x),
    (relu(x), x),
    (sigmoid(x), tanh(x)),
    (1 - tanh(x) ** 2, 1 - tanh(x)),
    (log(q), log(q) / log(two)),
    (x * y, x + y),
    (x, y),
    (p * log(p), p * log(1 - p)),
    (x, x * (1 + constant(Fraction(1, 10**6)))),
    (a / (a + 1), a / (a + 2)),
    (outer(h, h), outer(h, symbol("k", 2))),
    (W @ h, -(W @ h)),
    (softmax(v), exp(v)),
    (stack(x, y), stack(x, x)),
]


@pytest.mark.parametrize(("one", "two"), DIFFERENT, ids=repr)
def test_different_functions_come_with_a_witness(one, two):
    """The witness really is one: both are evaluated there, and give the two values that it states."""
    verdict = compare(one, two)
    assert verdict.outcome == "different"
    point, ends = re.fullmatch(r"at (.*) they are (.*)", verdict.reason).groups()
    shapes = {n.name: n.shape for n in [*free_symbols(one), *free_symbols(two)]}
    at = {}
    for name, value in re.findall(r"(\w+) = ([^=]*?)(?:, (?=\w+ =)|$)", point):
        at[name] = np.asarray([float(n) for n in re.findall(r"-?[\d.]+(?:e-?\d+)?", value)]).reshape(
            shapes[name]
        )
    stated = [float(end) for end in ends.split(" and ")]
    got = [np.ravel(floats(n, **{s.name: at[s.name] for s in free_symbols(n)})) for n in (one, two)]
    apart = [i for i in range(got[0].size) if abs(got[0][i] - got[1][i]) > 1e-9]
    assert apart
    assert [g[apart[0]] for g in got] == pytest.approx(stated, rel=1e-5)


@pytest.mark.parametrize(("one", "two"), DIFFERENT, ids=repr)
def test_witnesses_lie_in_the_domains(one, two):
    reason = compare(one, two).reason
    for name in ("q", "p", "a"):
        for value in re.findall(rf"\b{name} = (\S+?),? ", reason):
            assert float(value) > 0 or name == "a"
            assert name != "p" or float(value) < 1


@pytest.mark.parametrize(
    ("one", "two", "shapes"),
    [
        (outer(probs - t, h), outer(h, probs - t), "3×2 and 2×3"),
        (x, vector(1), "scalar and 1"),
        (W, W.T, "3×2 and 2×3"),
    ],
)
def test_another_shape_is_another_function(one, two, shapes):
    assert compare(one, two).outcome == "different"
    assert compare(one, two).reason == f"shapes {shapes}"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (constant(1) / 2, constant(0.5)),
        (sqrt(constant(8)), 2 * sqrt(two)),
        (sqrt(two) * sqrt(three), sqrt(constant(6))),
        (1 / sqrt(two), sqrt(two) / 2),
        (1 / (sqrt(two) - 1), sqrt(two) + 1),
        (sqrt(3 + 2 * sqrt(two)), 1 + sqrt(two)),
        (exp(constant(2)), exp(constant(1)) ** 2),
        (sigmoid(constant(0)), constant(0.5)),
        (log(constant(1) / 2), -log(two)),
        (vector(1, 2) / 2, vector(0.5, 1)),
    ],
    ids=repr,
)
def test_values_equal_in_disguise(one, two):
    assert compare(one, two).same, compare(one, two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (constant(Fraction(99999999, 10**8)), constant(Fraction(99999998, 99999999))),
        (constant(Fraction(1, 3)), constant(0.3333333333333333)),
        (sqrt(two), constant(Fraction("1.4142135623730950488016887242097"))),
        (exp(constant(1)), constant(Fraction("2.718281828459045235360287471352662"))),
        (exp(constant(-100)), constant(0)),
        (vector(1, 2), vector(1, 3)),
    ],
    ids=repr,
)
def test_close_values_differ(one, two):
    assert compare(one, two).outcome == "different"
    assert " is not " in compare(one, two).reason


@pytest.mark.parametrize(
    ("one", "two", "why"),
    [
        (constant(1) / (two - 2), constant(1), "division of 1 by zero"),
        (constant(1), log(two - 2), "not positive"),
        (log(sqrt(two) + sqrt(three)) * 2, log(5 + 2 * sqrt(two * three)), "cannot tell"),
        (symbol("A", (size("n") * 2,)), symbol("B", (size("n") * 2,)), "sizes that depend on others"),
        (log(x**2), 2 * log(x), "cannot tell"),  # they differ in where they are defined
        (sqrt(-1 - x**2), sqrt(-2 - x**2), "cannot tell"),  # defined nowhere
        (stack(x, sqrt(-1 - x**2)), stack(x, sqrt(-2 - x**2)), "cannot tell"),
        (x, x + constant(Fraction(1, 10**10)) * 0 + 10**-6 * sqrt(-1 - x**2), "cannot tell"),
    ],
)
def test_what_cannot_be_decided_is_said_to_be_undecided(one, two, why):
    verdict = compare(one, two)
    assert verdict.outcome == "undecided"
    assert not verdict.same
    assert why in verdict.reason


def test_symbolic_sizes_are_sampled_at_two_settings():
    n, m = size("n m")
    A, B, W, v = symbol("A", (n, n)), symbol("B", (n, n)), symbol("W", (m, n)), symbol("v", (n,))
    assert compare((A @ B).T, B.T @ A.T).same
    assert compare(W.T @ (W @ v), (W.T @ W) @ v).same
    different = compare(A @ B, B @ A)
    assert different.outcome == "different"
    assert "A = [[" in different.reason
    assert compare(v / n, v / 3).outcome == "different"  # 3 is n in the first setting only
    assert compare(v / n, v / 2).outcome == "different"


def test_symbols_are_matched_by_name():
    assert compare(symbol("x", (), "positive") ** 2, x**2).same
    assert compare(symbol("u") + 1, symbol("u", (), "real") + 1).reason == "the same graph"


def test_agreement_states_its_grounds():
    assert compare((x + 1) ** 2, x**2 + 2 * x + 1).reason == "equal at 64 random points"
    assert compare(constant(1) / 2, constant(0.5)).reason == "equal exact values"


def test_comparing_is_repeatable():
    assert compare(sqrt(x**2), x) == compare(sqrt(x**2), x)


def test_sizes_that_no_axis_has_are_numbers_like_others():
    n, m, stride, K = (symbol(name, (), "size") for name in ("n", "m", "s", "K"))
    rows = floor((n - m) / stride) + 1
    assert compare(K * rows, rows * K).same
    assert compare(K * rows, rows).outcome == "different"
    assert compare(n * m + 1, m * n + 1).same


def test_a_size_that_an_axis_has_is_one_of_few():
    n = symbol("n", (), "size")
    x = symbol("x", (n,))
    assert sizes_of_axes(total(x) * n) == [n]
    assert sizes_of_axes(n * n) == []
    assert compare(n * total(x), total(x) * n).same
    assert compare(n * total(x), total(x)).outcome == "different"
