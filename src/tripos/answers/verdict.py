"""What came of comparing an answer with a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["right", "wrong", "unread", "undecided"]


@dataclass(frozen=True)
class Verdict:
    """The outcome of a comparison, and what it rests on.

    ``reason`` is one plain sentence.  Every "wrong" comes with a ``witness``, values at which answer and key
    differ; every "right" with ``bound``, an upper bound on the chance that it is not (0 where it is proven).
    ``convention`` is the sentence of another convention under which a wrong answer would be right.
    """

    outcome: Outcome
    reason: str
    witness: str = ""
    bound: float | None = None
    convention: str = ""

    @property
    def right(self) -> bool:
        """Whether the answer was found to be right."""
        return self.outcome == "right"
