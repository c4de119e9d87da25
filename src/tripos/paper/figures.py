"""Figures: what a ``figure`` block may call, on top of the vocabulary, to say what is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import GraphError, Node, grad, lift, symbol
from ..graph.node import free_symbols, schedule
from ..graph.notation import write
from ..graph.program import Program
from ..graph.program import floats as evaluated
from ..graph.spaces import numpy as floats
from .drawings import Curve, Diagram, Drawing, Network, Plot, Vertex
from .runner import Scope, evaluate

SAMPLES = 241
"""How many points of a curve are computed."""

VERTICES = 80
"""The largest computation graph that can be drawn."""


def draw(expr: str, line: int, scope: Scope) -> Drawing:
    """Return what a ``figure`` block draws; raise Fault or GraphError where it draws nothing."""
    own = scope.child()
    own.names.update({f.__name__: f for f in (plot, derivative, network, graph)})
    found = evaluate(expr, line, own)
    if not isinstance(found, Drawing):
        raise GraphError("a figure is plot(...), network(...) or graph(...)")
    return found


def plot(*curves_and_range: Any) -> Plot:
    """Return curves over a range: ``plot(sigmoid, derivative(sigmoid), -6, 6)``.

    A curve is a function of one number, or a node that depends on one symbol without shape.
    """
    if len(curves_and_range) < 3:
        raise GraphError("plot takes curves, then where they begin and end: plot(sigmoid, -6, 6)")
    *curves, low, high = curves_and_range
    begin, end = _number(low), _number(high)
    if not begin < end:
        raise GraphError(f"the plot begins at {begin:g} and ends at {end:g}")
    places = np.linspace(begin, end, SAMPLES)
    return Plot(tuple(map(float, places)), tuple(_curve(curve, places) for curve in curves))


def derivative(function: Any) -> Callable[[Node], Node]:
    """Return the derivative of a function of one number; its label has a prime."""
    if not callable(function):
        raise GraphError("derivative takes a function such as sigmoid")

    def slope(x: Node) -> Node:
        return grad(lift(function(x)), x)

    slope.__name__ = f"{_label(function)}′"
    return slope


def network(*sizes: Any) -> Network:
    """Return a diagram of layers with so many units each: ``network(3, 4, 2)``."""
    counts = [_number(size) for size in sizes]
    if len(counts) < 2 or any(n != int(n) or not 1 <= n <= 20 for n in counts) or len(counts) > 12:
        raise GraphError("network takes the units of 2 to 12 layers, 1 to 20 each: network(3, 4, 2)")
    return Network(tuple(map(int, counts)))


def graph(output: Any) -> Diagram:
    """Return the computation graph that leads to a node."""
    nodes = schedule([lift(output)])
    if len(nodes) > VERTICES:
        raise GraphError(f"the graph has {len(nodes)} nodes; at most {VERTICES} can be drawn")
    layers: dict[Node, int] = {}
    for node in nodes:
        layers[node] = 1 + max((layers[arg] for arg in node.args), default=-1)
    for node in nodes:  # what is given stands just before its first use
        if not node.args:
            users = [layers[user] for user in nodes if node in user.args]
            layers[node] = min(users, default=1) - 1
    place = {node: i for i, node in enumerate(nodes)}
    vertices = tuple(Vertex(_name(node), layers[node], not node.args) for node in nodes)
    edges = dict.fromkeys((place[arg], place[node]) for node in nodes for arg in node.args)
    return Diagram(vertices, tuple(edges))


_SIGNS = {"add": "+", "sub": "−", "mul": "×", "div": "÷", "neg": "−", "power": "^", "contract": "·"}


def _name(node: Node) -> str:
    """Return the name of a node; without one, its op, or the value of a constant."""
    if node.name is not None or not node.args:
        return write(node).text
    return _SIGNS.get(node.op.name, node.op.name)


def _number(value: Any) -> float:
    found = np.asarray(evaluated(lift(value)))
    if found.shape != ():
        raise GraphError(f"a figure takes a number here, not an array of shape {found.shape}")
    return float(found)


def _label(function: Any) -> str:
    return str(getattr(function, "__name__", "curve")).replace("_", " ")


def _curve(curve: Any, places: np.ndarray[Any, Any]) -> Curve:
    """Return a curve sampled by the engine."""
    if isinstance(curve, Node):
        label, node = write(curve).text, curve
        found = sorted(free_symbols(curve), key=str)
        if len(found) != 1 or found[0].shape != ():
            raise GraphError(f"{label} does not depend on one number alone, so it is no curve")
        (x,) = found
    elif callable(curve):
        x = symbol("x")
        label, node = _label(curve), lift(curve(x))
    else:
        raise GraphError(f"{curve!r} is no curve: a function such as sigmoid, or a formula in one symbol")
    if node.shape != ():
        raise GraphError(f"{label} gives an array of shape {node.shape}, so it is no curve")
    with np.errstate(all="ignore"):
        values = np.asarray(Program([node], floats)({x: places})[0], dtype=float)
    heights = np.broadcast_to(values, places.shape)
    return Curve(label, tuple(float(y) if np.isfinite(y) else None for y in heights))
