"""Newton's method, and the step length that is best along a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

from ...graph import (
    GraphError,
    Node,
    concat,
    dot,
    hessian,
    hessian_vector_product,
    lift,
    named,
    reshape,
    solve,
    symbol,
)
from ...graph.deriving.simplify import simplify
from ...graph.hessian import entries
from ...graph.node import rebuild, schedule, show_shape
from ...graph.reverse import derivatives
from .optimizer import listed


@overload
def newton_step(loss: Node, parameters: Node) -> Node: ...
@overload
def newton_step(loss: Node, parameters: Sequence[Node]) -> list[Node]: ...
def newton_step(loss: Node, parameters: Node | Sequence[Node]) -> Node | list[Node]:
    """Return the parameters after one step of Newton's method: w − H⁻¹ ∂L/∂w.

    Of a quadratic it is the point of zero gradient.  Several parameters take one step together, with the
    Hessian over the entries of all of them.  A singular Hessian is an error when it is evaluated.
    """
    loss = lift(loss)
    if isinstance(parameters, Node) and parameters.ndim <= 1:
        (g,) = derivatives(loss, [parameters])
        H = named(hessian(loss, parameters), "H")
        return parameters - (solve(H, g) if parameters.ndim else g / H)
    own = [parameters] if isinstance(parameters, Node) else listed("newton_step", parameters)
    H = named(hessian(loss, own), "H")
    d = named(solve(H, concat(*map(entries, derivatives(loss, own)))), "d")
    found, start = [], 0
    for w in own:
        stop = start + entries(w).shape[0]
        found.append(w - _shaped(d, start, stop, w))
        start = stop
    return found[0] if isinstance(parameters, Node) else found


def _shaped(d: Node, start: int, stop: int, like: Node) -> Node:
    """Return some entries of a vector in the shape of another array."""
    if not like.ndim:
        return d[start]
    return d[start:stop] if like.ndim == 1 else reshape(d[start:stop], like.shape)


def exact_line_search(loss: Node, w: Node, d: Node) -> Node:
    """Return the step length α that minimises a quadratic loss along w + α d: −gᵀd over dᵀH d.

    For other losses it minimises their quadratic approximation at w.
    """
    slope, curve = along(*one_vector("exact_line_search", loss, w))
    return -dot(slope(w), d) / dot(d, curve(w, d))


def one_vector(own: str, loss: Node, w: Node) -> tuple[Node, Node]:
    """Return a loss and what it depends on, or raise GraphError unless that is a vector."""
    if not isinstance(w, Node) or w.ndim != 1:
        found = f"shape {show_shape(w.shape)}" if isinstance(w, Node) else "several nodes"
        raise GraphError(
            f"{own}: the parameters must be one vector, found {found}; "
            "put them together with concat and take them apart in the loss"
        )
    if w not in schedule([lift(loss)]):
        raise GraphError(f"{own}: the loss does not depend on these parameters; write it at this point")
    return lift(loss), w


Slope = Callable[[Node], Node]
Curve = Callable[[Node, Node], Node]


def along(loss: Node, w: Node) -> tuple[Slope, Curve]:
    """Return the gradient of a loss as a function of the point, and H d as one of the point and of d.

    Both are differentiated once and then put to other points, so that many steps are a graph that grows
    linearly.  The loss stands beside them, so that names of derivatives say which point they belong to.
    """
    (g,) = derivatives(loss, [w])
    d = symbol("direction", w.shape)
    product = simplify(hessian_vector_product(loss, w, d))

    def slope(at: Node) -> Node:
        return rebuild([loss, g], {w: at})[1]

    def curve(at: Node, to: Node) -> Node:
        return rebuild([loss, product], {w: at, d: to})[1]

    return slope, curve


def numbered(w: Node, default: str) -> tuple[str, int]:
    """Return the name of a sequence of points, and the number of its first: (w, 2) for w_2."""
    own = w.name if isinstance(w.name, str) else default
    before, _, number = own.rpartition("_")
    return (before, int(number)) if before and number.isdigit() else (own, 0)


def counted(own: str, steps: int, first: int, most: int | None = None) -> range:
    """Return the numbers of so many steps, or raise GraphError where there can be no such number of steps."""
    if not isinstance(steps, int) or steps < 1 or (most is not None and steps > most):
        wanted = "1 or more" if most is None else f"from 1 to {most}, the number of unknowns"
        raise GraphError(f"{own}: the number of steps must be {wanted}, found {steps}")
    return range(first, first + steps)
