from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from tripos.graph import (
    GraphError,
    constant,
    declared,
    exact,
    floats,
    grad,
    matrix,
    named,
    nll,
    sigmoid,
    softmax,
    symbol,
    tanh,
    vector,
)
from tripos.graph import sum as total
from tripos.graph.program import Program, function
from tripos.graph.proof import prove
from tripos.graph.spaces import jax as jax_space
from tripos.graph.spaces import numpy as numpy_space
from tripos.graph.steps import working
from tripos.graph.values import Values
from tripos.nets import SGD, Adagrad, Adam, AdamW, RMSprop, adam_step, decay_weights, sgd_step

STEPS = 4
PARAMETERS = [symbol("W", (2, 3)), symbol("b", 2)]
INPUT = np.array([0.5, -1.0, 2.0])
START = [np.array([[0.3, -0.2, 0.5], [1.0, 0.1, -0.4]]), np.array([0.2, -0.7])]


def loss(W, b):
    """Return a loss that is not quadratic; the same code builds the graph and runs in JAX."""
    if hasattr(W, "op"):
        return total((tanh(W @ constant(INPUT) + b) - 1) ** 2)
    return ((jnp.tanh(W @ INPUT + b) - 1) ** 2).sum()


def ours(optimizer, run=None):
    """Return the parameters after each of some steps, by a graph of one step evaluated many times."""
    state = optimizer.symbols(PARAMETERS)
    new, after = optimizer.step(loss(*PARAMETERS), PARAMETERS, state)
    inputs = [*PARAMETERS, *state.nodes()]
    outputs = [*new, *after.nodes()]
    program = Program(outputs, numpy_space, kernels=True)
    run = run(outputs, inputs) if run else lambda *values: program(dict(zip(inputs, values, strict=True)))
    first = Program(optimizer.init(PARAMETERS).nodes(), numpy_space)()
    values, path = [*START, *first], []
    for _ in range(STEPS):
        values = run(*values)
        path.append([np.asarray(v) for v in values[:2]])
    return path


def theirs(transformation):
    """Return the same by optax and JAX."""
    with jax.enable_x64(True):
        parameters = [jnp.asarray(v) for v in START]
        state, path = transformation.init(parameters), []
        for _ in range(STEPS):
            gradients = list(jax.grad(loss, (0, 1))(*parameters))
            updates, state = transformation.update(gradients, state, parameters)
            parameters = optax.apply_updates(parameters, updates)
            path.append([np.asarray(p) for p in parameters])
    return path


def written_out(rule):
    """Return the same by a rule in NumPy: rule(w, g, kept, t) gives w, and changes what is kept."""
    parameters, kept, path = [v.copy() for v in START], [{}, {}], []
    for t in range(1, STEPS + 1):
        with jax.enable_x64(True):
            gradients = [np.asarray(g) for g in jax.grad(loss, (0, 1))(*map(jnp.asarray, parameters))]
        parameters = [rule(w, g, k, t) for w, g, k in zip(parameters, gradients, kept, strict=True)]
        path.append(parameters)
    return path


def same_path(one, other, tolerance=1e-12):
    for a, b in zip(one, other, strict=True):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)


def l2(rate, then):
    return optax.chain(optax.add_decayed_weights(rate), then)


