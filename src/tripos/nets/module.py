"""What a layer is: weights under PyTorch's names, and a rule that builds a graph from them.

A module is a frozen dataclass.  Its fields that are modules, or tuples of modules, are its children; a
weight of a child is called by the path to it, ``layers.0.weight``, as in PyTorch's ``state_dict``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from fractions import Fraction
from itertools import chain, count
from typing import Any, ClassVar, NamedTuple

from ..graph import GraphError, Node, convention, lift, named, symbol
from ..graph.node import Shape, show_shape
from .arguments import check_module, field_of, inputs_of, shown


class Weights(dict[str, Any]):
    """The weights of a module by name, and those of its children by the child's name; knows its path."""

    def __init__(self, path: str = ""):
        super().__init__()
        self.path = path


class Call(NamedTuple):
    """One use of a module: where it stands, what went in and what came out."""

    path: str
    module: Module
    inputs: tuple[Any, ...]
    output: Any


_calls: ContextVar[list[Call] | None] = ContextVar("calls", default=None)
Masks = dict[Node, Fraction]
"""The symbols of the masks in a graph, each with the probability that an entry is 1."""

_training: ContextVar[Masks | None] = ContextVar("training", default=None)


@contextmanager
def recorded() -> Iterator[list[Call]]:
    """Note every call of a module in the list that is yielded, children before their parents."""
    calls: list[Call] = []
    token = _calls.set(calls)
    try:
        yield calls
    finally:
        _calls.reset(token)


@contextmanager
def training() -> Iterator[Masks]:
    """Build graphs as for training: dropout drops, batch norm takes the statistics of its batch.

    What is yielded holds afterwards the symbol of each mask, and the probability that an entry of it is 1.
    """
    masks: Masks = {}
    token = _training.set(masks)
    try:
        yield masks
    finally:
        _training.reset(token)


def is_training() -> bool:
    """Say whether graphs are being built as for training."""
    return _training.get() is not None


def drawn_mask(name: str, shape: Shape, keep: Fraction) -> Node:
    """Return a new mask, a symbol of bits; one of a name that is taken gets a number as well."""
    masks = _training.get()
    if masks is None:
        raise GraphError("a mask is drawn in training only: build the graph within training()")
    taken = {str(mask.name) for mask in masks}
    other = (f"{name}_{i}" for i in count(2))
    free = next(n for n in chain([name], other) if n not in taken)
    mask = symbol(free, shape, "bit")
    masks[mask] = keep
    return mask


