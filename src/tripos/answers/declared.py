"""What a question declares about the names that an answer may use."""

from __future__ import annotations

from typing import NamedTuple

DOMAINS = (
    "real",
    "positive",
    "nonnegative",
    "probability",
    "distribution",
    "integer",
    "positive integer",
    "index",
    "dimension",
    "one-hot",
    "bit",
)
"""What a name may stand for."""

SHORT = {
    "prob": "probability", "int": "integer", "posint": "positive integer", "dim": "dimension",
    "nonneg": "nonnegative", "non-negative": "nonnegative", "pos": "positive", "onehot": "one-hot",
    "one_hot": "one-hot", "dist": "distribution", "simplex": "distribution", "binary": "bit",
}  # fmt: skip
"""Short spellings of domains."""


class Declared(NamedTuple):
    """A name's shape, of numbers and of names of dimensions, and its domain.

    An index is a single whole number from 1 to the dimension that its shape names, as ("K",).
    """

    shape: tuple[int | str, ...] = ()
    domain: str = "real"
