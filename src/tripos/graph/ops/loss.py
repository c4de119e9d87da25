"""Losses.  On a probability that is an unnamed sigmoid or softmax they act on its logits, so that
the derivative comes out as a person would write it: σ(z) − y, p − y.

A loss of several examples, along a first axis, is their mean; ``reduction`` may be "sum" or "none" instead.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from ..conventions import convention
from ..node import (
    Builder,
    Dim,
    Literal,
    Node,
    Shape,
    constant,
    define,
    entry_count,
    is_literal,
    lift,
    show_shape,
)
from ..notation import (
    CALL,
    PRODUCT,
    SIGN,
    SUM,
    Piece,
    bracket,
    call,
    entrywise,
    join,
    minus,
    over,
    plus,
    transposed,
    write,
)
from ..op import Array, GraphError, Op
from .activation import log_one_minus_sigmoid, log_sigmoid, sigmoid
from .contraction import dot
from .elementwise import elementwise, log
from .leaf import onehot
from .normalisation import log_softmax, softmax, total
from .reduction import mean, sum, sum_last
from .shape import reshape

REDUCTIONS = ("mean", "sum", "none")
"""What may become of the losses of several examples."""


def check_reduction(name: str, reduction: str) -> None:
    """Raise GraphError unless ``reduction`` is a word for one."""
    if not isinstance(reduction, str) or reduction not in REDUCTIONS:
        raise GraphError(f"{name}: reduction is mean, sum or none, found {reduction!r}")


def reduced(name: str, losses: Node, reduction: str) -> Node:
    """Return the mean or the sum of losses, or the losses themselves; a single loss stays as it is."""
    check_reduction(name, reduction)
    if not losses.shape or reduction == "none":
        return losses
    return mean(losses) if reduction == "mean" else sum(losses)


# -- two classes -----------------------------------------------------------------------------------

_write_sigmoid = call("σ", r"\sigma")


def _write_logistic(z: Piece, label: int) -> Piece:
    score = _write_sigmoid(z)
    if label == 1:
        return Piece(f"−log {score.text}", rf"-\log {score.latex}", SIGN)
    return Piece(f"−log(1 − {score.text})", rf"-\log\left(1 - {score.latex}\right)", SIGN)


def _sign(label: int) -> int:
    return 1 if label == 1 else -1


def _logistic_in_jax(z: Array, label: int) -> Array:
    from jax.nn import softplus

    return softplus(-_sign(label) * z)


_logistic_loss: Builder = define(
    Op(
        name="logistic_loss",
        doc="The negative log-likelihood of a label 1 or 0 under σ(z).",
        attrs={"label": 1},
        forward=lambda xp, z, label: (
            -xp.log(xp.divide(1, 1 + xp.exp(-z)) if label == 1 else 1 - xp.divide(1, 1 + xp.exp(-z)))
        ),
        kernel=lambda z, label: np.logaddexp(0.0, -_sign(label) * z),
        jax=_logistic_in_jax,
        shape=lambda z, label: z,
        notation=_write_logistic,
        backward=lambda g, y, z, label: [g * (sigmoid(z) - label)],
        elementwise=True,
        slips={
            "label mistaken": lambda z, label: _logistic_loss(z, label=1 - label),
            "sign forgotten": lambda z, label: -_logistic_loss(z, label=label),
        },
    )
)


def _write_bits(z: Piece, y: Piece) -> Piece:
    score, one = _write_sigmoid(z), Piece("1", "1")
    hit = entrywise(y, Piece(f"log {score.text}", rf"\log {score.latex}", PRODUCT, z.rank))
    rest = minus(one, y)._replace(rank=y.rank)
    miss = entrywise(rest, call("log", r"\log")(minus(one, score))._replace(rank=z.rank))
    return join((" + ", " + "), [hit, miss], SUM)


def _bits_in_jax(z: Array, y: Array) -> Array:
    from jax.nn import softplus

    return y * z - softplus(z)


def _bits_kernel(z: Array, y: Array) -> Array:
    """Return y z − log(1 + e^z) as y z − max(0, z) − log(1 + e^−|z|), where no exponential overflows."""
    return y * z - np.maximum(z, 0.0) - np.log1p(np.exp(-np.abs(z)))


bernoulli_log_density: Builder = elementwise(
    "bernoulli_log_density",
    "y log σ(z) + (1 − y) log(1 − σ(z)), the log-likelihood of a bit y with the logit z",
    lambda xp, z, y: -(y * xp.log(1 + xp.exp(-z)) + (1 - y) * xp.log(1 + xp.exp(z))),
    _write_bits,
    lambda g, value, z, y: [g * (y - sigmoid(z)), g * z],
    kernel=_bits_kernel,
    jax=_bits_in_jax,
    slips={
        "label mistaken": lambda z, y: bernoulli_log_density(z, 1 - y),
        "second term forgotten": lambda z, y: y * log_sigmoid(z),
        "minus between the terms": lambda z, y: y * log_sigmoid(z) - (1 - y) * log_one_minus_sigmoid(z),
    },
)


def bce_with_logits(z: Literal, y: Any, reduction: str = "mean") -> Node:
    """Return the binary cross-entropy of σ(z) against targets in [0, 1], from the logits z.

    Its derivative with respect to z is σ(z) − y.
    """
    z, y = lift(z), lift(y)
    check_reduction("bce_with_logits", reduction)
    same_shape("bce_with_logits", z, y)
    if not z.shape and (is_literal(y, 0) or is_literal(y, 1)):
        return in_base(_logistic_loss(z, label=int(is_literal(y, 1))))
    return in_base(-reduced("bce_with_logits", bernoulli_log_density(z, y), reduction))


def bce(p: Literal, y: Any, reduction: str = "mean") -> Node:
    """Return the binary cross-entropy −(y log p + (1 − y) log(1 − p)) of a target in [0, 1]."""
    p, y = lift(p), lift(y)
    if p.op.name == "sigmoid" and p.name is None:
        return bce_with_logits(p.args[0], y, reduction)
    same_shape("bce", p, y)
    return in_base(-reduced("bce", y * log(p) + (1 - y) * log(1 - p), reduction))


def same_shape(name: str, prediction: Node, target: Node) -> None:
    """Raise GraphError unless a target is one number, or has the shape of what is compared with it."""
    if target.shape and prediction.shape != target.shape:
        raise GraphError(
            f"{name}: the prediction has shape {show_shape(prediction.shape)} and the target "
            f"{show_shape(target.shape)}; there must be one target for each prediction"
        )


# -- several classes -------------------------------------------------------------------------------


def _write_cross_entropy(z: Piece, t: Piece, ndim: int) -> Piece:
    inner = call("log softmax", r"\log\operatorname{softmax}")(z)
    if ndim == 1:
        left, dot = bracket(transposed(t), PRODUCT), " · " if t.numeral else " "
        return Piece(f"−{left.text}{dot}{inner.text}", rf"-{left.latex}\,{inner.latex}", SIGN)
    return Piece(f"−⟨{t.text}, {inner.text}⟩", rf"-\left\langle {t.latex}, {inner.latex} \right\rangle", SIGN)


def _cross_entropy_shape(z: Shape, t: Shape, ndim: int) -> Shape:
    if z != t or not z:
        raise GraphError(
            f"cross_entropy: logits {show_shape(z)} and target {show_shape(t)} must have one shape, classes "
            "along the last axis; a class is given by its position, counted from 0, or as onehot(i, n)"
        )
    return ()


def _cross_entropy_forward(xp: Any, z: Array, t: Array, ndim: int) -> Array:
    losses = xp.sum(t * (z - xp.log(xp.sum(xp.exp(z), -1, keepdims=True))), -1)
    for _ in range(ndim - 1):
        losses = xp.sum(losses, -1)
    return -losses


def _cross_entropy_kernel(z: Array, t: Array, ndim: int) -> Array:
    top = z.max(-1, keepdims=True)
    terms = t * (top + np.log(np.exp(z - top).sum(-1, keepdims=True)) - z)
    return terms.sum(tuple(range(terms.ndim - ndim, terms.ndim)))


def _cross_entropy_in_jax(z: Array, t: Array, ndim: int) -> Array:
    from jax.nn import log_softmax

    terms = t * log_softmax(z)
    return -terms.sum(tuple(range(terms.ndim - ndim, terms.ndim)))


def _cross_entropy_backward(g: Node, y: Node, z: Node, t: Node, ndim: int) -> list[Node]:
    share = softmax(z) if _sums_to_one(t) else softmax(z) * total(t)
    return [g * (share - t), -(g * log_softmax(z))]


def _sums_to_one(t: Node) -> bool:
    """Say whether the rows of a target are known to be distributions."""
    if t.op.name == "label_smoothing":
        return _sums_to_one(t.args[0])
    if t.op.name != "constant":
        return t.op.name in ("onehot", "softmax") or dict(t.attrs).get("domain") == "distribution"
    entries: tuple[Fraction, ...] = dict(t.attrs)["value"]
    rows = (entries[i : i + t.shape[-1]] for i in range(0, len(entries), t.shape[-1]))
    return all(_total(row) == 1 for row in rows)


def _total(entries: tuple[Fraction, ...]) -> Fraction:
    found = Fraction(0)
    for entry in entries:
        found += entry
    return found


_cross_entropy: Builder = define(
    Op(
        name="cross_entropy",
        doc="The cross-entropy of softmax(z) against a target distribution t, summed over all rows.",
        attrs={"ndim": 1},
        forward=_cross_entropy_forward,
        kernel=_cross_entropy_kernel,
        jax=_cross_entropy_in_jax,
        shape=_cross_entropy_shape,
        flops=lambda z, t, ndim: 5 * entry_count(z) + entry_count(z[:-1]),
        notation=_write_cross_entropy,
        backward=_cross_entropy_backward,
        slips={
            "sign forgotten": lambda z, t, ndim: -_cross_entropy(z, t, ndim=ndim),
            "logarithm of the sum forgotten": lambda z, t, ndim: -sum(t * z),
        },
    )
)


def cross_entropy(z: Literal, target: Any, label_smoothing: Any = 0, reduction: str = "mean") -> Node:
    """Return −Σ t log softmax(z) of logits z; of N×C logits, the mean over their rows.

    ``target`` is a class counted from 0, for N×C logits N classes, or distributions in the shape of ``z``.
    The derivative with respect to z is softmax(z)·Σt − t, and p − t where t sums to one.
    """
    z = lift(z)
    check_reduction("cross_entropy", reduction)
    t = _targets("cross_entropy", z, target)
    smoothing = lift(label_smoothing)
    if not is_literal(smoothing, 0):
        t = _smoothed(t, smoothing)
    if reduction == "none":
        return in_base(-sum_last(t * log_softmax(z)))
    loss = _cross_entropy(z, t, ndim=z.ndim)
    if z.ndim == 1 or reduction == "sum":
        return in_base(loss)
    return in_base(loss / entry_count(z.shape[:-1]))


def _targets(name: str, p: Node, target: Any) -> Node:
    """Return distributions in the shape of ``p``: classes by their positions become one-hot vectors."""
    if not p.shape:
        raise GraphError(f"{name}: expected one number for each class, found a scalar")
    found = lift(target)
    if found.shape == p.shape:
        return found
    if found.shape == p.shape[:-1]:
        return _rows(name, found, p.shape[-1])
    raise GraphError(
        f"{name}: the prediction has shape {show_shape(p.shape)} and the target {show_shape(found.shape)}; "
        f"it must be one class, counted from 0, for each row, or have the shape of the prediction"
    )


def _rows(name: str, labels: Node, n: Dim) -> Node:
    """Return classes counted from 0 as one-hot vectors, constant where the labels are."""
    if not labels.shape or labels.op.name != "constant" or not isinstance(n, int):
        return onehot(labels, n)
    found: tuple[Fraction, ...] = dict(labels.attrs)["value"]
    wrong = [str(label) for label in found if label not in range(n)]
    if wrong:
        raise GraphError(f"{name}: a class is a whole number in 0..{n - 1}, found {', '.join(wrong)}")
    rows = constant([[int(k == label) for k in range(n)] for label in found])
    return rows if labels.ndim == 1 else reshape(rows, (*labels.shape, n))


def _write_smoothing(t: Piece, alpha: Piece, n: Dim) -> Piece:
    kept = bracket(minus(Piece("1", "1"), alpha), CALL)
    return plus(entrywise(kept, t), over(alpha, write(lift(n))))


_label_smoothing: Builder = elementwise(
    "label_smoothing",
    "(1 − α) t + α/n: a target distribution over n classes, smoothed (Szegedy et al., 2016)",
    lambda xp, t, alpha, n: (1 - alpha) * t + xp.divide(alpha, n),
    _write_smoothing,
    lambda g, y, t, alpha, n: [g * (1 - alpha), g * (1 / lift(n) - t)],
    attrs={"n": 1},
    kernel=lambda t, alpha, n: t - alpha * (t - 1.0 / n),
    slips={
        "mass not taken away": lambda t, alpha, n: t + alpha / n,
        "mass given to the other classes only": lambda t, alpha, n: (
            (1 - alpha) * t + alpha / (n - 1) * (1 - t)
        ),
    },
)


def label_smoothing(t: Any, alpha: Any) -> Node:
    """Return (1 − α) t + α/n for a distribution over n classes (Szegedy et al., 2016)."""
    return _smoothed(lift(t), lift(alpha))


def _smoothed(t: Node, alpha: Node) -> Node:
    if not t.shape or alpha.shape:
        raise GraphError(
            f"label_smoothing: expected a distribution and a number, found shapes {show_shape(t.shape)} and "
            f"{show_shape(alpha.shape)}"
        )
    if any(not 0 <= v <= 1 for v in dict(alpha.attrs).get("value", ())):
        raise GraphError(f"label_smoothing: alpha lies between 0 and 1, found {write(alpha).text}")
    return _label_smoothing(t, alpha, n=t.shape[-1])


def nll(p: Literal, label: Any, reduction: str = "mean") -> Node:
    """Return the negative log-likelihood of ``label`` under ``p``.

    Where ``p`` is a scalar, the probability of the positive class, the label is +1 or −1 (or 1 or 0);
    where it is a vector, the label is a class counted from 0 or a one-hot vector; where it has N rows, the
    labels are N classes or N one-hot vectors, and the losses of the rows are averaged.
    """
    p = lift(p)
    check_reduction("nll", reduction)
    if p.ndim == 0:
        value = _binary(label)
        if p.op.name == "sigmoid" and p.name is None:
            return in_base(_logistic_loss(p.args[0], label=value))
        return in_base(-log(p) if value == 1 else -log(1 - p))
    if p.op.name == "softmax" and p.name is None:
        return cross_entropy(p.args[0], label, reduction=reduction)
    t = _targets("nll", p, label)
    losses = -dot(t, log(p)) if p.ndim == 1 else -sum_last(t * log(p))
    return in_base(reduced("nll", losses, reduction))


def _binary(label: Any) -> int:
    node = lift(label)
    value = dict(node.attrs).get("value", (None,))[0]
    if node.shape or value not in (1, -1, 0):
        raise GraphError(
            f"nll: a binary label is +1 or -1 (or 1 or 0), found {label!r}; where it is 1 or 0 and a symbol, "
            "take bce(p, label)"
        )
    return int(value == 1)


def in_base(nats: Node) -> Node:
    """Return an amount of information in nats or in bits, as the convention ``log`` says."""
    return nats if convention("log") == "e" else nats / log(constant(int(convention("log"))))


__all__ = ["bce", "bce_with_logits", "cross_entropy", "label_smoothing", "nll"]
