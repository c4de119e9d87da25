import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripos.paper.numbering import read_pattern
from tripos.paper.reader import read_paper

SHEET = "# P\n## A\n### B\n### C\n#### D\n# Q\n## E\n# S {.sheet}\n"
WITHOUT_PARTS = "## A\n### B\n### C\n#### D\n## E\n"


def numbers(pattern, headings=SHEET):
    line = f"numbering: {pattern}\n" if pattern else ""
    paper, found = read_paper(f"---\ntitle: T\n{line}---\n{headings}", "small.md")
    assert found == []
    return [q.number for q in paper.walk()]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", ["I", "I.1", "I.1.1", "I.1.2", "I.1.2.1", "II", "II.1", ""]),
        ("1.1.a", ["1", "1.1", "1.1.a", "1.1.b", "1.1.b.1", "2", "2.1", ""]),
        ("A-1 (i)", ["A", "A-1", "A-1 (i)", "A-1 (ii)", "A-1 (ii).1", "B", "B-1", ""]),
        ("(I)(1)(a)(i)", ["(I)", "(I)(1)", "(I)(1)(a)", "(I)(1)(b)", "(I)(1)(b)(i)", "(II)", "(II)(1)", ""]),
        ("1a", ["", "1", "1a", "1b", "1b.1", "", "2", ""]),  # questions are counted through the parts
        ("1 (a)", ["", "1", "1 (a)", "1 (b)", "1 (b).1", "", "2", ""]),
        ("1.1", ["", "1", "1.1", "1.2", "1.2.1", "", "2", ""]),  # which YAML reads as a decimal
        ("1", ["", "1", "1.1", "1.2", "1.2.1", "", "2", ""]),
    ],
)
def test_a_pattern_has_a_counter_for_each_level(pattern, expected):
    assert numbers(pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", ["1", "1.1", "1.2", "1.2.1", "2"]),
        ("A.1.i", ["A", "A.1", "A.2", "A.2.i", "B"]),
        ("1a", ["1", "1a", "1b", "1b.1", "2"]),
    ],
)
def test_a_paper_without_parts_begins_with_its_questions(pattern, expected):
    assert numbers(pattern, WITHOUT_PARTS) == expected


def test_counters_go_on():
    many = "".join(f"## Q{i}\n" for i in range(60))
    assert numbers("a", many)[25:29] == ["z", "aa", "ab", "ac"]
    assert numbers("I", many)[38:49:5] == ["XXXIX", "XLIV", "XLIX"]
    assert numbers("i", many)[8] == "ix"


@given(st.lists(st.integers(1, 4), min_size=1, max_size=30), st.sampled_from(["I.1.1", "1a", "1 (a)", "i"]))
def test_no_two_headings_have_the_same_number(levels, pattern):
    headings = "".join(f"{'#' * level} T {{#h{i}}}\n" for i, level in enumerate(levels))
    found = [number for number in numbers(pattern, headings) if number]
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("Q1", "'Q' is no counter"),
        ("1.2", "'2' is no counter"),
        ("II.1", "nothing separates 'I' from 'I'"),
        ("11", "nothing separates '1' from '1'"),
        ("'...'", "it has no counter"),
        ("[1, a]", "it is no text"),
        ("yes", "it is no text"),
    ],
)
def test_what_is_no_pattern_is_an_error_at_its_line(pattern, why):
    _, found = read_paper(f"---\ntitle: T\nnumbering: {pattern}\n---\n## A\n", "small.md")
    assert [(d.line, d.message) for d in found] == [(3, f"numbering is no pattern: {why}")]


def test_closing_brackets_belong_to_their_counter():
    assert [(level.before, level.counter, level.after) for level in read_pattern("(1) a]")] == [
        ("(", "1", ")"),
        (" ", "a", "]"),
    ]
