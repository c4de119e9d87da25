"""The verbs about papers: check, solve, new."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .shared import PaperPath, Timeout, count, fail

if TYPE_CHECKING:
    from ..paper.model import Question
    from ..paper.report import Report


class Format(StrEnum):
    """How a worked solution is printed."""

    terminal = "terminal"
    markdown = "markdown"
    html = "html"


def check(
    papers: Annotated[
        list[Path], typer.Argument(metavar="PAPER", help="Papers to check.", show_default=False)
    ],
    json: Annotated[bool, typer.Option("--json", help="Print everything known as JSON.")] = False,
    notes: Annotated[
        bool, typer.Option("--notes", help="Also note the slips that a key cannot tell apart.")
    ] = False,
    timeout: Timeout = 10.0,
) -> None:
    """Check papers: every key twice, every choice, every published key, every point.

    Prints findings as FILE:LINE: SEVERITY: MESSAGE.  The exit status is 1 if there are errors.
    """
    reports = _checked(papers, timeout, notes=notes)
    if json:
        import json as encoder

        data = [report.as_json() for report in reports]
        typer.echo(encoder.dumps(data[0] if len(data) == 1 else data, indent=2, ensure_ascii=False))
    else:
        for report in reports:
            _print_findings(report)
    if not all(report.ok for report in reports):
        raise typer.Exit(1)


def solve(
    paper: PaperPath,
    question: Annotated[
        str | None,
        typer.Option("--question", "-q", metavar="ID", help="Only this question: its id or its number."),
    ] = None,
    blank: Annotated[
        str | None, typer.Option("--blank", "-b", metavar="NAME", help="Only what leads to this blank.")
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = Format.terminal,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to this file instead of the screen."),
    ] = None,
    timeout: Timeout = 10.0,
) -> None:
    """Print the worked solution of a paper, a question or a blank.

    Nothing is printed from a question that has errors: a key is shown only when it is proven.
    """
    from ..press.selection import NotFound, errors_in, select

    (report,) = _checked([paper], timeout)
    try:
        selected = select(report, question, blank)
    except NotFound as error:
        fail(str(error))
    errors = errors_in(report, selected)
    for finding in errors:
        typer.echo(str(finding), err=True)
    if errors:
        raise typer.Exit(1)
    text = _printed(selected, format, whole=blank is None)
    if output is None:
        typer.echo(text, nl=False)
    else:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            fail(f"cannot write {output}: {error.strerror}")


def new(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="Where to write the new paper.", show_default=False)
    ],
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that exists.")] = False,
) -> None:
    """Write a commented paper to start from; it passes check."""
    from ..paper.template import TEMPLATE

    if path.is_dir():
        fail(f"{path} is a directory; name a file in it, such as {path / 'paper.md'}")
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(TEMPLATE)
    except FileExistsError:
        fail(f"{path} exists; choose another name, or overwrite it with --force")
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror}")
    typer.echo(f"wrote {path}; now: tripos check {path}")


def _checked(papers: list[Path], timeout: float, *, notes: bool = False) -> list[Report]:
    """Return the papers worked and checked, with progress where someone watches."""
    from ..paper.examiner import Examiner

    watched = sys.stderr.isatty()
    with Examiner() as examiner:  # it loads while we do
        from ..paper.check import check_file

        reports = []
        for path in papers:

            def progress(question: Question, path: Path = path) -> None:
                typer.echo(f"\r\033[K{path}: {question.number} {question.title[:60]}", nl=False, err=True)

            reports.append(
                check_file(
                    path, examiner, seconds=timeout, progress=progress if watched else None, notes=notes
                )
            )
    if watched:
        typer.echo("\r\033[K", nl=False, err=True)
    return reports


def _print_findings(report: Report) -> None:
    colours = {
        "error": typer.colors.RED,
        "warning": typer.colors.YELLOW,
        "erratum": typer.colors.CYAN,
        "note": typer.colors.BLUE,
    }
    for finding in report.diagnostics:
        text = str(finding).replace(
            f" {finding.severity}:",
            f" {typer.style(finding.severity + ':', colours[finding.severity], bold=True)}",
            1,
        )
        typer.echo(text)
    leaves = report.leaves
    blanks = [blank for question in leaves for blank in question.blanks]
    proven = sum(blank.proven for blank in blanks)
    points = sum(question.points or 0 for question in leaves)
    counts = [
        count(report.count("error"), "error"),
        count(report.count("warning"), "warning"),
        count(report.count("erratum"), "erratum", "errata"),
    ]
    typer.echo(
        f"{report.path}: {count(len(leaves), 'question')}, {count(points, 'point')}; "
        f"{proven} of {count(len(blanks), 'key')} computed and proven; {', '.join(counts)}"
    )


def _printed(report: Report, format: Format, *, whole: bool) -> str:
    if format is Format.markdown:
        from ..press.markdown import markdown

        return markdown(report)
    if format is Format.html:
        from ..press.html import html

        return html(report)
    import io

    from rich.console import Console

    from ..press.terminal import print_report

    screen = Console()
    console = Console(
        file=io.StringIO(),
        width=screen.width if screen.is_terminal else 100,
        force_terminal=screen.is_terminal,
        color_system="auto" if screen.is_terminal else None,
    )
    print_report(report, console, text=whole)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()
