"""What an evaluation costs, from shapes alone; sizes may be symbols, and then so is the cost.

Counted are

- multiply-accumulates (MACs): one for each product that is added into a sum, as in matrix products and
  convolutions, with whatever they multiply;
- floating-point operations (FLOPs): two for each MAC, and every other operation on numbers.  An op that
  acts entry by entry counts one for each entry, whichever function it is: a + b, relu, exp and gelu alike.
  A sum or a maximum counts one for each entry that enters it, softmax three for each entry (the exponential,
  the sum, the quotient), others what the field ``flops`` of their op says.  Moving entries about is free;
- activations: the entries of those values that backpropagation must keep, see ``graph.hazards``.

A node that several others share is counted once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .node import Dim, Node, entry_count, lift, schedule
from .op import GraphError
from .polynomial import collected, terms_of


def macs(*outputs: Node) -> Node:
    """Return the multiply-accumulates that evaluating ``outputs`` takes, shared nodes counted once."""
    return lift(total(macs_of(node) for node in schedule(outputs)))


def flops(*outputs: Node) -> Node:
    """Return the floating-point operations that evaluating ``outputs`` takes: 2 for each MAC, and others."""
    return lift(total(flops_of(node) for node in schedule(outputs)))


def activations(*outputs: Node, wrt: Sequence[Node] | None = None, width: int = 1) -> Node:
    """Return how many values backpropagation from ``outputs`` must keep; times ``width`` bytes an entry.

    Kept is what the derivative with respect to ``wrt`` (all symbols but sizes, unless given) reads; leaves,
    which are there anyway, are not counted.
    """
    return lift(total(entry_count(node.shape) * width for node in kept_for(outputs, wrt)))


def peak(*outputs: Node, width: int = 1) -> int:
    """Return the most entries (times ``width`` bytes) that are alive at once where nothing is kept.

    Values are computed in the order of ``schedule``, each freed after its last use; leaves count.
    """
    order = schedule(outputs)
    uses: dict[Node, int] = {}
    for node in order:
        for arg in {_owner(a) for a in node.args}:
            uses[arg] = uses.get(arg, 0) + 1
    for output in {_owner(o) for o in outputs}:
        uses[output] = uses.get(output, 0) + 1
    alive = [n for n in order if not n.args]
    now = most = _number(total(entry_count(n.shape) for n in alive))
    for node in order:
        if _is_leaf(node):
            continue
        if _owner(node) is node:
            now += _number(entry_count(node.shape))
            most = max(most, now)
        for arg in {_owner(a) for a in node.args}:
            uses[arg] -= 1
            if not uses[arg] and not _is_leaf(arg):
                now -= _number(entry_count(arg.shape))
    return most * width


def kept_for(outputs: Iterable[Node], wrt: Sequence[Node] | None = None) -> list[Node]:
    """Return the values, but leaves and numbers such as √d, that backpropagation from ``outputs`` reads.

    What is only another view of a value, such as its reshape, keeps that value.
    """
    from .hazards import kept

    order = schedule(outputs)
    data = {n for n in order if n.op.name == "symbol" and dict(n.attrs)["domain"] != "size"}
    carries = set(data if wrt is None else wrt)
    read: set[Node] = set()
    for node in order:
        if any(a in data for a in node.args):
            data.add(node)
        through = [a for a in node.args if a in carries]
        if through:
            carries.add(node)
            found = kept(node, through)
            read.update(_owner(node.args[i]) for i in found.inputs)
            if found.output:
                read.add(_owner(node))
    return [n for n in order if n in read and n in data and not _is_leaf(n)]


def macs_of(node: Node) -> Dim:
    """Return the multiply-accumulates of one node."""
    count: Dim = node.op.cost(*(a.shape for a in node.args), **dict(node.attrs))
    return count


def flops_of(node: Node) -> Dim:
    """Return the floating-point operations of one node."""
    rule, shapes = node.op.flops, [a.shape for a in node.args]
    if callable(rule):
        others: Dim = rule(*shapes, **dict(node.attrs))
    else:
        each = int(node.op.elementwise) if rule is None else rule
        others = each * entry_count(node.shape) if each else 0
    return 2 * macs_of(node) + others


def total(counts: Iterable[Dim]) -> Dim:
    """Return a sum of counts: a number, or a tidy polynomial in the sizes."""
    known, symbolic = 0, []
    for count in counts:
        if isinstance(count, Node):
            symbolic.append(count)
        else:
            known += count
    return collected(terms_of(known, *symbolic)) if symbolic else known


def _is_leaf(node: Node) -> bool:
    return not _owner(node).args


def _owner(node: Node) -> Node:
    """Return the node whose memory a value lies in."""
    while node.op.view and node.args:
        node = node.args[0]
    return node


def _number(count: Dim) -> int:
    if isinstance(count, Node):
        raise GraphError(
            f"peak: the sizes must be numbers, found {count!r}; the most of symbols is not known"
        )
    return int(count)
