"""Losses as modules, under PyTorch's names; ``reduction`` is "mean", "sum" or "none".

They are what ``torch.nn`` computes, whatever the conventions of a paper are but the base of logarithms.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Node, bce, bce_with_logits, cross_entropy, huber_loss, l1_loss
from ..graph.node import Literal
from ..graph.ops.loss import check_reduction, reduced, same_shape
from .module import Module, Weights


@dataclass(frozen=True, kw_only=True)
class _Loss(Module):
    """A loss of predictions against targets."""

    reduction: str = "mean"

    def __post_init__(self) -> None:
        check_reduction(type(self).__name__, self.reduction)


@dataclass(frozen=True, kw_only=True)
class CrossEntropyLoss(_Loss):
    """Cross-entropy of logits against classes, counted from 0, or against distributions."""

    label_smoothing: Literal = 0

    def forward(self, w: Weights, input: Node, target: Node) -> Node:
        """Return the loss of a vector of logits, or of N×C logits."""
        return cross_entropy(input, target, self.label_smoothing, self.reduction)


@dataclass(frozen=True, kw_only=True)
class BCEWithLogitsLoss(_Loss):
    """Binary cross-entropy of logits against targets in [0, 1]."""

    def forward(self, w: Weights, input: Node, target: Node) -> Node:
        """Return the loss."""
        return bce_with_logits(input, target, self.reduction)


@dataclass(frozen=True, kw_only=True)
class BCELoss(_Loss):
    """Binary cross-entropy of probabilities against targets in [0, 1]."""

    def forward(self, w: Weights, input: Node, target: Node) -> Node:
        """Return the loss."""
        return bce(input, target, self.reduction)


@dataclass(frozen=True, kw_only=True)
class MSELoss(_Loss):
    """Squared error, without a factor of ½."""

    def forward(self, w: Weights, input: Node, target: Node) -> Node:
        """Return the loss."""
        same_shape("MSELoss", input, target)
        return reduced("MSELoss", (input - target) ** 2, self.reduction)


@dataclass(frozen=True, kw_only=True)
class L1Loss(_Loss):
    """Absolute error."""

    def forward(self, w: Weights, input: Node, target: Node) -> Node:
        """Return the loss."""
        return l1_loss(input, target, self.reduction)


@dataclass(frozen=True, kw_only=True)
class HuberLoss(_Loss):
    """Squared error near 0, absolute error beyond ``delta``."""

    delta: Literal = 1

    def forward(self, w: Weights, input: Node, target: Node) -> Node:
        """Return the loss."""
        return huber_loss(input, target, self.delta, self.reduction)
