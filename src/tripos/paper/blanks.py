"""Blanks: the options after the bar, and the proof of keys that are made of several graphs."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from ..answers.keys import Key, nodes_of
from ..answers.kinds import KINDS, kind_of
from ..answers.kinds.units import unit_of
from ..graph import GraphError
from ..graph.proof import Proof, prove
from ..graph.values import Values
from .desk import Desk
from .diagnostic import nearest
from .model import Blank


def _whole(text: str) -> str:
    return "" if re.fullmatch(r"\d{1,3}", text) else "must be a whole number"


def _positive(text: str) -> str:
    return "" if re.fullmatch(r"[1-9]\d?", text) else "must be a whole number from 1"


def _share(text: str) -> str:
    known = re.fullmatch(r"\d{1,6}(\.\d{1,6}|/[1-9]\d{0,5})?", text)
    return "" if known and 0 <= Fraction(text) <= 1 else "must be a share from 0 to 1, such as 1/2"


def _distance(text: str) -> str:
    known = re.fullmatch(r"\d{1,9}(\.\d{1,9})?(e-?\d{1,2})?|\d{1,9}/[1-9]\d{0,8}", text)
    return "" if known and Fraction(text) > 0 else "must be a positive number, such as 0.01"


def _one_of(*words: str) -> Callable[[str], str]:
    return lambda text: "" if text in words else f"must be {' or '.join(words)}"


def _unit(text: str) -> str:
    if not re.fullmatch(r"[A-Za-zµμ%][A-Za-zµμ%/ ]*", text):
        return "must be a unit, such as ms, KiB or %"
    unit_of(text)
    return ""


_NUMBERS = ("number", "vector", "matrix", "tensor")
_OF_NUMBERS = (*_NUMBERS, "set", "interval", "table")

BLANK_OPTIONS: dict[str, tuple[Callable[[str], str], tuple[str, ...]]] = {
    "points": (_whole, ()),
    "decimals": (_whole, ()),
    "figures": (_positive, _OF_NUMBERS),
    "tolerance": (_distance, (*_OF_NUMBERS, "code")),
    "seconds": (_positive, ("code",)),
    "units": (_unit, ("number",)),
    "unit_credit": (_share, ("number",)),
    "percent": (_one_of("yes"), ("number",)),
    "locale": (_one_of("comma", "point"), _OF_NUMBERS),
    "case": (_one_of("yes", "no"), ("text", "set", "table")),
    "kind": (_one_of(*KINDS), ()),
}
"""The options of a blank: what is wrong with a value, and the kinds that it is for (all if none)."""


def check_option_names(desk: Desk, blank: Blank) -> None:
    """Note the options of a blank that there are not, and values that mean nothing."""
    for option, value in blank.options.items():
        if option not in BLANK_OPTIONS:
            desk.error(
                blank.line,
                f"a blank has no option {option!r}",
                help=nearest(option, list(BLANK_OPTIONS)),
            )
            continue
        trouble = BLANK_OPTIONS[option][0](value)
        if trouble:
            desk.error(blank.line, f"{option} {trouble}", found=repr(value))
    if {"decimals", "figures"} <= blank.options.keys():
        desk.error(blank.line, "give decimals or figures, not both", found=f"[[{blank.expr}]]")
    if {"percent", "units"} <= blank.options.keys():
        desk.error(blank.line, "percent=yes is a unit of its own: give it or units, not both")


def kind_name(desk: Desk, blank: Blank, key: Key) -> str:
    """Return the kind of a blank, after noting options that mean nothing for it."""
    try:
        name = kind_of(key, blank.options).name
    except GraphError as error:
        if blank.options.get("kind") in KINDS:  # else noted with the names of the options
            desk.error(blank.line, str(error), help="leave the kind to the key, or change the key")
        name = kind_of(key).name
    for option in blank.options:
        kinds = BLANK_OPTIONS[option][1] if option in BLANK_OPTIONS else ()
        if kinds and name not in kinds:
            desk.error(
                blank.line,
                f"the option {option} has no meaning for a {name}",
                expected=f"one of {', '.join(kinds)}",
                help=f"take {option} away from [[{blank.expr}]]",
            )
    return name


def prove_key(key: Key, values: Values) -> Proof:
    """Return whether two evaluations agree on every graph that a key is made of; words are vouched for."""
    proofs = [prove(node, values) for node in nodes_of(key)]
    if not proofs:
        return Proof(True, ("the setter vouches for the words",), once=True)
    failed = next((proof for proof in proofs if not proof.holds), None)
    how = tuple(dict.fromkeys(sentence for proof in proofs for sentence in proof.how))
    if failed is not None:
        return Proof(False, how, failed.trouble)
    return Proof(True, how, once=any(proof.once for proof in proofs))
