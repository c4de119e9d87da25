import json
from dataclasses import replace
from fractions import Fraction

from press.worked import final

from marking.exam import KEYS, NETWORK
from marking.marked import marked
from marking.pages import Page
from tripos.marking.queue.decisions import take_decisions, take_over
from tripos.marking.run import run
from tripos.marking.scripts.script import Script
from tripos.marking.stored import mark_line, marks_in

NAMES = ("ada", "bob", "eve")


def folder_of(path):
    """Return a file with the machine's marks of three candidates, and their scripts."""
    marks = path / "marks.jsonl"
    essays = {"ada": 0, "bob": 1, "eve": 0}
    marks.write_text("".join(mark_line(marked(n, essays=essays[n])) for n in NAMES), encoding="utf-8")
    return marks, [Script(name) for name in NAMES]


def take(marks, scripts):
    return take_decisions(marks, final(), scripts, lambda script: marked(script.candidate))


def lstm(marks):
    return [(b.points, b.marker) for m in marks_in(marks) for b in m.blanks if b.blank == "lstm"]


def edit(marks, old, new):
    path = marks.parent / "queue" / "lstm.md"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_decision_goes_in_and_out_again(tmp_path):
    marks, scripts = folder_of(tmp_path)
    before = marks.read_bytes()
    assert take(marks, scripts) == []
    assert marks.read_bytes() == before
    edit(marks, "- [ ] 2", "- [x] 2")
    assert take(marks, scripts) == []
    assert lstm(marks) == [(2, "a person"), (None, "machine"), (2, "a person")]
    decided = marks.read_bytes()
    assert take(marks, scripts) == []
    assert marks.read_bytes() == decided
    edit(marks, "- [x] 2", "- [1/2] 2")
    take(marks, scripts)
    assert lstm(marks)[0] == (Fraction(1, 2), "a person")
    edit(marks, "- [1/2] 2", "- [ ] 2")
    take(marks, scripts)
    assert marks.read_bytes() == before
    assert "> ada, eve\n" in (tmp_path / "queue" / "lstm.md").read_text(encoding="utf-8")


def test_what_cannot_be_read_waits(tmp_path):
    marks, scripts = folder_of(tmp_path)
    take(marks, scripts)
    edit(marks, "- [ ] 2", "- [9] 2")
    (finding,) = take(marks, scripts)
    assert finding.message == "more points than the row offers"
    assert lstm(marks)[0] == (None, "machine")
    edit(marks, "- [9] 2", "- [2] 2")
    assert take(marks, scripts) == []
    assert lstm(marks)[0] == (2, "a person")


def test_decisions_from_elsewhere_stay_and_come_into_the_queue(tmp_path):
    """They may have been kept from earlier marks, or their file may be lost."""
    marks, scripts = folder_of(tmp_path)

    def kept(script):
        mark = marked(script.candidate)
        remarks = ("2 of 2: cell", "points: 9")
        return replace(
            mark,
            blanks=tuple(
                replace(b, points=Fraction(5, 2), marker="Ada", outcome="partly", reason="", feedback=remarks)
                if b.blank == "lstm"
                else b
                for b in mark.blanks
            ),
        )

    marks.write_text("".join(mark_line(kept(script)) for script in scripts), encoding="utf-8")
    before = marks.read_bytes()
    for _ in range(3):
        assert take(marks, scripts) == []
        assert marks.read_bytes() == before
    path = tmp_path / "queue" / "lstm.md"
    assert "points: 5/2\nmarker: Ada\ncomment: 2 of 2: cell\npoints: 9" in path.read_text(encoding="utf-8")
    path.unlink()
    assert take(marks, scripts) == []
    assert marks.read_bytes() == before
    edit(marks, "points: 5/2", "points:")
    assert take(marks, scripts) == []
    assert lstm(marks) == [(None, "machine")] * 3


