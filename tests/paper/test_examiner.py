import os
import time

import pytest

from paper.small import errors, fence
from tripos.paper.check import check_file
from tripos.paper.examiner import Examiner
from tripos.paper.reader import MAX_BYTES

GOOD = "[[y]]\n" + fence("working", "y = constant(1) + 1")
SECONDS = 0.5


def checked(path, seconds=SECONDS):
    with Examiner() as examiner:
        return check_file(path, examiner, seconds=seconds)


def around(tmp_path, body):
    """Check a paper whose second question of three has a body that begins in line 11."""
    file = tmp_path / "paper.md"
    file.write_text(
        "---\ntitle: T\npoints: 3\n---\n"
        f"## A {{points=1}}\n{GOOD}## B {{points=1}}\n{body}## C {{points=1}}\n{GOOD}",
        encoding="utf-8",
    )
    return checked(file)


SQUARES = """\
def square(n):
    for i in range(40):
        n = n * n
    return n
y = square(7 ** 3000)"""

HOSTILE = [
    ("loops for ever", "y = 1\nwhile True:\n    z = 1", "took longer than"),
    ("loops in C", "y = sum(range(10 ** 18))", "took longer than"),
    ("a number without end", "y = 7 ** 3000\nfor i in range(60):\n    y = y * y", "bits"),
    ("multiplies whole numbers for ever", SQUARES, "took longer than"),
    ("a list of gigabytes", "y = len([0] * 10 ** 10)", "memory"),
    ("a text of gigabytes", "y = len('a' * 10 ** 11)", "memory"),
    ("a huge array", "y = sum(expand(constant(1), (100000, 100000)))", "entries"),
    ("a huge power", "y = 10 ** 10 ** 8", "bits"),
]  # fmt: skip


@pytest.mark.parametrize(("working", "message"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE])
def test_a_question_that_takes_too_much_is_stopped_and_the_others_are_worked(tmp_path, working, message):
    begun = time.monotonic()
    report = around(tmp_path, "[[y]]\n" + fence("working", working))
    assert time.monotonic() - begun < 30
    found = errors(report)
    assert any(message in text for _, text in found), found
    assert all(10 <= line <= 10 + 12 for line, _ in found)
    blanks = [b for q in report.questions for b in q.blanks if b.proven]
    assert blanks[0].line == 6
    assert [b.text for b in blanks] == ["2", "2"]


def test_a_question_stopped_by_itself_names_the_line_that_took_too_long(tmp_path):
    report = around(tmp_path, "[[y]]\n" + fence("working", "y = 1\nwhile True:\n    z = 1"))
    ((line, _),) = errors(report)
    assert line in (14, 15)


def test_whole_numbers_are_limited_like_everything_else(tmp_path):
    report = around(tmp_path, "[[y]]\n" + fence("working", "y = len(list(range(10 ** 9)))"))
    ((_, message),) = errors(report)
    assert "memory" in message or "took longer" in message


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"", 1, "empty"),
        (os.urandom(500) + b"\0", None, "binary"),
        (b"---\ntitle: \xff\n---\n", 2, "not UTF-8"),
        (b"x" * (10 * MAX_BYTES), 1, "too large"),
        (None, 1, "cannot read the paper"),
    ],
    ids=["empty", "binary", "not UTF-8", "10 MB", "missing"],
)
def test_a_file_that_is_no_paper_is_one_error(tmp_path, data, line, message):
    file = tmp_path / "paper.md"
    if data is not None:
        file.write_bytes(data)
    report = checked(file)
    ((at, text),) = errors(report)
    assert message in text
    assert at == line or line is None
    assert not report.ok


def test_one_examiner_works_several_papers(tmp_path):
    with Examiner() as examiner:
        for total in (1, 2):
            file = tmp_path / f"{total}.md"
            file.write_text(
                f"---\ntitle: T\npoints: {total}\n---\n## A {{points=1}}\n{GOOD}", encoding="utf-8"
            )
            assert check_file(file, examiner).ok == (total == 1)
