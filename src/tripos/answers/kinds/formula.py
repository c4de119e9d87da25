"""Formulas: right where they are the same function of the symbols, wrong only with a witness."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from ...graph import GraphError, Node
from ...graph.compare import POINTS, compare
from ...graph.node import free_symbols, show_shape
from ...graph.notation import Piece, write
from ...graph.values import Values, has_unknowns, origin, show
from ..declared import Declared
from ..keys import Key
from ..reading.reader import read
from ..reading.tokens import Unread
from ..verdict import Verdict
from .kind import Examples, Kind, Marked, Names, Settings, bare, result, table_of
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
    """Mark a formula in the symbols of the key, or in named quantities of the question."""
    declared = tuple((name, one) for name, one in sorted(names.items()) if isinstance(one, Declared))
    source = bare(text)
    verdict = _reference(key, declared).verdict(source)
    if verdict.outcome == "right":
        return Marked(verdict, Fraction(1), key, _latex(source, key, names))
    if verdict.outcome == "unread":
        return _with_quantities(key, source, names, verdict)
    node = _node(source, key, names)
    return Marked(verdict, Fraction(0), node, latex_of(node) if node is not None else "")


def _node(text: str, key: Node, names: Names) -> Node | None:
    try:
        return read(text, table_of(key, names))
    except Unread:
        return None


def _latex(text: str, key: Node, names: Names) -> str:
    node = _node(text, key, names)
    return latex_of(node) if node is not None else ""


def _with_quantities(key: Node, text: str, names: Names, verdict: Verdict) -> Marked:
    """Mark a formula that may name quantities of the question which are no symbols of the key.

    The bound is for formulas that differ at one point in eight or more.
    """
    if not any(isinstance(node, Node) for node in names.values()):
        return Marked(verdict)
    answer = _node(text, key, names)
    if answer is None:
        return Marked(verdict)
    latex = latex_of(answer)
    if answer.shape != key.shape:
        reason = f"of shape {show_shape(answer.shape)}, where the key has {show_shape(key.shape)}"
        return result("wrong", reason, value=answer, understood=latex, witness=reason)
    try:
        found = compare(key, answer)
    except GraphError as error:
        return result("undecided", str(error), value=answer, understood=latex)
    if found.outcome == "undecided":
        return result("undecided", found.reason, value=answer, understood=latex)
    if found.same:
        marked = Verdict("right", found.reason, bound=(7 / 8) ** POINTS)
        return Marked(marked, Fraction(1), answer, latex)
    return result("wrong", found.reason, value=answer, understood=latex, witness=found.reason)


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
