import jax
import jax.numpy as jnp
import jax.scipy.special
import jax.scipy.stats
import numpy as np
import pytest
import scipy.integrate
import scipy.spatial.distance
import scipy.special
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.oracle import Case, checks, run
from tripos.graph import (
    GraphError,
    bernoulli_entropy,
    declared,
    entropy,
    exact,
    exp,
    floats,
    grad,
    gumbel_noise,
    gumbel_softmax,
    js_divergence,
    kl_bernoulli,
    kl_categorical,
    kl_log_variance,
    kl_normal,
    normal_entropy,
    normal_log_density,
    reparameterize,
    symbol,
    table,
    write,
)
from tripos.graph.node import apply
from tripos.graph.program import function
from tripos.graph.spaces import jax as jax_space

V, M = (3,), (2, 3)


def op(name):
    return lambda *args: apply(table[name], *args)


def kl_by_jax(mu1, sigma1, mu2, sigma2):
    """The KL of normals as an expectation: E log p under the first follows from its first two moments."""
    second = jax.scipy.stats.norm.logpdf(mu1, mu2, sigma2) - sigma1**2 / (2 * sigma2**2)
    return -0.5 * jnp.log(2 * jnp.pi * jnp.e * sigma1**2) - second


CASES = [
    Case(
        "normal_log_density",
        op("normal_log_density"),
        jax.scipy.stats.norm.logpdf,
        (M, V, ()),
        ("real", "real", "positive"),
    ),
    Case(
        "kl_standard_normal",
        op("kl_standard_normal"),
        lambda m, s: kl_by_jax(m, s, 0.0, 1.0),
        (M, V),
        ("real", "positive"),
    ),
    Case(
        "kl_normal",
        op("kl_normal"),
        kl_by_jax,
        (V, M, (), V),
        ("real", "positive", "real", "positive"),
    ),
    Case(
        "kl_log_variance",
        op("kl_log_variance"),
        lambda m, s: kl_by_jax(m, jnp.exp(s / 2), 0.0, 1.0),
        (M, M),
        ("real", "positive"),
    ),
    Case(
        "relative_entropy",
        op("relative_entropy"),
        jax.scipy.special.rel_entr,
        (M, V),
        ("probability", "probability"),
    ),
    Case(
        "kl_bernoulli",
        kl_bernoulli,
        lambda q, p: jax.scipy.special.rel_entr(q, p) + jax.scipy.special.rel_entr(1 - q, 1 - p),
        ((), ()),
        ("probability", "probability"),
    ),
    Case("p_log_p", op("p_log_p"), lambda p: -jax.scipy.special.entr(p), (M,), ("probability",)),
    Case("x_log_y", op("x_log_y"), jax.scipy.special.xlogy, (M, V), ("probability", "positive")),
    Case(
        "reparameterize", reparameterize, lambda m, s, e: m + s * e, (V, V, M), ("real", "positive", "real")
    ),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


# -- by integration and by sums ----------------------------------------------------------------------

mean = st.integers(-20, 20).map(lambda k: k / 10)
deviation = st.integers(3, 30).map(lambda k: k / 10)


def integral(function, mu, sigma):
    found, _ = scipy.integrate.quad(function, mu - 12 * sigma, mu + 12 * sigma, epsabs=1e-12, limit=200)
    return found


@settings(max_examples=20, deadline=None)
@given(mean, deviation, mean, deviation)
def test_the_divergence_of_normals_is_their_integral(mu1, sigma1, mu2, sigma2):
    q, p = scipy.stats.norm(mu1, sigma1), scipy.stats.norm(mu2, sigma2)
    want = integral(lambda x: q.pdf(x) * (q.logpdf(x) - p.logpdf(x)), mu1, sigma1)
    assert floats(kl_normal(mu1, sigma1, mu2, sigma2)) == pytest.approx(want, abs=1e-8)
    q, p = scipy.stats.norm(mu1, sigma1), scipy.stats.norm()
    want = integral(lambda x: q.pdf(x) * (q.logpdf(x) - p.logpdf(x)), mu1, sigma1)
    assert floats(kl_normal(mu1, sigma1)) == pytest.approx(want, abs=1e-8)
    assert floats(kl_log_variance(mu1, 2 * np.log(sigma1))) == pytest.approx(want, abs=1e-8)


@settings(max_examples=10, deadline=None)
@given(mean, deviation)
def test_a_normal_density_integrates_to_one_and_has_the_entropy_of_scipy(mu, sigma):
    x, normal = symbol("x"), scipy.stats.norm(mu, sigma)
    density = exp(normal_log_density(x, mu, sigma))
    assert integral(lambda at: float(floats(density, x=at)), mu, sigma) == pytest.approx(1, abs=1e-9)
    assert floats(normal_log_density(x, mu, sigma), x=0.3) == pytest.approx(normal.logpdf(0.3))
    assert floats(normal_entropy(sigma)) == pytest.approx(normal.entropy())


def test_independent_entries_add_up_row_by_row():
    rng = np.random.default_rng(0)
    mu, sigma, x = rng.normal(size=(4, 3)), rng.uniform(0.5, 2, (4, 3)), rng.normal(size=(4, 3))
    normal, standard = scipy.stats.norm(mu, sigma), scipy.stats.norm()
    m, s, at = symbol("m", (4, 3)), symbol("s", (4, 3)), symbol("x", (4, 3))
    nodes = [normal_log_density(at, m, s), normal_log_density(at), normal_entropy(s)]
    each = [normal.logpdf(x), standard.logpdf(x), normal.entropy()]
    for found, want in zip(run(nodes, [m, s, at], [mu, sigma, x]), each, strict=True):
        np.testing.assert_allclose(found, want.sum(-1))
    q = rng.dirichlet([1, 1, 1], 4)
    p = symbol("p", (4, 3))
    np.testing.assert_allclose(run([entropy(p)], [p], [q])[0], scipy.stats.entropy(q, axis=-1))


@st.composite
def distributions(draw, count=2):
    n = draw(st.integers(2, 5))
    rows = [draw(st.lists(st.integers(0, 9), min_size=n, max_size=n).filter(any)) for _ in range(count)]
    return [np.array(row) / sum(row) for row in rows]


@given(distributions())
def test_divergences_and_entropies_of_distributions(found):
    q, p = found
    a, b = symbol("q", len(q)), symbol("p", len(q))
    nodes = [entropy(a), js_divergence(a, b)]
    want = [scipy.stats.entropy(q), scipy.spatial.distance.jensenshannon(q, p) ** 2]
    np.testing.assert_allclose(run(nodes, [a, b], [q, p]), want, atol=1e-12)
    if not ((q > 0) & (p == 0)).any():
        np.testing.assert_allclose(
            run([kl_categorical(a, b)], [a, b], [q, p]), [scipy.stats.entropy(q, p)], atol=1e-12
        )


@given(st.integers(0, 10), st.integers(1, 9))
def test_coins_are_distributions_over_two_sides(tenths, others):
    q, p = tenths / 10, others / 10
    a, b = symbol("q"), symbol("p")
    want = [scipy.stats.entropy([q, 1 - q], [p, 1 - p]), scipy.stats.bernoulli(q).entropy()]
    for space in ("kernels", "textbook"):
        found = run([kl_bernoulli(a, b), bernoulli_entropy(a)], [a, b], [q, p], space)
        np.testing.assert_allclose(found, want, atol=1e-12)
    half = run([kl_bernoulli(a)], [a], [q])
    np.testing.assert_allclose(half, [scipy.stats.entropy([q, 1 - q], [0.5, 0.5])], atol=1e-12)


def test_certain_events_have_no_entropy():
    assert exact(entropy([0, 1, 0])) == 0
    assert exact(bernoulli_entropy(1)) == 0
    assert str(exact(kl_categorical([0, 1], [0.5, 0.5]))) == "log(2)"


def test_entropies_may_be_in_bits():
    with declared({"log": "2"}) as state:
        bits = [
            entropy([0.5, 0.25, 0.25]),
            kl_bernoulli(1),
            bernoulli_entropy(0.5),
            js_divergence([1, 0], [0, 1]),
        ]
    np.testing.assert_allclose([floats(b) for b in bits], [1.5, 1, 1, 1])
    assert state.used == {"log"}


def test_extreme_values_are_harmless_in_jax():
    """Where a probability is 0 or 1, entropies and their slopes by jax.grad are numbers."""
    q = symbol("q", 2)
    run_in_jax = function([kl_categorical(q, [0.5, 0.5]), kl_bernoulli(q)], [q], jax_space)
    for i in range(2):
        slope = jax.grad(lambda v, i=i: jnp.sum(run_in_jax(v)[i]))(jnp.array([0.0, 1.0]))
        assert np.isfinite(slope).all()


# -- noise -----------------------------------------------------------------------------------------


def test_the_gradient_passes_through_the_sample():
    m, s, e = symbol("mu", 2), symbol("sigma", 2), symbol("epsilon", 2)
    z = reparameterize(m, s, e)
    assert write(z).text == "μ + σ ⊙ ε"
    slopes = grad(z @ [1, 10], [m, s])
    found = [floats(slopes[0]), floats(slopes[1], epsilon=[0.5, -2])]
    np.testing.assert_allclose(found, [[1, 10], [0.5, -20]])


def test_reparameterised_samples_have_the_mean_and_deviation_asked_for():
    draws = np.random.default_rng(0).normal(size=(20_000, 2))
    node = reparameterize([1, -2], [0.5, 3], symbol("epsilon", 2))
    z = floats(node, epsilon=draws)
    np.testing.assert_allclose(z.mean(0), [1, -2], atol=0.06)
    np.testing.assert_allclose(z.std(0), [0.5, 3], atol=0.06)


def test_gumbel_noise_has_the_quantiles_of_scipy():
    u = np.linspace(0.01, 0.99, 99)
    np.testing.assert_allclose(floats(gumbel_noise(symbol("u", 99)), u=u), scipy.stats.gumbel_r.ppf(u))


def test_gumbel_samples_fall_on_classes_as_softmax_says():
    logits = np.array([0.5, -1.0, 1.5])
    u = np.random.default_rng(0).uniform(size=(20_000, 3))
    y = floats(gumbel_softmax(symbol("a", 3), gumbel_noise(symbol("u", 3)), 0.1), a=logits, u=u)
    np.testing.assert_allclose(y.sum(-1), 1)
    counts = np.bincount(y.argmax(-1), minlength=3) / len(u)
    np.testing.assert_allclose(counts, scipy.special.softmax(logits), atol=0.01)
    warm = floats(gumbel_softmax(symbol("a", 3), gumbel_noise(symbol("u", 3)), 10), a=logits, u=u[:100])
    assert warm.max() < y[:100].max(-1).mean()


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: entropy(symbol("p")), "entropy: a distribution has one entry for each class"),
        (lambda: entropy([0.5, 0.4]), "entropy: a distribution has entries .* sum to 1"),
        (lambda: kl_categorical([1.5, -0.5], [0.5, 0.5]), "kl_categorical: .* not negative"),
        (lambda: kl_categorical([0.5, 0.5], [1, 0, 0]), "relative_entropy: shapes 2 and 3 do not fit"),
        (lambda: js_divergence([0.5, 0.5], symbol("p")), "js_divergence: a distribution has one entry"),
        (lambda: kl_normal(symbol("m", 3), symbol("s", 2)), "shapes 3 and 2 do not fit"),
        (lambda: reparameterize(symbol("m", 3), 1, symbol("e", 2)), "reparameterize: shapes 3"),
        (
            lambda: gumbel_softmax(symbol("a", 3), symbol("g", 2)),
            "gumbel_softmax: the logits have shape 3 and the noise 2",
        ),
        (lambda: gumbel_softmax(symbol("a", 3), symbol("g", 3), 0), "tau is one positive number"),
    ],
)
def test_what_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build()
