import json
import math
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.marking.mark import mark_script
from tripos.marking.plan import load_plan, plan_of
from tripos.marking.queue.manual import named
from tripos.marking.result import mark_from_json
from tripos.marking.scripts.script import Script

from .exam import KEYS, marked, network

ROOT = Path(__file__).parents[2]
FINAL = ROOT / "papers" / "final-2022.md"


@cache
def final_keys():
    """Return the keys of the final as its report prints them, by id."""
    plan = load_plan(FINAL)
    answers = {}
    for place in plan.blanks:
        printed = [b for q in plan.report.leaves if q.id == place.question for b in q.blanks]
        shown = {b.name: b.decimal or b.text for b in printed}
        answers[place.id] = place.text if place.kind == "choice" else shown.get(place.expr, "")
    return {name: text for name, text in answers.items() if text}


def test_the_keys_of_a_paper_get_full_marks():
    blanks, mark = marked(KEYS)
    assert [b.outcome for b in blanks.values()] == ["right"] * 7 + ["open"]
    assert (mark.points, mark.waiting, mark.of) == (17, 3, 20)


def test_the_keys_of_the_final_get_full_marks_where_no_person_is_needed():
    mark = mark_script(load_plan(FINAL), Script("key", "A", final_keys()))
    wrong = {
        b.blank: (b.answer, b.outcome, b.reason) for b in mark.blanks if b.outcome not in ("right", "open")
    }
    unanswered = {"lstm", "autoencoder", "causal-masking", "relu-in-depth", "above-a-third", "pretrained"}
    assert set(wrong) == unanswered
    assert mark.points == 69  # 100 less 6 + 6 + 6 + 4 + 4 + 5 for the open questions


NUMBERS = ["7", "-3/4", "0", "12.5", "1", "-1", "1e3"]
ARRAYS = ["[[0, 0], [0, 0]]", "[[1, 2], [3, 4]]", "[[1, -1], [-1, 2]]", "[1, 2, 3, 4]", "[[5, 1], [1, 5]]"]
WRONG = {
    "forward/z_1": ARRAYS,
    "forward/h_1": ARRAYS,
    "forward/z_out": [*NUMBERS[:4], "-1"],
    "step/p": ["0.9", "0.2", "1/2", "-0.731"],
    "step/w_new": ["[0.731, 2, 3, 3.731]", "[9, 2, 3, 4.269]", "[0, 0, 0, 0]"],
    "step/b_new": ["-4.269", "3.731", "0.269"],
}


@given(st.sampled_from([(blank, text) for blank, texts in WRONG.items() for text in texts]))
@settings(deadline=None)
def test_one_wrong_answer_costs_its_own_points_and_no_others(case):
    blank, text = case
    right, _ = marked(KEYS)
    blanks, _ = marked(KEYS | {blank: text})
    assert blanks[blank].outcome in ("wrong", "partly", "undecided")
    for name, found in blanks.items():
        if name != blank:
            assert found == right[name]
        elif found.points is not None:
            assert found.points < right[name].points


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_wrong_answer_to_the_final_takes_nothing_from_any_other_blank(data):
    plan = load_plan(FINAL)
    computed = [p for p in plan.blanks if p.kind in ("number", "vector", "matrix")]
    place = data.draw(st.sampled_from(computed), label="blank")
    entries = [data.draw(st.integers(-3, 3)) for _ in range(math.prod(place.key.shape))]
    wrong = str(np.reshape(entries, place.key.shape).tolist())
    right = mark_script(plan, Script("key", "A", final_keys()))
    found = mark_script(plan, Script("key", "A", final_keys() | {place.id: wrong}))
    for one, other in zip(right.blanks, found.blanks, strict=True):
        if one.blank != place.id:
            assert other == one
        elif other.points is not None:
            assert other.points <= one.points


@given(st.permutations(list(KEYS | {"forward/z_out": "2", "step/p": "0.881", "nowhere": "1"})))
@settings(max_examples=20, deadline=None)
def test_the_order_of_answers_makes_no_difference(order):
    answers = KEYS | {"forward/z_out": "2", "step/p": "0.881", "nowhere": "1"}
    assert marked({name: answers[name] for name in order})[1] == marked(answers)[1]


