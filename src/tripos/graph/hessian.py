"""Second derivatives: the Jacobian and the Hessian as nodes, and products with the Hessian.

Each row is a sweep of reverse mode over the graph, so the size of a Jacobian's graph is that of ``y`` times
the number of its entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, overload

import numpy as np

from .node import Adjoint, Node, constant, lift, named, rebuild, show_shape, symbol
from .notation import ATOM, Piece, bracket, write
from .op import GraphError
from .ops.derivative import rows_of
from .ops.joining import concat
from .ops.reduction import sum
from .ops.shape import flatten, stack
from .reverse import derivatives, grad, targets_of


def _written(of: Node, at: Sequence[Node], order: str) -> tuple[str, str]:
    """Return a derivative as it is written, in text and in LaTeX: ∂y/∂x, ∂²L/∂w²."""
    above = bracket(write(of), ATOM)
    inside = [write(node) for node in at]
    below = bracket(inside[0], ATOM)
    if len(inside) > 1:
        below = Piece(
            f"({', '.join(p.text for p in inside)})",
            rf"\left({', '.join(p.latex for p in inside)}\right)",
        )
    power = "^2" if order else ""
    latex = rf"\frac{{\partial{power} {above.latex}}}{{\partial {{{below.latex}}}{power}}}"
    return f"∂{order}{above.text}/∂{below.text}{order}", latex


def _rows(y: Node, at: Sequence[Node]) -> list[list[Node]]:
    """Return, for each entry of ``y``, its derivative with respect to each node.

    Where both have names it is named as a derivative, so that it is a line of working, and its proof compares
    it with finite differences.
    """
    rows = []
    for k in np.ndindex(*y.shape):
        seed = np.zeros(y.shape, dtype=int)
        seed[k] = 1
        found = grad(sum(y * constant(seed)) if y.ndim else y, at)
        entry = y[tuple(map(int, k))] if y.ndim else y
        known = y.name is not None
        pairs = zip(found, at, strict=True)
        rows.append([named(g, Adjoint(entry, x)) if known and x.name else g for g, x in pairs])
    return rows


def _known(name: str, *nodes: Node) -> None:
    for node in nodes:
        if not all(isinstance(n, int) for n in node.shape):
            raise GraphError(f"{name}: sizes must be known numbers, found shape {show_shape(node.shape)}")


def _flat(blocks: Sequence[Node]) -> Node:
    """Return the entries of several arrays, one after the other, as one vector."""
    return concat(*(entries(b) for b in blocks))


def entries(x: Node) -> Node:
    """Return the entries of an array, a vector or a number as a vector, row by row."""
    if not x.ndim:
        return stack(x)
    return x if x.ndim == 1 else flatten(x)


def jacobian(y: Any, x: Node | Sequence[Node]) -> Node:
    """Return the derivative of each entry of ``y`` with respect to each entry of ``x``.

    Its axes are those of ``y`` and then those of ``x``: a matrix for two vectors.  For a list of nodes it is
    a matrix with a row for each entry of ``y`` and a column for each entry of all of them, in order.
    """
    y = lift(y)
    targets = targets_of("jacobian", x)
    if not targets:
        raise GraphError("jacobian: name at least one node to differentiate with respect to")
    _known("jacobian", y, *targets)
    return _together([y], targets, isinstance(x, Node), _written(y, targets, ""))


def hessian(loss: Any, wrt: Node | Sequence[Node]) -> Node:
    """Return the second derivatives of a single value: the matrix ∂²L/∂w² for a vector w.

    Its axes are those of ``wrt`` twice.  For a list of nodes it is one matrix over the entries of all of
    them, in order.
    """
    loss = lift(loss)
    targets = targets_of("hessian", wrt)
    if not targets:
        raise GraphError("hessian: name at least one node to differentiate with respect to")
    _known("hessian", *targets)
    gradients = derivatives(loss, targets)
    return _together(gradients, targets, isinstance(wrt, Node), _written(loss, targets, "²"))


def _together(ys: Sequence[Node], at: Sequence[Node], single: bool, written: tuple[str, str]) -> Node:
    """Return the derivatives of several arrays put together, as an array of arrays or as a matrix."""
    rows = [row for y in ys for row in _rows(y, at)]
    if single:
        (y,) = ys
        blocks = [row[0] for row in rows]
        return blocks[0] if not y.ndim else rows_of(*blocks, written=written, shape=y.shape, ndim=at[0].ndim)
    return rows_of(*(_flat(row) for row in rows), written=written, shape=(len(rows),), ndim=1)


@overload
def hessian_vector_product(loss: Node, wrt: Node, v: Any) -> Node: ...
@overload
def hessian_vector_product(loss: Node, wrt: Sequence[Node], v: Sequence[Any]) -> list[Node]: ...
def hessian_vector_product(loss: Any, wrt: Any, v: Any) -> Any:
    """Return the Hessian times ``v`` without making the Hessian: the gradient of gᵀv (Pearlmutter, 1994).

    It has the shape of ``wrt``; for a list of nodes, ``v`` is a list and so is the result.
    """
    targets = targets_of("hessian_vector_product", wrt)
    along = [lift(u) for u in ([v] if isinstance(wrt, Node) or not isinstance(v, Iterable) else v)]
    if [u.shape for u in along] != [w.shape for w in targets]:
        raise GraphError(
            "hessian_vector_product: the direction has shape "
            f"{', '.join(show_shape(u.shape) for u in along)}, the parameters "
            f"{', '.join(show_shape(w.shape) for w in targets)}; they must be the same"
        )
    # The direction may depend on the parameters but is not differentiated: a symbol stands for it meanwhile.
    fixed = [symbol(f"direction {i}", u.shape) for i, u in enumerate(along)]
    slope = lift(0)
    for g, u in zip(derivatives(lift(loss), targets), fixed, strict=True):
        slope = slope + (sum(g * u) if g.ndim != 1 else g @ u)
    products = rebuild(grad(slope, targets), dict(zip(fixed, along, strict=True)))
    return products[0] if isinstance(wrt, Node) else products


__all__ = ["hessian", "hessian_vector_product", "jacobian"]
