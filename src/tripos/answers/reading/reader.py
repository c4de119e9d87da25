"""One reader for what people write: LaTeX, Unicode and plain notation, mixed.

``parse`` makes a tree of a text, ``as_array`` and ``as_node`` its meaning, ``latex`` and ``plain`` what was
understood.  All input is consumed or the answer is unread, with the place and a plain explanation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ...graph import GraphError, Node, dims
from ...graph.growth import growth
from ..declared import Declared
from .grammar import Expr
from .names import canonical
from .ranges import parse_interval, parse_set
from .rendering import latex, plain
from .tokens import MAX_LENGTH, Misfit, Unread
from .understanding import as_array, as_node, parse

__all__ = [
    "Expr",
    "Misfit",
    "Unread",
    "as_array",
    "as_node",
    "canonical",
    "latex",
    "parse",
    "parse_interval",
    "parse_set",
    "plain",
    "read",
]

_SIZES = re.compile(r"\s*\$?\s*([0-9]+(?:\s*(?:[xX×*·]|\\times|\\cdot)\s*[0-9]+)*)\s*\$?\s*\.?\s*")
_TUPLE = re.compile(r"\s*\$?\s*[(\[]\s*([0-9]+(?:\s*,\s*[0-9]+)*)\s*,?\s*[)\]]\s*\$?\s*\.?\s*")
_ORDER = re.compile(
    r"\s*\$?\s*(?:\\mathcal\s*\{?\s*)?(?:O|Θ|\\Theta|Theta)\s*\}?\s*(?=\(|\\left\s*\()(.*?)\$?\s*\.?\s*",
    re.DOTALL,
)


def read(
    text: str,
    names: Mapping[str, Node] | None = None,
    *,
    shape: bool = False,
    sizes: Sequence[Node] = (),
) -> Node:
    """Return the graph that ``text`` means over ``names``; raise Unread where it has no meaning.

    ``shape=True`` reads 54×54×96 as a shape; ``sizes`` are what grows in an O(...).
    """
    if len(text) > MAX_LENGTH:
        raise Unread(text[:60], 0, f"an answer has at most {MAX_LENGTH} characters, found {len(text)}")
    if shape and (match := _SIZES.fullmatch(text) or _TUPLE.fullmatch(text)):
        return _shape(text, match[1])
    nodes = dict(names or {})
    declared = {name: Declared(node.shape) for name, node in nodes.items()}
    if sizes and (order := _ORDER.fullmatch(text)):
        node = as_node(parse(order[1], declared), nodes)
        try:
            return growth(node, *sizes)
        except GraphError as error:
            raise Unread(text, 0, str(error)) from None
    return as_node(parse(text, declared), nodes)


def _shape(text: str, sizes: str) -> Node:
    parts = re.findall(r"[0-9]+", sizes)
    if len(parts) > 32 or max(map(len, parts)) > 18:
        raise Unread(text, 0, "a shape has at most 32 sizes of at most 18 digits")
    try:
        return dims(*(int(part) for part in parts))
    except GraphError as error:
        raise Unread(text, 0, str(error)) from None
