"""What a file of the queue says: the question, and each answer with what helps to decide about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...paper.report import Answer, Options, QuestionReport, Rubric, Text
from ..reports.candidate_page import blank_ids
from ..reports.legible import legible
from ..reports.outcomes import NOTHING_KNOWN
from ..result import BlankMark, amount
from .grouping import group
from .queue_file import Entry, QueueFile, Rows, blank_form, by_id

EARLIER = 8
"""Earlier answers of a candidate that an entry shows: the last ones."""

HELP = (
    "Tick what an answer earns: [x]. For a part of a row's points write them into its box: [1].",
    "Where nothing is earned, or there are no rows, write the points, as in points: 0.",
    "What stands after comment: is shown to the candidate. Write who marks after marker: below.",
    "Then run tripos mark again: it reads this file, and keeps what was written in it.",
)


@dataclass
class Waiting:
    """An answer that a person decides about, and who gave it."""

    mark: BlankMark
    version: str
    earlier: tuple[tuple[str, str], ...]
    candidates: list[str] = field(default_factory=list)
    count: int = 0


def rubric_of(question: QuestionReport) -> Rows:
    """Return the rows of a question's rubric, as the queue writes them."""
    return tuple(
        (points, on_one_line(what))
        for c in question.contents
        if isinstance(c, Rubric)
        for points, what in c.rows
    )


def queue_lines(
    id: str, question: QuestionReport | None, answers: Mapping[str, Waiting], before: QueueFile, version: str
) -> Iterator[str]:
    """Yield the lines of a file: the question, then groups of answers, then what is no longer asked."""
    yield f"# {question.number} {on_one_line(question.title)}" if question else f"# {on_one_line(id)}"
    grouped = group([answer.mark.answer for answer in answers.values()])
    yield ""
    yield from _quoted([*HELP, *([grouped.how] if grouped.how else [])])
    if question:
        yield from _quoted(["", *_asked(question)])
    yield ""
    yield from (line for _, line in before.own)
    if not any(re.match(r"\s*marker\s*:", line, re.IGNORECASE) for _, line in before.own):
        yield "marker:"
    old = by_id(before)
    rubric = rubric_of(question) if question else ()
    exact = zip(blank_ids(question), question.blanks, strict=True) if question else ()
    decimals = {id: blank.decimal for id, blank in exact}
    ids = list(answers)
    several = [part for part in grouped.groups if len(part) > 1]
    alone = sorted(part[0] for part in grouped.groups if len(part) == 1)
    sections = [(f"# {len(part)} answers alike", part) for part in several]
    for title, part in [*sections, ("# Other answers", alone)]:
        if not part:
            continue
        yield from ("", title)
        for i in part:
            answer = answers[ids[i]]
            decimal = decimals.get(answer.mark.blank, "")
            yield from _entries(ids[i], answer, rubric, old.get(ids[i], []), version, decimal)
    gone = [entry for id, entries in old.items() if id not in answers for entry in entries if entry.touched]
    if gone:
        yield from ("", "# Answers that are no longer there")
        for entry in gone:
            yield from ("", _heading(entry.id, entry.blank, amount(entry.of)), *entry.quoted, "")
            yield from (line for _, line in entry.own)


def _entries(
    id: str, answer: Waiting, rubric: Rows, old: Sequence[Entry], version: str, decimal: str
) -> Iterator[str]:
    """Yield the entry of an answer, with what a person wrote into it before."""
    mark = answer.mark
    more = answer.count - len(answer.candidates)
    who = ", ".join(answer.candidates) + (f" and {more} more" if more else "")
    other = (
        f" (version {on_one_line(legible(answer.version, 100))})"
        if answer.version not in ("", version)
        else ""
    )
    if mark.marker != "machine" and old:
        quoted = old[0].quoted[1:]  # what the machine knew is not in a mark that a person decided
    else:
        quoted = [
            ">",
            *(f">     {line}".rstrip() for line in mark.answer.split("\n")),
            *_quoted(_known(answer, decimal)),
        ]
    kept = [[line for _, line in entry.own] for entry in old if entry.touched]
    for own in kept or [_form(mark, rubric)]:
        yield from (
            "",
            _heading(id, on_one_line(mark.blank), amount(mark.of)),
            f"> {who}{other}",
            *quoted,
            "",
        )
        yield from own


def _form(mark: BlankMark, rubric: Rows) -> list[str]:
    """Return what a person fills in; what was decided without this file stands in it already."""
    form = blank_form(rubric if mark.kind == "open" else ())
    if mark.marker == "machine":
        return form
    told = "\n".join(legible(line) for line in mark.feedback).split("\n")
    return [
        *form[:-2],
        f"points: {amount(mark.points)}",
        f"marker: {on_one_line(mark.marker)}",
        f"comment: {told[0]}",
        *told[1:],
    ]


def _heading(id: str, blank: str, of: int | str | None) -> str:
    return f"## answer {id}: {blank}, {of} point{'' if of == 1 else 's'}"


def _known(answer: Waiting, decimal: str) -> Iterator[str]:
    """Yield what helps to decide: what the machine made of the answer, and what the candidate had before."""
    mark = answer.mark
    facts = [("why", "" if mark.reason == NOTHING_KNOWN else mark.reason)]
    if mark.kind != "open":
        key = f"{mark.key} ≈ {decimal}" if mark.key and decimal else mark.key
        facts += [("read as", mark.understood), ("key", key), *(("remark", line) for line in mark.feedback)]
        facts += [("earlier, not right", f"{name} = {text}") for name, text in answer.earlier[-EARLIER:]]
    lines = [f"{name}: {on_one_line(legible(text, 500))}" for name, text in facts if text]
    yield from ["", *lines] if lines else []


def _asked(question: QuestionReport) -> Iterator[str]:
    """Yield the lines of the question, its options and its model answer."""
    for content in question.contents:
        if isinstance(content, Text):
            yield from legible(re.sub("\x02\\d+\x03", "____", content.text)).split("\n")
        elif isinstance(content, Options):
            yield from (f"({o.letter}) {on_one_line(o.text)}" for o in content.options)
        elif isinstance(content, Answer):
            yield from ("", "Model answer:", *legible(content.text).split("\n"))


def _quoted(lines: Iterable[str]) -> Iterator[str]:
    return (f"> {line}".rstrip() for line in lines)


def on_one_line(text: str) -> str:
    """Return text with single spaces for all that separates words."""
    return " ".join(text.split())
