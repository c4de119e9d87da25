"""Which of many numbered lines are the questions: 1, 2, 3 among lists inside of questions and references.

Every way to pick increasing numbers is weighed: numbers that follow one another, points and few interruptions
speak for it, gaps and beginning again speak against it.  The heaviest is taken.
"""

from __future__ import annotations

from collections.abc import Sequence

PICK, POINTED, NEXT, GAP, RUN, AGAIN, UNPOINTED = 3, 4, 2, 1, 1, 12, 4
REACH = 60
"""How many lines with numbers may stand between two questions."""


def pick(values: Sequence[int], pointed: Sequence[bool]) -> list[int]:
    """Return the places in ``values`` that number the questions; ``pointed`` says which carry points."""
    usual = sum(pointed) * 2 >= len(pointed)  # then one without points is doubtful
    best: list[float] = []
    came: list[int] = []
    for i, value in enumerate(values):
        own = PICK + (POINTED if pointed[i] else -UNPOINTED if usual else 0)
        skipped = RUN if i else 0
        best.append(own + (NEXT if value == 1 else -GAP * min(value - 1, 10)) - skipped)
        came.append(-1)
        for j in range(max(0, i - REACH), i):
            weight = best[j] + own - (RUN if i - j > 1 else 0)
            if value > values[j]:
                gap = value - values[j] - 1
                weight += NEXT if gap == 0 else -GAP * min(gap, 10)
            elif value == 1:
                weight -= 0 if pointed[i] and pointed[j] else AGAIN
            else:
                continue
            if weight > best[i]:
                best[i], came[i] = weight, j
    if not best:
        return []
    last = max(range(len(best)), key=lambda i: best[i] - (RUN if i < len(best) - 1 else 0))
    chain = []
    while last >= 0:
        chain.append(last)
        last = came[last]
    return chain[::-1]