def test_a_new_folder_takes_the_queue_over_once(tmp_path):
    (tmp_path / "one").mkdir()
    marks, scripts = folder_of(tmp_path / "one")
    take(marks, scripts)
    edit(marks, "- [ ] 2", "- [x] 2")
    take_over(marks, tmp_path / "two")
    copied = tmp_path / "two" / "queue" / "lstm.md"
    assert "- [x] 2" in copied.read_text(encoding="utf-8")
    edit(marks, "- [x] 2", "- [ ] 2")
    take_over(marks, tmp_path / "two")
    assert "- [x] 2" in copied.read_text(encoding="utf-8")
    take_over(tmp_path / "none" / "marks.jsonl", tmp_path / "three")
    assert not (tmp_path / "three").exists()


def scripts_of(path, **essays):
    """Write a paper and a script for each candidate: right but for the open question; return their paths."""
    paper, scripts = path / "paper.md", path / "scripts.jsonl"
    paper.write_text(NETWORK.format(meta=""), encoding="utf-8")
    lines = [
        {"candidate": name, "blank": blank, "answer": answer}
        for name, essay in essays.items()
        for blank, answer in {**KEYS, "forward/h_1": "1 0 |", "why": essay}.items()
    ]
    scripts.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return paper, scripts


def files_in(folder):
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != "run.json"
    }


def test_marking_again_reads_the_ticks(tmp_path):
    paper, scripts = scripts_of(tmp_path, ada="It passes.", bob="no idea", eve="It passes.")
    out = tmp_path / "marks"
    first = run(paper, scripts, out)
    assert {p.name for p in (out / "queue").iterdir()} == {"forward.md", "why.md"}
    assert {p.name for p in (out / "reports").iterdir()} == {"ada.html", "bob.html", "eve.html", "index.html"}
    assert {m.waiting for m in marks_in(first.marks)} == {6}
    why, forward = out / "queue" / "why.md", out / "queue" / "forward.md"
    why.write_text(why.read_text("utf-8").replace("[ ] 2", "[x] 2", 1), encoding="utf-8")
    forward.write_text(forward.read_text("utf-8").replace("\npoints:", "\npoints: 3", 1), encoding="utf-8")
    run(paper, scripts, out)
    got = {m.candidate: (m.points, m.waiting) for m in marks_in(first.marks)}
    assert got == {"ada": (19, 0), "bob": (17, 3), "eve": (19, 0)}
    page = Page((out / "reports" / "eve.html").read_text(encoding="utf-8"))
    assert "19 of 20 points" in page.text
    assert "Partly right 2 of 3 points" in page.card("why", "Your answer")["text"]
    before = files_in(out)
    assert run(paper, scripts, out).status == 0
    assert files_in(out) == before


def test_a_queue_that_cannot_be_read_is_told_and_leaves_the_exit_status(tmp_path):
    paper, scripts = scripts_of(tmp_path, ada="It passes.")
    out, told = tmp_path / "marks", []
    run(paper, scripts, out)
    why = out / "queue" / "why.md"
    why.write_text(why.read_text("utf-8").replace("[ ] 2", "[3] 2", 1), encoding="utf-8")
    again = run(paper, scripts, out, tell=told.append)
    assert again.status == 1
    assert told[0].startswith(f"{why}:")
    assert "more points than the row offers" in told[0]


def test_marking_into_a_new_folder_keeps_what_people_decided(tmp_path):
    paper, scripts = scripts_of(tmp_path, ada="It passes.")
    old = tmp_path / "old"
    first = run(paper, scripts, old, reports=False)
    assert not (old / "reports").exists()
    why = old / "queue" / "why.md"
    why.write_text(why.read_text("utf-8").replace("[ ] 2", "[x] 2", 1), encoding="utf-8")
    run(paper, scripts, old, reports=False)
    again = run(paper, scripts, tmp_path / "new", against=first.marks, reports=False)
    assert [m.points for m in marks_in(again.marks)] == [16]
    assert again.status == 0
    assert "[x] 2" in (tmp_path / "new" / "queue" / "why.md").read_text(encoding="utf-8")
