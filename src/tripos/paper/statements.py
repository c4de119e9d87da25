"""A formula on the command line: assignments before it, shapes and domains of what it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from .. import graph
from ..graph import GraphError, Node, lift, named, symbol
from ..graph.node import DOMAINS, Shape, schedule
from .diagnostic import nearest
from .expression import ExpressionError, evaluate, read_shape
from .vocabulary import vocabulary

MAX_NAMES = 200
"""Most names that a formula may assign or leave open."""

_ASSIGNMENT = re.compile(r"\s*([A-Za-z]\w*)\s*=(?!=)")
_DOMAINS = tuple(d for d in DOMAINS if d != "size")


@dataclass
class Formula:
    """What was written: the last value, and every name in it that stands for a node."""

    of: Node
    names: dict[str, Node] = field(default_factory=dict)

    def nodes(self, wanted: str) -> list[Node]:
        """Return the nodes that a list of names such as ``w,b`` asks for."""
        found = []
        for name in (part.strip() for part in wanted.split(",")):
            if name not in self.names:
                remedy = nearest(name, list(self.names)) or "it has no names"
                raise GraphError(f"no name {name!r} in the formula; {remedy}")
            found.append(self.names[name])
        inside = set(schedule([self.of]))
        for node in found:
            if node not in inside:
                used = [k for k, n in self.names.items() if n in inside and not (n is self.of and n.args)]
                raise GraphError(
                    f"the formula does not depend on {node.name}"
                    + (f"; it depends on {', '.join(used)}" if used else "")
                )
        return found


def read_formula(text: str, shapes: Sequence[str] = (), domains: Sequence[str] = ()) -> Formula:
    """Return the value of statements such as ``z = w @ x + b; -log(sigmoid(z))``.

    ``shapes`` are lists such as ``W=kxd,x=d``, where letters are symbolic sizes, and ``domains`` such as
    ``p=probability``.  Assigned names are kept; any other name that no op has is a scalar.  Raises
    GraphError with the place of what is wrong.
    """
    declared = _declared(shapes, domains)
    formula = Formula(graph.constant(0), dict(declared))
    words = _words()
    statements = [part for part in _statements(text) if part[1].strip()]
    if not statements:
        raise ExpressionError("the formula is empty", text, 0, max(1, len(text)))
    for start, statement in statements:
        assigned = _ASSIGNMENT.match(statement)
        begin = start + (assigned.end() if assigned else 0)
        known = {**words, **formula.names}
        try:
            value = evaluate(text[begin : start + len(statement)], known, _open(formula, words))
        except ExpressionError as error:
            raise ExpressionError(error.message, text, begin + error.start, begin + error.end) from None
        name = assigned[1] if assigned else ""
        formula.of = _node(value, text, begin, start + len(statement))
        if not name and start != statements[-1][0]:
            message = "only the last statement may stand without a name; write u = ... before it"
            raise ExpressionError(message, text, start, start + len(statement))
        if name:
            if name in formula.names:
                place = start + statement.index(name)
                message = f"{name} has a value already; give this one another name"
                raise ExpressionError(message, text, place, place + len(name))
            formula.of = formula.names[name] = named(formula.of, name)
    return formula


def _words() -> dict[str, Any]:
    """Return the ops by name, as workings call them."""
    words = vocabulary()
    return {name: words[name] for name in (*graph.__all__, "abs", "max", "min") if name in words}


def _open(formula: Formula, words: Mapping[str, Any]) -> Any:
    """Return what makes scalars of names that are not known."""

    def unknown(name: str) -> Node | None:
        if name.startswith("_"):
            return None
        if len(formula.names) >= MAX_NAMES:
            raise GraphError(f"more than {MAX_NAMES} names")
        formula.names[name] = symbol(name)
        return formula.names[name]

    return unknown


def _node(value: Any, text: str, start: int, end: int) -> Node:
    try:
        if isinstance(value, (Node, int, Fraction, list, tuple)) and not isinstance(value, bool):
            return lift(value)
    except GraphError as error:
        raise ExpressionError(str(error), text, start, end) from None
    what = "a function; call it" if callable(value) else f"{value!r}"[:60]
    raise ExpressionError(f"expected a value, found {what}", text, start, end)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield statements with their places; a semicolon in quotes does not end one."""
    start, quote = 0, ""
    for i, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in ";\n":
            yield start, text[start:i]
            start = i + 1
    yield start, text[start:]


# -- declarations ----------------------------------------------------------------------------------


def _declared(shapes: Sequence[str], domains: Sequence[str]) -> dict[str, Node]:
    """Return the symbols that shapes and domains are given of."""
    of_shape = {name: _shape(name, text) for name, text in _pairs(shapes, "shape", "W=kxd,x=d")}
    of_domain = dict(_pairs(domains, "domain", "p=probability"))
    for name, domain in of_domain.items():
        if domain not in _DOMAINS:
            raise GraphError(f"domain of {name}: no {domain!r}; there are {', '.join(_DOMAINS)}")
    return {
        name: symbol(name, of_shape.get(name, ()), of_domain.get(name, "real"))
        for name in dict.fromkeys([*of_shape, *of_domain])
    }


def _shape(name: str, text: str) -> Shape:
    try:
        return read_shape(text)
    except GraphError as error:
        raise GraphError(f"shape of {name}: {error}") from None


def _pairs(lists: Sequence[str], what: str, example: str) -> Iterator[tuple[str, str]]:
    """Yield names with what is given of them, each name once."""
    seen: set[str] = set()
    for entry in (part for text in lists for part in text.split(",")):
        name, equals, given = (part.strip() for part in entry.partition("="))
        if not re.fullmatch(r"[A-Za-z]\w*", name) or not equals or not given:
            raise GraphError(f"a {what} is written as in {example}; found {entry.strip()!r}")
        if name in seen:
            raise GraphError(f"two {what}s are given of {name}")
        seen.add(name)
        yield name, given
