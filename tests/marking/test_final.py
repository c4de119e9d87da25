"""The scripts of the 2022 final, with marks worked out by hand from the mathematics and the paper's policy.

The paper states no policy of its own: what follows from a wrong answer counts in full, what is right under
another convention half, entries of arrays are credited one by one, and nothing is rounded.
"""

import json
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from tripos.marking.mark import mark_script
from tripos.marking.plan import load_plan
from tripos.marking.scripts.script import Script

PAPERS = Path(__file__).parents[2] / "papers"

SIZE = Fraction(5, 12)  # "Sizes": 5 points for twelve blanks
FORWARD = Fraction(8, 3)  # "Forward pass": 8 points for three
STATE = Fraction(8, 5)  # "The last state" and "Attention": 8 points for five each

ESSAYS = {  # rubrics, which a person ticks
    "lstm": 6,
    "autoencoder": 6,
    "causal-masking": 6,
    "relu-in-depth": 4,
    "above-a-third": 4,
    "pretrained": 5,
}

BY_HAND = {
    "ada": {},
    "grace": {
        "tanh": ("wrong", 0),  # c is the derivative of the rectifier
        "sizes/shape(x_full)": ("wrong", 0),  # 9 for a column, 9×1
        "sizes/first_conv": ("partly", SIZE / 2),  # 2·2 = 4 without the bias; the paper counts it
        # The key is [1 −1; −1 1]; she has +1 on the upper right: three of four entries.
        "forward/z_1": ("partly", FORWARD * 3 / 4),
        # relu([1 1; −1 1]) = [1 1; 0 1], as she has it; and by columns 1·1 + 2·0 + 3·1 + 4·1 − 5 = 3.
        "forward/h_1": ("right", FORWARD),
        "forward/z_out": ("right", FORWARD),
        "sgd/b_new": ("wrong", 0),  # 5 + ½: the old bias is −5, so that the key is −5 + ½ = −4.5
        # W x_is + h_1 = [−1 1], rectified [0 1]; she has [1 1]: one of two.  Her h_3 is the key's.
        "last-state/h_2": ("partly", STATE / 2),
    },
    "alan": {
        "alexnet": ("wrong", 0),  # b names the size of the kernel for the number of filters
        "sizes/first_full": ("partly", SIZE / 2),  # 9·4 = 36 without the four biases
        "sizes/last_full": ("partly", SIZE / 2),  # 4 without the bias
        # All zeros: no entry of [1 −1; −1 1].  What follows from it is trivial and earns nothing, not even
        # for the two entries of h_1 that are 0.
        "forward/z_1": ("wrong", 0),
        "forward/h_1": ("wrong", 0),
        "forward/z_out": ("wrong", 0),
        # σ(z) = ½: up instead of down gives [1 − ½, 2, 3, 4 − ½] and −5 − ½.  Where h is 0 nothing moves.
        "sgd/w_new": ("partly", 2),
        "sgd/b_new": ("wrong", 0),
        "attention/p": ("unanswered", 0),
        "attention/c": ("unanswered", 0),
        "attention/logits_att": ("unanswered", 0),
        "pretrained": ("unanswered", 0),
    },
    "emmy": {
        "generative": ("wrong", 0),  # a is ticked as well
        "causal-masking": ("unanswered", 0),
        "forward/z_1": ("unread", None),
        # To one figure [0.903 0.387] is [0.9 0.4]: right as far as it goes, which a person has to decide.
        "attention/c": ("undecided", None),
    },
}

SLIPS = {
    ("grace", "sgd/b_new"): "sign forgotten",
    ("grace", "last-state/h_2"): "absolute value instead of ReLU",
    ("alan", "sgd/w_new"): "ascended instead of descending",
    ("alan", "sgd/b_new"): "ascended instead of descending",
}

TOTALS = {  # what the machine gives, and what waits for a person
    "ada": (69, 31),
    # 69 less 4, 5/12, 5/24, 2/3, 4 and 4/5
    "grace": (69 - 4 - Fraction(5, 8) - Fraction(2, 3) - 4 - Fraction(4, 5), 31),
    # 69 less 4, 5/24 twice, 8, 2, 4 and three times 8/5; one open question is empty
    "alan": (69 - 4 - Fraction(5, 12) - 8 - 2 - 4 - Fraction(24, 5), 26),
    # 69 less 4 and the two that wait, 8/3 and 8/5; one open question is empty
    "emmy": (69 - 4 - Fraction(8, 3) - Fraction(8, 5), 25 + Fraction(8, 3) + Fraction(8, 5)),
}


@cache
def marks():
    """Return the marks of each candidate."""
    answers = {}
    for line in (PAPERS / "scripts" / "final-2022.jsonl").read_text().splitlines():
        said = json.loads(line)
        answers.setdefault(said["candidate"], {})[said["blank"]] = said["answer"]
    plan = load_plan(PAPERS / "final-2022.md")
    return {who: mark_script(plan, Script(who, "A", given)) for who, given in answers.items()}


def worth(blank):
    """Return what a blank of the final is worth."""
    question, _, expr = blank.partition("/")
    if not expr:
        return Fraction(ESSAYS.get(question, 4))  # eight choices of 4 points
    return {"sizes": SIZE, "forward": FORWARD, "sgd": Fraction(4)}.get(question, STATE)


@pytest.mark.parametrize("who", BY_HAND)
def test_every_answer_gets_the_points_that_it_gets_by_hand(who):
    for blank in marks()[who].blanks:
        usual = ("open", None) if blank.blank in ESSAYS else ("right", worth(blank.blank))
        assert (blank.outcome, blank.points) == BY_HAND[who].get(blank.blank, usual), blank.blank
        assert blank.of == worth(blank.blank)
        assert (blank.slip or None) == SLIPS.get((who, blank.blank)), blank.blank


@pytest.mark.parametrize("who", BY_HAND)
def test_the_points_add_up(who):
    mark = marks()[who]
    assert (mark.points, mark.waiting, mark.of) == (*TOTALS[who], 100)


def test_what_follows_and_why_nothing_does():
    grace, alan = ({b.blank: b for b in marks()[who].blanks} for who in ("grace", "alan"))
    assert grace["forward/h_1"].follows == ("forward/z_1",)
    assert grace["forward/z_out"].follows == ("forward/h_1",)
    assert grace["forward/z_out"].working[-1].endswith("8 − 5 = 3")
    for blank in ("forward/h_1", "forward/z_out"):
        assert not alan[blank].follows
        assert "earns nothing" in alan[blank].feedback[0]
    assert grace["sizes/first_conv"].convention == "Biases are not counted."
