import pytest

from tripos.graph import argmax, constant, exp, grad, log, nll, relu, sigmoid, sqrt, sum, symbol, vector
from tripos.graph.node import named, rebuild, schedule
from tripos.marking.guard import trouble

W, X = vector(1, 2, 3), vector(2, -1, 4)
T = symbol("t")


def reason(key, at, value):
    """Return why a key is trivial when ``value`` takes the place of the node ``at``."""
    rests = {at}
    between = []
    for node in schedule([key], evaluated=True):
        if node is not at and any(arg in rests for arg in node.args):
            rests.add(node)
            between.append(node)
    put = constant(value, name=str(at.name)) if not hasattr(value, "op") else named(value, str(at.name))
    return trouble(between, rebuild(between, {at: put}), {at: put}, f"{at.name} = it")


B = constant(7, name="b")
z = named(W @ X + 1, "z")  # 2 − 2 + 12 + 1 = 13
v = named(W * X, "v")  # [2 −2 12]
s = named(sigmoid(constant(1) * 2), "s")


@pytest.mark.parametrize(
    ("key", "at", "value", "expected"),
    [
        (z * z + 3, z, 5, ""),
        (z * z + 3, z, -12, ""),
        (W @ relu(v), v, [1, 1, -1], ""),
        (W @ relu(v), v, [-1, -2, -3], "less than half of the work is left"),
        (W @ named(relu(v), "h") + 1, v, [-1, -2, -3], "h is 0 in every entry"),
        (relu(v), v, [5, 5, 5], "all its entries are equal"),
        (relu(v - X), v, [5, 2, 7], ""),  # all 3, which took a computation
        (relu(v), v, [1, 2, 3], "only repeats v"),
        (relu(v), v, [1, -2, 3], ""),
        (1 / (z - 5), z, 5, "has no value"),
        (log(z), z, -1, "has no value"),
        (exp(z) / exp(z + 1), z, 2000, "has no value"),
        (W * z, z, 0, "in every entry"),
        (relu(z - 4), z, 1, "it is 0, and would be so whatever z is nearby"),
        (B + relu(z), z, -3, "it is just b, and would be so whatever z is nearby"),
        (sqrt(z + 3), z, 1, ""),
        (sum(W * v), v, [0, 0, 1], "less than half of the work is left"),
        (sum(W * v), v, [0, 4, 1], ""),
    ],
)
def test_a_question_that_becomes_trivial_is_told(key, at, value, expected):
    found = reason(key, at, value)
    assert expected in found
    assert bool(found) == bool(expected)


def test_a_gradient_that_vanishes_is_trivial():
    w = constant([1, 2, 3], name="w")
    score = named(w @ X, "score")
    step = w - grad(nll(sigmoid(score), +1), w)
    assert reason(step, score, 3) == ""
    assert "less than half of the work is left" in reason(step, score, 2000)


def test_a_formula_that_becomes_a_constant_is_trivial():
    y = named(T * T + T, "y")
    assert reason(y * y + 3 * y, y, T * 2) == ""
    assert "it is a constant" in reason(y * y + 3 * y, y, 7)


def test_what_was_degenerate_before_may_stay_so():
    zeros = named(0 * W, "o")
    assert reason(zeros + 2, zeros, [1, 1, 1]) == ""


def test_a_largest_entry_that_is_not_the_only_one_decides_nothing():
    logits = named(constant([1, 2, 3]) * 2, "l")
    who = argmax(logits, ["a", "b", "c"])
    assert reason(who, logits, [0, 0, 5]) == ""
    assert "several entries are the largest" in reason(who, logits, [5, 5, 5])
    assert "several entries are the largest" in reason(who, logits, [5, 1, 5])
