import pytest

from tripos.graph import (
    attention,
    avg_pool2d,
    contract,
    conv2d,
    exact,
    grad,
    named,
    outer,
    relu,
    shape,
    sigmoid,
    size,
    softmax,
    symbol,
    tanh,
    write,
)
from tripos.graph import sum as total
from tripos.graph.cost import macs

x, W, V = symbol("x", 3), symbol("W", (4, 3)), symbol("V", (3, 5))
image, grey = symbol("I", (3, 8, 8)), symbol("G", (8, 8))
kernel = symbol("K", (16, 3, 5, 5))
q, k, v = symbol("q", (7, 4)), symbol("k", (9, 4)), symbol("v", (9, 5))
M, N, d, h = size("M N d h")


@pytest.mark.parametrize(
    ("node", "count"),
    [
        (x, 0),
        (relu(x) + sigmoid(x) * x, 0),
        (softmax(total(x) * x), 0),
        (x @ x, 3),
        (W @ x, 4 * 3),
        (x @ V, 3 * 5),
        (W @ V, 4 * 3 * 5),
        (outer(x, x), 3 * 3),
        (W.T, 0),
        (contract("ij->j", W), 0),
        (contract("ij,jk,k->i", W, V, symbol("u", 5)), 4 * 3 * 5),
        ((W @ V) @ symbol("u", 5), 4 * 3 * 5 + 4 * 5),
        (W @ (V @ symbol("u", 5)), 3 * 5 + 4 * 3),
        (conv2d(grey, symbol("k", (3, 3))), 6 * 6 * 3 * 3),
        (conv2d(grey, symbol("k", (3, 3)), padding=1), 8 * 8 * 3 * 3),
        (conv2d(image, kernel), 4 * 4 * 16 * 3 * 5 * 5),
        (conv2d(image, kernel, stride=2), 2 * 2 * 16 * 3 * 5 * 5),
        (avg_pool2d(image, 2), 0),
        (attention(q, k, v), 7 * 9 * 4 + 7 * 9 * 5),
        (attention(q[0], k, v), 9 * 4 + 9 * 5),
        (relu(W @ x) @ (W @ x), 4 * 3 + 4),
        (tanh(W @ x) + relu(W @ x), 4 * 3),  # the shared product counts once
        (named(W @ x, "a") + named(W @ x, "b"), 2 * 4 * 3),
        # AlexNet's first layer: 55·55 positions, 96 filters of 11·11·3
        (conv2d(symbol("A", (3, 227, 227)), symbol("F", (96, 3, 11, 11)), stride=4), 105_415_200),
    ],
    ids=repr,
)
def test_multiply_accumulates(node, count):
    assert exact(macs(node)) == count


def test_nodes_shared_by_outputs_count_once():
    hidden = W @ x
    assert exact(macs(hidden, hidden)) == 12
    assert exact(macs(relu(hidden), hidden @ hidden)) == 12 + 4
    assert exact(macs(W @ x, x @ V)) == 12 + 15


def test_backward_costs_two_products():
    """∂L/∂V and ∂L/∂W of a two-layer network: two outer products and one product with Vᵀ, after forward."""
    U = symbol("U", (2, 4))
    L = total(U @ relu(W @ x))
    forward, both = exact(macs(L)), exact(macs(L, *grad(L, [U, W])))
    assert (forward, both) == (4 * 3 + 2 * 4, forward + 2 * 4 + 2 * 4 + 4 * 3)


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (symbol("A", (M, N)) @ symbol("b", (N,)), "M N"),
        (symbol("A", (M, d)) @ symbol("B", (d, N)), "d M N"),
        (symbol("A", (h, d)) @ symbol("x", (d,)) + symbol("B", (h, h)) @ symbol("y", (h,)), "d h + h²"),
        (attention(*(symbol(n, (N, d)) for n in "QKV")), "2d N²"),
        (conv2d(symbol("J", (3, N, N)), symbol("F", (d, 3, 3, 3)), padding=1), "27d N²"),
        (conv2d(symbol("J", (N, N)), symbol("F", (3, 3))), "9N² − 36N + 36"),
        (symbol("B", (h, h)) @ symbol("y", (h,)) + relu(symbol("B", (h, h)) @ symbol("y", (h,))), "h²"),
    ],
)
def test_symbolic_sizes_give_tidy_polynomials(node, text):
    assert write(macs(node)).text == text


def test_symbolic_and_known_sizes_agree():
    node = conv2d(symbol("J", (3, N, N)), symbol("F", (d, 3, 5, 5)), stride=2)
    assert exact(macs(node), N=8, d=16) == 2 * 2 * 16 * 3 * 5 * 5


def test_shapes_are_priced_like_what_they_measure():
    assert exact(macs(shape(W @ x))) == 12
