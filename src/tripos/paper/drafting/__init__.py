"""An old exam to a draft paper: what is found is written down, what is doubtful is said in place."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from ..reader import MAX_BYTES
from ..runner import OutOfTime, limited
from .facts import Facts, facts_of
from .marks import asks
from .outline import MAX_ENTRIES, Outline, TooMany, outline
from .rows import Doubt, Entry, rows_of
from .source import fault, read_old
from .writing import name_entries, paper_text

__all__ = ["Draft", "draft_file", "draft_text"]

SECONDS = 60.0
"""Time that reading and drafting may take."""


@dataclass(frozen=True)
class Draft:
    """A draft paper and what was found for it."""

    text: str
    questions: int
    """Entries that carry points with none below; where there are no points, the lowest entries."""
    parts: int
    """The lowest entries below questions that are divided further, without points of their own."""
    points: int
    options: int
    ticked: int
    """Choices in which an option is ticked."""
    choices: int
    script: bool
    sums: tuple[str, ...]
    """Where points or questions are not what the old exam declares."""
    compared: bool
    """Whether the old exam declares any sum."""
    doubts: tuple[Doubt, ...]

    def summary(self) -> str:
        """Return one line: how much was found, and whether it adds up."""
        text = _count(self.questions, "question")
        if self.parts:
            text += f", {_count(self.parts, 'sub-question')}"
        if not self.points:
            return f"{text}, no points"
        text += f", {_count(self.points, 'point')}: "
        if self.sums:
            return f"{text}does not add up: {'; '.join(self.sums)}"
        return text + ("adds up" if self.compared else "no sum is printed to compare it with")


def draft_file(path: Path) -> Draft:
    """Return the draft of an old exam in a file; raise Fault where none can be made."""
    try:
        main = threading.current_thread() is threading.main_thread()  # only there can a limit be set
        with limited(SECONDS if main else 0):
            return draft_text(read_old(path), path)
    except OutOfTime:
        raise fault(path, f"reading it took longer than {SECONDS:g} s", help="save it anew as text") from None


def draft_text(text: str, path: Path) -> Draft:
    """Return the draft of an old exam; ``path`` is what it is called.  Raises Fault where it is too much."""
    rows = rows_of(text)
    try:
        found = outline(rows)
    except TooMany:
        raise fault(
            path,
            "the text has too many questions for an exam",
            found=f"more than {MAX_ENTRIES} numbered lines",
            help="cut it into exams, or take away what is no question",
        ) from None
    if not found.entries:
        whole = Entry("number", "1", 1, 1, stem=found.preface)
        whole.doubts.append(Doubt(1, "no numbers or headings of questions were found: all of it stands here"))
        found.preface, found.entries = [], [whole]
    facts = facts_of(found.preface or found.entries[0].stem, [r for e in found.appendices for r in e.stem])
    if not facts.title:
        facts.title = path.stem.replace("_", " ").strip() or "Draft"
        facts.doubts.append(Doubt(1, "no title was found; the name of the file stands for it"))
    script = _is_script(found)
    if script:
        _move_answers(found)
        facts.doubts.append(
            Doubt(
                1,
                "this looks like a candidate's script: answers are printed, and questions are to be written",
            )
        )
    name_entries([*found.entries, *found.appendices])
    written = paper_text(path.name, facts, found, script=script)
    if len(written.encode()) > MAX_BYTES:
        size = f"{len(written.encode()):,} bytes"
        raise fault(
            path, "the draft is too large to be a paper", found=size, expected=f"at most {MAX_BYTES:,}"
        )
    return _summed(written, facts, found, script=script)


def _summed(text: str, facts: Facts, found: Outline, *, script: bool) -> Draft:
    """Return the draft with everything counted."""
    entries = [e for entry in found.entries for e in entry.walk()]
    total = sum(entry.worth for entry in found.entries)
    pointed = [e for e in entries if e.points is not None and not e.divided]
    lowest = [e for e in entries if not e.children]
    inside = {id(e) for q in pointed for child in q.children for e in child.walk()}
    questions = [*pointed, *(e for e in lowest if e.points is None and id(e) not in inside)]
    sums = [
        f"{_called(e)} has {e.points}, those below it {e.below}"
        for e in entries
        if e.points is not None and e.divided and e.below != e.points
    ]
    if facts.points is not None and total and facts.points != total:
        sums.append(f"the exam says {facts.points}, its questions {total}")
    if facts.questions is not None and facts.questions not in (
        len(questions),
        len(lowest),
        len(found.entries),
    ):
        sums.append(f"the exam says {facts.questions} questions")
    compared = facts.points is not None or any(e.points is not None and e.divided for e in entries)
    doubts = [*facts.doubts, *found.doubts, *(d for e in [*entries, *found.appendices] for d in e.doubts)]
    choices = [e for e in entries if e.options]
    return Draft(
        text,
        questions=len(questions),
        parts=sum(id(e) in inside for e in lowest),
        points=total,
        options=sum(len(e.options) for e in choices),
        ticked=sum(any(o.ticked for o in e.options) for e in choices),
        choices=len(choices),
        script=script,
        sums=tuple(sums),
        compared=compared,
        doubts=tuple(sorted(doubts, key=lambda d: d.line)),
    )


def _called(entry: Entry) -> str:
    return entry.title or entry.label or "a part"


def _is_script(found: Outline) -> bool:
    """Say whether only answers are printed: no points, options or solutions, and hardly a question."""
    entries = [e for entry in found.entries for e in entry.walk()]
    lowest = [e for e in entries if not e.children and (e.stem or e.title)]
    if any(e.points is not None or e.options or e.solution for e in entries) or len(lowest) < 3:
        return False
    asking = 0
    for entry in lowest:
        first = next((row.text for row in entry.stem if not row.empty), entry.title)
        asking += asks(first) or any(row.text.rstrip().endswith("?") for row in entry.stem)
    return asking * 4 < len(lowest)


def _move_answers(found: Outline) -> None:
    """Give the text above a number that is missing to that number."""
    for entry in found.entries:
        if entry.children and not entry.children[0].stem:
            entry.children[0].stem, entry.stem = entry.stem, []


def _count(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else one + 's'}"