# Optax keeps Adagrad's eps inside of the root, and by default RMSprop's too; there eps is 0 or moved out.
PAIRS = [
    (SGD(0.1), optax.sgd(0.1)),
    (SGD(0.1, momentum=0.9), optax.sgd(0.1, momentum=0.9)),
    (SGD(0.1, momentum=0.9, nesterov=True), optax.sgd(0.1, momentum=0.9, nesterov=True)),
    (SGD(0.1, momentum=0.9, weight_decay=0.05), l2(0.05, optax.sgd(0.1, momentum=0.9))),
    (Adagrad(0.1, initial_accumulator_value=0.1, eps=0), optax.adagrad(0.1, 0.1, eps=0.0)),
    (
        Adagrad(0.1, weight_decay=0.05, initial_accumulator_value=0.3, eps=0),
        l2(0.05, optax.adagrad(0.1, 0.3, eps=0.0)),
    ),
    (RMSprop(0.01, 0.9, eps=1e-3), optax.rmsprop(0.01, decay=0.9, eps=1e-3, eps_in_sqrt=False)),
    (
        RMSprop(0.01, 0.9, eps=1e-3, centered=True, momentum=0.8),
        optax.rmsprop(0.01, decay=0.9, eps=1e-3, centered=True, momentum=0.8, eps_in_sqrt=False),
    ),
    (
        RMSprop(0.01, 0.9, eps=1e-3, weight_decay=0.05),
        l2(0.05, optax.rmsprop(0.01, decay=0.9, eps=1e-3, eps_in_sqrt=False)),
    ),
    (Adam(0.01), optax.adam(0.01)),
    (Adam(0.01, (0.8, 0.99), 1e-3), optax.adam(0.01, 0.8, 0.99, 1e-3)),
    (Adam(0.01, weight_decay=0.05), l2(0.05, optax.adam(0.01))),
    (AdamW(0.01, weight_decay=0.05), optax.adamw(0.01, weight_decay=0.05)),
]


@pytest.mark.parametrize(("optimizer", "transformation"), PAIRS, ids=lambda x: str(x)[:40])
def test_steps_are_those_of_optax(optimizer, transformation):
    same_path(ours(optimizer), theirs(transformation))


# What optax has not, as PyTorch's documentation writes it.


def dampened(w, g, kept, t):
    kept["v"] = g if t == 1 else 0.9 * kept["v"] + (1 - 0.3) * g
    return w - 0.1 * kept["v"]


def decaying(w, g, kept, t):
    kept["G"] = kept.get("G", 0) + g**2
    return w - 0.1 / (1 + (t - 1) * 0.5) * g / (np.sqrt(kept["G"]) + 1e-10)


@pytest.mark.parametrize(
    ("optimizer", "rule"),
    [(SGD(0.1, momentum=0.9, dampening=0.3), dampened), (Adagrad(0.1, lr_decay=0.5), decaying)],
    ids=["dampening", "lr_decay"],
)
def test_steps_are_those_of_pytorch(optimizer, rule):
    same_path(ours(optimizer), written_out(rule))


@pytest.mark.parametrize("optimizer", [Adam(0.01), SGD(0.1, 0.9, 0.3), RMSprop(centered=True, momentum=0.5)])
def test_a_step_compiles_in_jax_with_its_state(optimizer):
    with jax.enable_x64(True):
        compiled = ours(optimizer, lambda outputs, inputs: jax.jit(function(outputs, inputs, jax_space)))
    same_path(compiled, ours(optimizer))


@pytest.mark.parametrize("optimizer", [pair[0] for pair in PAIRS] + [SGD(0.1, 0.9, 0.3), Adagrad(0.1, 0.5)])
def test_a_second_step_is_the_same_exactly_and_in_floats(optimizer):
    """Written out from constants, as in an exam, two steps are those of the graph of one step."""
    optimizer = type(optimizer)(
        **{**vars(optimizer), "eps": 0} if hasattr(optimizer, "eps") else vars(optimizer)
    )
    parameters, state = [constant(v) for v in START], None
    for _ in range(2):
        parameters, state = optimizer.step(loss(*parameters), parameters, state)
    got = [np.asarray([float(v) for v in exact(w).ravel()]).reshape(w.shape) for w in parameters]
    same_path([got], ours(optimizer)[1:2], 1e-10)


def test_a_symbol_of_the_loss_is_not_taken_for_the_state():
    w, v, t = symbol("w"), symbol("v"), symbol("t")
    optimizer = SGD(0.5, momentum=0.5)
    state = optimizer.symbols([w])
    (new,), _ = optimizer.step(v * t * w, [w], state)
    program = Program([new], numpy_space)
    assert program({w: 1, v: 2, t: 3, state.t: 0, state.slots["v"][0]: 10}) == [1 - 0.5 * (0.5 * 10 + 6)]


# -- momentum ------------------------------------------------------------------------------------


