import re
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tripos.graph import (
    absolute,
    contract,
    cross_entropy,
    exact,
    exp,
    expand,
    floor,
    grad,
    log,
    maximum,
    named,
    nll,
    onehot,
    relu,
    sigmoid,
    size,
    softmax,
    sqrt,
    symbol,
    tanh,
    vec,
    write,
)
from tripos.graph import sum as total
from tripos.graph.node import constant
from tripos.graph.notation import number_piece, symbol_piece
from tripos.graph.ops.reduction import repeat_last, sum_last, sum_to

a, b, c, s = (symbol(n) for n in "abcs")
A, B, x, y = symbol("A", (2, 3)), symbol("B", (3, 2)), symbol("x", 3), symbol("y", 2)


# -- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shape", "text", "latex"),
    [
        ("z", (), "z", "z"),
        ("z_out", (), "z_out", r"z_\text{out}"),
        ("h1", (4,), "h₁", r"\mathbf{h}_{1}"),
        ("h12", (), "h₁₂", "h_{12}"),
        ("W_hx", (2, 2), "W_hx", r"\mathbf{W}_{hx}"),
        ("theta", (), "θ", r"\theta"),
        ("theta", (3,), "θ", r"\boldsymbol{\theta}"),
        ("theta_old", (), "θ_old", r"\theta_\text{old}"),
        ("lambda'", (), "λ'", r"\lambda'"),
        ("n'", (), "n'", "n'"),
        ("sigma_theta", (), "σ_θ", r"\sigma_{\theta}"),
        ("Sigma", (2, 2), "Σ", r"\boldsymbol{\Sigma}"),
        ("y_hat", (), "y\u0302", r"\hat{y}"),
        ("x_bar_1", (2,), "x\u0304₁", r"\bar{\mathbf{x}}_{1}"),
        ("x_AI", (), "x_AI", r"x_\text{AI}"),
        ("W1_out", (2, 2), "W_1,out", r"\mathbf{W}_{1,\text{out}}"),
        ("loss", (), "loss", r"\text{loss}"),
        ("R²", (), "R²", "{R}^{2}"),
        ("Var(z_1)", (), "Var(z₁)", r"\operatorname{Var}\left(z_{1}\right)"),
        ("E(h_1²)", (), "E(h₁²)", r"\operatorname{E}\left({h_{1}}^{2}\right)"),
        ("Var(delta_2)", (), "Var(δ₂)", r"\operatorname{Var}\left(\delta_{2}\right)"),
    ],
)
def test_names(name, shape, text, latex):
    piece = symbol_piece(name, shape)
    assert (piece.text, piece.latex) == (text, latex)


def test_different_names_are_written_differently():
    names = ["w_1_2", "w_12", "w12", "w1_2", "w_1", "w", "W", "w_hat", "w_bar", "omega", "W1_out", "W_1out"]
    latex = {symbol_piece(n).latex for n in names}
    text = {symbol_piece(n).text for n in names}
    assert len(latex) == len(text) == len(names) - 2  # w_12 is w12, and w1_2 is w_1_2


def test_adjoints():
    z = named(a * b, "z_out")
    loss = named(z**2, "L")
    dz, da = grad(loss, [z, a])
    assert write(dz).text == "∂L/∂z_out"
    assert write(dz).latex == r"\frac{\partial L}{\partial z_\text{out}}"
    assert write(da, own_name=False).text == "∂L/∂z_out · b"


