"""Adjoints of slices, joined instead of padded and added."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from tripos.graph import grad, split, stack, sum, symbol
from tripos.graph.gathering import gathered
from tripos.graph.node import Node, schedule
from tripos.graph.program import Program
from tripos.graph.spaces import numpy as numpy_space

x = symbol("x", (3, 4))
X = np.arange(12.0).reshape(3, 4) - 5


def value(node: Node) -> np.ndarray:
    """Return the value of a node at X."""
    (found,) = Program([node], numpy_space, kernels=True)({x: X})
    return np.asarray(found)


def names(node: Node) -> list[str]:
    """Return the names of all ops below a node."""
    return [n.op.name for n in schedule([node])]


def test_parts_that_make_up_an_array_are_joined() -> None:
    a, b = split(x, [1, 3], axis=1)
    (found,) = gathered([grad(sum(a * a) + sum(b * b * b), x)])
    assert "place" not in names(found)
    assert "concat" in names(found)
    assert_allclose(value(found), np.concatenate([2 * X[:, :1], 3 * X[:, 1:] ** 2], 1))


def test_rows_are_joined_and_what_is_left_out_is_zero() -> None:
    (found,) = gathered([grad(sum(stack(x[0] * x[0], x[2] * x[2])), x)])
    assert "place" not in names(found)
    assert_allclose(value(found), np.stack([2 * X[0], 0 * X[1], 2 * X[2]]))


def test_parts_that_overlap_are_added() -> None:
    a, b, c = x[:2], x[1:], x[:, 1]
    wanted = grad(sum(a * a) + sum(b * b) + sum(c * c), x)
    expected = 2 * X * np.array([[1], [2], [1]]) + 2 * X * np.array([0, 1, 0, 0])
    assert_allclose(value(wanted), expected)
    (found,) = gathered([wanted])
    assert_allclose(value(found), expected)


def test_other_terms_of_a_sum_stay() -> None:
    wanted = grad(sum(x[0] * x[0]) + sum(x * x) + sum(x[1:] * x[1:]), x)
    (found,) = gathered([wanted])
    assert "concat" in names(found)
    assert_allclose(value(found), 4 * X)
