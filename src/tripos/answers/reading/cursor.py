"""A position in the words of an answer, and what may be named there: what the grammar stands on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..declared import Declared
from .names import Names
from .tokens import Tokens, Unread

Expr = tuple[Any, ...]

MAX_DEPTH = 60
"""Deepest nesting of brackets, fractions, powers and functions."""


class Cursor:
    """A position in the words of an answer, and what may be named there."""

    __slots__ = ("at", "bars", "bound", "declared", "depth", "k", "names", "spaced", "t", "w", "wide")

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
        self.wide = False
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

    def deeper(self) -> None:
        """Go one level down; raise Unread where that is too deep."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.refuse(f"brackets are nested more than {MAX_DEPTH} deep")

    def inner(self, rule: Any) -> Expr:
        """Apply a rule inside of brackets, where bars and spaces have their plain meaning."""
        bars, spaced = self.bars, self.spaced
        self.bars, self.spaced = 0, False
        expr: Expr = rule()
        self.bars, self.spaced = bars, spaced
        return expr

    # -- rules of the grammar above this --

    def sum(self) -> Expr:
        """Read terms with signs between them."""
        raise NotImplementedError

    def product(self) -> Expr:
        """Read factors; those set side by side are multiplied."""
        raise NotImplementedError

    def signed(self) -> Expr:
        """Read a term with any number of signs in front."""
        raise NotImplementedError

    def power(self) -> Expr:
        """Read a factor with what stands behind it."""
        raise NotImplementedError

    def exponent(self) -> Expr:
        """Read an exponent."""
        raise NotImplementedError

    def conditional(self) -> Expr:
        """Read ``a if condition else b``."""
        raise NotImplementedError

    def condition(self) -> Expr:
        """Read relations, or a plain value."""
        raise NotImplementedError

    def primary(self, exponent: bool = False) -> Expr:
        """Read one factor without what stands behind it."""
        raise NotImplementedError

    def is_function(self, word: str) -> bool:
        """Say whether a word is that of a function here."""
        raise NotImplementedError

    def first_letter(self, at: int, rest: str) -> Expr:
        """Read the one letter that a command applies to."""
        raise NotImplementedError
