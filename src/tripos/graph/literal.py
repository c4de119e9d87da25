"""Numbers and nested lists of numbers as authors type them, read exactly."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from .op import GraphError


def number(value: object) -> Fraction:
    """Return a number exactly, or raise GraphError."""
    if isinstance(value, Fraction):
        return value
    if hasattr(value, "item") and not isinstance(value, (int, float)):
        value = value.item()
    if isinstance(value, (bool, int)):
        return Fraction(int(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            raise GraphError(f"{value} is not a number that a graph can hold")
        return Fraction(float.__repr__(value))  # that of NumPy's floats names their type
    if callable(value):
        raise GraphError(f"expected a number, found the function {getattr(value, '__name__', value)}")
    raise GraphError(f"expected a number, found {type(value).__name__} {str(value)[:40]!r}")


def entries(value: Any) -> tuple[tuple[Fraction, ...], tuple[int, ...]]:
    """Return the entries of a (nested) literal in row-major order, and its shape."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        return (number(value),), ()
    parts = [entries(v) for v in value]
    shapes = {shape for _, shape in parts}
    if len(shapes) > 1:
        raise GraphError(
            "rows of an array must have the same shape, found "
            + " and ".join(sorted("×".join(map(str, s)) or "scalar" for s in shapes))
        )
    inner: tuple[int, ...] = shapes.pop() if shapes else ()
    return tuple(e for flat, _ in parts for e in flat), (len(parts), *inner)
