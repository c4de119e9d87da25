"""Linear algebra: solving, the inverse, determinants, the trace and diagonals.

Adjoints are those of Giles (2008), *Collected matrix derivative results*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..node import Builder, Node, Shape, constant, define, lift, show_shape
from ..notation import CALL, Piece, bracket, call, raised, times
from ..op import Array, GraphError, Op
from ..spaces import ball
from .contraction import contract
from .elementwise import absolute
from .shape import expand

# -- elimination ---------------------------------------------------------------------------------


def _is_not_zero(x: Any) -> int:
    """Say by 1 or 0 whether an exact value may be divided by: a formula may, unless it is 0 throughout."""
    if x.free_symbols:
        return int(x.expand() != 0)
    return int(ball.sign(x) != 0)


def _fitness(xp: Any, x: Array) -> Array:
    """Return how fit entries are as pivots: the larger the fitter; exactly, any that is proven not 0."""
    return np.frompyfunc(_is_not_zero, 1, 1)(x) if xp.NAME == "exact" else xp.absolute(x)


def eliminate(xp: Any, M: Array) -> tuple[Array, Array, Array]:
    """Return ``M``, n rows of at least n entries, with its first n columns made those of the identity.

    Gauss and Jordan: in each column take the fittest pivot, bring its row up, divide it, and subtract it from
    all others.  Also returns the determinant of these columns, and the rank of those before the first that
    has no pivot, both with an axis of 1; where that rank is less than n the first result means nothing.
    """
    n = M.shape[-2]
    rows = np.arange(n)
    determinant, rank, full = xp.asarray([1]), xp.asarray([0]), xp.asarray([1])
    for k in rows:
        fitness = _fitness(xp, M[..., k])
        column = xp.where(xp.equal(fitness, 0), 0, M[..., k])  # a zero in disguise is written as 0
        M = xp.where(np.arange(M.shape[-1]) == k, column[..., None], M)
        fitness = xp.where(rows >= k, fitness, -1)
        found = xp.argmax(fitness, -1)[..., None]
        empty = xp.equal(xp.max(fitness, -1, keepdims=True), 0)
        row, old = xp.sum(xp.where((rows == found)[..., None], M, 0), -2), M[..., k, :]
        pivot = row[..., k : k + 1]
        full = xp.where(empty, 0, full)
        rank = rank + full
        determinant = determinant * xp.where(empty, 0, xp.where(found == k, pivot, -pivot))
        row = xp.divide(row, xp.where(empty, 1, pivot))[..., None, :]
        M = xp.where((rows == found)[..., None], old[..., None, :], M)
        M = xp.where((rows == k)[:, None], row, M - M[..., k : k + 1] * row)
    return M, determinant, rank


def _solved(xp: Any, A: Array, B: Array, name: str) -> Array:
    """Return the solution X of A X = B, or raise GraphError where A is singular."""
    lead = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    both = [xp.broadcast_to(x, (*lead, *x.shape[-2:])) for x in (A, B)]
    M, _, rank = eliminate(xp, xp.concatenate(both, -1))
    n = A.shape[-1]
    if xp.NAME != "jax":  # whose values are not known when it compiles: there the solution is not finite
        least = int(np.min(rank))
        if least < n:
            raise GraphError(
                f"{name}: the matrix is singular: its column {least + 1} is a combination of those before it"
                if least
                else f"{name}: the matrix is singular: its first column is zero"
            )
        return M[..., n:]
    return xp.where((rank == n)[..., None], M[..., n:], xp.asarray(np.nan))


def _regular(name: str, kernel: Callable[..., Array]) -> Callable[..., Array]:
    """Return a kernel whose complaint about a singular matrix is ours."""

    def run(*arrays: Array, **attrs: Any) -> Array:
        try:
            return kernel(*arrays, **attrs)
        except np.linalg.LinAlgError:
            raise GraphError(f"{name}: the matrix is singular") from None

    return run


def _number(name: str) -> Callable[[Shape], Shape]:
    """Return the shape rule of a number that belongs to a square matrix."""

    def rule(A: Shape) -> Shape:
        _square(name, A)
        return ()

    return rule


def _square(name: str, A: Shape) -> Any:
    """Return the size of a square matrix, or raise GraphError."""
    if len(A) != 2 or A[0] != A[1]:
        raise GraphError(f"{name}: expected a square matrix, found shape {show_shape(A)}")
    return A[0]


def _parts(x: Any, count: int) -> Any:
    """Return a size, known to be a multiple of ``count``, over it."""
    return x // count if isinstance(x, int) else x / count


def _elimination(n: Any) -> Any:
    """Return the multiply-accumulates that make an n×n matrix triangular."""
    return _parts(n * (n - 1) * (2 * n - 1), 6)


def _divisions(n: Any) -> Any:
    """Return the divisions that go with them."""
    return _parts(n * (n - 1), 2)


# -- A⁻¹ b ---------------------------------------------------------------------------------------


def _columns(b: Shape) -> Any:
    return b[1] if len(b) == 2 else 1


def _solve_shape(A: Shape, b: Shape, ndim: int) -> Shape:
    n = _square("solve", A)
    if len(b) not in (1, 2) or b[0] != n:
        raise GraphError(
            f"solve: A is {show_shape(A)} and b is {show_shape(b)}; "
            f"b must be a vector or a matrix with {show_shape((n,))} rows"
        )
    return b


def _solve(xp: Any, A: Array, b: Array, ndim: int) -> Array:
    return b_like(_solved(xp, A, b if ndim == 2 else b[..., None], "solve"), ndim)


def b_like(X: Array, ndim: int) -> Array:
    """Return a solution as a vector where the right-hand side was one."""
    return X if ndim == 2 else X[..., 0]


def _solve_in_jax(A: Array, b: Array, ndim: int) -> Array:
    import jax.numpy as jnp

    return b_like(jnp.linalg.solve(A, b if ndim == 2 else b[..., None]), ndim)


def _solve_backward(g: Node, y: Node, A: Node, b: Node, ndim: int) -> list[Node]:
    share = solve(A.T, g)
    return [-contract("i,j->ij" if ndim == 1 else "ik,jk->ij", share, y), share]


def _inverted(A: Piece, **attrs: Any) -> Piece:
    return raised(A, Piece("−1", "-1"))


_solve_node: Builder = define(
    Op(
        name="solve",
        doc="The solution x of A x = b, by Gaussian elimination.",
        attrs={"ndim": 1},
        forward=_solve,
        kernel=_regular(
            "solve", lambda A, b, ndim: b_like(np.linalg.solve(A, b if ndim == 2 else b[..., None]), ndim)
        ),
        jax=_solve_in_jax,
        shape=_solve_shape,
        cost=lambda A, b, ndim: _elimination(A[0]) + A[0] * (A[0] - 1) * _columns(b),
        flops=lambda A, b, ndim: _divisions(A[0]) + A[0] * _columns(b),
        notation=lambda A, b, ndim: times(_inverted(A), b),
        backward=_solve_backward,
        slips={"multiplied instead of solving": lambda A, b, ndim: A @ b},
    )
)


def solve(A: Any, b: Any) -> Node:
    """Return the solution x of A x = b for a regular matrix; b is a vector, or a matrix of several.

    It prints as A⁻¹ b.  A singular matrix is an error when it is evaluated.
    """
    A, b = lift(A), lift(b)
    return _solve_node(A, b, ndim=b.ndim)


def _inverse(xp: Any, A: Array) -> Array:
    return _solved(xp, A, xp.asarray(np.eye(A.shape[-1], dtype=int)), "inverse")


inverse: Builder = define(
    Op(
        name="inverse",
        doc="The inverse of a regular matrix, by Gaussian elimination.",
        forward=_inverse,
        kernel=_regular("inverse", np.linalg.inv),
        jax="jax.numpy.linalg.inv",
        shape=lambda A: (_square("inverse", A),) * 2,
        cost=lambda A: _elimination(A[0]) + A[0] * (A[0] - 1) * A[0],
        flops=lambda A: _divisions(A[0]) + A[0] * A[0],
        notation=_inverted,
        backward=lambda g, y, A: [-(y.T @ g @ y.T)],
        slips={"the transpose instead of the inverse": lambda A: A.T},
    )
)

# -- determinants --------------------------------------------------------------------------------

det: Builder = define(
    Op(
        name="det",
        doc="The determinant of a matrix; its derivative, det A · A⁻ᵀ, is given where the matrix is regular.",
        forward=lambda xp, A: eliminate(xp, A)[1][..., 0],
        kernel=np.linalg.det,
        jax="jax.numpy.linalg.det",
        shape=_number("det"),
        cost=lambda A: _elimination(A[0]),
        flops=lambda A: _divisions(A[0]) + A[0] - 1,
        notation=call("det", r"\det"),
        backward=lambda g, y, A: [g * y * inverse(A).T],
    )
)


def _logdet_in_jax(A: Array) -> Array:
    import jax.numpy as jnp

    return jnp.linalg.slogdet(A)[1]


def _write_logdet(A: Piece) -> Piece:
    inside = bracket(A, CALL)
    return Piece(f"log|det {inside.text}|", rf"\log\left|\det {inside.latex}\right|", CALL)


logdet: Builder = define(
    Op(
        name="logdet",
        doc="log |det A|, which a change of variables by a matrix adds to a log density.",
        forward=lambda xp, A: xp.log(xp.absolute(eliminate(xp, A)[1][..., 0])),
        kernel=lambda A: np.linalg.slogdet(A)[1],
        jax=_logdet_in_jax,
        shape=_number("logdet"),
        cost=lambda A: _elimination(A[0]),
        flops=lambda A: _divisions(A[0]) + A[0],
        notation=_write_logdet,
        backward=lambda g, y, A: [g * inverse(A).T],
        slips={"the logarithm forgotten": lambda A: absolute(det(A))},
    )
)

# -- diagonals -----------------------------------------------------------------------------------


def _diag(xp: Any, x: Array) -> Array:
    return xp.where(np.eye(x.shape[-1], dtype=bool), x[..., None, :], 0)


def _diag_shape(x: Shape) -> Shape:
    if len(x) != 1:
        raise GraphError(f"diag: expected a vector, found shape {show_shape(x)}")
    return (x[0], x[0])


def _write_diag(x: Piece) -> Piece:
    """Write a diagonal matrix; the one of ones is I."""
    if x.text == "𝟏" or set(x.text.strip("[]ᵀ").split()) == {"1"}:
        return Piece("I", r"\mathbf{I}")
    return call("diag", r"\operatorname{diag}")(x)


def _diag_kernel(x: Array) -> Array:
    out = np.zeros((*x.shape, x.shape[-1]))
    np.einsum("...ii->...i", out)[...] = x
    return out


diag: Builder = define(
    Op(
        name="diag",
        doc="The square matrix with a vector on its diagonal and zeros elsewhere.",
        forward=_diag,
        kernel=_diag_kernel,
        shape=_diag_shape,
        notation=_write_diag,
        backward=lambda g, y, x: [diagonal(g)],
        increasing=True,
    )
)
diagonal: Builder = define(
    Op(
        name="diagonal",
        doc="The diagonal of a square matrix, as a vector.",
        forward=lambda xp, A: xp.einsum("...ii->...i", A),
        kernel=lambda A: np.diagonal(A, axis1=-2, axis2=-1),
        shape=lambda A: (_square("diagonal", A),),
        notation=call("diagonal"),
        backward=lambda g, y, A: [diag(g)],
        increasing=True,
    )
)
trace: Builder = define(
    Op(
        name="trace",
        doc="The sum of the diagonal of a square matrix.",
        forward=lambda xp, A: xp.einsum("...ii->...", A),
        kernel=lambda A: np.trace(A, axis1=-2, axis2=-1),
        shape=_number("trace"),
        flops=lambda A: A[0] - 1,
        notation=call("tr", r"\operatorname{tr}"),
        backward=lambda g, y, A: [g * diag(expand(constant(1), (A.shape[0],)))],
        increasing=True,
    )
)

__all__ = ["det", "diag", "diagonal", "inverse", "logdet", "solve", "trace"]
