import re
from dataclasses import replace
from fractions import Fraction
from functools import cache
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from press.worked import final, hostile

from marking.marked import CONVENTION, FOLLOWED, HOSTILE, SLIPPED, UNREAD, marked, thirty
from marking.pages import Page
from tripos.marking.reports.candidate_page import Pages
from tripos.marking.result import BlankMark, Mark


@cache
def pages():
    return Pages(final())


def page(mark):
    return Page(pages().page(mark))


def test_a_page_says_who_got_what_and_what_is_to_come():
    head = page(thirty()[0]).sections[None]
    assert "Deep Learning, final exam" in head
    assert "ada, version A" in head
    assert "69 of 100 points" in head
    assert "31 points are not decided yet" in head


def test_every_question_has_a_row_a_section_and_a_solution():
    found = page(thirty()[0])
    assert len(found.ids) == len(set(found.ids))
    assert set(found.ids) == {q.id for q in final().questions}
    assert found.links == [f"#{q.id}" for q in final().leaves]
    assert found.details == len(final().leaves)
    assert len(found.cards) == sum(max(1, len(q.blanks)) for q in final().leaves)
    assert "Worked solution" in found.sections["forward"]
    assert "Proven: exact and floating-point values agree" in found.sections["forward"]


def test_a_right_answer_is_said_to_be_right_in_words_and_by_a_sign():
    card = page(thirty()[0]).card("sgd", "b new")
    assert card["class"] == "right"
    assert card["text"].startswith(" ✓ b new Right 4 of 4 points You wrote")
    assert "Expected" not in card["text"]


def test_a_wrong_answer_comes_with_a_witness_the_slip_and_the_key():
    card = page(thirty()[2]).card("sgd", "b new")
    assert card["class"] == "wrong"
    assert "✗ b new Not right 0 of 4 points" in card["text"]
    assert SLIPPED.witness in card["text"]
    assert "You seem to have slipped here: ascended instead of descending ." in card["text"]
    assert "Expected − 9 2" in card["text"]


def test_what_was_carried_on_is_worked_for_the_own_value():
    card = page(thirty()[1]).card("forward", "z out")
    assert card["class"] == "followed"
    assert "Right for what came before 2.67 of 2.67 points" in card["text"]
    assert "What you had for h_1 was carried on" in card["text"]
    assert FOLLOWED.working[0] in card["text"]


def test_another_convention_is_named():
    card = page(thirty()[1]).card("sizes", "first conv")
    assert card["class"] == "partly"
    assert "Partly right 0.21 of 0.42 points" in card["text"]
    assert f"Right under another convention: {CONVENTION.convention}" in card["text"]


def test_what_waits_says_so_and_keeps_the_key_to_itself():
    card = page(thirty()[3]).card("forward", UNREAD.answer)
    assert card["class"] == "waiting"
    assert "Could not be read by the machine: a person will look at it" in card["text"]
    assert "0 of 2.67 points, 2.67 still to be marked" in card["text"]
    assert UNREAD.reason in card["text"]
    assert "To be marked by a person" in page(thirty()[0]).card("lstm", "Your answer")["text"]


def test_no_answer_and_manual_marks_are_shown():
    decided = BlankMark(
        "lstm",
        "lstm",
        "open",
        "x",
        "partly",
        Fraction(2),
        Fraction(6),
        feedback=("2 of 2: cell",),
        marker="Ada",
    )
    found = page(marked("emmy", essays=2, lstm=decided))
    assert "– Your answer No answer 0 of 4 points" in found.card("relu-in-depth", "Your answer")["text"]
    card = found.card("lstm", "Your answer")["text"]
    assert "Partly right 2 of 6 points" in card
    assert "Remarks 2 of 2: cell Marked by Ada" in card


def test_the_text_of_a_question_shows_what_was_written_and_not_the_key():
    mark = marked("alan", **{SLIPPED.blank: replace(SLIPPED, answer="my own 17")})
    text = page(mark).sections["sgd"]
    assert "my own 17 ✗" in text[: text.index("You wrote")]
    assert "−9/2" not in text[text.index("The new parameters") : text.index("You wrote")]


def test_a_choice_shows_what_was_ticked():
    choice = BlankMark("tanh", "tanh", "choice", "c", "wrong", Fraction(0), Fraction(4))
    found = page(marked("alan", tanh=choice))
    before = found.sections["tanh"].partition("You wrote")[0]
    assert before.count("(your choice)") == 1
    assert "✗ Your choice Not right" in found.card("tanh", "Your choice")["text"]
    assert "Expected (a)" in found.card("tanh", "Your choice")["text"]


@pytest.mark.parametrize("mark", [thirty()[4], marked("<b>x</b>", version='"><script>1</script>')])
def test_nothing_that_a_candidate_writes_runs_or_loads(mark):
    found = page(mark)
    assert not found.tags & {"script", "img", "b", "iframe", "link", "object", "embed", "base", "form"}
    assert all(link.startswith("#") for link in found.links)


def test_hostile_answers_are_shown_as_they_were_written():
    text = page(thirty()[4]).text
    for part in (HOSTILE.answer, HOSTILE.reason, HOSTILE.feedback[0], "<script>alert(4)</script>"):
        assert part in text


def test_a_hostile_paper_is_harmless_too():
    found = Page(Pages(hostile()).page(Mark("ada", "", ())))
    assert not found.tags & {"script", "img", "b"}


@pytest.mark.parametrize("latex", [r"\frac{1}{" * 400 + "}" * 400, "{" * 5000, "x^" * 900, r"\left(" * 100])
def test_mathematics_that_cannot_be_set_is_text(latex):
    bomb = replace(SLIPPED, understood=latex, answer="9" * 100_000)
    html = pages().page(marked("eve", **{bomb.blank: bomb}))
    assert len(html) < len(pages().page(marked("eve"))) + 20_000
    assert "cut here: 100000 characters in all" in Page(html).text


def test_answers_to_what_is_not_asked_are_shown():
    stray = BlankMark("old/x", "old", "number", "7", "wrong", Fraction(0), Fraction(0))
    mark = marked("ada")
    found = page(replace(mark, blanks=(*mark.blanks, stray), notes=("no blank is called 'y'",)))
    assert "Answers to what this paper does not ask" in found.text
    assert "no blank is called 'y'" in found.text


def luminance(colour):
    """Return the relative luminance of #rrggbb, as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(share * c for share, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_colour_of_an_outcome_can_be_read_on_its_ground():
    """Contrast is at least 4.5, by day and by night."""
    page = (files("tripos.press") / "page.css").read_text(encoding="utf-8")
    marks = (files("tripos.marking.reports") / "marks.css").read_text(encoding="utf-8")
    schemes = [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", rule)) for rule in re.findall(r":root \{.*", marks)
    ]
    paper = [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", rule)) for rule in re.findall(r":root \{.*", page)
    ]
    for by_name, ground in zip(schemes[:2], paper[:2], strict=True):
        for tone in ("good", "half", "bad", "open"):
            for behind in (by_name[f"{tone}-wash"], ground["paper"]):
                light, dark = sorted((luminance(by_name[tone]), luminance(behind)), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_another_version_is_told():
    assert "The worked solutions below are those of version A" in page(marked("ada", version="B")).text


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters()), st.text(st.characters()), st.text(max_size=20))
def test_any_answer_gives_a_page_that_can_be_stored(answer, candidate, latex):
    changed = replace(SLIPPED, answer=answer, understood=latex, reason=answer, slip=answer, follows=(answer,))
    html = pages().page(marked(candidate, **{changed.blank: changed}))
    html.encode("utf-8")
    assert "script" not in Page(html).tags
