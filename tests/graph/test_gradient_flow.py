import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos import nets
from tripos.graph import GraphError, constant, exact, named, relu, sigmoid, softmax, symbol, tanh, unroll
from tripos.graph.gradient_flow import jacobian_at, passages, rates, slope_at_rest, threshold
from tripos.graph.node import schedule

W, X, H, ALPHA = symbol("W", (3, 2)), symbol("x", 2), symbol("h"), symbol("alpha")


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_jacobian_is_that_of_jax(seed):
    rng = np.random.default_rng(seed)
    w, x = rng.normal(size=(3, 2)), rng.normal(size=2)
    ours = jacobian_at(softmax(W @ X), X, {W: w, X: x})
    with jax.enable_x64(True):
        theirs = jax.jacobian(lambda x: jax.nn.softmax(w @ x))(jnp.asarray(x))
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_a_jacobian_of_matrices_has_a_row_and_a_column_for_each_entry():
    rng = np.random.default_rng(0)
    w, x = rng.normal(size=(3, 2)), rng.normal(size=2)
    ours = jacobian_at(W @ X, W, {W: w, X: x})
    np.testing.assert_allclose(ours, np.kron(np.eye(3), x[None]))
    np.testing.assert_array_equal(jacobian_at(constant([1, 2]), X, {X: x}), np.zeros((2, 2)))


def chain(weight, steps, function):
    states = [named(symbol("h_0", 2), "h_0")]
    for _ in range(steps):
        states.append(function(weight @ states[-1]))
    return states


def test_the_passage_of_a_linear_chain_is_a_power():
    R = symbol("R", (2, 2))
    r = np.array([[0.6, 0.3], [-0.2, 0.9]])
    found = passages(chain(R, 5, lambda z: z), {R: r, symbol("h_0", 2): np.ones(2)})
    for passage in found:
        power = np.linalg.matrix_power(r, passage.steps)
        np.testing.assert_allclose(passage.singular_values, np.linalg.svd(power, compute_uv=False))
        assert passage.norm == pytest.approx(np.linalg.norm(power, 2))
    assert [p.steps for p in found] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.0, 1.3])
def test_the_rate_of_a_scaled_rotation_is_its_scale(factor):
    R = symbol("R", (2, 2))
    turn = factor * np.array([[0.6, -0.8], [0.8, 0.6]])
    states = chain(R, 12, lambda z: z)
    assert rates(passages(states, {R: turn, states[0]: np.ones(2)})) == pytest.approx(factor)


def lstm_in_jax(w, state, x):
    """Return h and c of one step, joined (Hochreiter and Schmidhuber, 1997)."""
    h, c = jnp.split(state, 2)
    i, f, g, o = jnp.split(w["weight_ih_l0"] @ x + w["weight_hh_l0"] @ h, 4)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jnp.concatenate([jax.nn.sigmoid(o) * jnp.tanh(c), c])


def test_the_state_of_an_lstm_is_h_and_c_together():
    layer, xs = nets.LSTM(1, 3, bias=False), symbol("x", (4, 1))
    outputs = unroll(layer(xs)[0])
    by_name = {node.name: node for node in schedule([outputs])}
    weights = nets.initialize(layer, 0)
    values = np.random.default_rng(0).normal(size=(4, 1))
    point = {xs: values} | {node: weights[path] for path, node in layer.symbols().items()}
    with pytest.raises(GraphError, match="not all that passes from h₁ to h₃ passes through h₂; name every"):
        passages([by_name[f"h_{t}"] for t in range(1, 5)], point)
    found = passages([(by_name[f"h_{t}"], by_name[f"c_{t}"]) for t in range(1, 5)], point)
    with jax.enable_x64(True):
        state, product = lstm_in_jax(weights, jnp.zeros(6), values[0]), np.eye(6)
        steps = []
        for x in values[1:]:
            steps.append(np.asarray(jax.jacobian(lambda s, x=x: lstm_in_jax(weights, s, x))(state)))
            state = lstm_in_jax(weights, state, x)
    for passage, step in zip(found, reversed(steps), strict=True):
        product = product @ step
        want = np.linalg.svd(product, compute_uv=False)
        np.testing.assert_allclose(passage.singular_values, want, rtol=1e-9, atol=1e-15)


def test_dead_units_pass_nothing():
    states = chain(symbol("R", (2, 2)), 4, relu)
    point = {symbol("R", (2, 2)): -np.eye(2), states[0]: np.ones(2)}
    assert rates(passages(states, point)) == 0


def test_a_shifted_logistic_unit_vanishes_below_four_and_explodes_above():
    # h' = σ(α h) − ½ rests at 0, where its slope is α σ'(0) = α/4.
    step = sigmoid(ALPHA * H) - constant(1) / 2
    assert exact(threshold(step, H, ALPHA)) == 4
    assert str(exact(slope_at_rest(step, H), alpha=1)) == "1/4"
    states = [H]
    for _ in range(30):
        states.append(sigmoid(ALPHA * states[-1]) - constant(1) / 2)
    for weight, expected in ((2.0, 0.5), (4.0, 1.0), (6.0, 1.5)):
        assert rates(passages(states, {ALPHA: weight, H: 0.0})) == pytest.approx(expected)


def test_a_tanh_unit_has_its_threshold_at_one():
    assert exact(threshold(tanh(ALPHA * H), H, ALPHA)) == 1


def test_a_residual_unit_has_none():
    with pytest.raises(GraphError, match="does not depend on"):
        threshold(H + tanh(H) / 2, H, ALPHA)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (sigmoid(ALPHA * H), "is no rest"),
        (tanh(ALPHA**2 * H), "not linear in"),
        (tanh(symbol("W", (2, 2)) @ symbol("v", 2)), "must be scalars"),
    ],
)
def test_what_has_no_threshold_says_why(step, message):
    with pytest.raises(GraphError, match=message):
        threshold(step, H, ALPHA)


def test_one_state_is_no_passage():
    with pytest.raises(GraphError, match="at least two states"):
        passages([H], {H: 0.0})
