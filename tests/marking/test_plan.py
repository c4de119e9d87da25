import hashlib
import pickle
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import pytest

from tripos.answers.keys import Open, Options
from tripos.graph.values import Values
from tripos.marking.plan import Refused, load_plan, plan_of
from tripos.paper.check import check_text

FINAL = Path(__file__).parents[2] / "papers" / "final-2022.md"

TEXT = """---
title: Small
points: 10
---

## First {#first points=6}

[[a | points=4]] and [[b | points=2]]

```working
a = 1 + 1
b = a + 1
```

## Second {#second points=3}

[[c]] [[c]] [[d]]

```working
c = 5 * 2
d = c + 1
```

## Third {#third points=1}

- [ ] one {holds="less(2, 1)"}
- [x] two {holds="less(1, 2)"}
"""


def test_places_come_in_order_with_their_share_of_the_points():
    plan = plan_of(TEXT)
    found = {place.id: place.points for place in plan.blanks}
    assert found == {
        "first/a": 4,
        "first/b": 2,
        "second/c": 1,
        "second/c#2": 1,
        "second/d": 1,
        "third": 1,
    }
    assert [place.kind for place in plan.blanks] == ["number"] * 5 + ["choice"]
    assert plan.by_id["third"].key == Options(("one", "two"), ("b",))


def test_a_place_goes_by_all_names_that_are_its_own():
    plan = plan_of(TEXT)
    called = {name: plan.find(name) for name in ("first/a", "a", "1/a", "third", "3", " d ", "second/c#2")}
    assert {name: place.id for name, place in called.items()} == {
        "first/a": "first/a",
        "a": "first/a",
        "1/a": "first/a",
        "third": "third",
        "3": "third",
        " d ": "second/d",
        "second/c#2": "second/c#2",
    }
    for name in ("c", "1", "first", "second", "e", ""):  # two blanks, several, none
        assert plan.find(name) is None


def test_the_final_is_covered_in_full():
    plan = load_plan(FINAL)
    assert sum(place.points for place in plan.blanks) == 100
    assert len({place.id for place in plan.blanks}) == len(plan.blanks) == 41
    assert plan.by_id["forward/z_1"].points == Fraction(8, 3)
    assert plan.by_id["forward/z_1"].text == "[1 −1; −1 1]"
    assert isinstance(plan.by_id["lstm"].key, Open)
    assert len(plan.by_id["lstm"].rubric) == 3
    justified = plan.by_id["above-a-third"]  # the rubric accounts for all points of this choice
    assert (justified.kind, justified.points, len(justified.choices)) == ("open", 4, 4)
    assert load_plan(FINAL) is plan


def test_hashes_tell_what_marks_rest_on():
    plan = load_plan(FINAL)
    assert plan.hashes["paper"] == hashlib.sha256(FINAL.read_bytes()).hexdigest()
    other = plan_of(TEXT.replace("points: 10", "points: 10\nmarking:\n  follow-through: half"))
    assert other.hashes["policy"] != plan.hashes["policy"]
    assert other.hashes["tripos"] == plan.hashes["tripos"]


def test_a_paper_with_errors_is_refused():
    with pytest.raises(Refused) as caught:
        plan_of(TEXT.replace("a = 1 + 1", "a = 1 + nothing"))
    assert caught.value.findings[0].line == 11
    with pytest.raises(Refused, match="does not hold"):
        plan_of(TEXT.replace("[ ] one", "[x] one").replace("[x] two", "[ ] two"))
    with pytest.raises(Refused, match="cannot read the paper"):
        load_plan(Path("no-such-paper.md"))


def test_a_plan_is_made_in_a_thread_as_well():
    with ThreadPoolExecutor(1) as pool:
        assert len(pool.submit(plan_of, TEXT).result().blanks) == 6


def test_a_changed_paper_is_worked_again(tmp_path):
    path = tmp_path / "paper.md"
    path.write_text(TEXT)
    first = load_plan(path)
    path.write_text(TEXT.replace("b = a + 1", "b = a + 2"))
    assert load_plan(path) is not first
    assert load_plan(path).by_id["first/b"].text == "4"


def test_keys_under_other_conventions_are_worked_when_asked_for():
    text = """---
title: Conventions
conventions: {bias: counted}
---

## Q {#q points=2}

[[n]] [[m]]

```working
n = parameters(Linear(3, 2))
m = 2 * 3
```
"""
    plan = plan_of(text)
    n, m = plan.blanks
    assert n.about == {"bias": "counted"}
    ((name, choice, key),) = plan.other_keys(n)
    assert (name, choice, Values()[key].item()) == ("bias", "not counted", 6)
    assert list(plan.other_keys(m)) == []


def test_the_keys_that_are_kept_are_no_part_of_the_report():
    kept = []
    report = check_text(TEXT, keep=lambda unit, worker, used: kept.extend(worker.asked))
    assert [a.blank.expr for a in kept] == ["a", "b", "c", "c", "d"]
    assert b"asked" not in pickle.dumps(report)


def test_a_name_that_calls_no_blank_or_several_is_told_what_to_write():
    plan = load_plan(FINAL)
    assert plan.find("h_1") is None
    assert plan.remedy("h_1") == "write one of forward/h_1, last-state/h_1"
    assert plan.remedy("sgd/b_neww") == "did you mean 'sgd/b_new'?"
    assert plan.remedy("sgd").startswith("write one of sgd/w_new, sgd/b_new")


def test_an_answer_may_name_other_symbols_that_look_like_the_key():
    text = """---
points: 1
---

## Q {#q points=1}

What is the derivative of $a x$ in $a$? [[d_a]]

```given
a, x, rate = symbol("a"), symbol("x"), symbol("r'")
```

```working
d_a = x
agree(d_a, grad(a * x, a))
```
"""
    (place,) = plan_of(text).blanks
    assert {"a", "x", "rate", "r'"} <= set(place.names)
    assert "d_a" not in place.names


def test_answers_are_marked_by_the_papers_own_rubric():
    rubrics = "```rubric\n1  so\n```\n\n```rubric {lang=fr}\n1  ainsi\n```\n"
    text = f"---\ntitle: Small\nlanguages: [en, fr]\n---\n\n## Why {{#why points=1}}\n\n{rubrics}"
    assert plan_of(text).by_id["why"].rubric == ((1, "so"),)
