from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
import symengine as se
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.graph.op import GraphError
from tripos.graph.spaces import ball

ONE, TWO, THREE = (se.Integer(n) for n in (1, 2, 3))
RAMANUJAN = se.exp(se.pi * se.sqrt(se.Integer(163)))  # 262537412640768743.99999999999925…
fractions = st.fractions(max_denominator=10**6).filter(lambda f: abs(f) < 10**9)


def rational(fraction):
    return se.Rational(fraction.numerator, fraction.denominator)


@pytest.mark.parametrize(
    ("expr", "sign"),
    [
        (se.Integer(0), 0),
        (se.Rational(-1, 3), -1),
        (1 + (se.log(TWO) - se.log(THREE) - (se.log(TWO) - se.log(THREE))) ** 2, 1),  # a ball around 0
        (se.sqrt(TWO) - 1, 1),
        (se.sqrt(TWO) * se.sqrt(THREE) - se.sqrt(se.Integer(6)), 0),
        (se.sqrt(TWO) + se.sqrt(THREE) - se.sqrt(5 + 2 * se.sqrt(se.Integer(6))), 0),
        (1 / (se.sqrt(TWO) + 1) - se.sqrt(TWO) + 1, 0),
        (
            se.sqrt(TWO) + se.sqrt(THREE) - se.sqrt(5 + 2 * se.sqrt(se.Integer(6))) + se.Rational(1, 10**300),
            1,
        ),
        ((se.sqrt(TWO) + 1) * (se.sqrt(TWO) - 1) - 1, 0),
        (RAMANUJAN - 262537412640768744, -1),
        (RAMANUJAN - 262537412640768743, 1),
        (se.exp(se.Rational(1, 10**40)) - 1, 1),
        (se.log(TWO) - se.Rational(693147180559945309417232121458, 10**30), 1),
        (se.log(TWO) - se.Rational(693147180559945309417232121459, 10**30), -1),
        (se.tanh(se.Integer(50)) - 1, -1),
        (se.erf(se.Integer(5)) - 1, -1),
        (se.pi - se.Rational(355, 113), -1),
        (se.E - se.Rational(2721, 1001), 1),
        (1 / se.sqrt(TWO) - se.Rational(7071, 10000), 1),
        (TWO ** se.Rational(1, 3) - se.Rational(126, 100), -1),
        (se.Abs(se.pi - 4) - se.Rational(858, 1000), 1),
        (se.exp(-se.Integer(1000)), 1),
    ],
    ids=lambda value: str(value)[:40],
)
def test_signs(expr, sign):
    assert ball.sign(expr) == sign
    assert ball.sign(-expr) == -sign


@given(fractions)
def test_the_sign_of_a_rational(f):
    assert ball.sign(rational(f)) == (f > 0) - (f < 0)


@given(fractions, st.integers(0, 6))
def test_rationals_are_rounded_as_decimals_are_with_halves_away_from_zero(f, places):
    with localcontext() as context:
        context.prec = 200
        exact = Decimal(f.numerator) / Decimal(f.denominator)
        want = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    assert ball.rounded(rational(f), places) == Fraction(want)


@pytest.mark.parametrize(
    ("value", "places", "want"),
    [
        ("1/2", 0, 1),
        ("-1/2", 0, -1),
        ("5/2", 0, 3),
        ("-5/2", 0, -3),
        ("1/8", 2, "13/100"),
        ("-1/8", 2, "-13/100"),
    ],
)
def test_exact_halves(value, places, want):
    assert ball.rounded(rational(Fraction(value)), places) == Fraction(want)


FUNCTIONS = {
    "sqrt": (se.sqrt, Decimal.sqrt),
    "log": (se.log, Decimal.ln),
    "exp": (se.exp, Decimal.exp),
    "-sqrt": (lambda x: -se.sqrt(x), lambda x: -x.sqrt()),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=30)
@given(k=st.integers(2, 60), places=st.integers(0, 25))
def test_irrational_values_are_rounded_as_decimal_does(name, k, places):
    ours, theirs = FUNCTIONS[name]
    with localcontext() as context:
        context.prec = 100
        want = theirs(Decimal(k)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    assert ball.rounded(ours(se.Integer(k)), places) == Fraction(want)


def test_rounding_is_correct_where_a_float_is_on_the_wrong_side():
    # e^(π√163) has twelve nines after the point.
    assert ball.rounded(RAMANUJAN, 0) == 262537412640768744
    assert ball.rounded(RAMANUJAN, 12) == 262537412640768744 - Fraction(1, 10**12)
    # A hair below and above one half: floats cannot tell.
    hair = se.Rational(1, 10**40) * se.sqrt(TWO)
    assert ball.rounded(se.Rational(1, 2) - hair, 0) == 0
    assert ball.rounded(se.Rational(1, 2) + hair, 0) == 1


def test_a_half_in_disguise_is_not_rounded_wrongly():
    half = (se.sqrt(TWO) + 1) * (se.sqrt(TWO) - 1) / 2
    assert ball.rounded(half, 0) == 1
    assert ball.rounded(-half, 0) == -1


@pytest.mark.parametrize(
    "expr", [se.Symbol("x"), se.Symbol("x") ** 2 + 1, se.exp(se.Symbol("x")), se.zoo, se.nan, se.I * TWO]
)
def test_what_has_no_sign_is_undecided(expr):
    with pytest.raises(ball.Undecided):
        ball.sign(expr)
    with pytest.raises(ball.Undecided):
        ball.rounded(expr, 2)


def test_a_zero_that_cannot_be_proven_is_refused():
    with pytest.raises(ball.Undecided, match="cannot tell whether"):
        ball.sign(se.exp(se.sqrt(TWO)) - se.exp(se.sqrt(se.Integer(8)) / 2))


def test_what_lies_close_to_zero_is_rounded_whatever_its_sign():
    zero = se.log(se.Integer(6)) - se.log(TWO) - se.log(se.Integer(3))
    assert ball.rounded(zero, 5) == 0
    assert ball.rounded(zero + se.Rational(1, 10**6), 5) == 0
    assert ball.rounded(zero - se.Rational(6, 10**6), 5) == Fraction(-1, 10**5)


def test_undecided_is_a_graph_error():
    assert issubclass(ball.Undecided, GraphError)


@pytest.mark.parametrize(
    ("low", "high", "inside"),
    [("1.414", "1.415", True), ("1.415", "1.416", False), ("1.413", "1.414", False)],
)
def test_within(low, high, inside):
    assert ball.within(se.sqrt(TWO), Fraction(low), Fraction(high)) is inside


def test_the_ends_of_an_interval_belong_to_it():
    assert ball.within(se.Rational(1, 2), Fraction(1, 2), Fraction(3, 4))
    assert ball.within(se.Rational(3, 4), Fraction(1, 2), Fraction(3, 4))


def test_a_ball_contains_the_value():
    enclosure = ball.enclose(se.sqrt(TWO), 200)
    low, high = (
        Fraction(int(v.man_exp()[0])) * Fraction(2) ** int(v.man_exp()[1])
        for v in (enclosure.lower(), enclosure.upper())
    )
    assert low**2 <= 2 <= high**2
    assert high - low < Fraction(1, 2**150)
