import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nets.drawn import drawn
from tripos.graph import GraphError, floats, symbol
from tripos.graph.node import free_symbols
from tripos.graph.program import function
from tripos.graph.spaces import jax as jax_space
from tripos.nets import MADE, MaskedLinear, Tanh, parameters


def jacobians(nodes, wrt, values):
    """Return the Jacobian of each node with respect to a symbol, by JAX."""
    others = [s for node in nodes for s in free_symbols(node) if s is not wrt]
    run = function(nodes, [wrt, *others], jax_space)
    fixed = [values[str(s.name)] for s in others]
    with jax.enable_x64(True):
        return [np.asarray(j) for j in jax.jacfwd(lambda v: run(v, *fixed))(values[str(wrt.name)])]


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 5), st.lists(st.integers(4, 8), max_size=2), st.integers(1, 3), st.integers(0, 10**6))
def test_outputs_depend_on_inputs_before_them_and_on_all_of_those(features, hidden, outputs, seed):
    net, z = MADE(features, tuple(hidden), outputs, Tanh()), symbol("z", features)
    found = net(z)
    assert [node.shape for node in found] == [(features,)] * outputs
    for jacobian in jacobians(found, z, drawn(*found, seed=seed)):
        np.testing.assert_array_equal(jacobian != 0, np.tri(features, k=-1, dtype=bool))


def test_every_output_sees_the_context():
    net, z, c = MADE(3, (6,), context=2, activation=Tanh()), symbol("z", 3), symbol("c", 2)
    found = net(z, c)
    values = drawn(*found)
    for of_z, of_c in zip(jacobians(found, z, values), jacobians(found, c, values), strict=True):
        np.testing.assert_array_equal(of_z != 0, np.tri(3, k=-1, dtype=bool))
        assert of_c[1:].all()


def test_rows_are_taken_one_by_one():
    net = MADE(3, (4,))
    rows, one = net(symbol("z", (5, 3))), net(symbol("z", 3))
    values = drawn(*rows)
    for many, single in zip(
        floats(*rows, **values),
        zip(*(floats(*one, **{**values, "z": z}) for z in values["z"]), strict=True),
        strict=True,
    ):
        np.testing.assert_allclose(many, single)


def test_a_masked_layer_multiplies_by_the_weights_that_are_left():
    layer = MaskedLinear(3, 2, ((1, 0, 1), (0, 0, 1)))
    found = floats(layer(symbol("x", 3)), x=[1, 10, 100], W=[[1, 2, 3], [4, 5, 6]], b=[0.5, -0.5])
    np.testing.assert_array_equal(found, [301.5, 599.5])
    assert floats(parameters(layer)) == 8


def test_weights_are_called_by_their_layer():
    names = {path: str(node.name) for path, node in MADE(2, (3,)).symbols().items()}
    assert names == {
        "layers.0.weight": "W_1",
        "layers.0.bias": "b_1",
        "layers.1.weight": "W_2",
        "layers.1.bias": "b_2",
    }
    assert set(names) == set(MADE(2, (3,)).weights())


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: MaskedLinear(2, 2, ((1, 0),)), "MaskedLinear: the mask must be 2×2 zeros and ones"),
        (lambda: MaskedLinear(2, 1, ((1, 2),)), "MaskedLinear: the mask must be 1×2 zeros and ones"),
        (lambda: MaskedLinear(2, 1, ((1, 1),))(symbol("x", 3)), "MaskedLinear: the input has shape 3"),
        (lambda: MADE(0, (3,)), "MADE: sizes are positive integers, found 0"),
        (lambda: MADE(2, (0,)), "MADE: sizes are positive integers, found 2, 0"),
        (lambda: MADE(2, (3,), context=2)(symbol("z", 2)), "MADE: expected a context of 2 entries"),
        (lambda: MADE(2, (3,))(symbol("z", 2), symbol("c", 2)), "MADE: .* takes no context"),
    ],
)
def test_what_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build()
