from importlib import import_module
from pathlib import Path

import pytest

from tripos.graph.op import Op, register, table

FAMILIES = sorted(p.stem for p in (Path(__file__).parent / "ops").glob("test_*.py"))


def cases():
    modules = [import_module(f"graph.ops.{family}") for family in FAMILIES]
    return [case for module in modules for case in getattr(module, "CASES", [])]


def test_every_op_is_tested_against_another_implementation():
    # Orders of growth and bounds are facts about graphs: their own modules define and test them.
    families = {name for name, op in table.items() if ".ops." in op.forward.__module__}
    assert {case.op for case in cases()} == families


def test_every_op_that_has_a_derivative_is_tested_for_it():
    differentiable = {name for name, op in table.items() if op.backward is not None}
    tested = {case.op for case in cases() if case.orders and case.smooth}
    assert differentiable <= tested


@pytest.mark.parametrize("op", table.values(), ids=str)
def test_an_op_says_what_it_is(op):
    assert op.doc
    assert table[op.name] is op


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="'add' is defined twice"):
        register(Op(name="add", doc="", forward=len, shape=len, notation=len))
