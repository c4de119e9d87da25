import time
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.answers.declared import Declared
from tripos.answers.reading.reader import (
    Unread,
    as_array,
    as_node,
    latex,
    parse,
    parse_interval,
    parse_set,
    plain,
)

NAMES = {
    "x": Declared(("n",)),
    "W": Declared(("n", "n")),
    "z": Declared(()),
    "u": Declared(()),
    "h_1": Declared(()),
    "i": Declared(("n",), "index"),
    "\\mu": Declared(()),
}
RNG = np.random.default_rng(3)
TABLE = {
    "x": (RNG.normal(size=(3, 2)), 1),
    "W": (RNG.normal(size=(3, 2, 2)), 2),
    "i": (np.array([1.0, 2.0, 2.0]), 0),
    **{n: (RNG.normal(size=3), 0) for n in ("z", "u", "h_1", "\\mu")},
}
N, ZED, YOU = ("number", "2"), ("name", "z"), ("name", "u")


@pytest.mark.parametrize(
    ("text", "expr"),
    [
        ("2z", ("mul", N, ZED, "")),
        ("-z^2", ("neg", ("pow", ZED, N))),
        ("2^2^2", ("pow", N, ("pow", N, N))),
        ("z/2/u", ("div", ("div", ZED, N), YOU)),
        ("z/2u", ("div", ZED, ("mul", N, YOU, ""))),
        ("z/2 u", ("mul", ("div", ZED, N), YOU, "")),
        ("2/2u", ("mul", ("div", N, N), YOU, "")),
        ("z-u", ("sub", ZED, YOU)),
        ("z*-u", ("mul", ZED, ("neg", YOU), "*")),
        ("log z u", ("call", "log", (("mul", ZED, YOU, ""),))),
        ("log z (u)", ("mul", ("call", "log", (ZED,)), YOU, "")),
        ("log z · u", ("mul", ("call", "log", (ZED,)), YOU, "·")),
        (r"\log z \log u", ("mul", ("call", "log", (ZED,)), ("call", "log", (YOU,)), "")),
        ("μ₁", None),
        ("e^-z", ("pow", ("const", "e"), ("neg", ZED))),
        ("e^{2}u", ("mul", ("pow", ("const", "e"), N), YOU, "")),
        ("x_i", ("entry", ("name", "x"), (("name", "i"),))),
        (r"\sum_i x_i + z", ("add", ("over", "sum", "i", None, None, None,
                                     ("entry", ("name", "x"), (("index", "i"),))), ZED)),
        ("[z > u]", ("relation", ">", ZED, YOU)),
        ("zu", ("mul", ZED, YOU, "")),
        (r"\mathbf{W}^\top", ("transpose", ("name", "W"))),
        ("h1", ("name", "h_1")),
    ],
)  # fmt: skip
def test_trees(text, expr):
    if expr is None:
        with pytest.raises(Unread, match="is not known here; known names"):
            parse(text, NAMES)
    else:
        assert parse(text, NAMES) == expr


def test_an_answer_may_repeat_the_name_of_its_blank():
    assert parse(r"\partial L / \partial W = 2z", NAMES, left=[r"\frac{\partial L}{\partial W}"]) == parse(
        "2z", NAMES
    )
    assert parse("y = 2", {}, left=["y"]) == N
    for text in ("y = 2", "v = w = 2", "2 = 2"):
        with pytest.raises(Unread, match=r"expected v =, found an equation|chain of equations"):
            parse(text, {}, left=["v"])


def test_a_decimal_comma_is_read_where_it_is_declared():
    assert parse("-4,5", {}, locale="comma") == ("neg", ("number", "4.5"))
    with pytest.raises(Unread):
        parse("-4,5", {})


def test_sets_and_intervals():
    one, two = ("number", "1"), ("number", "2")
    assert parse_set("{1, 2}", {}) == [one, two] == parse_set(r"\{1, 2\}", {}) == parse_set("1; 2", {})
    assert parse_set(r"\emptyset", {}) == []
    assert parse_interval("[1, 2)", {}) == (one, two, True, False) == parse_interval("[1, 2[", {})
    assert parse_interval("]1, ∞[", {}) == (one, None, False, False) == parse_interval("x > 1", {})
    assert parse_interval("1 ≤ x < 2", {}) == (one, two, True, False) == parse_interval("x ∈ [1, 2)", {})
    assert parse_interval(r"2 \ge t", {}) == (None, two, False, True)
    for text in ("[1, 2", "1", "x", "1 < 2", "[1]", "(1, 2) z"):
        with pytest.raises(Unread):
            parse_interval(text, {})