@given(st.dictionaries(st.sampled_from(list(KEYS)), st.text(max_size=12), max_size=8))
@settings(max_examples=60, deadline=None)
def test_whatever_is_written_gets_a_mark(answers):
    _, mark = marked(answers)
    assert 0 <= mark.points <= mark.points + mark.waiting <= mark.of
    assert mark_from_json(json.loads(json.dumps(mark.as_json()))) == mark


def test_an_unknown_blank_is_noted_and_nothing_is_lost():
    blanks, mark = marked({"z_2": "1", "forward/z_1": KEYS["forward/z_1"]})
    (note,) = mark.notes
    assert note == "'z_2' is no name of a blank: '1' is not marked; did you mean 'z_1'?"
    assert blanks["forward/z_1"].outcome == "right"
    assert blanks["forward/h_1"].outcome == "unanswered"
    assert blanks["forward/h_1"].points == 0


def test_answers_go_by_any_name_of_their_own():
    blanks, mark = marked({"z_1": KEYS["forward/z_1"], "step/p": "0.731"})
    assert (blanks["forward/z_1"].outcome, blanks["step/p"].outcome) == ("right", "right")
    assert mark.notes == ()


def test_two_different_answers_to_a_blank_wait_for_a_person():
    blanks, _ = marked({"z_1": "[[1, 2], [3, 4]]", "forward/z_1": KEYS["forward/z_1"], "p": "0.731"})
    assert blanks["forward/z_1"].outcome == "undecided"
    assert "answered twice" in blanks["forward/z_1"].reason
    same, _ = marked({"z_1": KEYS["forward/z_1"], "forward/z_1": KEYS["forward/z_1"]})
    assert same["forward/z_1"].outcome == "right"


def test_a_script_of_another_version_is_not_marked_by_the_machine():
    plan = network("version: A\n")
    mark = mark_script(plan, Script("ada", "B", KEYS))
    assert {b.outcome for b in mark.blanks} == {"undecided"}
    assert mark.points == 0
    assert "version 'B'" in mark.notes[0]
    assert mark_script(plan, Script("ada", "A", KEYS)).points == 17


def test_an_unread_answer_waits_with_the_place_where_reading_failed():
    unread = marked(KEYS | {"forward/z_out": "1 +"})[0]["forward/z_out"]
    assert (unread.outcome, unread.points) == ("unread", None)
    assert unread.reason


