from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.oracle import Case, checks
from tripos.graph import GraphError, exact, floats, grad, index, pad, size, sum, symbol, write
from tripos.graph.node import apply, as_dim
from tripos.graph.op import table
from tripos.graph.ops.slicing import Span


def place(x, at, shape):
    return apply(table["place"], x, at=at, shape=shape)


CASES = [
    Case("index", lambda x: x[1], lambda x: x[1], ((3, 2),), note="row"),
    Case("index", lambda x: x[2, 0], lambda x: x[2, 0], ((3, 2),), note="entry"),
    Case("index", lambda x: x[-1], lambda x: x[-1], ((3,),), note="from-the-end"),
    Case("index", lambda x: x[1:4:2], lambda x: x[1:4:2], ((5, 2),), note="step"),
    Case("index", lambda x: x[::-2, -1], lambda x: x[::-2, -1], ((4, 3),), note="backwards"),
    Case("index", lambda x: x[..., 1:], lambda x: x[..., 1:], ((2, 2, 3),), note="ellipsis"),
    Case(
        "place", lambda x: place(x, (1, 2), (2, 3)), lambda x: jnp.pad(x[None, None], ((1, 0), (2, 0))), ((),)
    ),
    Case("place", lambda x: place(x, (1,), (2, 3)), lambda x: jnp.stack([0 * x, x]), ((3,),), note="row"),
    Case(
        "place",
        lambda x: place(x, (0, Span(2, None, -2, 2)), (2, 3)),
        lambda x: jnp.stack([jnp.stack([x[1], 0 * x[0], x[0]]), jnp.zeros(3)]),
        ((2,),),
        note="slice",
    ),
    Case("pad", lambda x: pad(x, 1), lambda x: jnp.pad(x, 1), ((2, 3),)),
    Case("pad", lambda x: pad(x, [(2, 0)]), lambda x: jnp.pad(x, ((0, 0), (2, 0))), ((2, 3),), note="before"),
    Case(
        "pad",
        lambda x: pad(x, [0, (0, 1), 2]),
        lambda x: jnp.pad(x, ((0, 0), (0, 1), (2, 2))),
        ((1, 2, 2),),
        note="mixed",
    ),
]
CASES = [replace(case, orders=1) for case in CASES]  # all are linear


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


def ends(n):
    return st.none() | st.integers(-n, n)


@st.composite
def positions(draw):
    """An array's shape and what may stand in brackets behind it."""
    shape = tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=3)))
    count, dots = draw(st.integers(0, len(shape))), draw(st.booleans())
    steps = st.none() | st.integers(-3, 3).filter(bool)
    at = tuple(
        draw(st.integers(-n, n - 1) | st.builds(slice, ends(n), ends(n), steps))
        for n in (shape[len(shape) - count :] if dots else shape[:count])
    )
    return shape, (..., *at) if dots else at


@settings(max_examples=150, deadline=None)
@given(positions())
def test_brackets_mean_what_they_mean_in_numpy(case):
    shape, at = case
    if not np.zeros(shape)[at].size:
        with pytest.raises(GraphError, match=r"^index: .* is empty"):
            symbol("x", shape)[at]
        return
    x, values = symbol("x", shape), np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    part = x[at]
    assert part.shape == values[at].shape
    np.testing.assert_array_equal(floats(part, x=values), values[at])
    np.testing.assert_array_equal(exact(part, x=values).astype(float), values[at])
    weights = np.zeros(shape)
    weights[at] = 1
    np.testing.assert_array_equal(floats(grad(sum(part * part), x), x=values), 2 * values * weights)


def test_what_is_whole_stays():
    x = symbol("x", (2, 3))
    assert x[:] is x
    assert x[...] is x
    assert x[0:2, :] is x
    assert pad(x, 0) is x


def test_positions_from_the_end_are_those_from_the_start():
    x = symbol("x", (2, 3))
    assert x[-1] is x[1]
    assert x[:, -2:] is x[:, 1:3]
    assert index(x, (0, -1)) is x[0, 2]


