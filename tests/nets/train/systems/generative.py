"""Auto-encoders, variational ones, flows and adversarial networks, on data whose density is known."""

from functools import cache

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm

from tripos import nets
from tripos.graph import bernoulli_log_likelihood, normal_log_density, symbol
from tripos.nets.train import Data, Player, load

from .system import System, nats, rebuilt

load = cache(load)


# -- auto-encoders ---------------------------------------------------------------------------------


def digits(model, loss=None, epochs=15, most=0.5, left=None):
    """Five principal components leave less than half of the variance of digits, and codes have more units."""
    train, _, test = load("digits")
    rows = Data({"x": train.columns["x"]})
    return System(
        model,
        loss or (lambda w, x: model.loss(x, weights=w)),
        rows,
        left or rebuilt(test.columns["x"]),
        most,
        nets.Adam(lr=lambda t: nets.cosine_annealing_lr(5e-3, t, epochs * 39)),
        epochs,
        {"predict": lambda w, x: model(x, weights=w)},
    )


def sparse(coefficient=1e-4, rho=None, epochs=15):
    code = nets.ReLU() if rho is None else nets.Sigmoid()
    parts = nets.MLP([64, 32], output=code), nets.Linear(32, 64)
    return digits(nets.SparseAutoEncoder(*parts, coefficient, rho), epochs=epochs)


def masking():
    """Half of the pixels are gone: their means in their places would leave half of the error."""
    model = nets.DenoisingAutoEncoder(nets.MLP([64, 128, 32]), nets.MLP([32, 128, 64]), "masking")
    x = load("digits").test.columns["x"]

    def left(run):
        restored = run.apply(lambda w, x: model(model.corrupt(x), weights=w), x)
        return float(np.mean((restored - x) ** 2) / np.mean((x - x.mean(axis=0)) ** 2))

    return digits(model, left=left, epochs=30)


# -- variational auto-encoders ---------------------------------------------------------------------

PATTERNS = np.random.default_rng(5).integers(0, 2, (4, 12))
FLIPPED = 0.05


def patterns(rows, seed):
    """One of four patterns of bits, of which one in twenty is flipped."""
    rng = np.random.default_rng(seed)
    return np.abs(PATTERNS[rng.integers(0, 4, rows)] - (rng.random((rows, 12)) < FLIPPED))


def independent(bits, x):
    """Return the mean log p of bits that are taken to be independent of each other."""
    p = bits.mean(axis=0)
    return float(np.mean(np.sum(np.where(x == 1, np.log(p), np.log(1 - p)), axis=1)))


def of_patterns(model, loss=None):
    """Two states instead of four would give half of what there is to know about the pattern."""
    train, test = patterns(1000, 0), patterns(500, 1)
    each = np.where(test[:, None] == PATTERNS, np.log(1 - FLIPPED), np.log(FLIPPED)).sum(axis=-1)
    true = float(np.mean(logsumexp(each - np.log(4), axis=1)))
    return System(
        model,
        loss or (lambda w, x: model.loss(x, weights=w)),
        Data({"x": train}),
        nats(test, lambda w, x: model.elbo(x, weights=w), true, independent(train, test)),
        0.4,
        nets.Adam(lr=0.02),
        30,
    )


def relaxed():
    model = nets.CategoricalVAE(nets.Linear(12, 4), nets.Linear(4, 12), temperature=0.5)
    return of_patterns(model, lambda w, x: -model.relaxed_elbo(x, weights=w))


def normal_latents():
    """Latents of a linear map with noise: the bound can reach log p, as the posterior is normal."""
    rng = np.random.default_rng(0)
    W = np.array([[2.0, 0, 1, -1, 2], [0, 2, 1, 1, -2]])
    x = rng.standard_normal((1500, 2)) @ W + 0.5 * rng.standard_normal((1500, 5))
    train, test = x[:1000], x[1000:]
    true = multivariate_normal(np.zeros(5), W.T @ W + 0.25 * np.eye(5)).logpdf(test).mean()
    constant = norm.logpdf(test, train.mean(axis=0), train.std(axis=0)).sum(axis=1).mean()
    model = nets.VAE(nets.Linear(5, 4), nets.Linear(2, 5), "normal", sigma=0.5)
    return System(
        model,
        lambda w, x: model.loss(x, weights=w),
        Data({"x": train}),
        nats(test, lambda w, x: model.elbo(x, weights=w), true, constant),
        0.2,
        epochs=30,
    )


# -- flows -----------------------------------------------------------------------------------------


def bent(rows, seed):
    """Points along a parabola, and their mean log p."""
    rng = np.random.default_rng(seed)
    a = 1.5 * rng.standard_normal(rows)
    b = a**2 + 2 * rng.standard_normal(rows)
    log_p = norm.logpdf(a, 0, 1.5) + norm.logpdf(b, a**2, 2)
    return np.column_stack([a, b]), float(log_p.mean())


def of_bent(model, log_density, most=0.25):
    """The best normal density knows nothing of the bend."""
    (train, _), (test, true) = bent(1000, 0), bent(500, 1)
    constant = multivariate_normal(train.mean(axis=0), np.cov(train.T)).logpdf(test).mean()
    left = nats(test, log_density, true, float(constant))
    optimizer = nets.Adam(lr=lambda t: nets.cosine_annealing_lr(0.02, t, 40 * 31))
    return System(model, lambda w, x: -log_density(w, x), Data({"x": train}), left, most, optimizer, 40)


