"""Many scripts marked: on all cores or a cluster, in order, and to be gone on with after a kill."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from ..result import BlankMark, Mark
from ..scripts.collected import Scripts
from ..scripts.script import Script
from ..stored import mark_line
from .cluster import HERE, backend_of
from .ledger import MARKS, CannotMark, ledger
from .remark import OldMarks, keep_manual

Marker = Callable[[Script], Mark]
"""Marks one script."""

CHUNK = 50
"""Scripts that a process marks at a time; then they are safe on disk."""

WAVE = 8
"""Tasks for each process at a time, where a cluster gives nothing back before all are done."""

Task = list[tuple[Script, tuple[BlankMark, ...]]]
"""Scripts, and what people decided about their blanks before."""


class Batch(NamedTuple):
    """Where the marks lie, of how many scripts, and how many of them were there before."""

    marks: Path
    scripts: int
    before: int


def mark_batch(
    scripts: Scripts,
    out: Path,
    make: Callable[[], Marker],
    hashes: Mapping[str, str],
    *,
    jobs: int = 1,
    backend: str = HERE[0],
    address: str = "",
    old: OldMarks | None = None,
    force: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Batch:
    """Mark scripts into a folder and return where; go on where an earlier call was killed.

    ``make`` returns the marker, once in each process; it is pickled.  ``hashes`` name what the marks rest
    on: marks of other hashes in the folder raise CannotMark, unless ``force`` drops them.  Marks that people
    made in ``old`` are kept.  ``backend`` and ``address`` name a cluster.  ``progress`` is told how many
    scripts are marked.
    """
    hashes = {**hashes, "scripts": scripts.hash(), **({"against": old.hash} if old else {})}
    key = repr(sorted(hashes.items()))
    with ledger(out, hashes, scripts, force=force) as book:
        done = book.done
        progress(done)
        if book.file is not None:
            tasks = _tasks(scripts.since(done), old)
            for lines in _marked(tasks, key, make, jobs, backend, address):
                book.append(lines)
                done += len(lines)
                progress(done)
    return Batch(out / MARKS, len(scripts), book.done)


def _tasks(scripts: Iterator[Script], old: OldMarks | None) -> Iterator[Task]:
    while chunk := [(each, old.manual(each) if old else ()) for each in islice(scripts, CHUNK)]:
        yield chunk


def _marked(
    tasks: Iterator[Task], key: str, make: Callable[[], Marker], jobs: int, backend: str, address: str
) -> Iterator[list[str]]:
    """Yield the lines of marks, task by task, in order."""
    if jobs == 1 and backend in HERE:
        yield from (mark_task(key, make, task) for task in tasks)
        return
    import joblib
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    with ExitStack() as stack:
        settings = backend_of(backend, address)
        if settings["backend"] == "loky":
            settings |= {"initializer": _end_with, "initargs": (os.getpid(),)}
        stack.enter_context(joblib.parallel_config(**settings, n_jobs=jobs))
        below = joblib.delayed(mark_task)
        streams = settings["backend"] != "ray"  # which gives nothing back before all is done
        parallel = joblib.Parallel(
            return_as="generator" if streams else "list",
            batch_size=1,
            pre_dispatch="2 * n_jobs",
            max_nbytes=None,
        )
        try:
            for wave in [tasks] if streams else _waves(tasks, WAVE * jobs):
                yield from parallel(below(key, make, task) for task in wave)
        except TerminatedWorkerError:
            raise CannotMark(
                "a process that marks was killed, perhaps for want of memory; the marks so far are safe\n"
                "    help:     go on with the same command and fewer --jobs"
            ) from None


def _waves(tasks: Iterator[Task], size: int) -> Iterator[Iterable[Task]]:
    while wave := list(islice(tasks, size)):
        yield wave


_markers: dict[str, Marker] = {}


def mark_task(key: str, make: Callable[[], Marker], task: Task) -> list[str]:
    """Return the lines of the marks of a few scripts; the marker of a run is made once in a process."""
    if key not in _markers:
        _markers.clear()
        _markers[key] = make()
    marker = _markers[key]
    return [mark_line(keep_manual(marker(script), manual)) for script, manual in task]


def _end_with(parent: int) -> None:
    """End this process when its parent is gone; left alone, processes of loky wait for ever."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(1)

    Thread(target=watch, daemon=True).start()
