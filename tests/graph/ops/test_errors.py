import jax
import numpy as np
import optax
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.linear_model import ElasticNet
from sklearn.metrics import hinge_loss, mean_absolute_error

from graph.oracle import Case, checks, run
from tripos.graph import (
    GraphError,
    declared,
    elastic_net_penalty,
    exact,
    floats,
    grad,
    hinge,
    huber_loss,
    l1_loss,
    l1_penalty,
    l2_penalty,
    mse,
    multiclass_hinge,
    perceptron_loss,
    symbol,
    write,
)

CASES = [
    Case(
        "huber",
        lambda e, delta: huber_loss(e, 0, delta, reduction="none"),
        lambda e, delta: optax.huber_loss(e, delta=delta),
        ((6,), ()),
        ("real", "probability"),
    ),
    Case(
        "huber",
        lambda e: huber_loss(e, 0, reduction="none"),
        optax.huber_loss,
        ((2, 3),),
        note="one",
    ),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_optax(check, case):
    check(case)


@pytest.mark.parametrize(
    ("choices", "value"),
    [
        ({}, 5 / 3),
        ({"half": "with 1/2"}, 5 / 6),
        ({"mean": "sum"}, 5),
        ({"mean": "sum", "half": "with 1/2"}, 5 / 2),
    ],
)
def test_the_squared_error_follows_the_conventions(choices, value):
    with declared(choices) as state:
        loss = mse(symbol("y", 3), [1, 2, 3])
    assert floats(loss, y=[1, 4, 4]) == pytest.approx(value, rel=1e-15)
    assert state.used == {"half", "mean"}


def test_the_squared_error_of_a_number_is_its_square():
    assert exact(mse(symbol("y"), 1), y=4) == 9


entry = st.integers(-300, 300).map(lambda k: k / 100)
rows = st.lists(st.tuples(entry, entry), min_size=1, max_size=5)


@given(rows)
def test_absolute_errors_are_averaged(found):
    p, y = np.array(found).T
    assert floats(l1_loss(symbol("p", len(p)), y.tolist()), p=p) == pytest.approx(
        mean_absolute_error(y, p), abs=1e-12
    )
    summed = floats(l1_loss(symbol("p", len(p)), y.tolist(), reduction="sum"), p=p)
    assert summed == pytest.approx(np.abs(p - y).sum(), abs=1e-12)


@given(entry, st.sampled_from([1, -1]))
def test_losses_of_one_score(s, y):
    node = symbol("s")
    losses = [hinge(node, y), perceptron_loss(node, y)]
    np.testing.assert_allclose(run(losses, [node], [s]), [max(0, 1 - y * s), max(0, -y * s)], atol=1e-12)


@given(st.lists(st.tuples(entry, st.sampled_from([1, -1])), min_size=2, max_size=6))
def test_losses_of_several_scores_are_averaged(found):
    s, y = np.array(found).T
    assume(len(set(y)) == 2)
    node, labels = symbol("s", len(s)), [int(v) for v in y]
    assert floats(hinge(node, labels), s=s) == pytest.approx(hinge_loss(y, s, labels=[-1, 1]), abs=1e-12)
    each = floats(perceptron_loss(node, symbol("y", len(s)), reduction="none"), s=s, y=y)
    np.testing.assert_allclose(each, np.maximum(0, -y * s), atol=1e-12)


@given(st.lists(entry, min_size=2, max_size=5), st.data())
def test_the_hinge_of_several_classes(scores, data):
    label = data.draw(st.integers(0, len(scores) - 1))
    want = sum(max(0, s - scores[label] + 1) for j, s in enumerate(scores) if j != label)
    assert floats(multiclass_hinge(symbol("s", len(scores)), label), s=scores) == pytest.approx(
        want, abs=1e-12
    )


@given(st.lists(entry, min_size=2, max_size=5), st.data())
def test_the_class_may_be_a_symbol(scores, data):
    label = data.draw(st.integers(0, len(scores) - 1))
    s, t = symbol("s", len(scores)), symbol("t")
    found, known = multiclass_hinge(s, t), multiclass_hinge(s, label)
    assert floats(found, s=scores, t=label) == pytest.approx(floats(known, s=scores), abs=1e-12)
    ours, theirs = grad(found, [s]), grad(known, [s])
    np.testing.assert_allclose(floats(ours[0], s=scores, t=label), floats(theirs[0], s=scores), atol=1e-12)


def test_of_two_classes_it_is_the_hinge_of_their_difference():
    s = symbol("s", 2)
    values = {"s": [0.25, 0.5]}
    assert floats(multiclass_hinge(s, 1), **values) == floats(hinge(s[1] - s[0], +1), **values)


def test_derivatives_come_out_as_a_person_would_write_them():
    s, y = symbol("s", 4), symbol("y", 4)
    assert write(grad(hinge(symbol("s"), +1), symbol("s"))).text == "−[1 − s > 0]"
    assert write(grad(huber_loss(s, y, reduction="sum"), s)).text == "max(−1, min(s − y, 1))"
    assert write(grad(mse(s, y), s)).text == "2(s − y)/4"


# -- penalties -------------------------------------------------------------------------------------


def test_penalties_add_up_over_all_weights():
    W, b = symbol("W", (2, 2)), symbol("b")
    values = {"W": [[1, -2], [3, -4]], "b": -5}
    assert exact(l1_penalty(W, b), **values) == 15
    assert exact(l2_penalty(W, b), **values) == 55
    assert exact(elastic_net_penalty(W, b, l1=2, l2=3), **values) == 2 * 15 + 3 * 55


def test_the_penalty_on_squares_is_halved_by_convention():
    w = symbol("w", 2)
    with declared({"half": "with 1/2"}) as state:
        assert exact(l2_penalty(w), w=[3, 4]) == exact(elastic_net_penalty(w, l1=0), w=[3, 4])
        assert float(exact(l2_penalty(w), w=[3, 4])) == 12.5
    assert state.used == {"half"}


def test_the_solution_of_an_elastic_net_is_where_our_loss_has_no_slope():
    """scikit-learn minimises ½‖y − Xw‖²/N + α ρ ‖w‖₁ + ½ α (1 − ρ) ‖w‖²."""
    rng = np.random.default_rng(0)
    X, noise = rng.normal(size=(40, 4)), rng.normal(size=40)
    y = X @ np.array([2.0, -1.0, 0.0, 0.5]) + 0.1 * noise
    alpha, ratio = 0.3, 0.5
    solution = ElasticNet(alpha=alpha, l1_ratio=ratio, fit_intercept=False, tol=1e-12).fit(X, y).coef_
    w, data, targets = symbol("w", 4), symbol("X", X.shape), symbol("y", 40)
    with declared({"half": "with 1/2"}):
        loss = mse(data @ w, targets)
        penalty = elastic_net_penalty(w, l1=alpha * ratio, l2=alpha * (1 - ratio))
    values = {"w": solution, "X": X, "y": y}
    slope = floats(grad(loss + penalty, w), **values)
    active = solution != 0
    assert 0 < active.sum() < 4
    np.testing.assert_allclose(slope[active], 0, atol=1e-9)
    assert (np.abs(slope[~active]) <= alpha * ratio).all()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda s: hinge(s, 2), r"hinge: a label is \+1 or -1, found 2"),
        (lambda s: hinge(s, 0), r"hinge: a label is \+1 or -1, found 0"),
        (lambda s: perceptron_loss(s, [1, 1]), "perceptron_loss: the scores have shape 3 and the labels 2"),
        (
            lambda s: hinge(s, 1, reduction="average"),
            "hinge: reduction is mean, sum or none, found 'average'",
        ),
        (lambda s: multiclass_hinge(s, 3), "onehot: index 3 does not lie in 0..2"),
        (lambda s: multiclass_hinge(s[0], 0), "multiclass_hinge: expected a vector of scores and one class"),
        (lambda s: huber_loss(s, 0, 0), "huber_loss: delta is one positive number, found 0"),
        (lambda s: huber_loss(s, 0, [1, 2, 3]), "huber_loss: delta is one positive number"),
        (lambda s: mse(s, [1, 2]), "mse: the prediction has shape 3 and the target 2"),
        (lambda s: mse(s, [[1], [2]]), "mse: the prediction has shape 3 and the target 2×1"),
        (lambda s: l1_loss(s, [[1], [2]]), "l1_loss: .* there must be one target for each prediction"),
        (lambda s: l1_penalty(), "l1_penalty: name at least one weight"),
        (lambda s: elastic_net_penalty(), "l1_penalty: name at least one weight"),
    ],
)
def test_what_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build(symbol("s", 3))


def test_at_its_seam_the_huber_loss_is_smooth():
    e = symbol("e")
    loss = huber_loss(e, 0, 2)
    assert exact(loss, e=2) == 2
    slope = jax.grad(lambda v: optax.huber_loss(v, delta=2.0))(2.0)
    assert float(exact(grad(loss, e), e=2)) == float(slope)
