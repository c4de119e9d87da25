"""Figures as plain SVG that stands in a page: lines, circles and words, no fonts and no other files."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape
from itertools import pairwise

from ..paper.drawings import Curve, Diagram, Drawing, Network, Plot
from ..paper.report import Figure

_DASHES = ("", "7 4", "2 3", "9 3 2 3", "1 4")
_COLOURS = ("#8a1c1c", "#1f5c99", "#2e7d32", "#8e5a00", "#6a3d9a")


def svg(figure: Figure) -> str:
    """Return a figure as an SVG element with its text alternative."""
    width, height, body = _drawn(figure.drawing)
    words = escape(figure.alternative, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{words}" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n' + "\n".join(body) + "\n</svg>"
    )


def _drawn(drawing: Drawing) -> tuple[int, int, list[str]]:
    """Return the width and the height of a drawing, and its elements."""
    match drawing:
        case Plot():
            return 480, 280, list(_plot(drawing, 480, 280))
        case Network(sizes):
            width, height = 110 * (len(sizes) - 1) + 80, 44 * max(sizes) + 40
            return width, height, list(_network(drawing, width, height))
        case Diagram():
            return _diagram(drawing)


# -- plots -----------------------------------------------------------------------------------------


def _plot(plot: Plot, width: int, height: int) -> Iterator[str]:
    left, right, top, bottom = 44, 14, 12 + 18 * len(plot.curves), 26
    low, high = plot.places[0], plot.places[-1]
    down, up = _vertical(plot)

    def across(x: float) -> float:
        return left + (x - low) / (high - low) * (width - left - right)

    def along(y: float) -> float:
        return top + (up - y) / (up - down) * (height - top - bottom)

    for x in ticks(low, high):
        yield _line(across(x), along(down), across(x), along(up), "0.15" if x else "0.6")
        yield _words(across(x), height - 8, _number(x))
    for y in ticks(down, up):
        yield _line(across(low), along(y), across(high), along(y), "0.15" if y else "0.6")
        yield _words(left - 6, along(y) + 4, _number(y), "end")
    for i, curve in enumerate(plot.curves):
        stroke = (
            f'fill="none" stroke="{_COLOURS[i % 5]}" stroke-width="2" stroke-dasharray="{_DASHES[i % 5]}"'
        )
        for run in _runs(plot, curve):
            points = " ".join(f"{across(x):.1f},{along(y):.1f}" for x, y in run)
            yield f'<polyline points="{points}" {stroke}/>'
        yield f'<polyline points="{left},{10 + 18 * i} {left + 30},{10 + 18 * i}" {stroke}/>'
        yield _words(left + 38, 14 + 18 * i, curve.label, "start")


def _vertical(plot: Plot) -> tuple[float, float]:
    """Return the range of the vertical axis: that of the curves and a little more."""
    heights = [y for curve in plot.curves for y in curve.heights if y is not None] or [0.0]
    down, up = min(heights), max(heights)
    room = 0.05 * (up - down) or 1.0
    return down - room, up + room


def _runs(plot: Plot, curve: Curve) -> Iterator[list[tuple[float, float]]]:
    """Yield the pieces of a curve: it breaks where it has no value."""
    run: list[tuple[float, float]] = []
    for x, y in zip(plot.places, curve.heights, strict=True):
        if y is not None:
            run.append((x, y))
        elif run:
            yield run
            run = []
    if run:
        yield run


def ticks(low: float, high: float) -> list[float]:
    """Return 3 to 9 round numbers between two numbers, to write on an axis."""
    least = (high - low) / 8
    power = 10.0 ** math.floor(math.log10(least))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))
    return [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _number(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")


# -- networks and graphs -----------------------------------------------------------------------------


def _network(network: Network, width: int, height: int) -> Iterator[str]:
    columns = [
        [(40 + 110 * i, height / 2 + 44 * (j - (n - 1) / 2)) for j in range(n)]
        for i, n in enumerate(network.sizes)
    ]
    for before, after in pairwise(columns):
        for x, y in before:
            yield from (_line(x, y, u, v, "0.45") for u, v in after)
    for column in columns:
        for x, y in column:
            yield f'<circle cx="{x}" cy="{y:.1f}" r="14" fill="var(--paper, #fff)" stroke="currentColor"/>'


def _diagram(diagram: Diagram) -> tuple[int, int, list[str]]:
    """Lay a graph out in layers from left to right; an edge is a line with an arrowhead."""
    layers = 1 + max(v.layer for v in diagram.vertices)
    columns = [[i for i, v in enumerate(diagram.vertices) if v.layer == k] for k in range(layers)]
    height = 52 * max(map(len, columns)) + 24
    half = [max(20.0, *(4.2 * len(diagram.vertices[i].label) + 10 for i in column)) for column in columns]
    place: dict[int, tuple[float, float]] = {}
    x = 8.0
    for column, wide in zip(columns, half, strict=True):
        for j, i in enumerate(column):
            place[i] = (x + wide, height / 2 + 52 * (j - (len(column) - 1) / 2))
        x += 2 * wide + 40
    out = []
    for a, b in diagram.edges:
        start = place[a][0] + half[diagram.vertices[a].layer]
        end = place[b][0] - half[diagram.vertices[b].layer]
        y, v = place[a][1], place[b][1]
        middle = (start + end) / 2
        bend = f"M{start:.1f},{y:.1f} C{middle:.1f},{y:.1f} {middle:.1f},{v:.1f} {end - 6:.1f},{v:.1f}"
        out.append(f'<path d="{bend}" fill="none" stroke="currentColor" stroke-opacity="0.6"/>')
        head = f"{end:.1f},{v:.1f} {end - 8:.1f},{v - 4:.1f} {end - 8:.1f},{v + 4:.1f}"
        out.append(f'<polygon points="{head}" fill="currentColor"/>')
    for i, vertex in enumerate(diagram.vertices):
        (u, v), wide = place[i], half[vertex.layer]
        corner = 4 if vertex.given else 16
        out.append(
            f'<rect x="{u - wide:.1f}" y="{v - 16:.1f}" width="{2 * wide:.1f}" height="32" rx="{corner}" '
            'fill="var(--paper, #fff)" stroke="currentColor"/>'
        )
        out.append(_words(u, v + 5, vertex.label))
    return int(x - 32) + 1, height, out


def _line(x: float, y: float, u: float, v: float, opacity: str) -> str:
    ends = f'x1="{x:.1f}" y1="{y:.1f}" x2="{u:.1f}" y2="{v:.1f}"'
    return f'<line {ends} stroke="currentColor" stroke-opacity="{opacity}"/>'


def _words(x: float, y: float, text: str, anchor: str = "middle") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} font-size="13" fill="currentColor">{escape(text)}</text>'
