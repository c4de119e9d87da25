from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.oracle import real
from tripos.answers.reading.reader import read
from tripos.graph import (
    argmax,
    constant,
    conv2d,
    dims,
    exact,
    exp,
    grad,
    matrix,
    named,
    nll,
    relu,
    sigmoid,
    softmax,
    sqrt,
    symbol,
    tanh,
    vec,
    vector,
)
from tripos.graph.steps import lines, step
from tripos.graph.values import Values

x = named(matrix("1 0 1; 0 1 0; 1 0 1"), "x")
K1 = named(matrix("-1 -2; 1 2"), "K1")
w_out = named(vector(1, 2, 3, 4), "w_out")
b_out = named(constant(-5), "b_out")
z1 = named(conv2d(x, K1), "z1")
h1 = named(relu(z1), "h1")
z_out = named(w_out @ vec(h1) + b_out, "z_out")
L = named(nll(sigmoid(z_out), +1), "L")
by_w, by_b = grad(L, [w_out, b_out])
w_new = named(w_out - by_w, "w_new")
b_new = named(b_out - by_b, "b_new")
half = named(b_out - Fraction(1, 2) * by_b, "b_new")


def line(node, places=None):
    """Return the line of a node as text."""
    return step(node, Values(), places).text


# -- the exam --


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (z1, "z₁ = x ⋆ K₁ = [1 0 1; 0 1 0; 1 0 1] ⋆ [−1 −2; 1 2] = [1 −1; −1 1]"),
        (h1, "h₁ = relu(z₁) = relu([1 −1; −1 1]) = [1 0; 0 1]"),
        (z_out, "z_out = w_outᵀ vec(h₁) + b_out = [1 2 3 4] vec([1 0; 0 1]) − 5 = 5 − 5 = 0"),
        (L, "L = −log σ(z_out) = −log σ(0) = log 2 ≈ 0.693"),
        (grad(L, z_out), "∂L/∂z_out = σ(z_out) − 1 = σ(0) − 1 = 1/2 − 1 = −1/2"),
        (
            by_w,
            "∂L/∂w_out = ∂L/∂z_out · vec(h₁) = −1/2 · vec([1 0; 0 1]) = −1/2 · [1 0 0 1]ᵀ = [−1/2 0 0 −1/2]ᵀ",
        ),
        (by_b, "∂L/∂b_out = ∂L/∂z_out = −1/2"),
        (w_new, "w_new = w_out − ∂L/∂w_out = [1 2 3 4]ᵀ − [−1/2 0 0 −1/2]ᵀ = [3/2 2 3 9/2]ᵀ"),
        (b_new, "b_new = b_out − ∂L/∂b_out = −5 − (−1/2) = −9/2"),
        (half, "b_new = b_out − 1/2 · ∂L/∂b_out = −5 − 1/2 · (−1/2) = −5 − (−1/4) = −19/4"),
    ],
)
def test_the_lines_of_the_exam(node, text):
    assert line(node) == text


def test_a_line_in_latex():
    assert step(b_new, Values()).latex == (
        r"b_\text{new} = b_\text{out} - \frac{\partial L}{\partial b_\text{out}} "
        r"= -5 - \left(-\frac{1}{2}\right) = -\frac{9}{2}"
    )
    assert step(L, Values()).latex.endswith(r"= \log 2 \approx 0.693")


@pytest.mark.parametrize("node", [z1, h1, z_out, L, by_w, by_b, w_new, b_new, half])
def test_nothing_is_written_that_a_person_would_leave_out(node):
    text = line(node)
    for noise in ("1 ·", "· 1 ", "0 + ", "+ 0", "((", "+ −", "− −", "-"):
        assert noise not in text, noise


def test_lines_stand_in_order_and_each_once():
    assert lines(b_new) == [z1, h1, z_out, grad(L, z_out), by_b, b_new]
    assert lines(w_new)[-1] is w_new
    assert lines(named(z_out + z_out * z_out, "y"))[:3] == [z1, h1, z_out]
    assert lines(x) == [x]  # data is no line, unless it is asked for
    assert lines(2 * z1)[-1].name is None


# -- single lines --

s = symbol("s")
y = named(tanh(s), "y")
long = named(constant(Fraction(1234567, 3333333333331)), "a")
rest = named(1 - long, "b")
third = named(constant(1) / 3 + constant(Fraction(1, 10**15)), "t")
e = exp(constant(1))
closed = named(e / (e + exp(sqrt(constant(2))) + exp(sqrt(constant(3)))), "c")


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (y, "y = tanh(s)"),
        (grad(y, s), "∂y/∂s = 1 − y² = 1 − tanh(s)²"),
        (named(2 * s + 1, "f"), "f = 2s + 1"),
        (named(y**2 + s, "f"), "f = y² + s = tanh(s)² + s"),
        (named(vector(1, 2) / 3, "v"), "v = [1 2]ᵀ/3 = [1/3 2/3]ᵀ"),
        (named(constant(2), "two"), "two = 2"),
        (constant(2) + 3, "2 + 3 = 5"),
        (named(named(constant(2) + 3, "f"), "g"), "g = f = 5"),
        (named(constant(1) / 3, "f"), "f = 1/3"),
        (named(sqrt(constant(8)), "f"), "f = √8 = 2√2 ≈ 2.828"),
        (named(dims(named(constant(54), "n"), 3), "f"), "f = n×3 = 54×3"),
        (named(argmax(vector(1, 3), ["cat", "dog"]), "f"), "f = argmax([1 3]ᵀ) = dog"),
        (named(w_out[1] * 2, "f"), "f = w_out[2] · 2 = 2 · 2 = 4"),
        (named(w_out[1:3], "f"), "f = w_out[2:3] = [2 3]ᵀ"),
        (
            named(relu(w_out[2:] - 3), "f"),
            "f = relu(w_out[3:4] − 3) = relu([3 4]ᵀ − 3) = relu([0 1]ᵀ) = [0 1]ᵀ",
        ),
        (named(vector(1, 2) ** 2, "f"), "f = ([1 2]ᵀ)² = [1 4]ᵀ"),
    ],
)  # fmt: skip
def test_single_lines(node, text):
    assert line(node) == text


