import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.graph import (
    GraphError,
    conv2d,
    dot,
    exp,
    floor,
    kl_categorical,
    lift,
    log,
    maximum,
    named,
    relu,
    sigmoid,
    size,
    softmax,
    sqrt,
    symbol,
    tanh,
)
from tripos.graph import sum as total
from tripos.graph.deriving.agreement import POINTS, Agreement, agreement
from tripos.graph.deriving.derivation import Derivation, Line, derivation
from tripos.graph.node import Adjoint

d, k = size("d k")
a, b, y = (symbol(n) for n in "aby")
x, w = symbol("x", d), symbol("w", d)


def claimed(of, at, slope, *forms):
    """Return a derivation that claims a slope."""
    of = named(of, "L")
    node = named(slope, Adjoint(of, at))
    return Derivation(of, (node,), (Line("gradient", node, (node, *forms)),))


def test_what_is_right_agrees_everywhere():
    found = agreement(derivation(tanh(w @ x) ** 2, [w, x]))
    assert found == Agreement(POINTS, (("d", 3),))
    assert str(found) == "Agrees with finite differences at 12 random points with d = 3."


@pytest.mark.parametrize(
    ("of", "at", "slope"),
    [
        (a**2, a, a),
        (a**2, a, 2 * a + lift(1) / 10**4),
        (a**3 + b, a, -3 * a**2),
        (w @ x, w, w),
        (relu(a) + exp(b), b, exp(b) + 1),
        (total(x**2), x, 2 * x * x),
    ],
)
def test_what_is_wrong_is_found(of, at, slope):
    with pytest.raises(GraphError, match=r"gives a slope of .*, finite differences"):
        agreement(claimed(of, at, slope))


def test_a_form_that_differs_from_its_line_is_found():
    with pytest.raises(GraphError, match=r"∂L/∂a = 3a does not hold"):
        agreement(claimed(a**2, a, 2 * a, 3 * a))
    assert agreement(claimed(a**2, a, 2 * a, a + a)).points


@pytest.mark.parametrize(
    ("of", "wrt", "regime"),
    [
        (log(a) * b, [a, b], "real"),  # some draws are positive
        (log(total(log(symbol("v", 9)))), [symbol("v", 9)], "positive"),
        (total(log(1 - symbol("v", 9)) + log(symbol("v", 9))), [symbol("v", 9)], "probability"),
        (kl_categorical(x, w), [x], "positive"),
    ],
)
def test_values_are_drawn_from_where_the_formula_means_something(of, wrt, regime):
    found = agreement(derivation(of, wrt))
    assert found.points
    assert found.regime == regime


@pytest.mark.parametrize(
    "of",
    [
        log(-exp(a)),
        sqrt(-1 - a**2),
        total(symbol("v", 2 * 10**7) * a),
    ],
)
def test_where_nothing_can_be_evaluated_nothing_is_claimed(of):
    found = agreement(derivation(of, [a]))
    assert found.points == 0
    assert str(found).startswith("Not compared with finite differences")


def test_sizes_are_such_that_a_window_fits_its_image():
    H, W, h, w = size("H W h w")
    image, kernel = symbol("x", (H, W)), symbol("K", (h, w))
    found = agreement(derivation(total(conv2d(image, kernel) ** 2), [image, kernel]))
    sizes = dict(found.sizes)
    assert found.points == POINTS
    assert sizes["H"] >= sizes["h"]
    assert sizes["W"] >= sizes["w"]


def test_positions_are_drawn_within_their_array():
    z = symbol("z", k)
    assert agreement(derivation(-log(softmax(z)[y]), [z])).points == POINTS


def test_distributions_are_moved_within_their_domain():
    p = symbol("p", 4, "distribution")
    assert agreement(derivation(-dot(p, log(p)), [p])).points == POINTS


@pytest.mark.parametrize("of", [relu(a * 0) * a, maximum(a, a) * a, relu(a - a) + a])
def test_a_kink_at_every_point_is_no_disagreement(of):
    agreement(derivation(of, [a]))


def test_a_step_has_a_derivative_of_zero():
    assert agreement(derivation(floor(a) * b, [a, b])).points


def test_the_remark_names_sizes_and_regime():
    assert str(Agreement(1)) == "Agrees with finite differences at 1 random point."
    remark = str(Agreement(5, (("d", 3), ("k", 2)), "probability"))
    assert remark.endswith("at 5 random points with d = 3, k = 2 and values between 0 and 1.")


# -- random small formulas: what is derived agrees with finite differences ------------------------

RULES = [
    lambda p, q: p + q,
    lambda p, q: p - q,
    lambda p, q: p * q,
    lambda p, q: p / (q**2 + 1),
    lambda p, q: -p,
    lambda p, q: p**2,
    lambda p, q: tanh(p),
    lambda p, q: sigmoid(p),
    lambda p, q: exp(tanh(p)),
    lambda p, q: log(1 + p**2),
    lambda p, q: sqrt(1 + q**2),
    lambda p, q: total(tanh(x * p) * w),
    lambda p, q: softmax(w * q) @ x,
    lambda p, q: log(sigmoid(p + w @ x)),
    lambda p, q: -log(softmax(symbol("W", (k, d)) @ x * q)[y]),
]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_random_formulas(data):
    nodes = [a, b, w @ x]
    for i in range(data.draw(st.integers(1, 5))):
        one, two = (data.draw(st.sampled_from(nodes)) for _ in "ab")
        node = data.draw(st.sampled_from(RULES))(one, two)
        if data.draw(st.booleans()) and node.name is None and node.args:
            node = named(node, f"u{i}")
        nodes.append(node)
    found = agreement(derivation(nodes[-1], [a, w, x]))
    assert found.points
