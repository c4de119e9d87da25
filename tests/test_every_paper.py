"""Every paper passes check with exactly the published errors that it is known to contain."""

import json
import re
from pathlib import Path

import pytest

from tripos.marking.mark import mark_script
from tripos.marking.plan import load_plan
from tripos.marking.scripts.script import Script
from tripos.paper.check import check_file
from tripos.paper.report import Answer, Figure, Rubric, Said

PAPERS = Path(__file__).parents[1] / "papers"
KNOWN = [
    ("final-2022", 19, 100, 36, 1, 5),
    ("opt8-2019", 27, 35, 22, 1, 6),
    ("theory-to-practice-2019", 13, 40, 10, 0, 2),
    ("show-your-work", 26, 100, 31, 0, 8),
    ("basics-backprop-advanced", 19, 48, 31, 0, 0),
]
"""Questions, points, keys, published keys that are wrong, and notes on the source of each paper."""


def test_no_paper_is_left_out():
    assert {path.stem for path in PAPERS.glob("*.md")} == {row[0] for row in KNOWN}


@pytest.mark.parametrize(
    ("name", "questions", "points", "keys", "errata", "notes"),
    KNOWN,
)
def test_every_paper_adds_up_with_the_errata_that_it_is_known_to_contain(
    name, questions, points, keys, errata, notes
):
    report = check_file(PAPERS / f"{name}.md")
    assert report.ok
    assert report.count("warning") == 0
    assert report.count("erratum") == errata
    assert report.count("note") == notes
    assert len(report.leaves) == questions
    assert sum(q.points or 0 for q in report.leaves) == points == report.points
    blanks = [blank for question in report.leaves for blank in question.blanks]
    assert len(blanks) == keys
    assert all(blank.proven for blank in blanks if blank.kind != "choice")


ORIGINAL = {
    "opt8-2019": "1.1 1.2 1.3  2.1 2.2 2.3 2.4 2.5 2.6 2.7 2.8  3.1 3.2 3.3 3.4  4.1 4.2  "
    "5.1 5.2 5.3 5.4 5.5 5.6 5.7",
    "theory-to-practice-2019": "1a 1b 1c  2a 2b  3a 3b 3c  4a 4b 4c  5a 5b",
    "basics-backprop-advanced": "1.1 1.2 1.3 1.4 1.5  2.1 2.2 2.3 2.4  3.1 3.2 3.3 3.4 3.5",
    "show-your-work": "1a 1b 1c 1d 1e 1f 1g  2a 2b 2c  3a 3b  4a 4b 4c 4d 4e  5a 5b 5c  6a 6b 6c 6d  7",
    "final-2022": "I.1 I.2 I.3 I.4 I.5 I.6 I.7 I.8  II.1 II.2 II.3  III.1.1 III.1.2 III.1.3 III.1.4  "
    "III.2.1 III.2.2 III.2.3 III.2.4",
}
"""The numbers of the questions in the exams that the papers restate.

The final writes its parts 1 to 3; they are I to III here.  The script that the basics were rebuilt from
has no numbers at its first answers, which come before the third.
"""


@pytest.mark.parametrize("name", ORIGINAL)
def test_every_question_has_the_number_that_it_had(name):
    report = check_file(PAPERS / f"{name}.md")
    original = ORIGINAL[name].split()
    headings = {q.number: q for q in report.questions if q.number}
    assert [number for number in headings if number in original] == original  # none is missing, in order
    above = {q.id: q for q in report.questions}
    for leaf in report.leaves:  # none is invented: questions of ours stand below one that was asked
        question = leaf
        while question.number not in original:
            assert question.above, f"{leaf.number} {leaf.title} was not asked"
            question = above[question.above]


def words_of(report):
    """Return all that a report says beside its questions' own text, in order."""
    said = [report.title, *(note.text for note in report.notes)]
    for question in report.questions:
        said.append(question.title)
        for content in question.contents:
            if isinstance(content, Rubric):
                said += [what for _, what in content.rows]
            elif isinstance(content, Figure):
                said.append(content.alternative)
            elif isinstance(content, Said | Answer):
                said.append(content.text)
        said += [note.text for note in question.notes] + [erratum.reason for erratum in question.errata]
    return said


SAME = {"Attention", "Classification", "Optimisation", "Softmax", "Variances"}
"""Titles that are the same in both languages."""


@pytest.mark.parametrize("name", ["opt8-2019", "show-your-work"])
def test_nothing_of_a_paper_in_two_languages_is_left_in_english(name):
    english, french = (words_of(check_file(PAPERS / f"{name}.md", language=code)) for code in ("en", "fr"))
    assert len(english) > 100
    assert {e for e, f in zip(english, french, strict=True) if e == f} <= SAME


def written_script():
    """Return the answers of the written script by blank."""
    lines = (PAPERS / "scripts" / "basics-backprop-advanced.jsonl").read_text("utf-8").splitlines()
    return {row["blank"]: row["answer"] for row in map(json.loads, lines)}


WRITTEN_WRONGLY = {
    # y (ax + b) lacks its sign, and so does y in the derivative with x factored out.
    "direct/loss": {"a", "b", "x", "y"},
    "direct/d_a_out": {"a", "b", "x", "y"},
    # The root of 1 - sin^2 x is the size of the cosine, and drops its sign.
    "sine/dy_sine": {"x"},
    # The floor of (n - n' + 1)/s is too small wherever the stride does not divide n - n' + 1.
    "conv-sizes/n_out": {"n", "n'", "s"},
    "conv-sizes/p_out": {"p", "p'", "s"},
}
"""The wrong formulas of the written script, and the names that a witness has to give values to."""


def test_every_formula_of_a_written_script_is_accepted_or_refused_with_a_witness():
    script = written_script()
    mark = mark_script(load_plan(PAPERS / "basics-backprop-advanced.md"), Script("candidate", "", script))
    computed = {b.blank: b for b in mark.blanks if b.outcome not in ("open", "unanswered")}
    assert {name for name, b in computed.items() if b.outcome != "right"} == set(WRITTEN_WRONGLY)
    assert len(computed) == 30
    for name, names in WRITTEN_WRONGLY.items():
        assert (computed[name].outcome, computed[name].points) == ("wrong", 0)
        assert set(re.findall(r"([\w']+) = ", computed[name].witness)) == names
    assert set(script) == {b.blank for b in mark.blanks if b.outcome != "unanswered"}
    assert {b.blank for b in mark.blanks if b.outcome == "unanswered"} == {"dropout/mean_unscaled"}


@pytest.mark.parametrize(
    ("blank", "answer"),
    [
        ("direct/loss", r"-y(ax+b) + \log(1 + \exp(ax+b))"),
        ("direct/d_a_out", r"x(\sigma(ax+b) - y)"),
        ("sine/dy_sine", r"\sin(x + \frac{\pi}{2})"),
        ("conv-sizes/n_out", r"\left\lfloor \frac{n - n'}{s} \right\rfloor + 1"),
        ("conv-sizes/n_out", r"\left\lceil \frac{n - n' + 1}{s} \right\rceil"),
        ("conv-sizes/p_out", r"\left\lfloor \frac{p - p' + s}{s} \right\rfloor"),
    ],
)
def test_a_wrong_formula_of_the_written_script_is_right_once_it_is_mended(blank, answer):
    plan = load_plan(PAPERS / "basics-backprop-advanced.md")
    (found,) = [
        b for b in mark_script(plan, Script("candidate", "", {blank: answer})).blanks if b.blank == blank
    ]
    assert found.outcome == "right"
