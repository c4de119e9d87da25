import jax
import jax.numpy as jnp
import numpy as np
import pytest
from graph.oracle import close
from sklearn import linear_model

from tripos import nets
from tripos.graph import GraphError, Program, exact, floats, grad, matrix, mse, nll, size, symbol, vector
from tripos.graph import sum as total
from tripos.graph.compare import compare
from tripos.graph.node import free_symbols
from tripos.graph.spaces import numpy as numpy_space

ACTIVATIONS = [
    (nets.ReLU(), jax.nn.relu),
    (nets.Tanh(), jnp.tanh),
    (nets.Sigmoid(), jax.nn.sigmoid),
    (nets.LeakyReLU(), jax.nn.leaky_relu),
    (nets.ELU(), jax.nn.elu),
    (nets.GELU(), lambda z: jax.nn.gelu(z, approximate=False)),
    (nets.SiLU(), jax.nn.silu),
    (nets.Softplus(), jax.nn.softplus),
    (nets.Softsign(), jax.nn.soft_sign),
    (nets.HardThreshold(), lambda z: jnp.where(z >= 0, 1.0, 0.0)),
    (nets.Identity(), lambda z: z),
]


def drawn(module, seed=0):
    """Return random weights of a module: by path, and by symbol."""
    rng = np.random.default_rng(seed)
    by_path = {path: rng.normal(size=shape) for path, shape in module.weights().items()}
    symbols = module.symbols()
    return by_path, {symbols[path]: value for path, value in by_path.items()}


def evaluate(nodes, bindings):
    return Program(nodes, numpy_space, kernels=True)(bindings)


# -- units and regressions -------------------------------------------------------------------------


@pytest.mark.parametrize("lead", [(), (3,), (2, 3)])
def test_a_unit_scores_each_example(lead):
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(*lead, 4)), rng.normal(size=4), 0.5
    unit = nets.LogisticRegression(4)
    assert unit.weights() == {"weight": (4,), "bias": ()}
    close(floats(unit.score(symbol("x", x.shape)), x=x, w=w, b=b), x @ w + b)
    close(floats(unit(symbol("x", x.shape)), x=x, w=w, b=b), 1 / (1 + np.exp(-(x @ w + b))))
    bare = nets.Perceptron(4, bias=False)(symbol("x", x.shape))
    assert {s.name for s in free_symbols(bare)} == {"x", "w"}
    np.testing.assert_array_equal(floats(bare, x=x, w=w), x @ w > 0)


def test_logistic_regression_is_that_of_scikit_learn():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(40, 3))
    y = (X @ [1, -2, 0.5] + rng.normal(size=40) > 0).astype(int)
    model = linear_model.LogisticRegression().fit(X, y)
    p = nets.LogisticRegression(3)(symbol("x", (40, 3)))
    close(floats(p, x=X, w=model.coef_[0], b=model.intercept_[0]), model.predict_proba(X)[:, 1])


def test_softmax_regression_is_that_of_scikit_learn():
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(60, 3)), rng.integers(0, 4, 60)
    model = linear_model.LogisticRegression().fit(X, y)
    p = nets.SoftmaxRegression(3, 4)(symbol("x", (60, 3)))
    close(floats(p, x=X, W=model.coef_, b=model.intercept_), model.predict_proba(X))


@pytest.mark.parametrize("label", [1, -1])
def test_the_gradient_of_logistic_regression_is_p_minus_y_times_x(label):
    unit = nets.LogisticRegression(3)
    x, w, b = symbol("x", 3), *unit.symbols().values()
    rng = np.random.default_rng(3)
    values = {"x": rng.normal(size=3), "w": rng.normal(size=3), "b": 0.25}
    L = nll(unit(x, weights={"weight": w, "bias": b}), label)

    def loss(w, b):
        return -jnp.log(jax.nn.sigmoid(label * (w @ values["x"] + b)))

    with jax.enable_x64(True):
        want = jax.grad(loss, (0, 1))(values["w"], values["b"])
    for got, other in zip(grad(L, [w, b]), want, strict=True):
        close(floats(got, **{k: v for k, v in values.items() if k in _names(got)}), other)
    p = 1 / (1 + np.exp(-(values["w"] @ values["x"] + values["b"])))
    close(floats(grad(L, w), **values), (p - (label == 1)) * values["x"])


