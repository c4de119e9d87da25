"""What is wrong with a paper, said as a good compiler says it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any, Literal

Severity = Literal["error", "warning", "erratum", "note", "slip"]
"""An error is to be repaired; a warning may be meant; an erratum is a published key that is wrong, a note a
remark on the words of a source; a slip, told where someone asks for it, would go unnoticed."""


@dataclass(frozen=True)
class Diagnostic:
    """One finding: where, what was found, what was expected, what to do."""

    severity: Severity
    path: str
    line: int
    message: str
    found: str = ""
    expected: str = ""
    help: str = ""
    cause: str = ""
    """The error that this one only follows from; nothing where it stands on its own."""

    def __str__(self) -> str:
        text = f"{self.path}:{self.line}: {self.severity}: {self.message}"
        for label in ("found", "expected", "help"):
            detail = getattr(self, label)
            if detail:
                text += f"\n    {label + ':':<10}{detail}"
        return text

    def as_json(self) -> dict[str, Any]:
        """Return the finding as plain data, without empty fields."""
        return {key: value for key, value in asdict(self).items() if value}


class Fault(Exception):
    """What stops a file from being read or a piece of it from being run; carries the finding."""

    def __init__(self, diagnostic: Diagnostic):
        self.diagnostic = diagnostic
        super().__init__(str(diagnostic))


def nearest(word: str, choices: list[str]) -> str:
    """Return a remedy that names the known word nearest to a mistaken one."""
    close = get_close_matches(word, choices, 1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known are {', '.join(sorted(choices))}" if choices else ""


def first_sentence(text: str) -> str:
    """Return the first sentence of a text, on one line."""
    text = " ".join(text.split())
    match = re.search(r"[.!?](?=\s+[^a-z\s]|\s*$)", text)
    return text[: match.end()] if match else text
