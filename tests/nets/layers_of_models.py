"""Random instances of losses, flows and models with latent variables: see ``layers``."""

from itertools import pairwise
from typing import Any

import numpy as np
import scipy.special as special
import scipy.stats
from hypothesis import strategies as st

from nets.layers import (
    Arrays,
    Layer,
    flags,
    lead,
    linear,
    linear_weights,
    maker,
    mlp,
    mlp_weights,
    of,
    reals,
    sizes,
    under,
)
from tripos import nets

# -- losses ----------------------------------------------------------------------------------------

REDUCE: dict[str, Any] = {"mean": np.mean, "sum": np.sum, "none": lambda x: x}


def _loss(draw: Any, kind: Any, each: Any, domains: tuple[str, str], **options: Any) -> Layer:
    how, shape = draw(st.sampled_from(sorted(REDUCE))), (*lead(draw, 1), draw(sizes))
    inputs = [(shape, domain) for domain in domains]
    return Layer(kind(reduction=how, **options), inputs, {}, lambda w, p, y: REDUCE[how](each(p, y)))


@maker
def MSELoss(draw: Any) -> Layer:
    return _loss(draw, nets.MSELoss, lambda p, y: (p - y) ** 2, ("real", "real"))


@maker
def L1Loss(draw: Any) -> Layer:
    return _loss(draw, nets.L1Loss, lambda p, y: np.abs(p - y), ("real", "real"))


@maker
def HuberLoss(draw: Any) -> Layer:
    delta = draw(st.sampled_from([0.7, 2]))
    return _loss(
        draw, nets.HuberLoss, lambda p, y: special.huber(delta, p - y), ("real", "real"), delta=delta
    )


@maker
def BCELoss(draw: Any) -> Layer:
    each = lambda p, y: -(special.xlogy(y, p) + special.xlog1py(1 - y, -p))  # noqa: E731
    return _loss(draw, nets.BCELoss, each, ("uniform", "uniform"))


@maker
def BCEWithLogitsLoss(draw: Any) -> Layer:
    each = lambda z, y: np.logaddexp(0, z) - y * z  # noqa: E731
    return _loss(draw, nets.BCEWithLogitsLoss, each, ("real", "uniform"))


@maker
def CrossEntropyLoss(draw: Any) -> Layer:
    N, C, how = draw(sizes), draw(sizes), draw(st.sampled_from(sorted(REDUCE)))
    alpha = draw(st.sampled_from([0, 0.25]))

    def reference(w: Arrays, z: Any, labels: Any) -> Any:
        t = (1 - alpha) * np.eye(C)[labels.astype(int)] + alpha / C
        return REDUCE[how](-(t * special.log_softmax(z, -1)).sum(-1))

    module = nets.CrossEntropyLoss(reduction=how, label_smoothing=alpha)
    return Layer(module, [((N, C), "real"), ((N,), f"below {C}")], {}, reference)


# -- flows -----------------------------------------------------------------------------------------


def made_weights(features: int, hidden: tuple[int, ...], outputs: int, context: int = 0) -> dict[str, Any]:
    return mlp_weights([features + context, *hidden, outputs * features])


def made(w: Arrays, z: Any, features: int, hidden: tuple[int, ...], outputs: int) -> list[Any]:
    """Masks by degrees, as Germain et al. (2015) assign them, counting up within a layer."""
    own = np.arange(1, features + 1)
    degrees = [own, *(1 + np.arange(n) % max(features - 1, 1) for n in hidden)]
    x = z
    for i, (seen, new) in enumerate(pairwise(degrees)):
        p = of(w, f"layers.{i}")
        x = np.tanh(x @ (p["weight"] * (new[:, None] >= seen)).T + p["bias"])
    p, final = of(w, f"layers.{len(hidden)}"), np.tile(own, outputs)
    return np.split(x @ (p["weight"] * (final[:, None] > degrees[-1])).T + p["bias"], outputs, -1)


def _net(
    draw: Any, outputs: int | None = 2, most: int = 3
) -> tuple[nets.MADE, tuple[int, tuple[int, ...], int], dict[str, Any]]:
    D, hidden = draw(st.integers(1, most)), tuple(draw(st.lists(st.integers(1, 3), max_size=2)))
    count = draw(st.integers(1, 3)) if outputs is None else outputs
    return nets.MADE(D, hidden, count, nets.Tanh()), (D, hidden, count), made_weights(D, hidden, count)


@maker
def MaskedLinear(draw: Any) -> Layer:
    n, m, bias = draw(sizes), draw(sizes), draw(flags)
    mask = tuple(tuple(draw(st.integers(0, 1)) for _ in range(n)) for _ in range(m))
    reference = lambda w, x: x @ (w["weight"] * np.array(mask)).T + w.get("bias", 0)  # noqa: E731
    module = nets.MaskedLinear(n, m, mask, bias)
    return Layer(module, reals((*lead(draw), n)), linear_weights(n, m, bias), reference)


