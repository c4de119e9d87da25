"""Updates in place against the same graphs evaluated plainly."""

import numpy as np
import pytest

from tripos.graph import symbol
from tripos.graph.program import Program
from tripos.graph.spaces import numpy as numpy_space
from tripos.nets.optim.first_order import SGD, Adagrad, Adam, RMSprop
from tripos.nets.train.engine import Array
from tripos.nets.train.in_place import InPlace, plain
from tripos.nets.train.problem import Limits, update_of

OPTIMIZERS = [SGD(lr=0.1), SGD(lr=0.1, momentum=0.9), Adam(lr=0.1), Adagrad(lr=0.1), RMSprop(centered=True)]


@pytest.mark.parametrize("limits", [Limits(), Limits(clip_norm=1)], ids=["unlimited", "clipped"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_steps_in_place_are_those_of_the_graph(optimizer: object, limits: Limits) -> None:
    rng = np.random.default_rng(0)
    weights = [symbol("W", (3, 4)), symbol("b", 3), symbol("c", 3)]
    update = update_of(optimizer, weights, limits)  # type: ignore[arg-type]
    program, run = Program(update.outputs, numpy_space), InPlace(update)
    slots = len(update.inputs) - 2 * len(weights)
    start = [np.zeros(node.shape) for node in update.inputs[-slots:]] if slots else []
    plainly = [*(rng.normal(size=w.shape) for w in weights), *start]
    in_place: list[Array] = [array.copy() for array in plainly]
    for _ in range(4):
        gradients = [rng.normal(size=w.shape) for w in weights]
        given = [*plainly[:3], *gradients, *plainly[3:]]
        plainly = program(dict(zip(update.inputs, given, strict=True)))
        in_place = run([*in_place[:3], *gradients, *in_place[3:]])
        for one, two in zip(in_place, plainly, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-12)


def test_weights_are_overwritten_and_gradients_are_not() -> None:
    w = symbol("w", 5)
    run = InPlace(update_of(SGD(lr=0.5), [w], Limits()))
    weights, gradient = np.ones(5), np.full(5, 4.0)
    new = run([weights, gradient, np.array(0.0)])[0]
    assert new is weights
    np.testing.assert_array_equal(weights, -1)
    np.testing.assert_array_equal(gradient, 4)


def test_two_names_of_one_computation_are_computed_once() -> None:
    from tripos.graph import named

    x = symbol("x", 2)
    one, two = plain([named(x * x, "a"), named(x * x, "b")])
    assert one is two
