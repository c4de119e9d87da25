import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tripos.graph import GraphError, constant, exact, floats, named, symbol, vector
from tripos.graph.steps import working
from tripos.nets import clip_grad_norm, clip_grad_value, decay_weights, total_norm

NUMBERS = st.floats(-3, 3).map(lambda x: round(x, 3))
NODES = [symbol("W", (2, 2)), symbol("b", 3), symbol("s")]
GRADIENTS = st.tuples(*(arrays(float, n.shape, elements=NUMBERS) for n in NODES))


def values(nodes, given):
    return [
        floats(n, **{s.name: v for s, v in zip(NODES, given, strict=True) if s.name in needed(n)})
        for n in nodes
    ]


def needed(node):
    from tripos.graph.node import free_symbols

    return {s.name for s in free_symbols(node)}


def theirs(transformation, gradients):
    with jax.enable_x64(True):
        found, _ = transformation.update([jnp.asarray(g) for g in gradients], transformation.init(gradients))
    return [np.asarray(g) for g in found]


@given(GRADIENTS, st.sampled_from([0.5, 2, 10]))
@settings(deadline=None, max_examples=30)
def test_clipping_is_that_of_optax(gradients, limit):
    gradients = list(gradients)
    for ours, optax_s in [
        (clip_grad_norm(NODES, limit), optax.clip_by_global_norm(limit)),
        (clip_grad_value(NODES, limit), optax.clip(limit)),
    ]:
        for one, other in zip(values(ours, gradients), theirs(optax_s, gradients), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
    flat = np.concatenate([np.ravel(g) for g in gradients])
    np.testing.assert_allclose(values([total_norm(NODES)], gradients)[0], np.linalg.norm(flat), rtol=1e-12)


def test_a_clipped_gradient_is_exact_and_a_zero_gradient_stays():
    assert [str(v) for v in exact(clip_grad_norm([vector(3, 4)], 1)[0])] == ["3/5", "4/5"]
    assert [str(v) for v in exact(clip_grad_norm([vector(3, 4)], 5)[0])] == ["3", "4"]
    assert (exact(clip_grad_norm([vector(0, 0)], 1)[0]) == 0).all()
    assert exact(clip_grad_value([vector(3, -4, 1)], 2)[0]).tolist() == [2, -2, 1]


def test_the_norm_is_a_line_of_working():
    g, h = constant([3, 4], name="g"), constant(12, name="h")
    lines = working(named(clip_grad_norm([g, h], 1)[0], "g_c")).split("\n")
    assert lines[0].startswith("g_norm = √(‖g‖² + h²) = ")
    assert lines[0].endswith(" = 13")
    assert lines[1].startswith("g_c = g · c/max(g_norm, c) = ")
    assert lines[1].endswith(" = [3/13 4/13]ᵀ")


def test_weights_shrink():
    assert exact(decay_weights([vector(1, 2)], 0.5, 0.5)[0]).astype(float).tolist() == [0.75, 1.5]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: clip_grad_norm([vector(1)], 0), "clip_grad_norm: max_norm must be above 0"),
        (lambda: clip_grad_value([vector(1)], -1), "clip_grad_value: clip_value must be 0 or more, found -1"),
        (lambda: clip_grad_norm(vector(1), 1), "clip_grad_norm: expected a list of nodes"),
        (lambda: total_norm([]), "total_norm: expected at least one node"),
        (lambda: decay_weights([vector(1)], -1, 1), "decay_weights: lr must be 0 or more"),
    ],
)
def test_what_makes_no_sense_is_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build()
