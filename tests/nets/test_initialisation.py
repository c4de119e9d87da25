import jax
import numpy as np
import pytest
from graph.oracle import close
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.nn import initializers

from tripos import nets
from tripos.graph import GraphError, floats, grad, size, symbol
from tripos.graph import sum as total
from tripos.nets.initialisation import (
    SCHEMES,
    calculate_gain,
    fans,
    fans_of,
    initialize,
    kaiming_normal,
    kaiming_uniform,
    normal,
    orthogonal,
    uniform,
    xavier_normal,
    xavier_uniform,
    zeros,
)

LARGE = (300, 400)
"""With 120,000 draws a standard deviation is found to 0.2 % (one sigma of a normal)."""

TOLERANCE = 0.012


def generator(seed=0):
    return np.random.default_rng(seed)


# -- fans ------------------------------------------------------------------------------------------

LAYERS = [
    (nets.Linear(5, 3, bias=False), (5,)),
    (nets.Conv1d(2, 3, 4, bias=False), (2, 12)),
    (nets.Conv2d(3, 4, 3, bias=False), (3, 9, 9)),
    (nets.Conv2d(4, 6, 3, groups=2, bias=False), (4, 9, 9)),
    (nets.ConvTranspose1d(2, 3, 4, bias=False), (2, 12)),
    (nets.ConvTranspose2d(3, 4, 3, bias=False), (3, 9, 9)),
    (nets.LogisticRegression(5, bias=False), (5,)),
]


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=str)
def test_fans_are_what_meets_in_an_output_and_what_an_input_reaches(layer, shape):
    """With weights and inputs of one, an output counts its inputs, and a gradient the outputs."""
    fan_in, fan_out = fans_of(layer)
    x = symbol("x", shape)
    ones = {"weight": np.ones(layer.weights()["weight"])}
    y = layer.score(x, weights=ones) if hasattr(layer, "score") else layer(x, weights=ones)
    assert np.max(floats(y, x=np.ones(shape))) == fan_in
    assert np.max(floats(grad(total(y) if y.shape else y, x))) == fan_out


def test_fans_may_be_symbols():
    n, m, k = size("n m k")
    fan_in, fan_out = fans((m, n, k, k))
    assert (floats(fan_in, n=3, k=2), floats(fan_out, m=5, k=2)) == (12, 20)
    assert fans((m, n)) == (n, m)


def test_gates_are_layers_of_their_own():
    assert fans_of(nets.LSTM(5, 7), "weight_ih_l0") == (5, 7)
    assert fans_of(nets.GRU(5, 7), "weight_hh_l0") == (7, 7)


def test_a_vector_has_no_fans():
    with pytest.raises(GraphError, match="two axes or more"):
        fans((3,))


# -- schemes ---------------------------------------------------------------------------------------

IN, OUT = {"in_axis": 1}, {"out_axis": 0}
REFERENCES = [
    (xavier_uniform, initializers.glorot_uniform),
    (xavier_normal, initializers.glorot_normal),
    (kaiming_uniform, initializers.he_uniform),
    (kaiming_normal, initializers.he_normal),
]


@pytest.mark.parametrize("shape", [LARGE, (64, 32, 7, 8)])
@pytest.mark.parametrize(("scheme", "reference"), REFERENCES)
def test_spreads_are_those_of_jax(scheme, reference, shape):
    want = np.asarray(reference(**IN, **OUT)(jax.random.key(0), shape))
    got = scheme(shape, generator())
    assert got.shape == shape
    assert abs(got.mean()) < 5 * got.std() / np.sqrt(got.size)
    assert got.std() == pytest.approx(want.std(), rel=TOLERANCE)
    if scheme in (xavier_uniform, kaiming_uniform):
        assert np.abs(got).max() == pytest.approx(np.abs(want).max(), rel=1e-3)


def test_formulas_are_those_of_the_papers():
    fan_in, fan_out = 400, 300
    draws = {
        np.sqrt(2 / (fan_in + fan_out)): xavier_normal(LARGE, generator()),
        2 * np.sqrt(2 / (fan_in + fan_out)): xavier_normal(LARGE, generator(), gain=2),
        np.sqrt(2 / fan_in): kaiming_normal(LARGE, generator()),
        np.sqrt(2 / fan_out): kaiming_normal(LARGE, generator(), mode="fan_out"),
        np.sqrt(1 / fan_in): kaiming_normal(LARGE, generator(), nonlinearity="linear"),
        np.sqrt(2 / (1.25 * fan_in)): kaiming_normal(LARGE, generator(), a=0.5),
        np.sqrt(2 / 50): kaiming_normal(LARGE, generator(), fan=(50, 1)),
        0.3: normal(LARGE, generator(), 0, 0.3),
        np.sqrt(1 / 3): uniform(LARGE, generator(), -1, 1),
    }
    for want, draw in draws.items():
        assert draw.std() == pytest.approx(want, rel=TOLERANCE)


