import pytest

from paper.small import paper
from tripos.paper.fences import comment_language
from tripos.paper.model import Prose
from tripos.paper.reader import read_paper


def read(text):
    return read_paper(text, "small.md")


def question(body):
    """Return the one question of a paper without faults of form."""
    read_in, found = read(paper(body))
    assert found == []
    return read_in.parts[0]


def test_blocks_know_their_kind_line_and_text():
    blocks = question("Text.\n\n```given\nx = 1\n```\n\n~~~working\ny = x\n# done\n~~~").blocks(
        "given", "working"
    )
    assert [(b.kind, b.line, b.text) for b in blocks] == [
        ("given", 11, "x = 1\n"),
        ("working", 15, "y = x\n# done\n"),
    ]


def test_other_fences_are_prose():
    items = question("```python\nprint([[1]])\n```").items
    assert [type(i) for i in items] == [Prose]


@pytest.mark.parametrize(
    ("body", "severity", "line", "message"),
    [
        ("```given\nx = 1", "error", 8, "the given block that begins here is never closed"),
        ("Text.\n\n```\ncode", "error", 10, "the code block that begins here is never closed"),
        ("```wroking\ny = 1\n```", "warning", 8, "no block is called 'wroking'"),
        ("```given {erratum=no}\nx = 1\n```", "error", 8, "a given block has no attribute 'erratum'"),
        ("```published {errata=no}\nx = 1\n```", "error", 8, "a published block has no attribute 'errata'"),
    ],
)
def test_faults_of_blocks_are_found_at_their_line(body, severity, line, message):
    (finding,) = read(paper(body))[1]
    assert (finding.severity, finding.line, finding.message) == (severity, line, message)


@pytest.mark.parametrize(
    ("comment", "language"),
    [
        ("# fr: Redresser.", "fr"),
        ("    #fr:Redresser.", "fr"),
        ("# en: Rectify.", "en"),
        ("# de: Richten.", ""),
        ("# note: rectify", ""),
        ("# In fr: rectify", ""),
        ("# fr, rectify", ""),
    ],
)
def test_only_the_codes_of_the_paper_begin_a_translation(comment, language):
    assert comment_language(comment, ("en", "fr")) == language
