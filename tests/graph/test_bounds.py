from fractions import Fraction

import numpy as np
import pytest
import symengine as se
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.oracle import real
from tripos.graph import (
    GraphError,
    argmax,
    concat,
    constant,
    contract,
    cos,
    elu,
    exact,
    exp,
    floor,
    gelu,
    hard_threshold,
    log,
    log_softmax,
    maximum,
    maximum_of,
    mean,
    minimum,
    relu,
    sigmoid,
    sin,
    size,
    softmax,
    softplus,
    sqrt,
    symbol,
    tanh,
    vec,
    vector,
)
from tripos.graph import bounds as bounds_module
from tripos.graph import sum as total
from tripos.graph.bounds import bounds, draw, draw_exactly, lower_bound, sample, upper_bound
from tripos.graph.node import DOMAINS
from tripos.graph.ops.elementwise import absolute, greater, greater_equal

INF = float("inf")
x, y = symbol("x"), symbol("y")
a, b = symbol("a", (), "nonnegative"), symbol("b", (), "nonnegative")
p, q = symbol("p", (), "probability"), symbol("q", (), "positive")
n = size("n")
X, P = symbol("X", (2, 3)), symbol("P", (2, 3), "probability")
v, u = symbol("v", 3), symbol("u", 3, "probability")


def ends(node):
    """Return the bounds as lists of floats."""
    return tuple(real(np.vectorize(_float, otypes=[float])(end)).tolist() for end in bounds(node))


def _float(end):
    return INF if end == se.oo else -INF if end == -se.oo else float(end)


@pytest.mark.parametrize(
    ("node", "low", "high"),
    [
        (x, -INF, INF),
        (p, 0, 1),
        (2 * symbol("m", (), "bit") - 1, -1, 1),
        (symbol("e", (), "normal"), -INF, INF),
        (1 - symbol("r", (), "uniform"), 0, 1),
        (3 * sin(x) - cos(p), -4, 4),
        (q, 0, INF),
        (n, 1, INF),
        (constant(-3), -3, -3),
        (2 * p - 1, -1, 1),
        (1 - p, 0, 1),
        (-p, -1, 0),
        (p - p, -1, 1),  # sound, not tight: an interval forgets that both are the same
        (3 - 2 * n, -INF, 1),
        (1 / n, 0, 1),
        (-1 / n, -1, 0),
        (1 / (p - 2), -1, -0.5),
        (1 / (1 + exp(a) + exp(b)), 0, 1 / 3),
        (relu(x), 0, INF),
        (sigmoid(x), 0, 1),
        (tanh(x), -1, 1),
        (sigmoid(a), 0.5, 1),
        (softplus(x), 0, INF),
        (elu(x), -1, INF),
        (hard_threshold(x), 0, 1),
        (floor(x), -INF, INF),
        (floor(3 * p), 0, 3),
        (minimum(x, 3), -INF, 3),
        (maximum(x, p), 0, INF),
        (exp(-a), 0, 1),
        (log(1 + a), 0, INF),
        (log(p), -INF, 0),
        (log(q), -INF, INF),
        (log(n), 0, INF),
        (sqrt(4 * p), 0, 2),
        (sqrt(x**2), 0, INF),
        (greater(x, y), 0, 1),
        (greater_equal(x, y), 0, 1),
        (maximum_of(u), 0, 1),
        (mean(u), 0, 1),
        (total(u), 0, 3),
        (u @ u, 0, 3),
        (0 * x, 0, 0),
        (x * y, -INF, INF),
        (absolute(x), -INF, INF),  # an op without a rule is bounded by nothing
        (gelu(x), -INF, INF),
    ],
    ids=repr,
)
def test_the_bounds_of(node, low, high):
    assert ends(node) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("base", "exponent", "low", "high"),
    [
        (x, 2, 0, INF),
        (x, 3, -INF, INF),
        (2 * p - 1, 2, 0, 1),
        (2 * p - 1, 3, -1, 1),
        (p - 2, 2, 1, 4),
        (p + 1, 2, 1, 4),
        (p - 2, 3, -8, -1),
        (x, 0, 1, 1),
        (p, Fraction(1, 2), -INF, INF),  # no rule for roots, nor for what may be a division by zero
        (p, -1, -INF, INF),
        (2, p, -INF, INF),
    ],
)
def test_powers(base, exponent, low, high):
    assert ends(base**exponent) == (low, high)


def test_each_entry_of_a_power_has_its_own_exponent():
    """x² is never negative, x³ is: one exponent must not stand for all of them."""
    assert ends((2 * p - 1) ** vector(2, 3, 0)) == ([0, -1, 1], [1, 1, 1])


def test_ends_are_entry_by_entry():
    assert ends(vector(1, -2, 3) * p) == ([0, -2, 0], [1, 0, 3])
    assert ends(concat(relu(vec(X)), u)) == ([0] * 9, [INF] * 6 + [1] * 3)


@pytest.mark.parametrize(
    "node",
    [
        greater(0, v),
        greater_equal(v, 0),
        x**v,
        p ** vector(1, 2),
        x / v,
        v / x,
        x * X,
        v * X,
        x - v,
        softmax(X),
        X @ v,
        P.T @ X,
        contract("ij,kj->ik", P, X),
        contract("i,j->ij", v, u),
        contract("ij,ij->", X, X),
    ],
    ids=repr,
)
def test_bounds_have_the_shape_of_the_node(node):
    low, high = bounds(node)
    assert low.shape == high.shape == node.shape


def test_a_product_of_matrices():
    A = constant([[1, -2], [0, 3]])
    assert ends(A @ symbol("s", 2, "probability")) == ([-2, 0], [1, 3])
    assert ends(A @ symbol("s", 2)) == ([-INF, -INF], [INF, INF])
    assert ends(softmax(v)) == ([0, 0, 0], [1, 1, 1])


