import copy
import gc
import pickle
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from tripos.graph import GraphError, exact, exp, floats, grad, named, ones, relu, size, symbol, vector, zeros
from tripos.graph.node import apply, constant, free_symbols, is_literal, lift, rebuild, schedule, show_shape
from tripos.graph.op import table
from tripos.graph.ops.activation import leaky_relu

x, y, v = symbol("x"), symbol("y"), symbol("v", 3)


# -- identity ----------------------------------------------------------------------------------


def test_the_same_computation_is_the_same_object():
    assert symbol("x") is x
    assert x + y is x + y
    assert exp(x * 2) is exp(x * 2)
    assert named(x + y, "z") is named(x + y, "z")


@pytest.mark.parametrize(
    "other",
    [
        x - y,
        y - x + 0 * x,
        named(x - y, "d"),
        named(x - y, "e"),
        symbol("x", ()) - symbol("y", (), "positive"),
        symbol("x", (1,)) - y,
    ],
    ids=repr,
)
def test_other_computations_names_domains_and_shapes_are_other_objects(other):
    nodes = [x - y + 1, x * y, other]
    assert len({*nodes, other}) == 3


def test_a_float_attribute_is_kept_as_the_decimal_it_prints_as():
    assert leaky_relu(x, slope=0.1) is leaky_relu(x, slope=Fraction(1, 10))
    assert leaky_relu(x, slope=0.1) is not leaky_relu(x, slope=0.2)


@pytest.mark.parametrize("attribute", ["name", "args", "op", "shape", "colour"])
def test_a_node_is_immutable(attribute):
    with pytest.raises(AttributeError, match="immutable"):
        setattr(x + y, attribute, None)


def test_copies_are_the_node_itself():
    z = named(exp(x) + v, "z")
    assert copy.copy(z) is z
    assert copy.deepcopy([z])[0] is z


@pytest.mark.parametrize(
    "node",
    [
        x,
        named(relu(v) @ vector(1, 0.5, Fraction(1, 3)), "z_out"),
        grad(named(exp(x) * y, "L"), x),
        symbol("W", (size("d"), 3)),
        symbol("W", (size("d") + 1, 3)),
    ],
    ids=repr,
)
def test_pickling_gives_back_the_node_itself(node):
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(node, protocol)) is node


def test_a_pickle_means_the_same_in_another_process():
    z = named(relu(v) @ vector(1, 0.5, Fraction(1, 3)), "z_out")
    script = (
        "import pickle, sys; from tripos.graph import exact; node = pickle.load(sys.stdin.buffer); "
        "print(node, exact(node, v=[1, 2, 3]))"
    )
    done = subprocess.run([sys.executable, "-c", script], input=pickle.dumps(z), capture_output=True)
    assert done.stdout.decode().strip() == f"{z!r} 3", done.stderr.decode()


def test_nodes_that_nobody_holds_are_forgotten():
    before = sum(1 for n in _living() if n.name == "ephemeral")
    node = named(x + 12345, "ephemeral")
    assert sum(1 for n in _living() if n.name == "ephemeral") == before + 1
    del node
    assert sum(1 for n in _living() if n.name == "ephemeral") == before


def _living():
    from tripos.graph import node

    gc.collect()
    return list(node._nodes.values())


# -- literals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "same"),
    [
        (lambda: 1 * x, x),
        (lambda: x * 1.0, x),
        (lambda: x + 0, x),
        (lambda: 0 + x, x),
        (lambda: x - 0, x),
        (lambda: 0 - x, -x),
        (lambda: x / 1, x),
        (lambda: x**1, x),
        (lambda: 0 - (-x), x),
        (lambda: +x, x),
        (lambda: -1 * x, -x),
        (lambda: x * -1, -x),
        (lambda: x - -y, x + y),
        (lambda: x + -y, x - y),
        (lambda: -x * y, -(x * y)),
        (lambda: x * (1 / y), x / y),
        (lambda: v * ones(3), v),
        (lambda: zeros(3) + v, v),
        (lambda: -constant(2), constant(-2)),
    ],
)
def test_neutral_literals_vanish(build, same):
    assert build() is same


