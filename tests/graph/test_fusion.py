import numpy as np
import pytest

from tripos.graph import constant, dot, floats, grad, log, named, nll, sigmoid, softmax, symbol, write
from tripos.graph import sum as total
from tripos.graph.fusion import fuse, unnamed
from tripos.graph.node import schedule
from tripos.graph.ops.selection import entry

z, t, y = symbol("z", 3), symbol("t", 3), symbol("y")
a = symbol("a")
p = named(softmax(z), "p")
f = named(sigmoid(a), "f")


def reached(of, at):
    """Return the names of the adjoints by way of which a gradient is computed."""
    return {write(n).text for n in schedule([grad(named(of, "L"), at)]) if n.name is not None and n.args}


@pytest.mark.parametrize(
    ("loss", "at"),
    [
        (-log(p[1]), z),
        (-log(entry(p, y)), z),
        (-dot(t, log(p)), z),
        (nll(p, 2), z),
        (total(log(p)), z),
        (-log(f), a),
        (-log(1 - f), a),
        (-(y * log(f) + (1 - y) * log(1 - f)), a),
    ],
)
def test_the_logarithm_of_a_named_probability_is_derived_through_its_logits(loss, at):
    names = reached(loss, at)
    assert not names & {"∂L/∂p", "∂L/∂f"}
    # Where p is 0 to the last digit the gradient is still a number.
    far = {"z": [-1000, 0, 1000], "a": -1000}
    values = {**far, "t": [1, 0, 0], "y": 0}
    node = grad(loss, at)
    used = {n.name: values[n.name] for n in schedule([node]) if n.op.name == "symbol"}
    assert np.isfinite(floats(node, **used)).all()


def test_the_gradient_is_written_with_the_name_of_the_probability():
    from tripos.graph.deriving.simplify import simplify

    loss = named(-log(entry(p, y)), "L")
    assert write(simplify(grad(loss, z)), own_name=False).text == "p − e_y"


@pytest.mark.parametrize(
    "loss",
    [
        -log(p[1]) + p @ p,  # used by something else as well
        p @ t,  # no logarithm
        log(p @ t),  # of something else
        total(log(p + 1)),
    ],
)
def test_other_uses_go_by_way_of_the_probability(loss):
    assert "∂L/∂p" in reached(loss, z)


def test_a_probability_that_is_asked_for_stays():
    loss = named(-log(f), "L")
    by_f, by_a = grad(loss, [f, a])
    assert floats(by_f, a=0) == -2
    assert floats(by_a, a=0) == -0.5
    assert fuse(loss, {f}) == (loss, {})


def test_a_named_logarithm_keeps_its_adjoint():
    s = named(log(f), "s")
    loss = s * s
    assert "∂L/∂s" in reached(loss, a)
    assert floats(grad(loss, a), a=0) == pytest.approx(2 * np.log(0.5) * 0.5)


def test_what_is_given_back_has_the_same_value():
    loss = -log(p[1]) - log(1 - f) * 2
    fused, old = fuse(loss, ())
    assert fused is not loss
    values = {"z": [0.1, 0.5, -1], "a": 0.3}
    assert floats(fused, **values) == pytest.approx(floats(loss, **values), rel=1e-12)
    assert old[unnamed(p)] is p
    assert old[fused] is loss


def test_nothing_happens_where_there_is_no_logarithm():
    assert fuse(constant(2) * a, ()) == (constant(2) * a, {})