def test_a_gradient_is_written_as_shortly_as_a_person_would():
    u = symbol("u")
    f = named(sigmoid(u), "f")
    assert line(grad(named((f - s) ** 2 / 2, "E"), f)) == "∂E/∂f = f − s = σ(u) − s"
    value = named(constant(3), "v")
    error = named((value - 1) ** 2 / 2, "E")
    assert line(grad(error, value)) == "∂E/∂v = v − 1 = 3 − 1 = 2"


def test_what_has_no_value_is_written_in_names():
    assert line(named(relu(s) + 1, "f")) == "f = relu(s) + 1"
    assert line(named(1 / (constant(2) - 2), "f")) == "f = 1/(2 − 2)"


# -- long values --


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (rest, "b = 1 − a ≈ 1 − 0.00000037 ≈ 1.000"),
        (named(long * 2, "f"), "f = a · 2 ≈ 0.00000037 · 2 ≈ 0.00000074"),
        (named(third + third + third, "f"), "f = t + t + t ≈ 0.333 + 0.333 + 0.333 ≈ 0.667 + 0.333 ≈ 1.000"),
        # (0.00000037 + 1.000) · 2 is not 2: "=" must not follow "≈".
        (named((long + rest) * 2, "f"), "f = (a + b) · 2 ≈ (0.00000037 + 1.000) · 2 ≈ 2"),
        (named(closed - closed, "f"), "f = c − c = e/(e + e^√2 + e^√3) − e/(e + e^√2 + e^√3) = 0"),
        (named(closed, "f"), "f = c = e/(e + e^√2 + e^√3) ≈ 0.218"),
    ],
)
def test_long_values_give_way_to_decimals(node, text):
    assert line(node) == text


def test_a_label_is_what_it_is_even_after_decimals():
    scores = named(closed * vector(1, 2), "p")
    assert line(named(argmax(scores, ["cat", "dog"]), "f")).endswith(" = dog")


def test_places():
    assert line(named(sqrt(constant(2)) + 1, "f"), places=5).endswith("√2 + 1 ≈ 2.41421")
    assert line(rest, places=2) == "b = 1 − a ≈ 1 − 0.00000037 ≈ 1.00"


# -- every stage has the same value --

numbers = st.fractions(-20, 20, max_denominator=12)


@st.composite
def scalars(pick):
    """Return a named scalar over named numbers, and those numbers by name."""
    data = {name: pick(numbers) for name in "abcd"}
    nodes = [named(constant(value), name) for name, value in data.items()]
    rules = [
        lambda p, q: p + q,
        lambda p, q: p - q,
        lambda p, q: p * q,
        lambda p, q: p / (q**2 + 1),
        lambda p, q: -p,
        lambda p, q: p**2,
        lambda p, q: relu(p),
        lambda p, q: sqrt(p**2 + 2),
        lambda p, q: sigmoid(p) * q,
        lambda p, q: exp(p / 20),
    ]
    for i in range(pick(st.integers(1, 4))):
        node = pick(st.sampled_from(rules))(*(pick(st.sampled_from(nodes)) for _ in "pq"))
        nodes.append(named(node, f"h{i}") if pick(st.booleans()) and node.name is None else node)
    node = nodes[-1] if nodes[-1].name is None else nodes[-1] * 3
    return named(node, "y"), nodes


@given(scalars())
@settings(max_examples=200, deadline=None)
def test_every_stage_of_a_line_has_the_value_of_the_line(case):
    node, nodes = case
    value = float(real(exact(node)))
    names = {n.name: n for n in nodes if n.name}
    stages = step(node, Values()).stages
    assert stages
    signs = "".join(sign for sign, _ in stages)
    assert "≈=" not in signs
    for i, (sign, piece) in enumerate(stages):
        for form in (piece.text, piece.latex):
            got = float(real(exact(read(form, names))))
            rounding = 0.00051 + 1e-12 * abs(value) if i == len(stages) - 1 else 0.1 * (1 + abs(value))
            slack = 1e-9 * (1 + abs(value)) if sign == "=" else rounding
            assert abs(got - value) <= slack, form


@given(st.lists(numbers, min_size=2, max_size=3), st.lists(numbers, min_size=2, max_size=3))
@settings(max_examples=60, deadline=None)
def test_the_stages_of_a_line_with_vectors(first, second):
    size = min(len(first), len(second))
    v, u = named(constant(first[:size]), "v"), named(constant(second[:size]), "u")
    node = named(v - u * 2, "y")
    for sign, piece in step(node, Values()).stages:
        got = real(exact(read(piece.latex, {"v": v, "u": u})))
        assert sign == "="
        np.testing.assert_allclose(got, real(exact(node)), atol=1e-9)


def test_softmax_in_closed_form():
    text = line(named(softmax(vector(2, -1, -1) / sqrt(constant(2))), "p"))
    assert "= softmax([√2 −√2/2 −√2/2]ᵀ) =" in text
    assert text.endswith("≈ [0.807 0.097 0.097]ᵀ")
