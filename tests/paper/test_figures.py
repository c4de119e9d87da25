import math

import pytest

from paper.small import causes, check, fence, paper
from tripos.graph import GraphError, named, relu, sigmoid, symbol, tanh
from tripos.paper import figures
from tripos.paper.drawings import Diagram, Network, Plot
from tripos.paper.report import Figure

ASK = "- [x] yes\n- [ ] no\n\n"


def test_curves_are_those_of_the_ops():
    found = figures.plot(sigmoid, figures.derivative(sigmoid), tanh, -6, 6)
    assert [curve.label for curve in found.curves] == ["sigmoid", "sigmoid′", "tanh"]
    assert (found.places[0], found.places[-1]) == (-6, 6)
    for x, p, slope, t in zip(found.places, *(c.heights for c in found.curves), strict=True):
        s = 1 / (1 + math.exp(-x))
        assert p == pytest.approx(s)
        assert slope == pytest.approx(s * (1 - s))
        assert t == pytest.approx(math.tanh(x), abs=1e-12)


def test_a_derivative_that_is_constant_and_the_derivative_of_a_derivative():
    found = figures.plot(
        figures.derivative(lambda x: 3 * x), figures.derivative(figures.derivative(tanh)), 0, 1
    )
    assert set(found.curves[0].heights) == {3.0}
    assert found.curves[1].label == "tanh′′"
    t = math.tanh(1)
    assert found.curves[1].heights[-1] == pytest.approx(-2 * t * (1 - t * t))


def test_a_formula_in_one_symbol_is_a_curve():
    x = symbol("x")
    (curve,) = figures.plot(relu(x) ** 2, -1, 2).curves
    assert (curve.heights[0], curve.heights[-1]) == (0, 4)


def test_a_curve_has_no_height_where_it_has_no_value():
    (curve,) = figures.plot(lambda x: 1 / x, -1, 1).curves
    assert curve.heights[len(curve.heights) // 2] is None
    assert curve.heights[-1] == 1


def test_a_graph_is_laid_out_in_layers():
    x, w = symbol("x"), symbol("w")
    z = named(w * x, "z")
    found = figures.graph(named(tanh(z) - 1, "L"))
    layers = {v.label: v.layer for v in found.vertices}
    assert layers == {"w": 0, "x": 0, "z": 1, "tanh": 2, "1": 2, "L": 3}
    named_edges = {(found.vertices[a].label, found.vertices[b].label) for a, b in found.edges}
    assert named_edges == {("w", "z"), ("x", "z"), ("z", "tanh"), ("tanh", "L"), ("1", "L")}


def test_figures_say_what_they_show():
    assert figures.network(3, 1, 2).alternative == (
        "A network of 3 inputs, 1 hidden unit and 2 outputs; each unit is linked to all of the next layer."
    )
    assert figures.plot(relu, -2, 3).alternative == "Plot from −2 to 3 of relu (between 0 and 3)."
    x = symbol("x")
    told = figures.graph(named(tanh(x), "h")).alternative
    assert told == "Computation graph of h, given x: h from x."


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: figures.plot(relu, 1), "plot takes curves"),
        (lambda: figures.plot(relu, 1, 1), "begins at 1 and ends at 1"),
        (lambda: figures.plot(3, 0, 1), "is no curve"),
        (lambda: figures.plot(symbol("x") + symbol("y"), 0, 1), "does not depend on one number alone"),
        (lambda: figures.network(3), "network takes"),
        (lambda: figures.network(3, 2.5), "network takes"),
        (lambda: figures.network(3, 0), "network takes"),
        (lambda: figures.derivative(2), "derivative takes a function"),
    ],
)
def test_what_cannot_be_drawn_is_said(wrong, message):
    with pytest.raises(GraphError, match=message):
        wrong()


def test_a_graph_that_is_too_large_is_not_drawn():
    x = symbol("x")
    for _ in range(figures.VERTICES):
        x = tanh(x)
    with pytest.raises(GraphError, match="at most 80"):
        figures.graph(x)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("plot(relu, -1, 1)", Plot),
        ("network(3, 2)", Network),
        ("graph(z)", Diagram),
        ("plot(\n  z,  # what is asked\n  0, 1)", Plot),
    ],
)
def test_a_block_is_drawn_where_it_stands(code, kind):
    working = fence("working", 'z = symbol("x") ** 2')
    report = check(paper(ASK + fence("figure", code) + "\n" + working))
    assert not causes(report)
    (figure,) = [c for c in report.leaves[0].contents if isinstance(c, Figure)]
    assert isinstance(figure.drawing, kind)
    assert figure.alternative == figure.drawing.alternative


def test_the_setter_may_give_the_words():
    block = fence('figure {alt="Two layers."}', "network(3, 2)")
    (figure,) = [c for c in check(paper(ASK + block)).leaves[0].contents if isinstance(c, Figure)]
    assert figure.alternative == "Two layers."


def test_the_words_print_values_and_hold_no_blank():
    given = fence("given", "n = 3")
    block = fence('figure {alt="Two layers, {{n}} and {{2 * n}} units."}', "network(n, 2 * n)")
    report = check(paper(ASK + given + "\n" + block))
    (figure,) = [c for c in report.leaves[0].contents if isinstance(c, Figure)]
    assert figure.alternative == "Two layers, 3 and 6 units."
    (found,) = causes(check(paper(ASK + given + "\n" + fence('figure {alt="[[n]]"}', "network(n, 2)"))))
    assert "a blank cannot stand in the words of a figure" in found.message


@pytest.mark.parametrize(
    "code", ["3", "plot(relu)", "plot(relu, -1, 1", "network(rel, 2)", "plot(conv2d, 0, 1)"]
)
def test_a_block_that_draws_nothing_is_an_error_at_its_line(code):
    (found,) = causes(check(paper(ASK + fence("figure", code))))
    assert found.line == 12
