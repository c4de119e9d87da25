import time

import pytest

from tripos.answers.reading.equations import is_derivative, sides, unlabelled


@pytest.mark.parametrize(
    "label",
    [
        "z", "z_2", "z₂", "a'", "y_hat", r"\hat y", r"\tilde{y}", "ℓ(a, x, b)", "L_{CE}", r"\mathcal L",
        "Var(w)", r"D_{KL}(q \| p)", "KL(N(0, 1))", "dL/da", "∂ℓ/∂a", r"\frac{dL}{da}", r"\partial_a L",
        r"\frac{\partial L}{\partial h^{(t)}}", r"\frac{\partial}{\partial a} L", r"\nabla_W L", "∇_W L",
        "w^{(1)}", r"\theta_\text{new}", "dL/dz · dz/da", "w*", r"\lambda'", "|dy/dx|",
        r"\frac{\partial L}{\partial z}\frac{\partial z}{\partial a}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("sign", ["=", ":=", "≈", "←", r"\leftarrow"])
def test_what_is_asked_may_stand_in_front(label, sign):
    assert unlabelled(f"{label} {sign} x + 1") == "x + 1"


@pytest.mark.parametrize("text", ["2 w = x", "x + y = 1", "x <= 1", "x ≥ 1", "w =", "-f = x", "x/y = 2"])
def test_what_is_no_name_stays(text):
    assert unlabelled(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", ["x"]),
        ("x = y = z", ["x", "y", "z"]),
        (r"\sum_{k=1}^3 k = 6", [r"\sum_{k=1}^3 k", "6"]),
        (
            r"\begin{cases} 1 & u = 0 \\ 2 & u = 1 \end{cases}",
            [r"\begin{cases} 1 & u = 0 \\ 2 & u = 1 \end{cases}"],
        ),
        ("x if u = 0 else y", ["x if u = 0 else y"]),
        ("x <= y", ["x <= y"]),
        ("x =", ["x ="]),
        ("f(x = 2)", ["f(x = 2)"]),
    ],
)
def test_sides_of_a_chain(text, expected):
    assert sides(text) == expected


def test_derivatives_are_told_from_quotients():
    assert is_derivative("dL/da")
    assert is_derivative(r"\frac{\partial L}{\partial a} \cdot \frac{\partial a}{\partial w}")
    assert is_derivative("d(ax)/da")
    assert not is_derivative("L/a")
    assert not is_derivative(r"\frac{L}{a}")
    assert not is_derivative("x")


@pytest.mark.parametrize(
    "text",
    [
        "d" * 110 + "=",
        "dd/dd" * 20 + "= 1",
        r"\frac{d}{d}" * 10 + "= 1",
        "d/" * 60 + "=1",
        "{" * 100 + "=1",
        "a_" * 60 + "= 1",
        "(" * 90 + "=1",
    ],
)
def test_strange_labels_take_no_time(text):
    begin = time.perf_counter()
    unlabelled(text)
    sides(text)
    is_derivative(text)
    assert time.perf_counter() - begin < 0.1
