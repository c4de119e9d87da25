"""What a kind of answer is, what marking by it yields, and the words that the kinds share."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from ...graph import GraphError, Node
from ...graph.node import free_symbols
from ...graph.notation import Piece
from ...graph.op import Array
from ...graph.values import Values, has_unknowns
from ..declared import Declared
from ..keys import Key
from ..reading.equations import unlabelled
from ..reading.tokens import Unread
from ..verdict import Outcome, Verdict

Settings = Mapping[str, str]
"""The options of a blank, as they were written after its bar."""

Names = Mapping[str, Node | Declared]
"""The quantities that an answer may name: a node, or what the question declares about a name."""


@dataclass(frozen=True)
class Marked:
    """What came of one answer.

    ``credit`` is the share of the points, 0 to 1 (below 0 only where negative marking has no floor).
    ``value`` is what the answer means, as a node or as plain data, None where it was not read;
    ``understood`` is its LaTeX, for the candidate to confirm; ``feedback`` are plain sentences.
    """

    verdict: Verdict
    credit: Fraction = Fraction(0)
    value: Any = None
    understood: str = ""
    feedback: tuple[str, ...] = ()


class Examples(NamedTuple):
    """Answers to a key that are right, that are wrong, and that have no meaning."""

    right: list[str]
    wrong: list[str]
    invalid: list[str]


@dataclass(frozen=True)
class Kind:
    """A kind of answer: which keys it takes, how an answer is marked, how the key is shown, examples."""

    name: str
    accepts: Callable[[Key], bool]
    mark: Callable[[Any, str, Settings, Names], Marked]
    show: Callable[[Any], Piece]
    examples: Callable[[Any, random.Random], Examples]


# -- outcomes ------------------------------------------------------------------------------------


def result(
    outcome: Outcome,
    reason: str,
    credit: Fraction | int = 0,
    *,
    value: Any = None,
    understood: str = "",
    feedback: Iterable[str] = (),
    witness: str = "",
    convention: str = "",
) -> Marked:
    """Return a mark; what is right here is proven, so that its chance of error is 0."""
    bound = 0.0 if outcome == "right" else None
    verdict = Verdict(outcome, reason, witness, bound, convention)
    return Marked(verdict, Fraction(credit), value, understood, tuple(dict.fromkeys(feedback)))


def unread(error: Unread) -> Marked:
    """Return the mark of an answer that could not be read."""
    return result("unread", str(error))


def shared(right: int, total: int, doubtful: int = 0) -> tuple[Outcome, Fraction]:
    """Return the outcome and the credit where ``right`` of ``total`` parts are right."""
    credit = Fraction(right, total)
    if right == total:
        return "right", credit
    return ("undecided" if doubtful else "wrong"), credit


# -- what an answer may name ---------------------------------------------------------------------


def table_of(key: Node, names: Names) -> dict[str, Node]:
    """Return the nodes that an answer may name: those given, and the symbols of the key."""
    given = {name: node for name, node in names.items() if isinstance(node, Node)}
    return given | {str(n.name): n for n in free_symbols(key)}


@lru_cache(4096)
def exact_value(key: Node) -> Array:
    """Return the exact value of a key without symbols; raise GraphError where there is none."""
    values = Values()
    value = values[key]
    if value is None:
        raise values.why[key]
    if has_unknowns(value):
        raise GraphError("the key depends on symbols")
    return value


# -- texts ---------------------------------------------------------------------------------------

_SPACING = re.compile(r"(?<!\\)\\[,;:! ]|\\q?quad\b|~|\\(?:left|right|displaystyle)(?![A-Za-z])")


def bare(text: str) -> str:
    """Return an answer without dollars, spacing commands, and ``name =`` in front of it."""
    text = text.strip().strip("`")
    if text.startswith((r"\(", r"\[")) and text.endswith((r"\)", r"\]")):
        text = text[2:-2]
    return unlabelled(_SPACING.sub(" ", text.replace("$", " ")).strip())


def folded(text: str) -> str:
    """Return text without regard to case and spacing."""
    return " ".join(text.split()).casefold()
