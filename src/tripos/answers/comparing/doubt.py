"""Answers that two people would read in two ways: none of them is called wrong for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ...graph import GraphError
from ..declared import Declared
from ..reading.reader import Expr, parse, plain
from ..reading.tokens import Misfit, Unread
from ..verdict import Verdict

_SLASHED = re.compile(r"(?:[A-Za-z]\s+|σ)\\?[\w']+(?:\s\\?[\w']+)*\s*/")
"""What may be the name of a function, something beside it without brackets, and a slash."""


def undoubted(
    verdict: Verdict,
    text: str,
    expr: Expr,
    names: Mapping[str, Declared],
    judge: Callable[[Expr], Verdict],
) -> Verdict:
    """Return a verdict, unless it is wrong and another reading of the text is right: then it is undecided.

    ``log a/b`` is read as log(a)/b, and may be meant as log(a/b).
    """
    if verdict.outcome != "wrong" or not _SLASHED.search(text):
        return verdict
    try:
        other = parse(text, names, wide=True)
        if other == expr or judge(other).outcome != "right":
            return verdict
    except (Unread, Misfit, GraphError):
        return verdict
    reason = f"can be read in two ways: {plain(expr)} is wrong, {plain(other)} is right"
    return Verdict("undecided", f"{reason}; brackets would tell")
