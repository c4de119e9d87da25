from fractions import Fraction

import pytest

from tripos.answers.keys import answer_set
from tripos.answers.kinds.sets import SET
from tripos.graph import sqrt

KEY = answer_set(1, -2, sqrt(2))
WORDS = answer_set("ReLU", "leaky ReLU", "tanh")


@pytest.mark.parametrize(
    ("key", "text", "outcome", "credit"),
    [
        (KEY, "{1, -2, √2}", "right", 1),
        (KEY, r"\{\sqrt{2}, 1, -2\}", "right", 1),
        (KEY, "1.41, -2, 1, 1", "right", 1),
        (KEY, "1; -2; 1.414", "right", 1),
        (KEY, "1, -2 and √2", "right", 1),
        (KEY, "x = {1, -2, √2}", "right", 1),
        (answer_set(1, -1, 0), "0, ±1", "right", 1),
        (answer_set(1 + sqrt(2), 1 - sqrt(2)), r"1 \pm \sqrt{2}", "right", 1),
        (answer_set(1 + sqrt(2), 1 - sqrt(2)), "±√2", "wrong", 0),
        (KEY, "{1, -2}", "wrong", Fraction(2, 3)),
        (KEY, "{1, -2, 5}", "wrong", Fraction(1, 3)),
        (KEY, "{1, -2, √2, 5}", "wrong", Fraction(2, 3)),
        (KEY, "{5, 6, 7}", "wrong", 0),
        (KEY, "∅", "wrong", 0),
        (KEY, "{1, -2, 1.4 }", "right", 1),
        (KEY, "{1, -2", "unread", 0),
        (KEY, "{1,, -2}", "unread", 0),
        (KEY, "{1, cat}", "unread", 0),
        (KEY, "", "unread", 0),
        (WORDS, "tanh, relu, Leaky-ReLU", "right", 1),
        (WORDS, "{tanh, relu}", "wrong", Fraction(2, 3)),
        (WORDS, "tanhh, relu, leaky relu", "undecided", Fraction(2, 3)),
        (WORDS, "sigmoid", "wrong", 0),
        (answer_set(), "∅", "right", 1),
        (answer_set(), "{}", "right", 1),
        (answer_set(), "none", "right", 1),
        (answer_set(), "0", "wrong", 0),
    ],
)
def test_sets(key, text, outcome, credit):
    found = SET.mark(key, text, {}, {})
    assert (found.verdict.outcome, found.credit) == (outcome, credit)


def test_decimal_commas_need_semicolons():
    assert SET.mark(answer_set(0.5, 2), "{0,5; 2}", {"locale": "comma"}, {}).verdict.right


def test_what_is_wrong_is_named():
    assert SET.mark(KEY, "{1, 7}", {}, {}).feedback == ("1 of 3 entries are found.", "Wrong: 7.")