def by_inverse(model):
    """A flow from noise to data, whose way back is a formula."""
    return of_bent(model, lambda w, x: model.log_density(x, weights=w))


def by_forward(model, most=0.25):
    """A flow from data to noise, where the way back is not a formula."""

    def log_density(w, x):
        z, log_det = model(x, weights=w)
        return normal_log_density(z) + log_det

    return of_bent(model, log_density, most)


def net():
    return nets.MADE(2, (16, 16), activation=nets.Tanh())


def couplings():
    """The last one makes the second entry of the first, the one before the first of the second."""
    steps = [nets.AffineCoupling(nets.MLP([1, 16, 16, 2], nets.Tanh()), 2, 1) for _ in range(2)]
    return by_inverse(nets.Flow(nets.Reverse(), steps[0], nets.Reverse(), steps[1]))


def chain(rows, seed):
    """Bits, each the one before but for one in ten."""
    rng = np.random.default_rng(seed)
    first, changes = rng.integers(0, 2, (rows, 1)), rng.random((rows, 5)) < 0.1
    return np.concatenate([first, first ^ (np.cumsum(changes, axis=1) % 2)], axis=1)


def made():
    model = nets.MADE(6, (24,), outputs=1)
    train, test = chain(1000, 0), chain(500, 1)
    changes = np.diff(test, axis=1) != 0
    true = float(np.mean(np.log(np.where(changes, 0.1, 0.9)).sum(axis=1)) - np.log(2))

    def log_density(w, x):
        (logits,) = model(x, weights=w)
        return bernoulli_log_likelihood(x, logits)

    left = nats(test, log_density, true, independent(train, test))
    return System(model, lambda w, x: -log_density(w, x), Data({"x": train}), left, 0.1)


# -- adversaries -----------------------------------------------------------------------------------


def adversaries(saturating=False, batch_norm=False):
    """Numbers around 3; a generator that does not learn puts them at 0."""
    x = 3 + 0.5 * np.random.default_rng(0).standard_normal((1024, 1))
    norm = [nets.BatchNorm1d(8)] if batch_norm else []
    generator = nets.Sequential(nets.Linear(2, 8), *norm, nets.Tanh(), nets.Linear(8, 1))
    gan = nets.GAN(generator, nets.MLP([1, 16, 1], nets.Tanh()))

    def z(x):
        return symbol("z", (*x.shape[:-1], 2), "normal")

    def generate(w, x):
        loss = gan.minimax_loss if saturating else gan.non_saturating_loss
        return loss(z(x), weights=w)

    def left(run):
        noise = np.random.default_rng(1).standard_normal((500, 2))
        made = run.apply(lambda w, z: gan(z, weights=w), noise)
        return float(abs(made.mean() - 3) / 3 + abs(made.std() - 0.5) / 3)

    optimizer = nets.Adam(lr=lambda t: nets.cosine_annealing_lr(1e-2, t, 40 * 32), betas=(0.5, 0.9))
    players = [
        Player(lambda w, x: gan.discriminator_loss(x, z(x), weights=w), optimizer, "discriminator"),
        Player(generate, optimizer, "generator"),
    ]
    return System(gan, players, Data({"x": x}), left, 0.2, None, 40)


def best_discriminator():
    """Of N(1, 1) and N(−1, 1) the best logit is log p − log q = 2x; the generator is left as it is."""
    gan = nets.GAN(nets.Linear(1, 1), nets.Linear(1, 1))
    fixed = {"generator.weight": [[1.0]], "generator.bias": [-1.0]}
    x = 1 + np.random.default_rng(0).standard_normal((4000, 1))
    z = symbol("z", 1, "normal")

    def left(run):
        points = np.linspace(-2, 2, 9)[:, None]
        logits = run.apply(lambda w, x: gan.logit(x, weights=w), points)
        return float(np.mean((logits - 2 * points[:, 0]) ** 2) / np.mean((2 * points) ** 2))

    loss = [Player(lambda w, x: gan.discriminator_loss(x, z, weights=w), nets.Adam(lr=0.02), "discriminator")]
    return System(gan, loss, Data({"x": x}), left, 0.02, None, 10, {"weights": fixed})


SYSTEMS = {
    "sparse auto-encoder": sparse,
    "sparse auto-encoder, rates": lambda: sparse(1e-2, 0.1, epochs=30),
    "denoising auto-encoder, masking": masking,
    "VAE with normal latents": normal_latents,
    "VAE with bits": lambda: of_patterns(nets.BernoulliVAE(nets.Linear(12, 2), nets.MLP([2, 16, 12]))),
    "VAE with classes": lambda: of_patterns(nets.CategoricalVAE(nets.Linear(12, 4), nets.Linear(4, 12))),
    "VAE with relaxed classes": relaxed,
    "MADE": made,
    "masked autoregressive flow": lambda: by_inverse(nets.MaskedAutoregressiveFlow(net())),
    "inverse autoregressive flow": lambda: by_forward(nets.InverseAutoregressiveFlow(net())),
    "affine coupling": couplings,
    "planar flow": lambda: by_forward(nets.Flow(*[nets.PlanarFlow(2)] * 8), 0.5),
    "GAN, non-saturating": adversaries,
    "GAN, minimax": lambda: adversaries(saturating=True),
    "GAN with batch norm": lambda: adversaries(batch_norm=True),
    "optimal discriminator": best_discriminator,
}
