"""The JAX space: arrays that ``jax.jit`` compiles and ``jax.grad`` differentiates, on any device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

try:
    import jax.numpy as jnp
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError("this space needs JAX: pip install 'tripos[train]'", name="jax") from missing
import numpy as np
from jax.numpy import (
    absolute,
    argmax,
    broadcast_to,
    concatenate,
    cos,
    divide,
    einsum,
    equal,
    exp,
    floor,
    greater,
    greater_equal,
    log,
    maximum,
    minimum,
    moveaxis,
    pi,
    reshape,
    sin,
    sqrt,
    stack,
    swapaxes,
    tanh,
    zeros,
)
from jax.numpy import max as max
from jax.numpy import power as power
from jax.numpy import sum as sum
from jax.scipy.special import erf

from ..op import Array

__all__ = [
    "absolute",
    "argmax",
    "broadcast_to",
    "concatenate",
    "cos",
    "divide",
    "einsum",
    "equal",
    "erf",
    "exp",
    "floor",
    "greater",
    "greater_equal",
    "log",
    "max",
    "maximum",
    "minimum",
    "moveaxis",
    "pi",
    "power",
    "reshape",
    "sin",
    "sqrt",
    "stack",
    "sum",
    "swapaxes",
    "tanh",
    "zeros",
]

NAME = "jax"


def asarray(entries: Any, shape: Sequence[int] | None = None) -> Array:
    """Return numbers in JAX's default float, reshaped to ``shape``; JAX's own arrays stay as they are."""
    array = entries if hasattr(entries, "aval") else jnp.asarray(np.asarray(entries, dtype=np.float64))
    return array if shape is None else array.reshape(tuple(shape))


def where(mask: Array, a: Any, b: Any) -> Array:
    """Return ``a`` where the mask holds, else ``b``."""
    return jnp.where(mask, asarray(a), asarray(b))


def pad(x: Array, widths: Sequence[tuple[int, int]]) -> Array:
    """Return ``x`` with zeros before and after each of its last axes."""
    return jnp.pad(x, [(0, 0)] * (x.ndim - len(widths)) + list(widths))


def add_at(x: Array, at: Any, y: Array) -> Array:
    """Return ``x`` with ``y`` added at a slice."""
    return x.at[at].add(y)


def split(x: Array, sizes: Sequence[int], axis: int) -> list[Array]:
    """Return ``x`` cut up along an axis."""
    return jnp.split(x, np.cumsum(sizes)[:-1], axis)
