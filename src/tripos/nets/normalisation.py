"""Layers that standardize: over the entries of an example (layer norm), or over a batch (batch norm)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from ..graph import GraphError, Node, lift, mean, reshape, sqrt, standardize, variance
from ..graph.literal import number
from ..graph.node import Dim, Shape, as_dim, show_dim, show_shape
from ..graph.ops.moments import along, checked_eps
from .arguments import check_module
from .module import Module, Weights, is_training, recorded, training

Number = float | Fraction


def _trailing(name: str, normalized_shape: Dim | tuple[Dim, ...], x: Node) -> tuple[int, ...]:
    """Return the axes that a layer acts on, or raise GraphError where they are not the last of ``x``."""
    shape = as_shape(normalized_shape)
    if x.shape[x.ndim - len(shape) :] != shape or x.ndim < len(shape):
        raise GraphError(
            f"{name}: the input has shape {show_shape(x.shape)}, but its last axes must be "
            f"normalized_shape = {show_shape(shape)}"
        )
    return tuple(range(-len(shape), 0))


def as_shape(sizes: Dim | tuple[Dim, ...]) -> Shape:
    """Return one size, or several, as a shape."""
    return tuple(as_dim(n) for n in sizes) if isinstance(sizes, (tuple, list)) else (as_dim(sizes),)


@dataclass(frozen=True)
class LayerNorm(Module):
    """γ ⊙ (x − μ)/√(σ² + ε) + β, with μ and σ² over the last axes of each example (Ba et al., 2016)."""

    letters: ClassVar[Mapping[str, str]] = {"weight": "gamma", "bias": "beta"}

    normalized_shape: Dim | tuple[Dim, ...]
    eps: Number = 1e-5
    elementwise_affine: bool = True
    bias: bool = True

    def __post_init__(self) -> None:
        checked_eps("LayerNorm", self.eps)

    def shapes(self) -> dict[str, Shape]:
        """Return γ and β, each of ``normalized_shape``."""
        if not self.elementwise_affine:
            return {}
        shape = as_shape(self.normalized_shape)
        return {"weight": shape} | ({"bias": shape} if self.bias else {})

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the normalized entries, in the shape of ``x``."""
        axes = _trailing("LayerNorm", self.normalized_shape, x)
        return _affine(w, standardize(x, axes, eps=self.eps))


def _affine(w: Weights, y: Node, shape: Shape | None = None) -> Node:
    """Return γ ⊙ y + β, as far as there are such weights; ``shape`` is that in which they broadcast."""
    if "weight" in w:
        y = _spread(w["weight"], shape) * y
    return y + _spread(w["bias"], shape) if "bias" in w else y


def _spread(part: Node, shape: Shape | None) -> Node:
    return part if shape is None or len(shape) == 1 else reshape(part, shape)


