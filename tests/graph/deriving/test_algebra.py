import operator
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tripos.graph import exact, exp, lift, named, size, sqrt, symbol, tanh, write
from tripos.graph import sum as total
from tripos.graph.deriving.algebra import Product, _length, added, factors, multiplied, shortest, terms
from tripos.graph.node import free_symbols
from tripos.graph.ops.shape import expand

a, b, c, f, p, s, t, y = (symbol(n) for n in "abcfpsty")
g = symbol("g")
v, w, x = symbol("v", 3), symbol("w", 3), symbol("x", 3)
k = size("k")


@pytest.mark.parametrize(
    ("node", "text"),
    [
        # What is well written stays.
        (f * (1 - f), "f (1 − f)"),
        (1 - f**2, "1 − f²"),
        (2 * (f - y) * (f * (1 - f)), "2(f − y) f (1 − f)"),
        (t / s**2 - 1 / t, "t/s² − 1/t"),
        (tanh(a) * (1 - tanh(a)), "tanh(a) (1 − tanh(a))"),
        # Signs.
        (-(a - b), "b − a"),
        (-a + b, "b − a"),
        (-a - b, "−a − b"),
        (a * -b * -c, "a b c"),
        (-(2 * (y - f)), "2(f − y)"),
        # Numbers and scalars before arrays.
        (a * 2 * (b * 3), "6a b"),
        (x * a * 2, "2a x"),
        (x / 2 * a, "a x/2"),
        (x * w * a, "a x ⊙ w"),
        (expand(1 / lift(k), (3,)) * (2 * (v - x)), "2(v − x)/k"),
        # Like terms, and what cancels.
        (a * b + b * a, "2a b"),
        (1 - f - f, "1 − 2f"),
        (a / a, "1"),
        (a * b / (b * c), "a/c"),
        ((a + b) ** 2 / (a + b), "a + b"),
        (a - a, "0"),
        (x - x, "[0 0 0]ᵀ"),
        (sqrt(a) * sqrt(a), "a"),
        (a / sqrt(a), "√a"),
        # What a lecturer cancels by hand.
        ((-y / f + (1 - y) / (1 - f)) * f * (1 - f), "f − y"),
        (-(y * (1 - p) - (1 - y) * p), "p − y"),
        (f * (1 - f) * (1 - f) - f * (1 - f) * f, "f (1 − f) (1 − 2f)"),
        (1 / s - (s**2 + (a - b) ** 2) * 2 * s / (2 * s**2) ** 2 * 2, "−(a − b)²/s³"),
        # What several terms share.
        (tanh(a) * (b + c) * f + (b + c) * g, "(b + c) (tanh(a) f + g)"),
    ],
)
def test_what_a_person_would_write(node, text):
    assert write(shortest(node)).text == text


def test_names_are_atoms():
    d = named(a - b, "d")
    assert write(shortest(-d * 2 + d)).text == "−d"
    assert write(shortest(d + b)).text == "d + b"


@pytest.mark.parametrize("node", [x - x + a, x * 0, 0 * x + 1, v / v, expand(lift(2), (3,)) * a])
def test_the_shape_stays(node):
    assert shortest(node).shape == node.shape == (3,)


def test_what_is_no_arithmetic_is_left_alone():
    node = exp(a - a) + total(x * 0)
    assert write(shortest(node)).text == write(node).text


def test_a_formula_too_large_to_be_multiplied_out_is_only_collected():
    node = lift(1)
    for i in range(30):
        node = node * (symbol(f"a{i}") + symbol(f"b{i}"))
    assert write(shortest(node + node)).text.startswith("2(a₀ + b₀) (a₁ + b₁)")


def test_large_powers_are_not_computed():
    assert write(shortest(a * lift(3) ** 10**9)).text == "a · 3¹⁰⁰⁰⁰⁰⁰⁰⁰⁰"
    assert "10000" not in write(shortest((a + b) ** 50)).text


def test_products_and_sums_are_read_and_written():
    product = factors(2 * a * b**2 / c)
    assert product.number == 2
    assert {write(n).text: k for n, k in product.powers.items()} == {"a": 1, "b": 2, "c": -1}
    assert write(multiplied(product)).text == "2a b²/c"
    assert write(added(terms(a - b + c - b))).text == "a − 2b + c"
    assert Product(Fraction(0)).raised(Fraction(-1)) is None


# -- random formulas, against Python's fractions -------------------------------------------------

SYMBOLS = {n: symbol(n) for n in "abc"}


@st.composite
def formulas(draw, depth=4):
    """A formula as a node, and as a function of the values of its symbols."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        if draw(st.booleans()):
            name = draw(st.sampled_from("abc"))
            return SYMBOLS[name], lambda point: point[name]
        number = draw(st.integers(-3, 3))
        return lift(number), lambda point: Fraction(number)
    op = draw(st.sampled_from("+-*/^~"))
    one, two = draw(formulas(depth=depth - 1))
    if op == "~":
        return -one, lambda point: -two(point)
    if op == "^":
        power = draw(st.integers(-2, 3))
        return one**power, lambda point: two(point) ** power
    three, four = draw(formulas(depth=depth - 1))
    rule = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}[op]
    return rule(one, three), lambda point: rule(two(point), four(point))


@settings(max_examples=300, deadline=None)
@given(formulas(), st.lists(st.fractions(-4, 4, max_denominator=5), min_size=3, max_size=3))
def test_the_value_stays(pair, values):
    node, function = pair
    point = dict(zip("abc", values, strict=True))
    try:
        want = function(point)
    except ZeroDivisionError:
        assume(False)
    short = shortest(node)
    used = {n: point[n] for n, leaf in SYMBOLS.items() if leaf in free_symbols(short)}
    assert Fraction(str(exact(short, **used))) == want


@settings(max_examples=200, deadline=None)
@given(formulas())
def test_what_is_short_gets_no_longer(pair):
    once = shortest(pair[0])
    assert _length(shortest(once)) <= _length(once)
