"""Metrics of language models and translations: perplexity, and BLEU (Papineni et al., 2002)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..graph import GraphError, Node, constant, exact, exp, lift, log, mean, minimum, named
from ..graph.node import Literal, free_symbols, show_shape
from ..graph.spaces import exact as exact_space

Words = Sequence[str] | str
"""A sentence: words, or text that is cut at spaces."""


def perplexity(probabilities: Literal) -> Node:
    """Return e^(−mean log p), for the probabilities that a model gave to the words that came.

    It is the geometric mean of 1/p, and does not depend on the base of the logarithm.
    """
    p = lift(probabilities)
    if p.ndim != 1:
        raise GraphError(f"perplexity: expected a list of probabilities, found shape {show_shape(p.shape)}")
    if not free_symbols(p):
        for value in exact(p):
            if exact_space.sign(value) <= 0 or exact_space.sign(1 - value) < 0:
                raise GraphError(f"perplexity: {value} is no probability above 0")
    return exp(-mean(log(p)))


def ngrams(sentence: Words, n: int) -> Counter[tuple[str, ...]]:
    """Return how often each run of n words occurs in a sentence."""
    words = _words(sentence)
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def modified_precision(references: Sequence[Words], hypothesis: Words, n: int) -> Node:
    """Return the share of the n-grams of a hypothesis that its references have too.

    Each counts at most as often as in the reference that has it most often: counts are clipped.
    """
    return _precision([references], [hypothesis], n)


def brevity_penalty(references: Sequence[Words], hypothesis: Words) -> Node:
    """Return min(1, e^(1 − r/c)) for a hypothesis of c words, r being the closest length of a reference."""
    return _penalty([references], [hypothesis])


def bleu(
    references: Sequence[Words], hypothesis: Words, n: int = 4, weights: Sequence[Literal] | None = None
) -> Node:
    """Return the BLEU of one sentence: the brevity penalty times the geometric mean of p_1 to p_n.

    ``weights`` are the exponents of the modified precisions, 1/n each unless given.  The nodes of what is
    multiplied are named BP and p_1 to p_n, so that each is a line of working.  Nothing is smoothed: without
    a common n-gram, BLEU is 0.
    """
    return corpus_bleu([references], [hypothesis], n, weights)


def corpus_bleu(
    references: Sequence[Sequence[Words]],
    hypotheses: Sequence[Words],
    n: int = 4,
    weights: Sequence[Literal] | None = None,
) -> Node:
    """Return the BLEU of a corpus: counts and lengths are summed over its sentences first.

    ``references`` holds for each hypothesis a list of references.
    """
    if isinstance(hypotheses, str) or len(references) != len(hypotheses) or not hypotheses:
        raise GraphError(
            f"corpus_bleu: expected a list of references for each hypothesis, found {len(references)} lists "
            f"for {len(hypotheses)} hypotheses"
        )
    if not isinstance(n, int) or n < 1:
        raise GraphError(f"bleu: n must be a positive integer, found {n!r}")
    powers = [lift(w) for w in (weights if weights is not None else [constant(1) / n] * n)]
    if len(powers) != n:
        raise GraphError(f"bleu: {len(powers)} weights for n-grams up to n = {n}")
    product = named(_penalty(references, hypotheses), "BP")
    if weights is None:
        precisions = constant(1)
        for k in range(1, n + 1):
            precisions = precisions * named(_precision(references, hypotheses, k), f"p_{k}")
        return product * precisions ** powers[0]
    for k, power in enumerate(powers, 1):
        product = product * named(_precision(references, hypotheses, k), f"p_{k}") ** power
    return product


def _precision(references: Sequence[Sequence[Words]], hypotheses: Sequence[Words], n: int) -> Node:
    common = total = 0
    for several, hypothesis in zip(references, hypotheses, strict=True):
        _check(several)
        found = ngrams(hypothesis, n)
        known: Counter[tuple[str, ...]] = Counter()
        for reference in several:
            known |= ngrams(reference, n)  # the larger count of each
        common += (found & known).total()  # the smaller
        total += found.total()
    if not total:
        raise GraphError(f"bleu: the hypothesis has no {n}-grams, it is too short; choose a smaller n")
    return constant(common) / constant(total)


def _penalty(references: Sequence[Sequence[Words]], hypotheses: Sequence[Words]) -> Node:
    own = closest = 0
    for several, hypothesis in zip(references, hypotheses, strict=True):
        _check(several)
        length = len(_words(hypothesis))
        own += length
        closest += min((len(_words(r)) for r in several), key=lambda r: (abs(r - length), r))
    if not own:
        raise GraphError("bleu: the hypothesis has no words")
    return minimum(1, exp(1 - constant(closest) / constant(own)))


def _check(references: Sequence[Words]) -> None:
    if isinstance(references, str) or not references:
        raise GraphError("bleu: expected a list of references, each a sentence")


def _words(sentence: Words) -> list[str]:
    words = sentence.split() if isinstance(sentence, str) else list(sentence)
    if not all(isinstance(word, str) for word in words):
        raise GraphError(f"bleu: a sentence is text or a list of words, found {sentence!r}")
    return words
