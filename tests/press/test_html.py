import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from press.worked import final, hostile
from tripos.paper.report import Erratum, Note
from tripos.press.html import html, mathml
from tripos.press.selection import select

VOID = {"meta", "br", "hr", "img", "col", "wbr", "input", "link"}


class Balance(HTMLParser):
    """Collects tags and checks that each that opens is closed, in order."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.ids, self.links, self.text = [], set(), [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.ids += [v for k, v in attrs if k == "id"]
        self.links += [v for k, v in attrs if k in ("href", "src", "srcset", "action", "data")]
        self.links += [f"on: {v}" for k, v in attrs if k.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def parsed(page):
    balance = Balance()
    balance.feed(page)
    balance.close()
    assert balance.open == []
    return balance


@pytest.mark.parametrize("report", [final, hostile])
def test_a_page_is_well_formed_and_names_things_once(report):
    page = parsed(html(report()))
    assert len(page.ids) == len(set(page.ids))
    assert {"html", "head", "title", "body", "math"} <= page.tags


def test_a_page_needs_no_network_and_runs_nothing():
    page = parsed(html(final()))
    assert not page.tags & {"script", "link", "img", "iframe", "object", "embed", "base"}
    assert page.links == []
    addresses = re.findall(r"https?://[^\s\"'<)]+", html(final()))
    assert set(addresses) <= {
        "http://www.w3.org/1998/Math/MathML",
        "http://www.w3.org/2000/svg",
    }  # names only
    assert "@import" not in html(final())
    assert "url(" not in html(final())


def test_what_a_paper_says_is_never_run():
    page = parsed(html(hostile()))
    assert not page.tags & {"script", "img", "b"}
    assert page.links == []
    for number in (2, 3, 4, 8, 9, 10, 11):
        assert f"<script>alert({number})</script>" in page.text


def test_every_question_and_key_is_on_the_page():
    page = html(final())
    for question in final().questions:
        assert f'id="{question.id}"' in page
    assert page.count('class="key"') == sum(b.kind != "choice" for q in final().questions for b in q.blanks)
    assert "\x02" not in page
    assert "\x03" not in page


def test_all_mathematics_is_converted():
    page = html(final())
    without_code = re.sub(r"<code>.*?</code>", "", page)
    body = re.sub(r"<style>.*?</style>", "", without_code, flags=re.DOTALL)
    assert "$" not in body
    assert not re.search(r"\\[a-z]+", body)


def test_errata_and_proofs_are_printed():
    page = parsed(html(select(final(), "sgd")))
    assert "Erratum" in page.text
    assert "5.5" in page.text
    assert (
        "Proven: exact and floating-point values agree; gradient agrees with finite differences" in page.text
    )


ONE, TWO = "A careless\nsentence of $x$.", "It lies.\n\nTwice."


@pytest.mark.parametrize(
    ("note", "written"),
    [
        (ONE, "<p><strong>Remarque sur l&#x27;original.</strong> A careless\nsentence of <span"),
        (TWO, "<p><strong>Remarque sur l&#x27;original.</strong> It lies.</p>\n<p>Twice.</p>"),
        ("- a\n- b", "<p><strong>Remarque sur l&#x27;original.</strong></p>\n<ul>\n<li>a</li>"),
    ],
)
def test_a_note_on_the_source_begins_with_its_name(note, written):
    report = replace(hostile(), questions=[], notes=[Note(note)], meta={"language": "fr"})
    assert f'<div class="note">{written}' in html(report)


def test_an_erratum_is_said_in_the_language_of_the_report():
    question = replace(hostile().questions[0], errata=[Erratum("z", "3", "2", "Une erreur.")])
    page = html(replace(hostile(), questions=[question], meta={"language": "fr"}))
    said = "Le corrigé publié donne z = 3 ; le graphe donne 2. Une erreur."
    assert f'<div class="erratum"><p><strong>Erratum.</strong> {said}</p>' in page


@pytest.mark.parametrize(
    "latex", ["x", r"\frac{1}{2}", r"\begin{bmatrix} 1 \\ 2 \end{bmatrix}^\top", "{", r"\frac", "<b>", ""]
)
def test_any_latex_gives_well_formed_output(latex):
    page = parsed(mathml(latex))
    assert "b" not in page.tags


def test_the_language_of_a_paper_is_that_of_its_page():
    page = html(replace(hostile(), meta={"language": 'fr" onload="x'}))
    assert page.startswith('<!DOCTYPE html>\n<html lang="fr&quot; onload=&quot;x">\n')


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\text{a{<script>alert(1)</script>}b}",
        r"\mbox{<meta content='0'>}",
        r"\textrm{<img src=x onerror=alert(1)>}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{position:fixed}{x}",
        r"\class{points}{x}",
    ],
)
def test_latex_makes_nothing_but_mathematics(latex):
    page = parsed(mathml(latex))
    assert not page.tags & {"script", "meta", "img"}
    assert page.links == []
    assert "style=" not in mathml(latex)
    assert 'class="points"' not in mathml(latex)


def test_signs_in_the_text_of_a_formula_stay():
    assert parsed(mathml(r"x \text{ if a<b}")).text == "x\xa0if\xa0a<b"


@pytest.mark.parametrize(
    ("latex", "letters"),
    [
        (r"\mathbb R", "ℝ"),
        (r"\mathcal N", "𝒩"),
        (r"\mathbf{W h}", "𝐖𝐡"),
        (r"\boldsymbol\theta", "𝜽"),
        (r"\mathbf\Sigma", "𝚺"),
        (r"\mathfrak R", "ℜ"),
    ],
)
def test_letters_are_in_the_form_that_browsers_show(latex, letters):
    found = mathml(latex)
    assert re.sub("<[^>]*>", "", found) == letters
    assert "mathvariant" not in found


def test_a_name_stands_next_to_its_argument():
    assert "<mi>softmax</mi>" in mathml(r"\operatorname{softmax}(a)")
