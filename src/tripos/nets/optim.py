"""Optimizers as graphs, so that one step can be a question with its working."""

from __future__ import annotations

from collections.abc import Sequence

from ..graph import Node, lift
from ..graph.node import Literal
from ..graph.reverse import derivatives


def sgd_step(loss: Node, parameters: Sequence[Node], lr: Literal) -> list[Node]:
    """Return the parameters after one step of gradient descent: w − η ∂L/∂w (Robbins and Monro, 1951)."""
    gradients = derivatives(loss, parameters)
    return [w - lift(lr) * g for w, g in zip(parameters, gradients, strict=True)]
