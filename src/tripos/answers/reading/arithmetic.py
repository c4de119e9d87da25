"""Sums, products and powers of numbers, vectors and matrices: rules of meaning, over any algebra."""

from __future__ import annotations

import math
from typing import Any

from .algebra import Algebra
from .tokens import Misfit, Unread

Expr = tuple[Any, ...]
Shape = tuple[Any, ...]
Value = tuple[Any, Any, bool]
"""A payload of the algebra, its shape, and whether it is made of written numbers only.

An identity of a size not known yet has the shape "I", its payload a factor; an axis "*" repeats to any size.
"""

MAX_LOGARITHM = 1e6
"""Largest logarithm of a power of written numbers."""

MAX_EXPONENT = 1_000_000
"""Largest exponent of a power of written numbers."""

MAX_MATRIX_POWER = 64
"""Largest power of a matrix."""


SCALAR: Shape = ()


class Arithmetic:
    """Sums, products and powers; the other rules stand above."""

    __slots__ = ("algebra",)

    algebra: Algebra

    def of(self, expr: Expr) -> Value:
        """Return the value of an expression."""
        raise NotImplementedError

    def misfit(self, expr: Expr, message: str) -> Misfit:
        """Return the error that shapes do not fit in a part of the answer."""
        raise NotImplementedError

    def unread(self, expr: Expr, message: str) -> Unread:
        """Return the error that a part of the answer has no meaning."""
        raise NotImplementedError

    # -- arithmetic --

    def _sum(self, expr: Expr) -> Value:
        chain = []
        while expr[0] == "add" or expr[0] == "sub":
            chain.append(expr)
            expr = expr[1]
        value = self.of(expr)
        for link in reversed(chain):
            value = self.join(link[0], value, self.of(link[2]), link)
        return value

    def join(self, op: str, a: Value, b: Value, expr: Expr) -> Value:
        """Return a sum, difference or comparison of two values, entry by entry."""
        (x, s, p), (y, t, q) = a, b
        if s == t and s != "I":
            return self.algebra.binary(op, x, y, len(s), len(s)), s, p and q
        if s == "I" or t == "I":
            if s == t:
                return self.algebra.binary(op, x, y, 0, 0), "I", p and q
            other = t if s == "I" else s
            if op in ("add", "sub") and other == () and self.algebra.float_of(y if s == "I" else x) == 0:
                return (
                    (self.algebra.negative(y), t, q) if op == "sub" and t == "I" else (a if s == "I" else b)
                )
            if len(other) != 2 or other[0] != other[1]:
                raise self.misfit(expr, f"an identity cannot be joined with {shown(other)}")
            x = self._identity(x, other[0]) if s == "I" else x
            y = self._identity(y, other[0]) if t == "I" else y
            return self.algebra.binary(op, x, y, 2, 2), other, False
        if s == () and p:
            return self.algebra.binary(op, x, y, 0, len(t)), t, q
        if t == () and q:
            return self.algebra.binary(op, x, y, len(s), 0), s, p
        if (s == ()) != (t == ()) and "*" not in (*s, *t) and op in ("add", "sub") and _spread(op, expr):
            return self.algebra.binary(op, x, y, len(s), len(t)), s or t, False
        x, y, shape = self._fitted(x, s, y, t, expr, op)
        return self.algebra.binary(op, x, y, len(shape), len(shape)), shape, p and q

    def _fitted(self, x: Any, s: Shape, y: Any, t: Shape, expr: Expr, op: str) -> tuple[Any, Any, Shape]:
        """Return two payloads of one shape: axes that repeat are widened, columns are vectors."""
        x, s = self._flat(x, s, len(t))
        y, t = self._flat(y, t, len(s))
        if len(s) == len(t):
            shape = tuple(b if a == "*" else a for a, b in zip(s, t, strict=True))
            if all(b in ("*", c) for b, c in zip(t, shape, strict=True)):
                return self._wide(x, s, shape), self._wide(y, t, shape), shape
        doing = {"add": "added", "sub": "subtracted", "div": "divided", "mul": "multiplied entry by entry"}
        verb = doing.get(op, "compared")
        raise self.misfit(expr, f"{shown(s)} and {shown(t)} cannot be {verb}")

    def _flat(self, x: Any, s: Shape, rank: int) -> tuple[Any, Shape]:
        """Return a column as a vector, and an array of one entry as a number, where that is what fits."""
        if len(s) > rank and s and s[-1] == 1 and len(s) <= 2:
            return self._flat(self.algebra.squeeze(x, len(s)), s[:-1], rank)
        if len(s) > rank and s and s[0] == 1 and len(s) == 2 and rank == 0:
            return self._flat(self.algebra.transpose(x), (s[1], s[0]), rank)
        return x, s

    def _wide(self, x: Any, s: Shape, shape: Shape) -> Any:
        return self.algebra.expand(x, shape) if s != shape else x

    def _identity(self, coefficient: Any, n: Any) -> Any:
        return self.algebra.binary("mul", coefficient, self.algebra.eye(n), 0, 2)

    def _neg(self, expr: Expr) -> Value:
        payload, shape, literal = self.of(expr[1])
        return self.algebra.negative(payload), shape, literal

    def _product(self, expr: Expr) -> Value:
        chain: list[Any] = []
        while expr[0] == "mul" or expr[0] == "div":
            chain.append(expr)
            expr = expr[1]
        value = self.of(expr)
        chain.reverse()
        for at, link in enumerate(chain):
            if link is None:
                continue
            other = self.of(link[2])
            if link[-1] == "⊙" and value[1] != other[1]:
                other = self._gathered(value[1], other, chain, at + 1)
            value = self.times(value, other, link) if link[0] == "mul" else self.over(value, other, link)
        return value

    def _gathered(self, shape: Any, other: Value, chain: list[Any], at: int) -> Value:
        """Return what stands right of ⊙ with the factors behind it: a ⊙ W^T δ is a ⊙ (W^T δ)."""
        while shape != other[1] and () not in (shape, other[1]) and "I" not in (shape, other[1]):
            link = chain[at] if at < len(chain) else None
            if link is None or link[0] != "mul" or link[-1] == "⊙":
                break
            other = self.times(other, self.of(link[2]), link)
            chain[at] = None
            at += 1
        return other

    def times(self, a: Value, b: Value, expr: Expr) -> Value:
        """Return a product: of a number, of matrices, entry by entry, inner or outer, as it was written."""
        (x, s, p), (y, t, q) = a, b
        how = expr[3] if len(expr) > 3 else ""
        algebra = self.algebra
        if s == t == ():
            return algebra.binary("mul", x, y, 0, 0), s, p and q
        if s == () or t == ():
            if how == "@":
                raise self.misfit(expr, "a product with @ needs two arrays")
            rank_s, rank_t = (0 if z == "I" else len(z) for z in (s, t))
            return algebra.binary("mul", x, y, rank_s, rank_t), t if s == () else s, p and q
        if how == "⊙":
            return self._entry_by_entry("mul", a, b, expr)
        if s == "I" or t == "I":
            return (
                algebra.binary("mul", x, y, 0 if s == "I" else len(s), 0 if t == "I" else len(t)),
                (t if s == "I" else s),
                False,
            )
        if s == (1,) or t == (1,):
            x, s = (algebra.squeeze(x, 1), ()) if s == (1,) else (x, s)
            y, t = (algebra.squeeze(y, 1), ()) if t == (1,) else (y, t)
            return algebra.binary("mul", x, y, len(s), len(t)), s or t, False
        if how == "⊗" and len(s) == len(t) == 1:
            return algebra.contract("i,j->ij", x, y), (*s, *t), False
        return self._matrix_product(x, s, y, t, how, expr)

    def _entry_by_entry(self, op: str, a: Value, b: Value, expr: Expr) -> Value:
        (x, s, p), (y, t, q) = a, b
        if s == "I" or t == "I":
            other = t if s == "I" else s
            if other == "I":
                return self.algebra.binary(op, x, y, 0, 0), "I", False
            x = self._identity(x, other[0]) if s == "I" else x
            y = self._identity(y, other[0]) if t == "I" else y
            s = t = other
        x, y, shape = self._fitted(x, s, y, t, expr, op)
        return self.algebra.binary(op, x, y, len(shape), len(shape)), shape, p and q

    def _matrix_product(self, x: Any, s: Shape, y: Any, t: Shape, how: str, expr: Expr) -> Value:
        algebra = self.algebra
        if len(s) == len(t) == 1:
            if how not in ("·", "@"):
                if how == "*" and s == t:  # as arrays are multiplied in programs
                    return algebra.binary("mul", x, y, 1, 1), s, False
                raise self.misfit(
                    expr, f"{shown(s)} and {shown(t)} are both columns: write x^T y, x y^T, x · y or x ⊙ y"
                )
            return self._contract("i,i->", x, s, y, t, (), expr)
        if len(s) > 2 or len(t) > 2:
            raise self.misfit(expr, f"{shown(s)} and {shown(t)} cannot be multiplied as matrices")
        if len(s) == 1:
            if t[0] in (1, "*"):
                return self._contract("i,j->ij", x, s, self._row(y, t), t[1:], (s[0], t[1]), expr)
            if how in ("@", "·"):
                return self._contract("i,ij->j", x, s, y, t, (t[1],), expr)
            raise self.misfit(expr, f"{shown(s)} times {shown(t)} does not fit; is a transpose missing?")
        if len(t) == 1:
            if s[0] == 1:
                return self._contract("ij,j->", x, s, y, t, (), expr)
            return self._contract("ij,j->i", x, s, y, t, (s[0],), expr)
        if how == "*" and s == t and s[0] != s[1] and "*" not in s:
            return algebra.binary("mul", x, y, 2, 2), s, False
        value, shape, _ = self._contract("ij,jk->ik", x, s, y, t, (s[0], t[1]), expr)
        if shape == (1, 1):
            return algebra.squeeze(algebra.squeeze(value, 2), 1), (), False
        return value, shape, False

    def _row(self, y: Any, t: Shape) -> Any:
        return self.algebra.squeeze(self.algebra.transpose(y), 2)

    def _contract(self, how: str, x: Any, s: Shape, y: Any, t: Shape, shape: Shape, expr: Expr) -> Value:
        """Return a contraction, axes that repeat widened to the size that they meet."""
        if how != "i,j->ij":
            m, n = s[-1], t[0]  # the axis that both have
            if m != n and "*" not in (m, n):
                raise self.misfit(expr, f"{shown(s)} times {shown(t)} does not fit")
            if m == n == "*":
                raise self.misfit(expr, "nothing says how large the vector of ones is")
            x = self.algebra.expand(x, (*s[:-1], n)) if m == "*" else x
            y = self.algebra.expand(y, (m, *t[1:])) if n == "*" else y
        return self.algebra.contract(how, x, y), shape, False

    def over(self, a: Value, b: Value, expr: Expr) -> Value:
        """Return a quotient, entry by entry where both are arrays of one shape."""
        (x, s, p), (y, t, q) = a, b
        if t == ():
            return self.algebra.binary("div", x, y, 0 if s == "I" else len(s), 0), s, p and q
        if t == "I" or s == "I":
            raise self.misfit(expr, "a quotient of matrices has no one meaning: write the inverse")
        if s == ():
            return self.algebra.binary("div", x, y, 0, len(t)), t, False
        if len(s) == len(t) == 2 and s == t and s[0] == s[1]:
            raise self.misfit(expr, "a quotient of square matrices has no one meaning: write A B^{-1}")
        return self._entry_by_entry("div", a, b, expr)

    # -- powers --

    def _pow(self, expr: Expr) -> Value:
        base, power = expr[1], expr[2]
        if base == ("const", "e"):
            payload, shape, literal = self.of(power)
            if shape == "I":
                raise self.misfit(expr, "the power of a matrix of unknown size")
            return self.algebra.function("exp", payload), shape, literal
        x, s, p = self.of(base)
        if s == "I" or (len(s) == 2 and s[0] == s[1] and s[0] != 1):
            return self._matrix_power(x, s, power, expr)
        if len(s) == 2 and power == ("neg", ("number", "1")):
            raise self.misfit(expr, f"{shown(s)} has no inverse")
        return self._raised((x, s, p), power, expr)

    def _epow(self, expr: Expr) -> Value:
        return self._raised(self.of(expr[1]), expr[2], expr)

    def _raised(self, a: Value, power: Expr, expr: Expr) -> Value:
        x, s, p = a
        y, t, q = self.of(power)
        if t == "I" or s == "I":
            raise self.misfit(expr, "a power of a matrix of unknown size")
        if s and t and s != t:
            raise self.misfit(expr, f"{shown(s)} cannot be raised to {shown(t)}")
        if p and q and s == t == ():
            self._bounded(x, y, expr)
        return self.algebra.binary("pow", x, y, len(s), len(t)), s or t, p and q

    def _bounded(self, x: Any, y: Any, expr: Expr) -> None:
        """Refuse a power of written numbers that is too large to write down."""
        base, exponent = self.algebra.float_of(x), self.algebra.float_of(y)
        size = abs(math.log(abs(base) or 1)) if base is not None and abs(base) < math.inf else 700.0
        if exponent is not None and not (
            abs(exponent) * size < MAX_LOGARITHM and abs(exponent) < MAX_EXPONENT
        ):
            raise self.unread(expr, "a power is too large")

    def _matrix_power(self, x: Any, s: Any, power: Expr, expr: Expr) -> Value:
        count = self._whole_number(power)
        if count is None or abs(count) > MAX_MATRIX_POWER:
            raise self.misfit(
                expr, f"the power of a square matrix is a whole number up to {MAX_MATRIX_POWER}"
            )
        if s == "I":
            return self.algebra.binary("pow", x, self.algebra.integer(count), 0, 0), "I", False
        if count <= 0:
            x = self.algebra.inverse(x) if count else self.algebra.eye(s[0])
        result = x
        for _ in range(abs(count) - 1):
            result = self.algebra.contract("ij,jk->ik", result, x)
        return result, s, False

    def _whole_number(self, expr: Expr) -> int | None:
        if expr[0] == "neg":
            inner = self._whole_number(expr[1])
            return None if inner is None else -inner
        return int(expr[1]) if expr[0] == "number" and expr[1].isdigit() and len(expr[1]) < 9 else None

    def _turn(self, expr: Expr) -> Value:
        value = self.of(expr[1])
        return self._raised(value, expr[2], expr) if value[1] == () else self.turned(value, expr)

    def _transpose(self, expr: Expr) -> Value:
        return self.turned(self.of(expr[1]), expr)

    def _primed(self, expr: Expr) -> Value:
        value = self.of(expr[1])
        if value[1] == ():
            raise self.unread(expr, "a prime at a number may mean a derivative: write that out")
        return self.turned(value, expr)

    def turned(self, a: Value, expr: Expr) -> Value:
        """Return a transpose: of a column the row, of a row the column."""
        x, s, p = a
        if s == "I":
            return a
        if s == ():
            return (self.algebra.ones((1, 1)), (1, "*"), True) if expr[1] == ("number", "1") else a
        if len(s) == 1 and expr[1][0] == "array" and (len(expr[1][1]) > 1 or s == (1,)):
            return a  # [1, 2]^T is how a column is written on a line
        if len(s) == 1:
            return self.algebra.transpose(self.algebra.column(x)), (1, s[0]), p
        if len(s) > 2:
            raise self.misfit(expr, f"{shown(s)} has no transpose")
        if s[0] == 1:
            return self.algebra.squeeze(self.algebra.transpose(x), 2), (s[1],), p
        return self.algebra.transpose(x), (s[1], s[0]), p


def _spread(op: str, expr: Expr) -> bool:
    """Say whether a number joins every entry: x − μ, z − max z, X w + b; not λ + w, a slip for λ w."""
    if expr[0] not in ("add", "sub"):
        return False
    if op == "sub":
        return True
    return not expr[1][0] == expr[2][0] == "name"


def shown(shape: Any) -> str:
    """Return a shape in words."""
    if shape == "I":
        return "an identity"
    sizes = "×".join("n" if dim == "*" else str(dim) for dim in shape)
    if not shape:
        return "a single number"
    if len(shape) == 1:
        return f"a vector of {sizes}"
    return f"a row of {shape[1]}" if shape[0] == 1 else f"a {sizes} array"
