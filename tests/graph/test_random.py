"""Every op on random shapes, attributes and values, against NumPy and SciPy, and against its own slopes."""

from collections.abc import Callable
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

import graph.draws_of_losses
import graph.draws_of_windows  # noqa: F401 (both add families)
from graph.draws import FAMILIES, OPS
from graph.oracle import Case, close, expected, fractions, inputs, real, run
from tripos.graph import Node, Program, constant, grad, schedule
from tripos.graph import sum as total
from tripos.graph.op import table
from tripos.graph.program import function
from tripos.graph.spaces import jax as jax_space
from tripos.graph.spaces import numpy as numpy_space

EXAMPLES = 20
MOST_EXACT = 12
"""Most entries of the inputs of what is evaluated exactly."""

TIES: dict[str, list[Fraction]] = {
    "real": [Fraction(k) for k in range(-2, 3)],
    "positive": [Fraction(k) for k in range(1, 4)],
    "probability": [Fraction(k, 4) for k in range(1, 4)],
}
"""Values that repeat, and that lie on kinks."""


def tied(case: Case, seed: int) -> list[np.ndarray]:
    """Return inputs among which there are ties and zeros."""
    rng, out = np.random.default_rng(seed), []
    for i, (x, shape) in enumerate(zip(inputs(case, seed), case.shapes, strict=True)):
        pool = TIES.get(case.domain(i))
        if pool is None:
            out.append(x)
        else:
            drawn = [pool[k] for k in rng.integers(len(pool), size=x.size)]
            out.append(np.array(drawn, object).reshape(shape))
    return out


def slope_of(f: Callable[[list[Any]], Any], values: list[Any], along: list[Any]) -> float:
    """Return the slope of a function along a direction, by five points."""
    h = 2e-5
    at = {s: f([v + s * h * d for v, d in zip(values, along, strict=True)]) for s in (-2, -1, 1, 2)}
    return float((8 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12 * h))


def directions(case: Case, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=s) if i in case.smooth else np.zeros(s) for i, s in enumerate(case.shapes)]


def along(gradients: list[np.ndarray], case: Case, direction: list[np.ndarray]) -> tuple[float, float]:
    """Return the slope that gradients foretell, and the size of what it is the sum of."""
    terms = [g * direction[i] for g, i in zip(gradients, case.smooth, strict=True)]
    return float(sum(t.sum() for t in terms)), float(sum(np.abs(t).sum() for t in terms))


def has_slope(f: Any, case: Case, values: Any, direction: Any, gradients: Any, tolerance: float) -> None:
    expected, scale = along(gradients, case, direction)
    found = slope_of(f, values, direction)
    assert abs(found - expected) <= tolerance * (1 + scale), (found, expected)


def value_agrees(case: Case, node: Node, symbols: list[Node], values: list[np.ndarray]) -> None:
    """The shape rule, the kernels and the textbook rule are NumPy's or SciPy's; exact values are those."""
    want = np.asarray(case.reference(*map(real, values)), dtype=float)
    assert node.shape == want.shape
    for space in ("kernels", "textbook"):
        close(run([node], symbols, values, space)[0], want, 1e-9)
    if sum(v.size for v in values) <= MOST_EXACT:
        close(run([node], symbols, values, "exact")[0], want, 1e-9)


def batches_agree(node: Node, symbols: list[Node], rows: list[list[np.ndarray]], which: list[bool]) -> None:
    """Batch axes in front of some inputs give what a loop gives."""
    rows = [
        [r if batched else rows[0][i] for i, (r, batched) in enumerate(zip(row, which, strict=True))]
        for row in rows
    ]
    batch = [
        np.stack(column) if batched else column[0]
        for column, batched in zip(zip(*rows, strict=True), which, strict=True)
    ]
    for space in ("kernels", "textbook"):
        loop = np.stack([run([node], symbols, row, space)[0] for row in rows])
        found = run([node], symbols, batch, space)[0]
        close(np.broadcast_to(found, loop.shape), loop, 1e-9)


