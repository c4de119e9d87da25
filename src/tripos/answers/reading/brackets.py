"""The grammar of brackets, arrays, matrices and definitions by cases."""

from __future__ import annotations

from .cursor import Cursor, Expr

RELATIONS = frozenset("=<>≤≥≠")
CLOSING = {"(": ")", "[": "]", "{": "}", "\\{": "\\}", "⌊": "⌋", "⌈": "⌉"}
_MATRICES = frozenset("matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array".split())
_CASES = frozenset(("cases", "rcases", "dcases"))
_OTHERWISE = frozenset(("otherwise", "else", "sonst", "sinon", "autrement", "elsewhere", "other", "others"))


class Brackets(Cursor):
    """Everything that is opened and closed."""

    __slots__ = ()

    # -- brackets --

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
        self.need(CLOSING[opening])
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
            return self.first_letter(at, word[1:]) if self._shorten(at) else self.primary()
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
            if word in (
                "if",
                "for",
                "when",
                "falls",
                "si",
                "where",
                "otherwise if",
                "else if",
                "elif",
                "pour",
            ):
                self.at += 1
        return self.inner(self.condition)
