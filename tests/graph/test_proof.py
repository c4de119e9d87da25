import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from tripos.graph import (
    constant,
    conv2d,
    cross_entropy,
    exp,
    floor,
    grad,
    log,
    matrix,
    max_pool2d,
    maximum_of,
    named,
    nll,
    relu,
    shape,
    sigmoid,
    size,
    softmax,
    sqrt,
    symbol,
    table,
    tanh,
    vector,
)
from tripos.graph import proof as proof_module
from tripos.graph import sum as total
from tripos.graph.growth import growth
from tripos.graph.node import Adjoint, apply
from tripos.graph.ops.elementwise import absolute
from tripos.graph.proof import prove
from tripos.graph.spaces import exact as exact_space
from tripos.graph.values import Values

VALUES = "exact and floating-point values agree"
POINTS = "exact and floating-point values agree at random points"
SAMPLED = "what was derived from the graph was checked at samples when it was derived"
SHAPES = "shapes derived by rule agree with those of real arrays"
SLOPES = "gradient agrees with finite differences"
KINK = SLOPES + " (on a kink: it lies between the one-sided slopes)"

x = named(vector(2, -1, Fraction(1, 2)), "x")
W = named(matrix("1 -2 0; 3 1/2 -1"), "W")
z = named(W @ x, "z")
s, t = symbol("s"), symbol("t")


def loss(node):
    """Return a scalar named L, so that its gradients are adjoints by name."""
    return named(total(node), "L")


def holds(node):
    """Return how a key was proven; fail where it was not."""
    found = prove(node, Values())
    assert found.holds, found.trouble
    assert not found.trouble
    return found.how


def trouble(node):
    """Return why a key is refused; fail where it is not."""
    found = prove(node, Values())
    assert not found.holds
    return found.trouble


@pytest.mark.parametrize(
    ("node", "how"),
    [
        (z, (VALUES,)),
        (softmax(z), (VALUES,)),
        (exp(constant(-40)), (VALUES,)),
        (constant(10**12) / 7, (VALUES,)),
        (grad(loss(tanh(z)), x), (VALUES, SLOPES)),
        (W - grad(loss(softmax(z) ** 2), W), (VALUES, SLOPES)),
        (tanh(s) * t, (POINTS,)),
        (log(symbol("p", 20, "probability")), (POINTS,)),  # never at 0 or 1
        (1 / symbol("q", 60, "positive"), (POINTS,)),
        (softmax(symbol("v", 3)), (POINTS,)),
        (floor(size("n") / 2) + 1, (POINTS,)),
        (grad(named(tanh(s) * t, "y"), s), (POINTS, SLOPES)),
        (shape(symbol("A", (3, 4)) @ symbol("B", (4, 5))), (SHAPES,)),
        (total(symbol("v", (size("n"),))), ("symbolic sizes: derived by rule",)),
        (growth(size("M") ** 2, size("M")), (VALUES, SAMPLED)),
    ],
)  # fmt: skip
def test_right_keys_hold(node, how):
    assert holds(node) == how


@pytest.mark.parametrize("at", [2, -1, Fraction(1, 3)])
@pytest.mark.parametrize("rule", [relu, absolute, lambda v: relu(v) ** 2, lambda v: maximum_of(v) * 3])
def test_gradients_off_the_kinks(rule, at):
    v = named(vector(at, -3, 4), "v")
    assert holds(grad(loss(rule(v)), v)) == (VALUES, SLOPES)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (relu, [0, 1]),
        (absolute, [0, 1]),
        (maximum_of, [2, 2]),
        (lambda v: max_pool2d(v, 2), [[1, 1], [0, 1]]),
    ],
)
def test_gradients_on_kinks_lie_between_the_slopes(rule, value):
    v = named(constant(value), "v")
    assert holds(grad(loss(rule(v)), v)) == (VALUES, KINK)


def test_a_subgradient_outside_of_the_slopes_is_refused():
    v = named(vector(0, 1), "v")
    L = loss(relu(v))
    wrong = named(grad(L, v) - vector(1, 0), Adjoint(L, named(v, "v")))
    assert "gives a slope of" in trouble(wrong)


# -- a rule that is wrong --


@pytest.fixture
def broken():
    """Return nodes of an op with other rules: a record of its own, which the table does not hold."""

    def build(name, *args, attrs=None, **rules):
        kept = table[name]
        rules = {rule: wrong(getattr(kept, rule)) for rule, wrong in rules.items()}
        node = apply(dataclasses.replace(kept, **rules), *args, **attrs or {})
        assert table[name] is kept
        return node

    return build


def shifted(rule):
    """Return a rule in floats, off by a millionth."""
    return lambda *args, **attrs: rule(*args, **attrs) + 1e-6


def shifted_exactly(rule):
    """Return a rule that is off by a millionth in exact arithmetic only."""
    millionth = exact_space.value(Fraction(1, 10**6))
    return lambda xp, *args, **attrs: rule(xp, *args, **attrs) + (millionth if xp is exact_space else 0)


def scaled(rule):
    """Return a gradient that is off by a thousandth of itself."""
    return lambda *args, **attrs: [
        None if share is None else share * Fraction(1001, 1000) for share in rule(*args, **attrs)
    ]


