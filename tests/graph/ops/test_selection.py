import jax
import jax.numpy as jnp
import numpy as np
import pytest

from graph.oracle import Case, checks, run
from tripos.graph import (
    GraphError,
    constant,
    exact,
    floats,
    grad,
    index,
    log,
    onehot,
    size,
    softmax,
    symbol,
    write,
)
from tripos.graph.ops.selection import entry
from tripos.graph.ops.selection import onehot as onehot_op

CASES = [
    Case(
        "onehot",
        lambda y: onehot_op(y, n=2),
        lambda y: jax.nn.one_hot(jnp.asarray(y, int), 2),
        ((3,),),
        ("mask",),
        0,
    ),
    Case(
        "onehot",
        lambda y: onehot_op(y, n=2),
        lambda y: jax.nn.one_hot(jnp.asarray(y, int), 2),
        ((),),
        ("mask",),
        0,
        "one",
    ),
    Case("entry", entry, lambda x, y: x[jnp.asarray(y, int)], ((4,), ()), ("real", "mask"), 1),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_by_code_that_is_not_ours(check, case):
    check(case)


@pytest.mark.parametrize("at", range(4))
def test_an_entry_at_a_symbol_is_the_entry_at_its_value(at):
    x, y = symbol("x", 4), symbol("y")
    values = [3, 1, 4, 1.5]
    assert floats(x[y], x=values, y=at) == values[at]
    assert exact(x[y], x=values, y=at) == exact(x[at], x=values)


def test_a_row_at_a_symbol():
    W, y = symbol("W", (3, 2)), symbol("y")
    assert write(W[y]).text == "Wᵀ e_y"
    np.testing.assert_array_equal(floats(W[y], W=[[1, 2], [3, 4], [5, 6]], y=2), [5, 6])


def test_the_gradient_of_an_entry_is_a_unit_vector():
    k = size("k")
    x, y = symbol("x", k), symbol("y")
    assert write(grad(x[y], x)).text == "e_y"
    assert write(grad(x[y] ** 2, x)).text == "2x_y e_y"


def test_batches_of_positions_pick_from_batches_of_vectors():
    x, y = symbol("x", 3), symbol("y")
    rows = np.arange(12.0).reshape(4, 3)
    (got,) = run([x[y]], [x, y], [rows, np.array([2.0, 0, 1, 1])])
    np.testing.assert_array_equal(got, [2, 3, 7, 10])


@pytest.mark.parametrize(
    ("node", "text", "latex"),
    [
        (symbol("p", 3)[symbol("y")], "p_y", "p_{y}"),
        (softmax(symbol("z", 3))[symbol("y")], "softmax(z)[y]", None),
        (symbol("h_1", 3)[symbol("i")], "h₁[i]", None),
        (onehot(symbol("y"), 3), "e_y", r"\mathbf{e}_{y}"),
        (onehot(1, size("n")), "e₂", r"\mathbf{e}_{2}"),
        (-log(symbol("p", 3)[symbol("y")]), "−log(p_y)", None),
    ],
)
def test_how_they_are_written(node, text, latex):
    piece = write(node)
    assert piece.text == text
    assert latex in (None, piece.latex)


def test_onehot_of_numbers_is_a_constant():
    assert onehot(1, 3) is constant([0, 1, 0])
    assert onehot(constant(1), 3) is constant([0, 1, 0])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: entry(symbol("x", (2, 2)), symbol("y")), "entry: a vector and one position are wanted"),
        (lambda: entry(symbol("x", 2), symbol("y", 2)), "found shapes 2 and 2"),
        (lambda: index(symbol("x", (2, 2, 2)), symbol("y")), "index: one position that is a symbol"),
        (lambda: onehot(3, 3), "index 3 does not lie in 0..2"),
    ],
)
def test_positions_that_do_not_fit_are_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build()
