"""What an ``Expr`` means: one set of rules, written over a small algebra of nodes or of arrays.

Vectors are columns.  ``x^T`` is a row, ``x y^T`` an outer product, ``x^T y`` a number.  Numbers that are
written out join any shape (1 - h, 1/(1 + e^{-z})); a declared scalar beside a vector is a misfit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .algebra import Algebra
from .arithmetic import SCALAR, Arithmetic, Expr, Value, shown
from .entries import entry, summed
from .functions import called, norm
from .tokens import Misfit, Unread, Unsized

MAX_FACTORIAL = 170
"""Largest number of which the factorial is taken."""

MAX_SIZE = 256
"""Largest identity, and longest vector of ones, whose size is written."""

_SIGNS = {"=": "equal", "≠": "unequal", "<": "less", "≤": "less_equal", ">": "greater", "≥": "greater_equal"}
_ENTRYWISE = frozenset(
    "tanh exp sqrt sigmoid relu softplus floor ceil sign sin cos tan sinh cosh arcsin arccos arctan "
    "artanh erf "
    "sech cot sec csc cbrt exp2 log1p expm1 step silu gelu normal_cdf erfc softsign "
    "logit round factorial".split()
)


class Meaning(Arithmetic):
    """The rules, over one algebra."""

    __slots__ = ("base", "bound", "depth", "root", "work")

    def __init__(self, algebra: Algebra, root: Expr, base: str):
        self.algebra = algebra
        self.root = root
        self.base = base
        self.bound: dict[str, Any] = {}
        self.depth = 0
        self.work = 0

    def of(self, expr: Expr) -> Value:
        """Return the value of an expression."""
        return _RULES[expr[0]](self, expr)

    def answer(self) -> Value:
        """Return the value of the answer; raise Unsized where nothing says how large it is."""
        payload, shape, literal = self.of(self.root)
        if shape == "I" or "*" in shape:
            raise Unsized(
                *self._where(self.root), "nothing says how large the identity or the vector of ones is"
            )
        return payload, shape, literal

    def misfit(self, expr: Expr, message: str) -> Misfit:
        """Return the error that shapes do not fit in a part of the answer."""
        return Misfit(*self._where(expr), message)

    def unread(self, expr: Expr, message: str) -> Unread:
        """Return the error that a part of the answer has no meaning."""
        return Unread(*self._where(expr), message)

    def _where(self, expr: Expr) -> tuple[str, int]:
        from .rendering import plain

        text = plain(self.root)
        return text, max(text.find(plain(expr)), 0)

    def scalar(self, expr: Expr, what: str) -> Any:
        """Return the payload of an expression that must be a single number."""
        payload, shape, _ = self.of(expr)
        if shape != ():
            raise self.misfit(expr, f"{what} must be a single number, found {shown(shape)}")
        return payload

    # -- leaves --

    def _number(self, expr: Expr) -> Value:
        return self.algebra.number(expr[1]), SCALAR, True

    def _const(self, expr: Expr) -> Value:
        return self.algebra.const(expr[1]), SCALAR, True

    def _name(self, expr: Expr) -> Value:
        payload, shape = self.algebra.name(expr[1])
        return payload, shape, False

    def _index(self, expr: Expr) -> Value:
        return self.bound[expr[1]], SCALAR, False

    def _eye(self, expr: Expr) -> Value:
        n = self._count(expr)
        return (self.algebra.eye(n), (n, n), False) if n else (self.algebra.integer(1), "I", True)

    def _ones(self, expr: Expr) -> Value:
        ones, n = self.algebra.ones((1,)), self._count(expr)
        return (self.algebra.expand(ones, (n,)), (n,), False) if n else (ones, ("*",), True)

    def _count(self, expr: Expr) -> int | None:
        """Return the size that is written at an identity or at a vector of ones; None where it is open."""
        if len(expr) == 1:
            return None
        count = self.algebra.whole(self.scalar(expr[1], "a size"))
        if count is not None and not 0 < count <= MAX_SIZE:
            raise self.unread(expr, f"a size is from 1 to {MAX_SIZE}")
        return count

    # -- arrays --

    def _array(self, expr: Expr) -> Value:
        entries = [self.of(entry) for entry in expr[1]]
        if len(entries) == 1 and entries[0][1] != () and expr[1][0][0] not in ("array", "matrix"):
            return entries[0]  # square brackets round an array are brackets
        return self.stacked(entries, expr)

    def stacked(self, entries: list[Value], expr: Expr) -> Value:
        """Return values of one shape as one array, along a new first axis."""
        shapes = {entry[1] if entry[1] == "I" else tuple(entry[1]) for entry in entries}
        if len(shapes) > 1 or "I" in shapes:
            raise self.misfit(expr, "the entries of an array must be of one shape")
        shape = shapes.pop()
        stacked = self.algebra.stack([entry[0] for entry in entries], len(shape))
        return stacked, (len(entries), *shape), all(entry[2] for entry in entries)

    def _matrix(self, expr: Expr) -> Value:
        rows = [[self.of(entry) for entry in row] for row in expr[1]]
        for row, texts in zip(rows, expr[1], strict=True):
            for value, text in zip(row, texts, strict=True):
                if value[1] != ():
                    raise self.misfit(text, f"an entry of a matrix must be a number, found {shown(value[1])}")
        if len(rows[0]) == 1:
            return self.stacked([row[0] for row in rows], expr)
        return self.stacked([self.stacked(row, expr) for row in rows], expr)

    # -- conditions --

    def _relation(self, expr: Expr) -> Value:
        return self.join(_SIGNS[expr[1]], self.of(expr[2]), self.of(expr[3]), expr)

    def _logical(self, expr: Expr) -> Value:
        return self.join("mul" if expr[0] == "and" else "max", self.of(expr[1]), self.of(expr[2]), expr)

    def _cases(self, expr: Expr) -> Value:
        branches = expr[1]
        total: Value | None = None
        if branches[-1][1] is None:
            total = self.of(branches[-1][0])
            branches = branches[:-1]
        for value, condition in reversed(branches):
            total = self._chosen(self.of(condition), self.of(value), total, expr)
        assert total is not None  # the grammar wants a case
        return total

    def _chosen(self, condition: Value, value: Value, rest: Value | None, expr: Expr) -> Value:
        rest = rest if rest is not None else (self.algebra.undefined(value[0]), value[1], value[2])
        (c, u, _), (x, s, p), (y, t, q) = condition, value, rest
        shape = max((s, t, u), key=len)
        for other, literal in ((s, p), (t, q), (u, False)):
            if other != shape and not (other == () and (literal or other is u)):
                raise self.misfit(expr, f"cases of shapes {shown(s)} and {shown(t)} do not fit")
        return self.algebra.where(c, x, y, (len(u), len(s), len(t))), shape, False

    # -- functions --

    def _call(self, expr: Expr) -> Value:
        word, args = expr[1], expr[2]
        if len(args) == 1 and word in _ENTRYWISE:
            payload, shape, literal = self.of(args[0])
            if shape == "I":
                raise self.misfit(expr, f"{word} of a matrix of unknown size")
            if word == "factorial":
                return self.factorial(payload, expr), shape, literal
            return self.algebra.function(word, payload), shape, literal
        return called(self, expr)

    def factorial(self, payload: Any, expr: Expr) -> Any:
        """Return a factorial, of whole numbers that are not too large."""
        value = self.algebra.factorial(payload)
        if value is None:
            raise self.unread(expr, f"a factorial is of a written whole number up to {MAX_FACTORIAL}")
        return value

    def _abs(self, expr: Expr) -> Value:
        x, s, p = self.of(expr[1])
        if s == ():
            return self.algebra.function("abs", x), s, p
        if len(s) == 2 and s[0] == s[1]:
            return self.algebra.det(x), (), False
        raise self.unread(expr, "bars around an array have no one meaning: write ‖x‖ or abs(x)")


_RULES: dict[str, Callable[[Any, Expr], Value]] = {
    "number": Meaning._number,
    "const": Meaning._const,
    "name": Meaning._name,
    "index": Meaning._index,
    "add": Meaning._sum,
    "sub": Meaning._sum,
    "neg": Meaning._neg,
    "mul": Meaning._product,
    "div": Meaning._product,
    "pow": Meaning._pow,
    "epow": Meaning._epow,
    "turn": Meaning._turn,
    "transpose": Meaning._transpose,
    "primed": Meaning._primed,
    "call": Meaning._call,
    "entry": entry,
    "array": Meaning._array,
    "matrix": Meaning._matrix,
    "cases": Meaning._cases,
    "relation": Meaning._relation,
    "and": Meaning._logical,
    "or": Meaning._logical,
    "over": summed,
    "abs": Meaning._abs,
    "norm": norm,
    "value": lambda m, expr: expr[1],
    "eye": Meaning._eye,
    "ones": Meaning._ones,
}
"""What each kind of expression means."""
