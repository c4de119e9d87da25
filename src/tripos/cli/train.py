"""The verb that trains: a model and data to weights, measures and curves."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .shared import count, fail

if TYPE_CHECKING:
    from ..nets.train import Recipe, Run
    from ..nets.train.datasets import Splits

ROWS = 12
"""How many rows of the table of epochs are printed, about."""


def _file(flag: str, metavar: str, about: str) -> Any:
    return typer.Option(flag, metavar=metavar, help=about, show_default=False)


def train(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL", help="A built-in model, or a Python file of your own.", show_default=False
        ),
    ] = None,
    data: Annotated[
        str | None, _file("--data", "DATA", "Data by name, or a file that ends in .csv or .npz.")
    ] = None,
    target: Annotated[
        str | None, _file("--target", "NAME", "The column of a file that is predicted.")
    ] = None,
    classes: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="How many classes the target of a file has; 0 for none."),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How often to go over the rows.")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", min=1, metavar="N", help="Rows in a step.")
    ] = None,
    optimizer: Annotated[str | None, _file("--optimizer", "NAME", "An optimizer, such as adam.")] = None,
    lr: Annotated[float | None, typer.Option("--lr", metavar="NUMBER", help="The step size.")] = None,
    seed: Annotated[
        int, typer.Option(min=0, metavar="N", help="Draws first weights, the order of rows, and noise.")
    ] = 0,
    patience: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Stop after so many epochs without a better one."),
    ] = None,
    clip_norm: Annotated[
        float | None,
        typer.Option("--clip-norm", min=0, metavar="NUMBER", help="Limit the norm of the gradients."),
    ] = None,
    l2: Annotated[
        float | None, typer.Option("--l2", min=0, metavar="NUMBER", help="Add NUMBER/2 Σ w² to the loss.")
    ] = None,
    backend: Annotated[
        str, typer.Option(metavar="NAME", help="jax, numpy, or auto: JAX where it is installed.")
    ] = "auto",
    checkpoint: Annotated[
        Path | None, _file("--checkpoint", "FILE", "Save the run here after every epoch, and go on from it.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume/--no-resume", help="Go on from the checkpoint, or start anew.")
    ] = True,
    history: Annotated[Path | None, _file("--history", "FILE", "Write a row for each epoch as CSV.")] = None,
    plot: Annotated[Path | None, _file("--plot", "FILE", "Draw the curves: .svg, .png or .pdf.")] = None,
    save: Annotated[Path | None, _file("--save", "FILE", "Write the weights as safetensors.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything known as JSON.")] = False,
    list_all: Annotated[
        bool, typer.Option("--list", help="List built-in models, data and optimizers, and stop.")
    ] = False,
) -> None:
    """Train a model on data, choose its best epoch, and measure it on rows that it has not seen.

    MODEL is a built-in model, or a Python file that defines recipe(data) and returns a Recipe.  Without
    --data, a built-in model takes data that suits it.  What is not given is as the recipe says.

    The exit status is 1 where the loss diverges, and 2 where model, data or files are refused.
    """
    if list_all:
        typer.echo(_listed())
        return
    if model is None:
        fail("expected MODEL, such as mlp, or a Python file; tripos train --list shows what there is")
    _check_files(checkpoint, plot, save)
    from ..graph import GraphError
    from ..nets.train import CheckpointError, DataError, Diverged, RecipeError, load
    from ..nets.train.recipe import chosen

    given = {
        "epochs": epochs,
        "batch_size": batch_size,
        "patience": patience,
        "clip_norm": clip_norm,
        "l2": l2,
    }
    settings = {name: value for name, value in given.items() if value is not None}
    try:
        make, source, running = _model(model, data)
        splits = load(source, target=target, classes=classes)
        recipe = chosen(make(splits.train), optimizer, lr)
        with running():
            run = recipe.fit(
                splits.train,
                splits.dev,
                seed=seed,
                backend=backend,
                checkpoint=checkpoint,
                resume=resume,
                **settings,
            )
            measured = run.evaluate(splits.test)
        files = _written(run, history, plot, save)
    except KeyboardInterrupt:
        if checkpoint is not None and checkpoint.exists():
            typer.echo(f"stopped; the same command goes on from {checkpoint}", err=True)
        raise
    except Diverged as error:
        _written(error.run, history, plot, None)
        typer.echo(f"error: {_as_options(str(error))}", err=True)
        raise typer.Exit(1) from None
    except (GraphError, DataError, CheckpointError, RecipeError) as error:
        fail(_as_options(str(error)))
    if json:
        typer.echo(_as_json(model, source, recipe, splits, run, measured, files))
    else:
        _print(model, source, splits, run, measured, files)


# -- before training -------------------------------------------------------------------------------


def _check_files(checkpoint: Path | None, plot: Path | None, save: Path | None) -> None:
    """Refuse what could not be written in the end, before hours are spent."""
    for flag, path, library in (
        ("--checkpoint", checkpoint, "safetensors"),
        ("--save", save, "safetensors"),
        ("--plot", plot, "matplotlib"),
    ):
        if path is not None and find_spec(library) is None:
            fail(f"{flag} needs {library}: pip install 'tripos[train]'")
    if plot is not None and plot.suffix not in (".svg", ".png", ".pdf"):
        fail(f"--plot: curves are saved as .svg, .png or .pdf, found {plot.name!r}")


def _model(model: str, data: str | None) -> tuple[Any, str, Any]:
    """Return what makes the recipe, the name of the data, and what a user's file runs in."""
    from contextlib import nullcontext
    from functools import partial

    from ..nets.train.built_in import maker_of
    from ..nets.train.recipe import read_recipe, running

    if not model.endswith(".py"):
        found = maker_of(model)
        return found.make, data or found.data, nullcontext
    if data is None:
        fail(f"expected --data for {model}: a name such as digits, or a file that ends in .csv or .npz")
    path = Path(model)
    return read_recipe(path), data, partial(running, path)


