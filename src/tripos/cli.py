"""The command line: one verb a function, nothing else."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from . import __version__

if TYPE_CHECKING:
    from .paper.model import Question
    from .paper.report import Report

app = typer.Typer(
    name="tripos",
    help="Set, sit and mark deep-learning exams whose answers are computation graphs.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help starts in half the time
)

PaperPath = Annotated[
    Path, typer.Argument(metavar="PAPER", help="The paper, a Markdown file.", show_default=False)
]
Timeout = Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="Time that a question may take.")]


class Format(StrEnum):
    """How a worked solution is printed."""

    terminal = "terminal"
    markdown = "markdown"
    html = "html"


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tripos {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    pass


@app.command()
def check(
    papers: Annotated[
        list[Path], typer.Argument(metavar="PAPER", help="Papers to check.", show_default=False)
    ],
    json: Annotated[bool, typer.Option("--json", help="Print everything known as JSON.")] = False,
    timeout: Timeout = 10.0,
) -> None:
    """Check papers: every key twice, every choice, every published key, every point.

    Prints findings as FILE:LINE: SEVERITY: MESSAGE.  The exit status is 1 if there are errors.
    """
    reports = _checked(papers, timeout)
    if json:
        import json as encoder

        data = [report.as_json() for report in reports]
        typer.echo(encoder.dumps(data[0] if len(data) == 1 else data, indent=2, ensure_ascii=False))
    else:
        for report in reports:
            _print_findings(report)
    if not all(report.ok for report in reports):
        raise typer.Exit(1)


@app.command()
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
    from .press.selection import NotFound, errors_in, select

    (report,) = _checked([paper], timeout)
    try:
        selected = select(report, question, blank)
    except NotFound as error:
        _fail(str(error))
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
            _fail(f"cannot write {output}: {error.strerror}")


@app.command()
def sizes(
    system: Annotated[
        str,
        typer.Argument(
            metavar="SYSTEM",
            help='Layers as in PyTorch, such as "Sequential(Linear(784, k), ReLU(), Linear(k, 10))".',
            show_default=False,
        ),
    ],
    input: Annotated[
        list[str],
        typer.Option(
            "--input",
            "-i",
            metavar="SHAPE",
            help="The shape of an input, such as 3x224x224 or 3xHxW; once for each input.",
            show_default=False,
        ),
    ],
    depth: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Show layers inside layers down to this depth.")
    ] = None,
    train: Annotated[bool, typer.Option("--train", help="Size it as it is trained, with dropout.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Print the table in LaTeX.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print everything known as JSON.")] = False,
    timeout: Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="Time that it may take.")] = 10.0,
) -> None:
    """Print the sizes of a system of layers: shapes, parameters, cost, memory, receptive fields.

    Letters are symbolic sizes: Linear(d, k) has d k + k parameters.  A letter may have a digit or a
    subscript, as d2 or d_model.  FLOPs count a multiply-accumulate (MAC) as two; activations are the
    entries that backpropagation keeps; the field is what a unit sees of the first input, and the jump how
    far apart in it neighbouring units look.
    """
    from contextlib import nullcontext

    from .graph import GraphError
    from .nets import training
    from .nets.sizing import sizes as sized
    from .paper.expression import read_shape, read_system
    from .paper.runner import OutOfTime, limited
    from .press import sizes as press

    try:
        with limited(timeout), training() if train else nullcontext():
            rows = sized(read_system(system), *map(read_shape, input), depth=depth)
    except GraphError as error:
        _fail(str(error))
    except OutOfTime:
        _fail(f"the sizes took longer than {timeout:g} s; take fewer layers, or raise --timeout")
    if json:
        import json as encoder

        typer.echo(encoder.dumps(press.as_json(rows), indent=2, ensure_ascii=False))
    else:
        typer.echo(press.latex(rows) if latex else press.table(rows), nl=False)


@app.command(context_settings={"ignore_unknown_options": True})  # a formula may begin with a minus
def derive(
    formula: Annotated[
        str,
        typer.Argument(
            metavar="FORMULA",
            help='A scalar, such as "z = w @ x + b; -log(sigmoid(z))": names that are assigned become lines.',
            show_default=False,
        ),
    ],
    wrt: Annotated[
        list[str],
        typer.Option("--wrt", metavar="NAMES", help="Derive by these, such as w,b.", show_default=False),
    ],
    shape: Annotated[
        list[str] | None,
        typer.Option(
            "--shape",
            metavar="SHAPES",
            help="Shapes such as W=kxd,x=d,n=3; letters are symbolic sizes.  What has none is a scalar.",
            show_default=False,
        ),
    ] = None,
    domain: Annotated[
        list[str] | None,
        typer.Option(
            "--domain",
            metavar="DOMAINS",
            help="What names stand for, such as p=probability,y=distribution,s=positive.",
            show_default=False,
        ),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Write gradients in full, however long.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Print aligned equations in LaTeX.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print everything known as JSON.")] = False,
    timeout: Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="Time that it may take.")] = 10.0,
) -> None:
    """Print how derivatives are found: the forward lines, then backpropagation in matrix notation.

    The formula is written with the names that workings use; it is read, and never run as Python.  The
    gradients are compared with finite differences before they are printed.
    """
    from .graph import GraphError
    from .graph.deriving.agreement import agreement
    from .graph.deriving.derivation import FULL, SHORT, derivation
    from .paper.runner import OutOfTime, limited
    from .paper.statements import read_formula
    from .press import derivation as press

    try:
        with limited(timeout):
            read = read_formula(formula, shape or [], domain or [])
            targets = read.nodes(",".join(wrt))
            lines = list(read.names.values())
            derived = derivation(read.of, targets, order=lines, longest=FULL if full else SHORT)
            remark = agreement(derived)
    except GraphError as error:
        _fail(str(error))
    except OutOfTime:
        _fail(f"the derivation took longer than {timeout:g} s; derive a smaller formula, or raise --timeout")
    if json:
        import json as encoder

        typer.echo(encoder.dumps(press.as_json(derived, remark), indent=2, ensure_ascii=False))
    elif latex:
        typer.echo(press.latex(derived), nl=False)
    else:
        from shutil import get_terminal_size

        typer.echo(press.terminal(derived, remark, get_terminal_size((100, 24)).columns), nl=False)


@app.command()
def new(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="Where to write the new paper.", show_default=False)
    ],
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that exists.")] = False,
) -> None:
    """Write a commented paper to start from; it passes check."""
    from .paper.template import TEMPLATE

    if path.is_dir():
        _fail(f"{path} is a directory; name a file in it, such as {path / 'paper.md'}")
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(TEMPLATE)
    except FileExistsError:
        _fail(f"{path} exists; choose another name, or overwrite it with --force")
    except OSError as error:
        _fail(f"cannot write {path}: {error.strerror}")
    typer.echo(f"wrote {path}; now: tripos check {path}")


def main() -> None:
    """Run the command line; whatever happens, no traceback reaches the user."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
    except Exception as error:
        # Whatever it is, the fault is ours, and a traceback would help nobody but us.
        if os.environ.get("TRIPOS_TRACEBACK"):
            raise
        typer.echo(
            f"error: Tripos failed: {error!r}; please report this, with what TRIPOS_TRACEBACK=1 prints",
            err=True,
        )
        sys.exit(70)


