from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.answers.kinds.number import NUMBER
from tripos.graph import constant, exp, log, matrix, named, softmax, sqrt, vector
from tripos.graph.values import Values

# softmax([2/√2, −1/√2, −1/√2]) is 1 / (1 + 2 exp(−3/√2)) = 0.806617
WEIGHT = softmax(vector(2, -1, -1) / sqrt(2))[0]
THIRD = constant(1) / 3


def mark(key, text, **options):
    return NUMBER.mark(key, text, options, {})


def outcome(key, text, **options):
    return mark(key, text, **options).verdict.outcome


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        (WEIGHT, "0.807", "right"),
        (WEIGHT, "0.8066", "right"),
        (WEIGHT, ".81", "right"),
        (WEIGHT, "8.07e-1", "right"),
        (WEIGHT, "807e-3", "right"),
        (WEIGHT, r"8.07 \cdot 10^{-1}", "right"),
        (WEIGHT, "8.07·10⁻¹", "right"),
        (WEIGHT, "≈ 0.807", "right"),
        (WEIGHT, "p_1 = 0.807", "right"),
        (WEIGHT, r"p_\text{out} \approx 0.807", "right"),
        (WEIGHT, r"\frac{e^{\sqrt{2}}}{e^{\sqrt{2}} + 2e^{-1/\sqrt{2}}} ≈ 0.807", "right"),
        (WEIGHT, "0.806617", "right"),
        (WEIGHT, "0.8", "undecided"),  # correctly rounded, but to one figure
        (WEIGHT, "0.806", "wrong"),  # cut off, and the key has no line that could have been rounded
        (WEIGHT, "0.80", "wrong"),
        (WEIGHT, "1", "wrong"),
        (WEIGHT, "0", "wrong"),
        (WEIGHT, "-0.807", "wrong"),
        (WEIGHT, "0,807", "unread"),
        (WEIGHT, "80.7%", "unread"),
        (WEIGHT, "0.807 = 0.9", "undecided"),
        (WEIGHT, "0.8 07", "unread"),
        (THIRD, "2/6", "right"),
        (THIRD, "0.33", "right"),
        (THIRD, "0.34", "wrong"),
        (THIRD, "333/1000", "wrong"),
        (THIRD, "1/3 = 0.333", "right"),
        (THIRD, "0.1/0.3", "right"),
        (THIRD, "1/3.01", "undecided"),  # a closed form with a rounded number in it
        (constant(-9) / 2, "−4.5", "right"),
        (constant(-9) / 2, "-4.50", "right"),
        (constant(-9) / 2, "-4 1/2", "unread"),  # a mixed number, or a product?
        (constant(-9) / 2, "5.5", "wrong"),
        (constant(1) / 4, "0.25", "right"),
        (constant(1) / 4, "0.250", "right"),
        (constant(5), "5", "right"),
        (constant(5), "5.0", "right"),
        (constant(5), "5.", "right"),
        (constant(5), "5.1", "wrong"),
        (constant(54), "54.25", "wrong"),
        (sqrt(2), "√2", "right"),
        (sqrt(2), "1.4142135623730951", "right"),  # as a program prints it
        (sqrt(2), "1.41421356237", "right"),
        (sqrt(2), "1.41421356238", "wrong"),
        (constant(1234567), "1,234,567", "right"),
        (constant(1234567), "1 234 567", "right"),
        (constant(1234567), "1_234_567", "right"),
        (constant(1234567), r"1\,234\,567", "right"),
        (constant(1234567), "1{,}234{,}567", "right"),
        (constant(1234567), "1.23e6", "right"),
        (constant(1234567), "1.2346·10^6", "right"),
        (constant(1234567), "1.24e6", "wrong"),
        (constant(1234567), "1234568", "wrong"),
        (constant(1234) / 10, "123", "right"),
        (constant(25) / 2, "12", "undecided"),
        (constant(8) / 10000, "0.0008", "right"),
        (constant(2) ** 10, "2^{10}", "right"),
        (exp(constant(-9)), "1.23e-4", "right"),
        (exp(constant(-9)), "0.000123", "right"),
        (exp(constant(-9)), "0.0001", "undecided"),
        (exp(constant(-9)), "0", "wrong"),
        (constant(0), "0", "right"),
        (constant(0), "0.00", "right"),
        (constant(0), "-0", "right"),
        (constant(0), "0.001", "wrong"),
    ],
)
def test_numbers_are_marked(key, text, expected):
    assert outcome(key, text) == expected


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("0.807", {"decimals": "3"}, "right"),
        ("0.8066", {"decimals": "3"}, "right"),
        ("0.81", {"decimals": "3"}, "wrong"),
        ("0.81", {"decimals": "2"}, "right"),
        ("0.8", {"decimals": "1"}, "right"),
        ("1", {"decimals": "0"}, "right"),
        ("0.807", {"figures": "3"}, "right"),
        ("0.81", {"figures": "3"}, "wrong"),
        ("8.1e-1", {"figures": "2"}, "right"),
        ("0.8", {"figures": "1"}, "right"),
        ("0.81", {"tolerance": "0.01"}, "right"),
        ("0.80", {"tolerance": "0.01"}, "right"),
        ("0.79", {"tolerance": "0.01"}, "wrong"),
        ("4/5", {"tolerance": "0.01"}, "right"),
        ("0,807", {"locale": "comma"}, "right"),
        ("0.807", {"locale": "comma"}, "right"),
        (",807", {"locale": "comma"}, "right"),
        ("8,07e-1", {"locale": "comma"}, "right"),
    ],
)
def test_what_the_paper_asks_for(text, options, expected):
    assert outcome(WEIGHT, text, **options) == expected