OPS = [
    ("relu", (vector(1, -2),)),
    ("sigmoid", (vector(1, -2),)),
    ("softmax", (vector(1, -2),)),
    ("tanh", (vector(1, -2),)),
    ("logistic_loss", (constant(Fraction(1, 2)),)),
    ("cross_entropy", (vector(1, -2), vector(0, 1))),
]


@pytest.mark.parametrize(("name", "args"), OPS)
def test_a_wrong_kernel_is_refused(broken, name, args):
    assert holds(broken(name, *args)) == (VALUES,)
    assert "exact and floating-point values differ" in trouble(broken(name, *args, kernel=shifted))


@pytest.mark.parametrize(("name", "args"), OPS)
def test_a_wrong_textbook_rule_is_refused(broken, name, args):
    assert "exact and floating-point values differ" in trouble(broken(name, *args, forward=shifted_exactly))


@pytest.mark.parametrize(("name", "args"), OPS)
def test_a_wrong_gradient_is_refused(broken, name, args):
    at = named(args[0], "a")
    assert holds(grad(loss(broken(name, at, *args[1:]) ** 2), at)) == (VALUES, SLOPES)
    wrong = grad(loss(broken(name, at, *args[1:], backward=scaled) ** 2), at)
    assert "gives a slope of" in trouble(wrong)


def test_a_formula_with_a_wrong_gradient_is_refused(broken):
    wrong = grad(named(broken("tanh", s, backward=scaled), "y"), s)
    assert "∂y/∂s gives a slope of" in trouble(wrong)


def test_a_formula_with_a_wrong_kernel_is_refused(broken):
    assert "exact and floating-point values differ" in trouble(broken("tanh", s, kernel=shifted))


def test_a_wrong_step_on_the_way_is_refused(broken):
    """The key rests on the gradient; the gradient's own rule is at fault."""
    L = loss(broken("sigmoid", z, backward=scaled))
    assert "∂L/∂z gives a slope of" in trouble(W - 2 * grad(L, W))


def test_the_trouble_shows_both_values(broken):
    wrong = broken("relu", constant(3), kernel=lambda rule: lambda v: -v)
    assert trouble(wrong).endswith("3 against -3")


def test_a_wrong_slope_shows_both_slopes(broken):
    a = named(constant(2), "a")
    wrong = grad(
        named(broken("power", a, constant(2), backward=lambda rule: lambda g, *rest: [g * 5, None]), "y"), a
    )
    words = trouble(wrong).split()
    slope, measured = float(words[5].strip(",")), float(words[-1])
    assert slope / measured == pytest.approx(5 / 4, rel=1e-4)


def test_a_kernel_of_another_shape_is_refused(broken):
    wrong = broken("relu", vector(1, 2), kernel=lambda rule: lambda v: v[..., None])
    assert trouble(wrong).endswith("shapes (2,) and (2, 1)")


def test_a_kernel_without_a_number_is_refused(broken):
    assert trouble(broken("relu", constant(3), kernel=lambda rule: lambda v: v * np.nan)).endswith(
        "3 against nan"
    )


def test_a_shape_is_measured(broken):
    wrong = broken("shape_of", matrix("1 2 3"), attrs={"dims": (3, 1), "ndim": 2})
    assert "differ: 3 against 1" in trouble(wrong)


def test_what_is_too_large_is_not_measured():
    images, kernel = symbol("I", (64, 800, 800)), symbol("K", (64, 64, 3, 3))
    for node in (conv2d(images, kernel), symbol("huge", (10**6, 10**6))):
        assert holds(shape(node)) == ("derived from the shapes alone: too large to measure",)


@pytest.mark.parametrize(
    ("node", "why"),
    [
        (1 / (constant(2) - 2), "division of 1 by zero"),
        (log(constant(2) - 2), "not positive"),
        (sqrt(s), "not real"),
        (symbol("A", (9, 9)).T @ log(symbol("B", (9, 9))), "not positive"),
    ],
)
def test_what_has_no_value_is_refused_with_its_reason(node, why):
    assert why in trouble(node)


def test_large_symbols_are_proven_at_points():
    assert holds(symbol("A", (9, 9)) @ symbol("B", (9, 9))) == (POINTS,)


def test_losses_are_proven_with_their_gradients():
    for node in (cross_entropy(z, 1), nll(sigmoid(z[0]), -1)):
        L = named(node, "L")
        assert holds(grad(L, W)) == (VALUES, SLOPES)


def test_infinities_are_not_close():
    assert proof_module._difference(np.asarray(np.inf), np.asarray(np.inf))
    assert not proof_module._difference(np.asarray([1.0, 1e20]), np.asarray([1.0, 1e20 * (1 + 1e-12)]))


def test_one_derivation_alone_proves_nothing():
    symbolic = prove(total(symbol("v", (size("n"),))), Values())
    huge = prove(shape(symbol("x", (100_000, 100_000))), Values())
    small = prove(shape(symbol("x", (3, 2))), Values())
    assert [(p.holds, p.proven) for p in (symbolic, huge, small)] == [
        (True, False),
        (True, False),
        (True, True),
    ]
