import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from sklearn.decomposition import PCA

from nets.drawn import drawn
from tripos.graph import GraphError, declared, floats, grad, symbol
from tripos.graph.node import free_symbols
from tripos.graph.program import function
from tripos.graph.spaces import jax as jax_space
from tripos.nets import (
    MLP,
    AutoEncoder,
    Conv2d,
    ConvTranspose2d,
    DenoisingAutoEncoder,
    Linear,
    ReLU,
    Sequential,
    Sigmoid,
    SparseAutoEncoder,
    Tanh,
)

N = 6
SHALLOW = Linear(4, 2), Linear(2, 4)


def by_hand(values, x):
    """The code and the reconstruction of rows by two linear layers."""
    h = x @ values["W_enc"].T + values["b_enc"]
    return h, h @ values["W_dec"].T + values["b_dec"]


def test_the_loss_is_the_error_of_what_comes_back():
    loss = AutoEncoder(*SHALLOW).loss(symbol("x", (N, 4)))
    values = drawn(loss)
    _, back = by_hand(values, values["x"])
    assert floats(loss, **values) == pytest.approx(np.mean((back - values["x"]) ** 2))


def test_one_example_or_rows():
    model = AutoEncoder(MLP([4, 3, 2], Tanh()), MLP([2, 3, 4], Tanh(), Sigmoid()))
    rows, one = model(symbol("x", (N, 4))), model(symbol("x", 4))
    values = drawn(rows)
    each = [floats(one, **{**values, "x": row}) for row in values["x"]]
    np.testing.assert_allclose(floats(rows, **values), each, rtol=1e-12)
    code = model.encode(symbol("x", 4))
    assert code.shape == (2,)
    assert model.decode(code).shape == (4,)


def test_the_best_linear_auto_encoder_is_the_projection_on_principal_components():
    """Its error is the variance that PCA leaves over, and there is no slope (Baldi and Hornik, 1989)."""
    rng = np.random.default_rng(1)
    data = rng.normal(size=(40, 4)) @ rng.normal(size=(4, 4))
    pca = PCA(2).fit(data)
    V = pca.components_
    model, x = AutoEncoder(*SHALLOW), symbol("x", data.shape)
    with declared({"mean": "sum"}):
        loss = model.loss(x)
    values = {"x": data, "W_enc": V, "b_enc": -V @ pca.mean_, "W_dec": V.T, "b_dec": pca.mean_}
    left = np.linalg.eigvalsh(np.cov(data.T))[:2].sum() * (len(data) - 1)
    assert floats(loss, **values) == pytest.approx(left)
    for slope in floats(*grad(loss, list(model.symbols().values())), **values):
        np.testing.assert_allclose(slope, 0, atol=1e-8 * left)


# -- sparse ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(4,), (N, 4)])
def test_a_sparse_code_pays_for_its_size(shape):
    model, x = SparseAutoEncoder(*SHALLOW, coefficient=0.3), symbol("x", shape)
    loss = model.loss(x)
    values = drawn(loss)
    h, back = by_hand(values, np.atleast_2d(values["x"]))
    want = np.mean((back - values["x"]) ** 2) + 0.3 * np.abs(h).sum(1).mean()
    assert floats(loss, **values) == pytest.approx(want)


def test_a_sparse_code_may_pay_for_units_that_are_on_too_often():
    encoder = Sequential(Linear(4, 2), Sigmoid())
    loss = SparseAutoEncoder(encoder, Linear(2, 4), coefficient=2, rho=0.1).loss(symbol("x", (N, 4)))
    values = drawn(loss)
    h = 1 / (1 + np.exp(-(values["x"] @ values["W_enc_0"].T + values["b_enc_0"])))
    back = h @ values["W_dec"].T + values["b_dec"]
    rate = h.mean(0)
    kl = sum(scipy.stats.entropy([0.1, 0.9], [r, 1 - r]) for r in rate)
    assert floats(loss, **values) == pytest.approx(np.mean((back - values["x"]) ** 2) + 2 * kl)


# -- denoising -------------------------------------------------------------------------------------


