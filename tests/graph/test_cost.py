import pytest

from tripos.graph import (
    GraphError,
    attention,
    avg_pool2d,
    contract,
    conv2d,
    exact,
    expand,
    grad,
    max_pool2d,
    named,
    outer,
    relu,
    reshape,
    schedule,
    shape,
    sigmoid,
    size,
    softmax,
    symbol,
    table,
    tanh,
    write,
)
from tripos.graph import sum as total
from tripos.graph.cost import activations, flops, kept_for, macs, peak

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


# -- floating-point operations --


@pytest.mark.parametrize(
    ("node", "count"),
    [
        (x, 0),
        (relu(x), 3),
        (x + 2 * x, 3 + 3),
        (x @ x, 2 * 3),
        (W @ x + symbol("b", 4), 2 * 4 * 3 + 4),
        (sigmoid(W @ x), 2 * 4 * 3 + 4),
        (softmax(x), 3 * 3),
        (total(W), 4 * 3),
        (contract("ij->j", W), 4 * 3),
        (W.T, 0),
        (contract("ijk->kij", image), 0),
        (reshape(W, (12,)), 0),
        (expand(x, (4, 3)) * W, 12),
        (avg_pool2d(image, 2), 3 * 4 * 4 * (4 + 1)),  # four additions and a quotient each
        (max_pool2d(image, 3, 2), 3 * 3 * 3 * 9),
        (conv2d(image, kernel), 2 * 4 * 4 * 16 * 3 * 5 * 5),
        (attention(q, k, v), 2 * 7 * 9 * (4 + 5) + 7 * 9 * (1 + 3) + 1),  # √d once
        (tanh(W @ x) + relu(W @ x), 2 * 4 * 3 + 4 + 4 + 4),
    ],
    ids=repr,
)
def test_floating_point_operations(node, count):
    assert exact(flops(node)) == count


@pytest.mark.parametrize("op", sorted(table.values(), key=lambda op: op.name), ids=repr)
def test_flops_are_a_number_or_a_rule(op):
    assert op.flops is None or callable(op.flops) or (type(op.flops) is int and op.flops >= 0)


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (symbol("A", (M, N)) @ symbol("b", (N,)) + symbol("c", (M,)), "2M N + M"),
        (attention(*(symbol(n, (N, d)) for n in "QKV")), "4d N² + 4N² + 1"),
        (softmax(symbol("z", (d + d,))), "6d"),
    ],
)
def test_symbolic_operations(node, text):
    assert write(flops(node)).text == text


# -- memory --

b = symbol("b", 4)
hidden = relu(W @ x + b)


@pytest.mark.parametrize(
    ("node", "wrt", "kept"),
    [
        (x, None, 0),
        (W @ x, None, 0),  # leaves are there anyway
        (hidden, None, 4),  # relu keeps what it acts on
        (sigmoid(W @ x + b), None, 4),  # sigmoid its result
        (tanh(sigmoid(W @ x + b)), None, 4 + 4),
        (symbol("U", (2, 4)) @ hidden, None, 4 + 4),
        (symbol("U", (2, 4)) @ hidden, [symbol("U", (2, 4))], 4),
        (symbol("U", (2, 4)) @ hidden, [symbol("U", (2, 4)), b], 4 + 4),
        (hidden, [x], 4),
        (hidden + 1, None, 4),
        (hidden * hidden, None, 4 + 4),
        (reshape(hidden, (2, 2)) @ symbol("V", (2, 2)), None, 4 + 4),  # the reshape is the same memory
        (symbol("V", (2, 2)) @ reshape(hidden, (2, 2)).T, None, 4 + 4),
        (softmax(W @ x), None, 4),
        (attention(q, k, v), None, 7 * 9),  # the weights; queries, keys and values are leaves, √d a number
    ],
    ids=repr,
)
def test_what_backpropagation_keeps(node, wrt, kept):
    assert exact(activations(node, wrt=wrt)) == kept
    assert exact(activations(node, wrt=wrt, width=4)) == 4 * kept


def test_kept_values_are_those_that_the_gradient_reads():
    """Read off the gradient's own graph."""
    U = symbol("U", (2, 4))
    L = total(tanh(U @ hidden))
    forward = {n for n in schedule([L]) if n.args}
    read = {a for g in grad(L, [U, W, b]) for n in schedule([g]) if n not in forward for a in n.args}
    assert set(kept_for([L], [U, W, b])) == read & forward


def test_symbolic_memory():
    tokens = [symbol(n, (N, d)) for n in "QKV"]
    assert write(activations(attention(*tokens))).text == "N²"
    assert write(activations(relu(symbol("A", (h, d)) @ symbol("x", (d,))), width=4)).text == "4h"


def test_the_most_that_is_alive_at_once():
    assert peak(x) == 3
    assert peak(relu(x)) == 3 + 3
    assert peak(relu(relu(relu(x)))) == 3 + 3 + 3  # one freed as the next is made
    assert peak(W @ x) == 12 + 3 + 4
    assert peak(W.T) == 12
    chain = tanh(W @ x)
    assert peak(chain + chain * 2, width=4) == 4 * (12 + 3 + 1 + 4 + 4 + 4)


def test_the_most_of_symbols_is_not_known():
    with pytest.raises(GraphError, match="peak: the sizes must be numbers"):
        peak(relu(symbol("x", (N,))))
