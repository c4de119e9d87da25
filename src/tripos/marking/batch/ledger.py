"""The file that marks are appended to, so that a kill at any moment loses nothing and marks nothing twice."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ...paper.diagnostic import Fault
from ..scripts.collected import Scripts
from ..scripts.script import Script
from ..stored import mark_of, marks_in, replaced

MARKS, PART, RUN = "marks.jsonl", "marks.jsonl.part", "run.json"

CAUSES = {
    "paper": "the paper",
    "policy": "the policy of marking",
    "scripts": "the scripts",
    "against": "the marks to compare with",
    "tripos": "the version of Tripos",
}


class CannotMark(Exception):
    """Why a folder cannot take these marks, and what to do."""


class Ledger(NamedTuple):
    """The open file of marks and how many scripts it holds already; no file where all are marked."""

    file: BinaryIO | None
    done: int

    def append(self, lines: Sequence[str]) -> None:
        """Write lines, and return when they are safe on disk."""
        assert self.file is not None
        self.file.write("".join(lines).encode())
        self.file.flush()
        os.fsync(self.file.fileno())


@contextmanager
def ledger(folder: Path, hashes: Mapping[str, str], scripts: Scripts, *, force: bool) -> Iterator[Ledger]:
    """Open the marks in a folder to go on with them; raise CannotMark where they are of another run.

    When the block ends without an error, the marks are whole and get their name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder):
        _settle(folder, hashes, len(scripts), force=force)
        marks, part = folder / MARKS, folder / PART
        if marks.exists():
            yield Ledger(None, len(scripts))
            return
        with part.open("a+b") as file:
            done, size = whole_lines(file, scripts)
            file.truncate(size)
            yield Ledger(file, done)
            os.fsync(file.fileno())
        part.replace(marks)
        _sync(folder)


def whole_lines(file: BinaryIO, scripts: Iterable[Script]) -> tuple[int, int]:
    """Return how many lines at the start of a file are marks of the first scripts, and their bytes.

    What a kill or a loss of power has torn comes after them.
    """
    file.seek(0)
    done, size = 0, 0
    for script, line in zip(scripts, file, strict=False):
        try:
            mark = mark_of(line, Path(PART), done + 1)
        except Fault:
            break
        if not line.endswith(b"\n") or (mark.candidate, mark.version) != (script.candidate, script.version):
            break
        done, size = done + 1, size + len(line)
    return done, size


def _settle(folder: Path, hashes: Mapping[str, str], scripts: int, *, force: bool) -> None:
    """See to it that the folder holds nothing, or a part of this very run; raise CannotMark."""
    run = {"hashes": dict(sorted(hashes.items())), "scripts": scripts}
    path = folder / RUN
    known = _read(path)
    begun = known is not None or (folder / MARKS).exists() or (folder / PART).exists()
    if known == run and not force:
        return
    if begun and not force:
        differ = _differences(known, hashes) if known else "it does not say of which"
        raise CannotMark(
            f"{folder} holds marks of another run; {differ}\n"
            f"    help:     name another folder with -o; add --against {folder / MARKS} to see who changes; "
            "or mark anew here with --force"
        )
    if (folder / MARKS).exists() and (by := _people(folder / MARKS)):
        raise CannotMark(
            f"{folder / MARKS} holds marks by {by}, which --force would lose\n"
            f"    help:     name another folder with -o, and --against {folder / MARKS}, which keeps them"
        )
    for name in (MARKS, PART):
        (folder / name).unlink(missing_ok=True)
    with replaced(path) as file:
        json.dump(run, file, indent=2)
        file.write("\n")
    _sync(folder)


def _read(path: Path) -> dict[str, object] | None:
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def _differences(known: Mapping[str, object], hashes: Mapping[str, str]) -> str:
    """Return which of the hashes differ, in words."""
    before = known.get("hashes")
    before = before if isinstance(before, dict) else {}
    names = [name for name in (*CAUSES, *hashes) if before.get(name) != hashes.get(name)]
    changed = [CAUSES.get(name, name) for name in dict.fromkeys(names)]
    return f"changed since: {', '.join(changed)}" if changed else "its run.json is not whole"


def _people(path: Path) -> str:
    """Return who marked by hand in a file of marks."""
    markers = {blank.marker for mark in marks_in(path) for blank in mark.blanks} - {"machine"}
    return ", ".join(sorted(markers))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder while marks are written; raise CannotMark where another process does."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise CannotMark(
            f"another process is marking into {folder}; wait for it, or name another folder"
        ) from None
    finally:
        os.close(held)


def _sync(folder: Path) -> None:
    """See to it that the names in a folder are safe on disk."""
    if sys.platform != "win32":
        opened = os.open(folder, os.O_RDONLY)
        os.fsync(opened)
        os.close(opened)
