"""A derivation printed: columns in the terminal, aligned LaTeX, data for other programs."""

from __future__ import annotations

import textwrap
from typing import Any

from rich.cells import cell_len, set_cell_size

from ..graph.deriving.agreement import Agreement
from ..graph.deriving.derivation import Derivation, Line
from ..graph.node import show_shape
from ..graph.notation import write

WIDTH = 100
"""Columns of a terminal that are used where nothing else is known."""

_INDENT = "    "


def terminal(derived: Derivation, remark: Agreement, width: int = WIDTH) -> str:
    """Return a derivation as text: forward lines, gradients from the last back, and how they were checked.

    To the right of each line stand its shape and the rule that it follows by, where there is room.
    """
    parts = []
    for title, kinds in (("Forward", ("forward",)), ("Backward", ("adjoint", "gradient"))):
        lines = [line for line in derived.lines if line.kind in kinds]
        if lines:
            parts += [title, *_block(lines, width - len(_INDENT))]
    return "\n".join([*parts, str(remark), ""])


def _block(lines: list[Line], width: int) -> list[str]:
    """Return lines in columns: names, expressions one below the other, shapes, rules."""
    names = max(cell_len(line.symbol.text) for line in lines)
    shapes = max(cell_len(show_shape(line.shape)) for line in lines)
    notes = [f"{set_cell_size(show_shape(line.shape), shapes)}  {line.rule}".rstrip() for line in lines]
    room = width - names - 1
    beside = room - 2 - max(map(cell_len, notes))
    rows = [[row for p in line.stages for row in _wrapped(f"= {p.text}", room)] for line in lines]
    fitting = [cell_len(row[0]) for row in rows if cell_len(row[0]) <= beside]
    column = max(fitting, default=0)
    found = []
    for line, (first, *rest), note in zip(lines, rows, notes, strict=True):
        fits = cell_len(first) <= column
        head = f"{set_cell_size(line.symbol.text, names)} "
        found.append(head + (f"{set_cell_size(first, column)}  {note}" if fits else first))
        below: list[str] = []
        if not fits:
            indented = column + 2 + cell_len(note) <= room
            below = [" " * (column + 2) + note] if indented else _wrapped(note, room)
        found += [" " * (names + 1) + row for row in (*rest, *below)]
    return [(_INDENT + row).rstrip() for row in found]


def _wrapped(stage: str, width: int) -> list[str]:
    """Return a stage in rows, broken at spaces where it is too long for one."""
    return textwrap.wrap(
        stage, max(width, 20), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def latex(derived: Derivation) -> str:
    """Return a derivation as aligned equations."""
    rows = []
    for line in derived.lines:
        stages = " = ".join(piece.latex for piece in line.stages)
        rows.append(f"  {line.symbol.latex} &= {stages}")
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}\n"


def as_json(derived: Derivation, remark: Agreement) -> dict[str, Any]:
    """Return a derivation as plain data."""
    return {
        "of": _both(write(derived.of)),
        "lines": [_line(line) for line in derived.lines],
        "agreement": {
            "points": remark.points,
            "sizes": dict(remark.sizes),
            "text": str(remark),
        },
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "name": _both(line.symbol),
        "expressions": [_both(piece) for piece in line.stages],
        "shape": show_shape(line.shape),
        "rule": line.rule,
    }


def _both(piece: Any) -> dict[str, str]:
    return {"text": piece.text, "latex": piece.latex}
