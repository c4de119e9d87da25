from fractions import Fraction

import pytest

from tripos.graph import constant, matrix, relu, sigmoid, symbol, vector
from tripos.graph.node import named
from tripos.graph.values import Values
from tripos.marking.follow import earlier, had_before, recomputed, routes, value_of
from tripos.marking.plan import plan_of

from .exam import KEYS, marked, network

# σ(2) = 0.880797, so that one step moves the weights of active units by 1 − σ(2) = 0.119203.
FOLLOWING = {
    "forward/z_out": "2",
    "step/p": "0.881",
    "step/w_new": "[1.119, 2, 3, 4.119]",
    "step/b_new": "-3.881",
}


def test_a_consistent_later_answer_earns_its_points_and_working_for_its_own_value():
    blanks, mark = marked(KEYS | FOLLOWING | {"step/z_out": "2"})
    assert blanks["forward/z_out"].outcome == "wrong"
    assert blanks["forward/z_out"].points == 0
    p = blanks["step/p"]
    assert (p.outcome, p.points, p.follows) == ("right", 2, ("forward/z_out",))
    assert p.working[0] == "z_out = 2, as you answered"
    assert p.working[1].startswith("p = σ(z_out) = σ(2)")
    assert p.working[1].endswith("≈ 0.881")
    for blank in ("step/w_new", "step/b_new"):
        assert blanks[blank].points == 2
        assert blanks[blank].follows == ("step/p",)
    assert mark.points == mark.of - 3 - 3  # the wrong blank, and the open question


def test_the_same_quantity_asked_again_is_not_punished_twice():
    blanks, _ = marked(KEYS | {"forward/z_out": "2", "step/z_out": "2"})
    assert blanks["step/z_out"].follows == ("forward/z_out",)
    assert blanks["step/z_out"].points == 2
    blanks, _ = marked(KEYS | {"forward/z_out": "2", "step/z_out": "3"})
    assert blanks["step/z_out"].outcome == "wrong"


def test_what_is_right_for_the_paper_stays_right_after_a_wrong_answer():
    blanks, _ = marked(KEYS | {"forward/z_1": "[[7, 7], [7, 7]]"})
    assert [b.blank for b in blanks.values() if b.outcome != "right"] == ["forward/z_1", "why"]
    assert not any(b.follows for b in blanks.values())


def test_what_is_right_for_neither_is_wrong():
    blanks, _ = marked(KEYS | {"forward/z_out": "2", "step/p": "0.95"})
    assert blanks["step/p"].outcome == "wrong"
    assert blanks["step/p"].follows == ()


def test_an_array_is_followed_through_entry_by_entry():
    answers = {"forward/z_1": "[[1, 2], [-1, 1]]", "forward/h_1": "[[1, 2], [0, 5]]"}
    h_1 = marked(KEYS | answers)[0]["forward/h_1"]  # of [1 2; 0 1] three entries are right, of the key two
    assert h_1.points == Fraction(3, 4) * 3
    assert h_1.follows == ("forward/z_1",)
    assert h_1.outcome == "partly"


# w_out · vec(h_1) − 4 reads columns: [1 3 2 4] for h_1 = [1 2; 3 4].
@pytest.mark.parametrize(
    ("earlier_answers", "blank", "answer", "reason"),
    [
        ({"forward/z_1": "[[0, 0], [0, 0]]"}, "forward/h_1", "[[0, 0], [0, 0]]", "h_1 is 0 in every entry"),
        (
            {"forward/z_1": "[[-1, -2], [-3, -4]]"},
            "forward/h_1",
            "[[0, 0], [0, 0]]",
            "h_1 is 0 in every entry",
        ),
        ({"forward/z_1": "[[2, 2], [2, 2]]"}, "forward/h_1", "[[2, 2], [2, 2]]", "all its entries are equal"),
        ({"forward/z_1": "[[1, 2], [3, 4]]"}, "forward/h_1", "[[1, 2], [3, 4]]", "only repeats z_1"),
        ({"forward/h_1": "[[0, 0], [0, 0]]"}, "forward/z_out", "-4", "less than half of the work is left"),
        ({"forward/z_out": "0"}, "step/p", "1/2", "less than half of the work is left"),
    ],
)
def test_a_consistent_but_trivial_answer_earns_nothing(earlier_answers, blank, answer, reason):
    found = marked(KEYS | earlier_answers | {blank: answer})[0][blank]
    assert found.outcome == "wrong"
    assert found.points == 0
    assert found.follows == ()
    assert any("earns nothing" in line and reason in line for line in found.feedback)


