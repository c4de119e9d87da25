"""Recurrences made ready for NumPy: the same values, with as little as possible left inside of the loop.

What a step computes without its state is computed for all steps at once, the steps being one more batch
axis; what several of them compute alike is then computed once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .gathering import gathered
from .node import Node, apply, interned, rebuild, schedule
from .notation import call
from .op import Array, Op
from .ops.stepping import Body


def hoisted(outputs: Sequence[Node]) -> list[Node]:
    """Return nodes of the same values; ``each`` is gone, and a recurrence reads what needs no state."""
    new: dict[Node, Node] = {}
    for node in schedule(outputs):
        args = tuple(new[a] for a in node.args)
        attrs = dict(node.attrs)
        if node.op.name == "each":
            body: Body = attrs["body"]
            (value,) = hoisted(rebuild([body.output], _entries(body.symbols, args, body.reads)))
            new[node] = _sequence(value, node.shape[0])
        elif node.op.name == "recurrence":
            new[node] = _reading(node, args)
        else:
            new[node] = node if args == node.args else interned(node.op, args, node.attrs, node.name)
    return [new[output] for output in outputs]


def _reading(node: Node, args: tuple[Node, ...]) -> Node:
    """Return a recurrence along more sequences: what its step computes without the state."""
    attrs = dict(node.attrs)
    body: Body = attrs["body"]
    state, last = body.symbols[0], 1 + body.reads
    order = schedule([body.output])
    inside = {state}
    for n in order:
        if any(a in inside for a in n.args):
            inside.add(n)
    apart = dict.fromkeys(a for n in order if n in inside for a in n.args if a.args and a not in inside)
    symbols = body.symbols
    reads: tuple[Node, ...] = ()
    for n in apart:
        reads += (Body((*symbols, *reads), 0, n).fresh("k", n.shape),)
    values = hoisted(rebuild(list(apart), _entries(symbols[1:], args[1:], body.reads)))
    (output,) = gathered(rebuild([body.output], dict(zip(apart, reads, strict=True))))
    needed = set(schedule([output]))
    places = [i for i in range(1, len(symbols)) if symbols[i] in needed or i == 1]
    before, after = ([i for i in places if (i < last) is first] for first in (True, False))
    attrs["body"] = Body(
        (state, *(symbols[i] for i in before), *reads, *(symbols[i] for i in after)),
        len(before) + len(reads),
        output,
    )
    sequences = (_sequence(value, node.shape[0]) for value in values)
    own = (args[0], *(args[i] for i in before), *sequences, *(args[i] for i in after))
    return apply(node.op, *own, **attrs)


def _entries(symbols: Sequence[Node], args: Sequence[Node], reads: int) -> dict[Node, Node]:
    """Return what stands for the symbols of a step where the steps are a batch axis."""
    return {
        symbol: apply(_ENTRY, arg) if i < reads else apply(_SAME, arg, ndim=arg.ndim)
        for i, (symbol, arg) in enumerate(zip(symbols, args, strict=True))
    }


def _sequence(value: Node, length: Any) -> Node:
    """Return a value for all steps as a sequence again."""
    if value.op is _ENTRY:
        return value.args[0]
    return apply(_SEQUENCE, value, length=length, ndim=value.ndim)


def _repeated(xp: Any, x: Array, length: int, ndim: int) -> Array:
    """Return one entry for each step, also where all are the same."""
    lead = np.broadcast_shapes(x.shape[: x.ndim - ndim], (length,))
    return xp.broadcast_to(x, (*lead, *x.shape[x.ndim - ndim :]))


def _set_apart(xp: Any, x: Array, ndim: int) -> Array:
    """Return what is the same for all steps, its batch axes before theirs."""
    lead = x.ndim - ndim
    return xp.reshape(x, (*x.shape[:lead], 1, *x.shape[lead:])) if lead else x


_ENTRY = Op(
    name="entry of a step",
    doc="An entry of a sequence, whose first axis is a batch axis here.",
    forward=lambda xp, x: x,
    shape=lambda x: x[1:],
    notation=call("entry"),
)
_SAME = Op(
    name="same for all steps",
    doc="What does not differ from step to step.",
    attrs={"ndim": 0},
    forward=_set_apart,
    shape=lambda x, ndim: x,
    notation=call("same"),
)
_SEQUENCE = Op(
    name="sequence",
    doc="The values of all steps as a sequence, whose first axis was a batch axis before.",
    attrs={"length": 1, "ndim": 0},
    forward=_repeated,
    shape=lambda x, length, ndim: (length, *x),
    notation=call("sequence"),
)
