from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.graph import Node, log, sigmoid, size, symbol
from tripos.nets import Conv2d, LeakyReLU, Linear, MaxPool2d, ReLU, Sequential
from tripos.paper.expression import (
    MAX_DEPTH,
    MAX_LENGTH,
    ExpressionError,
    a_size,
    evaluate,
    layers,
    read_shape,
    read_system,
)

d, k, d_model, H = size("d k d_model H")
NAMES = {"log": log, "sigmoid": sigmoid, "w": symbol("w", 3), "x": symbol("x", 3), "W": symbol("W", (2, 3))}


def marked(error):
    """Return the part of an expression that an error points at, after checking that it shows it."""
    message, *shown = str(error).splitlines()
    assert message == error.message.splitlines()[0]
    text, mark = shown[-2:]
    found = text[mark.index("^") : mark.rindex("^") + 1]
    assert (error.text + " ")[error.start : error.end].startswith(found.rstrip("…"))
    return found


# -- what is read --


@pytest.mark.parametrize(
    ("text", "module"),
    [
        (
            "Sequential(Conv2d(3, 96, 11, stride=4), ReLU(), MaxPool2d(3, 2))",
            Sequential(Conv2d(3, 96, 11, stride=4), ReLU(), MaxPool2d(3, 2)),
        ),
        ("Linear(d, k, bias=False)", Linear(d, k, bias=False)),
        ("Linear(d + d, 2**3*d_model - 1)", Linear(2 * d, 8 * d_model - 1)),
        ("Linear(7 // 2, 7 % 4)", Linear(3, 3)),
        (" \n LeakyReLU(0.2)\t", LeakyReLU(Fraction(1, 5))),
        ("LeakyReLU(1/3)", LeakyReLU(Fraction(1, 3))),
        ("Linear(10**9, 10**9)", Linear(10**9, 10**9)),
    ],
)
def test_systems(text, module):
    assert read_system(text) == module


def test_every_public_layer_is_known():
    assert {"Linear", "Sequential", "Conv2d", "ReLU", "LSTM"} <= layers().keys()
    assert "Module" not in layers()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("-(2 - 5)", 3),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("1e-30", Fraction(1, 10**30)),
        ("6 / 3", 2),
        ("2 ** 0", 1),
        ("'same'", "same"),
        ("(1, (2, 3), [4])", (1, (2, 3), [4])),
        ("None", None),
        ("True", True),
    ],
)
def test_values(text, value):
    found = evaluate(text, {})
    assert found == value
    assert type(found) is type(value)


def test_graphs():
    loss = evaluate("-log(sigmoid(w @ x + b))", NAMES, symbol)
    assert loss is -log(sigmoid(NAMES["w"] @ NAMES["x"] + symbol("b")))
    assert evaluate("W.T", NAMES).shape == (3, 2)
    assert evaluate("W[0] @ x", NAMES).shape == ()
    assert evaluate("W[0, 1]", NAMES) is NAMES["W"][0, 1]
    assert evaluate("Linear(3, 4)(x)", NAMES | layers()).shape == (4,)
    assert evaluate("[x[0], 2]", NAMES) == [NAMES["x"][0], 2]


def test_a_name_that_is_not_known_is_asked_for_once_it_is_read():
    asked = []
    assert evaluate("a + b", {"a": 1}, lambda name: asked.append(name) or 2) == 3
    assert asked == ["b"]


@pytest.mark.parametrize("name", ["d", "H", "d2", "d_model", "N_1", "x"])
def test_letters_are_sizes(name):
    assert a_size(name) is size(name)


@pytest.mark.parametrize("name", ["foo", "Conv", "d__", "d_", "_d", "2d", "d2x", "", "é"])
def test_words_are_not(name):
    assert a_size(name) is None


# -- shapes --


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("3x223x223", (3, 223, 223)),
        ("3×H×W", (3, H, size("W"))),
        (" 3 x 4 ", (3, 4)),
        ("7", (7,)),
        ("d", (d,)),
        ("2*dx(k+1)", (2 * d, k + 1)),
        ("scalar", ()),
        ("10x2**3", (10, 8)),
    ],
)
def test_shapes(text, shape):
    assert read_shape(text) == shape


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ("", "a size is missing", ""),
        ("3x", "a size is missing", ""),
        ("3xx4", "a size is missing", "x"),
        ("3x0", "a size is a positive whole number or a letter, found 0", "0"),
        ("3x-2x4", "a size is a positive whole number or a letter, found -2", "-2"),
        ("3x1.5", "a size is a positive whole number or a letter, found 3/2", "1.5"),
        ("3,4", r"a size is a positive whole number or a letter, found \(3, 4\)", "3,4"),
        ("3xwidth", "no name 'width'", "width"),
        ("3x(4", r"'\(' was never closed", "("),
        ("3x4/0", "division of 4 by zero", "4/0"),
    ],
)
def test_shapes_that_are_none(text, message, at):
    with pytest.raises(ExpressionError, match=message) as caught:
        read_shape(text)
    assert caught.value.text[caught.value.start : caught.value.end] == at


