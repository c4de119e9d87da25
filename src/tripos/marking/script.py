"""Scripts: one candidate's answers, as they were written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Script:
    """The answers of one candidate to one version of a paper, by blank."""

    candidate: str
    version: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
