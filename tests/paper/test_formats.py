"""Errata, experiments that are to show a claim, sheets and figures, as they are read and worked."""

import pytest

from paper.small import check, errors, fence, paper, warnings
from tripos.paper.report import Note

ASK = "- [x] yes {shown-by=lr-sweep}\n- [ ] no\n\n"


def notes(report):
    return [(d.line, d.message) for d in report.diagnostics if d.severity == "note"]


def test_an_erratum_in_words_is_a_note_at_its_line():
    note = "The sign of $b = {{b}}$ is lost, e.g. in line 2. It is kept below."
    report = check(paper(ASK + fence("given", "b = -2") + "\n" + fence("erratum", note)))
    assert not errors(report)
    assert notes(report) == [(16, "The sign of $b = -2$ is lost, e.g. in line 2.")]
    said = "The sign of $b = -2$ is lost, e.g. in line 2. It is kept below."
    assert report.leaves[0].notes == [Note(said)]
    assert report.leaves[0].errata == []
    data = report.as_json()["questions"][0]
    assert (data["errata"], data["notes"]) == ([], [said])


def test_errata_in_words_stand_in_the_preface_and_under_parts():
    text = (
        "---\ntitle: Small\n---\n\n```erratum\nThe title page says 9.\nIt is 3!\n```\n\n"
        f"# P\n\n```erratum\nNo part\nis numbered\n```\n\n## A {{points=3}}\n\n{ASK}"
    )
    report = check(text)
    assert notes(report) == [(6, "The title page says 9."), (13, "No part is numbered")]
    assert report.notes == [Note("The title page says 9.\nIt is 3!")]
    assert report.as_json()["notes"] == ["The title page says 9.\nIt is 3!"]
    assert report.questions[0].notes == [Note("No part\nis numbered")]
    assert report.count("erratum") == 0
    assert report.ok


@pytest.mark.parametrize("kind", ["erratum", "figure"])
def test_an_empty_block_is_refused(kind):
    assert errors(check(paper(ASK + fence(kind, "")))) == [(11, f"the {kind} block is empty")]


def test_experiments_are_named_in_the_data():
    data = check(paper(ASK, heading='shown-by="dead-units lr-sweep"')).as_json()["questions"][0]
    assert data["shown_by"] == ["dead-units", "lr-sweep"]
    assert [option.get("shown_by") for option in data["options"]] == [["lr-sweep"], None]


@pytest.mark.parametrize("names", ['""', '"a, b"', '"../a"'])
def test_the_name_of_an_experiment_has_a_form(names):
    found = errors(check(paper(ASK.replace("lr-sweep", names), heading=f"shown-by={names}")))
    assert found == [(6, "shown-by names no experiment"), (8, "shown-by names no experiment")]


@pytest.mark.parametrize("attribute", [".sheet", "sheet=yes", "sheet=yes points=0"])
def test_a_sheet_asks_nothing_and_carries_no_points(attribute):
    text = paper(ASK) + f"\n## Formulas {{{attribute}}}\n\nHere.\n\n### More\n\n$x$\n"
    report = check(text)
    assert report.diagnostics == []
    assert [q.id for q in report.leaves] == ["q"]


def test_a_sheet_that_asks_is_refused():
    found = errors(check(paper(ASK) + "\n## Formulas {.sheet points=2}\n\n[[1]]\n"))
    assert [message for _, message in found] == ["a sheet carries no points", "a sheet asks nothing"]


def test_other_classes_are_refused():
    assert errors(check(paper(ASK, heading=".sheets"))) == [(6, "a heading has no class 'sheets'")]


def test_names_in_a_figure_are_used():
    text = paper(ASK + fence("given", "n = 3") + "\n" + fence("figure", "network(n, 2)"))
    report = check(text)
    assert not errors(report)
    assert not warnings(report)


def test_a_figure_stands_under_a_heading():
    text = paper(ASK).replace("---\n\n##", "---\n\n```figure\nnetwork(1, 2)\n```\n\n##")
    assert errors(check(text)) == [(6, "a figure stands under a heading")]
