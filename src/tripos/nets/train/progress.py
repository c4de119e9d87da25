"""A bar that shows how far training is, and its latest losses."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from .history import Row


class Progress:
    """A Rich progress bar on standard error; by default only where that is a terminal."""

    def __init__(self, epochs: int, done: int, shown: bool | None = None):
        self.bar: Any = None
        if sys.stderr.isatty() if shown is None else shown:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self.bar = Bar(
                TextColumn("epoch"),
                MofNCompleteColumn(),
                BarColumn(bar_width=24),
                TimeRemainingColumn(),
                TextColumn("{task.description}"),
                console=Console(stderr=True),
            )
            self.task = self.bar.add_task("compiling", total=epochs, completed=done)

    def __enter__(self) -> Progress:
        if self.bar is not None:
            self.bar.start()
        return self

    def step(self, row: Row) -> None:
        """Show one epoch more, and what it measured."""
        if self.bar is not None:
            told = "  ".join(f"{k} {v:.4g}" for k, v in row.items() if k not in ("epoch", "seconds"))
            self.bar.update(self.task, completed=int(row["epoch"]), description=told)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.stop()