def test_several_wrong_answers_combine():
    text = """---
title: Sums
---

## Sums {points=6}

[[a]] [[b]] [[c]]

```given
n, m = 3, 5
```

```working
a = n**2 + 1
b = m**2 + 1
c = 2 * a + 3 * b
```
"""
    plan = plan_of(text)  # a = 10, b = 26, c = 98
    both, _ = marked({"a": "9", "b": "25", "c": "93"}, plan=plan)
    assert both["sums/c"].follows == ("sums/a", "sums/b")
    one, _ = marked({"a": "9", "b": "25", "c": "95"}, plan=plan)  # a as it should be, b as answered
    assert one["sums/c"].follows == ("sums/b",)
    other, _ = marked({"a": "9", "b": "25", "c": "96"}, plan=plan)
    assert other["sums/c"].follows == ("sums/a",)
    none, _ = marked({"a": "9", "b": "25", "c": "97"}, plan=plan)
    assert none["sums/c"].outcome == "wrong"


def test_a_formula_is_followed_through():
    text = """---
title: Derivatives
---

## A square {#q points=4}

$y =$ [[y]], $g =$ [[g]].

```given
s = symbol("s")
t = symbol("t")
```

```working
y = s * t + t**2
g = y**2 + 3 * y
```
"""
    plan = plan_of(text)
    blanks, _ = marked({"y": "s t - t^2", "g": "(s t - t^2)^2 + 3 (s t - t^2)"}, plan=plan)
    assert blanks["q/y"].outcome == "wrong"
    assert (blanks["q/g"].points, blanks["q/g"].follows) == (2, ("q/y",))
    blanks, _ = marked({"y": "0", "g": "0"}, plan=plan)
    assert blanks["q/g"].points == 0


def test_rounding_of_what_was_answered_before_is_allowed_for():
    text = """---
title: Rounding
---

## Rounding {#q points=4}

[[p]] [[c]]

```given
z = 1
scale = 30
```

```working
p = sigmoid(z)
c = scale * p + p**2
```
"""
    plan = plan_of(text)
    # σ(2) = 0.8808 for σ(1): 30 · 0.880797 + 0.775803 = 27.1997, and from 0.88 it would be 27.1744.
    blanks, _ = marked({"p": "0.88", "c": "27.200"}, plan=plan)
    assert blanks["q/c"].follows == ("q/p",)
    assert blanks["q/c"].points == 2
    blanks, _ = marked({"p": "0.88", "c": "27.6"}, plan=plan)  # half a unit of p moves it by 0.16 at most
    assert blanks["q/c"].outcome == "wrong"


def test_an_answer_that_may_follow_from_an_unread_one_waits():
    blanks, _ = marked(KEYS | {"forward/z_out": "two?", "step/p": "0.88"})
    assert blanks["forward/z_out"].outcome == "unread"
    assert blanks["step/p"].outcome == "undecided"
    assert "forward/z_out" in blanks["step/p"].reason
    assert blanks["step/b_new"].outcome == "right"


def test_what_a_key_rests_on_is_found_in_the_graph():
    plan = network()
    assert [p.id for p in earlier(plan, plan.by_id["forward/z_1"])] == []
    assert [p.id for p in earlier(plan, plan.by_id["forward/z_out"])] == ["forward/z_1", "forward/h_1"]
    before = ["forward/z_1", "forward/h_1", "forward/z_out", "step/p"]
    assert [p.id for p in earlier(plan, plan.by_id["step/b_new"])] == before


def test_equal_numbers_are_not_one_quantity():
    plan = plan_of(
        "---\ntitle: T\n---\n\n## Q {#q points=2}\n\n[[a]] [[b]]\n\n```working\na = 5\nb = 5\n```\n"
    )
    assert earlier(plan, plan.by_id["q/b"]) == ()


def test_a_value_takes_the_place_of_a_key_only_in_its_shape():
    key = named(relu(vector(1, -2)), "h")
    assert value_of(key, vector(1, 2)) is constant([1, 2])
    assert value_of(key, constant(3)) is None
    assert value_of(sigmoid(symbol("s")), symbol("s") + 1) is symbol("s") + 1
    assert value_of(constant(1), constant(1) / 0) is None


def test_what_is_cut_off_by_a_later_answer_does_not_count():
    plan = network()
    z_1, h_1 = plan.by_id["forward/z_1"], plan.by_id["forward/h_1"]
    value = matrix("1 2; 0 3")
    had = {p.id: had_before(plan, p, value) for p in (z_1, h_1)}
    z_out = plan.by_id["forward/z_out"]
    found = list(routes(plan, z_out, list(had.values())))
    assert [[p.id for p in route.follows] for route in found] == [["forward/h_1"], ["forward/z_1"]]
    keys = [recomputed(plan, z_out, route, had).value for route in found]
    assert [Values()[key].item() for key in keys] == [15, 15]  # [1 0 2 3] · [1 2 3 4] − 4