# -- what is refused, and where --


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ("Conv2D(3, 4, 5)", "no layer or function 'Conv2D'; did you mean 'Conv2d'?", "Conv2D"),
        ("Sequential(relu())", "no layer or function 'relu'; did you mean 'ReLU'?", "relu"),
        ("Liner(3, 4)", "did you mean 'Linear'?", "Liner"),
        ("foo", "no name 'foo'; known are ", "foo"),
        (
            "Linear(3)",
            "Linear: missing a required argument: 'out_features'; it is Linear(in_features, out_f",
            "",
        ),
        ("Linear(3, 4, foo=1)", "unexpected keyword argument 'foo'", ""),
        ("Linear(3, 4, bias=1)", "Linear: bias is True or False, found 1", "1"),
        ("Linear(0, 4)", "Linear: in_features is a size (a positive whole number or a letter), found 0", "0"),
        ("Linear('3', 4)", "found '3'", "'3'"),
        ("Linear(True, 4)", "found True", "True"),
        ("Linear((2**0.5)**2, 4)", "in_features is a size", "(2**0.5)**2"),
        ("Linear(ReLU, 4)", "found ReLU without its arguments: write ReLU(...)", "ReLU"),
        ("LeakyReLU('x')", "LeakyReLU: negative_slope is a number, found 'x'", "'x'"),
        ("Sequential(ReLU(), ReLU)", "found ReLU without its arguments: write ReLU(...)", "ReLU"),
        ("Sequential(ReLU(), 3)", "is a layer, such as ReLU(), found 3", "3"),
        ("Linear(3, 4, bias=True, bias=True)", "Linear: bias is given twice", "bias=True"),
        ("Linear(*[3, 4])", "write arguments one by one, without *", "*[3, 4]"),
        ("Linear(**x)", "write arguments one by one, without **", ""),
        ("Linear(3, 4) + 1", "+ calculates with numbers and sizes, found Linear(in_features=3", ""),
        ("'a' * 9", "* calculates with numbers and sizes, found 'a'", "'a' * 9"),
        ("True + True", "+ calculates with numbers and sizes, found True", "True + True"),
        ("3 @ 4", "@ multiplies vectors and matrices, found numbers", "3 @ 4"),
        ("d ^ 2", "write a power as **, not ^", "d ^ 2"),
        ("d // 2", "nodes have no // and %", "d // 2"),
        ("1 / 0", "division of 1 by zero", "1 / 0"),
        ("1 // 0", "cannot be calculated: integer division or modulo by zero", "1 // 0"),
        ("9**9**9", "bits", "9**9**9"),
        ("0.5**1000000000", "bits", ""),
        ("2**-1000000000", "bits", ""),
        ("1e5000", "the exponent of 1e5000 is beyond", "1e5000"),
        ("2**1200", "a number of 1,201 bits is too large; at most 1,000 are allowed", "2**1200"),
        ("ReLU()(3, 4)", "ReLU takes x; found 2 inputs", "ReLU()(3, 4)"),
        ("3(4)", "only names and layers are called", "3"),
        ("d.bit_length()", "only names and layers are called", "d.bit_length"),
        ("ReLU().__class__", "no attribute .__class__ is allowed here; there is .T", "ReLU().__class__"),
        ("'a'.T", ".T transposes a matrix, found 'a'", "'a'.T"),
        ("'abc'[0]", "an entry is taken of an array, found 'abc'", "'abc'[0]"),
        ("d.T", "transpose: expected a matrix", "d.T"),
        ("f'{3}'", "is not allowed here: an expression names, calls and calculates", "f'{3}'"),
        ("[i for i in d]", "list comp is not allowed here", "[i for i in d]"),
        ("lambda: 1", "lambda is not allowed here", "lambda: 1"),
        ("(y := 3)", "named expr is not allowed here", "y := 3"),
        ("3 if d else 4", "if exp is not allowed here", "3 if d else 4"),
        ("d < 4", "compare is not allowed here", "d < 4"),
        ("not d", "unary op is not allowed here", "not d"),
        ("d and k", "bool op is not allowed here", "d and k"),
        ("d | k", "bin op is not allowed here", "d | k"),
        ("{1: 2}", "dict is not allowed here", "{1: 2}"),
        ("b'x'", "text is in plain quotes", "b'x'"),
        ("3j", "numbers are whole numbers and decimals", "3j"),
        ("...", "numbers are whole numbers and decimals", "..."),
        ("x = 3", "not an expression: invalid syntax", ""),
        ("Linear(3, 4", "not an expression: '(' was never closed", "("),
        ("Linear(3, 4))", "not an expression: unmatched ')'", ")"),
        ("3 − 4", "not an expression: invalid character '−' (U+2212)", "−"),
        ("", "the expression is empty", ""),
        ("  ", "the expression is empty", ""),
        ("# why", "not an expression", ""),
        ("import os", "not an expression: invalid syntax", ""),
        ("__import__('os')", "no layer or function '__import__'", "__import__"),
        ("ReLU()\x07", "no character U+0007 is allowed", ""),
        ("'\ud800'", "no character U+D800 is allowed", ""),
        ("((((" * 100, "not an expression", ""),
        ("-" * 6000 + "1", "not an expression", ""),
        ("+".join("1" * 200), f"nested more than {MAX_DEPTH} deep", ""),
        ("1" * (MAX_LENGTH + 1), f"the expression is longer than {MAX_LENGTH:,} characters", ""),
        ("1" * 5000, "not an expression: Exceeds the limit", ""),
        ("é + 1", "no name 'é'", "é"),
        ("'é' + d", "+ calculates with numbers and sizes, found 'é'", "'é' + d"),
    ],
)
def test_refused(text, message, at):
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, layers(), a_size)
    assert message in caught.value.message
    found = marked(caught.value)
    assert not at or found == at


