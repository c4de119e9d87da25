import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.graph import (
    GraphError,
    attention,
    concat,
    cross_entropy,
    dot,
    exp,
    kl_normal,
    lift,
    log,
    mean,
    mse,
    named,
    nll,
    norm,
    relu,
    sigmoid,
    size,
    softmax,
    symbol,
    tanh,
    trace,
    variance,
)
from tripos.graph import sum as total
from tripos.graph.compare import compare
from tripos.graph.deriving.agreement import agreement
from tripos.graph.deriving.concrete import concrete
from tripos.graph.deriving.derivation import derivation
from tripos.graph.node import Adjoint, free_symbols, schedule
from tripos.graph.program import Program
from tripos.graph.spaces import numpy as floats

d, k, m, n = size("d k m n")
x, w, b, y = symbol("x", d), symbol("w", d), symbol("b"), symbol("y")
W1, b1, W2, b2 = symbol("W1", (m, d)), symbol("b1", m), symbol("W2", (k, m)), symbol("b2", k)


def printed(of, *wrt, **options):
    """Return the lines of a derivation, which agrees with finite differences."""
    found = derivation(of, wrt, **options)
    assert agreement(found).points
    return str(found).splitlines()


# -- printed lines -----------------------------------------------------------------------------


def test_logistic_regression():
    assert printed(-log(sigmoid(w @ x + b)), w, b) == [
        "z = wᵀ x + b",
        "L = −log σ(z)",
        "∂L/∂z = σ(z) − 1",
        "∂L/∂w = ∂L/∂z · x = (σ(z) − 1) x = (σ(wᵀ x + b) − 1) x",
        "∂L/∂b = ∂L/∂z = σ(z) − 1 = σ(wᵀ x + b) − 1",
    ]


def mlp(label):
    """Return the loss of a perceptron with one hidden layer, its parts named as in a lecture."""
    z1 = named(W1 @ x + b1, "z1")
    h = named(tanh(z1), "h")
    z2 = named(W2 @ h + b2, "z2")
    p = named(softmax(z2), "p")
    loss = -log(p[label]) if not label.shape else -dot(label, log(p))
    return named(loss, "L")


def test_a_multilayer_perceptron():
    lines = printed(mlp(symbol("y", k, "distribution")), W1, b1, W2, b2)
    assert lines == [
        "z₁ = W₁ x + b₁",
        "h = tanh(z₁)",
        "z₂ = W₂ h + b₂",
        "p = softmax(z₂)",
        "L = −yᵀ log(p)",
        "∂L/∂z₂ = p − y",
        "∂L/∂W₂ = ∂L/∂z₂ · hᵀ = (p − y) hᵀ",
        "∂L/∂b₂ = ∂L/∂z₂ = p − y",
        "∂L/∂h = W₂ᵀ · ∂L/∂z₂",
        "∂L/∂z₁ = ∂L/∂h ⊙ (1 − h²)",
        "∂L/∂W₁ = ∂L/∂z₁ · xᵀ = (W₂ᵀ (p − y) ⊙ (1 − h²)) xᵀ",
        "∂L/∂b₁ = ∂L/∂z₁ = W₂ᵀ (p − y) ⊙ (1 − h²)",
    ]


def test_a_class_that_is_a_symbol_is_a_unit_vector():
    assert "∂L/∂z₂ = p − e_y" in printed(mlp(y), W2)


def test_latex_shapes_and_rules():
    lines = derivation(mlp(y), [W2]).lines
    assert [line.kind for line in lines] == ["forward"] * 5 + ["adjoint", "gradient"]
    assert lines[-1].shape == (k, m)
    assert lines[-1].rule == "chain rule through the product"
    assert lines[-2].rule == "chain rule through softmax and log"
    assert lines[-1].latex == (
        r"\frac{\partial L}{\partial \mathbf{W}_{2}} "
        r"= \frac{\partial L}{\partial \mathbf{z}_{2}}\,{\mathbf{h}}^\top "
        r"= \left(\mathbf{p} - \mathbf{e}_{y}\right)\,{\mathbf{h}}^\top"
    )


