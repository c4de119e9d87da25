"""The perceptron: its decision, its learning rule, whole runs of it, and the bound on its mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..graph import (
    GraphError,
    Node,
    convention,
    dot,
    exact,
    hard_threshold,
    lift,
    maximum_of,
    minimum_of,
    named,
    zeros,
)
from ..graph.node import Literal, free_symbols, is_literal, show_shape
from ..graph.ops.elementwise import less, less_equal
from ..graph.ops.reduction import sum_last
from ..graph.values import Values
from .feedforward import Unit, tagged
from .module import Weights


class Perceptron(Unit):
    """The perceptron (Rosenblatt, 1958): 1 where wᵀ x + b > 0, else 0; ``perceptron_step`` teaches it."""

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the decision, 1 or 0; the convention ``step`` says which where the score is 0."""
        return hard_threshold(named(self.score(x, weights=w), tagged("z", w.path)))


def perceptron_mistake(score: Literal, y: Literal) -> Node:
    """Return 1 where the score has the wrong sign for the label +1 or −1, else 0: [y·s ≤ 0].

    The convention ``mistake`` says whether a score of 0 is one.
    """
    margin = lift(y) * lift(score)
    return less_equal(margin, 0) if convention("mistake") == "at 0" else less(margin, 0)


def perceptron_step(w: Literal, b: Literal, x: Literal, y: Literal) -> tuple[Node, Node]:
    """Return w and b after one example with label +1 or −1: w + y x and b + y on a mistake, else as before.

    On a mistake the rule is a step of gradient descent on the perceptron loss max(0, −y (wᵀ x + b)).
    """
    w, b, x, y = (lift(value) for value in (w, b, x, y))
    if w.ndim != 1 or w.shape != x.shape or b.shape or y.shape:
        raise GraphError(
            f"perceptron_step: w and x are vectors of one length, b and y are numbers; found "
            f"{show_shape(w.shape)}, {show_shape(x.shape)}, {show_shape(b.shape)} and {show_shape(y.shape)}"
        )
    mistake = perceptron_mistake(dot(w, x) + b, y)
    return w + mistake * y * x, b + mistake * y


class Update(NamedTuple):
    """One example of a run: its position, its score, whether it is a mistake, and w and b after it."""

    example: int
    score: Node
    mistake: Node
    weight: Node
    bias: Node


def perceptron_run(
    xs: Literal, ys: Sequence[Any], w: Literal | None = None, b: Literal = 0, max_passes: int = 100
) -> list[Update]:
    """Return one update for each example presented, pass after pass, until a pass is without mistakes.

    ``xs`` are examples, one a row, and ``ys`` their labels +1 or −1; w and b start at 0 unless given.
    The nodes of update t are named s_t, m_t, w_t and b_t, so that each is a line of working.  A run that
    makes mistakes in ``max_passes`` passes is an error: the data may not be separable.
    """
    examples, labels = _data(xs, ys)
    w = named(lift(zeros(examples[0].shape[0]) if w is None else w), "w_0")
    b = named(lift(b), "b_0")
    run: list[Update] = []
    values = Values()
    for _ in range(max_passes):
        clean = True
        for i, (x, y) in enumerate(zip(examples, labels, strict=True)):
            t = str(len(run) + 1)
            s = named(dot(w, x) + b, f"s_{t}")
            m = named(perceptron_mistake(s, y), f"m_{t}")
            w, b = named(w + m * y * x, f"w_{t}"), named(b + m * y, f"b_{t}")
            run.append(Update(i, s, m, w, b))
            made = values.number(m)
            if made is None:
                raise GraphError(f"perceptron_run: {values.why.get(m, 'a score depends on a symbol')}")
            clean = clean and not made
        if clean:
            return run
    raise GraphError(
        f"perceptron_run: still mistakes after {max_passes} passes; the examples may not be separable"
    )


def novikoff_bound(xs: Literal, ys: Sequence[Any], w: Literal, b: Literal = 0) -> Node:
    """Return (R/γ)², more mistakes than which the perceptron never makes (Novikoff, 1962).

    γ is the margin by which w and b separate the examples, and R the length of the longest; each example
    carries a 1 for the bias.  It holds for runs that start at 0, and for every w and b that separate.
    """
    examples, labels = _data(xs, ys)
    w, b = lift(w), lift(b)
    if w.shape != examples[0].shape or b.shape:
        raise GraphError(
            f"novikoff_bound: w has shape {show_shape(w.shape)} and b {show_shape(b.shape)}, but examples "
            f"have shape {show_shape(examples[0].shape)}"
        )
    X, y = lift(xs), lift(labels)
    margin = minimum_of(y * (X @ w + b))
    if not free_symbols(margin) and exact(margin).item() <= 0:
        raise GraphError("novikoff_bound: w and b do not separate the examples: a margin is not positive")
    longest = maximum_of(sum_last(X * X)) + 1
    length = dot(w, w) if is_literal(b, 0) else dot(w, w) + b**2
    return named(longest, "R²") * length / named(margin, "m") ** 2


def _data(xs: Literal, ys: Sequence[Any]) -> tuple[list[Node], list[Node]]:
    rows = list(xs) if isinstance(xs, (list, tuple)) else list(lift(xs))
    examples, labels = [lift(x) for x in rows], [lift(y) for y in ys]
    examples = [x if x.name is not None else named(x, f"x_{i}") for i, x in enumerate(examples, 1)]
    if not examples or len(examples) != len(labels):
        raise GraphError(f"perceptron: {len(examples)} examples with {len(labels)} labels")
    if any(x.ndim != 1 or x.shape != examples[0].shape for x in examples):
        found = " and ".join(sorted({show_shape(x.shape) for x in examples}))
        raise GraphError(f"perceptron: examples are vectors of one length, found shapes {found}")
    for y in labels:
        if y.shape or (not free_symbols(y) and exact(y).item() not in (1, -1)):
            raise GraphError("perceptron: labels are +1 and −1")
    return examples, labels
