"""Sizes such as 54×54×96: the order of the axes, and axes of length 1, are what goes wrong."""

from __future__ import annotations

import random
import re

from ...graph import GraphError, Node, dims
from ...graph.compare import compare
from ...graph.values import Values, has_unknowns, origin
from ..keys import Key
from ..reading.reader import read
from ..reading.tokens import Unread, plain
from .kind import Examples, Kind, Marked, Names, Settings, bare, exact_value, result, table_of, unread
from .number import show_value

_BETWEEN = re.compile(r"\s*(?:×|·|⋅|\*|\\times|\\cdot|,|;|\bby\b|(?<=[0-9\s)}])[xX](?=[0-9\s({]))\s*")
_WHOLE = re.compile(r"[0-9]{1,12}")


def accepts(key: Key) -> bool:
    """Say whether a key is a size."""
    return isinstance(key, Node) and origin(key).op.name in ("dims", "shape_of")


def mark(key: Node, text: str, options: Settings, names: Names) -> Marked:
    """Mark a size; another order of the axes is named, and is a convention of its own."""
    value = Values()[key]
    try:
        if value is None or has_unknowns(value):
            return _symbolic(key, text, names)
        expected = tuple(int(entry) for entry in value.ravel())
        found = sizes(text)
    except Unread as error:
        return unread(error)
    node = dims(*found)
    latex = r" \times ".join(map(str, found))
    if found == expected or (expected in ((), (1,)) and found == (1, 1)):  # a number is a 1×1 matrix
        return result("right", "the same size", 1, value=node, understood=latex)
    feedback, convention = difference(expected, found)
    witness = f"{'×'.join(map(str, found))} against {'×'.join(map(str, expected))}"
    return result(
        "wrong",
        "another size",
        value=node,
        understood=latex,
        feedback=[feedback],
        witness=witness,
        convention=convention,
    )


def sizes(text: str) -> tuple[int, ...]:
    """Return the sizes that a text names; raise Unread where it is no size."""
    source = bare(plain(text)).strip()
    if len(source) > 2 and source[0] in "([" and source[-1] in ")]":
        source = source[1:-1].strip().rstrip(",")
    parts = [part.strip() for part in _BETWEEN.split(source)]
    if len(parts) == 1 and re.fullmatch(r"[0-9]+(\s+[0-9]+)+", source):
        parts = source.split()
    for part in parts:
        if not _WHOLE.fullmatch(part):
            place = max(text.find(part), 0)
            raise Unread(text, place, "expected a size such as 54×54×96, of whole numbers")
    return tuple(int(part) for part in parts)


def difference(expected: tuple[int, ...], found: tuple[int, ...]) -> tuple[str, str]:
    """Return what tells two sizes apart, and the convention under which they are the same, if any."""
    if sorted(expected) == sorted(found):
        if found == (*expected[:-2], *expected[:-3:-1]):
            return "The last two axes are swapped: height and width, or rows and columns.", ""
        if len(expected) > 2 and found == (*expected[1:], expected[0]):
            return "The first axis stands last: channels last instead of first.", "channels last"
        if len(expected) > 2 and found == (expected[-1], *expected[:-1]):
            return "The last axis stands first: channels first instead of last.", "channels first"
        return "The sizes are right, the order of the axes is not.", ""
    if [d for d in expected if d != 1] == [d for d in found if d != 1]:
        if len(found) < len(expected):
            return "An axis of length 1 is missing.", ""
        if len(expected) > 1 and found == (1, *expected):
            return "There is an axis too many in front: a batch of one.", "with a batch axis"
        return "There is an axis of length 1 too many.", ""
    if len(expected) > 1 and found[1:] == expected:
        return "There is an axis too many in front: a batch axis?", "with a batch axis"
    if len(found) != len(expected):
        return f"There are {len(found)} axes, expected {len(expected)}.", ""
    wrong = [i + 1 for i, (one, other) in enumerate(zip(expected, found, strict=True)) if one != other]
    if len(wrong) == 1:
        return f"Only axis {wrong[0]} is wrong.", ""
    return f"Axes {', '.join(map(str, wrong))} are wrong.", ""


def _symbolic(key: Node, text: str, names: Names) -> Marked:
    """Mark a size that depends on symbols, such as n×k."""
    node = origin(key)
    expected = node.args if node.op.name == "dims" else ()
    source = bare(plain(text)).strip()
    if len(source) > 2 and source[0] in "([" and source[-1] in ")]":
        source = source[1:-1]
    parts = [read(part, table_of(key, names)) for part in _BETWEEN.split(source)]
    if len(parts) != len(expected):
        reason = f"There are {len(parts)} axes, expected {len(expected)}."
        return result("wrong", reason, feedback=[reason], witness=reason)
    verdicts = [compare(one, other) for one, other in zip(expected, parts, strict=True)]
    if all(v.same for v in verdicts):
        return result("right", "the same size", 1, value=dims(*parts))
    first = next(v for v in verdicts if not v.same)
    outcome = "undecided" if first.outcome == "undecided" else "wrong"
    return result(outcome, first.reason, witness=first.reason)  # type: ignore[arg-type]


def _examples(key: Node, rng: random.Random) -> Examples:
    try:
        size = [str(int(entry)) for entry in exact_value(key).ravel()]
    except GraphError:
        return Examples([], [], ["", "?"])
    right = [between.join(size) for between in ("×", " × ", "x", " x ", "*", r" \times ", ", ", " by ", "·")]
    right += [f"({', '.join(size)})", f"[{','.join(size)}]", f"${'×'.join(size)}$"]
    other = list(size)
    at = rng.randrange(len(other))
    other[at] = str(int(other[at]) + rng.randint(1, 9))
    wrong = ["×".join(other), "×".join([*size, "7"]), "x".join(["5", *size])]
    return Examples(right, wrong, ["", "?", "large", "3x", "×", "2.5×2", "-1×3"])


SHAPE = Kind("shape", accepts, mark, show_value, _examples)
