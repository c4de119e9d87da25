import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tripos.graph import GraphError, exact, floats, grad, size, symbol, unroll
from tripos.graph import sum as total
from tripos.graph.cost import macs
from tripos.graph.node import free_symbols, schedule
from tripos.graph.program import function
from tripos.graph.spaces import jax as jax_space
from tripos.nets import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell, parameters

T, D, H = 4, 3, 2


def sigmoid(z):
    return 1 / (1 + jnp.exp(-z))


def run_rnn(w, x, h, suffix, apply=jnp.tanh):
    z = w["weight_ih" + suffix] @ x + w["weight_hh" + suffix] @ h
    return apply(z + w["bias_ih" + suffix] + w["bias_hh" + suffix])


def run_lstm(w, x, state, suffix):
    h, c = state
    z = (
        w["weight_ih" + suffix] @ x
        + w["bias_ih" + suffix]
        + w["weight_hh" + suffix] @ h
        + w["bias_hh" + suffix]
    )
    i, f, g, o = jnp.split(z, 4)
    c = sigmoid(f) * c + sigmoid(i) * jnp.tanh(g)
    return sigmoid(o) * jnp.tanh(c), c


def run_gru(w, x, h, suffix):
    a = jnp.split(w["weight_ih" + suffix] @ x + w["bias_ih" + suffix], 3)
    b = jnp.split(w["weight_hh" + suffix] @ h + w["bias_hh" + suffix], 3)
    r, z = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
    return (1 - z) * jnp.tanh(a[2] + r * b[2]) + z * h


def along(step, w, x, start, suffix, visible=lambda s: s):
    """Run a cell along a sequence in plain Python; backwards where the weights say so."""
    order = range(len(x))
    out = [None] * len(x)
    for t in reversed(order) if suffix.endswith("reverse") else order:
        start = step(w, x[t], start, suffix)
        out[t] = visible(start)
    return jnp.stack(out), start


def values(module, x, seed=0):
    rng = np.random.default_rng(seed)
    return {k: rng.normal(size=s) for k, s in module.weights().items()}, rng.normal(size=x)


def run(module, node, w, x):
    symbols = module.symbols()
    return floats(node, **{symbols[k].name: v for k, v in w.items()}, x=x)


NONLINEARITIES = {
    "tanh": jnp.tanh,
    "relu": lambda z: jnp.maximum(z, 0),
    "sigmoid": sigmoid,
    "shifted sigmoid": lambda z: sigmoid(z) - 0.5,
    "identity": lambda z: z,
}


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_an_rnn_runs_as_its_equations_say(name):
    module = RNN(D, H, nonlinearity=name)
    outputs, last = module(symbol("x", (T, D)))
    w, x = values(module, (T, D))
    with jax.enable_x64(True):
        apply = NONLINEARITIES[name]
        want, end = along(lambda w, x, h, s: run_rnn(w, x, h, s, apply), w, x, jnp.zeros(H), "_l0")
    np.testing.assert_allclose(run(module, outputs, w, x), want, rtol=1e-12)
    np.testing.assert_allclose(run(module, last, w, x), end[None], rtol=1e-12)


def test_an_lstm_runs_as_its_equations_say():
    module = LSTM(D, H)
    outputs, (h, c) = module(symbol("x", (T, D)))
    w, x = values(module, (T, D))
    with jax.enable_x64(True):
        want, end = along(run_lstm, w, x, (jnp.zeros(H), jnp.zeros(H)), "_l0", lambda s: s[0])
    np.testing.assert_allclose(run(module, outputs, w, x), want, rtol=1e-12)
    np.testing.assert_allclose(run(module, h, w, x), end[0][None], rtol=1e-12)
    np.testing.assert_allclose(run(module, c, w, x), end[1][None], rtol=1e-12)


def test_a_gru_runs_as_its_equations_say():
    module = GRU(D, H)
    outputs, _ = module(symbol("x", (T, D)))
    w, x = values(module, (T, D))
    with jax.enable_x64(True):
        want, _ = along(run_gru, w, x, jnp.zeros(H), "_l0")
    np.testing.assert_allclose(run(module, outputs, w, x), want, rtol=1e-12)


def test_layers_stand_above_each_other_and_run_both_ways():
    module = LSTM(D, H, num_layers=2, bidirectional=True)
    outputs, (h, _) = module(symbol("x", (T, D)))
    w, x = values(module, (T, D))
    with jax.enable_x64(True):
        layer, ends = x, []
        for suffixes in (("_l0", "_l0_reverse"), ("_l1", "_l1_reverse")):
            found = [
                along(run_lstm, w, layer, (jnp.zeros(H), jnp.zeros(H)), s, lambda s: s[0]) for s in suffixes
            ]
            layer = jnp.concatenate([f[0] for f in found], axis=1)
            ends += [f[1][0] for f in found]
    assert outputs.shape == (T, 2 * H)
    np.testing.assert_allclose(run(module, outputs, w, x), layer, rtol=1e-12)
    np.testing.assert_allclose(run(module, h, w, x), np.stack(ends), rtol=1e-12)


