"""Steps along sequences: what a step is, and how it is taken: one by one, in one loop, or all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from ..node import Node, Shape, apply, rebuild, schedule
from ..op import Array, find
from .shape import together


@dataclass(frozen=True)
class Body:
    """One step: ``output`` as a function of ``symbols``, bound to the arguments of the node in turn.

    ``reads`` of the arguments are sequences, of which a step reads one entry; the others after them are the
    same in each step.  Before them a recurrence has its state.
    """

    symbols: tuple[Node, ...]
    reads: int
    output: Node

    def fresh(self, name: str, shape: Shape) -> Node:
        """Return a bound symbol that is none of its own."""
        while (node := bound(name, shape, dict(self.symbols[0].attrs)["domain"])) in self.symbols:
            name += "′"
        return node


def bound(name: str, shape: Shape, domain: str) -> Node:
    """Return a symbol that stands for an argument of a step; its domain tells it from all others."""
    return apply(find("symbol"), name=name, shape=shape, domain=domain)


_depth: ContextVar[int] = ContextVar("depth", default=0)


@contextmanager
def inside() -> Iterator[str]:
    """Yield the domain of the symbols of a step: that of a step within a step differs."""
    token = _depth.set(_depth.get() + 1)
    try:
        yield f"bound {_depth.get()}"
    finally:
        _depth.reset(token)


@lru_cache(1000)
def _program(outputs: tuple[Node, ...], space: ModuleType, kernels: bool) -> Any:
    from ..program import Program

    return Program(outputs, space, kernels=kernels)


def _entry(x: Array, t: int, ndim: int) -> Array:
    """Return entry ``t`` of a sequence of arrays with ``ndim`` axes, behind any batch axes."""
    return x[(..., t, *(slice(None),) * ndim)]


def walk(xp: ModuleType, arrays: Sequence[Array], body: Body, reverse: bool, kernels: bool) -> list[Array]:
    """Take the steps one by one; return every state."""
    arrays = [a if hasattr(a, "shape") else xp.asarray(a) for a in arrays]
    program = _program((body.output,), xp, kernels)
    known = dict(zip(body.symbols, arrays, strict=True))
    reads = body.symbols[1 : 1 + body.reads]
    sequences = arrays[1 : 1 + body.reads]
    count = sequences[0].shape[-1 - reads[0].ndim]
    states: list[Array] = [None] * count
    for t in reversed(range(count)) if reverse else range(count):
        for symbol, sequence in zip(reads, sequences, strict=True):
            known[symbol] = _entry(sequence, t, symbol.ndim)
        states[t] = known[body.symbols[0]] = program.results(known)[0]
    return states


def all_states(xp: ModuleType, arrays: Sequence[Array], body: Body, reverse: bool, kernels: bool) -> Array:
    """Return every state, stacked along the axis of the steps."""
    found = walk(xp, arrays, body, reverse, kernels)
    return xp.stack(together(xp, found, body.output.ndim), -1 - body.output.ndim)


def last_of(xp: ModuleType, arrays: Sequence[Array], body: Body, reverse: bool, kernels: bool) -> Array:
    """Return the state in which the steps end."""
    return walk(xp, arrays, body, reverse, kernels)[0 if reverse else -1]


@lru_cache(1000)
def _carried(body: Body) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """Return the parts of the state that a loop carries, as bound symbols, and what each becomes in a step.

    A state that is a stack is carried as its rows, if the step reads it row by row: no step packs or unpacks.
    """
    state, output = body.symbols[0], body.output
    readers = [n for n in schedule([output]) if state in n.args]
    rows = [_row(n) for n in readers]
    if output.op.name != "stack" or output is state or None in rows:
        return (state,), (output,)
    parts = tuple(body.fresh(f"{state.name}{i}", a.shape) for i, a in enumerate(output.args))
    known = {n: parts[i] for n, i in zip(readers, rows, strict=True) if i is not None}
    return parts, tuple(rebuild(output.args, known))


@lru_cache(1000)
def _compiled(body: Body) -> tuple[tuple[Node, ...], tuple[Node, ...], dict[Node, Node]]:
    """Return what a loop carries, what each becomes in a step, and the matrices that it wants transposed."""
    from ..compiling import turned

    carried, outputs = _carried(body)
    return carried, *turned(outputs, body.symbols[1 + body.reads :])


def _row(node: Node) -> int | None:
    """Return which row of its argument a node is, if that is all it takes."""
    at = dict(node.attrs).get("at", ())
    return at[0] if node.op.name == "index" and len(at) == 1 and isinstance(at[0], int) else None


def scan(*arrays: Array, body: Body, reverse: bool, every: bool = True) -> Array:
    """Take the steps in one compiled loop; return every state, or only the last."""
    import jax
    import jax.numpy as jnp

    last = 1 + body.reads
    reads, sequences = body.symbols[1:last], arrays[1:last]
    carried, outputs, stands = _compiled(body)
    program = _program(outputs, space("jax"), True)
    constants = dict(zip(body.symbols[last:], arrays[last:], strict=True))
    constants |= {turned: jnp.swapaxes(constants[c], -1, -2) for c, turned in stands.items()}

    def step(carry: tuple[Array, ...], entries: tuple[Array, ...]) -> tuple[Any, Any]:
        known = constants | dict(zip((*carried, *reads), (*carry, *entries), strict=True))
        found = program.run(known)
        new = tuple(found[p] for p in outputs)
        return new, new if every else None

    ndim, split = outputs[0].ndim, len(outputs) > 1
    xs = tuple(jnp.moveaxis(x, -1 - s.ndim, 0) for x, s in zip(sequences, reads, strict=True))
    start = tuple(_entry(arrays[0], i, ndim) for i in range(len(outputs))) if split else (arrays[0],)
    after, _ = jax.eval_shape(step, start, tuple(x[0] for x in xs))
    start = tuple(jnp.broadcast_to(a, b.shape).astype(b.dtype) for a, b in zip(start, after, strict=True))
    last, states = jax.lax.scan(step, start, xs, reverse=reverse)
    found = tuple(jnp.moveaxis(s, 0, -1 - ndim) for s in states) if every else last
    return jnp.stack(found, -1 - ndim) if split else found[0]


def everywhere(xp: ModuleType, arrays: Sequence[Array], body: Body, kernels: bool) -> Array:
    """Evaluate all steps at once: the steps are one more batch axis."""
    arrays = [a if hasattr(a, "shape") else xp.asarray(a) for a in arrays]
    known = {}
    for i, (symbol, array) in enumerate(zip(body.symbols, arrays, strict=True)):
        lead = array.ndim - symbol.ndim
        same = i >= body.reads and lead  # for all steps: its batch axes stand before theirs
        shape = (*array.shape[:lead], 1, *array.shape[lead:])
        known[symbol] = xp.reshape(array, shape) if same else array
    value = _program((body.output,), xp, kernels).run(known)[body.output]
    value = value if hasattr(value, "shape") else xp.asarray(value)
    leads = [known[s].shape[: known[s].ndim - s.ndim] for s in body.symbols]
    own = value.shape[value.ndim - body.output.ndim :] if body.output.ndim else ()
    return xp.broadcast_to(value, (*np.broadcast_shapes(*leads), *own))


def space(name: str) -> ModuleType:
    """Return a space by name, loaded when it is needed."""
    return import_module(f"{__package__.rpartition('.')[0]}.spaces.{name}")
