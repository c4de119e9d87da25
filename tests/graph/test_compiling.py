import jax
import numpy as np
import pytest

from tripos.graph import (
    Program,
    contract,
    grad,
    join_heads,
    named,
    recurrence,
    softmax,
    split_heads,
    stack,
    symbol,
    tanh,
)
from tripos.graph import sum as total
from tripos.graph.compiling import partitions, trimmed, turned, untransposed
from tripos.graph.node import schedule
from tripos.graph.program import function
from tripos.graph.spaces import jax as jax_space
from tripos.graph.spaces import numpy as numpy_space

Z = symbol("z", (2, 6))
H, X, W = symbol("h", 2), symbol("x", (5, 2)), symbol("W", (2, 2))
STATES = recurrence(lambda h, x: tanh(W @ h + x), H, X)


def ops(nodes):
    return [n.op.name for n in schedule(nodes)]


def test_slices_that_cut_an_array_up_are_taken_in_one_go():
    a, b, c = Z[:, :2], Z[:, 2:5], Z[:, 5:]
    found = partitions(schedule([c, a, b]))
    assert found == dict.fromkeys([a, b, c], (-1, (a, b, c)))


@pytest.mark.parametrize(
    "slices",
    [
        [Z[:, :2], Z[:, 3:]],  # a gap
        [Z[:, :3], Z[:, 2:]],  # an overlap
        [Z[:, :2], Z[:, 2:4]],  # no end
        [Z[:, ::2], Z[:, 1::2]],  # every other
        [Z[0], Z[1]],  # rows
        [Z[:1, :3], Z[:1, 3:]],  # parts of a part
    ],
)
def test_other_slices_are_taken_one_by_one(slices):
    assert partitions(schedule(slices)) == {}


def test_the_parts_are_those_of_numpy():
    nodes = [Z[:, 2:5], Z[:, :2], Z[:, 5:]]
    values = np.arange(24.0).reshape(2, 2, 6)  # a batch of two
    program = Program(nodes, jax_space, kernels=True)
    assert len(program.parts) == 3
    for one, other in zip(program({Z: values}), np.split(values, [2, 5], -1), strict=False):
        assert one.shape != other.shape or np.array_equal(one, other)
    np.testing.assert_array_equal(program({Z: values})[0], values[..., 2:5])
    text = str(jax.make_jaxpr(lambda z: program({Z: z}))(values))
    assert text.count("= split[") == 1


def test_a_recurrence_of_which_only_the_end_is_read_keeps_no_history():
    (found,) = trimmed([total(STATES[-1] ** 2)])
    assert "last_state" in ops([found])
    assert "recurrence" not in ops([found])


def test_the_end_may_be_a_part_of_a_state():
    states = recurrence(lambda s, x: stack(tanh(s[0] + x), s[1] * x), symbol("s", (2, 2)), X)
    (found,) = trimmed([states[:, 0][-1]])
    assert "recurrence" not in ops([found])
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2, 2)), rng.normal(size=(5, 2))
    before, after = (
        Program([n], jax_space)(dict(zip([symbol("s", (2, 2)), X], values, strict=True)))[0]
        for n in (states[-1, 0], found)
    )
    np.testing.assert_allclose(before, after)


@pytest.mark.parametrize("read", [STATES[0], STATES[1:], total(STATES), STATES[-1] + STATES[0]])
def test_a_history_that_is_read_is_kept(read):
    assert trimmed([read]) == [read]


def test_a_recurrence_that_is_asked_for_is_kept():
    outputs = [STATES, STATES[-1]]
    assert trimmed(outputs) == outputs


def test_run_the_other_way_it_ends_at_the_first():
    back = recurrence(lambda h, x: tanh(W @ h + x), H, X, reverse=True)
    assert "last_state" in ops(trimmed([back[0]]))
    assert trimmed([back[-1]]) == [back[-1]]


def test_a_matrix_that_is_multiplied_along_its_last_axis_is_turned_once():
    h, V = symbol("h", 2), symbol("V", (2, 2))
    outputs, stands = turned([W @ h + V.T @ h], [W, V])
    assert set(stands) == {W}
    assert W not in schedule(outputs)
    assert V in schedule(outputs)
    values = np.random.default_rng(1).normal(size=(2, 2, 2))
    found = Program(outputs, jax_space)({h: [1, 2], V: values[0], stands[W]: values[1].T})[0]
    np.testing.assert_allclose(found, values[1] @ [1, 2] + values[0].T @ [1, 2], rtol=1e-6)


def test_gradients_of_the_compiled_function_are_those_of_the_graph():
    loss = total(STATES[-1] ** 2)
    rng = np.random.default_rng(2)
    values = rng.normal(size=2), rng.normal(size=(5, 2)), rng.normal(size=(2, 2))
    run = function([loss], [H, X, W], jax_space)
    with jax.enable_x64(True):
        by_jax = jax.jit(jax.grad(lambda *v: run(*v)[0], (0, 1, 2)))(*values)
        ours = function(grad(loss, [H, X, W]), [H, X, W], jax_space)(*values)
    for one, other in zip(by_jax, ours, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)


def test_heads_are_multiplied_where_they_lie():
    x, y = symbol("x", (5, 6)), symbol("y", (4, 6))
    q, k = split_heads(x, heads=3), split_heads(y, heads=3)
    weights = softmax(contract("hmd,hnd->hmn", q, k))
    out = join_heads(contract("hmn,hnd->hmd", weights, k))
    (found,) = untransposed([out])
    assert not {"split_heads", "join_heads"} & set(ops([found]))
    assert found.shape == out.shape
    rng = np.random.default_rng(3)
    values = {x: rng.normal(size=(2, 5, 6)), y: rng.normal(size=(4, 6))}
    one, two = (Program([n], numpy_space, kernels=True)(values)[0] for n in (out, found))
    np.testing.assert_allclose(one, two, rtol=1e-12)


def test_heads_that_are_asked_for_are_made():
    x = symbol("x", (5, 6))
    assert untransposed([split_heads(x, heads=3)]) == [split_heads(x, heads=3)]


def test_an_inner_node_that_is_given_a_value_is_left_alone():
    h = named(W @ H, "h")
    run = function([tanh(h)], [h, W, H], jax_space)
    found = run(np.ones(2), np.zeros((2, 2)), np.zeros(2))[0]
    np.testing.assert_allclose(found, np.tanh(np.ones(2)), rtol=1e-6)
