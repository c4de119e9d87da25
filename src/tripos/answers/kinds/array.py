"""Vectors, matrices and tensors of any rank: credit by entry, and what a wrong one suggests."""

from __future__ import annotations

import itertools
import math
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np

from ...graph import GraphError, Node, constant, stack
from ...graph.node import free_symbols
from ...graph.op import Array
from ...graph.spaces import ball, exact
from ...graph.values import Values, decimal_piece, exact_piece, has_unknowns, origin, to_float
from ..keys import Key
from ..reading.reader import read
from ..reading.tokens import Unread
from .kind import Examples, Kind, Marked, Names, Settings, bare, exact_value, result, shared, table_of, unread
from .layout import flat, layout
from .number import show_value
from .rounding import Judgement, judge, precision, slack, slip_values
from .written import Written, from_node, latex_of, read_number, text_of

_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])")

MAX_ENTRIES = 3_000
"""Largest array that is read."""

REMEMBERED = 256
"""Arrays that are kept: an answer is compared with several keys, one after the other."""


@dataclass(frozen=True)
class Answer:
    """An array as it was written: its shape, its entries in row-major order, and whether it lay flat."""

    shape: tuple[int, ...]
    entries: list[Written]
    transposed: bool = False

    @cached_property
    def node(self) -> Node:
        """The array as a graph."""
        return _stacked([entry.node for entry in self.entries], self.shape)

    @cached_property
    def values(self) -> Array:
        """The array in floats."""
        return np.asarray([float(ball.enclose(e.value, 64)) for e in self.entries]).reshape(self.shape)

    @cached_property
    def halves(self) -> Array:
        """Half a unit in the last place of each entry, in floats."""
        return np.asarray([float(e.half) for e in self.entries]).reshape(self.shape)


def _stacked(nodes: list[Node], shape: tuple[int, ...]) -> Node:
    if not shape:
        return nodes[0]
    size = len(nodes) // shape[0]
    return stack(*(_stacked(nodes[i : i + size], shape[1:]) for i in range(0, len(nodes), size)))


def accepts(key: Key, ranks: Callable[[int], bool]) -> bool:
    """Say whether a key is an array without symbols, of a rank that is asked for."""
    if not isinstance(key, Node) or not ranks(key.ndim) or free_symbols(key):
        return False
    return origin(key).op.show is None


# -- reading -------------------------------------------------------------------------------------


def read_array(text: str, options: Settings, names: dict[str, Node]) -> Answer:
    """Return an array as it was written; raise Unread where it is none."""
    if options.get("locale") == "comma":
        text = _COMMA.sub(".", text)
    return _read_array(text, tuple(options.items()), tuple(names.items()))


@lru_cache(REMEMBERED)
def _read_array(
    text: str, settings: tuple[tuple[str, str], ...], given: tuple[tuple[str, Node], ...]
) -> Answer:
    options, names = dict(settings), dict(given)
    source = bare(text)
    found = layout(text)
    if found is None:
        return _computed(read(source, names))
    nested, transposed = found
    try:
        shape, texts = flat(nested, text)
        if len(texts) > MAX_ENTRIES:
            raise Unread(text[:60], 0, f"an array has at most {MAX_ENTRIES} entries, found {len(texts)}")
        return Answer(shape, [read_number(t, options, names) for t in texts], transposed)
    except Unread:
        if source[:1] in ("[", "(", "{") or source.startswith((r"\begin", r"\{")):
            raise
        try:
            return _computed(read(source, names))  # a product with an array, say
        except Unread:
            pass
        raise


def _computed(node: Node) -> Answer:
    """Return the array that an expression means."""
    if any(not isinstance(d, int) for d in node.shape):
        raise Unread(str(node), 0, "expected an array of numbers")
    value = Values()[node]
    if value is None or has_unknowns(value):
        raise Unread(str(node), 0, "expected numbers, found what depends on a symbol or has no value")
    if node.op.name == "stack":
        entries = [from_node(entry, str(entry)) for entry in _entries(node)]
    else:
        entries = [
            from_node(_number(e), str(e)) if e.is_Rational else Written(e, node) for e in value.ravel()
        ]
    return Answer(tuple(int(d) for d in node.shape), entries)


def _number(entry: Any) -> Node:
    above, below = (int(part) for part in entry.get_num_den())
    return constant(Fraction(above, below))


def _entries(node: Node) -> Iterator[Node]:
    if not node.shape:
        yield node
    for row in node.args if node.op.name == "stack" else (list(node) if node.shape else ()):
        yield from _entries(row)


def fitted(answer: Answer, shape: tuple[int, ...]) -> Answer:
    """Return an answer in the shape of the key where only its orientation differs.

    A vector may be written as a row or a column; a flat list has no orientation of its own.
    """
    found = answer.shape
    if answer.transposed and len(found) == 2:
        rows, columns = found
        turned = [answer.entries[i * columns + j] for j in range(columns) for i in range(rows)]
        answer = Answer((columns, rows), turned)
    elif answer.transposed and len(found) == 1 and len(shape) == 2:
        answer = Answer((found[0], 1), answer.entries)
    found = answer.shape
    if found == shape:
        return answer
    if len(shape) == 1 and len(found) == 2 and found in ((shape[0], 1), (1, shape[0])):
        return Answer(shape, answer.entries)
    if not found and math.prod(shape) == 1:
        return Answer(shape, answer.entries)
    if len(found) == 1 and len(shape) == 2 and 1 in shape and found[0] == max(shape):
        return Answer(shape, answer.entries)
    return answer


