"""The sizes of a system, printed: a table in the terminal, data for other programs, LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..graph.cost import total
from ..graph.node import Dim, Node, Shape, entry_count, show_dim, show_shape
from ..graph.notation import PRODUCT, bracket, write
from ..graph.polynomial import factored
from ..graph.receptive import Field
from ..nets.sizing import Row

WIDTH = 4
"""Bytes of an entry, in single precision."""

_COLUMNS = ("Layer", "Output", "Parameters", "MACs", "FLOPs", "Activations", "Field", "Jump")


class Totals(NamedTuple):
    """What a system takes as a whole; the memory in bytes, four for an entry."""

    parameters: Dim
    buffers: Dim
    macs: Dim
    flops: Dim
    activations: Dim
    input_bytes: Dim
    activation_bytes: Dim
    parameter_bytes: Dim


def totals(rows: Sequence[Row]) -> Totals:
    """Return what the system in the first row takes as a whole."""
    whole = rows[0]
    entered = total(entry_count(shape) for shape in whole.inputs)
    memory = (entered, whole.activations, total([whole.parameters, whole.buffers]))
    return Totals(
        whole.parameters,
        whole.buffers,
        whole.macs,
        whole.flops,
        whole.activations,
        *(total([WIDTH * entries]) for entries in memory),
    )


# -- the terminal ----------------------------------------------------------------------------------


def table(rows: Sequence[Row]) -> str:
    """Return a table of layers, as a tree, with the totals below it.

    A layer that is made of others that stand below it has only what is its own in its row, so that columns
    add up to the totals.
    """
    cells = _cells(rows, _number, show_shape, _branches(rows))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [_line(row, widths) for row in cells]
    rule = "─" * max(map(len, lines))
    return "\n".join([lines[0], rule, *lines[1:], rule, *_summary(totals(rows)), ""])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    left = [cell.ljust(width) for cell, width in zip(row[:2], widths, strict=False)]
    right = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
    return "  ".join([*left, *right]).rstrip()


def _summary(found: Totals) -> Iterator[str]:
    rows = [
        ("Parameters", found.parameters, found.parameter_bytes),
        ("Buffers", found.buffers, None),
        ("MACs", found.macs, None),
        ("FLOPs", found.flops, None),
        ("Input", None, found.input_bytes),
        ("Activations, kept for backward", found.activations, found.activation_bytes),
    ]
    shown = [(name, "" if n is None else _number(n), b) for name, n, b in rows if n is None or n != 0]
    widths = [max(len(row[i]) for row in shown) for i in (0, 1)]
    for name, count, size in shown:
        end = "" if size is None else f"  {_memory(size)}"
        yield f"{name.ljust(widths[0])}  {count.rjust(widths[1])}{end}".rstrip()


def _memory(size: Dim) -> str:
    if isinstance(size, Node):
        return f"{_number(size)} bytes"
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:,.2f} {name}"
    return f"{size} bytes"


def _number(count: Dim) -> str:
    return f"{count:,}" if isinstance(count, int) else show_dim(factored(count))


def _branches(rows: Sequence[Row]) -> list[str]:
    """Return each layer with its name, as a branch of a tree."""
    out = []
    for i, row in enumerate(rows):
        stem = ""
        for depth in range(1, row.depth + 1):
            later = next((r.depth for r in rows[i + 1 :] if r.depth <= depth), 0)
            more = later == depth
            stem += ("├─ " if more else "└─ ") if depth == row.depth else ("│  " if more else "   ")
        out.append(f"{stem}{_name(rows, i)}{row.layer}")
    return out


def _name(rows: Sequence[Row], i: int) -> str:
    """Return by which name the layer around it knows a layer."""
    above = next((r.path for r in reversed(rows[:i]) if r.depth < rows[i].depth), "")
    name = rows[i].path.removeprefix(above).removeprefix(".")
    return f"{name}: " if name else ""


# -- what stands in the columns --------------------------------------------------------------------


def _cells(
    rows: Sequence[Row], number: Callable[[Dim], str], shape: Callable[[Shape], str], layers: Sequence[str]
) -> list[list[str]]:
    """Return the heading and the cells of each row; fields where any layer sees less than everything."""
    axes = _spatial(rows)
    cells = [list(_COLUMNS)]
    for i, row in enumerate(rows):
        counts = ["" if n == 0 and not row.leaf else number(n) for n in _own(rows, i)]
        if row.again and row.parameters != 0:
            counts[0] = "(shared)"
        outputs = ", ".join(shape(s) for s in row.outputs)
        cells.append([layers[i], outputs, *counts, *_field(row.field, axes, number)])
    return cells if axes else [row[:-2] for row in cells]


def _own(rows: Sequence[Row], i: int) -> list[Dim]:
    """Return what a layer takes, without those of its parts that have rows of their own."""
    row = rows[i]
    parts = []
    for other in rows[i + 1 :]:
        if other.depth <= row.depth:
            break
        if other.depth == row.depth + 1:
            parts.append(other)
    learnt = total([row.parameters, *(-p.parameters for p in parts if not p.again)])
    names = ("macs", "flops", "activations")
    return [learnt, *(total([getattr(row, n), *(-getattr(p, n) for p in parts)]) for n in names)]


def _spatial(rows: Sequence[Row]) -> list[int]:
    """Return the axes of the input along which windows slide, or else those that stay apart."""
    fields = [row.field for row in rows if row.field]
    axes = range(len(rows[0].inputs[0]))
    sliding = [a for a in axes if any(not f[a].whole and f[a].size != 1 for f in fields)]
    return sliding or [a for a in axes if any(not f[a].whole for f in fields)]


def _field(field: tuple[Field, ...] | None, axes: Sequence[int], number: Callable[[Dim], str]) -> list[str]:
    """Return the receptive field and the jump; one number where all axes have the same."""
    if field is None:
        return ["—", ""]
    if all(field[a].whole for a in axes):
        return ["all", ""]
    fields = ["all" if field[a].whole else number(field[a].size) for a in axes]
    jumps = ["" if field[a].whole else number(field[a].jump) for a in axes]
    cross = " × " if any(" " in f for f in (*fields, *jumps)) else "×"
    return [cross.join(fields), jumps[0] if len(set(jumps)) == 1 else cross.join(j or "—" for j in jumps)]


# -- data ------------------------------------------------------------------------------------------


def as_json(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the table as plain data; a size with symbols in it is text, an axis seen whole has no field."""
    return {
        "layers": [
            {
                "path": row.path,
                "layer": row.layer,
                "depth": row.depth,
                "inputs": [list(map(_plain, shape)) for shape in row.inputs],
                "outputs": [list(map(_plain, shape)) for shape in row.outputs],
                "parameters": _plain(row.parameters),
                "buffers": _plain(row.buffers),
                "macs": _plain(row.macs),
                "flops": _plain(row.flops),
                "activations": _plain(row.activations),
                "receptive_field": None if row.field is None else [_seen(field) for field in row.field],
                "shared": row.again,
            }
            for row in rows
        ],
        "totals": {name: _plain(value) for name, value in totals(rows)._asdict().items()},
    }


