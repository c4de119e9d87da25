import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from tripos.graph import GraphError, constant, exact, floats, grad, size, symbol
from tripos.graph import sum as total
from tripos.graph.node import free_symbols
from tripos.graph.program import function
from tripos.graph.spaces import jax as jax_space
from tripos.nets import (
    BatchNorm1d,
    BatchNorm2d,
    LayerNorm,
    Linear,
    RMSNorm,
    Sequential,
    parameters,
    running_statistics,
    training,
)


def drawn(module, seed=0):
    """Random weights and buffers by path, variances positive."""
    rng = np.random.default_rng(seed)
    return {
        path: np.abs(rng.normal(size=shape)) + 0.1 if path.endswith("var") else rng.normal(size=shape)
        for path, shape in module.state().items()
    }


def value(node, x, **more):
    return floats(node, x=x, **more) if "x" in {s.name for s in free_symbols(node)} else floats(node)


@settings(max_examples=25, deadline=None)
@given(
    lead=st.lists(st.integers(1, 3), max_size=2),
    own=st.lists(st.integers(2, 4), min_size=1, max_size=2),
    seed=st.integers(0, 99),
)
def test_layer_norm_is_that_of_jax_over_the_last_axes(lead, own, seed):
    layer = LayerNorm(tuple(own))
    w, x = drawn(layer, seed), np.random.default_rng(seed).normal(2, 3, size=(*lead, *own))
    node = layer(symbol("x", x.shape), weights=w)
    with jax.enable_x64(True):
        axes = tuple(range(-len(own), 0))
        want = w["weight"] * jax.nn.standardize(jnp.asarray(x), axes, epsilon=1e-5) + w["bias"]
    assert node.shape == x.shape
    np.testing.assert_allclose(value(node, x), want, rtol=1e-9, atol=1e-11)


def test_layer_norm_takes_batches_in_front():
    layer = LayerNorm(3)
    x = np.random.default_rng(0).normal(size=(4, 3))
    node = layer(symbol("x", 3), weights=drawn(layer))
    np.testing.assert_allclose(value(node, x), np.stack([value(node, row) for row in x]))


@pytest.mark.parametrize(
    ("layer", "names"),
    [
        (LayerNorm(3), {"x", "gamma", "beta"}),
        (LayerNorm(3, bias=False), {"x", "gamma"}),
        (LayerNorm(3, elementwise_affine=False), {"x"}),
        (RMSNorm(3), {"x", "gamma"}),
        (RMSNorm(3, elementwise_affine=False), {"x"}),
        (BatchNorm1d(3), {"x", "gamma", "beta", "mu", "v"}),
        (BatchNorm1d(3, affine=False), {"x", "mu", "v"}),
        (BatchNorm1d(3, track_running_stats=False), {"x", "gamma", "beta"}),
    ],
)
def test_weights_are_called_by_the_letters_of_the_papers(layer, names):
    assert {s.name for s in free_symbols(layer(symbol("x", (2, 3))))} == names


def test_weights_have_the_names_of_pytorch():
    assert LayerNorm((2, 3)).weights() == {"weight": (2, 3), "bias": (2, 3)}
    assert BatchNorm2d(4).state() == {
        "weight": (4,),
        "bias": (4,),
        "running_mean": (4,),
        "running_var": (4,),
        "num_batches_tracked": (),
    }
    d = size("d")
    assert floats(parameters(LayerNorm(d), BatchNorm2d(d), RMSNorm(d)), d=5) == 25


@pytest.mark.parametrize("eps", [None, 1e-3])
def test_rms_norm_divides_by_the_root_mean_square(eps):
    layer = RMSNorm((2, 3), eps=eps)
    w, x = drawn(layer), np.random.default_rng(1).normal(size=(4, 2, 3))
    want = w["weight"] * x / np.sqrt((x**2).mean((-2, -1), keepdims=True) + (eps or 0))
    np.testing.assert_allclose(value(layer(symbol("x", x.shape), weights=w), x), want)


LAYERS = [
    (BatchNorm1d(3), (5, 3), (0,), (3,)),
    (BatchNorm1d(3), (2, 3, 4), (0, 2), (3, 1)),
    (BatchNorm2d(2), (3, 2, 2, 4), (0, 2, 3), (2, 1, 1)),
]