def test_a_long_expression_is_shown_in_part():
    text = "Sequential(" + "ReLU(), " * 100 + "Tahn(), " + "ReLU(), " * 100 + ")"
    with pytest.raises(ExpressionError) as caught:
        read_system(text)
    assert marked(caught.value) == "Tahn"
    assert max(map(len, str(caught.value).splitlines())) < 120


@pytest.mark.parametrize("text", ["3", "ReLU", "(ReLU(), ReLU())", "d + 1"])
def test_what_is_no_system(text):
    with pytest.raises(ExpressionError, match="expected a layer, such as"):
        read_system(text)


# -- whatever it is --

words = st.sampled_from(
    [
        *"+-*/@%()[],.=:'\"",
        "**",
        "//",
        " ",
        "0",
        "1",
        "2",
        "9",
        "0.5",
        "1e9",
        "d",
        "H",
        "x",
        "W",
        ".T",
        "stride=",
    ]
    + [
        "Linear(",
        "Conv2d(",
        "ReLU()",
        "Sequential(",
        "LSTM(",
        "Flatten(",
        "MaxPool2d(",
        "bias=",
        "True",
        "None",
    ]
    + ["lambda", " if ", " else ", " for ", " in ", "__", "é", "\\", "\n", "\x00", "10**9"]
)


@given(st.lists(words, max_size=25).map("".join) | st.text(max_size=40))
@settings(max_examples=500, deadline=None)
def test_nothing_but_a_value_or_an_error_with_its_place(text):
    value = outcome(text, layers() | NAMES)
    assert not isinstance(value, (dict, set, bytes, float, complex))
    if isinstance(value, ExpressionError):
        assert 0 <= value.start <= len(value.text)
        assert value.message


def outcome(text, names):
    """Return the value of an expression, or its error."""
    try:
        return evaluate(text, names, a_size)
    except ExpressionError as error:
        return error


values = st.recursive(
    st.sampled_from(["1", "3", "0", "-1", "d", "k", "2*d", "0.5", "True", "None", "'same'", "(2, 3)", "()"]),
    lambda inner: st.builds(
        "{}({})".format, st.sampled_from(sorted(layers())), st.lists(inner).map(", ".join)
    ),
    max_leaves=6,
)


@given(st.sampled_from(sorted(layers())), st.lists(values, max_size=5))
@settings(max_examples=500, deadline=None)
def test_every_layer_with_any_arguments(name, arguments):
    found = outcome(f"{name}({', '.join(arguments)})", layers())
    assert isinstance(found, (ExpressionError, layers()[name]))


@given(
    st.recursive(
        st.sampled_from(["1", "7", "0.25", "d", "k"]),
        lambda e: st.builds("({}{}{})".format, e, st.sampled_from(["+", "-", "*"]), e),
    )
)
@settings(max_examples=200, deadline=None)
def test_arithmetic_is_pythons(text):
    found = evaluate(text, {"d": Fraction(3, 7), "k": 5})
    expected = eval(
        text.replace("0.25", "Fraction(1, 4)"), {"d": Fraction(3, 7), "k": 5, "Fraction": Fraction}
    )
    assert found == expected
    assert not isinstance(found, Node)
