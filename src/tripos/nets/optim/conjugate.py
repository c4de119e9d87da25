"""Conjugate gradients: for a linear system, and for a loss."""

from __future__ import annotations

from ...graph import GraphError, Node, dot, lift, named, zeros
from ...graph.node import Literal, show_shape
from .newton import along, counted, numbered, one_vector


def conjugate_gradient(A: Literal, b: Literal, x0: Literal | None = None, steps: int | None = None) -> Node:
    """Return the solution of A x = b for a symmetric, positive definite A (Hestenes and Stiefel, 1952).

    It begins at x0, or 0, and is exact after as many steps as b has entries; fewer steps give the best point
    of those that they can reach.  A residual that is zero before the last step is an error: take fewer steps.
    """
    A, b = lift(A), lift(b)
    n = b.shape[0] if b.ndim == 1 else None
    if not isinstance(n, int) or A.shape != (n, n):
        raise GraphError(
            f"conjugate_gradient: A is {show_shape(A.shape)} and b is {show_shape(b.shape)}; "
            "A must be square and b a vector of as many entries"
        )
    x = named(zeros(n), "x_0") if x0 is None else lift(x0)
    if x.shape != (n,):
        raise GraphError(f"conjugate_gradient: x0 has shape {show_shape(x.shape)}, b has {n} entries")
    name, first = numbered(x, "x")
    r = named(b - A @ x, f"r_{first}")
    p = named(r, f"p_{first}")
    for k in counted("conjugate_gradient", n if steps is None else steps, first, most=n):
        q = named(A @ p, f"q_{k}")
        alpha = named(dot(r, r) / dot(p, q), f"alpha_{k}")
        x = named(x + alpha * p, f"{name}_{k + 1}")
        before, r = r, named(r - alpha * q, f"r_{k + 1}")
        beta = named(dot(r, r) / dot(before, before), f"beta_{k}")
        p = named(r + beta * p, f"p_{k + 1}")
    return x


def fletcher_reeves(new: Node, old: Node) -> Node:
    """Return how much of a direction is kept, from the gradients now and before (1964)."""
    return dot(new, new) / dot(old, old)


def polak_ribiere(new: Node, old: Node) -> Node:
    """Return how much of a direction is kept, from the gradients now and before (1969)."""
    return dot(new, new - old) / dot(old, old)


BETAS = {"Fletcher-Reeves": fletcher_reeves, "Polak-Ribière": polak_ribiere}


def nonlinear_conjugate_gradient(
    loss: Node, w: Node, steps: int, beta: str = "Fletcher-Reeves", lr: Literal | None = None
) -> Node:
    """Return a vector of parameters after some steps of conjugate gradients down a loss.

    ``beta`` is "Fletcher-Reeves" or "Polak-Ribière".  The step length is that which is best for the quadratic
    approximation of the loss, unless ``lr`` is given; of a quadratic both ways are the conjugate gradients of
    its linear system, and end at its minimum.
    """
    own = "nonlinear_conjugate_gradient"
    slope, curve = along(*one_vector(own, loss, w))
    if beta not in BETAS:
        raise GraphError(f"{own}: no beta {beta!r}; there are {', '.join(BETAS)}")
    name, first = numbered(w, "w")
    g = slope(w)
    d = named(-g, f"d_{first}")
    for k in counted(own, steps, first):
        q = named(curve(w, d), f"q_{k}")
        alpha = named(-dot(g, d) / dot(d, q) if lr is None else lift(lr), f"alpha_{k}")
        w = named(w + alpha * d, f"{name}_{k + 1}")
        before, g = g, slope(w)
        share = named(BETAS[beta](g, before), f"beta_{k}")
        d = named(-g + share * d, f"d_{k + 1}")
    return w
