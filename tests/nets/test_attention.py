import jax
import jax.numpy as jnp
import numpy as np
import pytest
import symengine as se
from graph.oracle import run
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.graph import (
    GraphError,
    causal_mask,
    exact,
    floats,
    grad,
    named,
    padding_mask,
    size,
    symbol,
    write,
)
from tripos.graph import sum as total
from tripos.graph.conventions import declared
from tripos.graph.cost import macs
from tripos.graph.node import as_dim, free_symbols
from tripos.graph.program import function
from tripos.graph.spaces import jax as jax_space
from tripos.graph.steps import working
from tripos.nets import MultiheadAttention, initialize, parameters, training
from tripos.nets.sizing import sizes


def by_hand(w, query, key, value, heads, mask=None, xp=np):
    """Multi-head attention of one example, head by head, from the formulas of Vaswani et al. (2017)."""
    E = query.shape[-1]
    if "in_proj_weight" in w:
        W = [w["in_proj_weight"][i * E : (i + 1) * E] for i in range(3)]
    else:
        W = [w[f"{x}_proj_weight"] for x in "qkv"]
    b = w.get("in_proj_bias", xp.zeros(3 * E))
    q, k, v = (x @ W[i].T + b[i * E : (i + 1) * E] for i, x in enumerate((query, key, value)))
    d, out, weights = E // heads, [], []
    for h in range(heads):
        own = slice(h * d, (h + 1) * d)
        e = xp.exp(q[:, own] @ k[:, own].T / d**0.5) * (1 if mask is None else mask)
        weights.append(e / e.sum(-1, keepdims=True))
        out.append(weights[-1] @ v[:, own])
    joined = xp.concatenate(out, -1) @ w["out_proj.weight"].T + w.get("out_proj.bias", 0)
    return joined, sum(weights) / heads


def draw(rng, module):
    """Return random weights of a module by path."""
    return {path: rng.normal(size=shape) for path, shape in module.weights().items()}


def wired(module, *arrays, rest=()):
    """Return the outputs of a module and the symbols that its inputs and weights are."""
    inputs = [symbol(f"x{i}", a.shape) for i, a in enumerate(arrays)]
    weights = {path: symbol(f"w_{path}", shape) for path, shape in module.weights().items()}
    return module(*inputs, *rest, weights=weights), [*inputs, *weights.values()]


@given(
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(1, 4),
    st.booleans(),
    st.booleans(),
    st.integers(0, 10**6),
)
@settings(max_examples=25, deadline=None)
def test_it_agrees_with_the_formulas_head_by_head(heads, width, queries, keys, bias, masked, seed):
    rng = np.random.default_rng(seed)
    E = heads * width
    mha = MultiheadAttention(E, heads, bias=bias)
    w, (q, k) = draw(rng, mha), (rng.normal(size=(n, E)) for n in (queries, keys))
    mask = (
        np.concatenate([np.ones((queries, 1)), rng.integers(0, 2, (queries, keys - 1))], 1)
        if masked
        else None
    )
    (output, weights), symbols = wired(mha, q, k, k, rest=[None if mask is None else mask.tolist()])
    got = run([output, weights], symbols, [q, k, k, *w.values()])
    want = by_hand(w, q, k, k, heads, mask)
    assert (output.shape, weights.shape) == ((queries, E), (queries, keys))
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)


def test_keys_and_values_may_have_sizes_of_their_own():
    rng = np.random.default_rng(0)
    mha = MultiheadAttention(4, 2, kdim=3, vdim=5)
    assert mha.weights() == {
        "q_proj_weight": (4, 4),
        "k_proj_weight": (4, 3),
        "v_proj_weight": (4, 5),
        "in_proj_bias": (12,),
        "out_proj.weight": (4, 4),
        "out_proj.bias": (4,),
    }
    w, inputs = draw(rng, mha), [rng.normal(size=s) for s in ((2, 4), (3, 3), (3, 5))]
    (output, _), symbols = wired(mha, *inputs)
    want, _ = by_hand(w, *inputs, 2)
    np.testing.assert_allclose(run([output], symbols, [*inputs, *w.values()])[0], want, rtol=1e-10)


