from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripos.marking.queue.queue_file import decide, file_marker, parse

ID = "0123456789abcdef"
ROWS = "- [{}] 2  names the vanishing gradient\n- [{}] 1  names the gates\n"


def entry(body, of="3 points"):
    return parse(
        f"# II.1 LSTM\n\n> help\n\nmarker: Ada\n\n## answer {ID}: lstm, {of}\n> bob\n\n{body}", "lstm.md"
    )


def decided(body, of="3 points"):
    file = entry(body, of)
    return decide(file.entries[0], "lstm.md", file_marker(file))


@pytest.mark.parametrize(
    ("first", "second", "points"),
    [
        ("x", " ", 2),
        ("x", "X", 3),
        ("✓", "", 2),
        ("1", " ", 1),
        ("1/2", "x", Fraction(3, 2)),
        ("0,5", "0.25", Fraction(3, 4)),
        (" ", "0", 0),
    ],
)
def test_ticks_add_up(first, second, points):
    mark, findings = decided(ROWS.format(first, second) + "\npoints:\ncomment:\n")
    assert findings == []
    assert (mark.answer, mark.blank, mark.points, mark.of) == (ID, "lstm", points, 3)
    assert [what for _, _, what in mark.rows] == ["names the vanishing gradient", "names the gates"]


def test_nothing_is_decided_where_nothing_is_written():
    for body in ("", ROWS.format(" ", ""), ROWS.format(" ", " ") + "\npoints:\nmarker:\ncomment:\n"):
        assert decided(body) == (None, [])
        assert not entry(body).entries[0].touched


def test_points_may_be_written_without_ticks():
    mark, findings = decided(ROWS.format(" ", " ") + "points: 0\ncomment: Off the\n> question.\n\n# really\n")
    assert findings == []
    assert mark.points == 0
    assert mark.comment == "Off the\n> question.\n\n# really"
    assert mark.marker == "Ada"


def test_an_entry_may_name_its_marker():
    assert decided("points: 1.5\nmarker: Grace\n")[0].marker == "Grace"


def test_a_comment_alone_decides_nothing_but_is_kept():
    body = ROWS.format(" ", " ") + "points:\ncomment: ask Ada"
    assert decided(body) == (None, [])
    assert entry(body).entries[0].touched


@pytest.mark.parametrize(
    ("body", "line", "message", "found"),
    [
        (ROWS.format("3", " "), 10, "more points than the row offers", "3"),
        (ROWS.format(" ", "yes"), 11, "a box is ticked or holds points", "[yes]"),
        (ROWS.format(" ", "-1"), 11, "a box is ticked or holds points", "[-1]"),
        (ROWS.format("x", " ") + "points: 3\n", 12, "the points are not those of the ticks", "3"),
        ("points: 4\n", 10, "more points than the blank is worth", "4"),
        ("points: two\n", 10, "points are a number", "two"),
        ("points: 1/0\n", 10, "points are a number", "1/0"),
        ("points: 1\npoints: 2\n", 11, "points stands twice", "points: 2"),
        ("points: 1\nwell done\n", 11, "the line cannot be read", "well done"),
        ("- [x] names the gates\n", 10, "the line cannot be read", "- [x] names the gates"),
    ],
)
def test_what_cannot_be_read_is_found_and_not_counted(body, line, message, found):
    mark, findings = decided(body)
    assert mark is None
    assert (findings[0].path, findings[0].line) == ("lstm.md", line)
    assert findings[0].message == message
    assert findings[0].found == found
    assert findings[0].expected


def test_a_heading_that_was_changed_is_found():
    file = parse(f"## answer {ID[:-1]}: lstm, 3 points\n- [x] 3  all of it\n", "lstm.md")
    assert file.entries == []
    assert [(f.line, f.message) for f in file.findings] == [(1, "the heading of an answer cannot be read")]


def test_fractions_of_points_can_be_offered():
    assert decided("points: 5/12\n", "5/12 points")[0].points == Fraction(5, 12)
    assert decided("points: 0.5\n", "5/12 points")[1][0].message == "more points than the blank is worth"


LINES = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(
            [
                f"## answer {ID}: lstm, 3 points",
                f"## answer {ID}: lstm, 1/0 points",
                "- [x] 2  names the gates",
                "- [½] 2 names",
                "* [9] 0 x",
                "points: 1e9",
                "points: ٣",
                "comment: x",
                "# 3 answers alike",
                "> quoted",
            ]
        ),
    ),
    max_size=12,
)


@given(LINES)
def test_anything_can_be_read(lines):
    file = parse("\n".join(lines), "x.md")
    for each in file.entries:
        mark, findings = decide(each, "x.md", "")
        assert mark is None or (0 <= mark.points <= mark.of and findings == [])
        assert all(finding.line > 0 and finding.expected for finding in findings)
