import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from press.worked import final, hostile
from tripos.press.selection import select
from tripos.press.terminal import mathematics, print_report, unicode


def printed(report, width=100, **kwargs):
    out = io.StringIO()
    print_report(report, Console(file=out, width=width, color_system=None), **kwargs)
    return out.getvalue()


def lines(text):
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_lines_of_the_step_are_printed_as_the_design_shows_them():
    shown = lines(printed(select(final(), "sgd")))
    for line in (
        "III.1.3 One step of SGD 8 points",
        "L = −log σ(z) = −log σ(0) = log 2 ≈ 0.693",
        "∂L/∂z = σ(z) − 1 = σ(0) − 1 = 1/2 − 1 = −1/2",
        "∂L/∂w_out = ∂L/∂z · h = −1/2 · [1 0 0 1]ᵀ = [−1/2 0 0 −1/2]ᵀ",
        "w_new = w_out − η · ∂L/∂w_out = [1 2 3 4]ᵀ − [−1/2 0 0 −1/2]ᵀ = [3/2 2 3 9/2]ᵀ",
        "b_new = b_out − η · ∂L/∂b_out = −5 − (−1/2) = −9/2",
    ):
        assert line in shown


def test_only_the_working_is_printed_of_a_blank():
    text = printed(select(final(), "sgd", "b_new"), text=False)
    assert "b_new" in text
    assert "w_new" not in text
    assert "fully connected" not in text


def test_what_is_wrong_with_the_source_is_told_apart():
    shown = " ".join(printed(final()).split())
    assert "Note on the source: The printed solution does not say which word receives the most" in shown
    assert "Erratum: The published key says b_new = 5.5; the graph says −9/2. A slip" in shown


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_nothing_is_wider_than_the_terminal(width):
    assert max(cell_len(line.rstrip()) for line in printed(final(), width).splitlines()) <= width


def test_no_latex_is_left():
    text = printed(final())
    assert "$" not in text
    for command in (r"\frac", r"\mathbf", r"\text", r"\begin", r"\times", r"\tanh"):
        assert command not in text


def test_markup_of_the_console_is_not_obeyed():
    assert "<script>alert(8)</script>" in printed(hostile())


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\mathbf h_1", "h₁"),
        ("x^2", "x²"),
        (r"\sigma(z)", "σ(z)"),
        ("x_{10}", "x₁₀"),
        (r"54 \times 54", "54×54"),
    ],
)
def test_mathematics_in_unicode(latex, text):
    assert mathematics(latex).replace(" ", "") == text


def test_text_between_dollars_only_is_mathematics():
    assert unicode("It costs 5 $ or $x^2$.") == "It costs 5 $ or x²."


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        (r"\tfrac12 x", "1/2 x"),
        (r"\dfrac{a}{b}", "a/b"),
        (r"\frac{1}{1+e^{-s}}", "1/(1+e^(−s))"),
        (r"\frac{\partial L}{\partial h^{(t)}}", "∂L/(∂h^(t))"),
        (r"\partial L/\partial\mathbf W", "∂L/∂W"),
        (r"\left\lfloor\frac{n}{s}\right\rfloor", "⌊n/s⌋"),
        (r"\frac{\lambda}{2}\|\mathbf w\|^2", "λ/2‖w‖²"),
        (r"\mathbf x^\top \mathbf y", "xᵀ y"),
        (r"\theta\in\mathbb R", "θ ∈ ℝ"),
        (r"e^{a_i}", "e^(a_i)"),
        (r"\det A", "det A"),
    ],
)
def test_a_line_of_text_means_what_the_formula_means(latex, plain):
    assert mathematics(latex) == plain
