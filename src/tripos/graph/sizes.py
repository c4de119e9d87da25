"""What a size may be, checked wherever a shape comes about."""

from __future__ import annotations

from operator import index
from typing import Any

from .node import Dim, Node, Shape, as_dim, show_dim
from .op import GraphError


def as_shape(what: str, shape: Any) -> Shape:
    """Return a shape as a tuple of sizes, from one of them or several; what is no size is a GraphError."""
    dims = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    return tuple(_as_size(what, n, dims) for n in dims)


def as_size(what: str, size: Any) -> Dim:
    """Return one size; what is none is a GraphError."""
    return _as_size(what, size, (size,))


def _as_size(what: str, value: Any, dims: tuple[Any, ...]) -> Dim:
    """Return a positive int, or a symbolic size as a node."""
    found = known_size(value)
    if found is None or (isinstance(found, int) and found < 1):
        shown = "×".join(map(_shown, dims))
        if found == 0:
            raise GraphError(f"{what}: an array of shape {shown} is empty; every size is 1 or more")
        raise GraphError(
            f"{what}: a size is a positive integer or a symbol such as size('n'), "
            f"found {_shown(value)}" + (f" in {shown}" if len(dims) > 1 else "")
        )
    return found


def known_size(value: Any) -> Dim | None:
    """Return an integer, or a symbolic size, that a value stands for; None where it stands for neither."""
    found = as_dim(value)
    if isinstance(found, Node):
        return None if found.shape else found
    try:
        return None if isinstance(found, bool) else index(found)
    except TypeError:
        return None


def _shown(value: Any) -> str:
    if isinstance(value, Node):
        return show_dim(value) if not value.shape else repr(value)
    return repr(value) if isinstance(value, (str, bool)) else str(value)
