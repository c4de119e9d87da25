"""Orders of growth: two ways to write one order are the same."""

from __future__ import annotations

import random
import re

from ...graph import GraphError, Node
from ...graph.compare import compare
from ...graph.notation import Piece
from ...graph.values import origin, show
from ..keys import Key
from ..reading.reader import read
from ..reading.tokens import Unread
from .kind import Examples, Kind, Marked, Names, Settings, bare, exact_value, result, table_of, unread
from .written import latex_of

_ORDER = re.compile(
    r"(?:\\(?:mathcal|mathrm|operatorname)\s*\{\s*O\s*\}|𝒪|Θ|\\Theta|Theta|\bbig[ -]?O)\s*(?=\()"
)


def accepts(key: Key) -> bool:
    """Say whether a key is an order of growth."""
    return isinstance(key, Node) and origin(key).op.name == "growth"


def mark(key: Node, text: str, options: Settings, names: Names) -> Marked:
    """Mark an order of growth, with or without its O."""
    sizes = origin(key).args[1:]
    source = _ORDER.sub("O", bare(text))
    if not re.match(r"O\s*\(", source):
        source = f"O({source})"
    table = {str(n.name): n for n in sizes} | table_of(key, names)
    try:
        answer = read(source, table, sizes=sizes)
        if origin(answer).op.name != "growth":
            raise Unread(text, 0, "expected an order of growth such as O(n^2)")
    except Unread as error:
        return unread(error)
    latex = latex_of(answer)
    try:
        verdict = compare(key, answer)
    except GraphError as error:
        return result("undecided", str(error), value=answer, understood=latex)
    if verdict.outcome == "undecided":
        return result("undecided", verdict.reason, value=answer, understood=latex)
    if verdict.same:
        return result("right", "grows alike in every direction", 1, value=answer, understood=latex)
    theirs, ours = (dict(origin(n).attrs)["degrees"] for n in (answer, key))
    more = [one > other for one, other in zip(theirs, ours, strict=True)]
    less = [one < other for one, other in zip(theirs, ours, strict=True)]
    feedback = "It grows faster in one direction and slower in another."
    if any(more) != any(less):
        feedback = "An upper bound, but not the tightest." if any(more) else "It grows too slowly."
    return result(
        "wrong",
        "another order of growth",
        value=answer,
        understood=latex,
        feedback=[feedback],
        witness=f"degrees {_degrees(theirs)} against {_degrees(ours)}",
    )


def _degrees(degrees: tuple[object, ...]) -> str:
    return ", ".join(str(d) for d in degrees[:6]) + (", …" if len(degrees) > 6 else "")


def _show(key: Node) -> Piece:
    return show(key, exact_value(key))


def _examples(key: Node, rng: random.Random) -> Examples:
    piece = _show(key)
    inner = piece.text[2:-1]
    size = origin(key).args[1].name
    right = [piece.text, piece.latex, inner, f"O(3 ({inner}) + 7)", rf"\mathcal{{O}}({inner})"]
    wrong = [f"O(({inner}) {size})", "O(1)"] if inner != "1" else [f"O({size})"]
    return Examples(right, wrong, ["", "?", "fast", "O(", "O(q)"])


GROWTH = Kind("growth", accepts, mark, _show, _examples)
