import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tripos.graph import (
    GraphError,
    concat,
    exact,
    floats,
    grad,
    hessian,
    hessian_vector_product,
    jacobian,
    log_softmax,
    matrix,
    named,
    nll,
    schedule,
    sigmoid,
    size,
    softmax,
    symbol,
    tanh,
    vector,
)
from tripos.graph import sum as total
from tripos.graph.node import free_symbols
from tripos.graph.proof import prove
from tripos.graph.steps import lines, working
from tripos.graph.values import Values

rng = np.random.default_rng(0)
W, V, X, B = rng.normal(size=(3, 2)), rng.normal(size=3), rng.normal(size=2), 0.3


def network(W, v, x, b):
    """Return a loss that mixes its parameters; the same code builds the graph and runs in JAX."""
    return (v @ (tanh if hasattr(W, "op") else jnp.tanh)(W @ x) + b) ** 2 + b * (v @ v)


def graph():
    W, v, x, b = symbol("W", (3, 2)), symbol("v", 3), symbol("x", 2), symbol("b")
    return network(W, v, x, b), (W, v, x, b)


VALUES = {"W": W, "v": V, "x": X, "b": B}


def value(node):
    """Return a node's value in floats, at those of VALUES that it depends on."""
    return floats(node, **{s.name: VALUES[s.name] for s in free_symbols(node)})


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize("k", range(4), ids=["matrix", "vector", "input", "number"])
def test_the_hessian_of_one_parameter_is_that_of_jax(k):
    loss, nodes = graph()
    H = hessian(loss, nodes[k])
    want = jax.hessian(network, k)(*map(jnp.asarray, VALUES.values()))
    assert H.shape == want.shape == nodes[k].shape * 2
    np.testing.assert_allclose(value(H), want, rtol=1e-11, atol=1e-12)


def test_the_hessian_of_several_is_one_matrix_over_all_their_entries():
    loss, nodes = graph()
    H = hessian(loss, nodes)
    blocks = jax.hessian(network, (0, 1, 2, 3))(*map(jnp.asarray, VALUES.values()))
    sizes = [int(np.prod(n.shape)) for n in nodes]
    want = np.block(
        [
            [np.reshape(b, (n, m)) for b, m in zip(row, sizes, strict=True)]
            for row, n in zip(blocks, sizes, strict=True)
        ]
    )
    assert H.shape == want.shape == (12, 12)
    got = value(H)
    np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(got, got.T, rtol=1e-12)


def test_jacobians_are_those_of_jax():
    w, x = symbol("W", (3, 2)), symbol("x", 2)
    y = softmax(w @ x)

    def reference(w, x):
        return jax.nn.softmax(w @ x)

    by_w, by_x = jax.jacobian(reference, (0, 1))(jnp.asarray(W), jnp.asarray(X))
    np.testing.assert_allclose(floats(jacobian(y, w), W=W, x=X), by_w, rtol=1e-12)
    np.testing.assert_allclose(floats(jacobian(y, x), W=W, x=X), by_x, rtol=1e-12)
    both = np.hstack([np.reshape(by_w, (3, 6)), by_x])
    np.testing.assert_allclose(floats(jacobian(y, [w, x]), W=W, x=X), both, rtol=1e-12)


def test_the_jacobian_of_a_matrix_has_its_axes_first():
    s, x = symbol("s"), symbol("x", 2)
    y = matrix("1 2; 3 4; 5 6") * s
    assert (floats(jacobian(y, s)) == [[1, 2], [3, 4], [5, 6]]).all()
    J = jacobian(matrix("1 2; 3 4") * x, x)
    assert J.shape == (2, 2, 2)
    assert (floats(J) == [[[1, 0], [0, 2]], [[3, 0], [0, 4]]]).all()


def test_of_a_single_value_the_jacobian_is_the_gradient():
    x = symbol("x", 2)
    assert jacobian(x @ x, x) is grad(x @ x, x)


def test_what_does_not_depend_has_derivative_zero():
    x, y = symbol("x", 2), symbol("y")
    assert (exact(jacobian(3 * x, y)) == 0).all()
    assert (exact(hessian(x @ x, [x, y])) == [[2, 0, 0], [0, 2, 0], [0, 0, 0]]).all()
    assert (exact(hessian(vector(1, 2) @ x, x)) == 0).all()


