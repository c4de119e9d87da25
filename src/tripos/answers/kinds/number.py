"""A single number: exact, correctly rounded, with a unit or a per cent sign where the paper wants one."""

from __future__ import annotations

import random
import re
from fractions import Fraction
from typing import Any

from ...graph import GraphError, Node, constant
from ...graph.node import free_symbols
from ...graph.notation import Piece
from ...graph.spaces import ball, exact
from ...graph.values import decimal_piece, origin, show
from ..keys import Key
from ..reading.tokens import Unread
from .kind import Examples, Kind, Marked, Names, Settings, bare, exact_value, result, table_of, unread
from .rounding import Judgement, hints, judge, precision, slack, slip_values
from .units import Unit, cut, unit_of
from .written import Written, ambiguous, latex_of, read_number, text_of

_EQUALS = re.compile(r"=|≈|≃|\\approx(?![A-Za-z])|\\simeq(?![A-Za-z])")


def accepts(key: Key) -> bool:
    """Say whether a key is a single number."""
    if not isinstance(key, Node) or key.shape:
        return False
    return origin(key).op.show is None and not free_symbols(key)


def mark(key: Node, text: str, options: Settings, names: Names) -> Marked:
    """Mark a number; several that are said to be equal must all be right."""
    sides = _EQUALS.split(bare(text))
    if not all(side.strip() for side in sides):
        return unread(Unread(text, 0, "expected a number on each side of the sign"))
    marks = [_mark_one(key, side, options, names) for side in sides]
    if len({m.verdict.outcome for m in marks}) == 1:
        return marks[-1]
    for m in marks:
        if m.verdict.outcome == "unread":
            return m
    return result(
        "undecided", "the numbers that are said to be equal are not all right", value=marks[-1].value
    )


def _mark_one(key: Node, text: str, options: Settings, names: Names) -> Marked:
    try:
        exact_value(key)
    except GraphError as error:
        return result("undecided", str(error))
    unit = options.get("units", "%" if options.get("percent") == "yes" else "")
    body, written_unit = cut(text) if unit or "%" in text else (text, "")
    if written_unit and not unit:
        return unread(Unread(text, 0, "a percentage is not asked for here: write a plain number"))
    try:
        written = read_number(body, options, table_of(key, names))
    except Unread as error:
        return unread(error)
    if not unit:
        found = _scaled(key, written, Fraction(1), options)
    else:
        found = _with_unit(key, written, unit_of(unit), written_unit, options)
    if not found.verdict.right and options.get("locale") != "comma" and ambiguous(body):
        return unread(
            Unread(text, text.index(","), "the comma may stand before thousands or before decimals")
        )
    return found


def _judge(key: Node, expected: Any, written: Written, options: Settings, scale: Fraction) -> Judgement:
    wanted = precision(options)
    by = float(scale)
    return judge(
        expected,
        written,
        wanted,
        lambda: float(slack(key, wanted)) / by,
        lambda: [(mistake, float(value) / by) for mistake, value in slip_values(key)],
    )


# -- units ---------------------------------------------------------------------------------------


def _with_unit(key: Node, written: Written, wanted: Unit, text: str, options: Settings) -> Marked:
    """Mark a number with a unit.  The key is in the unit that the paper names; a fraction for per cent."""
    percent = wanted.base == "%" and "percent" in options
    if not text:
        return _without_unit(key, written, wanted, percent, options)
    unit = unit_of(text)
    if unit.base != wanted.base:
        if not unit.known:
            return unread(Unread(text, 0, f"the unit {text!r} is not known"))
        judged = _scaled(key, written, Fraction(1), options)
        feedback = [f"The unit {text} does not measure what is asked for."]
        feedback += ["The number itself is right."] * (judged.verdict.outcome == "right")
        return _replaced(judged, "wrong", f"the unit {text} is not the one asked for", 0, feedback)
    scale = Fraction(1, 100) if percent else unit.factor / wanted.factor
    judged = _scaled(key, written, scale, options)
    if judged.verdict.outcome != "wrong":
        return judged
    if _scaled(key, written, Fraction(1), options).verdict.right:
        return _replaced(
            judged,
            "wrong",
            "the number is right, the unit is not",
            0,
            [f"The number is right for another unit than {text}."],
        )
    for ours, theirs in ((wanted.binary, unit.binary), (wanted.factor, unit.binary)):
        if ours is not None and theirs is not None:
            other = _scaled(key, written, theirs / ours, options)
            if other.verdict.right:
                sentence = "K, M and G stand for powers of 1024"
                return result(
                    "wrong",
                    judged.verdict.reason,
                    value=judged.value,
                    understood=judged.understood,
                    feedback=[f"Right if {sentence}."],
                    convention=sentence,
                )
    return judged


