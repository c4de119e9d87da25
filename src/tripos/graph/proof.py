"""Two independent evaluations of one node: a key is a key only when they agree.

The first is exact, by the textbook rules.  The second is floating point by other code (kernels); each
adjoint is also compared with finite differences of what it is the derivative of.  Where symbols remain,
both are evaluated at random points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .bounds import draw, draw_exactly
from .cost import macs
from .node import Adjoint, Node, is_literal, schedule
from .op import Array, GraphError
from .program import MAX_ENTRIES, Program
from .spaces import exact
from .spaces import numpy as floats
from .values import Values, has_unknowns, to_float

TOLERANCE = 1e-9
"""Difference allowed between the exact and the floating-point value, relative to the exact one."""

NOISE = 1e-14
"""Difference allowed beside that, relative to the largest number met on the way: floats cancel."""

SLOPE_TOLERANCE = 1e-5
"""Relative difference allowed between an adjoint and finite differences."""

POINTS = 4
"""Random points at which a formula is evaluated."""

MAX_MEASURED = 2 * 10**8
"""Most multiply-accumulates spent on the second opinion about a shape."""


@dataclass(frozen=True)
class Proof:
    """Whether nothing speaks against a key, how it was shown, and where evaluations differ if they do.

    ``once`` says that there was one derivation only: the key may be right, but it is not proven.
    """

    holds: bool
    how: tuple[str, ...] = ()
    trouble: str = ""
    once: bool = False

    @property
    def proven(self) -> bool:
        """Whether two evaluations agree."""
        return self.holds and not self.once


def prove(node: Node, values: Values) -> Proof:
    """Return whether two independent evaluations of ``node`` agree."""
    value = values[node]
    try:
        if value is not None and not has_unknowns(value):
            return _prove_value(node, value)
        return _prove_formula(node)
    except GraphError as error:
        return Proof(False, trouble=str(error))


def _prove_value(node: Node, value: Array) -> Proof:
    rng = np.random.default_rng(0)
    facts = [n for n in schedule([node]) if n.op.static]
    if any(n.op.kernel for n in facts) and _expensive(node):
        return Proof(True, ("derived from the shapes alone: too large to measure",), once=True)
    program = Program([node], floats, kernels=True)
    bindings = {n: draw(rng, n, 1)[0] for n in program.order if n.op.name == "symbol"}
    difference = _difference(to_float(value), *_second_opinion(program, bindings))
    if difference:
        return Proof(False, trouble=f"exact and floating-point values differ: {difference}")
    how = ["exact and floating-point values agree"]
    if any(n.op.static and n.op.kernel for n in program.order):
        how = ["shapes derived by rule agree with those of real arrays"]
    if any(n.op.kernel is None for n in facts):
        how.append("what was derived from the graph was checked at samples when it was derived")
    trouble = _check_slopes(node, bindings, how)
    return Proof(not trouble, tuple(how), trouble)


def _prove_formula(node: Node) -> Proof:
    rng = np.random.default_rng(0)
    how = ["exact and floating-point values agree at random points"]
    leaves = [n for n in schedule([node], evaluated=True) if n.op.name == "symbol"]
    if any(not isinstance(d, int) for n in leaves for d in n.shape):
        return Proof(True, ("symbolic sizes: derived by rule",), once=True)
    for _ in range(POINTS):
        point = {n: draw_exactly(rng, n, 1)[0] for n in leaves}
        one = Program([node], exact)(point)[0]
        two = _second_opinion(Program([node], floats, kernels=True), point)
        difference = _difference(to_float(np.asarray(one, dtype=object)), *two)
        if difference:
            return Proof(False, trouble=f"exact and floating-point values differ: {difference}")
        trouble = _check_slopes(node, point, how)
        if trouble:
            return Proof(False, trouble=trouble)
    return Proof(True, tuple(dict.fromkeys(how)))


def _expensive(node: Node) -> bool:
    """Say whether the arrays of a graph are too large to make, or too dear to compute."""
    shapes = [n.shape for n in schedule([node])]
    if any(math.prod(s) > MAX_ENTRIES for s in shapes if all(isinstance(d, int) for d in s)):
        return True
    cost = dict(macs(node).attrs).get("value", (math.inf,))[0]
    return bool(cost > MAX_MEASURED)


def _second_opinion(program: Program, bindings: dict[Node, Array]) -> tuple[Array, float]:
    """Return the value of a program in floats, and the error that cancellation may have left in it."""
    values = program.values(bindings)
    sizes = [np.abs(v[np.isfinite(v)]).max(initial=0.0) for v in map(np.asarray, values.values())]
    return np.asarray(values[program.outputs[0]]), NOISE * float(max(sizes, default=0.0))


def _difference(one: Array, two: Array, noise: float = 0.0) -> str:
    """Return how two float arrays differ, or nothing where they agree."""
    if one.shape != two.shape:
        return f"shapes {one.shape} and {two.shape}"
    with np.errstate(invalid="ignore"):  # infinities are never close
        off = ~(np.abs(one - two) <= TOLERANCE * np.abs(one) + noise)
    if not off.any():
        return ""
    return f"{one[off].flat[0]:.12g} against {two[off].flat[0]:.12g}"


def _check_slopes(node: Node, bindings: dict[Node, Array], how: list[str]) -> str:
    """Compare every adjoint that ``node`` rests on with finite differences; return the trouble, if any."""
    adjoints = [n for n in schedule([node], evaluated=True) if isinstance(n.name, Adjoint)]
    for adjoint in adjoints:
        name = adjoint.name
        assert isinstance(name, Adjoint)
        trouble, remark = _check_slope(adjoint, name, bindings)
        if trouble:
            return trouble
        if remark not in how:
            how.append(remark)
    return ""


def _check_slope(adjoint: Node, name: Adjoint, bindings: dict[Node, Array]) -> tuple[str, str]:
    """Compare one adjoint with differences in two random directions."""
    from .notation import write

    values = Program([adjoint, name.of, name.at], floats, kernels=True).values(bindings)
    at, slope = np.asarray(values[name.at]), np.asarray(values[adjoint])
    program = Program([name.of], floats, kernels=True)
    fixed = {n: values[n] for n in program.order if n in values and n.op.name == "symbol"}
    kinked = on_kink(name.of, values)
    rng = np.random.default_rng(1)
    for _ in range(2):
        direction = rng.normal(size=at.shape)
        expected = float(np.sum(slope * direction))
        step = 1e-4 * (1 + float(np.max(np.abs(at), initial=0)))

        def shifted(t: float, direction: Array = direction) -> float:
            return float(program({**fixed, name.at: at + t * direction})[0])

        forward = (-3 * shifted(0) + 4 * shifted(step) - shifted(2 * step)) / (2 * step)
        backward = (3 * shifted(0) - 4 * shifted(-step) + shifted(-2 * step)) / (2 * step)
        low, high = sorted((forward, backward))
        margin = SLOPE_TOLERANCE * (1 + abs(expected))
        inside = low - margin <= expected <= high + margin
        smooth = high - low <= 2 * margin
        if not inside or not (smooth or kinked):
            return (
                f"{write(adjoint).text} gives a slope of {expected:.9g}, "
                f"finite differences {(low + high) / 2:.9g}",
                "",
            )
    remark = "gradient agrees with finite differences"
    return "", remark + (" (on a kink: it lies between the one-sided slopes)" if kinked else "")


def on_kink(of: Node, values: dict[Node, Array]) -> bool:
    """Say whether an op below ``of`` sits where its derivative jumps."""
    for node in schedule([of], evaluated=True):
        if node.op.kink is None or is_literal(node):
            continue
        args = [values[a] for a in node.args]
        if np.any(node.op.kink(floats, *args, **dict(node.attrs))):
            return True
    return False