def test_gains_are_those_of_pytorch():
    """The table in the documentation of torch.nn.init.calculate_gain."""
    table = {"linear": 1, "sigmoid": 1, "tanh": 5 / 3, "relu": 2**0.5, "selu": 3 / 4}
    assert {name: calculate_gain(name) for name in table} == table
    assert calculate_gain("leaky_relu", 0.2) == pytest.approx((2 / 1.04) ** 0.5)


@given(
    shape=st.sampled_from([(4, 4), (3, 7), (7, 3), (1, 5), (4, 2, 3), (2, 3, 2, 2)]),
    gain=st.sampled_from([1.0, 2.0]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=30, deadline=None)
def test_orthogonal_rows_or_columns(shape, gain, seed):
    draw = orthogonal(shape, generator(seed), gain)
    assert draw.shape == shape
    flat = draw.reshape(shape[0], -1)
    product = flat @ flat.T if flat.shape[0] <= flat.shape[1] else flat.T @ flat
    close(product, gain**2 * np.eye(len(product)))
    reference = np.asarray(initializers.orthogonal(gain)(jax.random.key(seed), flat.shape))
    assert np.linalg.svd(reference, compute_uv=False) == pytest.approx(
        np.linalg.svd(flat, compute_uv=False), rel=1e-5
    )


def test_orthogonal_matrices_are_drawn_uniformly():
    """Each entry then has mean 0 and variance 1/n; without the signs of R, the diagonal has not."""
    draws = np.stack([orthogonal((3, 3), generator(seed)) for seed in range(2000)])
    assert np.abs(draws.mean(0)).max() < 5 * np.sqrt(1 / 3 / 2000)
    assert draws.var(0) == pytest.approx(np.full((3, 3), 1 / 3), abs=0.04)


def test_zeros():
    assert not zeros((2, 3)).any()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: calculate_gain("swish"), "no gain for 'swish'"),
        (lambda: kaiming_normal((2, 3), generator(), mode="fan_avg"), "mode is fan_in or fan_out"),
        (lambda: xavier_normal((3,), generator()), "two axes or more"),
        (lambda: orthogonal((3,), generator()), "two axes or more"),
        (lambda: initialize(nets.Linear(2, 3), 0, "glorot"), "no scheme 'glorot'; there are pytorch"),
        (lambda: initialize(nets.Linear(2, 3), 0.5), "the seed is a whole number"),
        (lambda: initialize(nets.Linear(size("n"), 3), 0), r"weight has shape 3×n; only sizes that are"),
    ],
)
def test_bad_input_is_refused(make, why):
    with pytest.raises(GraphError, match=why):
        make()


# -- modules ---------------------------------------------------------------------------------------

MODEL = nets.Sequential(
    nets.Conv2d(4, 8, 3, groups=2),
    nets.BatchNorm2d(8),
    nets.ReLU(),
    nets.Flatten(),
    nets.Linear(72, 5),
    nets.LayerNorm([5]),
    nets.LogisticRegression(5),
)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_weight_and_running_statistic_gets_a_value(scheme):
    drawn = initialize(MODEL, 3, scheme)
    assert {path: value.shape for path, value in drawn.items()} == MODEL.state()
    assert all(value.dtype == np.float64 for value in drawn.values())
    for norm in ("1", "5"):
        assert (drawn[f"{norm}.weight"] == 1).all()
        assert (drawn[f"{norm}.bias"] == 0).all()
    assert (drawn["1.running_var"] == 1).all()
    assert (drawn["1.running_mean"] == 0).all()
    if scheme != "pytorch":
        assert not any(value.any() for path, value in drawn.items() if path.endswith("bias"))
    x = symbol("x", (4, 5, 5))
    out = MODEL(x, weights=drawn)
    assert floats(out, x=np.ones((4, 5, 5))).shape == ()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_weight_depends_on_the_seed_and_its_path_alone(scheme):
    one = initialize(nets.Sequential(nets.Linear(6, 4), nets.Linear(4, 6)), 1, scheme)
    again = initialize(nets.Sequential(nets.Linear(6, 4), nets.ReLU(), nets.Linear(4, 2)), 1, scheme)
    np.testing.assert_array_equal(one["0.weight"], again["0.weight"])
    if scheme != "zeros":
        other = initialize(nets.Sequential(nets.Linear(6, 4)), 2, scheme)
        assert (one["0.weight"] != other["0.weight"]).all()
        same_shape = initialize(nets.Sequential(nets.Linear(6, 4), nets.Linear(6, 4)), 1, scheme)
        assert (same_shape["0.weight"] != same_shape["1.weight"]).all()


