import json
import re

import pytest
from latex2mathml.converter import convert

from tripos.graph import log, named, sigmoid, size, softmax, symbol, tanh
from tripos.graph.deriving.agreement import agreement
from tripos.graph.deriving.derivation import derivation
from tripos.press.derivation import as_json, latex, terminal

d, k = size("d k")
w, x, b = symbol("w", d), symbol("x", d), symbol("b")
SMALL = derivation(-log(sigmoid(w @ x + b)), [w, b])
LARGE = derivation(
    -log(softmax(symbol("V", (k, d)) @ named(tanh(symbol("W", (d, d)) @ x + w), "hidden"))[symbol("y")]),
    [symbol("W", (d, d)), w],
)


def test_in_the_terminal():
    assert terminal(SMALL, agreement(SMALL)) == (
        "Forward\n"
        "    z = wᵀ x + b   scalar\n"
        "    L = −log σ(z)  scalar\n"
        "Backward\n"
        "    ∂L/∂z = σ(z) − 1   scalar  chain rule through log sigmoid\n"
        "    ∂L/∂w = ∂L/∂z · x  d       chain rule through the product\n"
        "          = (σ(z) − 1) x\n"
        "          = (σ(wᵀ x + b) − 1) x\n"
        "    ∂L/∂b = ∂L/∂z      scalar  chain rule through the sum\n"
        "          = σ(z) − 1\n"
        "          = σ(wᵀ x + b) − 1\n"
        "Agrees with finite differences at 12 random points with d = 3.\n"
    )


@pytest.mark.parametrize("width", [200, 100, 72, 60, 50])
def test_nothing_is_wider_than_the_terminal_and_nothing_is_lost(width):
    text = terminal(LARGE, agreement(LARGE), width)
    assert all(len(row) <= width for row in text.splitlines()[:-1])
    for line in LARGE.lines:
        for part in (line.symbol.text, line.rule, *(f"= {p.text[:20]}" for p in line.stages)):
            assert _squeezed(part) in _squeezed(text)


def _squeezed(text):
    return re.sub(r"\s", "", text)


def test_in_latex():
    text = latex(SMALL)
    assert text.startswith("\\begin{align*}\n  z &= {\\mathbf{w}}^\\top\\,\\mathbf{x} + b \\\\\n")
    assert text.endswith("\n\\end{align*}\n")
    assert text.count("&=") == len(SMALL.lines)
    for row in text.splitlines()[1:-1]:
        convert(row.replace("&", "").removesuffix(r" \\"))  # is mathematics


def test_as_data():
    data = as_json(SMALL, agreement(SMALL))
    assert json.loads(json.dumps(data)) == data
    assert data["of"] == {"text": "L", "latex": "L"}
    assert [line["kind"] for line in data["lines"]] == [
        "forward",
        "forward",
        "adjoint",
        "gradient",
        "gradient",
    ]
    last = data["lines"][-2]
    assert last["name"]["text"] == "∂L/∂w"
    assert [e["text"] for e in last["expressions"]] == ["∂L/∂z · x", "(σ(z) − 1) x", "(σ(wᵀ x + b) − 1) x"]
    assert (last["shape"], last["rule"]) == ("d", "chain rule through the product")
    assert data["agreement"]["points"] == 12
    assert data["agreement"]["sizes"] == {"d": 3}
