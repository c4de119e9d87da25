"""Answers against keys: right with a bound, wrong with a witness, unread with the place, or undecided."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.answers.comparing.compare import Reference
from tripos.answers.comparing.pairs import declared_from, read_names
from tripos.answers.declared import Declared
from tripos.graph import matrix, relu, sigmoid, symbol, vector

PAIRS = [json.loads(line) for line in Path(__file__).with_name("pairs.jsonl").read_text("utf-8").splitlines()]
CATEGORIES = sorted({pair["category"] for pair in PAIRS})


def judge(key, answer, names="", **options):
    return Reference(key, read_names(names), **options).verdict(answer)


@pytest.mark.parametrize("category", CATEGORIES)
def test_labelled_pairs(category):
    for pair in (p for p in PAIRS if p["category"] == category):
        verdict = Reference(pair["reference"], declared_from(pair["vars"])).verdict(pair["answer"])
        what = f"{pair['reference']}  against  {pair['answer']}: {verdict}"
        assert verdict.outcome == ("right" if pair["equal"] else "wrong"), what
        if pair["equal"]:
            assert verdict.bound is not None, what
            assert 0 <= verdict.bound < 0.01, what
        else:
            assert verdict.witness, what


def test_there_are_enough_labelled_pairs():
    assert len(PAIRS) >= 150
    assert len({(p["reference"], p["answer"]) for p in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize(
    "text",
    [
        "where(x>0," * 55 + "x" + ",x)" * 55,
        "pow(" * 55 + "x" + ",1)" * 55,
        "silu'(" * 55 + "x" + ")" * 55,
        "var([" * 28 + "x,1" + ",1])" * 28,
        r"\mathbf 1_{10^{9}}",
        "eye(10^9)",
    ],
    ids=lambda text: text[:12],
)
def test_nested_calls_and_large_sizes_end_at_once(text):
    begin = time.perf_counter()
    assert judge("x^2", text, "x").outcome != "right"
    assert time.perf_counter() - begin < 1


# -- outcomes and their grounds --


def test_a_witness_states_the_point_and_both_values():
    verdict = judge("x^2", "2x", "x")
    assert verdict.outcome == "wrong"
    assert verdict.witness.startswith("at x = ")
    assert "the answer gives" in verdict.witness
    assert "the key" in verdict.witness


def test_a_witness_in_an_array_names_the_entry():
    verdict = judge("[1, 2, 3]", "[1, 2, 4]")
    assert verdict.witness == "the answer gives 4 in entry (3), the key 3"


def test_rational_formulas_are_proven_up_to_a_tiny_chance():
    verdict = judge("(x+1)^2", "x^2+2x+1", "x")
    assert verdict.right
    assert verdict.bound is not None
    assert verdict.bound < 1e-10
    assert "exact arithmetic" in verdict.reason


def test_numbers_are_decided_exactly():
    assert judge("99999999/10^8", "99999999/100000000").bound == 0
    assert judge("99999999/10^8", "99999998/99999999").outcome == "wrong"


def test_what_floats_cannot_tell_is_told():
    assert judge("x", "x+10^{-30}", "x").outcome == "wrong"
    assert judge("x", "(x+10^{30})-10^{30}", "x").right
    assert judge("e^x", "e^x(1+2^{-80})", "x").outcome == "wrong"


def test_unread_says_where():
    verdict = judge("x^2", "x^2 + &", "x")
    assert verdict.outcome == "unread"
    assert "character" in verdict.reason


def test_nothing_is_cut_off():
    for answer in ("2W^T", "2W^T(Wx-y) is the gradient of", "2W^T(Wx-y) $ W"):
        verdict = judge("2W^T(Wx-y)", answer, "W: k×d, x: d, y: k")
        assert not verdict.right, answer


def test_unknown_names_are_unread():
    assert judge("x", "y", "x").outcome == "unread"


def test_a_verdict_is_kept():
    reference = Reference("x+1", {"x": Declared()})
    assert reference.verdict("1+x") is reference.verdict("1+x")


# -- rounding --


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("0.357", "right"), ("0.3567", "right"), ("0.36", "right"), ("0.4", "wrong"), ("0.356", "wrong"),
     ("0.155", "wrong"), ("-0.357", "wrong"), ("0.35668", "wrong"), (r"-\ln(0.7)", "right"),
     (r"\ln\frac{10}{7}", "right")],
)  # fmt: skip
def test_decimals_must_be_correct_roundings(answer, outcome):
    assert judge(r"-\ln(0.7)", answer).outcome == outcome


def test_figures_are_a_policy():
    assert judge("2/3", "0.67", figures=3).outcome == "wrong"
    assert judge("2/3", "0.667", figures=3).right
    assert judge("2/3", "0.7", figures=1).right


def test_arrays_of_roundings():
    assert judge("[1/3, 2/3]", "[0.33, 0.67]").right
    assert judge("[1/3, 2/3]", "[0.33, 0.66]").outcome == "wrong"


def test_a_rounded_coefficient_in_a_formula_is_wrong():
    assert judge("x/3", "0.33x", "x").outcome == "wrong"
    assert judge("x/2", "0.5x", "x").right


# -- domains --


def test_domains_are_respected():
    assert judge(r"\sqrt{x^2}", "x", "x: positive").right
    assert judge(r"\sqrt{x^2}", "x", "x").outcome == "wrong"
    assert judge(r"\ln(x^2)", r"2\ln x", "x: positive").right
    assert judge("y^2", "y", "y: bit").right
    assert judge("y^2", "y", "y").outcome == "wrong"


def test_a_distribution_adds_up_to_one_and_probabilities_need_not():
    assert judge(r"\sum_{k=1}^{K}p_k", "1", "p: K distribution").right
    assert judge(r"\sum_{k=1}^{K}p_k", "1", "p: K probability").outcome == "wrong"


def test_an_answer_without_a_value_where_the_key_has_one():
    verdict = judge("x", r"e^{\ln x}", "x")
    assert verdict.outcome == "wrong"
    assert "no value" in verdict.witness


def test_holes_at_single_points_are_forgiven():
    assert judge("x+1", r"\frac{x^2-1}{x-1}", "x").right


def test_the_value_at_a_step_is_forgiven_and_remarked():
    verdict = judge(r"\begin{cases}1&x>0\\0&x\le0\end{cases}", r"\begin{cases}1&x\ge0\\0&x<0\end{cases}", "x")
    assert verdict.right
    assert "at x = 0" in verdict.reason


def test_thresholds_of_the_answer_are_looked_at():
    answer = r"\begin{cases}x&x<1000000\\0&x\ge1000000\end{cases}"
    assert judge("x", answer, "x").outcome == "wrong"
    assert judge("x", r"\min(x,5000)", "x").outcome == "wrong"


def test_a_key_without_any_value_is_undecided():
    assert judge(r"\ln(-1-x^2)", "x", "x").outcome == "undecided"


# -- shapes --


def test_shapes_are_named():
    names = "W: k×d, x: d"
    assert "transposed: of shape d×k" in judge("W", "W^T", names).reason
    assert "a number" in judge("Wx", "1", names).reason
    assert judge("Wx", "x^T W^T", names).outcome == "wrong"
    assert judge("Wx", "x", names).outcome == "wrong"


def test_shapes_that_do_not_fit_are_wrong():
    verdict = judge(r"X^\top(Xw-y)", r"X^\top Xw-y", "X: n×d, w: d, y: n")
    assert verdict.outcome == "wrong"
    assert verdict.witness


def test_square_by_chance_is_caught_by_the_second_setting():
    assert judge("AB", "BA", "A: n×n, B: n×n").outcome == "wrong"
    assert judge("K", "3", "K: dimension, p: K").outcome == "wrong"


# -- conventions --


def test_another_convention_is_named():
    sentence = "the loss is without its factor ½"
    verdict = judge("(x-y)^2/2", "(x-y)^2", "x y", alternatives=[(sentence, "(x-y)^2")])
    assert verdict.outcome == "wrong"
    assert verdict.convention == sentence
    assert not judge("(x-y)^2/2", "(x-y)^3", "x y", alternatives=[(sentence, "(x-y)^2")]).convention


def test_the_base_of_logarithms_is_a_convention():
    key = r"-\sum_{k=1}^{K}p_k\ln p_k"
    verdict = judge(key, r"-\sum_{k=1}^{K}p_k\log_2 p_k", "p: K probability")
    assert verdict.outcome == "wrong"
    assert "base 2" in verdict.convention
    assert "base 10" in judge(r"\ln x", r"\log_{10}x", "x: positive").convention


# -- keys that are nodes --


def test_a_node_as_key():
    x, w = symbol("x", (2,)), symbol("w", (2,))
    reference = Reference(sigmoid(w @ x) * x)
    assert reference.verdict(r"\sigma(w^\top x)x").right
    assert reference.verdict(r"\sigma(-w^\top x)x").outcome == "wrong"


def test_a_node_without_symbols_as_key():
    reference = Reference(relu(matrix("1 -2; 3 4") @ vector(1, 1)))
    assert reference.verdict("[0, 7]").right
    assert reference.verdict("[-1, 7]").outcome == "wrong"


# -- hostile answers --

HOSTILE = [
    "9**9**9", "9^9^9^9^9", "10^{10^{10}}", "(10^7)!", "e^{e^{e^{e^{e^{x}}}}}", "exp(exp(exp(exp(exp(9)))))",
    "(" * 100_000, "(" * 500_000 + ")" * 500_000, "[" * 3000 + "]" * 3000, "x" * 1_000_000,
    "-" * 9001 + "x", "x^" * 2000 + "x", r"\frac{1}{" * 500 + "x" + "}" * 500, "1" * 9000, "1e999999999",
    "x^{999999999}", r"\sum_{k=1}^{10000000}k", r"\sum_{k=1}^{10^{12}}\sum_{j=1}^{10^{12}}x", "\u0445",
    "\u0445+1", "x\u202e+1", "\x00", "__import__('os').system('true')", "lambda: 0", "(lambda x:x)(1)",
    "x.__class__", "0/0", "1/0", "x/(x-x)", r"\ln(0)", r"\sqrt{-1}", r"\left\lfloor" * 300, "\\" * 5000,
    "{" * 5000, "x_{" * 2000, "sin" * 2000, "+".join(["x"] * 3000), "*".join(["(x+1)"] * 900),
    "((((x+1)^9)^9)^9)^9", "2^{2^{2^{2^{2^x}}}}", "x" + "'" * 3000, r"\begin{pmatrix}" * 200, "|" * 2000,
    "1;" * 3000, ",".join("1" * 4000), "\U0001f600", "", " ", "$$",
]  # fmt: skip


@pytest.mark.parametrize("answer", HOSTILE, ids=lambda a: a[:12].encode("ascii", "replace").decode())
def test_hostile_answers_end_soon_and_are_not_right(answer):
    reference = Reference("x", {"x": Declared()})
    reference.verdict("x+1")
    begin = time.thread_time()
    verdict = reference.verdict(answer)
    seconds = time.thread_time() - begin
    assert verdict.outcome in ("wrong", "unread", "undecided"), verdict
    assert seconds < 0.25  # nothing hangs; benchmarks/formulas.py says how long the worst takes


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="xy123+-*/^(){}[]|_=., \\sinσ∑√ᵀ'", max_size=25))
def test_whatever_is_written_gets_an_outcome(text):
    verdict = Reference("xy+1", {"x": Declared(), "y": Declared()}).verdict(text)
    assert verdict.outcome in ("right", "wrong", "unread", "undecided")
    assert verdict.reason


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-9, 9), min_size=1, max_size=5), st.lists(st.integers(-9, 9), min_size=1, max_size=5)
)
def test_polynomials_are_right_only_where_they_are_equal(one, two):
    def text(coefficients):
        return "+".join(f"({c})x^{k}" for k, c in enumerate(coefficients))

    def bare(coefficients):
        while coefficients and coefficients[-1] == 0:
            coefficients = coefficients[:-1]
        return coefficients

    verdict = Reference(text(one), {"x": Declared()}).verdict(text(two))
    assert verdict.right == (bare(one) == bare(two))
    assert Reference(text(one), {"x": Declared()}).verdict(text(one[::1])).right
