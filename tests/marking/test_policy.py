from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripos.marking.policy import Policy, outcome_of, points_for
from tripos.paper.reader import read_paper

HALF = Fraction(1, 2)


def read(block):
    """Return the policy of a paper with this block, and the line and the message of what is wrong with it."""
    text = f"---\ntitle: T\nmarking:\n{block}---\n\n# Q {{points=1}}\n\n[[1]]\n"
    paper, found = read_paper(text, "p.md")
    return paper.policy, [(d.line, d.message) for d in found]


def test_what_is_not_stated_has_a_default():
    paper, _ = read_paper("---\ntitle: T\n---\n\n# Q {points=1}\n\n[[1]]\n", "p.md")
    assert paper.policy == Policy()
    assert Policy() == Policy(Fraction(1), HALF, {}, True, Fraction(0), Fraction(0))


def test_a_block_states_the_policy():
    block = """\
  follow-through: half
  conventions: none
  slips:
    kernel flipped: 1/2
    sign forgotten: 0.25
  partial: no
  rounding: 1/4
  negative: 1/3
"""
    policy, found = read(block)
    assert found == []
    slips = {"kernel flipped": HALF, "sign forgotten": Fraction(1, 4)}
    assert policy == Policy(HALF, Fraction(0), slips, False, Fraction(1, 4), Fraction(1, 3))
    assert policy.as_json()["slips"] == {"kernel flipped": "1/2", "sign forgotten": "1/4"}


@pytest.mark.parametrize(
    ("block", "line", "message"),
    [
        ("  follow-thru: half\n", 4, "marking has no key 'follow-thru'"),
        ("  follow-through: 2\n", 4, "follow-through must be a share of the points"),
        ("  follow-through: -1\n", 4, "follow-through must be a share of the points"),
        ("  follow-through: yes\n", 4, "follow-through must be a share of the points"),
        ("  partial: yes\n  negative: much\n", 5, "negative must be a share of the points"),
        ("  partial: 1/2\n", 4, "partial must be yes or no"),
        ("  rounding: 0\n", 4, "rounding must be what points are multiples of"),
        ("  rounding: 1/0\n", 4, "rounding must be what points are multiples of"),
        ("  slips: half\n", 4, "slips must be a mapping of mistakes to their credit"),
        ("  slips:\n    kernel flipped: 3\n", 5, "kernel flipped must be a share of the points"),
        ("  slips:\n    kernel fliped: half\n", 5, "no mistake is known by the name 'kernel fliped'"),
        ("  - half\n", 3, "marking must be a mapping"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(block, line, message):
    policy, found = read(block)
    assert found == [(line, message)]
    assert policy == Policy()  # nothing wrong is taken over


def test_points_are_rounded_as_stated():
    quarter = Policy(rounding=Fraction(1, 4))
    assert points_for(Policy(), Fraction(1, 3), Fraction(4)) == Fraction(4, 3)
    assert points_for(quarter, Fraction(1, 3), Fraction(4)) == Fraction(5, 4)
    assert points_for(quarter, Fraction(1, 8), Fraction(1)) == Fraction(1, 4)  # halves go up
    assert points_for(quarter, Fraction(1), Fraction(8, 5)) == Fraction(8, 5)  # all of it is all of it
    assert points_for(Policy(rounding=Fraction(1)), Fraction(3, 4), Fraction(1, 2)) == 0


@given(st.fractions(0, 1), st.fractions(0, 20), st.sampled_from([0, 1, HALF, Fraction(1, 4)]))
def test_points_stay_between_nothing_and_all(credit, of, unit):
    points = points_for(Policy(rounding=Fraction(unit)), credit, of)
    assert 0 <= points <= of
    assert points == of or credit < 1


def test_outcomes_follow_from_the_credit():
    credits = (Fraction(1), HALF, Fraction(0), -HALF)
    assert [outcome_of(c) for c in credits] == ["right", "partly", "wrong", "wrong"]
