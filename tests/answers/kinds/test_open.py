from tripos.answers.keys import Open
from tripos.answers.kinds.open import OPEN


def test_no_machine_marks_an_open_answer():
    key = Open(((2, "names the vanishing gradient"), (1, "gives the bound")))
    found = OPEN.mark(key, "names the vanishing gradient", {}, {})
    assert found.verdict.outcome == "undecided"
    assert found.credit == 0
    assert OPEN.show(key).text == "2: names the vanishing gradient; 1: gives the bound"
