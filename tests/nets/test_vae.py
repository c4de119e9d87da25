import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import scipy.stats
from numpy.polynomial.hermite_e import hermegauss

from nets.drawn import drawn
from tripos.graph import GraphError, declared, floats, grad, symbol
from tripos.graph.node import free_symbols
from tripos.graph.program import function
from tripos.graph.spaces import jax as jax_space
from tripos.nets import (
    MADE,
    MLP,
    VAE,
    BernoulliVAE,
    CategoricalVAE,
    FlowVAE,
    InverseAutoregressiveFlow,
    Linear,
    Tanh,
)

N, D = 4, 3
X, ROWS = symbol("x", D), symbol("x", (N, D))
BITS = np.random.default_rng(9).integers(0, 2, (N, D)).astype(float)


def at(node, values):
    """Return the value of a node, of whose symbols some values are given."""
    return floats(node, **{k: v for k, v in values.items() if k in drawn(node)})


# -- normal latents --------------------------------------------------------------------------------

DEEP = VAE(MLP([D, 4, 4], Tanh()), MLP([2, 4, D], Tanh()))


def bound_in_jax(v):
    """The bound on rows of bits, written out: Kingma and Welling (2014), appendices B and C."""
    out = jnp.tanh(v["x"] @ v["W_enc_1"].T + v["b_enc_1"]) @ v["W_enc_2"].T + v["b_enc_2"]
    mu, s = out[:, :2], out[:, 2:]
    z = mu + jnp.exp(s / 2) * v["epsilon"]
    a = jnp.tanh(z @ v["W_dec_1"].T + v["b_dec_1"]) @ v["W_dec_2"].T + v["b_dec_2"]
    fit = jnp.sum(v["x"] * jax.nn.log_sigmoid(a) + (1 - v["x"]) * jax.nn.log_sigmoid(-a), 1)
    return fit + 0.5 * jnp.sum(1 + s - mu**2 - jnp.exp(s), 1)


def test_the_bound_and_its_gradient_are_those_of_hand_written_jax():
    bound, loss = DEEP.elbo(ROWS), DEEP.loss(ROWS)
    assert bound.shape == (N,)
    symbols = free_symbols(loss)
    values = drawn(loss) | {"x": BITS}
    run = function([bound, *grad(loss, symbols)], symbols, jax_space)
    with jax.enable_x64(True):
        found, *slopes = jax.jit(run)(*(values[str(s.name)] for s in symbols))
        v = {k: jnp.asarray(a) for k, a in values.items()}
        np.testing.assert_allclose(found, bound_in_jax(v), rtol=1e-10)
        want = jax.jit(jax.grad(lambda v: -bound_in_jax(v).mean()))(v)
    for s, slope in zip(symbols, slopes, strict=True):
        np.testing.assert_allclose(slope, want[str(s.name)], atol=1e-10)


def test_one_example_is_a_row():
    values = drawn(DEEP.elbo(ROWS)) | {"x": BITS}
    each = [
        floats(DEEP.elbo(X), **{**values, "x": BITS[i], "epsilon": values["epsilon"][i]}) for i in range(N)
    ]
    np.testing.assert_allclose(floats(DEEP.elbo(ROWS), **values), each)


def linear_model(W, b, posterior):
    """Return a VAE with p(x|z) = N(W z + b, I) and weights; q(z|x) has a mean m·(x − b) and a variance."""
    model = VAE(Linear(D, 2), Linear(1, D), likelihood="normal")
    m, variance = posterior
    weights = {
        "encoder.weight": [m.tolist(), [0.0] * D],
        "encoder.bias": [float(-m @ b), float(np.log(variance))],
        "decoder.weight": W[:, None].tolist(),
        "decoder.bias": b.tolist(),
    }
    return model, weights


@pytest.mark.parametrize("worse", [0.0, 0.5])
def test_with_the_true_posterior_of_a_linear_model_the_bound_is_the_evidence(worse):
    """Of z ~ N(0, 1), x ~ N(W z + b, I) all is known; ε is averaged over by quadrature, exactly.

    With another posterior, the bound is lower by its divergence from the true one.
    """
    W, b, x = np.array([0.5, -1.0, 2.0]), np.array([0.1, 0.2, -0.3]), np.array([1.0, 0.0, -0.5])
    variance = 1 / (1 + W @ W)
    model, weights = linear_model(W, b, (W * variance, variance * np.exp(2 * worse)))
    nodes, chances = hermegauss(5)
    bounds = [floats(model.elbo(x.tolist(), [e], weights=weights)) for e in nodes]
    mean = np.dot(bounds, chances) / np.sqrt(2 * np.pi)
    evidence = scipy.stats.multivariate_normal(b, np.outer(W, W) + np.eye(D)).logpdf(x)
    gap = 0.5 * (np.exp(2 * worse) - 1 - 2 * worse)  # KL of N(0, e^{2w}) from N(0, 1)
    assert mean == pytest.approx(evidence - gap)


