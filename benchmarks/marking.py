"""How long marking takes: a paper made ready for marking, and scripts marked one at a time.

The scripts of `new answers` differ in what they answer to three blanks that hang together, so that every one
is read, compared and followed through anew; those of `known answers` are all the same.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tripos.marking.mark import mark_script
from tripos.marking.plan import load_plan, plan_of
from tripos.marking.scripts.script import Script

ROOT = Path(__file__).parent.parent
PAPER = ROOT / "papers" / "final-2022.md"
SCRIPTS = ROOT / "papers" / "scripts" / "final-2022.jsonl"
RUNS = 200


def answers_of(candidate: str) -> dict[str, str]:
    """Return what a candidate answered."""
    lines = map(json.loads, SCRIPTS.read_text(encoding="utf-8").splitlines())
    return {line["blank"]: line["answer"] for line in lines if line["candidate"] == candidate}


def followed(number: int) -> Script:
    """Return a script whose first convolution is wrong, and all that rests on it right for that.

    With z_1 = [1 k; −1 1] the rectifier leaves [1 k; 0 1], and 1·1 + 3k + 4·1 − 5 = 3k.
    """
    k = number + 2
    own = {
        "forward/z_1": f"[[1, {k}], [-1, 1]]",
        "forward/h_1": f"[[1, {k}], [0, 1]]",
        "forward/z_out": f"{3 * k}",
    }
    return Script(f"candidate {number}", "A", answers_of("ada") | own)


def milliseconds(act: Callable[[], object]) -> float:
    """Return the wall time of one run."""
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000


def row(what: str, times: list[float], promise: float | None = None) -> None:
    """Print the median, the least and the most of some times."""
    median = statistics.median(times)
    kept = "" if promise is None else f"{promise:g} ms: {'kept' if median <= promise else 'BROKEN'}"
    print(f"{what:44} {median:8.2f}ms {min(times):8.2f}ms {max(times):8.2f}ms  {kept}")


def main() -> None:
    """Measure and print."""
    text = PAPER.read_text(encoding="utf-8")
    print(f"{'marking, one process':44} {'median':>10} {'min':>10} {'max':>10}  promised")
    row("plan of final-2022, first in its process", [milliseconds(lambda: load_plan(PAPER))], 1000)
    row("plan of final-2022, worked again", [milliseconds(lambda: plan_of(text, PAPER)) for _ in range(7)])
    plan = load_plan(PAPER)
    mark = mark_script(plan, followed(-1))
    earned = {b.blank: b.follows for b in mark.blanks if b.follows}
    if set(earned) != {"forward/h_1", "forward/z_out"}:
        sys.exit(f"the script should be followed through twice, found {earned}")
    scripts = [followed(number) for number in range(RUNS)]
    new = [milliseconds(lambda s=script: mark_script(plan, s)) for script in scripts]  # type: ignore[misc]
    row("a script of final-2022, new answers", new, 20)
    script = Script("again", "A", answers_of("grace"))
    known = [milliseconds(lambda: mark_script(plan, script)) for _ in range(RUNS)]
    row("a script of final-2022, known answers", known, 20)


if __name__ == "__main__":
    main()
