from dataclasses import replace
from fractions import Fraction

import pytest

from marking.marked import SLIPPED, UNREAD, marked
from tripos.marking.queue.manual import apply_manual, named
from tripos.marking.queue.queue_file import ManualMark
from tripos.marking.result import Mark

ROW = (Fraction(2), 2, "names the vanishing gradient")


def decision(mark, blank, points, **details):
    ids = {b.blank: name.id for b, name in zip(mark.blanks, named(mark), strict=True)}
    return ManualMark(ids[blank], blank, Fraction(points), of(mark, blank).of, **details)


def of(mark, blank):
    return next(b for b in mark.blanks if b.blank == blank)


@pytest.mark.parametrize(("points", "outcome"), [(6, "right"), (2, "partly"), (0, "wrong")])
def test_a_decision_sets_points_and_marker(points, outcome):
    mark = marked("ada")
    manual = decision(mark, "lstm", points, marker="Grace", comment="Good.\n\nGo on.", rows=(ROW,))
    (after,) = apply_manual([mark], [manual])
    blank = of(after, "lstm")
    assert (blank.points, blank.outcome, blank.marker) == (points, outcome, "Grace")
    assert blank.feedback == ("2 of 2: names the vanishing gradient", "Good.", "Go on.")
    assert after.points == mark.points + points
    assert after.waiting == mark.waiting - 6


def test_others_with_the_same_answer_get_the_same():
    manual = decision(marked("ada"), "lstm", 4)
    first, second, third = apply_manual([marked("ada"), marked("bob"), marked("eve", essays=1)], [manual])
    assert of(first, "lstm").points == of(second, "lstm").points == 4
    assert of(third, "lstm").points is None
    assert of(first, "lstm").marker == "a person"


def test_doing_it_again_changes_nothing_and_later_marking_does_not_undo_it():
    mark = marked("emmy", **{UNREAD.blank: UNREAD})
    manual = [decision(mark, UNREAD.blank, 2)]
    (once,) = apply_manual([mark], manual)
    (twice,) = apply_manual([once], manual)
    assert once == twice
    now_read = replace(UNREAD, outcome="wrong", points=Fraction(0), reason="", witness="1 is not 2")
    (later,) = apply_manual([marked("emmy", **{UNREAD.blank: now_read})], manual)
    assert of(later, UNREAD.blank).points == 2
    assert of(later, UNREAD.blank).witness == ""


@pytest.mark.parametrize(
    "change",
    [
        {"answer": "another"},
        {"of": Fraction(1)},
        {"key": "7"},
        {"blank": "forward/z_2"},
    ],
)
def test_what_a_decision_rests_on_is_asked_again_when_it_changes(change):
    manual = decision(marked("emmy", **{UNREAD.blank: UNREAD}), UNREAD.blank, 2)
    (after,) = apply_manual([marked("emmy", **{UNREAD.blank: replace(UNREAD, **change)})], [manual])
    assert all(b.marker == "machine" for b in after.blanks)


def test_another_version_is_asked_again():
    manual = decision(marked("ada"), "lstm", 4)
    (after,) = apply_manual([marked("ada", version="B")], [manual])
    assert of(after, "lstm").points is None


def test_spaces_matter_except_in_open_answers():
    def id(blank, answer):
        return next(named(Mark("ada", "A", (replace(blank, answer=answer),)))).id

    essay = of(marked("ada"), "lstm")
    assert id(essay, "gates and cells") == id(essay, " gates\nand  cells ")
    assert id(SLIPPED, "1 1") == id(SLIPPED, "1 1 ") != id(SLIPPED, "1  1")


def test_answers_are_not_the_same_after_different_mistakes():
    """What comes later may have been computed from them."""
    wrong = replace(of(marked("ada"), "sizes/first_conv"), answer="4", outcome="wrong", points=Fraction(0))
    plain = marked("emmy", **{UNREAD.blank: UNREAD})
    other = marked("emmy", **{UNREAD.blank: UNREAD, wrong.blank: wrong})
    manual = [decision(plain, UNREAD.blank, 2), decision(plain, "lstm", 1)]
    (after,) = apply_manual([other], manual)
    assert of(after, UNREAD.blank).points is None
    assert of(after, "lstm").points == 1


def test_deciding_one_answer_leaves_the_decision_on_a_later_one():
    later = replace(UNREAD, blank="forward/h_1")
    mark = marked("emmy", **{UNREAD.blank: UNREAD, later.blank: later})
    manual = [decision(mark, UNREAD.blank, 2), decision(mark, later.blank, 1)]
    for first, second in (manual, manual[::-1]):
        (once,) = apply_manual([mark], [first])
        (after,) = apply_manual([once], [second])
        assert (of(after, UNREAD.blank).points, of(after, later.blank).points) == (2, 1)


def test_no_decision_gives_points_for_nothing_or_beyond_the_blank():
    mark = marked("ada", **{UNREAD.blank: replace(UNREAD, answer=" ", points=Fraction(0))})
    manual = [decision(mark, UNREAD.blank, 2), decision(mark, "lstm", 7)]
    assert list(apply_manual([mark], manual)) == [mark]
