from fractions import Fraction

import pytest
from press.worked import final

from marking.marked import UNREAD, essay
from tripos.marking.queue.queue_file import QueueFile, parse
from tripos.marking.queue.queue_text import Waiting, on_one_line, queue_lines, rubric_of
from tripos.marking.result import BlankMark


def question(id):
    return next(q for q in final().questions if q.id == id)


def written(id, *answers, before=None):
    """Return what a file says of answers, for a paper of version A."""
    waiting = {f"{i:016x}": answer for i, answer in enumerate(answers)}
    return "\n".join(queue_lines(id, question(id), waiting, before or QueueFile([], [], []), "A"))


def test_an_open_answer_stands_above_the_rubric():
    answer = Waiting(essay("lstm", "Gates.", Fraction(6)), "A", (), ["ada"], 1)
    text = written("lstm", answer)
    assert text.startswith("# II.1 LSTM\n")
    assert "> Which problem do long short-term memories address" in text
    assert "> Model answer:\n> A plain recurrent network" in text
    assert (
        "## answer 0000000000000000: lstm, 6 points\n> ada\n>\n>     Gates.\n\n- [ ] 2  the gradient" in text
    )
    assert text.endswith("\n\npoints:\ncomment:")


def test_an_answer_that_could_not_be_read_comes_with_what_is_known():
    key = BlankMark("attention/c", "attention", "vector", "?", "unread", None, Fraction(8, 5), key="[e^√2]")
    answer = Waiting(key, "B", ((UNREAD.blank, "1 -1\n| ?"),), ["ada", "bob"], 5)
    text = written("attention", answer)
    assert "> ada, bob and 3 more (version B)\n" in text
    assert "> key: [e^√2] ≈ [0.903 0.387]ᵀ\n" in text
    assert "> earlier, not right: forward/z_1 = 1 -1 | ?\n" in text
    assert "## answer 0000000000000000: attention/c, 8/5 points" in text
    assert "- [ ]" not in text


@pytest.mark.parametrize(("kind", "form"), [("open", "- [ ] 2"), ("number", "points: 2")])
def test_what_was_decided_elsewhere_is_filled_in(kind, form):
    mark = BlankMark(
        "lstm", "lstm", kind, "x", "partly", Fraction(2), Fraction(6), feedback=("Yes.",), marker="Ada"
    )
    text = written("lstm", Waiting(mark, "A", (), ["ada"], 1))
    assert form in text
    assert text.endswith("points: 2\nmarker: Ada\ncomment: Yes.")


def test_what_is_written_can_be_read():
    answer = Waiting(essay("lstm", "Gates.", Fraction(6)), "A", (), ["ada"], 1)
    file = parse(written("lstm", answer), "lstm.md")
    assert file.findings == []
    (entry,) = file.entries
    assert entry.rows == rubric_of(question("lstm"))
    assert not entry.touched


def test_spaces_are_single():
    assert on_one_line(" a\n\tb ") == "a b"
