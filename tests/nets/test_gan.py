from fractions import Fraction

import jax
import numpy as np
import optax
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from nets.drawn import drawn
from tripos.graph import (
    GraphError,
    constant,
    declared,
    exact,
    exp,
    floats,
    grad,
    js_divergence,
    log,
    symbol,
    write,
)
from tripos.graph.node import rebuild, schedule
from tripos.nets import GAN, MLP, Linear, Tanh, gan_value, optimal_discriminator

N = 5
MODEL = GAN(Linear(2, 3), MLP([3, 4, 1], Tanh()))
REAL, NOISE = symbol("x", (N, 3)), symbol("z", (N, 2), "normal")


def logits(values):
    """What the discriminator says of real and of generated examples, in NumPy."""

    def discriminate(x):
        h = np.tanh(x @ values["W_D_1"].T + values["b_D_1"])
        return (h @ values["W_D_2"].T + values["b_D_2"])[:, 0]

    fake = values["z"] @ values["W_G"].T + values["b_G"]
    return discriminate(values["x"]), discriminate(fake)


def test_the_losses_are_binary_cross_entropies():
    losses = [
        MODEL.discriminator_loss(REAL, NOISE),
        MODEL.value(REAL, NOISE),
        MODEL.minimax_loss(NOISE),
        MODEL.non_saturating_loss(NOISE),
    ]
    values = drawn(*losses)
    real, fake = logits(values)
    with jax.enable_x64(True):
        bce = optax.sigmoid_binary_cross_entropy
        of_real, of_fake, fooled = (
            float(bce(*pair).mean()) for pair in ((real, 1.0), (fake, 0.0), (fake, 1.0))
        )
    found = [floats(loss, **{k: v for k, v in values.items() if k in drawn(loss)}) for loss in losses]
    np.testing.assert_allclose(found, [of_real + of_fake, -(of_real + of_fake), -of_fake, fooled])


def test_one_example_has_one_logit():
    x, z = symbol("x", 3), symbol("z", 2)
    assert MODEL.logit(x).shape == ()
    assert MODEL.discriminator_loss(x, z).shape == ()
    assert MODEL(z).shape == (3,)


def test_the_minimax_loss_saturates_where_the_discriminator_is_sure():
    """Its slope in the logit is −σ(a), that of the other loss σ(a) − 1 (Goodfellow et al., 2014)."""
    z = symbol("z", 2)
    for loss, text, slope in (
        (MODEL.minimax_loss(z), "−σ(a_fake)", lambda a: -scipy.special.expit(a)),
        (MODEL.non_saturating_loss(z), "σ(a_fake) − 1", lambda a: scipy.special.expit(a) - 1),
    ):
        logit = next(node for node in schedule([loss]) if node.name == "a_fake")
        derivative = grad(loss, logit)
        assert write(derivative).text == text
        a = symbol("a")
        (of_logit,) = rebuild([derivative], {logit: a})
        for at in (-20.0, 0.0, 3.0):
            assert floats(of_logit, a=at) == pytest.approx(slope(at))


def test_the_generator_learns_through_the_discriminator():
    loss = MODEL.non_saturating_loss(NOISE)
    weight = MODEL.symbols()["generator.weight"]
    values = drawn(loss)

    def want(W):
        fake = values["z"] @ W.T + values["b_G"]
        h = jax.numpy.tanh(fake @ values["W_D_1"].T + values["b_D_1"])
        a = (h @ values["W_D_2"].T + values["b_D_2"])[:, 0]
        return jax.numpy.mean(jax.nn.softplus(-a))

    with jax.enable_x64(True):
        expected = jax.grad(want)(values["W_G"])
    np.testing.assert_allclose(floats(grad(loss, weight), **values), expected, rtol=1e-9)


# -- exactly ---------------------------------------------------------------------------------------


@st.composite
def pairs(draw):
    """Return two exact distributions over the same values, and twice their common denominator."""
    n = draw(st.integers(2, 4))
    rows = [draw(st.lists(st.integers(0, 4), min_size=n, max_size=n).filter(any)) for _ in range(2)]
    p, q = ([Fraction(v, sum(row)) for v in row] for row in rows)
    return p, q, 2 * sum(rows[0]) * sum(rows[1])


@given(pairs())
def test_against_the_best_discriminator_the_value_is_a_divergence(pair):
    """V(D*, G) = −log 4 + 2 JSD, exactly: e to a multiple of the difference is 1."""
    p, q, scale = pair
    seen = [i for i in range(len(p)) if p[i] + q[i] > 0]  # D* is anything where there is no example
    p, q = [p[i] for i in seen], [q[i] for i in seen]
    best = optimal_discriminator(p, q)
    assert [str(v) for v in exact(best)] == [str(a / (a + b)) for a, b in zip(p, q, strict=True)]
    difference = gan_value(p, q, best) + log(constant(4)) - 2 * js_divergence(p, q)
    assert exact(exp(scale * difference)) == 1


def test_the_generator_that_matches_the_data_gives_minus_log_four():
    p = [0.5, 0.3, 0.2]
    assert floats(gan_value(p, p, optimal_discriminator(p, p))) == pytest.approx(-np.log(4))
    assert floats(gan_value(p, p, 0.5)) == pytest.approx(-np.log(4))
    with declared({"log": "2"}):
        assert floats(gan_value(p, p, 0.5)) == pytest.approx(-2)


def test_no_discriminator_does_better_than_the_best():
    p, q, d = [0.5, 0.3, 0.2], [0.1, 0.3, 0.6], symbol("d", 3)
    value, best = gan_value(p, q, d), optimal_discriminator(p, q)
    top, at = floats(gan_value(p, q, best)), floats(best)
    np.testing.assert_allclose(floats(grad(value, d), d=at), 0, atol=1e-12)
    rng = np.random.default_rng(0)
    for guess in rng.uniform(0.01, 0.99, (20, 3)):
        assert floats(value, d=guess) < top


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: gan_value([0.5, 0.5], [1, 0, 0], 0.5), "gan_value: the distributions have shapes 2 and 3"),
        (lambda: gan_value([0.5, 0.5], [1, 0], [0.5, 0.5, 0.5]), "gan_value: D has shape 3"),
        (lambda: optimal_discriminator([0.5, 0.6], [1, 0]), "optimal_discriminator: a distribution has"),
        (lambda: MODEL.logit(symbol("x", 2)), "Linear: the input has shape 2"),
    ],
)
def test_what_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build()
