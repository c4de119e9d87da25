import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.graph import (
    constant,
    contract,
    floats,
    grad,
    log,
    named,
    onehot,
    sigmoid,
    size,
    softmax,
    symbol,
    tanh,
    write,
)
from tripos.graph import sum as total
from tripos.graph.deriving.simplify import inline, simplify, sums_to_one, written_size
from tripos.graph.node import Adjoint, free_symbols
from tripos.graph.ops.reduction import repeat_last, sum_last
from tripos.graph.ops.shape import expand

d, k = size("d k")
a, b, s = (symbol(n) for n in "abs")
x, u = symbol("x", d), symbol("u", d)
W, V = symbol("W", (k, d)), symbol("V", (k, d))
y = symbol("y", k)


@pytest.mark.parametrize(
    ("node", "text"),
    [
        # Signs, numbers and scalars stand before products of matrices.
        (W @ (2 * x), "2 W x"),
        (W @ -x, "−W x"),
        (W @ (a * x), "a W x"),
        ((2 * W / a) @ x, "2 W x/a"),
        (contract("i,j->ij", s * y, -x), "−s y xᵀ"),
        (total(3 * a * x), "3a (Σ x)"),
        ((2 * W).T, "2Wᵀ"),
        ((a * x)[0], "a x₁"),
        # A factor of zero.
        (W @ (0 * x), "𝟎"),
        # Transposes are folded into products.
        (W.T.T, "W"),
        (W.T @ y, "Wᵀ y"),
        (contract("ij,jk->ik", W.T, V), "Wᵀ V"),
        ((W @ V.T).T, "V Wᵀ"),
        ((2 * (W @ V.T)).T, "2 V Wᵀ"),
        # Sums of products.
        (total(x * u), "xᵀ u"),
        (total(2 * x * u * a), "2a xᵀ u"),
        (sum_last(x * u), "xᵀ u"),
        (total(x * u * u), "Σ x ⊙ u²"),
        (total(W * V), "Σ W ⊙ V"),
        # What sums to one.
        (total(softmax(y)), "1"),
        (a * total(-softmax(y)), "−a"),
        (total(onehot(s, k)), "1"),
        (total(symbol("t", k, "distribution")), "1"),
        (total(symbol("t", k, "probability")), "Σ t"),
        # Scalars repeated.
        (expand(a, (d,)) * x, "a x"),
        (x - expand(a, (d,)) * u, "x − a u"),
        # Entries and rows in their places.
        (grad(symbol("v", 3)[1] * a, symbol("v", 3)), "a e₂"),
        (grad(total(symbol("M", (2, 3))[1] * symbol("v", 3)), symbol("M", (2, 3))), "e₂ vᵀ"),
        (grad(symbol("M", (2, 3))[1, 0] * a, symbol("M", (2, 3))), "a e₂ e₁ᵀ"),
        (grad(symbol("v", 2)[0] * a + symbol("v", 2)[1] * b, symbol("v", 2)), "[a b]ᵀ"),
    ],
)
def test_what_a_person_would_write(node, text):
    short = simplify(node)
    assert write(short).text == text
    assert short.shape == node.shape


def test_the_name_stays_and_names_inside_are_left_alone():
    h = named(a - a + b, "h")
    node = named(-(h - a), "g")
    short = simplify(node)
    assert short.name == "g"
    assert write(short, own_name=False).text == "a − h"
    assert write(h, own_name=False).text == "a − a + b"


def test_an_adjoint_keeps_what_it_is_the_derivative_of():
    loss = named((a - b) ** 2, "L")
    adjoint = simplify(named(grad(loss, a), Adjoint(loss, a)))
    assert adjoint.name == Adjoint(loss, a)
    assert write(adjoint, own_name=False).text == "2(a − b)"


def test_symbols_and_constants_are_themselves():
    assert simplify(a) is a
    assert simplify(constant(2)) is constant(2)


def test_what_is_read_ends_at_names():
    h = named(tanh(a) * b, "h")
    assert inline(h * a) == [h, a, h * a]
    assert written_size(h * h + a) == 5


def test_a_long_formula_is_left_as_it_is():
    node = a
    for i in range(300):
        node = tanh(node + symbol(f"b{i}"))
    assert simplify(node) is node


@pytest.mark.parametrize(
    ("node", "known"),
    [
        (softmax(y), True),
        (onehot(s, k), True),
        (symbol("t", k, "distribution"), True),
        (symbol("T", (k, d), "distribution"), False),
        (softmax(W), False),
        (y, False),
    ],
)
def test_which_vectors_are_known_to_sum_to_one(node, known):
    assert sums_to_one(node) is known


# -- random graphs -----------------------------------------------------------------------------

LEAVES = [
    symbol("a"),
    symbol("v", 3),
    symbol("w", 3),
    symbol("M", (2, 3)),
    symbol("N", (2, 3)),
    symbol("y", 2),
]
VALUES = {
    "a": 0.7,
    "v": [0.3, -1.2, 0.8],
    "w": [1.5, 0.4, -0.6],
    "M": [[0.2, -0.5, 1.1], [0.9, 0.3, -0.7]],
    "N": [[1.2, 0.1, -0.4], [0.6, -1.3, 0.5]],
    "y": [0.4, -0.9],
}
RULES = [
    lambda p, q: p + q if p.shape == q.shape else p,
    lambda p, q: p - q if p.shape == q.shape else -p,
    lambda p, q: p * q if p.shape == q.shape or not p.shape else p * 2,
    lambda p, q: p / (q**2 + 1) if not q.shape else p,
    lambda p, q: p.T if p.ndim == 2 else p,
    lambda p, q: p @ q if p.ndim and q.ndim and p.shape[-1] == q.shape[0] else p,
    lambda p, q: total(p * q) if p.shape == q.shape else total(p),
    lambda p, q: contract("i,j->ij", p, q) if p.ndim == q.ndim == 1 else p,
    lambda p, q: expand(p, (3,)) if not p.shape else p[0],
    lambda p, q: sum_last(p) if p.ndim else repeat_last(p, n=3),
    lambda p, q: tanh(p),
    lambda p, q: sigmoid(p) * (1 - sigmoid(p)),
    lambda p, q: grad(total(p[0] * 2), p) if p.ndim else p,
    lambda p, q: softmax(p) if p.ndim else log(p**2 + 1),
]


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_the_value_and_the_shape_stay(data):
    nodes = list(LEAVES)
    for _ in range(data.draw(st.integers(2, 9))):
        one, two = (data.draw(st.sampled_from(nodes)) for _ in "ab")
        nodes.append(data.draw(st.sampled_from(RULES))(one, two))
    node, short = nodes[-1], simplify(nodes[-1])
    assert short.shape == node.shape
    before, after = (floats(n, **{s.name: VALUES[s.name] for s in free_symbols(n)}) for n in (node, short))
    np.testing.assert_allclose(np.broadcast_to(after, node.shape), before, rtol=1e-9, atol=1e-11)
