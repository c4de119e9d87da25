from dataclasses import replace
from fractions import Fraction

import pytest

from marking.marked import FOLLOWED, SLIPPED, UNREAD
from tripos.marking.reports.outcomes import LOOKS, earned, look, sign, words


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        (SLIPPED, ("wrong", "✗", "Not right")),
        (FOLLOWED, ("followed", "↪", "Right for what came before")),
        (replace(FOLLOWED, points=Fraction(1)), ("followed", "↪", "Follows from what came before")),
        (replace(FOLLOWED, points=Fraction(0), outcome="wrong"), ("wrong", "✗", "Not right")),
        (UNREAD, ("waiting", "?", "Could not be read by the machine: a person will look at it")),
        (replace(UNREAD, outcome="open"), ("waiting", "✎", "To be marked by a person")),
        (replace(UNREAD, points=Fraction(8, 3)), ("right", "✓", "Right")),
        (replace(UNREAD, points=Fraction(1)), ("partly", "◐", "Partly right")),
        (replace(SLIPPED, points=Fraction(-1)), ("wrong", "✗", "Not right")),
        (replace(SLIPPED, outcome="unanswered"), ("unanswered", "–", "No answer")),
    ],
)
def test_an_outcome_has_a_look_a_sign_and_words(mark, expected):
    assert (look(mark), sign(mark), words(mark)) == expected
    assert look(mark) in LOOKS


def test_points_are_summed_with_what_is_to_come():
    assert earned([SLIPPED, FOLLOWED]) == "2.67 of 6.67 points"
    assert earned([SLIPPED, UNREAD]) == "0 of 6.67 points, 2.67 still to be marked"
    assert earned([replace(SLIPPED, of=Fraction(1))]) == "0 of 1 point"
