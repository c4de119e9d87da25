import jax
import jax.numpy as jnp
import jax.scipy.stats
import numpy as np
import pytest
import symengine as se
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from graph.oracle import Case, checks, run
from tripos.graph import (
    GraphError,
    absolute,
    cos,
    elu,
    exact,
    exp,
    floats,
    floor,
    gelu,
    grad,
    hard_threshold,
    leaky_relu,
    log,
    maximum,
    minimum,
    pi,
    relu,
    sigmoid,
    sign,
    silu,
    sin,
    softplus,
    softsign,
    sqrt,
    symbol,
    tanh,
    where,
    write,
)
from tripos.graph import sum as total
from tripos.graph.op import table
from tripos.graph.ops.activation import normal_cdf
from tripos.graph.ops.elementwise import greater, greater_equal, less, less_equal

V, M = (3,), (2, 3)

CASES = [
    Case("add", lambda a, b: a + b, jnp.add, (M, V)),
    Case("sub", lambda a, b: a - b, jnp.subtract, (V, M)),
    Case("sub", lambda a, b: a - b, jnp.subtract, (M, ()), note="scalar"),
    Case("neg", lambda a: -a, jnp.negative, (M,)),
    Case("mul", lambda a, b: a * b, jnp.multiply, ((3, 1), (1, 4))),
    Case("mul", lambda a, b: a * b, jnp.multiply, ((), M), note="scalar"),
    Case("div", lambda a, b: a / b, jnp.divide, (M, V)),
    Case("div", lambda a, b: a / b, jnp.divide, ((), V), note="scalar"),
    Case("power", lambda a, b: a**b, jnp.power, (V, M), ("positive", "real")),
    Case("power", lambda a: a**2, lambda a: a**2, (M,), note="square"),
    Case("power", lambda a: a**3, lambda a: a**3, (V,), note="cube"),
    Case("power", lambda a: a**-2, lambda a: a**-2, (V,), note="negative"),
    Case("power", lambda a: 3**a, lambda a: jnp.power(3.0, a), (V,), note="of-three"),
    Case("exp", exp, jnp.exp, (M,)),
    Case("log", log, jnp.log, (M,), ("positive",)),
    Case("sqrt", sqrt, jnp.sqrt, (M,), ("positive",)),
    Case("sin", sin, jnp.sin, (M,)),
    Case("cos", cos, jnp.cos, (M,)),
    Case("floor", floor, jnp.floor, (M,)),
    Case("maximum", maximum, jnp.maximum, (M, V)),
    Case("minimum", minimum, jnp.minimum, (V, M)),
    Case("abs", absolute, jnp.abs, (M,)),
    Case("sign", sign, jnp.sign, (M,)),
    Case("greater", greater, lambda a, b: jnp.where(a > b, 1.0, 0.0), (M, V)),
    Case("greater_equal", greater_equal, lambda a, b: jnp.where(a >= b, 1.0, 0.0), (M, ())),
    Case("less", less, lambda a, b: jnp.where(a < b, 1.0, 0.0), (V, M)),
    Case("less_equal", less_equal, lambda a, b: jnp.where(a <= b, 1.0, 0.0), ((), M)),
    Case("where", where, lambda c, a, b: jnp.where(c != 0, a, b), (M, M, V), ("mask", "real", "real")),
    Case("relu", relu, jax.nn.relu, (M,)),
    Case("leaky_relu", leaky_relu, lambda z: jax.nn.leaky_relu(z, 0.01), (M,)),
    Case(
        "leaky_relu",
        lambda z: leaky_relu(z, slope=0.2),
        lambda z: jax.nn.leaky_relu(z, 0.2),
        (M,),
        note="slope",
    ),
    Case("elu", elu, jax.nn.elu, (M,)),
    Case("sigmoid", sigmoid, jax.nn.sigmoid, (M,)),
    Case("tanh", tanh, jnp.tanh, (M,)),
    Case("hard_threshold", hard_threshold, lambda z: jnp.where(z >= 0, 1.0, 0.0), (M,)),
    Case("softplus", softplus, jax.nn.softplus, (M,)),
    Case("softsign", softsign, jax.nn.soft_sign, (M,)),
    Case("silu", silu, jax.nn.silu, (M,)),
    Case("gelu", gelu, lambda z: jax.nn.gelu(z, approximate=False), (M,)),
    Case("normal_cdf", normal_cdf, jax.scipy.stats.norm.cdf, (M,)),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


UFUNCS = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "less": np.less,
    "less_equal": np.less_equal,
}


