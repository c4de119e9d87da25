"""Entries as a paper: headings with ids and points, options, rubrics, answers, and what is left to write."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from .facts import Facts
from .marks import WORDS
from .outline import Outline
from .rows import Doubt, Drawn, Entry, Row
from .text import comment, doubts_about, fenced, inline, prose

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def name_entries(entries: list[Entry]) -> None:
    """Give each entry an id: from its title, or from the numbers that lead to it."""
    taken: set[str] = set()

    def name(entry: Entry, path: str) -> None:
        base = _slug(entry.title) or f"q{path}"
        entry.name, count = base, 1
        while entry.name in taken:
            count += 1
            entry.name = f"q{path}" if count == 2 else f"{base}-{count}"
        taken.add(entry.name)
        for i, child in enumerate(entry.children, 1):
            label = re.sub(r"[^a-z0-9]+", "", child.label.lower())
            name(
                child, f"{path}-{i if not child.value else child.value if child.style == 'dotted' else label}"
            )

    for i, entry in enumerate(entries, 1):
        name(entry, str(entry.value or i))


def _slug(title: str) -> str:
    """Return the words of a title that fit into an id of 40 characters."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return slug if len(slug) <= 40 else slug[:41].rpartition("-")[0] or slug[:40]


def paper_text(old: str, facts: Facts, found: Outline, *, script: bool) -> str:
    """Return the draft; doubts that come up while it is written are added to the entries."""
    meta: dict[str, object] = {"title": facts.title}
    if facts.date:
        meta["date"] = facts.date
    if facts.version:
        meta["version"] = facts.version
    if facts.minutes:
        meta["minutes"] = facts.minutes
    total = sum(entry.worth for entry in found.entries)
    if total:
        meta["points"] = total
    head = yaml.safe_dump(meta, sort_keys=False, allow_unicode=True, width=10_000)
    said = f"from {old}; search for unsure, missing and working; take each comment away when it is settled"
    blocks = [f"---\n{head}---", comment("draft", said)]
    blocks += [_unsure(doubt) for doubt in [*facts.doubts, *found.doubts]]
    blocks.append(prose([row for row in found.preface if row.line != facts.title_line]))
    parts = any(e.children for e in found.entries) and found.entries[0].style in WORDS
    top = 1 if parts else 2
    for entry in found.entries:
        blocks += _entry(entry, top, script)
    for entry in found.appendices:
        blocks += [
            f"# {_title(entry)} {{#{entry.name}}}",
            comment("unsure", "this asks for nothing: is it part of the paper?"),
        ]
        entry.doubts += [Doubt(*doubt) for doubt in doubts_about(entry.stem)]
        blocks += [*map(_unsure, entry.doubts), prose(entry.stem)]
    return "\n\n".join(re.sub(r"\n{3,}", "\n\n", block) for block in blocks if block.strip()) + "\n"


def _unsure(doubt: Doubt) -> str:
    return comment("unsure", f"line {doubt.line} of the old exam: {doubt.message}")


def _title(entry: Entry) -> str:
    title = inline(entry.title).strip().rstrip("\\#").strip()
    if title:
        return title
    return f"Question {entry.label}" if entry.label.isdigit() else entry.label or "Question"


def _entry(entry: Entry, level: int, script: bool) -> Iterator[str]:
    adds_up = not entry.divided or entry.below == entry.points
    points = f" points={entry.points}" if entry.points is not None and adds_up else ""
    ticked = sum(option.ticked for option in entry.options)
    accept = f" accept={ticked}" if entry.options and ticked != 1 else ""
    yield f"{'#' * level} {_title(entry)} {{#{entry.name}{points}{accept}}}"
    stem = list(entry.stem)
    answer = _trimmed(entry.solution)
    if script:
        answer, stem = _trimmed([*stem, *entry.after, *answer]), []
    entry.doubts += [Doubt(*doubt) for doubt in doubts_about([*stem, *entry.after])]
    yield from (_unsure(doubt) for doubt in entry.doubts)
    if script and not entry.children:
        yield comment(
            "unsure", "the text of the question is to be written: the script prints only its answer"
        )
    yield prose(stem)
    if entry.options:
        yield from _choice(entry.options)
    yield prose(entry.after)
    leaf = bool(points) and not entry.divided
    if leaf and not entry.options:
        yield "\n".join(fenced("rubric", [f"{entry.points}  to be written"]))
    if answer:
        yield "\n".join(fenced("answer", _answer(answer)))
        if not entry.options and not script:
            advice = "where the answer can be computed, make it a blank and move its key to a published block"
            yield comment("working", f"to be written; {advice}")
    if any(row.table for row in entry.stem) and re.search(
        r"\bfill\b", " ".join(r.text for r in entry.stem), re.IGNORECASE
    ):
        yield comment("working", "to be written; make each cell that is to be filled a blank")
    elif not entry.children and (script or not answer or entry.options):
        yield comment("working", "to be written")
    for child in entry.children:
        yield from _entry(child, level + 1, script)


def _choice(options: list[Drawn]) -> Iterator[str]:
    """Yield options as a list, and the key that their ticks publish."""
    yield "\n".join(f"- [{'x' if option.ticked else ' '}] {_option(option.text)}" for option in options)
    ticked = [i for i, option in enumerate(options) if option.ticked]
    if ticked:
        yield "\n".join(fenced("published", [f"choice = {', '.join(_LETTERS[i] for i in ticked)}"]))
    boxed = [option for option in options if option.box is not None]
    if len(ticked) == 1 and boxed and options[ticked[0]].box is None:
        yield comment("ticked", "the option that alone lacks a box")


def _option(text: str) -> str:
    written = inline(" ".join(text.split())).strip() or "(nothing was found here)"
    return written + "." if written.endswith("}") else written


def _trimmed(rows: list[Row]) -> list[Row]:
    """Return rows without empty ones at either end."""
    filled = [i for i, row in enumerate(rows) if not row.empty]
    return rows[filled[0] : filled[-1] + 1] if filled else []


def _answer(rows: list[Row]) -> list[str]:
    return re.sub(r"\n{3,}", "\n\n", prose(rows)).split("\n")