def test_whole_numbers_that_end_in_zeros():
    key = exp(constant(5))  # 148.413
    assert outcome(key, "150", figures="2") == "right"
    assert outcome(key, "148", figures="2") == "right"
    assert outcome(key, "150", figures="3") == "wrong"
    assert outcome(key, "150") == "undecided"
    assert outcome(key, "140", figures="2") == "wrong"
    assert outcome(key, "100") == "wrong"
    assert outcome(constant(751), "750") == "wrong"
    assert outcome(constant(1234567), "1230000") == "undecided"


def test_a_decimal_comma_and_dots_between_thousands():
    assert outcome(constant(12345) / 10, "1.234,5", locale="comma") == "right"
    assert outcome(constant(-9) / 2, "-4,5", locale="comma") == "right"


def test_zeros_at_the_end_may_be_left_out():
    assert outcome(constant(1) / 2, "0.5", decimals="3") == "right"
    assert outcome(constant(80004) / 100000, "0.8", decimals="3") == "right"  # 0.800


def test_too_few_decimals_are_said():
    assert mark(WEIGHT, "0.81", decimals="3").feedback == ("Too coarse: 3 decimals are asked for.",)


def test_a_value_rounded_on_the_way_is_right_and_said():
    # e^1.234567 = 3.43689..., from 1.23 it is 3.42123...
    line = named(constant(1234567) / 1000000, "z")
    key = exp(line)
    found = mark(key, "3.42")
    assert found.verdict.right
    assert found.feedback == ("Correct but rounded too early: keep more figures until the end.",)
    assert outcome(key, "3.45") == "right"  # half a unit of z moves it by 0.017
    assert outcome(key, "3.46") == "wrong"
    assert outcome(key, "3.41") == "wrong"


def test_with_more_decimals_asked_for_less_is_put_down_to_rounding():
    key = exp(named(constant(1234567) / 1000000, "z"))
    assert outcome(key, "3.42", decimals="2") == "right"
    assert outcome(key, "3.4212", decimals="4") == "wrong"


def test_exact_lines_leave_no_room():
    key = named(constant(2), "a") * named(constant(3), "b") + 1
    assert outcome(key, "7.01") == "wrong"


def test_a_slip_that_gives_the_value_is_not_put_down_to_rounding():
    # sigmoid and its slips differ by far more than rounding here; tanh(0.101) is close to 0.101 itself
    line = named(constant(10123) / 100000, "z")
    key = line + line * line * line / 1000
    assert outcome(key, "0.101") == "right"


@pytest.mark.parametrize(
    ("key", "text", "sentence"),
    [
        (WEIGHT, "-0.807", "The sign is wrong."),
        (WEIGHT, "8.07", "a power of ten"),
        (WEIGHT, "80.7", "a percentage against a fraction?"),
        (WEIGHT, "1.24", "This is the reciprocal."),
        (constant(54), "55", "Off by one."),
        (log(constant(5)), "2.32", "2 instead of e"),  # log₂ 5 = 2.3219
        (log(constant(5)), "0.699", "10 instead of e"),  # log₁₀ 5 = 0.69897
        (constant(7), "14", "factor of 2"),
    ],
)
def test_feedback(key, text, sentence):
    found = mark(key, text)
    assert found.verdict.outcome == "wrong"
    assert found.credit == 0
    assert sentence in " ".join(found.feedback)


@pytest.mark.parametrize(
    ("text", "expected", "credit"),
    [
        ("12.5 ms", "right", 1),
        ("12.5ms", "right", 1),
        (r"12.5\,\mathrm{ms}", "right", 1),
        (r"12.5~\text{ms}", "right", 1),
        ("0.0125 s", "right", 1),
        ("12500 µs", "right", 1),
        ("12500us", "right", 1),
        ("1/80 s", "right", 1),
        ("1.25e-2 s", "right", 1),
        ("12.5 milliseconds", "right", 1),
        ("12.5", "wrong", Fraction(1, 2)),
        ("12.5 s", "wrong", 0),
        ("12.5 KB", "wrong", 0),
        ("13.5 ms", "wrong", 0),
        ("ms", "unread", 0),
        ("12.5 jiffies", "unread", 0),
    ],
)
def test_units(text, expected, credit):
    found = mark(constant(25) / 2, text, units="ms")
    assert (found.verdict.outcome, found.credit) == (expected, credit)


