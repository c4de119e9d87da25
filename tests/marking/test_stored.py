from fractions import Fraction

import pytest

from marking import quick
from tripos.marking.result import mark_from_json
from tripos.marking.scripts.script import Script
from tripos.marking.stored import decimal, mark_line, marks_in, replaced, write_marks_csv
from tripos.paper.diagnostic import Fault

ADA = quick.mark(Script("ada", "A", {"forward/z": "right", "forward/h": "é\u2028", "lstm": "?"}))


def test_marks_are_read_as_they_were_written(tmp_path):
    (tmp_path / "m.jsonl").write_text(mark_line(ADA), encoding="utf-8")
    assert list(marks_in(tmp_path / "m.jsonl")) == [ADA] == [mark_from_json(ADA.as_json())]


@pytest.mark.parametrize(
    "line", ["{}", "[]", "1", "{oops", '{"blanks": [{}], "candidate": "a"}', "[" * 100_000]
)
def test_a_line_that_holds_no_marks_is_said(tmp_path, line):
    (tmp_path / "m.jsonl").write_text(mark_line(ADA) + line, encoding="utf-8")
    with pytest.raises(Fault, match=r"m.jsonl:2: error: the line holds no marks"):
        list(marks_in(tmp_path / "m.jsonl"))
    with pytest.raises(Fault, match="No such file"):
        list(marks_in(tmp_path / "none"))


def test_a_row_a_candidate(tmp_path):
    (tmp_path / "m.jsonl").write_text(mark_line(ADA), encoding="utf-8")
    write_marks_csv(tmp_path / "m.jsonl", quick.BLANKS, tmp_path / "m.csv")
    assert (tmp_path / "m.csv").read_text() == (
        "candidate,version,points,of,waiting,forward/z,forward/h,lstm\nada,A,2,6,2,2,0,\n"
    )


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (None, ""),
        (Fraction(3, 2), "1.5"),
        (Fraction(1, 3), "0.333333"),
        (Fraction(-1), "-1"),
        (Fraction(100), "100"),
    ],
)
def test_points_in_spreadsheets(points, text):
    assert decimal(points) == text


def interrupted(path):
    with replaced(path) as file:
        file.write("new")
        raise KeyboardInterrupt


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "x"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        interrupted(path)
    assert path.read_text() == "old"
