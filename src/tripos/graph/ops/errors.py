"""Errors of predictions and of scores, and penalties on weights: sums of what each entry costs."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..conventions import convention
from ..node import Builder, Literal, Node, lift, show_shape
from ..notation import call, write
from ..op import Array, GraphError
from .elementwise import absolute, elementwise, less_equal, maximum, minimum, where
from .leaf import onehot
from .loss import reduced, same_shape
from .reduction import mean, sum

# -- predictions -----------------------------------------------------------------------------------


def _error(name: str, prediction: Literal, y: Any) -> Node:
    """Return prediction − y, of one shape unless y is one number for all."""
    prediction, y = lift(prediction), lift(y)
    same_shape(name, prediction, y)
    error: Node = prediction - y
    return error


def mse(prediction: Literal, y: Any) -> Node:
    """Return the squared error, with ½ and 1/N as the paper's conventions say."""
    error = _error("mse", prediction, y)
    squares = error**2
    total = mean(squares) if convention("mean") == "over N" and error.ndim else sum(squares)
    total = squares if not error.ndim else total
    return total / 2 if convention("half") == "with 1/2" else total


def l1_loss(prediction: Literal, y: Any, reduction: str = "mean") -> Node:
    """Return the absolute error |p − y|."""
    return reduced("l1_loss", absolute(_error("l1_loss", prediction, y)), reduction)


def _huber_forward(xp: Any, e: Array, delta: Array) -> Array:
    size = xp.absolute(e)
    inside = xp.divide(e * e, 2)
    return xp.where(xp.greater(size, delta), delta * (size - xp.divide(delta, 2)), inside)


def _huber_kernel(e: Array, delta: Array) -> Array:
    inside = np.minimum(np.abs(e), delta)
    return inside * (np.abs(e) - 0.5 * inside)


_huber: Builder = elementwise(
    "huber",
    "½e² where |e| ≤ δ, else δ(|e| − ½δ) (Huber, 1964)",
    _huber_forward,
    call("huber"),
    lambda g, y, e, delta: [g * maximum(-delta, minimum(e, delta)), g * maximum(absolute(e) - delta, 0)],
    kernel=_huber_kernel,
    slips={
        "½ forgotten": lambda e, delta: where(less_equal(absolute(e), delta), e**2, delta * absolute(e)),
        "squared everywhere": lambda e, delta: e**2 / 2,
        "constant of the outer part forgotten": lambda e, delta: where(
            less_equal(absolute(e), delta), e**2 / 2, delta * absolute(e)
        ),
    },
)


def huber_loss(prediction: Literal, y: Any, delta: Literal = 1, reduction: str = "mean") -> Node:
    """Return ½e² where |e| ≤ δ, else δ(|e| − ½δ), of the error e = p − y (Huber, 1964)."""
    delta = lift(delta)
    if delta.shape or any(v <= 0 for v in dict(delta.attrs).get("value", ())):
        raise GraphError(f"huber_loss: delta is one positive number, found {write(delta).text}")
    return reduced("huber_loss", _huber(_error("huber_loss", prediction, y), delta), reduction)


# -- scores ----------------------------------------------------------------------------------------


def hinge(score: Literal, label: Any, reduction: str = "mean") -> Node:
    """Return max(0, 1 − y·s) for a label +1 or −1, or for one label for each score."""
    score = lift(score)
    return reduced("hinge", maximum(0, 1 - _signs("hinge", score, label) * score), reduction)


def perceptron_loss(score: Literal, label: Any, reduction: str = "mean") -> Node:
    """Return max(0, −y·s) for a label +1 or −1, or for one label for each score."""
    score = lift(score)
    return reduced("perceptron_loss", maximum(0, -_signs("perceptron_loss", score, label) * score), reduction)


def _signs(name: str, score: Node, label: Any) -> Node:
    found = lift(label)
    if found.shape not in ((), score.shape):
        raise GraphError(
            f"{name}: the scores have shape {show_shape(score.shape)} and the labels "
            f"{show_shape(found.shape)}; there must be one label for each score"
        )
    wrong = [v for v in dict(found.attrs).get("value", ()) if v not in (1, -1)]
    if wrong:
        raise GraphError(f"{name}: a label is +1 or -1, found {wrong[0]}")
    return found


def multiclass_hinge(scores: Literal, label: Any, margin: Literal = 1) -> Node:
    """Return Σ max(0, s_j − s_y + margin) over all classes j but the right one y (Weston and Watkins, 1999).

    ``scores`` is a vector with one score for each class, ``label`` a class counted from 0, or its symbol.
    PyTorch's MultiMarginLoss divides this by the number of classes.
    """
    scores = lift(scores)
    known = isinstance(label, int)
    if scores.ndim != 1 or not (known or (isinstance(label, Node) and not label.shape)):
        raise GraphError(
            f"multiclass_hinge: expected a vector of scores and one class, found shape "
            f"{show_shape(scores.shape)} and {label!r}"
        )
    n, right = scores.shape[0], onehot(label, scores.shape[0])
    others = lift([int(j != label) for j in range(n)]) if known and isinstance(n, int) else 1 - right
    return sum(others * maximum(0, scores - (scores[label] if known else right @ scores) + margin))


# -- penalties -------------------------------------------------------------------------------------


def l1_penalty(*weights: Literal) -> Node:
    """Return Σ |w| over all entries of all weights."""
    return _over_all("l1_penalty", [absolute(w) for w in map(lift, weights)])


def l2_penalty(*weights: Literal) -> Node:
    """Return Σ w² over all entries of all weights, halved where the convention ``half`` says so."""
    total = _over_all("l2_penalty", [w**2 for w in map(lift, weights)])
    return total / 2 if convention("half") == "with 1/2" else total


def elastic_net_penalty(*weights: Literal, l1: Literal = 1, l2: Literal = 1) -> Node:
    """Return λ₁ Σ |w| + λ₂ Σ w² (Zou and Hastie, 2005), squares halved as the convention ``half`` says."""
    return lift(l1) * l1_penalty(*weights) + lift(l2) * l2_penalty(*weights)


def _over_all(name: str, parts: list[Node]) -> Node:
    if not parts:
        raise GraphError(f"{name}: name at least one weight, such as {name}(W_1, W_2)")
    total = sum(parts[0]) if parts[0].shape else parts[0]
    for part in parts[1:]:
        total = total + (sum(part) if part.shape else part)
    return total


__all__ = [
    "elastic_net_penalty",
    "hinge",
    "huber_loss",
    "l1_loss",
    "l1_penalty",
    "l2_penalty",
    "mse",
    "multiclass_hinge",
    "perceptron_loss",
]
