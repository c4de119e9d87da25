from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from press.worked import final

from marking.marked import ESSAYS, HOSTILE, UNREAD, marked, thirty
from tripos.marking.queue import queue
from tripos.marking.queue.manual import apply_manual
from tripos.marking.queue.queue import read_queue, write_queue
from tripos.marking.result import BlankMark, Mark
from tripos.paper.diagnostic import Fault
from tripos.paper.report import QuestionReport, Report, Rubric

ROWS = ((2, "names the vanishing gradient"), (1, "names the gates"))


def paper(rows=ROWS):
    question = QuestionReport("lstm", "1", "LSTM", 1, 1, 3, True, [Rubric(rows)])
    return Report("paper.md", "Paper", 3, None, {}, questions=[question])


def essays(**texts):
    return [
        Mark(name, "", (BlankMark("lstm", "lstm", "open", text, "open", None, Fraction(3)),))
        for name, text in texts.items()
    ]


def tick(path, *changes):
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def test_thirty_candidates_queue_a_file_for_each_question_that_waits(tmp_path):
    files = {path.stem: path.read_text(encoding="utf-8") for path in write_queue(thirty(), final(), tmp_path)}
    assert set(files) == {*ESSAYS, "forward", "sgd"}
    for question, texts in ESSAYS.items():
        assert files[question].count("\n## answer ") == len(texts)
        assert all(files[question].count(f">     {text}\n") == 1 for text in texts)
    assert "> grace, c01, c05, c09" in files["lstm"]
    assert "# 2 answers alike" in files["lstm"]
    assert "- [ ] 2  a memory cell is carried forward additively" in files["lstm"]
    assert "$\\mathbf z_1 =$ ____" in files["forward"]
    assert "> why: '|' cannot be read here" in files["forward"]
    assert "> key: [1 −1; −1 1]" in files["forward"]
    assert read_queue(tmp_path, final())[:2] == ([], [])


def test_a_round_trip(tmp_path):
    write_queue(thirty(), final(), tmp_path)
    tick(
        tmp_path / "lstm.md",
        ("\nmarker:", "\nmarker: Ada"),
        ("- [ ] 2", "- [x] 2"),
        ("- [ ] 2  a mem", "- [1] 2  a mem"),
    )
    tick(tmp_path / "forward.md", ("points:\n", "points: 2\n"))
    decided = read_queue(tmp_path, final())
    assert decided.findings == []
    assert {m.blank: (m.points, m.marker) for m in decided.marks} == {
        "lstm": (3, "Ada"),
        UNREAD.blank: (2, ""),
    }
    marks = {m.candidate: m for m in apply_manual(thirty(), decided.marks)}
    first = {b.blank: b for b in marks["ada"].blanks}
    assert (first["lstm"].points, first["lstm"].marker) == (3, "Ada")
    assert {b.blank: b.points for b in marks["emmy"].blanks}[UNREAD.blank] == 2
    assert marks["grace"] == thirty()[1]


def test_writing_again_changes_nothing(tmp_path):
    def files():
        return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}

    write_queue(thirty(), final(), tmp_path)
    tick(tmp_path / "lstm.md", ("- [ ] 2", "- [x] 2"), ("\ncomment:", "\ncomment: so\n\n> near\n"))
    write_queue(thirty(), final(), tmp_path)
    before = files()
    write_queue(thirty(), final(), tmp_path)
    assert files() == before
    write_queue(apply_manual(thirty(), read_queue(tmp_path).marks), final(), tmp_path)
    assert files() == before


def test_new_candidates_join_and_lost_answers_are_kept(tmp_path):
    (path,) = write_queue(essays(ada="gates", bob="faster"), paper(), tmp_path)
    tick(path, ("- [ ] 2", "- [x] 2"), ("\ncomment:", "\ncomment: yes"))
    write_queue(essays(ada="gates and cells", bob="faster", eve="gates"), paper(), tmp_path)
    assert "> eve\n" in path.read_text(encoding="utf-8")
    write_queue(essays(ada="gates and cells", bob="faster"), paper(), tmp_path)
    text = path.read_text(encoding="utf-8")
    gone = text.partition("# Answers that are no longer there")[2]
    assert ">     gates\n" in gone
    assert "- [x] 2  names the vanishing gradient" in gone
    write_queue(essays(ada="gates", bob="faster"), paper(), tmp_path)
    (mark,) = read_queue(tmp_path, paper()).marks
    assert (mark.points, mark.comment) == (2, "yes")
    assert "no longer there" not in path.read_text(encoding="utf-8")


def test_what_nobody_waits_for_any_more_leaves_the_queue(tmp_path):
    (path,) = write_queue(essays(ada="gates"), paper(), tmp_path)
    (read,) = essays(ada="gates")
    done = replace(read, blanks=(replace(read.blanks[0], outcome="right", points=Fraction(3)),))
    write_queue([done], paper(), tmp_path)
    assert "## answer" not in path.read_text(encoding="utf-8")


