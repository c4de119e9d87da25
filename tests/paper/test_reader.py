from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paper.small import paper
from tripos.paper.diagnostic import Fault
from tripos.paper.model import Blank, Insert
from tripos.paper.reader import MAX_BYTES, load, read_paper

FINAL = Path(__file__).parents[2] / "papers" / "final-2022.md"


def read(text):
    return read_paper(text, "small.md")


def question(body, **kwargs):
    """Return the one question of a paper without faults of form."""
    read_in, found = read(paper(body, **kwargs))
    assert found == []
    return read_in.parts[0]


# -- front matter --


def test_front_matter_is_read():
    read_in, found = read(paper("Text.", meta="minutes: 90\nlanguage: fr\nconventions:\n  log: 2\n"))
    assert found == []
    assert (read_in.title, read_in.meta["points"], read_in.meta["minutes"]) == ("Small", 4, 90)
    assert read_in.conventions == {"log": "2"}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("---\ntitle: [unclosed\n---\n\n## Q {points=1}\n", 2, "the front matter is not YAML"),
        ("---\ntitle: a\n  b: c: d\n---\n\n## Q {points=1}\n", 3, "the front matter is not YAML"),
        ("---\n- a\n- b\n---\n\n## Q {points=1}\n", 2, "the front matter is not a list of keys and values"),
        ("# Part\n\n## Q {points=1}\n", 1, "the paper has no front matter"),
        ("---\ntitle: T\n---\n\nNothing asked.\n", 1, "the paper has no questions"),
        ("---\ntitle: T\npoints: many\n---\n\n## Q {points=1}\n", 3, "points must be a whole number"),
        ("---\ntitle: T\nminutes: -5\n---\n\n## Q {points=1}\n", 3, "minutes must be a whole number"),
        ("---\ntitle: T\npoints: true\n---\n\n## Q {points=1}\n", 3, "points must be a whole number"),
        ("---\ntitle: T\nconventions: log\n---\n\n## Q {points=1}\n", 3, "conventions must be a mapping"),
        (
            "---\ntitle: T\nconventions:\n  log: 7\n---\n\n## Q {points=1}\n",
            4,
            "the convention 'log' has no choice 7",
        ),
    ],
)
def test_faults_of_the_front_matter_are_errors_at_their_line(text, line, message):
    found = [(d.line, d.message) for d in read(text)[1] if d.severity == "error"]
    assert found == [(line, message)]


@pytest.mark.parametrize(
    ("meta", "severity", "help"),
    [
        ("minuts: 90\n", "warning", "did you mean 'minutes'?"),
        ("conventions:\n  biases: counted\n", "error", "did you mean 'bias'?"),
    ],
)
def test_a_misspelt_key_is_found_and_the_right_one_suggested(meta, severity, help):
    (finding,) = read(paper("Text.", meta=meta))[1]
    assert (finding.severity, finding.line, finding.help) == (severity, 3 + meta.count("\n"), help)


def test_a_paper_without_title_is_warned_of():
    (finding,) = read("---\npoints: 1\n---\n\n## Q {points=1}\n")[1]
    assert (finding.severity, finding.message) == ("warning", "the front matter has no title")


# -- blanks and inserts --


def test_blanks_have_expressions_options_and_lines():
    blanks = question(
        "A [[z]] and\n[[w[0] | points=3, decimals=2]].\n\n| t |\n|---|\n| [[shape(x)]] |"
    ).blanks()
    assert blanks == [
        Blank(8, "z", {}),
        Blank(9, "w[0]", {"points": "3", "decimals": "2"}),
        Blank(13, "shape(x)", {}),
    ]


def test_inserts_know_where_they_stand():
    (prose,) = question("A {{a}} and ${{b}}$, `{{d}}`\nand\n$$x =\n{{c}}$$").prose()
    assert [p for p in prose.pieces() if isinstance(p, Insert)] == [
        Insert(8, "a", "text"),
        Insert(8, "b", "math"),
        Insert(8, "d", "code"),
        Insert(11, "c", "math"),
    ]


