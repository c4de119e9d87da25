"""Tables: each cell is marked by its own kind, and earns its share."""

from __future__ import annotations

import random
import re

from ...graph.notation import Piece
from ..keys import Key, Table
from ..reading.tokens import Unread
from .kind import Examples, Kind, Marked, Names, Settings, result, shared, unread
from .parts import cut, mark_cell, show_cell

MAX_CELLS = 1_000
"""Largest table that is read."""

_RULE = re.compile(r"[\s|:+=-]*-[\s|:+=-]*")


def accepts(key: Key) -> bool:
    """Say whether a key is a table."""
    return isinstance(key, Table)


def cells_of(text: str) -> list[list[str]]:
    """Return the texts of the cells, by rows: Markdown, LaTeX, tabs, or rows parted by semicolons."""
    source = re.sub(r"\\(?:begin|end)\{(?:tabular|array|[bpv]?matrix)\}(?:\{[lcr|\s]*\})?|\\hline", "", text)
    source = source.strip().strip("$").strip()
    if source.startswith("[[") and source.endswith("]]"):
        return [cut(row.strip()[1:-1], ",") for row in cut(source[1:-1], ",")]
    lines = [line.strip() for line in re.split(r"\\\\|\n", source) if line.strip()]
    if len(lines) == 1:
        lines = [line for line in cut(lines[0], ";") if line]
    lines = [line for line in lines if not (_RULE.fullmatch(line) and len(lines) > 1 and "--" in line)]
    rows: list[list[str]] = []
    for line in lines:
        if "|" in line:
            cells = [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
        elif "&" in line:
            cells = [cell.strip() for cell in line.split("&")]
        elif "\t" in line:
            cells = [cell.strip() for cell in line.split("\t")]
        else:
            cells = cut(line.strip().strip("[]") if line.startswith("[") else line, ",")
        rows.append(cells)
    return rows


def mark(key: Table, text: str, options: Settings, names: Names) -> Marked:
    """Mark a table; nothing is given where it has not the rows and columns of the key."""
    try:
        rows = cells_of(text)
    except Unread as error:
        return unread(error)
    wanted, found = (len(key.rows), len(key.rows[0])), (len(rows), max(map(len, rows), default=0))
    if sum(map(len, rows)) > MAX_CELLS:
        return unread(Unread(text[:60], 0, f"a table has at most {MAX_CELLS} cells"))
    if found != wanted or any(len(row) != wanted[1] for row in rows):
        reason = f"expected {wanted[0]} rows of {wanted[1]} cells, found {found[0]} of up to {found[1]}"
        return unread(Unread(text, 0, reason))
    marks = [
        (i, j, cell, mark_cell(cell, rows[i][j], options, names))
        for i, row in enumerate(key.rows)
        for j, cell in enumerate(row)
        if cell is not None
    ]
    right = sum(m.verdict.right for *_, m in marks)
    bad = [(i, j, cell, m) for i, j, cell, m in marks if not m.verdict.right]
    doubtful = [m for *_, m in bad if m.verdict.outcome in ("undecided", "unread")]
    if len(doubtful) == len(marks) and all(m.verdict.outcome == "unread" for m in doubtful):
        return unread(Unread(text, 0, f"no cell can be read: {doubtful[0].verdict.reason}"))
    outcome, credit = shared(right, len(marks), len(doubtful))
    latex = (
        r"\begin{array}{"
        + "c" * wanted[1]
        + "}"
        + r" \\ ".join(
            " & ".join(
                next((m.understood for a, b, _, m in marks if (a, b) == (i, j)), "") for j in range(wanted[1])
            )
            for i in range(wanted[0])
        )
        + r"\end{array}"
    )
    value = tuple(tuple(row) for row in rows)
    if outcome == "right":
        return result("right", "every cell is right", 1, value=value, understood=latex)
    feedback = [f"{right} of {len(marks)} cells are right."]
    feedback += [f"Row {i + 1}, column {j + 1}: {s}" for i, j, _, m in bad for s in m.feedback][:10]
    i, j, cell, first = bad[0]
    return result(
        outcome,
        f"row {i + 1}, column {j + 1}: {first.verdict.reason}",
        credit,
        value=value,
        understood=latex,
        feedback=feedback,
        witness=f"row {i + 1}, column {j + 1}: {rows[i][j]} against {show_cell(cell).text}"
        if outcome == "wrong"
        else "",
    )


def _show(key: Table) -> Piece:
    blank = Piece("·", r"\cdot")
    rows = [[blank if cell is None else show_cell(cell) for cell in row] for row in key.rows]
    text = "; ".join(" | ".join(p.text for p in row) for row in rows)
    body = r" \\ ".join(" & ".join(p.latex for p in row) for row in rows)
    return Piece(text, rf"\begin{{array}}{{{'c' * len(rows[0])}}}{body}\end{{array}}")


def _examples(key: Table, rng: random.Random) -> Examples:
    rows = [["x" if cell is None else show_cell(cell).text for cell in row] for row in key.rows]

    def lines(cells: list[list[str]]) -> list[str]:
        return [
            "\n".join(f"| {' | '.join(row)} |" for row in cells),
            "\n".join("\t".join(row) for row in cells),
            r" \\ ".join(" & ".join(row) for row in cells),
        ]

    asked = [(i, j) for i, row in enumerate(key.rows) for j, cell in enumerate(row) if cell is not None]
    i, j = rng.choice(asked)
    other = [row[:] for row in rows]
    other[i][j] = "98765"
    ruled = "\n".join(
        [
            "| " + " | ".join(rows[0]) + " |",
            "|" + "---|" * len(rows[0]),
            *("| " + " | ".join(row) + " |" for row in rows[1:]),
        ]
    )
    good = lines(rows) + ([ruled] if len(rows) > 1 else [])
    return Examples(good, lines(other), ["", "\n".join(f"| {' | '.join(r)} | 1 |" for r in rows)])


TABLE = Kind("table", accepts, mark, _show, _examples)
