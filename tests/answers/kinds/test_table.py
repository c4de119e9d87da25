from fractions import Fraction

import pytest

from tripos.answers.keys import answer_table
from tripos.answers.kinds.table import TABLE
from tripos.graph import sqrt

KEY = answer_table([["relu", 0, sqrt(2)], ["tanh", None, 0.5]])


@pytest.mark.parametrize(
    ("text", "outcome", "credit"),
    [
        ("| relu | 0 | √2 |\n| tanh | – | 1/2 |", "right", 1),
        ("relu | 0 | 1.41\ntanh | 7 | 0.5", "right", 1),
        ("|relu|0|1.41|\n|---|:-:|--:|\n|tanh||0.5|", "right", 1),
        (r"ReLU & 0 & \sqrt{2} \\ tanh & x & 0.5", "right", 1),
        (r"\begin{array}{lcc} relu & 0 & 1.41 \\ tanh & & 0.5 \end{array}", "right", 1),
        ("relu\t0\t1.41\ntanh\t\t0.5", "right", 1),
        ("relu, 0, 1.41; tanh, x, 0.5", "right", 1),
        ("[[relu, 0, 1.41], [tanh, x, 0.5]]", "right", 1),
        ("relu | 1 | 1.41\ntanh | 7 | 0.5", "wrong", Fraction(4, 5)),
        ("tanh | 0 | 1.41\nrelu | 7 | 0.5", "wrong", Fraction(3, 5)),
        ("relu | ? | 1.41\ntanh | 7 | 0.5", "undecided", Fraction(4, 5)),
        ("relu | 0\ntanh | 7", "unread", 0),
        ("relu | 0 | 1.41", "unread", 0),
        ("", "unread", 0),
    ],
)
def test_tables(text, outcome, credit):
    found = TABLE.mark(KEY, text, {}, {})
    assert (found.verdict.outcome, found.credit) == (outcome, credit)


def test_the_first_wrong_cell_is_the_witness():
    found = TABLE.mark(KEY, "relu | 1 | 1.41\ntanh | 7 | 0.5", {}, {})
    assert found.verdict.witness == "row 1, column 2: 1 against 0"
    assert found.feedback[0] == "4 of 5 cells are right."
