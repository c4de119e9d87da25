"""Text to ``Expr``, and ``Expr`` to arrays or to a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt

from ...graph import GraphError, Node, constant, symbol
from ...graph.node import DOMAINS
from ..declared import SHORT, Declared
from .arrays import Arrays
from .grammar import Expr, Parser
from .meaning import Meaning
from .names import Names, squeezed
from .nodes import Nodes
from .rendering import plain
from .tokens import Misfit, Tokens, Unread, tokens_of

MAX_NAMES = 256
"""Most sets of names of which the spellings are kept."""

_known: dict[tuple[tuple[str, Declared], ...], tuple[Names, dict[str, Declared]]] = {}


def names_of(declared: Mapping[str, Declared]) -> tuple[Names, dict[str, Declared]]:
    """Return the spellings of declared names, and the names with those of dimensions that shapes name.

    Those of the last sets of names are kept.
    """
    key = tuple(declared.items())
    known = _known.get(key)
    if known is None:
        if len(_known) >= MAX_NAMES:
            _known.clear()
        full = dict(declared)
        for what in declared.values():
            for dim in what.shape:
                if isinstance(dim, str):
                    full.setdefault(dim, Declared((), "dimension"))
        known = _known[key] = Names(full), full
    return known


def parse(
    text: str,
    names: Mapping[str, Declared],
    *,
    left: Sequence[str] = (),
    locale: str = "point",
    wide: bool = False,
) -> Expr:
    """Return the tree of an answer over declared names; raise Unread where any of it has no meaning.

    ``left`` are the names that may stand left of an equals sign; with ``locale="comma"`` a comma between
    digits is a decimal point.  ``wide`` is the other reading of what two people read in two ways: a quotient
    after the name of a function, without brackets, is its argument.
    """
    if type(text) is not str:
        raise Unread(str(text)[:60], 0, "an answer is text")
    tokens = tokens_of(text, comma=locale == "comma")
    parser = Parser(tokens, *names_of(names))
    parser.wide = wide
    if "=" in tokens.words:
        parser.at = _after_equals(tokens, left)
    if tokens.words[parser.at] == "≈":
        parser.at += 1
    try:
        return parser.whole()
    except RecursionError:
        raise parser.refuse("the answer is nested too deeply") from None


def _after_equals(tokens: Tokens, left: Sequence[str]) -> int:
    """Return the place after ``name =`` at the beginning; raise Unread where something else stands there."""
    depth = 0
    for at, (kind, word) in enumerate(zip(tokens.kinds, tokens.words, strict=True)):
        if kind in ("f", "b"):
            depth += word in ("(", "[", "{", "\\{") or kind == "b"
        elif kind == "e" or word in (")", "]", "}", "\\}"):
            depth -= 1
        elif word == "=" and kind == "o" and depth <= 0 and at and tokens.words[at - 1] not in ("<", ">"):
            before = squeezed(tokens.text[: tokens.starts[at]])
            if before in {squeezed(name) for name in left}:
                if "=" in tokens.words[at + 1 :] and _chained(tokens, at + 1):
                    raise Unread(
                        tokens.text, tokens.starts[at], "a chain of equations: give the last value only"
                    )
                return at + 1
            wanted = " or ".join(f"{name} =" for name in left) or "one formula"
            raise Unread(
                tokens.text,
                tokens.starts[at],
                f"expected {wanted}, found an equation; give what stands on its right only",
            )
    return 0


def _chained(tokens: Tokens, start: int) -> bool:
    depth = 0
    for kind, word in zip(tokens.kinds[start:], tokens.words[start:], strict=True):
        if kind == "b" or (kind == "f" and word in ("(", "[", "{", "\\{")):
            depth += 1
        elif kind == "e" or word in (")", "]", "}", "\\}"):
            depth -= 1
        elif word == "=" and depth <= 0:
            return True
    return False


def enlarged(expr: Expr, shape: Sequence[int], sizes: Mapping[str, int] | None = None) -> Expr:
    """Return an identity, or a vector of ones, that is as large as a square matrix, or a vector, of a shape.

    ``sizes`` gives the names of symbolic sizes.  An answer of any other shape is returned as it is.
    """
    names = {size: ("name", name) for name, size in (sizes or {}).items()}
    if not 0 < len(shape) <= 2 or len(set(shape)) > 1:
        return expr
    size = names.get(shape[0], ("number", str(shape[0])))
    return ("mul", ("eye", size), expr, "") if len(shape) == 2 else ("mul", ("ones", size), expr, "⊙")


def as_array(
    expr: Expr,
    table: Mapping[str, tuple[npt.NDArray[Any], int]],
    sizes: Mapping[str, int] | None = None,
    names: Mapping[str, Declared] | None = None,
    *,
    base: str = "e",
) -> tuple[npt.NDArray[Any], int]:
    """Return the values of an expression at sample points, and the rank of one value.

    ``table`` holds for each name an array with one axis of points in front, and its rank; the result has
    that axis too, of length 1 where no name occurs.  ``sizes`` gives symbolic sizes as numbers, ``names``
    how far an index runs.  Errors of floats are left to the caller's ``errstate``.  Raise Misfit where
    shapes do not fit, Unread where a part has no meaning.
    """
    algebra = Arrays(table, _ranges(names or {}, sizes or {}), sizes or {})
    meaning = Meaning(algebra, expr, base)
    try:
        payload, shape, _ = meaning.answer()
    except (RecursionError, OverflowError, MemoryError):
        raise Unread(plain(expr)[:60], 0, "the answer is too large to work out") from None
    if payload.ndim == len(shape):
        payload = payload.reshape((1, *payload.shape))
    return payload, len(shape)


def as_node(
    expr: Expr,
    names: Mapping[str, Declared | Node],
    sizes: Mapping[str, int] | None = None,
    *,
    base: str = "e",
) -> Node:
    """Return the graph of an expression; names stand for their nodes, or for symbols of their shape.

    ``sizes`` gives symbolic sizes, and indices, as numbers.  Raise Misfit where shapes do not fit, Unread
    where a part has no meaning.
    """
    numbers = sizes or {}
    declared = names_of({name: what for name, what in names.items() if isinstance(what, Declared)})[1]
    table = {
        name: what if isinstance(what, Node) else _symbol(name, what, numbers)
        for name, what in (declared | dict(names)).items()
        if isinstance(what, Node) or what.domain != "index" or name in numbers
    }
    meaning = Meaning(Nodes(table, _ranges(declared, numbers)), expr, base)
    try:
        payload: Node = meaning.answer()[0]
    except GraphError as error:
        text = plain(expr)
        raise (Misfit if "shape" in str(error) else Unread)(text, 0, str(error)) from None
    except (RecursionError, OverflowError, MemoryError):
        raise Unread(plain(expr)[:60], 0, "the answer is too large to work out") from None
    return payload


def _symbol(name: str, what: Declared, sizes: Mapping[str, int]) -> Node:
    domain = SHORT.get(what.domain, what.domain)
    if not what.shape and name in sizes:
        return constant(sizes[name])
    if domain == "index" or (domain == "dimension" and name in sizes):
        return constant(sizes[name])
    shape = tuple(sizes[dim] if isinstance(dim, str) and dim in sizes else _size(dim) for dim in what.shape)
    known = {"positive integer": "size", "dimension": "size"}.get(domain, domain)
    return symbol(name, shape, known if known in DOMAINS else "real")


def _size(dim: Any) -> Any:
    return symbol(dim, (), "size") if isinstance(dim, str) else dim


def _ranges(names: Mapping[str, Declared], sizes: Mapping[str, int]) -> Any:
    def dimension(letter: str) -> int | None:
        for spelt, what in names.items():
            if what.domain == "index" and what.shape and spelt.lstrip("\\") == letter:
                dim = what.shape[0]
                return int(sizes[dim]) if isinstance(dim, str) else int(dim)
        return None

    return dimension
