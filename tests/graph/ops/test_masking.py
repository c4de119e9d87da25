import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.oracle import Case, checks, run
from tripos.graph import (
    GraphError,
    Program,
    attention,
    attention_weights,
    causal_mask,
    exact,
    floats,
    grad,
    lift,
    masked_softmax,
    padding_mask,
    relu,
    size,
    softmax,
    symbol,
    table,
)
from tripos.graph import sum as total
from tripos.graph.bounds import lower_bound, upper_bound
from tripos.graph.program import function
from tripos.graph.slips import slips
from tripos.graph.spaces import jax as jax_space
from tripos.graph.steps import working


def reference(z, mask):
    e = jnp.where(mask > 0, jnp.exp(z), 0)
    whole = jnp.sum(e, -1, keepdims=True)
    return e / jnp.where(whole == 0, 1, whole)


MASKED = ("real", "mask")

CASES = [
    Case("masked_softmax", masked_softmax, reference, ((4,), (4,)), MASKED),
    Case("masked_softmax", masked_softmax, reference, ((3, 4), (3, 4)), MASKED, note="rows"),
    Case("masked_softmax", masked_softmax, reference, ((3, 4), (4,)), MASKED, note="one-mask"),
    Case("masked_softmax", masked_softmax, reference, ((2, 3, 4), (3, 4)), MASKED, note="heads"),
    Case(
        "masked_softmax",
        lambda z: masked_softmax(z, causal_mask(3)),
        lambda z: reference(z, jnp.tril(jnp.ones((3, 3)))),
        ((2, 3, 3),),
        note="causal",
    ),
    Case("causal_mask", lambda: causal_mask(3), lambda: jnp.tril(jnp.ones((3, 3))), ()),
    Case("causal_mask", lambda: causal_mask(2, 4), lambda: jnp.tril(jnp.ones((2, 4))), (), note="wide"),
    Case("causal_mask", lambda: causal_mask(4, 2), lambda: jnp.tril(jnp.ones((4, 2))), (), note="tall"),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


# -- the softmax -----------------------------------------------------------------------------------


@given(st.integers(1, 4), st.integers(1, 6), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_it_is_the_softmax_of_what_may_be_seen(rows, columns, seed):
    """SciPy's softmax with minus infinity in the place of what is masked out."""
    rng = np.random.default_rng(seed)
    z, mask = rng.normal(scale=20, size=(rows, columns)), rng.integers(0, 2, (rows, columns))
    mask[np.arange(rows), rng.integers(0, columns, rows)] = 1  # every row sees something
    want = scipy.special.softmax(np.where(mask, z, -np.inf), axis=-1)
    node = masked_softmax(symbol("z", z.shape), mask)
    np.testing.assert_allclose(floats(node, z=z), want, rtol=1e-12, atol=1e-300)


def test_large_logits_do_not_overflow_wherever_they_stand():
    z, mask = np.array([[1000.0, 999.0, 5000.0], [-1000.0, -999.0, 0.0]]), [[1, 1, 0], [1, 1, 0]]
    want = scipy.special.softmax(np.where(mask, z, -np.inf), axis=-1)
    x = symbol("z", (2, 3))
    np.testing.assert_allclose(floats(masked_softmax(x, mask), z=z), want, rtol=1e-12)
    node = masked_softmax(x, mask)
    loss = total(node * np.arange(6.0).reshape(2, 3))
    compiled = jax.jit(function([node], [x], jax_space))
    slope = jax.jit(jax.grad(lambda v: function([loss], [x], jax_space)(v)[0]))
    with jax.enable_x64(True):
        np.testing.assert_allclose(compiled(jnp.asarray(z))[0], want, rtol=1e-12)
        assert np.isfinite(slope(jnp.asarray(z))).all()


def test_a_batch_may_be_one_of_masks_only_in_jax_too():
    z, seen = symbol("z", (2, 3)), symbol("m", (2, 3), "bit")
    logits = np.arange(6.0).reshape(2, 3)
    masks = np.array([[[1, 1, 0], [0, 1, 1]], [[1, 0, 0], [1, 1, 1]]])
    want = scipy.special.softmax(np.where(masks, logits, -np.inf), axis=-1)
    with jax.enable_x64(True):
        found = function([masked_softmax(z, seen)], [z, seen], jax_space)(logits, masks)[0]
    np.testing.assert_allclose(found, want, rtol=1e-12)


def test_equal_logits_share_what_may_be_seen():
    p = exact(masked_softmax([2, 2, 2, 7], [1, 1, 1, 0]))
    assert [str(v) for v in p] == ["1/3", "1/3", "1/3", "0"]


def test_a_closed_form():
    assert str(exact(masked_softmax([1, 0, 5], [1, 1, 0]))[0]) == str(exact(softmax(lift([1, 0])))[0])


def test_a_mask_of_ones_is_no_mask():
    z = symbol("z", 3)
    assert masked_softmax(z, [1, 1, 1]) is softmax(z)
    assert masked_softmax(z, [True, True, True]) is softmax(z)


def test_true_may_be_seen():
    np.testing.assert_array_equal(floats(masked_softmax([0, 0], [True, False])), [1, 0])


@pytest.mark.parametrize("space", ["kernels", "textbook", "exact"])
def test_a_row_of_which_nothing_may_be_seen_is_zero_where_the_mask_is_a_symbol(space):
    z, m = symbol("z", (2, 3)), symbol("m", (2, 3))
    node = masked_softmax(z, m)
    slope = grad(total(node * np.arange(6).reshape(2, 3)), z)
    values = [np.arange(6).reshape(2, 3), np.array([[0, 0, 0], [1, 0, 0]])]
    found, back = run([node, slope], [z, m], values, space)
    np.testing.assert_array_equal(found, [[0, 0, 0], [1, 0, 0]])
    np.testing.assert_array_equal(back, np.zeros((2, 3)))


def test_a_row_of_which_nothing_may_be_seen_is_zero_in_jax_too():
    z, m = symbol("z", (2, 3)), symbol("m", (2, 3))
    loss = function([total(masked_softmax(z, m) * [[1, 2, 3], [4, 5, 6]])], [z, m], jax_space)
    with jax.enable_x64(True):
        logits, mask = jnp.arange(6.0).reshape(2, 3), jnp.asarray([[0.0, 0, 0], [1, 0, 0]])
        np.testing.assert_array_equal(loss(logits, mask)[0], 4)
        np.testing.assert_array_equal(jax.grad(lambda z: loss(z, mask)[0])(logits), np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("z", "mask", "message"),
    [
        ((2, 3), [[1, 1, 1], [0, 0, 0]], r"^masked_softmax: row 2 of the mask lets nothing be seen"),
        ((3,), [0, 0, 0], r"^masked_softmax: the mask lets nothing be seen"),
        ((3,), [0], r"^masked_softmax: the mask lets nothing be seen"),
        ((2, 2, 3), [[[1, 1, 1], [0, 0, 0]]] * 2, r"^masked_softmax: row 1, 2 of the mask"),
        ((3,), [1, 2, 0], r"^masked_softmax: a mask is 1 where .* found 2"),
        ((3,), [1, -1000, 0], r"^masked_softmax: a mask is 1 where .* found -1000"),
        ((3,), [1, 0], r"^masked_softmax: .*3 and 2 do not fit"),
        ((3,), [[1, 0, 1], [1, 1, 0]], r"^masked_softmax: a mask 2×3 does not fit logits 3"),
        ((2, 1), [[1, 0], [1, 1]], r"^masked_softmax: a mask 2×2 does not fit logits 2×1"),
        ((), [0], r"^masked_softmax: expected a vector of logits, found a scalar"),
    ],
)
def test_masks_that_make_no_sense_are_refused(z, mask, message):
    with pytest.raises(GraphError, match=message):
        masked_softmax(symbol("z", z), mask)


def test_masks_multiply():
    both = causal_mask(3) * padding_mask(2, 3)
    np.testing.assert_array_equal(exact(both).astype(int), [[1, 0, 0], [1, 1, 0], [1, 1, 0]])
    p = floats(masked_softmax([[0, 0, 0]] * 3, both))
    np.testing.assert_allclose(p, [[1, 0, 0], [0.5, 0.5, 0], [0.5, 0.5, 0]])


def test_slips_of_a_causal_mask():
    """What the usual mistakes lead to, by hand."""
    found = {s.mistake: floats(s.node) for s in slips(masked_softmax([[0, 0, 0]] * 3, causal_mask(3)))}
    half, third = [1 / 2, 1 / 2, 0], [1 / 3] * 3
    np.testing.assert_allclose(found["mask forgotten"], [third] * 3)
    np.testing.assert_allclose(found["mask shifted by one"], [half, third, third])
    np.testing.assert_allclose(found["mask the wrong way round"], [[0, 1 / 2, 1 / 2], [0, 0, 1], [0, 0, 0]])


def test_it_lies_between_0_and_1_so_that_averages_are_bounded():
    a = masked_softmax(symbol("z", 3), [1, 1, 0])
    assert exact(upper_bound(a)).tolist() == [1, 1, 1]
    assert exact(lower_bound(a)).tolist() == [0, 0, 0]
    assert exact(lower_bound(relu(symbol("V", (2, 3))) @ a)).tolist() == [0, 0]


def test_it_is_written_with_its_mask():
    text = working(masked_softmax([0, 0, 3], [1, 1, 0]))
    assert text == "softmax([0 0 3]ᵀ where [1 1 0]ᵀ) = [1/2 1/2 0]ᵀ"


# -- masks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("m", range(1, 5))
@pytest.mark.parametrize("n", range(1, 5))
def test_a_causal_mask_is_a_lower_triangle(m, n):
    np.testing.assert_array_equal(exact(causal_mask(m, n)).astype(int), np.tril(np.ones((m, n), int)))


def test_a_causal_mask_may_have_symbolic_sizes():
    M, N = size("M N")
    assert causal_mask(M).shape == (M, M)
    assert causal_mask(M, N).shape == (M, N)
    with pytest.raises(GraphError, match="has no value"):
        Program([symbol("M")], jax_space)()


def test_a_padding_mask_counts_from_the_start():
    assert exact(padding_mask(2, 4)).astype(int).tolist() == [1, 1, 0, 0]
    assert exact(padding_mask([1, 3], 3)).astype(int).tolist() == [[[1, 0, 0]], [[1, 1, 1]]]


def test_lengths_may_be_symbols():
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 5, 3)
    want = np.arange(4) < lengths[:, None, None]
    np.testing.assert_array_equal(floats(padding_mask(symbol("n", 3), 4), n=lengths), want)
    np.testing.assert_array_equal(floats(padding_mask(symbol("n"), 4), n=3), [1, 1, 1, 0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: causal_mask(0), "causal_mask: a size is a positive integer or a symbol, found 0"),
        (lambda: causal_mask(3, -1), "causal_mask: .* found -1"),
        (lambda: causal_mask(2.0), "causal_mask: .* found 2.0"),
        (lambda: causal_mask(True), "causal_mask: .* found True"),
        (lambda: causal_mask(symbol("m", 2)), "causal_mask: a size is"),
        (lambda: padding_mask(0, 3), "padding_mask: a length is a whole number from 1 to n = 3, found 0"),
        (lambda: padding_mask([1, 4], 3), "padding_mask: .* found 4"),
        (lambda: padding_mask(1.5, 3), "padding_mask: .* found 3/2"),
        (lambda: padding_mask([[1]], 3), "padding_mask: expected one length or a vector of them"),
        (lambda: padding_mask(1, size("n")), "padding_mask: the number of positions must be known"),
        (lambda: padding_mask(1, 0), "padding_mask: a size is a positive integer"),
    ],
)
def test_bad_sizes_are_refused(make, message):
    with pytest.raises(GraphError, match=message):
        make()


