"""How random weights carry variances through layers and back, and which variance of theirs keeps them.

Weights are independent of mean 0, biases are 0, and pre-activations are symmetric about 0.  Then
Var z = n Var(W) E h² for a unit of n inputs h (Glorot and Bengio, 2010; He et al., 2015), and likewise for
gradients, which are taken to be independent of the weights that they pass.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from ..graph import GraphError, Node, constant, grad, lift, named, symbol
from ..graph.compare import compare
from ..graph.node import Literal, rebuild
from ..graph.polynomial import collected, terms_of
from ..graph.values import Values
from .activation import Flatten, Identity
from .arguments import check_module
from .feedforward import in_sequence
from .initialisation import fans_of
from .linear import Sequential
from .module import Module
from .residual import Residual

HALF = constant(Fraction(1, 2))

MODES = ("fan_in", "fan_out", "fan_avg")
"""What is kept: the variance of pre-activations, that of gradients, or both on average."""


# -- activations -----------------------------------------------------------------------------------


class Response(NamedTuple):
    """What an activation φ does: E φ(z)² = offset + slope · Var z, and E φ'(z)² = back.

    ``exact`` says that this holds for every z that is symmetric about 0; otherwise φ was linearised.
    """

    offset: Node
    slope: Node
    back: Node
    exact: bool


def response(activation: Module) -> Response:
    """Return what an activation does to second moments.

    Where φ(t z) = t φ(z) for all t > 0, as for relu, φ is a line on either side of 0.  Each half of a
    symmetric z carries half of E z², so that E φ(z)² = ½ (φ(1)² + φ(−1)²) Var z.  Where φ(t z) = φ(z), as for
    the hard threshold, E φ(z)² = ½ (φ(1)² + φ(−1)²).  Any other φ is linearised: φ(z) ≈ φ(0) + φ'(0) z.
    """
    z, t = symbol("z"), symbol("t", (), "positive")
    phi, scaled = activation(z), activation(t * z)
    slope = grad(phi, z)

    def square(node: Node, at: int) -> Node:
        return _simplest(rebuild([node], {z: constant(at)})[0] ** 2)

    def halves(node: Node) -> Node:
        return _simplest(HALF * (square(node, 1) + square(node, -1)))

    if compare(scaled, t * phi).same:
        return Response(constant(0), halves(phi), halves(slope), True)
    if compare(scaled, phi).same:
        return Response(halves(phi), constant(0), constant(0), True)
    return Response(square(phi, 0), square(slope, 0), square(slope, 0), False)


def _simplest(node: Node) -> Node:
    """Return a number where the value is rational, else the node."""
    number = Values().number(node)
    return node if number is None else constant(number)


# -- networks --------------------------------------------------------------------------------------


def forward_moments(
    network: Module, variances: Sequence[Literal] | None = None, start: Literal | None = None
) -> list[Node]:
    """Return second moments through a network: Var(z_1), E(h_1²), Var(z_2) and so on, named so.

    z_l are the outputs of the l-th layer with weights, h_l its activations.  The variances of the weights,
    one for each such layer, are symbols Var(W_l) unless given, and so is ``start``, E(x²) of the input.
    Sizes may be symbols.  In a residual unit the moments of x and of F(x) add up.
    """
    check_module("forward_moments", network)
    walk = _Walk(network, variances)
    walk.forward(network, symbol("E(x²)", (), "nonnegative") if start is None else lift(start))
    return walk.found


def backward_moments(
    network: Module, variances: Sequence[Literal] | None = None, start: Literal | None = None
) -> list[Node]:
    """Return the variances of the gradients δ_l = ∂L/∂z_l, last layer first, and of ∂L/∂x as Var(δ_0).

    ``start`` is the variance of the gradient with respect to the output of the network, the symbol Var(δ)
    unless given; the variances of the weights are as in ``forward_moments``.
    """
    check_module("backward_moments", network)
    walk = _Walk(network, variances)
    out = walk.backward(network, symbol("Var(delta)", (), "nonnegative") if start is None else lift(start))
    return [*walk.found, named(out, "Var(delta_0)")]


class _Walk:
    """A walk through the layers of a network, in either direction; ``found`` is what was named."""

    def __init__(self, network: Module, variances: Sequence[Literal] | None):
        self.found: list[Node] = []
        self.count = _count(network)
        if variances is not None and len(variances) != self.count:
            raise GraphError(f"moments: {len(variances)} variances for {self.count} layers with weights")
        symbols = [symbol(f"Var(W_{i})", (), "nonnegative") for i in range(1, self.count + 1)]
        self.variances = symbols if variances is None else [lift(v) for v in variances]
        self.layer = self.unit = 0

    def named(self, node: Node, name: str) -> Node:
        """Return a node under a name, and keep it as a line."""
        self.found.append(named(node, name))
        return self.found[-1]

    def forward(self, network: Module, moment: Node) -> Node:
        """Return the second moment of the output from that of the input."""
        for part in _parts(network):
            if isinstance(part, Residual):
                moment = moment + self.forward(part.inner, moment)
                self.unit += 1
                moment = self.named(moment, f"E(x_{self.unit}²)")
            elif part.weights():
                self.layer += 1
                inputs, _ = fans_of(part)
                moment = self.named(inputs * self.variances[self.layer - 1] * moment, f"Var(z_{self.layer})")
            elif not isinstance(part, (Identity, Flatten)):
                does = response(part)
                moment = self.named(does.slope * moment + does.offset, f"E(h_{self.layer}²)")
        return moment

    def backward(self, network: Module, moment: Node) -> Node:
        """Return the variance of the gradient at the input from that at the output."""
        if not self.layer:
            self.layer = self.count + 1
        for part in reversed(_parts(network)):
            if isinstance(part, Residual):
                moment = moment + self.backward(part.inner, moment)
            elif part.weights():
                self.layer -= 1
                _, outputs = fans_of(part)
                moment = self.named(moment, f"Var(delta_{self.layer})")
                moment = outputs * self.variances[self.layer - 1] * moment
            elif not isinstance(part, (Identity, Flatten)):
                moment = response(part).back * moment
        return moment


def _parts(network: Module) -> list[Module]:
    """Return the modules of a network in order, each of which has a rule."""
    parts = [part for part, _ in in_sequence(network, network.bound({}))]
    for part in parts:
        if isinstance(part, Residual):
            if not _parts(part.inner)[-1].weights():
                raise GraphError(
                    "moments: F(x) of a residual unit must end in a layer with weights, whose outputs have "
                    "mean 0; then the moments of x and F(x) add up"
                )
        elif part.weights() and len(part.shapes().get("weight", ())) < 2:
            raise GraphError(f"moments: no rule for {type(part).__name__}")
    return parts


def _count(network: Module) -> int:
    parts = _parts(network)
    return sum(_count(p.inner) if isinstance(p, Residual) else bool(p.weights()) for p in parts)


# -- the variance that keeps -----------------------------------------------------------------------


def keeping_variance(layer: Module, activation: Module | None = None, mode: str = "fan_in") -> Node:
    """Return Var(W) for which a layer after an activation keeps the variance, where that is 1.

    ``mode`` fan_in keeps that of the pre-activations, fan_out that of the gradients, fan_avg the mean of
    the two factors.  The factors are read off the graph of moments, in which they are linear in Var(W):
    1/n without activation, 2/n after a relu, 2/(n + m) for the mean.
    """
    if mode not in MODES:
        raise GraphError(f"keeping_variance: mode is one of {', '.join(MODES)}, found {mode!r}")
    v = symbol("Var(W)", (), "nonnegative")
    unit = Sequential(Identity() if activation is None else activation, layer)
    if _count(unit) != 1:
        raise GraphError("keeping_variance: expected one layer with weights and an activation without")
    forward = forward_moments(unit, [v], 1)[-1]
    backward = backward_moments(unit, [v], 1)[-1]
    factors = {"fan_in": [forward], "fan_out": [backward], "fan_avg": [forward, backward]}[mode]
    if not all(terms_of(factor) for factor in factors):
        raise GraphError(f"keeping_variance: no gradient passes {activation!r}, whatever Var(W) is")
    terms = terms_of(grad(sum(factors[1:], factors[0]) * Fraction(1, len(factors)), v))
    over = math.lcm(*(c.denominator for c in terms.values()))
    return constant(over) / lift(collected({m: c * over for m, c in terms.items()}))
