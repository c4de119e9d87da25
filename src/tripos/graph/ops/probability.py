"""Densities, entropies and divergences, and the noise that gradients pass through.

Of a vector with independent entries, or of a distribution, each is one number; of rows, one number a row.
Logarithms are to the base that the convention ``log`` says.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from ..node import Builder, Literal, Node, constant, is_literal, lift, show_shape
from ..notation import (
    CALL,
    ENTRYWISE,
    POWER,
    PRODUCT,
    SUM,
    Piece,
    bracket,
    entrywise,
    exponential,
    join,
    minus,
    over,
    plus,
    raised,
    times,
)
from ..op import Array, GraphError
from .elementwise import elementwise, exp, log, sqrt
from .leaf import pi
from .loss import in_base
from .normalisation import softmax
from .reduction import sum_last

_ONE, _TWO = Piece("1", "1"), Piece("2", "2")


def over_entries(each: Node) -> Node:
    """Return the sum over the last axis, to the base of the convention ``log``; a number is its own sum."""
    return in_base(sum_last(each) if each.shape else each)


def _squared(a: Piece) -> Piece:
    if a.text == "1":
        return a
    base = Piece(f"({a.text})", rf"\left({a.latex}\right)") if a.rank and a.numeral else a
    return raised(base, _TWO)


def _log(a: Piece) -> Piece:
    """Write a logarithm: log(a), and log σ² without brackets."""
    if a.prec == POWER and a.text.endswith("²"):
        return Piece(f"log {a.text}", rf"\log {a.latex}", PRODUCT, a.rank)
    return Piece(f"log({a.text})", rf"\log\left({a.latex}\right)", CALL, a.rank)


def _half(inner: Piece) -> Piece:
    return Piece(f"½({inner.text})", rf"\tfrac{{1}}{{2}}\left({inner.latex}\right)", PRODUCT)


def _ranked(piece: Piece, *parts: Piece) -> Piece:
    """Return a piece as one of the rank of its widest part, so that products of arrays are written ⊙."""
    return piece._replace(rank=max(part.rank for part in parts))


# -- the normal distribution -----------------------------------------------------------------------


def _write_log_density(x: Piece, mu: Piece, sigma: Piece) -> Piece:
    square = _squared(sigma)
    return Piece(
        f"log N({x.text}; {mu.text}, {square.text})",
        rf"\log \mathcal{{N}}\left({x.latex};\, {mu.latex},\, {square.latex}\right)",
        PRODUCT,
    )


_log_density: Builder = elementwise(
    "normal_log_density",
    "−(x − μ)²/(2σ²) − log σ − ½ log 2π",
    lambda xp, x, mu, sigma: (
        -xp.divide((x - mu) * (x - mu), 2 * sigma * sigma) - xp.log(sigma) - xp.divide(xp.log(2 * xp.pi), 2)
    ),
    _write_log_density,
    lambda g, y, x, mu, sigma: [
        g * ((mu - x) / sigma**2),
        g * ((x - mu) / sigma**2),
        g * (((x - mu) ** 2 - sigma**2) / sigma**3),
    ],
    kernel=lambda x, mu, sigma: -0.5 * ((x - mu) / sigma) ** 2 - np.log(math.sqrt(2 * math.pi) * sigma),
    slips={
        "σ for σ²": lambda x, mu, sigma: _log_density(x, mu, sqrt(sigma)),
        "½ forgotten": lambda x, mu, sigma: -((x - mu) ** 2) / sigma**2 - log(2 * pi() * sigma**2) / 2,
        "normaliser forgotten": lambda x, mu, sigma: -((x - mu) ** 2) / (2 * sigma**2),
        "logarithm forgotten": lambda x, mu, sigma: exp(_log_density(x, mu, sigma)),
    },
)


def normal_log_density(x: Literal, mu: Literal = 0, sigma: Literal = 1) -> Node:
    """Return log N(x; μ, σ²), σ the standard deviation; of a vector with independent entries, their sum."""
    return over_entries(_log_density(x, mu, sigma))


def normal_entropy(sigma: Literal) -> Node:
    """Return the differential entropy ½ log(2π σ²) + ½ of a normal; of independent ones, their sum."""
    return over_entries((log(2 * pi() * lift(sigma) ** 2) + 1) / 2)


def _write_kl_standard(mu: Piece, sigma: Piece) -> Piece:
    square = _squared(sigma)
    return _half(minus(minus(plus(_squared(mu), square), _ONE), _log(square)))


_kl_standard: Builder = elementwise(
    "kl_standard_normal",
    "KL(N(μ, σ²) ‖ N(0, 1)) = ½(μ² + σ² − 1 − log σ²)",
    lambda xp, mu, sigma: xp.divide(mu * mu + sigma * sigma - 1, 2) - xp.log(sigma),
    _write_kl_standard,
    lambda g, y, mu, sigma: [g * mu, g * (sigma - 1 / sigma)],
    kernel=lambda mu, sigma: 0.5 * (mu**2 + sigma**2 - 1 - np.log(sigma**2)),
    slips={
        "direction swapped": lambda mu, sigma: _kl_normal(0, 1, mu, sigma),
        "σ for σ²": lambda mu, sigma: (mu**2 + sigma - 1 - log(sigma)) / 2,
        "½ forgotten": lambda mu, sigma: 2 * _kl_standard(mu, sigma),
        "sign of the logarithm": lambda mu, sigma: (mu**2 + sigma**2 - 1 + log(sigma**2)) / 2,
    },
)


def _write_kl_normal(mu1: Piece, sigma1: Piece, mu2: Piece, sigma2: Piece) -> Piece:
    apart = _squared(minus(mu1, mu2) if mu2.text != "0" else mu1)
    below = _squared(sigma2)
    below = times(_TWO, below)
    ratio = sigma2 if sigma1.text == "1" else over(sigma2, sigma1)
    return minus(plus(_log(ratio), over(plus(_squared(sigma1), apart), below)), Piece("½", r"\tfrac{1}{2}"))


_kl_normal: Builder = elementwise(
    "kl_normal",
    "KL(N(μ₁, σ₁²) ‖ N(μ₂, σ₂²)) = log(σ₂/σ₁) + (σ₁² + (μ₁ − μ₂)²)/(2σ₂²) − ½",
    lambda xp, mu1, sigma1, mu2, sigma2: (
        xp.log(xp.divide(sigma2, sigma1))
        + xp.divide(sigma1 * sigma1 + (mu1 - mu2) * (mu1 - mu2) - sigma2 * sigma2, 2 * sigma2 * sigma2)
    ),
    _write_kl_normal,
    lambda g, y, mu1, sigma1, mu2, sigma2: [
        g * ((mu1 - mu2) / sigma2**2),
        g * (sigma1 / sigma2**2 - 1 / sigma1),
        g * ((mu2 - mu1) / sigma2**2),
        g * (1 / sigma2 - (sigma1**2 + (mu1 - mu2) ** 2) / sigma2**3),
    ],
    kernel=lambda mu1, sigma1, mu2, sigma2: (
        np.log(sigma2) - np.log(sigma1) + 0.5 * ((sigma1 / sigma2) ** 2 + ((mu1 - mu2) / sigma2) ** 2 - 1)
    ),
    slips={
        "direction swapped": lambda mu1, sigma1, mu2, sigma2: _kl_normal(mu2, sigma2, mu1, sigma1),
        "σ for σ²": lambda mu1, sigma1, mu2, sigma2: _kl_normal(mu1, sqrt(sigma1), mu2, sqrt(sigma2)),
        "½ forgotten": lambda mu1, sigma1, mu2, sigma2: 2 * _kl_normal(mu1, sigma1, mu2, sigma2),
        "sign of the logarithm": lambda mu1, sigma1, mu2, sigma2: (
            log(sigma1 / sigma2) + (sigma1**2 + (mu1 - mu2) ** 2) / (2 * sigma2**2) - Fraction(1, 2)
        ),
    },
)


def kl_normal(mu1: Literal, sigma1: Literal, mu2: Literal = 0, sigma2: Literal = 1) -> Node:
    """Return KL(N(μ₁, σ₁²) ‖ N(μ₂, σ₂²)), σ standard deviations; the second is N(0, 1) unless given.

    Of vectors with independent entries, it is the sum over the entries.
    """
    mu2, sigma2 = lift(mu2), lift(sigma2)
    if is_literal(mu2, 0) and is_literal(sigma2, 1) and not mu2.shape + sigma2.shape:
        return over_entries(_kl_standard(mu1, sigma1))
    return over_entries(_kl_normal(mu1, sigma1, mu2, sigma2))


_kl_log_variance: Builder = elementwise(
    "kl_log_variance",
    "KL(N(μ, e^s) ‖ N(0, 1)) = ½(μ² + e^s − 1 − s), s the logarithm of the variance",
    lambda xp, mu, s: xp.divide(mu * mu + xp.exp(s) - 1 - s, 2),
    lambda mu, s: _half(minus(minus(plus(_squared(mu), exponential(s)), _ONE), s)),
    lambda g, y, mu, s: [g * mu, g * ((exp(s) - 1) / 2)],
    kernel=lambda mu, s: 0.5 * mu**2 + 0.5 * (np.expm1(s) - s),
    slips={
        "½ forgotten": lambda mu, s: 2 * _kl_log_variance(mu, s),
        "σ for σ²": lambda mu, s: _kl_log_variance(mu, s / 2),
        "variance for its logarithm": lambda mu, s: (mu**2 + s - 1 - log(s)) / 2,
        "sign of the logarithm": lambda mu, s: (mu**2 + exp(s) - 1 + s) / 2,
    },
)


def kl_log_variance(mu: Literal, log_variance: Literal) -> Node:
    """Return KL(N(μ, e^s) ‖ N(0, 1)) = ½ Σ (μ² + e^s − 1 − s), s = log σ², as encoders of VAEs give it."""
    return over_entries(_kl_log_variance(mu, log_variance))


# -- discrete distributions ------------------------------------------------------------------------


def _relative(xp: Any, q: Array, p: Array) -> Array:
    """Return q log(q/p), and 0 where q is 0."""
    some = xp.greater(q, 0)
    return xp.where(some, q * xp.log(xp.divide(xp.where(some, q, 1), xp.where(some, p, 1))), 0)


def _relative_kernel(q: Array, p: Array) -> Array:
    return np.where(q > 0, q * np.log(np.where(q > 0, q, 1.0)) - q * np.log(np.where(q > 0, p, 1.0)), 0.0)


def _write_relative(q: Piece, p: Piece) -> Piece:
    return entrywise(q, _ranked(_log(over(q, p)), q, p))


_relative_entropy: Builder = elementwise(
    "relative_entropy",
    "q log(q/p), which is 0 where q is 0",
    _relative,
    _write_relative,
    lambda g, y, q, p: [g * (log(q / p) + 1), -(g * (q / p))],
    kernel=_relative_kernel,
    slips={
        "direction swapped": lambda q, p: _relative_entropy(p, q),
        "weighted with the other distribution": lambda q, p: p * log(q / p),
    },
)


def kl_categorical(q: Literal, p: Literal) -> Node:
    """Return KL(q ‖ p) = Σ q log(q/p) of distributions over classes along the last axis."""
    q, p = distribution("kl_categorical", q), distribution("kl_categorical", p)
    return over_entries(_relative_entropy(q, p))


def _write_kl_bernoulli(q: Piece, p: Piece) -> Piece:
    q_not, p_not = (_ranked(minus(_ONE, a), a) for a in (q, p))
    return join((" + ", " + "), [_write_relative(q, p), _write_relative(q_not, p_not)], SUM)


_kl_bernoulli: Builder = elementwise(
    "kl_bernoulli",
    "q log(q/p) + (1 − q) log((1 − q)/(1 − p)) of probabilities q and p",
    lambda xp, q, p: _relative(xp, q, p) + _relative(xp, 1 - q, 1 - p),
    _write_kl_bernoulli,
    lambda g, y, q, p: [
        g * (log(q / p) - log((1 - q) / (1 - p))),
        g * ((p - q) / (p * (1 - p))),
    ],
    kernel=lambda q, p: _relative_kernel(q, p) + _relative_kernel(1 - q, 1 - p),
    slips={
        "direction swapped": lambda q, p: _kl_bernoulli(p, q),
        "second term forgotten": _relative_entropy,
    },
)


def kl_bernoulli(q: Literal, p: Literal = None) -> Node:
    """Return KL between coins with probabilities q and p (½ unless given); of independent ones, the sum."""
    return over_entries(_kl_bernoulli(q, constant(Fraction(1, 2)) if p is None else p))


def _p_log_p(xp: Any, p: Array) -> Array:
    some = xp.greater(p, 0)
    return xp.where(some, p * xp.log(xp.where(some, p, 1)), 0)


_plogp: Builder = elementwise(
    "p_log_p",
    "p log p, which is 0 where p is 0",
    _p_log_p,
    lambda p: entrywise(p, _ranked(_log(p), p)),
    lambda g, y, p: [g * (log(p) + 1)],
    kernel=lambda p: np.log(np.where(p > 0, p, 1.0) ** p),
    slips={"logarithm alone": log},
)


def _x_log_y(xp: Any, x: Array, y: Array) -> Array:
    some = xp.greater(x, 0)
    return xp.where(some, x * xp.log(xp.where(some, y, 1)), 0)


x_log_y: Builder = elementwise(
    "x_log_y",
    "x log y of a weight x ≥ 0, which is 0 where x is 0",
    _x_log_y,
    lambda x, y: entrywise(x, _ranked(_log(y), x, y)),
    lambda g, result, x, y: [g * log(y), g * (x / y)],
    kernel=lambda x, y: np.log(np.where(x > 0, y, 1.0) ** x),
    slips={"logarithm alone": lambda x, y: log(y), "roles swapped": lambda x, y: x_log_y(y, x)},
)


def entropy(p: Literal) -> Node:
    """Return −Σ p log p of a distribution over classes along the last axis."""
    return -over_entries(_plogp(distribution("entropy", p)))


def bernoulli_entropy(p: Literal) -> Node:
    """Return −p log p − (1 − p) log(1 − p) of a coin; of independent ones, the sum."""
    return -over_entries(_plogp(p) + _plogp(1 - lift(p)))


def js_divergence(p: Literal, q: Literal) -> Node:
    """Return the Jensen-Shannon divergence ½ KL(p ‖ m) + ½ KL(q ‖ m), m = ½(p + q) (Lin, 1991)."""
    p, q = distribution("js_divergence", p), distribution("js_divergence", q)
    middle = (p + q) / 2
    return (kl_categorical(p, middle) + kl_categorical(q, middle)) / 2


def distribution(name: str, p: Literal) -> Node:
    """Return a distribution as a node; a constant must be one."""
    node = lift(p)
    if not node.shape:
        raise GraphError(f"{name}: a distribution has one entry for each class; found a scalar")
    if node.op.name != "constant":
        return node
    entries = dict(node.attrs)["value"]
    rows = [entries[i : i + node.shape[-1]] for i in range(0, len(entries), node.shape[-1])]
    for row in rows:
        if any(v < 0 for v in row) or abs(sum(row) - 1) > 1e-9:  # floats sum to nearly 1
            raise GraphError(f"{name}: a distribution has entries that are not negative and sum to 1")
    return node


# -- noise -----------------------------------------------------------------------------------------

_reparameterize: Builder = elementwise(
    "reparameterize",
    "μ + σ ε, a sample of N(μ, σ²) where ε is one of N(0, 1) (Kingma and Welling, 2014)",
    lambda xp, mu, sigma, epsilon: mu + sigma * epsilon,
    lambda mu, sigma, epsilon: plus(
        mu, entrywise(bracket(sigma, ENTRYWISE)._replace(rank=sigma.rank), epsilon)
    ),
    lambda g, y, mu, sigma, epsilon: [g, g * epsilon, g * sigma],
    slips={
        "σ² for σ": lambda mu, sigma, epsilon: _reparameterize(mu, sigma**2, epsilon),
        "noise not scaled": lambda mu, sigma, epsilon: mu + epsilon,
        "noise forgotten": lambda mu, sigma, epsilon: mu,
    },
)


def reparameterize(mu: Literal, sigma: Literal, epsilon: Literal) -> Node:
    """Return μ + σ ⊙ ε: a sample of N(μ, σ²) from noise ε, a symbol of domain "normal"."""
    return _reparameterize(mu, sigma, epsilon)


def gumbel_noise(u: Literal) -> Node:
    """Return −log(−log u): Gumbel noise from numbers that are uniform on (0, 1)."""
    return -log(-log(u))


def gumbel_softmax(logits: Literal, noise: Literal, tau: Literal = 1) -> Node:
    """Return softmax((logits + noise)/τ), nearly one-hot where τ is small (Jang et al., 2017).

    ``noise`` is Gumbel noise, such as ``gumbel_noise(symbol("u", 3, "uniform"))``.
    """
    logits, noise, tau = lift(logits), lift(noise), lift(tau)
    if noise.shape != logits.shape:
        raise GraphError(
            f"gumbel_softmax: the logits have shape {show_shape(logits.shape)} and the noise "
            f"{show_shape(noise.shape)}; each logit has noise of its own"
        )
    if tau.shape or any(v <= 0 for v in dict(tau.attrs).get("value", ())):
        raise GraphError("gumbel_softmax: the temperature tau is one positive number")
    return softmax((logits + noise) / tau)
