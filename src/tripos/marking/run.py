"""``tripos mark``: scripts of a paper to a folder of marks, with statistics and, if asked, who changes."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from .batch.batch import Marker, mark_batch, mark_task
from .batch.ledger import CannotMark, alone
from .batch.remark import Changed, OldMarks, write_changes
from .mark import mark_script
from .plan import Place, Plan, load_plan
from .queue.decisions import take_decisions, take_over
from .reports.reports import write_reports
from .result import BlankMark, Mark
from .scripts.collected import Scripts, read_scripts
from .scripts.script import Script, script_hash
from .statistics.items import Statistics, statistics_of, write_statistics
from .statistics.plots import HOW, can_plot, write_plots
from .stored import mark_of, marks_in, replaced, write_marks_csv

FEW = 200
"""Scripts up to which one process is done before a second would have started."""

REPORTED = 300
"""Scripts up to which each gets a page unless it is said otherwise: a page takes 0.25 MB."""

REPORTS = "reports"
"""The folder of the pages."""

SHOWN = 20
"""Findings about scripts that are printed."""

FINDINGS = "findings.txt"
"""The file that lists all findings about the scripts."""


@dataclass(frozen=True)
class Run:
    """What marking came to: where the marks lie, of how many scripts, and how many were there before.

    ``errors`` counts the answers in the scripts, and the decisions of people, that could not be read;
    ``pages`` is the list of the pages that were written.
    """

    plan: Plan
    marks: Path
    scripts: int
    before: int
    errors: int
    statistics: Statistics
    changed: Changed | None
    pages: Path | None = None

    @property
    def status(self) -> int:
        """The exit status: 1 where answers could not be read, 3 where marks changed, otherwise 0."""
        return 1 if self.errors else 3 if self.changed and self.changed.changes else 0


def run(
    paper: Path,
    scripts: Path,
    out: Path,
    *,
    jobs: int | None = None,
    backend: str = "",
    address: str = "",
    against: Path | None = None,
    force: bool = False,
    plots: bool = False,
    reports: bool | None = None,
    tell: Callable[[str], None] = lambda finding: None,
    watch: Callable[[int, int], None] = lambda done, of: None,
) -> Run:
    """Mark scripts into the folder ``out``; the same call goes on with what a kill has left.

    Raises Fault for files that cannot be read, Refused (of the plan) for a paper with errors, and CannotMark
    where the folder holds other marks.  What people decided in the folder's queue goes into the marks, and
    the queue is written anew.  ``reports`` says whether each candidate gets a page, None that up to
    ``REPORTED`` do.  ``tell`` is told what is wrong with the scripts, ``watch`` how many
    are marked, of how many.
    """
    if plots and not can_plot():
        raise CannotMark(f"there is nothing to draw plots with\n    help:     {HOW}")
    plan = load_plan(paper)
    with ExitStack() as stack:
        read = stack.enter_context(read_scripts(scripts, partial(_named, plan), plan.remedy))
        old = stack.enter_context(closing(OldMarks(against))) if against else None
        _tell(read, out, tell)
        make = partial(marker_of, paper, plan.hashes)
        if against:
            take_over(against, out)
        batch = mark_batch(
            read,
            out,
            make,
            plan.hashes,
            jobs=jobs or (1 if len(read) <= FEW else os.cpu_count() or 1),
            backend=backend,
            address=address,
            old=old,
            force=force,
            progress=lambda done: watch(done, len(read)),
        )
        stack.enter_context(alone(out))  # decisions are put into the marks: by one process at a time

        def again(script: Script) -> Mark:
            (line,) = mark_task("again", make, [(script, ())])
            return mark_of(line.encode(), batch.marks, 1)

        unclear = take_decisions(batch.marks, plan.report, read, again)
        for finding in unclear:
            tell(str(finding))
        pages = None
        if reports or (reports is None and len(read) <= REPORTED):
            pages = write_reports(marks_in(batch.marks), plan.report, out / REPORTS)
        _write_findings(read, out)
        statistics = statistics_of(batch.marks)
        write_statistics(statistics, out)
        write_marks_csv(batch.marks, [place.id for place in plan.blanks], out / "marks.csv")
        if plots:
            write_plots(statistics, out / "plots")
        changed = write_changes(old, batch.marks, out / "changes.csv") if old else None
        errors = read.errors + len(unclear)
        return Run(plan, batch.marks, len(read), batch.before, errors, statistics, changed, pages)


def marker_of(paper: Path, hashes: Mapping[str, str]) -> Marker:
    """Return what marks a script of a paper; raise CannotMark where the paper has changed meanwhile."""
    plan = load_plan(paper)
    if plan.hashes != hashes:
        raise CannotMark(
            f"{paper} has changed since marking began\n    help:     start again, into another folder"
        )
    gc.freeze()  # the plan stays: to look through it for garbage, time and again, takes 0.1 s each
    return partial(_mark, plan)


def _mark(plan: Plan, script: Script) -> Mark:
    """Return the marks of a script; where Tripos itself fails, all of it waits for a person."""
    try:
        return mark_script(plan, script)
    except Exception as error:
        reason = f"Tripos failed while it marked this script ({error!r:.200}); a person marks it"
        blanks = tuple(_unmarked(place, script, reason) for place in plan.blanks)
        hashes = {**plan.hashes, "script": script_hash(script)}
        return Mark(script.candidate, script.version, blanks, hashes, counting=plan.counting)


def _unmarked(place: Place, script: Script, reason: str) -> BlankMark:
    answer = script.answers.get(place.id, "")
    return BlankMark(
        place.id, place.question, place.kind, answer, "undecided", None, place.points, place.text, reason
    )


def _named(plan: Plan, name: str) -> str | None:
    place = plan.find(name)
    return place.id if place else None


def _tell(read: Scripts, out: Path, tell: Callable[[str], None]) -> None:
    for finding in islice(read.findings(), SHOWN):
        tell(str(finding))
    if read.found > SHOWN:
        tell(f"and {read.found - SHOWN} more findings: {out / FINDINGS} will list them all")


def _write_findings(read: Scripts, out: Path) -> None:
    """Write what is wrong with the scripts, if anything is."""
    if not read.found:
        (out / FINDINGS).unlink(missing_ok=True)
        return
    with replaced(out / FINDINGS) as file:
        file.writelines(f"{finding}\n" for finding in read.findings())