def test_squared_error_against_cross_entropy_behind_a_sigmoid():
    a = symbol("a")
    f = named(sigmoid(a), "f")
    squared = (f - y) ** 2
    crossed = -(y * log(f) + (1 - y) * log(1 - f))
    assert printed(squared, a)[-1] == "∂L/∂a = ∂L/∂f · f (1 − f) = 2(f − y) f (1 − f)"
    assert printed(crossed, a)[-1] == "∂L/∂a = f − y"
    assert printed(crossed, f, a)[2:] == [
        "∂L/∂f = (f − y)/(f (1 − f))",
        "∂L/∂a = ∂L/∂f · f (1 − f) = f − y",
    ]


MU1, MU2, S1, S2 = (symbol(n, d, "positive") for n in ("mu1", "mu2", "sigma1", "sigma2"))
BY_HAND = total(log(S2 / S1) + (S1**2 + (MU1 - MU2) ** 2) / (2 * S2**2) - lift(1) / 2)


@pytest.mark.parametrize("divergence", [BY_HAND, kl_normal(MU1, S1, MU2, S2)])
def test_the_divergence_of_two_gaussians(divergence):
    lines = printed(named(divergence, "D"), MU1, S1)
    assert lines[1:] == ["∂D/∂μ₁ = (μ₁ − μ₂)/σ₂²", "∂D/∂σ₁ = σ₁/σ₂² − 1/σ₁"]


def test_the_divergence_by_its_second_argument():
    lines = printed(named(BY_HAND, "D"), MU2, S2)
    assert lines[1:] == ["∂D/∂μ₂ = (μ₂ − μ₁)/σ₂²", "∂D/∂σ₂ = 1/σ₂ − (σ₁² + (μ₁ − μ₂)²)/σ₂³"]


def rnn(steps):
    """Return the squared error of the last output of a recurrent network written out."""
    U, V, W = symbol("U", (m, d)), symbol("v", m), symbol("W", (m, m))
    h = symbol("h0", m)
    for t in range(1, steps + 1):
        h = named(tanh(W @ h + U @ symbol(f"x{t}", d)), f"h{t}")
    return named((V @ h - y) ** 2, "L"), W, U


def test_backpropagation_through_time():
    loss, W, U = rnn(3)
    assert printed(loss, W, U) == [
        "z₁ = W h₀ + U x₁",
        "h₁ = tanh(z₁)",
        "z₂ = W h₁ + U x₂",
        "h₂ = tanh(z₂)",
        "z₃ = W h₂ + U x₃",
        "h₃ = tanh(z₃)",
        "L = (vᵀ h₃ − y)²",
        "∂L/∂h₃ = 2(vᵀ h₃ − y) v",
        "∂L/∂z₃ = ∂L/∂h₃ ⊙ (1 − h₃²)",
        "∂L/∂h₂ = Wᵀ · ∂L/∂z₃ = Wᵀ (∂L/∂h₃ ⊙ (1 − h₃²))",
        "∂L/∂z₂ = ∂L/∂h₂ ⊙ (1 − h₂²)",
        "∂L/∂h₁ = Wᵀ · ∂L/∂z₂ = Wᵀ (∂L/∂h₂ ⊙ (1 − h₂²))",
        "∂L/∂z₁ = ∂L/∂h₁ ⊙ (1 − h₁²)",
        "∂L/∂W = ∂L/∂z₃ · h₂ᵀ + ∂L/∂z₂ · h₁ᵀ + ∂L/∂z₁ · h₀ᵀ",
        "∂L/∂U = ∂L/∂z₃ · x₃ᵀ + ∂L/∂z₂ · x₂ᵀ + ∂L/∂z₁ · x₁ᵀ",
    ]
    rules = {line.text.split(" = ")[0]: line.rule for line in derivation(loss, [W, U]).lines}
    assert rules["∂L/∂W"] == "sum of the shares through z₁, z₂ and z₃"


