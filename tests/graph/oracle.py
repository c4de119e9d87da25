"""What the tests of the ops share: cases, inputs for them, and checks against code that is not ours."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tripos.graph import GraphError, Node, Program, constant, grad, symbol
from tripos.graph import sum as total
from tripos.graph.node import Shape
from tripos.graph.op import table
from tripos.graph.program import function
from tripos.graph.spaces import exact as exact_space
from tripos.graph.spaces import jax as jax_space
from tripos.graph.spaces import numpy as numpy_space

jax.config.update("jax_disable_most_optimizations", True)  # compiling takes longer than running

DOMAINS = {
    "real": [Fraction(k, 60) for k in range(-180, 180) if k % 60],
    "positive": [Fraction(k, 60) for k in range(1, 180) if k % 60],
    "probability": [Fraction(k, 97) for k in range(1, 97)],
    "size": [Fraction(k) for k in range(1, 20)],
    "mask": [Fraction(0), Fraction(1)] * 20,
}
"""The values inputs are drawn from, without repetition: none at a kink, no two in a tie."""

DISCRETE = ("size", "mask")


@dataclass(frozen=True, eq=False)
class Case:
    """One use of an op: ``build`` makes the node, ``reference`` computes the same with JAX.

    ``orders`` is how often the op can be differentiated.
    """

    op: str
    build: Callable[..., Node]
    reference: Callable[..., Any]
    shapes: tuple[Shape, ...]
    domains: tuple[str, ...] = ()
    orders: int = 2
    note: str = ""

    def __str__(self) -> str:
        return self.op + (f"-{self.note}" if self.note else "")

    def domain(self, i: int) -> str:
        return self.domains[i] if self.domains else "real"

    @property
    def symbols(self) -> list[Node]:
        return [symbol(f"x{i}", shape) for i, shape in enumerate(self.shapes)]

    @property
    def node(self) -> Node:
        return self.build(*self.symbols)

    @property
    def smooth(self) -> list[int]:
        """The inputs with respect to which there is a derivative."""
        return [i for i in range(len(self.shapes)) if self.domain(i) not in DISCRETE]


def fractions(rng: np.random.Generator, shape: Shape, pool: list[Fraction]) -> np.ndarray:
    """Return distinct fractions from ``pool``."""
    entries = np.empty(int(np.prod(shape)), dtype=object)
    entries[:] = [pool[k] for k in rng.permutation(len(pool))[: entries.size]]
    return entries.reshape(shape)


def inputs(case: Case, seed: int = 0) -> list[np.ndarray]:
    """Return exact inputs of a case; entries of one domain are distinct across all inputs."""
    rng = np.random.default_rng([seed, *map(ord, str(case))])
    out: dict[int, np.ndarray] = {}
    for name, pool in DOMAINS.items():
        which = [i for i in range(len(case.shapes)) if case.domain(i) == name]
        sizes = [int(np.prod(case.shapes[i])) for i in which]
        drawn = fractions(rng, (sum(sizes),), pool)
        for i, part in zip(which, np.split(drawn, np.cumsum(sizes)[:-1]) if which else [], strict=True):
            out[i] = part.reshape(case.shapes[i])
    return [out[i] for i in range(len(case.shapes))]


def real(values: Any) -> np.ndarray:
    """Return fractions or closed forms as float64."""
    return np.asarray([float(v) for v in np.ravel(values)]).reshape(np.shape(values))


def run(
    nodes: list[Node], symbols: list[Node], values: list[Any], space: Any = "kernels"
) -> list[np.ndarray]:
    """Return the values of nodes as float64: by kernels, by the textbook rules, or exactly."""
    program = Program(nodes, exact_space if space == "exact" else numpy_space, kernels=space == "kernels")
    return [real(v) for v in program(dict(zip(symbols, values, strict=True)))]


@cache
def expected(case: Case, seed: int = 0) -> np.ndarray:
    """Return what JAX computes in float64."""
    with jax.enable_x64(True):
        return np.asarray(case.reference(*(jnp.asarray(real(v)) for v in inputs(case, seed))))


def close(got: Any, want: Any, tolerance: float = 1e-11) -> None:
    """Assert that arrays agree in shape and value."""
    assert np.shape(got) == np.shape(want)
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


# -- checks ------------------------------------------------------------------------------------


def has_the_op(case: Case) -> None:
    assert case.node.op is table[case.op]


def shape_is_that_of_the_value(case: Case) -> None:
    assert case.node.shape == expected(case).shape


def textbook(case: Case) -> None:
    close(run([case.node], case.symbols, inputs(case), "textbook")[0], expected(case))


def kernel(case: Case) -> None:
    close(run([case.node], case.symbols, inputs(case), "kernels")[0], expected(case))


def exact(case: Case) -> None:
    close(run([case.node], case.symbols, inputs(case), "exact")[0], expected(case))


def in_jax(case: Case) -> None:
    """Compiled by JAX, the textbook rule and the op's own code for JAX give the same."""
    for kernels in (False, True):
        with jax.enable_x64(True):
            values = [jnp.asarray(real(v)) for v in inputs(case)]
            compiled = jax.jit(function([case.node], case.symbols, jax_space, kernels=kernels))
            close(np.asarray(compiled(*values)[0]), expected(case))