def test_each_path_is_uncorrelated_with_the_others():
    model = nets.Sequential(*(nets.Linear(100, 100, bias=False) for _ in range(4)))
    rows = [value.ravel() for value in initialize(model, 0, "normal").values()]
    correlations = np.corrcoef(rows) - np.eye(4)
    assert np.abs(correlations).max() < 5 / np.sqrt(10_000)


@pytest.mark.parametrize(
    ("module", "bounds"),
    [
        # From the documentation of torch.nn: ±1/√k, k = in_features, in_channels/groups · kernel area, ...
        (nets.Linear(400, 300), {"weight": 400, "bias": 400}),
        (nets.Conv2d(32, 64, 5, groups=2), {"weight": 400, "bias": 400}),
        (nets.Conv1d(20, 100, 20), {"weight": 400, "bias": 400}),
        (nets.ConvTranspose2d(64, 16, 5), {"weight": 400, "bias": 400}),  # k = out_channels · kernel area
        (nets.RNN(30, 64), dict.fromkeys(("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"), 64)),
        (nets.LSTM(30, 64), dict.fromkeys(("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"), 64)),
        (nets.GRUCell(30, 64), dict.fromkeys(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), 64)),
    ],
    ids=lambda v: type(v).__name__,
)
def test_the_default_is_that_of_pytorch(module, bounds):
    drawn = [initialize(module, seed) for seed in range(3)]
    assert drawn[0].keys() == bounds.keys()
    for path, k in bounds.items():
        values = np.concatenate([d[path].ravel() for d in drawn])
        bound = 1 / np.sqrt(k)
        assert np.abs(values).max() <= bound
        assert np.abs(values).max() > bound * (1 - 20 / values.size)
        assert values.std() == pytest.approx(bound / np.sqrt(3), rel=5 / np.sqrt(values.size))


def test_grouped_and_gated_weights_are_drawn_by_their_own_fans():
    conv = nets.Conv2d(64, 128, 3, groups=4, bias=False)  # fan-in 16·9, fan-out 32·9
    assert initialize(conv, 0, "xavier_normal")["weight"].std() == pytest.approx(
        (2 / (48 * 9)) ** 0.5, rel=0.03
    )
    lstm = nets.LSTM(100, 100, bias=False)
    assert initialize(lstm, 0, "xavier_normal")["weight_ih_l0"].std() == pytest.approx(0.1, rel=0.03)


def test_embeddings_are_standard_normal_but_for_the_padding():
    layer = nets.Embedding(300, 40, padding_idx=7)
    assert fans_of(layer) == (1, 40)
    for scheme in ("pytorch", "kaiming_normal"):
        drawn = initialize(layer, 0, scheme)["weight"]
        assert not drawn[7].any()
        assert drawn.std() == pytest.approx(1, rel=0.03)


def test_attention_starts_as_in_pytorch():
    """Xavier over the three maps at once, biases 0, the output map as any Linear."""
    drawn = initialize(nets.MultiheadAttention(40, 4), 0)
    bound = np.sqrt(6 / (40 + 120))
    assert 0.99 * bound < np.abs(drawn["in_proj_weight"]).max() <= bound
    assert not drawn["in_proj_bias"].any()
    assert not drawn["out_proj.bias"].any()
    assert 0.98 / np.sqrt(40) < np.abs(drawn["out_proj.weight"]).max() <= 1 / np.sqrt(40)
    split = initialize(nets.MultiheadAttention(40, 4, kdim=20), 0)
    assert 0.98 < np.abs(split["k_proj_weight"]).max() / np.sqrt(6 / 60) <= 1
    apart = initialize(nets.MultiheadAttention(40, 4), 0, "xavier_normal")["in_proj_weight"]
    assert apart.std() == pytest.approx(np.sqrt(2 / 80), rel=0.05)


def test_a_transformer_starts_as_in_pytorch():
    """Its matrices are all drawn by Xavier's rule, its biases as those of its layers."""
    drawn = initialize(nets.Sequential(nets.Transformer(40, 4, 1, 1, 60)), 0)
    for path, value in drawn.items():
        if value.ndim == 2:
            assert 0.98 < np.abs(value).max() / np.sqrt(6 / sum(value.shape)) <= 1, path
    assert 0.8 / np.sqrt(60) < np.abs(drawn["0.encoder.layers.0.linear2.bias"]).max() <= 1 / np.sqrt(60)
    assert not drawn["0.decoder.layers.0.multihead_attn.out_proj.bias"].any()
    alone = initialize(nets.TransformerEncoderLayer(40, 4, 60), 0)
    assert np.abs(alone["linear1.weight"]).max() <= 1 / np.sqrt(40)


def test_a_scheme_may_be_a_function():
    drawn = initialize(nets.MLP([3, 4, 1]), 0, lambda shape, rng, fan: np.full(shape, 1 / fan[0]))
    assert (drawn["layers.0.weight"] == 1 / 3).all()
    assert (drawn["layers.1.weight"] == 1 / 4).all()
    assert not drawn["layers.0.bias"].any()
