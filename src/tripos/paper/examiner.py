"""Works a paper in another process, which is stopped when a question takes too long or too much.

The other process is this module run as a program: it takes units on standard input and sends back, as
pickles, the line of each heading that it begins to work and what came of each unit.  It begins to load
while the paper is still being read.
"""

from __future__ import annotations

import contextlib
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from .diagnostic import Diagnostic

if TYPE_CHECKING:
    from .model import Unit
    from .report import Worked

GRACE = 2.0
"""Seconds that the process has to stop a question by itself before it is killed."""

STARTUP = 60.0
"""Seconds that the process may take to load."""

MEMORY = 2 * 1024**3
"""Bytes that the questions may use beyond what the process has when it has loaded."""


class Examiner:
    """A process that works units; use it as a context manager."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.replies: queue.Queue[Any] = queue.Queue()
        self.ready = False

    def __enter__(self) -> Examiner:
        if _waiting:
            early = _waiting.pop()
            self.process, self.replies, self.ready = early.process, early.replies, early.ready
        else:
            self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start a process; it loads while the caller goes on."""
        self.replies, self.ready = queue.Queue(), False
        self.process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        threading.Thread(target=_collect, args=(self.process.stdout, self.replies), daemon=True).start()

    def stop(self) -> None:
        """Stop the process, whatever it is doing."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for stream in (self.process.stdin, self.process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
            self.process = None

    def work(
        self,
        units: Sequence[Unit],
        path: str,
        conventions: Mapping[str, str],
        seconds: float,
        *,
        slips: bool = False,
    ) -> Iterator[Worked]:
        """Yield what came of each unit, in order; a unit that had to be stopped yields its finding.

        With ``slips``, those that the keys cannot tell apart are noted.
        """
        from .report import Worked

        done = 0
        while done < len(units):
            if self.process is None:
                self.start()
            trouble = self._send((units[done:], path, conventions, seconds, slips))
            line = units[done].question.line
            while not trouble and done < len(units):
                reply = self._receive(seconds + GRACE)
                if isinstance(reply, int):  # the heading that is worked now
                    line = reply
                elif isinstance(reply, Worked):
                    yield reply
                    done += 1
                else:
                    trouble = reply.format(seconds=f"{seconds:g}")
            if trouble:
                help = "; ".join(_REMEDIES) if self.ready else "see that Tripos is installed as a whole"
                self.stop()
                yield Worked([], [Diagnostic("error", path, line, trouble, help=help)])
                done += 1

    def _send(self, message: Any) -> str:
        if not self.ready and self._receive(STARTUP) != "ready":
            return "the process that works questions did not start"
        self.ready = True
        assert self.process is not None
        assert self.process.stdin is not None
        try:
            pickle.dump(message, self.process.stdin)
            self.process.stdin.flush()
        except (OSError, pickle.PicklingError, RecursionError) as error:
            return f"the paper could not be handed over: {error}"
        return ""

    def _receive(self, seconds: float) -> Any:
        try:
            reply = self.replies.get(timeout=seconds)
        except queue.Empty:
            return "the question took longer than {seconds} s and was stopped"
        return "the question brought its process down, most likely out of memory" if reply is None else reply


_waiting: list[Examiner] = []


def start_early() -> None:
    """Start a process for the next examiner, which then need not wait for it to load."""
    examiner = Examiner()
    examiner.start()
    _waiting.append(examiner)


_REMEDIES = (
    "look for a loop that does not end or a huge power",
    "raise --timeout if the working needs the time",
)


def _collect(stream: BinaryIO, replies: queue.Queue[Any]) -> None:
    """Put what the process sends into a queue; None at its end."""
    try:
        while True:
            replies.put(pickle.load(stream))
    except (EOFError, OSError, pickle.UnpicklingError, ValueError):
        replies.put(None)


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource
        from pathlib import Path

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main() -> None:
    """Be the other process: load, say so, then work what comes in."""
    from .unit import work_unit

    out = sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing else may write to the pipe
    _limit_memory()

    def send(message: Any) -> None:
        pickle.dump(message, out)
        out.flush()

    send("ready")
    with contextlib.suppress(EOFError):
        while True:
            units, path, conventions, seconds, slips = pickle.load(sys.stdin.buffer)
            extra: dict[str, Any] = {}
            if slips:
                from .collisions import note_collisions

                extra = {"keep": note_collisions}
            for unit in units:
                send(work_unit(unit, path, conventions, seconds=seconds, begin=send, **extra))


if __name__ == "__main__":
    main()