def test_a_scalar_recursion_with_a_shifted_logistic_function():
    """∂L/∂hₜ = ∂L/∂hₜ₊₁ · σ′(zₜ₊₁) w, where σ′ = σ (1 − σ)."""
    weight = symbol("w")
    states = [named(sigmoid(weight * symbol("x")) - lift(1) / 2, "h1")]
    for t in (2, 3):
        states.append(named(sigmoid(weight * states[-1]) - lift(1) / 2, f"h{t}"))
    lines = printed((states[-1] - y) ** 2, states[0])
    assert lines[-3].startswith("∂L/∂h₂ = ∂L/∂z₃ · w = ∂L/∂h₃ · σ(z₃) (1 − σ(z₃)) w")
    assert lines[-1].startswith("∂L/∂h₁ = ∂L/∂z₂ · w = ∂L/∂h₂ · σ(z₂) (1 − σ(z₂)) w")


# -- a variant of the LSTM, its forget gate opening half-way at most ------------------------------

NAMES = "W_f U_f b_f W_o U_o b_o W_c U_c b_c x_0 x_1 h_p c_p"
P = {name: symbol(name) for name in NAMES.split()}


def cell(x, h, c, t):
    """Return one step of the variant: the forget gate f enters as f (1 − f), and g is what is written."""
    f = named(sigmoid(P["W_f"] * x + P["U_f"] * h + P["b_f"]), f"f_{t}")
    o = named(sigmoid(P["W_o"] * x + P["U_o"] * h + P["b_o"]), f"o_{t}")
    g = named(tanh(P["W_c"] * x + P["U_c"] * h + P["b_c"]), f"g_{t}")
    c = named(f * (1 - f) * c + g, f"c_{t}")
    return f, o, g, c, named(o * tanh(c), f"h_{t}")


def test_a_scalar_variant_of_the_lstm_in_terms_of_its_gates():
    f0, o0, g0, c0, h0 = cell(P["x_0"], P["h_p"], P["c_p"], 0)
    f1, _, g1, c1, _ = cell(P["x_1"], h0, c0, 1)
    assert printed(c1, P["x_0"], order=[f0, o0, g0, c0, h0])[8:-1] == [
        "∂c₁/∂f₁ = c₀ (1 − 2f₁)",
        "∂c₁/∂h₀ = (1 − g₁²) U_c + ∂c₁/∂f₁ · f₁ (1 − f₁) U_f",
        "∂c₁/∂c₀ = f₁ (1 − f₁) + ∂c₁/∂h₀ · o₀ (1 − tanh(c₀)²)",
        "∂c₁/∂o₀ = ∂c₁/∂h₀ · tanh(c₀)",
        "∂c₁/∂g₀ = ∂c₁/∂c₀",
        "∂c₁/∂f₀ = ∂c₁/∂c₀ · c_p (1 − 2f₀)",
    ]
    # By hand, forwards: how each quantity answers to x₀.
    df0, do0, dg0 = f0 * (1 - f0) * P["W_f"], o0 * (1 - o0) * P["W_o"], (1 - g0**2) * P["W_c"]
    dc0 = (1 - 2 * f0) * df0 * P["c_p"] + dg0
    dh0 = do0 * tanh(c0) + o0 * (1 - tanh(c0) ** 2) * dc0
    df1, dg1 = f1 * (1 - f1) * P["U_f"] * dh0, (1 - g1**2) * P["U_c"] * dh0
    by_hand = (1 - 2 * f1) * df1 * c0 + f1 * (1 - f1) * dc0 + dg1
    line = derivation(c1, P["x_0"], longest=1000).lines[-1]
    assert all(compare(form, by_hand).same for form in line.forms)
    full = line.stages[-1].text
    assert "∂" not in full
    assert "f₁ (1 − f₁)" in full
    assert set(re.findall(r"[a-z][₀₁]", full)) == {"f₀", "f₁", "o₀", "g₀", "g₁", "c₀"}


