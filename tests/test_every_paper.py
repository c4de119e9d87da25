"""Every paper passes check with exactly the published errors that it is known to contain."""

import json
from pathlib import Path

import pytest

from tripos.marking.mark import mark_script
from tripos.marking.plan import load_plan
from tripos.marking.scripts.script import Script
from tripos.paper.check import check_file

PAPERS = Path(__file__).parents[1] / "papers"
KNOWN = [
    ("final-2022", 19, 100, 36, 1),
    ("opt8-2019", 26, 35, 14, 2),
    ("theory-to-practice-2019", 13, 40, 10, 1),
    ("show-your-work", 25, 100, 12, 2),
    ("basics-backprop-advanced", 15, 32, 14, 0),
]
"""Questions, points, keys and errata of each paper."""


def test_no_paper_is_left_out():
    assert {path.stem for path in PAPERS.glob("*.md")} == {row[0] for row in KNOWN}


@pytest.mark.parametrize(
    ("name", "questions", "points", "keys", "errata"),
    KNOWN,
)
def test_every_paper_adds_up_with_the_errata_that_it_is_known_to_contain(
    name, questions, points, keys, errata
):
    report = check_file(PAPERS / f"{name}.md")
    assert report.ok
    assert report.count("warning") == 0
    assert report.count("erratum") == errata
    assert len(report.leaves) == questions
    assert sum(q.points or 0 for q in report.leaves) == points == report.points
    blanks = [blank for question in report.leaves for blank in question.blanks]
    assert len(blanks) == keys
    assert all(blank.proven for blank in blanks if blank.kind != "choice")


def test_a_written_script_is_marked_with_a_witness_for_each_wrong_formula():
    script = {}
    for line in (PAPERS / "scripts" / "basics-backprop-advanced.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        script[row["blank"]] = row["answer"]
    mark = mark_script(load_plan(PAPERS / "basics-backprop-advanced.md"), Script("candidate", "", script))
    computed = [blank for blank in mark.blanks if blank.outcome != "open"]
    wrong = {blank.blank: blank for blank in computed if blank.outcome != "right"}
    # The loss has the wrong sign, and so has its factored derivative; the root drops the sign of the cosine;
    # the floor of (n - m + 1)/s is too small wherever the stride does not divide n - m + 1.
    assert set(wrong) == {"logistic-loss/loss", "logistic-loss/x * d_z", "sine/dt", "conv-sizes/n_out"}
    assert all(blank.outcome == "wrong" and blank.witness for blank in wrong.values())
    assert len(computed) == 14
