"""The verbs about graphs: sizes, derive."""

from __future__ import annotations

from typing import Annotated

import typer

from .shared import AsJson, Seconds, fail


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
    json: AsJson = False,
    timeout: Seconds = 10.0,
) -> None:
    """Print the sizes of a system of layers: shapes, parameters, cost, memory, receptive fields.

    Letters are symbolic sizes: Linear(d, k) has d k + k parameters.  A letter may have a digit or a
    subscript, as d2 or d_model.  FLOPs count a multiply-accumulate (MAC) as two; activations are the
    entries that backpropagation keeps; the field is what a unit sees of the first input, and the jump how
    far apart in it neighbouring units look.
    """
    from contextlib import nullcontext

    from ..graph import GraphError
    from ..nets import training
    from ..nets.sizing import sizes as sized
    from ..paper.expression import read_shape, read_system
    from ..paper.runner import OutOfTime, limited
    from ..press import sizes as press

    try:
        with limited(timeout), training() if train else nullcontext():
            rows = sized(read_system(system), *map(read_shape, input), depth=depth)
    except GraphError as error:
        fail(str(error))
    except OutOfTime:
        fail(f"the sizes took longer than {timeout:g} s; take fewer layers, or raise --timeout")
    if json:
        import json as encoder

        typer.echo(encoder.dumps(press.as_json(rows), indent=2, ensure_ascii=False))
    else:
        typer.echo(press.latex(rows) if latex else press.table(rows), nl=False)


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
    json: AsJson = False,
    timeout: Seconds = 10.0,
) -> None:
    """Print how derivatives are found: the forward lines, then backpropagation in matrix notation.

    The formula is written with the names that workings use; it is read, and never run as Python.  The
    gradients are compared with finite differences before they are printed.
    """
    from ..graph import GraphError
    from ..graph.deriving.agreement import agreement
    from ..graph.deriving.derivation import FULL, SHORT, derivation
    from ..paper.runner import OutOfTime, limited
    from ..paper.statements import read_formula
    from ..press import derivation as press

    try:
        with limited(timeout):
            read = read_formula(formula, shape or [], domain or [])
            targets = read.nodes(",".join(wrt))
            lines = list(read.names.values())
            derived = derivation(read.of, targets, order=lines, longest=FULL if full else SHORT)
            remark = agreement(derived)
    except GraphError as error:
        fail(str(error))
    except OutOfTime:
        fail(f"the derivation took longer than {timeout:g} s; derive a smaller formula, or raise --timeout")
    if json:
        import json as encoder

        typer.echo(encoder.dumps(press.as_json(derived, remark), indent=2, ensure_ascii=False))
    elif latex:
        typer.echo(press.latex(derived), nl=False)
    else:
        from shutil import get_terminal_size

        typer.echo(press.terminal(derived, remark, get_terminal_size((100, 24)).columns), nl=False)
