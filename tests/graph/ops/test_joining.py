from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.oracle import Case, checks
from tripos.graph import GraphError, chunk, concat, exact, floats, grad, lift, size, split, sum, symbol, write

CASES = [
    Case("concat", concat, lambda *x: jnp.concatenate(x), ((2,), (3,), (1,))),
    Case("concat", concat, lambda *x: jnp.concatenate(x), ((2, 3), (1, 3)), note="rows"),
    Case(
        "concat",
        lambda *x: concat(*x, axis=1),
        lambda *x: jnp.concatenate(x, 1),
        ((2, 3), (2, 1)),
        note="columns",
    ),
    Case(
        "concat",
        lambda *x: concat(*x, axis=-2),
        lambda *x: jnp.concatenate(x, -2),
        ((2, 1, 2), (2, 2, 2)),
        note="middle",
    ),
]
CASES = [replace(case, orders=1) for case in CASES]  # all are linear


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


def test_columns_of_numbers_are_written_as_one_and_other_vectors_apart():
    assert write(concat([1, 2], [3])).text == "[1 2 3]ᵀ"
    assert write(concat([1], lift([2]) + [3])).text == "[[1]ᵀ; [2]ᵀ + [3]ᵀ]"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.integers(-2, 1))
def test_split_undoes_concat(sizes, axis):
    shapes = [(n, 2) if axis % 2 == 0 else (2, n) for n in sizes]
    parts = [symbol(f"x{i}", shape) for i, shape in enumerate(shapes)]
    values = {f"x{i}": np.random.default_rng(i).normal(size=shape) for i, shape in enumerate(shapes)}
    back = split(concat(*parts, axis=axis), sizes, axis)
    for i, part in enumerate(back):
        assert part.shape == shapes[i]
        np.testing.assert_array_equal(
            floats(part, **values) if len(parts) > 1 else values["x0"], values[f"x{i}"]
        )


@pytest.mark.parametrize(("n", "size"), [(6, 2), (7, 3), (2, 5)])
def test_split_by_a_size_and_chunk_cut_as_numpy_does(n, size):
    values = np.arange(2.0 * n).reshape(n, 2)
    x = symbol("x", values.shape)
    want = np.split(values, range(size, n, size))
    got = split(x, size)
    for one, other in zip(got, want, strict=True):
        np.testing.assert_array_equal(floats(one, x=values) if len(want) > 1 else values, other)
    assert split(x, size) == chunk(x, -(-n // size))


def test_chunk_cuts_parts_of_one_size_as_pytorch_does():
    assert [part.shape[0] for part in chunk(symbol("x", 10), 4)] == [3, 3, 3, 1]
    assert [part.shape[0] for part in chunk(symbol("x", 5), 4)] == [2, 2, 1]  # three parts, not four
    assert [part.shape for part in chunk(symbol("x", (2, 4)), 2, axis=-1)] == [(2, 2), (2, 2)]


def test_the_parts_of_a_gradient_are_slices_even_with_symbolic_sizes():
    d, k = size("d k")
    h, x, c = symbol("h", d), symbol("x", k), symbol("c", d + k)
    at_h, at_x = grad(sum(concat(h, x) ** 2 * c), [h, x])
    assert (at_h.shape, at_x.shape) == ((d,), (k,))
    assert write(at_h).text.endswith("[1:d]")
    assert write(at_x).text.endswith("[d + 1:d + k]")
    assert concat(symbol("a", 1), c[1:]).shape == (d + k,)
    assert [part.shape for part in split(c, [d, k])] == [(d,), (k,)]


def test_vectors_are_written_one_below_the_other():
    h, x = symbol("h", 2), symbol("x", 3)
    assert write(concat(h, x)).text == "[h; x]"
    assert write(concat(h, x)).latex == r"\begin{bmatrix} \mathbf{h} \\ \mathbf{x} \end{bmatrix}"
    assert write(concat(lift([1, 2]), lift([3]))).text == "[1 2 3]ᵀ"
    assert write(concat(symbol("A", (2, 2)), symbol("B", (2, 1)), axis=1)).text == "concat[2](A, B)"


def test_lists_are_joined_and_one_part_stays():
    x = symbol("x", 2)
    assert exact(concat([1, 2], [3])).tolist() == [1, 2, 3]
    assert concat(x) is x


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda x: concat(x, symbol("y", (2, 4))), r"concat: .* but the first, found 2×3, 2×4"),
        (lambda x: concat(x, symbol("y", (3, 3)), axis=1), r"concat: .* but axis 1, found 2×3, 3×3"),
        (lambda x: concat(x, symbol("y", 3)), r"concat: .* 2×3, 3"),
        (lambda x: concat(symbol("s"), x), r"concat: .* scalar, 2×3"),
        (lambda x: concat(x, x, axis=2), r"concat: there is no axis 2 in an array of shape 2×3"),
        (lambda x: concat(), r"concat: nothing"),
        (lambda x: split(x, [1, 1], 1), r"split: the sizes 1 \+ 1 do not add up to the 3 entries of axis 1"),
        (lambda x: split(x, [3, -1]), r"split: a size is a positive integer .* found -1"),
        (lambda x: split(x, 0), r"split: the size of a part is a positive integer"),
        (lambda x: split(x, 1, 5), r"split: there is no axis 5"),
        (lambda x: split(symbol("y", size("n")), 2), r"split: axis 0 has n entries, a symbol"),
        (lambda x: chunk(x, 0), r"chunk: the number of parts is a positive integer"),
        (lambda x: chunk(symbol("y", size("n")), 2), r"chunk: axis 0 has n entries, a symbol"),
    ],
)
def test_what_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build(symbol("x", (2, 3)))
