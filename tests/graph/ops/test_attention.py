import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import symengine as se

from graph.oracle import Case, checks, run
from tripos.graph import (
    GraphError,
    attention,
    attention_weights,
    contract,
    exact,
    floats,
    grad,
    join_heads,
    log,
    named,
    size,
    split_heads,
    symbol,
    write,
)
from tripos.graph import sum as total
from tripos.graph.cost import macs
from tripos.graph.slips import slips
from tripos.graph.steps import working

CASES = [
    Case(
        "split_heads",
        lambda x: split_heads(x, heads=2),
        lambda x: jnp.stack([x[:, :2], x[:, 2:]]),
        ((3, 4),),
    ),
    Case(
        "split_heads",
        lambda x: split_heads(x, heads=3),
        lambda x: jnp.stack([x[..., i : i + 1] for i in range(3)], 1),
        ((2, 2, 3),),
        note="batch",
    ),
    Case("join_heads", join_heads, lambda x: jnp.concatenate([x[0], x[1]], -1), ((2, 3, 4),)),
    Case(
        "join_heads",
        join_heads,
        lambda x: jnp.concatenate([x[:, 0], x[:, 1], x[:, 2]], -1),
        ((2, 3, 2, 1),),
        note="batch",
    ),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


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


@pytest.mark.parametrize("shared", ["nothing", "keys", "keys and values"])
def test_heads_are_a_leading_axis(shared):
    """Each head attends for itself; keys, and values, may be the same for all of them."""
    rng = np.random.default_rng(4)
    q, k, v = arrays(rng, (2, 3, 4), (2, 5, 4), (2, 5, 3))
    k = k if shared == "nothing" else k[0]
    v = v[0] if shared == "keys and values" else v
    node = attention(symbol("q", q.shape), symbol("k", k.shape), symbol("v", v.shape))
    with jax.enable_x64(True):
        want = [jax_attention(q[h], k if k.ndim == 2 else k[h], v if v.ndim == 2 else v[h]) for h in range(2)]
    assert node.shape == (2, 3, 3)
    np.testing.assert_allclose(floats(node, q=q, k=k, v=v), want, rtol=1e-12)


def test_batches_of_heads_have_two_leading_axes():
    rng = np.random.default_rng(5)
    q, k, v = arrays(rng, (2, 3, 4, 2), (2, 3, 5, 2), (2, 3, 5, 2))
    node = attention(symbol("q", q.shape), symbol("k", k.shape), symbol("v", v.shape))
    with jax.enable_x64(True):
        want = [
            [jax_attention(*head) for head in zip(*example, strict=True)]
            for example in zip(q, k, v, strict=True)
        ]
    np.testing.assert_allclose(floats(node, q=q, k=k, v=v), want, rtol=1e-12)


def test_the_scale_may_be_another():
    q, k = symbol("q", (2, 4)), symbol("k", (3, 4))
    scores, plain = attention_weights(q, k, scale=1), attention_weights(q, k)
    values = dict(zip("qk", arrays(np.random.default_rng(6), (2, 4), (3, 4)), strict=True))
    want = scipy.special.softmax(values["q"] @ values["k"].T, -1)
    np.testing.assert_allclose(floats(scores, **values), want, rtol=1e-12)
    halved = attention_weights(q, k, scale=0.5)  # 1/√4
    np.testing.assert_allclose(floats(halved, **values), floats(plain, **values), rtol=1e-14)


def test_weights_add_up_to_one_and_attention_lies_between_the_values():
    rng = np.random.default_rng(7)
    q, k, v = arrays(rng, (6, 4), (5, 4), (5, 3))
    weights = floats(attention_weights(symbol("q", q.shape), symbol("k", k.shape)), q=q, k=k)
    np.testing.assert_allclose(weights.sum(-1), np.ones(6), rtol=1e-14)
    out = floats(attention(symbol("q", q.shape), symbol("k", k.shape), symbol("v", v.shape)), q=q, k=k, v=v)
    assert ((out >= v.min(0)) & (out <= v.max(0))).all()


def test_a_closed_form():
    """Scores 0 and log 3, so that the weights are a quarter and three quarters."""
    out = exact(attention([1], [[0], [log(3)]], [[4, 0], [0, 4]], scale=1))
    assert [str(v) for v in out] == ["1", "3"]
    (found,) = exact(attention([2, 0], [[0, 1], [1, 1]], [[1], [0]]))
    assert (1 / found - 1 - se.exp(se.sqrt(2))).expand() == 0


def test_heads_are_written_like_one_matrix():
    q, k, v = (named(symbol(n, (2, 3, 4)), n) for n in "QKV")
    assert write(attention(q, k, v)).text == "softmax(Q Kᵀ/√4) V"
    b = symbol("B", (5, 2, 3, 4))
    assert write(contract("bhmd,hnd->bhmn", b, k)).text == "B Kᵀ"
    assert write(contract("bhmd,hnd->hbmn", b, k)).text.startswith("contract[")


def test_working_of_one_query():
    q, k, v = named(symbol("q", 1), "q"), [[1], [1]], [[2], [4]]
    assert working(named(attention([3], k, v), "c")).endswith("= [3]ᵀ")
    assert write(attention(q, k, v)).text == "[2; 4]ᵀ softmax([1; 1] q/√1)"


def test_costs_of_heads_are_those_of_one_wide_attention():
    M, N, d = size("M N d")
    q, k = symbol("Q", (M, d)), symbol("K", (N, d))
    heads = [split_heads(x, heads=8) for x in (q, k, k)]
    assert write(macs(attention(*heads))).text == write(macs(attention(q, k, k))).text == "2d M N"
    assert join_heads(attention(*heads)).shape == (M, d)


def test_a_slip_of_the_heads():
    """Reshaped without transposing, the first head takes the first rows instead of the first columns."""
    x = [[1, 2, 3, 4], [5, 6, 7, 8]]
    (slip,) = slips(split_heads(x, heads=2))
    assert exact(split_heads(x, heads=2)).astype(int).tolist() == [[[1, 2], [5, 6]], [[3, 4], [7, 8]]]
    assert exact(slip.node).astype(int).tolist() == [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: split_heads(symbol("x", (2, 6)), heads=4), "rows of 6 entries do not split into 4 heads"),
        (
            lambda: split_heads(symbol("x", (2, 6)), heads=0),
            "the number of heads is a positive integer, found 0",
        ),
        (lambda: split_heads(symbol("x", 6), heads=2), "expected rows L×E, found shape 6"),
        (lambda: join_heads(symbol("x", (2, 6))), "expected heads h×L×d, found shape 2×6"),
    ],
)
def test_heads_that_do_not_fit_are_refused(make, message):
    with pytest.raises(GraphError, match=message):
        make()


@pytest.mark.parametrize(
    ("q", "k", "v", "message"),
    [
        ((3, 4), (5, 2), (5, 2), "queries 3×4 and keys 5×2 do not fit: both must have d entries"),
        (4, (5, 3), (5, 2), "queries 4 and keys 5×3 do not fit"),
        ((3, 4), (5, 4), (6, 2), "keys 5×4 and values 6×2 do not fit: there is one row of each"),
        ((3, 4), 4, (5, 2), "keys 4 and values 5×2 do not fit"),
        ((), (5, 4), (5, 2), "expected queries m×d and keys n×d, or one query of d, found scalar and 5×4"),
        ((3, 4), (2, 5, 4), (2, 5, 4), "expected queries m×d and keys n×d"),
        ((2, 3, 4), (3, 5, 4), (3, 5, 4), "2×3×4 and 3×5×4 do not fit"),
    ],
)
def test_shapes_that_do_not_fit_are_named(q, k, v, message):
    with pytest.raises(GraphError, match=message):
        attention(symbol("q", q), symbol("k", k), symbol("v", v))