def path_under(optimizer, convention):
    with declared({"momentum": convention}):
        return ours(optimizer)


@pytest.mark.parametrize("nesterov", [False, True])
def test_the_forms_of_momentum_are_one_path_at_other_step_sizes(nesterov):
    path = path_under(SGD(0.1, 0.75, nesterov=nesterov), "gradients")
    same_path(path_under(SGD(0.1, 0.75, nesterov=nesterov), "steps"), path)
    same_path(path_under(SGD(0.4, 0.75, nesterov=nesterov), "average"), path)
    with pytest.raises(AssertionError):
        same_path(path_under(SGD(0.1, 0.75, nesterov=nesterov), "average"), path)


def test_a_velocity_is_what_the_convention_says():
    w = vector(1, 2)
    for convention, want in [("gradients", [2, 4]), ("steps", [-0.5, -1]), ("average", [0.5, 1])]:
        with declared({"momentum": convention}) as state:
            _, after = SGD(0.25, momentum=0.75).step(w @ w, [w])
        assert exact(after.slots["v"][0]).astype(float).tolist() == want
        assert state.used == {"momentum"}


def test_without_momentum_no_convention_is_asked_for():
    w = vector(1, 2)
    with declared({}) as state:
        SGD(0.1).step(w @ w, [w])
        Adam(0.1).step(w @ w, [w])
    assert not state.used


def test_nesterov_is_momentum_with_the_gradient_at_the_point_ahead():
    """With u = w + μ v, the step of Sutskever et al. (2013) from w is that of PyTorch's form from u."""
    eta, mu = Fraction(1, 10), Fraction(1, 2)
    w, v, ahead = Fraction(3), Fraction(0), []
    for _ in range(3):
        v = mu * v - eta * 4 * (w + mu * v) ** 3  # the loss is its argument to the power 4
        w = w + v
        ahead.append(w + mu * v)
    u, state = constant(3), None
    for want in ahead:
        (u,), state = SGD(eta, mu, nesterov=True).step(u**4, [u], state)
        assert str(exact(u).item()) == str(want)


# -- weight decay --------------------------------------------------------------------------------


def test_both_ways_of_weight_decay_are_the_same_for_sgd():
    w, g, eta, lam = symbol("w", 3), symbol("g", 3), symbol("eta"), symbol("lam")
    sgd = SGD(lr=eta, weight_decay=lam)
    (penalised,), _ = sgd.update([g], sgd.init([w]), [w])
    plain = SGD(lr=eta)
    (decoupled,), _ = plain.update([g], plain.init([w]), decay_weights([w], eta, lam))
    values = {"w": [1, 2, 3], "g": [0.5, -1, 4], "eta": 0.1, "lam": 0.3}
    assert (exact(penalised, **values) == exact(decoupled, **values)).all()


def test_they_are_not_for_adam():
    w = vector(1, 2)
    steps = [exact(o(1, weight_decay=0.5, eps=0).step(w @ w, [w])[0][0]) for o in (Adam, AdamW)]
    assert steps[0].tolist() == [0, 1]  # the first step of Adam is η, however large the gradient
    assert steps[1].astype(float).tolist() == [-0.5, 0]


def test_weight_decay_is_the_gradient_of_a_penalty():
    w = symbol("w", 2)
    penalty = 0.25 * (w @ w)
    with_penalty = SGD(0.1, 0.9).step(tanh(w[0] - w[1]) + penalty, [w])[0][0]
    with_decay = SGD(0.1, 0.9, weight_decay=0.5).step(tanh(w[0] - w[1]), [w])[0][0]
    np.testing.assert_allclose(floats(with_penalty, w=[1, 2]), floats(with_decay, w=[1, 2]), rtol=1e-12)


# -- lines of working ----------------------------------------------------------------------------


