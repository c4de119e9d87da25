"""Exact forward and backward passes of problems of the size of an exam's, cold and warm.

Warm is one run of a scheduled program, the median of many; cold is a whole process that imports, builds the
problem, differentiates it and runs it once.  The same program in floats (NumPy, by kernels) is the peer.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from tripos import nets
from tripos.graph import (
    Node,
    Program,
    attention,
    conv2d,
    cross_entropy,
    grad,
    matrix,
    nll,
    relu,
    sigmoid,
    sum,
    unroll,
    vec,
    vector,
)
from tripos.graph.spaces import exact, numpy

RUNS = 200


def convolution() -> tuple[Node, list[Node]]:
    """A filter over an image, a ReLU, a readout and a logistic loss."""
    x, k = matrix("1 0 1; 0 1 0; 1 0 1"), matrix("-1 -2; 1 2")
    w, b = vector(1, 2, 3, 4), vector(-5)
    loss = nll(sigmoid(w @ vec(relu(conv2d(x, k))) + b[0]), +1)
    return loss, [k, w, b]


def reader() -> tuple[Node, list[Node]]:
    """A relu RNN that reads three words, attention over its states, and a softmax loss."""
    x, q = matrix("1 0 0; 0 1 0; 0 0 1"), vector(1, 1)
    u, w, v = matrix("1 0 2; 0 1 1"), matrix("0 1; 1 0"), matrix("1 0; 0 1; 1 1")
    states, _ = nets.RNN(3, 2, nonlinearity="relu", bias=False)(
        x, weights={"weight_ih_l0": u, "weight_hh_l0": w}
    )
    h = unroll(states)
    return cross_entropy(v @ attention(q, h, h), 1), [u, w, v]


def memory() -> tuple[Node, list[Node]]:
    """Two steps of an LSTM with two units, and a squared loss."""
    x = matrix("1 0; 0 1")
    u = matrix("1 0; 0 1; 1 1; -1 0; 0 1; 1 0; 1 1; 0 -1")
    w = matrix("0 1; 1 0; 1 1; 0 1; 1 0; 1 1; 0 0; 1 -1")
    outputs, _ = nets.LSTM(2, 2, bias=False)(x, weights={"weight_ih_l0": u, "weight_hh_l0": w})
    return sum((unroll(outputs)[1] - vector(1, 0)) ** 2), [u, w]


PROBLEMS: dict[str, tuple[Callable[[], tuple[Node, list[Node]]], float]] = {
    "convolution": (convolution, 0.001),
    "reader": (reader, 0.002),
    "memory": (memory, 0.005),
}
"""Each problem with the seconds that a warm exact run may take."""

COLD = 1.0
"""Seconds that a cold start may take."""


def median(run: Callable[[], Any]) -> float:
    """Return the median time of a run."""
    times = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def solve(name: str) -> Program:
    """Build a problem, differentiate it, and run it once."""
    loss, wrt = PROBLEMS[name][0]()
    program = Program([loss, *grad(loss, wrt)], exact)
    program()
    return program


def main() -> None:
    """Measure and print; with the name of a problem, only solve it."""
    if len(sys.argv) > 1:
        solve(sys.argv[1])
        return
    columns = f"{'nodes':>6} {'cold':>8} {'warm':>9} {'floats':>9} {'ratio':>7}"
    print(f"{'exact forward and backward':28} {columns}")
    for name, (build, promise) in PROBLEMS.items():
        begin = time.perf_counter()
        subprocess.run([sys.executable, __file__, name], check=True)
        cold = time.perf_counter() - begin
        loss, wrt = build()
        outputs = [loss, *grad(loss, wrt)]
        exactly, floats = Program(outputs, exact), Program(outputs, numpy, kernels=True)
        warm, peer = median(exactly), median(floats)
        kept = "kept" if warm <= promise and cold <= COLD else "BROKEN"
        print(
            f"{name:28} {len(exactly.order):6} {cold * 1e3:6.0f}ms {warm * 1e3:7.2f}ms {peer * 1e3:7.2f}ms "
            f"{warm / peer:6.1f}x   {promise * 1e3:g} ms warm, {COLD:g} s cold: {kept}"
        )


if __name__ == "__main__":
    main()
