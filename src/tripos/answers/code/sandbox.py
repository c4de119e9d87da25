"""Runs a candidate's Python function under bubblewrap, in a process that sees nothing and can change nothing.

Inside there are Python, NumPy, the system's shared libraries and the judge, all read-only: no network, no
``/proc``, no ``/dev``, no home, no paper, no environment; other namespaces for processes, users and names; a
filter of system calls that lets no process or thread be started; limits on time, memory, files and output.
What comes back is read with care: it is the candidate's word, never a verdict.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import os
import selectors
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import which
from typing import IO, Any, Literal

import numpy as np
import numpy.typing as npt

from .seccomp import MACHINES, filter_program

Array = npt.NDArray[np.float64]

JUDGE = Path(__file__).with_name("judge.py")
INSTALL = "bubblewrap is not installed (on Debian and Ubuntu: apt install bubblewrap)"

MAX_VALUE = 10_000
"""Most numbers that a function may return."""

MAX_RESULTS = 8_000_000
"""Most bytes of results that are read."""

MAX_PRINTED = 1_000_000
"""Most bytes that a function may print before it is stopped."""

LATE = "it took too long"

KEPT = 1000
"""How many characters of what was printed are kept."""


@dataclass(frozen=True)
class Limits:
    """What a candidate's function may use: seconds of processor and of clock, and bytes of memory.

    The clock stops code that waits; it is set far beyond the processor's time, for the machine may be busy.
    """

    processor: int = 5
    clock: float = 30.0
    memory: int = 1 << 30

    def as_json(self) -> dict[str, int]:
        """Return the limits by the names of the kernel; nothing may be written to files or be started."""
        return {
            "CPU": self.processor,
            "AS": self.memory,
            "CORE": 0,
            "FSIZE": 0,
            "MEMLOCK": 0,
            "NOFILE": 32,
            "NPROC": 0,
        }


LIMITS = Limits()


@dataclass(frozen=True)
class Run:
    """What came of running a function.

    ``outcome`` is "done" with one array for each call in ``values``; "failed", by the code's own fault, with
    what was returned before that; or "unavailable", where there was no sandbox to run it in.  ``reason`` says
    why not "done", ``printed`` holds the first of what the code printed; both are plain printable text.
    """

    outcome: Literal["done", "failed", "unavailable"]
    reason: str = ""
    values: tuple[Array, ...] = ()
    printed: str = ""


def available() -> str:
    """Return why no sandbox can be had here, nothing where one can: one is started, once in a process."""
    return _tried(_bubblewrap())


@cache
def _tried(bubblewrap: str | None) -> str:
    found = run("def one():\n    return 1\n", "one", [()])
    return "" if found.outcome == "done" else found.reason


def _bubblewrap() -> str | None:
    return which("bwrap")


def run(code: str, function: str, cases: Sequence[Sequence[Any]], limits: Limits = LIMITS) -> Run:
    """Return what a function gives for each case: its arguments, which are whole numbers, floats, arrays."""
    bubblewrap = _bubblewrap()
    if not sys.platform.startswith("linux"):
        return Run("unavailable", "code is run on Linux only, under bubblewrap")
    machine = os.uname().machine
    if machine not in MACHINES:
        return Run("unavailable", f"the system calls of {machine} are not known, so that none can be refused")
    if bubblewrap is None:
        return Run("unavailable", INSTALL)
    job = {
        "code": code,
        "function": function,
        "cases": [[_plain(value) for value in case] for case in cases],
        "limits": limits.as_json(),
        "largest": MAX_VALUE,
        "packages": "/packages",
    }
    try:
        return _run(bubblewrap, json.dumps(job).encode(), len(cases), limits)
    except OSError as error:
        return Run("unavailable", f"the sandbox could not be started: {_clean(str(error))}")


def _plain(value: Any) -> Any:
    """Return an argument as JSON holds it, to the last bit."""
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value.hex()
    return {"shape": list(value.shape), "data": [float(entry).hex() for entry in value.ravel()]}


# -- the box -------------------------------------------------------------------------------------


@cache
def _box() -> tuple[str, ...]:
    """Return the arguments that make the box: its namespaces and all that can be seen in it."""
    python, library = Path(sys.executable).resolve(), Path(sysconfig.get_path("stdlib")).resolve()
    home = Path("/python") / sys.platlibdir / library.name
    seen = [(python, Path("/python/bin/python3")), (library, home), (JUDGE, Path("/judge.py"))]
    folder = sysconfig.get_config_var("LIBDIR")
    if folder:
        seen += [(file, Path("/python/lib") / file.name) for file in Path(folder).glob("libpython3*.so*")]
    package = Path(np.__file__).resolve().parent
    for part in (package, package.with_name("numpy.libs")):
        if part.is_dir():
            seen.append((part, Path("/packages") / part.name))
    arguments = (
        "--unshare-all --unshare-user --uid 65534 --gid 65534 --hostname sandbox --cap-drop ALL".split()
    )
    arguments += "--die-with-parent --new-session --clearenv --setenv LANG C.UTF-8".split()
    arguments += "--setenv LD_LIBRARY_PATH /python/lib --setenv OPENBLAS_NUM_THREADS 1".split()
    for system in ("/usr/lib", "/usr/lib64"):
        if Path(system).is_dir():
            arguments += ["--ro-bind", system, system]
    for link in ("/lib", "/lib64"):
        if Path(link).is_symlink():
            arguments += ["--symlink", str(Path(link).readlink()), link]
        elif Path(link).is_dir():
            arguments += ["--ro-bind", link, link]
    if not package.with_name("numpy.libs").is_dir():  # the system's NumPy, whose BLAS is chosen there
        arguments += ["--ro-bind-try", "/etc/alternatives", "/etc/alternatives"]
    for source, target in seen:
        arguments += ["--ro-bind", str(source), str(target)]
    if (library / "site-packages").is_dir():
        arguments += ["--tmpfs", str(home / "site-packages"), "--remount-ro", str(home / "site-packages")]
    arguments += "--tmpfs /work --chdir /work --remount-ro /work --remount-ro /".split()
    return tuple(arguments)


def _run(bubblewrap: str, job: bytes, calls: int, limits: Limits) -> Run:
    """Run a job in a new box and return what came of it; whatever happens, nothing of it is left behind."""
    with ExitStack() as stack:
        stdin, rules = (stack.enter_context(_in_memory(data)) for data in (job, filter_program()))
        results, theirs = os.pipe()
        ends: dict[str, IO[bytes]] = {"results": stack.enter_context(os.fdopen(results, "rb", buffering=0))}
        with os.fdopen(theirs, "wb", buffering=0) as other_end:
            command = [bubblewrap, *_box(), "--seccomp", str(rules.fileno())]
            command += ["/python/bin/python3", "-I", "-S", "-B", "-u", "/judge.py", str(other_end.fileno())]
            started = time.monotonic()
            process = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                env={},
                pass_fds=(rules.fileno(), other_end.fileno()),
                start_new_session=True,
            )
        try:
            assert process.stdout is not None  # it was asked for
            ends["printed"] = stack.enter_context(process.stdout)
            deadline = started + limits.clock
            received, stopped = _receive(ends, deadline)
            if not stopped:
                try:
                    process.wait(max(deadline - time.monotonic(), 0))
                except subprocess.TimeoutExpired:
                    stopped = LATE
        finally:
            # Killing bubblewrap ends all that is inside: it is the parent with which they die.
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            status = process.wait()
    spent = time.monotonic() - started >= limits.processor
    return _outcome(received, stopped or _ending(status, spent, limits), calls, limits)


def _in_memory(data: bytes) -> Any:
    """Return an open file that holds data and has no name."""
    file = os.fdopen(os.memfd_create("sandbox"), "wb+", buffering=0)
    file.write(data)
    file.seek(0)
    return file


def _receive(ends: dict[str, IO[bytes]], deadline: float) -> tuple[dict[str, bytes], str]:
    """Return what comes out of pipes until they close, and why reading stopped before that."""
    most = {"results": MAX_RESULTS, "printed": MAX_PRINTED}
    received: dict[str, bytearray] = {name: bytearray() for name in ends}
    stopped = ""
    with selectors.DefaultSelector() as selector:
        for name, end in ends.items():
            selector.register(end, selectors.EVENT_READ, name)
        while selector.get_map() and not stopped:
            left = deadline - time.monotonic()
            if left <= 0:
                stopped = LATE
            for key, _ in selector.select(max(left, 0)):
                data = os.read(key.fd, 1 << 16)
                received[key.data] += data
                if not data:
                    selector.unregister(key.fileobj)
                elif len(received[key.data]) > most[key.data]:
                    stopped = f"it put out more than {most[key.data]:,} bytes"
    return {name: bytes(data) for name, data in received.items()}, stopped


# -- what comes back -----------------------------------------------------------------------------


def _outcome(received: dict[str, bytes], ending: str, calls: int, limits: Limits) -> Run:
    printed = _clean(received["printed"][: 4 * KEPT].decode(errors="replace"))[:KEPT]
    lines = received["results"].split(b"\n")
    if not _object(lines[0]).get("ready"):
        return Run("unavailable", f"the sandbox did not start: {printed or ending}")
    values: list[Array] = []
    for entry in _checked(lines[1:], calls):
        if isinstance(entry, str):
            return Run("failed", entry, tuple(values), printed)
        values.append(entry)
    if len(values) == calls:
        return Run("done", "", tuple(values), printed)
    reason = f"it took longer than {limits.clock:g} s" if ending == LATE else ending
    return Run("failed", reason, tuple(values), printed)


def _ending(status: int, spent: bool, limits: Limits) -> str:
    """Return why a process that was not stopped from here ended early, from its exit status."""
    number = -status if status < 0 else status - 128
    if number == signal.SIGKILL:
        return f"it took more than {limits.processor} s of processor time" if spent else "it was killed"
    if number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS):
        return "it crashed Python: perhaps a recursion without end"
    return "it ended before the function had returned"


def _checked(lines: Sequence[bytes], calls: int) -> Iterator[Array | str]:
    """Yield the value of each call in order, or, as the last, what went wrong."""
    for number in range(calls):
        line = _object(lines[number]) if number < len(lines) else {}
        if "error" in line:
            at = line.get("line")
            where = f"line {at}: " if isinstance(at, int) and 0 < at < 10**6 else ""
            yield where + _clean(str(line["error"]))[:500]
            return
        value = _array(line) if line.get("case") == number else None
        if value is None:
            return
        yield value


def _object(line: bytes) -> dict[str, Any]:
    """Return a line of JSON that is an object, an empty one for anything else."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _array(line: dict[str, Any]) -> Array | None:
    shape, data = line.get("shape"), line.get("data")
    if not isinstance(shape, list) or not isinstance(data, str) or len(shape) > 32:
        return None
    if not all(type(n) is int and 0 <= n <= MAX_VALUE for n in shape) or math.prod(shape) > MAX_VALUE:
        return None
    try:
        raw = base64.b64decode(data, validate=True)
    except (ValueError, binascii.Error):
        return None
    if len(raw) != 8 * math.prod(shape):
        return None
    return np.frombuffer(raw, dtype=np.float64).reshape(shape)


def _clean(text: str) -> str:
    """Return text that is safe to print: without control characters, which could steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text).strip()
