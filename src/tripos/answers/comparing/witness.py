"""Witnesses in words: where an answer and a key differ, and what each of them gives there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from flint import arb, fmpq

from . import balls
from .sampling import Points

MAX_FRACTION = 12
"""Longest fraction, in characters, that is written as such."""

SMALLEST = 1e-300
"""Floats smaller than this, or larger than its inverse, are no good for showing a value."""

MAX_SHOWN = 24
"""Entries of an array that are written out."""


def at_point(points: Points, row: int, names: frozenset[str]) -> str:
    """Return the values of names at a point: ``x = 0.125, W = [[1, 2], [3, 4]]``; "" where there are none."""
    text = points.written.get((row, names))
    if text is None:
        known = sorted(names & points.table.keys())
        text = ", ".join(f"{name} = {_entries(points.table[name][0][row])}" for name in known)
        points.written[row, names] = text
    return text


def _entries(values: Any) -> str:
    if np.shape(values):
        shown = [_entries(v) for v in values[:MAX_SHOWN]]
        return "[" + ", ".join(shown) + (", …" if len(values) > MAX_SHOWN else "") + "]"
    return _plain(float(values))


def _plain(value: float) -> str:
    """Return a float as it is where that is short, else to six figures."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(value) if len(repr(value)) <= 9 else f"{value:.6g}"


def shown(value: Any) -> str:
    """Return a number, exact or enclosed, to as many figures as tell it."""
    if value is balls.VOID:
        return "no value"
    if isinstance(value, fmpq):
        text = str(value)
        if len(text) <= MAX_FRACTION:
            return text
        value = arb(value)
    if not value.is_finite():
        return "a value that is not known"
    number = float(value)
    if SMALLEST < abs(number) < 1 / SMALLEST:
        return f"{number:.6g}"
    return str(value.mid().str(6, radius=False))


def difference(answer: Any, key: Any) -> tuple[str, str]:
    """Return both values to as many figures as it takes to see that they differ."""
    found = shown(answer), shown(key)
    if found[0] != found[1]:
        return found
    for digits in (15, 30, 60, 150):
        longer = tuple(balls.decimal(v, digits) for v in (answer, key))
        if longer[0] != longer[1]:
            return longer[0], longer[1]
    return found


def describe(
    points: Points, row: int, names: frozenset[str], answer: Any, key: Any, entry: tuple[int, ...]
) -> str:
    """Return a witness: the point, and the two values of the entry that differs there."""
    place = f" in entry ({', '.join(str(i + 1) for i in entry)})" if entry else ""
    given, wanted = difference(answer, key)
    what = f"the answer gives {given}{place}, the key {wanted}"
    if answer is balls.VOID:
        what = f"the answer has no value{place}, the key is {wanted}"
    where = at_point(points, row, names)
    return f"at {where}: {what}" if where else what


def unlike(given: tuple[int, ...], wanted: tuple[int, ...], sizes: Mapping[str, int]) -> str:
    """Return how a shape differs from the key's, in words; "" where it does not."""
    if given == wanted or (len(wanted) == 1 and given == (*wanted, 1)):
        return ""
    if given == wanted[::-1] and len(wanted) == 2:
        return f"transposed: of shape {_named(given, sizes)}, where the key has {_named(wanted, sizes)}"
    return f"{_kind(given, sizes)}, where the key is {_kind(wanted, sizes)}"


def _named(shape: tuple[int, ...], sizes: Mapping[str, int]) -> str:
    names = {size: name for name, size in sizes.items()}
    return "×".join(names.get(n, str(n)) for n in shape)


def _kind(shape: tuple[int, ...], sizes: Mapping[str, int]) -> str:
    if not shape:
        return "a number"
    shown = _named(shape, sizes)
    if len(shape) == 1:
        return f"a vector of {shown} entries"
    if len(shape) == 2 and shape[0] == 1:
        return f"a row of {_named(shape[1:], sizes)} entries"
    return f"an array of shape {shown}"
