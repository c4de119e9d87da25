"""What a batch has come to, as tables for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from .batch.remark import Change, Changed
from .queue.decisions import QUEUE
from .result import WAITING
from .run import Run
from .statistics.items import Statistics
from .stored import decimal

ROWS = 30
"""Rows that a table shows before it points to the file with all of them."""


@contextmanager
def watched() -> Iterator[Callable[[int, int], None]]:
    """Give what shows how many scripts are marked, of how many; nothing is shown where nobody watches."""
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("scripts"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=None)
        yield lambda done, of: progress.update(bar, completed=done, total=of)


FLAGGED = 10
"""Blanks that stand out and are printed."""


def print_run(done: Run) -> None:
    """Print what marking came to: the items, what changed, and where the marks lie."""
    screen = Console()
    console = Console(width=screen.width if screen.is_terminal else 100, highlight=False)
    print_statistics(done.statistics, console)
    if done.changed is not None:
        console.print()
        print_changes(done.changed, console)
    before = f", {done.before:,} of them before" if done.before else ""
    console.print(Text(f"{_count(done.scripts, 'script')} marked{before}: {done.marks}"), soft_wrap=True)
    waiting = sum(q.outcomes.get(name, 0) for q in done.statistics.questions for name in WAITING)
    if waiting:
        todo = f"tick the files in {done.marks.parent / QUEUE}, then mark again"
        verb = "waits" if waiting == 1 else "wait"
        console.print(Text(f"{_count(waiting, 'answer')} {verb} for a person: {todo}"), soft_wrap=True)
    if done.pages:
        console.print(Text(f"a page for each candidate: {done.pages}"), soft_wrap=True)


def print_statistics(statistics: Statistics, console: Console) -> None:
    """Print a row a question, the blanks to look at, and the totals."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("question", no_wrap=True, overflow="ellipsis", max_width=24)
    for name in ("points", "facility", "discrimination", "right", "partly", "wrong", "waiting"):
        table.add_column(name, justify="right", no_wrap=True, min_width=len(name))
    if any(item.slips for item in statistics.questions):
        table.add_column("commonest slip", overflow="ellipsis", no_wrap=True, ratio=1)
    for item in statistics.questions[:ROWS]:
        counts = [item.outcomes.get(name, 0) for name in ("right", "partly")]
        wrong = item.outcomes.get("wrong", 0) + item.outcomes.get("unanswered", 0)
        waiting = sum(item.outcomes.get(name, 0) for name in WAITING)
        slip = next((f"{name} ({count})" for name, count in item.slips.items()), "")
        row = [f"{item.of:g}", _share(item.facility), _share(item.discrimination)]
        row += map(str, (*counts, wrong, waiting))
        table.add_row(Text(item.name), *row, *([Text(slip)] if len(table.columns) > len(row) + 1 else []))
    console.print(table)
    if len(statistics.questions) > ROWS:
        console.print(f"{len(statistics.questions) - ROWS} more questions: statistics.csv")
    flagged = [item for item in statistics.blanks if item.flags]
    for item in flagged[:FLAGGED]:
        measures = f"facility {_share(item.facility)}, discrimination {_share(item.discrimination)}"
        console.print(Text(f"look at {item.name}: {', '.join(item.flags)} ({measures})"))
    if len(flagged) > FLAGGED:
        console.print(f"{len(flagged) - FLAGGED} more to look at: statistics.csv")
    console.print(Text(_totals(statistics)))


def _totals(statistics: Statistics) -> str:
    if statistics.mean is None:
        return "no candidates"
    spread = "" if statistics.deviation is None else f", standard deviation {statistics.deviation:.2f}"
    alpha = "" if statistics.alpha is None else f"; Cronbach's alpha {statistics.alpha:.2f}"
    if alpha and statistics.complete < statistics.candidates:
        alpha += f" over the {statistics.complete} without waiting points"
    return f"mean {statistics.mean:.2f} of {statistics.of:g} points{spread}{alpha}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")


def print_changes(changed: Changed, console: Console) -> None:
    """Print who changes and why."""
    if not changed.changes:
        console.print("no changes")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("candidate", "blank"):
        table.add_column(name, overflow="fold")
    for name in ("old", "new"):
        table.add_column(name, justify="right")
    table.add_column("why", overflow="fold", ratio=1)
    for change in changed.first[:ROWS]:
        points = [_points(change.old), _points(change.new)]
        table.add_row(Text(change.candidate), Text(change.blank), *points, Text(_why(change)))
    console.print(table)
    if changed.changes > ROWS:
        console.print(f"{changed.changes - ROWS} more in changes.csv")
    marks, people = _count(changed.changes, "mark"), _count(changed.candidates, "candidate")
    console.print(f"{marks} of {people} would change: {changed.gain} gain, {changed.lose} lose")


def _points(points: Fraction | None) -> str:
    return decimal(points) if points is not None else "–"


def _why(change: Change) -> str:
    return f"{change.cause}: {change.reason}" if change.reason else change.cause


def _count(number: int, one: str) -> str:
    return f"{number:,} {one}" + ("" if number == 1 else "s")
