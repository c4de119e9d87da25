import jax
import jax.numpy as jnp
import numpy as np
import pytest
from graph.oracle import close

from tripos import nets
from tripos.graph import GraphError, Program, floats, grad, symbol, vector
from tripos.graph import sum as total
from tripos.graph.spaces import numpy as numpy_space


def drawn(module, seed=0):
    """Return random weights of a module: by path, and by symbol."""
    rng = np.random.default_rng(seed)
    by_path = {path: rng.normal(size=shape) for path, shape in module.weights().items()}
    symbols = module.symbols()
    return by_path, {symbols[path]: value for path, value in by_path.items()}


def evaluate(nodes, bindings):
    return Program(nodes, numpy_space, kernels=True)(bindings)


def test_a_residual_unit_adds_its_input():
    unit = nets.Residual(nets.MLP([3, 5, 3], nets.Tanh()))
    assert next(iter(unit.weights())) == "inner.layers.0.weight"
    weights, bindings = drawn(unit)
    x = np.array([1.0, -2.0, 0.5])
    (y,) = evaluate([unit(vector(1, -2, 0.5))], bindings)
    h = np.tanh(weights["inner.layers.0.weight"] @ x + weights["inner.layers.0.bias"])
    close(y, x + weights["inner.layers.1.weight"] @ h + weights["inner.layers.1.bias"])


def test_a_residual_mlp_is_that_of_jax():
    model = nets.ResidualMLP(3, 2, hidden=4, activation=nets.Tanh())
    assert model.weights()["blocks.1.inner.layers.0.weight"] == (4, 3)
    assert [str(s.name) for s in model.symbols().values()][:5] == [
        "W_1_1",
        "b_1_1",
        "W_1_2",
        "b_1_2",
        "W_2_1",
    ]
    weights, bindings = drawn(model)
    x = np.array([[1.0, -2.0, 0.5], [0.0, 1.0, 2.0]])

    def forward(weights):
        h = x
        for block in range(2):
            a, b, c, d = (
                weights[f"blocks.{block}.inner.layers.{layer}.{name}"]
                for layer in (0, 1)
                for name in ("weight", "bias")
            )
            h = h + jnp.tanh(h @ a.T + b) @ c.T + d
        return h

    with jax.enable_x64(True):
        value = np.asarray(forward(weights))
        want = jax.grad(lambda w: jnp.sum(forward(w) ** 2))(weights)
    inputs = symbol("x", (2, 3))
    y = model(inputs)
    symbols = model.symbols()
    got, *gradients = evaluate(
        [y, *grad(total(y**2), [symbols[path] for path in weights])], bindings | {inputs: x}
    )
    close(got, value)
    for path, found in zip(weights, gradients, strict=True):
        close(found, np.asarray(want[path]), 1e-10)


def test_the_identity_carries_gradients_past_dead_units():
    model = nets.ResidualMLP(2, 3)
    x = symbol("x", 2)
    zeros = {path: np.zeros(shape) for path, shape in model.weights().items()}
    L = total(model(x, weights=zeros))
    np.testing.assert_array_equal(floats(grad(L, x), x=[1, 2]), [1, 1])


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: nets.Residual(nets.ReLU), "write ReLU"),
        (lambda: nets.Residual(nets.Linear(2, 3))(symbol("x", 2)), "turns shape 2 into 3"),
        (lambda: nets.ResidualMLP(2, 0), "depth is a positive integer, .* found 0"),
        (lambda: nets.ResidualMLP(0, 2), "positive integer"),
        (lambda: nets.ResidualMLP(2, 2, hidden=-1), "positive integer"),
        (lambda: nets.ResidualMLP(2, 1)(symbol("x", 3)), "in_features = 2"),
    ],
)
def test_what_does_not_fit_is_refused(make, why):
    with pytest.raises(GraphError, match=why):
        make()
