import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.graph import (
    GraphError,
    attention,
    constant,
    conv2d,
    exp,
    floor,
    log,
    maximum,
    minimum,
    named,
    relu,
    size,
    sqrt,
    symbol,
    tanh,
)
from tripos.graph.compare import compare
from tripos.graph.cost import macs
from tripos.graph.growth import FASTER, along, degree, growth, leading, rays
from tripos.graph.polynomial import as_node
from tripos.graph.values import Values, show

M, N, d, K = size("M N d K")


def order(cost, *variables):
    """Return the order of growth as it is written."""
    node = growth(cost, *(variables or (M, N)))
    return show(node, Values()[node]).text


@pytest.mark.parametrize(
    ("cost", "written"),
    [
        (M**2 + M * N + N**2, "O(M² + N²)"),
        (3 * M**2 * N + 7 * M + 12, "O(M² N)"),
        ((M + N) ** 2, "O(M² + N²)"),
        (M * (N + 5), "O(M N)"),
        (M * d + N * d**3, "O(M + N)"),  # d is held fixed
        (M + N + M * N, "O(M N)"),
        (M**3 + M**2 * N + N**2, "O(M³ + M² N + N²)"),
        (M**3 + M**2 * N**2 + M * N**3, "O(M³ + M² N² + M N³)"),
        (constant(5) * 3, "O(1)"),
        (M * (N - 5) - 3 * M, "O(M N)"),
        (M / 2, "O(M)"),
        (maximum(M, N) ** 2, "O(max(M, N)²)"),  # what is no polynomial is written as it is
        (macs(symbol("W", (M, N)) @ symbol("x", (N,))), "O(M N)"),
        (named(M * N, "c") + named(M, "b"), "O(M N)"),
    ],
)
def test_reduced(cost, written):
    assert order(cost) == written


@pytest.mark.parametrize(
    ("cost", "ray", "found"),
    [
        (M * N**2, (2, 3), 8),
        (M + N**2, (2, 3), 6),
        (sqrt(M * N), (1, 1), 1),
        (M**2 / N, (1, 1), 1),
        (minimum(M, N), (2, 1), 1),
        (maximum(M, N), (2, 1), 2),
        (floor(M / 2), (1, 0), 1),
        (M ** constant(Fraction(1, 2)), (1, 0), Fraction(1, 2)),
        (d**9, (1, 1), 0),
        (M**N, (1, 1), FASTER),
        (exp(M), (1, 0), FASTER),
        (exp(M), (0, 1), 0),
        (2**N * M, (0, 1), FASTER),
    ],
)
def test_degrees_along_a_ray(cost, ray, found):
    assert degree(cost, dict(zip((M, N), ray, strict=True))) == found


def test_rays_are_directions_without_repetition():
    found = rays(2)
    assert {(0, 1), (1, 0), (1, 1), (5, 2)} <= set(found)
    assert all(math.gcd(*ray) == 1 for ray in found)
    assert len(set(found)) == len(found)
    assert along((2, 1), (3, 5)) == 11


def dominated(term, others):
    """Say whether a monomial lies in the hull of others and what lies below it, on fine rays."""
    fine = [(i, 60 - i) for i in range(61)]
    return all(along(term, ray) <= max(along(other, ray) for other in others) for ray in fine)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=5, unique=True))
@settings(max_examples=100, deadline=None)
def test_only_terms_that_others_outgrow_are_dropped(terms):
    kept = leading(terms, 2)
    assert kept
    assert set(kept) <= set(terms)
    assert kept == sorted(kept, reverse=True)
    for term in terms:
        assert term in kept or dominated(term, kept)
    for term in kept:
        others = [other for other in kept if other != term]
        assert not others or not dominated(term, others)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=4, unique=True))
@settings(max_examples=30, deadline=None)
def test_what_is_reduced_grows_alike(terms):
    """Coefficients and lower terms change nothing."""
    cost = as_node({term: Fraction(i + 2) for i, term in enumerate(terms)}, (M, N))
    short = as_node(dict.fromkeys(leading(terms, 2), Fraction(1)), (M, N))
    assert compare(growth(cost, M, N), growth(short, M, N)).same
    assert compare(growth(cost, M, N), growth(short * M, M, N)).outcome == "different"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (maximum(M, N) ** 2, M**2 + N**2),
        ((M + N) ** 2, M**2 + N**2),
        (7 * M * N + 5, M * N),
        (M * N + M + N, M * N),
        (maximum(M**2, M * N), M**2 + M * N),
        (minimum(M, N) * maximum(M, N), M * N),
        (sqrt(M**4 + N**4), M**2 + N**2),
        (M * (N + 1) / 2, M * N),
        (M**2 * K + d, M**2),
    ],
)
def test_costs_that_grow_alike(one, two):
    assert compare(growth(one, M, N), growth(two, M, N)).same


@pytest.mark.parametrize(
    "other", [M * N, M + N, M**N, M**2, N**2, M**2 * N**2, (M + N) ** 3, M**2 + N, exp(M + N), 1]
)
def test_costs_that_do_not(other):
    key = growth(M**2 + M * N + N**2, M, N)
    assert compare(key, growth(constant(1) * other, M, N)).outcome == "different"


@pytest.mark.parametrize(("one", "two"), [(2**N, 3**N), (2**N, 2 ** (2 * N)), (exp(-N), exp(N))])
def test_exponentials_differ_in_their_base(one, two):
    assert compare(growth(one, M, N), growth(two, M, N)).outcome != "same"


@pytest.mark.parametrize(
    ("cost", "message"),
    [
        (log(M), "no rule says how log grows"),
        (tanh(M) * N, "no rule says how tanh grows"),
        (relu(M), "no rule says how relu grows"),
        (M - M, "derived degree 1, measured 0"),  # what cancels has another degree than its terms
        ((M + N) ** 2 - N**2, "derived degree 2, measured"),
        (M * N - N * M + 1, "derived degree"),
    ],
)
def test_what_is_not_known_to_grow_is_refused(cost, message):
    with pytest.raises(GraphError, match=message):
        growth(cost, M, N)


def test_the_sizes_that_grow_must_be_named():
    with pytest.raises(GraphError, match="name the sizes that grow"):
        growth(M * N)


def test_a_growth_has_one_degree_a_ray():
    node = growth(M * N, M, N)
    degrees = dict(zip(rays(2), map(int, Values()[node]), strict=True))
    assert (degrees[1, 0], degrees[1, 1], degrees[3, 2]) == (1, 2, 5)
    assert node.shape == (len(degrees),)


def test_growth_of_real_costs():
    q = symbol("Q", (N, d))
    assert order(macs(attention(q, q, q)), N) == "O(N²)"
    assert order(macs(attention(q, q, q)), N, d) == "O(N² d)"
    image, kernel = symbol("I", (3, M, M)), symbol("K", (N, 3, 3, 3))
    assert order(macs(conv2d(image, kernel, padding=1)), M, N) == "O(M² N)"
