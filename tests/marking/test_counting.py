from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripos.marking.counting import (
    EVERYTHING,
    Best,
    Counting,
    counting_from_json,
    counting_of,
    dropped,
    total,
)
from tripos.marking.mark import mark_script
from tripos.marking.plan import plan_of
from tripos.marking.reports.candidate_page import Pages
from tripos.marking.result import BlankMark, Mark, mark_from_json
from tripos.marking.scripts.script import Script

CHOICE = "\n- [x] yes\n- [ ] no\n\n"
PAPER = f"""---
title: T
points: 9
marking:
  negative: 1/2
---

## Two of three {{#two points=8 choose=2}}

### A {{#a points=4 negative=1/4}}
{CHOICE}
### B {{#b points=4}}
{CHOICE}
### C {{#c points=4 negative=0}}

$x =$ [[x]]
{CHOICE}
```working
x = constant(1) + 1
```

## D {{#d points=1}}
{CHOICE}
## E {{#e .optional points=2}}

[[y]]

```working
y = constant(2) + 1
```
"""


def marked(**answers):
    """Return the marks of a script; ``c_x`` stands for the blank c/x."""
    script = {name.replace("_", "/"): text for name, text in answers.items()}
    return mark_script(plan_of(PAPER), Script("ada", "", script))


@pytest.mark.parametrize(
    ("answers", "points", "left"),
    [
        ({}, 0, {"c"}),
        ({"a": "a", "b": "a", "c_x": "2", "c": "a", "d": "a", "e_y": "3"}, 9, {"c"}),  # 8 + 1 + 2, at most 9
        ({"a": "a", "b": "a", "e_y": "3"}, 9, {"c"}),  # 8 + 2, at most 9
        ({"a": "a", "c_x": "2", "b": "b", "e_y": "3"}, 8, {"b"}),  # 4 + 2 + 2; b is -2
        ({"a": "b", "b": "b", "c": "b", "d": "a"}, 0, {"b"}),  # -1 + 0 + 1; b is -2
        ({"a": "b", "b": "b", "c": "b", "d": "b"}, 0, {"b"}),  # -1 + 0 - 1/2, and never below 0
        ({"a": "a", "b": "b", "c": "b", "d": "b"}, Fraction(7, 2), {"b"}),  # 4 + 0 - 1/2
    ],
)
def test_the_best_count_and_a_bonus_is_added(answers, points, left):
    mark = marked(**answers)
    assert (mark.points, mark.of, mark.waiting) == (points, 9, 0)
    assert mark.dropped == left


def test_a_wrong_choice_costs_what_its_question_says():
    blanks = {b.blank: b.points for b in marked(a="b", b="b", c="b", d="b").blanks}
    half = Fraction(1, 2)
    assert blanks == {"a": -1, "b": -2, "c/x": 0, "c": 0, "d": -half, "e/y": 0}
    assert {b.points for b in marked().blanks} == {0}  # no answer costs nothing
    costs = {q.id: q.penalty for q in plan_of(PAPER).report.leaves}
    assert costs == {"a": 1, "b": 2, "c": 0, "d": half, "e": 0}


def test_marks_are_stored_with_how_they_are_counted():
    mark = marked(a="a", d="b")
    again = mark_from_json(mark.as_json())
    assert again.as_json() == mark.as_json()
    assert again.counting == mark.counting
    assert again.points == Fraction(7, 2)
    assert "counting" not in Mark("ada", "", mark.blanks).as_json()


def test_a_page_says_what_is_not_counted_and_what_is_a_bonus():
    page = Pages(plan_of(PAPER).report).page(marked(a="a", b="b", e_y="3"))
    assert page.count("(not counted)") == 1
    assert page.count("(bonus)") == 1
    assert "not counted: others are better" in page
    assert "the best 2 of 3 count" in page


def blank(question, points, of=4):
    value = None if points is None else Fraction(points)
    return BlankMark(question, question, "open", "", "open", value, Fraction(of))


BEST = Counting(best=(Best(2, (("a",), ("b", "c"), ("d",))),))


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ({"a": 4, "b": None, "c": 1, "d": 0}, (5, 8, 2)),  # b and c may come to 3
        ({"a": 4, "b": None, "c": 0, "d": 3}, (7, 8, 0)),  # they come to 2 at most
        ({"a": None, "b": 2, "c": 2, "d": None}, (4, 8, 4)),
        ({"a": None, "b": None, "c": None, "d": None}, (0, 8, 8)),
    ],
)
def test_what_waits_is_what_may_still_be_added(points, expected):
    of = {"b": 2, "c": 2}
    assert total(BEST, [blank(name, value, of.get(name, 4)) for name, value in points.items()]) == expected


def test_headings_below_are_counted_with_the_question_that_is_chosen():
    text = PAPER.replace("### B {#b points=4}\n", "### B {#b points=4}\n\n#### B1 {#b1 points=3}\n").replace(
        "### C", f"#### B2 {{#b2 points=1}}\n{CHOICE}\n### C"
    )
    assert counting_of(plan_of(text).report) == Counting(("e",), (Best(2, (("a",), ("b1", "b2"), ("c",))),))


NUMBERS = st.fractions(-4, 4, max_denominator=4)


@given(st.dictionaries(st.sampled_from("abcdef"), NUMBERS, min_size=1))
def test_points_are_from_nothing_to_what_is_offered(points):
    marks = [blank(name, value) for name, value in points.items()]
    counting = Counting(("e", "f"), BEST.best)
    found, of, waiting = total(counting, marks)
    assert 0 <= found <= of
    assert waiting == 0
    chosen = sorted((points.get(x, 0) for x in "ad"), reverse=True)
    groups = sorted([*chosen, points.get("b", 0) + points.get("c", 0)], reverse=True)
    assert found == max(0, min(of, sum(groups[:2]) + points.get("e", 0) + points.get("f", 0)))
    assert len(dropped(counting, marks) & {"a", "d"}) + bool(dropped(counting, marks) & {"b", "c"}) == 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | NUMBERS)))
def test_most_papers_are_simply_added_up(rows):
    marks = [blank(name, points) for name, points in rows]
    known = sum((points for _, points in rows if points is not None), Fraction(0))
    waiting = 4 * sum(points is None for _, points in rows)
    assert total(EVERYTHING, marks) == (max(Fraction(0), known), 4 * len(rows), waiting)
    assert counting_from_json(BEST.as_json()) == BEST
