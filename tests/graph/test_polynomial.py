import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.graph import (
    constant,
    exact,
    exp,
    expand,
    floor,
    maximum,
    named,
    reshape,
    size,
    sqrt,
    symbol,
    vector,
    write,
)
from tripos.graph.node import Node, apply, free_symbols, lift
from tripos.graph.polynomial import MAX_TERMS, as_node, factored, polynomial, terms_of, tidy

M, N, K, d = size("M N K d")
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
        (M - M, {}),
        (M * K - M * d, {(1, 0): 0}),  # kept: other symbols count as 1, so what cancels may not
        (M / 2, {(1, 0): Fraction(1, 2)}),
        (M * N / N, {(1, 0): 1}),
        (floor(M), {(1, 0): 1}),  # a size is a whole number
        (M**0, {(0, 0): 1}),
        (M * K + K, {(1, 0): 1, (0, 0): 1}),  # other symbols count as constants of value 1
        (named(named(M, "a") * N, "b"), {(1, 1): 1}),
    ],
)
def test_as_a_polynomial(node, terms):
    assert polynomial(node, (M, N)) == terms


@pytest.mark.parametrize(
    "node",
    [
        M / N,
        M**-1,
        M**N,
        M ** constant(0.5),
        M**9,
        M / (N + 1),
        exp(M),
        floor(M / 2),
        maximum(M, N),
        vector(1, 2) * M,
        2**M,
    ],
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


# -- tidy sizes --


@st.composite
def lengths(pick):
    """Return a size as shape rules build them: sums, products, quotients and floors, some of them named."""
    nodes = [M, N, K, constant(pick(st.integers(-5, 5))), constant(pick(coefficients))]
    for _ in range(pick(st.integers(1, 7))):
        one, two = pick(st.sampled_from(nodes)), pick(st.sampled_from(nodes))
        step = pick(st.integers(1, 4))
        nodes.append(
            pick(
                st.sampled_from(
                    [
                        one + two,
                        one - two,
                        one * two,
                        -one,
                        one / M,
                        one / (step * N),
                        one / (N + 1),
                        floor(one / step),
                        floor(-one / step) + step,
                        floor((one - step) / K) + 1,
                        maximum(one, two),
                        one**2,
                        named(one + two, "n"),
                    ]
                )
            )
        )
    return nodes[-1]


@given(lengths(), st.tuples(*[st.integers(1, 9)] * 3))
@settings(max_examples=300, deadline=None)
def test_a_tidy_size_has_the_same_value(node, numbers):
    point = dict(zip("MNK", numbers, strict=True))
    found = tidy(node)
    assert (value(found, point) if isinstance(found, Node) else found) == value(node, point)


@given(lengths())
@settings(max_examples=300, deadline=None)
def test_a_tidy_size_stays_as_it_is(node):
    assert tidy(tidy(node)) is tidy(node)


@given(lengths())
@settings(max_examples=300, deadline=None)
def test_tidying_arguments_first_changes_nothing(node):
    if node.args:
        again = tidy(apply(node.op, *map(tidy, node.args), **dict(node.attrs)))
        assert again is tidy(node) or again == tidy(node)


@given(st.permutations([M, N, M * N, 2 * K, -M, floor(N / 2), M / N]))
@settings(max_examples=50, deadline=None)
def test_the_order_of_a_sum_does_not_matter(terms):
    one = lift(0)
    for term in terms:
        one = one + term
    assert write(tidy(one)).text == "(2K N + M N² + M + N² + N ⌊N/2⌋)/N"


@pytest.mark.parametrize(
    ("dim", "text"),
    [
        (M + 2 - 3 + 1, "M"),
        (2 * M + M, "3M"),
        (M * N - N * M + 4, "4"),
        ((M + 1) * (M - 1), "M² − 1"),
        (M * N / N, "M"),
        (N * (M / N), "M"),
        (M / N + 1, "(M + N)/N"),
        (M / 2 + N / 3 - 1, "(3M + 2N − 6)/6"),
        (2 * M / 4, "M/2"),
        (M / (N + N - N), "M/N"),
        (M**-1 * M**2, "M"),
        (named(M + 0, "a") + named(M * 1, "b"), "2M"),
        (maximum(M + 2 - 2, N), "max(M, N)"),
        (sqrt(M + 1 - 1), "√M"),
        ((M + 1) ** 9, "(M + 1)⁹"),
        (M / (2 * N + 2 - N), "M/(N + 2)"),
        # floors: what whole numbers add up to comes out, and what makes a sum shorter goes in
        (floor(M), "M"),
        (floor(M + constant(Fraction(1, 2))), "M"),
        (floor((M + 2 - 3) / 2) + 1, "⌊(M + 1)/2⌋"),  # a window of 3, padding 1, stride 2
        (floor((M - 1) / 2) + 1, "⌊(M + 1)/2⌋"),  # a window of 1, stride 2: the same
        (floor((M - 2) / 2) + 1, "⌊M/2⌋"),
        (floor((M - 11) / 4) + 1, "⌊(M − 7)/4⌋"),
        (floor((floor((M + 1) / 2) + 1) / 2), "⌊(M + 3)/4⌋"),
        (floor(floor(M / 2) / 3), "⌊M/6⌋"),
        (-floor(-M / 2), "⌊(M + 1)/2⌋"),  # ⌈M/2⌉
        (floor((2 * M + 3) / 2), "M + 1"),
        (floor((3 * M + 1) / 2), "M + ⌊(M + 1)/2⌋"),
        (floor(M / 3 + N / 6 + constant(Fraction(5, 7))), "⌊(2M + N + 4)/6⌋"),
        (floor((M - K) / N) + 1, "⌊(M − K)/N⌋ + 1"),
        (floor((M - K + N) / N), "⌊(M − K)/N⌋ + 1"),
        ((floor(M / 2) - 1) * (floor(N / 2) - 1), "⌊(M − 2)/2⌋ ⌊(N − 2)/2⌋"),
        ((floor(M / 2) + 3) ** 2 * K + K, "K ⌊(M + 6)/2⌋² + K"),
        (floor(M / 2) + floor((M + 2) / 2), "2⌊M/2⌋ + 1"),
    ],
)
def test_tidy(dim, text):
    found = tidy(dim)
    assert (write(found).text if isinstance(found, Node) else str(found)) == text


def test_numbers_come_out_as_numbers():
    assert [tidy(n) for n in (7, M - M, M / M, M - M + constant(3))] == [7, 0, 1, 3]
    assert tidy(M / M / 2) == Fraction(1, 2)


def test_a_symbol_that_may_be_zero_does_not_cancel():
    x = symbol("x")
    assert tidy(M * x / x) is not M
    assert write(tidy(floor(x) + floor(x + 1))).text == "2⌊x⌋ + 1"


def test_equal_sizes_are_one_node_in_shapes():
    assert symbol("x", (M + M, N)) is symbol("x", (2 * M, N))
    a, b = symbol("a", (M + M,)), symbol("b", (3 * M - M,))
    assert (a + b).shape == (2 * M,)
    assert (a @ b).shape == ()
    assert reshape(symbol("q", (N, M)), (N * M,)).shape == (M * N,)
    assert expand(symbol("s"), (M + 1 - 1,)).shape == (M,)


def test_what_would_grow_too_large_stays_a_product():
    wide = sum(size(" ".join(f"a{i}" for i in range(40))), start=lift(0))
    assert len(terms_of(wide)) == 40
    assert len(terms_of(wide**8)) == 1
    assert len(terms_of(wide * wide)) <= MAX_TERMS
    assert tidy(M ** constant(10**9)).op.name == "power"


@pytest.mark.parametrize(
    ("dim", "text"),
    [
        (9 * (M - 2) ** 2, "9(M − 2)²"),
        (5 * K * (M - 2) * (N + 3), "5K (M − 2) (N + 3)"),
        (M * N + N, "M N + N"),  # one term fewer is not worth a bracket
        (12 * M**2 + 13 * M, "12M² + 13M"),
        (M - 2, "M − 2"),
        (K * M**2 * (N - M + 1) * (K - M + 1), "K M² (K − M + 1) (N − M + 1)"),
        (K * M * (M - N + 1) * (2 * K + 1), "K M (2K + 1) (M − N + 1)"),
        (constant(4) * 3, "12"),
        ((floor(M / 2) - 1) * (N - 1) * (K - 1), "(K − 1) (N − 1) ⌊(M − 2)/2⌋"),
    ],
)
def test_factored(dim, text):
    assert write(lift(factored(dim))).text == text


@given(lengths(), st.tuples(*[st.integers(1, 9)] * 3))
@settings(max_examples=100, deadline=None)
def test_factored_has_the_same_value(node, numbers):
    point = dict(zip("MNK", numbers, strict=True))
    assert value(lift(factored(node)), point) == value(node, point)
