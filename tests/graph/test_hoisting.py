"""Recurrences whose loops are emptied: the same values, and only what needs the state stays inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tripos.graph import each, grad, recurrence, sum, symbol, tanh
from tripos.graph.hoisting import hoisted
from tripos.graph.node import Node, schedule
from tripos.graph.program import Program
from tripos.graph.spaces import numpy as numpy_space

W, U, b = symbol("W", (3, 3)), symbol("U", (3, 2)), symbol("b", 3)
x, h = symbol("x", (5, 2)), symbol("h", 3)
SHAPES = {W: (3, 3), U: (3, 2), b: (3,), x: (4, 5, 2), h: (4, 3)}


def values(nodes: list[Node]) -> list[Any]:
    """Return the values for a batch of 4 of sequences and first states, from one seed."""
    rng = np.random.default_rng(0)
    known = {symbol: rng.normal(size=shape) for symbol, shape in SHAPES.items()}
    program = Program(nodes, numpy_space, kernels=True)
    return program({n: v for n, v in known.items() if n in program.order})


def states(reverse: bool = False) -> Node:
    """Return the states of an RNN."""
    return recurrence(lambda h, x: tanh(W @ h + (U @ x + b)), h, x, reverse=reverse)


@pytest.mark.parametrize("reverse", [False, True])
def test_values_and_gradients_are_the_same(reverse: bool) -> None:
    found = states(reverse)
    wanted = [found, *grad(sum(found * found), [W, U, b, x, h])]
    for ours, theirs in zip(values(hoisted(wanted)), values(wanted), strict=True):
        assert_allclose(ours, np.broadcast_to(theirs, ours.shape), rtol=1e-12, atol=1e-14)


def test_a_loop_holds_one_product_only() -> None:
    found = [n for n in schedule(hoisted([states()])) if n.op.name == "recurrence"]
    body = dict(found[0].attrs)["body"]
    assert [n.op.name for n in schedule([body.output])].count("contract") == 1
    assert [n.shape for n in found[0].args[1:-1]] == [(5, 2), (5, 3)]


def test_each_is_gone_and_what_two_have_in_common_is_computed_once() -> None:
    one, two = each(lambda x: tanh(U @ x), x), each(lambda x: tanh(U @ x) + b, x)
    order = schedule(hoisted([one, two]))
    names = [n.op.name for n in order]
    assert "each" not in names
    assert names.count("tanh") == 1


def test_what_is_the_same_in_each_step_may_differ_in_a_batch() -> None:
    wanted = [each(lambda x: U @ x + h, x), each(lambda x: h, x)]
    for ours, theirs in zip(values(hoisted(wanted)), values(wanted), strict=True):
        assert ours.shape == (4, 5, 3)
        assert_allclose(ours, theirs)


def test_an_each_within_a_step() -> None:
    inner = each(lambda x: sum(each(tanh, x)) + sum(h), x)
    ours, theirs = values([*hoisted([inner]), inner])
    assert_allclose(ours, theirs)
