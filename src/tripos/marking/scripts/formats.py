"""The formats of scripts: JSON lines, CSV, or a folder with a file a candidate; a bad line loses no other."""

from __future__ import annotations

import codecs
import csv
import json
from collections import deque
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from ...paper.diagnostic import Diagnostic, nearest
from .prose import prose_answers

LONGEST = 4_000_000
"""Characters that an answer in a CSV file may have; more is a quotation mark that nobody closed."""

SUFFIXES = (".csv", ".json", ".jsonl", ".md", ".ndjson", ".tsv", ".txt")
"""What files of scripts are called."""

FIELDS = ("candidate", "version", "blank", "answer", "answers")


class Entry(NamedTuple):
    """Some answers of one candidate, and the place where they were found."""

    candidate: str
    version: str
    answers: tuple[tuple[str, str], ...]
    path: str
    line: int


class Bad(Exception):
    """What is wrong with a line: what was found, what was expected and what to do."""

    def __init__(self, message: str, found: str = "", expected: str = "", remedy: str = ""):
        self.detail = {"found": found, "expected": expected, "help": remedy}
        super().__init__(message)

    def at(self, path: Path, line: int) -> Diagnostic:
        """Return the finding for a line."""
        return Diagnostic("error", str(path), line, str(self), **self.detail)


Found = Iterator[Entry | Diagnostic]


def entries(path: Path) -> Found:
    """Yield the answers in a file or a folder, and findings about what cannot be read, in order."""
    if not path.is_dir():
        yield from _file(path, owner="")
        return
    for file in sorted(path.iterdir()):
        if file.suffix.lower() in SUFFIXES and file.is_file():
            yield from _file(file, owner=file.stem)
        elif not file.name.startswith("."):
            expected = f"files named for candidates, ending in {', '.join(SUFFIXES)}"
            yield Diagnostic("warning", str(file), 1, "not read", expected=expected)


def _file(path: Path, owner: str) -> Found:
    """Yield what a file holds; ``owner`` is whose it is, where it is one candidate's."""
    suffix = path.suffix.lower()
    try:
        if suffix in (".csv", ".tsv"):
            yield from _csv(path, owner)
        elif suffix == ".json":
            yield from _json(path, owner)
        elif suffix in (".md", ".txt"):
            yield from _prose(path, owner or path.stem)
        else:
            yield from _json_lines(path, owner)
    except OSError as error:
        yield Diagnostic("error", str(path), 1, f"cannot be read: {error.strerror}")


