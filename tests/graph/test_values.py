import decimal
import math
from fractions import Fraction

import numpy as np
import pytest
import symengine as se
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.oracle import close, real
from tripos.answers.reading.reader import read
from tripos.graph import (
    GraphError,
    argmax,
    constant,
    dims,
    exact,
    exp,
    grad,
    log,
    matrix,
    named,
    nll,
    pi,
    relu,
    shape,
    sigmoid,
    size,
    softmax,
    sqrt,
    standardize,
    symbol,
    tanh,
    vector,
)
from tripos.graph import sum as total
from tripos.graph.spaces import exact as exact_space
from tripos.graph.values import (
    Values,
    closed_form,
    decimal_piece,
    exact_piece,
    has_unknowns,
    is_rational,
    origin,
    show,
    to_float,
)

x, w = symbol("x"), symbol("w", 2)


def written(node):
    """Return the exact value of a node as text."""
    return exact_piece(Values()[node]).text


# -- values --


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (constant(-5) - Fraction(-1, 2), "−9/2"),
        (1 / sqrt(constant(2)), "√2/2"),
        (sqrt(constant(8)), "2√2"),
        (sqrt(constant(3)) * sqrt(constant(6)), "3√2"),
        (sqrt(constant(3)) * sqrt(constant(6)) / 6 * exp(constant(1)), "e √2/2"),
        (3 * log(constant(2)) / 4, "(3 log 2)/4"),
        (2 / sqrt(constant(2)), "√2"),
        (nll(sigmoid(constant(0)), 1), "log 2"),
        (-log(constant(1) / 2), "log 2"),
        (log(constant(2)) / 2, "(log 2)/2"),
        (exp(constant(0)), "1"),
        (exp(constant(1)), "e"),
        (exp(constant(-2)), "e⁻²"),
        (1 / (1 + exp(constant(1))), "1/(e + 1)"),
        (sigmoid(constant(0)), "1/2"),
        (tanh(constant(0)), "0"),
        (tanh(constant(1)), "tanh(1)"),
        (2 * pi(), "2π"),
        (1 / (2 * pi()), "1/(2π)"),
        (1 / sqrt(2 * pi()), "√2/(2√π)"),
        (-sqrt(constant(2)), "−√2"),
        (constant(2) ** constant(Fraction(1, 3)), "2^(1/3)"),
        (sqrt(constant(2)) + 1, "√2 + 1"),
        (sqrt(constant(2)) - 1, "√2 − 1"),
        (1 - sqrt(constant(2)), "1 − √2"),
        ((sqrt(constant(2)) + 1) ** 2, "(√2 + 1)²"),
        (constant(0.1) + 0.2, "0.3"),
        (constant(0.25) + 0, "1/4"),
        (3 * x + 1, "3x + 1"),
        (w * 2, "[2w₁ 2w₂]ᵀ"),
        (matrix("1 -2; 1/3 4") * 1, "[1 −2; 1/3 4]"),
    ],
)
def test_closed_forms(node, text):
    assert written(node) == text


def test_softmax_of_a_scaled_vector():
    logits = np.asarray([2, -1, -1]) / math.sqrt(2)
    node = softmax(vector(2, -1, -1) / sqrt(constant(2)))
    assert written(node).startswith("[e^√2/(e^√2 + 2e^(−√2/2)) ")
    close(to_float(Values()[node]), np.exp(logits) / np.exp(logits).sum())


def test_symbols_stand_for_themselves():
    values = Values()
    assert values[x**2].item() == se.Symbol("x") ** 2
    assert [str(entry) for entry in values[w + 1]] == ["1 + w[1]", "1 + w[2]"]
    assert has_unknowns(values[x * w])
    assert not has_unknowns(values[x - x])


@pytest.mark.parametrize("node", [constant(1) / 3, vector(1, 2), symbol("s") + 1, argmax(vector(1, 3))])
def test_values_are_object_arrays_of_the_shape_of_the_node(node):
    value = Values()[node]
    assert (value.dtype, value.shape) == (object, node.shape)
    assert all(isinstance(entry, se.Basic) for entry in value.ravel())


@pytest.mark.parametrize(
    ("node", "why"),
    [
        (constant(1) / (constant(2) - 2), "division of 1 by zero"),
        (log(constant(0) * x), "not positive"),
        (relu(x), "depends on x"),
        (sqrt(constant(-1) * 2), "negative number"),
        (symbol("A", (9, 9)) * 1, "the symbol A has no value"),
        (symbol("B", (size("n"),)) * 2, "the symbol B has no value"),
    ],
)
def test_a_node_without_a_value_has_its_reason(node, why):
    values = Values()
    assert values[2 - node] is None
    assert why in str(values.why[node])
    assert values.why[2 - node] is values.why[node]
    assert values.number(node) is None


