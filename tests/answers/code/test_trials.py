"""Functions as keys, and the points at which an answer is tried."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripos.answers.code.trials import LEAST, function, trials
from tripos.graph import GraphError, constant, log, relu, size, softmax, sqrt, sum, symbol, vector, where
from tripos.graph.node import named

n = size("n")
x = symbol("x")
z = symbol("z", (n,))
y = symbol("y", (n,), "distribution")
SOFTMAX = function("softmax", softmax(z), [z])


def expected(key, trial):
    e = np.exp(trial.arguments[0] - trial.arguments[0].max())
    return e / e.sum()


@given(st.text(max_size=20))
def test_what_is_expected_is_right_at_every_point(text):
    for trial in trials(SOFTMAX, text):
        np.testing.assert_allclose(trial.expected, expected(SOFTMAX, trial), rtol=1e-12, atol=1e-12)
        assert (trial.slack < 1e-6).all()


def test_points_depend_on_the_answer_alone():
    one, same, other = (trials(SOFTMAX, text) for text in ("a", "a", "b"))
    drawn = [[t.arguments[0].tobytes() for t in points] for points in (one, same, other)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0]) & set(drawn[2])) < len(drawn[0]) / 2


def test_symbolic_sizes_take_several_values():
    sizes = {len(trial.arguments[0]) for trial in trials(SOFTMAX, "")}
    assert {1, 2, 3, 4, 5} <= sizes


def test_ties_zeros_and_large_numbers_occur():
    points = [t.arguments[0] for t in trials(SOFTMAX, "") if len(t.arguments[0]) > 1]
    assert any(np.ptp(p) == 0 for p in points)
    assert any((p == 0).any() and np.ptp(p) > 0 for p in points)
    assert any(np.abs(p).max() > 5 for p in points)


def test_domains_are_kept_to():
    domains = {
        "positive": lambda v: v > 0,
        "probability": lambda v: 0 < v < 1,
        "nonnegative": lambda v: v >= 0,
    }
    for domain, holds in domains.items():
        v = symbol("v", (), domain)
        assert all(holds(t.arguments[0]) for t in trials(function("f", v + 1, [v]), ""))
    v = symbol("v", (), "bit")
    assert {t.arguments[0] for t in trials(function("f", v + 1, [v]), "")} == {0, 1}
    assert all(type(t.arguments[0]) is int for t in trials(function("f", n + 1, [n]), ""))
    for trial in trials(function("f", y + 1, [y]), ""):
        assert trial.arguments[0].sum() == pytest.approx(1)


def test_points_without_a_reliable_value_are_left_out():
    key = function("f", sqrt(x), [x])
    assert all(t.arguments[0] >= 0 for t in trials(key, ""))
    with pytest.raises(GraphError, match=r"at \d+ of \d+ points"):
        function("f", log(-1 - x * x), [x])


def test_a_jump_that_rounding_decides_is_left_out():
    key = function("f", where(sum(z) - 1, 1, 0), [z])
    assert all(abs(t.arguments[0].sum() - 1) > 1e-12 for t in trials(key, ""))
    assert len(trials(key, "")) >= LEAST


def test_a_jump_at_zero_itself_is_tried():
    assert any(t.arguments[0] == 0 for t in trials(function("f", relu(x), [x]), ""))


def test_tiny_values_are_told_from_zero():
    key = function("f", x / 10**15, [x])
    assert any((np.abs(t.expected) > 1e6 * t.slack).all() for t in trials(key, ""))


def test_given_numbers_may_be_parameters():
    w = named(vector(1, 2, 3), "w")
    found = trials(function("f", 2 * w, [w]), "")
    assert {t.arguments[0].shape for t in found} == {(3,)}
    assert all((t.expected == 2 * t.arguments[0]).all() for t in found)


def test_further_arguments_are_tried_too():
    key = function("softmax", softmax(z), [z], also=[[[1000, 0]], [[0, 0, 0, -5000]]])
    points = [t.arguments[0].tolist() for t in trials(key, "")]
    assert [1000, 0] in points
    assert [0, 0, 0, -5000] in points
    assert hash(key) == hash(key)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("2f", x, [x]), "a name is one such as"),
        (("lambda", x, [x]), "a name is one such as"),
        (("__import__", x, [x]), "a name is one such as"),
        (("f", x, x), "give the parameters as a list"),
        (("f", x, []), "give the parameters as a list"),
        (("f", x, [x, 3]), "a parameter is a node with a name"),
        (("f", x, [x + 1]), "a parameter is a node with a name"),
        (("f", x, [x, x]), "stands for two things"),
        (("x", x + 1, [x]), "stands for two things"),
        (("f", x + symbol("w"), [x]), "depends on w, which is no parameter"),
        (("f", x, [x, symbol("w")]), "does not depend on w"),
        (("f", x, [x], [[1, 2]]), "rows of 1 arguments"),
        (("f", x, [x], [["a"]]), "no array"),
        (("f", x, [x], [[[1, 2]]]), "not of shape"),
        (("f", sqrt(x), [x], [[-1]]), "not finite"),
        (("f", symbol("v", (20_000,)), [symbol("v", (20_000,))]), "10,000 entries"),
        (("f", constant(1), [x]), "does not depend on x"),
    ],
)
def test_a_function_that_cannot_be_asked_for_is_refused(arguments, message):
    with pytest.raises(GraphError, match=message):
        function(*arguments)
