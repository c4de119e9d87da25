"""Reverse mode: adjoints are ordinary nodes, so they print, evaluate and differentiate like any other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import overload

from .fusion import fuse
from .node import Adjoint, Node, constant, lift, named, rebuild, schedule, show_shape
from .op import GraphError
from .ops.reduction import sum_to
from .ops.shape import expand


@overload
def grad(of: Node, wrt: Node) -> Node: ...
@overload
def grad(of: Node, wrt: Sequence[Node]) -> list[Node]: ...
def grad(of: Node, wrt: Node | Sequence[Node]) -> Node | list[Node]:
    """Return the derivative of a scalar with respect to a node, or to each of several.

    Each has the shape of its node.  The adjoint of a named node is named after it (∂L/∂z), so that it
    becomes a line of working.  Where ``of`` does not depend on a node, its derivative is zero.
    """
    targets, of = targets_of("grad", wrt), lift(of)
    if of.shape:
        raise GraphError(f"grad: only a scalar has a gradient, found shape {show_shape(of.shape)}")
    fused, old = fuse(of, set(targets))
    new = {node: key for key, node in old.items()}
    found = _pull(of, fused, old, [new.get(t, t) for t in targets])
    found = rebuild(found, old) if old else found
    return found[0] if isinstance(wrt, Node) else found


def targets_of(name: str, wrt: Node | Iterable[Node]) -> list[Node]:
    """Return the nodes that a derivative is with respect to, from one or several."""
    targets = [wrt] if isinstance(wrt, Node) else list(wrt) if isinstance(wrt, Iterable) else [wrt]
    for target in targets:
        if not isinstance(target, Node):
            raise GraphError(
                f"{name}: a derivative is with respect to a node, or a list of nodes, found {target!r}"
            )
    return targets


def _pull(of: Node, top: Node, old: Mapping[Node, Node], targets: list[Node]) -> list[Node]:
    """Return the adjoints of ``targets`` below ``top``, which has the value of ``of``.

    ``old`` says which nodes of ``of`` those below ``top`` stand for: adjoints are named after them.
    """
    order = schedule([top])
    wanted = set(targets)
    carries: set[Node] = set()  # nodes on the way from a target to ``top``
    for node in order:
        if node in wanted or (not node.op.static and any(a in carries for a in node.args)):
            carries.add(node)
    adjoints: dict[Node, Node] = {top: constant(1)}
    for node in reversed(order):
        if node not in adjoints or node not in carries:
            continue
        adjoint = adjoints[node] = _name(adjoints[node], of, old.get(node, node))
        inner = [a for a in node.args if a in carries]
        if not inner:
            continue
        if node.op.backward is None:
            raise GraphError(f"grad: {node.op.name} has no derivative")
        shares = node.op.backward(adjoint, node, *node.args, **dict(node.attrs))
        for arg, share in zip(node.args, shares, strict=True):
            if arg in carries and share is not None:
                own = _unbroadcast(share, node, arg) if node.op.elementwise else share
                adjoints[arg] = adjoints[arg] + own if arg in adjoints else own
    return [_result(adjoints.get(t), of, old.get(t, t)) for t in targets]


def derivatives(of: Node, wrt: Sequence[Node]) -> list[Node]:
    """Return gradients as ``grad`` does, each named after what it is even where ``of`` has no name.

    So each is a line of working, and its proof compares it with finite differences.
    """
    found = zip(grad(of, wrt), wrt, strict=True)
    return [g if isinstance(g.name, Adjoint) else named(g, Adjoint(of, at)) for g, at in found]


def _unbroadcast(share: Node, node: Node, arg: Node) -> Node:
    """Return an argument's share summed over the axes along which it was repeated."""
    return sum_to(expand(share, node.shape) if arg.ndim else share, arg.shape)


def _name(adjoint: Node, of: Node, at: Node) -> Node:
    if of.name is None or at.name is None or at is of:
        return adjoint
    return named(adjoint, Adjoint(of, at))


def _result(adjoint: Node | None, of: Node, target: Node) -> Node:
    if adjoint is None:
        return _name(expand(constant(0), target.shape), of, target)
    return adjoint if adjoint.shape == target.shape else expand(adjoint, target.shape)
