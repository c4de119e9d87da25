"""Kills marking with SIGKILL at random moments, goes on, and compares the bytes with an undisturbed run.

python tests/marking/crash.py 50            the command tripos mark, killed 50 times
python tests/marking/crash.py 50 quick      the batch alone, with a marker that takes a millisecond a script
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAPER = HERE.parent.parent / "papers" / "final-2022.md"
FILES = ("marks.jsonl", "run.json", "marks.csv", "statistics.json", "statistics.csv")

QUICK = """
import sys
from functools import partial
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from marking import quick
from tripos.marking.batch.batch import mark_batch
from tripos.marking.scripts.collected import read_scripts
make = partial(quick.make, seconds=0.001)
with read_scripts(Path(sys.argv[2])) as scripts:
    mark_batch(scripts, Path(sys.argv[3]), make, quick.HASHES, jobs=int(sys.argv[4]))
"""


def quick_command(scripts, out, jobs):
    return [sys.executable, "-c", QUICK, str(HERE.parent), str(scripts), str(out), str(jobs)]


def mark_command(paper):
    def command(scripts, out, jobs):
        mark = [sys.executable, "-m", "tripos", "mark", str(paper), str(scripts)]
        return [*mark, "-o", str(out), "--jobs", str(jobs), "--no-reports"]

    return command


def write_quick_scripts(path, number, seed=1):
    draw = random.Random(seed)
    with path.open("w", encoding="utf-8") as file:
        for i in range(number):
            answers = {
                name: draw.choice(["right", "?", "x: bias forgotten", ""]) for name in ("forward/z", "lstm")
            }
            file.write(json.dumps({"candidate": f"c{i}", "answers": answers}) + "\n")


def write_real_scripts(path, number, seed=1):
    """Write scripts of the paper: each candidate takes every answer from one of those who really answered."""
    answers = {}
    for line in (PAPER.parent / "scripts" / "final-2022.jsonl").read_text(encoding="utf-8").splitlines():
        data = json.loads(line)
        answers.setdefault(data["blank"], []).append(data["answer"])
    draw = random.Random(seed)
    with path.open("w", encoding="utf-8") as file:
        for i in range(number):
            chosen = {blank: draw.choice(given) for blank, given in answers.items()}
            file.write(json.dumps({"candidate": f"c{i}", "version": "A", "answers": chosen}) + "\n")


def start(command):
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def finished(command):
    """Run a command to its end; return how long it took, and fail with what it said."""
    began = time.monotonic()
    process = start(command)
    _, said = process.communicate(timeout=600)
    assert process.returncode == 0, said
    return time.monotonic() - began


def killed(command, out, seconds, lines, everyone):
    """Run a command for a while, or until it has written so many lines; kill it, or it and all its workers.

    Returns whether it was still running.
    """
    process = start(command)
    until = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < until and lines_in(out) < lines:
        time.sleep(0.002)
    if process.poll() is None:
        (os.killpg if everyone else os.kill)(process.pid, signal.SIGKILL)
    process.communicate()
    if process.returncode != 0:
        assert process.returncode == -signal.SIGKILL, process.returncode
        wait_for_the_end(process.pid)
    return process.returncode != 0


def wait_for_the_end(group, seconds=20):
    """Wait until no process of a group is left: workers notice that whoever gave them work is gone."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    os.killpg(group, signal.SIGKILL)
    raise AssertionError(f"workers outlived their parent by {seconds} s")


def lines_in(out):
    for name in ("marks.jsonl.part", "marks.jsonl"):
        try:
            return (out / name).read_bytes().count(b"\n")
        except FileNotFoundError:  # it may be given its last name at any moment
            continue
    return 0


def contents(out):
    return {name: (out / name).read_bytes() for name in FILES if (out / name).exists()}


def crash(command, scripts, folder, kills, seed=0, jobs=(1, 2), say=lambda text: None):
    """Kill and go on until so many kills have been survived; return how many runs came to their end."""
    draw = random.Random(seed)
    undisturbed = folder / "undisturbed"
    took = finished(command(scripts, undisturbed, jobs[-1]))
    expected, total = contents(undisturbed), lines_in(undisturbed)
    say(f"undisturbed: {total} scripts in {took:.1f} s")
    done = runs = 0
    while done < kills:
        runs += 1
        out = folder / "killed"
        shutil.rmtree(out, ignore_errors=True)
        moments = []
        while done < kills and len(moments) < 5:
            seconds, lines = draw.uniform(0, took), total + 1
            if (before := lines_in(out)) < total and draw.random() < 0.7:
                seconds, lines = took, draw.randint(before + 1, total)
            if not killed(command(scripts, out, draw.choice(jobs)), out, seconds, lines, draw.random() < 0.5):
                break
            done += 1
            moments.append(lines_in(out))
        finished(command(scripts, out, draw.choice(jobs)))
        same = contents(out) == expected
        say(f"run {runs}: killed {len(moments)} times, with marks on disk: {moments}; same bytes: {same}")
        assert same
    return runs


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    quick = sys.argv[2:] == ["quick"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scripts = folder / "scripts.jsonl"
        (write_quick_scripts if quick else write_real_scripts)(scripts, 300)
        runs = crash(quick_command if quick else mark_command(PAPER), scripts, folder, kills, say=print)
    print(f"{kills} kills, {runs} runs, all of the same bytes as the undisturbed one")


if __name__ == "__main__":
    main()