@pytest.mark.parametrize(
    "build",
    [
        lambda: x * ones(3),
        lambda: x + zeros(3),
        lambda: zeros(3) - x,
        lambda: x / ones(3),
        lambda: x ** ones(3),
        lambda: v + zeros(2, 3),
    ],
)
def test_a_literal_that_changes_the_shape_stays(build):
    node = build()
    assert node.shape != x.shape
    values = {"v": [5, 5, 5]} if v in free_symbols(node) else {"x": 5}
    assert floats(node, **values).shape == node.shape


def test_a_named_one_is_not_neutral():
    one = constant(1, name="one")
    assert (x * one).op is table["mul"]
    assert (x + constant(0, name="b")).op is table["add"]


@pytest.mark.parametrize(
    ("value", "entries", "shape"),
    [
        (3, ["3"], ()),
        (True, ["1"], ()),
        (0.1, ["1/10"], ()),
        (1e-3, ["1/1000"], ()),
        (Fraction(1, 3), ["1/3"], ()),
        (np.float64(0.1), ["1/10"], ()),
        (np.int64(7), ["7"], ()),
        (np.array([[1, 2], [3, 4]]), ["1", "2", "3", "4"], (2, 2)),
        ([(1, 0.5), [2, 3]], ["1", "1/2", "2", "3"], (2, 2)),
        (10**40, [str(10**40)], ()),
    ],
)
def test_constants_are_exact(value, entries, shape):
    node = constant(value)
    assert node.shape == shape
    assert [str(e) for e in dict(node.attrs)["value"]] == entries


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "nan is not a number"),
        (float("inf"), "inf is not a number"),
        ("3", "expected a number, found str '3'"),
        (1j, "expected a number, found complex"),
        (None, "expected a number, found NoneType"),
        ([1, [2, 3]], "same shape, found 2 and scalar"),
        ([[1], [2, 3]], "same shape, found 1 and 2"),
    ],
)
def test_what_is_no_number_is_refused(value, message):
    with pytest.raises(GraphError, match=message):
        constant(value)


def test_lists_that_hold_nodes_are_stacked():
    node = lift([[x, 1], [2, y]])
    assert node.shape == (2, 2)
    np.testing.assert_array_equal(floats(node, x=5, y=7), [[5, 1], [2, 7]])


@pytest.mark.parametrize(
    ("build", "want"),
    [
        (lambda: np.array([1, 2, 3]) + v, [2, 4, 6]),
        (lambda: v - np.array([1, 2, 3]), [0, 0, 0]),
        (lambda: np.float64(2) * v, [2, 4, 6]),
        (lambda: np.eye(3) @ v, [1, 2, 3]),
        (lambda: [1, 1, 1] @ v, 6),
        (lambda: v @ [1, 1, 1], 6),
        (lambda: 6 / v, [6, 3, 2]),
        (lambda: 2**v, [2, 4, 8]),
        (lambda: v[1] - v[-1], -1),
    ],
)
def test_operators_take_numbers_lists_and_arrays_on_either_side(build, want):
    np.testing.assert_allclose(floats(build(), v=[1, 2, 3]), want)


def test_is_literal():
    assert is_literal(constant(2), 2)
    assert is_literal(ones(2, 2), 1)
    assert not is_literal(constant(2), 1)
    assert not is_literal(constant(2, name="k"), 2)
    assert not is_literal(x)