def test_maths_holds_no_blanks():
    assert question("$[[1, 2], [3, 4]]$").blanks() == []


def test_code_spans_hold_no_blanks():
    (prose,) = question("Write `[[x]]` for a blank: [[y]].").prose()
    assert [b.expr for b in prose.blanks()] == ["y"]
    assert "`[[x]]`" in "".join(p for p in prose.pieces() if isinstance(p, str))


def test_pieces_join_to_the_text():
    text = "A `code` $x = {{x}}$ {{y}} [[z]] end."
    (prose,) = question(text).prose()
    marks = {Blank: lambda p: f"[[{p.expr}]]", Insert: lambda p: f"{{{{{p.expr}}}}}", str: str}
    assert "".join(marks[type(p)](p) for p in prose.pieces()) == text


# -- files --


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_and_a_byte_order_mark_change_nothing(tmp_path, newline):
    file = tmp_path / "p.md"
    text = paper("A [[z]].\n\n```given\nx = 1\n```\n\nB [[w]].")
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", newline).encode())
    read_in, found = read_paper(load(file), "small.md")
    assert (found, read_in) == ([], read(text)[0])


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"", 1, "the file is empty"),
        (b" \n\n", 1, "the file is empty"),
        (b"---\ntitle: \x00\n---\n", 2, "the file is binary"),
        (b"---\ntitle: caf\xe9\n---\n", 2, "the file is not UTF-8"),
        (b"\xff\xfe#\x00 \x00A\x00", 1, "the file is binary"),
        (b"a" * (MAX_BYTES + 1), 1, "the file is too large to be a paper"),
    ],
)
def test_files_that_are_no_papers_are_rejected_with_their_line(tmp_path, data, line, message):
    file = tmp_path / "p.md"
    file.write_bytes(data)
    with pytest.raises(Fault) as caught:
        load(file)
    finding = caught.value.diagnostic
    assert (finding.path, finding.line, finding.message) == (str(file), line, message)


@pytest.mark.parametrize("name", ["missing.md", "."])
def test_missing_files_and_directories_are_rejected(tmp_path, name):
    with pytest.raises(Fault, match="cannot read the paper"):
        load(tmp_path / name)


# -- fuzz --

TEXT = FINAL.read_text(encoding="utf-8")
SCRAPS = st.sampled_from(
    ["---\n", "```", "```given\n", "# ", "## A {points=1}\n", "{#", "}", "[[", "]]", "{{", "}}",
     "- [x] ", "$", "$$", "`", "\n", "\t", "    ", "> ", "|", "\\", "\r", "\x00", "\u2028", "é",
     "x = 1\n", "1. ", "<b>", "&"]
)  # fmt: skip
SLOW = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


def reads(text):
    read_in, found = read(text)
    last = text.count("\n") + text.count("\r") + 2
    lines = [d.line for d in found] + [q.line for q in read_in.walk()]
    lines += [b.line for q in read_in.walk() for b in q.blanks()]
    assert all(1 <= line <= last for line in lines)


@settings(**SLOW)
@given(st.lists(SCRAPS | st.text(max_size=5), max_size=40).map("".join))
def test_any_text_is_read(text):
    reads(text)


@settings(max_examples=25, **SLOW)
@given(st.data())
def test_the_final_is_read_whatever_is_done_to_it(data):
    text = TEXT
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 300)))
        text = text[:start] + data.draw(SCRAPS) + text[end:]
    reads(text)


@pytest.mark.parametrize(
    "text",
    ["[" * 20_000, "> " * 20_000, "- " * 20_000, "`" * 20_000, "$" * 20_001, "[[" * 10_000, "{{" * 20_000],
)
def test_long_runs_of_one_mark_are_read(text):
    reads(paper(text))
