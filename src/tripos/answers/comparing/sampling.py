"""Points at which an answer and a key are evaluated: chosen once for a key, the same in every run.

Every value is a float64 that stands for itself exactly (a whole number over a power of two), so that floats,
rationals and balls all see the same point.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..declared import SHORT, Declared

Array = npt.NDArray[Any]
Entries = Callable[[np.random.Generator, tuple[int, ...]], Array]

CONTINUOUS = ("real", "positive", "nonnegative", "probability", "distribution")
"""Domains in which a single value is no more than a point of a curve."""

SEED = 20220226
"""Where the points come from; an answer that was written before it was compared cannot depend on it."""

SIZES = ((3, 2, 4, 5, 6, 7, 8, 9), (2, 4, 3, 6, 5, 8, 7, 10))
"""Two settings of symbolic sizes, in the order in which the names are declared; all differ in each."""

GRID = 2**44
"""Points of a proof are whole numbers over this: so many values lie between 0 and 1."""

SIMPLE = 8
"""Points with short numbers."""

MAX_THRESHOLDS = 8
"""How many of the numbers that occur in a formula become points of their own."""


class Points(NamedTuple):
    """Values of all names at a number of points, for one setting of the symbolic sizes.

    ``table`` holds for each name an array with an axis of points in front, and the rank of one value.
    ``special`` marks points at which a real name sits exactly on a threshold, where formulas that agree
    everywhere else may differ; ``proof`` are the rows drawn from a grid so fine that they prove equality.
    ``ranges`` says how far declared indices run; ``written`` keeps values in words, by point and names.
    """

    names: Mapping[str, Declared]
    sizes: dict[str, int]
    table: dict[str, tuple[Array, int]]
    special: npt.NDArray[np.bool_]
    proof: tuple[int, ...]
    ranges: dict[str, int]
    written: dict[tuple[int, frozenset[str]], str]

    def take(self, rows: Sequence[int] | npt.NDArray[Any]) -> Points:
        """Return some of the points."""
        at = np.asarray(rows, dtype=int)
        place = {int(row): new for new, row in enumerate(at)}
        table = {name: (values[at], rank) for name, (values, rank) in self.table.items()}
        proof = tuple(place[row] for row in self.proof if row in place)
        return Points(self.names, self.sizes, table, self.special[at], proof, self.ranges, {})


def settings(names: Mapping[str, Declared]) -> list[dict[str, int]]:
    """Return the settings of symbolic sizes to compare at: two, or one where no size is symbolic."""
    dims: dict[str, None] = {}
    for name, declared in names.items():
        if domain_of(declared) == "dimension":
            dims[name] = None
        dims |= {d: None for d in declared.shape if isinstance(d, str)}
    if not dims:
        return [{}]
    if len(dims) > len(SIZES[0]):
        raise ValueError(f"at most {len(SIZES[0])} symbolic sizes are compared, found {len(dims)}")
    return [dict(zip(dims, sizes, strict=False)) for sizes in SIZES]


def domain_of(declared: Declared) -> str:
    """Return the full name of the domain of a declared name."""
    return SHORT.get(declared.domain, declared.domain)


def draw(names: Mapping[str, Declared], sizes: Mapping[str, int], numbers: Sequence[Fraction] = ()) -> Points:
    """Return the points for one setting of sizes; ``numbers`` are those that occur in the formulas."""
    rng = np.random.default_rng(SEED + len(sizes) + sum(sizes.values()))
    thresholds = _thresholds(numbers)
    groups: list[tuple[int, Entries]] = [
        (SIMPLE, lambda rng, shape: np.zeros(shape)),  # drawn below, all different
        (22, lambda rng, shape: rng.integers(-3 * 2**20, 3 * 2**20, shape) / 2**20 + 2.0**-21),
        (3, lambda rng, shape: rng.integers(-99, 99, shape) / 4096 + 1 / 8192),
        (2, lambda rng, shape: rng.integers(-40 * 8, 40 * 8, shape) / 8 + 1 / 16),
        (2, lambda rng, shape: rng.integers(-9_999, 9_999, shape) + 1 / 2),
    ]
    for value in thresholds:
        groups += [(2, _around(value, delta)) for delta in (0.0, -1 / 32, 1 / 32)]
    groups.append((3, lambda rng, shape: rng.integers(-3 * GRID, 3 * GRID, shape) / GRID))
    if all(domain_of(d) in ("integer", "positive integer") for d in names.values()):
        groups.insert(1, (40, lambda rng, shape: rng.integers(-20, 20, shape) / 2))
    count = sum(rows for rows, _ in groups)
    simple = _different(rng, names, sizes)
    table = {}
    for name, declared in names.items():
        shape = tuple(_size(d, sizes) for d in declared.shape)
        domain = domain_of(declared)
        if domain == "index":
            table[name] = (_indices(rng, count, shape[0] if shape else 3), 0)
            continue
        if domain == "dimension":
            table[name] = (np.full(count, float(sizes[name])), 0)
            continue
        parts = []
        for number, (rows, entries) in enumerate(groups):
            fine = number == len(groups) - 1
            drawn = simple[name] if number == 0 else entries(rng, (rows, *shape))
            parts.append(_in_domain(domain, rng, drawn, GRID if fine else 2**16 if number else 128))
        table[name] = (np.concatenate(parts), len(shape))
    for name, size in sizes.items():
        table.setdefault(name, (np.full(count, float(size)), 0))
    special = _special(names, table, thresholds, count)
    return Points(
        names, dict(sizes), table, special, tuple(range(count - 3, count)), _ranges(names, sizes), {}
    )


def _different(
    rng: np.random.Generator, names: Mapping[str, Declared], sizes: Mapping[str, int]
) -> dict[str, Array]:
    """Return short numbers for the first points, all of different magnitude: they make good witnesses."""
    shapes = {name: tuple(_size(d, sizes) for d in declared.shape) for name, declared in names.items()}
    counts = [math.prod(shape) for shape in shapes.values()]
    total = sum(counts)
    magnitudes = np.stack([rng.permutation(total + 6)[:total] * 2 + 1 for _ in range(SIMPLE)]) / 8
    values = magnitudes * rng.choice([-1, 1], magnitudes.shape)
    cuts = np.split(values, np.cumsum(counts)[:-1], axis=1) if counts else []
    return {n: cut.reshape(SIMPLE, *shape) for (n, shape), cut in zip(shapes.items(), cuts, strict=True)}


def _special(
    names: Mapping[str, Declared],
    table: Mapping[str, tuple[Array, int]],
    thresholds: Sequence[float],
    count: int,
) -> npt.NDArray[np.bool_]:
    """Return at which points a continuous value is a threshold, or is equal to another one."""
    parts = [table[n][0] for n, declared in names.items() if domain_of(declared) in CONTINUOUS]
    if not parts:
        return np.zeros(count, dtype=bool)
    entries = np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)
    ordered = np.sort(entries, axis=1)
    tied = (ordered[:, 1:] == ordered[:, :-1]).any(1)
    return np.asarray(np.isin(entries, thresholds).any(1) | tied)


def _ranges(names: Mapping[str, Declared], sizes: Mapping[str, int]) -> dict[str, int]:
    """Return how far each declared index runs."""
    indices = {name: d for name, d in names.items() if domain_of(d) == "index" and d.shape}
    return {name.lstrip("\\"): _size(d.shape[0], sizes) for name, d in indices.items()}


def _size(dim: int | str, sizes: Mapping[str, int]) -> int:
    return sizes[dim] if isinstance(dim, str) else int(dim)


def _thresholds(numbers: Sequence[Fraction]) -> list[float]:
    """Return 0 and the numbers of a formula that floats hold exactly, the smallest first."""
    found = {0.0}
    for number in sorted(numbers, key=abs):
        value = abs(number.numerator) / number.denominator if number.denominator < 2**40 else math.inf
        near = round(value * 2**20) / 2**20 if value < 2**20 else math.inf
        if near < math.inf and len(found) < MAX_THRESHOLDS:
            found |= {near, -near}
    return sorted(found, key=lambda value: (abs(value), value))


def _around(value: float, delta: float) -> Entries:
    """Return a way to draw entries at, or a little beside, a threshold: all at the first point, then half."""

    def entries(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        far = rng.integers(-48, 48, shape) / 16 + 1 / 128
        there = rng.random(shape) < 0.5
        there[0] = True
        return np.where(there, value + delta, far)

    return entries


def _indices(rng: np.random.Generator, count: int, size: int) -> Array:
    """Return positions from 1; two indices of one range are equal at some points and differ at others."""
    return rng.integers(1, size + 1, count).astype(float)


def _in_domain(domain: str, rng: np.random.Generator, x: Array, grid: int) -> Array:
    """Return values like ``x`` that lie in a domain; shares of 1 are whole numbers over ``grid``."""
    fine = grid == GRID
    if domain == "positive":
        return np.where(x == 0, 0.5, np.abs(x))
    if domain == "nonnegative":
        return np.abs(x)
    if domain == "probability" or (domain == "distribution" and x.ndim == 1):
        inside = rng.integers(1, grid, x.shape) / grid
        return np.where((np.abs(x) > 0) & (np.abs(x) < 1), np.abs(x), inside)
    if domain == "distribution":
        return _shares(rng, x.shape, GRID if fine else 1024)
    if domain == "integer":
        return np.round(x * (GRID if fine else 4)) if fine else np.round(x * 2)
    if domain == "positive integer":
        return _whole(rng, x.shape, fine)
    if domain == "bit":
        return rng.integers(0, 2, x.shape).astype(float)
    if domain == "one-hot":
        at = rng.integers(0, x.shape[-1], x.shape[:-1])
        return np.asarray(np.arange(x.shape[-1]) == at[..., None], dtype=float)
    return x


def _shares(rng: np.random.Generator, shape: tuple[int, ...], total: int) -> Array:
    """Return positive shares along the last axis that add up to 1 exactly."""
    cut = rng.integers(1, total // shape[-1], shape)
    cut[..., -1] = total - cut[..., :-1].sum(-1)
    return np.asarray(cut / total)


def _whole(rng: np.random.Generator, shape: tuple[int, ...], fine: bool) -> Array:
    """Return positive whole numbers, small ones beside large ones, so that divisions leave remainders."""
    if fine:
        return rng.integers(1, 2**29, shape).astype(float)
    small, large = rng.integers(1, 8, shape), rng.integers(8, 60, shape)
    return np.where(rng.random(shape) < 0.5, small, large).astype(float)