@dataclass(frozen=True)
class RMSNorm(Module):
    """γ ⊙ x / √(mean of x² + ε) over the last axes (Zhang and Sennrich, 2019).

    ε is 0 unless given; PyTorch then takes the spacing of its floats, which exact values have none of.
    """

    letters: ClassVar[Mapping[str, str]] = {"weight": "gamma"}

    normalized_shape: Dim | tuple[Dim, ...]
    eps: Number | None = None
    elementwise_affine: bool = True

    def __post_init__(self) -> None:
        checked_eps("RMSNorm", self.eps or 0)

    def shapes(self) -> dict[str, Shape]:
        """Return γ, of ``normalized_shape``."""
        return {"weight": as_shape(self.normalized_shape)} if self.elementwise_affine else {}

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the normalized entries, in the shape of ``x``."""
        axes = _trailing("RMSNorm", self.normalized_shape, x)
        size = sqrt(mean(x**2, axes, keepdims=len(axes) < x.ndim) + (self.eps or 0))
        return _affine(w, x / size)


# -- batch norm ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BatchNorm(Module):
    """What batch norm over points and over images share (Ioffe and Szegedy, 2015).

    In ``training()`` the mean and the variance of each feature are those of the batch, else the running ones,
    unless those are not tracked.  The batch is the first axis; without training a single example may do.
    """

    letters: ClassVar[Mapping[str, str]] = {
        "weight": "gamma",
        "bias": "beta",
        "running_mean": "mu",
        "running_var": "v",
        "num_batches_tracked": "t",
    }
    ranks: ClassVar[tuple[int, ...]]
    """How many axes a batch may have."""

    num_features: Dim
    eps: Number = 1e-5
    momentum: Number | None = 0.1
    affine: bool = True
    track_running_stats: bool = True

    def __post_init__(self) -> None:
        name = type(self).__name__
        checked_eps(name, self.eps)
        if self.momentum is not None and not 0 <= self.momentum <= 1:
            raise GraphError(
                f"{name}: momentum lies between 0 and 1, or is None for a plain average; "
                f"found {self.momentum!r}"
            )

    @property
    def whole_batches(self) -> bool:
        """True: the statistics are those of the batch."""
        return True

    def shapes(self) -> dict[str, Shape]:
        """Return γ and β, one for each feature."""
        each: Shape = (self.num_features,)
        return {"weight": each, "bias": each} if self.affine else {}

    def buffers(self) -> dict[str, Shape]:
        """Return the running mean and variance of each feature, and the number of batches seen."""
        if not self.track_running_stats:
            return {}
        each: Shape = (self.num_features,)
        return {"running_mean": each, "running_var": each, "num_batches_tracked": ()}

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the normalized features, in the shape of ``x``."""
        if is_training() or not self.track_running_stats:
            axes, shape = self._batch(x)
            return _affine(w, standardize(x, axes, eps=self.eps), shape)
        shape = self._shape(x, x.ndim in self.ranks)
        mu, v = (_spread(w[name], shape) for name in _RUNNING)
        return _affine(w, (x - mu) / sqrt(v + self.eps), shape)

    def _shape(self, x: Node, batched: bool) -> Shape:
        """Return the shape in which one number for each feature broadcasts against ``x``."""
        allowed = [*self.ranks, *(rank - 1 for rank in self.ranks)]
        if x.ndim not in allowed or x.shape[int(batched)] != self.num_features:
            raise GraphError(
                f"{type(self).__name__}: the input has shape {show_shape(x.shape)}, but it must be "
                f"{self._wanted}, where C is num_features = {show_dim(self.num_features)}"
            )
        return (self.num_features, *(1,) * (x.ndim - 1 - int(batched)))

    @property
    def _wanted(self) -> str:
        return " or ".join({2: "N×C", 3: "N×C×L", 4: "N×C×H×W"}[rank] for rank in self.ranks)

    def _batch(self, x: Node) -> tuple[tuple[int, ...], Shape]:
        """Return the axes that statistics run along, and the shape in which they broadcast."""
        if x.ndim not in self.ranks:
            raise GraphError(
                f"{type(self).__name__}: the statistics are those of a batch, but the input has shape "
                f"{show_shape(x.shape)}; it must be {self._wanted}, N the examples of the batch"
            )
        shape = self._shape(x, True)
        axes = (0, *range(2, x.ndim))
        if along(x.shape, axes) == 1:
            raise GraphError(
                f"{type(self).__name__}: a batch of shape {show_shape(x.shape)} has one value for each "
                "feature, and so no variance; training takes two or more"
            )
        return axes, shape

    def updated(self, statistics: Mapping[str, Any], x: Node) -> dict[str, Node]:
        """Return running statistics after one more batch, by name, from those before.

        running ← (1 − momentum)·running + momentum·that of the batch, its variance the unbiased one, as in
        PyTorch; momentum None takes the plain average of all batches.
        """
        axes, _ = self._batch(x)
        mu, v, t = (lift(statistics[name]) for name in (*_RUNNING, "num_batches_tracked"))
        share: Any = 1 / (t + 1) if self.momentum is None else number(self.momentum)
        return {
            "running_mean": (1 - share) * mu + share * mean(x, axes),
            "running_var": (1 - share) * v + share * variance(x, axes, unbiased=True),
            "num_batches_tracked": t + 1,
        }


_RUNNING = ("running_mean", "running_var")


@dataclass(frozen=True)
class BatchNorm1d(BatchNorm):
    """Batch norm of each feature over a batch of points N×C, or of sequences N×C×L."""

    ranks: ClassVar[tuple[int, ...]] = (2, 3)


@dataclass(frozen=True)
class BatchNorm2d(BatchNorm):
    """Batch norm of each channel over a batch of images N×C×H×W."""

    ranks: ClassVar[tuple[int, ...]] = (4,)


def running_statistics(
    module: Module, *inputs: Any, weights: Mapping[str, Any] | None = None
) -> dict[str, Node]:
    """Return the running statistics of every batch norm in ``module`` after a training step on ``inputs``.

    They are called by their paths, as in ``module.state()``; what they were before stands in ``weights``,
    or is a symbol.
    """
    check_module("running_statistics", module)
    now: dict[str, Any] = module.symbols() | dict(weights or {})
    found: dict[str, Node] = {}
    with training(), recorded() as calls:
        module(*inputs, weights=weights)
    for call in calls:
        if isinstance(call.module, BatchNorm) and call.module.track_running_stats:
            start = f"{call.path}." if call.path else ""
            before = {name: now[start + name] for name in call.module.buffers()}
            after = {start + name: n for name, n in call.module.updated(before, *call.inputs).items()}
            now |= after
            found |= after
    return found
