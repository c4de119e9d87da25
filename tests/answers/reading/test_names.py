import pytest

from tripos.answers.declared import Declared
from tripos.answers.reading.names import canonical, squeezed
from tripos.answers.reading.reader import Unread, parse


@pytest.mark.parametrize(
    ("spellings", "one"),
    [
        (["h1", "h_1", "h_{1}", "h₁", r"\mathbf h_1", r"\mathbf{h}_1", r"\mathbf{h_1}"], "h_1"),
        (["mu", "μ", r"\mu"], "mu"),
        (["b_out", r"b_\text{out}", r"b_{\text{out}}", r"b_{\mathrm{out}}"], "b_out"),
        (["h^{(t)}", "h^(t)", "h^{[t]}"], "h^(t)"),
        (["y_hat", "yhat", "ŷ", r"\hat y", r"\hat{y}", r"\hat{\mathbf y}"], "y~hat"),
        (["w'", "w′", r"w^{\prime}"], "w'"),
        (["W_{ij}", "W_ij", "W_{i,j}"], "W_ij"),
    ],
)
def test_spellings_of_one_name(spellings, one):
    assert {canonical(s) for s in spellings} == {one}
    for declared in spellings[:3]:
        for written in spellings[:5]:
            assert parse(written, {declared: Declared(())}) == ("name", declared)


@pytest.mark.parametrize(
    ("names", "text", "parts"),
    [
        ("d k", "dk", ["d", "k"]),
        ("d k dk", "dk", ["dk"]),
        ("W_hx x", "W_hx", ["W_hx"]),
        ("W_h x", "W_hx", ["W_h", "x"]),
        ("alpha x", "alphax", ["alpha", "x"]),
        ("z_out", "zout", ["z_out"]),
    ],
)
def test_the_longest_declared_name_wins(names, text, parts):
    expr = parse(text, {name: Declared(()) for name in names.split()})
    expected = ("name", parts[0])
    for part in parts[1:]:
        expected = ("mul", expected, ("name", part), "")
    assert expr == expected


def test_an_unknown_name_is_shown_with_the_known_ones():
    with pytest.raises(
        Unread, match=r"the name 'v' is not known here; known names: x, y, at character 5"
    ) as caught:
        parse("x + v", {"x": Declared(()), "y": Declared(())})
    assert caught.value.place == 4


def test_digits_belong_to_a_declared_name_before_a_function_or_a_constant():
    names = {"sigma_1": Declared(()), "e_2": Declared(())}
    assert parse("sigma1", names) == parse("σ_1", names) == ("name", "sigma_1")
    assert parse("e2", names) == ("name", "e_2")
    assert parse("σ(1)", names) == ("call", "sigmoid", (("number", "1"),))
    assert parse("e^2", names)[0] == "pow"
    assert parse("sigma1", {}) == ("call", "sigmoid", (("number", "1"),))


def test_primes_and_raised_indices_tell_names_apart():
    for declared in ("n'", "n^(1)"):
        with pytest.raises(Unread, match="'n' is not known"):
            parse("n", {declared: Declared(())})


def test_what_stands_left_of_an_equals_sign_is_compared_without_styles():
    assert squeezed(r"\frac{\partial L}{\partial \mathbf{W}}") == squeezed("∂L/∂W")