def _names(node):
    return {str(s.name) for s in free_symbols(node)}


def test_the_gradient_of_softmax_regression_is_p_minus_y_times_x():
    model = nets.SoftmaxRegression(2, 3)
    x, (W, b) = symbol("x", 2), model.symbols().values()
    rng = np.random.default_rng(4)
    values = {"x": rng.normal(size=2), "W": rng.normal(size=(3, 2)), "b": rng.normal(size=3)}
    L = nll(model(x, weights={"weight": W, "bias": b}), 1)
    z = values["W"] @ values["x"] + values["b"]
    p = np.exp(z) / np.exp(z).sum()
    close(floats(L, **values), -np.log(p[1]))
    close(floats(grad(L, W), **values), np.outer(p - [0, 1, 0], values["x"]))
    close(floats(grad(L, b), **values), p - [0, 1, 0])


@pytest.mark.parametrize(
    "make",
    [
        lambda: nets.LogisticRegression(0),
        lambda: nets.Perceptron(-1),
        lambda: nets.Perceptron(2.5),
        lambda: nets.SoftmaxRegression(3, 0),
    ],
)
def test_sizes_are_positive_integers(make):
    with pytest.raises(GraphError, match="a size is a positive integer"):
        make()


@pytest.mark.parametrize("shape", [(3,), (2, 3), ()])
def test_an_input_that_does_not_fit_a_unit_is_refused(shape):
    with pytest.raises(GraphError, match=r"LogisticRegression: the input has shape .* in_features = 2"):
        nets.LogisticRegression(2)(symbol("x", shape))


# -- MLPs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("activation", "reference"), ACTIVATIONS, ids=lambda a: type(a).__name__)
def test_an_mlp_is_that_of_jax(activation, reference):
    mlp = nets.MLP([3, 4, 2, 2], activation)
    weights, bindings = drawn(mlp)
    x, target = np.random.default_rng(9).normal(size=(5, 3)), np.random.default_rng(8).normal(size=(5, 2))

    def forward(weights, x):
        h = x
        for k in range(3):
            z = h @ weights[f"layers.{k}.weight"].T + weights[f"layers.{k}.bias"]
            h = reference(z) if k < 2 else z
        return h

    inputs = symbol("x", (5, 3))
    y = mlp(inputs)
    L = total((y - symbol("t", (5, 2))) ** 2)
    with jax.enable_x64(True):
        want = jax.grad(lambda w: jnp.sum((forward(w, x) - target) ** 2))(weights)
        value = np.asarray(forward(weights, x))
    bindings |= {inputs: x, symbol("t", (5, 2)): target}
    symbols = mlp.symbols()
    got, *gradients = evaluate([y, *grad(L, [symbols[path] for path in weights])], bindings)
    close(got, value)
    for path, found in zip(weights, gradients, strict=True):
        close(found, np.asarray(want[path]), 1e-10)


def test_weights_are_called_as_in_pytorch_and_written_as_in_textbooks():
    mlp = nets.MLP([2, 3, 1], output=nets.Sigmoid())
    assert mlp.weights() == {
        "layers.0.weight": (3, 2),
        "layers.0.bias": (3,),
        "layers.1.weight": (1, 3),
        "layers.1.bias": (1,),
    }
    assert [str(s.name) for s in mlp.symbols().values()] == ["W_1", "b_1", "W_2", "b_2"]
    assert nets.MLP([2, 3], bias=False).weights() == {"layers.0.weight": (3, 2)}


def test_the_output_may_have_an_activation_of_its_own():
    mlp = nets.MLP([2, 3, 3], nets.Tanh(), output=nets.Softmax())
    _, bindings = drawn(mlp)
    (p,) = evaluate([mlp(vector(1, 2))], bindings)
    assert p.min() > 0
    close(p.sum(), 1.0)


def test_nothing_reaches_the_weights_before_a_hard_threshold():
    mlp = nets.MLP([2, 3, 1], nets.HardThreshold())
    W_1, b_1, _, b_2 = mlp.symbols().values()
    L = total((mlp(vector(1, 2)) - 1) ** 2)
    for hidden in (W_1, b_1):
        assert all(entry == 0 for entry in exact(grad(L, hidden)).ravel())
    _, bindings = drawn(mlp, 5)
    (slope,) = evaluate([grad(L, b_2)], bindings)
    assert np.abs(slope).max() > 0


