import json
import os

import pytest

from marking import crash, quick
from marking.test_run import PAPER
from tripos.marking.batch.batch import CHUNK, mark_batch
from tripos.marking.batch.ledger import CannotMark
from tripos.marking.scripts.collected import read_scripts


@pytest.fixture
def scripts(tmp_path):
    path = tmp_path / "s.jsonl"
    crash.write_quick_scripts(path, 2 * CHUNK + 7)
    with read_scripts(path) as read:
        yield read


def test_marks_come_in_the_order_of_the_scripts_whatever_the_jobs(tmp_path, scripts):
    seen = []
    one = mark_batch(scripts, tmp_path / "1", quick.make, quick.HASHES, progress=seen.append)
    two = mark_batch(scripts, tmp_path / "2", quick.make, quick.HASHES, jobs=2)
    assert seen == [0, CHUNK, 2 * CHUNK, 2 * CHUNK + 7]
    assert [json.loads(line)["candidate"] for line in one.marks.read_text().splitlines()] == [
        s.candidate for s in scripts
    ]
    for name in ("marks.jsonl", "run.json"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
    assert (one.before, two.before) == (0, 0)
    assert mark_batch(scripts, tmp_path / "1", quick.make, quick.HASHES).before == len(scripts)


def die(script):
    os._exit(9)


def dying():
    return die


def test_a_process_that_dies_is_said_and_loses_nothing(tmp_path, scripts):
    out = tmp_path / "out"
    with pytest.raises(CannotMark, match="a process that marks was killed"):
        mark_batch(scripts, out, dying, {**quick.HASHES, "paper": "fatal"}, jobs=2)
    mark_batch(scripts, out, quick.make, quick.HASHES, force=True)
    mark_batch(scripts, tmp_path / "calm", quick.make, quick.HASHES)
    assert (out / "marks.jsonl").read_bytes() == (tmp_path / "calm" / "marks.jsonl").read_bytes()


@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_a_cluster_that_is_not_installed_is_said(tmp_path, scripts, backend, monkeypatch):
    for name in ("distributed", "ray"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(CannotMark, match=r"pip install 'tripos\[cluster\]'"):
        mark_batch(scripts, tmp_path / "out", quick.make, quick.HASHES, jobs=2, backend=backend)


def test_an_unknown_backend_is_said(tmp_path, scripts):
    with pytest.raises(CannotMark, match="known are processes, dask, ray"):
        mark_batch(scripts, tmp_path / "out", quick.make, quick.HASHES, backend="slurm")


def test_kills_change_no_byte_of_a_batch(tmp_path):
    scripts = tmp_path / "s.jsonl"
    crash.write_quick_scripts(scripts, 400)
    crash.crash(crash.quick_command, scripts, tmp_path, kills=5, seed=2, jobs=(1, 1, 2))


def test_kills_change_no_byte_of_tripos_mark(tmp_path):
    scripts = tmp_path / "s.csv"
    rows = "".join(f"c{i},{i % 4},{i % 7}\n" for i in range(400))
    scripts.write_text(f"candidate,s,t\n{rows}")
    (tmp_path / "paper.md").write_text(PAPER)
    crash.crash(crash.mark_command(tmp_path / "paper.md"), scripts, tmp_path, kills=2, jobs=(1,))
