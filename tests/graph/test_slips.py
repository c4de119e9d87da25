import numpy as np
import pytest

from graph.oracle import DOMAINS, all_cases, fractions, run
from tripos.graph import (
    GraphError,
    constant,
    conv2d,
    cross_entropy,
    exact,
    flatten,
    floats,
    grad,
    log,
    matrix,
    max_pool2d,
    named,
    nll,
    relu,
    shape,
    sigmoid,
    softmax,
    sqrt,
    symbol,
    table,
    tanh,
    vec,
    vector,
)
from tripos.graph.node import free_symbols
from tripos.graph.slips import slips

x, y = symbol("x"), symbol("y")
v, A, image = symbol("v", 4), symbol("A", (3, 3)), symbol("I", (4, 4))
channels, kernel = symbol("C", (2, 4, 4)), symbol("F", (3, 2, 2, 2))

CASES = [case for case in all_cases() if table[case.op].slips]


def mistakes(node):
    """Return the mistakes found in a graph."""
    return [slip.mistake for slip in slips(node)]


def sampled(nodes):
    """Return values of nodes at one generic point."""
    symbols = list(dict.fromkeys(s for n in nodes for s in free_symbols(n)))
    rng = np.random.default_rng(0)
    return run(nodes, symbols, [fractions(rng, s.shape, DOMAINS["real"]) for s in symbols])


def fits(make, node):
    """Say whether a mistake can be made at a node, and leaves the shape as it is."""
    try:
        return make(*node.args, **dict(node.attrs)).shape == node.shape
    except GraphError:
        return False


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_slips_of_an_op_are_found_where_they_fit(case):
    node = case.node
    found = {slip.mistake for slip in slips(node) if slip.at is node}
    assert found == {mistake for mistake, make in node.op.slips.items() if fits(make, node)}


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (relu(v), {"left out", "absolute value", "threshold"}),
        (conv2d(image, symbol("K", (2, 2))), {"kernel flipped", "kernel transposed"}),
        (conv2d(image, symbol("K", (1, 3))), {"kernel flipped"}),  # transposed, it has another shape
        (conv2d(channels, kernel), {"kernel flipped", "kernel transposed"}),
        (max_pool2d(image, 2), {"average instead of maximum"}),
        (softmax(v), {"not normalised", "left out"}),
        (softmax(A), {"not normalised", "left out", "over the wrong axis"}),
        (softmax(v / sqrt(1)), {"not normalised", "left out"}),
        (nll(sigmoid(x), 1), {"label mistaken"}),
        (x + v, {"subtracted instead of adding"}),  # the second term cannot be forgotten: another shape
        (v + x, {"subtracted instead of adding", "the second term forgotten"}),
        (flatten(A), {"stacked the other way"}),
        (x * y, set()),
        (log(x), set()),
        (x, set()),
        (constant(3), set()),
    ],
    ids=lambda v: ", ".join(sorted(v)) if isinstance(v, set) else repr(v),
)
def test_the_slips_of(node, expected):
    assert set(mistakes(node)) == expected


def test_a_flipped_kernel():
    K = matrix("1 2; 3 4")
    pixels = matrix("1 0 2; 0 1 0; 3 0 1")
    (flipped,) = (s.node for s in slips(conv2d(pixels, K)) if s.mistake == "kernel flipped")
    assert exact(conv2d(pixels, K)).tolist() == [[5, 7], [11, 5]]
    assert exact(flipped).tolist() == exact(conv2d(pixels, matrix("4 3; 2 1"))).tolist() == [[5, 8], [9, 5]]


def test_the_value_that_a_slip_leads_to():
    z = named(constant(-3), "z")
    h = named(relu(z + 1), "h")
    found = {(s.mistake, s.at): float(floats(s.node)) for s in slips(2 * h + 1)}
    total = 2 * h + 1
    assert found == {
        ("subtracted instead of adding", h.args[0]): 1,  # relu(−4) is 0 as well
        ("the second term forgotten", h.args[0]): 1,
        ("left out", h): -3,
        ("absolute value", h): 5,
        ("threshold", h): 1,
        ("subtracted instead of adding", total): -1,
        ("the second term forgotten", total): 0,
    }


def network():
    W, b = symbol("W", (2, 4)), symbol("b", 2)
    h = named(relu(named(W @ v + b, "z")), "h")
    L = named(cross_entropy(h, 1), "L")
    return named(W - 2 * grad(L, W), "W_new")


GRAPHS = [
    network(),
    vec(relu(conv2d(image, symbol("K", (2, 2))))) + 1,
    max_pool2d(tanh(conv2d(channels, kernel, padding=1)), 2),
    softmax(-v) - v,
]


@pytest.mark.parametrize("node", GRAPHS, ids=repr)
def test_slips_keep_the_shape_and_the_name(node):
    found = slips(node)
    assert found
    for slip in found:
        assert (slip.node.shape, slip.node.name) == (node.shape, node.name)


@pytest.mark.parametrize("node", GRAPHS, ids=repr)
def test_the_original_is_never_among_its_slips(node):
    found = slips(node)
    assert all(slip.node is not node for slip in found)
    assert len({(slip.mistake, slip.at) for slip in found}) == len(found)
    right, *wrong = sampled([node, *(slip.node for slip in found)])
    changed = [not np.allclose(value, right) for value in wrong]
    assert sum(changed) >= len(found) / 2


def test_a_slip_of_a_named_node_keeps_its_name():
    z = named(constant(2) - 5, "z")
    h = named(relu(z), "h")
    (left_out,) = (s for s in slips(h) if s.mistake == "left out")
    assert left_out.at is h
    assert left_out.node.name == "h"
    assert float(floats(left_out.node)) == -3


def test_a_slip_is_made_at_one_node_only():
    twice = relu(x) + tanh(x)
    assert {s.at for s in slips(twice)} == {twice, twice.args[0], twice.args[1]}
    left_out = [s.node for s in slips(twice) if s.mistake == "left out"]
    assert left_out == [x + tanh(x), relu(x) + x]


def test_a_slip_reaches_every_use_of_its_node():
    h = relu(x)
    assert [s.node for s in slips(h * h) if s.mistake == "left out"] == [x * x]


def test_what_no_value_depends_on_has_no_slips():
    assert slips(shape(relu(v))) == []
    assert slips(vector(1, 2)) == []
