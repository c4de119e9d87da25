import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
from graph.oracle import run

from tripos.graph import (
    GraphError,
    causal_mask,
    exact,
    floats,
    grad,
    maximum,
    padding_mask,
    size,
    symbol,
    write,
)
from tripos.graph import sum as total
from tripos.graph.compare import compare
from tripos.graph.cost import macs
from tripos.graph.growth import growth
from tripos.graph.node import as_dim, free_symbols
from tripos.graph.program import function
from tripos.graph.spaces import jax as jax_space
from tripos.graph.values import Values, show
from tripos.nets import (
    Identity,
    LayerNorm,
    Linear,
    Sequential,
    Tanh,
    Transformer,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
    initialize,
    parameters,
    training,
)
from tripos.nets.sizing import sizes

# -- the reference: PyTorch's documentation in plain NumPy (or jax.numpy) ----------------------------


def under(w, path):
    return {name.removeprefix(path + "."): value for name, value in w.items() if name.startswith(path + ".")}


def linear(w, x):
    return x @ w["weight"].T + w.get("bias", 0)


def norm(w, x, eps=1e-5):
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / (variance + eps) ** 0.5 * w["weight"] + w.get("bias", 0)


def attend(w, x, memory, heads, mask, xp):
    """torch.nn.MultiheadAttention for L×E queries; the mask is 1 where a position may be seen."""
    E = x.shape[-1]
    W, b = w["in_proj_weight"].reshape(3, E, E), w.get("in_proj_bias", xp.zeros(3 * E)).reshape(3, E)
    q, k, v = (
        (y @ W[i].T + b[i]).reshape(len(y), heads, E // heads).swapaxes(0, 1)
        for i, y in enumerate((x, memory, memory))
    )
    e = xp.exp(q @ k.swapaxes(1, 2) / (E // heads) ** 0.5) * (1 if mask is None else mask)
    out = (e / e.sum(-1, keepdims=True)) @ v
    return linear(under(w, "out_proj"), out.swapaxes(0, 1).reshape(len(x), E))


def gelu(x):
    return x / 2 * (1 + scipy.special.erf(x / np.sqrt(2)))


def layer(w, x, heads, masks, memory=None, first=False, activation=lambda h: h * (h > 0), xp=np):
    """torch.nn.TransformerEncoderLayer, or the decoder's where there is a memory."""

    def feed(x):
        return linear(under(w, "linear2"), activation(linear(under(w, "linear1"), x)))

    branches = [lambda x: attend(under(w, "self_attn"), x, x, heads, masks[0], xp), feed]
    if memory is not None:
        branches.insert(1, lambda x: attend(under(w, "multihead_attn"), x, memory, heads, masks[1], xp))
    for i, branch in enumerate(branches, 1):
        own = under(w, f"norm{i}")
        x = x + branch(norm(own, x)) if first else norm(own, x + branch(x))
    return x


def stack(w, x, heads, masks, memory=None, **options):
    count = len({name.split(".")[1] for name in w if name.startswith("layers.")})
    for i in range(count):
        x = layer(under(w, f"layers.{i}"), x, heads, masks, memory, **options)
    return norm(under(w, "norm"), x) if "norm.weight" in w else x


def transformer(w, src, tgt, heads, masks, **options):
    memory = stack(under(w, "encoder"), src, heads, masks[:1], **options)
    return stack(under(w, "decoder"), tgt, heads, masks[1:], memory, **options)


def draw(rng, module):
    return {path: rng.normal(size=shape) for path, shape in module.weights().items()}


D, HEADS, HIDDEN = 4, 2, 6
LOWER = np.tril(np.ones((3, 3)))


# -- values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_an_encoder_layer_agrees_with_the_documentation(first, bias, masked):
    rng = np.random.default_rng(0)
    module = TransformerEncoderLayer(D, HEADS, HIDDEN, norm_first=first, bias=bias)
    w, x = draw(rng, module), rng.normal(size=(3, D))
    y = module(symbol("x", x.shape), causal_mask(3) if masked else None, weights=w)
    want = layer(w, x, HEADS, [LOWER if masked else None], first=first)
    np.testing.assert_allclose(floats(y, x=x), want, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(
    ("activation", "function"),
    [("gelu", gelu), ("silu", lambda h: h * scipy.special.expit(h)), (Tanh(), np.tanh)],
)
def test_the_activation_may_be_another(activation, function):
    rng = np.random.default_rng(1)
    module = TransformerEncoderLayer(D, HEADS, HIDDEN, 0.1, activation)
    w, x = draw(rng, module), rng.normal(size=(3, D))
    want = layer(w, x, HEADS, [None], activation=function)
    np.testing.assert_allclose(floats(module(symbol("x", x.shape), weights=w), x=x), want, rtol=1e-9)


@pytest.mark.parametrize("first", [False, True])
def test_a_decoder_layer_agrees_with_the_documentation(first):
    rng = np.random.default_rng(2)
    module = TransformerDecoderLayer(D, HEADS, HIDDEN, norm_first=first)
    w, x, memory = draw(rng, module), rng.normal(size=(3, D)), rng.normal(size=(5, D))
    seen = padding_mask(4, 5)
    y = module(symbol("x", x.shape), symbol("m", memory.shape), causal_mask(3), seen, weights=w)
    want = layer(w, x, HEADS, [LOWER, np.arange(5) < 4], memory, first=first)
    np.testing.assert_allclose(floats(y, x=x, m=memory), want, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("first", [False, True])
def test_a_transformer_agrees_with_the_documentation(first):
    rng = np.random.default_rng(3)
    module = Transformer(D, HEADS, 2, 2, HIDDEN, norm_first=first)
    w, src, tgt = draw(rng, module), rng.normal(size=(5, D)), rng.normal(size=(3, D))
    inputs = symbol("src", src.shape), symbol("tgt", tgt.shape)
    seen = padding_mask(4, 5)
    y = module(*inputs, seen, causal_mask(3), seen, weights=w)
    visible = np.arange(5) < 4
    want = transformer(w, src, tgt, HEADS, [visible, LOWER, visible], first=first)
    np.testing.assert_allclose(floats(y, src=src, tgt=tgt), want, rtol=1e-8, atol=1e-10)
    without = module(*inputs, weights=w)
    want = transformer(w, src, tgt, HEADS, [None] * 3, first=first)
    np.testing.assert_allclose(floats(without, src=src, tgt=tgt), want, rtol=1e-8, atol=1e-10)


def test_a_batch_is_a_leading_axis():
    rng = np.random.default_rng(4)
    module = Transformer(D, HEADS, 1, 1, HIDDEN)
    w, src, tgt = draw(rng, module), rng.normal(size=(2, 5, D)), rng.normal(size=(2, 3, D))
    seen = padding_mask([5, 2], 5)
    y = module(symbol("src", src.shape), symbol("tgt", tgt.shape), seen, causal_mask(3), seen, weights=w)
    want = [
        transformer(w, s, t, HEADS, [np.arange(5) < n, LOWER, np.arange(5) < n])
        for s, t, n in zip(src, tgt, (5, 2), strict=True)
    ]
    assert y.shape == (2, 3, D)
    np.testing.assert_allclose(floats(y, src=src, tgt=tgt), want, rtol=1e-9, atol=1e-11)


def test_layers_have_weights_of_their_own():
    rng = np.random.default_rng(5)
    module = TransformerEncoder(TransformerEncoderLayer(D, HEADS, HIDDEN), 3)
    w, x = draw(rng, module), rng.normal(size=(3, D))
    y = module(symbol("x", x.shape), causal_mask(3), weights=w)
    np.testing.assert_allclose(floats(y, x=x), stack(w, x, HEADS, [LOWER]), rtol=1e-8, atol=1e-10)
    one = w | {"layers.1.linear1.bias": w["layers.1.linear1.bias"] + 1}
    other = module(symbol("x", x.shape), causal_mask(3), weights=one)
    assert not np.allclose(floats(y, x=x), floats(other, x=x))


def test_a_decoder_stack_attends_to_one_memory():
    rng = np.random.default_rng(6)
    module = TransformerDecoder(TransformerDecoderLayer(D, HEADS, HIDDEN), 2, LayerNorm(D))
    w, x, memory = draw(rng, module), rng.normal(size=(3, D)), rng.normal(size=(2, D))
    y = module(symbol("x", x.shape), symbol("m", memory.shape), causal_mask(3), weights=w)
    want = stack(w, x, HEADS, [LOWER, None], memory)
    np.testing.assert_allclose(floats(y, x=x, m=memory), want, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("space", ["numpy", "jax"])
def test_gradients_agree_with_jax(space):
    rng = np.random.default_rng(7)
    module = Transformer(2, 1, 1, 1, 3)
    w, src, tgt = draw(rng, module), rng.normal(size=(2, 2)), rng.normal(size=(3, 2))
    symbols = [symbol("src", (2, 2)), symbol("tgt", (3, 2))]
    weights = {path: symbol(f"w {path}", shape) for path, shape in module.weights().items()}
    y = module(*symbols, None, causal_mask(3), weights=weights)
    symbols, values, factors = [*symbols, *weights.values()], [src, tgt, *w.values()], rng.normal(size=(3, 2))
    loss = total(y * factors)

    def reference(arrays):
        own = dict(zip(w, arrays[2:], strict=True))
        found = transformer(own, *arrays[:2], 1, [None, LOWER, None], activation=jax.nn.relu, xp=jnp)
        return jnp.sum(found * factors)

    with jax.enable_x64(True):
        arrays = [jnp.asarray(v) for v in values]
        want = jax.jit(jax.grad(reference))(arrays)
        if space == "jax":
            compiled = function([loss], symbols, jax_space)
            got = jax.jit(jax.grad(lambda given: compiled(*given)[0]))(arrays)
        else:
            got = run(grad(loss, symbols), symbols, values)
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-8)


# -- what masks and positions do -------------------------------------------------------------------


def gpt(layers=2):
    """A decoder-only stack: encoder layers, norm first, that are given a causal mask."""
    made = TransformerEncoderLayer(D, HEADS, HIDDEN, activation="gelu", norm_first=True)
    return TransformerEncoder(made, layers, LayerNorm(D))


def test_what_comes_later_changes_nothing_in_a_decoder_only_stack():
    rng = np.random.default_rng(8)
    module, x = gpt(), rng.normal(size=(5, D))
    w = draw(rng, module)
    y = module(symbol("x", x.shape), causal_mask(5), weights=w)
    before = floats(y, x=x)
    for t in range(1, 5):
        later = x.copy()
        later[t:] = rng.normal(size=(5 - t, D))
        after = floats(y, x=later)
        np.testing.assert_allclose(after[:t], before[:t], rtol=1e-12)
        assert not np.allclose(after[t:], before[t:])
    free = module(symbol("x", x.shape), weights=w)
    assert not np.allclose(floats(free, x=later)[0], floats(free, x=x)[0])


def test_a_prefix_gives_what_it_gave_in_the_whole():
    """So that text can be generated one word at a time."""
    rng = np.random.default_rng(9)
    module, x = gpt(), rng.normal(size=(4, D))
    w = draw(rng, module)
    whole = floats(module(symbol("x", (4, D)), causal_mask(4), weights=w), x=x)
    for n in range(1, 4):
        part = floats(module(symbol("x", (n, D)), causal_mask(n), weights=w), x=x[:n])
        np.testing.assert_allclose(part, whole[:n], rtol=1e-11)


def test_the_decoder_of_a_transformer_is_causal_in_the_target_and_sees_all_of_the_source():
    rng = np.random.default_rng(10)
    module = Transformer(D, HEADS, 1, 1, HIDDEN)
    src, tgt = rng.normal(size=(3, D)), rng.normal(size=(4, D))
    y = module(
        symbol("s", src.shape), symbol("t", tgt.shape), None, causal_mask(4), weights=draw(rng, module)
    )
    before = floats(y, s=src, t=tgt)
    other = tgt.copy()
    other[2:] += 1
    np.testing.assert_allclose(floats(y, s=src, t=other)[:2], before[:2], rtol=1e-12)
    source = src.copy()
    source[2] = rng.normal(size=D)
    assert not np.allclose(floats(y, s=source, t=tgt)[0], before[0], rtol=1e-4)


def test_without_positions_an_encoder_knows_no_order():
    rng = np.random.default_rng(11)
    module, x, order = (
        TransformerEncoder(TransformerEncoderLayer(D, HEADS, HIDDEN), 2),
        rng.normal(size=(5, D)),
        rng.permutation(5),
    )
    y = module(symbol("x", x.shape), weights=draw(rng, module))
    np.testing.assert_allclose(floats(y, x=x[order]), floats(y, x=x)[order], rtol=1e-9)


# -- exact -----------------------------------------------------------------------------------------


def test_exact_values_in_closed_form():
    """One position attends to itself, so that all is rational but the root of a variance."""
    module = TransformerEncoderLayer(2, 1, 2, 0, "relu", 0, bias=False)
    eye, twice = [[1, 0], [0, 1]], [[2, 0], [0, 2]]
    w = {
        "self_attn.in_proj_weight": eye * 3,
        "self_attn.out_proj.weight": eye,
        "linear1.weight": twice,
        "linear2.weight": eye,
        "norm1.weight": [1, 1],
        "norm2.weight": [1, 3],
    }
    # x + x = (6, 2) is (1, −1) when standardized; relu(2u) = (2, 0); (3, −1) is (1, −1) again.
    y = exact(module(symbol("x", (1, 2)), weights=w), x=[[3, 1]])
    assert [str(v) for v in y[0]] == ["1", "-3"]


def test_two_positions_in_closed_form():
    """Without norms and network the layer is x + A x; the weights are in the ratio e^√2 : 1 by hand."""
    eye = [[1, 0], [0, 1]]
    layer = TransformerEncoderLayer(2, 1, 1, 0, bias=False, norm_first=True, layer_norm_eps=0)
    w = {
        "self_attn.in_proj_weight": eye * 3,
        "self_attn.out_proj.weight": eye,
        "linear1.weight": [[0, 0]],
        "linear2.weight": [[0], [0]],
        "norm1.weight": [1, 1],
        "norm2.weight": [1, 1],
    }
    # The rows (1, 0) and (0, 1) are ±(1, −1) when standardized: scores are ±2/√2.
    y = exact(layer(symbol("x", (2, 2)), weights=w), x=eye)
    share = 1 / (1 + np.exp(-2 * 2**0.5))
    np.testing.assert_allclose(y.astype(float), [[2 * share, 1 - 2 * share], [1 - 2 * share, 2 * share]])
    assert "exp" in str(y[0, 0])


# -- sizes -----------------------------------------------------------------------------------------


def test_weights_are_pytorchs():
    attention = ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"]
    rest = [
        f"{name}.{part}" for name in ("linear1", "linear2", "norm1", "norm2") for part in ("weight", "bias")
    ]
    encoder = [f"self_attn.{name}" for name in attention] + rest
    assert list(TransformerEncoderLayer(D, HEADS, HIDDEN).weights()) == encoder
    decoder = [f"{which}.{name}" for which in ("self_attn", "multihead_attn") for name in attention]
    decoder += [*rest, "norm3.weight", "norm3.bias"]
    assert list(TransformerDecoderLayer(D, HEADS, HIDDEN).weights()) == decoder
    final = ["norm.weight", "norm.bias"]
    assert list(Transformer(D, HEADS, 2, 1, HIDDEN).weights()) == [
        *(f"encoder.{name}" for name in [*(f"layers.{i}.{n}" for i in range(2) for n in encoder), *final]),
        *(f"decoder.{name}" for name in [*(f"layers.0.{n}" for n in decoder), *final]),
    ]
    shapes = TransformerEncoderLayer(D, HEADS, HIDDEN).weights()
    assert (shapes["linear1.weight"], shapes["linear2.weight"]) == ((HIDDEN, D), (D, HIDDEN))


d = size("d")


@pytest.mark.parametrize(
    ("module", "count"),
    [
        # 4d² + 4d for attention, 8d² + 5d for the network, 2d for each norm
        (TransformerEncoderLayer(d, 8, 4 * d), 12 * d**2 + 13 * d),
        (TransformerDecoderLayer(d, 8, 4 * d), 16 * d**2 + 19 * d),
        (TransformerEncoder(TransformerEncoderLayer(d, 8, 4 * d), 6, LayerNorm(d)), 72 * d**2 + 80 * d),
        (Transformer(d, 8, 6, 6, 4 * d), 168 * d**2 + 196 * d),
        (TransformerEncoderLayer(d, 8, 4 * d, bias=False), 12 * d**2 + 2 * d),
    ],
    ids=["encoder layer", "decoder layer", "encoder", "transformer", "no biases"],
)
def test_parameters(module, count):
    assert as_dim(parameters(module)) is as_dim(count)


def test_parameters_of_known_networks():
    """Vaswani's base model without embeddings; the encoder of BERT-base; GPT-2 small."""
    assert exact(parameters(Transformer())) == 44_140_544
    assert exact(parameters(TransformerEncoder(TransformerEncoderLayer(768, 12, 3072), 12))) == 85_054_464
    layers = TransformerEncoderLayer(768, 12, 3072, activation="gelu", norm_first=True)
    embeddings = 50_257 * 768 + 1024 * 768
    assert exact(parameters(TransformerEncoder(layers, 12, LayerNorm(768)))) + embeddings == 124_439_808


def order(cost, *variables):
    node = growth(cost, *variables)
    return show(node, Values()[node]).text


def test_the_cost_of_an_encoder_decoder_grows_with_the_square_of_the_longer_sentence():
    M, N = size("M N")
    module = Transformer(d, 8, 6, 6, 4 * d)
    y = module(symbol("S", (M, d)), symbol("T", (N, d)), None, causal_mask(N))
    cost = macs(y)
    # Per encoder layer 12d² M + 2d M²; per decoder layer 14d² N + 2d² M + 2d N² + 2d M N.
    by_hand = 6 * (12 * d**2 * M + 2 * d * M**2)
    by_hand = by_hand + 6 * (14 * d**2 * N + 2 * d**2 * M + 2 * d * N**2 + 2 * d * M * N)
    assert as_dim(cost) is as_dim(by_hand)
    assert order(cost, M, N) == "O(M² + N²)"
    assert compare(growth(cost, M, N), growth(maximum(M, N) ** 2, M, N)).same
    assert compare(growth(cost, M, N), growth(M * N, M, N)).outcome == "different"
    assert order(cost, d) == "O(d²)"


def test_costs_with_known_sizes_are_those_with_symbols():
    M, N = size("M N")
    symbolic = Transformer(d, 2, 1, 1, 16)
    cost = macs(symbolic(symbol("S", (M, d)), symbol("T", (N, d))))
    known = macs(Transformer(8, 2, 1, 1, 16)(symbol("S", (5, 8)), symbol("T", (3, 8))))
    assert exact(cost, M=5, N=3, d=8) == exact(known)


def test_a_decoder_only_stack_costs_what_an_encoder_does():
    N = size("N")
    module = TransformerEncoder(TransformerEncoderLayer(d, 12, 4 * d, norm_first=True), 12)
    cost = macs(module(symbol("X", (N, d)), causal_mask(N)))
    assert write(cost).text == "144d² N + 24d N²"
    assert order(cost, N) == "O(N²)"


def test_sizes_list_the_children():
    rows = sizes(TransformerEncoderLayer(8, 2, 16), (5, 8))
    paths = ["", "self_attn", "self_attn.out_proj", "dropout1", "norm1", "linear1", "activation"]
    assert [row.path for row in rows] == [*paths, "dropout", "linear2", "dropout2", "norm2"]
    assert rows[0].parameters == 4 * 64 + 32 + 2 * 128 + 24 + 32
    assert rows[0].macs == rows[1].macs + 2 * 5 * 8 * 16
    assert rows[1].macs == 4 * 5 * 64 + 2 * 25 * 8


def test_symbols_are_called_after_what_they_compute():
    y = TransformerEncoderLayer(2, 1, 2)(symbol("x", (3, 2)))
    names = "x W_in b_in W_O b_O gamma_1 beta_1 W_h b_h W_f b_f gamma_2 beta_2".split()
    assert {str(s.name) for s in free_symbols(y)} == set(names)
    names = [str(s.name) for s in Transformer(2, 1, 2, 2, 2).symbols().values()]
    assert len(set(names)) == len(names)
    assert {"W_in_enc_2", "W_in_dec_1", "W_in_cross_1", "gamma_3_dec_2", "gamma_dec"} <= set(names)


def test_names_that_would_be_the_same_stay_long():
    norm = Sequential(LayerNorm(2), Sequential(LayerNorm(2)))
    names = [str(s.name) for s in TransformerEncoder(norm, 2).symbols().values()]
    assert len(set(names)) == len(names)


def test_it_can_be_initialised():
    module = gpt(1)
    y = module(symbol("x", (3, D)), causal_mask(3), weights=initialize(module, 0))
    found = floats(y, x=np.random.default_rng(0).normal(size=(3, D)))
    np.testing.assert_allclose(found.mean(-1), np.zeros(3), atol=1e-12)  # a layer norm comes last


def test_any_layer_can_be_stacked():
    module = TransformerEncoder(Sequential(Linear(2, 2)), 2)
    assert list(module.weights()) == [
        "layers.0.0.weight",
        "layers.0.0.bias",
        "layers.1.0.weight",
        "layers.1.0.bias",
    ]
    assert TransformerEncoder(Identity(), 1).weights() == {}


def test_dropout_in_training():
    """Masks for the attention weights, for each branch and inside the network, of their own in each layer."""
    module, x = TransformerEncoder(TransformerEncoderLayer(D, HEADS, HIDDEN, 0.5), 2), symbol("x", (3, D))
    with training() as masks:
        y = module(x)
    assert [m.shape for m in masks] == [(HEADS, 3, 3), (3, D), (3, HIDDEN), (3, D)] * 2
    assert {float(keep) for keep in masks.values()} == {0.5}
    assert masks.keys() <= set(free_symbols(y))
    rng = np.random.default_rng(12)
    w, data = draw(rng, module), rng.normal(size=(3, D))
    with training() as masks:
        y = module(x, weights=w)
    none = {str(m.name): np.ones(m.shape) for m in masks}
    assert not np.allclose(floats(y, x=data, **none), floats(module(x, weights=w), x=data))  # doubled


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TransformerEncoderLayer(6, 4), "embed_dim = 6 does not split into num_heads = 4"),
        (lambda: TransformerEncoderLayer(0, 1), "TransformerEncoderLayer: a size is a positive integer"),
        (lambda: TransformerEncoderLayer(4, 2, 0), "TransformerEncoderLayer: a size is a positive integer"),
        (lambda: TransformerEncoderLayer(4, 2, 8, 2), "dropout is the rate .* found 2"),
        (
            lambda: TransformerEncoderLayer(4, 2, 8, 0, "tan"),
            "no activation 'tan'; there are relu, gelu, silu",
        ),
        (lambda: TransformerDecoderLayer(4, 2, 8, 0, Tanh), r"TransformerDecoderLayer: expected a layer"),
        (lambda: TransformerEncoder(TransformerEncoderLayer(4, 2), 0), "num_layers is a positive integer"),
        (lambda: TransformerEncoder("layer", 2), "TransformerEncoder: expected a layer, found 'layer'"),
        (lambda: TransformerDecoder(TransformerDecoderLayer(4, 2), 1, LayerNorm), "expected a layer"),
        (lambda: Transformer(4, 3), "embed_dim = 4 does not split into num_heads = 3"),
        (lambda: Transformer(4, 2, 0), "num_encoder_layers is a positive integer, .* found 0"),
        (lambda: Transformer(4, 2, 1, -1), "num_decoder_layers is a positive integer, .* found -1"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(make, message):
    with pytest.raises(GraphError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TransformerEncoderLayer(4, 2)(symbol("x", (3, 5))), "the query has shape 3×5"),
        (lambda: TransformerEncoderLayer(4, 2)(symbol("x", 4)), "matrices of rows"),
        (
            lambda: TransformerEncoderLayer(4, 2)(symbol("x", (3, 4)), causal_mask(2)),
            "masked_softmax: .* fit",
        ),
        (
            lambda: TransformerDecoderLayer(4, 2)(symbol("x", (3, 4)), symbol("m", (3, 5))),
            "the key has shape 3×5",
        ),
        (lambda: Transformer(4, 2)(symbol("s", (2, 3, 4)), symbol("t", (3, 4))), "found shapes 3×4, 2×3×4"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(make, message):
    with pytest.raises(GraphError, match=message):
        make()
