"""Scripts: one candidate's answers, as they were written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Script:
    """The answers of one candidate to one version of a paper, by blank."""

    candidate: str
    version: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)


def script_hash(script: Script) -> str:
    """Return a SHA-256 of what the script says, whatever the format and the order it was written in."""
    text = json.dumps([script.candidate, script.version, sorted(script.answers.items())])
    return hashlib.sha256(text.encode()).hexdigest()
