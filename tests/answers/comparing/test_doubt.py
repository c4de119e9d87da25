import pytest

from tripos.answers.comparing.compare import Reference
from tripos.answers.declared import Declared

NAMES = {"a": Declared(()), "b": Declared(())}


@pytest.mark.parametrize(
    ("key", "answer", "outcome"),
    [
        ("log(a/b)", "log a/b", "undecided"),
        ("log(a)/b", "log a/b", "right"),
        ("tanh(a/2)", "1 - (1 - tanh a/2)", "undecided"),
        ("log(a/b)", "log(a)/b", "wrong"),  # brackets leave no doubt
        ("log(a b)", "log a/b", "wrong"),  # neither reading is right
        ("sin(a)/b", "sin(a/b)", "wrong"),
    ],
)
def test_what_two_people_read_in_two_ways_is_called_wrong_for_neither(key, answer, outcome):
    verdict = Reference(key, NAMES).verdict(answer)
    assert verdict.outcome == outcome
    if outcome == "undecided":
        assert "two ways" in verdict.reason