@dataclass(frozen=True)
class Module:
    """A layer or a system of layers: ``shapes`` of its own weights, and ``forward`` to build its graph.

    ``letters`` says by which symbol a weight is written: ``weight`` as W.
    """

    letters: ClassVar[Mapping[str, str]] = {"weight": "W", "bias": "b"}

    def __init_subclass__(cls) -> None:
        check = cls.__dict__.get("__post_init__")
        if check is None:
            return

        def tidied_first(self: Module) -> None:
            Module.__post_init__(self)
            check(self)

        cls.__post_init__ = tidied_first  # type: ignore[method-assign]

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name, None)
            read = field_of(type(self).__name__, field.name, field.type, value)
            if read is not value:
                object.__setattr__(self, field.name, read)

    def shapes(self) -> dict[str, Shape]:
        """Return the shape of each weight of its own, by name."""
        return {}

    def buffers(self) -> dict[str, Shape]:
        """Return the shape of each array that is kept but not learnt, such as running statistics."""
        return {}

    @property
    def whole_batches(self) -> bool:
        """Whether training it needs the examples of a batch together, as what one gives depends on others."""
        return False

    def forward(self, w: Weights, *inputs: Any) -> Any:
        """Return the output for nodes as inputs; ``w`` holds the weights, and those of each child."""
        raise GraphError(f"{type(self).__name__}: it has no output of its own; call one of its methods")

    def __call__(self, *inputs: Any, weights: Mapping[str, Any] | None = None) -> Any:
        """Return the output for ``inputs``; weights that are not given are symbols."""
        w = weights if isinstance(weights, Weights) else self.bound(weights or {})
        nodes = inputs_of(type(self).__name__, type(self).forward, inputs)
        output = self.forward(w, *nodes)
        calls = _calls.get()
        if calls is not None:
            calls.append(Call(w.path, self, nodes, output))
        return output

    def children(self) -> dict[str, Module]:
        """Return the modules that this one is made of, by name."""
        found: dict[str, Module] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Module):
                found[field.name] = value
            elif isinstance(value, tuple):
                parts = enumerate(value)
                found |= {f"{field.name}.{i}": m for i, m in parts if isinstance(m, Module)}
        return found

    def modules(self, path: str = "") -> Iterator[tuple[str, Module]]:
        """Yield every module in it with its path, itself first."""
        yield path, self
        for name, child in self.children().items():
            yield from child.modules(f"{path}.{name}" if path else name)

    def weights(self) -> dict[str, Shape]:
        """Return the shape of every weight that is learnt, by its path."""
        return self._collected("shapes")

    def state(self) -> dict[str, Shape]:
        """Return the shape of every weight and buffer, by its path."""
        return self._collected("shapes") | self._collected("buffers")

    def _collected(self, what: str) -> dict[str, Shape]:
        return {
            f"{path}.{name}" if path else name: shape
            for path, module in self.modules()
            for name, shape in getattr(module, what)().items()
        }

    def symbols(self) -> dict[str, Node]:
        """Return a symbol for every weight and buffer, by its path; no two have the same name."""
        found: dict[str, Node] = {}
        taken: set[str] = set()
        for path, module in self.modules():
            for name, shape in (module.shapes() | module.buffers()).items():
                letter = module._letter(name, path)
                free = next(n for n in chain([letter], (f"{letter}_{i}" for i in count(2))) if n not in taken)
                taken.add(free)
                found[f"{path}.{name}" if path else name] = symbol(free, shape)
        return found

    def _letter(self, name: str, path: str) -> str:
        """Return the name of a weight's symbol: its letter, and the path to its module as subscript."""
        return "_".join([self.letters.get(name, name), *path.replace("_", "").split(".")]).rstrip("_")

    def bound(self, given: Mapping[str, Any]) -> Weights:
        """Return all weights, those given by path and symbols for the others, arranged by module."""
        if not isinstance(given, Mapping):
            raise GraphError(
                f"{type(self).__name__}: weights are a dict of them by name, found {shown(given)}"
            )
        symbols = self.symbols()
        for path, value in given.items():
            if path not in symbols:
                raise GraphError(
                    f"{type(self).__name__}: no weight {path!r}; there are {', '.join(symbols) or 'none'}"
                )
            node = lift(value)
            if not isinstance(value, Node):
                node = named(node, str(symbols[path].name))
            if node.shape != symbols[path].shape:
                raise GraphError(
                    f"{type(self).__name__}: the weight {path} has shape {show_shape(symbols[path].shape)}, "
                    f"found {show_shape(node.shape)}"
                )
            symbols[path] = node
        return self._arranged(symbols, "")

    def _arranged(self, flat: Mapping[str, Node], path: str) -> Weights:
        start = f"{path}." if path else ""
        w = Weights(path)
        for name in self.shapes() | self.buffers():
            w[name] = flat[start + name]
        for name, child in self.children().items():
            w[name] = child._arranged(flat, start + name)
        return w


def parameters(*modules: Module) -> Node:
    """Return the number of parameters, as a sum of products of sizes.

    Biases count by the convention ``bias``; sizes may be symbols.
    """
    if not modules:
        raise GraphError("parameters: name at least one layer, such as parameters(Linear(9, 4))")
    total = lift(0)
    for module in modules:
        check_module("parameters", module)
        for name, shape in module.weights().items():
            if "bias" in name.rpartition(".")[2] and convention("bias") == "not counted":
                continue
            count = lift(1)
            for dim in shape:
                count = count * dim
            total = total + count
    return total
