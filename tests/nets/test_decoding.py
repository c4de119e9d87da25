import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.graph import GraphError, Node, constant, exact, exp, floats, log, log_softmax, symbol, vector
from tripos.nets import beam_search, beams, greedy_search

# The best sentence does not begin with the best word: 0.6 · 0.4 < 0.4 · 0.9.
MODEL = {
    "<s>": {"the": 0.6, "a": 0.4},
    "the": {"dog": 0.4, "cat": 0.3, "</s>": 0.3},
    "a": {"cat": 0.9, "</s>": 0.1},
    "dog": {"</s>": 1.0},
    "cat": {"</s>": 1.0},
}


def in_floats(prefix):
    return {word: math.log(p) for word, p in MODEL[prefix[-1]].items()}


def exactly(prefix):
    return {word: log(constant(p)) for word, p in MODEL[prefix[-1]].items()}


@pytest.mark.parametrize("step", [in_floats, exactly])
def test_a_beam_of_two_beats_greed(step):
    greedy = greedy_search(step, "<s>", "</s>", 4)
    assert greedy.tokens == ("the", "dog", "</s>")
    best, second = beam_search(step, "<s>", "</s>", 2, 4)
    assert best.tokens == ("a", "cat", "</s>")
    assert second.tokens == greedy.tokens
    for hypothesis, p in ((best, 0.36), (second, 0.24)):
        score = hypothesis.log_probability
        assert math.exp(floats(score) if isinstance(score, Node) else score) == pytest.approx(p)
        assert hypothesis.ended


def test_rounds_are_told_one_by_one():
    rounds = [[h.tokens for h in beam] for beam in beams(exactly, "<s>", "</s>", 2, 4)]
    assert rounds == [
        [("the",), ("a",)],
        [("a", "cat"), ("the", "dog")],
        [("a", "cat", "</s>"), ("the", "dog", "</s>")],
    ]


# -- against enumeration ---------------------------------------------------------------------------

TOKENS = (0, 1, 2)
END = 2


@st.composite
def models(draw):
    """Return a model with a distribution, in hundredths, for every prefix of up to two tokens."""
    table = {}
    for length in range(3):
        for prefix in itertools.product(TOKENS[:2], repeat=length):
            weights = draw(st.lists(st.integers(0, 20), min_size=3, max_size=3).filter(any))
            table[prefix] = [Fraction(w, sum(weights)) for w in weights]
    return table


def enumerated(table, max_length):
    """Return every sequence of probability above 0 that ends, or is max_length long, with its probability."""
    found = {}
    for length in range(1, max_length + 1):
        for tokens in itertools.product(TOKENS, repeat=length):
            if END in tokens[:-1] or (tokens[-1] != END and length < max_length):
                continue
            p = math.prod(table[tokens[:i]][token] for i, token in enumerate(tokens))
            if p:
                found[tokens] = p
    return found


def logs(table):
    return lambda prefix: [math.log(p) if p else -math.inf for p in table[prefix[1:]]]


@given(models(), st.integers(1, 3), st.sampled_from([0, 0.5, 1]))
@settings(max_examples=60, deadline=None)
def test_a_wide_beam_finds_every_sequence_in_order(table, max_length, penalty):
    found = beam_search(logs(table), "start", END, 100, max_length, penalty)
    want = enumerated(table, max_length)
    assert {h.tokens for h in found} == set(want)
    scores = [math.log(want[h.tokens]) / len(h.tokens) ** penalty for h in found]
    np.testing.assert_allclose([h.score for h in found], scores, atol=1e-12)
    assert all(a >= b - 1e-12 for a, b in itertools.pairwise(scores))
    assert all(h.ended == (h.tokens[-1] == END) for h in found)


