"""Where to go from a point: Newton's method, conjugate gradients, BFGS and L-BFGS.

Each is a function of points and what was found there; it remembers what it needs of the points before, and
computes by the definitions of ``nets/optim``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ...graph import GraphError, symbol
from ...graph.program import function
from ...graph.spaces import numpy as numpy_space
from ..optim.conjugate import BETAS
from ..optim.quasi_newton import bfgs_update, lbfgs_direction
from .surface import Found, Surface, Vector

METHODS = ("Newton", "BFGS", "L-BFGS", *BETAS)
MOST_WEIGHTS = 5000
"""Most weights for the methods that hold a matrix of all pairs of them."""

Direction = Callable[[Vector, Found], Vector]
"""Where to go from a point; it remembers what it needs of the points before."""


@lru_cache(64)
def _updated(n: int) -> Callable[..., Any]:
    """Return the update of an inverse Hessian, from H, s and y."""
    H, s, y = symbol("H", (n, n)), symbol("s", n), symbol("y", n)
    return function([bfgs_update(H, s, y)], [H, s, y], numpy_space)


@lru_cache(64)
def _two_loops(n: int, pairs: int) -> Callable[..., Any]:
    """Return the direction of L-BFGS, from a gradient and so many pairs of s and y."""
    g = symbol("g", n)
    known = [(symbol(f"s_{i}", n), symbol(f"y_{i}", n)) for i in range(pairs)]
    return function([lbfgs_direction(g, known)], [g, *(v for pair in known for v in pair)], numpy_space)


@lru_cache(64)
def _share_kept(name: str, n: int) -> Callable[..., Any]:
    """Return how much of a direction conjugate gradients keep, from the gradients now and before."""
    new, old = symbol("g_new", n), symbol("g_old", n)
    return function([BETAS[name](new, old)], [new, old], numpy_space)


def direction_of(method: str, surface: Surface, history_size: int) -> Direction:
    """Return how a method chooses where to go."""
    n = sum(surface.sizes)
    if method in ("Newton", "BFGS") and n > MOST_WEIGHTS:
        raise GraphError(
            f"fit_full: {method} holds a matrix of {n:,}×{n:,}; for more than {MOST_WEIGHTS:,} weights take "
            "L-BFGS"
        )
    if method == "Newton":
        return lambda at, found: _newton(surface.hessian(at, found.rest), found.gradient)
    if method in BETAS:
        return _conjugate(_share_kept(method, n), method)
    return _bfgs(n) if method == "BFGS" else _limited(n, history_size)


def _newton(H: Vector, g: Vector) -> Vector:
    """Return −(H + τI)⁻¹ g, where τ is 0 if H is positive definite, else just large enough."""
    values, vectors = np.linalg.eigh(H)
    least = 1e-10 * max(1.0, float(np.abs(values).max()))
    shift = max(0.0, least - float(values[0])) if values[0] < least else 0.0
    return -vectors @ ((vectors.T @ g) / (values + shift))


def _conjugate(share: Callable[..., Any], method: str) -> Direction:
    before: list[Vector] = []

    def direction(at: Vector, found: Found) -> Vector:
        g = found.gradient
        d = -g
        if before:
            old, last = before
            d = d + max(0.0, float(share(g, old)[0])) * last
            d = d if d @ g < 0 else -g
        before[:] = [g, d]
        return d

    return direction


def _pairs() -> Callable[[Vector, Vector], tuple[Vector, Vector] | None]:
    """Return what makes pairs of points: the step and the gradient's change, None where it curves down."""
    before: list[Vector] = []

    def pair(at: Vector, g: Vector) -> tuple[Vector, Vector] | None:
        found = (at - before[0], g - before[1]) if before else None
        before[:] = [at, g]
        if found is None or found[0] @ found[1] <= 1e-14 * (found[1] @ found[1]):
            return None
        return found

    return pair


def _bfgs(n: int) -> Direction:
    pair, held = _pairs(), [np.eye(n)]
    update, fresh = _updated(n), [True]

    def direction(at: Vector, found: Found) -> Vector:
        known = pair(at, found.gradient)
        if known is not None:
            s, y = known
            if fresh:
                held[0] = (s @ y) / (y @ y) * np.eye(n)  # (6.20) of Nocedal and Wright
                fresh.clear()
            held[0] = update(held[0], s, y)[0]
        return -held[0] @ found.gradient

    return direction


def _limited(n: int, size: int) -> Direction:
    pair = _pairs()
    known: list[tuple[Vector, Vector]] = []

    def direction(at: Vector, found: Found) -> Vector:
        new = pair(at, found.gradient)
        known[:] = [*known, *([] if new is None else [new])][-size:]
        flat = [vector for one in known for vector in one]
        return np.asarray(_two_loops(n, len(known))(found.gradient, *flat)[0])

    return direction
