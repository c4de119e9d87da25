import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tripos.graph import GraphError, exact, floats, grad, onehot, symbol
from tripos.graph import sum as total
from tripos.graph.program import function
from tripos.graph.spaces import jax as jax_space
from tripos.nets import AdditiveAttention, AttentionSeq2Seq, Seq2Seq, parameters

S, T, D, E, H, K = 3, 4, 2, 3, 2, 5
X, Y = symbol("x", (S, D)), symbol("y", (T, E))


def sigmoid(z):
    return 1 / (1 + jnp.exp(-z))


def gru(w, x, h, suffix=""):
    a = jnp.split(w["weight_ih" + suffix] @ x + w["bias_ih" + suffix], 3)
    b = jnp.split(w["weight_hh" + suffix] @ h + w["bias_hh" + suffix], 3)
    r, z = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
    return (1 - z) * jnp.tanh(a[2] + r * b[2]) + z * h


def part(w, name):
    return {k.removeprefix(name + "."): v for k, v in w.items() if k.startswith(name + ".")}


def reference(w, x, y, attention):
    """The model's equations, step by step."""
    encoder, decoder, readout = part(w, "encoder"), part(w, "decoder"), part(w, "readout")
    h, memory = jnp.zeros(H), []
    for row in x:
        h = gru(encoder, row, h, "_l0")
        memory.append(h)
    memory = jnp.stack(memory)
    s, logits = h, []
    for row in y:
        c = memory[-1]
        if attention:
            a = part(w, "attention")
            scores = jnp.stack([a["score"] @ jnp.tanh(a["query"] @ s + a["key"] @ m) for m in memory])
            c = jax.nn.softmax(scores) @ memory
        s = gru(decoder, jnp.concatenate([row, c]), s)
        logits.append(readout["weight"] @ jnp.concatenate([s, c]) + readout["bias"])
    return jnp.stack(logits)


def weights(module, seed=0):
    rng = np.random.default_rng(seed)
    return {k: rng.normal(size=s) for k, s in module.weights().items()}


def bind(module, w):
    symbols = module.symbols()
    return {symbols[k].name: v for k, v in w.items()}


MODULES = [(Seq2Seq(D, E, H, K), False), (AttentionSeq2Seq(D, E, H, K), True)]


@pytest.mark.parametrize(("module", "attention"), MODULES, ids=["fixed context", "attention"])
def test_logits_and_gradients_are_those_of_the_equations(module, attention):
    rng = np.random.default_rng(1)
    w, x, y, scale = weights(module), *(rng.normal(size=s) for s in ((S, D), (T, E), (T, K)))
    logits = module(X, Y)
    assert logits.shape == (T, K)
    loss = total(logits * scale)
    symbols = module.symbols()
    with jax.enable_x64(True):
        want = reference(w, x, y, attention)
        slopes = jax.grad(lambda w: jnp.sum(reference(w, x, y, attention) * scale))(
            {k: jnp.asarray(v) for k, v in w.items()}
        )
        run = function([loss], [*symbols.values(), X, Y], jax_space)
        by_jax = jax.jit(jax.grad(lambda *v: run(*v, x, y)[0], tuple(range(len(w)))))(
            *map(jnp.asarray, w.values())
        )
    np.testing.assert_allclose(floats(logits, **bind(module, w), x=x, y=y), want, rtol=1e-10)
    ours = floats(*grad(loss, list(symbols.values())), **bind(module, w), x=x, y=y)
    for key, one, two in zip(w, ours, by_jax, strict=True):
        np.testing.assert_allclose(one, slopes[key], rtol=1e-8, atol=1e-11)
        np.testing.assert_allclose(np.asarray(two), slopes[key], rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("cell", ["GRU", "LSTM", "RNN"])
@pytest.mark.parametrize("kind", [Seq2Seq, AttentionSeq2Seq])
def test_decoding_step_by_step_gives_the_same_logits(kind, cell):
    module = kind(D, E, H, K, cell)
    rng = np.random.default_rng(2)
    w, x, y = weights(module), rng.normal(size=(S, D)), rng.normal(size=(T, E))
    given = bind(module, w)
    memory, state = module.encode(module.bound({}), X)
    stepwise = []
    for t in range(T):
        logits, state = module.decode(memory, state, Y[t])
        stepwise.append(floats(logits, **given, x=x, y=y))
    np.testing.assert_allclose(np.stack(stepwise), floats(module(X, Y), **given, x=x, y=y), rtol=1e-10)


def test_attention_weights_are_a_distribution_and_follow_the_scores():
    attention = AdditiveAttention(2, 2, 1)
    # Keys along the first axis score tanh(1·k): the larger, the more weight; equal keys share alike.
    w = {"query": [[0, 0]], "key": [[1, 0]], "score": [1]}
    alpha = attention(symbol("q", 2), symbol("k", (3, 2)), weights=w)
    found = floats(alpha, q=[7, 7], k=[[2.0, 0], [0, 5], [2.0, 9]])
    assert found.sum() == pytest.approx(1)
    assert found[0] == pytest.approx(found[2])
    assert found[1] < found[0]
    same = attention(symbol("q", 2), [[1, 1]] * 4, weights=w)
    assert [str(v) for v in exact(same, q=[0, 0])] == ["1/4"] * 4


def test_with_one_input_attention_is_a_fixed_context():
    fixed, soft = Seq2Seq(D, E, H, K), AttentionSeq2Seq(D, E, H, K)
    w = weights(soft)
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(1, D)), rng.normal(size=(T, E))
    one = symbol("x", (1, D))
    a = floats(soft(one, Y), **bind(soft, w), x=x, y=y)
    b = floats(fixed(one, Y), **bind(fixed, {k: w[k] for k in fixed.weights()}), x=x, y=y)
    np.testing.assert_allclose(a, b, rtol=1e-12)


def test_parameters():
    gru_size = lambda n: 3 * (H * n + H * H + 2 * H)  # noqa: E731 (one formula)
    fixed = gru_size(D) + gru_size(E + H) + K * 2 * H + K
    assert exact(parameters(Seq2Seq(D, E, H, K))) == fixed
    assert exact(parameters(AttentionSeq2Seq(D, E, H, K))) == fixed + 2 * H * H + H


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Seq2Seq(D, E, H, K, "ESN"), "no cell 'ESN'; there are GRU, LSTM, RNN"),
        (lambda: Seq2Seq(D, E, H, K)(X, symbol("y", (T, E + 1))), "Seq2Seq: expected outputs T×3, found"),
        (lambda: AdditiveAttention(2, 2, 3)(onehot(0, 3), [[1, 0]]), "expected a query of 2 entries"),
    ],
)
def test_what_does_not_fit_is_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build()