def test_a_hessian_is_exact_and_differentiates_again():
    w = symbol("w")
    assert str(exact(hessian(nll(sigmoid(w), +1), w), w=0).item()) == "1/4"
    x = symbol("x", 2)
    third = jacobian(hessian((x @ x) ** 2, x), x)
    want = jax.jacobian(jax.hessian(lambda x: (x @ x) ** 2))(jnp.asarray(X))
    np.testing.assert_allclose(floats(third, x=X), want, rtol=1e-12)


def test_products_with_the_hessian():
    loss, (w, v, x, b) = graph()
    u = rng.normal(size=3)
    product = hessian_vector_product(loss, v, vector(*u))
    np.testing.assert_allclose(value(product), value(hessian(loss, v)) @ u, rtol=1e-11)
    along = [rng.normal(size=n.shape) for n in (w, v, x, b)]
    parts = hessian_vector_product(loss, [w, v, x, b], [d.tolist() for d in along])
    got = np.concatenate([np.ravel(value(p)) for p in parts])
    flat = np.concatenate([np.ravel(d) for d in along])
    np.testing.assert_allclose(got, value(hessian(loss, [w, v, x, b])) @ flat, rtol=1e-10)


def test_a_direction_that_depends_on_the_parameters_is_not_differentiated():
    w = symbol("w", 2)
    loss = (w @ w) ** 2
    product = hessian_vector_product(loss, w, grad(loss, w))
    H = np.asarray(jax.hessian(lambda w: (w @ w) ** 2)(jnp.asarray(X)))
    np.testing.assert_allclose(floats(product, w=X), H @ (4 * X @ X * X), rtol=1e-12)


def test_the_graph_of_a_hessian_grows_linearly():
    def nodes(depth):
        w = h = symbol("w", 2)
        for _ in range(depth):
            h = tanh(h) + w
        return len(schedule([hessian(total(log_softmax(h)), w)]))

    one, two, four = (nodes(d) for d in (10, 20, 40))
    assert four - two == 2 * (two - one)


def test_rows_of_named_nodes_are_lines_and_are_proven_by_finite_differences():
    A, b, w = (
        named(n, name) for n, name in [(matrix("3 1; 1 2"), "A"), (vector(1, 2), "b"), (vector(0, 0), "w")]
    )
    L = named(w @ (A @ w) / 2 - b @ w, "L")
    H = named(hessian(L, w), "H")
    assert working(H).endswith("\nH = ∂²L/∂w² = [3 1; 1 2]")
    assert [line.split(" = ")[0] for line in working(H).split("\n")] == [
        "∂(∂L/∂w)[1]/∂w",
        "∂(∂L/∂w)[2]/∂w",
        "H",
    ]
    assert "gradient agrees with finite differences" in prove(H, Values()).how
    y = named(A @ w, "y")
    assert working(named(jacobian(y, w), "J")).split("\n")[-1] == "J = ∂y/∂w = [3 1; 1 2]"
    assert "J = ∂y/∂(w, b)" in working(named(jacobian(y, [w, b]), "J"))


def test_without_names_there_are_no_lines():
    w = vector(1, 2)
    H = hessian(w @ w, symbol("v", 2))
    assert lines(H) == [H]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: hessian(symbol("w", 2), symbol("w", 2)), "only a scalar has a gradient"),
        (lambda: hessian(symbol("w"), []), "hessian: name at least one node"),
        (lambda: jacobian(symbol("w"), []), "jacobian: name at least one node"),
        (lambda: jacobian(symbol("y", size("d")), symbol("w")), "jacobian: sizes must be known .* shape d"),
        (
            lambda: hessian_vector_product(symbol("w", 2) @ vector(1, 2), symbol("w", 2), vector(1, 2, 3)),
            "hessian_vector_product: the direction has shape 3, the parameters 2",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build()


def test_parameters_may_be_put_together_before():
    a, b = symbol("a", 1), symbol("b", 2)
    loss = total(concat(a, b) ** 3)
    assert (exact(hessian(loss, [a, b]), a=[1], b=[2, 3]) == np.diag([6, 12, 18])).all()
