"""One of a list of names, read without regard to case; a name may be given by what is its own."""

from __future__ import annotations

import random
import re

from ...graph import Node, constant
from ...graph.notation import Piece
from ...graph.values import origin
from ..keys import Key
from ..reading.tokens import Unread
from .kind import Examples, Kind, Marked, Names, Settings, bare, exact_value, folded, result, unread
from .number import show_value


def accepts(key: Key) -> bool:
    """Say whether a key is one of a list of names."""
    if not isinstance(key, Node):
        return False
    node = origin(key)
    return node.op.name == "argmax" and bool(dict(node.attrs)["labels"])


def labels_of(key: Node) -> tuple[str, ...]:
    """Return the names that a key is one of."""
    return tuple(str(label) for label in dict(origin(key).attrs)["labels"])


_DASH = re.compile(r"(?<=\w)[-\u2010-\u2014_ ]+(?=\w)")
_SET = re.compile(r"\\(?:text|textrm|textbf|textit|mathrm|mathbf|mbox|emph)\s*\{([^{}]*)\}")


def _joined(name: str) -> str:
    """Return a name without the hyphens and the spaces in it: GPT-3, GPT 3 and GPT3 are one."""
    return _DASH.sub("", name)


def read_label(text: str, key: Node) -> int:
    """Return the position, from 1, of the name that a text means; raise Unread where it means none."""
    labels = labels_of(key)
    wanted = folded(_SET.sub(r"\1", text).strip().strip(".!\"'“”‘’").strip())
    for position, label in enumerate(labels):
        if wanted == folded(label):
            return position + 1
    joined = [i for i, label in enumerate(labels) if wanted and _joined(wanted) == _joined(folded(label))]
    if len(joined) == 1:
        return joined[0] + 1
    parts = set(wanted.split())
    fits = [i for i, label in enumerate(labels) if parts and parts <= set(folded(label).split())]
    if len(fits) == 1:
        return fits[0] + 1
    raise Unread(text, 0, f"expected one of {', '.join(labels)}")


def mark(key: Node, text: str, options: Settings, names: Names) -> Marked:
    """Mark a name."""
    try:
        try:
            position = read_label(text, key)
        except Unread:
            position = read_label(bare(text), key)
    except Unread as error:
        return unread(error)
    expected = int(exact_value(key).item())
    labels = labels_of(key)
    understood = rf"\text{{{labels[position - 1]}}}"
    node = constant(position)
    if position == expected:
        return result("right", "the same name", 1, value=node, understood=understood)
    witness = f"{labels[position - 1]} against {labels[expected - 1]}"
    return result("wrong", "another name", value=node, understood=understood, witness=witness)


def _show(key: Node) -> Piece:
    return show_value(key)


def _examples(key: Node, rng: random.Random) -> Examples:
    labels = labels_of(key)
    right = labels[int(exact_value(key).item()) - 1]
    others = [label for label in labels if label != right]
    variants = [right, right.upper(), right.lower(), f"  {right}. ", right.replace(" ", "  ")]
    return Examples(variants, others, ["", "?", "none of them", " or ".join(labels)])


LABEL = Kind("label", accepts, mark, _show, _examples)
