import pytest

from tripos.answers.kinds.formula import FORMULA
from tripos.graph import Node, eye, grad, named, outer, symbol, tanh

s = symbol("s")
SLOPE = grad(tanh(s), s)
p, y, h = symbol("p", 3), symbol("y", 3), symbol("h", 2)
W = symbol("W", (2, 3))


@pytest.mark.parametrize(
    ("key", "text", "outcome"),
    [
        (SLOPE, r"1 - \tanh(s)^2", "right"),
        (SLOPE, "(1 - tanh(s))(1 + tanh(s))", "right"),
        (SLOPE, "4 / (e^s + e^{-s})^2", "right"),
        (SLOPE, "y' = 1 - tanh(s)^2", "unread"),
        (SLOPE, "g = 1 - tanh(s)^2", "right"),
        (SLOPE, r"\tanh(s)(1 - \tanh(s))", "wrong"),
        (SLOPE, "1 - tanh(t)^2", "unread"),
        (SLOPE, "1 -", "unread"),
        (SLOPE, "", "unread"),
        (W @ y, "W y", "right"),
        (W @ y, "W p", "unread"),
        (W @ y, "2 W y", "wrong"),
        (outer(p - y, h), "h", "wrong"),
    ],
)
def test_formulas(key, text, outcome):
    found = FORMULA.mark(key, text, {}, {})
    assert found.verdict.outcome == outcome
    assert found.credit == (outcome == "right")
    assert bool(found.verdict.witness) == (outcome == "wrong")
    if outcome in ("right", "wrong"):
        assert isinstance(found.value, Node)
        assert found.understood


def test_named_quantities_of_the_question_may_be_used():
    y_hat = named(tanh(s), "y")
    slope = 1 - y_hat**2
    assert FORMULA.mark(slope, "1 - y^2", {}, {"y": y_hat}).verdict.right
    found = FORMULA.mark(slope, "2 y", {}, {"y": y_hat})
    assert found.verdict.outcome == "wrong"
    assert found.verdict.witness


def test_right_comes_with_a_bound():
    bound = FORMULA.mark(SLOPE, "1 - tanh(s)^2", {}, {}).verdict.bound
    assert bound is not None
    assert 0 <= bound < 1e-3


def test_rows_of_a_matrix_may_end_in_two_backslashes_and_a_space():
    x = symbol("x", (2, 2))
    key = x @ eye(2) - x + eye(2)
    text = r"\begin{bmatrix} 1 & 0 \\ 0 & 1 \end{bmatrix}"
    assert FORMULA.mark(key, text, {}, {}).verdict.right
