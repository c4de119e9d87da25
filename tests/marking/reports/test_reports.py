from fractions import Fraction

from press.worked import final

from marking.marked import marked, thirty
from marking.pages import Page
from tripos.marking.reports.reports import index_page, write_reports
from tripos.marking.result import Mark


def test_thirty_candidates_have_a_page_each_and_are_listed(tmp_path):
    path = write_reports(iter(thirty()), final(), tmp_path)
    found = Page(path.read_text(encoding="utf-8"))
    assert path.name == "index.html"
    assert len(found.links) == len(set(found.links)) == 30
    assert {p.name for p in tmp_path.iterdir()} == {*found.links, "index.html"}
    assert found.links[:2] == ["ada.html", "grace.html"]
    waiting = sum(mark.waiting > 0 for mark in thirty())
    assert f"30 candidates; {waiting} with answers that a person has yet to mark" in found.text
    assert "ada" in Page((tmp_path / "ada.html").read_text(encoding="utf-8")).text
    assert not found.tags & {"script", "link", "img"}


def test_names_do_not_clash(tmp_path):
    names = ["index", "Ada", "ada", "ada", "../ada", "é", ""]
    found = Page(write_reports([marked(n) for n in names], final(), tmp_path).read_text(encoding="utf-8"))
    assert len(set(found.links)) == len(names)
    assert "index.html" not in found.links
    assert all((tmp_path / link).is_file() for link in found.links)


def test_the_list_gives_the_median_when_all_is_marked(tmp_path):
    def share(points):
        blanks = marked("x").blanks[:1]
        return Mark(
            f"c{points}", "", tuple(b.__class__(**{**vars(b), "points": Fraction(points)}) for b in blanks)
        )

    path = write_reports([share(0), share(1), share(4)], final(), tmp_path)
    assert "3 candidates; the median is 25 % of the points." in Page(path.read_text(encoding="utf-8")).text


def test_an_empty_list_is_a_page():
    assert "0 candidates." in Page(index_page([], final())).text


def test_the_same_marks_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write_reports(thirty()[:3], final(), tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