def test_the_rest_of_a_graph_keeps_its_values():
    values = Values()
    bad = constant(1) / (constant(2) - 2)
    assert values[(constant(3) + 4) * bad] is None
    assert values[constant(3) + 4].item() == 7


def test_values_are_computed_once(monkeypatch):
    values = Values()
    node = sqrt(constant(2)) + 1
    first = values[node]
    monkeypatch.setattr("tripos.graph.values.Program.evaluate", lambda *args: pytest.fail("evaluated again"))
    assert values[node] is first


@pytest.mark.parametrize(
    ("node", "number"),
    [
        (constant(1) / 3 - Fraction(1, 2), Fraction(-1, 6)),
        (sqrt(constant(4)), 2),
        (sqrt(constant(2)), None),
        (vector(1, 2), None),
        (x, None),
    ],
)
def test_rational_scalars_as_fractions(node, number):
    assert Values().number(node) == number


def test_what_is_rational():
    assert is_rational(exact(vector(1, 2) / 3))
    assert not is_rational(exact(sqrt(vector(1, 2))))


# -- closed forms read back --


def _power(base, exponent):
    return base**exponent if base != 0 else base


small = st.fractions(-9, 9, max_denominator=9)
positive = st.fractions(Fraction(1, 9), 9, max_denominator=9)
leaves = st.one_of(
    small.map(exact_space.value),
    positive.map(exact_space.sqrt),
    positive.map(lambda f: se.log(exact_space.value(f))),
    small.map(lambda f: se.exp(exact_space.value(f))),
    small.map(lambda f: se.tanh(exact_space.value(f))),
    st.just(se.pi),
)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: p[0] + p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] - p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] * p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] / (p[1] ** 2 + 1)),
        st.tuples(inner, st.integers(2, 3)).map(lambda p: _power(*p)),
        inner.map(lambda e: 1 / (e**2 + 1)),
        inner.map(lambda e: se.sqrt(e**2 + 1)),
        inner.map(lambda e: se.log(e**2 + 1)),
        inner.map(lambda e: se.exp(-(e**2) / 100)),
        inner.map(se.tanh),
    ),
    max_leaves=5,
)


@given(expressions)
@settings(max_examples=200, deadline=None)
def test_a_closed_form_reads_back_as_the_same_value(expr):
    piece = closed_form(expr)
    value = real(np.asarray(expr, dtype=object))
    for form in (piece.text, piece.latex):
        close(real(exact(read(form))), value, 1e-9)


@given(st.lists(small, min_size=2, max_size=4), st.booleans())
@settings(max_examples=60, deadline=None)
def test_an_array_reads_back_as_the_same_value(numbers, roots):
    node = constant(numbers) * (sqrt(constant(2)) if roots else 1)
    piece = exact_piece(Values()[node])
    for form in [piece.latex] if roots else [piece.latex, piece.text.removesuffix("ᵀ")]:
        close(real(exact(read(form))), real(exact(node)))


# -- decimals --


def rounding(value, places):
    """Return a fraction rounded half away from zero, by the decimal module."""
    with decimal.localcontext(prec=500):
        number = decimal.Decimal(value.numerator) / decimal.Decimal(value.denominator)
        return number.quantize(decimal.Decimal(1).scaleb(-places), decimal.ROUND_HALF_UP)


def decimals(node, places=None):
    """Return a scalar in decimals, as text with a plain minus."""
    return decimal_piece(exact(node), places).text.replace("−", "-")


@given(st.fractions(max_denominator=10**4), st.integers(0, 6))
@settings(max_examples=200, deadline=None)
def test_a_decimal_is_correctly_rounded(value, places):
    text = decimals(constant(value), places)
    shown = len(text.partition(".")[2])
    assert shown >= places
    assert decimal.Decimal(text) == rounding(value, shown)


@given(st.fractions(Fraction(1, 10**6), 10**12, max_denominator=10**6), st.integers(0, 6), st.booleans())
@settings(max_examples=100, deadline=None)
def test_a_decimal_of_a_root_is_correctly_rounded(square, places, negative):
    root = sqrt(constant(square))
    text = decimals(-root if negative else root, places)
    shown = len(text.partition(".")[2])
    with decimal.localcontext(prec=80):
        number = (decimal.Decimal(square.numerator) / decimal.Decimal(square.denominator)).sqrt()
        expected = number.quantize(decimal.Decimal(1).scaleb(-shown), decimal.ROUND_HALF_UP)
    assert decimal.Decimal(text) == (-expected if negative else expected)


