import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripos.marking.scripts.formats import Entry, entries
from tripos.paper.diagnostic import Diagnostic

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def read(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = list(entries(path))
    good = [(e.candidate, e.version, dict(e.answers)) for e in found if isinstance(e, Entry)]
    return good, [(d.line, d.message) for d in found if isinstance(d, Diagnostic)]


ADA = [("ada", "A", {"sgd/w": "3/2"})]


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("s.jsonl", '{"candidate": "ada", "version": "A", "blank": "sgd/w", "answer": "3/2"}\n'),
        ("s.jsonl", '{"candidate": "ada", "version": "A", "answers": {"sgd/w": "3/2"}}'),
        ("s.json", '[{"candidate": "ada",\n "version": "A", "answers": {"sgd/w": "3/2"}}]'),
        ("s.json", '{"candidate": "ada", "version": "A", "answers": {"sgd/w": "3/2"}}\n' * 1 + "\n"),
        ("ada.json", '{"version": "A", "sgd/w": "3/2"}'),
        ("s.csv", "candidate,version,blank,answer\r\nada,A,sgd/w,3/2\r\n"),
        ("s.csv", "candidate;version;sgd/w;sgd/b\nada;A;3/2;\n\n"),
        ("s.tsv", "candidate\tversion\tsgd/w\nada\tA\t3/2"),
        ("ada.md", "version: A\nsgd/w: 3/2\n"),
        ("x.txt", "candidate: ada\nversion: A\nsgd/w: 3/2\n"),
    ],
)
def test_one_answer_in_every_format(tmp_path, name, text, start):
    assert read(tmp_path / name, start + text) == (ADA, [])


def test_a_folder_has_a_file_for_each_candidate(tmp_path):
    (tmp_path / "ada.json").write_text('{"version": "A", "sgd/w": "3/2"}')
    (tmp_path / "bob.csv").write_text("blank,answer\nsgd/w,1\n")
    (tmp_path / "cyd.md").write_text("sgd/w: 2\n")
    (tmp_path / "scan.pdf").write_bytes(b"%PDF")
    found = list(entries(tmp_path))
    assert [(e.candidate, dict(e.answers)) for e in found if isinstance(e, Entry)] == [
        ("ada", {"sgd/w": "3/2"}),
        ("bob", {"sgd/w": "1"}),
        ("cyd", {"sgd/w": "2"}),
    ]
    assert [d.message for d in found if isinstance(d, Diagnostic)] == ["not read"]


def test_numbers_stay_as_they_were_written(tmp_path):
    text = (
        '{"candidate": 7, "answers": {"a": 0.10, "b": 1e400, "c": [[1, -2.50], [3, 4]], "d": null, "e": NaN}}'
    )
    good, bad = read(tmp_path / "s.jsonl", text)
    assert good == [("7", "", {"a": "0.10", "b": "1e400", "c": "[[1, -2.50], [3, 4]]", "d": "", "e": "NaN"})]
    assert not bad


BAD_JSON = [
    ("{oops", "the line is not JSON"),
    ("[1]", "the line holds no answer"),
    ('{"candidate": "x", "blank": "a"}', "answer is missing"),
    ('{"candidat": "x", "blank": "a", "answer": "1"}', "candidate is missing"),
    ('{"candidate": "x", "blank": "a", "answer": true}', "the answer to a is no text"),
    ('{"candidate": "x", "blank": " ", "answer": "1"}', "the name of a blank is empty"),
    ('{"candidate": "x", "blank": "a", "answer": "\\ud800"}', "the text is not Unicode"),
    ('{"candidate": "x", "answers": [1]}', "answers is no object"),
    ('{"candidate": ["x"], "answers": {}}', "the candidate is no text"),
    ("[" * 100_000, "the line is not JSON"),
]


@pytest.mark.parametrize(("line", "message"), BAD_JSON, ids=[message for _, message in BAD_JSON])
def test_a_bad_line_loses_no_other(tmp_path, line, message):
    good_line = '{"candidate": "ada", "version": "A", "blank": "sgd/w", "answer": "3/2"}'
    good, bad = read(tmp_path / "s.jsonl", f"{good_line}\n{line}\n{good_line}\n")
    assert good == ADA * 2
    assert bad == [(2, message)]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("ada,A,sgd/w,[1, 2]", "the row has 5 cells"),
        ("ada,A,sgd/w", "the row has 3 cells"),
        (",A,sgd/w,1", "the candidate is empty"),
        ("ada,A,,1", "the name of a blank is empty"),
        ('ada,A,sgd/w,"1', "a quotation mark is never closed"),
        ('ada,A,sgd/w,"1"x', "the row cannot be read"),
    ],
)
def test_a_bad_row_loses_no_other(tmp_path, row, message):
    text = f"candidate,version,blank,answer\nada,A,sgd/w,3/2\n{row}\nada,A,sgd/w,3/2\n"
    assert read(tmp_path / "s.csv", text) == (ADA * 2, [(3, message)])


def test_rows_may_have_several_lines(tmp_path):
    text = 'candidate,version,blank,answer\nada,A,lstm,"a ""cell"",\nand gates"\nada,A,sgd/w\n'
    good, bad = read(tmp_path / "s.csv", text)
    assert good == [("ada", "A", {"lstm": 'a "cell",\nand gates'})]
    assert bad == [(4, "the row has 3 cells")]


def test_what_is_not_utf_8_is_said(tmp_path):
    line = b'{"candidate": "ada", "version": "A", "blank": "sgd/w", "answer": "3/2"}\n'
    assert read(tmp_path / "s.jsonl", b'{"caf\xe9"}\n' + line) == (ADA, [(1, "the line is not UTF-8")])
    assert read(tmp_path / "s.jsonl", line.decode().encode("utf-16")) == ([], [(1, "the file is not UTF-8")])
    assert read(tmp_path / "s.csv", b"name\xe9\n") == ([], [(1, "the line is not UTF-8")])


@pytest.mark.parametrize("header", ["name,blank,answer", "candidate,a,a", '"'])
def test_a_table_without_good_names_of_columns(tmp_path, header):
    good, bad = read(tmp_path / "s.csv", f"{header}\nada,1,2\n")
    assert not good
    assert len(bad) == 1


@given(st.binary(max_size=200), st.sampled_from(["jsonl", "json", "csv", "tsv", "md"]))
def test_any_bytes_end_in_entries_and_findings(tmp_path_factory, content, suffix):
    path = tmp_path_factory.getbasetemp() / f"fuzz.{suffix}"
    path.write_bytes(content)
    for found in entries(path):
        assert isinstance(found, Diagnostic) or found.candidate
        "".join(str(found)).encode()


@given(st.dictionaries(WORDS.filter(lambda word: word.strip() == word != ""), WORDS, max_size=4))
def test_what_is_written_is_read(tmp_path_factory, answers):
    path = tmp_path_factory.getbasetemp() / "round.jsonl"
    line = json.dumps({"candidate": "ada", "version": "A", "answers": answers})
    assert read(path, f"{line}\n{line}\n") == ([("ada", "A", answers)] * 2, [])