_OPTION = re.compile(r"\b(batch_size|clip_norm|patience|epochs|backend|lr)=(['\"]?)([\w.]+)\2")


def _as_options(message: str) -> str:
    """Return a message about arguments of ``fit`` with the options that they are here."""
    said = _OPTION.sub(lambda m: f"--{m[1].replace('_', '-')} {m[3]}", message.removeprefix("fit: "))
    return said.replace("pass resume=False", "add --no-resume")


# -- after training --------------------------------------------------------------------------------


def _written(run: Run, history: Path | None, plot: Path | None, save: Path | None) -> dict[str, str]:
    """Write the files that were asked for; return where they lie."""
    files = {}
    try:
        if history is not None:
            history.parent.mkdir(parents=True, exist_ok=True)
            history.write_text(run.history.csv(), encoding="utf-8")
            files["history"] = str(history)
        if plot is not None:
            files["curves"] = str(run.history.plot(plot))
    except OSError as error:
        fail(f"cannot write {error.filename or plot or history}: {error.strerror or error}")
    if save is not None:
        run.save(save)
        files["weights"] = str(save)
    return files


def _print(
    model: str, source: str, splits: Splits, run: Run, measured: dict[str, float], files: dict[str, str]
) -> None:
    from ..nets.train.history import rows_of

    parts = ", ".join(f"{len(part):,} {word}" for part, word in zip(splits, _PARTS, strict=True))
    kinds = f"; {splits.train.classes} classes" if splits.train.classes else ""
    typer.echo(f"{model} on {source}, rows: {parts}{kinds}")
    every = max(1, -(-len(run.history) // ROWS))
    told = [{key: value for key, value in row.items() if key != "seconds"} for row in run.history]
    typer.echo(rows_of(told).table(every))
    typer.echo(
        f"{count(len(run.history), 'epoch')} on {run.backend} in "
        f"{sum(run.history['seconds']):.1f} s: {run.stopped}"
    )
    tested = ", ".join(f"{name} {value:.4g}" for name, value in measured.items())
    typer.echo(f"test, with the weights of epoch {run.best}: {tested}")
    for what, path in files.items():
        typer.echo(f"{what}: {path}")


_PARTS = ("to train on", "to choose by", "to test on")


def _as_json(
    model: str,
    source: str,
    recipe: Recipe,
    splits: Splits,
    run: Run,
    measured: dict[str, float],
    files: dict[str, str],
) -> str:
    import json as encoder

    from ..nets.train.recipe import optimizers_of

    known = {
        "model": model,
        "layers": repr(recipe.model),
        "data": source,
        "rows": dict(zip(("train", "dev", "test"), map(len, splits), strict=True)),
        "classes": splits.train.classes,
        "class_names": list(splits.names),
        "optimizers": [repr(optimizer) for optimizer in optimizers_of(recipe)],
        "backend": run.backend,
        "history": run.history.rows,
        "stopped": run.stopped,
        "best": run.best,
        "test": measured,
        "files": files,
    }
    return encoder.dumps(known, indent=2, ensure_ascii=False)


def _listed() -> str:
    """Return what can be trained, on what, and by which optimizers."""
    from ..nets.train.built_in import BUILT_IN
    from ..nets.train.datasets import DATASETS
    from ..nets.train.recipe import OPTIMIZERS

    tables: dict[str, list[tuple[str, ...]]] = {
        "Models, each with the data that it takes without --data": [
            (name, found.data, found.about) for name, found in BUILT_IN.items()
        ],
        "Data": [(name, about) for name, about in DATASETS.items()],
        "Optimizers": [(name, repr(optimizer)) for name, optimizer in OPTIMIZERS.items()],
    }
    lines = []
    for title, rows in tables.items():
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines.append(title)
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)
