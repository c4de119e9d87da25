"""Does a derivation agree with finite differences?  Evaluated at random points, symbolic sizes as numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, permutations

import numpy as np

from ..bounds import draw
from ..node import Adjoint, Node
from ..notation import write
from ..op import Array, GraphError
from ..program import Program
from ..proof import on_kink
from ..spaces import numpy as floats
from .concrete import concrete, sizes_in
from .derivation import Derivation

POINTS = 12
"""Random points that are tried at once."""

MAX_ENTRIES = 10**7
"""Most entries of an array, over all points; of larger ones there are fewer points."""

SIZES = (3, 2, 4, 5)
"""What symbolic sizes are replaced by, in turn; in another order where that does not fit."""

STEP = 1e-3
"""Distance of the outer points from the middle; the error falls with its fourth power."""

TOLERANCE = 1e-6
"""Relative difference allowed between a gradient and finite differences."""

_REGIMES = {
    "real": [],
    "positive": ["values above 0"],
    "probability": ["values between 0 and 1"],
}
"""What is said of the values that reals were drawn from, in the order in which they are tried."""


@dataclass(frozen=True)
class Agreement:
    """At how many random points gradients were found to agree, for which sizes, and between which values.

    There are no points where nothing finite was found, or arrays were too large.
    """

    points: int
    sizes: tuple[tuple[str, int], ...] = ()
    regime: str = "real"

    def __str__(self) -> str:
        if not self.points:
            return (
                "Not compared with finite differences: no point was found that is finite and not too large."
            )
        count = f"{self.points} random points" if self.points > 1 else "1 random point"
        sizes = [", ".join(f"{name} = {n}" for name, n in self.sizes)] if self.sizes else []
        conditions = " and ".join([*sizes, *_REGIMES[self.regime]])
        return f"Agrees with finite differences at {count}{f' with {conditions}' if conditions else ''}."


def agreement(derived: Derivation) -> Agreement:
    """Return at how many points every adjoint of a derivation was found to agree with finite differences.

    All forms of a line are evaluated as well.  Raises GraphError where something does not agree.
    """
    lines = [line for line in derived.lines if line.kind != "forward"]
    forms = [form for line in lines for form in line.forms]
    sizes, new = _sized(forms, sizes_in([derived.of, *forms]))
    shown = tuple((write(s).text, n) for s, n in sizes.items())
    adjoints = [new[line.node] for line in lines]
    trouble: GraphError | None = None
    for regime in _REGIMES:
        points = _points(adjoints, regime)
        if points is None:
            continue
        try:
            count = min((_compared(a, points) for a in adjoints), default=0)
            for line in lines:
                _alike([new[form] for form in line.forms], points)
        except GraphError as error:  # some formulas mean nothing where probabilities are negative
            trouble = trouble or error
            continue
        if count:
            return Agreement(count, shown, regime)
    if trouble is not None:
        raise trouble
    return Agreement(0, shown)


def _sized(forms: Sequence[Node], symbols: Sequence[Node]) -> tuple[dict[Node, int], dict[Node, Node]]:
    """Return sizes as numbers that fit each other, a window its image, and every node with these sizes."""
    trouble: GraphError | None = None
    for order in permutations(SIZES):
        sizes = dict(zip(symbols, cycle(order), strict=False))
        try:
            return sizes, concrete(forms, sizes)
        except GraphError as error:
            trouble = trouble or error
    assert trouble is not None
    raise trouble


def _alike(forms: Sequence[Node], points: Mapping[Node, Array]) -> None:
    """Raise GraphError where forms of one line have different values."""
    values = Program(forms, floats)(points)
    for form, value in zip(forms[1:], values[1:], strict=True):
        if not np.allclose(value, values[0], rtol=1e-8, atol=1e-10):
            raise GraphError(f"{write(forms[0]).text} = {write(form, own_name=False).text} does not hold")


def _points(adjoints: Sequence[Node], regime: str) -> dict[Node, Array] | None:
    """Return random values of all symbols at which everything is finite; None where none were found."""
    nodes = [n for a in adjoints if isinstance(a.name, Adjoint) for n in (a, a.name.of, a.name.at)]
    program = Program(nodes, floats)
    count = min(POINTS, MAX_ENTRIES // max(math.prod(n.shape) for n in program.order))
    if not count:
        return None
    rng = np.random.default_rng(2022)
    drawn = {n: _drawn(rng, n, regime, count) for n in program.order if n.op.name == "symbol"}
    drawn |= {n: rng.integers(0, size, count).astype(float) for n, size in _positions(program.order).items()}
    found = program(drawn)
    good = np.ones(count, dtype=bool)
    for node, value in zip(program.outputs, found, strict=True):
        good &= np.isfinite(_batch(value, node, count)).reshape(count, -1).all(1)
    return {n: v[good] for n, v in drawn.items()} if good.any() else None


def _drawn(rng: np.random.Generator, symbol: Node, regime: str, count: int) -> Array:
    domain = dict(symbol.attrs)["domain"]
    if domain == "real" and regime == "probability":
        return rng.uniform(0.1, 0.9, (count, *symbol.shape))
    values = draw(rng, symbol, count)
    if domain != "real":
        return values
    return values / 2 if regime == "real" else np.abs(values / 2) + 0.1


def _positions(order: Sequence[Node]) -> dict[Node, int]:
    """Return the symbols that are positions in an array, and how many there are."""
    found = {}
    for node in order:
        if node.op.name in ("onehot", "entry") and node.args[-1].op.name == "symbol":
            found[node.args[-1]] = node.shape[-1] if node.op.name == "onehot" else node.args[0].shape[-1]
    return found


def _batch(value: Array, node: Node, count: int) -> Array:
    return np.broadcast_to(value, (count, *node.shape))


def _reach(node: Node, at: Array) -> Array:
    """Return how far entries may be moved, so that they stay in their domain."""
    domain = dict(node.attrs).get("domain", "real") if node.op.name == "symbol" else "real"
    if domain == "real":
        return (1 + np.abs(at)) / max(1, at[0].size) ** 0.5
    return np.abs(at) * (np.abs(1 - at) if domain in ("probability", "distribution") else 1)


def _compared(adjoint: Node, points: Mapping[Node, Array]) -> int:
    """Return at how many points an adjoint agrees with differences in a random direction."""
    name = adjoint.name
    assert isinstance(name, Adjoint)
    count = len(next(iter(points.values()))) if points else 1
    values = Program([adjoint, name.of, name.at], floats).values(points)
    at = _batch(values[name.at], name.at, count)
    direction = np.random.default_rng(1).normal(size=at.shape) * _reach(name.at, at)
    expected = (_batch(values[adjoint], name.at, count) * direction).reshape(count, -1).sum(1)
    program = Program([name.of], floats)
    fixed = {n: points[n] for n in program.order if n in points}

    def slope(step: float) -> Array:
        ends = [program({**fixed, name.at: at + t * direction})[0] for t in (step, -step)]
        return _batch(np.subtract(*ends) / (2 * step), name.of, count)

    with np.errstate(all="ignore"):
        wide, narrow = slope(STEP), slope(STEP / 2)
        best = (4 * narrow - wide) / 3  # Richardson (1911): the error of second order cancels
        scale = 1 + np.abs(expected)
        noise = 1e-12 * np.abs(_batch(values[name.of], name.of, count)) / STEP
        known = np.abs(wide - narrow) <= 1e-3 * scale
        close = np.abs(best - expected) <= TOLERANCE * scale + noise + np.abs(wide - narrow) / 10
    wrong = known & ~close
    if wrong.any() and not on_kink(name.of, values):
        i = int(np.flatnonzero(wrong)[0])
        raise GraphError(
            f"{write(adjoint).text} gives a slope of {expected[i]:.9g}, finite differences {best[i]:.9g}"
        )
    return int((known & close).sum())
