"""Variational auto-encoders: latents that are normal, bits, or one of several classes.

Each bounds the evidence, log p(x) ≥ ELBO.  With normal latents the bound is estimated from one sample, with
bits and classes it is exact: a sum over all states.  Of rows of examples, there is one bound for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..graph import (
    GraphError,
    Node,
    bernoulli_log_likelihood,
    bit_probabilities,
    bit_states,
    contract,
    convention,
    exp,
    expand,
    eye,
    flow_elbo,
    gumbel_noise,
    gumbel_softmax,
    kl_bernoulli,
    kl_categorical,
    kl_log_variance,
    lift,
    log_evidence,
    mean,
    named,
    normal_log_density,
    reparameterize,
    sigmoid,
    softmax,
    split,
    symbol,
    unsqueeze,
)
from ..graph.node import Literal, as_dim, filled, show_dim, show_shape
from .module import Module, Weights
from .naming import tagged_symbols

LIKELIHOODS = ("bernoulli", "normal")
"""What a decoder's output may parametrise: logits of bits, or means of normal entries."""


@dataclass(frozen=True)
class _LatentVariableModel(Module):
    """An encoder that parametrises q(z|x), and a decoder that parametrises p(x|z).

    The decoder gives logits of bits where ``likelihood`` is "bernoulli", and means where it is "normal",
    with standard deviation ``sigma``.
    """

    encoder: Module
    decoder: Module
    likelihood: str = "bernoulli"
    sigma: Literal = 1

    def __post_init__(self) -> None:
        if self.likelihood not in LIKELIHOODS:
            raise GraphError(
                f"{type(self).__name__}: likelihood is {' or '.join(LIKELIHOODS)}, found {self.likelihood!r}"
            )

    def symbols(self) -> dict[str, Node]:
        """Return W_enc, b_enc, W_dec and so on."""
        return tagged_symbols({"encoder": ("enc", self.encoder), "decoder": ("dec", self.decoder)})

    def encode(self, w: Weights, x: Node) -> Node:
        """Return what the encoder says of ``x``."""
        found: Node = self.encoder(x, weights=w["encoder"])
        return found

    def decode(self, z: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return the logits or the means of x for a latent ``z``."""
        w = self._weights(weights)
        return named(self.decoder(lift(z), weights=w["decoder"]), "a")

    def log_likelihood(self, x: Any, decoded: Node) -> Node:
        """Return log p(x|z) for what the decoder says of z, both in one shape."""
        x = lift(x)
        if x.shape != decoded.shape:
            raise GraphError(
                f"{type(self).__name__}: x has shape {show_shape(x.shape)}, but the decoder gives "
                f"{show_shape(decoded.shape)}"
            )
        if self.likelihood == "bernoulli":
            return bernoulli_log_likelihood(x, decoded)
        return normal_log_density(x, decoded, self.sigma)

    def _weights(self, weights: Mapping[str, Any] | None) -> Weights:
        return weights if isinstance(weights, Weights) else self.bound(weights or {})


# -- normal latents --------------------------------------------------------------------------------


@dataclass(frozen=True)
class VAE(_LatentVariableModel):
    """A variational auto-encoder with normal latents (Kingma and Welling, 2014).

    The encoder gives twice as many numbers as there are latents: means, then logarithms of variances.
    """

    def posterior(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> tuple[Node, Node]:
        """Return μ and s = log σ² of q(z|x) = N(μ, σ²)."""
        found = named(self.encode(self._weights(weights), lift(x)), "o")
        n = found.shape[-1] if found.shape else 1
        half = as_dim(lift(n) / 2)
        if not isinstance(half, (int, Node)):
            raise GraphError(
                f"{type(self).__name__}: the encoder gives {show_dim(n)} numbers; means and logarithms of "
                "variances need an even number"
            )
        mu, s = split(found, [half, half], axis=-1)
        return named(mu, "mu"), named(s, "s")

    def sample(self, x: Any, epsilon: Any = None, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return z = μ + σ ⊙ ε, a sample of q(z|x); the noise ε is a new symbol unless given."""
        mu, s = self.posterior(x, weights=weights)
        noise = symbol("epsilon", mu.shape, "normal") if epsilon is None else lift(epsilon)
        if noise.shape != mu.shape:
            raise GraphError(
                f"{type(self).__name__}: the latents have shape {show_shape(mu.shape)} and the noise "
                f"{show_shape(noise.shape)}; each latent has noise of its own"
            )
        return named(reparameterize(mu, named(exp(s / 2), "sigma"), noise), "z")

    def forward(self, w: Weights, x: Node, epsilon: Any = None) -> Node:
        """Return the logits or the means of a reconstruction, from one sample of q(z|x)."""
        return self.decode(self.sample(x, epsilon, weights=w), weights=w)

    def elbo(self, x: Any, epsilon: Any = None, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return log p(x|z) − KL(q(z|x) ‖ N(0, 1)) for one sample z, from noise ε or a new symbol."""
        w = self._weights(weights)
        mu, s = self.posterior(x, weights=w)
        fit = self.log_likelihood(x, self(x, epsilon, weights=w))
        return named(fit, "l") - named(kl_log_variance(mu, s), "KL")

    def loss(self, x: Any, epsilon: Any = None, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return −ELBO for one sample, of several examples the mean."""
        return _cost(self.elbo(x, epsilon, weights=weights))


@dataclass(frozen=True)
class FlowVAE(Module):
    """A VAE whose posterior is bent by a flow: z₀ is normal, z = flow(z₀) (Rezende and Mohamed, 2015)."""

    vae: VAE
    flow: Module

    def __post_init__(self) -> None:
        if not isinstance(self.vae, VAE) or not hasattr(self.flow, "log_density"):
            raise GraphError(
                "FlowVAE: expected a VAE and a flow such as PlanarFlow(2), "
                f"found {type(self.vae).__name__} and {type(self.flow).__name__}"
            )

    def symbols(self) -> dict[str, Node]:
        """Return W_enc, W_dec, W_flow and so on."""
        own = {f"vae.{path}": node for path, node in self.vae.symbols().items()}
        return own | tagged_symbols({"flow": ("flow", self.flow)})

    def forward(self, w: Weights, x: Node, epsilon: Any = None) -> Node:
        """Return the logits or the means of a reconstruction, from one sample."""
        z, _ = self.flow(self.vae.sample(x, epsilon, weights=w["vae"]), weights=w["flow"])
        return self.vae.decode(z, weights=w["vae"])

    def elbo(self, x: Any, epsilon: Any = None, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return log p(x|z) + log p(z) − log q(z₀|x) + log |det dz/dz₀| for one sample z₀."""
        w = weights if isinstance(weights, Weights) else self.bound(weights or {})
        mu, s = self.vae.posterior(x, weights=w["vae"])
        start = self.vae.sample(x, epsilon, weights=w["vae"])
        z, log_det = self.flow(start, weights=w["flow"])
        fit = self.vae.log_likelihood(x, self.vae.decode(z, weights=w["vae"]))
        log_q = normal_log_density(start, mu, named(exp(s / 2), "sigma"))
        return flow_elbo(fit + normal_log_density(z), log_q, log_det)

    def loss(self, x: Any, epsilon: Any = None, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return −ELBO for one sample, of several examples the mean."""
        return _cost(self.elbo(x, epsilon, weights=weights))


# -- latents with few states -----------------------------------------------------------------------


@dataclass(frozen=True)
class _EnumeratedVAE(_LatentVariableModel):
    """A model whose latent has so few states that a sum goes over all of them; the prior is uniform."""

    def posterior(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return the probabilities that parametrise q(z|x)."""
        raise NotImplementedError

    def states(self, q: Node) -> tuple[Node, Node, Node]:
        """Return all states of z as rows, their probabilities under q(z|x), and KL(q(z|x) ‖ p(z))."""
        raise NotImplementedError

    def log_likelihoods(self, x: Any, states: Node, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return log p(x|z) for every state z, a vector; of rows of examples, a row for each."""
        x, decoded = self._examples(x), self.decode(states, weights=weights)
        if x.ndim == 2:
            shape = (x.shape[0], *decoded.shape)
            return self.log_likelihood(expand(unsqueeze(x, 1), shape), expand(decoded, shape))
        return self.log_likelihood(expand(x, (decoded.shape[0], *x.shape)), decoded)

    def elbo(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return Σ q(z|x) log p(x|z) − KL(q(z|x) ‖ p(z)), exactly."""
        w = self._weights(weights)
        states, share, divergence = self.states(self.posterior(self._examples(x), weights=w))
        each = named(self.log_likelihoods(x, states, weights=w), "l")
        fit = share @ each if each.ndim == 1 else contract("ns,ns->n", share, each)
        return fit - named(divergence, "KL")

    def log_evidence(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return log p(x) = log Σ p(z) p(x|z), which the bound cannot exceed; ``x`` is one example."""
        w = self._weights(weights)
        states, share, _ = self.states(self.posterior(x, weights=w))
        n = share.shape[-1]
        each = self.log_likelihoods(x, states, weights=w)
        base = convention("log")
        return log_evidence(exp(each) if base == "e" else int(base) ** each, filled(Fraction(1, n), (n,)))

    def _examples(self, x: Any) -> Node:
        found = lift(x)
        if found.ndim not in (1, 2):
            raise GraphError(
                f"{type(self).__name__}: an example is a vector, and several are rows; found shape "
                f"{show_shape(found.shape)}"
            )
        return found

    def loss(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return −ELBO, of several examples the mean."""
        return _cost(self.elbo(x, weights=weights))


@dataclass(frozen=True)
class BernoulliVAE(_EnumeratedVAE):
    """A variational auto-encoder whose latents are independent bits; the encoder gives their logits."""

    def posterior(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return the probabilities that the bits are 1."""
        return named(sigmoid(self.encode(self._weights(weights), lift(x))), "q")

    def states(self, q: Node) -> tuple[Node, Node, Node]:
        """Return all states of the bits, their probabilities, and KL(q(z|x) ‖ p(z))."""
        return named(bit_states(q.shape[-1]), "Z"), named(bit_probabilities(q), "q_Z"), kl_bernoulli(q)


@dataclass(frozen=True)
class CategoricalVAE(_EnumeratedVAE):
    """A variational auto-encoder whose latent is one of several classes; the encoder gives their logits.

    The decoder reads a one-hot vector, or one that nearly is: see ``relaxed_elbo``.
    """

    temperature: Literal = 1

    def posterior(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return the probabilities of the classes."""
        return named(softmax(self.encode(self._weights(weights), lift(x))), "q")

    def states(self, q: Node) -> tuple[Node, Node, Node]:
        """Return all one-hot vectors, their probabilities, and KL(q(z|x) ‖ p(z))."""
        n = q.shape[-1]
        return eye(n), q, kl_categorical(q, filled(Fraction(1, n), q.shape))

    def forward(self, w: Weights, x: Node, u: Any = None) -> Node:
        """Return what the decoder makes of a relaxed sample of the class (Jang et al., 2017).

        ``u`` is uniform noise, one number for each class, a new symbol unless given.
        """
        logits = self.encode(w, x)
        noise = symbol("u", logits.shape, "uniform") if u is None else lift(u)
        z = gumbel_softmax(logits, gumbel_noise(noise), self.temperature)
        return self.decode(named(z, "z"), weights=w)

    def relaxed_elbo(self, x: Any, u: Any = None, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return log p(x|z) − KL(q(z|x) ‖ p(z)) for one relaxed sample z: its gradient needs no sum."""
        w = self._weights(weights)
        _, _, divergence = self.states(self.posterior(x, weights=w))
        return self.log_likelihood(x, self(x, u, weights=w)) - named(divergence, "KL")


def _cost(bound: Node) -> Node:
    return -mean(bound) if bound.shape else -bound