@pytest.mark.parametrize("name", UFUNCS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_shapes_broadcast_as_in_numpy(name, data):
    shapes = data.draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
    entries = st.integers(-3, 3)  # ties and zeros included
    values = [data.draw(hnp.arrays(np.int64, s, elements=entries)) for s in shapes.input_shapes]
    symbols = [symbol("a", shapes.input_shapes[0]), symbol("b", shapes.input_shapes[1])]
    from tripos.graph.node import apply

    node = apply(table[name], *symbols)
    assert node.shape == shapes.result_shape
    for space in ("kernels", "textbook", "exact"):
        np.testing.assert_array_equal(run([node], symbols, values, space)[0], UFUNCS[name](*values))


@settings(max_examples=25, deadline=None)
@given(shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, min_dims=1, max_dims=3, max_side=3))
def test_the_gradient_of_a_broadcast_argument_is_summed_to_its_shape(shapes):
    a, b = symbol("a", shapes.input_shapes[0]), symbol("b", shapes.input_shapes[1])
    rng = np.random.default_rng(0)
    values = [rng.integers(-5, 5, s) for s in shapes.input_shapes]
    da, db = run(grad(total(a * b), [a, b]), [a, b], values)
    ones = np.ones(shapes.result_shape)
    for got, other, own in ((da, values[1], values[0]), (db, values[0], values[1])):
        full = ones * other
        full = full.sum(tuple(range(full.ndim - own.ndim)))
        axes = tuple(i for i, n in enumerate(own.shape) if n == 1)
        np.testing.assert_array_equal(got, full.sum(axes, keepdims=True))


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "power", "maximum", "greater", "where"])
def test_shapes_that_do_not_broadcast_are_named(name):
    from tripos.graph.node import apply

    args = [symbol("x", (2, 3)), symbol("y", (4,))]
    if name == "where":
        args = [symbol("c"), *args]
    with pytest.raises(GraphError, match=rf"^{name}: .*2×3 and 4 do not fit"):
        apply(table[name], *args)


@pytest.mark.parametrize(
    ("activation", "slope"),
    [(relu, 0), (leaky_relu, 0.01), (absolute, 0), (hard_threshold, 0), (elu, 1)],
)
def test_the_derivative_at_a_kink_is_the_one_the_op_states(activation, slope):
    z = symbol("z")
    assert run([grad(activation(z), z)], [z], [0]) == [slope]


@pytest.mark.parametrize("op", [maximum, minimum])
def test_in_a_tie_the_first_argument_takes_the_derivative(op):
    a, b = symbol("a"), symbol("b")
    da, db = grad(op(a, b), [a, b])
    assert (floats(da, a=2, b=2), floats(db, a=2, b=2)) == (1, 0)


@pytest.mark.parametrize(
    ("activation", "at", "kinked"),
    [
        ("relu", (0,), True),
        ("relu", (1,), False),
        ("abs", (0,), True),
        ("leaky_relu", (0,), True),
        ("hard_threshold", (0,), True),
        ("maximum", (2, 2), True),
        ("minimum", (2, 3), False),
        ("greater", (1, 1), True),
        ("less", (1, 1), True),
        ("less_equal", (1, 2), False),
    ],
)
@pytest.mark.parametrize("space", ["numpy", "exact"])
def test_kinks_are_told(activation, at, kinked, space):
    from importlib import import_module

    xp = import_module(f"tripos.graph.spaces.{space}")
    op = table[activation]
    found = op.kink(xp, *(xp.asarray(v) for v in at), **op.attrs)
    assert bool(np.all(found)) is kinked


@pytest.mark.parametrize(
    ("activation", "reference"),
    [
        (sigmoid, jax.nn.sigmoid),
        (tanh, jnp.tanh),
        (softplus, jax.nn.softplus),
        (silu, jax.nn.silu),
        (gelu, lambda z: jax.nn.gelu(z, approximate=False)),
        (elu, jax.nn.elu),
        (normal_cdf, jax.scipy.stats.norm.cdf),
    ],
)
def test_floats_neither_overflow_nor_lose_digits(activation, reference):
    values = np.array([-1000.0, -30.0, -1e-9, 0.0, 1e-9, 30.0, 1000.0])
    z = symbol("z", 7)
    with jax.enable_x64(True):
        want = np.asarray(reference(jnp.asarray(values)))
    np.testing.assert_allclose(floats(activation(z), z=values), want, rtol=1e-9, atol=1e-15)


def test_exact_values_stay_closed_forms():
    z = symbol("z")
    assert str(exact(sigmoid(z), z=0)) == "1/2"
    assert str(exact(softplus(z), z=0)) == "log(2)"
    assert str(exact(relu(z), z=-3)) == "0"


@pytest.mark.parametrize(("condition", "chosen"), [(2, (5, 1, 0)), (0, (7, 0, 1)), (-1, (7, 0, 1))])
def test_where_takes_the_first_wherever_the_condition_is_positive(condition, chosen):
    c, a, b = symbol("c"), symbol("a"), symbol("b")
    node = where(c, a, b)
    assert tuple(floats(node, *grad(node, [a, b]), c=condition, a=5, b=7)) == chosen


def test_the_circle_is_exact():
    assert exact(sin(pi() / 6)) == se.Rational(1, 2)
    assert str(exact(cos(pi() / 4))) == "(1/2)*sqrt(2)"
    x = symbol("x")
    assert str(exact(grad(sin(x) * 2, x), x=1)) == "2*cos(1)"
    assert str(write(grad(cos(x), x)).text) == "−sin(x)"
