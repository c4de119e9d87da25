"""Arrays as people lay them out: brackets, rows, spaces, LaTeX matrices; the text of each entry."""

from __future__ import annotations

import re

from ..reading.tokens import MAX_LENGTH, Unread
from .kind import bare

Nested = str | list["Nested"]
"""The text of an entry, or a list of such."""

MAX_DEPTH = 8
"""Most axes that an answer is read with."""

_OPEN, _CLOSE = "([{", ")]}"
_TRANSPOSED = re.compile(r"\s*(?:\^\s*\{?\s*(?:T|\\top|\\intercal|⊤)\s*\}?|ᵀ|⊤|'|\.T)$")
_MATRIX = re.compile(
    r"\\begin\{([bpvB]?matrix|smallmatrix|array)\}(?:\s*\{[lcr|]*\})?(.*?)\\end\{\1\}", re.DOTALL
)
_CALL = re.compile(
    r"(?:(?:np|numpy|torch|jnp)\.)?(?:array|asarray|tensor)\((.*?)(?:,\s*dtype=[\w.]+)?\)", re.DOTALL
)
_OPERATOR = re.compile(r"[-+*/^·×]")
_FUNCTION = re.compile(r"-?(?:\\[A-Za-z]+|log|ln|exp|sqrt|√|tanh)$")


def layout(text: str) -> tuple[Nested, bool] | None:
    """Return the entries of an array by rows and whether it is transposed; None where it is no array."""
    if len(text) > MAX_LENGTH:
        raise Unread(text[:60], 0, f"an answer has at most {MAX_LENGTH} characters, found {len(text)}")
    source = bare(text.replace("\\\\", "\x00").replace(r"\{", "{").replace(r"\}", "}"))
    source = re.sub(r",\s*\n", ", ", source.replace("\x00", "\\\\").replace("−", "-")).strip()
    if call := _CALL.fullmatch(source):
        source = call[1].strip()
    transposed = False
    while match := _TRANSPOSED.search(source):
        source, transposed = source[: match.start()].strip(), not transposed
    found = _array(source, text, 0)
    return None if found is None else (found, transposed)


def _array(source: str, whole: str, depth: int) -> Nested | None:
    """Return a text as an array, None where it is a single entry."""
    if depth > MAX_DEPTH:
        raise Unread(whole, 0, f"an array has at most {MAX_DEPTH} axes")
    source = source.strip()
    matrix = _MATRIX.fullmatch(source)
    if matrix is not None and r"\begin" not in matrix[2]:
        rows = [row for row in re.split(r"\\\\(?:\[[^\]]*\])?", matrix[2]) if row.strip()]
        return [[cell.strip() for cell in row.split("&")] for row in rows]
    if source[:1] in _OPEN and source[:1] and _closing(source) == len(source) - 1:
        body = source[1:-1].strip()
        if _MATRIX.fullmatch(body):
            return _array(body, whole, depth + 1)  # brackets that LaTeX sets around a matrix
        if body.endswith(",") and len(body) > 1:  # (1,) as Python has it
            inner = _rows(body[:-1], whole, depth)
            return [_entry(body[:-1], whole, depth + 1)] if inner is None else inner
        inner = _rows(body, whole, depth)
        if inner is None and source[0] != "[":
            return None  # (1 + 2) is no array
        return [source[1:-1].strip()] if inner is None else inner
    return _rows(source, whole, depth)


def _rows(source: str, whole: str, depth: int) -> list[Nested] | None:
    """Return the parts that separators cut a text into; None where there are none."""
    for cuts in (r";|\n|\\\\", ","):
        parts = [part for part in _cut(source, cuts) if part.strip()]
        if len(parts) > 1 or (len(parts) == 1 and cuts != "," and _array_like(parts[0])):
            if cuts != ",":
                return [_row(part, whole, depth + 1) for part in parts]
            return [_entry(part, whole, depth + 1) for part in parts]
    words = _words(source)
    if len(words) > 1:
        return [_entry(word, whole, depth + 1) for word in words]
    if words and _array_like(words[0]):
        return [_entry(words[0], whole, depth + 1)]
    return None


def _array_like(part: str) -> bool:
    part = part.strip()
    return (part.startswith("[") and _closing(part) == len(part) - 1) or bool(_MATRIX.fullmatch(part))


def _row(part: str, whole: str, depth: int) -> Nested:
    """Return one row of several: its cells, also where it holds but one."""
    if _array_like(part):
        found = _array(part, whole, depth)
        return [part.strip()] if found is None else found
    cells = _rows(part, whole, depth)
    if cells is not None:
        return cells
    inner = _array(part, whole, depth)
    return [part.strip()] if inner is None else inner


def _entry(part: str, whole: str, depth: int) -> Nested:
    """Return an entry: an array where it is bracketed as one, else its text."""
    part = part.strip()
    bracketed = part[:1] in ("[", "(", "{") and part[:1] and _closing(part) == len(part) - 1
    if not bracketed and not _MATRIX.fullmatch(part):
        return part
    found = _array(part, whole, depth)
    return part if found is None else found


def _cut(source: str, separators: str) -> list[str]:
    """Return the parts of a text between separators that stand in no bracket."""
    parts, depth, start, environment = [], 0, 0, 0
    pattern = re.compile(rf"(?P<begin>\\begin\{{)|(?P<end>\\end\{{)|(?P<cut>{separators})|[(\[{{)\]}}]")
    for match in pattern.finditer(source):
        if match["begin"] or match["end"]:
            environment += 1 if match["begin"] else -1
            depth += 1  # the brace that was consumed
        elif match["cut"]:
            if depth == 0 and environment == 0:
                parts.append(source[start : match.start()])
                start = match.end()
        else:
            depth += 1 if match[0] in _OPEN else -1
    return [*parts, source[start:]]


def _words(source: str) -> list[str]:
    """Return the entries that spaces part: ``1 -2`` are two, ``1 - 2``, ``1 /2`` and ``log 2`` are one."""
    pieces = [piece for piece in _cut(source, r"\s+|&") if piece]
    words: list[str] = []
    for piece in pieces:
        joined = words and (
            _OPERATOR.fullmatch(piece)
            or piece[0] in "*/^·×)"
            or words[-1][-1] in "*/^·×"
            or (len(words[-1]) > 1 and words[-1].endswith((" +", " -")))
            or words[-1] in ("+", "-")
            or _FUNCTION.search(words[-1])
        )
        if joined:
            words[-1] += f" {piece}"
        else:
            words.append(piece)
    return words


def _closing(source: str) -> int:
    """Return where the bracket that opens a text closes, -1 where it does not."""
    depth = 0
    for i, character in enumerate(source):
        if character in _OPEN:
            depth += 1
        elif character in _CLOSE:
            depth -= 1
            if depth == 0:
                return i
    return -1


def flat(nested: Nested, whole: str) -> tuple[tuple[int, ...], list[str]]:
    """Return the shape of an array and the texts of its entries; raise Unread where rows differ in length."""
    if isinstance(nested, str):
        return (), [nested]
    parts = [flat(part, whole) for part in nested]
    shapes = {shape for shape, _ in parts}
    if len(shapes) != 1:
        raise Unread(whole, 0, "the rows of an array must be of equal length")
    return (len(parts), *shapes.pop()), [text for _, texts in parts for text in texts]