@pytest.mark.parametrize(("layer", "shape", "axes", "wide"), LAYERS)
def test_batch_norm_in_training_takes_the_statistics_of_its_batch(layer, shape, axes, wide):
    w, x = drawn(layer), np.random.default_rng(2).normal(1, 2, size=shape)
    weights = {name: w[name] for name in ("weight", "bias")}
    with training():
        node = layer(symbol("x", shape), weights=weights)
    assert {s.name for s in free_symbols(node)} == {"x"}
    loss = total(node * constant(np.random.default_rng(3).integers(-5, 5, size=shape)))
    c = np.random.default_rng(3).integers(-5, 5, size=shape)

    def reference(x):
        y = jax.nn.standardize(x, axes, epsilon=1e-5)
        return w["weight"].reshape(wide) * y + w["bias"].reshape(wide)

    with jax.enable_x64(True):
        want, slope = reference(jnp.asarray(x)), jax.grad(lambda x: (reference(x) * c).sum())(jnp.asarray(x))
        compiled = jax.jit(function([node], [symbol("x", shape)], jax_space))(jnp.asarray(x))[0]
    np.testing.assert_allclose(value(node, x), want, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(compiled, want, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(floats(grad(loss, symbol("x", shape)), x=x), slope, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(("layer", "shape", "axes", "wide"), LAYERS)
def test_batch_norm_otherwise_takes_the_running_statistics(layer, shape, axes, wide):
    w, x = drawn(layer), np.random.default_rng(4).normal(size=shape)
    gamma, beta, mu, v = (w[n].reshape(wide) for n in ("weight", "bias", "running_mean", "running_var"))
    want = gamma * (x - mu) / np.sqrt(v + 1e-5) + beta
    np.testing.assert_allclose(value(layer(symbol("x", shape), weights=w), x), want)
    if len(shape) != 3:  # C×L would be read as N×C
        single = layer(symbol("x", shape[1:]), weights=w)
        np.testing.assert_allclose(value(single, x), want)


def test_without_running_statistics_the_batch_gives_them_always():
    layer = BatchNorm1d(2, affine=False, track_running_stats=False, eps=0)
    x = np.random.default_rng(5).normal(size=(6, 2))
    node = layer(symbol("x", x.shape))
    np.testing.assert_allclose(value(node, x), StandardScaler().fit_transform(x))
    assert layer.state() == {}


@pytest.mark.parametrize("momentum", [0.1, None])
def test_running_statistics_move_towards_those_of_the_batch(momentum):
    """Three steps by the rule in PyTorch's documentation; momentum None is the plain average."""
    layer = BatchNorm2d(2, momentum=momentum)
    rng = np.random.default_rng(6)
    state = {"running_mean": np.zeros(2), "running_var": np.ones(2), "num_batches_tracked": 0}
    mu, v = np.zeros(2), np.ones(2)
    for step in range(3):
        x = rng.normal(3, 2, size=(4, 2, 3, 2))
        after = layer.updated(state, symbol("x", x.shape))
        state = {name: value(node, x) for name, node in after.items()}
        share = 1 / (step + 1) if momentum is None else momentum
        mu = (1 - share) * mu + share * x.mean((0, 2, 3))
        v = (1 - share) * v + share * x.var((0, 2, 3), ddof=1)
        np.testing.assert_allclose(state["running_mean"], mu)
        np.testing.assert_allclose(state["running_var"], v)
        assert state["num_batches_tracked"] == step + 1


def test_running_statistics_of_a_network_are_collected_by_path():
    net = Sequential(BatchNorm1d(3), Linear(3, 2), BatchNorm1d(2))
    w, x = drawn(net), np.random.default_rng(7).normal(size=(5, 3))
    after = running_statistics(net, symbol("x", x.shape), weights=w)
    assert after.keys() == {p for p in net.state() if "running" in p or "tracked" in p}
    h = w["0.weight"] * (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5) + w["0.bias"]
    h = h @ w["1.weight"].T + w["1.bias"]
    np.testing.assert_allclose(value(after["2.running_mean"], x), 0.9 * w["2.running_mean"] + 0.1 * h.mean(0))
    np.testing.assert_allclose(
        value(after["2.running_var"], x), 0.9 * w["2.running_var"] + 0.1 * h.var(0, ddof=1)
    )


def test_a_layer_that_is_used_twice_counts_two_batches():
    shared = BatchNorm1d(1)

    class Twice(Sequential):
        def forward(self, w, x):
            return super().forward(w, super().forward(w, x))

    after = running_statistics(Twice(shared), symbol("x", (2, 1)), weights={"0.num_batches_tracked": 4})
    assert exact(after["0.num_batches_tracked"]) == 6


def test_exact_values_by_hand():
    """Batch 1, 3: mean 2, variance 1, unbiased 2; so −1 and 1, times 3, plus 1."""
    layer = BatchNorm1d(1, eps=0)
    x = constant([[1], [3]])
    with training():
        y = layer(x, weights={"weight": [3], "bias": [1]})
    assert exact(y).tolist() == [[-2], [4]]
    after = layer.updated({"running_mean": [0], "running_var": [1], "num_batches_tracked": 0}, x)
    assert [str(exact(n).item()) for n in after.values()] == ["1/5", "11/10", "1"]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: LayerNorm(3)(symbol("x", (2, 4))), r"^LayerNorm: .* shape 2×4, .* normalized_shape = 3"),
        (lambda: LayerNorm((2, 3))(symbol("x", 3)), r"^LayerNorm: .* shape 3, .* normalized_shape = 2×3"),
        (lambda: RMSNorm(3)(symbol("x")), r"^RMSNorm: .* shape scalar"),
        (lambda: LayerNorm(0), r"^LayerNorm: a size is a positive integer .* found 0 as normalized_"),
        (lambda: LayerNorm(()), r"^LayerNorm: a size is .* found \(\) as normalized_shape"),
        (lambda: LayerNorm(3, eps=-1), r"^LayerNorm: eps is a number that is not negative"),
        (lambda: BatchNorm1d(-2), r"^BatchNorm1d: a size is a positive integer .* found -2 as num_fea"),
        (lambda: BatchNorm1d(2, momentum=2), r"^BatchNorm1d: momentum lies between 0 and 1"),
        (lambda: BatchNorm1d(3)(symbol("x", (5, 2))), r"^BatchNorm1d: .* shape 5×2, .* num_features = 3"),
        (lambda: BatchNorm2d(3)(symbol("x", (3, 3))), r"^BatchNorm2d: .* must be N×C×H×W"),
        (lambda: trained(BatchNorm1d(3), (3,)), r"^BatchNorm1d: the statistics are those of a batch"),
        (lambda: trained(BatchNorm1d(3), (1, 3)), r"^BatchNorm1d: a batch of shape 1×3 has one value"),
        (lambda: trained(BatchNorm2d(3), (3, 2, 2)), r"^BatchNorm2d: the statistics .* N×C×H×W"),
    ],
)
def test_what_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build()


def trained(layer, shape):
    with training():
        return layer(symbol("x", shape))
