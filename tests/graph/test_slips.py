import numpy as np
import pytest

from graph.oracle import DOMAINS, all_cases, fractions, run
from tripos.graph import (
    constant,
    conv2d,
    cross_entropy,
    dims,
    exact,
    flatten,
    floats,
    floor,
    grad,
    log,
    matrix,
    max_pool2d,
    named,
    nll,
    ones,
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
from tripos.graph.op import GraphError
from tripos.graph.slips import (
    MOST_IN_ALL,
    MOST_PAIRS,
    evaluate,
    lines_of,
    near,
    pairs,
    sample,
    slips,
    symbol_of,
)
from tripos.graph.slips import mistakes as mistakes_of_all

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


def outcomes(node):
    """Return the graph that each way to make a mistake at a node leads to."""
    found = []
    for make in node.op.slips.values():
        try:
            found.append(make(*node.args, **dict(node.attrs)))
        except GraphError:
            continue
    return set(found) - {node}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_slips_of_an_op_are_found_where_they_fit(case):
    """Each is found once, under its name or that of the pattern which makes the same."""
    node = case.node
    found = [slip.node for slip in slips(node) if slip.at is node]
    assert outcomes(node) <= set(found)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (relu(v), {"ReLU forgotten", "absolute value instead of ReLU", "threshold instead of ReLU"}),
        (conv2d(image, symbol("K", (2, 2))), {"kernel flipped", "kernel transposed", "transposed"}),
        (conv2d(image, symbol("K", (1, 3))), {"kernel flipped", "kernel transposed", "transposed"}),
        (conv2d(channels, kernel), {"kernel flipped", "kernel transposed"}),
        (max_pool2d(image, 2), {"average instead of maximum", "windows one step apart", "transposed"}),
        (softmax(v), {"not normalised", "softmax forgotten"}),
        (softmax(A), {"not normalised", "softmax forgotten", "over the wrong axis", "transposed"}),
        (softmax(v / sqrt(1)), {"not normalised", "softmax forgotten", "root forgotten"}),
        (
            nll(sigmoid(x), 1),
            {"label mistaken", "sign forgotten", *(f"base {b} instead of e" for b in (2, 10))},
        ),
        (x + v, {"subtracted instead of adding", "the second term forgotten"}),
        (v + x, {"subtracted instead of adding", "the second term forgotten"}),
        (flatten(A), {"column- instead of row-major"}),
        (vec(A), {"row- instead of column-major"}),
        (x * y, set()),
        (log(x), {"logarithm forgotten", "base 2 instead of e", "base 10 instead of e"}),
        (x, set()),
        (constant(3), set()),
    ],
    ids=lambda v: ", ".join(sorted(v)) if isinstance(v, set) else repr(v),
)
def test_the_slips_of(node, expected):
    found = set(mistakes(node))
    if node.args and node.args[0].op.name == "div":
        found -= {"the divisor forgotten", "multiplied instead of dividing"}  # by 1
    assert found == expected


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
    double, inside = total.args[0], h.args[0]
    assert found == {
        ("sign forgotten", inside): 9,  # 3 + 1
        ("subtracted instead of adding", inside): 1,  # relu(−4) is 0 as well
        ("+1 forgotten", inside): 1,
        ("ReLU forgotten", h): -3,
        ("absolute value instead of ReLU", h): 5,
        ("threshold instead of ReLU", h): 1,
        ("factor 2 forgotten", double): 1,
        ("subtracted instead of adding", total): -1,
        ("+1 forgotten", total): 0,
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
def test_slips_keep_the_name(node):
    found = slips(node)
    assert found
    assert all(slip.node.name == node.name for slip in found)


@pytest.mark.parametrize("node", GRAPHS, ids=repr)
def test_the_original_is_never_among_its_slips(node):
    found = slips(node)
    assert all(slip.node is not node for slip in found)
    right, *wrong = evaluate([node, *(slip.node for slip in found)], sample(free_symbols(node)))
    changed = [w is not None and (w.shape != right.shape or not np.allclose(w, right)) for w in wrong]
    assert sum(changed) >= len(found) / 2


def test_a_slip_of_a_named_node_keeps_its_name():
    z = named(constant(2) - 5, "z")
    h = named(relu(z), "h")
    (forgotten,) = (s for s in slips(h) if s.mistake == "ReLU forgotten")
    assert forgotten.at is h
    assert forgotten.node.name == "h"
    assert float(floats(forgotten.node)) == -3


def test_a_slip_is_made_at_one_node_only():
    twice = relu(x) + tanh(x)
    assert {s.at for s in slips(twice)} == {twice, twice.args[0], twice.args[1]}
    assert [s.node for s in slips(twice) if s.mistake == "ReLU forgotten"] == [x + tanh(x)]


def test_a_slip_reaches_every_use_of_its_node():
    h = relu(x)
    assert [s.node for s in slips(h * h) if s.mistake == "ReLU forgotten"] == [x * x]


def test_what_no_value_depends_on_has_no_slips():
    assert set(mistakes(shape(relu(v)))) == set()
    assert slips(vector(1, 2)) == []


# -- shapes ----------------------------------------------------------------------------------------


def test_a_slip_may_change_the_shape_of_the_answer():
    """A stride forgotten in 7×7 → 3×3 leaves 5×5; all that rests on it can still be built."""
    key = relu(conv2d(symbol("x", (7, 7)), symbol("K", (3, 3)), stride=2))
    (forgotten,) = (s.node for s in slips(key) if s.mistake == "stride forgotten")
    assert (key.shape, forgotten.shape) == ((3, 3), (5, 5))


def test_what_cannot_be_built_with_a_slip_is_skipped():
    z = conv2d(symbol("x", (7, 7)), symbol("K", (3, 3)), stride=2)
    assert "stride forgotten" not in mistakes(symbol("w", 9) @ vec(z))  # 25 entries for 9 weights
    assert "stride forgotten" in mistakes(vec(z))


def test_the_shape_of_a_shape_is_slipped():
    """⌊(8 + 2·1 − 3)/2⌋ + 1 = 4, of 5 channels."""
    z = conv2d(symbol("x", (3, 8, 8)), symbol("K", (5, 3, 3, 3)), stride=2, padding=1)
    found = {(s.mistake, tuple(map(int, exact(s.node)))) for s in slips(shape(z))}
    assert found == {
        ("stride forgotten", (5, 8, 8)),
        ("padding forgotten", (5, 3, 3)),
        ("+1 forgotten", (5, 3, 3)),
        ("rounded up instead of down", (5, 5, 5)),
        ("axes in another order", (4, 4, 5)),
        ("axes in another order", (4, 5, 4)),
    }


def test_a_size_by_formula():
    n = floor((constant(224) - 11) / 4) + 1
    found = {s.mistake: int(floats(s.node)) for s in slips(named(n, "n")) if s.mistake != "not rounded"}
    assert found["rounded up instead of down"] == 55
    assert found["+1 forgotten"] == 53
    assert mistakes(dims(n, 3)).count("axes in another order") == 1


# -- pairs -----------------------------------------------------------------------------------------


def test_pairs_are_two_slips_at_different_nodes():
    a, b = named(constant(-7), "a"), named(constant(3), "b")
    key = relu(a) + b * b
    found = {frozenset((p.first.mistake, p.second.mistake)): float(floats(p.second.node)) for p in pairs(key)}
    assert found[frozenset(("ReLU forgotten", "subtracted instead of adding"))] == -7 - 9
    single = {s.node for s in slips(key)}
    assert all(p.first.at is not p.second.at for p in pairs(key))
    assert all(p.second.node not in single and p.second.node is not key for p in pairs(key))


def test_pairs_are_bounded_in_number():
    node = x
    for i in range(60):
        node = named(relu(node) + tanh(node), f"h_{i}")
    assert len(list(pairs(node))) <= MOST_PAIRS


def test_all_mistakes_have_names():
    known = mistakes_of_all()
    assert {"kernel flipped", "bias forgotten", "√d left out", "ascended instead of descending"} <= set(known)
    assert known == sorted(set(known))
    assert {s.mistake for node in GRAPHS for s in slips(node)} <= set(known)


# -- values ----------------------------------------------------------------------------------------


def test_values_in_bulk_are_those_of_each():
    nodes = [slip.node for slip in slips(network())]
    points = sample([s for n in nodes for s in free_symbols(n)])
    for node, value in zip(nodes, evaluate(nodes, points), strict=True):
        for i in range(3):
            row = {str(s.name): points[s.name][i] for s in free_symbols(node)}
            np.testing.assert_allclose(value[i], floats(node, **row), rtol=1e-12)


def test_what_has_no_value_is_none():
    assert evaluate([constant(1) / 0, log(x), constant(2)], {})[:2] == [None, None]
    assert evaluate([symbol("big", (10_000, 10_000))], {}) == [None]


def test_no_more_is_evaluated_than_the_budget_allows():
    many = [ones(100, 100) + k for k in range(2, 2 + MOST_IN_ALL // 80_000)]
    found = evaluate(many, {})
    assert found[0] is not None
    assert found[-1] is None


def test_every_node_belongs_to_a_line():
    z = named(symbol("W", (2, 4)) @ v + 1, "z")
    h = named(relu(-z), "h")
    lines = lines_of(h)
    assert lines[z.args[0]] is z
    assert lines[h.args[0]] is h
    assert [symbol_of(line) for line in (z, h)] == ["z", "h"]


def test_a_value_at_some_points_only_is_not_a_number_at_the_others():
    x = symbol("x")
    points = sample([x])
    (value,) = evaluate([log(x)], points)
    assert value is not None
    assert (np.isnan(value) == (points["x"] <= 0)).all()
    assert near(value.reshape(1, -1), value) == [0]
    assert near(value.reshape(1, -1), points["x"]) == []
    assert evaluate([log(-x * x)], points) == [None]
    assert evaluate([log(constant(-1))], {}) == [None]
