import jax
import jax.numpy as jnp
import numpy as np
import pytest

from graph.oracle import Case, checks
from tripos.graph import (
    GraphError,
    constant,
    each,
    floats,
    grad,
    recurrence,
    relu,
    sigmoid,
    stack,
    symbol,
    tanh,
    unroll,
    zeros,
)
from tripos.graph import sum as total
from tripos.graph.compiling import trimmed
from tripos.graph.cost import macs
from tripos.graph.node import schedule
from tripos.graph.program import function
from tripos.graph.spaces import jax as jax_space


def scanned(step, start, *xs, reverse=False):
    """Return all states of a loop in plain Python."""
    states, order = [None] * len(xs[0]), range(len(xs[0]))
    for t in reversed(order) if reverse else order:
        start = states[t] = step(start, *(x[t] for x in xs))
    return jnp.stack(states)


def rnn(W, h, x, xp):
    return xp.tanh(W @ h + x)


def two_states(W, s, x, sigmoid, tanh, stack):
    """A cell with a gate: what an LSTM does, in small."""
    h, c = s[0], s[1]
    kept = sigmoid(W @ h + x)
    c = kept * c + (1 - kept) * x
    return stack(kept * tanh(c), c)


SHAPES = ((2,), (3, 2), (2, 2))
CASES = [
    Case(
        "recurrence",
        lambda h, x, W: recurrence(lambda h, x: tanh(W @ h + x), h, x),
        lambda h, x, W: scanned(lambda h, x: jnp.tanh(W @ h + x), h, x),
        SHAPES,
    ),
    Case(
        "recurrence",
        lambda h, x, W: recurrence(lambda h, x: tanh(W @ h + x), h, x, reverse=True),
        lambda h, x, W: scanned(lambda h, x: jnp.tanh(W @ h + x), h, x, reverse=True),
        SHAPES,
        note="reverse",
    ),
    Case(
        "recurrence",
        lambda s, x, W: recurrence(lambda s, x: two_states(W, s, x, sigmoid, tanh, stack), s, x),
        lambda s, x, W: scanned(
            lambda s, x: two_states(W, s, x, jax.nn.sigmoid, jnp.tanh, lambda *p: jnp.stack(p)), s, x
        ),
        ((2, 2), (3, 2), (2, 2)),
        note="two states",
    ),
    Case(
        "recurrence",
        lambda h, x, y: recurrence(lambda h, x, y: h * x + y, h, x, y),
        lambda h, x, y: scanned(lambda h, x, y: h * x + y, h, x, y),
        ((), (3,), (3,)),
        note="two sequences of scalars",
    ),
    Case(
        "last_state",
        lambda h, x, W: trimmed([recurrence(lambda h, x: tanh(W @ h + x), h, x)[-1]])[0],
        lambda h, x, W: scanned(lambda h, x: jnp.tanh(W @ h + x), h, x)[-1],
        SHAPES,
    ),
    Case(
        "last_state",
        lambda s, x, W: trimmed(
            [recurrence(lambda s, x: two_states(W, s, x, sigmoid, tanh, stack), s, x, reverse=True)[0]]
        )[0],
        lambda s, x, W: scanned(
            lambda s, x: two_states(W, s, x, jax.nn.sigmoid, jnp.tanh, lambda *p: jnp.stack(p)),
            s,
            x,
            reverse=True,
        )[0],
        ((2, 2), (3, 2), (2, 2)),
        note="two states, reverse",
    ),
    Case(
        "each",
        lambda x, W: each(lambda x: tanh(W @ x), x),
        lambda x, W: jnp.tanh(x @ W.T),
        ((3, 2), (4, 2)),
    ),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_oracle(check, case):
    check(case)


H, X, W, U = symbol("h_0", 2), symbol("x", (4, 3)), symbol("W", (2, 2)), symbol("U", (2, 3))
STATES = recurrence(lambda h, x: tanh(W @ h + U @ x), H, X)


def point(seed=0):
    rng = np.random.default_rng(seed)
    return {s.name: rng.normal(size=s.shape) for s in (H, X, W, U)}


def test_written_out_it_is_the_same_with_the_same_gradients():
    loss = total(STATES**2)
    nodes = [STATES, *grad(loss, [H, X, W, U])]
    plain = unroll(loss)
    assert not [n for n in schedule([plain]) if n.op.name == "recurrence"]
    written = [unroll(STATES), *grad(plain, [H, X, W, U])]
    for one, other in zip(floats(*nodes, **point()), floats(*written, **point()), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_adjoints_that_are_recurrences_can_be_written_out_too():
    gradients = grad(total(STATES**2), [H, X, W, U])
    for one, other in zip(floats(*gradients, **point()), floats(*unroll(gradients), **point()), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_steps_are_numbered():
    from tripos.graph import named

    states = recurrence(lambda h, x: named(relu(named(W @ h + U @ x, "z")), "h"), H, X[:2])
    names = [n.name for n in schedule([unroll(states)]) if n.op.name not in ("symbol", "index")]
    assert [n for n in names if n] == ["z_1", "h_1", "z_2", "h_2"]


def test_a_step_may_use_what_stands_outside_and_a_recurrence_within():
    inner = recurrence(lambda h, x: h + total(recurrence(lambda g, y: g * y + h, h, x)), symbol("h"), X)

    def reference(h, x):
        for row in x:
            g, states = h, []
            for y in row:
                g = g * y + h
                states.append(g)
            h = h + sum(states)
            yield h

    x = point()["x"]
    found = floats(inner, h=0.5, x=x)
    np.testing.assert_allclose(found, list(reference(0.5, x)))
    np.testing.assert_allclose(floats(unroll(inner), h=0.5, x=x), found)
    slope = grad(total(inner), symbol("h"))
    step = 1e-6
    ahead, behind = (sum(reference(0.5 + s * step, x)) for s in (1, -1))
    assert float(floats(slope, h=0.5, x=x)) == pytest.approx((ahead - behind) / (2 * step), rel=1e-6)


def test_in_jax_it_is_one_loop():
    run = function([STATES], [H, X, W, U], jax_space)
    text = str(jax.make_jaxpr(lambda *args: run(*args)[0])(*point().values()))
    assert text.count("scan[") == 1
    assert text.count("tanh") == 1


def test_the_cost_is_that_of_all_steps():
    assert floats(macs(STATES)) == 4 * (2 * 2 + 2 * 3)


def test_a_batch_of_sequences_is_a_batch_of_results():
    values = point()
    batch = np.stack([values["x"], 2 * values["x"]])
    found = floats(STATES, **{**values, "x": batch})
    np.testing.assert_allclose(found[1], floats(STATES, **{**values, "x": 2 * values["x"]}))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: recurrence(lambda h: h, H), "along at least one sequence"),
        (
            lambda: recurrence(lambda h, x: U @ x, symbol("h", 3), X),
            "from a state of shape 3 to one of shape 2",
        ),
        (lambda: recurrence(lambda h, x: h, H, zeros(0, 3)), "is empty"),
        (lambda: recurrence(lambda h, x, y: h, H, X, zeros(3, 1)), "of one length, found shapes 4×3 and 3×1"),
        (lambda: recurrence(lambda h, x: h, H, constant(1)), "first axis is time"),
        (lambda: each(lambda x: x), "at least one sequence"),
        (lambda: unroll(recurrence(lambda h, x: h, H, symbol("x", (symbol("T", (), "size"), 2)))), "length"),
        (lambda: unroll(recurrence(lambda h, x: tanh(h), H, symbol("x", (200_000, 2)))), "too many"),
    ],
)
def test_what_makes_no_sense_is_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build()
