import io
import re

from rich.console import Console

from press.worked import final
from tripos.paper.check import check_text
from tripos.press.cover import aids, grading, html_cover, markdown_cover, total
from tripos.press.html import html
from tripos.press.markdown import markdown
from tripos.press.selection import for_stream
from tripos.press.terminal import print_report

ASK = "\n- [x] yes\n- [ ] no\n\n"
PAPER = (
    "---\ntitle: Two years\ndate: 2030-06-01\nminutes: 90\nversion: B\n"
    "aids: [a calculator, notes of $n$ pages]\nstreams: {M1: 4, M2: 7}\n---\n\n"
    f"# Basics {{points=4}}\n\n## A | B {{points=1}}\n{ASK}## C {{points=3}}\n{ASK}"
    f"# Deep {{stream=M2}}\n\n## D {{points=3}}\n{ASK}# Formulas {{.sheet}}\n\n$x$\n"
)


def report():
    return check_text(PAPER)


def test_the_table_has_the_parts_with_their_points_and_no_sheets():
    assert grading(report()) == [("I", "Basics", 4), ("II", "Deep (for M2 only)", 3)]
    assert total(report()) == "M1: 4, M2: 7"
    assert sum(row.points for row in grading(final())) == 100


def test_the_table_of_one_part_has_its_questions():
    seen = for_stream(report(), "M1")
    assert grading(seen) == [("I.1", "A | B", 1), ("I.2", "C", 3)]
    assert total(seen) == "4"


def test_aids_may_be_one_text_several_or_none():
    assert aids(report()) == ["a calculator", "notes of $n$ pages"]
    assert aids(check_text(PAPER.replace("[a calculator, notes of $n$ pages]", "none"))) == ["none"]
    assert aids(final()) == ["books and notes", "a calculator"]
    assert aids(check_text(re.sub(r"aids: .*\n", "", PAPER))) == []


def test_the_cover_in_markdown():
    text = markdown_cover(report())
    assert "*2030-06-01 · version B · 90 minutes · 4 points for M1, 7 points for M2*" in text
    assert "Stream: ☐ M1 (4 points)  ☐ M2 (7 points)" in text
    assert "- a calculator\n- notes of $n$ pages" in text
    assert "| II | Deep (for M2 only) | 3 | |\n| | total | M1: 4, M2: 7 | |" in text
    assert "| I.1 | A \\| B | 1 | |" in markdown_cover(for_stream(report(), "M1"))
    assert "aids" not in markdown_cover(check_text(re.sub(r"aids: .*\n", "", PAPER)))


def test_the_cover_in_html_stands_first():
    cover = html_cover(report())
    assert "<td>II</td><td>Deep (for M2 only)</td><td>3</td><td></td>" in cover
    assert "<li>notes of <" in cover
    assert "<math" in cover
    page = html(report(), before=cover)
    assert page.index('class="cover"') < page.index("<section id=")


def test_a_part_for_a_stream_says_so_once():
    text = markdown(report())
    assert "## II Deep (for M2 only)\n" in text
    assert text.count("for M2 only") == 1
    assert "for M2 only" not in markdown(for_stream(report(), "M2"))


RULES = (
    "---\ntitle: Essai\nlanguage: fr\nnumbering: 1a\nversion: C\n"
    "aids: [une calculatrice, un dictionnaire]\n---\n\n"
    f"# P\n\n## A {{points=4 choose=1}}\n\n### X {{points=4}}\n{ASK}### Y {{points=4}}\n{ASK}"
    f"# Q\n\n## B {{.optional}}\n\n### Z {{points=2}}\n{ASK}"
)


def test_a_bonus_is_in_the_table_and_not_in_its_total():
    report = check_text(RULES)
    assert report.diagnostics == []
    assert grading(report) == [("1", "A", 4), ("2", "B (facultatif)", 2)]  # the parts have no numbers
    assert total(report) == "4"


def test_the_cover_speaks_the_language_of_the_paper():
    for cover in (markdown_cover(check_text(RULES)), html_cover(check_text(RULES))):
        assert "version C" in cover
        for word in ("Nom", "Numéro", "Documents et matériel autorisés :", "obtenus", "facultatif"):
            assert word.casefold() in cover.casefold()
        for word in ("Name", "aids", "reached"):
            assert word not in cover


def printed(covered):
    out = io.StringIO()
    print_report(report(), Console(file=out, width=100, color_system=None), covered=covered)
    return out.getvalue()


def test_what_stands_on_the_cover_is_not_printed_again():
    assert html(report(), before=html_cover(report())).count("<h1>") == html(report()).count("<h1>") == 1
    assert markdown(report()).startswith("# Two years\n\n*2030-06-01 · version B")
    assert "Two years" not in markdown(report(), covered=True)
    assert "Two years" in printed(covered=False)
    assert "version B" in printed(covered=False)
    assert "Two years" not in printed(covered=True)
    assert "version B" not in printed(covered=True)
