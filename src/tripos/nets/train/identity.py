"""What tells runs apart: a digest of everything that decides what a run computes.

Losses, models, optimizers and schedules are in the graphs, whatever Python they were written in, so that a
changed λ in a loss is noticed and a process of its own is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from ...graph import Node
from ...graph.node import schedule
from .problem import Problem


def digest_of(problem: Problem, *more: Any) -> str:
    """Return a digest of a problem's graphs and of more: texts, numbers, None, and arrays by name."""
    digest = hashlib.sha256()
    digest.update(_graphs([*problem.losses, *problem.buffers.values()]).encode())
    for update in problem.updates:
        digest.update(_graphs([*update.outputs, *update.start]).encode())
    noise = [(str(one.symbol.name), one.domain, one.keep) for one in problem.noise]
    digest.update(repr((list(problem.symbols), problem.owned, noise, problem.batch)).encode())
    for part in more:
        if isinstance(part, Mapping):
            for name, array in part.items():
                values = np.asarray(array, dtype=np.float64)
                digest.update(f"{name} {values.shape}".encode())
                digest.update(np.ascontiguousarray(values).tobytes())
        else:
            digest.update(repr(part).encode())
    return digest.hexdigest()


def _graphs(nodes: Iterable[Node]) -> str:
    """Return a text that is the same for the same graphs, in every process."""
    nodes = list(nodes)
    numbers: dict[Node, int] = {}
    lines = []
    for node in schedule(nodes):
        attrs = {key: _value(value) for key, value in node.attrs}
        lines.append(f"{node.op.name} {[numbers[a] for a in node.args]} {attrs} {_value(node.shape)}")
        numbers[node] = len(numbers)
    return "\n".join([*lines, str([numbers[node] for node in nodes])])


def _value(value: Any) -> Any:
    """Return an attribute of a node as a text or a number; a graph within it is written out."""
    if isinstance(value, Node):
        return _graphs([value])
    if isinstance(value, tuple):
        return [_value(part) for part in value]
    if is_dataclass(value) and not isinstance(value, type):
        return [_value(getattr(value, field.name)) for field in fields(value)]
    return repr(value)
