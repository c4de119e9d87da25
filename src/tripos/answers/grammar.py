"""The grammar of what people write: text to ``Expr``, a tree of plain tuples.

    ("number", text)                      ("const", "e" | "pi" | "inf")       ("eye",)   ("ones",)
    ("name", spelling as declared)        ("index", letter bound by a sum)
    ("add" | "sub", a, b)                 ("neg", a)                          ("div", a, b)
    ("mul", a, b, how)                    how it was written: "" "*" "·" "×" "⊙" "⊗" "@"
    ("pow", a, b)                         ("epow", a, b): a power of a function, entry by entry
    ("turn", a, power)                    a^T where T is a name as well: a transpose, a power of a scalar
    ("transpose", a)                      ("call", word, arguments)           ("entry", a, (position | None, ...))
    ("array", entries)                    ("matrix", rows)                    ("cases", ((value, condition), ...))
    ("relation", sign, a, b)              ("and" | "or", a, b)                ("abs", a)   ("norm", a, order | None)
    ("over", word, index, low, high, condition, body)                         a sum, product, maximum over an index

Nothing is ever run: the grammar is all there is.  All words are consumed, or the answer is unread.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .calls import FUNCTIONS, function, over, pieces_of
from .declared import Declared
from .names import Names
from .naming import accented_name, entries_of, name_from, name_goes_on
from .tokens import ACCENTS, Tokens, Unread

Expr = tuple[Any, ...]

MAX_DEPTH = 60
"""Deepest nesting of brackets, fractions, powers and functions."""

MAX_DIGITS = 1_000
"""Longest number, in characters."""

TIMES = {"*": "*", "·": "·", "×": "×", "⊙": "⊙", "⊗": "⊗", "@": "@"}
RELATIONS = frozenset("=<>≤≥≠")
_CLOSING = {"(": ")", "[": "]", "{": "}", "\\{": "\\}", "⌊": "⌋", "⌈": "⌉"}
_MATRICES = frozenset("matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array".split())
_CASES = frozenset(("cases", "rcases", "dcases"))
_OTHERWISE = frozenset(("otherwise", "else", "sonst", "sinon", "autrement", "elsewhere", "other", "others"))
_IF = ("if ", "for ", "when ", "falls ", "si ", "where ", "otherwise if ", "else if ")


class Parser:
    """A position in the words of an answer, and what may be named there."""

    __slots__ = ("at", "bars", "bound", "declared", "depth", "k", "names", "spaced", "t", "w")

    def __init__(self, tokens: Tokens, names: Names, declared: Mapping[str, Declared]):
        self.t = tokens
        self.k = tokens.kinds
        self.w = tokens.words
        self.names = names
        self.declared = declared
        self.at = 0
        self.depth = 0
        self.bars = 0
        self.spaced = False
        self.bound: dict[str, int] = {}

    # -- words --

    def fail(self, expected: str) -> Unread:
        """Return the error that something else was expected here."""
        at = self.at
        found = repr(self.t.text[self.t.starts[at] : self.t.ends[at]]) if self.k[at] else "the end"
        return Unread(self.t.text, self.t.starts[at], f"expected {expected}, found {found}")

    def refuse(self, message: str, at: int | None = None) -> Unread:
        """Return an error about what stands here."""
        return Unread(self.t.text, self.t.starts[self.at if at is None else at], message)

    def take(self, word: str) -> bool:
        """Step over ``word`` if it stands here as a symbol."""
        if self.w[self.at] == word and self.k[self.at] in ("o", "f"):
            self.at += 1
            return True
        return False

    def need(self, word: str) -> None:
        """Step over ``word``; raise Unread where it does not stand here."""
        if not self.take(word):
            raise self.fail(repr(word.lstrip("\\") or "a new row"))

    def glued(self) -> bool:
        """Say whether no space stands before this word."""
        return self.t.starts[self.at] == self.t.ends[self.at - 1]

    # -- sums and products --

    def whole(self) -> Expr:
        """Return the tree of the whole answer."""
        if not self.k[self.at]:
            raise self.fail("an answer")
        expr = self.conditional()
        if self.w[self.at] in (".", ",", ";", ":") and not self.k[self.at + 1]:
            self.at += 1
        if self.k[self.at]:
            raise self.fail("an operator or the end")
        return expr

    def conditional(self) -> Expr:
        """Read ``a if condition else b``, of which mostly only ``a`` is there."""
        value = self.sum()
        if self.w[self.at] == "if" and self.k[self.at] == "w":
            self.at += 1
            condition = self.condition()
            if self.w[self.at] != "else":
                return ("cases", ((value, condition),))
            self.at += 1
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
                elif word == "|" and not self.bars and self.glued_bar():
                    left = ("mul", left, self.power(), "")
                elif word == "‖" and not self.bars:
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
            if word == "^":
                self.at += 1
                base = self.raised(base)
            elif word == "ᵀ":
                self.at += 1
                base = ("transpose", base)
            elif word == "'" and self.glued():
                self.at += 1
                base = ("transpose", base)
            elif word == "!" and self.glued():
                self.at += 1
                base = ("call", "factorial", (base,))
            elif word == "%" and self.percent():
                self.at += 1
                base = ("div", base, ("number", "100"))
            elif word == "_" and base[0] != "number":
                base = entries_of(self, base)
            else:
                break
        return base

    def percent(self) -> bool:
        """Say whether a percent sign here ends a number."""
        return self.k[self.at - 1] == "n" and not (self.k[self.at + 1] and self.k[self.at + 1] in "nwf")

    def raised(self, base: Expr, power: str = "pow") -> Expr:
        """Read an exponent after ``^``, where a T is a transpose."""
        w, at = self.w, self.at
        braced = w[at] == "{" and w[at + 2] == "}"
        inner = at + braced
        if w[inner] in ("ᵀ", "'") and self.k[inner] == "o":
            self.at = inner + 1 + braced
            return ("transpose", base)
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
                self.at = inner + 4
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

    def deeper(self) -> None:
        """Go one level down; raise Unread where that is too deep."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.refuse(f"brackets are nested more than {MAX_DEPTH} deep")

    # -- factors --

    def primary(self, exponent: bool = False) -> Expr:
        """Read one factor without what stands behind it."""
        at = self.at
        kind, word = self.k[at], self.w[at]
        if kind == "n":
            self.at += 1
            if len(word) > MAX_DIGITS:
                raise self.refuse(f"a number has at most {MAX_DIGITS} digits, found {len(word)}", at)
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
            if word in ("\\Sigma", "\\Pi") and self.w[self.at] == "_":
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
            if self.w[self.at] in ("_", "^") and name_goes_on(self, word):
                return name_from(self, word, at)
            self.deeper()
            expr = function(self, base, at)
            self.depth -= 1
            return expr
        if what == "eye":
            return ("eye",)
        if self.w[self.at] == "_" and name_goes_on(self, word):
            return name_from(self, word, at)
        return ("const", base)

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
            value = self.inside(_CLOSING[word])
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
                raise self.fail("a condition in braces")
            self.at += 1
            braces = self.take("\\{")
            value = self.inner(self.condition)
            if braces:
                self.need("\\}")
            self.need(closing)
            return value
        if word in ("(", "[", "\\{", "{") and self.k[self.at] == "f":
            start = self.at
            self.at += 1
            value = self.inner(self.condition)
            if value[0] in ("relation", "and", "or"):
                self.need(_CLOSING[word])
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
                return self.ones()
            return self.word(w[inner], self.at - 1)
        if k[inner] == "w":
            if len(w[inner]) > 1 and w[inner][0] != "\\" and style != "operatorname":
                self.w[inner], rest = w[inner][0], w[inner][1:]
                first = self._first_letter(inner, rest)
                return first
            self.at = inner + 1
            return self.word(w[inner], inner)
        if w[here] == "{":
            self.at += 1
            return self.inside("}")
        return self.primary()

    def _first_letter(self, at: int, rest: str) -> Expr:
        """Read the one letter that an unbraced style applies to, and put the rest back."""
        letter = self.w[at]
        self.w[at] = rest
        self.t.starts[at] += 1
        self.at = at
        pieces = pieces_of(self, letter)
        if pieces is None or pieces[0][0] == "name":
            return ("name", self.names.simple[letter]) if letter in self.names.simple else name_from(self, letter, at)
        return ("eye",) if pieces[0][0] == "eye" else ("const", letter)

    def _between_bars(self, word: str) -> Expr:
        self.at += 1
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
            order = self.inner(self.sum) if braced else self.primary()
            if braced:
                self.need("}")
        return ("norm", value, order)

    # -- brackets --

    def inner(self, rule: Any) -> Expr:
        """Apply a rule inside of brackets, where bars and spaces have their plain meaning."""
        bars, spaced = self.bars, self.spaced
        self.bars, self.spaced = 0, False
        expr: Expr = rule()
        self.bars, self.spaced = bars, spaced
        return expr

    def inside(self, closing: str, *, relations: bool = False) -> Expr:
        """Read up to a closing bracket and step over it."""
        expr = self.inner(self.condition if relations else self.conditional)
        self.need(closing)
        return expr

    def bracketed(self, opening: str) -> Expr:
        """Read a parenthesis: a value, a relation (1 where it holds), or a vector of several entries."""
        expr = self.inner(self.condition)
        if opening == "(" and self.w[self.at] == ",":
            entries = [expr]
            while self.take(","):
                if self.w[self.at] == ")":
                    break
                entries.append(self.inner(self.conditional))
            expr = ("array", tuple(entries))
        self.need(_CLOSING[opening])
        return expr

    def argument(self) -> Expr:
        """Read one argument of a command: a braced one, one digit, one letter, or one factor."""
        if self.take("{"):
            self.deeper()
            expr = self.inside("}")
            self.depth -= 1
            return expr
        at = self.at
        word = self.w[at]
        if self.k[at] == "n" and len(word) > 1 and word.isdigit():  # \frac12 is one half
            self.w[at] = word[1:]
            self.t.starts[at] += 1
            return ("number", word[0])
        if self.k[at] == "w" and len(word) > 1 and word[0] != "\\":
            return self._first_letter(at, word[1:]) if self._shorten(at) else self.primary()
        return self.primary()

    def _shorten(self, at: int) -> bool:
        if self.is_function(self.w[at]) and len(self.w[at]) > 1:
            return False
        self.w[at] = self.w[at][0]
        return True

    def condition(self) -> Expr:
        """Read relations, chained and joined by ``and`` and ``or``; without any it is a plain value."""
        left = self._relation()
        while self.k[self.at] and self.w[self.at].strip().casefold() in ("and", "or"):
            word = self.w[self.at].strip().casefold()
            self.at += 1
            left = (word, left, self._relation())
        return left

    def _relation(self) -> Expr:
        left = self.conditional()
        found: Expr | None = None
        while self.k[self.at] == "o" and self.w[self.at] in RELATIONS:
            sign = self.w[self.at]
            self.at += 1
            right = self.sum()
            link = ("relation", sign, left, right)
            found = link if found is None else ("and", found, link)
            left = right
        return left if found is None else found

    def array(self) -> Expr:
        """Read [1, 2], [1 2; 3 4] or [[1, 2], [3, 4]] after its opening bracket; [x > 0] is an indicator."""
        start = self.at - 1
        bars, spaced = self.bars, self.spaced
        self.bars, self.spaced = 0, self._by_spaces(start)
        rows: list[list[Expr]] = [[]]
        while not self.take("]"):
            if self.take(";"):
                rows.append([])
            elif not rows[-1] or self.take(",") or self.spaced:
                if self.w[self.at] == "]" and rows[-1]:
                    continue
                rows[-1].append(self.condition())
            else:
                raise self.fail("',' or ']'")
        self.bars, self.spaced = bars, spaced
        if not all(rows):
            raise self.refuse("expected an entry")
        if len(rows) == 1 and len(rows[0]) == 1:
            return self._alone(rows[0][0], start)
        if len(rows) == 1:
            return ("array", tuple(rows[0]))
        if len({len(row) for row in rows}) > 1:
            raise self.refuse("expected rows of equal length")
        return ("array", tuple(("array", tuple(row)) for row in rows))

    def _alone(self, entry: Expr, start: int) -> Expr:
        """Return what a bracket around one entry means: a vector of one where it stands alone."""
        before = self.w[start - 1] if start else ""
        outer = before in ("", "[", ",", ";") and self.w[self.at] in ("", "]", ",", ";", "ᵀ", "^")
        if entry[0] in ("relation", "and", "or", "matrix") or not outer:
            return entry
        return ("array", (entry,))

    def _by_spaces(self, start: int) -> bool:
        """Say whether spaces part the entries of a bracket: no comma in it, and rows or numbers only."""
        depth, rows, names = 0, False, False
        w, k = self.w, self.k
        for at in range(start, len(w)):
            word = w[at]
            if word in ("[", "(", "{"):
                depth += 1
            elif word in ("]", ")", "}"):
                depth -= 1
                if not depth:
                    whole = not start and w[at + 1] in ("", "ᵀ")
                    return rows or whole or not names
            elif depth == 1 and word == ",":
                return False
            elif depth == 1 and word == ";":
                rows = True
            elif k[at] in ("w", "s") and word not in ("e", "\\pi", "pi"):
                names = True
        return False

    # -- environments --

    def environment(self) -> Expr:
        """Read a matrix or a definition by cases."""
        kind = self.w[self.at]
        if kind in _CASES:
            self.at += 1
            return self.cases()
        if kind not in _MATRICES:
            raise self.refuse(f"the environment {kind!r} has no meaning here")
        self.at += 1
        rows: list[list[Expr]] = [[]]
        while self.k[self.at] != "e":
            if self.take("\\\\"):
                rows.append([])
            elif not rows[-1] or self.take("&"):
                rows[-1].append(self.inner(self.conditional))
            else:
                raise self.fail("'&', a new row, or the end of the matrix")
        self._end(kind)
        rows = [row for row in rows if row]
        if not rows:
            raise self.refuse("expected an entry")
        if len({len(row) for row in rows}) > 1:
            raise self.refuse("expected rows of equal length")
        expr: Expr = ("matrix", tuple(map(tuple, rows)))
        return {"vmatrix": ("call", "det", (expr,)), "Vmatrix": ("norm", expr, None)}.get(kind, expr)

    def _end(self, kind: str) -> None:
        if self.w[self.at] != kind:
            raise self.fail(f"\\end{{{kind}}}")
        self.at += 1

    def cases(self) -> Expr:
        """Read a definition by cases; the last one may be 'otherwise'."""
        kind = self.w[self.at - 1]
        branches: list[tuple[Expr, Expr | None]] = []
        while self.k[self.at] != "e":
            if not self.k[self.at]:
                raise self.fail(f"\\end{{{kind}}}")
            if branches and branches[-1][1] is None:
                raise self.fail("'otherwise' in the last case only")
            value = self.inner(self.sum)
            while self.w[self.at] in (",", "&") and self.k[self.at] == "o":
                self.at += 1
            branches.append((value, self._case()))
            while self.w[self.at] in (",", ".", ";", "\\\\") and self.k[self.at] == "o":
                self.at += 1
        self._end(kind)
        if not branches:
            raise self.refuse("expected a case")
        return ("cases", tuple(branches))

    def _case(self) -> Expr | None:
        """Read the condition of a case; None for 'otherwise'."""
        if self.k[self.at] in ("t", "w"):
            word = self.w[self.at].strip(" ,.:").casefold()
            if word.split()[:1] and word.split()[0] in _OTHERWISE and not word.endswith("if"):
                self.at += 1
                return None
            if word in ("if", "for", "when", "falls", "si", "where", "otherwise if", "else if", "elif", "pour"):
                self.at += 1
        return self.inner(self.condition)
