import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import log_loss

from graph.oracle import Case, checks, run
from tripos.graph import (
    GraphError,
    bce,
    bce_with_logits,
    cross_entropy,
    declared,
    exact,
    floats,
    grad,
    label_smoothing,
    named,
    nll,
    onehot,
    sigmoid,
    softmax,
    symbol,
    vector,
    write,
)
from tripos.graph import sum as total
from tripos.graph.op import table
from tripos.graph.ops.loss import bernoulli_log_density


def cross(z, t):
    return -jnp.sum(t * jax.nn.log_softmax(z))


CASES = [
    Case(
        "logistic_loss", lambda z: nll(sigmoid(z), +1), lambda z: jax.nn.softplus(-z), ((),), note="positive"
    ),
    Case("logistic_loss", lambda z: nll(sigmoid(z), -1), jax.nn.softplus, ((),), note="negative"),
    Case("cross_entropy", cross_entropy, cross, ((4,), (4,)), ("real", "probability")),
    Case(
        "cross_entropy",
        lambda z: cross_entropy(z, 2),
        lambda z: cross(z, jax.nn.one_hot(2, 4)),
        ((4,),),
        note="class",
    ),
    Case(
        "cross_entropy",
        lambda z: cross_entropy(z, vector(0.25, 0.75)),
        lambda z: cross(z, jnp.array([0.25, 0.75])),
        ((2,),),
        note="soft",
    ),
    Case(
        "cross_entropy",
        lambda z, t: cross_entropy(z, t, reduction="sum"),
        cross,
        ((2, 3), (2, 3)),
        ("real", "probability"),
        note="rows",
    ),
    Case(
        "bernoulli_log_density",
        bernoulli_log_density,
        lambda z, y: -optax.sigmoid_binary_cross_entropy(z, y),
        ((2, 3), (2, 3)),
        ("real", "probability"),
    ),
    Case(
        "label_smoothing",
        label_smoothing,
        optax.smooth_labels,
        ((2, 4), ()),
        ("probability", "probability"),
    ),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax_and_optax(check, case):
    check(case)


# -- two classes -----------------------------------------------------------------------------------

score = st.integers(-300, 300).map(lambda k: k / 100)


@given(score, st.sampled_from([1, -1]))
def test_the_likelihood_of_a_score(s, y):
    node = symbol("s")
    np.testing.assert_allclose(run([nll(sigmoid(node), y)], [node], [s]), [np.log1p(np.exp(-y * s))])


@given(st.floats(0.01, 0.99), st.floats(0, 1))
def test_binary_cross_entropy(p, y):
    want = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    np.testing.assert_allclose(floats(bce(symbol("p"), symbol("y")), p=p, y=y), want, atol=1e-12)


@given(st.lists(st.tuples(score, st.integers(0, 1)), min_size=1, max_size=5))
def test_several_binary_losses_are_averaged(found):
    z, y = np.array(found).T
    p = 1 / (1 + np.exp(-z))
    want = log_loss(y, p, labels=[0, 1])
    node = symbol("z", len(z))
    for loss in (
        bce_with_logits(node, y.tolist()),
        bce(sigmoid(node), y.tolist()),
        bce(named(sigmoid(node), "p"), y.tolist()),
    ):
        assert floats(loss, z=z) == pytest.approx(want, abs=1e-12)
    total = bce_with_logits(node, y.tolist(), reduction="sum")
    assert floats(total, z=z) == pytest.approx(want * len(z), abs=1e-12)


def test_a_probability_with_logits_is_taken_by_its_logits():
    z, y = symbol("z", 3), symbol("y", 3)
    assert bce(sigmoid(z), y) is bce_with_logits(z, y)
    assert bce(sigmoid(z[0]), 1) is nll(sigmoid(z[0]), 1)
    assert nll(softmax(z), 1) is cross_entropy(z, 1)


@pytest.mark.parametrize(("label", "positive"), [(1, True), (-1, False), (0, False)])
def test_binary_labels(label, positive):
    p = symbol("p")
    assert floats(nll(p, label), p=0.2) == pytest.approx(-np.log(0.2 if positive else 0.8))


@pytest.mark.parametrize("build", [lambda z: nll(sigmoid(z), 1), lambda z: nll(named(sigmoid(z), "p"), 1)])
def test_logarithms_to_base_two(build):
    with declared({"log": "2"}):
        loss = build(symbol("z"))
    assert floats(loss, z=0) == pytest.approx(1, rel=1e-15)


# -- several classes -------------------------------------------------------------------------------


@pytest.mark.parametrize("label", [0, 1, 2])
def test_the_likelihood_of_a_class_is_read_off_the_probabilities(label):
    z, values = symbol("z", 3), np.array([0.5, -1.0, 2.0])
    want = -np.log(np.exp(values) / np.exp(values).sum())[label]
    p = named(softmax(z), "p")
    for loss in (nll(softmax(z), label), nll(p, label), nll(p, onehot(label, 3)), cross_entropy(z, label)):
        assert floats(loss, z=values) == pytest.approx(want, rel=1e-12)


@st.composite
def batches(draw):
    n, classes = draw(st.integers(1, 4)), draw(st.integers(2, 4))
    logits = draw(hnp.arrays(float, (n, classes), elements=st.floats(-30, 30)))
    return logits, [draw(st.integers(0, classes - 1)) for _ in range(n)]


@given(batches())
def test_losses_of_a_batch_are_those_of_its_rows(batch):
    """The labels may be classes, one-hot rows, or a symbol that stands for classes."""
    logits, labels = batch
    shifted = logits - logits.max(1, keepdims=True)
    each = np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(labels)), labels]
    z, y = symbol("z", logits.shape), symbol("y", len(labels))
    rows = np.eye(logits.shape[1], dtype=int)[labels].tolist()
    for target, values in ((labels, {}), (rows, {}), (y, {"y": labels})):
        for reduction, want in (("mean", each.mean()), ("sum", each.sum()), ("none", each)):
            for loss in (
                cross_entropy(z, target, reduction=reduction),
                nll(named(softmax(z), "p"), target, reduction=reduction),
            ):
                np.testing.assert_allclose(floats(loss, z=logits, **values), want, rtol=1e-9, atol=1e-9)