@pytest.mark.parametrize("letter", ["а", "ｘ", "𝑥", "х", "ⅹ"])
def test_letters_that_look_like_others_are_never_taken_for_them(letter):
    with pytest.raises(Unread, match="has no meaning here"):
        parse(letter, {"x": Declared(()), "a": Declared(())})


HOSTILE = [
    "9**9**9", "10^10^10", "(10^7)!", "170!!", "e^e^e^e^e^e^e", "((((9^9)^9)^9)^9)^9", "[" * 1_000_000,
    "(" * 9_000, "x" * 9_000, "tanh" * 2_000, "1+" * 1_900 + "1", "z" * 60, "2^" * 1_900 + "2", "{" * 9_000,
    r"\sum_{a=1}^{999}\sum_{b=1}^{999}\sum_{c=1}^{999} abc", "|" * 3_999, "zu" * 30, r"\frac" * 1_900,
    "9" * 1_000 + "^9", "W^64^9", "z_{" * 3_000, r"\hat" * 2_000, "√" * 3_900, "-" * 3_900, "z'" * 1_900,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:12] for text in HOSTILE])
def test_hostile_answers_end_soon(text):
    start = time.perf_counter()
    with suppress(Unread), np.errstate(all="ignore"):
        as_array(parse(text, NAMES), TABLE, {"n": 2}, NAMES)
    assert time.perf_counter() - start < 0.5  # on a quiet machine below 0.05


SCRAPS = st.sampled_from(
    "1 2.5 x z u h_1 W i + - * / ^ ** ( ) [ ] { } "
    ", ; | ‖ √ _ ' ᵀ ² ₁ e π < ≥ × σ Σ δ T if else I ! % : . $ ⊙ @".split()
    + [r"\frac", r"\sqrt", r"\tanh", r"\text{if}", r"\begin{bmatrix}", "&", r"\\", r"\end{bmatrix}",
       r"\sum_",
       r"\begin{cases}", r"\end{cases}", r"\left(", r"\right)", "max(", r"\mathbf", r"\hat", r"\top", " ",
       r"\log", "^{", "="]
)  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(st.lists(SCRAPS | st.characters(), max_size=25).map("".join))
def test_any_text_is_read_or_unread(text):
    with suppress(Unread), np.errstate(all="ignore"):
        expr = parse(text, NAMES)
        latex(expr)
        with suppress(Unread):
            as_node(expr, NAMES, {"n": 2, "i": 1})
        as_array(expr, TABLE, {"n": 2}, NAMES)


LEAVES = st.sampled_from(["z", "u", "h_1", "μ", "2", "0.5", "3", "x_i", "x_1", "π"])
SCALARS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" + ", " - ", "*", "/", " · "]), inner).map(
            "({0[0]}{0[1]}{0[2]})".format
        ),
        st.tuples(st.sampled_from(["tanh", "σ", "exp", "cos", "|", "floor", "-"]), inner).map(
            lambda p: f"|{p[1]}|" if p[0] == "|" else f"({p[0]}({p[1]}))"
        ),
        inner.map("({0})^2".format),
        inner.map("sum_l (x_l·({0}))".format),
        inner.map("({0} if z > 0 else u)".format),
        inner.map("(x^T W x)·({0})".format),
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=150)
@given(SCALARS)
def test_what_is_rendered_is_read_back_to_the_same_values(text):
    with np.errstate(all="ignore"):
        expr = parse(text, NAMES)
        value, _ = as_array(expr, TABLE, {"n": 2}, NAMES)
        for form in (plain(expr), latex(expr)):
            again, _ = as_array(parse(form, NAMES), TABLE, {"n": 2}, NAMES)
            np.testing.assert_allclose(again, value, rtol=1e-9, err_msg=form)
