import pytest

from tripos.answers.kinds.formula import FORMULA
from tripos.graph import Node, eye, floor, grad, log, named, outer, sigmoid, symbol, tanh

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
        (SLOPE, "y' = 1 - tanh(s)^2", "right"),
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


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("1 - tanh(s)^2 = (1 - tanh(s))(1 + tanh(s))", "right"),
        ("dy/ds = 1 - tanh(s)^2 = 4 / (e^s + e^{-s})^2", "right"),
        (r"\frac{dy}{du} \frac{du}{ds} = 1 - tanh(s)^2", "right"),
        (r"y' = \frac{dy}{du} \cdot \frac{du}{ds} = 1 - tanh(s)^2", "right"),
        ("tanh(s) = 1 - tanh(s)", "wrong"),
        ("1 - tanh(s)^2 = 1 + tanh(s)^2", "undecided"),
        ("1 + tanh(s)^2 = 1 - tanh(s)^2", "undecided"),
        ("nonsense + 1 = 1 - tanh(s)^2", "unread"),
        ("1 - tanh(s)^2 =", "unread"),
        ("dy/ds", "unread"),
    ],
)
def test_all_sides_of_a_chain_of_equations_are_looked_at(text, outcome):
    assert FORMULA.mark(SLOPE, text, {}, {}).verdict.outcome == outcome


@pytest.mark.parametrize(
    ("text", "outcome"), [("I", "right"), ("I + 0", "right"), ("0 - I", "wrong"), ("2 I", "wrong")]
)
def test_an_identity_without_a_size_is_as_large_as_the_key(text, outcome):
    x = symbol("x", (2, 2))
    found = FORMULA.mark(x @ eye(2) - x + eye(2), text, {}, {"x": x})
    assert found.verdict.outcome == outcome
    assert found.value.shape == (2, 2)


def test_shapes_that_do_not_fit_are_wrong_in_named_quantities_too():
    error = named(p - y, "e")
    found = FORMULA.mark(outer(p - y, h), "h e", {}, {"e": error})
    assert found.verdict.outcome == "wrong"
    assert found.verdict.witness


def test_a_named_quantity_without_a_value_at_some_points_is_no_reason_to_give_up():
    f = named(sigmoid(s), "f")
    label = symbol("y", (), "bit")
    loss = -label * log(f) - (1 - label) * log(1 - f)
    confused = "-f log(y) - (1 - f) log(1 - y)"
    assert FORMULA.mark(loss, confused, {}, {"f": f, "y": label}).verdict.outcome == "wrong"


def test_what_can_be_read_in_two_ways_is_not_decided():
    deviation = symbol("sigma", (), "positive")
    found = FORMULA.mark(sigmoid(s), "σ(s)", {}, {"sigma": deviation, "s": s})
    assert found.verdict.outcome == "undecided"
    assert FORMULA.mark(sigmoid(s), "1/(1 + e^{-s})", {}, {"sigma": deviation, "s": s}).verdict.right


def test_a_name_is_not_taken_for_one_with_a_prime():
    n, prime, K = symbol("n", (), "size"), symbol("n'", (), "size"), symbol("K", (), "size")
    names = {"n": n, "n'": prime, "K": K}
    assert FORMULA.mark(K * prime, "K n'", {}, names).verdict.right
    assert FORMULA.mark(K * prime, "K n", {}, names).verdict.outcome == "wrong"
    assert FORMULA.mark(K * prime, "K n", {}, {"n'": prime, "K": K}).verdict.outcome == "unread"


def test_sizes_that_are_numbers_take_many_values():
    n, m, stride, K = (symbol(name, (), "size") for name in ("n", "m", "s", "K"))
    rows = floor((n - m) / stride) + 1
    assert FORMULA.mark(K * rows, "K (⌊(n-m)/s⌋ + 1)", {}, {}).verdict.right
    # At n = 3, m = 2 and s = 4, say, there is one row whatever K does to it.
    for text in ("⌊(n-m)/s⌋ + 1", "K (⌊(n-m)/s⌋ + 1)^2", "K ⌈(n-m)/s⌉", "K ⌊(n-m+1)/s⌋"):
        assert FORMULA.mark(K * rows, text, {}, {}).verdict.outcome == "wrong", text
