"""Values that nodes are given: read into a space, and refused where they do not fit."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from types import ModuleType
from typing import Any

import numpy as np

from .node import Node, show_dim, show_shape
from .notation import write
from .op import Array, GraphError


def fitting(xp: ModuleType, value: Any, node: Node) -> Array:
    """Return a value as an array of a space, of the shape of ``node`` or with batch axes in front of it."""
    array = _read(xp, value, node)
    found = np.shape(array)
    own = found[len(found) - node.ndim :] if len(found) >= node.ndim else None
    if own is None or any(isinstance(d, int) and d != n for d, n in zip(node.shape, own, strict=True)):
        raise GraphError(
            f"{write(node).text} has shape {show_shape(node.shape)}; "
            f"a value of shape {show_shape(found)} was given"
        )
    if 0 in found:
        raise GraphError(
            f"{write(node).text} was given an empty batch, of shape {show_shape(found)}; "
            "there must be at least one example"
        )
    return array


def _read(xp: ModuleType, value: Any, node: Node) -> Array:
    """Return a value as an array of the space; what is not made of finite numbers is a GraphError."""
    if hasattr(value, "aval"):  # JAX's own: entries may not be known yet
        return xp.asarray(value)
    exact = xp.NAME == "exact"
    array = None
    with suppress(TypeError, ValueError, OverflowError):
        if not np.iscomplexobj(value):
            array = xp.asarray(value) if exact else np.asarray(value, dtype=np.float64)
    _check_finite(value if exact or array is None else array, node)
    if array is None:
        shown = repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:59]}…"
        raise GraphError(
            f"{write(node).text} was given {shown}; a value is a real number, or rows of them of one length"
        )
    return array if exact else xp.asarray(array)


def _check_finite(value: Any, node: Node) -> None:
    """Raise GraphError where a value is made of floats and one is infinite or no number."""
    try:
        array = np.asarray(value)
    except ValueError:  # rows of several lengths
        return
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        at = np.argwhere(~np.isfinite(array))[0]
        raise GraphError(
            f"{write(node).text} was given {array[tuple(at)]}"
            + (f" at position {', '.join(map(str, at))} (counted from 0)" if at.size else "")
            + "; data must be finite numbers: drop or replace such entries first"
        )


def check_batches(known: Mapping[Node, Array]) -> None:
    """Raise GraphError where values have batch axes that do not fit each other."""
    leads = {n: np.shape(a)[: np.ndim(a) - n.ndim] for n, a in known.items()}
    try:
        np.broadcast_shapes(*leads.values())
    except ValueError:
        shown = ", ".join(f"{write(n).text} {show_shape(lead)}" for n, lead in leads.items() if lead)
        raise GraphError(
            f"the batches of values do not fit: their axes in front are {shown}; "
            "each, counted from the last, must be equal or 1"
        ) from None


def check_sizes(known: Mapping[Node, Array]) -> None:
    """Raise GraphError where one symbolic size has several values."""
    found: dict[Node, tuple[int, str]] = {
        n: (int(a), "what it was given")
        for n, a in known.items()
        if not n.shape and not np.ndim(a) and dict(n.attrs).get("domain") == "size" and not hasattr(a, "aval")
    }
    for node, array in known.items():
        own = np.shape(array)[np.ndim(array) - node.ndim :]
        for dim, n in zip(node.shape, own, strict=True):
            if isinstance(dim, Node):
                first, where = found.setdefault(dim, (n, write(node).text))
                if first != n:
                    raise GraphError(
                        f"the size {show_dim(dim)} is {first} in {where} and {n} in {write(node).text}, "
                        f"which has shape {show_shape(node.shape)}; a size has one value"
                    )


def check_known(node: Node) -> None:
    """Raise GraphError where an op that could not be evaluated has sizes that are symbols."""
    parts: list[Any] = [*node.shape, *(value for _, value in node.attrs)]
    while parts:
        part = parts.pop()
        if isinstance(part, (tuple, list)):
            parts.extend(part)
        elif isinstance(part, Node):
            raise GraphError(
                f"{node.op.name}: {write(node).text} has shape {show_shape(node.shape)}, in which "
                f"{show_dim(part)} is a symbol; this can be evaluated only where sizes are numbers"
            )