# -- against formulas written by hand and against JAX, for random sizes --------------------------


def evaluate(nodes, sizes, values):
    """Return the values of nodes with symbolic sizes."""
    new = concrete(nodes, sizes)
    symbols = {s: values[s.name] for node in nodes for s in free_symbols(new[node])}
    return Program([new[node] for node in nodes], floats)(symbols)


def draws(symbols, sizes, seed=0):
    rng = np.random.default_rng(seed)
    shapes = {s.name: tuple(sizes.get(axis, axis) for axis in s.shape) for s in symbols}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


dimension = st.integers(1, 5)


def compared(of, wrt, reference, symbols, sizes):
    """Assert that every form of every gradient is what JAX says about a reference."""
    values = draws(symbols, sizes)
    found = derivation(of, wrt)
    with jax.enable_x64(True):
        want = jax.grad(reference, tuple(range(len(wrt))))(*(jnp.asarray(values[s.name]) for s in symbols))
    gradients = [line for line in found.lines if line.kind == "gradient"]
    assert len(gradients) == len(wrt)
    for line in gradients:
        right = want[[s.name for s in wrt].index(line.node.name.at.name)]
        for value in evaluate(line.forms, sizes, values):
            np.testing.assert_allclose(np.broadcast_to(value, right.shape), right, rtol=1e-9, atol=1e-11)


@settings(max_examples=10, deadline=None)
@given(dimension, dimension, dimension)
def test_a_perceptron_of_any_size_against_jax(d_, k_, m_):
    t = symbol("t", k)
    of = cross_entropy(W2 @ relu(W1 @ x + b1) + b2, t)

    def reference(W1, b1, W2, b2, x, t):
        return -t @ jax.nn.log_softmax(W2 @ jax.nn.relu(W1 @ x + b1) + b2)

    compared(of, [W1, b1, W2, b2, x], reference, [W1, b1, W2, b2, x, t], {d: d_, k: k_, m: m_})


@settings(max_examples=10, deadline=None)
@given(dimension, dimension, dimension, dimension)
def test_attention_of_any_size_against_jax(d_, k_, m_, n_):
    Q, K, V, c, e = (
        symbol("Q", (m, d)),
        symbol("K", (n, d)),
        symbol("V", (n, k)),
        symbol("c", m),
        symbol("e", k),
    )

    def reference(Q, K, V, c, e):
        return c @ (jax.nn.softmax(Q @ K.T / jnp.sqrt(Q.shape[1])) @ V) @ e

    sizes = {d: d_, k: k_, m: m_, n: n_}
    compared(c @ attention(Q, K, V) @ e, [Q, K, V], reference, [Q, K, V, c, e], sizes)


@settings(max_examples=10, deadline=None)
@given(dimension, dimension, dimension)
def test_joined_vectors_of_any_size_against_jax(d_, k_, m_):
    u, h, v = symbol("u", d), symbol("h", m), symbol("v", k)
    W = symbol("W", (k, d + m))

    def reference(W, u, h, v):
        return v @ jnp.tanh(W @ jnp.concatenate([u, h]))

    values = {d: d_, k: k_, m: m_, W.shape[1]: d_ + m_}
    compared(v @ tanh(W @ concat(u, h)), [W, u, h], reference, [W, u, h, v], values)


@settings(max_examples=10, deadline=None)
@given(dimension, dimension)
def test_a_batch_of_any_size_against_jax(n_, d_):
    X, t = symbol("X", (n, d)), symbol("t", n)

    def reference(w, b, X, t):
        return jnp.mean((X @ w + b - t) ** 2)

    compared(mean((X @ w + b - t) ** 2), [w, b], reference, [w, b, X, t], {n: n_, d: d_})


