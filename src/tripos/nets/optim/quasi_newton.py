"""Quasi-Newton methods: an inverse Hessian built up from steps and changes of the gradient.

Notation and formulas of Nocedal and Wright (2006), *Numerical Optimization*, chapters 6 and 7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ...graph import GraphError, Node, dot, eye, lift, named, outer
from ...graph.node import Literal, show_shape
from .newton import along, counted, numbered, one_vector

Pair = tuple[Node, Node]
"""A step s, and the change y of the gradient along it."""


def bfgs_update(H: Literal, s: Literal, y: Literal, k: int = 0) -> Node:
    """Return the inverse Hessian after step s and gradient change y: (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ.

    ρ is 1/(yᵀs).  The result maps y to s, as the inverse Hessian of a quadratic does (Broyden, Fletcher,
    Goldfarb, Shanno, 1970).  ``k`` numbers the names of what is computed on the way.
    """
    H, s, y = lift(H), lift(s), lift(y)
    n = s.shape[0] if s.ndim == 1 else None
    if not isinstance(n, int) or y.shape != (n,) or H.shape != (n, n):
        raise GraphError(
            f"bfgs_update: H is {show_shape(H.shape)}, s {show_shape(s.shape)} and y {show_shape(y.shape)}; "
            "H must be square, and s and y vectors of as many entries"
        )
    rho = named(1 / dot(y, s), f"rho_{k}")
    V = named(named(eye(n), "I") - rho * outer(s, y), f"V_{k}")
    updated: Node = V @ H @ V.T + rho * outer(s, s)
    return updated


def _walk(
    own: str, loss: Node, w: Node, steps: int, lr: Literal | None, direction: Callable[[Node, int], Node]
) -> Iterator[tuple[int, Node, Pair]]:
    """Yield the number of each step, the point that it leads to, and the pair that it adds."""
    slope, curve = along(*one_vector(own, loss, w))
    name, first = numbered(w, "w")
    g = slope(w)
    for k in counted(own, steps, first):
        d = named(direction(g, k), f"d_{k}")
        best = -dot(g, d) / dot(d, named(curve(w, d), f"c_{k}")) if lr is None else lift(lr)
        s = named(named(best, f"alpha_{k}") * d, f"s_{k}")
        w = named(w + s, f"{name}_{k + 1}")
        before, g = g, slope(w)
        yield k, w, (s, named(g - before, f"y_{k}"))


def bfgs(
    loss: Node, w: Node, steps: int = 1, H: Literal | None = None, lr: Literal | None = None
) -> tuple[Node, Node]:
    """Return a vector of parameters after some steps along −H ∂L/∂w, and the inverse Hessian H then.

    H is the identity at first, unless it is given.  The step length is that which is best for the quadratic
    approximation of the loss, unless ``lr`` is given.  Of a quadratic with n parameters, n steps end at the
    minimum, and H is its inverse Hessian.
    """
    (n,) = one_vector("bfgs", loss, w)[1].shape
    H = named(eye(n), "H_0") if H is None else lift(H)
    if H.shape != (n, n):
        raise GraphError(f"bfgs: H has shape {show_shape(H.shape)} for {n} parameters")
    held = [H]
    for k, point, (s, y) in _walk("bfgs", loss, w, steps, lr, lambda g, _: -(held[-1] @ g)):
        w = point
        held.append(named(bfgs_update(held[-1], s, y, k), f"H_{k + 1}"))
    return w, held[-1]


def lbfgs_direction(
    g: Literal, pairs: Sequence[Pair] = (), gamma: Literal | None = None, k: int | None = None
) -> Node:
    """Return −H g, where H is what BFGS makes of γI and the pairs (s, y), the oldest first.

    Two loops over the pairs, without a matrix (Nocedal, 1980).  γ is sᵀy/(yᵀy) of the latest pair unless it
    is given.  ``k`` counts the steps that there have been, and numbers the names of what is computed.
    """
    q = lift(g)
    if q.ndim != 1:
        raise GraphError(f"lbfgs_direction: the gradient must be a vector, found shape {show_shape(q.shape)}")
    known = [(lift(s), lift(y)) for s, y in pairs]
    for s, y in known:
        if s.shape != q.shape or y.shape != q.shape:
            raise GraphError(
                f"lbfgs_direction: a pair of shapes {show_shape(s.shape)} and {show_shape(y.shape)} "
                f"for a gradient of {show_shape(q.shape)}"
            )
    count = len(known) if k is None else k
    numbers = range(count - len(known), count)
    step = "" if k is None else f"_{k}"
    rho = [named(1 / dot(y, s), f"rho_{i}") for i, (s, y) in zip(numbers, known, strict=True)]
    steps = list(zip(numbers, rho, known, strict=True))
    a: dict[int, Node] = {}
    for i, share, (s, y) in reversed(steps):
        a[i] = named(share * dot(s, q), f"a{step}_{i}")
        q = named(q - a[i] * y, f"q{step}_{i}")
    if gamma is None and known:
        s, y = known[-1]
        gamma = named(dot(s, y) / dot(y, y), f"gamma{step}")
    r = q if gamma is None else lift(gamma) * q
    r = r if r.name is not None else named(r, f"r{step}")
    for i, share, (s, y) in steps:
        b = named(share * dot(y, r), f"b{step}_{i}")
        r = named(r + (a[i] - b) * s, f"r{step}_{i}")
    return -r


def lbfgs(
    loss: Node,
    w: Node,
    steps: int = 1,
    history_size: int = 100,
    lr: Literal | None = None,
    gamma: Literal | None = None,
) -> Node:
    """Return a vector of parameters after some steps of L-BFGS, which keeps ``history_size`` pairs.

    Step length and γ are as in ``bfgs`` and ``lbfgs_direction`` (Liu and Nocedal, 1989); with γ = 1 and all
    pairs kept, the steps are those of BFGS.
    """
    if not isinstance(history_size, int) or history_size < 1:
        raise GraphError(f"lbfgs: history_size must be 1 or more, found {history_size}")
    pairs: list[Pair] = []

    def direction(g: Node, k: int) -> Node:
        return lbfgs_direction(g, pairs[-history_size:], gamma, k)

    for _, point, pair in _walk("lbfgs", loss, w, steps, lr, direction):
        w = point
        pairs.append(pair)
    return w
