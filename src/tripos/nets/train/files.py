"""Data of the user's own: tables in CSV and arrays in NPZ, every fault told with its file and its line."""

from __future__ import annotations

import csv
import io
import math
import zipfile
from array import array
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .data import Data, DataError, check_classes

CSV_BYTES = 200_000_000
"""The largest table that is read as text; NPZ takes less room and less time."""
NPZ_BYTES = 4_000_000_000
"""The most bytes that the arrays of a file may take in memory."""
MOST_CLASSES = 100
"""Whole numbers are taken for classes unasked only up to this many."""
GAPS = frozenset({"", "na", "n/a", "nan", "null", "?", "-"})
"""What stands for a missing entry, in small letters."""


class Read(NamedTuple):
    """What a file holds: its data, the target last, and the names of the classes where they are words."""

    data: Data
    names: tuple[str, ...] = ()


class Cell(NamedTuple):
    """An entry of a table, and the line on which its row ends."""

    line: int
    text: str


# -- tables ----------------------------------------------------------------------------------------


def read_csv(path: Path, target: str | None = None, classes: int | None = None) -> Read:
    """Return a table with a header as columns x, n×features, and t.

    The column called ``target``, the last one unless given, holds words or numbers.  Words are classes, in
    alphabetical order; so are whole numbers that count from 0 and leave none out.  Other numbers are to be
    predicted, and t is n×1.  ``classes`` says how many classes there are, 0 for none.
    Entries are divided by commas, semicolons or tabs, whichever the first line has most of.

    Raises DataError with file and line.
    """
    text = _text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    divider = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True)
    try:
        return _table(path, reader, target, classes)
    except csv.Error as error:
        raise DataError(f"{path}:{reader.line_num}: this is no CSV: {error}; check its quotes") from None


def _text(path: Path) -> str:
    """Return the text of a table, or raise DataError where it is none."""
    try:
        size = path.stat().st_size
        if size > CSV_BYTES:
            raise DataError(
                f"{path}: {size / 1e6:,.0f} MB are too large for a table in text, of which at most "
                f"{CSV_BYTES / 1e6:,.0f} MB are read; save it once with numpy.savez(file, x=..., t=...)"
            )
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot read the data: {error.strerror}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path}:{line}: the byte {data[error.start]:#04x} is not UTF-8; save the table as CSV in UTF-8"
        ) from None


def _table(path: Path, reader: Any, target: str | None, classes: int | None) -> Read:
    header = _header(path, reader)
    at = _position(path, header, target, reader.line_num)
    features = [name for i, name in enumerate(header) if i != at]
    numbers, labels = array("d"), list[Cell]()
    for cells in reader:
        line = reader.line_num
        if not any(cell.strip() for cell in cells) and len(cells) < 2:
            continue
        if len(cells) != len(header):
            raise DataError(
                f"{path}:{line}: this row has {len(cells)} entries, but the header names {len(header)} "
                "columns; add what is missing, or put an entry that holds the divider in quotes"
            )
        labels.append(Cell(line, cells.pop(at).strip()))
        numbers.extend(_numbers(path, features, cells, line))
    if not labels:
        raise DataError(f"{path}:{reader.line_num}: there are no rows below the header; expected one or more")
    x = np.array(numbers).reshape(len(labels), len(features))
    t, count, names = _targets(path, header[at], labels, classes)
    return Read(Data({"x": x, "t": t}, count, str(path)), names)


def _header(path: Path, reader: Any) -> list[str]:
    """Return the names of the columns."""
    cells = next((row for row in reader if any(cell.strip() for cell in row)), None)
    if cells is None:
        raise DataError(f"{path}:1: the file is empty; expected names of columns, and rows below them")
    header, where = [cell.strip() for cell in cells], f"{path}:{reader.line_num}"
    if len(header) < 2:
        raise DataError(
            f"{where}: the header names one column, {header[0]!r}; expected at least an input and the "
            "target, divided by commas, semicolons or tabs"
        )
    if all(_parsed(name) is not None for name in header):
        raise DataError(f"{where}: expected names of columns, found numbers; add a header as the first line")
    for name, times in Counter(header).items():
        if not name:
            raise DataError(f"{where}: column {header.index('') + 1} has no name; name it in the header")
        if times > 1:
            raise DataError(f"{where}: {times} columns are called {name!r}; each needs a name of its own")
    return header


def _position(path: Path, header: Sequence[str], target: str | None, line: int = 1) -> int:
    """Return which column is the target."""
    if target is None:
        return len(header) - 1
    if target not in header:
        raise DataError(f"{path}:{line}: no column is called {target!r}; there are {', '.join(header)}")
    return list(header).index(target)


def _parsed(text: str) -> float | None:
    """Return a number, which may be infinite or undefined, or None where the text is none."""
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        return None


def _numbers(path: Path, names: Sequence[str], cells: Sequence[str], line: int) -> list[float]:
    """Return the numbers in a row, or raise DataError where there is something else."""
    try:
        row = [float(cell) for cell in cells]
    except ValueError:
        row = [math.nan]
    if math.isfinite(sum(row)) and "_" not in "".join(cells):  # almost always, and far quicker
        return row
    named = zip(names, cells, strict=True)
    return [_number(path, name, Cell(line, cell.strip())) for name, cell in named]


