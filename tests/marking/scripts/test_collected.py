import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripos.marking.scripts.collected import read_scripts
from tripos.marking.scripts.script import Script
from tripos.paper.diagnostic import Fault

LINES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("AB"), st.sampled_from("xyz"), st.text("12"))
)


def write(path, rows):
    names = ("candidate", "version", "blank", "answer")
    path.write_text("".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows))
    return path


@given(LINES)
def test_scattered_lines_are_put_together(tmp_path_factory, rows):
    path = write(tmp_path_factory.getbasetemp() / "scattered.jsonl", rows)
    expected = {}
    for candidate, version, blank, answer in rows:
        expected.setdefault((candidate, version), {})[blank] = answer
    with read_scripts(path) as scripts:
        assert list(scripts) == [Script(*who, answers) for who, answers in expected.items()]
        assert len(scripts) == len(expected)
        assert list(scripts.since(2)) == list(scripts)[2:]
        twice = len({row[:3] for row in rows})
        assert sum("second time" in each.message for each in scripts.findings()) == len(rows) - twice


def test_the_last_of_two_answers_counts_and_is_said(tmp_path):
    path = write(tmp_path / "s.jsonl", [("a", "A", "x", "1"), ("b", "A", "x", "2"), ("a", "A", "x", "3")])
    with read_scripts(path) as scripts:
        assert [script.answers for script in scripts] == [{"x": "3"}, {"x": "2"}]
        (finding,) = scripts.findings()
        assert (finding.line, finding.severity, finding.found) == (3, "warning", "'1', then '3'")
        assert scripts.errors == 0


def test_a_second_version_is_a_script_of_its_own(tmp_path):
    with read_scripts(write(tmp_path / "s.jsonl", [("a", "A", "x", "1"), ("a", "B", "x", "2")])) as scripts:
        assert [script.version for script in scripts] == ["A", "B"]
        assert [each.line for each in scripts.findings()] == [2]


def test_names_are_those_of_the_paper(tmp_path):
    path = write(tmp_path / "s.jsonl", [("a", "", "z", "1"), ("a", "", "zz", "2"), ("b", "", "zz", "2")])
    with read_scripts(path, {"z": "forward/z"}.get) as scripts:
        assert next(iter(scripts)).answers == {"forward/z": "1", "zz": "2"}
        (finding,) = scripts.findings()
        assert (finding.line, finding.severity) == (2, "error")
        assert "'zz' is no name of a blank" in finding.message


def test_the_hash_is_the_same_in_every_format(tmp_path):
    rows = [("a", "A", "x", "1"), ("a", "A", "y", "2"), ("b", "A", "x", "3")]
    (tmp_path / "s.csv").write_text("candidate,version,y,x\na,A,2,1\nb,A,,3\n")
    with read_scripts(write(tmp_path / "s.jsonl", rows)) as one, read_scripts(tmp_path / "s.csv") as other:
        assert one.hash() == other.hash()
    with read_scripts(write(tmp_path / "s.jsonl", rows[::-1])) as turned:
        assert turned.hash() != one.hash


def test_no_such_file(tmp_path):
    with pytest.raises(Fault, match="no such file"):
        read_scripts(tmp_path / "none.jsonl")
