"""Rubrics: what earns points in an open question, and the same in other languages."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from .desk import Desk
from .model import Block, Question
from .report import Rubric


class _Row(NamedTuple):
    line: int
    points: int
    what: str


def read_rubric(desk: Desk, block: Block, question: Question) -> Rubric:
    """Return a rubric; what is no row of one, and points that do not add up, are noted."""
    rows = _rows(desk, block)
    total = sum(row.points for row in rows)
    if question.points is not None and total != question.points:
        desk.error(
            block.line,
            "the rubric does not add up to the question",
            found=f"{total} points",
            expected=f"{question.points} points",
        )
    return Rubric(tuple((row.points, row.what) for row in rows))


def with_translation(desk: Desk, rubric: Rubric, block: Block) -> Rubric:
    """Return a rubric with a translation; note where this has not the same points in the same order."""
    rows = _rows(desk, block)
    for row, (points, what) in zip(rows, rubric.rows, strict=False):
        if row.points != points:
            desk.error(
                row.line,
                "a translated rubric has the points of the paper's own",
                found=f"{row.points}  {row.what}",
                expected=f"{points}  and the translation of: {what}",
            )
    if len(rows) != len(rubric.rows):
        desk.error(
            block.line,
            "a translated rubric has a line for each of the paper's own",
            found=_lines(len(rows)),
            expected=_lines(len(rubric.rows)),
        )
    translated = tuple((row.points, row.what) for row in rows)
    return replace(rubric, texts={**rubric.texts, block.translated_to: translated})


def _rows(desk: Desk, block: Block) -> list[_Row]:
    rows = []
    for line, text in enumerate(block.text.splitlines(), block.line):
        if not text.strip():
            continue
        match = re.match(r"\s*(\d+)\s+(\S.*)", text)
        if match is None:
            desk.error(
                line,
                "a line of a rubric is points and what earns them",
                found=text.strip(),
                expected="2  names the vanishing gradient",
            )
            continue
        rows.append(_Row(line, int(match[1]), match[2].strip()))
    return rows


def _lines(number: int) -> str:
    return f"{number} line" if number == 1 else f"{number} lines"
