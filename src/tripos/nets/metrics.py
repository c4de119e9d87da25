"""Metrics of classifiers: exact values, under scikit-learn's names and in its order.

Labels are lists, NumPy arrays or nodes whose values are known.  What has no value, such as the precision of
a class that is never predicted, is an error unless ``zero_division`` says what to take.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from fractions import Fraction
from functools import cmp_to_key
from typing import Any, NamedTuple

import numpy as np

from ..graph import GraphError, Node, constant, exact, lift, stack
from ..graph.literal import number
from ..graph.node import Literal, free_symbols, show_shape
from ..graph.spaces import exact as exact_space

AVERAGES = ("binary", "micro", "macro", "weighted")

# -- labels ----------------------------------------------------------------------------------------


def _labels(what: str, values: Any) -> list[Any]:
    """Return labels as a list: text as it is, numbers as fractions."""
    array = np.asarray(known(what, values), dtype=object)
    if array.ndim != 1 or not array.size:
        raise GraphError(f"{what}: expected a list of labels, found shape {show_shape(array.shape)}")
    return [entry if isinstance(entry, str) else fraction(what, entry) for entry in array]


def known(what: str, values: Any) -> Any:
    """Return the exact values of a node, or what is no node as it is; raise GraphError on symbols."""
    if not isinstance(values, Node):
        return values
    if free_symbols(values):
        raise GraphError(f"{what}: {values!r} depends on a symbol; metrics are of known values")
    return exact(values)


def fraction(what: str, value: Any) -> Fraction:
    """Return one label or count as a fraction."""
    if isinstance(value, Node):
        value = known(what, value).item()
    if getattr(value, "is_Rational", False):
        above, below = value.get_num_den()
        value = Fraction(int(above), int(below))
    try:
        return number(value)
    except GraphError as error:
        raise GraphError(f"{what}: a label is text or a number: {error}") from None


def _pairs(what: str, y_true: Any, y_pred: Any) -> list[tuple[Any, Any]]:
    """Return the labels and what was predicted, side by side."""
    true, predicted = _labels(what, y_true), _labels(what, y_pred)
    if len(true) != len(predicted):
        raise GraphError(f"{what}: {len(true)} labels, but {len(predicted)} predictions")
    if len({isinstance(label, str) for label in true + predicted}) > 1:
        raise GraphError(f"{what}: labels are all text or all numbers, found both")
    return list(zip(true, predicted, strict=True))


# -- classification --------------------------------------------------------------------------------


def accuracy(y_true: Any, y_pred: Any) -> Node:
    """Return the share of predictions that are right."""
    pairs = _pairs("accuracy", y_true, y_pred)
    return constant(sum(true == predicted for true, predicted in pairs)) / constant(len(pairs))


def confusion_matrix(y_true: Any, y_pred: Any, *, labels: Any = None) -> Node:
    """Return how often each label (row) was predicted as each label (column).

    Labels are sorted unless ``labels`` gives their order; pairs with one that it leaves out do not count.
    """
    pairs = _pairs("confusion_matrix", y_true, y_pred)
    order = _order("confusion_matrix", pairs, labels)
    return constant([[pairs.count((row, column)) for column in order] for row in order])


def precision(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    pos_label: Any = 1,
    average: str | None = "binary",
    zero_division: Literal | None = None,
) -> Node:
    """Return the share of predictions of a class that are right: TP / (TP + FP).

    ``average`` is binary (of the class ``pos_label``), micro (counts summed over the classes), macro (the
    mean over the classes), weighted (by how often they occur) or None (a vector, one entry a class).
    """

    def rule(c: _Counts) -> tuple[Node, Node]:
        return lift(c.tp), lift(c.tp) + c.fp

    return _averaged("precision", rule, y_true, y_pred, labels, pos_label, average, zero_division)


def recall(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    pos_label: Any = 1,
    average: str | None = "binary",
    zero_division: Literal | None = None,
) -> Node:
    """Return the share of a class that is found: TP / (TP + FN); ``average`` as for precision."""

    def rule(c: _Counts) -> tuple[Node, Node]:
        return lift(c.tp), lift(c.tp) + c.fn

    return _averaged("recall", rule, y_true, y_pred, labels, pos_label, average, zero_division)


def f1_score(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    pos_label: Any = 1,
    average: str | None = "binary",
    zero_division: Literal | None = None,
) -> Node:
    """Return the harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN); ``average`` as there."""

    def rule(c: _Counts) -> tuple[Node, Node]:
        twice = constant(2) * c.tp
        return twice, twice + c.fp + c.fn

    return _averaged("f1_score", rule, y_true, y_pred, labels, pos_label, average, zero_division)


class _Counts(NamedTuple):
    """How often a class was predicted rightly, predicted wrongly, and missed."""

    label: Any
    tp: int
    fp: int
    fn: int


def _order(what: str, pairs: list[tuple[Any, Any]], labels: Any) -> list[Any]:
    if labels is None:
        return sorted({label for pair in pairs for label in pair})
    order = _labels(what, labels)
    if len(set(order)) < len(order):
        raise GraphError(f"{what}: labels hold one twice")
    return order


def _counts(pairs: list[tuple[Any, Any]], label: Any) -> _Counts:
    tp = pairs.count((label, label))
    predicted = sum(p == label for _, p in pairs)
    return _Counts(label, tp, predicted - tp, sum(t == label for t, _ in pairs) - tp)


def _averaged(
    what: str,
    rule: Callable[[_Counts], tuple[Node, Node]],
    y_true: Any,
    y_pred: Any,
    labels: Any,
    pos_label: Any,
    average: str | None,
    zero_division: Literal | None,
) -> Node:
    """Return a ratio of counts, for one class or averaged over several."""
    pairs = _pairs(what, y_true, y_pred)
    order = _order(what, pairs, labels)

    def ratio(counts: _Counts) -> Node:
        above, below = rule(counts)
        if exact(below) != 0:
            return above / below
        if zero_division is None:
            raise GraphError(
                f"{what}: 0/0 for the class {counts.label}, which does not occur; pass zero_division=0 or 1"
            )
        return lift(zero_division)

    if average == "binary":
        (positive,) = _labels(what, [pos_label])
        if len(order) > 2 and labels is None:
            raise GraphError(f"{what}: {len(order)} classes; choose average='macro', 'micro' or 'weighted'")
        return ratio(_counts(pairs, positive))
    found = [_counts(pairs, label) for label in order]
    if average is None:
        return stack(*(ratio(c) for c in found))
    if average == "micro":
        tp, fp, fn = (sum(c[i] for c in found) for i in (1, 2, 3))
        return ratio(_Counts("sum", tp, fp, fn))
    if average not in AVERAGES:
        raise GraphError(f"{what}: average is None or one of {', '.join(AVERAGES)}, found {average!r}")
    weights = [1 if average == "macro" else c.tp + c.fn for c in found]
    terms = [w * ratio(c) for w, c in zip(weights, found, strict=True) if w]
    if not terms:
        raise GraphError(f"{what}: none of the classes occurs among the labels")
    return sum(terms[1:], terms[0]) / constant(sum(weights))


def roc_auc_score(y_true: Any, y_score: Any) -> Node:
    """Return the area under the ROC curve of labels 1 and 0 (or −1) and their scores.

    It is the share of pairs of a positive and a negative example of which the positive has the higher
    score, ties counting half (Hanley and McNeil, 1982).  Scores may be nodes: their order is proven.
    """
    true = _labels("roc_auc_score", y_true)
    scores = list(y_score if not isinstance(y_score, Node) else known("roc_auc_score", y_score))
    if len(true) != len(scores):
        raise GraphError(f"roc_auc_score: {len(true)} labels, but {len(scores)} scores")
    if not set(true) <= {0, 1, -1} or 1 not in true or len(set(true)) != 2:
        raise GraphError("roc_auc_score: labels are 1 and 0 (or 1 and −1), and both occur")
    values = [_exactly("roc_auc_score", score) for score in scores]
    key = cmp_to_key(_order_of)
    negative = sorted((key(s) for s, y in zip(values, true, strict=True) if y != 1))
    positive = [key(s) for s, y in zip(values, true, strict=True) if y == 1]
    wins = sum(bisect_left(negative, s) for s in positive)
    ties = sum(bisect_right(negative, s) for s in positive) - wins
    pairs = constant(len(positive)) * len(negative)
    return (constant(wins) + (constant(Fraction(1, 2)) * ties if ties else 0)) / pairs


def _order_of(one: Any, other: Any) -> int:
    """Return the proven sign of a difference."""
    return exact_space.sign(one - other)


def _exactly(what: str, value: Any) -> Any:
    """Return one exact value."""
    return value if hasattr(value, "is_Rational") else known(what, lift(value)).item()
