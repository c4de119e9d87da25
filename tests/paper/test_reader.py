from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paper.small import paper
from tripos.paper.diagnostic import Fault
from tripos.paper.model import Blank, Choice, Insert, Prose
from tripos.paper.reader import MAX_BYTES, attributes, load, read_paper

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


# -- headings --


def test_headings_nest_and_are_numbered():
    text = "---\ntitle: T\n---\n"
    text += "# A\n## B {points=1}\n### C {points=1}\n## D {points=2}\n# E\n## F {#f points=3}\n"
    read_in, _ = read(text)
    assert [(q.number, q.id, q.line, q.points, q.leaf) for q in read_in.walk()] == [
        ("I", "a", 4, None, False),
        ("I.1", "b", 5, 1, False),
        ("I.1.1", "c", 6, 1, True),
        ("I.2", "d", 7, 2, True),
        ("II", "e", 8, None, False),
        ("II.1", "f", 9, 3, True),
    ]


def test_a_paper_without_parts_is_numbered_from_one():
    read_in, _ = read("---\ntitle: T\n---\n## A {points=1}\n## B {points=2}\n")
    assert [q.number for q in read_in.walk()] == ["1", "2"]


def test_headings_of_one_title_get_ids_of_their_own():
    read_in, found = read("---\ntitle: T\n---\n## Same {points=1}\n## Same {points=1}\n")
    assert found == []
    assert [q.id for q in read_in.walk()] == ["same", "same-2"]


@pytest.mark.parametrize(
    ("headings", "line", "message"),
    [
        ("## A {#x points=1}\n## B {#x points=1}\n", 5, "the id 'x' is taken"),
        ("## A {points=four}\n", 4, "points must be a whole number"),
        ("## A {points=1 point=2}\n", 4, "a heading has no attribute 'point'"),
        ("## A {points=1 =}\n", 4, "cannot read the attributes {points=1 =}"),
    ],
)
def test_faults_of_headings_are_errors_at_their_line(headings, line, message):
    found = [(d.line, d.message) for d in read(f"---\ntitle: T\n---\n{headings}")[1]]
    assert found == [(line, message)]


def test_attributes_are_read():
    assert attributes('{#conv points=8 erratum="a slip, it is"}') == {
        "id": "conv",
        "points": "8",
        "erratum": "a slip, it is",
    }


@pytest.mark.parametrize("braces", ["{points=}x}", "{=}", '{a="b}', "{a b}"])
def test_unreadable_attributes_raise(braces):
    with pytest.raises(ValueError, match="cannot read the attributes"):
        attributes(braces)


# -- blocks --


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


# -- choices --


def test_options_have_ticks_texts_reasons_and_attributes():
    body = '- [ ] one {holds="1 < 0"}\n\n    Because.\n\n- [x] $x^{2}$\n- [X] three'
    (choice,) = question(body).choices()
    assert [(o.line, o.ticked, o.text, o.reason, o.attrs) for o in choice.options] == [
        (8, False, "one", "Because.", {"holds": "1 < 0"}),
        (12, True, "$x^{2}$", "", {}),
        (13, True, "three", "", {}),
    ]


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("- [ ] one\n- two", 9, "an option begins with [ ] or [x]"),
        ("- [ ] one {hold=1}", 8, "an option has no attribute 'hold'"),
    ],
)
def test_faults_of_options_are_errors_at_their_line(body, line, message):
    assert [(d.line, d.message) for d in read(paper(body))[1]] == [(line, message)]


def test_lists_without_boxes_are_prose():
    assert [type(i) for i in question("* one\n* two").items] == [Prose]


def test_a_choice_stands_between_the_texts_around_it():
    items = question("Before.\n\n- [ ] a\n- [x] b\n\nAfter.").items
    assert [type(i) for i in items] == [Prose, Choice, Prose]


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
