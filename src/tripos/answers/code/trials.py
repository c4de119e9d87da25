"""Functions as keys: how a working writes one, and the points at which a candidate's is tried.

The points are drawn for each answer anew, from the answer and the key: nobody knows them before the answer is
written, and marking it again draws the same.
"""

from __future__ import annotations

import hashlib
import keyword
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...graph import GraphError, Node, lift
from ...graph.node import free_symbols, schedule, show_shape
from ...graph.notation import write
from ...graph.program import Program
from ...graph.spaces import numpy as floats
from ..keys import Code
from .sandbox import MAX_VALUE

Array = npt.NDArray[Any]

SETTINGS = (
    (3, 2, 4, 5, 6, 7),
    (2, 4, 3, 6, 5, 7),
    (5, 3, 2, 4, 7, 6),
    (1, 1, 1, 1, 1, 1),
    (4, 4, 4, 4, 4, 4),
)
"""Values of symbolic sizes, in the order in which they occur: all unlike, all one, all alike."""

POINTS = 64
"""About how many points a function is tried at."""

LEAST = 8
"""Fewest points at which a key must have a value that floats find reliably."""

LARGE = 16.0
"""Numbers up to this are ordinary: beside 1, e to the power of minus this keeps nine figures in floats."""

STEP = 2.0**-36
"""Relative change of the inputs that shows how sensitive a key is."""

SPREAD = 16
"""How many times the effect of that change is put down to rounding."""

CONDITION = 1e-6
"""Largest part of a value that may be put down to rounding; points that are more sensitive are left out."""

AGREEMENT = 1e-9
"""Relative difference within which the two evaluations of a key agree."""

FLOOR = 1e-10
"""Difference put down to rounding beside numbers of the size of 1: rounding 10⁶ times over."""


class Trial(NamedTuple):
    """One call: the arguments, what is expected, and how far rounding may lead from it, entry by entry.

    ``ordinary`` says that the answer must be right there: that no number on the way is so large that a sound
    formula may overflow or cancel, or that the paper asks for this point.
    """

    arguments: tuple[Any, ...]
    expected: Array
    slack: Array
    ordinary: bool = True


def function(name: str, output: Any, parameters: Sequence[Any], also: Sequence[Sequence[Any]] = ()) -> Code:
    """Return a key that asks for a Python function: ``function("softmax_grad", dz, [z, y])``.

    ``output`` is what it returns, ``parameters`` are symbols or other named nodes that the output depends on,
    and ``also`` holds further arguments that it must be right for, such as ``[[[1000, 0, -1000]]]``.
    """
    if not isinstance(name, str) or not _writable(name):
        raise GraphError(f"function: a name is one such as 'softmax_grad', found {name!r}")
    if isinstance(parameters, (Node, str)) or not isinstance(parameters, Sequence) or not parameters:
        raise GraphError("function: give the parameters as a list, such as [z, y]")
    node, nodes = lift(output), tuple(parameters)
    for parameter in nodes:
        if not isinstance(parameter, Node) or not _writable(str(parameter.name)):
            shown = write(parameter).text if isinstance(parameter, Node) else repr(parameter)
            raise GraphError(f"function {name}: a parameter is a node with a name in Python, found {shown}")
    names = [str(p.name) for p in nodes]
    if len(set(names)) < len(names) or name in names:
        raise GraphError(f"function {name}: a name stands for two things in {', '.join([name, *names])}")
    _check_dependence(name, node, nodes)
    code = Code(name, nodes, node, tuple(_literal(name, nodes, row) for row in also))
    trials(code, "")
    return code


def _writable(name: str) -> bool:
    return (
        name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and not name.startswith("__")
    )


def _check_dependence(name: str, node: Node, parameters: tuple[Node, ...]) -> None:
    """Raise GraphError where an output depends on other symbols, or not on a parameter."""
    known = set(parameters)
    used, open_nodes, seen = set(_size_symbols(parameters)), [node], set()
    while open_nodes:
        found = open_nodes.pop()
        if found in seen:
            continue
        seen.add(found)
        if found in known:
            used.add(found)
        elif found.op.name == "symbol" and found not in used:
            raise GraphError(f"function {name}: the output depends on {found.name}, which is no parameter")
        else:
            open_nodes += found.args
    for parameter in parameters:
        if parameter not in used:
            raise GraphError(f"function {name}: the output does not depend on {parameter.name}")


def _size_symbols(parameters: Sequence[Node]) -> list[Node]:
    """Return the symbols that the sizes of parameters depend on, in order."""
    dims = [d for p in parameters for d in p.shape if isinstance(d, Node)]
    return list(dict.fromkeys(symbol for d in dims for symbol in free_symbols(d)))


