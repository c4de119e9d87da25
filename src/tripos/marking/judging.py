"""One answer against one key: where marking meets the kinds of answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ..answers.keys import Key, Options
from ..answers.kinds import Marked, kind_of
from ..answers.verdict import Verdict
from ..graph import GraphError
from .plan import Place, Plan

__all__ = ["Marked", "judge"]

LONGEST = 1_000
"""Longest answer, in characters, whose verdict is kept for the next candidate who writes the same."""

REMEMBERED = 20_000
"""Most verdicts that are kept."""


def judge(plan: Plan, place: Place, key: Key, text: str) -> Marked:
    """Return what came of an answer to ``place``, compared with ``key``; the same texts cost nothing."""
    if len(text) > LONGEST:
        return _judged(place, key, text)
    known = plan.caches.get("judged")
    if known is None:
        known = plan.caches["judged"] = lru_cache(REMEMBERED)(_judged)
    found: Marked = known(place, key, text)
    return found


def _judged(place: Place, key: Key, text: str) -> Marked:
    try:
        kind = kind_of(key, place.options)
        return kind.mark(key, text, _settings(place, key), place.names)
    except GraphError as error:
        return Marked(Verdict("undecided", str(error)))
    except RecursionError:
        return Marked(Verdict("undecided", "the answer is nested too deeply to be compared"))


def _settings(place: Place, key: Key) -> Mapping[str, str]:
    """Return the options of a blank; a wrong choice costs what its question says."""
    if isinstance(key, Options) and place.negative:
        return {"negative": str(place.negative), "floor": "no"}
    return place.options