@pytest.mark.parametrize(
    "mask",
    [None, causal_mask(3), padding_mask([1, 2], 3), causal_mask(3) * padding_mask([3, 2], 3)],
    ids=["none", "causal", "padding", "both"],
)
@pytest.mark.parametrize("heads", [1, 2])
def test_a_batch_is_a_leading_axis(mask, heads):
    """As examples one by one, each with its own mask."""
    rng = np.random.default_rng(1)
    mha = MultiheadAttention(4, heads)
    w, x = draw(rng, mha), rng.normal(size=(2, 3, 4))
    inputs = symbol("x", x.shape)
    output, weights = mha(inputs, inputs, inputs, mask, weights=w)
    assert (output.shape, weights.shape) == ((2, 3, 4), (2, 3, 3))
    got = floats(output, weights, x=x)
    bits = [None, None] if mask is None else np.broadcast_to(exact(mask).astype(float), (2, 3, 3))
    want = [by_hand(w, e, e, e, heads, m) for e, m in zip(x, bits, strict=True)]
    for i, found in enumerate(got):
        np.testing.assert_allclose(found, [w[i] for w in want], rtol=1e-9, atol=1e-12)


def test_arrays_of_several_examples_give_what_a_loop_gives():
    """Batch axes of the values, not of the nodes, as everywhere."""
    rng = np.random.default_rng(2)
    mha = MultiheadAttention(4, 2)
    w, x = draw(rng, mha), rng.normal(size=(5, 3, 4))
    s = symbol("x", (3, 4))
    output, _ = mha(s, s, s, causal_mask(3), weights=w)
    np.testing.assert_allclose(floats(output, x=x), [floats(output, x=e) for e in x], rtol=1e-12)


@pytest.mark.parametrize("space", ["numpy", "jax"])
def test_gradients_agree_with_jax(space):
    rng = np.random.default_rng(3)
    mha = MultiheadAttention(4, 2)
    w, inputs = draw(rng, mha), [rng.normal(size=s) for s in ((3, 4), (2, 4), (2, 4))]
    (output, _), symbols = wired(mha, *inputs)
    weights = rng.normal(size=(3, 4))
    loss, values = total(output * weights), [*inputs, *w.values()]

    def reference(arrays):
        return jnp.sum(by_hand(dict(zip(w, arrays[3:], strict=True)), *arrays[:3], 2, xp=jnp)[0] * weights)

    with jax.enable_x64(True):
        arrays = [jnp.asarray(v) for v in values]
        want = jax.grad(reference)(arrays)
        if space == "jax":
            compiled = function([loss], symbols, jax_space)
            got = jax.jit(jax.grad(lambda given: compiled(*given)[0]))(arrays)
        else:
            got = run(grad(loss, symbols), symbols, values)
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-10)


def test_self_attention_knows_no_order():
    """Permuted inputs give permuted outputs (equivariance), which is why positions are encoded."""
    rng = np.random.default_rng(4)
    x, order = rng.normal(size=(5, 4)), rng.permutation(5)
    s = symbol("x", (5, 4))
    output, weights = MultiheadAttention(4, 2)(s, s, s, weights=draw(rng, MultiheadAttention(4, 2)))
    np.testing.assert_allclose(floats(output, x=x[order]), floats(output, x=x)[order], rtol=1e-10)
    np.testing.assert_allclose(floats(weights, x=x[order]), floats(weights, x=x)[order][:, order], rtol=1e-10)


def test_what_a_causal_mask_hides_changes_nothing():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(5, 4))
    s = symbol("x", (5, 4))
    output, weights = MultiheadAttention(4, 2)(
        s, s, s, causal_mask(5), weights=draw(rng, MultiheadAttention(4, 2))
    )
    before = floats(output, x=x)
    for t in range(5):
        later = x.copy()
        later[t:] = rng.normal(size=(5 - t, 4))
        np.testing.assert_allclose(floats(output, x=later)[:t], before[:t], rtol=1e-13)
    np.testing.assert_array_equal(np.triu(floats(weights, x=x), 1), 0)