def _seen(field: Field) -> dict[str, int | str] | None:
    if field.whole:
        return None
    return {"size": _plain(field.size), "jump": _plain(field.jump), "start": _plain(field.start)}


def _plain(count: Dim) -> int | str:
    return count if isinstance(count, int) else show_dim(count)


# -- LaTeX -----------------------------------------------------------------------------------------


def latex(rows: Sequence[Row]) -> str:
    """Return the table in LaTeX, with the rules of the package booktabs."""
    layers = [
        rf"\hspace{{{row.depth}em}}" * bool(row.depth) + rf"\texttt{{{_escaped(_name(rows, i) + row.layer)}}}"
        for i, row in enumerate(rows)
    ]
    head, *body = _cells(rows, _maths, _shape, layers)
    found = totals(rows)
    whole = [found.parameters, found.macs, found.flops, found.activations]
    foot = ["Total", "", *map(_maths, whole), "", ""][: len(head)]
    lines = [rf"\begin{{tabular}}{{ll{'r' * (len(head) - 2)}}}", r"\toprule", _row(head), r"\midrule"]
    lines += [*(_row(map(_signs, row)) for row in body), r"\midrule", _row(foot)]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _row(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"


def _maths(count: Dim) -> str:
    return f"{count:,}" if isinstance(count, int) else f"${write(factored(count)).latex}$"


def _shape(shape: Shape) -> str:
    sizes = r" \times ".join(
        str(n) if isinstance(n, int) else bracket(write(n), PRODUCT).latex for n in shape
    )
    return f"${sizes}$" if shape else "scalar"


def _signs(cell: str) -> str:
    """Return a cell with the signs that LaTeX has in mathematics only."""
    return cell.replace(" × ", r" $\times$ ").replace("×", r"$\times$").replace("—", "--")


def _escaped(text: str) -> str:
    """Return plain text with what is special in LaTeX escaped, and the signs of sizes as mathematics."""
    text = re.sub(r"[&%$#_{}\\~^]", lambda m: _SPECIAL.get(m[0], "\\" + m[0]), text)
    text = re.sub(f"[{_RAISED}]+", lambda m: f"$^{{{m[0].translate(_LOWERED)}}}$", text)
    return "".join(_MATHS.get(sign, sign) for sign in text)


_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_LOWERED = str.maketrans(_RAISED, "0123456789")
_MATHS = {"−": "$-$", "·": r"$\cdot$", "⌊": r"$\lfloor$", "⌋": r"$\rfloor$", "√": r"$\surd$"}
