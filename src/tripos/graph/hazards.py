"""What backpropagation must keep, and which writes in place would break it.

Nothing here is a list of ops: what a gradient reads is read off the adjoint that the op's own rule builds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .bounds import draw
from .node import Node, apply, free_symbols, is_literal, schedule, show_shape, symbol
from .notation import write
from .op import Array, GraphError, find
from .program import Program
from .reverse import grad
from .spaces import numpy as floats

TOLERANCE = 1e-6
"""How far, relatively, a gradient must be off to count as broken."""

SHOWN = 6
"""Most entries of an array that are written in a witness; of a larger gradient, the one that is worst."""


class Kept(NamedTuple):
    """What the adjoint of one node reads: which of its arguments, and whether its own value."""

    inputs: tuple[int, ...]
    output: bool

    def __str__(self) -> str:
        words = ["its input" if len(self.inputs) == 1 else "its inputs"] if self.inputs else []
        return " and ".join(words + ["its output"] * self.output) or "nothing"


def kept(node: Node, wrt: Iterable[Node] | None = None) -> Kept:
    """Return what the derivative of one operation with respect to ``wrt`` reads.

    That is all arguments but constants, unless some are named.
    """
    if node.op.backward is None or not node.args:
        return Kept((), False)
    wanted = {a for a in node.args if not is_literal(a)} if wrt is None else set(wrt)
    args = [a if is_literal(a) else _stand_in(f"a{i}", a) for i, a in enumerate(node.args)]
    result, share = _stand_in("y", node), _stand_in("g", node)
    shares = node.op.backward(share, result, *args, **dict(node.attrs))
    read: set[Node] = set()
    for arg, adjoint in zip(node.args, shares, strict=True):
        if adjoint is not None and arg in wanted:
            read.update(schedule([adjoint], evaluated=True))
    inputs = tuple(i for i, a in enumerate(args) if a in read and not is_literal(a))
    return Kept(inputs, result in read)


def _stand_in(name: str, node: Node) -> Node:
    return apply(find("symbol"), name=name, shape=node.shape, domain="bound 0")


def stored(of: Node, wrt: Sequence[Node]) -> list[Node]:
    """Return the values that the gradient of ``of`` reads: what a forward pass must keep."""
    forward = schedule([of])
    inside = set(forward)
    carries = _carriers(forward, wrt)
    read: set[Node] = set()
    for node in forward:
        if node in carries and node not in wrt:
            found = kept(node, [a for a in node.args if a in carries])
            read.update(node.args[i] for i in found.inputs)
            if found.output:
                read.add(node)
    return [n for n in forward if n in read and n in inside and not is_literal(n)]


def _carriers(order: Sequence[Node], wrt: Sequence[Node]) -> set[Node]:
    """Return the nodes through which a derivative with respect to ``wrt`` passes."""
    carries = set(wrt)
    for node in order:
        if any(a in carries for a in node.args):
            carries.add(node)
    return carries


class Overwrite(NamedTuple):
    """What a write in place does to one gradient: ``by`` takes the memory of ``lost``.

    ``read`` says whether the backward pass reads that memory.  Where the gradient with respect to ``wrt``
    then comes out wrong, ``witness`` says at which values of the symbols; ``right`` and ``wrong`` are the
    gradients there.
    """

    by: Node
    lost: Node
    wrt: Node
    read: bool
    witness: dict[Node, Array] | None = None
    right: Array | None = None
    wrong: Array | None = None

    @property
    def breaks(self) -> bool:
        """Whether the gradient comes out wrong."""
        return self.witness is not None

    def __str__(self) -> str:
        by, lost, at = (write(n).text for n in (self.by, self.lost, self.wrt))
        if self.witness is None:
            why = "comes out right all the same" if self.read else "does not read it"
            return f"{by} may overwrite {lost}: the derivative with respect to {at} {why}"
        small = [f"{write(n).text} = {_short(v)}" for n, v in self.witness.items() if np.size(v) <= SHOWN]
        large = len(self.witness) - len(small)
        others = [f"{large} larger array{'s' * (large > 1)}"] * bool(large)
        right, wrong, entry = np.asarray(self.right), np.asarray(self.wrong), ""
        if right.size > SHOWN:
            worst = np.unravel_index(np.abs(right - wrong).argmax(), right.shape)
            right, wrong = right[worst], wrong[worst]
            entry = f", in entry {', '.join(str(i + 1) for i in worst)},"
        return (
            f"{by} must not overwrite {lost}: at {', '.join([*small, *others])}{entry} the derivative "
            f"with respect to {at} is {_short(right)}, and came out as {_short(wrong)}"
        )


def _short(value: Array) -> str:
    return np.array2string(np.asarray(value), precision=4, separator=", ")


def overwrites(of: Node, wrt: Sequence[Node], content: Mapping[Node, Node], seed: int = 0) -> list[Overwrite]:
    """Return what each gradient becomes when values are written over others: ``content[lost]`` over ``lost``.

    ``of`` is a scalar.  The forward pass runs in the order of ``schedule``; a later node that still reads
    the overwritten value in it is an error, as that pass itself would be wrong.
    """
    forward = schedule([of])
    for lost, by in content.items():
        if by not in forward or lost not in schedule([by]) or lost is by or lost.shape != by.shape:
            raise GraphError(
                f"in place: {write(by).text} ({show_shape(by.shape)}) cannot take the memory of "
                f"{write(lost).text} ({show_shape(lost.shape)}): it must be computed from it on the way to "
                f"{write(of).text}, and have its shape"
            )
        late = [n for n in forward[forward.index(by) + 1 :] if lost in n.args]
        if late:
            raise GraphError(
                f"in place: {write(late[0], own_name=False).text} reads {write(lost).text} after "
                f"{write(by).text} has overwritten it; the forward pass would be wrong"
            )
    rng = np.random.default_rng(seed)
    symbols = free_symbols(of)
    point = {s: draw(rng, s, 1)[0] for s in symbols}
    found = []
    for at, gradient in zip(wrt, grad(of, list(wrt)), strict=True):
        right, wrong = (
            Program([g], floats, kernels=True)(point)[0] for g in (gradient, _spoilt(gradient, of, content))
        )
        broken = not np.allclose(right, wrong, rtol=TOLERANCE, atol=TOLERANCE)
        reads = _lost_in(gradient, of, content)
        for lost, by in content.items():
            if lost in reads and broken:
                found.append(Overwrite(by, lost, at, True, point, right, wrong))
            else:
                found.append(Overwrite(by, lost, at, lost in reads))
    return found


def _last(node: Node, content: Mapping[Node, Node]) -> Node:
    """Return what stands in the memory of ``node`` when the forward pass is over."""
    while node in content:
        node = content[node]
    return node


def _lost_in(gradient: Node, of: Node, content: Mapping[Node, Node]) -> set[Node]:
    """Return the overwritten values that the backward pass reads."""
    inside = set(schedule([of]))
    return {a for n in schedule([gradient]) if n not in inside for a in n.args if a in content}


def _spoilt(gradient: Node, of: Node, content: Mapping[Node, Node]) -> Node:
    """Return the gradient as the machine computes it: the backward pass reads what memory then holds."""
    inside = set(schedule([of]))
    new: dict[Node, Node] = {}
    for node in schedule([gradient]):
        if node in inside:
            new[node] = node
            continue
        args = [_last(a, content) if a in inside else new[a] for a in node.args]
        new[node] = apply(node.op, *args, **dict(node.attrs))
    return _last(gradient, content) if gradient in inside else new[gradient]


class Ambiguous(NamedTuple):
    """Two inputs that give the same output and different derivatives."""

    inputs: tuple[float, float]
    output: float
    derivatives: tuple[float, float]


def ambiguous(function: Callable[[Node], Node], low: float = -4.0, high: float = 4.0) -> Ambiguous | None:
    """Return two inputs between which the output alone does not decide the derivative, or None.

    None means that none was found on a fine grid: then the output may be kept in place of the input.
    """
    x = symbol("x")
    y = function(x)
    program = Program([y, grad(y, x)], floats, kernels=True)
    grid = np.linspace(low, high, 4001) + 1e-4
    values, _ = program({x: grid})
    for start in np.linspace(low, high, 17) + 0.0123:
        (target, slope) = (float(v) for v in program({x: start}))
        crossings = np.flatnonzero((values[:-1] - target) * (values[1:] - target) < 0)
        for i in crossings:
            left, right = grid[i], grid[i + 1]
            for _ in range(60):
                middle = (left + right) / 2
                below = (float(program({x: middle})[0]) - target) * (values[i] - target) > 0
                left, right = (middle, right) if below else (left, middle)
            other = float(program({x: left})[1])
            if abs(left - start) > 1e-6 and abs(other - slope) > 1e-6 * (1 + abs(slope)):
                return Ambiguous((float(start), float(left)), target, (slope, other))
    return None