HOSTILE = [
    "(" * 5000,
    "[" * 900 + "]" * 900,
    "9**9**9",
    "1" * 5000,
    "^" * 100,
    r"\frac" * 300,
    "1e400000",
    "\0",
    "1/0",
    "٣",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_answers_cost_nobody_else_a_mark(text):
    blanks, _ = marked(KEYS | {"forward/z_1": text, "forward/z_out": text})
    assert blanks["forward/z_out"].outcome in ("unread", "undecided", "wrong")
    assert blanks["step/b_new"].outcome == "right"


def test_an_answer_that_marking_fails_on_is_seen_by_a_person(monkeypatch):
    def fail(*args):
        raise ZeroDivisionError("by design")

    monkeypatch.setattr("tripos.marking.mark.alternatives", fail)
    blanks, _ = marked(KEYS | {"forward/z_out": "4711"})
    assert (blanks["forward/z_out"].outcome, blanks["forward/z_out"].points) == ("undecided", None)
    assert "by design" in blanks["forward/z_out"].reason
    assert blanks["step/p"].outcome == "right"


def test_marks_record_what_they_rest_on():
    plan = network()
    mark = mark_script(plan, Script("ada", "", KEYS))
    assert {k: mark.hashes[k] for k in plan.hashes} == plan.hashes
    assert mark.hashes["script"] != mark_script(plan, Script("bob", "", KEYS)).hashes["script"]


def test_follow_through_is_credited_as_the_policy_says():
    wrong = KEYS | {"forward/z_out": "2", "step/p": "0.881"}
    half, _ = marked(wrong, meta="marking:\n  follow-through: half\n")
    assert (half["step/p"].points, half["step/p"].outcome) == (1, "partly")
    none, _ = marked(wrong, meta="marking:\n  follow-through: none\n")
    assert (none["step/p"].points, none["step/p"].follows) == (0, ())


def test_entries_are_credited_as_the_policy_says():
    wrong = KEYS | {"forward/z_1": "[[1, -1], [-1, 9]]"}
    assert marked(wrong)[0]["forward/z_1"].points == Fraction(9, 4)
    whole = marked(wrong, meta="marking:\n  partial: no\n")[0]["forward/z_1"]
    assert (whole.points, whole.outcome) == (0, "wrong")
    quarters = marked(wrong, meta="marking:\n  rounding: 1/2\n")[0]["forward/z_1"]
    assert quarters.points == Fraction(5, 2)


def test_a_slip_is_named_and_credited_as_the_policy_says():
    # Flipped, the kernel is [2 1; −2 −1]; by hand z_1 = [1 −1; −1 1] turned about gives other entries.
    wrong = KEYS | {"step/b_new": "-4.269"}  # −4 − 0.269: ascended instead of descending
    found = marked(wrong)[0]["step/b_new"]
    assert found.slip == "ascended instead of descending"
    assert found.points == 0
    credited = marked(wrong, meta="marking:\n  slips:\n    ascended instead of descending: half\n")
    assert credited[0]["step/b_new"].points == 1


CONVENTIONS = """---
title: Sizes
{meta}---

## Sizes {{#q points=4}}

How many parameters? [[n]]

```working
n = parameters(Linear(3, 2))
```
"""


def test_an_answer_under_another_convention_is_named():
    stated = plan_of(CONVENTIONS.format(meta="conventions: {bias: counted}\n"))
    found = marked({"n": "6"}, plan=stated)[0]["q/n"]  # 3 · 2 weights, without the 2 biases
    assert (found.outcome, found.points) == ("partly", 2)
    assert found.convention == "Biases are not counted."
    assert marked({"n": "8"}, plan=stated)[0]["q/n"].points == 4
    assert marked({"n": "7"}, plan=stated)[0]["q/n"].convention == ""


def test_a_convention_that_the_paper_leaves_open_costs_nothing():
    silent = plan_of(CONVENTIONS.format(meta=""))
    found = marked({"n": "6"}, plan=silent)[0]["q/n"]
    assert (found.outcome, found.points) == ("right", 4)
    assert "does not say" in found.reason


CHOICE = """---
title: Choice
{meta}---

## Choice {{#q points=3}}

- [ ] one
- [x] two
- [ ] three
"""


@pytest.mark.parametrize(
    ("meta", "answer", "points"),
    [
        ("", "b", 3),
        ("", "B", 3),
        ("", "two", 3),
        ("", "a", 0),
        ("", "", 0),
        ("marking: {negative: 1/3}\n", "b", 3),
        ("marking: {negative: 1/3}\n", "a", -1),
        ("marking: {negative: 1/3}\n", "", 0),
    ],
)
def test_choices_cost_what_the_policy_says(meta, answer, points):
    plan = plan_of(CHOICE.format(meta=meta))
    assert marked({"q": answer}, plan=plan)[0]["q"].points == points


def test_a_choice_with_a_rubric_is_marked_by_a_person_who_is_told_about_the_tick():
    answers = {"above-a-third": "c"}
    plan = load_plan(FINAL)
    found = next(b for b in mark_script(plan, Script("x", "A", answers)).blanks if b.blank == "above-a-third")
    assert (found.outcome, found.points, found.of) == ("open", None, 4)
    assert "what was ticked is right" in found.reason


FORMULA = """---
title: Formulas
---

## Formula {#q points=2}

$g =$ [[g]]

```given
z = symbol("z")
x = symbol("x", 3)
y = symbol("y", (), "bit")
```

```working
p = sigmoid(z)
g = (p - y) * x
```
"""


def test_a_formula_may_name_the_quantities_of_its_question_but_not_itself():
    plan = plan_of(FORMULA)
    outcome = {
        a: marked({"g": a}, plan=plan)[0]["q/g"].outcome
        for a in ("(p - y) x", r"(\sigma(z) - y) x", "g", "p x")
    }
    assert outcome == {"(p - y) x": "right", r"(\sigma(z) - y) x": "right", "g": "unread", "p x": "wrong"}


def test_the_scripts_that_come_with_the_final():
    scripts: dict[str, dict[str, str]] = {}
    for line in (ROOT / "papers" / "scripts" / "final-2022.jsonl").read_text().splitlines():
        data = json.loads(line)
        scripts.setdefault(data["candidate"], {})[data["blank"]] = data["answer"]
    plan = load_plan(FINAL)
    grace = {b.blank: b for b in mark_script(plan, Script("grace", "A", scripts["grace"])).blanks}
    assert grace["forward/h_1"].follows == ("forward/z_1",)
    assert grace["forward/z_out"].follows == ("forward/h_1",)
    assert grace["forward/z_out"].points == Fraction(8, 3)
    assert "3" in grace["forward/z_out"].working[-1]
    assert grace["sizes/first_conv"].convention == "Biases are not counted."
    alan = {b.blank: b for b in mark_script(plan, Script("alan", "A", scripts["alan"])).blanks}
    for blank in ("forward/z_1", "forward/h_1", "forward/z_out"):  # all of it 0, and so is what follows
        assert (alan[blank].points, alan[blank].follows) == (0, ())
    assert alan["sgd/b_new"].slip == "ascended instead of descending"


def last_states(**answers):
    """Return the marks of blanks of "The last state" by expression."""
    given = {f"last-state/{expr}": text for expr, text in answers.items()}
    found = mark_script(load_plan(FINAL), Script("ada", "A", given))
    return {b.blank.removeprefix("last-state/"): b for b in found.blanks if b.answer}


def test_a_name_follows_from_the_logits():
    found = last_states(logits="[-1, 3, 5]", author="GPT-3")["author"]
    assert (found.outcome, found.follows) == ("right", ("last-state/logits",))
    assert last_states(logits="[-1, 3, 5]", author="Mark Twain")["author"].outcome == "wrong"
    tied = last_states(logits="[5, 5, 5]", author="Mark Twain")["author"]
    assert (tied.outcome, tied.points) == ("wrong", 0)
    assert "several entries are the largest" in tied.feedback[0]


def test_a_mistake_is_not_put_into_a_line_that_has_an_answer_of_its_own():
    # Without the ReLU in h_1 = [1 −2], h_2 would be relu([−1 −1]) = [0 0]: but h_1 is there to be seen.
    assert last_states(h_2="[0, 0]")["h_2"].slip == "ReLU forgotten"
    assert last_states(h_1="[1, 0]", h_2="[0, 0]")["h_2"].slip == ""
    assert last_states(h_1="[0, 0]", h_2="[0, 0]")["h_2"].slip == ""


def test_a_mistake_on_top_of_a_wrong_answer_is_named_and_earns_nothing():
    # By columns [2 0; 3 4] gives 2 + 6 + 0 + 16 − 4 = 20; without the bias 24.
    meta = "marking:\n  slips:\n    bias forgotten: 1/2\n"
    before = {"forward/h_1": "[[2, 0], [3, 4]]"}
    assert marked({**before, "forward/z_out": "20"}, meta)[0]["forward/z_out"].outcome == "right"
    found = marked({**before, "forward/z_out": "24"}, meta)[0]["forward/z_out"]
    assert (found.slip, found.outcome, found.points) == ("bias forgotten", "wrong", 0)
    said = "For the answer to forward/h_1 this is a usual mistake: bias forgotten."
    assert said in found.feedback


def test_what_is_right_as_a_rounding_may_be_gone_on_with():
    # With p = [0.81 0.10 0.10] the states pool to [0.81 + 0.10, 0.10 + 3 · 0.10] = [0.91 0.40]; the key
    # is [0.903 0.387].
    given = {"attention/p": "[0.81, 0.10, 0.10]", "attention/c": "[0.91, 0.40]"}
    found = {b.blank: b for b in mark_script(load_plan(FINAL), Script("ada", "A", given)).blanks}
    assert found["attention/p"].outcome == found["attention/c"].outcome == "right"
    assert found["attention/c"].follows == ("attention/p",)
    for c in ("[0.92, 0.40]", "[0.91, 0.44]", "[0.93, 0.42]"):
        mark = mark_script(load_plan(FINAL), Script("ada", "A", {**given, "attention/c": c}))
        assert {b.blank: b for b in mark.blanks}["attention/c"].outcome in ("wrong", "partly")


def test_a_decision_about_an_answer_is_not_one_about_what_follows_from_decimals():
    plan, c = load_plan(FINAL), {"attention/c": "[0.91, 0.40]"}
    ids = []
    for weights in ("[0.807, 0.097, 0.097]", "[0.81, 0.10, 0.10]"):
        mark = mark_script(plan, Script("ada", "A", {**c, "attention/p": weights}))
        ids += [n.id for b, n in zip(mark.blanks, named(mark), strict=True) if b.blank in c]
    assert len(set(ids)) == 2
