"""What the head of an old exam says: title, date, minutes, version, how many points and questions."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field

from .marks import mark_of
from .rows import Doubt, Row

_MONTHS = {
    name: number
    for number, names in enumerate(
        "january janvier januar enero janeiro|february février februar febrero fevereiro"
        "|march mars märz marzo março"
        "|april avril abril|may mai mayo maio|june juin juni junio junho|july juillet juli julio julho"
        "|august août agosto|september septembre septiembre setembro|october octobre oktober octubre outubro"
        "|november novembre noviembre novembro|december décembre dezember diciembre dezembro".split("|"),
        1,
    )
    for name in names.split()
}
_WORD_DATE = re.compile(
    r"(?:(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.)?\s+(?:de\s+)?(?P<month>[^\W\d]{3,10})\.?,?\s+(?:de\s+)?"
    r"|(?P<month2>[^\W\d]{3,10})\.?\s+(?P<day2>\d{1,2})(?:st|nd|rd|th)?,?\s+)(?P<year>(?:19|20)\d\d)\b"
)
_ISO = re.compile(r"\b((?:19|20)\d\d)-(\d\d)-(\d\d)\b")
_SLASHED = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.]((?:19|20)\d\d)\b")
_MINUTES = re.compile(r"\b(\d{1,3})\s*(?:-\s*)?min(?:ute)?s?\b", re.IGNORECASE)
_HOURS = re.compile(r"\b(\d{1,2}(?:[.,]5)?)\s*(?:h\b|hours?\b|heures?\b|stunden?\b|horas?\b)", re.IGNORECASE)
_CLOCK = re.compile(r"\b(\d{1,2})[:h.](\d\d)\s*(?:-|–|to|bis|à)\s*(\d{1,2})[:h.](\d\d)\b")
_TOTAL = re.compile(
    r"(?:maximum|total|sum|gesamt)\D{0,25}?(\d{1,4})\s*(?:points?|pts|marks|punkte)"
    r"|(\d{1,4})\s*(?:points?|pts|marks|punkte)\s+(?:in\s+total|total|altogether)",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\b(\d{1,3})\s+(?:questions|problems|exercises|aufgaben)\b", re.IGNORECASE)
_VERSION = re.compile(r"\bversion\s*:?\s*([A-Z0-9])\b", re.IGNORECASE)


@dataclass
class Facts:
    """What is known of an old exam as a whole; empty or None where nothing was found."""

    title: str = ""
    title_line: int = 0
    date: datetime.date | None = None
    minutes: int | None = None
    version: str = ""
    points: int | None = None
    questions: int | None = None
    doubts: list[Doubt] = field(default_factory=list)


def facts_of(preface: list[Row], appendix: list[Row]) -> Facts:
    """Return what the text before the first question and after the last says of the whole exam."""
    facts = Facts()
    _find_title(facts, preface)
    for row in preface:
        text = row.text[:5000]
        facts.date = facts.date or _date(text, row.line, facts)
        facts.minutes = facts.minutes or _minutes(text)
        if not facts.version and (version := _VERSION.search(text)):
            facts.version = version[1]
        if facts.questions is None and (count := _COUNT.search(text)):
            facts.questions = int(count[1])
    for row in [*preface, *appendix]:
        if facts.points is None and not row.table and (total := _TOTAL.search(row.text[:5000])):
            facts.points = int(total[1] or total[2])
    return facts


def _find_title(facts: Facts, preface: list[Row]) -> None:
    for row in preface:
        mark = mark_of(row.text)
        if mark and mark.style == "title" and mark.rest:
            facts.title, facts.title_line = mark.rest, row.line
            return
    first = next((row for row in preface if not row.empty), None)
    text = first.text.strip().strip("*").strip() if first else ""
    if first and len(text) <= 80 and not re.search(r"[.!?:,]$", text) and re.search(r"\w", text):
        facts.title, facts.title_line = text, first.line


def _date(text: str, line: int, facts: Facts) -> datetime.date | None:
    year = month = day = 0
    if iso := _ISO.search(text):
        year, month, day = int(iso[1]), int(iso[2]), int(iso[3])
    elif slashed := _SLASHED.search(text):
        day, month, year = int(slashed[1]), int(slashed[2]), int(slashed[3])
        if month > 12:
            day, month = month, day
        elif day <= 12 and day != month:
            facts.doubts.append(Doubt(line, f"the date {slashed[0]} was read as day, month, year"))
    else:
        for word in _WORD_DATE.finditer(text):
            name = (word["month"] or word["month2"]).lower()
            months = {
                n
                for full, n in _MONTHS.items()
                if full == name or (len(name) >= 3 and full[:3] == name[:3] and full.startswith(name))
            }
            if len(months) == 1:
                year, month, day = int(word["year"]), months.pop(), int(word["day"] or word["day2"])
                break
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _minutes(text: str) -> int | None:
    if found := _MINUTES.search(text):
        return int(found[1]) or None
    if hours := _HOURS.search(text):
        return int(float(hours[1].replace(",", ".")) * 60) or None
    if clock := _CLOCK.search(text):
        minutes = (int(clock[3]) - int(clock[1])) * 60 + int(clock[4]) - int(clock[2])
        return minutes if 0 < minutes <= 600 else None
    return None
