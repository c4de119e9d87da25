import json
from functools import partial

import pytest
from typer.testing import CliRunner

from tripos.cli import app
from tripos.marking.batch.ledger import CannotMark, alone
from tripos.marking.run import marker_of, run
from tripos.marking.scripts.script import Script

PAPER = """---
title: Small
points: 4
---

# Problems

## Sum {#sum points=4}

Compute $s =$ [[s]] and $t =$ [[t]].

```working
s = constant(1) + 2
t = s * 2
```
"""
CSV = "candidate,s,t\nada,3,6\nbob,4,8\ncyd,,\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "paper.md").write_text(PAPER)
    (tmp_path / "s.csv").write_text(CSV)
    return tmp_path


def mark(*arguments):
    return CliRunner().invoke(app, ["mark", "paper.md", *arguments])


def points(here, folder):
    lines = (here / folder / "marks.jsonl").read_text().splitlines()
    return {mark["candidate"]: mark["points"] for mark in map(json.loads, lines)}


def test_scripts_become_marks(here):
    done = mark("s.csv", "-o", "out", "--no-reports")
    assert done.exit_code == 0
    assert "3 scripts marked: out/marks.jsonl" in done.output
    assert points(here, "out") == {"ada": 4, "bob": 2, "cyd": 0}
    assert (here / "out" / "marks.csv").read_text().splitlines()[:2] == [
        "candidate,version,points,of,waiting,sum/s,sum/t",
        "ada,,4,4,0,2,2",
    ]
    assert {"run.json", "statistics.json", "statistics.csv"} <= {p.name for p in (here / "out").iterdir()}
    assert "3 of them before" in mark("s.csv", "-o", "out", "--no-reports").output


def test_a_bad_line_is_said_and_the_others_are_marked(here):
    (here / "s.csv").write_text(CSV + "dan,3\neve,3,6\n")
    done = mark("s.csv", "-o", "out", "--no-reports")
    assert done.exit_code == 1
    assert "s.csv:5: error: the row has 2 cells" in done.output
    assert "s.csv:5" in (here / "out" / "findings.txt").read_text()
    assert points(here, "out")["eve"] == 4


def test_other_scripts_are_refused_and_compared(here):
    assert mark("s.csv", "-o", "out", "--no-reports").exit_code == 0
    (here / "s.csv").write_text(CSV.replace("bob,4,8", "bob,3,8"))
    refused = mark("s.csv", "-o", "out", "--no-reports")
    assert refused.exit_code == 2
    assert "out holds marks of another run; changed since: the scripts\n" in refused.output
    changed = mark("s.csv", "-o", "new", "--against", "out/marks.jsonl", "--no-reports")
    assert changed.exit_code == 3
    assert "answer changed" in changed.output
    assert "sum/s" in (here / "new" / "changes.csv").read_text()
    same = mark("s.csv", "-o", "same", "--against", "new/marks.jsonl", "--no-reports")
    assert same.exit_code == 0
    assert "no changes" in same.output


def test_plots_are_drawn_when_asked_for(here, monkeypatch):
    assert mark("s.csv", "-o", "out", "--no-reports", "--plots").exit_code == 0
    assert (here / "out" / "plots" / "totals.svg").exists()
    monkeypatch.setattr("tripos.marking.run.can_plot", lambda: False)
    without = mark("s.csv", "-o", "out", "--no-reports", "--plots")
    assert without.exit_code == 2
    assert "pip install 'tripos[marking]'" in without.output


def test_files_that_are_not_there_are_said(here):
    assert mark("none.csv", "-o", "out").exit_code == 2
    lost = mark("s.csv", "-o", "out", "--against", "none.jsonl")
    assert lost.exit_code == 2
    assert "none.jsonl:1: error: the old marks cannot be read" in lost.output


def broken(plan, script):
    raise ValueError("oops")


def test_where_tripos_fails_a_person_marks(here, monkeypatch):
    monkeypatch.setattr("tripos.marking.run.mark_script", broken)
    done = run(here / "paper.md", here / "s.csv", here / "out", reports=False)
    assert [item.outcomes for item in done.statistics.blanks] == [{"undecided": 3}] * 2
    assert "oops" in (here / "out" / "marks.jsonl").read_text()


def test_a_paper_that_changes_meanwhile_is_said(here):
    with pytest.raises(CannotMark, match="has changed since marking began"):
        marker_of(here / "paper.md", {"paper": "other"})
    hashes = run(here / "paper.md", here / "s.csv", here / "out", reports=False).plan.hashes
    marker = partial(marker_of, here / "paper.md", hashes)()
    assert marker(Script("ada", "", {"s": "3"})).points == 2


def test_decisions_are_put_in_by_one_process_at_a_time(here, monkeypatch):
    def meanwhile(*arguments):
        with pytest.raises(CannotMark, match="another process"), alone(here / "out"):
            pass
        return []

    monkeypatch.setattr("tripos.marking.run.take_decisions", meanwhile)
    assert run(here / "paper.md", here / "s.csv", here / "out", reports=False).scripts == 3
