"""What training was like: a row for each epoch, as a table and as curves."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...graph import GraphError

Row = dict[str, float]


@dataclass(frozen=True)
class History:
    """Rows in the order of epochs: ``epoch``, ``seconds``, ``loss``, and what was measured besides."""

    rows: list[Row] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __getitem__(self, name: str) -> list[float]:
        """Return what was measured under a name, an entry for each epoch."""
        if not any(name in row for row in self.rows):
            raise KeyError(f"nothing was measured as {name!r}; there are {', '.join(self.names)}")
        return [row.get(name, math.nan) for row in self.rows]

    @property
    def names(self) -> list[str]:
        """What was measured, in the order of the first row."""
        return list(dict.fromkeys(name for row in self.rows for name in row))

    def best(self, name: str, *, highest: bool = False) -> Row:
        """Return the row in which a measure was lowest, or highest; the first of several."""
        values = [math.inf if math.isnan(v) else (-v if highest else v) for v in self[name]]
        return self.rows[values.index(min(values))]

    def csv(self) -> str:
        """Return the table as CSV."""
        out = io.StringIO()
        writer = csv.DictWriter(out, self.names, lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: f"{v:.9g}" for k, v in row.items()} for row in self.rows)
        return out.getvalue()

    def table(self, every: int = 1) -> str:
        """Return the table as text; ``every`` leaves out rows but the first and the last."""
        last = len(self.rows) - 1
        shown = [r for i, r in enumerate(self.rows) if i % every == 0 or i == last]
        cells = [self.names, *([_cell(name, row.get(name)) for name in self.names] for row in shown)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join(
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in cells
        )

    def plot(self, path: str | Path) -> Path:
        """Save the curves, losses to the left and other measures to the right; the ending says the format."""
        return plot_curves({"": self}, path)


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if name == "epoch" else f"{value:.2f}" if name == "seconds" else f"{value:.4g}"


def plot_curves(runs: Mapping[str, History], path: str | Path) -> Path:
    """Save the curves of several runs in one picture, each under its name; return the path.

    The ending of the path says the format: .svg, .png or .pdf.
    """
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise GraphError("curves need matplotlib: pip install 'tripos[train]'") from None
    path = Path(path)
    if path.suffix not in (".svg", ".png", ".pdf"):
        raise GraphError(f"curves are saved as .svg, .png or .pdf, found {path.name!r}")
    names = list(dict.fromkeys(name for history in runs.values() for name in history.names))
    if not names:
        raise GraphError("curves: there is nothing to draw yet; no epoch has been trained")
    panels = [
        [n for n in names if n.endswith("loss")],
        [n for n in names if not n.endswith("loss") and n not in ("epoch", "seconds")],
    ]
    panels = [panel for panel in panels if panel]
    figure = Figure(figsize=(5 * len(panels), 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    for i, panel in enumerate(panels):
        axes = figure.add_subplot(1, len(panels), i + 1)
        for run, history in runs.items():
            for name in panel:
                if name in history.names:
                    axes.plot(history["epoch"], history[name], label=f"{run} {name}".strip())
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context({"svg.hashsalt": "tripos"}):  # the same curves are the same file
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    return path


def rows_of(table: Sequence[Mapping[str, float]]) -> History:
    """Return the history that a table of plain numbers holds."""
    return History([dict(row) for row in table])
