"""Receptive fields, against the entries of the Jacobian that are not zero."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.graph import (
    GraphError,
    Program,
    attention,
    avg_pool2d,
    concat,
    contract,
    conv1d,
    conv2d,
    conv_transpose1d,
    exact,
    expand,
    flatten,
    grad,
    max_pool1d,
    max_pool2d,
    named,
    pad,
    relu,
    reshape,
    size,
    softmax,
    stack,
    symbol,
    tanh,
    write,
)
from tripos.graph import sum as total
from tripos.graph.node import free_symbols
from tripos.graph.receptive import Field, receptive_field
from tripos.graph.spaces import numpy as space

x = symbol("x", (12,))
image = symbol("I", (2, 11, 11))
square = symbol("S", (2, 2, 3, 3))
H, W, k, s, p = size("H W k s p")


def support(output, unit, input, draws=12):
    """Return, along each axis of the input, the first entry that a unit depends on and one past the last."""
    slope = grad(output[unit], input)
    leaves = free_symbols(slope)
    program = Program([slope], space, kernels=True)
    rng = np.random.default_rng(0)
    seen = np.zeros(input.shape, dtype=bool)
    for _ in range(draws):  # a maximum follows one entry at a time
        seen |= program({n: rng.normal(size=n.shape) for n in leaves})[0] != 0
    return [(int(hit.min()), int(hit.max()) + 1) for hit in np.nonzero(seen)] if seen.any() else []


def spans(fields, unit, shape):
    """Return what fields say about a unit: the first entry that it may see, and the one after the last."""
    out = []
    for axis, (field, n) in enumerate(zip(fields, shape, strict=True)):
        start = field.start + field.jump * unit[axis]
        out.append((0, n) if field.whole else (max(start, 0), min(start + field.size, n)))
    return out


def test_a_convolution_and_a_pooling():
    """A window of 3, then one of 3 with stride 2: 5×5, as everyone computes it."""
    maps = max_pool2d(conv2d(image, square), 3, 2)
    assert receptive_field(maps, image)[1:] == (Field(5, 2, 0), Field(5, 2, 0))
    assert receptive_field(maps, image)[0].whole


def test_known_fields():
    """VGG-16's convolutional part sees 212×212 with jump 32 (Araujo et al., 2019)."""
    h, field = symbol("x", (1, 1000)), symbol("v", (1, 1, 3))
    for block in (2, 2, 3, 3, 3):
        for _ in range(block):
            h = relu(conv1d(h, field, padding=1))
        h = max_pool1d(h, 2)
    assert receptive_field(h, symbol("x", (1, 1000)))[1] == Field(212, 32, -90)


@st.composite
def stacks(pick):
    """Return a stack of windows along one axis that fits an input of 40 entries, with weights of its own."""
    h = symbol("x", (1, 40))
    for i in range(pick(st.integers(1, 4))):
        n, kind = h.shape[-1], pick(st.sampled_from(["conv", "conv", "max", "pad", "residual", "tanh"]))
        if kind == "conv":
            kernel, dilation = pick(st.integers(1, 4)), pick(st.integers(1, 2))
            padding, stride = pick(st.integers(0, 2)), pick(st.integers(1, 3))
            if dilation * (kernel - 1) + 1 > n:
                continue
            h = conv1d(h, symbol(f"K{i}", (1, 1, kernel)), stride, padding, dilation)
        elif kind == "max" and n > 3:
            h = max_pool1d(h, pick(st.integers(1, 3)), pick(st.integers(1, 3)))
        elif kind == "pad":
            h = pad(h, [(0, 0), (pick(st.integers(0, 2)), pick(st.integers(0, 2)))])
        elif kind == "residual":
            h = h + conv1d(h, symbol(f"R{i}", (1, 1, 3)), padding=1)
        else:
            h = tanh(h)
    return h, pick(st.integers(0, h.shape[-1] - 1))


@given(stacks())
@settings(max_examples=60, deadline=None)
def test_the_field_is_the_support_of_the_jacobian(case):
    h, unit = case
    sequence = symbol("x", (1, 40))
    field = receptive_field(h, sequence)[1]
    first = field.start + field.jump * unit
    found = support(h, (0, unit), sequence)
    if found:  # else the unit lies in the padding
        assert first <= found[1][0] < found[1][1] <= first + field.size
    if first >= 0 and first + field.size <= 40 and "pool" not in write(h).text:
        assert found[1] == (first, first + field.size)


@pytest.mark.parametrize("unit", [(0, 0, 0), (1, 1, 2), (0, 2, 1)])
@pytest.mark.parametrize(
    "build",
    [
        lambda: conv2d(image, square, stride=2),
        lambda: conv2d(image, square, padding=1, stride=3),
        lambda: max_pool2d(image, 3, 2),
        lambda: avg_pool2d(conv2d(image, square), 2),
        lambda: conv2d(image, symbol("F", (2, 2, 3, 2)), stride=(2, 1), dilation=(1, 3)),
        lambda: tanh(image) + relu(image),
        lambda: contract("cij,ck->kij", image, symbol("A", (2, 4))),
        lambda: image * symbol("g", (2, 1, 1)),
        lambda: conv2d(conv2d(image, square), square) + conv2d(image, symbol("B", (2, 2, 5, 5))),
    ],
)
def test_of_an_image(build, unit):
    maps = build()
    fields = receptive_field(maps, image)
    expected = spans(fields, unit, image.shape)
    assert support(maps, unit, image, draws=60) == expected


