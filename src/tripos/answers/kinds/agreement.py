"""Whether a published key, or an option, says what the graph says: equal, or correctly rounded.

This is stricter than a mark: nothing is put down to rounding on the way.
"""

from __future__ import annotations

from fractions import Fraction

from ...graph import GraphError, Node, constant, stack
from ...graph.compare import Verdict, compare
from ...graph.node import free_symbols
from ...graph.spaces import ball, exact
from ...graph.values import Values, origin
from ..reading.reader import read
from .label import read_label
from .parts import graph_kind


def read_answer(text: str, key: Node) -> Node:
    """Return an answer to a key as a graph, over the key's symbols; raise Unread where it has no meaning."""
    kind = graph_kind(key).name
    names = {str(n.name): n for n in free_symbols(key)}
    if kind == "label":
        return constant(read_label(text, key))
    if kind == "growth":
        sizes = origin(key).args[1:]
        return read(text, {str(n.name): n for n in sizes} | names, sizes=sizes)
    answer = read(text, names, shape=kind == "shape")
    if key.ndim == 1 and answer.shape == (*key.shape, 1):
        return stack(*(row[0] for row in rows_of(answer)))  # a vector written as a column
    return answer


def rows_of(answer: Node) -> list[Node]:
    """Return the rows of an array as they were written."""
    return list(answer.args) if answer.op.name == "stack" else list(answer)


def agrees(key: Node, answer: Node, values: Values) -> Verdict:
    """Return whether an answer is right for a key: the same value, or a correct rounding of it."""
    if key.shape != answer.shape or free_symbols(key) or graph_kind(key).name == "growth":
        return compare(key, answer, values)
    value = values[key]
    if value is None:
        return Verdict("undecided", str(values.why[key]))
    for expected, entry in zip(value.ravel(), entries(answer), strict=True):
        verdict = _entry_agrees(expected, entry, values)
        if not verdict.same:
            return verdict
    return Verdict("same", "equal, or correctly rounded")


def _entry_agrees(expected: object, entry: Node, values: Values) -> Verdict:
    written = values[entry]
    if written is None:
        return Verdict("undecided", str(values.why[entry]))
    places = _places(entry)
    number = values.number(entry)
    try:
        if places is not None and number is not None:
            half = Fraction(1, 2 * 10**places)
            right = ball.within(expected, number - half, number + half)
        else:
            right = exact.sign(exact.value(expected) - written.item()) == 0
    except GraphError as error:
        return Verdict("undecided", str(error))
    return Verdict("same" if right else "different", f"{written.item()} against {expected}")


def _places(entry: Node) -> int | None:
    """Return the decimals that a number was written with, None for other expressions."""
    while entry.op.name in ("neg", "alias"):
        entry = entry.args[0]
    return dict(entry.attrs)["places"] if entry.op.name == "decimal" else None


def entries(answer: Node) -> list[Node]:
    """Return the entries of an answer in row-major order, each as it was written."""
    if not answer.shape:
        return [answer]
    return [entry for row in rows_of(answer) for entry in entries(row)]
