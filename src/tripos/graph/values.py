"""Exact values of nodes, and how values are written: closed forms, and decimals proven correct."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
import symengine as se

from .node import Node, schedule
from .notation import (
    ATOM,
    SIGN,
    SUM,
    Piece,
    array_piece,
    bracket,
    call,
    exponential,
    logarithm,
    negative,
    number_piece,
    number_pieces,
    over,
    plus,
    raised,
    root,
    symbol_piece,
    times,
)
from .op import Array, GraphError
from .program import Program
from .spaces import ball, exact

MAX_VARIABLES = 64
"""Largest symbol, in entries, that is carried through exact values as unknowns."""

MAX_BITS = 10_000
"""Longest numerator or denominator that is written down."""


class Values:
    """Exact values by node, computed once each; symbols stand for themselves.

    A node without a value (a comparison that depends on a symbol, a division by zero) has its
    reason in ``why``, and so have the nodes that need it.
    """

    def __init__(self) -> None:
        self._known: dict[Node, Array] = {}
        self.why: dict[Node, GraphError] = {}

    def __getitem__(self, node: Node) -> Array | None:
        """Return the exact value of ``node`` as an object array, or None."""
        if node not in self._known and node not in self.why:
            self._evaluate(node)
        return self._known.get(node)

    def number(self, node: Node) -> Fraction | None:
        """Return the value of a rational scalar, or None."""
        value = self[node]
        if value is None or value.shape or not value.item().is_Rational:
            return None
        return _fraction(value.item())

    def _evaluate(self, node: Node) -> None:
        program = Program([], exact)
        for step in schedule([node], evaluated=True):
            if step in self._known or step in self.why:
                continue
            args = () if step.op.static else step.args
            failed = next((a for a in args if a in self.why), None)
            if failed is not None:
                self.why[step] = self.why[failed]
                continue
            try:
                value = _unknown(step) if step.op.name == "symbol" else program.evaluate(step, self._known)
                self._known[step] = _writable(_zeros_found(_as_array(value)))
            except GraphError as error:
                self.why[step] = error


def _fraction(entry: Any) -> Fraction:
    """Return a rational value as a fraction."""
    above, below = entry.get_num_den()
    return Fraction(int(above), int(below))


def _as_array(value: Any) -> Array:
    out = np.asarray(value, dtype=object)
    return out if out.shape or isinstance(out.item(), se.Basic) else exact.asarray(out.item(), ())


def _zeros_found(value: Array) -> Array:
    """Return ``value`` with a plain 0 for each closed form that is proven to be zero."""
    entries = value.ravel()
    zero = [not e.is_Number and not e.free_symbols and _sign(e) == 0 for e in entries]
    if not any(zero):
        return value
    out = np.empty(entries.size, dtype=object)
    out[:] = [se.Integer(0) if z else e for e, z in zip(entries, zero, strict=True)]
    return out.reshape(value.shape)


def _sign(entry: Any) -> int | None:
    """Return the proven sign of a closed form, or None where it cannot be told."""
    try:
        return ball.sign(entry)
    except GraphError:
        return None


def _writable(value: Array) -> Array:
    """Return ``value`` if its rationals can be written down; raise GraphError if one cannot."""
    for entry in value.ravel():
        if entry.is_Rational and max(int(part).bit_length() for part in entry.get_num_den()) > MAX_BITS:
            raise GraphError(f"a number of more than {MAX_BITS:,} bits is too long to write down")
    return value


def _unknown(node: Node) -> Array:
    entries = 1
    for dim in node.shape:
        if not isinstance(dim, int) or entries * dim > MAX_VARIABLES:
            raise GraphError(f"the symbol {node.name} has no value")
        entries *= dim
    return exact.variable(str(node.name), node.shape)


def has_unknowns(value: Array) -> bool:
    """Say whether a symbol is left in an exact value."""
    return any(entry.free_symbols for entry in value.ravel())


def to_float(value: Array) -> Array:
    """Return an exact array in float64, each entry correctly rounded or very nearly so."""
    return np.asarray([float(ball.enclose(e, 128)) for e in value.ravel()]).reshape(value.shape)


# -- writing -----------------------------------------------------------------------------------


def closed_form(expr: Any) -> Piece:
    """Write one exact value."""
    kind = type(expr).__name__
    if expr.is_Rational:
        return number_piece(_fraction(expr))
    if expr.is_Symbol:
        name, _, at = str(expr).rstrip("]").partition("[")
        return symbol_piece("_".join([name, *at.split(",")]))
    if kind == "Add":
        terms = sorted((closed_form(a) for a in expr.args), key=_term_order)
        total = terms[0]
        for term in terms[1:]:
            total = plus(total, bracket(term, SIGN if term.prec == SIGN else SUM))
        return total
    if kind == "Mul":
        return _write_product(expr)
    if kind == "Pow":
        base, exponent = expr.args
        if type(base).__name__ == "Exp1":
            return exponential(closed_form(exponent))
        if str(exponent) == "1/2":
            return root(closed_form(base))
        if exponent.is_Number and exponent < 0:
            return over(Piece("1", "1"), closed_form(base**-exponent))
        return raised(closed_form(base), closed_form(exponent))
    if kind in _CONSTANTS:
        return _CONSTANTS[kind]
    if kind == "log":
        return logarithm(closed_form(expr.args[0]))
    latex = rf"\{kind}" if kind in ("tanh", "sin", "cos") else None
    return call(kind, latex)(*(closed_form(a) for a in expr.args))


_CONSTANTS = {"Exp1": Piece("e", "e"), "Pi": Piece("π", r"\pi"), "Infinity": Piece("∞", r"\infty")}


def _term_order(term: Piece) -> tuple[bool, bool, int, str]:
    """Sort a sum: what begins without a sign first, plain numbers last, shorter first."""
    return term.text.startswith("−"), term.text[-1:].isdigit() and term.numeral, len(term.text), term.text


def _write_product(expr: Any) -> Piece:
    surds = [f for f in expr.args if f.args and f.args[0].is_Rational and str(f.args[1:]) == "(1/2,)"]
    if len(surds) > 1:  # √3 √6 is 3√2
        return closed_form(expr / se.Mul(*surds) * exact.sqrt(se.Mul(*(f.args[0] for f in surds))))
    above: list[Any] = []
    below: list[Any] = []
    sign = 1
    for factor in expr.args:
        if factor.is_Rational:
            numerator, denominator = (int(part) for part in factor.get_num_den())
            sign = -1 if numerator < 0 else 1
            above += [exact.value(abs(numerator))] * (abs(numerator) != 1)
            below += [exact.value(denominator)] * (denominator != 1)
        elif type(factor).__name__ == "Pow" and factor.args[1].is_Number and factor.args[1] < 0:
            below.append(factor.args[0] ** -factor.args[1])
        else:
            above.append(factor)
    piece = _join(above)
    if below:
        piece = over(piece, _join(below))
    return negative(piece) if sign < 0 else piece


def _join(factors: Iterable[Any]) -> Piece:
    total = Piece("1", "1")
    for factor in sorted(factors, key=lambda f: (not f.is_Number, len(str(f)), str(f))):
        total = times(total, closed_form(factor))
    return total


def exact_piece(value: Array) -> Piece:
    """Write an exact array as closed forms."""
    if is_rational(value):
        pieces = number_pieces([_fraction(entry) for entry in value.ravel()])
    else:
        pieces = [closed_form(entry) for entry in value.ravel()]
    return array_piece(pieces, value.shape)._replace(rank=value.ndim)


def decimal_piece(value: Array, places: int | None = None) -> Piece | None:
    """Write an exact array in decimals, each a correct rounding; None where a symbol is left.

    Without ``places``, decimals that end are written in full and others to three places.  In an array what
    is exactly 0 is written so.
    """
    try:
        pieces = [_decimal(e, 0 if value.ndim and e == 0 else places) for e in value.ravel()]
    except GraphError:
        return None
    return array_piece(pieces, value.shape)._replace(rank=value.ndim)


def _decimal(entry: Any, places: int | None) -> Piece:
    """Round to ``places`` decimals, more where fewer than two digits would be left."""
    if places is None:
        places = _ending(entry)
    rounded = ball.rounded(entry, places)
    if abs(rounded) < 1 and places and _sign(entry):
        while abs(rounded) * 10**places < 10 and places < 300 and exact.value(rounded) != entry:
            places += 1
            rounded = ball.rounded(entry, places)
    digits = f"{abs(int(rounded * 10**places)):0{places + 1}d}"
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    sign = rounded < 0
    return Piece(f"−{text}" if sign else text, f"-{text}" if sign else text, SIGN if sign else ATOM)


def _ending(entry: Any) -> int:
    """Return how many decimals an entry is written with: all of them where they end soon, else three."""
    if entry.is_Rational:
        for places in range(7):
            if (entry * 10**places).is_Integer:
                return places
    return 3


def is_rational(value: Array) -> bool:
    """Say whether every entry is rational."""
    return all(entry.is_Rational for entry in value.ravel())


def origin(node: Node) -> Node:
    """Return the node that a chain of second names stands for."""
    while node.op.name == "alias":
        node = node.args[0]
    return node


def show(node: Node, value: Array) -> Piece:
    """Write the exact value of a node, in the manner of its op (a shape as 54×54×96, a label by name)."""
    node = origin(node)
    if node.op.show is not None:
        return node.op.show(value, **dict(node.attrs))
    return exact_piece(value)
