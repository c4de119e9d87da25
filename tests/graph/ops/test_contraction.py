import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.oracle import Case, checks, run
from tripos.graph import GraphError, contract, dot, grad, outer, size, symbol
from tripos.graph.node import apply
from tripos.graph.op import table

SIGNATURES = {
    "i,i->": ((3,), (3,)),
    "ij,j->i": ((2, 3), (3,)),
    "i,ij->j": ((2,), (2, 3)),
    "ij,jk->ik": ((2, 3), (3, 4)),
    "ij,kj->ik": ((2, 3), (4, 3)),
    "ji,jk->ik": ((3, 2), (3, 4)),
    "i,j->ij": ((2,), (3,)),
    "ij,ij->": ((2, 3), (2, 3)),
    "ij->ji": ((2, 3),),
    "ij->j": ((2, 3),),
    "ij->": ((2, 3),),
    "ij,j->j": ((2, 3), (3,)),
    "ij,k->k": ((2, 3), (2,)),
    "ij,jk,k->i": ((2, 3), (3, 2), (2,)),
    "hqd,hkd->hqk": ((2, 3, 2), (2, 4, 2)),
}


def case(signature, shapes):
    orders = 2 if signature in ("ij,j->i", "ij,j->j", "ij,jk,k->i") else 1  # the rest alike

    def reference(*arrays):
        return jnp.einsum(signature, *arrays)

    return Case(
        "contract",
        lambda *nodes: contract(signature, *nodes),
        reference,
        shapes,
        orders=orders,
        note=signature,
    )


CASES = [case(*item) for item in SIGNATURES.items()] + [
    Case("contract", lambda x: contract("ii->", x), jnp.trace, ((3, 3),), orders=0, note="trace")
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


@st.composite
def signatures(draw):
    """A signature of two or three arguments, each index once in an argument, and the sizes."""
    letters = st.lists(st.sampled_from("ijkl"), min_size=0, max_size=3, unique=True)
    parts = draw(st.lists(letters, min_size=2, max_size=3))
    used = sorted({c for part in parts for c in part})
    output = draw(st.permutations(used))[: draw(st.integers(0, min(3, len(used))))]
    sizes = {c: draw(st.integers(1, 3)) for c in used}
    return ",".join("".join(p) for p in parts) + "->" + "".join(output), sizes


@settings(max_examples=60, deadline=None)
@given(signatures(), st.randoms(use_true_random=False))
def test_any_signature_agrees_with_einsum_and_so_does_its_gradient(drawn, random):
    signature, sizes = drawn
    inputs, output = signature.split("->")
    parts = inputs.split(",")
    shapes = [tuple(sizes[c] for c in part) for part in parts]
    rng = np.random.default_rng(random.randrange(1000))
    values = [rng.integers(-4, 5, s) for s in shapes]
    weights = rng.integers(-4, 5, tuple(sizes[c] for c in output))
    symbols = [symbol(f"x{i}", s) for i, s in enumerate(shapes)]
    node = contract(signature, *symbols)
    loss = contract(f"{output},{output}->", node, symbol("w", weights.shape))
    nodes = [node, *grad(loss, symbols)]
    got = run(nodes, [*symbols, symbol("w", weights.shape)], [*values, weights])
    np.testing.assert_array_equal(got[0], np.einsum(signature, *values))
    for i, part in enumerate(parts):
        # The gradient is linear in each argument: put in the unit arrays one after another.
        want = np.zeros(shapes[i])
        for at in np.ndindex(*shapes[i]):
            unit = np.zeros(shapes[i])
            unit[at] = 1
            others = [unit if k == i else v for k, v in enumerate(values)]
            want[at] = (np.einsum(signature, *others) * weights).sum()
        np.testing.assert_array_equal(got[1 + i], want, err_msg=f"argument {part} of {signature}")


@pytest.mark.parametrize(("one", "two"), [((3,), (3,)), ((2, 3), (3,)), ((2,), (2, 3)), ((2, 3), (3, 4))])
def test_the_operator_multiplies_as_numpy_does(one, two):
    a, b = symbol("a", one), symbol("b", two)
    values = [np.arange(np.prod(s)).reshape(s) for s in (one, two)]
    np.testing.assert_array_equal(run([a @ b], [a, b], values)[0], values[0] @ values[1])


def test_dot_and_outer():
    a, b = symbol("a", 3), symbol("b", 3)
    values = [[1, 2, 3], [4, 5, 6]]
    inner, product = run([dot(a, b), outer(a, b)], [a, b], values)
    assert inner == 32
    np.testing.assert_array_equal(product, np.outer(*values))


def test_a_product_with_a_scalar_is_an_ordinary_product():
    s, v = symbol("s"), symbol("v", 3)
    assert contract(",i->i", s, v) is s * v
    assert contract("i,->i", v, s) is s * v
    assert contract("i, i -> i", v, v) is v * v


@pytest.mark.parametrize(
    ("signature", "shapes", "macs"),
    [
        ("ij,j->i", ((4, 3), (3,)), 12),
        ("ij,jk->ik", ((2, 3), (3, 5)), 30),
        ("i,i->", ((7,), (7,)), 7),
        ("ij->j", ((4, 3),), 0),
    ],
)
def test_cost_counts_multiplications(signature, shapes, macs):
    assert table["contract"].cost(*shapes, signature=signature) == macs


def test_symbolic_sizes_stay_symbolic():
    m, n, d = size("M N d")
    assert contract("md,nd->mn", symbol("Q", (m, d)), symbol("K", (n, d))).shape == (m, n)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: symbol("W", (3, 2)) @ symbol("x", 4),
            r"contract 'ij,j->i': shapes 3×2 and 4 do not fit: axis j is 2 in one and 4 in another",
        ),
        (lambda: symbol("s") @ symbol("x", 4), r"@ multiplies .* found scalar @ 4"),
        (lambda: symbol("T", (2, 2, 2)) @ symbol("x", 2), r"@ multiplies .* found 2×2×2 @ 2"),
        (lambda: contract("ij,j->i", symbol("x", 2), symbol("x", 2)), r"does not describe shapes 2 and 2"),
        (lambda: contract("i,j->k", symbol("x", 2), symbol("x", 2)), r"index k is in the result only"),
        (lambda: contract("ij->j", symbol("x", 2), symbol("x", 2)), r"does not describe shapes 2 and 2"),
        (
            lambda: symbol("W", (3, size("d"))) @ symbol("x", (size("k"),)),
            r"shapes 3×d and k do not fit",
        ),
        (lambda: grad(contract("ii->", symbol("W", (2, 2))), symbol("W", (2, 2))), r"no gradient .* 'ii->'"),
        (lambda: apply(table["contract"], symbol("x", 2), signature="i->ii"), r"contract 'i->ii'"),
    ],
)
def test_signatures_and_shapes_that_do_not_fit_are_named(build, message):
    with pytest.raises(GraphError, match=message):
        build()