def test_the_value_of_an_answer_is_in_the_unit_of_the_key():
    assert Values().number(mark(constant(25) / 2, "0.0125 s", units="ms").value) == Fraction(25, 2)


def test_what_a_missing_unit_costs_is_the_papers_to_say():
    assert mark(constant(25) / 2, "12.5", units="ms", unit_credit="3/4").credit == Fraction(3, 4)
    assert mark(constant(25) / 2, "12.5", units="ms").feedback == ("The unit is missing.",)


def test_powers_of_1024_are_recognised():
    found = mark(constant(4), "4 KiB", units="KiB")
    assert found.verdict.right
    found = mark(constant(4096), "4 KB", units="B")
    assert found.verdict.outcome == "wrong"
    assert found.verdict.convention == "K, M and G stand for powers of 1024"
    assert mark(constant(4000), "4 KB", units="B").verdict.right


@pytest.mark.parametrize(
    ("text", "expected", "credit"),
    [
        ("25%", "right", 1),
        (r"25\,\%", "right", 1),
        ("25 percent", "right", 1),
        ("0.25", "right", 1),
        ("1/4", "right", 1),
        ("25", "wrong", Fraction(1, 2)),
        ("0.25%", "wrong", 0),
        ("26%", "wrong", 0),
    ],
)
def test_per_cent(text, expected, credit):
    found = mark(constant(1) / 4, text, percent="yes")
    assert (found.verdict.outcome, found.credit) == (expected, credit)


def test_named_quantities_may_be_used():
    w = named(vector(1, 2), "w")
    assert NUMBER.mark(w @ w, "w^T w", {}, {"w": w}).verdict.right
    assert NUMBER.mark(w @ w, "2 w^T w", {}, {"w": w}).verdict.outcome == "wrong"
    assert NUMBER.mark(sqrt(5), r"\sqrt{a}", {}, {"a": named(constant(5), "a")}).verdict.right


def test_what_is_understood_is_shown():
    assert mark(THIRD, "1/3").understood == r"\frac{1}{3}"


def test_an_array_is_no_number():
    assert not NUMBER.accepts(matrix("1"))
    assert "a single number" in mark(THIRD, "[1, 2]").verdict.reason


@settings(max_examples=80, deadline=None)
@given(st.fractions(-(10**6), 10**6, max_denominator=10**4), st.integers(0, 9))
def test_every_correct_rounding_to_two_figures_is_right(value, places):
    rounded = round(value, places)
    text = f"{float(rounded):.{places}f}"
    if Fraction(text) != rounded or abs(rounded) * 10**places < 100:
        return
    assert outcome(constant(value), text) == "right"


@settings(max_examples=80, deadline=None)
@given(st.fractions(-1000, 1000, max_denominator=97), st.integers(2, 6), st.integers(2, 40))
def test_what_is_off_by_more_than_a_unit_is_never_right(value, places, units):
    wrong = round(value, places) + Fraction(units, 10**places)
    assert outcome(constant(value), f"{float(wrong):.{places}f}") != "right"


def _expressions():
    """Yield texts with their values, by Python's own arithmetic."""
    leaf = st.integers(0, 12).map(lambda n: (str(n), Fraction(n)))
    leaf |= st.integers(0, 40).map(lambda n: (str(n / 4), Fraction(n, 4)))

    def joined(inner):
        def join(parts):
            (one, a), sign, (other, b) = parts
            if sign == "/" and b == 0:
                return one, a
            value = {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else a}[sign]
            return f"({one} {sign} {other})", value

        return st.tuples(inner, st.sampled_from("+-*/"), inner).map(join)

    return st.recursive(leaf, joined, max_leaves=6)


@settings(max_examples=60, deadline=None)
@given(_expressions(), st.fractions(-3, 3, max_denominator=5))
def test_a_closed_form_is_right_if_and_only_if_it_is_equal(expression, off):
    text, value = expression
    assert outcome(constant(value), text) == "right"
    if off and "(" in text:
        assert outcome(constant(value + off), text) in ("wrong", "undecided")


@pytest.mark.parametrize("text", ["2" * 5000, "0" * 5000, "1/" + "3" * 4500, "1 + " + "1" * 4500, "1e301"])
def test_a_number_that_is_too_long_is_unread(text):
    assert outcome(WEIGHT, text) == "unread"


@pytest.mark.parametrize("text", ["2" * 900, "1/" + "3" * 900, "2^3000", "1e300", "-1e-300"])
def test_a_number_beyond_what_floats_hold_is_wrong(text):
    found = mark(constant(1) / 3, text)
    assert found.verdict.outcome == "wrong"
    assert len(found.verdict.witness) < 100


def test_a_witness_is_plain_text():
    assert mark(constant(-9) / 2, r"-\frac{11}{2}").verdict.witness == "−11/2 against −4.5"


def test_a_whole_number_and_a_fraction_side_by_side_are_not_multiplied():
    assert outcome(constant(9) / 2, "4½") == outcome(constant(9) / 2, "4 ½") == "unread"
    assert outcome(constant(9) / 2, "4 + ½") == outcome(constant(9) / 2, "9·½") == "right"
