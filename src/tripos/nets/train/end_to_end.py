"""The weights of an update laid end to end in one array, where all of them are treated alike.

An optimizer that works entry by entry then takes one pass over all weights instead of one for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import NamedTuple

import numpy as np

from ...graph import Node
from ...graph.node import rebuild, schedule
from .engine import Array
from .in_place import InPlace, plain
from .problem import Update, symbol_of

Places = list[list[int]]
"""Which arrays make up one: the weights, the gradients, a state of each weight; or a number alone."""


class Held(NamedTuple):
    """Arrays laid end to end, and each of them as a part of that."""

    whole: Array
    parts: list[Array]


class EndToEnd:
    """Computes the outputs of an update; weights and states it returns are parts of arrays that it keeps."""

    def __init__(self, joined: Update, inputs: Places, outputs: Places):
        self.update, self.inputs, self.outputs = InPlace(joined), inputs, outputs
        self.replaced = [places[0] for i, places in enumerate(inputs) if i != 1]  # all but the gradients
        self.held: dict[int, Held] = {}

    def __call__(self, given: Sequence[Array]) -> list[Array]:
        """Return weights and states after the step."""
        wholes = [self._whole([given[i] for i in places], places[0]) for places in self.inputs]
        found: list[Array] = []
        for places, kept, whole in zip(self.outputs, self.replaced, self.update(wholes), strict=True):
            if len(places) == 1:
                found.append(whole)
                continue
            if kept not in self.held or self.held[kept].whole is not whole:
                self.held[kept] = Held(whole, _parts(whole, [given[i].shape for i in self.inputs[0]]))
            found += self.held[kept].parts
        return found

    def _whole(self, arrays: Sequence[Array], key: int) -> Array:
        """Return arrays laid end to end, in the memory where they are if they are parts of one."""
        if len(arrays) == 1:
            return arrays[0]
        held = self.held.get(key)
        if held is not None and all(map(is_, arrays, held.parts)):
            return held.whole
        return np.concatenate([a.ravel() for a in arrays])


def _parts(whole: Array, shapes: Sequence[tuple[int, ...]]) -> list[Array]:
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    return [part.reshape(shape) for part, shape in zip(np.split(whole, ends), shapes, strict=True)]


def in_place(update: Update) -> InPlace | EndToEnd:
    """Return what computes an update, for all weights at once where that is possible."""
    numbers = len(update.outputs) - len(update.start)
    inputs, outputs = _places(update.inputs, numbers), _places(update.outputs, numbers)
    if numbers < 2 or not update.inputs[0].shape or inputs is None or outputs is None:
        return InPlace(update)
    size = sum(int(np.prod(update.inputs[i].shape)) for i in inputs[0])
    wholes = [
        update.inputs[p[0]] if len(p) == 1 else symbol_of(f"whole {i}", (size,)) for i, p in enumerate(inputs)
    ]
    wanted = plain(update.outputs)
    alone = {n: n for n in schedule(wanted) if not n.shape}
    found = []
    for i in range(numbers):
        change = alone | {update.inputs[p[i % len(p)]]: w for p, w in zip(inputs, wholes, strict=True)}
        found.append(rebuild([wanted[p[i % len(p)]] for p in outputs], change))
    order = schedule(found[0])
    entrywise = all(n.op.elementwise or n in wholes for n in order if n.shape)
    if any(f != found[0] for f in found) or not entrywise or set(order) & {*update.inputs} - {*wholes}:
        return InPlace(update)
    return EndToEnd(
        Update(tuple(wholes), tuple(found[0]), update.start[: len(found[0]) - 1]), inputs, outputs
    )


def _places(nodes: Sequence[Node], numbers: int) -> Places | None:
    """Return runs of so many arrays, between which numbers may stand; None where there is anything else."""
    found: Places = []
    at = 0
    while at < len(nodes):
        run = 1 if not nodes[at].shape else numbers
        shapes = [node.shape for node in nodes[at : at + run]]
        if run > 1 and shapes != [node.shape for node in nodes[:numbers]]:
            return None
        found.append([*range(at, at + run)])
        at += run
    return found
