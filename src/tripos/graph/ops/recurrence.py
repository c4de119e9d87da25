"""Recurrence: one step of a graph, taken along sequences.

``recurrence(step, h0, x)`` is one node, scanned where it is trained; ``unroll`` in ``graph.unrolling`` writes
its steps out where it is explained.  Its adjoint is a recurrence that runs the other way (Werbos, 1990), and
the adjoints of what the steps read are one map over all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..node import Builder, Node, Shape, define, lift, rebuild, schedule, show_shape
from ..notation import Piece, call, symbol_piece
from ..op import GraphError, Op
from .contraction import contract, parts_of
from .joining import concat
from .reduction import sum, sum_first
from .shape import expand, reshape
from .slicing import index
from .stepping import Body, all_states, bound, everywhere, inside, last_of, scan, space


def _length(what: str, body: Body, sequences: Sequence[Shape]) -> Any:
    """Return the common length of the sequences, or raise GraphError."""
    lengths = dict.fromkeys(s[0] for s in sequences)
    shown = " and ".join(show_shape(s) for s in sequences)
    if len(lengths) != 1:
        raise GraphError(f"{what}: all sequences must be of one length, found shapes {shown}")
    (length,) = lengths
    if isinstance(length, int) and length < 1:
        raise GraphError(f"{what}: a sequence of shape {shown} is empty; at least one step is needed")
    return length


def _shape(*shapes: Shape, body: Body, reverse: bool) -> Shape:
    return (_length("recurrence", body, shapes[1 : 1 + body.reads]), *body.output.shape)


def _times_length(rule: Callable[[Node], Node], state: int) -> Callable[..., Any]:
    """Return the cost of all steps, given that of one."""
    return lambda *shapes, body, **rest: shapes[state][0] * rule(body.output)


def _macs(output: Node) -> Node:
    from ..cost import macs

    return macs(output)


def _flops(output: Node) -> Node:
    from ..cost import flops

    return flops(output) - 2 * _macs(output)


def _write(*pieces: Piece, body: Body, **rest: Any) -> Piece:
    name = body.output.name if isinstance(body.output.name, str) else body.symbols[0].name
    step = symbol_piece(str(name))
    kind = "scan" if "reverse" in rest else "each"
    return call(f"{kind}[{step.text}]", rf"\operatorname{{{kind}}}_{{{step.latex}}}")(*pieces)


def _zeros(shape: Shape) -> Node:
    return expand(lift(0), shape)


def _preceding(sequence: Node, first: Node, reverse: bool) -> Node:
    """Return what stands before each entry in the order of the steps; ``first`` before the first."""
    row = reshape(first, (1, *first.shape))
    if sequence.shape[0] == 1:
        return row
    return concat(sequence[1:], row) if reverse else concat(row, sequence[:-1])


def _pull(output: Node, share: Node, symbol: Node) -> Node:
    """Return the adjoint of ``symbol`` where ``share`` is that of ``output``."""
    from ..reverse import grad

    return grad(sum(share * output), symbol)


def _backward(g: Node, y: Node, *args: Node, body: Body, reverse: bool) -> list[Node]:
    """Return the adjoints: λ_t = g_t + J_{t+1}ᵀ λ_{t+1} runs against the steps."""
    last = 1 + body.reads
    start, sequences, constants = args[0], args[1:last], args[last:]
    state, reads, fixed = body.symbols[0], body.symbols[1:last], body.symbols[last:]
    before = _preceding(y, start, reverse)
    share, passed = body.fresh("g", state.shape), body.fresh("λ", state.shape)
    against = Body(
        (passed, share, state, *reads, *fixed), body.reads + 2, _pull(body.output, share + passed, state)
    )
    through = _recurrence(
        _zeros(state.shape), g, before, *sequences, *constants, body=against, reverse=not reverse
    )
    total = g + _preceding(through, _zeros(state.shape), not reverse)
    end = y.shape[0] - 1 if isinstance(y.shape[0], int) else -1
    adjoints = [index(through, (end if reverse else 0,))]
    one = Body((share, state, *reads, *fixed), body.reads + 2, body.output)
    arguments = (total, before, *sequences, *constants)
    for symbol in reads:
        adjoints.append(_mapped(_pull(body.output, share, symbol), one, arguments))
    for symbol in fixed:
        adjoints.append(_summed(_pull(body.output, share, symbol), one, arguments))
    return adjoints


_recurrence: Builder = define(
    Op(
        name="recurrence",
        doc="The states that a step leads to, one after the other along sequences.",
        attrs={"body": None, "reverse": False},
        forward=lambda xp, *arrays, body, reverse: all_states(xp, arrays, body, reverse, False),
        kernel=lambda *arrays, body, reverse: all_states(space("numpy"), arrays, body, reverse, True),
        jax=scan,
        shape=_shape,
        cost=_times_length(_macs, 1),
        flops=_times_length(_flops, 1),
        notation=_write,
        backward=_backward,
    )
)


last_state: Builder = define(
    Op(
        name="last_state",
        doc="The state in which a recurrence ends; the others are not kept.",
        attrs={"body": None, "reverse": False},
        forward=lambda xp, *arrays, body, reverse: last_of(xp, arrays, body, reverse, False),
        kernel=lambda *arrays, body, reverse: last_of(space("numpy"), arrays, body, reverse, True),
        jax=lambda *arrays, body, reverse: scan(*arrays, body=body, reverse=reverse, every=False),
        shape=lambda *shapes, **attrs: _shape(*shapes, **attrs)[1:],
        cost=_times_length(_macs, 1),
        flops=_times_length(_flops, 1),
        notation=_write,
        backward=lambda g, y, *args, body, reverse: _backward(
            *_as_states(g, _recurrence(*args, body=body, reverse=reverse), reverse),
            *args,
            body=body,
            reverse=reverse,
        ),
    )
)


def _as_states(g: Node, states: Node, reverse: bool) -> tuple[Node, Node]:
    """Return the adjoint of all states where only the last is read, and the states."""
    rest = _zeros((states.shape[0] - 1, *states.shape[1:])) if states.shape[0] != 1 else None
    row = reshape(g, (1, *g.shape))
    if rest is None:
        return row, states
    return concat(row, rest) if reverse else concat(rest, row), states


# -- the same for every step -----------------------------------------------------------------------


def _mapped(output: Node, one: Body, arguments: Sequence[Node]) -> Node:
    """Return ``output`` at every step, as a sequence."""
    for symbol, argument in zip(one.symbols[: one.reads], arguments, strict=False):
        if output is symbol:
            return argument
    return _each(*arguments, body=Body(one.symbols, one.reads, output))


def _summed(output: Node, one: Body, arguments: Sequence[Node]) -> Node:
    """Return ``output`` summed over all steps; products are summed as products: Σ_t δ_t h_tᵀ."""
    if _adds_products(output):
        left, right = (_summed(a, one, arguments) for a in output.args)
        return left + right if output.op.name == "add" else left - right
    moving = set(one.symbols[: one.reads])
    if output.op.name == "contract" and all(moving & set(schedule([a])) for a in output.args):
        inputs, result = parts_of(dict(output.attrs)["signature"])
        time = next(c for c in "tuvwxyz" if all(c not in part for part in inputs))
        parts = [_mapped(a, one, arguments) for a in output.args]
        return contract(",".join(time + part for part in inputs) + "->" + result, *parts)
    every = _mapped(output, one, arguments)
    return sum(every) if every.ndim == 1 else sum_first(every, ndim=every.ndim)


def _adds_products(node: Node) -> bool:
    """Say whether a node is a sum of arrays of its shape, of which one or another is a product."""
    if node.op.name not in ("add", "sub") or any(a.shape != node.shape for a in node.args):
        return False
    return any(a.op.name == "contract" or _adds_products(a) for a in node.args)


def _each_backward(g: Node, y: Node, *args: Node, body: Body) -> list[Node]:
    share = body.fresh("g", body.output.shape)
    one = Body((share, *body.symbols), body.reads + 1, body.output)
    pulled = [_pull(body.output, share, symbol) for symbol in body.symbols]
    arguments = (g, *args)
    return [
        _mapped(p, one, arguments) if i < body.reads else _summed(p, one, arguments)
        for i, p in enumerate(pulled)
    ]


_each: Builder = define(
    Op(
        name="each",
        doc="A graph evaluated for every entry of sequences, the other arguments being the same for all.",
        attrs={"body": None},
        forward=lambda xp, *arrays, body: everywhere(xp, arrays, body, False),
        kernel=lambda *arrays, body: everywhere(space("numpy"), arrays, body, True),
        jax=lambda *arrays, body: everywhere(space("jax"), arrays, body, True),
        shape=lambda *shapes, body: (_length("each", body, shapes[: body.reads]), *body.output.shape),
        axes=lambda *shapes, body: [
            [0 if i < body.reads and axis == 0 else None for axis in range(len(s))]
            for i, s in enumerate(shapes)
        ],
        cost=_times_length(_macs, 0),
        flops=_times_length(_flops, 0),
        notation=_write,
        backward=_each_backward,
    )
)


# -- building --------------------------------------------------------------------------------------


def _closed(
    step: Callable[..., Any], names: Sequence[str], shapes: Sequence[Shape], what: str
) -> tuple[tuple[Node, ...], Node, list[Node]]:
    """Return the bound symbols of a step, its output, and the nodes that it takes from outside."""
    with inside() as domain:
        own: tuple[Node, ...] = ()
        for name, shape in zip(names, shapes, strict=True):
            own = (*own, Body(own, 0, lift(0)).fresh(name, shape) if own else bound(name, shape, domain))
        found = lift(step(*own))
        depends = set(own)
        order = schedule([found])
        for node in order:
            if any(a in depends for a in node.args):
                depends.add(node)
        outside: dict[Node, Node] = {}
        for node in [*order, found]:
            for arg in node.args if node in depends else (found,) if node is found else ():
                if arg not in depends and arg.op.name != "constant" and arg not in outside:
                    name = arg.name if isinstance(arg.name, str) else "k"
                    symbol = Body((*own, *outside.values()), 0, found).fresh(name, arg.shape)
                    outside[arg] = symbol
        (output,) = rebuild([found], outside)
    return (*own, *outside.values()), output, list(outside)


def recurrence(
    step: Callable[..., Any], start: Any, *sequences: Any, reverse: bool = False, name: str = "h"
) -> Node:
    """Return the states h_1 … h_T along a new first axis: h_t = step(h_{t−1}, x_t, …), h_0 = ``start``.

    ``step`` builds the next state from nodes for the last one and for an entry of each sequence, whose
    first axis is time; it may use any other node.  ``reverse=True`` starts at the end.
    """
    first, xs = lift(start), [lift(x) for x in sequences]
    if not xs or not all(x.ndim for x in xs):
        raise GraphError("recurrence: it runs along at least one sequence, whose first axis is time")
    names = [name, *("x" if len(xs) == 1 else f"x{i + 1}" for i in range(len(xs)))]
    names[1:] = [x.name if isinstance(x.name, str) else n for x, n in zip(xs, names[1:], strict=True)]
    symbols, output, outside = _closed(step, names, [first.shape, *(x.shape[1:] for x in xs)], "recurrence")
    if output.shape != first.shape:
        raise GraphError(
            f"recurrence: the step leads from a state of shape {show_shape(first.shape)} "
            f"to one of shape {show_shape(output.shape)}; they must be the same"
        )
    return _recurrence(first, *xs, *outside, body=Body(symbols, len(xs), output), reverse=reverse)


def each(function: Callable[..., Any], *sequences: Any) -> Node:
    """Return ``function`` of every entry of sequences, along their first axis."""
    xs = [lift(x) for x in sequences]
    if not xs or not all(x.ndim for x in xs):
        raise GraphError("each: it needs at least one sequence, an array with a first axis")
    names = [x.name if isinstance(x.name, str) else f"x{i + 1}" for i, x in enumerate(xs)]
    symbols, output, outside = _closed(function, names, [x.shape[1:] for x in xs], "each")
    return _each(*xs, *outside, body=Body(symbols, len(xs), output))