def _literal(name: str, parameters: tuple[Node, ...], row: Any) -> tuple[Any, ...]:
    if not isinstance(row, Sequence) or len(row) != len(parameters):
        raise GraphError(f"function {name}: also is a list of rows of {len(parameters)} arguments each")
    found = []
    for parameter, value in zip(parameters, row, strict=True):
        try:
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise GraphError(
                f"function {name}: also gives {parameter.name} a value that is no array"
            ) from None
        if array.ndim != parameter.ndim:
            shape = show_shape(parameter.shape)
            raise GraphError(f"function {name}: also gives {parameter.name} a value not of shape {shape}")
        found.append(_frozen(array))
    return tuple(found)


def _frozen(array: Array) -> Any:
    """Return an array as nested tuples, which a key that is hashed may hold."""
    return tuple(_frozen(row) for row in array) if array.ndim else float(array)


# -- points --------------------------------------------------------------------------------------


def trials(code: Code, text: str) -> list[Trial]:
    """Return the points at which an answer is tried, in an order of its own.

    Points at which the key has no finite value, or none that floats find reliably, are left out.  Raises
    GraphError where too few are left.
    """
    seed = hashlib.sha256("\0".join((code.name, write(code.node).text, text)).encode()).digest()
    rng = np.random.default_rng(np.frombuffer(seed, dtype=np.uint32))
    sizes = _size_symbols(code.parameters)
    settings = SETTINGS if sizes else SETTINGS[:1]
    if len(sizes) > len(SETTINGS[0]):
        raise GraphError(f"function {code.name}: at most {len(SETTINGS[0])} symbolic sizes are tried")
    found: list[Trial] = []
    rows = POINTS // len(settings) + int(rng.integers(0, 8))
    for setting in settings:
        known = dict(zip(sizes, setting, strict=False))
        found += _reliable(code, known, [_draw(rng, p, known, rows) for p in code.parameters])
    if len(found) < LEAST:
        raise GraphError(
            f"function {code.name}: floats find the output reliably at {len(found)} of "
            f"{rows * len(settings)} points; at least {LEAST} are needed"
        )
    for row in code.also:
        found += _given(code, sizes, row)
    return [found[i] for i in rng.permutation(len(found))]


def _given(code: Code, sizes: Sequence[Node], row: tuple[Any, ...]) -> list[Trial]:
    arrays = [np.asarray(value, dtype=np.float64)[None] for value in row]
    known: dict[Node, int] = {}
    for parameter, array in zip(code.parameters, arrays, strict=True):
        known |= {d: n for d, n in zip(parameter.shape, array.shape[1:], strict=True) if d in sizes}
    trial = _reliable(code, known, arrays, textbook=False)
    if not trial:
        raise GraphError(f"function {code.name}: the output is not finite at {row}, which also gives")
    return trial


def _reliable(
    code: Code, sizes: Mapping[Node, int], arrays: list[Array], *, textbook: bool = True
) -> list[Trial]:
    """Return the points of a batch at which two evaluations agree and small changes have small effects."""
    value = _value(code, sizes, arrays, kernels=True)
    # The largest entry of each point, and of all: numbers that are tiny everywhere get a lower floor.
    with np.errstate(all="ignore"):
        size = np.abs(value).max(axis=tuple(range(1, value.ndim)), keepdims=True)
        scale = np.maximum(1, size)
        floor = FLOOR * np.minimum(scale, size[np.isfinite(size)].max(initial=0))
        slack = SPREAD * _effect(code, sizes, arrays, value) + floor
        good = np.isfinite(value) & (slack <= CONDITION * scale)
        if textbook:
            plain = _value(code, sizes, arrays, kernels=False)
            good &= np.abs(plain - value) <= slack + AGREEMENT * np.abs(value)
    ordinary = _largest(code, sizes, arrays) <= LARGE if textbook else np.ones(len(value), dtype=bool)
    return [
        Trial(
            tuple(_argument(p, a[row]) for p, a in zip(code.parameters, arrays, strict=True)),
            value[row],
            slack[row],
            bool(ordinary[row]),
        )
        for row in np.flatnonzero(good.reshape(len(value), -1).all(1))
    ]


