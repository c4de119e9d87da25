import jax.numpy as jnp
import pytest

from graph.oracle import Case, checks
from tripos.graph import stack, symbol
from tripos.graph.ops.derivative import rows_of


def together(shape, ndim):
    return lambda *rows: rows_of(*rows, written=("∂y/∂x", r"\partial y"), shape=shape, ndim=ndim)


CASES = [
    Case("rows_of", together((2,), 1), lambda *rows: jnp.stack(rows), ((3,), (3,))),
    Case("rows_of", together((2,), 0), lambda *rows: jnp.stack(rows), ((), ()), note="numbers"),
    Case(
        "rows_of",
        together((2, 1), 2),
        lambda *rows: jnp.stack(rows).reshape(2, 1, 2, 3),
        ((2, 3), (2, 3)),
        note="four axes",
    ),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


def test_it_is_written_as_a_derivative():
    x = symbol("x", 2)
    assert repr(together((2,), 1)(x, 2 * x)) == "<∂y/∂x>"
    assert repr(stack(x, 2 * x)) != "<∂y/∂x>"
