"""Auto-encoders: a code of the input, and the input reconstructed from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..graph import GraphError, Node, kl_bernoulli, l1_penalty, lift, mse, named, sum_over, symbol
from ..graph.node import Literal, show_shape
from .module import Module, Weights
from .naming import tagged_symbols


@dataclass(frozen=True)
class AutoEncoder(Module):
    """An auto-encoder: the code h = encoder(x), and the reconstruction decoder(h).

    It is under-complete where the code is smaller than the input.  The parts may be any modules: MLPs, or
    ``Sequential(Conv2d(...), ...)`` and ``Sequential(ConvTranspose2d(...), ...)`` of images.
    """

    encoder: Module
    decoder: Module

    def symbols(self) -> dict[str, Node]:
        """Return W_enc, b_enc, W_dec and so on."""
        return tagged_symbols({"encoder": ("enc", self.encoder), "decoder": ("dec", self.decoder)})

    def encode(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return the code of ``x``."""
        w = weights if isinstance(weights, Weights) else self.bound(weights or {})
        return named(self.encoder(lift(x), weights=w["encoder"]), "h")

    def decode(self, h: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return what a code stands for."""
        w = weights if isinstance(weights, Weights) else self.bound(weights or {})
        return named(self.decoder(lift(h), weights=w["decoder"]), "x_hat")

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the reconstruction, in the shape of ``x``."""
        found = self.decode(self.encode(x, weights=w), weights=w)
        if found.shape != x.shape:
            raise GraphError(
                f"{type(self).__name__}: the input has shape {show_shape(x.shape)} and its reconstruction "
                f"{show_shape(found.shape)}; the decoder must undo the encoder"
            )
        return found

    def loss(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return the squared error of the reconstruction, by the conventions ``half`` and ``mean``."""
        w = weights if isinstance(weights, Weights) else self.bound(weights or {})
        return mse(self(x, weights=w), lift(x))


@dataclass(frozen=True)
class SparseAutoEncoder(AutoEncoder):
    """An auto-encoder that pays ``coefficient`` times Σ |h| for its code h.

    Where ``rho`` is given, it pays for activations that are rarely or often on instead: Σ KL(ρ ‖ ρ̂) with the
    mean ρ̂ of each unit over the examples, which are rows; the code then lies between 0 and 1 (Ng, 2011).
    """

    coefficient: Literal = 1
    rho: Literal | None = None

    @property
    def whole_batches(self) -> bool:
        """Whether ``rho`` is given: how often a unit is on is a mean over examples."""
        return self.rho is not None

    def loss(self, x: Any, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return the squared error of the reconstruction and the penalty on the code.

        Of several examples, rows of ``x``, Σ |h| is averaged.
        """
        w = weights if isinstance(weights, Weights) else self.bound(weights or {})
        h = self.encode(x, weights=w)
        return super().loss(x, weights=w) + lift(self.coefficient) * named(self.penalty(h), "Omega")

    def penalty(self, h: Node) -> Node:
        """Return what a code costs, one example or several as rows."""
        if self.rho is None:
            size = l1_penalty(h)
            return size / h.shape[0] if h.ndim in (2, 4) else size
        if h.ndim not in (1, 2):
            raise GraphError(
                f"SparseAutoEncoder: codes are rows where rho is given, found {show_shape(h.shape)}"
            )
        on = named(sum_over(h, 0) / h.shape[0], "rho_hat") if h.ndim == 2 else h
        return kl_bernoulli(self.rho, on)


@dataclass(frozen=True)
class DenoisingAutoEncoder(AutoEncoder):
    """An auto-encoder that reconstructs an input from a corrupted one (Vincent et al., 2008).

    The corruption is "normal", which adds noise of standard deviation ``sigma``, or "masking", which puts
    entries to 0 where a bit is 0.
    """

    corruption: str = "normal"
    sigma: Literal = 1

    def __post_init__(self) -> None:
        if self.corruption not in ("normal", "masking"):
            raise GraphError(
                f"DenoisingAutoEncoder: corruption is 'normal' or 'masking', found {self.corruption!r}"
            )

    def corrupt(self, x: Any, noise: Any = None) -> Node:
        """Return ``x`` corrupted by noise in its shape, a new symbol unless given."""
        x = lift(x)
        if self.corruption == "masking":
            mask = symbol("m", x.shape, "bit") if noise is None else lift(noise)
            return named(self._fitting(x, mask) * x, "x_tilde")
        epsilon = symbol("epsilon", x.shape, "normal") if noise is None else lift(noise)
        return named(x + lift(self.sigma) * self._fitting(x, epsilon), "x_tilde")

    def _fitting(self, x: Node, noise: Node) -> Node:
        if noise.shape != x.shape:
            raise GraphError(
                f"DenoisingAutoEncoder: the input has shape {show_shape(x.shape)} and the noise "
                f"{show_shape(noise.shape)}; each entry has noise of its own"
            )
        return noise

    def loss(self, x: Any, noise: Any = None, *, weights: Mapping[str, Any] | None = None) -> Node:
        """Return the squared error between the true input and what is made of the corrupted one."""
        w = weights if isinstance(weights, Weights) else self.bound(weights or {})
        return mse(self(self.corrupt(x, noise), weights=w), lift(x))
