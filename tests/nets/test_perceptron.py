import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import linear_model

from tripos import nets
from tripos.graph import GraphError, declared, exact, floats, grad, lift, perceptron_loss, symbol, vector
from tripos.graph.steps import working

OR = ([[0, 0], [0, 1], [1, 0], [1, 1]], [-1, 1, 1, 1])


def integers(node):
    return [int(v) for v in np.ravel(exact(node))]


def test_the_decision_is_a_hard_threshold_of_the_score():
    unit = nets.Perceptron(2)
    weights = {"weight": [1, -1], "bias": -1}
    assert [integers(unit(vector(*x), weights=weights))[0] for x in ([3, 1], [2, 1], [1, 1])] == [1, 1, 0]
    with declared({"step": "0 at 0"}):
        assert integers(unit(vector(2, 1), weights=weights)) == [0]


@pytest.mark.parametrize(
    ("y", "new_w", "new_b"),
    [(1, [1, 2], 0), (-1, [-2, 3], -1)],
)
def test_a_step_is_taken_on_a_mistake_only(y, new_w, new_b):
    w, b = nets.perceptron_step(vector(1, 2), 0, vector(3, -1), y)
    assert (integers(w), integers(b)) == (new_w, [new_b])


@pytest.mark.parametrize(("choice", "new"), [("at 0", [3, 1]), ("not at 0", [0, 0])])
def test_the_convention_says_whether_a_score_of_0_is_a_mistake(choice, new):
    with declared({"mistake": choice}) as state:
        w, _ = nets.perceptron_step(vector(0, 0), 0, vector(3, 1), 1)
        assert integers(w) == new
    assert state.used == {"mistake"}


@given(
    w=st.lists(st.integers(-3, 3), min_size=3, max_size=3),
    x=st.lists(st.integers(-3, 3), min_size=3, max_size=3),
    b=st.integers(-3, 3),
    y=st.sampled_from([1, -1]),
)
@settings(max_examples=40, deadline=None)
def test_a_step_is_gradient_descent_on_the_perceptron_loss(w, x, b, y):
    assume(np.dot(w, x) + b != 0)  # on its kink the loss has no derivative
    W, B = symbol("w", 3), symbol("b")
    loss = perceptron_loss(W @ vector(*x) + B, y)
    slopes = [floats(g, w=w, b=b) for g in grad(loss, [W, B])]
    new_w, new_b = nets.perceptron_step(vector(*w), b, vector(*x), y)
    np.testing.assert_array_equal(floats(new_w), w - slopes[0])
    np.testing.assert_array_equal(floats(new_b), b - slopes[1])


@st.composite
def separable(draw):
    """Return integer examples that w and b separate, with their labels."""
    whole = st.integers(-4, 4)
    w, b = draw(st.lists(whole, min_size=2, max_size=2)), draw(whole)
    xs = draw(st.lists(st.lists(whole, min_size=2, max_size=2), min_size=1, max_size=6))
    xs = [x for x in xs if np.dot(w, x) + b != 0]
    assume(xs)
    return xs, [1 if np.dot(w, x) + b > 0 else -1 for x in xs], w, b


@given(separable())
@settings(max_examples=25, deadline=None)
def test_a_run_ends_and_makes_no_more_mistakes_than_novikoff_says(problem):
    xs, ys, w, b = problem
    bound = exact(nets.novikoff_bound(xs, ys, w, b)).item()
    longest = max(np.dot(x, x) + 1 for x in xs)
    margin = min(y * (np.dot(w, x) + b) for x, y in zip(xs, ys, strict=True))
    assert float(bound) == pytest.approx(longest * (np.dot(w, w) + b * b) / margin**2)
    if bound > 60:
        return  # such runs are long
    run = nets.perceptron_run(xs, ys)
    assert sum(integers(u.mistake)[0] for u in run) <= bound
    last = run[-1]
    for x, y in zip(xs, ys, strict=True):
        assert y * (np.dot(integers(last.weight), x) + integers(last.bias)[0]) > 0


def test_a_run_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    xs = rng.integers(-5, 6, (12, 2))
    ys = np.where(xs @ [2, -1] + 1 > 0, 1, -1)
    run = nets.perceptron_run(xs.tolist(), ys.tolist())
    passes = len(run) // len(xs)
    assert [u.example for u in run] == list(range(len(xs))) * passes
    for count in range(1, passes + 1):
        model = linear_model.Perceptron(shuffle=False, max_iter=count, tol=None).fit(xs, ys)
        update = run[count * len(xs) - 1]
        np.testing.assert_array_equal(floats(update.weight), model.coef_[0])
        np.testing.assert_array_equal(floats(update.bias), model.intercept_[0])


def test_every_update_is_a_line_of_working():
    run = nets.perceptron_run(*OR)
    assert working(*run[1][1:]).splitlines()[-4:] == [
        "s₂ = w₁ᵀ x₂ + b₁ = [0 0] · [0 1]ᵀ − 1 = 0 − 1 = −1",
        "m₂ = [s₂ ≤ 0] = [−1 ≤ 0] = 1",
        "w₂ = w₁ + m₂ x₂ = [0 0]ᵀ + [0 1]ᵀ = [0 1]ᵀ",
        "b₂ = b₁ + m₂ = −1 + 1 = 0",
    ]


def test_a_run_may_start_anywhere():
    run = nets.perceptron_run(*OR, w=[2, 2], b=-1)
    assert len(run) == 4
    assert [integers(u.mistake)[0] for u in run] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (
            lambda: nets.perceptron_run([[0, 0], [0, 1], [1, 0], [1, 1]], [-1, 1, 1, -1], max_passes=9),
            "separable",
        ),
        (lambda: nets.perceptron_run([[1, 2]], [1, -1]), "1 examples with 2 labels"),
        (lambda: nets.perceptron_run([], []), "0 examples"),
        (lambda: nets.perceptron_run([[1, 2]], [0]), "labels are"),
        (lambda: nets.perceptron_run([[1, 2], [1]], [1, 1]), "one length"),
        (lambda: nets.perceptron_run([symbol("x", 2)], [1]), "depends on"),
        (lambda: nets.perceptron_step([1, 2], 0, [1, 2, 3], 1), "vectors of one length"),
        (lambda: nets.perceptron_step([1, 2], [0], [1, 2], 1), "b and y are numbers"),
        (lambda: nets.novikoff_bound(*OR, w=[1, 1], b=0), "do not separate"),
        (lambda: nets.novikoff_bound(*OR, w=[1, 1, 1]), "w has shape 3"),
    ],
)
def test_bad_input_is_refused(make, why):
    with pytest.raises(GraphError, match=why):
        make()


def test_a_step_may_be_symbolic():
    w, b, x, y = symbol("w", 3), symbol("b"), symbol("x", 3), symbol("y")
    new, _ = nets.perceptron_step(w, b, x, y)
    assert str(new) == "<w + [y (wᵀ x + b) ≤ 0] y x>"
    assert lift(new).shape == (3,)
