"""All weights updated at once, against the same graphs evaluated plainly."""

import numpy as np
import pytest

from tripos.graph import symbol
from tripos.graph.program import Program
from tripos.graph.spaces import numpy as numpy_space
from tripos.nets.optim.first_order import SGD, Adagrad, Adam, AdamW, RMSprop
from tripos.nets.optim.optimizer import Optimizer
from tripos.nets.train.end_to_end import EndToEnd, in_place
from tripos.nets.train.engine import Array
from tripos.nets.train.in_place import InPlace
from tripos.nets.train.problem import Limits, update_of

OPTIMIZERS = [
    SGD(lr=0.1),
    SGD(lr=0.1, momentum=0.9),
    Adam(lr=0.1),
    AdamW(),
    Adagrad(),
    RMSprop(centered=True),
]
WEIGHTS = [symbol("W", (3, 4)), symbol("b", 3), symbol("c", 3)]


def drawn(nodes: object, rng: np.random.Generator) -> list[Array]:
    """Return an array for each node."""
    return [rng.normal(size=node.shape) ** 2 for node in nodes]  # type: ignore[attr-defined]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_steps_are_those_of_the_graph(optimizer: Optimizer) -> None:
    rng = np.random.default_rng(0)
    update = update_of(optimizer, WEIGHTS, Limits(clip_value=0.5, l2=0.1))
    program, run = Program(update.outputs, numpy_space), in_place(update)
    assert isinstance(run, EndToEnd)
    plainly = [*drawn(WEIGHTS, rng), *(np.zeros(node.shape) for node in update.start)]
    ours = [array.copy() for array in plainly]
    for _ in range(4):
        gradients = drawn(WEIGHTS, rng)
        plainly = program(dict(zip(update.inputs, [*plainly[:3], *gradients, *plainly[3:]], strict=True)))
        ours = run([*ours[:3], *gradients, *ours[3:]])
        for one, two in zip(ours, plainly, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-12)


def test_memory_is_used_again_and_that_of_another_training_is_not() -> None:
    update = update_of(SGD(lr=0.5), WEIGHTS, Limits())
    run = in_place(update)
    gradients = [np.ones(w.shape) for w in WEIGHTS]
    first = run([*(np.zeros(w.shape) for w in WEIGHTS), *gradients, np.array(0.0)])
    other = run([*(np.full(w.shape, 4.0) for w in WEIGHTS), *gradients, np.array(0.0)])
    again = run([*other[:3], *gradients, other[3]])
    assert again[0] is other[0]
    for weight, expected in zip((*first[:3], *again[:3]), [-0.5] * 3 + [3.0] * 3, strict=True):
        np.testing.assert_array_equal(weight, expected)


@pytest.mark.parametrize(
    ("weights", "limits"),
    [(WEIGHTS, Limits(clip_norm=1)), (WEIGHTS[:1], Limits()), ([symbol("a"), *WEIGHTS], Limits())],
    ids=["one norm of all", "one weight", "a number among the weights"],
)
def test_what_is_not_alike_is_updated_one_by_one(weights: list[object], limits: Limits) -> None:
    assert isinstance(in_place(update_of(Adam(), weights, limits)), InPlace)  # type: ignore[arg-type]