@pytest.mark.parametrize(
    ("node", "input", "sizes"),
    [
        (x, x, [1]),
        (named(tanh(x), "h"), x, [1]),
        (expand(x, (5, 12)), x, [1]),
        (stack(x, 2 * x), x, [1]),
        (softmax(x), x, [12]),
        (total(x), x, [12]),
        (symbol("M", (4, 12)) @ x, x, [12]),
        (flatten(image), image, [2, 11, 11]),
        (reshape(image, (2, 121)), image, [1, 11, 11]),
        (reshape(image, (1, 2, 11, 11)), image, [1, 1, 1]),
        (softmax(image), image, [1, 1, 11]),
        (contract("cij->ij", image), image, [2, 1, 1]),
        (contract("cij->jci", image), image, [1, 1, 1]),
        (concat(image, image), image, [2, 1, 1]),
        (symbol("A", (5, 5)) + symbol("A", (5, 5)).T, symbol("A", (5, 5)), [5, 5]),
    ],
    ids=repr,
)
def test_what_mixes_and_what_does_not(node, input, sizes):
    assert [field.size for field in receptive_field(node, input)] == sizes


def test_a_path_round_a_window_joins_it():
    """A residual block sees what its longer branch sees; branches of other jumps see everything."""
    sequence, kernel = symbol("x", (1, 20)), symbol("K", (1, 1, 3))
    block = sequence + conv1d(conv1d(sequence, kernel, padding=1), kernel, padding=1)
    assert receptive_field(block, sequence)[1] == Field(5, 1, -2)
    shifted = conv1d(sequence, kernel, padding=2) + pad(sequence, [(0, 0), (0, 2)])
    assert receptive_field(shifted, sequence)[1] == Field(3, 1, -2)
    twice = pad(sequence, [(0, 0), (0, 0)])[:, 0:10] + max_pool1d(sequence, 2)
    assert receptive_field(twice, sequence)[1].whole


def test_attention_sees_everything_and_rows_only_themselves():
    tokens, A = symbol("X", (7, 4)), symbol("A", (4, 4))
    rows = relu(contract("ti,io->to", tokens, A))
    assert receptive_field(rows, tokens) == (Field(1, 1, 0), Field(4, 0, 0, True))
    mixed = attention(tokens, tokens, rows)
    assert all(field.whole for field in receptive_field(mixed, tokens))


@pytest.mark.parametrize(
    ("kernel", "stride", "padding"), [(2, 2, 0), (3, 2, 1), (4, 2, 1), (5, 3, 0), (3, 1, 1)]
)
def test_transposed_convolutions_see_a_fraction(kernel, stride, padding):
    sequence = symbol("x", (1, 8))
    up = conv_transpose1d(sequence, symbol("U", (1, 1, kernel)), stride, padding)
    field = receptive_field(up, sequence)[1]
    assert field.jump == Fraction(1, stride)
    most = max(b - a for a, b in (support(up, (0, i), sequence, 1)[1] for i in range(up.shape[1])))
    assert field.size == most
    down = conv1d(up, symbol("D", (1, 1, 3)), padding=1)
    most = max(b - a for a, b in (support(down, (0, i), sequence, 1)[1] for i in range(down.shape[1])))
    assert receptive_field(down, sequence)[1].size == most


def test_symbolic_windows():
    """A window of k, then one of 3 with stride s: k + 2 entries; then one of 2: another s."""
    picture = symbol("J", (1, H, W))
    first = conv2d(picture, symbol("F", (1, 1, k, k)), padding=p)
    second = conv2d(first, symbol("G", (1, 1, 3, 3)), stride=s)
    third = conv2d(second, symbol("L", (1, 1, 2, 2)))
    assert [write(n).text for n in receptive_field(first, picture)[1][:3] if n != 1] == ["k", "−p"]
    assert [write(n).text for n in receptive_field(second, picture)[2][:2]] == ["k + 2", "s"]
    assert write(receptive_field(third, picture)[2].size).text == "k + s + 2"
    assert receptive_field(flatten(third), picture)[2] == Field(W, 0, 0, True)
    odd = symbol("A", (1, 1, 2 * p + 1, 2 * p + 1))
    both = conv2d(picture, odd, padding=p) + relu(picture)
    assert [write(n).text for n in receptive_field(both, picture)[1][:3] if n != 1] == ["2p + 1", "−p"]
    other = conv2d(picture, symbol("C", (1, 1, 2 * k + 1, 2 * k + 1)), padding=k)
    found = receptive_field(conv2d(picture, odd, padding=p) + other, picture)[1]
    assert exact(found.size, k=3, p=2) == exact(found.size, k=2, p=3) == 7
    assert exact(found.start, k=3, p=2) == exact(found.start, k=2, p=3) == -3


def test_what_does_not_depend_on_the_input():
    with pytest.raises(GraphError, match="relu\\(y\\) does not depend on x"):
        receptive_field(relu(symbol("y", 3)), x)
