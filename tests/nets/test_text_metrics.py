import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from tripos.graph import GraphError, exact, floats, lift, named, sqrt, symbol, vector
from tripos.graph.steps import working
from tripos.nets import bleu, brevity_penalty, corpus_bleu, modified_precision, perplexity

# The examples of Papineni et al. (2002), sections 2.1 and 2.1.1.
CANDIDATE_1 = "It is a guide to action which ensures that the military always obeys the commands of the party"
CANDIDATE_2 = "It is to insure the troops forever hearing the activity guidebook that party direct"
REFERENCES = [
    "It is a guide to action that ensures that the military will forever heed Party commands",
    "It is the guiding principle which guarantees the military forces always being under the command of the "
    "Party",
    "It is the practical guide for the army always to heed the directions of the party",
]
CATS = ["The cat is on the mat", "There is a cat on the mat"]


@pytest.mark.parametrize(
    ("references", "candidate", "n", "want"),
    [
        (REFERENCES, CANDIDATE_1, 1, "17/18"),
        (REFERENCES, CANDIDATE_2, 1, "4/7"),  # 8/14
        (REFERENCES, CANDIDATE_1, 2, "10/17"),
        (REFERENCES, CANDIDATE_2, 2, "1/13"),
        ([s.lower() for s in CATS], "the the the the the the the", 1, "2/7"),
        ([s.lower() for s in CATS], "the the the the the the the", 2, "0"),
    ],
)
def test_modified_precisions_are_those_of_the_paper(references, candidate, n, want):
    assert str(exact(modified_precision(references, candidate, n))) == want


def test_the_example_of_nltk():
    """The value in the documentation of nltk.translate.bleu_score.sentence_bleu."""
    assert floats(bleu(REFERENCES, CANDIDATE_1)) == pytest.approx(0.5045666840058485, rel=1e-12)


def by_the_paper(references, hypotheses, n, weights):
    """Return BLEU by the formula of the paper: BP · exp(Σ w log p), with p by counts of tuples."""
    logs = 0.0
    for k, weight in zip(range(1, n + 1), weights, strict=True):
        clipped = found = 0
        for several, hypothesis in zip(references, hypotheses, strict=True):
            own = Counter(zip(*(hypothesis[i:] for i in range(k)), strict=False))
            for gram, count in own.items():
                most = max(sum(tuple(r[i : i + k]) == gram for i in range(len(r) - k + 1)) for r in several)
                clipped += min(count, most)
                found += count
        if not clipped:
            return 0.0
        logs += weight * math.log(clipped / found)
    c = sum(map(len, hypotheses))
    r = 0
    for several, hypothesis in zip(references, hypotheses, strict=True):
        lengths = sorted(len(reference) for reference in several)
        r += min(lengths, key=lambda length: abs(length - len(hypothesis)))
    return math.exp(logs) * (1.0 if c > r else math.exp(1 - r / c))


SENTENCES = st.lists(st.sampled_from("abc"), min_size=3, max_size=9)


@given(
    corpus=st.lists(
        st.tuples(st.lists(SENTENCES, min_size=1, max_size=3), SENTENCES), min_size=1, max_size=3
    ),
    n=st.integers(1, 3),
)
@settings(max_examples=80, deadline=None)
def test_bleu_is_that_of_the_paper(corpus, n):
    references, hypotheses = zip(*corpus, strict=True)
    want = by_the_paper(references, hypotheses, n, [1 / n] * n)
    assert floats(corpus_bleu(references, hypotheses, n)) == pytest.approx(want)
    if len(corpus) == 1:
        assert floats(bleu(references[0], hypotheses[0], n)) == pytest.approx(want)
    weights = [2 / (k + 2) for k in range(n)]
    want = by_the_paper(references, hypotheses, n, weights)
    assert floats(corpus_bleu(references, hypotheses, n, weights)) == pytest.approx(want)


@pytest.mark.parametrize(
    ("lengths", "own", "want"),
    [
        ((12, 15, 17), 12, "1"),  # the example of section 2.2.2: the closest length counts
        ((10,), 8, "exp(-1/4)"),
        ((10,), 12, "1"),
        ((8, 12), 10, "1"),  # of two that are as close, the shorter
    ],
)
def test_the_brevity_penalty_goes_by_the_closest_length(lengths, own, want):
    found = brevity_penalty([["w"] * length for length in lengths], ["w"] * own)
    assert str(exact(found)) == want


def test_bleu_is_worked_line_by_line():
    lines = working(named(bleu([s.lower() for s in CATS], "the the the cat mat", 2), "BLEU")).splitlines()
    assert lines[0].startswith("BP = min(1, e^(1 − 6/5)) = min(1, e^(−1/5)) = e^(−1/5)")
    assert lines[1:3] == ["p₁ = 4/5", "p₂ = 1/4"]
    assert lines[3].startswith("BLEU = BP · (p₁ p₂)^(1/2)")


def test_without_a_common_ngram_bleu_is_0():
    assert exact(bleu(["a b c d"], "d c b a", 2)) == 0


def test_a_perfect_translation_has_bleu_1():
    assert exact(bleu(CATS, CATS[1])) == 1


# -- perplexity ------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 99), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_perplexity_is_the_exponential_of_the_log_loss(percents):
    p = [k / 100 for k in percents]
    others = np.stack([p, 1 - np.array(p)], 1)
    want = math.exp(log_loss(np.zeros(len(p)), others, labels=[0, 1]))
    assert floats(perplexity(p)) == pytest.approx(want)


@pytest.mark.parametrize(
    ("p", "want"),
    [
        ([lift(1) / 2, lift(1) / 4, lift(1) / 8], "4"),
        ([lift(1) / 6] * 5, "6"),
        ([lift(1) / 2, lift(3) / 10], "(2/3)*sqrt(15)"),
        ([1], "1"),
        ([sqrt(lift(2)) / 2], "sqrt(2)"),
    ],
)
def test_perplexity_is_exact(p, want):
    assert str(exact(perplexity(p))) == want


def test_perplexity_may_be_of_a_symbol():
    p = symbol("p", 2, "probability")
    assert floats(perplexity(p), p=[0.5, 0.125]) == pytest.approx(4)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: perplexity([]), "an array of shape 0 is empty"),
        (lambda: perplexity(lift(1) / 2), "expected a list of probabilities"),
        (lambda: perplexity([0.5, 0]), "no probability above 0"),
        (lambda: perplexity(vector(2, 1)), "no probability above 0"),
        (lambda: bleu("the cat", "the cat"), "expected a list of references"),
        (lambda: bleu([], "the cat"), "expected a list of references"),
        (lambda: bleu(["the cat"], "the cat"), "no 3-grams, it is too short; choose a smaller n"),
        (lambda: bleu(["the cat"], ""), "has no words"),
        (lambda: modified_precision(["the cat"], "", 1), "no 1-grams"),
        (lambda: brevity_penalty(["the cat"], []), "has no words"),
        (lambda: bleu(["the cat"], "the cat", 0), "n must be a positive integer"),
        (lambda: bleu(["the cat"], "the cat", 2, [1]), "1 weights for n-grams up to n = 2"),
        (lambda: bleu([[1, 2]], "the cat", 1), "text or a list of words"),
        (lambda: corpus_bleu([["the cat"]], "the cat"), "a list of references for each hypothesis"),
        (lambda: corpus_bleu([["the cat"]], []), "a list of references for each hypothesis"),
    ],
)
def test_bad_input_is_refused(make, why):
    with pytest.raises(GraphError, match=why):
        make()
