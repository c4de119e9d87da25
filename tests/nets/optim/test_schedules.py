import numpy as np
import optax
import pytest

from tripos.graph import GraphError, constant, exact, floats, named, symbol
from tripos.graph.program import Program
from tripos.graph.spaces import numpy as numpy_space
from tripos.graph.steps import working
from tripos.nets import SGD, AdamW, cosine_annealing_lr, exponential_lr, step_lr

T = symbol("t")


@pytest.mark.parametrize(
    ("ours", "schedule"),
    [
        (
            step_lr(0.5, T, 3, 0.1),
            optax.exponential_decay(0.5, transition_steps=3, decay_rate=0.1, staircase=True),
        ),
        (exponential_lr(0.5, T, 0.9), optax.exponential_decay(0.5, transition_steps=1, decay_rate=0.9)),
        (cosine_annealing_lr(0.5, T, 8), optax.cosine_decay_schedule(0.5, 8)),
        (cosine_annealing_lr(0.5, T, 8, 0.1), optax.cosine_decay_schedule(0.5, 8, alpha=0.2)),
    ],
    ids=["step", "exponential", "cosine", "cosine above 0"],
)
def test_schedules_are_those_of_optax(ours, schedule):
    steps = range(9)
    np.testing.assert_allclose(
        [floats(ours, t=t) for t in steps], [schedule(t) for t in steps], rtol=1e-5, atol=1e-7
    )


def test_they_are_exact():
    assert str(exact(cosine_annealing_lr(1, 1, 3)).item()) == "3/4"
    assert str(exact(step_lr(1, 5, 2)).item()) == "1/100"


def test_an_optimizer_follows_a_schedule():
    optimizer = SGD(lr=lambda t: exponential_lr(1, t, 0.5))
    w = symbol("w")
    state = optimizer.symbols([w])
    (new,), after = optimizer.step(w**2 / 2, [w], state)
    program = Program([new, after.t], numpy_space)
    assert [program({w: 8, state.t: t}) for t in range(3)] == [[0, 1], [4, 2], [6, 3]]


def test_its_step_sizes_are_lines_of_working():
    w = constant([8], name="w_0")
    optimizer = AdamW(lr=lambda t: step_lr(0.1, t, 2, 0.5), eps=0)
    (w_1,), state = optimizer.step(w @ w / 2, [w])
    w_1 = named(w_1, "w_1")
    (w_2,), _ = optimizer.step(w_1 @ w_1 / 2, [w_1], state)
    lines = working(w_2).split("\n")
    assert sum(line.startswith("η₂ = 0.1 (1/2)^⌊1/2⌋ = ") for line in lines) == 1
    assert any(line.startswith("w₁ = (1 − η₁ λ) w₀ − η₁ · m̂₁/√v̂₁ = ") for line in lines)


def test_lengths_are_positive():
    with pytest.raises(GraphError, match="step_lr: step_size must be a number above 0"):
        step_lr(1, T, 0)
    with pytest.raises(GraphError, match="cosine_annealing_lr: T_max must be a number above 0"):
        cosine_annealing_lr(1, T, -3)
