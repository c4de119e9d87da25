import math

import pytest

from tripos.answers.kinds.rounding import Precision, slack
from tripos.graph import exp, named, sqrt, vector

Z = named(sqrt(2), "z")


@pytest.mark.parametrize(
    ("wanted", "half"),
    [
        (Precision(), 0.005),  # 1.41: three figures
        (Precision(figures=4), 0.0005),
        (Precision(decimals=4), 0.00005),
        (Precision(decimals=0), 0.05),  # never less than two figures
    ],
)
def test_a_line_moves_by_half_a_unit_of_its_last_place(wanted, half):
    assert float(slack(exp(Z), wanted)) == pytest.approx(math.exp(math.sqrt(2)) * math.expm1(half))


def test_lines_add_up_and_exact_ones_do_not_move():
    key = 2 * Z + 3 * named(sqrt(3), "u") + 5 * named(vector(1, 2)[0] / 4, "v")
    assert float(slack(key, Precision())) == pytest.approx(2 * 0.005 + 3 * 0.005)


def test_entries_of_a_key_move_apart():
    found = slack(vector(Z, 10 * Z, 7), Precision())
    assert found == pytest.approx([0.005, 0.05, 0])
