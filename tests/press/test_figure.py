import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tripos.graph import named, relu, sigmoid, symbol, tanh
from tripos.paper import figures
from tripos.paper.check import check_text
from tripos.paper.drawings import Curve, Plot
from tripos.paper.report import Figure
from tripos.press.figure import svg, ticks
from tripos.press.html import html
from tripos.press.markdown import markdown

SVG = "{http://www.w3.org/2000/svg}"


def drawn(drawing):
    """Return a drawing as elements, after holding every place to the frame."""
    root = ElementTree.fromstring(svg(Figure(drawing, drawing.alternative)))
    width, height = float(root.get("width")), float(root.get("height"))
    for element in root:
        for pair in element.get("points", "").split():
            x, y = map(float, pair.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height
        assert 0 <= float(element.get("x", 0)) <= width
        assert 0 <= float(element.get("y", 0)) <= height
    assert root.get("aria-label") == drawing.alternative
    return root


def words(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def test_a_plot_has_a_line_and_a_label_for_each_curve():
    root = drawn(figures.plot(sigmoid, figures.derivative(sigmoid), relu, -6, 6))
    assert len(list(root.iter(f"{SVG}polyline"))) == 2 * 3
    assert words(root)[-3:] == ["sigmoid", "sigmoid′", "relu"]
    assert {"−6", "0", "6"} <= set(words(root))


def test_a_curve_breaks_where_it_has_no_value():
    plot = Plot((0.0, 1.0, 2.0, 3.0, 4.0), (Curve("a<b", (1.0, 2.0, None, 2.0, 1.0)),))
    root = drawn(plot)
    assert len(list(root.iter(f"{SVG}polyline"))) == 2 + 1
    assert words(root)[-1] == "a<b"


@pytest.mark.parametrize("heights", [(0.0, 0.0), (None, None), (1e9, 1e9)])
def test_flat_and_empty_curves_are_drawn(heights):
    drawn(Plot((0.0, 1.0), (Curve("c", heights),)))


def test_a_network_has_a_circle_for_each_unit_and_a_line_for_each_weight():
    root = drawn(figures.network(3, 4, 2))
    assert len(list(root.iter(f"{SVG}circle"))) == 3 + 4 + 2
    assert len(list(root.iter(f"{SVG}line"))) == 3 * 4 + 4 * 2


def test_a_graph_runs_from_left_to_right():
    x = symbol("x")
    root = drawn(figures.graph(named(tanh(x) + x, "y")))
    assert words(root) == ["x", "tanh", "y"]
    places = [float(element.get("x")) for element in root.iter(f"{SVG}text")]
    assert places == sorted(places)
    assert len(list(root.iter(f"{SVG}path"))) == 3


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_ticks_are_few_and_in_range(low, high):
    assume(high - low > 1e-3)
    found = ticks(low, high)
    room = 1e-6 * (high - low)
    assert 3 <= len(found) <= 9
    assert all(low - room <= x <= high + room for x in found)


def test_ticks_are_round():
    assert ticks(-6, 6) == [-6, -4, -2, 0, 2, 4, 6]
    assert ticks(-0.05, 1.05) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])


def test_presses_draw_or_tell_a_figure():
    text = (
        "---\ntitle: T\n---\n\n## Q {points=1}\n\n- [x] yes\n- [ ] no\n\n"
        "```figure\nnetwork(2, 1)\n```\n\n# Sheet {.sheet}\n\n```figure\nplot(tanh, -1, 1)\n```\n"
    )
    report = check_text(text)
    assert html(report).count("<figure><svg ") == 2
    assert "> **Figure.** A network of 2 inputs and 1 output;" in markdown(report)