# -- attention with masks --------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_masked_attention_agrees_with_jax(seed):
    """jax.nn.dot_product_attention has heads before the width, and rounds to float32 inside."""
    rng = np.random.default_rng(seed)
    q, k, v = (rng.normal(size=s) for s in ((2, 3, 4), (2, 5, 4), (2, 5, 4)))
    mask = rng.integers(0, 2, (2, 3, 5))
    mask[..., 0] = 1
    heads = (jnp.moveaxis(jnp.asarray(x, jnp.float32), 0, 1) for x in (q, k, v))
    want = jnp.moveaxis(jax.nn.dot_product_attention(*heads, mask=jnp.asarray(mask, bool)), 1, 0)
    names = {"q": q, "k": k, "v": v}
    node = attention(*(symbol(n, x.shape) for n, x in names.items()), mask)
    np.testing.assert_allclose(floats(node, **names), want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shapes", [((4, 3), (4, 3)), ((2, 3), (5, 3)), ((5, 3), (2, 3))])
def test_causal_attention_agrees_with_jax(shapes):
    rng = np.random.default_rng(1)
    q, k = (rng.normal(size=s) for s in shapes)
    v = rng.normal(size=k.shape)
    inputs = (jnp.asarray(x, jnp.float32)[:, None] for x in (q, k, v))
    want = jax.nn.dot_product_attention(*inputs, is_causal=True)[:, 0]
    node = attention(
        symbol("q", q.shape), symbol("k", k.shape), symbol("v", v.shape), causal_mask(len(q), len(k))
    )
    np.testing.assert_allclose(floats(node, q=q, k=k, v=v), want, rtol=1e-4, atol=1e-5)


def test_padding_is_as_if_it_were_not_there():
    rng = np.random.default_rng(2)
    q, k, v = (rng.normal(size=s) for s in ((3, 4), (5, 4), (5, 2)))
    node = attention(symbol("q", q.shape), symbol("k", k.shape), symbol("v", v.shape), padding_mask(3, 5))
    short = attention(symbol("q", q.shape), symbol("k", (3, 4)), symbol("v", (3, 2)))
    np.testing.assert_allclose(floats(node, q=q, k=k, v=v), floats(short, q=q, k=k[:3], v=v[:3]), rtol=1e-13)


def test_gradients_of_causal_attention_agree_with_jax():
    rng = np.random.default_rng(3)
    values = [rng.normal(size=(3, 2)) for _ in range(3)]
    symbols = [symbol(n, (3, 2)) for n in "qkv"]
    node, weights = attention(*symbols, causal_mask(3)), rng.normal(size=(3, 2))
    got = run([node, *grad(total(node * weights), symbols)], symbols, values)

    def by_hand(q, k, v):
        scores = jnp.where(jnp.tril(jnp.ones((3, 3))) > 0, q @ k.T / jnp.sqrt(2.0), -1e30)
        return jax.nn.softmax(scores, axis=-1) @ v

    with jax.enable_x64(True):
        want, back = jax.vjp(by_hand, *map(jnp.asarray, values))
        wanted = [want, *back(jnp.asarray(weights))]
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_a_query_has_a_mask_of_its_own():
    node = attention_weights([0, 0], [[1, 2], [3, 4], [5, 6]], mask=[0, 1, 1])
    assert [str(v) for v in exact(node)] == ["0", "1/2", "1/2"]
    assert node.op is table["masked_softmax"]
