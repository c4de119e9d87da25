"""Receptive fields: which part of an input a unit of a value can see.

From layer to layer, along each axis: a window of size k with stride s makes a field of r entries one of
r + (k − 1)·j, where j, the jump, is the distance in the input between neighbouring units, and the jump j·s
(Araujo et al., "Computing receptive fields of convolutional neural networks", 2019).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from .node import Dim, Node, lift, schedule, show_shape
from .notation import write
from .op import GraphError
from .ops.elementwise import floor, maximum
from .polynomial import terms_of, tidy


class Field(NamedTuple):
    """What a unit sees along one axis of the input.

    The unit at position i sees ``size`` entries from ``start + i·jump`` on, counted from 0; a negative start
    lies in the padding.  Where the jump is a fraction, as behind a transposed convolution, it sees at most so
    many.  Where all units may see every entry, ``whole`` holds and the jump is 0.
    """

    size: Dim
    jump: Dim
    start: Dim
    whole: bool = False


class _Aligned(NamedTuple):
    """The field along an axis of the input, and the axis of the node along which units move."""

    axis: int
    size: Dim
    jump: Dim
    start: Dim


Seen = dict[int, "_Aligned | None"]
"""What a node sees along each axis of the input: a field that moves with its units; None is everything."""


def receptive_field(output: Node, input: Node) -> tuple[Field, ...]:
    """Return the receptive field of a unit of ``output`` along each axis of ``input``, from shapes alone.

    It is the largest that the operations allow, whatever the weights; padding counts as input.  What mixes
    all positions, such as a matrix product along an axis or a flatten, sees everything.
    """
    output, input = lift(output), lift(input)
    found = receptive_fields([output], input).get(output)
    if found is None:
        raise GraphError(
            f"receptive_field: {write(output).text} does not depend on {write(input).text} "
            f"({show_shape(input.shape)})"
        )
    return found


def receptive_fields(outputs: Sequence[Node], input: Node) -> dict[Node, tuple[Field, ...]]:
    """Return the receptive field of every node that ``outputs`` rest on and that depends on ``input``."""
    seen: dict[Node, Seen] = {}
    for node in schedule(outputs):
        if node is input:
            seen[node] = {i: _Aligned(i, 1, 1, 0) for i in range(node.ndim)}
            continue
        parts = [_passed(node, i, seen[a]) for i, a in enumerate(node.args) if a in seen]
        if parts:
            seen[node] = {axis: _joined([part[axis] for part in parts]) for axis in range(input.ndim)}
    return {node: _fields(found, input) for node, found in seen.items()}


def _fields(seen: Seen, input: Node) -> tuple[Field, ...]:
    out = []
    for axis, n in enumerate(input.shape):
        found = seen[axis]
        if found is None:
            out.append(Field(n, 0, 0, True))
        else:
            out.append(Field(_whole(found.size), found.jump, _number(-_whole(-found.start))))
    return tuple(out)


def _passed(node: Node, position: int, seen: Seen) -> Seen:
    """Return what one argument passes on to ``node``."""
    arg, shapes, attrs = node.args[position], [a.shape for a in node.args], dict(node.attrs)
    windows: Sequence[tuple[Dim, Dim, Dim]] = ()
    places: Sequence[int | None] = [None] * arg.ndim
    moved = node.ndim - arg.ndim
    if node.op.elementwise:
        places = [i + moved if n == node.shape[i + moved] else None for i, n in enumerate(arg.shape)]
    elif node.op.window is not None and position == 0:
        windows = node.op.window(*shapes, **attrs)
        kept = arg.ndim - len(windows)
        apart = node.op.axes is None and len(shapes) > 1  # a kernel sums over the channels
        leading = node.op.axes(*shapes, **attrs)[0] if node.op.axes else range(moved, moved + kept)
        places = [*([None] * kept if apart else leading[:kept]), *range(moved + kept, node.ndim)]
    elif node.op.axes is not None:
        places = node.op.axes(*shapes, **attrs)[position]
    first = arg.ndim - len(windows)
    passed: Seen = {}
    for axis, field in seen.items():
        place = None if field is None else places[field.axis]
        if field is None or place is None:
            passed[axis] = None
        elif field.axis < first:
            passed[axis] = field._replace(axis=place)
        else:
            size, stride, padding = windows[field.axis - first]
            passed[axis] = _Aligned(
                place,
                _number(field.size + (size - 1) * field.jump),
                _number(field.jump * stride),
                _number(field.start - padding * field.jump),
            )
    return passed


def _number(value: Dim | Fraction) -> Dim:
    """Return a size or a fraction of one, tidy; whole numbers as int."""
    known = tidy(value)
    return int(known) if isinstance(known, Fraction) and known.denominator == 1 else known


def _whole(value: Dim | Fraction) -> Dim:
    """Return how many whole numbers there are up to ``value``."""
    return math.floor(value) if isinstance(value, (int, Fraction)) else tidy(floor(value))


def _joined(fields: Sequence[_Aligned | None]) -> _Aligned | None:
    """Return the least field that holds all of several; None where they move differently."""
    one = fields[0]
    if all(field == one for field in fields):
        return one
    if any(f is None or one is None or (f.axis, f.jump) != (one.axis, one.jump) for f in fields):
        return None
    found = [f for f in fields if f is not None]
    start = _number(-_largest([-f.start for f in found]))
    end = _largest([f.start + f.size for f in found])
    return _Aligned(found[0].axis, _number(end - start), found[0].jump, start)


def _largest(values: Sequence[Dim]) -> Dim:
    """Return the largest of some sizes: one of them where that is known, else their maximum as a node."""
    best, *others = values
    for value in others:
        gaps = terms_of(value - best).values() if isinstance(value - best, Node) else [value - best]
        if all(gap <= 0 for gap in gaps):  # sizes and floors of them are not negative
            continue
        best = value if all(gap >= 0 for gap in gaps) else maximum(best, value)
    return best
