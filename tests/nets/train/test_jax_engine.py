"""The JAX engine: one precision throughout, and convolutions and pooling that are fast inside of a loop."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tripos import nets
from tripos.graph.ops.convolution_kernels import correlate_jax
from tripos.graph.ops.pooling_kernels import largest_jax
from tripos.nets.initialisation import initialize
from tripos.nets.train.engine import start_of
from tripos.nets.train.jax_engine import JaxEngine
from tripos.nets.train.problem import Limits, Player, build


def test_everything_that_is_carried_is_float32() -> None:
    module = nets.MLP([4, 6, 3])
    problem = build(module, (Player(nets.CrossEntropyLoss()),), {"x": (4,), "t": ()}, 2, Limits())
    engine = JaxEngine(problem)
    carry = engine.carry(initialize(module, 0), start_of(problem))
    columns = engine.columns({"x": np.ones((4, 4)), "t": np.array([0.0, 1, 2, 0])})
    carry, losses = engine.steps(carry, columns, np.array([[0, 1], [2, 3]]), ())
    assert {leaf.dtype for leaf in jax.tree.leaves(tuple(carry))} == {jnp.dtype("float32")}
    assert losses.shape == (2, 1)


@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 0, 1), (2, 1, 1), (1, 2, 2)])
def test_gathered_windows_give_the_convolution_of_lax(stride: int, padding: int, dilation: int) -> None:
    rng = np.random.default_rng(0)
    x, kernel = (jnp.asarray(rng.normal(size=s), jnp.float32) for s in ((4, 3, 9, 8), (5, 3, 3, 2)))
    settings = ((stride,) * 2, ((padding,) * 2,) * 2)
    found = correlate_jax(
        x,
        kernel,
        stride=settings[0],
        padding=settings[1],
        dilation=(dilation,) * 2,
        groups=1,
        layout="channels",
    )
    expected = jax.lax.conv_general_dilated(x, kernel, *settings, rhs_dilation=(dilation,) * 2)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("stride", [1, 2])
def test_the_first_of_equal_maxima_gets_the_gradient_as_by_lax(stride: int) -> None:
    x = jnp.asarray(np.random.default_rng(0).integers(0, 3, (2, 3, 6, 6)), jnp.float32)
    window, steps = (1, 1, 2, 2), (1, 1, stride, stride)

    def by_lax(x: jax.Array) -> jax.Array:
        return jnp.sum(jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window, steps, "VALID") ** 2)

    def ours(x: jax.Array) -> jax.Array:
        return jnp.sum(largest_jax(x, (2, 2), (stride, stride), ((0, 0), (0, 0))) ** 2)

    np.testing.assert_array_equal(jax.grad(ours)(x), jax.grad(by_lax)(x))


def test_a_maximum_with_what_is_no_number_is_no_number() -> None:
    x = jnp.array([[1.0, jnp.nan], [2.0, 3.0]])
    assert bool(jnp.isnan(largest_jax(x, (2, 2), (2, 2), ((0, 0), (0, 0)))).all())
