"""What an optimizer is: a rule for one parameter, and the state that it carries from step to step.

>>> from tripos.graph import exact, vector
>>> from tripos.nets import SGD
>>> w = vector(3, 4)
>>> (new,), state = SGD(lr=0.1, momentum=0.9).step(w @ w, [w])
>>> exact(new)
array([12/5, 16/5], dtype=object)

Where steps are compiled, the state is passed in and out: ``optimizer.symbols(parameters)`` stands for it in
the graph, and ``state.nodes()`` lists it in a fixed order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from ...graph import GraphError, Node, convention, expand, lift, named
from ...graph.node import Dim, Literal, Shape, apply, is_literal, schedule, show_shape
from ...graph.op import find
from ...graph.reverse import derivatives

Namer = Callable[[Node, str], Node]
"""Names a node of a step: ``name(node, "m")`` makes it m₁ in the first step, m_w,1 of several parameters."""


class State(NamedTuple):
    """What an optimizer carries from step to step.

    ``t`` counts the steps taken; ``slots`` holds an array for each parameter under each name, such as the
    first and second moments m and v of Adam; ``labels`` are the subscripts of the parameters.
    """

    t: Dim
    slots: Mapping[str, tuple[Node, ...]]
    labels: tuple[str, ...]

    def nodes(self) -> list[Node]:
        """Return the count of steps and all arrays, in the same order for every state of an optimizer."""
        return [lift(self.t), *(node for slot in self.slots.values() for node in slot)]


@dataclass(frozen=True)
class Optimizer:
    """A rule that gives new parameters for gradients, with a state that it carries from step to step."""

    def slots(self) -> Mapping[str, Literal]:
        """Return the names of the arrays kept for each parameter, and what they are filled with at first."""
        return {}

    def rule(
        self, w: Node, g: Node, kept: Mapping[str, Node], t: Dim, name: Namer
    ) -> tuple[Node, dict[str, Node]]:
        """Return the new value of one parameter and of what is kept for it; ``t`` is 1 in the first step."""
        raise NotImplementedError

    def init(self, parameters: Sequence[Node]) -> State:
        """Return the state before the first step."""
        parameters = listed(type(self).__name__, parameters)
        labels = _labels(parameters)
        slots = {
            slot: tuple(
                named(expand(lift(value), w.shape), _name(slot, label, 0))
                for w, label in zip(parameters, labels, strict=True)
            )
            for slot, value in self.slots().items()
        }
        return State(0, slots, labels)

    def symbols(self, parameters: Sequence[Node]) -> State:
        """Return a state of symbols, for a graph of one step that is evaluated many times."""
        parameters = listed(type(self).__name__, parameters)
        labels = _labels(parameters)
        slots = {
            slot: tuple(
                _own_symbol(_name(slot, label, ""), w.shape)
                for w, label in zip(parameters, labels, strict=True)
            )
            for slot in self.slots()
        }
        return State(_own_symbol("t", ()), slots, labels)

    def update(
        self, gradients: Sequence[Node], state: State, parameters: Sequence[Node]
    ) -> tuple[list[Node], State]:
        """Return the parameters after one step, and the state to carry on.

        What a step computes on the way has a name, and so is a line of working.
        """
        own = type(self).__name__
        parameters = listed(own, parameters)
        gradients = listed(own, gradients)
        if [g.shape for g in gradients] != [w.shape for w in parameters]:
            raise GraphError(
                f"{own}: gradients of shape {_shapes(gradients)} for parameters of shape "
                f"{_shapes(parameters)}; pass one of the same shape for each"
            )
        if set(state.slots) != set(self.slots()) or len(state.labels) != len(parameters):
            raise GraphError(f"{own}: this state is of another optimizer, or of other parameters; use init")
        t = state.t + 1
        number = t if isinstance(t, int) else "new"
        found = []
        for i, (w, g, label) in enumerate(zip(parameters, gradients, state.labels, strict=True)):

            def name(node: Node, base: str, label: str = label) -> Node:
                return named(node, _name(base, label, number))

            found.append(self.rule(w, g, {slot: kept[i] for slot, kept in state.slots.items()}, t, name))
        slots = {slot: tuple(kept[slot] for _, kept in found) for slot in state.slots}
        return [new for new, _ in found], State(t, slots, state.labels)

    def step(
        self, loss: Node, parameters: Sequence[Node], state: State | None = None
    ) -> tuple[list[Node], State]:
        """Return the parameters after one step down the gradient of ``loss``, and the state to carry on."""
        parameters = listed(type(self).__name__, parameters)
        before = self.init(parameters) if state is None else state
        return self.update(slopes(type(self).__name__, loss, parameters), before, parameters)


def slopes(own: str, loss: Literal, parameters: Sequence[Node]) -> list[Node]:
    """Return the gradient of a loss for each parameter."""
    loss = lift(loss)
    inside = set(schedule([loss]))
    for w in parameters:
        if is_literal(w) and w not in inside:  # a neutral 0 or 1 has vanished from the loss
            raise GraphError(
                f"{own}: a parameter is a constant without a name that the loss does not hold; "
                'give it a name before it is used: w = named(w, "w")'
            )
    return derivatives(loss, parameters)


def listed(own: str, nodes: Sequence[Node] | Node) -> list[Node]:
    """Return nodes as a list, or raise GraphError where a single one stands in its place."""
    if isinstance(nodes, Node):
        raise GraphError(f"{own}: expected a list of nodes, found a single one; write [w]")
    if not isinstance(nodes, Collection):
        raise GraphError(f"{own}: expected a list of nodes such as [w, b], found {nodes!r}")
    if not nodes:
        raise GraphError(f"{own}: expected at least one node in the list")
    return [lift(node) for node in nodes]


def _shapes(nodes: Sequence[Node]) -> str:
    return ", ".join(show_shape(node.shape) for node in nodes)


def _labels(parameters: Sequence[Node]) -> tuple[str, ...]:
    """Return the subscripts of parameters: their names, or numbers where those do not tell them apart."""
    names = [w.name for w in parameters]
    if len(names) == 1:
        return ("",)
    if all(isinstance(n, str) for n in names) and len(set(names)) == len(names):
        return tuple(map(str, names))
    return tuple(str(i + 1) for i in range(len(names)))


def _name(base: str, label: str, t: int | str) -> str:
    return "_".join(part for part in (base, label, str(t)) if part)


def _own_symbol(name: str, shape: Shape) -> Node:
    """Return a symbol that is none of the loss, even if one there has the same name and shape."""
    return apply(find("symbol"), name=name, shape=shape, domain="state")


# -- numbers of a rule ---------------------------------------------------------------------------


def setting(value: Literal, name: str) -> Node:
    """Return a number of a rule as a node, under the name by which lines of working write it."""
    node = lift(value)
    return named(node, name) if node.op.name == "constant" and node.name is None else node


def rate(lr: Literal | Callable[[Dim], Literal], t: Dim) -> Node:
    """Return the step size η of step ``t``; a function is asked for it with the number of steps before."""
    if not callable(lr):
        return setting(lr, "eta")
    return named(lift(lr(t - 1)), f"eta_{t}" if isinstance(t, int) else "eta")


def off(value: Literal) -> bool:
    """Say whether a number is a plain 0, which switches a part of a rule off."""
    return is_literal(lift(value), 0)


def within(own: str, name: str, value: Literal, below: Literal = None) -> None:
    """Raise GraphError unless a number is 0 or more, and less than ``below`` where that is given."""
    if name == "lr" and callable(value):
        return
    node = lift(value)
    if node.shape:
        raise GraphError(f"{own}: {name} must be a single number, found shape {show_shape(node.shape)}")
    if node.op.name != "constant":
        return
    (number,) = dict(node.attrs)["value"]
    if number < 0 or (below is not None and number >= below):
        wanted = "0 or more" if below is None else f"at least 0 and less than {below}"
        raise GraphError(f"{own}: {name} must be {wanted}, found {_shown(number)}")


def _shown(number: Fraction) -> str:
    return str(number) if number.denominator == 1 else str(float(number))


# -- momentum ------------------------------------------------------------------------------------


def with_momentum(
    w: Node, g: Node, v: Node, lr: Node, mu: Node, name: Namer, slot: str, kept: Any = 1, ahead: bool = False
) -> tuple[Node, Node]:
    """Return the parameter and the velocity after a step with momentum (Polyak, 1964).

    The convention ``momentum`` says what the velocity holds: the sum of gradients, as in PyTorch; that of
    steps (Sutskever et al., 2013); or an average of gradients.  ``kept`` is the share of a new gradient that
    enters the first two.  ``ahead`` looks one step ahead (Nesterov, 1983), as Bengio et al. (2013) write it,
    with the gradient at w.
    """
    form = convention("momentum")
    if form == "steps":
        v = name(mu * v - lr * (kept * g), slot)
        return (w + (mu * v - lr * g) if ahead else w + v), v
    share = 1 - mu if form == "average" else kept
    v = name(mu * v + share * g, slot)
    if ahead:
        return w - lr * (mu * v + (share * g if form == "average" else g)), v
    return w - lr * v, v