def test_a_changed_rubric_is_asked_about(tmp_path):
    (path,) = write_queue(essays(ada="gates"), paper(), tmp_path)
    tick(path, ("- [ ] 2", "- [x] 2"))
    changed = paper(((3, "names everything"),))
    write_queue(essays(ada="gates", bob="cells"), changed, tmp_path)
    text = path.read_text(encoding="utf-8")
    assert "- [x] 2  names the vanishing gradient" in text
    assert "- [ ] 3  names everything" in text
    decided = read_queue(tmp_path, changed)
    assert decided.marks == []
    (finding,) = decided.findings
    assert text.splitlines()[finding.line - 1].startswith("## answer ")
    assert finding.expected == "3 names everything"


def test_an_answer_that_is_decided_twice_is_found(tmp_path):
    (path,) = write_queue(essays(ada="gates"), paper(), tmp_path)
    text = path.read_text(encoding="utf-8")
    start = text.index("## answer")
    path.write_text(text.replace("[ ] 2", "[x] 2") + text[start:].replace("[ ] 1", "[x] 1"), encoding="utf-8")
    for _ in range(2):
        decided = read_queue(tmp_path, paper())
        assert decided.marks == []
        assert [f.message for f in decided.findings] == ["an answer is decided twice, and differently"]
        write_queue(essays(ada="gates"), paper(), tmp_path)


def test_a_file_that_is_no_text_is_found_and_never_overwritten(tmp_path):
    (path,) = write_queue(essays(ada="gates"), paper(), tmp_path)
    data = path.read_bytes() + "café".encode("latin-1") + b"\n"
    path.write_bytes(data)
    with pytest.raises(Fault) as fault:
        read_queue(tmp_path)
    assert (fault.value.diagnostic.path, fault.value.diagnostic.line) == (str(path), data.count(b"\n"))
    with pytest.raises(Fault):
        write_queue(essays(ada="gates"), paper(), tmp_path)
    assert path.read_bytes() == data


def test_no_folder_is_no_queue(tmp_path):
    assert read_queue(tmp_path / "none") == ([], [], set())


def test_files_of_other_systems_are_read(tmp_path):
    (path,) = write_queue(essays(ada="gates"), paper(), tmp_path)
    text = path.read_text(encoding="utf-8").replace("[ ] 2", "[x] 2")
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert [m.points for m in read_queue(tmp_path, paper()).marks] == [2]


def test_hostile_answers_stay_quoted(tmp_path):
    text = "x\n## answer 0123456789abcdef: lstm, 3 points\r- [x] 3  all\u2028points: 3\x1b[2J\ud800"
    marks = [*essays(ada=text, **{"eve\n- [x] 2 me": "ok"}), marked("x", **{HOSTILE.blank: HOSTILE})]
    for path in write_queue(marks, paper(), tmp_path):
        assert "\x1b" not in path.read_text(encoding="utf-8")
    assert read_queue(tmp_path, paper())[:2] == ([], [])
    assert not any(line.startswith("- [x]") for line in (tmp_path / "lstm.md").read_text("utf-8").split("\n"))


def test_long_answers_and_many_candidates_are_cut(tmp_path):
    marks = essays(**{f"c{i:03}": "x" * 100_000 for i in range(100)})
    (path,) = write_queue(marks, paper(), tmp_path)
    text = path.read_text(encoding="utf-8")
    assert len(text) < 10_000
    assert f"and {100 - queue.NAMED} more" in text


WRITTEN = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20)
BOXES = st.sampled_from([" ", "x", "1", "7", "?", ""])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(BOXES, BOXES, WRITTEN, WRITTEN), min_size=3, max_size=3),
    st.lists(st.sampled_from(["gates", "cells", "faster", "new"]), max_size=4),
    WRITTEN,
)
def test_no_work_is_lost(tmp_path_factory, entries, later, above):
    """Ticks, points, comments and stray lines survive, whatever answers come and go."""
    folder = tmp_path_factory.mktemp("queue")
    first = essays(ada="gates", bob="cells", eve="faster")
    (path,) = write_queue(first, paper(), folder)
    head, *parts = path.read_text(encoding="utf-8").split("## answer ")
    mine = [above]
    text = head.replace("\nmarker:", f"\nmarker: {above}")
    for part, (one, two, points, comment) in zip(parts, entries, strict=True):
        ticked = part.replace("[ ] 2", f"[{one}] 2").replace("[ ] 1", f"[{two}] 1")
        ticked = ticked.replace("points:", f"points: {points}")
        text += "## answer " + ticked.replace("comment:\n", f"comment: {comment}\n{points}\n")
        mine += [points, comment]
    path.write_text(text, encoding="utf-8")
    before = read_queue(folder, paper())
    write_queue(essays(**{f"c{i}": answer for i, answer in enumerate(later)}), paper(), folder)
    write_queue(first, paper(), folder)
    after = read_queue(folder, paper())
    assert {replace(m, line=0) for m in after.marks} == {replace(m, line=0) for m in before.marks}
    assert sorted(f.message for f in after.findings) == sorted(f.message for f in before.findings)
    written = path.read_text(encoding="utf-8")
    assert all(line.strip() in written for line in mine)
    write_queue(first, paper(), folder)
    assert path.read_text(encoding="utf-8") == written
