from press.worked import final
from tripos.paper.check import check_text
from tripos.press.cover import aids, grading, html_cover, markdown_cover, total
from tripos.press.html import html
from tripos.press.markdown import markdown
from tripos.press.selection import for_stream

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
    assert aids(final()) == []


def test_the_cover_in_markdown():
    text = markdown_cover(report())
    assert "*2030-06-01 · version B · 90 minutes · 4 points for M1, 7 points for M2*" in text
    assert "Stream: ☐ M1 (4 points)  ☐ M2 (7 points)" in text
    assert "- a calculator\n- notes of $n$ pages" in text
    assert "| II | Deep (for M2 only) | 3 | |\n| | total | M1: 4, M2: 7 | |" in text
    assert "| I.1 | A \\| B | 1 | |" in markdown_cover(for_stream(report(), "M1"))
    assert "aids" not in markdown_cover(final())


def test_the_cover_in_html_stands_first():
    cover = html_cover(report())
    assert "<td>II</td><td>Deep (for M2 only)</td><td>3</td><td></td>" in cover
    assert "<li>notes of <" in cover
    assert "<math" in cover
    page = html(report(), before=cover)
    assert page.index('class="cover"') < page.index("<header>")


def test_a_part_for_a_stream_says_so_once():
    text = markdown(report())
    assert "## II Deep (for M2 only)\n" in text
    assert text.count("for M2 only") == 1
    assert "for M2 only" not in markdown(for_stream(report(), "M2"))
