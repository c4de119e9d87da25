import numpy as np
import pytest

from tripos.graph import (
    GraphError,
    absolute,
    cross_entropy,
    exp,
    log,
    named,
    relu,
    sigmoid,
    softmax,
    symbol,
    tanh,
)
from tripos.graph import sum as total
from tripos.graph.hazards import ambiguous, kept, overwrites, stored

X, Y = symbol("x", 3), symbol("y", 3)
W, V = symbol("W", (2, 3)), symbol("V", (2, 2))


@pytest.mark.parametrize(
    ("node", "inputs", "output"),
    [
        (X + Y, (), False),
        (-X, (), False),
        (3 * X, (), False),  # the constant is no stored value
        (X * Y, (0, 1), False),
        (X / Y, (0, 1), False),
        (W @ X, (0, 1), False),
        (exp(X), (), True),
        (tanh(X), (), True),
        (sigmoid(X), (), True),
        (softmax(X), (), True),
        (log(X), (0,), False),
        (relu(X), (0,), False),
        (X**2, (0,), False),
        (absolute(X), (0,), False),
        (total(X), (), False),
        (W.T, (), False),
    ],
    ids=str,
)
def test_what_a_derivative_reads(node, inputs, output):
    assert kept(node) == (inputs, output)


def test_an_argument_without_derivative_costs_nothing():
    assert kept(W @ X, [W]).inputs == (1,)
    assert kept(X * Y, [X]).inputs == (1,)


@pytest.mark.parametrize(
    ("node", "words"),
    [(X + Y, "nothing"), (exp(X), "its output"), (log(X), "its input"), (X * Y, "its inputs")],
)
def test_it_says_so_in_words(node, words):
    assert str(kept(node)) == words


def test_a_forward_pass_stores_what_backward_reads():
    z = named(W @ X, "z")
    h = named(tanh(z), "h")
    s = named(V @ h, "s")
    loss = cross_entropy(s, 1)
    # ∂L/∂s = softmax(s) − t reads s; ∂L/∂V reads h; tanh reads its output h; ∂L/∂W reads x.  z is free.
    assert {n.name for n in stored(loss, [W, V])} >= {"x", "h", "s", "V"}
    assert "z" not in {n.name for n in stored(loss, [W, V])}
    # Without a derivative with respect to W nothing below h is needed.
    assert {n.name for n in stored(loss, [V])} == {"h", "s"}


def test_half_a_square_in_place_breaks_its_own_gradient():
    x = symbol("x")
    y = named(x**2 / 2, "y")
    (found,) = overwrites(y, [x], {x: y})
    value = float(found.witness[x])
    assert found.breaks
    assert found.right == pytest.approx(value)  # d(½x²)/dx = x
    assert found.wrong == pytest.approx(value**2 / 2)  # what memory holds instead
    assert "must not overwrite x" in str(found)


def test_a_sine_in_place_breaks_its_gradient_and_cannot_be_mended():
    from tripos.graph import sin

    x = symbol("x")
    y = named(sin(x), "y")
    assert overwrites(3 * y, [x], {x: y})[0].breaks
    found = ambiguous(sin)
    a, b = found.inputs
    assert np.sin(a) == pytest.approx(np.sin(b))
    assert np.cos(a) == pytest.approx(-np.cos(b))  # the output tells the cosine up to its sign
    assert found.derivatives == pytest.approx((np.cos(a), np.cos(b)))


@pytest.mark.parametrize("function", [tanh, sigmoid, exp])
def test_where_the_output_tells_the_derivative_writing_in_place_is_safe(function):
    z = named(W @ X, "z")
    h = named(function(z), "h")
    (found,) = overwrites(total(h), [W], {z: h})
    assert not found.breaks
    assert not found.read
    assert ambiguous(function) is None


def test_relu_reads_its_input_but_only_the_sign_that_its_output_has_too():
    z = named(W @ X, "z")
    (found,) = overwrites(total(relu(z)), [W], {z: relu(z)})
    assert found.read
    assert not found.breaks
    assert "all the same" in str(found)


def test_each_gradient_is_judged_apart():
    z = named(W @ X, "z")
    y = named(z**2, "y")
    found = {o.wrt: o.breaks for o in overwrites(total(V @ y), [W, V], {z: y})}
    assert found == {W: True, V: False}


def test_a_chain_of_writes_leaves_the_last_value():
    x = symbol("x")
    a = named(exp(x), "a")
    b = named(a**2, "b")
    found = {o.lost: o for o in overwrites(3 * b, [x], {x: a, a: b})}
    # exp's derivative reads its output a, and the square's its input a; x itself is not read.
    assert found[a].breaks
    assert not found[x].breaks
    value = float(found[a].witness[x])
    assert found[a].right == pytest.approx(6 * np.exp(2 * value))
    assert found[a].wrong == pytest.approx(6 * np.exp(4 * value))  # both reads find b = a²


def test_a_witness_of_large_arrays_names_the_entry_that_is_worst():
    wide, inputs = symbol("W_1", (4, 3)), symbol("x", 3)
    z = named(wide @ inputs, "z")
    y = named(z**2, "y")
    (found,) = overwrites(total(y), [wide], {z: y})
    row, column = np.unravel_index(np.abs(found.right - found.wrong).argmax(), (4, 3))
    text = str(found)
    assert text.startswith("y must not overwrite z: at ")
    assert f"1 larger array, in entry {row + 1}, {column + 1}, the derivative with respect to W₁ is" in text
    assert text.endswith(f"came out as {found.wrong[row, column]:.4f}".rstrip("0"))


def test_a_square_of_even_inputs_is_ambiguous_and_a_cube_is_not():
    found = ambiguous(lambda x: x**2)
    assert found.inputs[0] == pytest.approx(-found.inputs[1])
    assert found.derivatives[0] == pytest.approx(-found.derivatives[1])
    assert ambiguous(lambda x: x**3) is None


def test_a_value_that_is_still_read_cannot_be_overwritten():
    z = named(W @ X, "z")
    h = named(tanh(z), "h")
    with pytest.raises(GraphError, match=r"after h has overwritten it"):
        overwrites(total(h) + total(exp(z)), [W], {z: h})


def test_only_a_value_of_the_same_shape_takes_the_memory():
    z = named(W @ X, "z")
    with pytest.raises(GraphError, match=r"cannot take the memory of z \(2\)"):
        overwrites(total(z), [W], {z: total(z)})
