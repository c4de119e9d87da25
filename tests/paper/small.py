"""Papers of one question, and what check finds in them."""

from fractions import Fraction

from tripos.paper.check import check_text
from tripos.paper.diagnostic import Diagnostic
from tripos.paper.report import Report

BODY_LINE = 8
"""The line of a paper at which the body of its question begins."""


def paper(body: str, *, points: int = 4, heading: str = "", meta: str = "") -> str:
    """Return a paper of one question, whose body begins in line BODY_LINE plus the lines of ``meta``."""
    front = f"---\ntitle: Small\npoints: {points}\n{meta}---\n"
    return f"{front}\n## Question {{#q points={points} {heading}}}\n\n{body}\n"


def fence(kind: str, text: str) -> str:
    """Return a fenced block."""
    return f"```{kind}\n{text}\n```\n"


def solved(working: str, blank: str = "y", given: str = "", after: str = "", **kwargs: str) -> str:
    """Return a paper that asks for one blank; its given begins in line 11, its working after that."""
    given = fence("given", given) + "\n" if given else ""
    return paper(f"Compute [[{blank}]].\n\n{given}{fence('working', working)}\n{after}", **kwargs)


def check(text: str, **kwargs: object) -> Report:
    """Check a paper in this process."""
    return check_text(text, "small.md", **kwargs)


def errors(report: Report) -> list[tuple[int, str]]:
    """Return the line and the message of each error that does not just follow from another."""
    return [(d.line, d.message) for d in causes(report)]


def causes(report: Report) -> list[Diagnostic]:
    """Return the errors, without those that only say that something above has failed."""
    found = [d for d in report.diagnostics if d.severity == "error"]
    messages = [d.message for d in found]
    return [d for d in found if "has no value because line" not in d.message and d.found not in messages]


def warnings(report: Report) -> list[tuple[int, str]]:
    """Return the line and the message of each warning."""
    return [(d.line, d.message) for d in report.diagnostics if d.severity == "warning"]


def key(report: Report, name: str = "y") -> Fraction:
    """Return a proven rational key."""
    (blank,) = [b for q in report.questions for b in q.blanks if b.name == name]
    assert blank.proven
    return Fraction(blank.text.replace("−", "-"))