# -- precedence --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "text", "latex"),
    [
        (a - (b - c), "a − (b − c)", r"a - \left(b - c\right)"),
        (a - b - c, "a − b − c", "a - b - c"),
        (a + (b + c), "a + b + c", "a + b + c"),
        (a - (b + c), "a − (b + c)", r"a - \left(b + c\right)"),
        ((a + b) * c, "(a + b) c", r"\left(a + b\right)\,c"),
        (a * b + c, "a b + c", r"a\,b + c"),
        (2 * a, "2a", "2 a"),
        (a / (b * c), "a/(b c)", r"\frac{a}{b\,c}"),
        (a / b / c, "(a/b)/c", r"\frac{\frac{a}{b}}{c}"),
        (a / (b / c), "a/(b/c)", r"\frac{a}{\frac{b}{c}}"),
        ((a + b) / c, "(a + b)/c", r"\frac{a + b}{c}"),
        ((a + b) ** 2, "(a + b)²", r"{\left(a + b\right)}^{2}"),
        (tanh(s) ** 2, "tanh(s)²", r"{\tanh\left(s\right)}^{2}"),
        (1 - tanh(s) ** 2, "1 − tanh(s)²", r"1 - {\tanh\left(s\right)}^{2}"),
        (a**-2, "a⁻²", "{a}^{-2}"),
        (a**b, "a^b", "{a}^{b}"),
        (a ** (b + 1), "a^(b + 1)", "{a}^{b + 1}"),
        (-(a + b), "−(a + b)", r"-\left(a + b\right)"),
        (-(a * b), "−a b", r"-a\,b"),
        (a * -b + c, "−a b + c", r"-a\,b + c"),
        ((-a) ** 2, "(−a)²", r"{\left(-a\right)}^{2}"),
        (-(a**2), "−a²", "-{a}^{2}"),
        (constant(-2) ** 2, "(−2)²", r"{\left(-2\right)}^{2}"),
        (a + constant(-2), "a − 2", "a - 2"),
        (a - constant(-2), "a − (−2)", r"a - \left(-2\right)"),
        (constant(Fraction(1, 2)) ** 2, "(1/2)²", r"{\left(\frac{1}{2}\right)}^{2}"),
        (-a / b, "−a/b", r"-\frac{a}{b}"),
        (exp(-a), "e^(−a)", "e^{-a}"),
        (exp(a + b), "e^(a + b)", "e^{a + b}"),
        (sqrt(a + b), "√(a + b)", r"\sqrt{a + b}"),
        (absolute(a - b), "|a − b|", r"\left|a - b\right|"),
        (floor(a / 2) + 1, "⌊a/2⌋ + 1", r"\left\lfloor \frac{a}{2}\right\rfloor + 1"),
        (maximum(a, b + c), "max(a, b + c)", r"\max\left(a, b + c\right)"),
        (log(a) * b, "log(a) b", r"\log\left(a\right)\,b"),
        (nll(sigmoid(s), 1), "−log σ(s)", r"-\log \sigma\left(s\right)"),
        (a - nll(sigmoid(s), 1), "a − (−log σ(s))", r"a - \left(-\log \sigma\left(s\right)\right)"),
        (x * x, "x ⊙ x", r"\mathbf{x} \odot \mathbf{x}"),
        (a * x, "a x", r"a\,\mathbf{x}"),
        (x[0] ** 2, "x₁²", "{x_{1}}^{2}"),
        (constant([1, Fraction(1, 2)]), "[1 1/2]ᵀ", r"\begin{bmatrix} 1 \\ \frac{1}{2} \end{bmatrix}"),
        (constant([[1, 0], [0, -1]]), "[1 0; 0 −1]", r"\begin{bmatrix} 1 & 0 \\ 0 & -1 \end{bmatrix}"),
        (
            relu(A @ x + y),
            "relu(A x + y)",
            r"\operatorname{relu}\left(\mathbf{A}\,\mathbf{x} + \mathbf{y}\right)",
        ),
        (vec(A), "vec(A)", r"\operatorname{vec}\left(\mathbf{A}\right)"),
        (softmax(x) - onehot(0, 3), "softmax(x) − [1 0 0]ᵀ", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_brackets_stand_where_they_are_needed_and_nowhere_else(node, text, latex):
    piece = write(node)
    assert piece.text == text
    assert latex in (None, piece.latex)


@pytest.mark.parametrize(
    ("node", "text"),
    [
        ((a**2) ** 3, "(a²)³"),
        ((a**b) ** 2, "(a^b)²"),
        (exp(a) ** 2, "(e^a)²"),
        (sqrt(a) ** 2, "(√a)²"),
    ],
)
def test_a_power_of_a_power_is_bracketed(node, text):
    assert write(node).text == text


def test_an_adjoint_is_bracketed_like_a_quotient():
    z = named(a * b, "z")
    dz = grad(named(z**2, "L"), z)
    assert write(dz**2).text == "(∂L/∂z)²"
    assert write(c / dz).text == "c/(∂L/∂z)"
    assert write(dz**2).latex == r"{\left(\frac{\partial L}{\partial z}\right)}^{2}"


def test_named_nodes_are_written_by_name_and_others_in_place():
    z = named(a + b, "z")
    assert write(z).text == "z"
    assert write(z, own_name=False).text == "a + b"
    assert write(tanh(z) * c).text == "tanh(z) c"


def test_a_symbol_is_written_by_name_even_where_what_it_is_was_asked_for():
    assert write(symbol("x"), own_name=False).text == "x"


def test_pieces_stand_in_for_nodes():
    node = a - b * c
    pieces = {n: number_piece(Fraction(v)) for n, v in ((a, "-1/2"), (b, "-3"), (c, "0.25"))}
    assert write(node, pieces).text == "−1/2 − (−3 · 1/4)"


@pytest.mark.parametrize(
    ("value", "text", "latex"),
    [
        ("3", "3", "3"),
        ("-3", "−3", "-3"),
        ("1/2", "1/2", r"\frac{1}{2}"),
        ("-1/3", "−1/3", r"-\frac{1}{3}"),
        ("1/10", "0.1", "0.1"),
        ("-3/1000", "−0.003", "-0.003"),
        ("1/30", "1/30", r"\frac{1}{30}"),
        ("123/20", "6.15", "6.15"),
    ],
)
def test_numbers(value, text, latex):
    assert number_piece(Fraction(value))[:2] == (text, latex)


# -- what is written means what was built --------------------------------------------------------

NAMES = {n: symbol(n) for n in ("a", "b", "c")}


@st.composite
def expressions(draw, depth=4):
    """A node, and the same as Python source."""
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        if draw(st.booleans()):
            name = draw(st.sampled_from(sorted(NAMES)))
            return NAMES[name], name
        number = draw(st.integers(-3, 5))
        return constant(number), f"F({number})"
    op = draw(st.sampled_from("+-*/^~"))
    left, one = draw(expressions(depth=depth - 1))
    if op == "~":
        return -left, f"(-{one})"
    if op == "^":
        power = draw(st.integers(-2, 3))
        return left**power, f"({one}**{power})"
    right, two = draw(expressions(depth=depth - 1))
    build = {"+": left.__add__, "-": left.__sub__, "*": left.__mul__, "/": left.__truediv__}
    return build[op](right), f"({one}{op}{two})"


def python_of_text(text):
    """Translate plain text to Python as a reader takes it: from left to right, powers first."""
    text = text.replace("−", "-").replace("·", "*")
    digits = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda m: f"**({m[0].translate(digits)})", text)
    text = text.replace("^", "**")
    text = re.sub(r"(?<=[\w)])\s*(?=[a-z(])", "*", text)  # juxtaposition, also 2a
    return re.sub(r"\d+", r"F(\g<0>)", text)


def python_of_latex(latex):
    """Translate LaTeX to Python by what is visible: a fraction's bar groups, bare braces do not."""

    def group(start):
        depth = 0
        for end in range(start, len(latex)):
            depth += {"{": 1, "}": -1}.get(latex[end], 0)
            if depth == 0:
                return python_of_latex(latex[start + 1 : end]), end + 1
        raise AssertionError(f"unbalanced braces in {latex}")

    out, at = "", 0
    while at < len(latex):
        if latex.startswith(r"\frac", at):
            top, at = group(at + len(r"\frac"))
            bottom, at = group(at)
            out += f"(({top})/({bottom}))"
        elif latex[at] == "^":
            exponent, at = group(at + 1)
            out += f"**({exponent})"
        elif latex[at] == "{":
            inner, at = group(at)
            out += inner
        else:
            out, at = out + latex[at], at + 1
    for code, plain in ((r"\left", ""), (r"\right", ""), (r"\cdot", "*"), (r"\,", " ")):
        out = out.replace(code, plain)
    return out


VALUES = {"a": Fraction(2), "b": Fraction(-3), "c": Fraction(1, 5), "F": Fraction}


def meaning(source):
    return eval(source, {"__builtins__": {}}, VALUES)  # source is ours


@settings(max_examples=400, deadline=None)
@given(expressions())
def test_what_is_written_evaluates_to_what_was_built(drawn):
    node, source = drawn
    try:
        want = meaning(source)
    except ZeroDivisionError:
        assume(False)
    piece = write(node)
    assert meaning(python_of_text(piece.text)) == want, piece.text
    latex = re.sub(r"(?<=[\w)])\s*(?=[a-z(])", "*", python_of_latex(piece.latex))
    assert meaning(re.sub(r"\d+", r"F(\g<0>)", latex)) == want, piece.latex


@pytest.mark.parametrize(
    ("text", "value"),
    [("2a − (b c)²", Fraction(4) - Fraction(9, 25)), ("−a² · 3/b", 4), ("a^(b)", Fraction(1, 8))],
)
def test_the_reader_of_this_test_reads_as_people_do(text, value):
    assert meaning(python_of_text(text)) == value


# -- matrix notation ---------------------------------------------------------------------------


def two_argument_signatures():
    parts = ["i", "j", "ij", "ji", "jk", "kj", "ik"]
    for one in ("i", "ij"):
        for two in parts:
            used = sorted(set(one + two))
            for n in range(3):
                for output in permutations(used, n):
                    yield f"{one},{two}->{''.join(output)}"


def read_matrices(text, values):
    """Evaluate matrix notation; vectors are columns."""
    if text.startswith("⟨"):
        return np.sum(values["A"] * values["B"])
    product = np.eye(1)
    for factor in text.replace("· ", "").split(" "):
        array = values[factor[0]]
        array = array.reshape(-1, 1) if array.ndim == 1 else array
        array = array.T if factor.endswith("ᵀ") else array
        product = array if product.shape == (1, 1) and product[0, 0] == 1 else product @ array
    return product


@pytest.mark.parametrize("signature", list(two_argument_signatures()))
def test_matrix_notation_means_the_signature(signature):
    (one, two), output = signature.split("->")[0].split(","), signature.split("->")[1]
    sizes, rng = {"i": 2, "j": 3, "k": 4}, np.random.default_rng(0)
    shapes = [tuple(sizes[k] for k in part) for part in (one, two)]
    values = {n: rng.integers(2, 9, shape) for n, shape in zip("AB", shapes, strict=True)}
    text = write(contract(signature, symbol("A", shapes[0]), symbol("B", shapes[1]))).text
    want = np.einsum(signature, values["A"], values["B"])
    if "contract[" in text:
        assert text == f"contract[{signature}](A, B)"
    elif "⊙" in text:
        assert one == two == output
    else:
        np.testing.assert_array_equal(np.squeeze(read_matrices(text, values)), np.squeeze(want))


@pytest.mark.parametrize(
    ("node", "text", "latex"),
    [
        (A @ x, "A x", r"\mathbf{A}\,\mathbf{x}"),
        (A.T @ y, "Aᵀ y", r"{\mathbf{A}}^\top\,\mathbf{y}"),
        (y @ A, "Aᵀ y", r"{\mathbf{A}}^\top\,\mathbf{y}"),
        (A @ B, "A B", r"\mathbf{A}\,\mathbf{B}"),
        (x @ x, "xᵀ x", r"{\mathbf{x}}^\top\,\mathbf{x}"),
        (contract("i,j->ij", y, x), "y xᵀ", r"\mathbf{y}\,{\mathbf{x}}^\top"),
        (contract("i,j->ji", y, x), "x yᵀ", r"\mathbf{x}\,{\mathbf{y}}^\top"),
        (contract("md,nd->mn", A, A), "A Aᵀ", r"\mathbf{A}\,{\mathbf{A}}^\top"),
        ((A @ B) @ y, "A B y", r"\mathbf{A}\,\mathbf{B}\,\mathbf{y}"),
        ((A + A) @ x, "(A + A) x", r"\left(\mathbf{A} + \mathbf{A}\right)\,\mathbf{x}"),
        ((x + x) @ x, "(x + x)ᵀ x", None),
        ((A @ B).T, "(A B)ᵀ", r"{\left(\mathbf{A}\,\mathbf{B}\right)}^\top"),
        (constant([1, 2]) @ y, "[1 2] y", None),
        # Entry by entry binds weaker than a product of matrices.
        ((A * A) @ x, "(A ⊙ A) x", r"\left(\mathbf{A} \odot \mathbf{A}\right)\,\mathbf{x}"),
        (y * (A @ x), "y ⊙ A x", None),
        (A @ x - y * y, "A x − y ⊙ y", None),
        (-(y * y), "−y ⊙ y", None),
        (a * (y * y), "a y ⊙ y", None),
        ((A * A).T, "(A ⊙ A)ᵀ", None),
        # A scalar product stands in brackets before an array.
        ((x @ x) * x, "(xᵀ x) x", None),
        (a * (x @ x), "a xᵀ x", None),
        (a * (x @ x) * x, "(a xᵀ x) x", None),
        # Signs come to the front, and a row is written as one.
        (A @ -x, "−A x", None),
        ((y @ A) @ x, "yᵀ A x", r"{\mathbf{y}}^\top\,\mathbf{A}\,\mathbf{x}"),
        (((A @ x) @ A) @ x, "(A x)ᵀ A x", None),
        # A transpose of a call needs no brackets, one of a power does.
        (contract("i,j->ij", y, tanh(x)), "y tanh(x)ᵀ", None),
        (contract("i,j->ij", y, x**2), "y (x²)ᵀ", None),
        (A.T.T, "(Aᵀ)ᵀ", None),
        # Ones.
        (expand(a, (2,)), "a 𝟏", r"a\,\mathbf{1}"),
        (expand(constant(1), (size("n"),)), "𝟏", r"\mathbf{1}"),
        (expand(constant(0), (size("n"),)), "𝟎", None),
        (expand(a, (2, 3)), "a 𝟏 𝟏ᵀ", None),
        (expand(x, (2, 3)), "𝟏 xᵀ", None),
        (expand(x, (4, 2, 3)), "expand(x)", None),
        (sum_last(A), "A 𝟏", None),
        (sum_last(x), "Σ x", None),
        (sum_to(A, (3,)), "Aᵀ 𝟏", None),
        (repeat_last(y, n=3), "y 𝟏ᵀ", None),
    ],
)
def test_products_of_matrices(node, text, latex):
    piece = write(node)
    assert piece.text == text
    assert latex in (None, piece.latex)


def test_the_gradient_of_a_layer_reads_as_in_a_textbook():
    W, h = symbol("W", (2, 3)), symbol("h", 3)
    z = named(W @ h, "z")
    loss = named(cross_entropy(z, 1), "L")
    dW, dh = grad(loss, [W, h])
    assert write(dW, own_name=False).text == "∂L/∂z · hᵀ"
    assert write(dh, own_name=False).text == "Wᵀ · ∂L/∂z"


def test_only_a_column_is_transposed_into_a_row():
    u, v, w = (constant(entries) for entries in ([1, 2], [3, 4], [5, 6]))
    assert write((u * v) @ w).text == "([1 2]ᵀ ⊙ [3 4]ᵀ)ᵀ [5 6]ᵀ"
    assert write(u @ (v - w)).text == "[1 2] ([3 4]ᵀ − [5 6]ᵀ)"
    assert write(u @ w).text == "[1 2] · [5 6]ᵀ"


def test_a_word_stands_apart_from_its_factor():
    assert write(2 * symbol("JSD")).text == "2 · JSD"
    assert write(2 * symbol("v_max")).text == "2v_max"


def test_deep_graphs_are_written_without_recursion():
    node = a
    for _ in range(3000):
        node = tanh(node)
    assert write(node).text == "tanh(" * 3000 + "a" + ")" * 3000


def test_a_sum_is_bracketed_as_a_term_and_a_vector_of_terms_can_be_told_apart():
    assert write(total(x + x)).text == "Σ (x + x)"
    from tripos.graph import stack

    assert write(stack(a + b, c)).text != write(stack(a, b * c)).text
    assert write(stack(a * b, c)).text != write(stack(a, b * c)).text
    assert exact(stack(a * b, c), a=1, b=2, c=3).tolist() == [2, 3]


@pytest.mark.parametrize(
    ("name", "text", "latex"),
    [("lambda'", "λ'", r"\lambda'"), ("n'", "n'", "n'"), ("w_1'", "w₁'", "w_{1}'"), ("x''", "x''", "x''")],
)
def test_names_with_primes(name, text, latex):
    piece = symbol_piece(name)
    assert (piece.text, piece.latex) == (text, latex)
