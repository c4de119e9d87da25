from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.oracle import Case, checks
from tripos.graph import (
    GraphError,
    constant,
    embedding,
    exact,
    floats,
    grad,
    positional_encoding,
    size,
    symbol,
    write,
)
from tripos.graph import sum as total
from tripos.graph.node import apply
from tripos.graph.op import table


def taken(table, ids):
    return jnp.take(table, ids.astype(int), axis=0)


def sent(values, ids, n):
    return jnp.zeros((n, values.shape[-1])).at[ids.astype(int)].add(values)


def scatter(g, ids, n, padding=None):
    return apply(table["scatter"], g, ids, n=n, ndim=ids.ndim, padding=padding)


def angles(length, d):
    column = jnp.arange(d)
    return jnp.arange(length)[:, None] / 10_000 ** ((column - column % 2) / d)


def waves(length, d):
    """The formula of the paper, sines and cosines by the parity of the column."""
    return jnp.where(jnp.arange(d) % 2 == 0, jnp.sin(angles(length, d)), jnp.cos(angles(length, d)))


REAL_MASK = ("real", "mask")

CASES = [
    Case("embedding", embedding, taken, ((3, 2), (4,)), REAL_MASK),
    Case("embedding", embedding, taken, ((3, 2), ()), REAL_MASK, note="one"),
    Case("embedding", embedding, taken, ((2, 1), (2, 3)), REAL_MASK, note="batch"),
    Case(
        "embedding",
        lambda t, ids: embedding(t, ids, padding=-2),
        lambda t, ids: taken(t.at[1].set(0), ids),
        ((3, 2), (4,)),
        REAL_MASK,
        note="padding",
    ),
    Case("scatter", lambda g, i: scatter(g, i, 3), lambda g, i: sent(g, i, 3), ((4, 2), (4,)), REAL_MASK),
    Case(
        "scatter",
        lambda g, i: scatter(g, i, 2, 0),
        lambda g, i: sent(g, i, 2).at[0].set(0),
        ((2, 3, 2), (2, 3)),
        REAL_MASK,
        note="padding",
    ),
    Case("positional_encoding", lambda: positional_encoding(3, 4), lambda: waves(3, 4), ()),
    Case("positional_encoding", lambda: positional_encoding(4, 3), lambda: waves(4, 3), (), note="odd"),
]
CASES = [replace(case, orders=1) for case in CASES]  # all are linear


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.integers(1, 3), st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_rows_are_those_of_the_table_and_their_slopes_add_up(n, d, ids):
    ids = [i % n for i in ids]
    values = np.random.default_rng(n).normal(size=(n, d))
    E = symbol("E", (n, d))
    np.testing.assert_array_equal(floats(embedding(E, ids), E=values), values[ids])
    slope = floats(grad(total(embedding(E, ids) ** 2), E), E=values)
    np.testing.assert_allclose(slope, 2 * values * np.bincount(ids, minlength=n)[:, None])


def test_gradients_are_written_with_one_hot_rows():
    E, ids, c = symbol("E", (3, 2)), symbol("w", 4), symbol("C", (4, 2))
    assert write(embedding(E, ids)).text == "embedding(E, w)"
    assert write(grad(total(embedding(E, ids) * c), E)).text == "onehot(w)ᵀ C"
    assert write(grad(total(embedding(E, 1) * c[0]), E)).text == "e₂ C₁ᵀ"
    assert write(grad(total(embedding(E, [[0, 1]]) * c[:2]), E)).text.startswith("scatter(")
    assert write(grad(total(embedding(E, ids, padding=0) * c), E)).text == "scatter(C, w)"


def test_large_tables_take_no_product():
    node = embedding(symbol("E", (50_000, 8)), [7, 49_999])
    values = np.arange(400_000.0).reshape(50_000, 8)
    np.testing.assert_array_equal(floats(node, E=values), values[[7, 49_999]])


def test_exact_angles_are_closed_forms():
    assert [[str(v) for v in row] for row in exact(positional_encoding(2, 4))] == [
        ["0", "1", "0", "1"],
        ["sin(1)", "cos(1)", "sin(1/100)", "cos(1/100)"],
    ]
    assert str(exact(positional_encoding(2, 4, base=100))[1, 2]) == "sin(1/10)"


def test_a_step_further_is_a_rotation_whatever_the_position():
    """PE(p + 1) is a fixed rotation of PE(p), the reason that the authors give for the choice."""
    waves = floats(positional_encoding(50, 6))
    pairs = waves.reshape(50, 3, 2)
    angle = 10_000.0 ** (-np.arange(3) / 3)
    turned = np.stack(
        [
            pairs[:-1, :, 0] * np.cos(angle) + pairs[:-1, :, 1] * np.sin(angle),
            pairs[:-1, :, 1] * np.cos(angle) - pairs[:-1, :, 0] * np.sin(angle),
        ],
        -1,
    )
    np.testing.assert_allclose(pairs[1:], turned, atol=1e-12)


def test_many_positions_keep_their_digits():
    np.testing.assert_allclose(floats(positional_encoding(4000, 8)), waves_in_numpy(4000, 8), atol=1e-9)


def waves_in_numpy(length, d):
    i = np.arange(d)
    angle = np.arange(length)[:, None] / np.power(10_000.0, (i - i % 2) / d)
    return np.where(i % 2 == 0, np.sin(angle), np.cos(angle))


def test_sizes_may_be_symbols():
    n, d = size("n d")
    assert embedding(symbol("E", (n, d)), symbol("w", (2, n))).shape == (2, n, d)
    assert positional_encoding(n, d).shape == (n, d)
    assert write(positional_encoding(n, 4)).text == "PE(n, 4)"
    assert write(positional_encoding(n, 4, base=100)).text == "PE[100](n, 4)"


E = symbol("E", (3, 2))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: embedding([0, 1], E), r"embedding: the table .* its shape is 2"),
        (lambda: embedding(E, [0, 3]), r"embedding: ids are whole numbers from 0 to 2, .* found 3"),
        (lambda: embedding(E, -1), r"embedding: ids are whole numbers from 0 to 2, .* found -1"),
        (lambda: embedding(E, [0.5]), r"embedding: ids are whole numbers from 0 to 2, .* found 0.5"),
        (lambda: floats(embedding(constant([[1]]), symbol("w", 1)), w=[1]), r"from 0 to 0, .* found 1"),
        (lambda: embedding(E, 0, padding=3), r"embedding: padding is one of the 3 rows .* found 3"),
        (lambda: embedding(E, 0, padding=True), r"embedding: padding is one of the 3 rows"),
        (lambda: positional_encoding(0, 4), r"positional_encoding: length is a positive integer, found 0"),
        (lambda: positional_encoding(4, 2.5), r"positional_encoding: d is a positive integer"),
        (lambda: positional_encoding(4, 4, base=0), r"positional_encoding: base is a positive number"),
    ],
)
def test_what_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build()
