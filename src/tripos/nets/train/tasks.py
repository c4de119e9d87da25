"""Sequence tasks that are drawn: symbols to repeat, to reverse or to sort, and numbers to add.

Each gives Data from a seed, with sequences of the one length that is asked for; weights do not depend on it,
so that a model can be measured on lengths that it has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from .data import Data, DataError


def copying(rows: int, length: int = 8, symbols: int = 8, seed: int = 0) -> Data:
    """Return sequences to be repeated as they are; the columns are those of ``reversal``."""
    return _repeated("copying", rows, length, symbols, seed, lambda tokens: tokens)


def reversal(rows: int, length: int = 8, symbols: int = 8, seed: int = 0) -> Data:
    """Return sequences to be repeated backwards.

    ``x`` length×symbols: the sequence, each symbol a one-hot row.
    ``y`` length×(symbols + 1): what the decoder has read before each step, as in teacher forcing; the first
    row is the start, one-hot at the place after the last symbol, then come the targets but the last.
    ``t`` length: the targets, symbols counted from 0.
    """
    return _repeated("reversal", rows, length, symbols, seed, lambda tokens: tokens[:, ::-1])


def sorting(rows: int, length: int = 8, symbols: int = 8, seed: int = 0) -> Data:
    """Return sequences to be put in order, the lowest symbol first; the columns are those of ``reversal``."""
    return _repeated("sorting", rows, length, symbols, seed, lambda tokens: np.sort(tokens, axis=1))


def adding(rows: int, length: int = 20, seed: int = 0) -> Data:
    """Return numbers of which two are to be added (Hochreiter and Schmidhuber, 1997).

    ``x`` length×2: a number drawn evenly from 0 to 1, and a mark; one mark in each half is 1, the others 0.
    ``t`` 1: the sum of the two marked numbers; to guess 1 has a squared error of 1/6.
    """
    _check("adding", rows=rows)
    if length < 2:
        raise DataError(f"adding: length must be 2 or more, found {length}")
    rng = np.random.default_rng(seed)
    numbers, marks = rng.random((rows, length)), np.zeros((rows, length))
    half = length // 2
    for low, high in ((0, half), (half, length)):
        marks[np.arange(rows), rng.integers(low, high, rows)] = 1
    total = (numbers * marks).sum(axis=1, keepdims=True)
    return Data({"x": np.stack([numbers, marks], axis=-1), "t": total}, name="adding")


TASKS: Mapping[str, Callable[..., Data]] = {
    "copying": copying,
    "reversal": reversal,
    "sorting": sorting,
    "adding": adding,
}
"""Every task by its name; each takes rows and a seed."""

Tokens = NDArray[np.int64]


def _repeated(
    name: str, rows: int, length: int, symbols: int, seed: int, changed: Callable[[Tokens], Tokens]
) -> Data:
    _check(name, rows=rows, length=length, symbols=symbols)
    tokens = np.random.default_rng(seed).integers(0, symbols, (rows, length))
    targets = changed(tokens)
    start = np.full((rows, 1), symbols)
    before = np.concatenate([start, targets[:, :-1]], axis=1)
    columns = {"x": np.eye(symbols)[tokens], "y": np.eye(symbols + 1)[before], "t": targets}
    return Data(columns, symbols, name)


def _check(name: str, **counts: int) -> None:
    for key, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise DataError(f"{name}: {key} must be a whole number of 1 or more, found {value!r}")