def gradient_by_jax(case: Case) -> None:
    """What jax.grad makes of the graph is what it makes of the reference."""
    loss, _ = weighted(case)
    run_loss = function([loss], case.symbols, jax_space)
    with jax.enable_x64(True):
        values = [jnp.asarray(real(v)) for v in inputs(case)]
        want = reference_gradients(case, *values)
        got = jax.grad(lambda *args: run_loss(*args)[0], tuple(case.smooth))(*values)
    for one, other in zip(got, want, strict=True):
        close(np.asarray(one), np.asarray(other), 1e-10)


def batches(case: Case) -> None:
    """A batch of inputs, all of them or only some, gives what a loop gives."""
    count = len(case.shapes)
    drawn = [inputs(case, seed) for seed in range(3)]
    for which in {tuple(range(count)), *((i,) for i in range(count))}:
        rows = [[drawn[b][i] if i in which else drawn[0][i] for i in range(count)] for b in range(3)]
        batch = [np.stack([r[i] for r in rows]) if i in which else rows[0][i] for i in range(count)]
        for space in ("kernels", "textbook", "exact"):
            loop = [run([case.node], case.symbols, row, space)[0] for row in rows]
            close(run([case.node], case.symbols, batch, space)[0], np.stack(loop))


def weighted(case: Case, seed: int = 7) -> tuple[Node, np.ndarray]:
    """Return a scalar that sums up the result with weights, and the weights."""
    weights = fractions(np.random.default_rng(seed), case.node.shape, DOMAINS["real"])
    return total(case.node * constant(weights)), real(weights)


def gradients(case: Case) -> list[Node]:
    loss, _ = weighted(case)
    return grad(loss, [case.symbols[i] for i in case.smooth])


def reference_gradients(case: Case, *values: Any) -> Any:
    """Return what JAX says about the gradients of ``weighted``, as a function of the inputs."""
    _, weights = weighted(case)

    def loss(*args: Any) -> Any:
        return jnp.sum(case.reference(*args) * weights)

    return jax.grad(loss, tuple(case.smooth))(*values)


def gradient(case: Case) -> None:
    with jax.enable_x64(True):
        want = reference_gradients(case, *(jnp.asarray(real(v)) for v in inputs(case)))
    nodes = gradients(case)
    assert [n.shape for n in nodes] == [case.shapes[i] for i in case.smooth]
    for space in ("kernels", "textbook", "exact"):
        for one, other in zip(run(nodes, case.symbols, inputs(case), space), want, strict=True):
            close(one, other, 1e-10)


