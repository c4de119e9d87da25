"""Building, differentiating and scheduling graphs of up to 10⁵ nodes: time a node, and a plot.

python benchmarks/building.py [plot.svg]
"""

from __future__ import annotations

import gc
import math
import sys
import time
from pathlib import Path

from tripos.graph import Node, grad, schedule, sin, symbol

SIZES = (100, 1_000, 10_000, 100_000)
REPEATS = 3


def chain(count: int) -> tuple[Node, Node]:
    """Return a chain of ``count`` nodes that are all different, and where it starts."""
    x = symbol("x")
    node = x
    for i in range(count // 2):
        node = sin(node) * x if i % 2 else sin(node) + x
    return node, x


def measured(count: int) -> tuple[float, float, float, int]:
    """Return the best seconds to build, differentiate and schedule, and the nodes of the gradient."""
    best = [float("inf")] * 3
    nodes = 0
    for _ in range(REPEATS):
        gc.collect()
        gc.disable()  # as timeit does: collections of a growing heap are none of the graph's work
        marks = [time.perf_counter()]
        node, x = chain(count)
        marks.append(time.perf_counter())
        slope = grad(node, x)
        marks.append(time.perf_counter())
        nodes = len(schedule([slope]))
        marks.append(time.perf_counter())
        gc.enable()
        best = [min(b, later - earlier) for b, earlier, later in zip(best, marks, marks[1:], strict=False)]
        del node, slope
    return (*best, nodes)


def main() -> None:
    """Measure, print, and plot where a file is named."""
    rows = [measured(count) for count in SIZES]
    columns = ("nodes", "build", "gradient", "its nodes", "schedule")
    print("".join(f"{column:>11}" for column in columns) + "    µs a node")
    for count, (build, slope, order, nodes) in zip(SIZES, rows, strict=True):
        each = f"{build / count * 1e6:6.2f} {slope / nodes * 1e6:6.2f} {order / nodes * 1e6:6.2f}"
        shown = (f"{t * 1e3:9.1f}ms" for t in (build, slope, order))
        first, second, third = shown
        print(f"{count:11}{first}{second}{nodes:11}{third}   {each}")
    times = [math.log(sum(row[:3])) for row in rows]
    power = (times[-1] - times[0]) / (math.log(SIZES[-1]) - math.log(SIZES[0]))
    kept = "kept" if power <= 1.1 else "BROKEN"
    print(f"time grows with the power {power:.2f} of the nodes   linear: {kept}")
    if len(sys.argv) > 1:
        plot(rows, Path(sys.argv[1]))


def plot(rows: list[tuple[float, float, float, int]], path: Path) -> None:
    """Draw the times against the sizes, both on logarithmic axes, beside a line of slope one."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 4), layout="constrained")
    for i, label in enumerate(("build", "differentiate", "schedule")):
        axes.loglog(SIZES, [row[i] for row in rows], marker="o", label=label)
    straight = [rows[0][0] * n / SIZES[0] for n in SIZES]
    axes.loglog(SIZES, straight, color="grey", linestyle=":", label="slope 1")
    axes.set(xlabel="nodes", ylabel="seconds", title="Graphs grow linearly")
    axes.legend()
    figure.savefig(path)
    print(f"plot: {path}")


if __name__ == "__main__":
    main()
