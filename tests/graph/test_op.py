import pytest

from graph.oracle import all_cases
from tripos.graph.op import Op, register, table


def test_every_op_is_tested_against_another_implementation():
    # Orders of growth and bounds are facts about graphs: their own modules define and test them.
    families = {name for name, op in table.items() if ".ops." in op.forward.__module__}
    assert {case.op for case in all_cases()} == families


def test_every_op_that_has_a_derivative_is_tested_for_it():
    differentiable = {name for name, op in table.items() if op.backward is not None}
    tested = {case.op for case in all_cases() if case.orders and case.smooth}
    assert differentiable <= tested


@pytest.mark.parametrize("op", table.values(), ids=str)
def test_an_op_says_what_it_is(op):
    assert op.doc
    assert table[op.name] is op


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="'add' is defined twice"):
        register(Op(name="add", doc="", forward=len, shape=len, notation=len))
