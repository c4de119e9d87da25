import math
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.answers.reading.reader import read
from tripos.answers.reading.tokens import MAX_LENGTH, Unread
from tripos.graph import GraphError, floats, shape, symbol
from tripos.graph.values import Values

X, Y, H, W = symbol("x"), symbol("y"), symbol("h_1"), symbol("W", (2, 2))
NAMES = {"x": X, "y": Y, "h_1": H, "W": W, "z_out": symbol("z_out"), "eta": symbol("eta")}
AT = {"x": 0.5, "y": -2.0, "h_1": 3.0, "z_out": 7.0, "eta": 0.25}


def value(text):
    """Return what a text means at AT."""
    node = read(text, NAMES)
    return floats(node, **{k: v for k, v in AT.items() if k in _names(node)})


def _names(node):
    from tripos.graph.node import free_symbols

    return {str(n.name) for n in free_symbols(node)}


def sigma(z):
    return 1 / (1 + math.exp(-z))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", 3),
        ("-3", -3),
        ("−3", -3),
        ("+3", 3),
        ("--3", 3),
        ("1.50", 1.5),
        (".5", 0.5),
        ("1e3", 1000),
        ("2.5e-3", 0.0025),
        ("1/2", 0.5),
        ("1/2/4", 0.125),
        ("2-3-4", -5),
        ("2*3+4", 10),
        ("2+3*4", 14),
        ("-2^2", -4),
        ("(-2)^2", 4),
        ("2**3", 8),
        ("2^-1", 0.5),
        ("2^{10}", 1024),
        ("2^3^2", 512),
        ("2³", 8),
        ("2⁻¹", 0.5),
        ("2 x", 1.0),
        ("2x^2", 0.5),
        ("x(1 - x)", 0.25),
        ("2(3)", 6),
        ("3·4", 12),
        ("3×4", 12),
        (r"3 \cdot 4", 12),
        (r"3 \times 4", 12),
        ("x y", -1.0),
        ("xy", -1.0),
        ("|y|", 2),
        ("√4", 2),
        (r"\sqrt{4}", 2),
        ("sqrt(4)", 2),
        (r"\frac{1}{4}", 0.25),
        (r"\frac12", 0.5),
        (r"\tfrac{x}{2}", 0.25),
        (r"\lfloor 7/2 \rfloor", 3),
        ("⌊7/2⌋ + 1", 4),
        ("floor(7/2)", 3),
        ("e", math.e),
        ("e^x", math.exp(0.5)),
        ("e^{-x}", math.exp(-0.5)),
        ("e^-x", math.exp(-0.5)),
        ("exp(x)", math.exp(0.5)),
        (r"\exp(-x)", math.exp(-0.5)),
        ("π", math.pi),
        (r"2\pi", 2 * math.pi),
        ("log(2)", math.log(2)),
        (r"\ln 2", math.log(2)),
        (r"\log 2", math.log(2)),
        (r"-\log \sigma(x)", -math.log(sigma(0.5))),
        ("σ(x)", sigma(0.5)),
        (r"\sigma(x)(1-\sigma(x))", sigma(0.5) * (1 - sigma(0.5))),
        ("1/(1+e^{-x})", sigma(0.5)),
        (r"1 - \tanh(x)^2", 1 - math.tanh(0.5) ** 2),
        (r"1 - \tanh^2(x)", 1 - math.tanh(0.5) ** 2),
        (r"1-{\tanh\left(x\right)}^{2}", 1 - math.tanh(0.5) ** 2),
        (r"\operatorname{relu}\left(y\right)", 0),
        ("relu(x)", 0.5),
        ("max(0, y)", 0),
        (r"\max\left(x, y\right)", 0.5),
        ("min(x, y)", -2),
        ("h_1 + h1 + h_{1} + h₁", 12),
        (r"\mathbf{h}_1", 3),
        (r"z_\text{out}", 7),
        (r"z_{\text{out}}", 7),
        ("z_out/2", 3.5),
        ("η x", 0.125),
        (r"\eta\,x", 0.125),
        (r"$\frac{x}{2}$", 0.25),
        (r"\left( 1 + x \right) \cdot 2", 3),
        (r"\begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}", 1),
        (r"\begin{cases} 1 & y > 0 \\ 0 & \text{otherwise} \end{cases}", 0),
        (r"\begin{cases} x & \text{if } x \ge 0, \\ -x & \text{otherwise} \end{cases}", 0.5),
    ],
)
def test_numbers_and_formulas(text, expected):
    assert value(text) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1, 2]", [1, 2]),
        ("[1 2]", [1, 2]),
        ("[1 -2]", [1, -2]),
        ("[1 - 2]", [-1]),
        ("[1, -2, 3/4]", [1, -2, 0.75]),
        ("[x, 2x]", [0.5, 1]),
        ("[1 2]ᵀ", [1, 2]),
        ("[1, 2]^T", [1, 2]),
        (r"[1, 2]^\top", [1, 2]),
        ("[1 2; 3 4]", [[1, 2], [3, 4]]),
        ("[[1, 2], [3, 4]]", [[1, 2], [3, 4]]),
        ("[[1, 2], [3, 4]]^T", [[1, 3], [2, 4]]),
        (r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}", [[1, 2], [3, 4]]),
        (r"\begin{pmatrix} 1 & 2 \end{pmatrix}", [[1, 2]]),
        (r"\begin{bmatrix} 1 \\ 2 \end{bmatrix}", [1, 2]),
        (r"\begin{bmatrix} \frac{3}{2} \\ -\frac{1}{2} \end{bmatrix}", [1.5, -0.5]),
        ("2 [1, 2]", [2, 4]),
        ("[1, 2] + [3, 4]", [4, 6]),
        ("[1 2; 3 4] [1, 1]", [3, 7]),
        ("[1, 2] · [3, 4]", 11),
        ("softmax([0, 0])", [0.5, 0.5]),
    ],
)
def test_arrays(text, expected):
    np.testing.assert_allclose(value(text), expected)


