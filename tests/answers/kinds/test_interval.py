from fractions import Fraction

import pytest

from tripos.answers.keys import interval
from tripos.answers.kinds.interval import INTERVAL
from tripos.graph import sqrt

UNIT = interval(0, 1, "[)")
RAY = interval(None, sqrt(2), "(]")


@pytest.mark.parametrize(
    ("key", "text", "outcome", "credit"),
    [
        (UNIT, "[0, 1)", "right", 1),
        (UNIT, "[0; 1[", "right", 1),
        (UNIT, "[0,1[", "right", 1),
        (UNIT, r"$\left[0, 1\right)$", "right", 1),
        (UNIT, "0 <= x < 1", "right", 1),
        (UNIT, "0 ≤ p < 1", "right", 1),
        (UNIT, r"0 \leq x < 1", "right", 1),
        (UNIT, "1 > x >= 0", "right", 1),
        (UNIT, "x ∈ [0, 1)", "right", 1),
        (UNIT, r"x \in [0, 1)", "right", 1),
        (UNIT, "I = [0, 1)", "right", 1),
        (UNIT, "[0, 2/2)", "right", 1),
        (UNIT, "[0, 1]", "wrong", Fraction(3, 4)),
        (UNIT, "(0, 1)", "wrong", Fraction(3, 4)),
        (UNIT, "(0, 1]", "wrong", Fraction(1, 2)),
        (UNIT, "[0, 2)", "wrong", Fraction(1, 2)),
        (UNIT, "x >= 0", "wrong", Fraction(1, 2)),
        (UNIT, "[2, 3]", "wrong", 0),
        (UNIT, "[0, 1", "unread", 0),
        (UNIT, "0", "unread", 0),
        (UNIT, "0 < 1", "unread", 0),
        (UNIT, "0 < x > 1", "unread", 0),
        (UNIT, "[0, 1, 2]", "unread", 0),
        (UNIT, "[∞, 1]", "unread", 0),
        (UNIT, "", "unread", 0),
        (RAY, "(-∞, √2]", "right", 1),
        (RAY, "]-inf; 1.41]", "right", 1),
        (RAY, r"(-\infty, \sqrt{2}]", "right", 1),
        (RAY, "[-∞, √2]", "right", 1),  # infinity never belongs: the bracket says nothing
        (RAY, "x ≤ √2", "right", 1),
        (RAY, "√2 ≥ x", "right", 1),
        (RAY, "x < √2", "wrong", Fraction(3, 4)),
        (RAY, "[0, √2]", "wrong", Fraction(1, 2)),
        (interval(None, None), "ℝ", "right", 1),
        (interval(None, None), "(-∞, ∞)", "right", 1),
    ],
)
def test_intervals(key, text, outcome, credit):
    found = INTERVAL.mark(key, text, {}, {})
    assert (found.verdict.outcome, found.credit) == (outcome, credit)


def test_decimal_commas():
    key = interval(0.5, 1.5)
    assert INTERVAL.mark(key, "[0,5; 1,5]", {"locale": "comma"}, {}).verdict.right


def test_what_is_wrong_is_said():
    assert INTERVAL.mark(UNIT, "(0, 2)", {}, {}).feedback == (
        "The lower end belongs to the interval.",
        "The upper end is wrong.",
    )
