import jax
import jax.numpy as jnp
import numpy as np
import pytest

from graph.oracle import run
from tripos.graph import GraphError, attention, exact, grad, size, symbol
from tripos.graph import sum as total


def jax_attention(q, k, v):
    """The formula of the paper; jax.nn.dot_product_attention rounds to float32 inside."""
    return jax.nn.softmax(q @ k.T / jnp.sqrt(q.shape[-1]), axis=-1) @ v


def arrays(rng, *shapes):
    return [rng.normal(size=s) for s in shapes]


@pytest.mark.parametrize("seed", range(3))
def test_attention_and_its_gradients_agree_with_jax(seed):
    rng = np.random.default_rng(seed)
    values = arrays(rng, (3, 4), (5, 4), (5, 4))
    symbols = [symbol(n, v.shape) for n, v in zip("qkv", values, strict=True)]
    node = attention(*symbols)
    weights = rng.normal(size=node.shape)
    got = run([node, *grad(total(node * weights), symbols)], symbols, values)
    with jax.enable_x64(True):
        want, back = jax.vjp(jax_attention, *map(jnp.asarray, values))
        wanted = [want, *back(jnp.asarray(weights))]
    assert node.shape == (3, 4)
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_one_query_is_a_row_of_the_matrix_of_queries():
    rng = np.random.default_rng(0)
    q, k, v = arrays(rng, (3, 4), (5, 4), (5, 2))
    symbols = [symbol("q", (3, 4)), symbol("k", (5, 4)), symbol("v", (5, 2))]
    one = attention(symbols[0][1], *symbols[1:])
    full, row = run([attention(*symbols), one], symbols, [q, k, v])
    assert one.shape == (2,)
    np.testing.assert_allclose(row, full[1], rtol=1e-13)


def test_equal_keys_are_averaged_exactly():
    q, k, v = symbol("q", 2), symbol("k", (2, 2)), symbol("v", (2, 2))
    out = exact(attention(q, k, v), q=[1, 0], k=[[1, 1], [1, 2]], v=[[1, 0], [0, 1]])
    assert [str(e) for e in out] == ["1/2", "1/2"]


def test_symbolic_sizes():
    m, n, d = size("M N d")
    assert attention(symbol("Q", (m, d)), symbol("K", (n, d)), symbol("V", (n, 5))).shape == (m, 5)


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(GraphError, match="3×4 and 5×2 do not fit"):
        attention(symbol("q", (3, 4)), symbol("k", (5, 2)), symbol("v", (5, 2)))