# -- marking -------------------------------------------------------------------------------------


def mark(key: Node, text: str, options: Settings, names: Names) -> Marked:
    """Mark an array entry by entry; nothing is given where the shape differs."""
    try:
        expected = exact_value(key)
    except GraphError as error:
        return result("undecided", str(error))
    try:
        answer = fitted(read_array(text, options, table_of(key, names)), expected.shape)
    except Unread as error:
        return unread(error)
    node = answer.node
    understood = latex_of(node)
    if answer.shape != expected.shape:
        if _other_commas(text, expected.shape, options, names):
            reason = "commas may stand in the numbers or between them: write decimal points, and no thousands"
            return unread(Unread(text, text.index(","), reason))
        found, wanted = ("×".join(map(str, s)) or "a single number" for s in (answer.shape, expected.shape))
        reason = f"the shape is {found}, not {wanted}"
        feedback = [f"The shape is {found}, expected {wanted}.", *_other_shape(expected, answer)]
        return result("wrong", reason, value=node, understood=understood, feedback=feedback, witness=reason)
    judged = judge_entries(key, expected, answer.entries, options)
    right = sum(j.outcome == "right" for j in judged)
    doubtful = sum(j.outcome == "undecided" for j in judged)
    outcome, credit = shared(right, len(judged), doubtful)
    feedback = [sentence for j in judged for sentence in j.feedback]
    if outcome == "right":
        return result(
            outcome, "every entry is right", credit, value=node, understood=understood, feedback=feedback
        )
    if outcome == "undecided":  # what may have gone wrong is not said before a person has decided
        reason = next(j.reason for j in judged if j.outcome == outcome)
        counted = f"{right} of {len(judged)} entries are right, {doubtful} must be looked at by a person."
        feedback = [counted, *feedback]
        return result(outcome, reason, credit, value=node, understood=understood, feedback=feedback)
    at = next(i for i, j in enumerate(judged) if j.outcome != "right")
    place = ", ".join(str(i + 1) for i in np.unravel_index(at, expected.shape))
    shown = decimal_piece(
        expected.ravel()[at].reshape(())
        if hasattr(expected.ravel()[at], "reshape")
        else exact.asarray(expected.ravel()[at], ())
    )
    witness = f"entry ({place}): {text_of(answer.entries[at].node)} against {shown.text if shown else '?'}"
    feedback = [f"{right} of {len(judged)} entries are right.", *_same_shape(expected, answer), *feedback]
    reason = next((j.reason for j in judged if j.outcome == outcome), "an entry is wrong")
    return result(
        outcome, reason, credit, value=node, understood=understood, feedback=feedback, witness=witness
    )


def _other_commas(text: str, shape: tuple[int, ...], options: Settings, names: Names) -> bool:
    """Say whether an answer has the shape of the key if commas between digits are parts of numbers."""
    given = {name: node for name, node in names.items() if isinstance(node, Node)}
    for commas, instead in ((_THOUSANDS, ""), (_COMMA, ".")):
        other = commas.sub(instead, text)
        try:
            if other != text and fitted(read_array(other, options, given), shape).shape == shape:
                return True
        except Unread:
            continue
    return False


def judge_entries(key: Node, expected: Array, entries: list[Written], options: Settings) -> list[Judgement]:
    """Return the judgement of each entry."""
    wanted = precision(options)

    def led(i: int) -> float:
        return float(slack(key, wanted).ravel()[i])

    def slipped(i: int) -> list[tuple[str, float]]:
        values = [(mistake, float(value.ravel()[i])) for mistake, value in slip_values(key)]
        right = float(ball.enclose(expected.ravel()[i], 64))
        return [(mistake, value) for mistake, value in values if abs(value - right) > 1e-9 * abs(right)]

    return [
        judge(one, entry, wanted, partial(led, i), partial(slipped, i))
        for i, (one, entry) in enumerate(zip(expected.ravel(), entries, strict=True))
    ]


# -- what may have gone wrong --------------------------------------------------------------------


def _alike(one: Array, answer: Answer) -> bool:
    """Say whether an answer is this array, up to how precisely it was written.

    Entries of one figure say too little to be taken for rounded: they count as they stand.
    """
    if one.shape != answer.shape:
        return False
    off = np.abs(one - answer.values)
    room = np.where(answer.halves <= np.abs(answer.values) / 10, answer.halves, 0.0)
    return bool(np.all(off <= room * 1.000001 + 1e-9 * np.abs(one)))


def _turned(expected: Array) -> Iterator[tuple[str, Array]]:
    """Yield the array with its axes in another order."""
    if expected.ndim == 2:
        yield "This is the transpose.", expected.T
    for axes in itertools.permutations(range(expected.ndim)) if 3 <= expected.ndim <= 5 else ():
        if axes != tuple(range(expected.ndim)):
            order = ", ".join(str(a + 1) for a in axes)
            yield (
                f"The axes are in another order: yours are axes {order} of the key.",
                expected.transpose(axes),
            )


