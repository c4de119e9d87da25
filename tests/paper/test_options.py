import pytest

from paper.small import paper
from tripos.paper.model import Choice, Prose
from tripos.paper.reader import read_paper


def read(text):
    return read_paper(text, "small.md")


def question(body):
    """Return the one question of a paper without faults of form."""
    read_in, found = read(paper(body))
    assert found == []
    return read_in.parts[0]


def test_options_have_ticks_texts_reasons_and_attributes():
    body = '- [ ] one {holds="1 < 0"}\n\n    Because.\n\n- [x] $x^{2}$\n- [X] three'
    (choice,) = question(body).choices()
    assert [(o.line, o.ticked, o.text, o.reason, o.attrs) for o in choice.options] == [
        (8, False, "one", "Because.", {"holds": "1 < 0"}),
        (12, True, "$x^{2}$", "", {}),
        (13, True, "three", "", {}),
    ]


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("- [ ] one\n- two", 9, "an option begins with [ ] or [x]"),
        ("- [ ] one {hold=1}", 8, "an option has no attribute 'hold'"),
    ],
)
def test_faults_of_options_are_errors_at_their_line(body, line, message):
    assert [(d.line, d.message) for d in read(paper(body))[1]] == [(line, message)]


def test_lists_without_boxes_are_prose():
    assert [type(i) for i in question("* one\n* two").items] == [Prose]


def test_a_choice_stands_between_the_texts_around_it():
    items = question("Before.\n\n- [ ] a\n- [x] b\n\nAfter.").items
    assert [type(i) for i in items] == [Prose, Choice, Prose]
