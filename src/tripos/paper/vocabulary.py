"""The names that workings may use: the ops, the layers, and a little of Python."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from .. import graph, nets
from ..answers import keys
from ..answers.code.trials import function
from ..graph import GraphError, Node, convention, lift
from ..graph.bounds import lower_bound, upper_bound
from ..graph.compare import compare
from ..graph.growth import growth
from ..graph.reverse import derivatives
from ..graph.spaces import exact
from ..graph.values import Values

_PYTHON = (
    "all any bool dict enumerate int isinstance len list map range reversed round set slice sorted str "
    "tuple zip True False None"
).split()
_NOT_WORDS = (
    "CONVENTIONS GraphError Node Op Piece Program convention declared derivation exact floats lift schedule "
    "table write absolute maximum_of minimum_of"
).split()
"""Public names of the graph that a working has no use for; all others are words of a working."""

_KEYS = ("answer_set", "answer_table", "answer_text", "interval", "matching", "ordering")
"""The keys that are no graph, as a working writes them."""

_NOT_OF_NETS = ("Module", "from_torch", "initialize", "sizes", "training")
"""Public names of the nets that a working has no use for; all others are words of a working."""


@dataclass(frozen=True)
class Domain:
    """What a varied number may be in other versions of the paper."""

    low: int
    high: int


def integers(low: int, high: int) -> Domain:
    """Return the whole numbers from ``low`` to ``high``."""
    if low > high:
        raise GraphError(f"integers({low}, {high}) holds no number")
    return Domain(low, high)


def vary(default: Any, domain: Domain) -> Any:
    """Return the printed paper's value; other versions draw theirs from ``domain``."""
    if not isinstance(domain, Domain):
        raise GraphError("vary: the second argument is a domain, such as integers(-2, 2)")
    return default


def decide(truth: Any) -> bool:
    """Return the truth of a Python value or of a node, whose value must be decidable."""
    if not isinstance(truth, Node):
        return bool(truth)
    value = Values()[truth]
    if value is None or value.shape:
        raise GraphError("expected a single truth value")
    return exact.sign(value.item()) != 0


def require(condition: Any, why: str = "") -> None:
    """Stop unless ``condition`` holds: a version that fails it is refused."""
    if not decide(condition):
        raise GraphError(f"require: {why or 'the condition does not hold'}")


def same(one: Any, two: Any) -> bool:
    """Say whether two values or formulas are the same function of their symbols."""
    verdict = compare(lift(one), lift(two))
    if verdict.outcome == "undecided":
        raise GraphError(f"same: {verdict.reason}")
    return verdict.same


def agree(one: Any, two: Any) -> None:
    """Stop unless two ways to the same value agree: a second derivation inside a working."""
    verdict = compare(lift(one), lift(two))
    if not verdict.same:
        raise GraphError(f"agree: the two do not agree: {verdict.reason}")


def less(one: Any, two: Any) -> bool:
    """Say whether ``one < two``, proven; both are single values."""
    return _sign(lift(two) - lift(one)) > 0


def at_most(one: Any, two: Any) -> bool:
    """Say whether ``one ≤ two``, proven; both are single values."""
    return _sign(lift(two) - lift(one)) >= 0


def _sign(node: Node) -> int:
    values = Values()
    value = values[node]
    if value is None:
        raise values.why[node]
    if value.shape:
        raise GraphError("expected single values; compare one entry, such as p[0]")
    return exact.sign(value.item())


def grad(of: Any, wrt: Any) -> Node | list[Node]:
    """Return the derivative of a single value with respect to a node, or to each of several."""
    if isinstance(wrt, Node):
        return derivatives(lift(of), [wrt])[0]
    return derivatives(lift(of), [lift(at) for at in wrt])


def log(x: Any) -> Node:
    """Return the logarithm, to the base that the convention ``log`` declares."""
    base = convention("log")
    return graph.log(x) if base == "e" else graph.log(x) / graph.log(int(base))


def _either(op: Any, python: Any) -> Any:
    """Return a function that is an op on a node and Python's own on anything else."""

    def call(*args: Any) -> Any:
        return op(*args) if any(isinstance(a, Node) for a in args) else python(*args)

    call.__module__ = op.__module__
    return call


@cache
def vocabulary() -> Mapping[str, Any]:
    """Return every name that a working may use, with what it stands for."""
    names: dict[str, Any] = {name: getattr(builtins, name) for name in _PYTHON}
    names |= {name: getattr(graph, name) for name in graph.__all__ if name not in _NOT_WORDS}
    names |= {name: getattr(nets, name) for name in nets.__all__ if name not in _NOT_OF_NETS}
    names |= {name: getattr(keys, name) for name in _KEYS}
    names |= {
        "abs": _either(graph.absolute, builtins.abs),
        "max": _either(_extreme(graph.maximum, graph.maximum_of), builtins.max),
        "min": _either(_extreme(graph.minimum, graph.minimum_of), builtins.min),
        "sum": _either(graph.sum, builtins.sum),
        "at_most": at_most,
        "function": function,
        "agree": agree,
        "grad": grad,
        "growth": growth,
        "integers": integers,
        "less": less,
        "log": log,
        "lower_bound": lower_bound,
        "require": require,
        "same": same,
        "upper_bound": upper_bound,
        "vary": vary,
    }
    return names


def _extreme(of_two: Any, of_one: Any) -> Any:
    """Return max or min as Python has it: of the entries of one array, or of several values."""

    def call(*args: Any) -> Node:
        if len(args) == 1:
            return of_one(*args)  # type: ignore[no-any-return]
        found = args[0]
        for other in args[1:]:
            found = of_two(found, other)
        return lift(found)

    call.__module__ = of_one.__module__
    return call
