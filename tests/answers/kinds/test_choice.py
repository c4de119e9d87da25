from fractions import Fraction

import pytest

from tripos.answers.keys import Options
from tripos.answers.kinds.choice import CHOICE

ONE = Options(("$-3$", "$0$", "$3$", "none of the above"), ("b",))
TWO = Options(("Adam", "SGD", "dropout", "batch norm"), ("a", "b"))
NONE = Options(("x", "y"), ())


@pytest.mark.parametrize(
    ("key", "text", "outcome", "credit"),
    [
        (ONE, "b", "right", 1),
        (ONE, "B", "right", 1),
        (ONE, "(b)", "right", 1),
        (ONE, "b.", "right", 1),
        (ONE, "b) $0$", "right", 1),
        (ONE, "$0$", "right", 1),
        (ONE, "None of the above", "wrong", 0),
        (ONE, "d", "wrong", 0),
        (ONE, "b, c", "wrong", 0),
        (ONE, "0", "right", 1),
        (ONE, "3", "wrong", 0),
        (ONE, "−3", "wrong", 0),
        (ONE, "1", "unread", 0),
        (ONE, "e", "unread", 0),
        (ONE, "maybe b", "unread", 0),
        (ONE, "", "unread", 0),
        (ONE, "b) $3$", "unread", 0),
        (TWO, "a, b", "right", 1),
        (TWO, "B and A", "right", 1),
        (TWO, "AB", "right", 1),
        (TWO, "a b", "right", 1),
        (TWO, "a", "wrong", Fraction(1, 2)),
        (TWO, "Adam", "wrong", Fraction(1, 2)),
        (TWO, "a, c", "wrong", 0),
        (TWO, "a, b, c", "wrong", Fraction(1, 2)),
        (TWO, "a, b, c, d", "wrong", 0),
        (TWO, "c, d", "wrong", 0),
        (NONE, "none", "right", 1),
        (NONE, "a", "wrong", 0),
    ],
)
def test_choices(key, text, outcome, credit):
    found = CHOICE.mark(key, text, {}, {})
    assert (found.verdict.outcome, found.credit) == (outcome, credit)


@pytest.mark.parametrize(
    ("text", "options", "credit"),
    [
        ("a, b, c", {"negative": "1/3"}, Fraction(2, 3)),
        ("a, b, c, d", {"negative": "1/3"}, Fraction(1, 3)),
        ("c, d", {"negative": "1/3"}, 0),
        ("c, d", {"negative": "1/3", "floor": "no"}, Fraction(-2, 3)),
        ("c", {"negative": "0"}, 0),
    ],
)
def test_negative_marks(text, options, credit):
    assert CHOICE.mark(TWO, text, options, {}).credit == credit


@pytest.mark.parametrize(
    ("text", "options", "credit"),
    [
        ("a", {"negative": "1/4", "floor": "no"}, Fraction(-1, 4)),
        ("a, b", {"negative": "1/4", "floor": "no"}, Fraction(-1, 4)),  # b is right, but it is not the answer
        ("a, b, c", {"negative": "1/4", "floor": "no"}, Fraction(-1, 4)),
        ("a, b", {"negative": "1/4"}, 0),
        ("b", {"negative": "1/4", "floor": "no"}, 1),
    ],
)
def test_several_ticks_where_one_is_right_are_one_wrong_answer(text, options, credit):
    key = Options(("no", "yes", "perhaps"), ("b",))
    assert CHOICE.mark(key, text, options, {}).credit == credit


def test_a_text_that_is_also_a_letter_is_not_guessed():
    key = Options(("b", "c", "a"), ("a",))
    assert CHOICE.mark(key, "b", {}, {}).verdict.outcome == "unread"