def finite_differences(case: Case) -> None:
    """The slope along a random direction is the gradient's product with the direction."""
    loss, _ = weighted(case)
    values, rng, h = [real(v) for v in inputs(case)], np.random.default_rng(3), 1e-5
    step = [rng.normal(size=v.shape) if i in case.smooth else 0 * v for i, v in enumerate(values)]
    ahead, behind = (
        run([loss], case.symbols, [v + s * h * d for v, d in zip(values, step, strict=True)])[0]
        for s in (1, -1)
    )
    slopes = run(gradients(case), case.symbols, values)
    slope = sum((slopes[k] * step[i]).sum() for k, i in enumerate(case.smooth))
    close((ahead - behind) / (2 * h), slope, 1e-6)


def second_order(case: Case) -> None:
    """The gradient of the gradient's product with a direction is JAX's."""
    rng = np.random.default_rng(5)
    along = [fractions(rng, case.shapes[i], DOMAINS["real"]) for i in case.smooth]
    slope: Any = 0
    for node, direction in zip(gradients(case), along, strict=True):
        slope = total(node * constant(direction)) + slope
    nodes = grad(slope, [case.symbols[i] for i in case.smooth])

    def reference(*args: Any) -> Any:
        pairs = zip(reference_gradients(case, *args), along, strict=True)
        return sum(jnp.sum(g * real(d)) for g, d in pairs)

    with jax.enable_x64(True):
        values = [jnp.asarray(real(v)) for v in inputs(case)]
        want = jax.grad(reference, tuple(case.smooth))(*values)
    for one, other in zip(run(nodes, case.symbols, inputs(case)), want, strict=True):
        close(one, other, 1e-9)


def never_falls(case: Case) -> None:
    """An op declared increasing does not fall when any of its arguments rises."""
    low = [real(v) for v in inputs(case)]
    rng = np.random.default_rng(11)
    for i, v in enumerate(low):
        for scale in (1e-3, 1.0, 10.0):
            high = [u + scale * rng.random(u.shape) if k == i else u for k, u in enumerate(low)]
            assert (
                run([case.node], case.symbols, high)[0] >= run([case.node], case.symbols, low)[0]
            ).all(), (i, v)


def slips_change_the_value(case: Case) -> None:
    """A modelled mistake is a graph of its own that gives something else, wherever it can be made."""
    node = case.node
    (right,) = run([node], case.symbols, inputs(case))
    for name, slip in node.op.slips.items():
        try:
            slipped = slip(*node.args, **dict(node.attrs))
        except GraphError:
            continue
        (wrong,) = run([slipped], case.symbols, inputs(case))
        assert wrong.shape != right.shape or not np.allclose(wrong, right), name


def _checks(case: Case) -> Iterator[Callable[[Case], None]]:
    op = table[case.op]
    yield from (has_the_op, shape_is_that_of_the_value, textbook, exact)
    if not op.static:
        yield in_jax
    if op.kernel is not None:
        yield kernel
    if case.shapes:
        yield batches
    if case.orders >= 1 and case.smooth:
        yield from (gradient, finite_differences)
        if not op.static:
            yield gradient_by_jax
    if case.orders >= 2 and case.smooth:
        yield second_order
    if op.increasing and case.shapes:
        yield never_falls
    if op.slips:
        yield slips_change_the_value


def checks(cases: list[Case]) -> list[Any]:
    """Return the parameters (check, case) of a test of every case by every check that applies."""
    return [
        pytest.param(check, case, id=f"{case}-{check.__name__}") for case in cases for check in _checks(case)
    ]


def all_cases() -> list[Case]:
    """Return the cases of all families of ops."""
    families = sorted(p.stem for p in (Path(__file__).parent / "ops").glob("test_*.py"))
    modules = [import_module(f"graph.ops.{family}") for family in families]
    return [case for module in modules for case in getattr(module, "CASES", [])]
