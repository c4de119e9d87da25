"""The verbs about answers: compare, mark."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .shared import PaperPath, count, fail


def compare(
    key: Annotated[
        str | None, typer.Argument(metavar="KEY", help="The key, a formula.", show_default=False)
    ] = None,
    answer: Annotated[
        str | None, typer.Argument(metavar="ANSWER", help="The answer to it.", show_default=False)
    ] = None,
    names: Annotated[
        str,
        typer.Option(
            "--names",
            metavar="NAMES",
            help="What names stand for, such as 'W: k×d, h: d, p: probability k, i: index k'.",
            show_default=False,
        ),
    ] = "",
    batch: Annotated[
        Path | None,
        typer.Option(
            "--batch",
            metavar="FILE",
            help="Compare the pairs of a file, one JSON object a line; - reads them from standard input.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to this file instead of the screen."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Compare an answer with a key: right, wrong with a witness, unread with the place, or undecided.

    The exit status is 0 where the answer is right, else 1.  A line of a batch is
    {"reference": KEY, "answer": ANSWER, "vars": {NAME: {"shape": ["k", "d"], "domain": "real"}}}; the fields
    of the line come back with verdict, witness, reason, bound and ms.
    """
    from ..answers.comparing import pairs

    if batch is not None:
        if key is not None or names:
            fail("--batch takes keys, answers and names from its file; leave out KEY, ANSWER and --names")
        _compare_batch(batch, output)
        return
    if key is None or answer is None:
        fail("expected KEY and ANSWER, or --batch FILE")
    try:
        text, right = pairs.explain(key, answer, names, json=json)
    except ValueError as error:  # names or a key without meaning
        fail(str(error))
    _write(text, output)
    if not right:
        raise typer.Exit(1)


def _compare_batch(path: Path, output: Path | None) -> None:
    """Judge the lines of a file as they come, so that memory stays flat; report on standard error."""
    import json as encoder
    from contextlib import ExitStack

    from ..answers.comparing.pairs import judge_lines

    failed = 0
    with ExitStack() as stack:
        try:
            lines = sys.stdin if str(path) == "-" else stack.enter_context(path.open(encoding="utf-8"))
            out = sys.stdout if output is None else stack.enter_context(output.open("w", encoding="utf-8"))
        except OSError as error:
            fail(f"cannot open {error.filename}: {error.strerror}")
        try:
            for found in judge_lines(lines):
                out.write(encoder.dumps(found, ensure_ascii=False) + "\n")
                if "error" in found:
                    failed += 1
                    typer.echo(f"{path}:{found['line']}: {found['error']}", err=True)
        except UnicodeDecodeError:
            fail(f"{path} is no text in UTF-8")
    if failed:
        typer.echo(f"{count(failed, 'line')} could not be compared", err=True)
        raise typer.Exit(1)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        fail(f"cannot write {output}: {error.strerror}")


def mark(
    paper: PaperPath,
    scripts: Annotated[
        Path,
        typer.Argument(
            metavar="SCRIPTS",
            help="What candidates answered: JSON lines, CSV, or a folder with a file for each candidate.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FOLDER", help="Write the marks here.", show_default=False),
    ],
    reports: Annotated[
        bool | None,
        typer.Option(
            "--reports/--no-reports",
            help="Write a page for each candidate; without either, for up to 300 candidates.",
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="MARKS",
            help="Show who changes from these marks, an earlier marks.jsonl.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", "-j", min=1, metavar="N", help="Processes; all cores where there are many scripts."
        ),
    ] = None,
    backend: Annotated[
        str, typer.Option(metavar="NAME", help="Where to mark: processes, dask or ray.", show_default=False)
    ] = "processes",
    address: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The scheduler of the cluster.", show_default=False)
    ] = "",
    plots: Annotated[bool, typer.Option("--plots", help="Draw the item statistics.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Mark anew where the folder has other marks.")
    ] = False,
) -> None:
    """Mark scripts: every answer compared, credited and explained; what is not certain waits for a person.

    A script calls a blank by its question and what stands between its brackets: sgd/w_new is the blank
    [[w_new]] of the question sgd.  A name that only one blank has will do alone; a choice or an open question
    goes by the id or the number of its question.
    A wrong answer is followed through: what is right for it later on is credited as the paper's marking says.

    The folder gets marks.jsonl and marks.csv, statistics, a page for each candidate in reports/ (begin with
    index.html), and in queue/ a file for each question with the answers that wait for a person.  Tick the
    files and mark again: ticks are read first, and never overwritten.

    The same command goes on where a kill has stopped it.  The exit status is 0; 1 where answers could not be
    read; 3 where --against shows changes.
    """
    from ..marking.batch.ledger import CannotMark
    from ..marking.plan import Refused
    from ..marking.run import run
    from ..marking.summary import print_run, watched
    from ..paper.diagnostic import Fault

    try:
        with watched() as watch:
            done = run(
                paper,
                scripts,
                output,
                jobs=jobs,
                backend=backend,
                address=address,
                against=against,
                force=force,
                reports=reports,
                plots=plots,
                tell=lambda finding: typer.echo(finding, err=True),
                watch=watch,
            )
    except Refused as refused:
        typer.echo(str(refused), err=True)
        fail(f"{paper} has errors, and a wrong key makes wrong marks; correct it, then mark")
    except Fault as fault:
        typer.echo(str(fault.diagnostic), err=True)
        raise typer.Exit(2) from None
    except CannotMark as error:
        fail(str(error))
    print_run(done)
    if done.status:
        raise typer.Exit(done.status)