def test_the_likelihood_may_be_normal_with_a_deviation():
    model = VAE(Linear(D, 2), Linear(1, D), likelihood="normal", sigma=0.5)
    a = symbol("a", D)
    found = floats(model.log_likelihood(X, a), x=[1, 2, 3], a=[1, 0, 1])
    assert found == pytest.approx(scipy.stats.norm([1, 0, 1], 0.5).logpdf([1, 2, 3]).sum())


def test_noise_is_a_symbol_that_training_draws():
    noise = next(s for s in free_symbols(DEEP.loss(ROWS)) if s.name == "epsilon")
    assert noise.shape == (N, 2)
    assert dict(noise.attrs)["domain"] == "normal"
    assert DEEP(X).shape == (D,)


# -- a posterior bent by a flow ----------------------------------------------------------------------


def test_a_flow_that_halves_halves_the_mean_and_the_deviation():
    """With weights 0 the gate is ½ and m is 0: z = z₀/2 is a sample of N(μ/2, (σ/2)²)."""
    flow = InverseAutoregressiveFlow(MADE(2, (3,)))
    model = FlowVAE(DEEP, flow)
    bound = model.elbo(X)
    values = drawn(bound) | {"x": BITS[0]}
    values |= {
        str(s.name): np.zeros(s.shape) for path, s in model.symbols().items() if path.startswith("flow")
    }
    mu, s = (at(node, values) for node in DEEP.posterior(X))
    sigma = np.exp(s / 2)
    z = (mu + sigma * values["epsilon"]) / 2
    hidden = np.tanh(values["W_dec_1"] @ z + values["b_dec_1"])
    p = scipy.special.expit(values["W_dec_2"] @ hidden + values["b_dec_2"])
    want = (
        scipy.stats.bernoulli(p).logpmf(BITS[0]).sum()
        + scipy.stats.norm.logpdf(z).sum()
        - scipy.stats.norm(mu / 2, sigma / 2).logpdf(z).sum()
    )
    assert floats(bound, **values) == pytest.approx(want)
    assert model(X).shape == (D,)
    rows = model.loss(ROWS)
    assert rows.shape == ()


# -- latents with few states -----------------------------------------------------------------------

FEW = {
    "bits": BernoulliVAE(Linear(D, 2), MLP([2, 4, D], Tanh())),
    "classes": CategoricalVAE(Linear(D, 3), MLP([3, 4, D], Tanh())),
}


def enumerated(name, v, x):
    """Return log p(x|z), q(z|x) and p(z) over all states z, in NumPy."""
    logits = v["W_enc"] @ x + v["b_enc"]
    if name == "bits":
        states = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        q = scipy.stats.bernoulli(scipy.special.expit(logits)).pmf(states).prod(1)
    else:
        states, q = np.eye(3), scipy.special.softmax(logits)
    a = np.tanh(states @ v["W_dec_1"].T + v["b_dec_1"]) @ v["W_dec_2"].T + v["b_dec_2"]
    fit = scipy.stats.bernoulli(scipy.special.expit(a)).logpmf(x).sum(1)
    return fit, q, np.full(len(states), 1 / len(states))


@pytest.mark.parametrize("name", FEW)
def test_the_exact_bound_is_a_sum_over_all_states(name):
    model = FEW[name]
    values = drawn(model.elbo(X)) | {"x": BITS[0]}
    fit, q, prior = enumerated(name, values, BITS[0])
    assert floats(model.elbo(X), **values) == pytest.approx(np.sum(q * (fit + np.log(prior) - np.log(q))))


@pytest.mark.parametrize("name", FEW)
def test_what_the_bound_misses_is_the_divergence_from_the_posterior(name):
    model = FEW[name]
    values = drawn(model.elbo(X)) | {"x": BITS[1]}
    fit, q, prior = enumerated(name, values, BITS[1])
    evidence = at(model.log_evidence(X), values)
    assert evidence == pytest.approx(scipy.special.logsumexp(fit + np.log(prior)))
    posterior = scipy.special.softmax(fit + np.log(prior))
    gap = scipy.stats.entropy(q, posterior)
    assert floats(model.elbo(X), **values) == pytest.approx(evidence - gap)