# -- misuse ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: bool(x), "no truth value"),
        (lambda: symbol("p", (), "colour"), "symbol p: no domain 'colour'; there are real, positive"),
        (lambda: symbol(5), "symbol: a name is text .* found 5"),
        (lambda: symbol(""), "symbol: a name is text .* found ''"),
        (lambda: symbol("x", -1), "symbol x: a size is a positive integer .* found -1"),
        (lambda: symbol("x", (2, 0)), "symbol x: an array of shape 2×0 is empty"),
        (lambda: symbol("x", (2, 2.5)), r"symbol x: a size is .* found 2\.5 in 2×2\.5"),
        (lambda: symbol("x", "3"), "symbol x: a size is .* found '3'"),
        (lambda: symbol("x", True), "symbol x: a size is .* found True"),
        (lambda: symbol("x", None), "symbol x: a size is .* found None"),
        (lambda: symbol("x", v), "symbol x: a size is .* found <"),
        (lambda: size(3), "size: expected names such as 'M N', found 3"),
        (lambda: size(""), "size: expected names such as 'M N', found ''"),
        (lambda: constant([]), "constant: an array of shape 0 is empty"),
        (lambda: constant([[], []]), "constant: an array of shape 2×0 is empty"),
        (lambda: apply(table["relu"], x, slope=1), "relu: no option slope; it has none"),
        (lambda: apply(table["conv2d"], x, x, strid=1), "conv2d: no option strid; it has stride, padding"),
        (lambda: v.T, "transpose: expected a matrix, found shape 3"),
    ],
)
def test_misuse_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build()


@pytest.mark.parametrize("n", [np.int64(3), np.uint8(3), constant(3), [3], (3,)])
def test_a_size_may_be_any_kind_of_integer(n):
    assert symbol("x", n) is symbol("x", 3)
    assert type(symbol("x", n).shape[0]) is int


@pytest.mark.parametrize(
    ("shape", "text"), [((), "scalar"), ((3,), "3"), ((3, 223), "3×223"), ((size("d"), size("k")), "d×k")]
)
def test_shapes_read_as_people_write_them(shape, text):
    assert show_shape(shape) == text


@pytest.mark.parametrize(
    ("node", "text"), [(x, "<x>"), (named(x + 1, "z"), "<z = x + 1>"), (x + 1, "<x + 1>")]
)
def test_repr(node, text):
    assert repr(node) == text


# -- names -------------------------------------------------------------------------------------


def test_a_second_name_is_an_alias():
    z = named(x + y, "z")
    assert named(z, "z") is z
    second = named(z, "a")
    assert (second.op, second.args, second.name) == (table["alias"], (z,), "a")
    assert exact(second, x=1, y=2) == 3


# -- traversal ---------------------------------------------------------------------------------


def test_arguments_are_scheduled_before_their_uses_and_each_once():
    h = x * y
    out = [h + x, exp(h)]
    order = schedule(out)
    assert len(order) == len(set(order)) == 5
    assert all(order.index(a) < order.index(n) for n in order for a in n.args)


def test_free_symbols_in_order_of_first_use():
    assert free_symbols(y * exp(x) + y) == [y, x]


def test_rebuild_puts_nodes_in_place_of_others_and_keeps_the_rest():
    h = named(x * 2, "h")
    kept, changed = exp(y), h + exp(y)
    new_kept, new = rebuild([kept, changed], {x: constant(5)})
    assert new_kept is kept
    assert exact(new, y=0) == 11
    assert [n.name for n in schedule([new]) if n.name] == ["h", "y"]
    assert rebuild([changed], {x: x}) == [changed]


def test_rebuild_renames_adjoints_after_the_new_nodes():
    loss = named(exp(x) * y, "L")
    dx = grad(loss, x)
    (new,) = rebuild([dx], {x: symbol("t"), loss: named(exp(symbol("t")) * y, "L")})
    assert new is grad(named(exp(symbol("t")) * y, "L"), symbol("t"))


def test_rebuild_does_not_look_inside_what_it_puts_in():
    assert rebuild([x + y], {x: x * y, y: x}) == [x * y + x]


def test_depth_is_no_limit():
    node = x
    for i in range(100_000):
        node = node * x if i % 2 else node / x
    (again,) = rebuild([node], {x: constant(2)})
    assert len(schedule([node])) == 100_001
    assert floats(again) == 2


def test_deep_graphs_are_freed_without_recursion():
    node = symbol("deep")
    for _ in range(100_000):
        node = node + x
    count = len(schedule([node]))
    del node
    gc.collect()
    assert count == 100_002
    assert not [n for n in _living() if n.name == "deep"]
