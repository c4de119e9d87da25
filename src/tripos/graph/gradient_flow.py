"""How gradients fare through depth or time: Jacobians, their products, and where these vanish or explode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import symengine as se

from .node import Node, constant, lift, rebuild, schedule, show_shape, symbol
from .notation import write
from .op import Array, GraphError
from .ops.reduction import sum
from .program import Program
from .reverse import grad
from .spaces import exact as exact_space
from .spaces import numpy as floats


def jacobian_at(y: Node, x: Node, point: Mapping[Node, Any]) -> Array:
    """Return ∂y/∂x at a point as a matrix of floats: a row for each entry of y, a column for each of x.

    All rows come from one backward pass: the unit vectors are a batch.
    """
    share = symbol("share", y.shape)
    rows = int(np.prod(y.shape, dtype=int))
    units = np.eye(rows).reshape(rows, *y.shape)
    slope = grad(sum(share * y), x)
    values = Program([slope], floats, kernels=True)({**point, share: units})[0]
    return np.broadcast_to(values, (rows, *x.shape)).reshape(rows, -1)


State = Node | Sequence[Node]
"""What a step hands on to the next: one array, or several, as h and c of an LSTM."""


class Passage(NamedTuple):
    """The Jacobian of the last state with respect to an earlier one: its singular values, largest first."""

    state: State
    steps: int
    singular_values: Array

    @property
    def norm(self) -> float:
        """The largest factor by which the gradient may grow on its way back (the spectral norm)."""
        return float(self.singular_values[0])


def passages(states: Sequence[State], point: Mapping[Node, Any]) -> list[Passage]:
    """Return how the gradient passes from the last of ``states`` back to each of the others, nearest first.

    The states are the values along depth or time, each computed from the one before alone, and from inputs
    and weights; the Jacobian over several steps is the product of those of the steps.  A state of several
    arrays is a tuple of them.
    """
    if len(states) < 2:
        raise GraphError("passages: name at least two states, in the order in which they are computed")
    _check_chain([_arrays(state) for state in states])
    product: Array | None = None
    found = []
    for steps, (later, earlier) in enumerate(
        zip(reversed(states[1:]), reversed(states[:-1]), strict=True), start=1
    ):
        one = _step_jacobian(_arrays(later), _arrays(earlier), point)
        product = one if product is None else product @ one
        found.append(Passage(earlier, steps, np.linalg.svd(product, compute_uv=False)))
    return found


def _arrays(state: State) -> tuple[Node, ...]:
    return (state,) if isinstance(state, Node) else tuple(state)


def _step_jacobian(later: Sequence[Node], earlier: Sequence[Node], point: Mapping[Node, Any]) -> Array:
    """Return the Jacobian of one step; h and c of an LSTM vary freely, though h was computed from c."""
    cut = [symbol(f"state {i}", node.shape) for i, node in enumerate(earlier)]
    ends = rebuild(later, dict(zip(earlier, cut, strict=True)))
    values = Program(earlier, floats, kernels=True)(point)
    here = {**point, **dict(zip(cut, values, strict=True))}
    return np.block([[jacobian_at(y, x, here) for x in cut] for y in ends])


def _check_chain(states: Sequence[tuple[Node, ...]]) -> None:
    """Raise GraphError where something passes by a state, so that Jacobians of steps do not multiply."""
    for k in range(1, len(states) - 1):
        through = set(states[k])
        carries = {node for state in states[:k] for node in state} - through
        for node in schedule(states[k + 1]):
            if node not in through and any(a in carries for a in node.args):
                carries.add(node)
        if passed := [node for node in states[k + 1] if node in carries]:
            before, names = write(states[k - 1][0]).text, ", ".join(write(n).text for n in states[k])
            raise GraphError(
                f"passages: not all that passes from {before} to {write(passed[0]).text} passes through "
                f"{names}; name everything that a step hands on, such as (h, c) of an LSTM"
            )


def rates(passed: Sequence[Passage]) -> float:
    """Return the factor by which the norm changes a step: below 1 gradients vanish, above 1 they explode.

    It is the slope of the logarithm of the norm, by least squares over the second half of the steps.
    """
    late = passed[len(passed) // 2 :] if len(passed) > 2 else passed
    norms = np.array([p.norm for p in late])
    if (norms == 0).any():
        return 0.0
    if len(late) == 1:
        return float(norms[0] ** (1 / late[0].steps))
    slope = np.polyfit([p.steps for p in late], np.log(norms), 1)[0]
    return float(np.exp(slope))


def slope_at_rest(after: Node, before: Node, rest: Any = 0) -> Node:
    """Return ∂after/∂before where ``before`` has the value ``rest``; it must be a fixed point of the step."""
    fixed = constant(np.broadcast_to(np.asarray(rest, dtype=object), before.shape).tolist())
    (landed,) = rebuild([after], {before: fixed})
    _check_fixed(landed, fixed)
    (slope,) = rebuild([grad(after, before)], {before: fixed})
    return slope


def _check_fixed(landed: Node, fixed: Node) -> None:
    from .values import Values

    values = Values()
    value = values[landed]
    if value is None:
        raise values.why[landed]
    wanted = Program([fixed], exact_space)()[0]
    gap = [se.expand(a - b) for a, b in zip(np.ravel(value), np.ravel(wanted), strict=True)]
    if any(g != 0 for g in gap):
        raise GraphError(
            f"slope at rest: the step leads from {write(fixed).text} to {value.tolist()}, which is no rest"
        )


def threshold(after: Node, before: Node, weight: Node, rest: Any = 0) -> Node:
    """Return the value of ``weight`` at which the slope of a scalar step at rest is 1.

    Below it gradients vanish, above it they explode.  The slope must be linear in the weight: then the
    threshold is found exactly, from the slope's value at 0 and at 1.
    """
    if after.shape or before.shape or weight.shape:
        shapes = ", ".join(show_shape(n.shape) for n in (after, before, weight))
        raise GraphError(f"threshold: step, state and weight must be scalars, found shapes {shapes}")
    slope = slope_at_rest(after, before, rest)
    at = {k: _exactly(rebuild([slope], {weight: lift(k)})[0]) for k in (0, 1, Fraction(1, 2), 2)}
    factor = at[1] - at[0]
    if any(se.expand(at[k] - at[0] - _fraction(k) * factor) != 0 for k in at):
        raise GraphError(f"threshold: the slope {write(slope).text} is not linear in {write(weight).text}")
    if factor == 0:
        raise GraphError(f"threshold: the slope {write(slope).text} does not depend on {write(weight).text}")
    found = (1 - at[0]) / factor
    if not found.is_Rational:
        raise GraphError(f"threshold: {found} is not a rational number")
    above, below = found.get_num_den()
    return constant(Fraction(int(above), int(below)))


def _fraction(k: int | Fraction) -> Any:
    return se.Rational(Fraction(k).numerator, Fraction(k).denominator)


def _exactly(node: Node) -> Any:
    return np.asarray(Program([node], exact_space)()[0], dtype=object).item()
