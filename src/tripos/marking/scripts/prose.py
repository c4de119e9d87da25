"""Scripts written as text: lines "blank: answer", or headings with an answer below."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

HEADING = re.compile(r"#{1,6}\s+(?P<blank>.*?)\s*#*$")
ANSWER = re.compile(r"(?:[-*]\s+)?(?P<blank>[^\s:][^:]*?(?::[^\s:][^:]*?)*)\s*:(?:\s+(?P<answer>.*))?$")


def prose_answers(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str, str]]:
    """Yield line, blank and answer; a line that belongs to none comes with an empty blank.

    A heading opens an answer that runs to the next heading.  Elsewhere each answer has a line
    "blank: answer", and indented lines go on with it.
    """
    number, blank, body, headed = 0, "", list[str](), False
    for place, line in lines:
        heading = HEADING.match(line)
        if heading is None and (headed or (blank and (not line.strip() or line[0] in " \t"))):
            body.append(line if headed else line.strip())
            continue
        if blank:
            yield number, blank, "\n".join(body).strip()
        found = heading or ANSWER.match(line)
        number, blank, headed = place, found["blank"] if found else "", heading is not None
        body = [found["answer"] or ""] if found and not headed else []
        if not found and line.strip() and not line.startswith("---"):
            yield place, "", line
    if blank:
        yield number, blank, "\n".join(body).strip()
