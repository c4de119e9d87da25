"""The command line: one verb a function, nothing else."""

from __future__ import annotations

import errno
import os
import sys
from typing import Annotated

import typer

from .. import __version__
from . import graphs, marks, papers, train

__all__ = ["app", "main"]

app = typer.Typer(
    name="tripos",
    help="Set, sit and mark deep-learning exams whose answers are computation graphs.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help starts in half the time
)


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


_FORMULAS = {"ignore_unknown_options": True}  # a formula may begin with a minus

app.command()(papers.new)
app.command()(papers.draft)
app.command()(papers.check)
app.command()(papers.solve)
app.command()(marks.mark)
app.command(context_settings=_FORMULAS)(marks.compare)
app.command()(graphs.sizes)
app.command(context_settings=_FORMULAS)(graphs.derive)
app.command()(train.train)


_FREE = "make room, then run it again: it goes on where it stopped"
_DISK = {
    errno.ENOSPC: _FREE,
    errno.EDQUOT: _FREE,
    errno.EROFS: "name a folder that can be written",
    errno.EACCES: "name a file or a folder that you may use",
}
"""What can be done about what the disk refuses."""


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
        if isinstance(error, OSError) and error.errno in _DISK:
            where = f"{error.filename}: " if error.filename else ""
            typer.echo(f"error: {where}{error.strerror}\n    help:     {_DISK[error.errno]}", err=True)
            sys.exit(2)
        typer.echo(
            f"error: Tripos failed: {error!r}; please report this, with what TRIPOS_TRACEBACK=1 prints",
            err=True,
        )
        sys.exit(70)
