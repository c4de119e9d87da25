"""How long many scripts of ten blanks take to mark, and in how much memory: benchmarks/batch.py [NUMBERS].

Without numbers 10 000 scripts are marked, then 100 000; each in a process of its own, on two cores.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PAPER = """---
title: Ten blanks
points: 20
---

# Problems

## A neuron {#neuron points=20}

A linear unit has the weights $w$ and the bias $b$; the input is $x$.

```given
w = vector(1, -2, 3)
x = vector(2, 1, 1)
b = -2
```

Compute $z =$ [[z]], $h = \\max(0, z) =$ [[h]], $\\sigma(0) =$ [[s]], the products $w \\odot x =$ [[v]],
$w + x =$ [[u]], the loss $\\ell = \\frac12 (h - 2)^2 =$ [[l]],
$\\partial\\ell/\\partial h =$ [[g]], $\\partial\\ell/\\partial w =$ [[gw]],
$b$ after a step of gradient descent with step size 1/2: [[b_new]], and $w$ after it: [[w_new]].

```working
z = w @ x + b
h = relu(z)
s = sigmoid(0)
v = w * x
u = w + x
l = (h - 2)**2 / 2
g = h - 2
gw = g * x
b_new = b - g / 2
w_new = w - gw / 2
```
"""

ANSWERS = {  # right ones in several notations, slips, slips of the pen
    "z": ["1", "1.0", "2/2", "3-2", "3", "-1", "0"],
    "h": ["1", "1.0", "\\frac{2}{2}", "0", "3"],
    "s": ["1/2", "0.5", "\\frac12", "5e-1", "0", "1"],
    "v": [
        "[2, -2, 3]",
        "(2, -2, 3)",
        "[2 -2 3]",
        "3",
        "[2, 2, 3]",
        "\\begin{pmatrix}2\\\\-2\\\\3\\end{pmatrix}",
    ],
    "u": ["[3, -1, 4]", "[3 -1 4]", "(3,-1,4)", "[3, 1, 4]", "3 -1 4 ?"],
    "l": ["1/2", "0.5", "1", "\\frac{1}{2}"],
    "g": ["-1", "1-2", "-1.0", "1", "−1"],
    "gw": ["[-2, -1, -1]", "-[2, 1, 1]", "[2, 1, 1]", "[-2 -1 -1]", "[-1, 2, -3]"],
    "b_new": ["-3/2", "-1.5", "-2+1/2", "-5/2", "-\\frac{3}{2}"],
    "w_new": ["[2, -3/2, 7/2]", "[2, -1.5, 3.5]", "[0, -5/2, 5/2]", "(2, -3/2, 7/2)"],
}


def noise(draw):
    """Return an answer that hardly anybody else gives."""
    if draw.random() < 0.5:
        return f"{draw.uniform(-9, 9):.3f}"
    return f"[{', '.join(str(draw.randint(-99, 99)) for _ in range(3))}]"


def write_scripts(path, number):
    draw = random.Random(number)
    with path.open("w", encoding="utf-8") as file:
        for i in range(number):
            answers = {
                f"neuron/{blank}": noise(draw) if draw.random() < 0.05 else draw.choice(given[:2] + given)
                for blank, given in ANSWERS.items()
            }
            file.write(json.dumps({"candidate": f"c{i:06}", "answers": answers}) + "\n")


def peak(process):
    """Return the largest memory that a process has had, in MB."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return next((int(row.split()[1]) // 1024 for row in status.splitlines() if row.startswith("VmHWM")), 0)


def workers():
    """Return the largest memory that a process below this one has."""
    return max(map(peak, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()), default=0)


def mark(folder, number, jobs):
    """Mark, and print what it took: this is a process of its own, so that peaks of memory are its own."""
    from tripos.marking.run import run

    began = time.perf_counter()
    below = 0

    def watch(done, of):
        nonlocal below
        if done % 1000 == 0 or done == of:
            below = max(below, workers())

    out = folder / f"marks{number}"
    done = run(folder / "paper.md", folder / "scripts.jsonl", out, jobs=jobs, reports=False, watch=watch)
    took = time.perf_counter() - began
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    outcomes = {}
    for item in done.statistics.blanks:
        for outcome, count in item.outcomes.items():
            outcomes[outcome] = outcomes.get(outcome, 0) + count
    shares = ", ".join(
        f"{name} {count / sum(outcomes.values()):.0%}" for name, count in sorted(outcomes.items())
    )
    print(f"{number:>8,} {took:>9.1f} {number / took:>12,.0f} {own:>12} {below:>14}   {shares}", flush=True)


def main():
    numbers = [int(text) for text in sys.argv[1:]] or [10_000, 100_000]
    print(
        f"{'scripts':>8} {'seconds':>9} {'scripts/s':>12} {'peak MB':>12} {'MB a worker':>14}   answers",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "paper.md").write_text(PAPER, encoding="utf-8")
        for number in numbers:
            write_scripts(folder / "scripts.jsonl", number)
            subprocess.run([sys.executable, __file__, "--one", folder, str(number)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        mark(Path(sys.argv[2]), int(sys.argv[3]), jobs=2)
    else:
        main()
