import jax
import jax.numpy as jnp
import numpy as np
import pytest

from graph.oracle import run
from tripos.graph import (
    GraphError,
    argmax,
    conv2d,
    cross_entropy,
    exact,
    exp,
    floats,
    floor,
    grad,
    max_pool2d,
    maximum_of,
    named,
    nll,
    relu,
    sigmoid,
    symbol,
    tanh,
    vec,
    vector,
    write,
)
from tripos.graph import sum as total
from tripos.graph.node import Adjoint, constant


def test_a_network_against_jax():
    def reference(x, K, W, b):
        h = jax.lax.conv_general_dilated(x[None], K, (1, 1), "VALID")[0]
        h = jnp.maximum(h, 0)[:, :4, :4].reshape(2, 2, 2, 2, 2).max((2, 4))
        z = W @ jnp.tanh(h.ravel("F")) + b
        return -jax.nn.log_softmax(z)[1]

    shapes = {"x": (3, 6, 6), "K": (2, 3, 3, 3), "W": (4, 8), "b": (4,)}
    rng = np.random.default_rng(0)
    values = [rng.normal(size=s) for s in shapes.values()]
    symbols = x, K, W, b = [symbol(n, s) for n, s in shapes.items()]
    loss = cross_entropy(W @ tanh(vec(max_pool2d(relu(conv2d(x, K)), 2))) + b, 1)
    got = run([loss, *grad(loss, symbols)], symbols, values)
    with jax.enable_x64(True):
        value, grads = jax.value_and_grad(reference, (0, 1, 2, 3))(*map(jnp.asarray, values))
    for one, other in zip(got, [value, *grads], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-13)


def test_shares_along_all_paths_are_added_up():
    x = symbol("x")
    h = x * x
    dx = grad(h * h + h * x + x, x)
    assert exact(dx, x=2) == 4 * 8 + 3 * 4 + 1


def test_the_gradient_with_respect_to_an_inner_node_holds_the_rest_fixed():
    x = symbol("x")
    h = x * x
    dh, dx = grad(h * x, [h, x])
    assert floats(dh, x=3) == 3
    assert floats(dx, x=3) == 27


def test_the_derivative_of_something_by_itself_is_one():
    x = symbol("x")
    assert floats(grad(x, x)) == 1


def test_what_is_not_depended_on_has_a_gradient_of_zeros_in_its_shape():
    x, other = symbol("x"), symbol("W", (2, 3))
    d = grad(x**2, other)
    assert d.shape == (2, 3)
    np.testing.assert_array_equal(floats(d), np.zeros((2, 3)))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_higher_derivatives(count):
    node = y = symbol("x")
    y = exp(2 * y)
    for _ in range(count):
        y = grad(y, node)
    assert floats(y, x=0.5) == pytest.approx(2**count * np.e, rel=1e-12)


def test_third_derivative_of_tanh_is_exact():
    x = symbol("x")
    y = tanh(x)
    for _ in range(3):
        y = grad(y, x)
    assert exact(y, x=0) == -2  # tanh x = x − x³/3 + …


def test_repeated_and_reversed_targets_come_in_the_order_asked_for():
    a, b = symbol("a"), symbol("b")
    assert [int(floats(d, a=2, b=3)) for d in grad((a * b) ** 2, [b, a, b])] == [24, 36, 24]


def test_one_node_has_one_gradient_and_several_have_a_list():
    x = symbol("x")
    assert grad(x**2, [x]) == [grad(x**2, x)]


def test_adjoints_of_named_nodes_are_named_after_them():
    w, x = symbol("w", 2), symbol("x", 2)
    z = named(w @ x, "z")
    loss = named(nll(sigmoid(z), 1), "L")
    dw = grad(loss, w)
    assert dw.name == Adjoint(loss, w)
    assert write(dw).text == "∂L/∂w"
    assert write(dw, own_name=False).text == "∂L/∂z · x"


def test_adjoints_in_an_unnamed_loss_are_not_named():
    x = symbol("x")
    assert grad(exp(x) ** 2, x).name is None


def test_one_exact_step_of_gradient_descent():
    # The example of the design: w − η ∂L/∂w with σ(0) = 1/2.
    w, b, h = symbol("w", 4), symbol("b"), vector(1, 0, 0, 1)
    dw, db = grad(nll(sigmoid(w @ h + b), +1), [w, b])
    got = exact(w - dw, b - db, w=[1, 2, 3, 4], b=-5)
    assert [str(v) for v in got[0]] == ["3/2", "2", "3", "9/2"]
    assert str(got[1]) == "-9/2"


def test_steps_pass_no_gradient():
    x = symbol("x")
    assert exact(grad(x * floor(x), x), x=2.5) == 2


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda x: grad(x, x), "grad: only a scalar has a gradient, found shape 3"),
        (lambda x: grad(argmax(x), x), "grad: argmax has no derivative"),
    ],
)
def test_what_has_no_gradient_is_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build(symbol("x", 3))


def test_a_branch_without_the_target_needs_no_derivative():
    x, s = symbol("x", 3), symbol("s")
    assert exact(grad(argmax(x) * s**2, s), x=[1, 3, 2], s=5) == 20


COMPOSITIONS = [
    lambda one, two: one + two,
    lambda one, two: tanh(one - two),
    lambda one, two: sigmoid(one) * two,
    lambda one, two: one / (1 + two**2),
    lambda one, two: total(one) * tanh(two),
    lambda one, two: maximum_of(one) - two,
]


@pytest.mark.parametrize("seed", range(8))
def test_random_graphs_against_finite_differences(seed):
    """Compose random smooth ops on shared nodes; compare the slope along a random direction."""
    rng = np.random.default_rng(seed)
    symbols = [symbol("a"), symbol("v", 3), symbol("M", (2, 3)), symbol("c", (2, 1))]
    nodes = list(symbols)
    for _ in range(12):
        one, two = (nodes[i] for i in rng.integers(len(nodes), size=2))
        build = COMPOSITIONS[rng.integers(len(COMPOSITIONS))]
        nodes.append(build(one, two))
    loss: object = constant(0)
    for node in nodes:
        loss = loss + total(tanh(node))
    values = [rng.normal(size=s.shape) for s in symbols]
    along, h = [rng.normal(size=s.shape) for s in symbols], 1e-6
    ahead, behind = (
        run([loss], symbols, [v + s * h * d for v, d in zip(values, along, strict=True)])[0] for s in (1, -1)
    )
    slopes = run(grad(loss, symbols), symbols, values)
    slope = sum((g * d).sum() for g, d in zip(slopes, along, strict=True))
    np.testing.assert_allclose((ahead - behind) / (2 * h), slope, rtol=1e-6, atol=1e-7)


def test_a_deep_graph_has_a_gradient():
    x = node = symbol("x")
    for _ in range(100_000):
        node = node + x
    assert floats(grad(node, x)) == 100_001
