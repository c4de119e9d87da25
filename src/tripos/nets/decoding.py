"""Decoding: the most probable sequences under a model that gives probabilities word by word."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cmp_to_key
from typing import Any, NamedTuple

from ..graph import GraphError, Node, lift
from ..graph.literal import number
from ..graph.node import Literal, show_shape
from ..graph.spaces import exact as exact_space
from ..graph.values import Values

Token = Hashable
Score = Any
"""A logarithm of a probability: a float, or a node with an exact value."""

ROUNDING = 1e-9
"""How far a float may lie above 0 as a logarithm of a probability."""

Step = Callable[[tuple[Any, ...]], Mapping[Any, Score] | Sequence[Score]]
"""From the tokens so far, the start included, to the log-probability of each next token.

A sequence stands for a mapping from its positions.  Tokens of probability 0 are left out, or −∞.
"""


class Hypothesis(NamedTuple):
    """A sequence of tokens after the start: its log-probability, its score, and whether it has ended."""

    tokens: tuple[Any, ...]
    log_probability: Score
    score: Score
    ended: bool


def beam_search(
    step: Step, start: Token, end: Token, width: int, max_length: int, length_penalty: Literal = 0
) -> list[Hypothesis]:
    """Return at most ``width`` hypotheses, best first.

    In each round every hypothesis that has not ended is extended by every token, and the best ``width`` of
    all go on, those that have ended among them.  The search stops when all have ended, or at ``max_length``
    tokens, the end included; what has not ended then is returned as it is.  The score is the log-probability
    over length^length_penalty, so that 0 compares probabilities and 1 their geometric means.  Equal scores
    keep the order in which they were found.
    """
    *_, last = beams(step, start, end, width, max_length, length_penalty)
    return last


def beams(
    step: Step, start: Token, end: Token, width: int, max_length: int, length_penalty: Literal = 0
) -> Iterator[list[Hypothesis]]:
    """Yield the hypotheses after each round of ``beam_search``, best first."""
    for name, value in (("width", width), ("max_length", max_length)):
        if not isinstance(value, int) or value < 1:
            raise GraphError(f"beam_search: {name} must be a positive integer, found {value!r}")
    power = number(length_penalty)
    values = Values()

    def order(one: Hypothesis, other: Hypothesis) -> int:
        return _compare(other.score, one.score, values)

    beam = [Hypothesis((), 0, 0, False)]
    for _ in range(max_length):
        found = [h for h in beam if h.ended]
        for hypothesis in beam:
            if not hypothesis.ended:
                found += _extensions(step, start, end, hypothesis, power)
        beam = sorted(found, key=cmp_to_key(order))[:width]
        yield beam
        if all(hypothesis.ended for hypothesis in beam):
            return


def greedy_search(step: Step, start: Token, end: Token, max_length: int) -> Hypothesis:
    """Return what comes of taking the most probable token each time, the first of several, until the end."""
    if not isinstance(max_length, int) or max_length < 1:
        raise GraphError(f"greedy_search: max_length must be a positive integer, found {max_length!r}")
    values = Values()
    tokens: tuple[Any, ...] = ()
    total: Score = 0
    while len(tokens) < max_length and tokens[-1:] != (end,):
        options = _options(step, (start, *tokens))
        token, gain = options[0]
        for other, score in options[1:]:
            if _compare(score, gain, values) > 0:
                token, gain = other, score
        tokens, total = (*tokens, token), total + gain
    return Hypothesis(tokens, total, total, tokens[-1] == end)


def _extensions(
    step: Step, start: Token, end: Token, before: Hypothesis, power: Fraction
) -> list[Hypothesis]:
    """Return a hypothesis with every token that may follow."""
    length = len(before.tokens) + 1
    found = []
    for token, gain in _options(step, (start, *before.tokens)):
        total = before.log_probability + gain
        over: Any = float(length**power) if isinstance(total, float) else lift(length) ** power
        score = total / over if power else total
        found.append(Hypothesis((*before.tokens, token), total, score, token == end))
    return found


def _options(step: Step, prefix: tuple[Any, ...]) -> list[tuple[Any, Score]]:
    """Return the tokens that may follow a prefix and their log-probabilities, checked."""
    answer = step(prefix)
    pairs = list(answer.items()) if isinstance(answer, Mapping) else list(enumerate(answer))
    found: list[tuple[Any, Score]] = []
    for token, given in pairs:
        score = given if isinstance(given, Node) else float(given)
        if isinstance(score, Node) and score.shape:
            raise GraphError(
                f"beam search: {token!r} has a log-probability of shape {show_shape(score.shape)}"
            )
        if isinstance(score, float) and not score <= ROUNDING:
            raise GraphError(
                f"beam search: the log-probability of {token!r} is {score}; logarithms of probabilities are "
                "at most 0"
            )
        if score != -math.inf:
            found.append((token, score))
    if not found:
        raise GraphError(f"beam search: nothing may follow {prefix!r}: no token has a probability above 0")
    return found


def _compare(one: Score, other: Score, values: Values) -> int:
    """Return the sign of a difference of logarithms: of floats as they are, of exact values proven."""
    if isinstance(one, float) and isinstance(other, float):
        return (one > other) - (one < other)
    ends = []
    for node in (lift(one), lift(other)):
        value = values[node]
        if value is None:
            raise values.why[node]
        ends.append(value.item())
    # log 1/6 = log 1/2 + log 1/3 is plain once both are raised to the exponential.
    ratio = exact_space.exp((ends[0] - ends[1]).expand())
    return exact_space.sign(ratio - 1)