def test_one_step_of_adam_reads_as_in_the_paper():
    w, x, y = (constant(v, name=n) for n, v in [("w", [2, 1]), ("x", [3, -1]), ("y", 4)])
    (new,), state = adam_step(named((w @ x - y) ** 2 / 2, "L"), [w], lr=0.1, eps=0)
    assert working(named(new, "w_1")).split("\n")[1:] == [
        "m₁ = β₁ m₀ + (1 − β₁) · ∂L/∂w = 0.9 · [0 0]ᵀ + (1 − 0.9) [3 −1]ᵀ"
        " = [0 0]ᵀ + [0.3 −0.1]ᵀ = [0.3 −0.1]ᵀ",
        "m̂₁ = m₁/(1 − β₁) = [0.3 −0.1]ᵀ/(1 − 0.9) = [0.3 −0.1]ᵀ/0.1 = [3 −1]ᵀ",
        "v₁ = β₂ v₀ + (1 − β₂) · ∂L/∂w ⊙ ∂L/∂w = 0.999 · [0 0]ᵀ + (1 − 0.999) [3 −1]ᵀ ⊙ [3 −1]ᵀ"
        " = [0 0]ᵀ + [0.009 0.001]ᵀ = [0.009 0.001]ᵀ",
        "v̂₁ = v₁/(1 − β₂) = [0.009 0.001]ᵀ/(1 − 0.999) = [0.009 0.001]ᵀ/0.001 = [9 1]ᵀ",
        "w₁ = w − η · m̂₁/√v̂₁ = [2 1]ᵀ − 0.1 · [3 −1]ᵀ/√[9 1]ᵀ = [2 1]ᵀ − [0.1 −0.1]ᵀ = [1.9 1.1]ᵀ",
    ]
    assert prove(new, Values()).proven
    (second,), _ = adam_step(named(new @ new / 2, "L"), [new], state, lr=0.1, eps=0)
    assert "m̂₂ = m₂/(1 − β₁²)" in working(second)


def test_several_parameters_are_told_apart():
    w, b = (constant(v, name=n) for n, v in [("w_0", [1, 2]), ("b", 3)])
    (new_w, _), state = adam_step(w @ w + b**2, [w, b])
    text = working(new_w)
    assert "m_w,0,1 = " in text
    assert "v̂_w,0,1 = " in text
    assert [s.name for s in state.slots["m"]] == ["m_w_0_1", "m_b_1"]
    _, state = adam_step(w @ w + constant(3) ** 2, [w, constant(3)])
    assert [s.name for s in state.slots["m"]] == ["m_1_1", "m_2_1"]


def test_an_epsilon_stands_outside_of_the_root():
    assert "m̂₁/(√v̂₁ + ε)" in working(adam_step(symbol("w") ** 2, [symbol("w")])[0][0])


# -- plain steps ---------------------------------------------------------------------------------


def test_a_step_goes_against_the_gradient():
    rng = np.random.default_rng(0)
    w, x, b, lr = rng.normal(size=3), rng.normal(size=3), 0.5, 0.1
    W, X, B = symbol("w", 3), symbol("x", 3), symbol("b")
    new_w, new_b = sgd_step(nll(sigmoid(W @ X + B), +1), [W, B], lr=lr)
    slope = 1 / (1 + np.exp(-(w @ x + b))) - 1
    np.testing.assert_allclose(floats(new_w, w=w, x=x, b=b), w - lr * slope * x)
    np.testing.assert_allclose(floats(new_b, w=w, x=x, b=b), b - lr * slope)


def test_a_step_of_a_softmax_classifier():
    rng = np.random.default_rng(1)
    w, x = rng.normal(size=(3, 2)), rng.normal(size=2)
    W, X = symbol("W", (3, 2)), symbol("x", 2)
    (new,) = sgd_step(nll(softmax(W @ X), 1), [W], lr=0.25)
    p = np.exp(w @ x) / np.exp(w @ x).sum()
    np.testing.assert_allclose(floats(new, W=w, x=x), w - 0.25 * np.outer(p - [0, 1, 0], x))


def test_a_step_is_exact():
    w = vector(1, 2, 3, 4)
    h = vector(1, 0, 0, 1)
    (new,) = sgd_step(nll(sigmoid(w @ h - 5), +1), [w], lr=1)
    assert [str(v) for v in exact(new)] == ["3/2", "2", "3", "9/2"]


