"""What all verbs share: common arguments, how they fail and how they count."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

PaperPath = Annotated[
    Path, typer.Argument(metavar="PAPER", help="The paper, a Markdown file.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print everything known as JSON.")]
Seconds = Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="Time that it may take.")]
Timeout = Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="Time that a question may take.")]


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: 1 error, 2 errors."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def fail(message: str) -> NoReturn:
    """Print what is wrong, and end with exit status 2."""
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(2)
