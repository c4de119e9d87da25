"""Options in the text of a question: which lines they are, and which of them was ticked."""

from __future__ import annotations

import re

from .marks import box_of, bulleted, without_bullet
from .rows import Doubt, Drawn, Entry, Row

MOST = 26
"""A choice has at most as many options as there are letters."""

_LETTERED = re.compile(r"\s*(?:[-*]\s+)?\(?([A-H])[.)]\s+(\S.*)")
_KEY = re.compile(
    r"\W*(?:(?:the )?correct (?:option|answer) is|option)?\W*\(?([A-H])\)?(?:[.:,]|\W*$)", re.IGNORECASE
)


def take_options(entry: Entry) -> None:
    """Move the options in the stem of an entry to where options belong, and tick them."""
    rows = entry.stem
    first = _boxed(rows)
    if first is None:
        _take_lettered(entry)
        return
    start, places, end = first
    if not 2 <= len(places) <= MOST:
        reason = "one line alone has a box" if len(places) < 2 else f"there are more than {MOST} options"
        entry.doubts.append(Doubt(rows[start].line, f"{reason}, so that it was left as text"))
        return
    drawn = []
    for i, place in enumerate(places):
        following = rows[place + 1 : places[i + 1] if i + 1 < len(places) else end]
        found = box_of(rows[place].text)
        text = found[1] if found else without_bullet(rows[place].text)
        parts = [text, *(row.text.strip() for row in following)]
        drawn.append(Drawn(rows[place].line, " ".join(p for p in parts if p), found[0] if found else None))
    entry.stem, entry.after = rows[:start], rows[end:]
    entry.options = _ticked(entry, drawn)


def _shape(row: Row) -> str:
    if row.empty or row.code or row.table:
        return ""
    if bulleted(row.text):
        return "bullet"
    return "display" if re.match(r"\s*\$\$.+\$\$\s*\.?$", row.text) else "bare"


def _boxed(rows: list[Row]) -> tuple[int, list[int], int] | None:
    """Return where the options begin, the line of each, and where they end; None without boxes."""
    shapes = [_shape(row) for row in rows]
    boxes = [i for i, row in enumerate(rows) if shapes[i] and box_of(row.text) is not None]
    signs = {without_bullet(rows[i].text).lstrip()[:1] for i in boxes}
    if not boxes or signs <= {"●", "✓", "✔"}:  # bullets of a plain list
        return None
    kinds = [shapes[i] for i in boxes]
    shape = max(dict.fromkeys(kinds), key=kinds.count)
    start = boxes[0]
    while shape == "bullet" and start > 0 and shapes[start - 1] == "bullet":
        start -= 1
    places = [i for i in range(start, boxes[-1] + 1) if i in boxes or (shapes[i] == shape != "bare")]
    end = i = boxes[-1] + 1
    while shape != "bare" and i < len(rows):  # those after the last box that lack one
        if shapes[i] == shape:
            places.append(i)
            end = i + 1
        elif shapes[i] and not (shape == "bullet" and shapes[i] == "bare" and not rows[i - 1].empty):
            break
        elif shapes[i]:
            end = i + 1
        i += 1
    while end < len(rows) and shapes[end] == "bare" and not rows[end - 1].empty and shape != "display":
        end += 1  # the last option goes on in the next line
    return start, places, end


def _take_lettered(entry: Entry) -> None:
    """Take lines A), B), C) as options; the key is ticked where it is printed as a letter."""
    rows = entry.stem
    found = [(i, m) for i, row in enumerate(rows) if not row.code and (m := _LETTERED.match(row.text))]
    letters = "".join(m[1] for _, m in found)
    if len(found) < 3 or letters != "ABCDEFGH"[: len(letters)]:
        return
    between = rows[found[0][0] : found[-1][0]]
    if (
        entry.children
        or any(len(m[2]) > 200 or "?" in m[2] for _, m in found)
        or sum(r.empty for r in between) > len(found)
    ):
        return
    key = _KEY.match(entry.solution[0].text) if entry.solution else None
    drawn = []
    for n, (place, match) in enumerate(found):
        until = found[n + 1][0] if n + 1 < len(found) else place + 1
        text = " ".join([match[2], *(r.text.strip() for r in rows[place + 1 : until] if not r.empty)])
        drawn.append(Drawn(rows[place].line, text, bool(key and key[1].upper() == match[1])))
    entry.stem, entry.after = rows[: found[0][0]], rows[found[-1][0] + 1 :]
    entry.options = _ticked(entry, drawn)


def _ticked(entry: Entry, drawn: list[Drawn]) -> list[Drawn]:
    """Return options with their ticks; say in the entry where these are doubtful."""
    filled = [o for o in drawn if o.box]
    bare = [o for o in drawn if o.box is None]
    letters = ", ".join("abcdefghijklmnopqrstuvwxyz"[drawn.index(o)] for o in bare)
    right = filled
    if filled and bare:
        entry.doubts.append(Doubt(bare[0].line, f"option {letters} has no box, while another is ticked"))
    elif len(bare) == 1:
        right = bare
    elif bare:
        message = f"options {letters} have no box: which of them was ticked? Tick it, and take accept=0 away"
        entry.doubts.append(Doubt(bare[0].line, message))
    elif not filled:
        entry.doubts.append(Doubt(drawn[0].line, "no option is ticked; tick one, and take accept=0 away"))
    return [Drawn(o.line, o.text, o.box, o in right) for o in drawn]
