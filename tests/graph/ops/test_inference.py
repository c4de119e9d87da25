from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from tripos.graph import (
    GraphError,
    bernoulli_log_likelihood,
    bit_probabilities,
    bit_states,
    constant,
    declared,
    elbo,
    exact,
    exp,
    floats,
    flow_elbo,
    grad,
    kl_categorical,
    log_evidence,
    posterior,
    softmax,
    symbol,
)


@st.composite
def models(draw):
    """Return exact vectors q(z), p(x|z) and p(z), and the common denominator of the first."""
    n = draw(st.integers(2, 4))
    q, prior = (draw(st.lists(st.integers(1, 5), min_size=n, max_size=n)) for _ in range(2))
    likelihood = draw(st.lists(st.integers(1, 9), min_size=n, max_size=n))
    return (
        [Fraction(v, sum(q)) for v in q],
        [Fraction(v, 10) for v in likelihood],
        [Fraction(v, sum(prior)) for v in prior],
        sum(q),
    )


@given(models())
def test_the_bound_is_the_evidence_less_the_divergence_from_the_posterior(model):
    """Exactly so: e to the power of a multiple of the difference, all of whose logarithms cancel, is 1."""
    q, likelihood, prior, scale = model
    gap = kl_categorical(q, posterior(likelihood, prior))
    difference = elbo(q, likelihood, prior) - (log_evidence(likelihood, prior) - gap)
    assert exact(exp(scale * difference)) == 1
    assert floats(gap) >= -1e-15


@given(models())
def test_bayes_rule_and_the_evidence(model):
    _, likelihood, prior, _ = model
    joint = [p * f for p, f in zip(prior, likelihood, strict=True)]
    assert exact(exp(log_evidence(likelihood, prior))) == constant_of(sum(joint))
    assert [str(v) for v in exact(posterior(likelihood, prior))] == [str(p / sum(joint)) for p in joint]


def constant_of(value):
    return exact(constant(value))


def test_at_the_posterior_the_bound_is_tight_and_flat():
    likelihood, prior = constant([0.2, 0.1, 0.4]), constant([0.25, 0.25, 0.5])
    a = symbol("a", 3)
    bound = elbo(softmax(a), likelihood, prior)
    at = np.log(np.array([0.2, 0.1, 0.4]) * [0.25, 0.25, 0.5])
    assert floats(bound, a=at) == pytest.approx(float(floats(log_evidence(likelihood, prior))))
    np.testing.assert_allclose(floats(grad(bound, a), a=at), 0, atol=1e-12)
    assert floats(bound, a=[0, 0, 0]) < floats(bound, a=at)


def test_the_bound_may_be_in_bits():
    with declared({"log": "2"}):
        bits = elbo([1, 0], [0.25, 0.5], [0.5, 0.5])
    assert floats(bits) == pytest.approx(-3)


# -- bits ------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 10), min_size=1, max_size=4))
def test_states_of_bits_and_their_probabilities(tenths):
    q = np.array(tenths) / 10
    states = exact(bit_states(len(q))).astype(int)
    assert states.tolist() == [list(s) for s in product((0, 1), repeat=len(q))]
    found = floats(bit_probabilities(symbol("q", len(q))), q=q)
    np.testing.assert_allclose(found, scipy.stats.bernoulli(q).pmf(states).prod(-1), atol=1e-15)
    rows = floats(bit_probabilities(symbol("q", (2, len(q)))), q=[q, 1 - q])
    np.testing.assert_allclose(rows, [found, found[::-1]], atol=1e-15)


def test_a_flow_adds_its_volume_change_to_the_bound():
    parts = [symbol(name, 2) for name in "pqd"]
    values = {"p": [-3.0, -2.0], "q": [-1.0, -2.5], "d": [0.5, 1.5]}
    np.testing.assert_allclose(floats(flow_elbo(*parts), **values), [-1.5, 2.0])
    with declared({"log": "2"}):
        bits = flow_elbo(*parts)
    np.testing.assert_allclose(floats(bits, **values), np.add([-2, 0.5], np.divide([0.5, 1.5], np.log(2))))


@given(st.lists(st.integers(-30, 30), min_size=1, max_size=4), st.data())
def test_the_likelihood_of_bits(tenths, data):
    logits = np.array(tenths) / 10
    x = [data.draw(st.integers(0, 1)) for _ in tenths]
    want = scipy.stats.bernoulli(scipy.special.expit(logits)).logpmf(x).sum()
    found = floats(bernoulli_log_likelihood(x, symbol("a", len(x))), a=logits)
    assert found == pytest.approx(want, abs=1e-12)


def test_rows_have_one_likelihood_each():
    a = symbol("a", (2, 3))
    found = floats(bernoulli_log_likelihood([[1, 0, 1], [0, 0, 0]], a), a=np.zeros((2, 3)))
    np.testing.assert_allclose(found, [-3 * np.log(2)] * 2)
    assert floats(bernoulli_log_likelihood(1, symbol("b")), b=0) == pytest.approx(-np.log(2))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: bit_states(0), "bit_states: from 1 to 12 bits are listed, found 0"),
        (lambda: bit_states(13), "bit_states: from 1 to 12 bits are listed, found 13"),
        (lambda: bit_probabilities(symbol("q")), "bit_probabilities: expected the probabilities of 1 to 12"),
        (lambda: posterior([0.5, 0.5], [1, 0, 0]), "posterior: the likelihood has shape 2 and the prior 3"),
        (lambda: log_evidence(0.5, 1), "log_evidence: .* both are vectors"),
        (lambda: elbo([1, 0, 0], [0.5, 0.5], [0.5, 0.5]), "elbo: q has shape 3 and the prior 2"),
        (
            lambda: bernoulli_log_likelihood([1, 0], symbol("a", 3)),
            "the prediction has shape 3 and the target 2",
        ),
        (
            lambda: flow_elbo(symbol("p"), symbol("q"), symbol("d", 2)),
            "flow_elbo: .* found shapes scalar, scalar, 2",
        ),
        (lambda: elbo([0.6, 0.6], [0.5, 0.5], [0.5, 0.5]), "elbo: a distribution has entries"),
    ],
)
def test_what_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build()