def test_the_step_size_may_be_a_symbol():
    w = symbol("w")
    (new,) = sgd_step(w**2, [w], lr=symbol("eta"))
    assert floats(new, w=3, eta=0.5) == 0


def test_a_parameter_that_the_loss_does_not_depend_on_stays():
    w, v = symbol("w"), symbol("v")
    assert floats(sgd_step(w**2, [v], lr=1)[0], v=2) == 2
    assert floats(SGD(1, 0.9).step(w**2, [v])[0][0], v=2) == 2


def test_stopping_early_is_a_penalty_for_each_eigenvalue():
    """From 0, t steps on a quadratic with curvature a reach (1 − (1 − ηa)^t) of the way to its minimum."""
    curvature, best, eta, t = vector(1, 4), vector(2, 3), Fraction(1, 8), 3
    w = constant([0, 0], name="w")
    for _ in range(t):
        (w,) = sgd_step(total(curvature * (w - best) ** 2) / 2, [w], lr=eta)
    shrunk = [(1 - eta * a) ** t for a in (1, 4)]
    assert [str(v) for v in exact(w)] == [str((1 - s) * b) for s, b in zip(shrunk, (2, 3), strict=True)]
    # The penalty λ/2 w² whose minimum, a/(a + λ) of the way, is the same point.
    lam = vector(*(a * s / (1 - s) for s, a in zip(shrunk, (1, 4), strict=True)))
    slope = grad(total(curvature * (w - best) ** 2) / 2 + total(lam * w**2) / 2, w)
    assert (exact(slope) == 0).all()


# -- what makes no sense ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: SGD(-1), r"SGD: lr must be 0 or more, found -1"),
        (lambda: SGD(vector(1, 2)), r"SGD: lr must be a single number, found shape 2"),
        (lambda: SGD(0.1, momentum=-0.5), r"SGD: momentum must be 0 or more, found -0.5"),
        (lambda: SGD(0.1, nesterov=True), r"SGD: nesterov needs momentum above 0 and no dampening"),
        (lambda: SGD(0.1, 0.9, 0.1, nesterov=True), r"SGD: nesterov needs momentum above 0 and no dampening"),
        (lambda: Adam(0.1, (0.9, 1)), r"Adam: betas\[1\] must be at least 0 and less than 1, found 1"),
        (lambda: AdamW(0.1, (0.9,)), r"AdamW: betas are two numbers, found \(0.9,\)"),
        (lambda: AdamW(0.1, eps=-1), r"AdamW: eps must be 0 or more"),
        (lambda: RMSprop(alpha=1), r"RMSprop: alpha must be at least 0 and less than 1"),
        (lambda: Adagrad(initial_accumulator_value=-1), r"Adagrad: initial_accumulator_value must be 0 or"),
        (lambda: sgd_step(symbol("w", 2), [symbol("w", 2)], lr=1), r"only a scalar has a gradient"),
        (lambda: sgd_step(symbol("w") ** 2, symbol("w"), lr=1), r"sgd_step: expected a list .* write \[w\]"),
        (
            lambda: sgd_step((symbol("x") - constant(0)) ** 2, [constant(0)], lr=1),
            r"sgd_step: a parameter .* without a name .* named\(w",
        ),
        (lambda: Adam().step(symbol("w") ** 2, []), r"Adam: expected at least one node"),
        (
            lambda: SGD().update([vector(1)], SGD().init([vector(1, 2)]), [vector(1, 2)]),
            r"SGD: gradients of shape 1 for parameters of shape 2",
        ),
        (
            lambda: Adam().step(symbol("w") ** 2, [symbol("w")], SGD(momentum=0.9).init([symbol("w")])),
            r"Adam: this state is of another optimizer",
        ),
        (
            lambda: Adam().step(symbol("w") ** 2, [symbol("w")], Adam().init(PARAMETERS)),
            r"Adam: this state is .* of other parameters",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build()


def test_a_root_of_zero_over_zero_is_an_error_not_a_number():
    w = matrix("0 1")
    with pytest.raises(GraphError, match="division of 0 by zero"):
        exact(Adam(0.1, eps=0).step(total(w**2), [w])[0][0])
