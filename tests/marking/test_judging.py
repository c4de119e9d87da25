import pytest

from tripos.marking.judging import LONGEST, judge
from tripos.marking.plan import plan_of

from .exam import network

PLAN = network()
Z_OUT = PLAN.by_id["forward/z_out"]


@pytest.mark.parametrize(
    ("text", "outcome"), [("1", "right"), ("2", "wrong"), ("?", "unread"), ("", "unread")]
)
def test_an_answer_is_judged_by_the_kind_of_its_key(text, outcome):
    assert judge(PLAN, Z_OUT, Z_OUT.key, text).verdict.outcome == outcome


def test_the_same_text_is_judged_once():
    assert judge(PLAN, Z_OUT, Z_OUT.key, "1.0") is judge(PLAN, Z_OUT, Z_OUT.key, "1.0")


def test_long_answers_are_judged_and_forgotten():
    text = "1" + " " * LONGEST
    assert judge(PLAN, Z_OUT, Z_OUT.key, text).verdict.right
    assert judge(PLAN, Z_OUT, Z_OUT.key, text) is not judge(PLAN, Z_OUT, Z_OUT.key, text)


def test_the_options_of_a_blank_are_heeded():
    plan = plan_of(
        "---\ntitle: T\n---\n\n## Q {#q points=1}\n\n[[a | decimals=1]]\n\n```working\na = exp(0)/3\n```\n"
    )
    (place,) = plan.blanks
    assert judge(plan, place, place.key, "0.3").verdict.right
    assert not judge(network(), Z_OUT, Z_OUT.key, "0.3").verdict.right
