import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.graph import GraphError, write
from tripos.graph.node import show_shape
from tripos.paper.expression import ExpressionError
from tripos.paper.statements import read_formula


def test_a_formula_without_statements():
    formula = read_formula("-log(sigmoid(w @ x + b))", ["w=d,x=d"])
    assert write(formula.of).text == "−log σ(wᵀ x + b)"
    assert {name: show_shape(node.shape) for name, node in formula.names.items()} == {
        "w": "d",
        "x": "d",
        "b": "scalar",
    }


def test_assigned_names_are_kept():
    formula = read_formula("z = W @ x; h = tanh(z)\n -log(softmax(V @ h)[y]);", ["W=mxd,x=d", "V=k×m"])
    assert write(formula.of).text == "−log(softmax(V h)[y])"
    assert write(formula.names["h"], own_name=False).text == "tanh(z)"
    assert list(formula.names) == ["W", "x", "V", "z", "h", "y"]


def test_the_last_assignment_is_the_formula():
    formula = read_formula("E = a**2")
    assert formula.of is formula.names["E"]
    assert formula.of.name == "E"


def test_domains():
    formula = read_formula("bce(p, y)", (), ["p=probability"])
    assert dict(formula.names["p"].attrs)["domain"] == "probability"
    assert dict(formula.names["y"].attrs)["domain"] == "real"


def test_semicolons_in_quotes_end_nothing():
    assert show_shape(read_formula("M = matrix('1 2; 3 4'); M @ x", ["x=2"]).of.shape) == "2"


def test_equations_within_calls_are_no_assignments():
    assert show_shape(read_formula("concat(x, x, axis=0)", ["x=3"]).of.shape) == "6"


def test_names_of_ops_may_be_used_as_names():
    formula = read_formula("sign = a**2; sign + 1")
    assert write(formula.of).text == "sign + 1"


def test_the_nodes_that_are_asked_for():
    formula = read_formula("z = w @ x; z**2", ["w=d,x=d"])
    assert formula.nodes("x, z") == [formula.names["x"], formula.names["z"]]


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ("", "the formula is empty", ""),
        (" ; ", "the formula is empty", ""),
        ("a = 2; b +", "not an expression: invalid syntax", ""),
        ("a = 2; foo(b)", "no layer or function 'foo'", "foo"),
        ("a = 2; sigmod(b)", "did you mean 'sigmoid'?", "sigmod"),
        ("a = 2; a = 3", "a has a value already; give this one another name", "a"),
        ("w = 1", "w has a value already", "w"),
        ("a; b", "only the last statement may stand without a name", "a"),
        ("a = tanh; a", "expected a value, found a function; call it", " tanh"),
        ("W @ x", "shapes 2×3 and 2 do not fit", "W @ x"),
        ("c = 5; 'text'", "expected a value, found 'text'", "'text'"),
        ("_a = 2; 3", "not an expression", ""),
        ("__import__('os')", "no layer or function '__import__'", "__import__"),
        ("eval('1')", "no layer or function 'eval'", "eval"),
        ("b.__class__", "no attribute .__class__", "b.__class__"),
        ("[b for b in range(9)]", "list comp is not allowed here", "[b for b in range(9)]"),
        ("sum(eye(50000))", "whole number", "50000"),
        ("9**9**9**9", "has more than 10000 bits", "9**9**9"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text, message, at):
    with pytest.raises(ExpressionError) as caught:
        read_formula(text, ["W=2x3,x=2,w=d"])
    assert message in caught.value.message
    if at:
        assert caught.value.text[caught.value.start : caught.value.end].strip() == at.strip()


@pytest.mark.parametrize(
    ("shapes", "domains", "message"),
    [
        (["W"], [], "a shape is written as in W=kxd,x=d; found 'W'"),
        (["W="], [], "a shape is written as in"),
        (["=3"], [], "a shape is written as in"),
        (["W=3,"], [], "found ''"),
        (["W=0"], [], "shape of W: a size is a positive whole number"),
        (["W=-2x3"], [], "shape of W:"),
        (["W=kx"], [], "shape of W: a size is missing"),
        (["W=k,W=d"], [], "two shapes are given of W"),
        ([], ["p=prob"], "domain of p: no 'prob'; there are real, positive"),
        ([], ["p=size"], "domain of p: no 'size'"),
        ([], ["p=distribution"], "a distribution has entries; give it a shape"),
    ],
)
def test_declarations_that_do_not_fit_are_refused(shapes, domains, message):
    with pytest.raises(GraphError) as caught:
        read_formula("a", shapes, domains)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("v", "no name 'v' in the formula"),
        ("a,", "no name '' in the formula"),
        ("u", "the formula does not depend on u; it depends on a, b"),
    ],
)
def test_what_cannot_be_asked_for(wanted, message):
    with pytest.raises(GraphError, match=message):
        read_formula("u = a**3; a + b").nodes(wanted)


@settings(max_examples=150, deadline=None)
@given(st.text("abxW01 =+-*/@();,.[]'_\n", max_size=30))
def test_nothing_but_an_error_with_a_place_comes_of_nonsense(text):
    error = None
    try:
        read_formula(text, ["W=2x2,x=2"])
    except ExpressionError as found:
        error = found
    assert error is None or (error.text == text and 0 <= error.start <= len(text) + 1)