@pytest.mark.parametrize(
    ("node", "places", "text"),
    [
        (constant(1) / 3, None, "0.333"),
        (constant(-1) / 3, 2, "-0.33"),
        (constant(2) / 3, 0, "1"),
        (constant(1) / 2, 0, "1"),  # halves go away from zero
        (constant(-1) / 2, 0, "-1"),
        (constant(1) / 8, 2, "0.13"),
        (constant(-1) / 8, 2, "-0.13"),
        (constant(1) / 8, None, "0.125"),  # a decimal that ends is written in full
        (constant(1) / 20, None, "0.05"),
        (constant(1) / 250, 2, "0.004"),  # more places where nothing would be left
        (constant(1) / 300, 2, "0.0033"),
        (constant(-1) / 1000, 2, "-0.001"),
        (constant(3), 2, "3.00"),
        (constant(0), 2, "0.00"),
        (constant(0), None, "0"),
        (-constant(7), None, "-7"),
        (constant(10**20) + Fraction(1, 3), 1, "100000000000000000000.3"),
        (log(constant(2)), None, "0.693"),
        (log(constant(2)), 10, "0.6931471806"),
        (exp(constant(-50)), None, "0.00000000000000000000019"),
        (exp(constant(50)), 0, "5184705528587072464087"),
        (constant(Fraction(99999, 100000)), 3, "1.000"),
        (sqrt(constant(2)) * sqrt(constant(2)), 3, "2.000"),
    ],
)
def test_decimals(node, places, text):
    assert decimals(node, places) == text


def test_decimals_of_an_array():
    piece = decimal_piece(exact(vector(1, -2) / 3), 2)
    assert (piece.text, piece.rank) == ("[0.33 −0.67]ᵀ", 1)
    assert piece.latex == r"\begin{bmatrix} 0.33 \\ -0.67 \end{bmatrix}"


def test_an_exact_zero_in_an_array_has_no_decimals():
    value = exact_space.asarray([0, Fraction(1, 3)])
    assert decimal_piece(value, 4).text == "[0 0.3333]ᵀ"


def test_a_closed_form_that_is_proven_to_be_zero_is_zero():
    difference = sqrt(constant(2)) + sqrt(constant(3)) - sqrt(5 + 2 * sqrt(constant(6)))
    value = Values()[vector(1, 2) * difference]
    assert [entry == 0 for entry in value] == [True, True]
    assert decimals(difference, 3) == "0.000"


def test_a_zero_that_is_not_proven_has_three_decimals_and_no_more():
    """Layer norm turns two entries into −1 and 1 whatever they are, and no gradient passes."""
    inputs = named(softmax(vector(1, 2)), "x")
    slope = grad(total(vector(1, 3) * standardize(inputs)), inputs)
    assert decimals(slope) == "[0.000 0.000]ᵀ"


def test_the_numbers_of_one_array_are_written_alike():
    assert written(vector(9, 5) / 10) == "[0.9 0.5]ᵀ"
    assert written(vector(-1, 20, 2) / 10) == "[−0.1 2 0.2]ᵀ"
    assert written(vector(1, 3) / 4) == "[1/4 3/4]ᵀ"
    assert written(vector(Fraction(1, 10), Fraction(1, 3))) == "[0.1 1/3]ᵀ"
    assert repr(vector(0.9, 0.5)) == "<[0.9 0.5]ᵀ>"


def test_what_has_a_symbol_left_has_no_decimals():
    assert decimal_piece(Values()[x + 1]) is None


# -- how an op writes its values --


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (dims(54, 54, 96), "54×54×96"),
        (shape(symbol("I", (3, 8, 8))), "3×8×8"),
        (named(named(dims(2, 3), "s"), "t"), "2×3"),
        (argmax(vector(1, 3, 2), ["cat", "dog", "cow"]), "dog"),
        (argmax(vector(1, 3, 2)), "2"),
        (named(vector(1, 2), "v"), "[1 2]ᵀ"),
    ],
)
def test_show(node, text):
    assert show(node, Values()[node]).text == text


def test_the_origin_of_a_second_name():
    node = named(constant(1) + x, "a")
    assert origin(named(named(node, "b"), "c")) is node
    with pytest.raises(GraphError):
        named(node, "b")[0]
