"""How long a user waits: whole processes, against an interpreter that does nothing and one that loads NumPy.

Prints the median and the range of several runs of each command, and its ratio to `python -c pass`, all
measured in turn within one run, so that the ratios hold when the machine is busy with other things.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAPER = str(ROOT / "papers" / "final-2022.md")
PYTHON = sys.executable
RUNS = 11

COMMANDS: dict[str, tuple[list[str], float | None]] = {
    "python -c pass": ([PYTHON, "-c", "pass"], None),
    "python -c 'import numpy'": ([PYTHON, "-c", "import numpy"], None),
    "tripos --help": ([PYTHON, "-m", "tripos", "--help"], 0.2),
    "tripos check final-2022.md": ([PYTHON, "-m", "tripos", "check", PAPER], 1.0),
    "tripos check --json final-2022.md": ([PYTHON, "-m", "tripos", "check", "--json", PAPER], None),
    "tripos solve -q sgd final-2022.md": ([PYTHON, "-m", "tripos", "solve", "-q", "sgd", PAPER], None),
    "tripos solve -f html final-2022.md": ([PYTHON, "-m", "tripos", "solve", "-f", "html", PAPER], None),
}
"""Each command with the seconds that it may take, where that is promised."""


def seconds(command: list[str]) -> float:
    """Return the wall time of one run."""
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def main() -> None:
    """Measure and print."""
    for command, _ in COMMANDS.values():
        seconds(command)  # a warm-up: byte code and file caches
    runs: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, (command, _) in COMMANDS.items():
            runs[name].append(seconds(command))
    base = statistics.median(runs["python -c pass"])
    print(f"{'whole process, wall time':36} {'median':>8} {'min':>8} {'max':>8} {'ratio':>7}  promised")
    for name, (_, promise) in COMMANDS.items():
        times = runs[name]
        median = statistics.median(times)
        kept = "" if promise is None else f"{promise:g} s: {'kept' if median <= promise else 'BROKEN'}"
        print(
            f"{name:36} {median * 1000:6.0f}ms {min(times) * 1000:6.0f}ms {max(times) * 1000:6.0f}ms "
            f"{median / base:6.1f}x  {kept}"
        )


if __name__ == "__main__":
    main()
