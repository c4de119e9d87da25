"""One generic product of arrays: shape, value, gradient, cost and notation follow from its signature.

``contract("ij,j->i", W, x)`` is W x.  The gradient swaps the roles of the signature's parts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache
from string import ascii_letters
from typing import Any

import numpy as np

from ..node import Node, Shape, apply, entry_count, lift, show_shape
from ..notation import INNER, PRODUCT, Piece, bracket, call, join, times, transposed
from ..op import Array, GraphError, Op, find, register


def parts_of(signature: str) -> tuple[list[str], str]:
    """Return the index letters of the arguments and of the result."""
    inputs, _, output = signature.partition("->")
    return inputs.split(","), output


def sizes_of(signature: str, shapes: tuple[Shape, ...]) -> dict[str, Any]:
    """Return the size of every index, or raise GraphError with the index that does not fit."""
    inputs, output = parts_of(signature)
    shown = " and ".join(show_shape(s) for s in shapes)
    if len(inputs) != len(shapes) or any(
        len(part) != len(shape) for part, shape in zip(inputs, shapes, strict=False)
    ):
        raise GraphError(f"contract '{signature}': the signature does not describe shapes {shown}")
    sizes: dict[str, Any] = {}
    for part, shape in zip(inputs, shapes, strict=True):
        for letter, dim in zip(part, shape, strict=True):
            if sizes.setdefault(letter, dim) != dim:
                raise GraphError(
                    f"contract '{signature}': shapes {shown} do not fit: axis {letter} is "
                    f"{show_shape((sizes[letter],))} in one and {show_shape((dim,))} in another"
                )
    if len(set(output)) < len(output):
        raise GraphError(f"contract '{signature}': an index is in the result twice")
    for letter in output:
        if letter not in sizes:
            raise GraphError(f"contract '{signature}': index {letter} is in the result only")
    return sizes


def _shape(*shapes: Shape, signature: str) -> Shape:
    sizes = sizes_of(signature, shapes)
    return tuple(sizes[letter] for letter in parts_of(signature)[1])


def _cost(*shapes: Shape, signature: str) -> Any:
    total: Any = 1
    for dim in sizes_of(signature, shapes).values():
        total = dim * total
    return total if len(shapes) > 1 else 0


def _batched(signature: str) -> str:
    inputs, output = parts_of(signature)
    return ",".join("..." + part for part in inputs) + "->..." + output


def _forward(xp: Any, *arrays: Array, signature: str) -> Array:
    return xp.einsum(_batched(signature), *arrays)


def _kernel(*arrays: Array, signature: str) -> Array:
    """Return the product by BLAS where two arrays share an index to sum over, else by einsum."""
    if len(arrays) == 2:
        a, b = arrays
        plan = _plan(signature, a.ndim, b.ndim)
        if plan is not None:
            return plan(a, b)
    return np.einsum(_batched(signature), *arrays, optimize=len(arrays) > 2)


@lru_cache(10_000)
def _plan(signature: str, rank_a: int, rank_b: int) -> Callable[[Array, Array], Array] | None:
    """Return how two arrays, of which either may have batch axes in front, are multiplied as matrices."""
    (one, two), output = parts_of(signature)
    batch = [rank_a - len(one), rank_b - len(two)]
    unused = [c for c in ascii_letters if c not in one + two]
    if min(batch) and batch[0] != batch[1]:
        return None
    lead = "".join(unused[: max(batch)])
    one, two, output = lead[: batch[0]] + one, lead[: batch[1]] + two, lead + output
    summed = [c for c in one if c in two and c not in output]
    alone = set(one) ^ set(two)
    if not summed or len({*one}) < len(one) or len({*two}) < len(two) or not alone <= set(output):
        return None
    together = [c for c in output if c in one and c in two]
    free = [c for c in output if c in alone]
    if free and free[0] in two:  # the result then lies in memory as it is wanted
        swapped = _ordered(two, one, output, together, summed)
        return lambda a, b: swapped(b, a)
    return _ordered(one, two, output, together, summed)


def _ordered(
    one: str, two: str, output: str, together: list[str], summed: list[str]
) -> Callable[[Array, Array], Array]:
    """Return a product of matrices whose rows are those of the first argument."""
    rows = [c for c in output if c in one and c not in two]
    columns = [c for c in output if c in two and c not in one]
    result = [(*together, *rows, *columns).index(c) for c in output]
    if len(rows) == len(summed) == len(columns) == 1:
        left = [one.index(c) for c in (*together, *rows, *summed)]
        right = [two.index(c) for c in (*together, *summed, *columns)]
        return lambda a, b: (a.transpose(left) @ b.transpose(right)).transpose(result)
    left_of, right_of = _matrices(one, together, rows, summed), _matrices(two, together, summed, columns)
    n, of_a, of_b = len(together), [one.index(c) for c in rows], [two.index(c) for c in columns]

    def multiply(a: Array, b: Array) -> Array:
        found = left_of(a) @ right_of(b)
        shape = (*(a.shape[axis] for axis in of_a), *(b.shape[axis] for axis in of_b))
        return found.reshape((*found.shape[:n], *shape)).transpose(result)

    return multiply


def _matrices(
    part: str, together: list[str], first: list[str], second: list[str]
) -> Callable[[Array], Array]:
    """Return how an array is seen as matrices; one that lies in memory the other way round is transposed."""
    straight, turned = (
        [part.index(c) for c in (*together, *x, *y)] for x, y in ((first, second), (second, first))
    )
    swap = turned == sorted(turned)
    axes, n = turned if swap else straight, len(together)
    middle = n + len(second if swap else first)

    def matrices(x: Array) -> Array:
        x = x.transpose(axes)
        x = x.reshape((*x.shape[:n], math.prod(x.shape[n:middle]), math.prod(x.shape[middle:])))
        return x.swapaxes(-1, -2) if swap else x

    return matrices


def _jax(*arrays: Array, signature: str) -> Array:
    """Multiply with the batched argument first: XLA puts its axes first, and then need not transpose."""
    import jax.numpy as jnp

    inputs, output = parts_of(signature)
    lead = [jnp.ndim(a) - len(part) for a, part in zip(arrays, inputs, strict=True)]
    order = sorted(range(len(arrays)), key=lambda i: -lead[i])
    ordered = ",".join(inputs[i] for i in order) + "->" + output
    return jnp.einsum(_batched(ordered), *(arrays[i] for i in order))


def _backward(g: Node, y: Node, *args: Node, signature: str) -> list[Node]:
    inputs, output = parts_of(signature)
    adjoints = []
    for i, part in enumerate(inputs):
        others = [a for k, a in enumerate(args) if k != i]
        letters = [p for k, p in enumerate(inputs) if k != i]
        missing = [c for c in part if c not in output and not any(c in p for p in letters)]
        if missing or len(set(part)) < len(part):
            adjoints.append(_sum_adjoint(g, args[i], part, [output, *letters], others))
        else:
            adjoints.append(contract(",".join([output, *letters]) + "->" + part, g, *others))
    return adjoints


def _sum_adjoint(g: Node, x: Node, part: str, letters: list[str], others: list[Node]) -> Node:
    """Return the adjoint of a plain sum such as ``ij->j``: the rest of the product, repeated."""
    from .leaf import ones

    if len(set(part)) < len(part):
        raise GraphError("contract: no gradient for a repeated index such as 'ii->'")
    left = [c for c in part if not any(c in letter for letter in letters)]
    sizes = dict(zip(part, x.shape, strict=True))
    signature = ",".join([*letters, "".join(left)]) + "->" + part
    return contract(signature, g, *others, ones(*(sizes[c] for c in left)))


def _write(*pieces: Piece, signature: str) -> Piece:
    """Write a product in matrix notation where it is one, else with its signature."""
    if len(pieces) != 2:
        return call(f"contract[{signature}]")(*pieces)
    (one, two), output = parts_of(signature)
    a, b = pieces
    if one == two and len(one) == 1 and not output:
        return times(transposed(a), b)._replace(prec=INNER)
    if len(one) == len(two) == 1 and output == one + two:
        return times(a, transposed(b))
    if len(one) == len(two) == 1 and output == two + one:
        return times(b, transposed(a))
    if one == two and not output:
        inner = join((", ", ", "), [a, b], PRODUCT)
        return Piece(f"⟨{inner.text}⟩", rf"\left\langle {inner.latex} \right\rangle")
    shared = set(one) & set(two)
    if len(shared) == 1 and set(output) == set(one) ^ set(two) and max(len(one), len(two)) <= 2:
        (s,) = shared
        if output and output[-1:] != two.replace(s, "")[-1:] and len(two) + len(one) == 4:
            one, two, a, b = two, one, b, a
        elif len(one) == 1:
            one, two, a, b = two, one, b, a  # i,ij->j is Aᵀ x
        left = a if one.endswith(s) else transposed(a)
        right = b if two.startswith(s) or len(two) == 1 else transposed(b)
        product = times(bracket(left, PRODUCT), bracket(right, PRODUCT))
        if len(two) == 1 and one.startswith(s):
            row = bracket(transposed(b), PRODUCT)
            return product._replace(turned=times(row, bracket(a, PRODUCT)))
        return product
    each = _of_each_matrix(one, two, output)
    return call(f"contract[{signature}]")(*pieces) if each is None else _write(a, b, signature=each)


def _of_each_matrix(one: str, two: str, output: str) -> str | None:
    """Return the signature of a product of matrices that is taken for each of a stack of them."""
    lead, (a, b, c) = output[:-2], (part[-2:] for part in (one, two, output))
    if not lead or any(len(part) < 2 or not lead.endswith(part[:-2]) for part in (one, two)):
        return None
    matrices = len(set(a) & set(b)) == 1 and set(c) == set(a) ^ set(b) and not set(lead) & set(a + b)
    return f"{a},{b}->{c}" if matrices else None


def _flops(*shapes: Shape, signature: str) -> Any:
    """Return the additions of a plain sum; products are counted as multiply-accumulates."""
    found = _shape(*shapes, signature=signature)
    return entry_count(shapes[0]) if len(shapes) == 1 and len(found) < len(shapes[0]) else 0


def _axes(*shapes: Shape, signature: str) -> list[list[int | None]]:
    inputs, output = parts_of(signature)
    places = {letter: axis for axis, letter in enumerate(output)}
    return [[places.get(letter) for letter in part] for part in inputs]


contract_op = register(
    Op(
        name="contract",
        doc="A sum of products over shared indices, in the notation of einsum.",
        attrs={"signature": ""},
        forward=_forward,
        kernel=_kernel,
        jax=_jax,
        shape=_shape,
        cost=_cost,
        flops=_flops,
        axes=_axes,
        notation=_write,
        backward=_backward,
    )
)


_SIGNATURE = re.compile("[a-zA-Z]*(,[a-zA-Z]*)*->[a-zA-Z]*")


def contract(signature: str, *args: Any) -> Node:
    """Return a sum of products: ``contract("ij,j->i", W, x)``; products with a scalar become ``*``."""
    signature = signature.replace(" ", "") if isinstance(signature, str) else signature
    if not isinstance(signature, str) or not _SIGNATURE.fullmatch(signature):
        raise GraphError(f"contract: a signature names all axes, such as 'ij,j->i'; found {signature!r}")
    inputs, output = parts_of(signature)
    nodes = [lift(a) for a in args]
    for i, node in enumerate(nodes):
        if node.op.name == "neg" and node.name is None:
            return -contract(signature, *nodes[:i], *node.args, *nodes[i + 1 :])
    if len(inputs) == 2 and len(nodes) == 2:
        for scalar, other in ((0, 1), (1, 0)):
            if not inputs[scalar] and inputs[other] == output:
                return apply(find("mul"), nodes[scalar], nodes[other])
        if inputs[0] == inputs[1] == output:
            return apply(find("mul"), *nodes)
    return apply(contract_op, *nodes, signature=signature)


def matmul(a: Any, b: Any) -> Node:
    """Return the product a @ b of vectors and matrices."""
    a, b = lift(a), lift(b)
    signature = {(1, 1): "i,i->", (2, 1): "ij,j->i", (1, 2): "i,ij->j", (2, 2): "ij,jk->ik"}.get(
        (a.ndim, b.ndim)
    )
    if signature is None:
        raise GraphError(
            f"@ multiplies vectors and matrices, found {show_shape(a.shape)} @ {show_shape(b.shape)}; "
            "use contract('...') for more axes"
        )
    return contract(signature, a, b)


def dot(a: Any, b: Any) -> Node:
    """Return the inner product of two vectors."""
    return contract("i,i->", a, b)


def outer(a: Any, b: Any) -> Node:
    """Return the matrix a bᵀ of two vectors."""
    return contract("i,j->ij", a, b)