def test_exact_values_in_closed_form():
    """Identities as weights and orthonormal rows: each attends to itself by e^(1/√2), to the other by 1."""
    eye = [[1, 0], [0, 1]]
    mha = MultiheadAttention(2, 1, bias=False)
    output, weights = mha(eye, eye, eye, weights={"in_proj_weight": eye * 3, "out_proj.weight": eye})
    e = se.exp(1 / se.sqrt(2))
    for found in (exact(output), exact(weights)):
        ratios = found[0, 0] / found[0, 1], found[1, 1] / found[1, 0], found[0, 0] + found[0, 1]
        for one, other in zip(ratios, (e, e, 1), strict=True):
            assert abs(float(one - other)) < 1e-15
        assert float(found[0, 0]) == pytest.approx(float(e / (1 + e)), rel=1e-15)


def test_working_names_what_a_textbook_names():
    X = symbol("X", (2, 2))
    output, _ = MultiheadAttention(2, 2)(X, X, X, causal_mask(2))
    lines = dict(line.split(" = ")[:2] for line in working(named(output, "Y")).splitlines())
    assert lines["P"] == "X W_inᵀ + b_in"
    assert lines["K"] == "heads(P[:,3:4])"
    assert lines["A"] == "softmax(Q Kᵀ/√1 where causal)"
    assert lines["Y"] == "concat(A V) W_Oᵀ + b_O"
    output, _ = MultiheadAttention(2, 1)(X, symbol("M", (3, 2)), symbol("M", (3, 2)))
    lines = dict(line.split(" = ")[:2] for line in working(named(output, "Y")).splitlines())
    assert lines["W_K"] == "W_in[3:4]"
    assert lines["K"] == "M W_Kᵀ + b_K"
    assert lines["A"] == "softmax(Q Kᵀ/√2)"


def test_one_product_makes_all_that_self_attention_needs():
    """The gradient of the packed weight is then one product as well."""
    x = symbol("X", (3, 4))
    mha = MultiheadAttention(4, 2, bias=False)
    weight = symbol("W_in", (12, 4))
    output, _ = mha(x, x, x, weights={"in_proj_weight": weight})
    loss = named(total(output), "L")
    assert write(grad(loss, weight), own_name=False).text == "(∂L/∂P)ᵀ X"
    other = mha(x, x, symbol("V", (3, 4)), weights={"in_proj_weight": weight})[0]
    values = {str(s.name): np.random.default_rng(7).normal(size=s.shape) for s in free_symbols(other)}
    same = floats(other, **values | {"V": values["X"]})
    del values["V"]
    np.testing.assert_allclose(floats(output, **values), same, rtol=1e-12)


# -- sizes -----------------------------------------------------------------------------------------


def test_weights_are_pytorchs():
    assert MultiheadAttention(6, 3).weights() == {
        "in_proj_weight": (18, 6),
        "in_proj_bias": (18,),
        "out_proj.weight": (6, 6),
        "out_proj.bias": (6,),
    }
    assert list(MultiheadAttention(6, 3, bias=False).weights()) == ["in_proj_weight", "out_proj.weight"]


def test_parameters():
    """Four matrices d×d and four biases."""
    d = size("d")
    assert as_dim(parameters(MultiheadAttention(d, 8))) is as_dim(4 * d**2 + 4 * d)
    assert exact(parameters(MultiheadAttention(512, 8))) == 4 * 512 * 512 + 4 * 512 == 1_050_624
    with declared({"bias": "not counted"}):
        assert exact(parameters(MultiheadAttention(512, 8))) == 4 * 512 * 512


def test_costs_with_symbolic_sizes():
    """Three projections of each side and one back: 4 d² for each of N; scores and sums: 2 d N²."""
    N, d = size("N d")
    x = symbol("X", (N, d))
    for heads in (1, 8):
        output, _ = MultiheadAttention(d, heads)(x, x, x, causal_mask(N))
        assert write(macs(output)).text == "4d² N + 2d N²"


def test_sizes_list_the_projection():
    rows = sizes(MultiheadAttention(8, 2), (5, 8), (3, 8), (3, 8))
    assert [(r.path, r.outputs[0], r.parameters) for r in rows] == [
        ("", (5, 8), 288),
        ("out_proj", (5, 8), 72),
    ]
    assert rows[0].macs == 8 * 8 * (5 + 3 + 3) + 2 * 5 * 3 * 8 + 5 * 8 * 8