def _lines(path: Path) -> Iterator[tuple[int, str | Diagnostic]]:
    """Yield the lines of a file with their numbers; what is not UTF-8 is a finding in their place."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number == 1:
                if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    remedy = "save the file as UTF-8"
                    yield 1, Bad("the file is not UTF-8", "UTF-16", "UTF-8", remedy).at(path, 1)
                    return
                line = line.removeprefix(codecs.BOM_UTF8)  # noqa: PLW2901 - Excel writes one
            try:
                yield number, line.decode()
            except UnicodeDecodeError as error:
                found = f"the byte {line[error.start]:#04x} after {line[: error.start][-30:].decode()!r}"
                bad = Bad("the line is not UTF-8", found, "UTF-8", "save the file as UTF-8")
                yield number, bad.at(path, number)


def _json_lines(path: Path, owner: str) -> Found:
    for number, line in _lines(path):
        if isinstance(line, Diagnostic):
            yield line
        elif line.strip():
            yield from _object(line, path, number, owner)


def _json(path: Path, owner: str) -> Found:
    """Yield what a whole JSON file holds: one object, a list of them, or lines after all."""
    text = ""
    for _, line in _lines(path):
        if isinstance(line, Diagnostic):
            yield line
            return
        text += line
    try:
        data = _decoded(text)
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError) and error.msg == "Extra data":
            yield from _json_lines(path, owner)
        else:
            yield _not_json(error).at(path, getattr(error, "lineno", 1))
        return
    for each in data if type(data) is list else [data]:
        try:
            yield _entry(each, path, 1, owner or path.stem)
        except Bad as bad:
            yield bad.at(path, 1)


def _object(line: str, path: Path, number: int, owner: str) -> Found:
    try:
        yield _entry(_decoded(line), path, number, owner)
    except Bad as bad:
        yield bad.at(path, number)
    except ValueError as error:
        yield _not_json(error).at(path, number)


class _Pairs(list[tuple[str, Any]]):
    """The pairs of a JSON object, in order, with those that come twice."""


_DECODER = json.JSONDecoder(object_pairs_hook=_Pairs, parse_int=str, parse_float=str, parse_constant=str)


def _decoded(text: str) -> Any:
    """Return JSON with numbers as they were written, 0.10 as "0.10"; raise ValueError."""
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("too many brackets inside brackets") from None


def _not_json(error: ValueError) -> Bad:
    place = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
    message = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    expected = (
        'an object, such as {"candidate": "ada", "version": "A", "blank": "sgd/w_new", "answer": "3/2"}'
    )
    return Bad("the line is not JSON", f"{message}{place}", expected, "correct the line; the others count")


def _entry(data: Any, path: Path, line: int, owner: str) -> Entry:
    """Return the answers of a JSON object; raise Bad."""
    if not isinstance(data, _Pairs):
        raise Bad("the line holds no answer", _kind(data), "an object in braces")
    given = dict(data)
    candidate = _word(given.get("candidate", owner), "candidate")
    version = _word(given.get("version", ""), "version")
    if not candidate:
        raise _missing("candidate", list(given))
    if "answers" in given:
        if not isinstance(given["answers"], _Pairs):
            raise Bad("answers is no object", _kind(given["answers"]), '{"sgd/w_new": "3/2"}')
        pairs: Sequence[tuple[str, Any]] = given["answers"]
    elif "blank" in given or not owner:
        if missing := next((name for name in ("blank", "answer") if name not in given), ""):
            raise _missing(missing, list(given))
        pairs = [(_word(given["blank"], "blank"), given["answer"])]
    else:
        pairs = [pair for pair in data if pair[0] not in FIELDS]
    return Entry(candidate, version, tuple((_blank(b), _answer(a, b)) for b, a in pairs), str(path), line)


def _missing(name: str, given: list[str]) -> Bad:
    remedy = nearest(name, given) if given else ""
    return Bad(f"{name} is missing", ", ".join(given) or "an empty object", name, remedy)


def _kind(value: Any) -> str:
    kinds = {list: "a list", _Pairs: "an object", str: f"{value!r:.60}", type(None): "null"}
    return kinds.get(type(value), str(value).lower())


def _word(value: Any, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Bad(f"the {name} is no text", _kind(value), "text or a number")
    return _sound(value).strip()


def _blank(name: str) -> str:
    if not name.strip():
        raise Bad("the name of a blank is empty", "''", "a name, such as sgd/w_new")
    return _sound(name).strip()


def _answer(value: Any, blank: str) -> str:
    """Return an answer as text: numbers as they were written, lists in brackets, null as nothing."""
    if value is None:
        return ""
    if type(value) is list:
        return f"[{', '.join(_answer(each, blank) for each in value)}]"
    if not isinstance(value, str):
        raise Bad(f"the answer to {blank} is no text", _kind(value), "text, a number or a list of numbers")
    return _sound(value)


def _sound(text: str) -> str:
    """Return text that can be written again; raise Bad for half a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        found = ascii(text[error.start])
        raise Bad("the text is not Unicode", found, "whole characters", "correct the line") from None
    return text


def _csv(path: Path, owner: str) -> Found:
    """Yield the rows of a CSV file; a row that cannot be read costs one line, and the next is tried."""
    columns: list[str] = []
    delimiter = ""
    for number, text in _rows(path):
        if isinstance(text, Diagnostic):
            yield text
            if not columns:
                return
            continue
        try:
            delimiter = delimiter or max("\t;,", key=text.count)
            row = _cells(text, delimiter)
            if not columns:
                columns = _columns(row, owner)
            elif any(cell.strip() for cell in row):
                yield _row(columns, row, path, number, owner)
        except Bad as bad:
            yield bad.at(path, number)
            if not columns:
                return


