"""Pictures of what recipes made."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def grid(images: np.ndarray, path: Path, columns: int = 10) -> None:
    """Save digits as a grid; ``images`` has a row of 64 grey values, from 0 to 1, for each."""
    from matplotlib.image import imsave

    n = len(images) // columns * columns
    padded = np.pad(images[:n].reshape(n, 8, 8), ((0, 0), (1, 1), (1, 1)), constant_values=0.25)
    sheet = padded.reshape(n // columns, columns, 10, 10).swapaxes(1, 2).reshape(n // columns * 10, -1)
    imsave(path, np.kron(1 - sheet.clip(0, 1), np.ones((4, 4))), cmap="gray", vmin=0, vmax=1)


def scatter(points: np.ndarray, colours: np.ndarray | None, path: Path, title: str) -> None:
    """Save points in the plane, coloured by class where there are classes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    dots = axes.scatter(*points.T, c=colours, s=6, cmap=None if colours is None else "tab10")
    if colours is not None:
        axes.legend(*dots.legend_elements(), frameon=False, title="class")
    axes.set_title(title)
    axes.set_aspect("equal")
    figure.savefig(path)