def test_the_gradient_of_a_batch_is_that_of_its_rows():
    z, y, values = symbol("Z", (2, 3)), symbol("y", 2), np.array([[1.0, 2, -1], [0, 0.5, 3]])
    want = jax.grad(lambda v: optax.softmax_cross_entropy_with_integer_labels(v, jnp.array([2, 0])).mean())(
        values
    )
    for target, more in (([2, 0], {}), (y, {"y": [2, 0]})):
        slope = grad(cross_entropy(z, target), z)
        np.testing.assert_allclose(floats(slope, Z=values, **more), want, atol=1e-6)
    assert write(slope).text == "(softmax(Z) − onehot(y))/2"


def test_labels_may_have_several_axes():
    z = symbol("z", (2, 2, 3))
    values = np.arange(12.0).reshape(2, 2, 3)
    want = optax.softmax_cross_entropy_with_integer_labels(values, jnp.array([[0, 2], [1, 1]]))
    found = floats(cross_entropy(z, [[0, 2], [1, 1]], reduction="none"), z=values)
    np.testing.assert_allclose(found, want, rtol=1e-6)
    mean = floats(cross_entropy(z, [[0, 2], [1, 1]]), z=values)
    assert mean == pytest.approx(float(want.mean()), rel=1e-6)


def test_derivatives_come_out_as_a_person_would_write_them():
    z = symbol("z")
    assert write(grad(nll(sigmoid(z), +1), z)).text == "σ(z) − 1"
    assert write(grad(nll(sigmoid(z), -1), z)).text == "σ(z)"
    assert write(grad(bce_with_logits(z, symbol("y")), z)).text == "σ(z) − y"
    z, y = symbol("z", 3), named(onehot(1, 3), "y")
    assert write(cross_entropy(z, y)).text == "−yᵀ log softmax(z)"
    assert write(grad(cross_entropy(z, y), z)).text == "softmax(z) − y"
    assert write(grad(bce_with_logits(z, symbol("t", 3)), z)).text == "(σ(z) − t)/3"
    assert write(bce_with_logits(z, symbol("t", 3), reduction="none")).text == (
        "−(t ⊙ log σ(z) + (1 − t) ⊙ log(1 − σ(z)))"
    )


