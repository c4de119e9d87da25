"""What an op is, and the table of all ops.

An op is one record at the grain of a textbook (``softmax``, ``conv2d``), holding everything the
system knows about it.  Nothing elsewhere asks "which op is this?"; it asks the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from importlib import import_module
from inspect import signature
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .node import Node, Shape
    from .notation import Piece

Array = Any
"""An array of some space: NumPy float64, or object arrays of exact values or balls."""


class GraphError(ValueError):
    """A graph that makes no sense: says the operation, the shapes, the cause and the remedy."""


MAX_ARGUMENTS = 1_000_000
"""More arguments than any op has; what takes any number takes at most this many."""


def free(*shapes: Shape, **attrs: Any) -> int:
    """Return the cost of an op that multiplies nothing."""
    return 0


@dataclass(frozen=True, eq=False, kw_only=True)
class Op:
    """Everything known about one operation.

    ``forward(xp, *arrays, **attrs)``  the textbook rule, written with the functions of a space ``xp``
    ``shape(*shapes, **attrs)``        shape of the result; raises GraphError when the arguments do not fit
    ``notation(*pieces, **attrs)``     how it is written
    ``backward(g, y, *args, **attrs)`` adjoints of the arguments as nodes, None where there is none;
                                       ``g`` is the adjoint of the result ``y``
    ``cost(*shapes, **attrs)``         multiply-accumulates
    ``flops``                          floating-point operations besides those: a number for each entry of
                                       the result, or flops(*shapes, **attrs)
    ``window(*shapes, **attrs)``       for ops that slide a window: (size, stride, padding) along each of the
                                       last axes, dilation counted into the size
    ``axes(*shapes, **attrs)``         for ops that are not elementwise: for each argument, along which axis
                                       of the result each of its axes runs; None where entries are mixed
    ``view``                           the result is the first argument, seen otherwise: it takes no memory
    ``kernel(*arrays, **attrs)``       other code for the same function in NumPy floats: the second opinion
    ``jax``                            code for JAX where the textbook rule would be slow or overflow: a
                                       function like ``kernel``, or the dotted name of one
    ``attrs``                          attributes and their defaults
    ``slips``                          the usual mistakes: name -> a graph with that mistake in it
    ``elementwise``                    arguments broadcast against each other, axes aligned at the end
    ``increasing``                     never falls when an argument rises, so bounds pass straight through
    ``kink``                           the inputs at which the derivative jumps: kink(xp, *arrays) -> mask;
                                       ``backward`` then follows the convention stated in ``doc``
    ``shorter(*args)``                 a simpler node for the same value where an argument is neutral, else
                                       None: so gradients carry no ``1·x`` and no ``0+``
    ``static``                         the value was derived from the graph, not from the values of the
                                       arguments, which only a kernel evaluates, to measure it
    ``show(value, **attrs)``           how a value is written, where not as numbers
    """

    name: str
    doc: str
    forward: Callable[..., Array]
    shape: Callable[..., Shape]
    notation: Callable[..., Piece]
    backward: Callable[..., Sequence[Node | None]] | None = None
    cost: Callable[..., Any] = free
    flops: int | Callable[..., Any] | None = None
    window: Callable[..., Any] | None = None
    axes: Callable[..., Any] | None = None
    view: bool = False
    kernel: Callable[..., Array] | None = None
    jax: Callable[..., Array] | str | None = None
    attrs: Mapping[str, Any] = field(default_factory=dict)
    slips: Mapping[str, Callable[..., Node]] = field(default_factory=dict)
    elementwise: bool = False
    increasing: bool = False
    kink: Callable[..., Array] | None = None
    shorter: Callable[..., Node | None] | None = None
    static: bool = False
    show: Callable[..., Piece] | None = None

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    @cached_property
    def arity(self) -> tuple[int, int]:
        """The least and the most arguments, read off ``forward``."""
        found = signature(self.forward).parameters.values()
        own = [p for p in found if p.name not in self.attrs][1:]
        counted = sum(p.kind is p.POSITIONAL_OR_KEYWORD for p in own)
        several = any(p.kind is p.VAR_POSITIONAL for p in own)
        if self.static:
            return 0, MAX_ARGUMENTS + 1
        return counted, MAX_ARGUMENTS + 1 if several else counted

    def check(self, count: int, options: Mapping[str, Any]) -> None:
        """Raise GraphError unless the op takes so many arguments, and these attributes."""
        unknown = options.keys() - self.attrs.keys()
        if unknown:
            raise GraphError(
                f"{self.name}: no option {', '.join(sorted(unknown))}; "
                f"it has {', '.join(self.attrs) or 'none'}"
            )
        for key, value in options.items():
            if isinstance(self.attrs[key], Fraction) and not isinstance(value, Fraction | int):
                raise GraphError(f"{self.name}: {key} is a number, found {value!r}")
        least, most = self.arity
        if not least <= count <= most:
            wanted = f"at least {least}" if most > MAX_ARGUMENTS else str(least)
            raise GraphError(f"{self.name} takes {wanted} argument{'s' * (wanted != '1')}, found {count}")

    @cached_property
    def _for_jax(self) -> Callable[..., Array] | None:
        if not isinstance(self.jax, str):
            return self.jax
        module, _, name = self.jax.rpartition(".")
        found: Callable[..., Array] = getattr(import_module(module), name)
        return found

    def fast(self, space: ModuleType) -> Callable[..., Array] | None:
        """Return the op's own code for a space of floats; None where there is only the textbook rule."""
        if space.NAME == "jax":
            return self._for_jax
        return self.kernel if space.NAME == "numpy" else None


table: dict[str, Op] = {}
"""Every op by name."""


def find(name: str) -> Op:
    """Return an op by name, after loading all ops if that has not happened yet."""
    if name not in table:
        from . import ops  # noqa: F401 (importing the families fills the table)
    return table[name]


def register(op: Op) -> Op:
    """Add ``op`` to the table; a name is taken once."""
    if op.name in table:
        raise ValueError(f"op {op.name!r} is defined twice")
    table[op.name] = op
    return op