@pytest.mark.parametrize(
    ("module", "step", "start", "visible"),
    [
        (RNN(D, H), run_rnn, np.zeros(H), lambda s: s),
        (GRU(D, H), run_gru, np.zeros(H), lambda s: s),
        (LSTM(D, H), run_lstm, (np.zeros(H), np.zeros(H)), lambda s: s[0]),
    ],
    ids=["RNN", "GRU", "LSTM"],
)
def test_gradients_through_time_are_those_of_jax(module, step, start, visible):
    outputs, _ = module(symbol("x", (T, D)))
    w, x = values(module, (T, D))
    weights = np.random.default_rng(1).normal(size=(T, H))
    loss = total(outputs * weights)
    symbols = module.symbols()
    gradients = grad(loss, list(symbols.values()))

    def reference(w):
        return jnp.sum(along(step, w, x, start, "_l0", visible)[0] * weights)

    with jax.enable_x64(True):
        want = jax.grad(reference)({k: jnp.asarray(v) for k, v in w.items()})
        compiled = jax.jit(
            jax.grad(
                lambda *v: function([loss], [*symbols.values(), symbol("x", (T, D))], jax_space)(*v, x)[0],
                tuple(range(len(w))),
            )
        )
        by_jax = compiled(*(jnp.asarray(v) for v in w.values()))
    for key, node, other in zip(symbols, gradients, by_jax, strict=True):
        np.testing.assert_allclose(run(module, node, w, x), want[key], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(np.asarray(other), want[key], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("cell", "step", "start"),
    [
        (RNNCell(D, H), run_rnn, np.zeros(H)),
        (
            RNNCell(D, H, nonlinearity="relu"),
            lambda *a: run_rnn(*a, apply=lambda z: jnp.maximum(z, 0)),
            np.zeros(H),
        ),
        (GRUCell(D, H), run_gru, np.zeros(H)),
        (LSTMCell(D, H), lambda *a: run_lstm(*a)[0], (np.zeros(H), np.zeros(H))),
    ],
    ids=["RNN", "relu", "GRU", "LSTM"],
)
def test_a_cell_is_one_step(cell, step, start):
    out = cell(symbol("x", D))
    out = out[0] if isinstance(out, tuple) else out
    w, x = values(cell, D)
    with jax.enable_x64(True):
        want = step(w, jnp.asarray(x), start, "")
    np.testing.assert_allclose(run(cell, out, w, x), want, rtol=1e-12)


def test_a_cell_takes_a_state():
    h, c = LSTMCell(D, H)(symbol("x", D), (symbol("h", H), symbol("c", H)))
    assert {"h", "c"} <= {n.name for n in free_symbols(h)}
    assert c.shape == (H,)


@pytest.mark.parametrize(
    ("module", "count"),
    [
        (RNN(D, H), H * D + H * H + 2 * H),
        (RNN(D, H, bias=False), H * D + H * H),
        (LSTM(D, H), 4 * (H * D + H * H + 2 * H)),
        (GRU(D, H, num_layers=2), 3 * (H * D + H * H + 2 * H) + 3 * (2 * H * H + 2 * H)),
        (LSTM(D, H, bidirectional=True), 2 * 4 * (H * D + H * H + 2 * H)),
    ],
)
def test_parameters(module, count):
    assert exact(parameters(module)) == count


def test_sizes_may_be_symbols():
    d, h = size("d h")
    count = parameters(LSTM(d, h))
    assert floats(count, d=3, h=2) == 4 * (2 * 3 + 2 * 2 + 2 * 2)
    outputs, _ = GRU(d, h)(symbol("x", (5, d)))
    assert outputs.shape == (5, h)
    assert floats(macs(outputs), d=3, h=2) == pytest.approx(5 * 3 * (2 * 3 + 2 * 2), rel=1e-12)


def test_written_out_each_gate_is_a_line():
    outputs, _ = LSTM(1, 1)(symbol("x", (2, 1)))
    names = [n.name for n in schedule([unroll(outputs)]) if isinstance(n.name, str)]
    assert {"i_1", "f_1", "g_1", "o_1", "c_1", "h_1", "i_2", "f_2", "g_2", "o_2", "c_2", "h_2"} <= set(names)


def test_the_states_of_an_exact_relu_rnn():
    # h_1 = relu(1·1 − 2) = 0, h_2 = relu(1·3 − 2 + 2·0) = 1, h_3 = relu(1·2 − 2 + 2·1) = 2.
    w = {"weight_ih_l0": [[1]], "weight_hh_l0": [[2]], "bias_ih_l0": [-2], "bias_hh_l0": [0]}
    outputs, last = RNN(1, 1, nonlinearity="relu")([[1], [3], [2]], weights=w)
    assert exact(outputs).ravel().tolist() == [0, 1, 2]
    assert exact(last).item() == 2


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: RNN(D, H, nonlinearity="cos"), "no nonlinearity 'cos'; there are tanh, relu"),
        (lambda: RNNCell(D, H, nonlinearity="cos"), "no nonlinearity 'cos'"),
        (lambda: LSTM(D, H, num_layers=0), "num_layers is a positive integer"),
        (lambda: GRU(D, H)(symbol("x", (T, D + 1))), "GRU: expected a sequence T×3, found shape 4×4"),
        (lambda: GRU(D, H)(symbol("x", D)), "expected a sequence"),
    ],
)
def test_what_does_not_fit_is_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build()
