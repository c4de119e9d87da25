from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripos.paper.drafting.chains import pick


@pytest.mark.parametrize(
    ("values", "chosen"),
    [
        ([], []),
        ([1, 2, 3], [0, 1, 2]),
        ([1, 2, 1, 2, 3], [0, 1, 4]),  # a list inside the second question
        ([1, 2, 2, 4, 1, 3, 3, 4], [0, 1, 6, 7]),  # one in disorder, in one piece
        ([3, 4, 5], [0, 1, 2]),
        ([1, 3, 4], [0, 1, 2]),
        ([1, 2, 17, 3], [0, 1, 3]),  # a number in the text
    ],
)
def test_the_questions_are_those_that_follow_on(values, chosen):
    assert pick(values, [False] * len(values)) == chosen


def test_points_tell_questions_from_a_list():
    assert pick([1, 1, 2, 2], [True, False, False, True]) == [0, 3]


def test_numbers_with_points_may_begin_again():
    assert pick([1, 2, 1, 2], [True] * 4) == [0, 1, 2, 3]


@given(st.lists(st.tuples(st.integers(1, 6), st.booleans()), max_size=30))
def test_numbers_increase_or_begin_again(marks):
    values = [value for value, _ in marks]
    chosen = [values[i] for i in pick(values, [pointed for _, pointed in marks])]
    assert all(after > before or after == 1 for before, after in pairwise(chosen))
