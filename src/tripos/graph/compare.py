"""Are two graphs the same function?  A difference comes with a witness; agreement with its grounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .bounds import draw_exactly
from .growth import outgrows_powers
from .node import Node, free_symbols, schedule, show_shape, symbol
from .op import Array, GraphError
from .program import Program
from .spaces import ball, exact
from .spaces import numpy as floats
from .values import Values

POINTS = 64
"""Random points at which formulas are compared in floats."""

SIZES = ((3, 2, 4, 5, 6, 7, 8, 9), (2, 4, 3, 6, 5, 8, 7, 10))
"""Two settings of symbolic sizes, all different in each, at which formulas are compared."""

EXACT_POINTS = 2
"""Of these, the points at which formulas that look alike are compared exactly."""


@dataclass(frozen=True)
class Verdict:
    """The outcome of a comparison and its reason: a witness if they differ, the grounds if not."""

    outcome: Literal["same", "different", "undecided"]
    reason: str

    @property
    def same(self) -> bool:
        """Whether the two were found to be the same function."""
        return self.outcome == "same"


def compare(one: Node, two: Node, values: Values | None = None) -> Verdict:
    """Return whether two nodes are the same function of their symbols (matched by name)."""
    if one is two:
        return Verdict("same", "the same graph")
    if one.shape != two.shape:
        return Verdict("different", f"shapes {show_shape(one.shape)} and {show_shape(two.shape)}")
    if one.op.name == two.op.name == "growth" and outgrows_powers(one) and outgrows_powers(two):
        return Verdict("undecided", "both grow faster than every power")
    leaves = {n.name: n for n in [*free_symbols(one), *free_symbols(two)]}
    if not leaves:
        return _compare_values(one, two, values or Values())
    dims = {d.name: d for n in leaves.values() for d in n.shape if not isinstance(d, int)}
    dims |= {n.name: n for n in sizes_of_axes(one, two)}
    if any(d.op.name != "symbol" for d in dims.values()) or len(dims) > len(SIZES[0]):
        return Verdict("undecided", "sizes that depend on others are not sampled")
    verdict = Verdict("undecided", "nothing was compared")
    for sizes in SIZES if dims else SIZES[:1]:
        verdict = _compare_functions(one, two, leaves, dict(zip(dims, sizes, strict=False)))
        if not verdict.same:
            return verdict
    return verdict


def sizes_of_axes(*nodes: Node) -> list[Node]:
    """Return the symbols on which the shape of anything in some graphs depends; other sizes are numbers."""
    shapes = {n.shape for n in schedule(nodes)}
    dims = dict.fromkeys(d for shape in shapes for d in shape if not isinstance(d, int))
    return list(dict.fromkeys(leaf for d in dims for leaf in free_symbols(d)))


def _compare_values(one: Node, two: Node, values: Values) -> Verdict:
    a, b = values[one], values[two]
    if a is None or b is None:
        return Verdict("undecided", str(values.why[one if a is None else two]))
    try:
        for x, y in zip(a.ravel(), b.ravel(), strict=True):
            if x != y and ball.sign(x - y) != 0:
                return Verdict("different", f"{_short(x)} is not {_short(y)}")
    except GraphError as error:
        return Verdict("undecided", str(error))
    return Verdict("same", "equal exact values")


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 30 else f"{float(ball.enclose(value, 64)):.6g}"


def _compare_functions(one: Node, two: Node, leaves: dict[Any, Node], sizes: dict[Any, int]) -> Verdict:
    """Compare at random points, with numbers in place of symbolic sizes."""
    rng = np.random.default_rng(20220226)
    points = {
        name: np.full(POINTS, float(sizes[name]))
        if name in sizes
        else draw_exactly(rng, _sized(leaf, sizes), POINTS)
        for name, leaf in leaves.items()
    }
    a, b = (_run(n, points) for n in (one, two))
    finite = np.isfinite(a) & np.isfinite(b)
    with np.errstate(invalid="ignore"):  # infinities are never close
        close = np.abs(a - b) <= 1e-9 * (1 + np.abs(a))
    different = (finite & ~close) | (np.isfinite(a) != np.isfinite(b))
    for row in np.unique(np.nonzero(different.reshape(POINTS, -1))[0]):
        verdict = _witness(one, two, {name: p[row] for name, p in points.items()})
        if verdict is not None:
            return verdict
    if different.any() or not finite.reshape(POINTS, -1).any(0).all():
        return Verdict("undecided", "floating point cannot tell them apart")
    # Floats take 99999999/10⁸ for 99999998/99999999; exact values do not.
    for row in np.flatnonzero(finite.reshape(POINTS, -1).all(1))[:EXACT_POINTS]:
        verdict = _witness(one, two, {name: p[row] for name, p in points.items()})
        if verdict is not None:
            return verdict
    return Verdict("same", f"equal at {int(finite.reshape(POINTS, -1).all(1).sum())} random points")


def _sized(leaf: Node, sizes: dict[Any, int]) -> Node:
    """Return a symbol with numbers in place of its symbolic sizes."""
    if all(isinstance(d, int) for d in leaf.shape):
        return leaf
    shape = tuple(d if isinstance(d, int) else sizes[d.name] for d in leaf.shape)
    return symbol(str(leaf.name), shape, dict(leaf.attrs)["domain"])


def _run(node: Node, points: dict[Any, Array]) -> Array:
    program = Program([node], floats)
    bindings = {n: points[n.name] for n in program.order if n.op.name == "symbol"}
    out = np.asarray(program(bindings)[0])
    return np.broadcast_to(out, (POINTS, *out.shape)) if out.ndim == node.ndim else out


def _witness(one: Node, two: Node, point: dict[Any, Array]) -> Verdict | None:
    """Return the proof, in exact arithmetic, that two formulas differ at a point; None if they do not."""
    try:
        ends = []
        for node in (one, two):
            program = Program([node], exact)
            bindings = {n: point[n.name] for n in program.order if n.op.name == "symbol"}
            ends.append(np.asarray(program(bindings)[0], dtype=object).ravel())
        for x, y in zip(*ends, strict=True):
            if ball.sign(exact.value(x) - y) != 0:
                at = ", ".join(f"{name} = {_point(v)}" for name, v in point.items())
                return Verdict("different", f"at {at} they are {_float(x)} and {_float(y)}")
    except GraphError:
        return None
    return None


def _point(value: Array) -> str:
    return f"{float(value):g}" if not np.shape(value) else str(np.asarray(value).tolist())


def _float(value: Any) -> str:
    return f"{float(ball.enclose(exact.value(value), 64)):.6g}"
