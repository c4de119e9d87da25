import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.oracle import Case, checks, run
from tripos.graph import (
    GraphError,
    bce,
    cross_entropy,
    declared,
    exact,
    floats,
    grad,
    hinge,
    mse,
    named,
    nll,
    onehot,
    perceptron_loss,
    sigmoid,
    softmax,
    symbol,
    vector,
    write,
)
from tripos.graph import sum as total
from tripos.graph.op import table


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
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


score = st.integers(-300, 300).map(lambda k: k / 100)


@given(score, st.sampled_from([1, -1]))
def test_losses_of_a_score(s, y):
    node = symbol("s")
    losses = [hinge(node, y), perceptron_loss(node, y), nll(sigmoid(node), y)]
    want = [max(0, 1 - y * s), max(0, -y * s), np.log1p(np.exp(-y * s))]
    np.testing.assert_allclose(run(losses, [node], [s]), want, atol=1e-12)


@given(st.floats(0.01, 0.99), st.floats(0, 1))
def test_binary_cross_entropy(p, y):
    want = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    np.testing.assert_allclose(floats(bce(symbol("p"), symbol("y")), p=p, y=y), want, atol=1e-12)


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


@pytest.mark.parametrize("label", [0, 1, 2])
def test_the_likelihood_of_a_class_is_read_off_the_probabilities(label):
    z, values = symbol("z", 3), np.array([0.5, -1.0, 2.0])
    want = -np.log(np.exp(values) / np.exp(values).sum())[label]
    p = named(softmax(z), "p")
    for loss in (nll(softmax(z), label), nll(p, label), nll(p, onehot(label, 3)), cross_entropy(z, label)):
        assert floats(loss, z=values) == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize(("label", "positive"), [(1, True), (-1, False), (0, False)])
def test_binary_labels(label, positive):
    p = symbol("p")
    assert floats(nll(p, label), p=0.2) == pytest.approx(-np.log(0.2 if positive else 0.8))


@pytest.mark.parametrize("build", [lambda z: nll(sigmoid(z), 1), lambda z: nll(named(sigmoid(z), "p"), 1)])
def test_logarithms_to_base_two(build):
    with declared({"log": "2"}):
        loss = build(symbol("z"))
    assert floats(loss, z=0) == pytest.approx(1, rel=1e-15)


def test_derivatives_come_out_as_a_person_would_write_them():
    z = symbol("z")
    assert write(grad(nll(sigmoid(z), +1), z)).text == "σ(z) − 1"
    assert write(grad(nll(sigmoid(z), -1), z)).text == "σ(z)"
    z, y = symbol("z", 3), named(onehot(1, 3), "y")
    assert write(grad(cross_entropy(z, y), z)).text == "softmax(z) − y"


def test_large_logits_do_not_overflow():
    z = symbol("z", 2)
    assert floats(cross_entropy(z, 1), z=[1000, -1000]) == 2000
    assert floats(nll(sigmoid(z[0]), -1), z=[1000, 0]) == 1000


def test_the_derivative_of_the_target_is_not_lost():
    z, t = symbol("z", 2), symbol("t", 2)
    (dt,) = run([grad(cross_entropy(z, t), t)], [z, t], [[0, 0], [1, 3]])
    np.testing.assert_allclose(dt, np.log([2, 2]))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: cross_entropy(symbol("z", 3), [1, 0]), "cross_entropy: logits 3 and target 2"),
        (
            lambda: cross_entropy(symbol("z", (2, 3)), symbol("t", (2, 3))),
            "cross_entropy: .* must be vectors",
        ),
        (lambda: cross_entropy(symbol("z", 3), 3), "index 3 does not lie in 0..2"),
        (lambda: nll(symbol("p"), 2), "nll: a binary label is .* found 2"),
        (lambda: nll(symbol("p"), [1, 0]), "nll: a binary label is"),
        (lambda: nll(symbol("p", 3), 3), "index 3 does not lie in 0..2"),
        (lambda: mse(symbol("y", 3), [1, 2]), "sub: shapes 3 and 2 do not fit"),
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
