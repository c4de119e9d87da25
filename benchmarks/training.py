"""Training steps of ours against the same training written by hand: in JAX with optax, in NumPy, in PyTorch.

A step picks a batch of 64 from 1792 rows; the loss, its gradients and Adam follow.  Both sides are measured
in turn within one run; printed are medians and their ratio, what is promised of it, and whether that is kept.
Before anything is measured, both train for some steps and must come to the same losses.

PyTorch runs in another process: in the interpreter that TRIPOS_TORCH_PYTHON names, or in this one's if torch
is installed here.  Arguments choose parts: benchmarks/training.py [jax] [torch] [numpy].
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # for both sides: small products wait for a second thread

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax_step import BATCH, CLASSES, cnn, lstm, mlp, transformer
from training_numpy import Training

from tripos import nets
from tripos.nets.initialisation import initialize
from tripos.nets.optim.first_order import Adam
from tripos.nets.train.engine import drawn, start_of
from tripos.nets.train.jax_engine import JaxEngine, step_of
from tripos.nets.train.numpy_engine import NumpyEngine
from tripos.nets.train.problem import Limits, Player, Problem, build

ROWS = 1792
STEPS = ROWS // BATCH
Clock = Callable[[], list[float]]
"""Takes some steps and returns the seconds of each."""


class System:
    """A network as our problem and as a loss by hand in JAX, with data, weights to start from and noise."""

    def __init__(self, name: str):
        self.name = name
        rng = np.random.default_rng(0)
        if name == "VAE":
            module, self.by_hand, shape = vae()
            self.columns = {"x": rng.random((ROWS, *shape))}
            loss: Any = lambda w, x: module.loss(x, weights=w)  # noqa: E731
        else:
            module, _, hand, shape = {"MLP": mlp, "CNN": cnn, "LSTM": lstm, "transformer": transformer}[
                name
            ]()
            self.by_hand = lambda w, x, t: hand(w, x, jax.nn.one_hot(t, CLASSES))
            self.columns = {"x": rng.random((ROWS, *shape)), "t": 1.0 * rng.integers(0, CLASSES, ROWS)}
            loss = nets.CrossEntropyLoss()
        shapes = {key: column.shape[1:] for key, column in self.columns.items()}
        self.problem: Problem = build(module, (Player(loss, Adam(lr=1e-3)),), shapes, BATCH, Limits())
        self.weights = {path: np.asarray(w) for path, w in initialize(module, 0).items()}
        self.order = rng.permutation(ROWS).reshape(STEPS, BATCH)
        self.noise = drawn(self.problem.noise, (STEPS, BATCH), rng)

    def own_columns(self) -> list[np.ndarray]:
        """Return the data as one would write it by hand: classes are whole numbers."""
        return [c.astype(np.int32) if key == "t" else c for key, c in self.columns.items()]


def vae() -> tuple[nets.VAE, Callable[..., Any], tuple[int, ...]]:
    """A variational auto-encoder 64-64-8-64-64 of bits; the loss is −ELBO."""

    def two(a: int, b: int, c: int) -> nets.Module:
        return nets.Sequential(nets.Linear(a, b), nets.ReLU(), nets.Linear(b, c))

    def by_hand(w: Any, x: Any, epsilon: Any) -> Any:
        h = jax.nn.relu(x @ w["encoder.0.weight"].T + w["encoder.0.bias"])
        mu, s = jnp.split(h @ w["encoder.2.weight"].T + w["encoder.2.bias"], 2, -1)
        z = mu + jnp.exp(s / 2) * epsilon
        h = jax.nn.relu(z @ w["decoder.0.weight"].T + w["decoder.0.bias"])
        a = h @ w["decoder.2.weight"].T + w["decoder.2.bias"]
        fit = jnp.sum(jnp.logaddexp(0, a) - x * a, -1)
        return jnp.mean(fit + jnp.sum(jnp.exp(s) + mu**2 - 1 - s, -1) / 2)

    return nets.VAE(two(64, 64, 16), two(8, 64, 64)), by_hand, (64,)


# -- JAX -------------------------------------------------------------------------------------------


def hand_step(loss: Callable[..., Any]) -> Any:
    """Return a training step with optax, as one writes it by hand."""
    optimizer = optax.adam(1e-3)

    def step(carry: Any, drawn: Any) -> Any:
        weights, state = carry
        found, slope = jax.value_and_grad(loss)(weights, *drawn)
        change, state = optimizer.update(slope, state, weights)
        return (optax.apply_updates(weights, change), state), found

    return step, optimizer.init


def hand_jax(system: System) -> tuple[Any, Any, Any, Any]:
    """Return one step and an epoch, both compiled, the state to start from, and the data on the device."""
    step, init = hand_step(system.by_hand)
    columns = tuple(map(jnp.asarray, system.own_columns()))

    def one(carry: Any, columns: Any, which: Any, noise: Any) -> Any:
        return step(carry, (*(c[which] for c in columns), *noise))

    def epoch(carry: Any, columns: Any, order: Any, noise: Any) -> Any:
        return jax.lax.scan(lambda carry, now: one(carry, columns, *now), carry, (order, noise))

    weights = {k: jnp.asarray(w) for k, w in system.weights.items()}
    compiled = (jax.jit(f, donate_argnums=0) for f in (one, epoch))
    return (*compiled, (weights, init(weights)), columns)


def our_step(system: System) -> Any:
    """Return one step of ours, compiled."""
    step = step_of(system.problem)
    return jax.jit(
        lambda carry, columns, which, noise: step(carry, tuple(c[which] for c in columns), noise),
        donate_argnums=0,
    )


def stepping(run: Any, carry: Any, columns: Any, system: System, count: int) -> Clock:
    """Return a clock of single steps, a batch after another."""
    kept = [carry]
    batches = [(which, tuple(part[i] for part in system.noise)) for i, which in enumerate(system.order)]
    at = [0]

    def clock() -> list[float]:
        found = []
        for _ in range(count):
            which, noise = batches[at[0] % STEPS]
            at[0] += 1
            begin = time.perf_counter()
            kept[0], loss = run(kept[0], columns, which, noise)
            jax.block_until_ready((kept[0], loss))
            found.append(time.perf_counter() - begin)
        return found

    return clock


def epochs(run: Any, carry: Any, columns: Any, system: System) -> Clock:
    """Return a clock of whole epochs, in seconds for a step."""
    kept = [carry]

    def clock() -> list[float]:
        begin = time.perf_counter()
        kept[0], losses = run(kept[0], columns, system.order, system.noise)
        np.asarray(losses)
        return [(time.perf_counter() - begin) / STEPS]

    return clock


def first(run: Any, *arguments: Any) -> tuple[Any, float]:
    """Return what a function gives when it is called for the first time, and its seconds."""
    jax.clear_caches()
    begin = time.perf_counter()
    found = jax.block_until_ready(run(*arguments))
    return found, time.perf_counter() - begin


def in_turn(clocks: Sequence[Clock], budget: float) -> list[float]:
    """Return the median of each clock, all of them called in turn until the time is over."""
    times: list[list[float]] = [[] for _ in clocks]
    for clock in clocks:
        clock()
    end = time.perf_counter() + budget
    while time.perf_counter() < end or len(times[0]) < 5:
        for seconds, clock in zip(times, clocks, strict=True):
            seconds.extend(clock())
    return [statistics.median(found) for found in times]


def line(name: str, ours: float, theirs: float, promise: float | None, faster: bool = False) -> None:
    """Print a row of a table: slower than theirs by at most, or faster by at least, what is promised."""
    ratio = theirs / ours if faster else ours / theirs
    told = "reported"
    if promise is not None:
        kept = ratio >= promise if faster else ratio <= promise
        told = f"{'at least' if faster else 'at most'} {promise}x: {'kept' if kept else 'BROKEN'}"
    print(f"{name:34} {ours * 1e6:8.0f}µs {theirs * 1e6:8.0f}µs {ratio:6.2f}x   {told}", flush=True)


def head(title: str, other: str, ratio: str) -> None:
    """Print the head of a table."""
    print(f"\n{title + ', per step':34} {'ours':>10} {other:>10} {ratio:>7}")


def jax_table(names: Sequence[str]) -> None:
    """Measure against JAX with optax."""
    head("JAX", "by hand", "ratio")
    compiling = []
    for name in names:
        system = System(name)
        engine = JaxEngine(system.problem)
        ours = engine.carry(system.weights, start_of(system.problem)), engine.columns(system.columns)
        one, epoch, carry, columns = hand_jax(system)
        order, noise = jnp.asarray(system.order), tuple(map(jnp.asarray, system.noise))
        (mine, losses), a = first(engine.steps, *ours, system.order, system.noise)
        (theirs, expected), b = first(epoch, carry, columns, order, noise)
        np.testing.assert_allclose(losses[:, 0], expected, rtol=2e-3)
        compiling.append((name, a, b))
        clocks = [epochs(engine.steps, mine, ours[1], system), epochs(epoch, theirs, columns, system)]
        line(f"{name}, epoch in one call", *in_turn(clocks, 4), 1.05)
        _, _, carry, _ = hand_jax(system)
        mine = engine.carry(system.weights, start_of(system.problem))
        clocks = [
            stepping(our_step(system), mine, ours[1], system, 1),
            stepping(one, carry, columns, system, 1),
        ]
        line(f"{name}, step by step", *in_turn(clocks, 4), 1.05)
    print("\nfirst epoch, compiling included")
    for name, a, b in compiling:
        print(f"{name:34} {a:8.2f} s {b:8.2f} s  {a / b:6.2f}x   reported")


# -- PyTorch ---------------------------------------------------------------------------------------


def torch_python() -> str | None:
    """Return an interpreter that has torch."""
    named = os.environ.get("TRIPOS_TORCH_PYTHON")
    return named or (sys.executable if find_spec("torch") else None)


def torch_table(names: Sequence[str]) -> None:
    """Measure against PyTorch, step by step, and our epochs in one call against the same steps."""
    python = torch_python()
    if python is None:
        print("\nPyTorch: skipped; it is not installed here, and TRIPOS_TORCH_PYTHON names no interpreter")
        return
    worker = subprocess.Popen(
        [python, str(Path(__file__).with_name("training_torch.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdin is not None
    assert worker.stdout is not None

    def asked(name: str, steps: int) -> list[float]:
        print(json.dumps({"network": name, "steps": steps}), file=worker.stdin, flush=True)
        found: list[float] = json.loads(worker.stdout.readline())  # type: ignore[union-attr]
        return found

    about = json.loads(worker.stdout.readline())
    head(f"PyTorch {about['version']}, {about['threads']} threads", "eager", "faster")
    for name in names:
        system = System(name)
        engine = JaxEngine(system.problem)
        start, columns = start_of(system.problem), engine.columns(system.columns)
        promise = name in ("MLP", "CNN")
        clocks = [
            stepping(our_step(system), engine.carry(system.weights, start), columns, system, 20),
            epochs(engine.steps, engine.carry(system.weights, start), columns, system),
            lambda name=name: asked(name, 20),
        ]
        step, epoch, theirs = in_turn(clocks, 5)
        line(f"{name}, step by step", step, theirs, 1.3 if promise else None, True)
        line(f"{name}, epoch in one call", epoch, theirs, 2 if promise else None, True)
    worker.stdin.close()
    worker.wait()


# -- NumPy -----------------------------------------------------------------------------------------


def numpy_table(names: Sequence[str]) -> None:
    """Measure against forward, backward and Adam by hand in NumPy."""
    head("NumPy", "by hand", "ratio")
    for name in names:
        system = System(name)
        engine = NumpyEngine(system.problem)
        columns, own = engine.columns(system.columns), system.own_columns()
        kept = [engine.carry(system.weights, start_of(system.problem))]
        training = Training(name, system.weights)
        kept[0], losses = engine.steps(kept[0], columns, system.order, system.noise)
        expected = [theirs_of(training, own, system, i) for i in range(STEPS)]
        np.testing.assert_allclose(losses[:, 0], expected, rtol=1e-9)
        count = [0]

        def mine(engine=engine, kept=kept, columns=columns, system=system, count=count) -> list[float]:
            i = count[0] = (count[0] + 1) % (STEPS - 2)
            part = slice(i, i + 2)
            begin = time.perf_counter()
            kept[0], _ = engine.steps(
                kept[0], columns, system.order[part], tuple(n[part] for n in system.noise)
            )
            return [(time.perf_counter() - begin) / 2]

        def theirs(training=training, own=own, system=system, count=count) -> list[float]:
            begin = time.perf_counter()
            for i in (count[0], count[0] + 1):
                theirs_of(training, own, system, i)
            return [(time.perf_counter() - begin) / 2]

        line(name, *in_turn([mine, theirs], 4), 1.2 if name in ("MLP", "CNN") else None)


def theirs_of(training: Training, columns: Sequence[np.ndarray], system: System, i: int) -> float:
    """Take a step by hand on a batch."""
    which = system.order[i]
    return training.step(*(c[which] for c in columns), *(part[i] for part in system.noise))


TABLES = {"jax": jax_table, "torch": torch_table, "numpy": numpy_table}
NETWORKS = ("MLP", "CNN", "LSTM", "transformer", "VAE")


def main() -> None:
    """Measure and print."""
    asked = [a for a in sys.argv[1:] if a in TABLES]
    names = [a for a in sys.argv[1:] if a in NETWORKS]
    for table in asked or TABLES:
        TABLES[table](names or NETWORKS)


if __name__ == "__main__":
    main()
