from dataclasses import replace
from fractions import Fraction

import pytest

from marking import quick
from tripos.marking.batch.remark import OldMarks, changes, keep_manual, write_changes
from tripos.marking.scripts.script import Script
from tripos.marking.stored import mark_line
from tripos.paper.diagnostic import Fault

NEW = {"paper": "other"}


def store(path, marks):
    path.write_text("".join(map(mark_line, marks)), encoding="utf-8")
    return path


def marks(of=2, hashes=(), **candidates):
    found = []
    for name, answer in candidates.items():
        script = Script(name, "A", {"lstm": answer})
        found.append(quick.mark(script, hashes={**quick.HASHES, **dict(hashes)}, of=of))
    return found


def changed(tmp_path, old, new):
    before = OldMarks(store(tmp_path / "old.jsonl", old))
    found = list(changes(before, store(tmp_path / "new.jsonl", new)))
    before.close()
    return [(each.candidate, each.blank, each.old, each.new, each.cause) for each in found]


def test_the_same_marks_are_no_change(tmp_path):
    same = marks(a="right", b="?", c="")
    assert changed(tmp_path, same, same) == []
    assert changed(tmp_path, same, same[::-1]) == []
    assert changed(tmp_path, same, marks(hashes=NEW, a="right", b="?", c="")) == []


def test_an_answer_that_changed(tmp_path):
    old, new = marks(a="right", b="wrong", c="?"), marks(a="right", b="right", c="wrong")
    assert changed(tmp_path, old, new) == [
        ("b", "lstm", 0, 2, "answer changed"),
        ("c", "lstm", None, 0, "answer changed"),
    ]


@pytest.mark.parametrize(
    ("hashes", "cause"),
    [
        ({"paper": "other"}, "paper changed"),
        ({"policy": "other"}, "policy changed"),
        ({"tripos": "2"}, "version of Tripos changed"),
        ({"paper": "other", "policy": "other"}, "paper changed, policy changed"),
        ({}, "nothing on record changed"),
    ],
)
def test_the_cause_is_what_changed(tmp_path, hashes, cause):
    found = changed(tmp_path, marks(a="right"), marks(of=3, hashes=hashes, a="right"))
    assert found[-1] == ("a", "lstm", 2, 3, cause)


def test_another_answer_is_the_cause(tmp_path):
    (old,) = marks(a="right")
    blanks = tuple(replace(b, points=Fraction(1)) if b.blank == "lstm" else b for b in old.blanks)
    new = replace(old, blanks=blanks, hashes={**old.hashes, "script": "other"})
    assert changed(tmp_path, [old], [new]) == [("a", "lstm", 2, 1, "another answer changed")]


def test_candidates_who_come_and_go(tmp_path):
    assert changed(tmp_path, marks(a="right", b="right"), marks(b="right", c="right")) == [
        ("c", "", None, 2, "candidate is new"),
        ("a", "", 2, None, "candidate is no longer in the scripts"),
    ]


def test_blanks_that_come_and_go(tmp_path):
    (mark,) = marks(a="right")
    fewer = replace(mark, blanks=mark.blanks[:2], hashes={**mark.hashes, **NEW})
    assert changed(tmp_path, [mark], [fewer]) == [("a", "lstm", 2, None, "paper changed")]
    assert changed(tmp_path, [fewer], [mark]) == [("a", "lstm", None, 2, "paper changed")]


def test_a_version_that_was_corrected_is_no_new_candidate(tmp_path):
    (old,) = marks(a="right")
    assert changed(tmp_path, [replace(old, version="B")], [old]) == []


def by_hand(mark):
    blanks = tuple(
        replace(b, outcome="partly", points=Fraction(1), marker="jane") if b.blank == "lstm" else b
        for b in mark.blanks
    )
    return replace(mark, blanks=blanks)


def test_what_people_decided_stays(tmp_path):
    (machine,) = marks(a="?")
    old = OldMarks(store(tmp_path / "old.jsonl", [by_hand(machine)]))
    manual = old.manual(Script("a", "A"))
    old.close()
    assert [blank.blank for blank in manual] == ["lstm"]
    kept = keep_manual(machine, manual)
    assert kept == by_hand(machine)
    assert changed(tmp_path, [by_hand(machine)], [kept]) == []
    assert keep_manual(machine, ()) is machine


def test_a_decision_about_another_answer_is_not_taken_over_but_said(tmp_path):
    (before,), (now,) = marks(a="?"), marks(a="right")
    manual = tuple(blank for blank in by_hand(before).blanks if blank.marker == "jane")
    assert keep_manual(now, manual) == now
    assert changed(tmp_path, [by_hand(before)], [now]) == [("a", "lstm", 1, 2, "answer changed")]
    text = (tmp_path / "c.csv").read_text() if write(tmp_path, [by_hand(before)], [now]) else ""
    assert "jane decided about what stood there before" in text


def write(tmp_path, old, new):
    before = OldMarks(store(tmp_path / "old.jsonl", old))
    summary = write_changes(before, store(tmp_path / "new.jsonl", new), tmp_path / "c.csv", show=2)
    before.close()
    return summary


def test_a_summary(tmp_path):
    old = marks(a="right", b="wrong", c="wrong", d="wrong")
    new = marks(a="wrong", b="right", c="right", d="wrong")
    summary = write(tmp_path, old, new)
    assert (summary.changes, summary.candidates, summary.gain, summary.lose) == (3, 3, 2, 1)
    assert len(summary.first) == 2
    assert (tmp_path / "c.csv").read_text().splitlines()[1] == (
        'a,A,lstm,2,0,answer changed,"right before, wrong now"'
    )
    assert write(tmp_path, old, old)[:4] == (0, 0, 0, 0)


def test_old_marks_that_are_none(tmp_path):
    with pytest.raises(Fault, match="cannot be read"):
        OldMarks(tmp_path / "none.jsonl")
    (tmp_path / "bad.jsonl").write_text("{}\n")
    with pytest.raises(Fault, match=r"bad.jsonl:1: error: the line holds no marks"):
        OldMarks(tmp_path / "bad.jsonl")