def gradients_agree(case: Case, node: Node, symbols: list[Node], seed: int, orders: int) -> set[str]:
    """Gradients are slopes, to second order, in kernels and textbook alike; return their ops."""
    weights = fractions(np.random.default_rng(seed), node.shape, [Fraction(k, 8) for k in range(1, 400)])
    loss, wrt = total((node + node * node / 8) * constant(weights)), [symbols[i] for i in case.smooth]
    gradients = grad(loss, wrt)
    assert [g.shape for g in gradients] == [s.shape for s in wrt]
    exact_inputs = inputs(case, seed)
    values = [real(v) for v in exact_inputs]
    found = run(gradients, symbols, values)
    for one, other in zip(run(gradients, symbols, values, "textbook"), found, strict=True):
        close(one, other, 1e-8)
    ties = tied(case, seed)
    for one, other in zip(
        run(gradients, symbols, ties, "textbook"), run(gradients, symbols, ties), strict=True
    ):
        close(one, other, 1e-8)
    if sum(v.size for v in values) <= MOST_EXACT // 2:
        for one, other in zip(run(gradients, symbols, exact_inputs, "exact"), found, strict=True):
            close(one, other, 1e-8)
    has_slope(evaluated(loss, symbols), case, values, directions(case, seed + 1), found, 1e-6)
    used = {n.op.name for n in schedule(gradients)}
    if orders == 2:
        first = directions(case, seed + 2)
        slope = sum(
            (total(g * constant(first[i])) for g, i in zip(gradients, case.smooth, strict=True)), constant(0)
        )
        seconds = grad(slope, wrt)
        used |= {n.op.name for n in schedule(seconds)}
        found = run(seconds, symbols, values)
        has_slope(evaluated(slope, symbols), case, values, directions(case, seed + 3), found, 1e-5)
    return used


def evaluated(node: Node, symbols: list[Node]) -> Callable[[list[Any]], Any]:
    program = Program([node], numpy_space, kernels=True)
    return lambda values: program(dict(zip(symbols, values, strict=True)))[0]


@pytest.mark.parametrize("family", FAMILIES)
def test_random_uses_are_those_of_numpy_and_scipy(family):
    used: set[str] = set()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.data())
    def check(data: Any) -> None:
        case = FAMILIES[family](data.draw)
        seed, symbols = data.draw(st.integers(0, 999)), case.symbols
        node = case.build(*symbols)
        note(f"{node} of shapes {case.shapes} with {node.attrs}")
        used.update(n.op.name for n in schedule([node]))
        value_agrees(case, node, symbols, inputs(case, seed))
        value_agrees(case, node, symbols, tied(case, seed))
        which = [data.draw(st.booleans()) for _ in case.shapes]
        if any(which):
            batches_agree(node, symbols, [inputs(case, seed + k) for k in range(2)], which)
        if case.smooth and case.orders:
            orders = case.orders if data.draw(st.booleans()) else 1
            used.update(gradients_agree(case, node, symbols, seed, orders))

    check()
    assert set(OPS[family]) <= used


def test_every_op_is_drawn():
    named = {name for ops in OPS.values() for name in ops}
    assert named == {name for name, op in table.items() if ".ops." in op.forward.__module__}


# -- the cases of the ops' own tests, at random values ---------------------------------------------

INVERTING = ("solve", "inverse", "det", "logdet")
"""Ops of matrices that must not be singular; they are drawn so above."""

OWN = [
    case
    for path in sorted((Path(__file__).parent / "ops").glob("test_*.py"))
    for case in getattr(import_module(f"graph.ops.{path.stem}"), "CASES", [])
    if case.op not in INVERTING
]


@pytest.mark.parametrize("case", OWN, ids=str)
def test_other_values_of_fixed_uses(case):
    seed = 1
    symbols, values = case.symbols, inputs(case, seed)
    node, want = case.node, expected(case, seed)
    for space in ("kernels", "textbook"):
        close(run([node], symbols, values, space)[0], want, 1e-9)
    if sum(v.size for v in values) <= MOST_EXACT:
        close(run([node], symbols, values, "exact")[0], want, 1e-9)
    if case.smooth and case.orders:
        gradients_agree(case, node, symbols, seed, case.orders)


# -- in JAX ----------------------------------------------------------------------------------------

IN_JAX = [name for name, ops in OPS.items() if any(table[op].jax and not table[op].elementwise for op in ops)]


@pytest.mark.parametrize("family", IN_JAX)
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(data=st.data())
def test_code_for_jax_gives_the_same(family, data):
    case = FAMILIES[family](data.draw)
    seed, symbols = data.draw(st.integers(0, 999)), case.symbols
    node = case.build(*symbols)
    note(f"{node} of shapes {case.shapes} with {node.attrs}")
    wrt = [symbols[i] for i in case.smooth] if case.orders else []
    nodes = [node, *grad(total(node * node), wrt)]
    values = [real(v) for v in inputs(case, seed)]
    with jax.enable_x64(True):
        found = function(nodes, symbols, jax_space)(*map(jnp.asarray, values))
    for one, other in zip(found, run(nodes, symbols, values), strict=True):
        close(np.asarray(one), other, 1e-9)
