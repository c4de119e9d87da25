"""Answers that say much the same, side by side, so that a person marks them alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

ALIKE = 0.6
"""Cosine distance between TF-IDF vectors, on average over two groups, up to which they are one group."""

AT_ONCE = 1500
"""Answers that are compared with one another at once; the distances of more would not fit in memory."""

BEGINNING = 2000
"""Characters of an answer that are compared."""


class Grouped(NamedTuple):
    """Groups of positions in the texts that were given, and a sentence on how they were formed."""

    groups: list[list[int]]
    how: str


def group(texts: Sequence[str]) -> Grouped:
    """Return texts in groups of similar ones: large groups first, in a group in the order given.

    With scikit-learn, similar are texts with many runs of two to five letters in common.  Without it, or
    for fewer than three texts, similar are those that differ in letter case, spaces and punctuation only.
    """
    bare = [" ".join(re.findall(r"\w+|[^\w\s]", text[:BEGINNING].casefold())) for text in texts]
    if len(texts) < 3:
        return Grouped(_ordered([[i] for i in range(len(texts))]), "")
    try:
        import sklearn  # noqa: F401  (asked for here, so that a fault inside it is not taken for its absence)
    except ImportError:
        how = (
            "Only answers that differ in nothing but letter case, spaces and punctuation are side by side: "
            "similar ones need scikit-learn (pip install 'tripos[marking]')."
        )
        return Grouped(_ordered(_equal(bare)), how)
    order = sorted(range(len(bare)), key=lambda i: (bare[i], i))
    parts = [order[i : i + AT_ONCE] for i in range(0, len(order), AT_ONCE)]
    groups = [[part[j] for j in found] for part in parts for found in _similar([bare[i] for i in part])]
    return Grouped(_ordered(groups), "Answers that share many words, or parts of words, are side by side.")


def _equal(texts: Sequence[str]) -> list[list[int]]:
    found: dict[str, list[int]] = {}
    for i, text in enumerate(texts):
        found.setdefault(re.sub(r"[\W_]+", " ", text).strip() or text, []).append(i)
    return list(found.values())


def _similar(texts: Sequence[str]) -> list[list[int]]:
    """Return groups by average linkage of TF-IDF vectors; empty texts are groups of equal ones."""
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.feature_extraction.text import TfidfVectorizer

    full = [i for i, text in enumerate(texts) if text.strip()]
    groups = _equal([texts[i] for i in full]) if len(full) < 2 else []
    if len(full) >= 2:
        vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True).fit_transform(
            [texts[i] for i in full]
        )
        distances = (1 - (vectors @ vectors.T).toarray()).clip(0, 1).round(9)
        found = AgglomerativeClustering(
            n_clusters=None, metric="precomputed", linkage="average", distance_threshold=ALIKE
        ).fit_predict(distances)
        by_label: dict[int, list[int]] = {}
        for i, label in zip(range(len(full)), found.tolist(), strict=True):
            by_label.setdefault(label, []).append(i)
        groups = list(by_label.values())
    empty = [i for i, text in enumerate(texts) if not text.strip()]
    return [[full[i] for i in part] for part in groups] + ([empty] if empty else [])


def _ordered(groups: list[list[int]]) -> list[list[int]]:
    return sorted((sorted(part) for part in groups), key=lambda part: (-len(part), part))