def test_large_logits_do_not_overflow():
    z = symbol("z", 2)
    assert floats(cross_entropy(z, 1), z=[1000, -1000]) == 2000
    assert floats(nll(sigmoid(z[0]), -1), z=[1000, 0]) == 1000
    assert floats(bce_with_logits(z, [0, 1], reduction="sum"), z=[1000, -1000]) == 2000


def test_the_derivative_of_the_target_is_not_lost():
    z, t = symbol("z", 2), symbol("t", 2)
    (dt,) = run([grad(cross_entropy(z, t), t)], [z, t], [[0, 0], [1, 3]])
    np.testing.assert_allclose(dt, np.log([2, 2]))


# -- label smoothing -------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 9), min_size=2, max_size=5).filter(any), st.integers(0, 10))
def test_smoothing_keeps_the_mass_and_moves_the_share_alpha_to_the_uniform_distribution(weights, tenths):
    t = np.array(weights) / sum(weights)
    smooth = floats(label_smoothing(symbol("t", len(t)), symbol("alpha")), t=t, alpha=tenths / 10)
    assert smooth.sum() == pytest.approx(1)
    uniform = np.full(len(t), 1 / len(t))
    assert np.abs(smooth - uniform).sum() == pytest.approx((1 - tenths / 10) * np.abs(t - uniform).sum())


def test_cross_entropy_against_smoothed_labels():
    z, values = symbol("z", (2, 3)), np.array([[1.0, 2, -1], [0, 0.5, 3]])
    loss = cross_entropy(z, [2, 0], label_smoothing=0.3)
    smooth = optax.smooth_labels(jnp.eye(3)[jnp.array([2, 0])], 0.3)
    assert floats(loss, z=values) == pytest.approx(
        float(optax.softmax_cross_entropy(jnp.asarray(values), smooth).mean()), rel=1e-6
    )
    assert exact(label_smoothing(onehot(0, 4), 0.2)).astype(str).tolist() == ["17/20", "1/20", "1/20", "1/20"]


def test_smoothed_labels_still_sum_to_one():
    z, t = symbol("z", 3), symbol("t", 3, "distribution")
    slope = grad(cross_entropy(z, t, label_smoothing=symbol("alpha")), z)
    assert write(slope).text == "softmax(z) − ((1 − α) t + α/3)"


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: cross_entropy(symbol("z", 3), [1, 0]),
            "cross_entropy: the prediction has shape 3 and the target 2",
        ),
        (
            lambda: cross_entropy(symbol("z", (2, 3)), 1),
            "cross_entropy: the prediction has shape 2×3 and the target scalar",
        ),
        (lambda: cross_entropy(symbol("z", (2, 3)), [0, 3]), r"whole number in 0\.\.2, found 3"),
        (lambda: cross_entropy(symbol("z", (2, 3)), [0.5, 1]), r"whole number in 0\.\.2, found 1/2"),
        (lambda: cross_entropy(symbol("z"), 0), "expected one number for each class, found a scalar"),
        (lambda: cross_entropy(symbol("z", (2, 3)), [0, 1], reduction="all"), "reduction is mean, sum or"),
        (lambda: cross_entropy(symbol("z", 3), 3), r"index 3 does not lie in 0\.\.2"),
        (lambda: cross_entropy(symbol("z", 3), -1), r"index -1 does not lie in 0\.\.2"),
        (lambda: label_smoothing(symbol("t"), 0.1), "label_smoothing: expected a distribution and a number"),
        (lambda: nll(symbol("p"), 2), "nll: a binary label is .* found 2"),
        (lambda: nll(symbol("p"), [1, 0]), "nll: a binary label is"),
        (lambda: nll(symbol("p", 3), 3), r"index 3 does not lie in 0\.\.2"),
        (lambda: bce(symbol("p", 3), [1, 0]), "bce: the prediction has shape 3 and the target 2"),
        (lambda: bce_with_logits(symbol("p", 3), [1, 0]), "bce_with_logits: the prediction has shape 3"),
        (lambda: bce(symbol("p", 2), [1, 0], reduction="all"), "bce: reduction is mean, sum or none"),
    ],
)
def test_what_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build()


def test_a_total_of_losses_is_their_sum():
    z = symbol("z", 3)
    losses = [cross_entropy(z, i) for i in range(3)]
    stacked = total(losses[0] + losses[1] + losses[2])
    assert floats(stacked, z=[0, 0, 0]) == pytest.approx(3 * np.log(3))
    assert {n.op.name for n in losses} <= set(table)
