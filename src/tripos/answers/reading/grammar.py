"""The grammar of what people write: text to ``Expr``, a tree of plain tuples.

    ("number", text)   ("const", "e" | "pi" | "inf")   ("eye",) or ("eye", size)   ("ones",) or ("ones", size)
    ("name", spelling as declared)   ("index", letter bound by a sum)
    ("add" | "sub", a, b)   ("neg", a)   ("div", a, b)
    ("mul", a, b, how)   how it was written: "" "*" "·" "×" "⊙" "⊗" "@"
    ("pow", a, b)   ("epow", a, b)   the second a power of a function, entry by entry
    ("turn", a, power)   a^T where T is a name as well: a transpose, or a power of a scalar
    ("transpose", a)   ("primed", a)   ("call", word, arguments)   ("entry", a, (position | None, ...))
    ("array", entries)   ("matrix", rows)   ("cases", ((value, condition | None), ...))
    ("relation", sign, a, b)   ("and" | "or", a, b)   ("abs", a)   ("norm", a, order | "F" | None)
    ("over", word, index, low, high, condition, body)   a sum, product or maximum over an index

Nothing is ever run: the grammar is all there is.  All words are consumed, or the answer is unread.
"""

from __future__ import annotations

from .calls import pieces_of
from .cursor import Expr
from .factors import Factors
from .naming import entries_of, name_from
from .tokens import ACCENTS

TIMES = frozenset("*·×⊙⊗@")
"""Signs of products."""

ENDS = frozenset(")]},;.")
"""What may stand behind a factor that ends an answer, or a part of one."""

__all__ = ["Expr", "Parser"]