@pytest.mark.parametrize(
    ("of", "at", "text"),
    [
        (mse(W1 @ x, symbol("t", m)), W1, "∂L/∂W₁ = 2 (W₁ x − t) xᵀ/m"),
        (mse(W1 @ x, symbol("t", m)), x, "∂L/∂x = 2 W₁ᵀ (W₁ x − t)/m"),
        (mean((symbol("X", (n, d)) @ w - symbol("t", n)) ** 2), w, "∂L/∂w = 2 Xᵀ (X w − t)/n"),
        (dot(x, x) / 2, x, "∂L/∂x = x"),
        (x @ symbol("A", (d, d)) @ x, x, "∂L/∂x = Aᵀ x + A x"),
        (log(total(exp(x))), x, "∂L/∂x = e^x/(Σ e^x)"),
        (total((symbol("X", (n, d)) @ W1.T) ** 2) / 2, W1, "∂L/∂W₁ = W₁ Xᵀ X"),
        (trace(W1 @ symbol("V", (d, m))), W1, "∂L/∂W₁ = Vᵀ"),
        (trace(symbol("V", (d, m)) @ W1) / 2, W1, "∂L/∂W₁ = Vᵀ/2"),
        (trace(W1 @ W1.T), W1, "∂L/∂W₁ = 2W₁"),
        (variance(x), x, "∂L/∂x = 2(x − (Σ x)/d)/d"),
        (total((x - mean(x)) ** 2) / 2, x, "∂L/∂x = x − (Σ x)/d"),
        (norm(x) ** 2, x, "∂L/∂x = 2x"),
        (norm(x) ** 2 / 2 + norm(x), x, "∂L/∂x = x + x/‖x‖"),
        (norm(W1 @ x - b1) ** 2, x, "∂L/∂x = 2 W₁ᵀ (W₁ x − b₁)"),
        (trace(symbol("A", (d, d))) ** 2, symbol("A", (d, d)), "∂L/∂A = 2 tr(A) I"),
        (
            nll(softmax(W1 @ x), 1),
            x,
            "∂L/∂x = W₁ᵀ · ∂L/∂z = W₁ᵀ (softmax(z) − e₂) = W₁ᵀ (softmax(W₁ x) − e₂)",
        ),
    ],
)
def test_what_a_lecturer_would_write(of, at, text):
    assert printed(of, at)[-1] == text


# -- what is refused, and what is odd ------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: derivation(W1 @ x, x), "only a scalar has a gradient, found shape m; sum it"),
        (lambda: derivation(b, b), "b stands alone; write a formula, such as b"),
        (lambda: derivation(x[y], y), "y is a position, by which nothing is derived"),
    ],
)
def test_what_cannot_be_derived_is_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build()


def test_a_formula_too_long_to_write_is_refused():
    a = node = symbol("a")
    for _ in range(40):
        node = node * node + a
    with pytest.raises(GraphError, match="too long to write on a line; give names to parts of it"):
        derivation(node, a)


def test_deep_graphs_with_names_are_derived():
    node = a = symbol("a")
    for i in range(150):
        node = named(node * node + a, f"n{i}")
    lines = derivation(node, a).lines
    assert len(lines) == 150 + 150
    assert lines[150].text == "∂n₁₄₉/∂n₁₄₈ = 2n₁₄₈"


def test_what_is_not_depended_on_has_a_gradient_of_zero():
    line = derivation(b**2, [x]).lines[-1]
    assert (line.text, line.rule) == ("∂L/∂x = 𝟎", "no dependence")


def test_the_whole_by_itself():
    assert derivation(named(b**2, "L"), [named(b**2, "L")]).lines[-1].text == "∂L/∂L = 1"


def test_the_gradients_are_those_of_the_named_graph():
    found = derivation(-log(sigmoid(w @ x + b)), [w, b])
    assert [g.name for g in found.gradients] == [Adjoint(found.of, w), Adjoint(found.of, b)]
    assert found.of.name == "L"
    assert {n.name for n in schedule([found.of]) if n.args} == {"L", "z", None}
