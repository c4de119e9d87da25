"""Formulas: right where they are the same function of the symbols, wrong only with a witness."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from ...graph import GraphError, Node
from ...graph.node import free_symbols
from ...graph.notation import Piece, write
from ...graph.values import Values, has_unknowns, origin, show
from ..declared import Declared
from ..keys import Key
from ..reading.equations import is_derivative, sides
from ..reading.reader import Expr, as_node, parse
from ..reading.tokens import Misfit, Unread, Unsized
from ..reading.understanding import enlarged
from ..verdict import Verdict
from .kind import Examples, Kind, Marked, Names, Settings, bare, table_of
from .written import latex_of

if TYPE_CHECKING:
    from ..comparing.compare import Reference


def accepts(key: Key) -> bool:
    """Say whether a key depends on symbols."""
    return isinstance(key, Node) and bool(free_symbols(key)) and origin(key).op.show is None


@lru_cache(1024)
def _reference(key: Node, names: tuple[tuple[str, Declared], ...]) -> Reference:
    """Return a key prepared for comparison, once; ``names`` adds to its own symbols."""
    from ..comparing.compare import Reference  # what only formulas need
    from ..comparing.evaluation import declared_names

    return Reference(key, {**dict(names), **declared_names(key)})


def mark(key: Node, text: str, options: Settings, names: Names) -> Marked:
    """Mark a formula in the symbols of the key, or in named quantities of the question.

    Of a chain of equations all sides must be right, or none; a derivative in it may stand for what is asked.
    """
    *before, last = [side for side in sides(bare(text)) if not is_derivative(side)] or [""]
    marked = _mark(key, last, names)
    for side in before:
        outcome = _mark(key, side, names).verdict.outcome
        if outcome == "unread":
            return Marked(_mark(key, side, names).verdict)
        if outcome != marked.verdict.outcome and marked.verdict.outcome in ("right", "wrong"):
            reason = f"the sides of the equation are not equal: {side[:60]!r} is {outcome}, the last is not"
            return Marked(Verdict("undecided", reason), Fraction(0), marked.value, marked.understood)
    return marked


def _mark(key: Node, source: str, names: Names) -> Marked:
    """Mark one formula, which may name all quantities of the question."""
    from ..comparing.doubt import undoubted
    from ..comparing.evaluation import declared_names
    from ..comparing.facts import names_in

    declared = tuple((name, one) for name, one in sorted(names.items()) if isinstance(one, Declared))
    reference = _reference(key, declared)
    table = table_of(key, names)
    shapes = {name: Declared(node.shape) for name, node in table.items() if name not in reference.names}
    node = None
    try:
        expr = parse(source, shapes | reference.names)
        node = _node(expr, table, key)
        if names_in(expr) <= reference.names.keys():
            verdict = undoubted(
                reference.verdict_of(expr), source, expr, shapes | reference.names, reference.verdict_of
            )
        else:
            node = node if node is not None else as_node(expr, table)  # which says why it has no meaning
            used = tuple(sorted((dict(declared) | declared_names(node)).items()))
            verdict = _either_way(_reference(key, used).verdict_of(node), reference.verdict(source))
    except Misfit as error:
        verdict = Verdict("wrong", "shapes in the answer do not fit", witness=str(error))
    except Unread as error:
        verdict = Verdict("unread", str(error))
    except GraphError as error:
        verdict = Verdict("undecided", str(error))
    if verdict.outcome == "unread":
        return Marked(verdict)
    right = verdict.outcome == "right"
    return Marked(
        verdict, Fraction(right), key if right else node, latex_of(node) if node is not None else ""
    )


def _either_way(found: Verdict, other: Verdict) -> Verdict:
    """Return a verdict unless another reading, in which a declared name is a function, has another."""
    if other.outcome in ("unread", found.outcome):
        return found
    reason = f"can be read in two ways: with all names of the question it is {found.outcome}"
    return Verdict("undecided", f"{reason}, with those of the key alone {other.outcome}")


def _node(expr: Expr, table: Mapping[str, Node], key: Node) -> Node | None:
    """Return the graph of an answer or None; an identity without a size is as large as the key."""
    try:
        return as_node(expr, table)
    except Unsized:
        sized = all(isinstance(size, int) for size in key.shape)
        return _node(enlarged(expr, key.shape), table, key) if sized else None
    except Unread:
        return None


def show_formula(key: Node) -> Piece:
    """Write a formula: in closed form where it is short, else as its graph."""
    value = Values()[key]
    if value is not None and not has_unknowns(value):
        return show(key, value)
    return write(key, own_name=False)


def _examples(key: Node, rng: random.Random) -> Examples:
    piece = write(key, own_name=False)
    right = [piece.text, piece.latex] if not key.shape else []
    wrong = [f"{piece.latex} + 1", f"2 ({piece.latex}) - 3"] if not key.shape else []
    return Examples(right, wrong, ["", "?", "x +", "((", "unknownname", "1 2 3 )"])


FORMULA = Kind("formula", accepts, mark, show_formula, _examples)
