"""Marking again: who changes and why, before anything counts; what people decided stays."""

from __future__ import annotations

import csv
import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from ...paper.diagnostic import Diagnostic, Fault
from ..result import BlankMark, Mark
from ..scripts.script import Script
from ..stored import decimal, mark_of, marks_in, replaced

CAUSES = {"paper": "paper changed", "policy": "policy changed", "tripos": "version of Tripos changed"}


class Change(NamedTuple):
    """How the mark of one blank changed; points are None while they wait or where there was no such blank."""

    candidate: str
    version: str
    blank: str
    old: Fraction | None
    new: Fraction | None
    cause: str
    reason: str


class OldMarks:
    """The marks of an earlier run, by candidate; only their places are kept, and on disk."""

    def __init__(self, path: Path):
        """Read where each candidate's marks lie; raise Fault where the file holds no marks."""
        self.path = path
        self._places = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._places.executescript(
            "CREATE TABLE places (candidate TEXT, version TEXT, place INTEGER, number INTEGER, manual,"
            " seen INTEGER DEFAULT 0, PRIMARY KEY (candidate, version)) WITHOUT ROWID; BEGIN"
        )
        try:
            self._file = path.open("rb")
        except OSError as error:
            message = f"the old marks cannot be read: {error.strerror}"
            help = "name the file marks.jsonl that tripos mark wrote"
            raise Fault(Diagnostic("error", str(path), 1, message, help=help)) from None
        try:
            self.hash = self._read()
        except Fault:
            self.close()
            raise

    def _read(self) -> str:
        """Note where the marks lie, and return a SHA-256 of the file."""
        whole, place = hashlib.sha256(), 0
        for number, line in enumerate(self._file, 1):
            mark = mark_of(line, self.path, number)
            manual = any(blank.marker != "machine" for blank in mark.blanks)
            row = (mark.candidate, mark.version, place, number, manual)
            self._places.execute("INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?, ?, 0)", row)
            whole.update(line)
            place += len(line)
        self._places.execute("COMMIT")
        return whole.hexdigest()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        self._places.close()

    def manual(self, script: Script) -> tuple[BlankMark, ...]:
        """Return what people decided about a script before."""
        place = self._place(script.candidate, script.version)
        if place is None or not place[3]:
            return ()
        return tuple(blank for blank in self._mark(place).blanks if blank.marker != "machine")

    def take(self, mark: Mark) -> Mark | None:
        """Return the old marks of a candidate, if there are any; they are not left over any more."""
        place = self._place(mark.candidate, mark.version)
        if place is None:
            return None
        self._places.execute(
            "UPDATE places SET seen = 1 WHERE candidate = ? AND version = ?", (mark.candidate, place[0])
        )
        return self._mark(place)

    def left(self) -> Iterator[Mark]:
        """Yield the marks that nobody has taken."""
        for place in self._places.execute(
            "SELECT version, place, number, manual FROM places WHERE NOT seen ORDER BY place"
        ):
            yield self._mark(place)

    def _place(self, candidate: str, version: str) -> tuple[str, int, int, bool] | None:
        """Return version, place, line and whether people marked; another version where it is the only one."""
        places: list[tuple[str, int, int, bool]] = self._places.execute(
            "SELECT version, place, number, manual FROM places WHERE candidate = ?", (candidate,)
        ).fetchall()
        same = [place for place in places if place[0] == version]
        return same[0] if same else places[0] if len(places) == 1 else None

    def _mark(self, place: tuple[str, int, int, bool]) -> Mark:
        self._file.seek(place[1])
        return mark_of(self._file.readline(), self.path, place[2])


def keep_manual(mark: Mark, manual: tuple[BlankMark, ...]) -> Mark:
    """Return marks in which what people decided stays, wherever it was about this very answer.

    A person who decided about another answer, another key or other points has not seen this one.
    """
    if not manual:
        return mark
    decided = {blank.blank: blank for blank in manual}
    return replace(mark, blanks=tuple(_kept(blank, decided.get(blank.blank)) for blank in mark.blanks))


