"""Mathematics in the cells of Markdown tables, where a bar would begin the next cell."""

from __future__ import annotations

import re


def in_table(before: str) -> bool:
    """Say whether what follows a text stands in a row of a table."""
    return before.rpartition("\n")[2].lstrip().startswith("|")


def without_bars(latex: str) -> str:
    """Return LaTeX with commands for its bars, which mean the same and may stand in a cell."""
    return re.sub(r"\\?\|", lambda bar: r"\Vert " if bar[0] == r"\|" else r"\vert ", latex)
