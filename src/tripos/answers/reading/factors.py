"""The grammar of single factors: numbers, names, constants, functions, and what LaTeX opens."""

from __future__ import annotations

from typing import Any

from .brackets import CLOSING, Brackets
from .calls import function, over, pieces_of
from .cursor import Expr
from .naming import accented_name, name_from, name_goes_on
from .tokens import ACCENTS

MAX_DIGITS = 1_000
"""Longest number, in characters."""


class Factors(Brackets):
    """One factor without what stands behind it."""

    __slots__ = ()

    # -- factors --

    def primary(self, exponent: bool = False) -> Expr:
        """Read one factor without what stands behind it."""
        at = self.at
        kind, word = self.k[at], self.w[at]
        if kind == "n":
            self.at += 1
            if len(word) > MAX_DIGITS:
                raise self.refuse(f"a number has at most {MAX_DIGITS} digits, found {len(word)}", at)
            if word == "1" and self.w[self.at : self.at + 2] == ["_", "{"]:  # an indicator such as 1_{u < 0}
                found = self.ones()
                if found[0] == "ones":
                    raise self.refuse("expected a condition below 1, as in 1_{u < 0}", at)
                return found
            return ("number", word)
        if kind == "w":
            self.at += 1
            return self.word(word, at, exponent)
        self.deeper()
        expr = self._compound(kind, word, at)
        self.depth -= 1
        return expr

    def word(self, word: str, at: int, exponent: bool = False) -> Expr:
        """Read a name, a constant or a function whose first word was stepped over."""
        pieces = pieces_of(self, word)
        if pieces is None:
            if word in ("\\Sigma", "\\Pi") and self.w[self.at] not in ("^", "=", "+", "-", ""):
                return over(self, "sum" if word == "\\Sigma" else "prod")
            return name_from(self, word, at)
        (what, base), length = pieces[0], len(pieces)
        if length > 1:  # a product of names: what is left is read again
            size = len(base.replace("~", "")) if what != "const" else len(base)
            self.at = at
            self.t.starts[at] += size
            self.w[at] = word[size:]
        if what == "name":
            return name_from(self, base, at)
        if what == "function":
            if name_goes_on(self, word):
                return name_from(self, word, at)
            self.deeper()
            expr = function(self, base, at)
            self.depth -= 1
            return expr
        if what == "eye":
            return self._identity(called=base == "eye")
        if self.w[self.at] != "^" and name_goes_on(self, word):
            return name_from(self, word, at)
        return ("const", base)

    def _identity(self, *, called: bool) -> Expr:
        """Read the size behind an identity: I_n, I_{n}, I_{n × n}, eye(n); I_{ij} is an entry of it."""
        w, at = self.w, self.at
        if called and self.take("("):
            return ("eye", self.inside(")"))
        if w[at] != "_" or self.k[at] != "o":
            return ("eye",)
        if w[at + 1] == "{" and w[at + 3] not in ("}", "×"):
            return ("eye",)
        self.at += 1
        size = self.argument()
        return ("eye", size[1] if size[0] == "mul" else size)

    def _compound(self, kind: str, word: str, at: int) -> Expr:
        if kind == "f":
            return self._opened(word)
        if kind == "s":
            return self._styled(word)
        if kind == "t":
            self.at += 1
            if pieces_of(self, word) is None:
                return name_from(self, word, at)
            return self.word(word, at)
        if kind == "b":
            return self.environment()
        if kind == "o" and word in ("|", "‖"):
            return self._between_bars(word)
        if kind == "o" and word == "∞":
            self.at += 1
            return ("const", "inf")
        if word == "…":
            raise self.refuse("dots say too little: write the sum or the product with its limits")
        raise self.fail("a number, a name or a bracket")

    def _opened(self, word: str) -> Expr:
        self.at += 1
        if word == "(" or word == "{":
            return self.bracketed(word)
        if word == "[":
            return self.array()
        if word == "frac":
            above = self.argument()
            return ("div", above, self.argument())
        if word == "root":
            return self._root()
        if word in ("⌊", "⌈"):
            value = self.inside(CLOSING[word])
            return ("call", "floor" if word == "⌊" else "ceil", (value,))
        if word in ("√", "∛"):
            value = self.primary()
            return ("call", "sqrt", (value,)) if word == "√" else ("call", "root", (value, ("number", "3")))
        if word in ("sum", "prod"):
            return over(self, word)
        if word == "binom":
            above = self.argument()
            return ("call", "binom", (above, self.argument()))
        if word == "\\{":
            return self.inside("\\}", relations=True)
        if word == "⟨":
            left = self.inner(self.sum)
            self.need(",") if self.w[self.at] != "|" else self.need("|")
            right = self.inner(self.sum)
            self.need("⟩")
            return ("call", "dot", (left, right))
        if word == "𝟏":
            return self.ones()
        if word == "ell":
            return name_from(self, "ell", self.at - 1)
        raise self.fail("a number, a name or a bracket")

    def ones(self) -> Expr:
        """Read what follows a bold or blackboard 1: a relation makes it an indicator."""
        word = self.w[self.at]
        if word == "_" and self.k[self.at] == "o":
            self.at += 1
            closing = {"{": "}", "(": ")"}.get(self.w[self.at])
            if closing is None:
                return ("ones", self.argument())
            self.at += 1
            braces = self.take("\\{")
            value = self.inner(self.condition)
            if braces:
                self.need("\\}")
            self.need(closing)
            return value if value[0] in ("relation", "and", "or") else ("ones", value)
        if word in ("(", "[", "\\{", "{") and self.k[self.at] == "f":
            start = self.at
            self.at += 1
            value = self.inner(self.condition)
            if value[0] in ("relation", "and", "or"):
                self.need(CLOSING[word])
                return value
            self.at = start
        return ("ones",)

    def _root(self) -> Expr:
        if self.w[self.at] == "[" and self.k[self.at] == "f":
            self.at += 1
            order = self.inner(self.sum)
            self.need("]")
            return ("call", "root", (self.argument(), order))
        return ("call", "sqrt", (self.argument(),))

    def _styled(self, style: str) -> Expr:
        at = self.at
        self.at += 1
        if style in ACCENTS:
            return accented_name(self, style, at)
        while self.k[self.at] == "s":
            if self.w[self.at] in ACCENTS:
                return self._styled(self.w[self.at])
            self.at += 1
        w, k, here = self.w, self.k, self.at
        braced = w[here] == "{" and w[here + 2] == "}"
        inner = here + braced
        if k[inner] == "n" and w[inner] == "1" and style in ("mathbf", "mathbb", "boldsymbol", "bm", "bf"):
            self.at = inner + 1 + braced
            return self.ones()
        if k[inner] in ("w", "t") and braced:
            self.at = inner + 2
            if w[inner] in ("I", "1") and self.w[self.at] in ("[", "(", "\\{", "_") and style == "mathbb":
                found = self.ones()
                return ("eye", *found[1:]) if w[inner] == "I" and found[0] == "ones" else found
            return self.word(w[inner], self.at - 1)
        if k[inner] == "w":
            if len(w[inner]) > 1 and w[inner][0] != "\\" and style != "operatorname":
                self.w[inner], rest = w[inner][0], w[inner][1:]
                return self.first_letter(inner, rest)
            self.at = inner + 1
            return self.word(w[inner], inner)
        if w[here] == "{":
            self.at += 1
            return self.inside("}")
        return self.primary()

    def first_letter(self, at: int, rest: str) -> Expr:
        """Read the one letter that an unbraced style applies to, and put the rest back."""
        letter = self.w[at]
        self.w[at] = rest
        self.t.starts[at] += 1
        self.at = at
        pieces = pieces_of(self, letter)
        if pieces is None or pieces[0][0] == "name":
            return (
                ("name", self.names.simple[letter])
                if letter in self.names.simple
                else name_from(self, letter, at)
            )
        return ("eye",) if pieces[0][0] == "eye" else ("const", letter)

    def _between_bars(self, word: str) -> Expr:
        at = self.at
        if word == "‖" and self.t.text[self.t.starts[at] : self.t.ends[at]] == "||":
            following = next((w for w in self.w[at + 1 :] if w in ("|", "‖")), "")
            if following == "|" and self.w[at + 1] != "|":  # ||x| - |y|| is the size of a difference
                self.t.starts[at] += 1
                self.w[at] = "|"
                self.deeper()
                value = self._closed("|")
                self.depth -= 1
                return value
        self.at += 1
        return self._closed(word)

    def _closed(self, word: str) -> Expr:
        """Read what stands before a closing bar, and step over that."""
        spaced, bars, self.spaced = self.spaced, self.bars, False
        self.bars = 1
        value = self.sum()
        self.bars, self.spaced = bars, spaced
        if word == "|" and self.w[self.at] == "‖" and self.t.text[self.t.starts[self.at]] == "|":
            self.w[self.at] = "|"  # |x||y| is |x| |y|
            self.t.starts[self.at] += 1
        elif not self.take(word):
            raise self.fail("a closing bar")
        if word == "|":
            return ("abs", value)
        order: Any = None
        if self.take("_"):
            if self.w[self.at] in ("F", "2F") or (self.w[self.at] == "{" and self.w[self.at + 1] == "F"):
                self.at += 3 if self.w[self.at] == "{" else 1
                return ("norm", value, "F")
            braced = self.take("{")
            if braced and self.k[self.at] == "s" and self.w[self.at + 1 : self.at + 3] == ["F", "}"]:
                self.at += 3
                return ("norm", value, "F")
            order = self.inner(self.sum) if braced else self.primary()
            if braced:
                self.need("}")
        return ("norm", value, order)