def test_bounds_are_exact():
    top = upper_bound(1 / (1 + exp(a) + exp(b)))
    assert str(exact(top)) == "1/3"
    assert str(exact(upper_bound(log(1 + p)))) == "log(2)"
    assert str(exact(lower_bound(sigmoid(x) - 2))) == "-2"


@pytest.mark.parametrize(
    ("bound", "node"),
    [
        (upper_bound, relu(x)),
        (lower_bound, x),
        (lower_bound, log(p)),
        (upper_bound, 1 / p),
        (upper_bound, concat(u, v)),
        (lower_bound, concat(u, v)),
        (upper_bound, absolute(x)),
    ],
)
def test_no_finite_bound(bound, node):
    with pytest.raises(GraphError, match="no finite bound"):
        bound(node)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (contract("ii,i->i", symbol("S", (3, 3)), v), "repeated index"),
        (contract("ij->j", X), "only products of two"),
        (log(-p - 1), "not positive"),
        (sqrt(x), "negative"),
    ],
)
def test_what_is_not_bounded_says_why(node, message):
    with pytest.raises(GraphError, match=message):
        bounds(node)


def test_a_bound_that_evaluations_exceed_is_refused(monkeypatch):
    monkeypatch.setitem(bounds_module._RULES, "neg", lambda z: (-z[1], -z[1]))
    with pytest.raises(GraphError, match="lies beyond the bound"):
        upper_bound(-p)


def test_a_bound_is_a_value_with_the_shape_of_its_node():
    node = upper_bound(softmax(X))
    assert node.shape == (2, 3)
    assert real(exact(node)).tolist() == [[1] * 3] * 2


# -- random values of symbols --


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("rule", [draw, draw_exactly])
def test_random_values_lie_in_their_domain(rule, domain):
    values = rule(np.random.default_rng(0), symbol("s", (3, 4), domain), 500)
    assert values.shape == (500, 3, 4)
    inside = {
        "real": values == values,
        "positive": values > 0,
        "nonnegative": values >= 0,
        "probability": (values > 0) & (values < 1),
        "distribution": (values >= 0) & (abs(values.sum(-1, keepdims=True) - 1) < 1e-12),
        "size": (values >= 1) & (values == np.floor(values)),
        "bit": (values == 0) | (values == 1),
        "normal": values == values,
        "uniform": (values > 0) & (values < 1),
    }[domain]
    assert inside.all()
    assert len(np.unique(values)) > 10 or domain == "bit"
    if domain in ("real", "normal"):
        assert (values < 0).any()
    if domain == "bit":
        assert 0.45 < values.mean() < 0.55
    if domain == "normal":
        assert 0.95 < values.std() < 1.05
    if rule is draw_exactly:
        assert (values * 16 == np.floor(values * 16)).all()


def test_a_sample_has_one_row_a_point():
    assert sample(x * v, points=7).shape == (7, 3)
    assert (sample(p, seed=1) != sample(p, seed=2)).any()


# -- soundness --

LEAVES = [
    x,
    p,
    q,
    n,
    v,
    u,
    constant(Fraction(-3, 2)),
    constant(2),
    vector(1, -1, 0),
    X,
    P,
]
ONE = [
    relu,
    sigmoid,
    tanh,
    softplus,
    elu,
    hard_threshold,
    floor,
    absolute,
    lambda z: -z,
    lambda z: z**2,
    lambda z: z**3,
    lambda z: z**-1,
    lambda z: exp(minimum(z, 5)),
    lambda z: log(softplus(z)),
    lambda z: sqrt(z**2),
    total,
    lambda z: softmax(z) if z.ndim else z,
    lambda z: log_softmax(z) if z.ndim else z,
    lambda z: maximum_of(z) if z.ndim else z,
    lambda z: argmax(z) if z.ndim == 1 else z,
    lambda z: z.T if z.ndim == 2 else z,
    lambda z: z[0] if z.ndim else z,
]
TWO = [
    lambda s, t: s + t,
    lambda s, t: s - t,
    lambda s, t: s * t,
    lambda s, t: s / t,
    lambda s, t: s @ t,
    maximum,
    minimum,
    greater,
    greater_equal,
]


@st.composite
def graphs(pick):
    """Return a graph of the ops that have a rule, grown at random."""
    nodes = list(LEAVES)
    for _ in range(pick(st.integers(1, 5))):
        rule = pick(st.sampled_from([*ONE, *TWO, *TWO]))
        args = [pick(st.sampled_from(nodes)) for _ in range(1 + (rule in TWO))]
        try:
            nodes += [rule(*args)] * 4
        except GraphError:
            continue  # shapes that do not fit
    return nodes[-1]


@given(graphs())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_value_lies_beyond_the_bounds(node):
    try:
        low, high = ends(node)
    except GraphError:
        return
    with np.errstate(all="ignore"):
        values = sample(node, 64)
    slack = 1e-9 * (1 + np.abs(values))
    beyond = (values < np.asarray(low) - slack) | (values > np.asarray(high) + slack)
    assert not beyond[np.isfinite(values)].any()
    assert not np.isnan(low).any()
    assert not np.isnan(high).any()


@pytest.mark.parametrize("drawn", [draw, draw_exactly])
def test_distributions_are_drawn_as_such(drawn):
    values = drawn(np.random.default_rng(0), symbol("p", (2, 5), "distribution"), 50)
    assert values.shape == (50, 2, 5)
    assert (values >= 0).all()
    np.testing.assert_allclose(values.sum(-1), 1, rtol=1e-12)
