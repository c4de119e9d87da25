"""What the rules of meaning need of an algebra, be it of nodes or of arrays at sample points."""

from __future__ import annotations

from typing import Any, Protocol

Payload = Any


class Algebra(Protocol):
    """Values of one kind, and what can be done to them.  A rank is the number of axes of one value."""

    def number(self, text: str) -> Payload:
        """Return a written number."""

    def integer(self, value: int) -> Payload:
        """Return a whole number."""

    def const(self, word: str) -> Payload:
        """Return e, pi or inf."""

    def name(self, spelt: str) -> tuple[Payload, tuple[Any, ...]]:
        """Return what a declared name stands for, and its shape."""

    def float_of(self, x: Payload) -> float | None:
        """Return a value of written numbers as a float, None where it is no plain number."""

    def whole(self, x: Payload) -> int | None:
        """Return the whole number that a payload is at every point, None where it is none."""

    def largest(self, x: Payload) -> float:
        """Return the largest value of a number over all points; not a number where it is not known."""

    def dimension(self, letter: str) -> int | None:
        """Return how far a declared index runs, None where there is none of this letter."""

    def binary(self, op: str, x: Payload, y: Payload, rank_x: int, rank_y: int) -> Payload:
        """Return an operation entry by entry; one of the ranks may be 0."""

    def negative(self, x: Payload) -> Payload:
        """Return −x."""

    def function(self, word: str, x: Payload) -> Payload:
        """Return a function entry by entry."""

    def factorial(self, x: Payload) -> Payload | None:
        """Return x!, None where that is not known."""

    def contract(self, how: str, x: Payload, y: Payload) -> Payload:
        """Return a contraction such as "ij,j->i"."""

    def transpose(self, x: Payload) -> Payload:
        """Return the transpose of a matrix."""

    def column(self, x: Payload) -> Payload:
        """Return a vector as a matrix of one column."""

    def squeeze(self, x: Payload, rank: int) -> Payload:
        """Return an array without its last axis, which is of size 1."""

    def expand(self, x: Payload, shape: tuple[Any, ...]) -> Payload:
        """Return an array with axes of size 1 repeated to a shape."""

    def ones(self, shape: tuple[int, ...]) -> Payload:
        """Return ones."""

    def eye(self, n: Any) -> Payload:
        """Return an identity matrix."""

    def stack(self, entries: list[Payload], rank: int) -> Payload:
        """Return arrays of one rank along a new first axis."""

    def where(self, c: Payload, x: Payload, y: Payload, ranks: tuple[int, int, int]) -> Payload:
        """Return x where c is positive, else y."""

    def undefined(self, like: Payload) -> Payload:
        """Return what stands where no case holds."""

    def reduce(self, word: str, x: Payload, rank: int) -> Payload:
        """Return the sum, mean, product, max, min, argmax or argmin of all entries."""

    def softmax(self, x: Payload) -> Payload:
        """Return the softmax along the last axis."""

    def inverse(self, x: Payload) -> Payload:
        """Return the inverse of a matrix."""

    def det(self, x: Payload) -> Payload:
        """Return a determinant."""

    def trace(self, x: Payload) -> Payload:
        """Return a trace."""

    def diag(self, x: Payload, rank: int) -> Payload:
        """Return the diagonal matrix of a vector, or the diagonal of a matrix."""

    def entry(self, x: Payload, rank: int, positions: list[Payload | None]) -> Payload:
        """Return entries at positions counted from 1; None keeps an axis."""

    def counter(self, depth: int, low: int, high: int) -> list[Payload]:
        """Return the values of an index: one payload for all where sums are vectorised, else one for each."""

    def total(self, word: str, terms: list[Payload], count: int, depth: int, rank: int) -> Payload:
        """Return the sum, product, maximum or minimum of the terms that belong to such payloads."""

    def position(self, terms: list[Payload], low: int, largest: bool) -> Payload:
        """Return the value of the index, from ``low`` on, at which the largest or smallest term stands."""