def _rows(path: Path) -> Iterator[tuple[int, str | Diagnostic]]:
    """Yield the texts of rows with the numbers of their first lines: a row ends when its quotes close."""
    lines = _lines(path)
    again: deque[tuple[int, str | Diagnostic]] = deque()
    while (first := again.popleft() if again else next(lines, None)) is not None:
        number, text = first
        if isinstance(text, Diagnostic):
            yield number, text
            continue
        taken, quotes, length = [], text.count('"'), 0
        while quotes % 2 and length < LONGEST:
            more = again.popleft() if again else next(lines, None)
            if more is None:
                break
            taken.append(more)
            if isinstance(more[1], Diagnostic):
                break
            quotes += more[1].count('"')
            length += len(more[1])
        if quotes % 2:
            again.extendleft(reversed(taken))
            remedy = "close it, and double a quotation mark that belongs to an answer"
            bad = Bad("a quotation mark is never closed", text.strip()[:80], remedy=remedy)
            yield number, bad.at(path, number)
        else:
            yield number, text + "".join(line for _, line in taken if isinstance(line, str))


def _cells(text: str, delimiter: str) -> list[str]:
    """Return the cells of a row; raise Bad."""
    usual = csv.field_size_limit(2 * LONGEST)
    try:
        return next(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        remedy = "put an answer with a quotation mark in it between quotation marks, and double the one in it"
        raise Bad("the row cannot be read", str(error), remedy=remedy) from None
    finally:
        csv.field_size_limit(usual)


def _columns(row: list[str], owner: str) -> list[str]:
    """Return the names of the columns; raise Bad where they are none of ours."""
    names = [cell.strip() for cell in row]
    if not owner and "candidate" not in names:
        expected = "candidate,version,blank,answer, or candidate,version and a column for each blank"
        remedy = "write the names of the columns into the first line"
        raise Bad("the first line has no candidate", ",".join(names)[:80], expected, remedy)
    if twice := next((name for name in names if name and names.count(name) > 1), ""):
        raise Bad(f"the column {twice} stands there twice", ",".join(names)[:80], "each column once")
    return names


def _row(columns: list[str], row: list[str], path: Path, line: int, owner: str) -> Entry:
    """Return the answers in a row; raise Bad."""
    if len(row) != len(columns):
        expected = f"{len(columns)}, one for each of {', '.join(columns)[:80]}"
        remedy = "put an answer with a comma in it between quotation marks"
        raise Bad(f"the row has {len(row)} cells", ",".join(row)[:80], expected, remedy)
    cells = dict(zip(columns, row, strict=True))
    candidate = cells.pop("candidate", owner).strip() or owner
    version = cells.pop("version", "").strip()
    if not candidate:
        raise Bad("the candidate is empty", ",".join(row)[:80], "who answers")
    if "blank" in cells and "answer" in cells:
        pairs = [(_blank(cells["blank"]), cells["answer"])]
    else:
        pairs = [(blank, answer) for blank, answer in cells.items() if blank and answer.strip()]
    return Entry(candidate, version, tuple(pairs), str(path), line)


def _prose(path: Path, owner: str) -> Found:
    lines = []
    for number, line in _lines(path):
        if isinstance(line, Diagnostic):
            yield line
        else:
            lines.append((number, line.rstrip("\r\n")))
    candidate, version = owner, ""
    for number, blank, answer in prose_answers(lines):
        if not blank:
            expected = "'blank: answer', or a heading '# blank' with the answer below"
            remedy = "indent the lines that go on with an answer"
            yield Bad("the line names no blank", answer[:80], expected, remedy).at(path, number)
        elif blank == "candidate":
            candidate = answer or owner
        elif blank == "version":
            version = answer
        else:
            yield Entry(candidate, version, ((blank, answer),), str(path), number)
    if not lines:
        yield Diagnostic("warning", str(path), 1, "holds no answers")