def test_sizes_may_be_symbols():
    d, k = size("d k")
    y = nets.MLP([d, k, 1])(symbol("x", d))
    assert y.shape == (1,)
    count = nets.parameters(nets.MLP([d, k, 1]))
    assert floats(count, d=7, k=3) == 7 * 3 + 3 + 3 + 1


def test_an_mlp_may_be_part_of_a_sequence():
    model = nets.Sequential(nets.Linear(2, 3), nets.MLP([3, 4, 1]))
    assert set(model.weights()) == {
        "0.weight",
        "0.bias",
        "1.layers.0.weight",
        "1.layers.0.bias",
        "1.layers.1.weight",
        "1.layers.1.bias",
    }
    weights, bindings = drawn(model)
    h = weights["0.weight"] @ [1, 2] + weights["0.bias"]
    h = np.maximum(weights["1.layers.0.weight"] @ h + weights["1.layers.0.bias"], 0)
    (y,) = evaluate([model(vector(1, 2))], bindings)
    close(y, weights["1.layers.1.weight"] @ h + weights["1.layers.1.bias"])


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: nets.MLP([3]), "expected the sizes"),
        (lambda: nets.MLP(3), "expected the sizes"),
        (lambda: nets.MLP([3, 0]), "positive integer"),
        (lambda: nets.MLP([3, 2], nets.ReLU), "write ReLU"),
        (lambda: nets.MLP([3, 2], output=nets.Sigmoid), "write ReLU"),
        (lambda: nets.MLP([3, 2])(symbol("x", 4)), "in_features = 3"),
        (lambda: nets.collapse(nets.MLP([2, 3, 1])), "ReLU is not linear"),
        (lambda: nets.collapse(nets.Sequential(nets.Identity())), "no Linear layer"),
        (lambda: nets.collapse(nets.Sequential(nets.Linear(2, 3), nets.Linear(2, 3))), "do not fit"),
    ],
)
def test_what_does_not_fit_is_refused(make, why):
    with pytest.raises(GraphError, match=why):
        make()


# -- linear networks -------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [False, True])
def test_a_linear_network_collapses_to_one_layer(bias):
    network = nets.linear_network([3, 4, 2, 2], bias=bias)
    W, b = nets.collapse(network)
    assert (b is not None) is bias
    x = symbol("x", 3)
    one = network(x)
    assert compare(one, W @ x if b is None else W @ x + b).same
    weights, bindings = drawn(network)
    (product,) = evaluate([W], bindings)
    close(product, np.linalg.multi_dot([weights[f"layers.{k}.weight"] for k in (2, 1, 0)]))


def test_a_sequence_of_linear_layers_collapses_as_well():
    network = nets.Sequential(nets.Linear(3, 2, bias=False), nets.Identity(), nets.Linear(2, 2))
    W, b = nets.collapse(network, weights={"0.weight": [[1, 2, 3], [4, 5, 6]]})
    assert b is not None
    assert compare(W, symbol("W_2", (2, 2)) @ matrix("1 2 3; 4 5 6")).same
    assert compare(b, symbol("b_2", 2)).same


def test_a_linear_network_learns_otherwise_than_the_layer_it_collapses_to():
    """To first order a step of the factors moves the product by −η (W₂ W₂ᵀ G + G W₁ᵀ W₁) (Saxe et al.)."""
    network = nets.linear_network([3, 2, 2])
    weights, bindings = drawn(network, 7)
    x, t = vector(1, -2, 3), vector(1, 0)
    W_1, W_2 = network.symbols().values()
    W = symbol("W", (2, 3))
    G_1, G_2 = evaluate(grad(mse(network(x), t), [W_1, W_2]), bindings)
    one, two = weights["layers.0.weight"], weights["layers.1.weight"]
    (G,) = evaluate([grad(mse(W @ x, t), W)], {W: two @ one})
    close(G_1, two.T @ G)
    close(G_2, G @ one.T)
    eta = 1e-6
    moved = ((two - eta * G_2) @ (one - eta * G_1) - two @ one) / -eta
    close(moved, two @ two.T @ G + G @ one.T @ one, 1e-4)
    assert np.abs(moved - G).max() > 0.1
