"""The verbs about papers: check, solve, new, draft."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .shared import AsJson, PaperPath, Timeout, count, fail

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
    json: AsJson = False,
    slips: Annotated[
        bool, typer.Option("--slips", help="Also list the slips that a key cannot tell apart.")
    ] = False,
    timeout: Timeout = 10.0,
) -> None:
    """Check papers: every key twice, every choice, every published key, every point.

    Prints findings as FILE:LINE: SEVERITY: MESSAGE.  The exit status is 1 if there are errors.
    """
    reports = _checked(papers, timeout, slips=slips)
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
    stream: Annotated[
        str | None,
        typer.Option("--stream", metavar="NAME", help="Only what is for this stream of candidates."),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="CODE", help="In this language of the paper.")
    ] = None,
    cover: Annotated[bool, typer.Option("--cover", help="Print a cover sheet first.")] = False,
    timeout: Timeout = 10.0,
) -> None:
    """Print the worked solution of a paper, a question or a blank.

    Nothing is printed from a question that has errors: a key is shown only when it is proven.
    """
    from ..press.selection import NotFound, errors_in, for_stream, select

    (report,) = _checked([paper], timeout, language=language)
    if language is not None and report.questions and language not in _languages(report):
        fail(f"the paper is not in {language!r}; it is in {', '.join(_languages(report))}")
    try:
        seen = for_stream(report, stream) if report.questions else report
        selected = select(seen, question, blank)
    except NotFound as error:
        fail(str(error))
    errors = errors_in(report, selected)
    for finding in errors:
        typer.echo(str(finding), err=True)
    if errors:
        raise typer.Exit(1)
    text = _printed(selected, format, whole=blank is None, cover=seen if cover else None)
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


def draft(
    old: Annotated[
        Path,
        typer.Argument(metavar="OLD", help="The old exam: .txt, .md, .tex or .pdf.", show_default=False),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to this file instead of the screen."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that exists.")] = False,
) -> None:
    """Turn an old exam into a draft paper, with comments where a person must look or write.

    What was found, and what is doubtful, is reported on standard error.
    """
    from ..paper.diagnostic import Fault
    from ..paper.drafting import draft_file

    target = None if output is None or str(output) == "-" else output
    if target is not None and target.is_dir():
        fail(f"{target} is a directory; name a file in it, such as {target / 'paper.md'}")
    if target is not None and target.exists() and not force:
        fail(f"{target} exists; choose another name, or overwrite it with --force")
    try:
        made = draft_file(old)
    except Fault as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None
    if target is None:
        typer.echo(made.text, nl=False)
    else:
        try:
            with target.open("w" if force else "x", encoding="utf-8") as file:
                file.write(made.text)
        except OSError as error:
            fail(f"cannot write {target}: {error.strerror}")
    for doubt in made.doubts:
        typer.echo(f"{old}:{doubt.line}: unsure: {doubt.message}", err=True)
    typer.echo(f"{old}: {made.summary()}", err=True)
    if target is not None:
        typer.echo(f"wrote {target}; now: tripos check {target}", err=True)


def _checked(
    papers: list[Path], timeout: float, *, slips: bool = False, language: str | None = None
) -> list[Report]:
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
                    path,
                    examiner,
                    seconds=timeout,
                    progress=progress if watched else None,
                    slips=slips,
                    language=language,
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
        "slip": typer.colors.MAGENTA,
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
    counts = [
        count(report.count("error"), "error"),
        count(report.count("warning"), "warning"),
        count(report.count("erratum"), "erratum", "errata"),
    ]
    if report.count("note"):
        counts.append(f"{count(report.count('note'), 'note')} on the source")
    asked = f"{count(len(leaves), 'question')}, {count(report.total, 'point')}{_of_streams(report)}"
    typer.echo(
        f"{report.path}: {asked}; "
        f"{proven} of {count(len(blanks), 'key')} computed and proven; {', '.join(counts)}"
    )


def _languages(report: Report) -> tuple[str, ...]:
    return report.languages or (str(report.meta.get("language", "en")),)


def _of_streams(report: Report) -> str:
    points = ", ".join(f"{stream} {points}" for stream, points in report.streams.items())
    return f" ({points})" if points else ""


def _printed(report: Report, format: Format, *, whole: bool, cover: Report | None = None) -> str:
    """Return a report as text; ``cover`` is the report whose cover sheet stands before it."""
    from ..press.cover import html_cover, markdown_cover

    if format is Format.markdown:
        from ..press.markdown import markdown

        return (markdown_cover(cover) + "\n" if cover else "") + markdown(report, covered=bool(cover))
    if format is Format.html:
        from ..press.html import html

        return html(report, before=html_cover(cover) if cover else "")
    import io

    from rich.console import Console
    from rich.markdown import Markdown

    from ..press.terminal import print_report

    screen = Console()
    console = Console(
        file=io.StringIO(),
        width=screen.width if screen.is_terminal else 100,
        force_terminal=screen.is_terminal,
        color_system="auto" if screen.is_terminal else None,
    )
    if cover:
        console.print(Markdown(markdown_cover(cover)))
    print_report(report, console, text=whole, covered=cover is not None)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()