@pytest.mark.parametrize(
    "text", ["54×54×96", "54x54x96", "54 X 54 X 96", "54*54*96", r"54 \times 54 \times 96"]
)
def test_shapes(text):
    node = read(text, shape=True)
    assert str(Values()[node].tolist()) == "[54, 54, 96]"


def test_a_shape_of_one_size():
    node = read("1", shape=True)
    assert Values()[node].tolist() == [1] == Values()[shape(symbol("b", 1))].tolist()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", 0),
        ("   ", 3),
        ("1 +", 3),
        ("1 + * 2", 4),
        ("(1", 2),
        ("1)", 1),
        ("[1, 2", 5),
        ("[]", None),
        ("1 # 2", 2),
        ("x = 3", 2),
        ("five", 0),
        ("3 apples", 2),
        ("tanh", None),
        ("max(1)", None),
        ("1 2 3]", 2),
        (r"\frac{1}", None),
        (r"\begin{bmatrix} 1 & 2 \\ 3 \end{bmatrix}", None),
        ("[1 2; 3]", None),
        ("[1, 2] + [1, 2, 3]", None),
        ("x_7", 0),
        ("__import__('os')", 0),
        ("x.__class__", None),
        ("lambda: 1", 0),
        (r"\end{bmatrix}", 0),
        (r"\begin{bmatrix} 1", None),
        (r"\begin{cases} 1 \end{cases}", None),
        ("z_", None),
        ("z_{", None),
        ("√", None),
        ("|x", None),
    ],
)
def test_what_has_no_meaning_is_unread_with_its_place(text, place):
    with pytest.raises(Unread, match="at character") as caught:
        read(text, NAMES)
    assert caught.value.place == place or place is None


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000,
        "[" * 5000,
        "(" * 500 + "1" + ")" * 500,
        "-" * 5000 + "1",
        "√" * 5000 + "4",
        "2" + "^2" * 4000,
        "2" + "^-" * 4000 + "1",
        "{" * 5000,
        "|" * 5000,
        r"\frac" * 1500,
        r"\frac{" * 1500,
        r"\sqrt" * 1500 + "2",
        r"\begin{cases}" * 500,
        r"\begin{bmatrix}" * 500,
        "tanh" * 1000,
        "tanh " * 1000 + "1",
        "e^" * 4000 + "1",
        "x" * 9000,
        "x_" * 4000,
        "1+" * 4000 + "1",
        "[" + "1 " * 4000 + "]",
        "1" * (MAX_LENGTH + 1),
        "9" * 9000,
        "1e999",
        "1e-999",
        "\\" * 5000,
        "$" * 5000,
        "1" * 1_000_000,
    ],
    ids=lambda text: f"{text[:12]}-{len(text)}",
)
def test_hostile_answers_are_read_or_unread(text):
    with suppress(Unread):
        Values()[read(text, NAMES)]


@pytest.mark.parametrize(
    "text", ["9**9**9", "9^9^9^9", "(9^9)^9^9", "2^(10^9)", "10^10^10", "e^e^e^e^e^e", "1e999^999"]
)
def test_numbers_too_large_to_write_down_are_bounded(text):
    try:
        node = read(text)
    except Unread:
        return
    values = Values()
    if values[node] is None:
        assert isinstance(values.why[node], GraphError)


SCRAPS = st.sampled_from(
    ["1", "2.5", "x", "y", "h_1", "W", "+", "-", "*", "/", "^", "**", "(", ")", "[", "]", "{", "}",
     ",", ";", " ", "|", "√", "_", "'", "ᵀ", "²", "₁", "\\frac", "\\sqrt", "\\tanh", "\\text{if}",
     "\\begin{bmatrix}", "&", "\\\\", "\\end{bmatrix}", "\\begin{cases}", "\\end{cases}", "\\left(",
     "\\right)", "max(", "O(", "e", "π", "<", "≥", "×", "\\mathbf", "\\top", "σ", "\\lfloor",
     "\\rfloor", "$", "1e5", ".", "0"]
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(SCRAPS | st.characters(), max_size=25).map("".join), st.booleans())
def test_any_text_is_read_or_unread(text, as_shape):
    with suppress(Unread):
        Values()[read(text, NAMES, shape=as_shape, sizes=(symbol("M", (), "size"),))]