@pytest.mark.parametrize(
    ("at", "text", "latex"),
    [
        ((slice(1, 4),), "x[2:4]", r"\mathbf{x}_{2:4}"),
        ((slice(None, None, 2),), "x[1:2:5]", r"\mathbf{x}_{1:2:5}"),
        ((slice(None, None, -1),), "x[5:−1:1]", r"\mathbf{x}_{5:-1:1}"),
        ((slice(3, 4),), "x[4:4]", r"\mathbf{x}_{4:4}"),
        ((-1,), "x₅", "x_{5}"),
    ],
)
def test_parts_are_written_as_on_paper_counted_from_one(at, text, latex):
    piece = write(symbol("x", 5)[at])
    assert (piece.text, piece.latex) == (text, latex)


def test_columns_and_zeros_are_written():
    W, g = symbol("W", (3, 4)), symbol("g")
    assert write(W[:, 1]).text == "W[:,2]"
    assert write(W[1:, 0]).latex == r"\mathbf{W}_{2:3,1}"
    assert write(grad(g * W[1, 2], W)).text == "place[2,3](g)"
    assert write(pad(W, 1)).text == "pad[1](W)"
    assert write(pad(W, [0, (1, 2)])).text == "pad[0,1|2](W)"


def test_sizes_may_be_symbols():
    n = size("n")
    x = symbol("x", n)
    assert x[1:].shape == x[:-1].shape == (as_dim(n - 1),)
    assert x[-2:].shape == (2,)
    assert x[:3].shape == (3,)
    assert x[::-1].shape == (n,)
    assert pad(x, [(1, 2)]).shape == (as_dim(n + 3),)
    assert grad(sum(pad(x, 1) ** 2), x).shape == (n,)
    assert [write(e).text for e in (x[1:], x[:-1], x[-2:], x[-1])] == [
        "x[2:end]",
        "x[1:end−1]",
        "x[end−1:end]",
        "x_end",
    ]
    values = np.arange(5.0)
    for part in (slice(1, None), slice(None, -1), slice(-2, None), slice(None, None, -1)):
        np.testing.assert_array_equal(floats(x[part], x=values), values[part])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda x: x[2], r"index: position 2 does not lie in axis 0 .* shape 2×3"),
        (lambda x: x[0, -4], r"index: position -4 does not lie in axis 1 .* shape 2×3"),
        (lambda x: x[0, 0, 0], r"index: 3 positions .* shape 2×3"),
        (lambda x: x["a"], r"index: positions are integers"),
        (lambda x: x[True], r"index: positions are integers"),
        (lambda x: x[None], r"index: positions are integers .* unsqueeze"),
        (lambda x: x[0.5:], r"index: positions are integers"),
        (lambda x: x[..., ...], r"index: only one ellipsis"),
        (lambda x: x[1:1], r"index: the slice 1:1 of axis 0 .* shape 2×3 is empty"),
        (lambda x: x[:, :4], r"index: the slice :4 reaches beyond axis 1 .* shape 2×3"),
        (lambda x: x[::0], r"index: the step of a slice is a whole number other than 0, found 0"),
        (lambda x: symbol("y", size("n"))[::2], r"index: the slice ::2 .* size n has no known size"),
        (lambda x: symbol("y", size("n"))[2:1], r"index: the slice 2:1 is empty"),
        (lambda x: pad(x, -1), r"pad: widths are non-negative integers"),
        (lambda x: pad(x, [(1, 2, 3)]), r"pad: widths are non-negative integers or pairs"),
        (lambda x: pad(x, [1, 1, 1]), r"pad: widths for 3 axes, .* shape 2×3"),
        (lambda x: floats(symbol("y", 3)[: size("k")], y=[1, 2, 3]), r"only where sizes are numbers"),
    ],
)
def test_what_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build(symbol("x", (2, 3)))
