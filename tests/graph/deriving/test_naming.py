import pytest

from tripos.graph import cross_entropy, log, named, nll, relu, sigmoid, size, softmax, symbol, tanh, write
from tripos.graph import sum as total
from tripos.graph.deriving.naming import with_names
from tripos.graph.node import schedule

d, k, m = size("d k m")
a, b, y = symbol("a"), symbol("b"), symbol("y")
w, x, v = symbol("w", d), symbol("x", d), symbol("v", m)
W, V, c = symbol("W", (m, d)), symbol("V", (k, m)), symbol("c", m)


def given(of, *wrt):
    """Return the lines that a formula becomes, in order."""
    new = with_names(schedule([of]), wrt)
    lines = [n for n in new.values() if n.name is not None and n.args]
    return "; ".join(f"{write(n).text} = {write(n, own_name=False).text}" for n in lines)


@pytest.mark.parametrize(
    ("of", "wrt", "lines"),
    [
        (nll(sigmoid(w @ x + b), 1), [w], "z = wᵀ x + b; L = −log σ(z)"),
        (
            cross_entropy(V @ tanh(W @ x + c), y),
            [W, V],
            "z₁ = W x + c; h = tanh(z₁); z₂ = V h; L = −e_yᵀ log softmax(z₂)",
        ),
        (-log(softmax(V @ c)[y]), [V], "z = V c; p = softmax(z); L = −log(p_y)"),
        ((v @ relu(W @ x) - y) ** 2, [W], "z = W x; h = relu(z); L = (vᵀ h − y)²"),
        # Trivial ones get no name.
        ((tanh(a) - y) ** 2, [a], "L = (tanh(a) − y)²"),
        (sigmoid(2 * a) * b, [a], "p = σ(2a); L = p b"),
        (v @ tanh(-c), [c], "h = tanh(−c); L = vᵀ h"),
        # Only what lies between gets one.
        (v @ relu(W @ x), [v], "L = vᵀ relu(W x)"),
        # Matrices are capitals.
        (total(softmax(symbol("X", (m, d)) @ W.T)), [W], "Z = X Wᵀ; P = softmax(Z); L = Σ P"),
    ],
)  # fmt: skip
def test_what_a_person_names(of, wrt, lines):
    assert given(of, *wrt) == lines


def test_what_has_a_name_keeps_it():
    h = named(tanh(W @ x), "h")
    assert given(named(v @ h, "E"), W) == "z = W x; h = tanh(z); E = vᵀ h"


def test_pre_activations_are_numbered_like_what_is_made_of_them():
    h0 = symbol("h0", m)
    U = symbol("U", (m, m))
    h1 = named(tanh(U @ h0 + c), "h1")
    h2 = named(tanh(U @ h1 + c), "h_2")
    assert given(total(h2), U) == "z₁ = U h₀ + c; h₁ = tanh(z₁); z₂ = U h₁ + c; h₂ = tanh(z₂); L = Σ h₂"


def test_a_scalar_gate_with_a_name_needs_none_before_it():
    f = named(sigmoid(a * y + b), "f")
    assert given(f * a, y) == "f = σ(a y + b); L = f a"
    g = named(sigmoid(a * y * y + b), "g")
    assert given(g, y) == "z = a y y + b; g = σ(z)"


def test_a_value_that_is_shifted_is_not_named_on_the_way():
    h = named(sigmoid(a * y) - b, "h")
    assert given(h * h, a) == "z = a y; h = σ(z) − b; L = h²"


def test_names_that_are_taken_are_not_given():
    z, loss = symbol("z"), symbol("L")
    lines = given(nll(sigmoid(w @ x + z), 1) * loss, w)
    assert lines == "z₁ = wᵀ x + z; L₁ = −log σ(z₁) · L"
    assert given(
        nll(sigmoid(symbol("u", size("z")) @ symbol("v", size("z"))), 1), symbol("u", size("z"))
    ).startswith("z₁")


def test_a_large_part_that_is_used_twice_gets_a_name():
    part = W @ x + c
    assert given(total(part * part * c) + part @ part, W) == "u = W x + c; L = Σ u ⊙ u ⊙ c + uᵀ u"
    assert given((a + b) ** 2 * (a + b), a) == "L = (a + b)² (a + b)"
