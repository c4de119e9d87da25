"""Marks as they lie in files: read one by one, and files that are there whole or not at all."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TextIO

from ..paper.diagnostic import Diagnostic, Fault
from .result import Mark, mark_from_json


def marks_in(path: Path) -> Iterator[Mark]:
    """Yield the marks in a file of JSON lines, in order; raise Fault for what is none."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                yield mark_of(line, path, number)
    except OSError as error:
        message = f"the marks cannot be read: {error.strerror}"
        help = "name the file marks.jsonl that tripos mark wrote"
        raise Fault(Diagnostic("error", str(path), 1, message, help=help)) from None


def mark_of(line: bytes, path: Path, number: int) -> Mark:
    """Return the marks on a line; raise Fault."""
    try:
        return mark_from_json(json.loads(line))
    except (ValueError, KeyError, TypeError, RecursionError, ZeroDivisionError):
        found, expected = repr(line[:60].decode(errors="replace")), "a line that tripos mark wrote"
        help = "name the file marks.jsonl of a folder of marks"
        fault = Diagnostic("error", str(path), number, "the line holds no marks", found, expected, help)
        raise Fault(fault) from None


def mark_line(mark: Mark) -> str:
    """Return the marks as a line of JSON; the same marks give the same bytes."""
    return json.dumps(mark.as_json(), sort_keys=True, ensure_ascii=False) + "\n"


@contextmanager
def replaced(path: Path) -> Iterator[TextIO]:
    """Open a text file that takes the place of ``path`` when it is closed without an error."""
    beside = path.with_name(f".{path.name}.part")
    with beside.open("w", encoding="utf-8", newline="") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def write_marks_csv(marks: Path, blanks: Sequence[str], path: Path) -> None:
    """Write a row a candidate: points, of, waiting, and the points of each blank; waiting ones are empty."""
    with replaced(path) as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["candidate", "version", "points", "of", "waiting", *blanks])
        for mark in marks_in(marks):
            points = {blank.blank: blank.points for blank in mark.blanks}
            row = [decimal(mark.points), decimal(mark.of), decimal(mark.waiting)]
            cells = [decimal(points.get(blank)) for blank in blanks]
            rows.writerow([mark.candidate, mark.version, *row, *cells])


def decimal(points: Fraction | None) -> str:
    """Return points as spreadsheets read them: 3/2 as 1.5, and 1/3 to six places."""
    if points is None:
        return ""
    return f"{float(points):.6f}".rstrip("0").rstrip(".")
