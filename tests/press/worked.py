"""Worked papers to print."""

from functools import cache
from pathlib import Path

from paper.small import fence

from tripos.paper.check import check_text

FINAL = Path(__file__).parents[2] / "papers" / "final-2022.md"

HOSTILE = (
    "---\ntitle: <script>alert(1)</script> & more\ncourse: <b>bold</b>\npoints: 4\n---\n\n"
    "Before <script>alert(2)</script> the questions.\n\n"
    "## Title <script>alert(3)</script> {points=4}\n\n"
    "Text <script>alert(4)</script> and <img src=x onerror=alert(5)>,\n"
    "[a link](javascript:alert(6)) and $\\unknowncommand{<script>alert(7)</script>}$: [[y]].\n\n"
    + fence("working", "# Say <script>alert(8)</script>.\ny = constant(1) + 1")
    + fence('published {erratum="<script>alert(9)</script>"}', "y = 3")
    + fence("rubric", "4  <script>alert(10)</script>")
    + fence("answer", "<script>alert(11)</script>")
)


@cache
def final():
    """Return the 2022 final, worked."""
    return check_text(FINAL.read_text(encoding="utf-8"), "final.md")


@cache
def hostile():
    """Return a paper that would run scripts in a browser if it could."""
    return check_text(HOSTILE, "hostile.md")
