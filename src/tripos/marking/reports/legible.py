"""Text that candidates wrote, made fit to stand in a file that people open."""

from __future__ import annotations

import hashlib
import re
from fractions import Fraction

LONGEST = 4000
"""Characters of an answer that are shown; more are counted, not shown."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)


def legible(text: str, longest: int = LONGEST) -> str:
    """Return text whose every character can be seen and stored, cut where it is too long.

    Control characters, halves of surrogate pairs and marks that turn the direction of writing become "�".
    """
    shown = _UNSEEN.sub("�", re.sub("\r\n?|[\u0085\u2028\u2029]", "\n", text[: longest + 1]))
    if len(text) <= longest:
        return shown
    return f"{shown[:longest]} … (cut here: {len(text)} characters in all)"


def points_text(points: Fraction) -> str:
    """Return points as people write them, with two decimals at most: 3, 2.5, 0.42."""
    return f"{round(float(points), 2):g}".replace("-", "−")


def file_stem(name: str) -> str:
    """Return a name for a file: the name itself where it is a plain one, else what is plain of it and a hash.

    No two names share one, not even where letter case does not matter.
    """
    if re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,60}", name):
        return name
    plain = re.sub(r"[^a-z0-9]+", "-", name[:200].lower()).strip("-")[:40]
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{plain}-{mark}" if plain else mark