@maker
def MADE(draw: Any) -> Layer:
    net, settings, weights = _net(draw, None)
    return Layer(net, reals((*lead(draw, 1), settings[0])), weights, lambda w, z: made(w, z, *settings))


@maker
def InverseAutoregressiveFlow(draw: Any) -> Layer:
    net, settings, weights = _net(draw)

    def reference(w: Arrays, z: Any) -> Any:
        m, s = made(of(w, "net"), z, *settings)
        gate = special.expit(s)
        return [gate * z + (1 - gate) * m, special.log_expit(s).sum(-1)]

    module = nets.InverseAutoregressiveFlow(net)
    return Layer(module, reals((*lead(draw, 1), settings[0])), under("net", weights), reference)


@maker
def MaskedAutoregressiveFlow(draw: Any) -> Layer:
    net, settings, weights = _net(draw, most=2)  # with three, exp(exp(exp x)) would overflow

    def reference(w: Arrays, z: Any) -> Any:
        x = np.zeros(settings[0])
        for i in range(settings[0]):
            m, s = made(of(w, "net"), x, *settings)
            x[i] = m[i] + z[i] * np.exp(s[i])
        return [x, made(of(w, "net"), x, *settings)[1].sum()]

    return Layer(nets.MaskedAutoregressiveFlow(net), reals((settings[0],)), under("net", weights), reference)


@maker
def AffineCoupling(draw: Any) -> Layer:
    kept, moved = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    module = nets.AffineCoupling(nets.Linear(kept, 2 * moved), kept + moved, kept)

    def reference(w: Arrays, z: Any) -> Any:
        s, t = np.split(linear(of(w, "net"), z[..., :kept]), 2, -1)
        return [np.concatenate([z[..., :kept], z[..., kept:] * np.exp(s) + t], -1), s.sum(-1)]

    weights = under("net", linear_weights(kept, 2 * moved))
    return Layer(module, reals((*lead(draw, 1), kept + moved)), weights, reference)


def planar(w: Arrays, z: Any) -> list[Any]:
    h = np.tanh(z @ w["weight"] + w["bias"])
    change = np.log(np.abs(1 + (1 - h**2) * (w["weight"] @ w["u"])))
    return [z + np.multiply.outer(h, w["u"]), change]


@maker
def PlanarFlow(draw: Any) -> Layer:
    D = draw(sizes)
    weights = {"u": (D,), "weight": (D,), "bias": ()}
    return Layer(nets.PlanarFlow(D), reals((*lead(draw, 1), D)), weights, planar)


@maker
def Reverse(draw: Any) -> Layer:
    shape = (*lead(draw, 1), draw(sizes))
    reference = lambda w, z: [z[..., ::-1], np.zeros(z.shape[:-1])]  # noqa: E731
    return Layer(nets.Reverse(), reals(shape), {}, reference)


@maker
def Flow(draw: Any) -> Layer:
    D = draw(sizes)
    one = {"u": (D,), "weight": (D,), "bias": ()}

    def reference(w: Arrays, z: Any) -> Any:
        z, first = planar(of(w, "steps.0"), z)
        z, second = planar(of(w, "steps.2"), z[..., ::-1])
        return [z, first + second]

    module = nets.Flow(nets.PlanarFlow(D), nets.Reverse(), nets.PlanarFlow(D))
    return Layer(module, reals((*lead(draw, 1), D)), under("steps.0", one) | under("steps.2", one), reference)


# -- encoders and decoders -------------------------------------------------------------------------


def _coder(draw: Any, code: int = 1) -> tuple[nets.MLP, nets.MLP, int, int, dict[str, Any]]:
    """Return an encoder to ``code`` numbers for each latent, a decoder, and their sizes and weights."""
    D, K = draw(sizes), draw(st.integers(1, 3))
    encoder, decoder = [D, 2, code * K], [K, 2, D]
    weights = under("encoder", mlp_weights(encoder)) | under("decoder", mlp_weights(decoder))
    return nets.MLP(encoder, nets.Tanh()), nets.MLP(decoder, nets.Tanh()), D, K, weights


def _autoencoder(draw: Any, kind: Any, **options: Any) -> Layer:
    encoder, decoder, D, _, weights = _coder(draw)
    reference = lambda w, x: mlp(of(w, "decoder"), mlp(of(w, "encoder"), x))  # noqa: E731
    module = kind(encoder, decoder, **options)
    return Layer(module, reals((*lead(draw, 1), D)), weights, reference)


@maker
def AutoEncoder(draw: Any) -> Layer:
    return _autoencoder(draw, nets.AutoEncoder)


@maker
def SparseAutoEncoder(draw: Any) -> Layer:
    encoder, decoder, D, _, weights = _coder(draw)
    module, N = nets.SparseAutoEncoder(encoder, decoder, 0.5), draw(sizes)

    def loss(w: Arrays, x: Any) -> Any:
        h = mlp(of(w, "encoder"), x)
        return ((mlp(of(w, "decoder"), h) - x) ** 2).mean() + 0.5 * np.abs(h).sum() / N

    return Layer(module, reals((N, D)), weights, loss, module.loss)


