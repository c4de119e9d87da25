"""One number as a candidate wrote it: its exact value, and how precisely it was written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from ...graph import GraphError, Node, constant, decimal
from ...graph.node import schedule
from ...graph.notation import write
from ...graph.spaces import exact
from ...graph.values import Values, has_unknowns
from ..reading.reader import read
from ..reading.tokens import MAX_LENGTH, Unread, plain
from .kind import Settings

SHOWN = 60
"""Most characters of a number that are shown again."""

MAX_DIGITS = 1000
"""Most digits of a number: more than any key has, and what Python turns into text without complaint."""

MAX_EXPONENT = 300
"""Largest power of ten of a number in scientific notation: floats hold it."""

REMEMBERED = 10_000
"""Numbers without names that are kept for the next candidate who writes the same."""


class Written(NamedTuple):
    """A number: its exact value, its node, and how it was written.

    ``places`` are the decimals of a plain number (negative where it is written in thousands, say), None
    for a fraction or a closed form.  ``point`` says that it has a decimal point or a power of ten;
    ``rounded`` that a closed form holds decimals, so that its value is no better than they are.
    """

    value: Any
    node: Node
    places: int | None = None
    figures: int = 0
    point: bool = False
    rounded: bool = False

    @property
    def half(self) -> Fraction:
        """Half a unit in the last place that was written; 0 for what is exact."""
        return Fraction(0) if self.places is None else _half(self.places)


@lru_cache
def _half(places: int) -> Fraction:
    return Fraction(10) ** -places / 2


_PLAIN = re.compile(
    r"""(?P<sign>[+-]?)\s*(?P<digits>[0-9]+\.?[0-9]*|\.[0-9]+)
        (?:[eE](?P<e>[+-]?[0-9]{1,6})
          |\s*(?:·|⋅|×|x|\*|\\cdot|\\times)\s*10\s*(?:\^|\*\*)\s*[{(]?\s*(?P<power>[+-]?[0-9]{1,6})\s*[)}]?)?""",
    re.VERBOSE,
)
_GROUPS = re.compile(r"([+-]?[0-9]{1,3})((?:(?:\{,\}|[ _'’\u00a0\u2009\u202f])[0-9]{3})+)(\.[0-9]+)?")
_COMMAS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_DOTS = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+")
_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])|^([+-]?),(?=[0-9])")
_NAMELESS = re.compile(r"[-+*/^()0-9. ]{,40}")
_BESIDE = re.compile(r"[0-9.]\s+[0-9.]|\.[0-9]*\.")


def read_number(text: str, options: Settings, names: Mapping[str, Node]) -> Written:
    """Return the number that a text means; raise Unread where it means none, or could mean two."""
    if len(text) > MAX_LENGTH:
        raise Unread(text[:60], 0, f"an answer has at most {MAX_LENGTH} characters, found {len(text)}")
    source = plain(text).replace("÷", "/").replace("⁄", "/").strip()
    if source.endswith(".") and len(source) > 1:
        source = source[:-1].rstrip()
    source = _ungrouped(source, options.get("locale") == "comma")
    return _nameless(source) if _NAMELESS.fullmatch(source) else _number(source, names)


@lru_cache(REMEMBERED)
def _nameless(source: str) -> Written:
    return _number(source, {})


def _number(source: str, names: Mapping[str, Node]) -> Written:
    match = _PLAIN.fullmatch(source)
    if match is not None:
        return _literal(match, source)
    if beside := _BESIDE.search(source):
        raise Unread(source, beside.start(), "two numbers stand side by side")
    return from_node(read(source, names), source)


def ambiguous(text: str) -> bool:
    """Say whether a text such as 1,234 is a thousand or a little more than one."""
    return re.fullmatch(r"\s*[+−-]?[1-9][0-9]{0,2},[0-9]{3}\s*", text) is not None


def _ungrouped(text: str, comma: bool) -> str:
    """Return text with a decimal point and without the marks between thousands."""
    if comma:
        if _DOTS.fullmatch(text):
            text = text.replace(".", "")
        text = _COMMA.sub(lambda m: (m[1] or "") + ".", text)
    elif _COMMAS.fullmatch(text):
        return text.replace(",", "")
    elif re.search(r"[0-9],[0-9]", text) and re.fullmatch(r"[+-]?[0-9]+,[0-9]+", text):
        raise Unread(text, text.index(","), "a comma in a number: write a decimal point")
    groups = _GROUPS.fullmatch(text)
    return re.sub(r"[^0-9+.-]", "", text) if groups else text


def _literal(match: re.Match[str], source: str) -> Written:
    digits = match["digits"]
    if len(digits) > MAX_DIGITS:
        raise Unread(source[:60], 0, f"a number has at most {MAX_DIGITS} digits, found {len(digits)}")
    exponent = int(match["e"] or match["power"] or 0)
    if abs(exponent) > MAX_EXPONENT:
        raise Unread(source, match.end("digits"), f"a power of ten goes up to {MAX_EXPONENT}")
    sign = -1 if match["sign"] == "-" else 1
    number = sign * Fraction(digits if digits[-1] != "." else digits[:-1]) * Fraction(10) ** exponent
    point = "." in digits or match["e"] is not None or match["power"] is not None
    places = len(digits.partition(".")[2]) - exponent
    figures = len(digits.replace(".", "").lstrip("0"))
    node = decimal(number, max(places, 0)) if point else constant(number)
    return Written(exact.value(number), node, places, figures, point)


def from_node(node: Node, source: str) -> Written:
    """Return the number that a graph means."""
    if node.shape:
        raise Unread(source, 0, "expected a single number, found an array")
    values = Values()
    value = values[node]
    if value is None:
        raise Unread(source, 0, str(values.why[node]))
    if has_unknowns(value):
        raise Unread(source, 0, "expected a number, found what depends on a symbol")
    inner = node
    sign = False
    while inner.op.name in ("neg", "alias"):
        sign, inner = True, inner.args[0]
    if inner.op.name == "decimal":
        number = values.number(node)
        assert number is not None  # a decimal is rational
        places = dict(inner.attrs)["places"]
        figures = len(str(abs(int(number * 10**places))).lstrip("0"))
        return Written(value.item(), node, places, figures, True)
    if sign and inner.op.name == "constant" and value.item().is_Integer:
        return Written(value.item(), node, 0, len(str(abs(int(value.item()))).lstrip("0")))
    if node.op.name == "constant" and value.item().is_Integer:
        return Written(value.item(), node, 0, len(str(abs(int(value.item()))).lstrip("0")))
    rounded = any(n.op.name == "decimal" for n in schedule([node], evaluated=True))
    return Written(value.item(), node, rounded=rounded)


def latex_of(node: Node) -> str:
    """Return what was understood, as LaTeX; nothing where it cannot be written."""
    try:
        return write(node).latex
    except GraphError:
        return ""


def text_of(node: Node) -> str:
    """Return what was understood, as plain text of bounded length; nothing where it cannot be written."""
    try:
        text = write(node).text
    except GraphError:
        return ""
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