class Parser(Factors):
    """The whole grammar: sums, products and powers of factors."""

    __slots__ = ()

    # -- sums and products --

    def whole(self) -> Expr:
        """Return the tree of the whole answer."""
        if not self.k[self.at]:
            raise self.fail("an answer")
        expr = self.conditional()
        if self.w[self.at] in (".", ",", ";", ":") and not self.k[self.at + 1]:
            self.at += 1
        if self.w[self.at] == "…":
            raise self.refuse("dots say too little: write the sum or the product with its limits")
        if self.k[self.at]:
            raise self.fail("an operator or the end")
        return expr

    def conditional(self) -> Expr:
        """Read ``a if condition else b``, of which mostly only ``a`` is there."""
        value = self.sum()
        if self.w[self.at] == "if" and self.k[self.at] == "w":
            self.at += 1
            condition = self.condition()
            comma = self.w[self.at] == ","
            if self.w[self.at + comma] not in ("else", "otherwise"):
                return ("cases", ((value, condition),))
            self.at += 1 + comma
            rest = self.conditional()
            return ("cases", ((value, condition), *(rest[1] if rest[0] == "cases" else ((rest, None),))))
        return value

    def sum(self) -> Expr:
        """Read terms with signs between them."""
        w = self.w
        word = w[self.at]
        left = self.signed() if word in ("-", "+") else self.product()
        while True:
            word = w[self.at]
            if word == "+":
                if self.spaced and self._starts_entry():
                    return left
                self.at += 1
                left = ("add", left, self.signed() if w[self.at] in ("-", "+") else self.product())
            elif word == "-":
                if self.spaced and self._starts_entry():
                    return left
                self.at += 1
                left = ("sub", left, self.signed() if w[self.at] in ("-", "+") else self.product())
            else:
                return left

    def _starts_entry(self) -> bool:
        """Say whether a sign begins an entry, as in ``1 -2``, and does not join two, as in ``1 - 2``."""
        return not self.glued() and self.t.starts[self.at + 1] == self.t.ends[self.at]

    def signed(self) -> Expr:
        """Read a term with any number of signs in front."""
        negative = False
        while self.w[self.at] in ("-", "+"):
            negative ^= self.w[self.at] == "-"
            self.at += 1
        value = self.product()
        return ("neg", value) if negative else value

    def product(self) -> Expr:
        """Read factors; those set side by side are multiplied."""
        left = self.power()
        k, w = self.k, self.w
        while True:
            kind, word = k[self.at], w[self.at]
            if kind == "o":
                if word in TIMES:
                    self.at += 1
                    right = self.signed_factor()
                    left = ("mul", left, right, word)
                elif word == "/":
                    self.at += 1
                    left = ("div", left, self.divisor(left))
                elif word == "//":
                    self.at += 1
                    left = ("call", "floor", (("div", left, self.signed_factor()),))
                elif (word == "|" and not self.bars and self.glued_bar()) or (word == "‖" and not self.bars):
                    left = ("mul", left, self.power(), "")
                else:
                    return left
            elif kind and kind in "nwtsfb" and not (self.spaced and not self.glued()):
                if kind in "wt" and word in ("if", "else", "and", "or", "for", "in"):
                    return left
                if kind == "t" and not self.is_name(word):
                    return left
                if kind == "n" and (k[self.at - 1] == "n"):
                    raise self.refuse("two numbers stand side by side; write a sign between them")
                left = ("mul", left, self.power(), "")
            else:
                return left

    def glued_bar(self) -> bool:
        """Say whether a bar here can begin an absolute value: something follows it."""
        return self.k[self.at + 1] not in ("", "e") and self.w[self.at + 1] not in (")", "]", "}", ",")

    def is_name(self, word: str) -> bool:
        """Say whether words set as text are a name or a function."""
        return " " not in word and pieces_of(self, word) is not None

    def signed_factor(self) -> Expr:
        """Read a factor that may have a sign, as after ``·`` and ``/``."""
        if self.w[self.at] in ("-", "+"):
            negative = self.w[self.at] == "-"
            self.at += 1
            value = self.signed_factor() if self.w[self.at] not in ("-", "+") else self._refuse_signs()
            return ("neg", value) if negative else value
        return self.power()

    def _refuse_signs(self) -> Expr:
        raise self.fail("a number, a name or a bracket")

    def divisor(self, above: Expr) -> Expr:
        """Read what a slash divides by: one factor, and names that are set against it without space.

        ``x/2y`` is x/(2y), but ``1/2 y``, ``1/2(x - y)`` and a fraction of two numbers, ``1/2y``, are read
        from left to right.
        """
        start = self.at
        below = self.signed_factor()
        if above[0] == "number" and below[0] == "number":
            return below
        simple = self.at == start + 1 or below[0] in ("name", "number", "index", "entry", "const", "pow")
        while simple and self.k[self.at] in ("w", "s") and self.glued() and self.k[self.at - 1] in ("n", "w"):
            word = self.w[self.at]
            if self.k[self.at] == "w" and (word in ("if", "else", "for") or self.is_function(word)):
                break
            below = ("mul", below, self.power(), "")
        return below

    def is_function(self, word: str) -> bool:
        """Say whether a word is that of a function here, and not a name."""
        pieces = pieces_of(self, word)
        return pieces is not None and pieces[0][0] == "function"

    # -- powers --

    def power(self) -> Expr:
        """Read a factor with what stands behind it: powers, transposes, factorials, subscripts."""
        base = self.primary()
        k, w = self.k, self.w
        while k[self.at] == "o":
            word = w[self.at]
            if word == "^" and w[self.at + 1] == "+" and (not k[self.at + 2] or w[self.at + 2] in ENDS):
                self.at += 2
                base = self._positive_part(base)
            elif word == "^":
                self.at += 1
                base = self.raised(base)
            elif word == "ᵀ" or (word == "'" and self.glued()):
                self.at += 1
                base = ("transpose" if word == "ᵀ" else "primed", base)
            elif word == "!" and self.glued():
                self.at += 1
                base = ("call", "factorial", (base,))
            elif word == "%" and self.percent():
                self.at += 1
                base = ("div", base, ("number", "100"))
            elif word == "_" and w[self.at + 1] == "+":  # (x)_+ is the positive part
                self.at += 2
                base = self._positive_part(base)
            elif word == "_" and base[0] != "number":
                base = entries_of(self, base)
            else:
                break
        return base

    def _positive_part(self, base: Expr) -> Expr:
        return ("call", "relu", (base[1][0] if base[0] == "array" and len(base[1]) == 1 else base,))

    def percent(self) -> bool:
        """Say whether a percent sign here ends a number."""
        return self.k[self.at - 1] == "n" and not (self.k[self.at + 1] and self.k[self.at + 1] in "nwf")

    def raised(self, base: Expr, power: str = "pow") -> Expr:
        """Read an exponent after ``^``, where a T is a transpose."""
        w, at = self.w, self.at
        styled = self.k[at + 1 : at + 2] == ["s"]  # {T}, {\\rm T}, {\\mathsf{T}}
        ends = (at + 3, at + 5) if styled else (at + 2,)
        braced = w[at] == "{" and any(w[end : end + 1] == ["}"] for end in ends)
        inner = at + braced
        if w[inner] in ("ᵀ", "'") and self.k[inner] == "o":
            self.at = inner + 1 + braced
            return ("transpose" if w[inner] == "ᵀ" else "primed", base)
        if self.k[inner] in ("w", "t", "s"):
            turned = self._transpose(base, inner, braced)
            if turned is not None:
                return turned
        if w[at] in ("{", "(") and w[at + 1] == "-" and w[at + 2] in ("T", "ᵀ") and w[at + 3] in ("}", ")"):
            self.at += 4
            return ("transpose", ("call", "inv", (base,)))
        if w[at] == "-" and w[at + 1] in ("T", "ᵀ"):
            self.at += 2
            return ("transpose", ("call", "inv", (base,)))
        return (power, base, self.exponent())

    def _transpose(self, base: Expr, inner: int, braced: bool) -> Expr | None:
        word = self.w[inner]
        if self.k[inner] == "s" and word not in ACCENTS:
            text = self.w[inner : inner + 4]
            if text[1:] in (["{", "T", "}"],):
                self.at = inner + 4 + braced
                return ("transpose", base)
            if braced and text[1:3] == ["T", "}"]:
                self.at = inner + 3
                return ("transpose", base)
            return None
        if word[:1] != "T" or self.k[inner] == "s":
            return None
        if word != "T" and (braced or word in self.names.simple or self.k[inner] == "t"):
            return None
        if "T" in self.names.simple or "T" in self.bound:
            if word != "T" or self.w[inner + 1] in ("_", "^"):
                return None
            self.at = inner + 1 + braced
            return ("turn", base, name_from(self, "T", inner) if not braced else self._named("T"))
        if word == "T":
            self.at = inner + 1 + braced
        else:
            self.w[inner] = word[1:]
            self.t.starts[inner] += 1
        return ("transpose", base)

    def _named(self, base: str) -> Expr:
        return ("index", base) if base in self.bound else ("name", self.names.simple[base])

    def exponent(self) -> Expr:
        """Read an exponent: a braced one, or one factor with its sign and its own power."""
        self.deeper()
        if self.w[self.at] in ("-", "+"):
            negative = self.w[self.at] == "-"
            self.at += 1
            value = self.exponent()
            value = ("neg", value) if negative else value
        else:
            value = self.primary(exponent=True)
            while self.w[self.at] == "!" and self.glued():
                self.at += 1
                value = ("call", "factorial", (value,))
            if self.take("^"):
                value = ("pow", value, self.exponent())
        self.depth -= 1
        return value
