"""Units of measurement: what stands behind a number, and how two units convert."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple


class Unit(NamedTuple):
    """A unit: what it measures, and how many of the base unit it is.

    ``binary`` is its size where K, M, G are taken for powers of 1024, as is common for bytes.
    ``known`` says that it is not just a word.
    """

    base: str
    factor: Fraction
    binary: Fraction | None = None
    known: bool = True


_PREFIXES = {"": 0, "n": -9, "µ": -6, "u": -6, "m": -3, "k": 3, "K": 3, "M": 6, "G": 9, "T": 12, "P": 15}
_POWERS = {"k": 1, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5}
_PREFIXED = {
    "s": "s",
    "B": "B",
    "bit": "bit",
    "b": "bit",
    "FLOP": "FLOP",
    "FLOPs": "FLOP",
    "FLOPS": "FLOP/s",
    "MAC": "MAC",
    "MACs": "MAC",
    "Hz": "Hz",
    "m": "m",
    "g": "g",
    "W": "W",
    "J": "J",
    "V": "V",
    "A": "A",
}
_WORDS = {
    "percent": Unit("%", Fraction(1)),
    "per cent": Unit("%", Fraction(1)),
    "%": Unit("%", Fraction(1)),
    "min": Unit("s", Fraction(60)),
    "minute": Unit("s", Fraction(60)),
    "h": Unit("s", Fraction(3600)),
    "hour": Unit("s", Fraction(3600)),
    "day": Unit("s", Fraction(86400)),
    "sec": Unit("s", Fraction(1)),
    "second": Unit("s", Fraction(1)),
    "byte": Unit("B", Fraction(1)),
}
_LONG = {"nano": "n", "micro": "µ", "milli": "m", "kilo": "k", "mega": "M", "giga": "G", "tera": "T", "": ""}
_LONG_BASES = {"second": "s", "byte": "B", "bit": "bit", "flop": "FLOP", "hertz": "Hz", "metre": "m"}
_LONG_BASES |= {"meter": "m", "gram": "g", "watt": "W", "joule": "J"}
_IEC = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4}


def unit_of(text: str) -> Unit:
    """Return the unit that a text names; a word that is no known unit is a unit of its own."""
    text = " ".join(text.replace("μ", "µ").split())
    above, slash, below = text.partition("/")
    if slash and above and below:
        one, other = unit_of(above.strip()), unit_of(below.strip())
        binary = one.binary / other.factor if one.binary is not None else None
        known = one.known and other.known
        return Unit(f"{one.base}/{other.base}", one.factor / other.factor, binary, known)
    return _simple(text)


def _simple(text: str) -> Unit:
    if text in _WORDS:
        return _WORDS[text]
    for prefix, power in _IEC.items():
        if text.startswith(prefix) and text[2:] in ("B", "bit", "b"):
            return Unit(_PREFIXED[text[2:]], Fraction(1024) ** power)
    for prefix, power in _PREFIXES.items():
        base = _PREFIXED.get(text.removeprefix(prefix)) if text.startswith(prefix) else None
        if base is not None:
            size = base in ("B", "bit") and prefix in _POWERS
            return Unit(base, Fraction(10) ** power, Fraction(1024) ** _POWERS[prefix] if size else None)
    word = text.casefold()
    word = word[:-1] if word.endswith("s") and len(word) > 3 else word
    if word in _WORDS:
        return _WORDS[word]
    for prefix, short in _LONG.items():
        if word.startswith(prefix) and word.removeprefix(prefix) in _LONG_BASES:
            return _simple(short + _LONG_BASES[word.removeprefix(prefix)])
    return Unit(word, Fraction(1), known=False)


_WRAPPED = re.compile(r"\\(?:text|mathrm|operatorname|rm|unit|si)\s*\{([^{}]*)\}")
_TAIL = re.compile(r"(?P<number>.*?[0-9.)}\]])\s*(?P<unit>[A-Za-zµμ%][A-Za-zµμ%/ ]*)?", re.DOTALL)


def cut(text: str) -> tuple[str, str]:
    """Return what stands before a unit, and the unit, empty where there is none."""
    text = (
        re.sub(r"\\[ ,;:]|~", " ", _WRAPPED.sub(r" \1", text))
        .replace(r"\%", "%")
        .replace(r"\mu", "µ")
        .strip()
    )
    match = _TAIL.fullmatch(text)
    return (match["number"].strip(), (match["unit"] or "").strip()) if match else (text, "")
