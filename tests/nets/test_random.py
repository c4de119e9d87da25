"""Every layer with random arguments, weights and inputs, against NumPy."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

import nets.layers_of_models
import nets.layers_of_sequences  # noqa: F401 (both add makers)
from nets.layers import MAKERS, Layer
from tripos import nets as public
from tripos.graph import Node, Program, constant, exact, grad, symbol
from tripos.graph import sum as total
from tripos.graph.node import free_symbols
from tripos.graph.spaces import exact as exact_space
from tripos.graph.spaces import numpy as numpy_space
from tripos.nets import Module, parameters

EXAMPLES = 20
MOST_EXACT = 14
"""Most numbers that what is evaluated exactly rests on."""


def every_layer() -> set[str]:
    found = {name: getattr(public, name) for name in public.__all__}
    return {n for n, v in found.items() if isinstance(v, type) and issubclass(v, Module) and v is not Module}


def test_every_layer_has_a_maker():
    assert set(MAKERS) == every_layer()


def values(rng: np.random.Generator, shape: tuple[int, ...], domain: str) -> np.ndarray:
    """Return random odd multiples of 1/2048, no two alike: at no kink, and short as exact values."""
    if domain.startswith("below"):
        return rng.integers(0, int(domain.split()[1]), shape).astype(float)
    inside = domain == "uniform"  # between 1/16 and 15/16
    odd = 2 * rng.permutation(880 if inside else 5000)[: int(np.prod(shape))] + 1
    return (odd + 128 if inside else odd - 5000).reshape(shape) / 2048


def nodes_of(output: Any) -> list[Node]:
    return [output] if isinstance(output, Node) else [node for part in output for node in nodes_of(part)]


class Built:
    """A layer's graph, and random values for all that it rests on."""

    def __init__(self, layer: Layer, seed: int):
        rng = np.random.default_rng(seed)
        self.inputs = [symbol(f"input {i}", shape) for i, (shape, _) in enumerate(layer.inputs)]
        self.weights = {path: symbol(path, shape) for path, shape in layer.module.state().items()}
        self.outputs = nodes_of((layer.call or layer.module)(*self.inputs, weights=self.weights))
        self.drawn = [values(rng, *given) for given in layer.inputs]
        self.known: dict[str, Any] = {
            path: values(rng, node.shape, "uniform" if "running_var" in path else "real")
            for path, node in self.weights.items()
        }

    @property
    def bindings(self) -> dict[Node, Any]:
        own = dict(zip(self.inputs, self.drawn, strict=True))
        return own | {node: self.known[path] for path, node in self.weights.items()}

    def run(self, nodes: list[Node], space: Any = numpy_space, **options: Any) -> list[np.ndarray]:
        return [np.asarray(v) for v in Program(nodes, space, **options)(self.bindings)]


def close(got: Any, want: Any, tolerance: float = 1e-9) -> None:
    assert np.shape(got) == np.shape(want)
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


def slope_is_that_of_the_gradient(built: Built, rng: np.random.Generator, real: int) -> None:
    """Along a random direction in one weight, or in one of the first ``real`` inputs."""
    free = free_symbols(built.outputs[0])
    leaves = [n for n in [*built.weights.values(), *built.inputs[:real]] if n in free]
    if not leaves:
        return
    leaf = leaves[int(rng.integers(len(leaves)))]
    y = built.outputs[0]
    loss = total(y * constant(rng.integers(1, 9, y.shape)))
    (gradient,) = built.run([grad(loss, leaf)], kernels=True)
    direction, h, start = rng.normal(size=leaf.shape), 1e-5, built.bindings
    program = Program([loss], numpy_space, kernels=True)
    ahead, behind = (program(start | {leaf: start[leaf] + s * h * direction})[0] for s in (1, -1))
    terms = gradient * direction
    assert abs((ahead - behind) / (2 * h) - terms.sum()) <= 1e-4 * (1 + np.abs(terms).sum())


@pytest.mark.parametrize("name", sorted(MAKERS))
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(data=st.data())
def test_layers_compute_what_pytorch_says(name, data):
    layer = MAKERS[name](data.draw)
    seed = data.draw(st.integers(0, 999))
    note(f"{layer.module} of {layer.inputs}")
    assert type(layer.module) is getattr(public, name)
    assert dict(layer.module.weights()) == layer.weights
    assert exact(parameters(layer.module)) == sum(int(np.prod(shape)) for shape in layer.weights.values())
    built = Built(layer, seed)
    want = layer.reference(built.known, *built.drawn)
    want = want if isinstance(want, list) else [want]
    assert [node.shape for node in built.outputs] == [np.shape(v) for v in want]
    for kernels in (True, False):
        for one, other in zip(built.run(built.outputs, kernels=kernels), want, strict=True):
            close(one, other)
    size = sum(int(np.prod(node.shape)) for node in built.bindings)
    if size <= MOST_EXACT:
        for one, other in zip(built.run(built.outputs, exact_space), want, strict=True):
            close(one.astype(float), other)
    if layer.smooth:
        real = 0 if layer.inputs[0][1].startswith("below") else 1
        slope_is_that_of_the_gradient(built, np.random.default_rng(seed), real)