def _without_unit(key: Node, written: Written, wanted: Unit, percent: bool, options: Settings) -> Marked:
    plain = _scaled(key, written, Fraction(1), options)
    if percent:
        if plain.verdict.outcome != "wrong":
            return plain  # a fraction needs no sign
        plain = _scaled(key, written, Fraction(1, 100), options)
    if not plain.verdict.right:
        return plain
    credit = Fraction(options.get("unit_credit", "1/2"))
    sentence = "The per cent sign is missing." if percent else "The unit is missing."
    return _replaced(plain, "wrong", sentence[:-1].lower(), credit, [sentence])


def _scaled(key: Node, written: Written, scale: Fraction, options: Settings) -> Marked:
    """Mark a number that is written in a unit ``scale`` times that of the key."""
    expected = exact_value(key).item() / exact.value(scale)
    judgement = _judge(key, expected, written, options, scale)
    node = written.node if scale == 1 else constant(scale) * written.node
    feedback = list(judgement.feedback)
    if judgement.outcome == "wrong":
        feedback += hints(float(ball.enclose(expected, 64)), written)
    understood = latex_of(written.node)
    return result(
        judgement.outcome,
        judgement.reason,
        int(judgement.outcome == "right"),
        value=node,
        understood=understood,
        feedback=feedback,
        witness=f"{text_of(written.node)} against {decimal_text(key)}"
        if judgement.outcome == "wrong"
        else "",
    )


def _replaced(m: Marked, outcome: Any, reason: str, credit: Fraction | int, feedback: list[str]) -> Marked:
    return result(
        outcome, reason, credit, value=m.value, understood=m.understood, feedback=feedback, witness=reason
    )


# -- showing and examples ------------------------------------------------------------------------


def show_value(key: Node) -> Piece:
    """Write a key without symbols as its op does: a closed form, a shape, a name."""
    return show(key, exact_value(key))


def decimal_text(key: Node) -> str:
    """Return the decimals of a key, or its closed form."""
    piece = decimal_piece(exact_value(key)) if origin(key).op.show is None else None
    return piece.text if piece else show_value(key).text


def notations(value: Any, rng: random.Random) -> list[str]:
    """Return ways in which people write one exact value, all of them right."""
    found = []
    piece = decimal_piece(exact.asarray(value, ()), 6)
    if piece is not None:
        found += [piece.text, piece.latex, f" {piece.latex} "]
    if value.is_Rational:
        above, below = (int(part) for part in value.get_num_den())
        by = rng.randint(2, 9)
        sign = "-" if above < 0 else ""
        found += [
            f"{above}/{below}",
            f"{above * by}/{below * by}",
            rf"{sign}\frac{{{abs(above)}}}{{{below}}}",
            f"({above})/{below}",
            f"= {above}/{below}",
        ]
        if below == 1:
            found += [f"{above}", f"{above}.0", f"{above}.", f"+{above}" if above >= 0 else f"−{abs(above)}"]
    size = abs(float(ball.enclose(value, 64)))
    if size and 1e-30 < size < 1e30:
        exponent = max(-int(f"{size:e}".partition("e")[2]) + rng.randint(3, 6), 0)
        rounded = ball.rounded(value, exponent)
        mantissa = int(rounded * Fraction(10) ** exponent)
        found += [
            f"{mantissa}e{-exponent}",
            rf"{mantissa} \cdot 10^{{{-exponent}}}",
            f"{mantissa}·10^{-exponent}",
        ]
    return found


def _examples(key: Node, rng: random.Random) -> Examples:
    value = exact_value(key).item()
    wrong = []
    for node in (key + constant(1), key * constant(3) + constant(Fraction(1, 2)), -key - constant(7)):
        other = exact_value(node).item()
        if exact.sign(other - value):
            wrong += [decimal_piece(exact.asarray(other, ()), 6).text]  # type: ignore[union-attr]
    invalid = ["", "?", "a bit", "1.2.3", "2 3", "(1", "1/0", "[1, 2]", "3,5"]
    return Examples(notations(value, rng), wrong, invalid)


NUMBER = Kind("number", accepts, mark, show_value, _examples)
