import numpy as np
import pytest

from tripos.answers.reading.reader import read
from tripos.graph import constant, sigmoid, symbol, vector
from tripos.graph.node import named
from tripos.marking.carried import explained, half_units


@pytest.mark.parametrize(
    ("text", "halves"),
    [
        ("0.88", 0.005),
        ("-0.5", 0.05),
        ("3", 0),
        ("7/8", 0),
        ("[0.25, 1, -1.5]", [0.005, 0, 0.05]),
    ],
)
def test_decimals_stand_for_what_rounds_to_them(text, halves):
    assert half_units(read(text)) == pytest.approx(np.asarray(halves))


P = constant([0.88], name="p")[0]
HALF = {P: np.asarray(0.005)}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("8.8", True),
        ("8.84", True),  # from 0.8835, say: 10 · 0.005 to either side
        ("8.856", False),
        ("8.7", True),
        ("8.69", False),
        ("35/4", True),
        ("-8.8", False),
    ],
)
def test_an_answer_may_have_been_computed_before_rounding(answer, expected):
    assert explained(10 * P, read(answer), HALF) is expected


def test_without_decimals_nothing_is_explained():
    assert not explained(10 * P, read("8.8"), {P: np.asarray(0.0)})


def test_what_is_far_off_is_never_put_down_to_rounding():
    coarse = {P: np.asarray(0.5)}  # half a unit would explain anything from 3.8 to 13.8
    assert not explained(10 * P, read("5"), coarse)


def test_every_entry_must_be_explained():
    p = named(vector(0.25, 0.75), "p")
    halves = {p: np.asarray([0.005, 0.005])}
    assert explained(4 * p, read("[1.01, 2.99]"), halves)
    assert not explained(4 * p, read("[1.01, 2.9]"), halves)
    assert not explained(4 * p, read("[1.01]"), halves)


def test_formulas_are_not_explained():
    assert not explained(sigmoid(symbol("s")), read("0.5"), HALF)
