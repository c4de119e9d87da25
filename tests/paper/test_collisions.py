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


def test_slips_are_listed_only_where_they_are_asked_for(paper):
    assert check_file(paper).diagnostics == []
    found = check_file(paper, slips=True)
    assert found.ok
    assert [(d.severity, d.line) for d in found.diagnostics] == [("slip", 8)]
    (slip,) = found.diagnostics
    assert slip.message == (
        "[[y]]: “bias forgotten”, “subtracted instead of adding” in z, "
        "“ReLU forgotten”, “absolute value instead of ReLU” in y would go unnoticed: the value stays the same"
    )


def test_slips_are_no_warnings(paper):
    quiet = run(paper)
    assert quiet.endswith("0 errors, 0 warnings, 0 errata\n")
    assert "slip:" not in quiet
    loud = run(paper, "--slips")
    assert loud.endswith(quiet)
    assert f"{paper}:8: slip: [[y]]: “bias forgotten”" in loud


def test_slips_in_json(paper):
    assert json.loads(run(paper, "--json"))["diagnostics"] == []
    (slip,) = json.loads(run(paper, "--json", "--slips"))["diagnostics"]
    assert slip["severity"] == "slip"
