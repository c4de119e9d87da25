import json
import multiprocessing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marking import quick
from tripos.marking.batch.ledger import MARKS, PART, RUN, CannotMark, ledger, whole_lines
from tripos.marking.scripts.collected import read_scripts
from tripos.marking.scripts.script import Script
from tripos.marking.stored import mark_line

SCRIPTS = [Script(f"c{i}", "", {"lstm": "right é"}) for i in range(6)]
LINES = [mark_line(quick.mark(script)) for script in SCRIPTS]
WHOLE = "".join(LINES).encode()


@pytest.fixture
def scripts(tmp_path):
    path = tmp_path / "s.jsonl"
    path.write_text(
        "".join(json.dumps({"candidate": s.candidate, "answers": dict(s.answers)}) + "\n" for s in SCRIPTS)
    )
    with read_scripts(path) as read:
        yield read


@given(st.integers(0, len(WHOLE)), st.binary(max_size=30))
def test_what_is_torn_is_cut_off(tmp_path_factory, size, garbage):
    path = tmp_path_factory.getbasetemp() / PART
    path.write_bytes(WHOLE[:size] + garbage)
    with path.open("rb") as file:
        done, kept = whole_lines(file, SCRIPTS)
    assert WHOLE.startswith(path.read_bytes()[:kept])
    assert kept == len("".join(LINES[:done]).encode())
    assert done >= WHOLE[:size].count(b"\n")


def test_lines_of_other_candidates_are_cut_off(tmp_path):
    path = tmp_path / PART
    path.write_text("".join([LINES[0], LINES[2], LINES[1]]))
    with path.open("rb") as file:
        assert whole_lines(file, SCRIPTS) == (1, len(LINES[0].encode()))


def interrupted(out, scripts):
    with ledger(out, quick.HASHES, scripts, force=False) as book:
        book.append(LINES[:2])
        raise KeyboardInterrupt


def test_going_on_after_a_kill(tmp_path, scripts):
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        interrupted(out, scripts)
    with (out / PART).open("ab") as file:
        file.write(LINES[2].encode()[:-9])
    with ledger(out, quick.HASHES, scripts, force=False) as book:
        assert book.done == 2
        book.append(LINES[2:])
    assert (out / MARKS).read_bytes() == WHOLE
    assert not (out / PART).exists()
    with ledger(out, quick.HASHES, scripts, force=False) as book:
        assert (book.file, book.done) == (None, 6)


@pytest.mark.parametrize(
    ("name", "words"),
    [("paper", "changed since: the paper\n"), ("policy", "changed since: the policy of marking\n")],
)
def test_marks_of_another_run_are_refused(tmp_path, scripts, name, words):
    with ledger(tmp_path, quick.HASHES, scripts, force=False) as book:
        book.append(LINES)
    other = {**quick.HASHES, name: "other"}
    with pytest.raises(CannotMark, match=words), ledger(tmp_path, other, scripts, force=False):
        pass
    assert (tmp_path / MARKS).read_bytes() == WHOLE
    with ledger(tmp_path, other, scripts, force=True) as book:
        assert book.done == 0
    assert json.loads((tmp_path / RUN).read_text())["hashes"] == other


def test_marks_that_nobody_can_place_are_refused(tmp_path, scripts):
    (tmp_path / MARKS).write_bytes(WHOLE)
    with (
        pytest.raises(CannotMark, match="it does not say"),
        ledger(tmp_path, quick.HASHES, scripts, force=False),
    ):
        pass


def test_marks_by_people_are_never_dropped(tmp_path, scripts):
    by_hand = LINES[0].replace('"marker": "machine"', '"marker": "jane"')
    (tmp_path / MARKS).write_text(by_hand)
    with (
        pytest.raises(CannotMark, match="marks by jane"),
        ledger(tmp_path, quick.HASHES, scripts, force=True),
    ):
        pass
    assert (tmp_path / MARKS).read_text() == by_hand


def hold(out, path, held, go):
    with read_scripts(path) as scripts, ledger(out, quick.HASHES, scripts, force=False):
        held.set()
        go.wait()


def test_two_cannot_mark_into_one_folder(tmp_path, scripts):
    context = multiprocessing.get_context("spawn")
    held, go = context.Event(), context.Event()
    out = tmp_path / "out"
    other = context.Process(target=hold, args=(out, tmp_path / "s.jsonl", held, go))
    other.start()
    try:
        assert held.wait(20)
        with (
            pytest.raises(CannotMark, match="another process"),
            ledger(out, quick.HASHES, scripts, force=False),
        ):
            pass
    finally:
        go.set()
        other.join()
