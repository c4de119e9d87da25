"""What people decided, put into marks; the machine never overwrites it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from ..reports.legible import points_text
from ..result import BlankMark, Mark, Outcome, amount
from .queue_file import ManualMark


class Named(NamedTuple):
    """What names an answer in the queue, and the earlier answers that a decision about it rests on."""

    id: str
    earlier: tuple[tuple[str, str], ...]


def named(mark: Mark) -> Iterator[Named]:
    """Yield the names of the answers in a script, blank by blank.

    An id is the same for all who wrote the same to the same question.  Where anything changes that a decision
    rests on, it is another answer, which is asked about again: the version, the points, what was written;
    and where answers are computed, the key, and those earlier answers of the candidate that the machine did
    not find right, for they may have been carried on.  Spaces do not tell open answers apart.
    """
    earlier: tuple[tuple[str, str], ...] = ()
    for blank in mark.blanks:
        text = " ".join(blank.answer.split()) if blank.kind == "open" else blank.answer.strip()
        rests_on: list[Any] = [blank.blank, mark.version, text, amount(blank.of)]
        computed = blank.kind not in ("open", "choice")
        if computed:
            rests_on += [blank.key, *earlier]
        if blank.follows:  # it is right for what was answered before, perhaps for a right answer in decimals
            rests_on.append(list(blank.follows))
        id = hashlib.sha256(json.dumps(rests_on).encode()).hexdigest()[:16]
        yield Named(id, earlier if computed else ())
        if computed and text and not (blank.outcome == "right" and blank.marker == "machine"):
            earlier += ((blank.blank, text),)


def by_answer(manual: Iterable[ManualMark]) -> dict[str, ManualMark]:
    """Return manual marks by the answers that they are for."""
    return {decided.answer: decided for decided in manual}


def apply_manual(marks: Iterable[Mark], manual: Iterable[ManualMark]) -> Iterator[Mark]:
    """Yield marks with what people decided in place of what the machine did."""
    decided = by_answer(manual)
    for mark in marks:
        yield with_manual(mark, decided)


def with_manual(mark: Mark, decided: Mapping[str, ManualMark]) -> Mark:
    """Return one candidate's marks with what people decided, by answer; the same again if done again."""
    if not decided:
        return mark
    found = zip(mark.blanks, named(mark), strict=True)
    return replace(mark, blanks=tuple(_decided(blank, decided.get(name.id)) for blank, name in found))


def _decided(blank: BlankMark, manual: ManualMark | None) -> BlankMark:
    if manual is None or manual.points > blank.of or not blank.answer.strip():
        return blank
    return replace(
        blank,
        outcome=_outcome(manual.points, blank.of),
        points=manual.points,
        reason="",
        witness="",
        bound=None,
        feedback=tuple(_feedback(manual)),
        marker=manual.marker or "a person",
    )


def _outcome(points: Fraction, of: Fraction) -> Outcome:
    return "right" if points == of else "partly" if points else "wrong"


def _feedback(manual: ManualMark) -> Iterator[str]:
    for given, offered, what in manual.rows:
        yield f"{points_text(given)} of {offered}: {what}"
    yield from (line for line in manual.comment.split("\n") if line.strip())