@given(models(), st.integers(1, 3), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_a_beam_keeps_the_best_of_each_round(table, max_length, width):
    """Worked with exact probabilities: after each round the same probabilities are left."""
    beam = {(): Fraction(1)}
    for got in beams(logs(table), "start", END, width, max_length):
        grown = {t: p for t, p in beam.items() if t[-1:] == (END,)}
        for tokens, p in beam.items():
            if tokens[-1:] != (END,):
                grown |= {(*tokens, t): p * q for t, q in enumerate(table[tokens]) if q}
        best = sorted(grown, key=lambda t: -grown[t])[:width]
        np.testing.assert_allclose(
            [math.exp(h.log_probability) for h in got], [float(grown[t]) for t in best], rtol=1e-12
        )
        beam = {h.tokens: grown[h.tokens] for h in got}


@given(models(), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_a_beam_of_one_is_greedy(table, max_length):
    (one,) = beam_search(logs(table), "start", END, 1, max_length)
    assert one == greedy_search(logs(table), "start", END, max_length)


# -- exact scores ----------------------------------------------------------------------------------


@given(models())
@settings(max_examples=15, deadline=None)
def test_exact_scores_give_the_same_order(table):
    def step(prefix):
        return {t: log(constant(p)) for t, p in enumerate(table[prefix[1:]]) if p}

    want = enumerated(table, 2)
    found = beam_search(step, "start", END, 100, 2)
    assert [Fraction(str(exact(exp(h.score)))) for h in found] == sorted(want.values(), reverse=True)
    for hypothesis in found:
        assert Fraction(str(exact(exp(hypothesis.score)))) == want[hypothesis.tokens]


def test_ties_are_proven_and_keep_their_order():
    half, third, sixth = (log(constant(1) / n) for n in (2, 3, 6))
    table = {
        ("s",): {"a": half, "b": third, "end": sixth},
        ("s", "a"): {"end": third},
        ("s", "b"): {"end": half},
    }
    found = beam_search(table.__getitem__, "s", "end", 3, 3)
    assert [h.tokens for h in found] == [("end",), ("a", "end"), ("b", "end")]
    assert {str(exact(exp(h.score))) for h in found} == {"1/6"}


def test_a_step_may_return_a_vector_of_nodes():
    logits = {1: vector(1, 2, 0), 2: vector(3, 0, 1), 3: vector(0, 0, 1)}
    found = beam_search(lambda prefix: log_softmax(logits[len(prefix)]), None, END, 2, 3)
    z = {k: np.array(floats(v)) for k, v in logits.items()}
    tables = {k: v - np.log(np.exp(v).sum()) for k, v in z.items()}
    sequences = {
        tokens: sum(tables[i + 1][t] for i, t in enumerate(tokens))
        for length in (1, 2, 3)
        for tokens in itertools.product(TOKENS, repeat=length)
        if END not in tokens[:-1] and (tokens[-1] == END or length == 3)
    }
    assert found[0].tokens == max(sequences, key=sequences.get)
    assert floats(found[0].score) == pytest.approx(max(sequences.values()))


def test_length_normalisation_favours_longer_sequences():
    table = {
        ("s",): {"end": math.log(0.4), "a": math.log(0.6)},
        ("s", "a"): {"end": math.log(0.5), "b": math.log(0.5)},
    }
    table |= {("s", "a", "b"): {"end": 0.0}}
    by_probability = beam_search(table.__getitem__, "s", "end", 5, 3)
    assert by_probability[0].tokens == ("end",)
    by_mean = beam_search(table.__getitem__, "s", "end", 5, 3, length_penalty=1)
    assert by_mean[0].tokens == ("a", "b", "end")
    assert by_mean[0].score == pytest.approx(math.log(0.3) / 3)


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"width": 0}, "width must be a positive integer"),
        ({"width": 1.5}, "width must be a positive integer"),
        ({"max_length": 0}, "max_length must be a positive integer"),
    ],
)
def test_sizes_are_positive_integers(options, why):
    with pytest.raises(GraphError, match=why):
        beam_search(in_floats, "<s>", "</s>", **{"width": 2, "max_length": 4} | options)
    if "max_length" in options:
        with pytest.raises(GraphError, match=why):
            greedy_search(in_floats, "<s>", "</s>", 0)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({}, "nothing may follow"),
        ({"a": -math.inf}, "no token has a probability above 0"),
        ({"a": math.nan}, "log-probability of 'a' is nan"),
        ({"a": 0.6}, "logarithms of probabilities are at most 0"),
        ({"a": vector(0, 0)}, "log-probability of shape 2"),
        ({"a": log(constant(0)), "b": log(constant(1))}, "log of 0"),
        ({"a": symbol("p"), "b": log(constant(1))}, "depends on p"),
    ],
)
def test_what_is_no_log_probability_is_refused(answer, why):
    for search in (
        lambda s: beam_search(s, "<s>", "</s>", 2, 2),
        lambda s: greedy_search(s, "<s>", "</s>", 2),
    ):
        with pytest.raises(GraphError, match=why):
            search(lambda prefix: answer)
