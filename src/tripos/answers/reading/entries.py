"""Entries of arrays, and sums, products and maxima over indices: the rules of meaning about positions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .tokens import TooMany

if TYPE_CHECKING:
    from .arithmetic import Value
    from .meaning import Meaning

Expr = tuple[Any, ...]

MAX_TERMS = 2_000
"""Most terms of one sum or product over indices."""

MAX_WORK = 20_000
"""Most terms of all sums of an answer together, those of nested ones multiplied."""

_NEUTRAL = {"sum": 0, "prod": 1, "max": None, "min": None}


def entry(m: Meaning, expr: Expr) -> Value:
    """Return the entries of an array at positions that count from 1."""
    x, shape, _ = m.of(expr[1])
    wanted = expr[2]
    if shape == "I" or "*" in shape:
        raise m.misfit(expr, "nothing says how large the array is of which this is an entry")
    if len(shape) == 2 and len(wanted) == 1 and 1 in shape:
        x, shape = (x, shape[:1]) if shape[1] == 1 else (m.algebra.transpose(x), (shape[1],))
        x = m.algebra.squeeze(x, 2)
    if len(wanted) > len(shape):
        raise m.misfit(expr, f"{len(wanted)} positions in an array of {len(shape)} axes")
    positions: list[Any] = []
    for at, size in zip(wanted, shape, strict=False):
        if at is None:
            positions.append(None)
            continue
        if at[0] == "number" and not (at[1].isdigit() and 1 <= int(at[1][:9]) <= size):
            raise m.unread(expr, f"positions count from 1 to {size}, found {at[1]}")
        positions.append(m.scalar(at, "a position"))
    kept = tuple(n for n, at in zip(shape, positions, strict=False) if at is None) + shape[len(positions) :]
    return m.algebra.entry(x, len(shape), positions), kept, False


def summed(m: Meaning, expr: Expr) -> Value:
    """Return a sum, product, mean, maximum or the place of one, over an index."""
    _, word, letter, low, high, condition, body = expr
    algebra = m.algebra
    first = 1 if low is None else algebra.whole(m.scalar(low, "the first value of an index"))
    if first is None:
        raise m.unread(expr, "the first value of an index must be one whole number")
    limit = None if high is None else m.scalar(high, "the last value of an index")
    last = _range(m, letter, body, condition, expr) if limit is None else algebra.largest(limit)
    if last is None:
        raise m.unread(expr, f"nothing says how far the index {letter} runs: write its last value")
    if not last - first + 1 <= MAX_TERMS:  # nor what is not a number
        error = m.unread(expr, f"a sum has at most {MAX_TERMS} terms")
        if high is not None and not m.of(high)[2]:  # at other points there may be fewer
            raise TooMany(error.text, error.place, f"a sum has at most {MAX_TERMS} terms")
        raise error
    last = int(last)
    count = last - first + 1
    if count < 1:
        if word in ("sum", "prod"):
            return algebra.integer(int(word == "prod")), (), False
        raise m.unread(expr, f"the index {letter} has no values")
    before = m.bound.get(letter)
    outer, m.work = m.work, max(m.work, 1) * count
    if m.work > MAX_WORK:
        raise m.unread(expr, f"the sums of an answer have at most {MAX_WORK} terms together")
    varies = limit is not None and algebra.whole(limit) is None
    m.depth += 1
    terms, shape = [], None
    for counter in algebra.counter(m.depth - 1, first, last):
        m.bound[letter] = counter
        value, found, _ = m.of(body)
        if (shape is not None and found != shape) or found == "I":
            raise m.misfit(expr, "the terms of a sum must be of one shape")
        shape = found
        if varies:
            value = _masked(m, word, value, shape, algebra.binary("less_equal", counter, limit, 0, 0))
        if condition is not None:
            value = _masked(m, word, value, shape, m.scalar(condition, "a condition"))
        terms.append(value)
    m.depth -= 1
    m.work = outer
    if before is None:
        del m.bound[letter]
    else:
        m.bound[letter] = before
    assert shape is not None  # there is at least one value
    if word in ("argmax", "argmin"):
        if shape:
            raise m.misfit(expr, f"{word} of {len(shape)} axes")
        return algebra.position(terms, first, word == "argmax"), (), False
    if word == "mean":
        total = algebra.total("sum", terms, count, m.depth, len(shape))
        return algebra.binary("div", total, algebra.integer(count), len(shape), 0), shape, False
    total = algebra.total(word, terms, count, m.depth, len(shape))
    if varies:  # at points where a sum would have too many terms it is left open
        known = algebra.binary("less_equal", limit, algebra.integer(last), 0, 0)
        total = algebra.where(known, total, algebra.undefined(total), (0, len(shape), len(shape)))
    return total, shape, False


def _masked(m: Meaning, word: str, value: Any, shape: tuple[Any, ...], mask: Any) -> Any:
    if word not in _NEUTRAL:
        raise m.unread(m.root, f"a condition below {word} has no meaning here")
    neutral = _NEUTRAL[word]
    other = m.algebra.const("inf") if neutral is None else m.algebra.integer(neutral)
    if word == "max":
        other = m.algebra.negative(other)
    return m.algebra.where(mask, value, other, (0, len(shape), 0))


def _range(m: Meaning, letter: str, body: Expr, condition: Expr | None, expr: Expr) -> int | None:
    """Return the last value of an index: the size of the axis that it is a position of, or its range."""
    sizes = set()
    stack: list[Any] = [body, condition]
    while stack:
        part = stack.pop()
        if not isinstance(part, tuple):
            continue
        if part and part[0] == "entry" and part[1][0] == "name":
            _, shape = m.algebra.name(part[1][1])
            if len(shape) == 2 and len(part[2]) == 1 and 1 in shape:
                shape = (max(shape),)
            sizes |= {n for n, at in zip(shape, part[2], strict=False) if at == ("index", letter)}
        stack.extend(part)
    if len(sizes) > 1:
        raise m.misfit(expr, f"the index {letter} runs over axes of different sizes")
    return sizes.pop() if sizes else m.algebra.dimension(letter)
