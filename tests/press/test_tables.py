import io
import re

import pytest
from paper.small import check, fence, paper
from rich.console import Console

from tripos.press.html import html
from tripos.press.markdown import markdown
from tripos.press.tables import in_table, without_bars
from tripos.press.terminal import print_report


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        (r"\left|a\right|", r"\left\vert a\right\vert "),
        (r"\|w\|", r"\Vert w\Vert "),
        ("p(a | b)", r"p(a \vert  b)"),
        (r"\frac{1}{2}", r"\frac{1}{2}"),
    ],
)
def test_bars_are_written_as_commands(latex, plain):
    assert without_bars(latex) == plain


def test_a_row_begins_with_a_bar():
    assert in_table("Text.\n\n| a | ")
    assert not in_table("| a |\n\nThen |x| ")


def test_keys_stay_in_their_cells():
    table = "| t | u |\n|---|---|\n| [[b]] | [[y | points=3]] and [[b | points=0]] |\n\n"
    table += "Now [[y | points=1]].\n\n"
    code = fence("given", 'a = symbol("a")') + "\n" + fence("working", "b = abs(a)\ny = b + 1")
    report = check(paper(table + code))
    assert report.diagnostics == []
    assert r"| **$\left\vert a\right\vert $** | **$\left\vert a\right\vert  + 1$** and" in markdown(report)
    assert r"Now **$\left|a\right| + 1$**." in markdown(report)
    cells = re.findall(r"<td>(.*?)</td>", html(report))
    assert [cell.count("<math") for cell in cells] == [1, 2]
    out = io.StringIO()
    print_report(report, Console(file=out, width=80, color_system=None))
    assert re.search(r"\|a\| +\|a\| \+ 1 and \|a\|", out.getvalue())