@maker
def DenoisingAutoEncoder(draw: Any) -> Layer:
    encoder, decoder, D, _, weights = _coder(draw)
    module, shape = nets.DenoisingAutoEncoder(encoder, decoder, sigma=0.5), (*lead(draw, 1), D)

    def loss(w: Arrays, x: Any, noise: Any) -> Any:
        return ((mlp(of(w, "decoder"), mlp(of(w, "encoder"), x + 0.5 * noise)) - x) ** 2).mean()

    return Layer(module, reals(shape, shape), weights, loss, module.loss)


@maker
def GAN(draw: Any) -> Layer:
    n, D, N = draw(sizes), draw(sizes), draw(sizes)
    module = nets.GAN(nets.MLP([n, 2, D], nets.Tanh()), nets.MLP([D, 1]))
    weights = under("generator", mlp_weights([n, 2, D])) | under("discriminator", mlp_weights([D, 1]))

    def value(w: Arrays, x: Any, z: Any) -> Any:
        logit = lambda v: mlp(of(w, "discriminator"), v)  # noqa: E731
        fake = mlp(of(w, "generator"), z)
        return special.log_expit(logit(x)).mean() + special.log_expit(-logit(fake)).mean()

    return Layer(module, reals((N, D), (N, n)), weights, value, module.value)


def log_likelihood(kind: str, x: Any, a: Any) -> Any:
    if kind == "normal":
        return scipy.stats.norm.logpdf(x, a, 0.5).sum(-1)
    return (x * special.log_expit(a) + (1 - x) * special.log_expit(-a)).sum(-1)


def _variational(draw: Any, kind: Any, code: int, bound: Any, noisy: bool) -> Layer:
    encoder, decoder, D, K, weights = _coder(draw, code)
    likelihood = draw(st.sampled_from(["bernoulli", "normal"]))
    module, batch = kind(encoder, decoder, likelihood, 0.5), lead(draw, 1)

    def reference(w: Arrays, x: Any, *noise: Any) -> Any:
        decode = lambda z: mlp(of(w, "decoder"), z)  # noqa: E731
        fit = lambda z: log_likelihood(likelihood, x, decode(z))  # noqa: E731
        return bound(mlp(of(w, "encoder"), x), fit, *noise)

    inputs = [((*batch, D), "uniform"), *[((*batch, K), "real")] * noisy]
    return Layer(module, inputs, weights, reference, module.elbo)


@maker
def VAE(draw: Any) -> Layer:
    def bound(code: Any, fit: Any, noise: Any) -> Any:
        mu, s = np.split(code, 2, -1)
        return fit(mu + np.exp(s / 2) * noise) - 0.5 * (mu**2 + np.exp(s) - 1 - s).sum(-1)

    return _variational(draw, nets.VAE, 2, bound, True)


def enumerated(q: Any, states: Any, fit: Any, prior: float) -> Any:
    """Return Σ q (log p(x|z) + log p(z) − log q) over states, each with its probability."""
    return sum(p * (fit(z) + np.log(prior) - np.log(p)) for p, z in zip(q, states, strict=True))


@maker
def BernoulliVAE(draw: Any) -> Layer:
    def bound(code: Any, fit: Any) -> Any:
        on = special.expit(code)
        K = code.shape[-1]
        states = np.array(np.meshgrid(*[[0, 1]] * K, indexing="ij")).reshape(K, -1).T
        q = [np.where(z, on, 1 - on).prod(-1) for z in states]
        return enumerated(q, states, fit, 2.0**-K)

    return _variational(draw, nets.BernoulliVAE, 1, bound, False)


@maker
def CategoricalVAE(draw: Any) -> Layer:
    def bound(code: Any, fit: Any) -> Any:
        q, K = special.softmax(code, -1), code.shape[-1]
        return enumerated(np.moveaxis(q, -1, 0), np.eye(K), fit, 1 / K)

    return _variational(draw, nets.CategoricalVAE, 1, bound, False)


@maker
def FlowVAE(draw: Any) -> Layer:
    encoder, decoder, D, K, weights = _coder(draw, 2)
    module = nets.FlowVAE(nets.VAE(encoder, decoder), nets.PlanarFlow(K))
    weights = under("vae", weights) | under("flow", {"u": (K,), "weight": (K,), "bias": ()})

    def reference(w: Arrays, x: Any, noise: Any) -> Any:
        mu, s = np.split(mlp(of(w, "vae.encoder"), x), 2, -1)
        start = mu + np.exp(s / 2) * noise
        z, change = planar(of(w, "flow"), start)
        log_q = scipy.stats.norm.logpdf(start, mu, np.exp(s / 2)).sum(-1)
        prior = scipy.stats.norm.logpdf(z).sum(-1)
        return log_likelihood("bernoulli", x, mlp(of(w, "vae.decoder"), z)) + prior - log_q + change

    return Layer(module, [((D,), "uniform"), ((K,), "real")], weights, reference, module.elbo)