def _largest(code: Code, sizes: Mapping[Node, int], arrays: list[Array]) -> Array:
    """Return for each point the largest number that occurs among inputs, on the way and in the output."""
    bindings: dict[Node, Any] = {**sizes, **dict(zip(code.parameters, arrays, strict=True))}
    largest = np.zeros(len(arrays[0]))
    for node, value in Program([code.node], floats).values(bindings).items():
        array = np.abs(np.asarray(value, dtype=np.float64))
        largest = np.maximum(
            largest, array.reshape(len(largest), -1).max(1) if array.ndim > node.ndim else array.max()
        )
    return largest


def _effect(code: Code, sizes: Mapping[Node, int], arrays: list[Array], value: Array) -> Array:
    """Return the largest change of each entry when all inputs change a little, in one of a few ways."""
    rng, effect = np.random.default_rng(len(value)), np.zeros_like(value)
    for _ in range(4):
        moved = [
            a * (1 + STEP * rng.uniform(-1, 1, a.shape)) if _continuous(p) else a
            for p, a in zip(code.parameters, arrays, strict=True)
        ]
        effect = np.maximum(effect, np.abs(_value(code, sizes, moved, kernels=True) - value))
    return effect


def _value(code: Code, sizes: Mapping[Node, int], arrays: list[Array], *, kernels: bool) -> Array:
    bindings: dict[Node, Any] = {**sizes, **dict(zip(code.parameters, arrays, strict=True))}
    out = np.asarray(Program([code.node], floats, kernels=kernels)(bindings)[0], dtype=np.float64)
    if out.ndim == code.node.ndim:
        out = np.broadcast_to(out, (len(arrays[0]), *out.shape))
    if math.prod(out.shape[1:]) > MAX_VALUE:
        raise GraphError(f"function {code.name}: an output has at most {MAX_VALUE:,} entries")
    return out


def domain(parameter: Node) -> str:
    """Return the domain of a parameter; nodes that are no symbols stand for real numbers."""
    return str(dict(parameter.attrs).get("domain", "real")) if parameter.op.name == "symbol" else "real"


def _continuous(parameter: Node) -> bool:
    return domain(parameter) not in ("size", "bit")


def _argument(parameter: Node, value: Array) -> Any:
    """Return what a function is called with: an array, or a Python number for a single value."""
    if value.ndim:
        return value
    return float(value) if _continuous(parameter) else int(value)


def _draw(rng: np.random.Generator, parameter: Node, sizes: Mapping[Node, int], rows: int) -> Array:
    """Return values of a parameter, one a row: several in each of several ways, the special ones first."""
    if parameter in sizes:
        return np.full(rows, float(sizes[parameter]))
    dims = [d if isinstance(d, int) else _dim(d, sizes) for d in parameter.shape]
    shape = tuple(dims)
    if math.prod(shape) > MAX_VALUE:
        raise GraphError(f"function: {parameter.name} has more than {MAX_VALUE:,} entries")
    return np.stack([_entries(rng, domain(parameter), shape, row) for row in range(rows)])


def _dim(dim: Node, sizes: Mapping[Node, int]) -> int:
    wanted = {n: float(sizes[n]) for n in schedule([dim]) if n in sizes}
    return int(np.asarray(Program([dim], floats)(wanted)[0]))


def _entries(rng: np.random.Generator, domain: str, shape: tuple[int, ...], row: int) -> Array:
    way = row % 8
    if domain == "size":
        return rng.integers(1, 12, shape).astype(float)
    if domain == "bit":
        return rng.integers(0, 2, shape).astype(float)
    if domain == "distribution":
        shares = rng.exponential(size=shape) if way else np.ones(shape)
        if way in (1, 2):
            shares = np.asarray(
                np.arange(shape[-1]) == rng.integers(0, shape[-1], (*shape[:-1], 1)), dtype=float
            )
        return np.asarray(shares / shares.sum(-1, keepdims=True))
    if domain in ("probability", "uniform"):
        return rng.integers(1, 2**20, shape) / 2**20 if way > 1 else rng.integers(1, 8, shape) / 8
    x = _real(rng, shape, way)
    if domain == "positive":
        return np.where(x == 0, 0.5, np.abs(x))
    return np.abs(x) if domain == "nonnegative" else x


def _real(rng: np.random.Generator, shape: tuple[int, ...], way: int) -> Array:
    """Return real numbers: zeros and ties among them, whole ones, small ones, large ones, and of any kind."""
    if way == 0:
        return rng.integers(-1, 2, shape) * (rng.random(shape) < 0.6) * 1.0
    if way == 1:
        return np.full(shape, rng.integers(-8, 8) / 4)
    if way == 2:
        return rng.integers(-9, 10, shape) * 1.0
    return np.asarray(rng.normal(size=shape) * (1e-3, 10.0, 3.0, 1.0, 1.0)[way - 3])
