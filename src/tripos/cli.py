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


@app.command(context_settings={"ignore_unknown_options": True})  # a formula may begin with a minus
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
    from .answers import pairs

    if batch is not None:
        if key is not None or names:
            _fail("--batch takes keys, answers and names from its file; leave out KEY, ANSWER and --names")
        _compare_batch(batch, output)
        return
    if key is None or answer is None:
        _fail("expected KEY and ANSWER, or --batch FILE")
    try:
        text, right = pairs.explain(key, answer, names, json=json)
    except ValueError as error:  # names or a key without meaning
        _fail(str(error))
    _write(text, output)
    if not right:
        raise typer.Exit(1)


def _compare_batch(path: Path, output: Path | None) -> None:
    """Judge the lines of a file as they come, so that memory stays flat; report on standard error."""
    import json as encoder
    from contextlib import ExitStack

    from .answers.pairs import judge_lines

    failed = 0
    with ExitStack() as stack:
        try:
            lines = sys.stdin if str(path) == "-" else stack.enter_context(path.open(encoding="utf-8"))
            out = sys.stdout if output is None else stack.enter_context(output.open("w", encoding="utf-8"))
        except OSError as error:
            _fail(f"cannot open {error.filename}: {error.strerror}")
        try:
            for found in judge_lines(lines):
                out.write(encoder.dumps(found, ensure_ascii=False) + "\n")
                if "error" in found:
                    failed += 1
                    typer.echo(f"{path}:{found['line']}: {found['error']}", err=True)
        except UnicodeDecodeError:
            _fail(f"{path} is no text in UTF-8")
    if failed:
        typer.echo(f"{_count(failed, 'line')} could not be compared", err=True)
        raise typer.Exit(1)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        _fail(f"cannot write {output}: {error.strerror}")


@app.command()
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
    from .marking.ledger import CannotMark
    from .marking.plan import Refused
    from .marking.run import run
    from .marking.summary import print_run, watched
    from .paper.diagnostic import Fault

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
        _fail(f"{paper} has errors, and a wrong key makes wrong marks; correct it, then mark")
    except Fault as fault:
        typer.echo(str(fault.diagnostic), err=True)
        raise typer.Exit(2) from None
    except CannotMark as error:
        _fail(str(error))
    print_run(done)
    if done.status:
        raise typer.Exit(done.status)


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


def _checked(papers: list[Path], timeout: float, *, notes: bool = False) -> list[Report]:
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