@pytest.mark.parametrize("name", FEW)
def test_rows_have_a_bound_each(name):
    model = FEW[name]
    values = drawn(model.elbo(X)) | {"x": BITS}
    each = [floats(model.elbo(X), **{**values, "x": row}) for row in BITS]
    np.testing.assert_allclose(floats(model.elbo(ROWS), **values), each)
    assert floats(model.loss(ROWS), **values) == pytest.approx(-np.mean(each))


@pytest.mark.parametrize("name", FEW)
def test_the_gradient_of_the_exact_bound(name):
    model, symbols = FEW[name], list(FEW[name].symbols().values())
    values = drawn(model.loss(X)) | {"x": BITS[2]}
    slopes = floats(*grad(model.loss(X), symbols), **values)
    for s, slope in zip(symbols, slopes, strict=True):
        step = np.random.default_rng(0).normal(size=s.shape) * 1e-5
        key = str(s.name)
        ends = [floats(model.loss(X), **{**values, key: values[key] + sign * step}) for sign in (1, -1)]
        assert (ends[0] - ends[1]) / 2 == pytest.approx(np.sum(slope * step), abs=1e-11)


@pytest.mark.parametrize("model", [DEEP, *FEW.values()], ids=["normal", *FEW])
def test_bounds_may_be_in_bits(model):
    nats = model.elbo(X)
    values = drawn(nats) | {"x": BITS[0]}
    with declared({"log": "2"}):
        bits = model.elbo(X)
        evidence = model.log_evidence(X) if model is not DEEP else None
    assert floats(bits, **values) == pytest.approx(floats(nats, **values) / np.log(2))
    if evidence is not None:
        assert at(evidence, values) == pytest.approx(at(model.log_evidence(X), values) / np.log(2))


# -- the relaxed class -----------------------------------------------------------------------------


def test_the_relaxed_bound_and_its_gradient_are_those_of_hand_written_jax():
    model = CategoricalVAE(Linear(D, 3), Linear(3, D), temperature=0.5)
    bound = model.relaxed_elbo(X)
    symbols = free_symbols(bound)
    noise = next(s for s in symbols if s.name == "u")
    assert dict(noise.attrs)["domain"] == "uniform"
    values = drawn(bound) | {"x": BITS[0]}

    def want(v):
        logits = v["W_enc"] @ v["x"] + v["b_enc"]
        z = jax.nn.softmax((logits - jnp.log(-jnp.log(v["u"]))) / 0.5)
        a = v["W_dec"] @ z + v["b_dec"]
        fit = jnp.sum(v["x"] * jax.nn.log_sigmoid(a) + (1 - v["x"]) * jax.nn.log_sigmoid(-a))
        q = jax.nn.softmax(logits)
        return fit - jnp.sum(q * jnp.log(3 * q))

    run = function([bound, *grad(bound, symbols)], symbols, jax_space)
    with jax.enable_x64(True):
        found, *slopes = jax.jit(run)(*(values[str(s.name)] for s in symbols))
        expected, gradient = jax.jit(jax.value_and_grad(want))({k: jnp.asarray(v) for k, v in values.items()})
        np.testing.assert_allclose(found, expected, rtol=1e-10)
        for s, slope in zip(symbols, slopes, strict=True):
            np.testing.assert_allclose(slope, gradient[str(s.name)], atol=1e-9)


def test_a_cold_sample_is_a_class():
    model = CategoricalVAE(Linear(D, 3), Linear(3, D), temperature=0.01)
    values = drawn(model.relaxed_elbo(X)) | {"x": BITS[0], "u": np.array([0.01, 0.99999999, 0.01])}
    decoded = floats(model(X), **values)
    np.testing.assert_allclose(decoded, values["W_dec"][:, 1] + values["b_dec"], atol=1e-6)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: VAE(Linear(3, 2), Linear(1, 3), likelihood="poisson"), "likelihood is bernoulli or normal"),
        (lambda: VAE(Linear(3, 3), Linear(1, 3)).elbo(X), "VAE: the encoder gives 3 numbers; .* even number"),
        (lambda: VAE(Linear(3, 2), Linear(1, 2)).elbo(X), "VAE: x has shape 3, but the decoder gives 2"),
        (
            lambda: FEW["bits"].elbo(symbol("x", (2, 2, D))),
            "BernoulliVAE: an example is a vector, and several are rows; found shape 2×2×3",
        ),
        (
            lambda: VAE(Linear(3, 4), Linear(2, 3)).elbo(X, [0.5]),
            "VAE: the latents have shape 2 and the noise 1",
        ),
        (
            lambda: BernoulliVAE(Linear(3, 20), Linear(20, 3)).elbo(X),
            "bit_states: from 1 to 12 bits are listed, found 20",
        ),
    ],
)
def test_what_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build()
