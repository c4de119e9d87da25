import jax
import jax.numpy as jnp
import numpy as np
import pytest

from graph.oracle import Case, checks
from tripos.graph import (
    bce_with_logits,
    cross_entropy,
    elu,
    exact,
    floats,
    gelu,
    grad,
    leaky_relu,
    log,
    log_sigmoid,
    log_softmax,
    named,
    nll,
    relu,
    shifted_sigmoid,
    sigmoid,
    silu,
    softmax,
    softplus,
    softsign,
    symbol,
    tanh,
    write,
)
from tripos.graph import sum as total
from tripos.graph.ops.activation import log_one_minus_sigmoid, normal_cdf
from tripos.graph.program import function
from tripos.graph.spaces import jax as jax_space

M = (2, 3)


def log_of_the_rest(z):
    return jax.nn.log_sigmoid(-z)


CASES = [
    Case("log_sigmoid", log_sigmoid, jax.nn.log_sigmoid, (M,)),
    Case("log_one_minus_sigmoid", log_one_minus_sigmoid, log_of_the_rest, (M,)),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


def hot(z, at):
    return -jax.nn.log_softmax(z)[at]


EXTREMES = [-1000.0, -100.0, 0.0, 100.0, 1000.0]


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize(
    ("build", "reference"),
    [
        (sigmoid, jax.nn.sigmoid),
        (log_sigmoid, jax.nn.log_sigmoid),
        (log_one_minus_sigmoid, log_of_the_rest),
        (softplus, jax.nn.softplus),
        (silu, jax.nn.silu),
        (gelu, lambda z: jax.nn.gelu(z, approximate=False)),
        (normal_cdf, jax.scipy.stats.norm.cdf),
        (elu, jax.nn.elu),
        (relu, jax.nn.relu),
        (leaky_relu, lambda z: jnp.where(z > 0, z, 0.01 * z)),
        (softsign, jax.nn.soft_sign),
        (tanh, jnp.tanh),
        (softmax, jax.nn.softmax),
        (log_softmax, jax.nn.log_softmax),
        (lambda z: cross_entropy(z, 1), lambda z: hot(z, 1)),
        (lambda z: nll(sigmoid(z[0]), -1), lambda z: jax.nn.softplus(z[0])),
        (lambda z: nll(sigmoid(z[0]), +1), lambda z: jax.nn.softplus(-z[0])),
        (
            lambda z: bce_with_logits(z, [1, 0, 1, 0, 1]),
            lambda z: jnp.mean(jax.nn.softplus(z * jnp.array([-1, 1, -1, 1, -1]))),
        ),
        (lambda z: -log(sigmoid(z)), lambda z: jax.nn.softplus(-z)),
        (lambda z: -log(1 - sigmoid(z)), jax.nn.softplus),
        (lambda z: -log(softmax(z)), lambda z: -jax.nn.log_softmax(z)),
    ],
)
def test_extreme_logits_are_harmless_in_jax(build, reference, bits):
    """Values, the gradient by jax.grad and the gradient that is a graph are finite and right."""
    z = symbol("z", 5)
    loss = total(build(z) * [1, 2, 3, 4, 5] if build(z).shape else build(z))
    run = function([loss, grad(loss, z)], [z], jax_space)

    def want(values):
        found = reference(values)
        return jnp.sum(found * jnp.arange(1.0, 6.0) if found.shape else found)

    with jax.enable_x64(bits == 64):
        values = jnp.asarray(EXTREMES)
        value, slope = run(values)
        slope_by_jax = jax.grad(lambda v: run(v)[0])(values)
        assert value.dtype == slope.dtype == slope_by_jax.dtype == values.dtype
        tolerance = 1e-5 if bits == 32 else 1e-12
        np.testing.assert_allclose(value, want(values), rtol=tolerance, atol=tolerance)
        for found in (slope, slope_by_jax):
            np.testing.assert_allclose(found, jax.grad(want)(values), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("activation", "slope"), [(relu, 0), (leaky_relu, 0.01), (elu, 1)])
def test_at_a_kink_jax_takes_the_derivative_that_the_op_states(activation, slope):
    z = symbol("z")
    run = function([activation(z)], [z], jax_space)
    assert jax.grad(lambda v: run(v)[0])(0.0) == pytest.approx(slope)


def test_logarithms_of_probabilities_are_ops_of_their_logits():
    z, p = symbol("z", 3), named(sigmoid(symbol("z")), "p")
    assert log(softmax(z)) is log_softmax(z)
    assert log(sigmoid(z)) is log_sigmoid(z)
    assert log(1 - sigmoid(z)) is log_one_minus_sigmoid(z)
    assert write(log(p)).text == "log(p)"
    assert write(log(1 - p)).text == "log(1 − p)"


def test_derivatives_of_log_probabilities_read_as_a_person_writes_them():
    w, x, b = symbol("w", 3), symbol("x", 3), symbol("b")
    loss = -log(sigmoid(w @ x + b))
    assert write(loss).text == "−log σ(wᵀ x + b)"
    assert [write(g).text for g in grad(loss, [w, b])] == ["(σ(wᵀ x + b) − 1) x", "σ(wᵀ x + b) − 1"]
    z = symbol("z")
    assert write(log(1 - sigmoid(z))).text == "log(1 − σ(z))"
    assert write(grad(log(1 - sigmoid(z)), z)).text == "−σ(z)"


def test_the_shifted_logistic_function_is_odd():
    z = symbol("z")
    assert exact(shifted_sigmoid(z), z=0) == 0
    values = np.array([-3.0, -0.5, 0.1, 2.0])
    found = floats(shifted_sigmoid(symbol("z", 4)), z=values)
    np.testing.assert_allclose(found, np.tanh(values / 2) / 2, rtol=1e-12)
    assert write(grad(shifted_sigmoid(z), z)).text == "σ(z) (1 − σ(z))"