def test_it_can_be_initialised():
    mha = MultiheadAttention(8, 2)
    w = initialize(mha, 0)
    output, weights = mha(symbol("x", (3, 8)), symbol("x", (3, 8)), symbol("x", (3, 8)), weights=w)
    found = floats(weights, x=np.random.default_rng(0).normal(size=(3, 8)))
    np.testing.assert_allclose(found.sum(-1), np.ones(3))
    assert {str(s.name) for s in free_symbols(output)} == {"x"}


# -- dropout ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("convention", ["drop rate", "keep rate"])
def test_dropout_acts_on_the_attention_weights(convention):
    rng = np.random.default_rng(6)
    mha, x = MultiheadAttention(4, 2, dropout=0.25), rng.normal(size=(3, 4))
    w, s = draw(rng, mha), symbol("x", (3, 4))
    with declared({"dropout": convention}), training() as masks:
        _, weights = mha(s, s, s, weights=w)
    ((mask, keep),) = masks.items()
    assert (mask.shape, keep) == ((2, 3, 3), 0.75)
    bits = rng.integers(0, 2, (2, 3, 3))
    heads = []
    for h in range(2):
        part = {
            "in_proj_weight": np.concatenate([w["in_proj_weight"][i * 4 + 2 * h :][:2] for i in range(3)]),
            "in_proj_bias": np.concatenate([w["in_proj_bias"][i * 4 + 2 * h :][:2] for i in range(3)]),
        }
        q, k = (x @ part["in_proj_weight"][2 * i :][:2].T + part["in_proj_bias"][2 * i :][:2] for i in (0, 1))
        scores = np.exp(q @ k.T / np.sqrt(2))
        heads.append(scores / scores.sum(-1, keepdims=True) * bits[h] / 0.75)
    np.testing.assert_allclose(floats(weights, x=x, **{str(mask.name): bits}), sum(heads) / 2, rtol=1e-12)


def test_without_training_nothing_is_dropped():
    x = symbol("x", (3, 4))
    one, other = (MultiheadAttention(4, 2, dropout=p)(x, x, x)[0] for p in (0.0, 0.5))
    assert one is other
    with declared({"dropout": "keep rate", "dropout scaling": "unscaled"}):
        assert MultiheadAttention(4, 2)(x, x, x)[0] is one


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MultiheadAttention(6, 4), "embed_dim = 6 does not split into num_heads = 4 parts"),
        (lambda: MultiheadAttention(0, 1), "MultiheadAttention: a size is a positive integer .* found 0"),
        (lambda: MultiheadAttention(4, 0), "num_heads is a positive integer, .* found 0"),
        (lambda: MultiheadAttention(4, 2, kdim=-1), "a size is a positive integer .* found -1"),
        (lambda: MultiheadAttention(4, 2, 1.0), "dropout is the rate .* found 1.0"),
        (lambda: MultiheadAttention(4, 2, "much"), "dropout is a finite number, found 'much'"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(make, message):
    with pytest.raises(GraphError, match=message):
        make()


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((3, 5), (2, 4), (2, 4)), "the query has shape 3×5, but its last axis must have 4 entries"),
        (((3, 4), (2, 5), (2, 5)), "the key has shape 2×5"),
        (((3, 4), (2, 4), (2, 5)), "the value has shape 2×5"),
        (((4,), (2, 4), (2, 4)), "query, key and value are matrices of rows"),
        (((1, 3, 4), (2, 4), (2, 4)), "found shapes 1×3×4, 2×4, 2×4"),
        (((3, 4), (2, 4), (3, 4)), "keys 2×4 and values 3×4 do not fit: there is a value for each"),
        (((2, 3, 4), (3, 2, 4), (3, 2, 4)), "queries 2×3×4, keys 3×2×4 .* as many examples"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(shapes, message):
    with pytest.raises(GraphError, match=message):
        MultiheadAttention(4, 2)(*(symbol(f"x{i}", s) for i, s in enumerate(shapes)))


def test_masks_that_do_not_fit_are_refused():
    x = symbol("x", (3, 4))
    with pytest.raises(GraphError, match=r"masked_softmax: .* do not fit"):
        MultiheadAttention(4, 2)(x, x, x, causal_mask(4))
    with pytest.raises(GraphError, match="row 1 of the mask lets nothing be seen"):
        MultiheadAttention(4, 2)(x, x, x, 1 - causal_mask(3).T)
