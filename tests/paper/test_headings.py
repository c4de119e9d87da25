from fractions import Fraction

import pytest

from tripos.paper.reader import read_paper


def read(text):
    return read_paper(text, "small.md")


def test_headings_nest_and_are_numbered():
    text = "---\ntitle: T\n---\n"
    text += "# A\n## B {points=1}\n### C {points=1}\n## D {points=2}\n# E\n## F {#f points=3}\n"
    read_in, _ = read(text)
    assert [(q.number, q.id, q.line, q.points, q.leaf) for q in read_in.walk()] == [
        ("I", "a", 4, None, False),
        ("I.1", "b", 5, 1, False),
        ("I.1.1", "c", 6, 1, True),
        ("I.2", "d", 7, 2, True),
        ("II", "e", 8, None, False),
        ("II.1", "f", 9, 3, True),
    ]


def test_a_paper_without_parts_is_numbered_from_one():
    read_in, _ = read("---\ntitle: T\n---\n## A {points=1}\n## B {points=2}\n")
    assert [q.number for q in read_in.walk()] == ["1", "2"]


def test_headings_of_one_title_get_ids_of_their_own():
    read_in, found = read("---\ntitle: T\n---\n## Same {points=1}\n## Same {points=1}\n")
    assert found == []
    assert [q.id for q in read_in.walk()] == ["same", "same-2"]


@pytest.mark.parametrize(
    ("headings", "line", "message"),
    [
        ("## A {#x points=1}\n## B {#x points=1}\n", 5, "the id 'x' is taken"),
        ("## A {points=four}\n", 4, "points must be a whole number"),
        ("## A {points=1 point=2}\n", 4, "a heading has no attribute 'point'"),
        ("## A {points=1 =}\n", 4, "cannot read the attributes {points=1 =}"),
    ],
)
def test_faults_of_headings_are_errors_at_their_line(headings, line, message):
    found = [(d.line, d.message) for d in read(f"---\ntitle: T\n---\n{headings}")[1]]
    assert found == [(line, message)]


def test_classes_are_switches():
    text = (
        "---\ntitle: T\n---\n## A {.optional points=1}\n## B {optional=no points=1}\n## C {.sheet}\n### D\n"
    )
    read_in, found = read(text)
    assert found == []
    assert [q.optional for q in read_in.walk()] == [True, False, False, False]
    assert [q.sheet for q in read_in.walk()] == [False, False, True, True]


def test_what_a_wrong_choice_costs_is_handed_down():
    headings = "# P {negative=half}\n## A\n### B {negative=0}\n#### C\n# Q\n"
    read_in, found = read(f"---\ntitle: T\nmarking: {{negative: 1/3}}\n---\n{headings}")
    assert found == []
    half, third = Fraction(1, 2), Fraction(1, 3)
    assert [q.negative for q in read_in.walk()] == [half, half, 0, 0, third]


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (".sheets", "a heading has no class 'sheets'"),
        ("sheet=perhaps", "sheet must be yes or no"),
        ("optional=1", "optional must be yes or no"),
        ("choose=two", "choose must be a whole number"),
        ("negative=2", "negative must be a share of the points"),
        ("negative=-1/4", "cannot read the attributes {negative=-1/4}"),
    ],
)
def test_attributes_of_another_form_are_refused(attributes, message):
    _, found = read(f"---\ntitle: T\n---\n## A {{{attributes}}}\n")
    assert [(d.line, d.message) for d in found] == [(4, message)]
