"""Runs a candidate's function on inputs, inside the sandbox, and reports what it returns as plain data.

This file is a program of its own: it knows no key, imports nothing of Tripos, and needs the standard library
and NumPy.  Its standard input is one JSON object: the code, the name of the function, the inputs of every
call, and the limits to put on itself.  It writes JSON lines to the descriptor that it is given: ``ready``
before any of the candidate's code runs, then one line a call.  The candidate's code shares this process and
may do here whatever it likes: all that it can forge are values, which are then compared elsewhere.
"""

from __future__ import annotations

import base64
import json
import math
import os
import resource
import sys
from typing import Any

ANSWER = "answer.py"
"""What tracebacks call the candidate's code."""

MAX_TEXT = 400
"""Longest message about an error, in characters."""


def main() -> None:
    """Read the job, run it, and leave without running anything that the candidate registered."""
    leave, write, channel = os._exit, os.write, int(sys.argv[1])
    with open(0, encoding="utf-8") as stdin:
        job = json.load(stdin)
    for name, most in job["limits"].items():
        number = getattr(resource, f"RLIMIT_{name}")
        resource.setrlimit(number, (most, most))
    sys.path.append(job["packages"])
    import numpy as np

    encode, numbers = json.dumps, Numbers(np, job["largest"])

    def send(line: dict[str, Any]) -> None:
        data = encode(line).encode() + b"\n"
        while data:
            data = data[write(channel, data) :]

    try:
        send({"ready": np.__version__})
        for line in lines(job, np, numbers):
            send(line)
    finally:
        leave(0)


class NotNumbers(Exception):
    """Something was returned that is not made of numbers."""


class Numbers:
    """Turns what a function returned into plain data, with what NumPy was before the candidate's code ran."""

    def __init__(self, np: Any, largest: int):
        self.asarray, self.array, self.float64, self.largest = np.asarray, np.array, np.float64, largest
        self.encode = base64.b64encode

    def __call__(self, value: Any) -> dict[str, Any]:
        """Return the shape and the float64 bytes of a value; raise NotNumbers where it has none."""
        if value is None:
            raise NotNumbers("the function returned nothing; it may lack a return")
        try:
            array = self.asarray(value)
            if array.dtype.kind == "O":
                array = array.astype(self.float64)
        except (TypeError, ValueError, OverflowError) as error:
            if type(value) in (list, tuple):
                raise NotNumbers(f"the function returned rows that make no array: {error}") from None
            raise NotNumbers(f"the function returned {_named(value)}, not numbers") from None
        if array.dtype.kind not in "biuf":
            raise NotNumbers(f"the function returned {_named(value)}, not real numbers")
        if array.size > self.largest:
            raise NotNumbers(f"the function returned {array.size} numbers, far more than were asked for")
        data = self.array(array, dtype=self.float64, order="C", subok=False)
        return {"shape": list(data.shape), "data": self.encode(data.tobytes()).decode()}


def lines(job: dict[str, Any], np: Any, numbers: Numbers) -> Any:
    """Yield what came of each call, in order; the first error is the last line."""
    names: dict[str, Any] = {"__name__": "answer", "np": np, "numpy": np, "math": math}
    try:
        exec(compile(job["code"], ANSWER, "exec", dont_inherit=True), names)
        function = names[job["function"]]
    except BaseException as error:
        yield {"error": _told(error), "line": _line(error)}
        return
    for number, case in enumerate(job["cases"]):
        try:
            yield {"case": number, **numbers(function(*(_read(value, np) for value in case)))}
        except BaseException as error:
            yield {"case": number, "error": _told(error), "line": _line(error)}
            return


def _read(value: Any, np: Any) -> Any:
    """Return an input: a whole number, a float written in hexadecimal, or an array."""
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        return float.fromhex(value)
    flat = [float.fromhex(entry) for entry in value["data"]]
    return np.array(flat, dtype=np.float64).reshape(value["shape"])


def _named(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"[:80]


def _told(error: BaseException) -> str:
    """Return what an error says; the candidate's own errors may fail even at that."""
    name = type(error).__name__[:80]
    try:
        text = str(error)[:MAX_TEXT]
    except BaseException:
        text = ""
    if isinstance(error, NotNumbers):
        return text
    return f"{name}: {text}" if text else name


def _line(error: BaseException) -> int | None:
    """Return the line of the candidate's code at which an error arose, None where it arose elsewhere."""
    found, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == ANSWER:
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


if __name__ == "__main__":
    main()
