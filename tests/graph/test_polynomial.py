import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.graph import constant, exact, exp, floor, maximum, named, size, vector, write
from tripos.graph.node import free_symbols
from tripos.graph.polynomial import as_node, polynomial

M, N, K = size("M N K")
SIZES = (M, N, K)

exponents = st.tuples(*[st.integers(0, 4)] * 3)
signed = st.fractions(-9, 9, max_denominator=9).filter(bool)
coefficients = st.fractions(Fraction(1, 9), 9, max_denominator=9)


def value(node, point):
    """Return the value of a graph at a point, as a fraction."""
    return Fraction(str(exact(node, **{str(s.name): point[s.name] for s in free_symbols(node)})))


def at(terms, point):
    """Return the value of a polynomial at a point, by its coefficients."""
    total = Fraction(0)
    for powers, coefficient in terms.items():
        total += coefficient * math.prod(point[n] ** k for n, k in zip("MNK", powers, strict=True))
    return total


@given(st.dictionaries(exponents, signed, min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_there_and_back(terms):
    assert polynomial(as_node(terms, SIZES), SIZES) == terms


@given(st.dictionaries(exponents, signed, max_size=6), st.tuples(*[st.integers(1, 9)] * 3))
@settings(max_examples=150, deadline=None)
def test_the_node_has_the_value_of_the_polynomial(terms, numbers):
    point = dict(zip("MNK", numbers, strict=True))
    assert value(as_node(terms, SIZES), point) == at(terms, point)


@st.composite
def graphs(pick):
    """Return a graph of sums, products and small powers."""
    nodes = [M, N, K, constant(pick(coefficients)), named(constant(2), "two")]
    for _ in range(pick(st.integers(1, 5))):
        one, two = pick(st.sampled_from(nodes)), pick(st.sampled_from(nodes))
        nodes.append(
            pick(st.sampled_from([one + two, one - two, -one, one * two, one**2, named(one + two, "s")]))
        )
    return nodes[-1]


@given(graphs(), st.tuples(*[st.integers(1, 5)] * 3))
@settings(max_examples=150, deadline=None)
def test_multiplying_out_keeps_the_value(node, numbers):
    point = dict(zip("MNK", numbers, strict=True))
    terms = polynomial(node, SIZES)
    assert terms is not None
    assert at(terms, point) == value(node, point)


@pytest.mark.parametrize(
    ("node", "terms"),
    [
        (M, {(1, 0): 1}),
        (constant(7), {(0, 0): 7}),
        ((M + 2 * N) ** 2, {(2, 0): 1, (1, 1): 4, (0, 2): 4}),
        ((M + 1) * (N + 1), {(1, 1): 1, (1, 0): 1, (0, 1): 1, (0, 0): 1}),
        (M + M, {(1, 0): 2}),
        (2 - (M - N), {(1, 0): -1, (0, 1): 1, (0, 0): 2}),
        (-(M + 1) * N, {(1, 1): -1, (0, 1): -1}),
        (M - M, {(1, 0): 0}),  # kept: other symbols count as 1, so what cancels may not
        (M**0, {(0, 0): 1}),
        (M * K + K, {(1, 0): 1, (0, 0): 1}),  # other symbols count as constants of value 1
        (named(named(M, "a") * N, "b"), {(1, 1): 1}),
    ],
)
def test_as_a_polynomial(node, terms):
    assert polynomial(node, (M, N)) == terms


@pytest.mark.parametrize(
    "node",
    [M / N, M**-1, M**N, M ** constant(0.5), M**9, exp(M), floor(M), maximum(M, N), vector(1, 2) * M, 2**M],
    ids=repr,
)
def test_what_is_no_polynomial(node):
    assert polynomial(node, (M, N)) is None
    assert polynomial(node + M, (M, N)) is None


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ({}, "0"),
        ({(0, 0, 0): 5}, "5"),
        ({(1, 0, 0): 1}, "M"),
        ({(0, 0, 0): 1, (0, 1, 0): 3, (2, 0, 1): 1}, "M² K + 3N + 1"),
        ({(1, 0, 0): 1, (0, 1, 0): -2}, "M − 2N"),
        ({(1, 0, 0): 0, (0, 1, 0): 2}, "2N"),
    ],
)
def test_as_a_node(terms, text):
    node = as_node({powers: Fraction(c) for powers, c in terms.items()}, SIZES)
    assert write(node).text == text
