from fractions import Fraction

import pytest
from paper.small import fence

from tripos.paper.check import check_text
from tripos.press.html import html
from tripos.press.markdown import markdown
from tripos.press.sentences import facts, heading, marks, proofs, remarks, worth

ASK = "\n- [x] yes\n- [ ] no\n\n"
SEVERAL = "\n- [x] a\n- [x] b\n- [ ] c\n\n"
PAPER = (
    "---\ntitle: T\nlanguage: en\nlanguages: [en, fr]\nversion: B\nminutes: 90\nnumbering: 1a\n"
    "conventions: {bias: counted}\nstreams: {M1: 6, M2: 8}\n---\n\n"
    f"# P {{negative=1/4}}\n\n## A {{points=2 #a}}\n{ASK}## B {{#b points=4 choose=1}}\n\n"
    f"### B1 {{#b1 points=4 accept=2}}\n{SEVERAL}### B2 {{#b2 points=4 negative=0}}\n{ASK}"
    f"## C {{#c points=2 stream=M2}}\n\n[[n]]\n{fence('working', 'n = parameters(Linear(9, 4))')}\n"
    f"## D {{#d .optional points=1}}\n\n[[m | points=1]]\n{ASK}{fence('working', 'm = constant(1) + 1')}"
)


def paper(language="en"):
    report = check_text(PAPER, language=language)
    assert report.diagnostics == []
    return report, {q.id: q for q in report.questions}


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (1, "1 point"),
        (2, "2 points"),
        (0, "0 points"),
        (Fraction(1, 2), "1/2 point"),
        (Fraction(3, 2), "3/2 points"),
        (None, ""),
    ],
)
def test_points_as_people_write_them(points, text):
    assert marks(points) == text


def test_a_title_has_the_number_that_its_heading_has():
    _, questions = paper()
    assert [heading(q) for q in questions.values()] == ["P", "1 A", "2 B", "2a B1", "2b B2", "3 C", "4 D"]


def test_facts_and_worth_in_both_languages():
    report, questions = paper()
    assert facts(report) == "version B · 90 minutes · 6 points for M1, 8 points for M2"
    assert [worth(questions[id], report) for id in "abcd"] == [
        "2 points",
        "4 points, the best 1 of 2 count",
        "2 points, for M2 only",
        "1 point, optional",
    ]
    report, questions = paper("fr")
    assert facts(report) == "version B · 90 minutes · 6 points pour M1, 8 points pour M2"
    assert worth(questions["c"], report) == "2 points, pour M2 seulement"
    assert worth(questions["d"], report) == "1 point, facultatif"


def test_what_a_wrong_choice_costs_is_said():
    _, questions = paper()
    said = {id: remarks(q, "en") for id, q in questions.items()}
    assert said["a"] == ["A wrong answer costs 1/2 point."]
    assert said["b1"] == ["Each wrong option costs 1 point."]
    assert said["b2"] == said["d"] == []  # it costs nothing; the points are all those of the blank
    assert said["c"] == ["Biases count as parameters."]
    assert remarks(questions["a"], "fr") == ["Une réponse fausse coûte 1/2 point."]
    assert remarks(questions["c"], "fr") == ["Les biais comptent parmi les paramètres."]


def test_proofs_are_said_in_both_languages():
    _, questions = paper()
    assert proofs(questions["a"], "en") == ["Not proven: the setter vouches for the ticks."]
    assert proofs(questions["a"], "fr") == ["Non prouvé : l'auteur répond des cases cochées."]


def test_a_paper_in_french_is_french_throughout():
    report, _ = paper("fr")
    assert html(report).startswith('<!DOCTYPE html>\n<html lang="fr">')
    assert "<title>T : corrigé</title>" in html(report)
    assert "coûte 1/2 point" in html(report)
    for word in ("Proven", "costs", "only", "Biases"):
        assert word not in markdown(report)
