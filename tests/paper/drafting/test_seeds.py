"""Drafts of five real exams, where they are present: what is found against what a person counted in them.

    python tests/paper/drafting/test_seeds.py --write

brings the table in docs/drafting.md up to date.
"""

import os
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tripos.paper.check import check_text
from tripos.paper.drafting import draft_file
from tripos.paper.reader import read_paper

ROOT = Path(__file__).resolve().parents[3]
SEEDS = Path(os.environ.get("TRIPOS_SEEDS", ROOT.parent / "shared" / "seeds"))
PAGE = ROOT / "docs" / "drafting.md"
BEGIN, END = "<!-- the table of old exams -->", "<!-- the end of the table -->"


class Counted(NamedTuple):
    """What a person counted in an old exam."""

    file: str
    name: str
    questions: int
    parts: int
    total: int
    points: list[int]  # as printed beside headings, questions and sub-questions, in order
    options: list[int]  # of each choice
    ticks: str  # the letter of each choice, ? where the exam does not show it


COUNTED = [
    Counted(
        "000",
        "five numbered headings, no choices",
        24,
        0,
        35,
        [5, 2, 1, 2, 10, 1, 1, 1, 1, 2, 1, 1, 2, 6, 1, 1, 2, 2, 4, 2, 2, 10, 2, 2, 1, 2, 1, 1, 1],
        [],
        "",
    ),
    Counted(
        "001",
        "five exercises with letters",
        13,
        0,
        40,
        [6, 2, 2, 2, 7, 3, 4, 10, 3, 3, 4, 9, 3, 3, 3, 8, 2, 6],
        [],
        "",
    ),
    Counted("002", "a candidate's script: answers only", 14, 0, 0, [], [], ""),
    Counted(
        "003",
        "seven numbers, points for all letters together",
        7,
        24,
        100,
        [10, 15, 20, 10, 20, 15, 10],
        [],
        "",
    ),
    Counted(
        "004",
        "three parts, two problems, choices, solutions",
        19,
        0,
        100,
        [32, 4, 4, 4, 4, 4, 4, 4, 4, 18, 6, 6, 6, 50, 25, 5, 8, 8, 4, 25, 8, 8, 4, 5],
        [4, 4, 4, 4, 4, 4, 4, 4],
        "aacbbbc?",
    ),
]

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the old exams are not here")


def drafted(counted):
    (path,) = SEEDS.glob(f"{counted.file}_*")
    return draft_file(path)


def choices_of(text):
    paper, _ = read_paper(text, "paper.md")
    return [choice for question in paper.walk() for choice in question.choices()]


def ticks_of(text):
    return "".join(
        "".join("abcdefgh"[i] for i, o in enumerate(choice.options) if o.ticked) or "?"
        for choice in choices_of(text)
    )


def points_of(text):
    paper, _ = read_paper(text, "paper.md")
    return [question.points for question in paper.walk() if question.points is not None]


@pytest.mark.parametrize("counted", COUNTED, ids=lambda c: c.file)
def test_every_question_point_and_option_is_found(counted):
    draft = drafted(counted)
    assert (draft.questions, draft.parts) == (counted.questions, counted.parts)
    assert (draft.points, points_of(draft.text)) == (counted.total, counted.points)
    assert [len(choice.options) for choice in choices_of(draft.text)] == counted.options
    assert ticks_of(draft.text) == counted.ticks
    assert not draft.sums
    assert draft.script == (counted.file == "002")


@pytest.mark.parametrize("counted", COUNTED, ids=lambda c: c.file)
def test_its_draft_is_a_paper_without_errors(counted):
    report = check_text(drafted(counted).text)
    assert [str(d) for d in report.diagnostics if d.severity == "error"] == []
    warnings = {d.message.partition(" '")[0] for d in report.diagnostics}
    assert warnings <= {"the question"}  # that carry no points of their own


def table():
    rows = [
        "| old exam | questions | sub-questions | points printed | their sum | options | ticks | doubts |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for counted in COUNTED:
        draft = drafted(counted)
        pairs = [
            (draft.questions, counted.questions),
            (draft.parts, counted.parts),
            (len(points_of(draft.text)), len(counted.points)),
            (draft.points, counted.total),
            (draft.options, sum(counted.options)),
            (draft.ticked, len(counted.ticks)),
        ]
        cells = " | ".join(f"{found} of {true}" for found, true in pairs)
        rows.append(f"| {counted.name} | {cells} | {len(draft.doubts)} |")
    return "\n".join(rows)


def test_the_table_of_the_page_is_what_is_found():
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    assert rest.partition(END)[0].strip() == table()


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        raise SystemExit("usage: python tests/paper/drafting/test_seeds.py --write")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")
