import json

import pytest
from typer.testing import CliRunner

from tripos.cli import app
from tripos.paper.check import check_file

from .small import solved


@pytest.fixture
def paper(tmp_path):
    file = tmp_path / "paper.md"
    working = "z = matrix('1 2; 3 5') @ vector(1, 4) + b\ny = relu(z)"
    file.write_text(solved(working, given="b = 0"), encoding="utf-8")
    return file


def run(*args):
    result = CliRunner().invoke(app, ["check", *map(str, args)])
    assert result.exit_code == 0
    return result.output


def test_notes_are_made_only_where_they_are_asked_for(paper):
    assert check_file(paper).diagnostics == []
    found = check_file(paper, notes=True)
    assert found.ok
    assert [(d.severity, d.line) for d in found.diagnostics] == [("note", 8)]
    (note,) = found.diagnostics
    assert note.message == (
        "[[y]]: “bias forgotten”, “subtracted instead of adding” in z, "
        "“ReLU forgotten”, “absolute value instead of ReLU” in y would go unnoticed: the value stays the same"
    )


def test_notes_are_no_warnings(paper):
    quiet = run(paper)
    assert quiet.endswith("0 errors, 0 warnings, 0 errata\n")
    assert "note:" not in quiet
    loud = run(paper, "--notes")
    assert loud.endswith(quiet)
    assert f"{paper}:8: note: [[y]]: “bias forgotten”" in loud


def test_notes_in_json(paper):
    assert json.loads(run(paper, "--json"))["diagnostics"] == []
    (note,) = json.loads(run(paper, "--json", "--notes"))["diagnostics"]
    assert note["severity"] == "note"
