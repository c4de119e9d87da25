from pathlib import Path

import pytest
from typer.testing import CliRunner

from tripos.cli import app

OLD = "Nets\n\n1. (3 points) Why?\n\n2. (4 points) Which?\n□ one\n□ two\n"


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "old.txt"
    path.write_text(OLD, encoding="utf-8")
    return path


def run(*words: str | Path):
    return CliRunner().invoke(app, ["draft", *map(str, words)], prog_name="tripos")


def test_a_draft_is_written_and_reported(old, tmp_path):
    target = tmp_path / "paper.md"
    result = run(old, "-o", target)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"{old}:6: unsure: no option is ticked; tick one, and take accept=0 away",
        f"{old}: 2 questions, 7 points: no sum is printed to compare it with",
        f"wrote {target}; now: tripos check {target}",
    ]
    assert target.read_text(encoding="utf-8").startswith("---\ntitle: Nets\npoints: 7\n---\n")


@pytest.mark.parametrize("words", [[], ["-o", "-"]])
def test_without_a_file_the_draft_is_printed(old, words):
    result = run(old, *words)
    assert result.exit_code == 0
    assert result.stdout.startswith("---\ntitle: Nets\n")
    assert "wrote" not in result.stderr


def test_nothing_is_overwritten_without_force(old, tmp_path):
    target = tmp_path / "paper.md"
    target.write_text("mine", encoding="utf-8")
    refused = run(old, "-o", target)
    assert (refused.exit_code, target.read_text(encoding="utf-8")) == (2, "mine")
    assert "--force" in refused.stderr
    assert run(old, "-o", target, "--force").exit_code == 0
    assert target.read_text(encoding="utf-8") != "mine"


def test_where_it_cannot_be_written_is_said(old, tmp_path):
    assert "is a directory" in run(old, "-o", tmp_path).stderr
    assert "cannot write" in run(old, "-o", tmp_path / "none" / "paper.md").stderr


def test_what_cannot_be_read_is_no_traceback(tmp_path):
    result = run(tmp_path / "none.txt")
    assert result.exit_code == 1
    assert "cannot read the old exam" in result.stderr