def _number(path: Path, name: str, cell: Cell) -> float:
    """Return the number in an entry, or raise DataError where there is no finite one."""
    value = _parsed(cell.text)
    if value is not None and math.isfinite(value):
        return value
    where = f"{path}:{cell.line}: the column {name!r}"
    if cell.text.lower() in GAPS:
        found = f"holds {cell.text!r}" if cell.text else "is empty"
        raise DataError(f"{where} {found}; leave out such rows, or fill the gaps, before training")
    if value is not None:
        raise DataError(f"{where} holds {cell.text!r}, which is no finite number")
    raise DataError(
        f"{where} holds the text {cell.text[:40]!r}, where a number was expected; leave the column out, or "
        "turn its words into columns of 0 and 1"
    )


# -- targets ---------------------------------------------------------------------------------------


def _targets(
    path: Path, name: str, labels: Sequence[Cell], classes: int | None
) -> tuple[NDArray[np.float64], int | None, tuple[str, ...]]:
    """Return the targets, how many classes they are of, and what these are called."""
    words = [cell for cell in labels if _parsed(cell.text) is None]
    if len(words) == len(labels) and not any(cell.text.lower() in GAPS for cell in labels):
        return _named(path, name, labels, classes)
    for cell in labels:  # text among numbers, or a gap
        _number(path, name, cell)
    t = np.array([float(cell.text) for cell in labels])
    if classes is None:
        classes = counted(t)
    if not classes:
        return t[:, None], None, ()
    wrong = (t != np.floor(t)) | (t < 0) | (t >= classes)
    if np.any(wrong):
        line, text = labels[int(np.argmax(wrong))]
        raise DataError(
            f"{path}:{line}: the column {name!r} holds {text}, which is no class; classes are whole numbers "
            f"from 0 to {classes - 1}"
        )
    return t, classes, ()


def _named(
    path: Path, name: str, labels: Sequence[Cell], classes: int | None
) -> tuple[NDArray[np.float64], int, tuple[str, ...]]:
    """Return words as classes, in alphabetical order."""
    names = sorted({cell.text for cell in labels})
    where = f"{path}:{labels[0].line}: the target {name!r} holds {len(names)} different words"
    if len(names) < 2:
        raise DataError(f"{where}; there must be two classes or more")
    if len(names) > MOST_CLASSES or len(names) == len(labels):
        raise DataError(
            f"{where} in {len(labels)} rows, which are no classes; name the column to predict as the target"
        )
    if classes is not None and classes != len(names):
        raise DataError(f"{where}, but {classes} classes were expected")
    index = {word: i for i, word in enumerate(names)}
    return np.array([float(index[cell.text]) for cell in labels]), len(names), tuple(names)


def counted(t: NDArray[np.float64]) -> int | None:
    """Return how many classes whole numbers count, from 0 and none left out; None where they do not."""
    found = np.unique(t)
    fits = 2 <= len(found) <= min(MOST_CLASSES, len(t) // 2) and np.array_equal(found, np.arange(len(found)))
    return len(found) if fits else None


# -- arrays ----------------------------------------------------------------------------------------


def read_npz(path: Path, target: str | None = None, classes: int | None = None) -> Read:
    """Return the arrays of a file under their names, the one called ``target`` last.

    The target is the last array unless given.  It holds classes under the same rule as in ``read_csv``; a
    vector that does not becomes n×1.  Rows are counted by the first axis of each array, from 0.

    Raises DataError with file, array and row.
    """
    arrays = _arrays(path)
    for name, value in arrays.items():
        if value.dtype.kind not in "biuf":
            raise DataError(f"{path}: the array {name!r} holds {value.dtype}, where numbers were expected")
    key = list(arrays)[_position(path, list(arrays), target)]
    arrays[key] = t = arrays.pop(key)  # the target last
    data = Data(arrays, None, str(path))
    if classes is None:
        classes = counted(data.columns[key]) if t.ndim == 1 else None
    if classes:
        check_classes(data.columns[key], classes, str(path), key)
    elif t.ndim == 1:
        data = Data(arrays | {key: t[:, None]}, None, str(path))
    return Read(Data(data.columns, classes or None, str(path)))


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return what a file holds, or raise DataError where it cannot be read."""
    try:
        with zipfile.ZipFile(path) as file:
            size = sum(entry.file_size for entry in file.infolist())
        if size > NPZ_BYTES:
            raise DataError(
                f"{path}: its arrays are too large, {size / 1e9:,.1f} GB of at most "
                f"{NPZ_BYTES / 1e9:,.0f} GB; save fewer rows, or several files"
            )
        with np.load(path, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
    except DataError:
        raise
    except OSError as error:
        raise DataError(f"{path}: cannot read the data: {error.strerror or error}") from None
    except Exception as error:  # the file may be broken in any way, and NumPy raises what it likes
        told = "it holds objects" if "pickle" in str(error) else "it is no NPZ file, or a broken one"
        raise DataError(f"{path}: {told}; save it with numpy.savez(file, x=..., t=...)") from None
    if len(arrays) < 2 or not all(isinstance(value, np.ndarray) for value in arrays.values()):
        raise DataError(
            f"{path}: expected at least two arrays, inputs and targets, found {', '.join(arrays) or 'none'}"
        )
    return arrays
