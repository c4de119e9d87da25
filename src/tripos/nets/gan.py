"""Generative adversarial networks (Goodfellow et al., 2014): their losses, and what they lead to.

The discriminator gives a logit a, and takes x for real with probability D(x) = σ(a).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..graph import GraphError, Node, lift, log, mean, named, sigmoid
from ..graph.node import Literal, show_shape
from ..graph.ops.loss import in_base
from ..graph.ops.probability import distribution, x_log_y
from ..graph.ops.reduction import sum_last
from .module import Module, Weights
from .naming import tagged_symbols


@dataclass(frozen=True)
class GAN(Module):
    """A generator, which makes examples of noise, and a discriminator, which gives each a logit."""

    generator: Module
    discriminator: Module

    def symbols(self) -> dict[str, Node]:
        """Return W_G, b_G, W_D and so on."""
        return tagged_symbols(
            {"generator": ("G", self.generator), "discriminator": ("D", self.discriminator)}
        )

    def forward(self, w: Weights, z: Node) -> Node:
        """Return what the generator makes of noise ``z``."""
        return named(self.generator(z, weights=w["generator"]), "x_G")

    def logit(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return the discriminator's logit for an example, or one for each of several."""
        found: Node = self.discriminator(lift(x), weights=self._weights(weights)["discriminator"])
        return found[(*[slice(None)] * (found.ndim - 1), 0)] if found.shape[-1:] == (1,) else found

    def value(self, x: Any, z: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return V(D, G) = E log D(x) + E log(1 − D(G(z))), which D raises and G lowers."""
        w = self._weights(weights)
        return _mean(log(sigmoid(self._real(x, w)))) + _mean(log(1 - sigmoid(self._fake(z, w))))

    def discriminator_loss(self, x: Any, z: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return −V: the binary cross-entropy of real examples as 1 and of generated ones as 0."""
        w = self._weights(weights)
        return _mean(-log(sigmoid(self._real(x, w)))) + _mean(-log(1 - sigmoid(self._fake(z, w))))

    def minimax_loss(self, z: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return the generator's E log(1 − D(G(z))).

        Its slope in the logit is −σ(a), which vanishes where the discriminator is sure.
        """
        return _mean(log(1 - sigmoid(self._fake(z, self._weights(weights)))))

    def non_saturating_loss(self, z: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return the generator's −E log D(G(z)).

        Its slope in the logit is σ(a) − 1, which is strongest where the discriminator is sure.
        """
        return _mean(-log(sigmoid(self._fake(z, self._weights(weights)))))

    def _real(self, x: Any, w: Weights) -> Node:
        return named(self.logit(x, weights=w), "a_real")

    def _fake(self, z: Any, w: Weights) -> Node:
        return named(self.logit(self(lift(z), weights=w), weights=w), "a_fake")

    def _weights(self, weights: Mapping[str, Any] | None) -> Weights:
        return weights if isinstance(weights, Weights) else self.bound(weights or {})


def _mean(each: Node) -> Node:
    return in_base(mean(each) if each.shape else each)


# -- where everything can be known ------------------------------------------------------------------


def optimal_discriminator(p_data: Literal, p_model: Literal) -> Node:
    """Return D* = p_data / (p_data + p_model), the best answer to a generator (Goodfellow et al., 2014)."""
    p, q = _pair("optimal_discriminator", p_data, p_model)
    return p / (p + q)


def gan_value(p_data: Literal, p_model: Literal, d: Literal) -> Node:
    """Return V(D, G) = Σ p_data log D + Σ p_model log(1 − D) over the values that x may take.

    At D* it is −log 4 + 2 JSD(p_data ‖ p_model), which is least where the two are the same.
    """
    p, q = _pair("gan_value", p_data, p_model)
    d = lift(d)
    if d.shape not in ((), p.shape):
        raise GraphError(
            f"gan_value: D has shape {show_shape(d.shape)} and the distributions {show_shape(p.shape)}; "
            "there must be one probability for each value of x"
        )
    return in_base(sum_last(x_log_y(p, d)) + sum_last(x_log_y(q, 1 - d)))


def _pair(name: str, p_data: Literal, p_model: Literal) -> tuple[Node, Node]:
    p, q = distribution(name, p_data), distribution(name, p_model)
    if p.shape != q.shape:
        raise GraphError(
            f"{name}: the distributions have shapes {show_shape(p.shape)} and {show_shape(q.shape)}; "
            "they must be over the same values"
        )
    return p, q