def test_a_denoising_loss_compares_with_the_clean_input():
    loss = DenoisingAutoEncoder(*SHALLOW, sigma=0.5).loss(symbol("x", (N, 4)))
    noise = next(s for s in free_symbols(loss) if s.name == "epsilon")
    assert dict(noise.attrs)["domain"] == "normal"
    values = drawn(loss)
    _, back = by_hand(values, values["x"] + 0.5 * values["epsilon"])
    assert floats(loss, **values) == pytest.approx(np.mean((back - values["x"]) ** 2))


def test_masking_noise_puts_entries_to_zero():
    model = DenoisingAutoEncoder(*SHALLOW, corruption="masking")
    loss = model.loss(symbol("x", (N, 4)))
    mask = next(s for s in free_symbols(loss) if s.name == "m")
    assert dict(mask.attrs)["domain"] == "bit"
    values = drawn(loss)
    _, back = by_hand(values, values["m"] * values["x"])
    assert floats(loss, **values) == pytest.approx(np.mean((back - values["x"]) ** 2))
    clean = AutoEncoder(*SHALLOW).loss(symbol("x", (N, 4)))
    plain = {k: v for k, v in values.items() if k != "m"}
    assert floats(loss, **{**values, "m": np.ones((N, 4))}) == pytest.approx(float(floats(clean, **plain)))


def test_noise_may_be_given():
    model = DenoisingAutoEncoder(*SHALLOW)
    np.testing.assert_array_equal(floats(model.corrupt([1, 2, 3, 4], [0, 1, 0, -1])), [1, 3, 3, 3])


# -- convolutional ---------------------------------------------------------------------------------


def test_a_convolutional_auto_encoder_and_its_gradient():
    """Against lax: strided convolutions down to 3×2×2, transposed ones back up."""
    model = AutoEncoder(
        Sequential(Conv2d(1, 2, 3, stride=2, padding=1), ReLU(), Conv2d(2, 3, 3, stride=2, padding=1)),
        Sequential(ConvTranspose2d(3, 2, 2, stride=2), ReLU(), ConvTranspose2d(2, 1, 2, stride=2)),
    )
    x = symbol("x", (1, 8, 8))
    assert model.encode(x).shape == (3, 2, 2)
    loss = model.loss(x)
    symbols = free_symbols(loss)
    values = drawn(loss)

    def down(x, K, b):
        found = jax.lax.conv_general_dilated(x, K, (2, 2), [(1, 1), (1, 1)])
        return found + b[:, None, None]

    def up(x, K, b):
        n, _, height, width = x.shape
        tiles = jnp.einsum("nchw,cokl->nohkwl", x, K)
        return tiles.reshape(n, K.shape[1], 2 * height, 2 * width) + b[:, None, None]

    def want(v):
        h = down(jax.nn.relu(down(v["x"][None], v["K_enc_0"], v["b_enc_0"])), v["K_enc_2"], v["b_enc_2"])
        back = up(jax.nn.relu(up(h, v["K_dec_0"], v["b_dec_0"])), v["K_dec_2"], v["b_dec_2"])
        return jnp.mean((back[0] - v["x"]) ** 2)

    assert {str(s.name) for s in symbols} == set(values)
    run = function([loss, *grad(loss, symbols)], symbols, jax_space)
    with jax.enable_x64(True):
        found, *slopes = jax.jit(run)(*(values[str(s.name)] for s in symbols))
        expected, gradient = jax.jit(jax.value_and_grad(want))({k: jnp.asarray(v) for k, v in values.items()})
        np.testing.assert_allclose(found, expected, rtol=1e-9)
        for s, slope in zip(symbols, slopes, strict=True):
            np.testing.assert_allclose(slope, gradient[str(s.name)], atol=1e-9)


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: AutoEncoder(Linear(4, 2), Linear(2, 3))(symbol("x", 4)),
            "AutoEncoder: the input has shape 4 and its reconstruction 3",
        ),
        (lambda: DenoisingAutoEncoder(*SHALLOW, corruption="salt"), "corruption is 'normal' or 'masking'"),
        (
            lambda: DenoisingAutoEncoder(*SHALLOW).loss(symbol("x", 4), [1, 2]),
            "DenoisingAutoEncoder: the input has shape 4 and the noise 2",
        ),
        (
            lambda: SparseAutoEncoder(Conv2d(1, 1, 1), Conv2d(1, 1, 1), rho=0.1).loss(symbol("x", (1, 2, 2))),
            "SparseAutoEncoder: codes are rows where rho is given, found 1×2×2",
        ),
    ],
)
def test_what_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build()