def _other_shape(expected: Array, answer: Answer) -> list[str]:
    values = to_float(expected)
    for sentence, other in _turned(values):
        if _alike(other, answer):
            return [sentence]
    if expected.size == len(answer.entries):
        lying = Answer((expected.size,), answer.entries)
        if _alike(values.ravel(), lying):
            return ["The entries are right, row by row; the shape is not."]
        if _alike(values.ravel(order="F"), lying):
            return ["The entries are those of the key column by column; the shape is not right either."]
        return ["The number of entries is right."]
    if sorted(d for d in expected.shape if d != 1) == sorted(d for d in answer.shape if d != 1):
        return ["An axis of length 1 is missing, or there is one too many."]
    return []


def _same_shape(expected: Array, answer: Answer) -> list[str]:
    values = to_float(expected)
    for sentence, other in _changed(values):
        if _alike(other, answer) and not np.array_equal(other, values):
            return [sentence]
    found = answer.values
    nonzero = np.flatnonzero(values)
    if nonzero.size > 1 and found.ravel()[nonzero[0]]:
        with np.errstate(all="ignore"):  # a key that is all but 0 is no factor of anything
            ratio = found.ravel()[nonzero[0]] / values.ravel()[nonzero[0]]
            scaled = values * ratio
        if abs(ratio - 1) > 1e-6 and np.isfinite(scaled).all() and _alike(scaled, answer):
            return [f"Every entry is off by the same factor, {ratio:.4g}."]
    return []


def _changed(values: Array) -> Iterator[tuple[str, Array]]:
    """Yield what the array becomes by usual confusions, with the sentence that names each."""
    yield from _turned(values)
    yield "Every sign is wrong.", -values
    if values.ndim > 1:
        yield "Filled row by row instead of column by column.", values.ravel(order="F").reshape(values.shape)
        by_columns = values.ravel().reshape(values.shape, order="F")
        yield "Filled column by column instead of row by row.", by_columns
    yield "The entries are in reversed order.", values.ravel()[::-1].reshape(values.shape)
    for axis in range(values.ndim) if values.ndim > 1 else ():
        yield f"Axis {axis + 1} runs in reversed order.", np.flip(values, axis)


# -- examples ------------------------------------------------------------------------------------


def brackets(texts: list[str], shape: tuple[int, ...], between: str = ", ") -> str:
    """Return an array in nested brackets."""
    if not shape:
        return texts[0]
    size = len(texts) // shape[0]
    rows = [brackets(texts[i : i + size], shape[1:], between) for i in range(0, len(texts), size)]
    return f"[{between.join(rows)}]"


def _examples(key: Node, rng: random.Random) -> Examples:
    value = exact_value(key)
    piece = exact_piece(value)
    decimals = [_decimal_text(e) for e in value.ravel()]
    fractions = [
        str(Fraction(*(int(p) for p in e.get_num_den()))) if e.is_Rational else t
        for e, t in zip(value.ravel(), decimals, strict=True)
    ]
    right = [brackets(texts, value.shape, gap) for texts in (decimals, fractions) for gap in (", ", ",", " ")]
    if value.ndim <= 2:
        right += [piece.latex]
    if value.ndim == 1:
        right += [", ".join(decimals), "(" + ", ".join(decimals) + ")", "[" + "; ".join(decimals) + "]"]
        right += [
            rf"\begin{{pmatrix}} {' & '.join(decimals)} \end{{pmatrix}}^\top",
            f"[{' '.join(decimals)}]ᵀ",
        ]
    if value.ndim == 2:
        rows = [decimals[i : i + value.shape[1]] for i in range(0, value.size, value.shape[1])]
        right += [
            "[" + "; ".join(" ".join(row) for row in rows) + "]",
            "\n".join(" ".join(row) for row in rows),
        ]
        right += [r"\begin{bmatrix}" + r"\\".join("&".join(row) for row in rows) + r"\end{bmatrix}"]
    moved = list(decimals)
    at = rng.randrange(len(moved))
    moved[at] = _decimal_text(value.ravel()[at] + 1)
    wrong = [brackets(moved, value.shape), brackets([*decimals, "1"], (value.size + 1,))]
    invalid = ["", "[1, 2", "[[1, 2], [3]]", "[a, b]", "[1,, 2]x", "?"]
    return Examples(right, wrong, invalid)


def _decimal_text(entry: Any) -> str:
    piece = decimal_piece(exact.asarray(entry, ()), 6)
    assert piece is not None  # a key has no symbols
    return piece.latex


def _kind(name: str, ranks: Callable[[int], bool]) -> Kind:
    return Kind(name, partial(accepts, ranks=ranks), mark, show_value, _examples)


VECTOR = _kind("vector", lambda rank: rank == 1)
MATRIX = _kind("matrix", lambda rank: rank == 2)
TENSOR = _kind("tensor", lambda rank: rank >= 3)