def _kept(blank: BlankMark, by_hand: BlankMark | None) -> BlankMark:
    if by_hand is None or not _same_question(by_hand, blank):
        return blank
    return replace(
        blank,
        outcome=by_hand.outcome,
        points=by_hand.points,
        reason=by_hand.reason,
        feedback=by_hand.feedback,
        marker=by_hand.marker,
    )


def _same_question(old: BlankMark, new: BlankMark) -> bool:
    """Say whether two marks are about the same answer to the same key for the same points."""
    return (old.answer, old.key, old.of) == (new.answer, new.key, new.of)


def changes(old: OldMarks, marks: Path) -> Iterator[Change]:
    """Yield how new marks differ from old ones, in the order of the new; then who is missing from the new."""
    for new in marks_in(marks):
        before = old.take(new)
        if before is None:
            yield Change(new.candidate, new.version, "", None, new.points, "candidate is new", "")
        else:
            yield from _changes_of(before, new)
    for gone in old.left():
        points = gone.points
        yield Change(
            gone.candidate, gone.version, "", points, None, "candidate is no longer in the scripts", ""
        )


def _changes_of(old: Mark, new: Mark) -> Iterator[Change]:
    before = {blank.blank: blank for blank in old.blanks}
    causes = [text for name, text in CAUSES.items() if old.hashes.get(name) != new.hashes.get(name)]
    if old.version != new.version:
        causes.append("version of the paper changed")

    def change(
        blank: str, was: BlankMark | None, now: BlankMark | None, why: list[str], reason: str
    ) -> Change:
        points = (was.points if was else None, now.points if now else None)
        return Change(new.candidate, new.version, blank, *points, ", ".join(why), reason)

    for now in new.blanks:
        was = before.pop(now.blank, None)
        if was is None:
            yield change(now.blank, None, now, causes, f"blank is new; {now.outcome}: {now.reason}")
            continue
        same_answer = was.answer == now.answer
        lost = was.marker != now.marker
        if (was.points, was.outcome, was.of) == (now.points, now.outcome, now.of) and not lost:
            continue
        why = list(causes) if same_answer else ["answer changed", *causes]
        if not why:
            scripts = old.hashes.get("script") != new.hashes.get("script")
            why = ["another answer changed" if scripts else "nothing on record changed"]
        yield change(now.blank, was, now, why, _reason(was, now))
    for gone in before.values():
        by = f"; the mark by {gone.marker} is lost" if gone.marker != "machine" else ""
        yield change(gone.blank, gone, None, causes, f"blank is no longer in the paper{by}")


def _reason(was: BlankMark, now: BlankMark) -> str:
    """Return what the new mark rests on."""
    parts = [f"{was.outcome} before, {now.outcome} now"]
    if was.key != now.key:
        parts.append(f"key {was.key or 'unknown'} before, {now.key or 'unknown'} now")
    if was.of != now.of:
        parts.append(f"out of {decimal(was.of)} before, {decimal(now.of)} now")
    if was.marker not in (now.marker, "machine"):
        parts.append(f"{was.marker} decided about what stood there before")
    if now.reason:
        parts.append(now.reason)
    return "; ".join(parts)


class Changed(NamedTuple):
    """How many marks changed, of how many candidates, who gains and who loses, and the first changes."""

    changes: int
    candidates: int
    gain: int
    lose: int
    first: tuple[Change, ...]


def write_changes(old: OldMarks, marks: Path, path: Path, show: int = 40) -> Changed:
    """Write how marks changed as CSV, a row a blank, and return a summary with the first few."""
    first: list[Change] = []
    count = candidates = gain = lose = 0
    last, difference = ("", ""), Fraction(0)
    with replaced(path) as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["candidate", "version", "blank", "old points", "new points", "cause", "reason"])
        for change in changes(old, marks):
            rows.writerow(
                [*change[:3], decimal(change.old), decimal(change.new), change.cause, change.reason]
            )
            count += 1
            if len(first) < show:
                first.append(change)
            if (change.candidate, change.version) != last or candidates == 0:
                gain, lose = gain + (difference > 0), lose + (difference < 0)
                last, difference, candidates = (change.candidate, change.version), Fraction(0), candidates + 1
            difference += (change.new or 0) - (change.old or 0) if change.blank else 0
    gain, lose = gain + (difference > 0), lose + (difference < 0)
    return Changed(count, candidates, gain, lose, tuple(first))
