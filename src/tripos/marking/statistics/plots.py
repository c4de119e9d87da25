"""Item statistics as pictures: the totals, the items, the slips; drawn where Matplotlib is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .items import EASY, HARD, Item, Statistics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import Locator

INK, SOFT, BLUE, RED = "#222222", "#8a8a8a", "#3b6ea5", "#b5402f"
BARS = 20
"""At most so many bars in a picture."""

HOW = "install Matplotlib: pip install 'tripos[marking]'"


def can_plot() -> bool:
    """Say whether Matplotlib is installed."""
    return find_spec("matplotlib") is not None


def write_plots(statistics: Statistics, folder: Path) -> list[Path]:
    """Draw totals.svg, items.svg and slips.svg; return the files. The same statistics give the same bytes."""
    import matplotlib as mpl

    folder.mkdir(exist_ok=True)
    written = []
    style: Any = {"svg.hashsalt": "tripos", "svg.fonttype": "path", "font.size": 10, "axes.edgecolor": SOFT}
    with mpl.rc_context({**style, "axes.spines.top": False, "axes.spines.right": False}):
        for name, draw in (("totals", _totals), ("items", _items), ("slips", _slips)):
            figure = draw(statistics)
            if figure is None:
                continue
            path = folder / f"{name}.svg"
            beside = folder / f".{name}.svg.part"
            figure.savefig(beside, format="svg", metadata={"Date": None, "Creator": "Tripos"})
            beside.replace(path)
            written.append(path)
    return written


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", dpi=120)
    axes = figure.add_subplot()
    axes.tick_params(colors=INK, length=3)
    return figure, axes


def _whole_numbers() -> Locator:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(8, integer=True)


def _totals(statistics: Statistics) -> Figure | None:
    """Return the histogram of totals with their mean."""
    if not statistics.totals or statistics.mean is None:
        return None
    figure, axes = _figure(7, 3.6)
    low, high = min(0.0, *statistics.totals), max(1.0, statistics.of, *statistics.totals)
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50, 100, 1000, high) if (high - low) / s <= 55)
    edges = np.arange(np.floor(low / step), np.ceil(high / step) + 2) * step - step / 2
    values, counts = list(statistics.totals), list(statistics.totals.values())
    axes.hist(values, bins=edges.tolist(), weights=counts, color=BLUE, edgecolor="white", linewidth=0.8)
    axes.axvline(statistics.mean, color=RED, linewidth=1.2)
    spread = "" if statistics.deviation is None else f", standard deviation {statistics.deviation:.1f}"
    axes.set_title(
        f"{statistics.candidates:,} candidates: mean {statistics.mean:.1f} of {statistics.of:g}{spread}",
        loc="left",
        fontsize=11,
        color=INK,
    )
    axes.set_xlabel(f"points (each bar {step:g} wide; the line is the mean)")
    axes.set_ylabel("candidates")
    axes.set_xlim(edges[0], edges[-1])
    axes.yaxis.set_major_locator(_whole_numbers())
    return figure


def _items(statistics: Statistics) -> Figure | None:
    """Return facility against discrimination, a dot a blank; flagged ones are red."""
    items = [b for b in statistics.blanks if b.facility is not None and b.discrimination is not None]
    if not items:
        return None
    figure, axes = _figure(8, 5.6)
    x = np.array([item.facility for item in items], float)
    y = np.array([item.discrimination for item in items], float)
    axes.axvspan(-1, HARD, color=RED, alpha=0.06, linewidth=0)
    axes.axvspan(EASY, 2, color=RED, alpha=0.06, linewidth=0)
    axes.axhline(0, color=SOFT, linewidth=0.8)
    axes.scatter(x, y, s=22, color=[RED if item.flags else BLUE for item in items], zorder=3)
    axes.set_xlim(min(-0.04, float(x.min()) - 0.04), 1.04)
    axes.set_ylim(min(-0.1, float(y.min()) - 0.1), max(0.6, float(y.max()) + 0.1))
    axes.set_xlabel("facility: mean share of the points (shaded: below 0.2, above 0.95)")
    axes.set_ylabel("discrimination: correlation with the rest")
    axes.set_title(
        "Blanks: right and high up is well understood and telling", loc="left", fontsize=11, color=INK
    )
    _label(figure, axes, items, x, y)
    return figure


def _label(figure: Figure, axes: Axes, items: list[Item], x: Any, y: Any) -> None:
    """Write names beside dots where they cover nothing: flagged ones first, the rest while there is room."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]  # Matplotlib declares no types here
    renderer: Any = canvas.get_renderer()  # type: ignore[no-untyped-call]
    dots = axes.transData.transform(np.column_stack([x, y]))
    taken = [(px - 4, py - 4, px + 4, py + 4) for px, py in dots]
    frame = axes.get_window_extent(renderer)
    for i in sorted(range(len(items)), key=lambda i: (not items[i].flags, i)):
        places = [(d, v, a) for v in (0, 9, -9, 18, -18, 27, -27) for d, a in ((7, "left"), (-7, "right"))]
        for dx, dy, side in places:
            text = axes.annotate(
                items[i].name,
                (x[i], y[i]),
                (dx, dy),
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=8,
                color=RED if items[i].flags else INK,
                arrowprops={"arrowstyle": "-", "color": SOFT, "linewidth": 0.5, "shrinkA": 0} if dy else None,
            )
            box = text.get_window_extent(renderer) if not dy else _text_box(text, renderer)
            own = (box.x0, box.y0, box.x1, box.y1)
            inside = own[0] >= frame.x0 and own[2] <= frame.x1 and own[1] >= frame.y0 and own[3] <= frame.y1
            if inside and not any(_overlap(own, other) for other in taken):
                taken.append(own)
                break
            text.remove()


def _text_box(text: Any, renderer: Any) -> Any:
    """Return the extent of the words alone, without the line that leads to the dot."""
    from matplotlib.text import Text

    text.update_positions(renderer)
    return Text.get_window_extent(text, renderer)


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _slips(statistics: Statistics) -> Figure | None:
    """Return the commonest slips as bars, each with the blanks where it was made."""
    slips = list(statistics.slips.items())[:BARS]
    if not slips:
        return None
    figure, axes = _figure(8, 1.2 + 0.36 * len(slips))
    names, counts = [name for name, _ in slips], [count for _, count in slips]
    axes.barh(range(len(slips)), counts, color=BLUE, height=0.62)
    axes.set_yticks(range(len(slips)), [name if len(name) <= 48 else name[:47] + "…" for name in names])
    axes.invert_yaxis()
    for row, (name, count) in enumerate(slips):
        places = sorted((b for b in statistics.blanks if name in b.slips), key=lambda b: -b.slips[name])
        where = ", ".join(b.name for b in places[:3]) + (" …" if len(places) > 3 else "")
        axes.annotate(
            f"{count:,}  {where}", (count, row), (4, 0), textcoords="offset points", va="center", fontsize=8
        )
    axes.set_xlim(0, max(counts) * 1.75)
    axes.xaxis.set_major_locator(_whole_numbers())
    more = len(statistics.slips) - len(slips)
    axes.set_title(
        "Slips, and where they were made" + (f" (the {more} rarest left out)" if more else ""),
        loc="left",
        fontsize=11,
        color=INK,
    )
    axes.set_xlabel("answers")
    return figure