def _checked(papers: list[Path], timeout: float) -> list[Report]:
    """Return the papers worked and checked, with progress where someone watches."""
    from .paper.examiner import Examiner

    watched = sys.stderr.isatty()
    with Examiner() as examiner:  # it loads while we do
        from .paper.check import check_file

        reports = []
        for path in papers:

            def progress(question: Question, path: Path = path) -> None:
                typer.echo(f"\r\033[K{path}: {question.number} {question.title[:60]}", nl=False, err=True)

            reports.append(
                check_file(path, examiner, seconds=timeout, progress=progress if watched else None)
            )
    if watched:
        typer.echo("\r\033[K", nl=False, err=True)
    return reports


def _print_findings(report: Report) -> None:
    colours = {"error": typer.colors.RED, "warning": typer.colors.YELLOW, "erratum": typer.colors.CYAN}
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
        _count(report.count("error"), "error"),
        _count(report.count("warning"), "warning"),
        _count(report.count("erratum"), "erratum", "errata"),
    ]
    typer.echo(
        f"{report.path}: {_count(len(leaves), 'question')}, {_count(points, 'point')}; "
        f"{proven} of {_count(len(blanks), 'key')} computed and proven; {', '.join(counts)}"
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _printed(report: Report, format: Format, *, whole: bool) -> str:
    if format is Format.markdown:
        from .press.markdown import markdown

        return markdown(report)
    if format is Format.html:
        from .press.html import html

        return html(report)
    import io

    from rich.console import Console

    from .press.terminal import print_report

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


def _fail(message: str) -> NoReturn:
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(2)
