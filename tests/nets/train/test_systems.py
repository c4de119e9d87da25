"""Every system that no recipe trains learns: what is left of its error is a small share of that of guessing.

The tables are in ``systems``; docs/systems.yaml says which row of docs/systems.md each of them trains.
"""

import numpy as np
import pytest

from tripos import nets

from .systems import generative, layers, learning, sequences

TABLES = (layers.SYSTEMS, sequences.SYSTEMS, generative.SYSTEMS, learning.SYSTEMS)
SYSTEMS = {name: make for table in TABLES for name, make in table.items()}


@pytest.mark.parametrize("name", SYSTEMS)
def test_it_learns(name):
    system = SYSTEMS[name]()
    _, left = system.trained("numpy")
    assert left <= system.most


@pytest.mark.parametrize(
    "name", ["MLP with Tanh", "groups", "planar flow", "VAE with relaxed classes", "multi-class hinge"]
)
def test_it_learns_under_jax(name):
    system = SYSTEMS[name]()
    _, left = system.trained("jax")
    assert left <= system.most


def test_names_are_not_used_twice():
    assert len(SYSTEMS) == sum(map(len, TABLES))


# -- what an error alone does not show -------------------------------------------------------------


def test_of_a_network_with_hard_thresholds_only_the_output_layer_learns():
    system = layers.hard_threshold()
    run, _ = system.trained("numpy")
    start = nets.initialize(system.model, 0)
    moved = {path for path, w in run.weights.items() if not np.array_equal(w, start[path])}
    assert moved == {"layers.1.weight", "layers.1.bias"}


def code_of(run, x):
    return run.apply(lambda w, x: run.model.encode(x, weights=w), x)


def test_a_penalty_on_its_size_makes_a_code_small():
    """Of a penalty Σ|h| the first entries to go are the small ones: what remains is nearer to 0."""
    x = layers.load("digits").test.columns["x"]
    free, paying = (code_of(generative.sparse(c).trained("numpy")[0], x) for c in (0, 1e-3))
    assert np.abs(paying).mean() < 0.6 * np.abs(free).mean()
    assert np.mean(paying == 0) > np.mean(free == 0)


def test_a_penalty_on_how_often_units_are_on_brings_that_to_the_rate():
    """The mean of each unit over the digits is near ρ = 0.1, though activations for single digits differ."""
    x = layers.load("digits").test.columns["x"]
    run, _ = generative.sparse(0.02, 0.1, epochs=30).trained("numpy")
    h = code_of(run, x)
    np.testing.assert_allclose(h.mean(axis=0), 0.1, atol=0.05)
    assert h.std(axis=0).mean() > 0.05
