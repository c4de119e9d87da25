"""What a layer may be made of and called with, by the types that it declares.

So that what is wrong is said where it is written: sizes where the layer is made, inputs where it is called.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from inspect import Parameter, signature
from numbers import Real
from operator import index
from typing import Any

from ..graph import GraphError, Node, lift
from ..graph.node import as_dim, show_shape
from ..graph.sizes import known_size

Count = int
"""A positive integer that is known when the layer is made, such as a number of heads."""

MAX_COUNT = 1_000_000
"""Most heads, layers and the like."""


class _Unfit(Exception):
    """A value is not of a type."""


# -- fields ----------------------------------------------------------------------------------------


def _size(value: Any) -> Any:
    found = known_size(value)
    if found is None or (isinstance(found, int) and found < 1):
        raise _Unfit
    return found


def _sizes(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)) or not value:
        raise _Unfit
    return tuple(map(_size, value))


def _whole(value: Any) -> int:
    found = as_dim(value)
    if isinstance(found, bool) or not hasattr(found, "__index__") or isinstance(found, Node):
        raise _Unfit
    return index(found)


def _count(value: Any) -> int:
    if not 1 <= (found := _whole(value)) <= MAX_COUNT:
        raise _Unfit
    return found


def _number(value: Any) -> Any:
    found = as_dim(value)
    if isinstance(found, bool) or not isinstance(found, Real) or not math.isfinite(found):
        raise _Unfit
    return found


def _literal(value: Any) -> Any:
    try:
        lift(value)
    except GraphError:
        raise _Unfit from None
    return value


def _exactly(*types: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if not isinstance(value, types):
            raise _Unfit
        return value

    return read


def _module(value: Any) -> Any:
    from .module import Module

    return _exactly(Module)(value)


_SIZE = "a size is a positive integer or size('n'), found {value} as {name}"
_NUMBER = "{name} is a finite number, found {value}"

KINDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "Dim": (_SIZE, _size),
    "tuple[Dim, ...]": (_SIZE, _sizes),
    "Count": (f"{{name}} is a positive integer, at most {MAX_COUNT:,}, found {{value}}", _count),
    "int": ("{name} is a whole number, found {value}", _whole),
    "bool": ("{name} is True or False, found {value}", _exactly(bool)),
    "str": ("{name} is a word in quotes, found {value}", _exactly(str)),
    "Literal": ("{name} is a number or an array, found {value}", _literal),
    "float": (_NUMBER, _number),
    "Fraction": (_NUMBER, _number),
    "Number": (_NUMBER, _number),
    "Module": ("expected a layer, found {value} as {name}; write ReLU(), not ReLU", _module),
    "None": ("", _exactly(type(None))),
}
"""For each type, what is said of a value that is not of it, and how a value is read."""


@lru_cache(1000)
def _kinds(annotation: Any) -> list[str]:
    """Return the types of a union; none where one is not among ``KINDS``."""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    found = [part.strip() for part in text.split("|")]
    return found if all(kind in KINDS for kind in found) else []


def field_of(what: str, name: str, annotation: Any, value: Any) -> Any:
    """Return the value of a field of a layer, read as its type says; else raise GraphError.

    Symbolic sizes are tidied: equal ones are one node then, and rules can compare them.
    """
    kinds = _kinds(annotation)
    for kind in kinds:
        try:
            return KINDS[kind][1](value)
        except _Unfit:
            continue
    if not kinds:
        return as_dim(value)
    wanted = [KINDS[kind][0] for kind in kinds if kind != "None"][-1]
    raise GraphError(f"{what}: " + wanted.format(name=name, value=shown(value)))


def check_module(what: str, value: Any) -> None:
    """Raise GraphError unless ``value`` is a layer, which a function called ``what`` is about."""
    field_of(what, "the network", "Module", value)


def shown(value: Any) -> str:
    """Return a value as an error says it."""
    if isinstance(value, Node):
        return f"an array of shape {show_shape(value.shape)}" if value.shape else repr(value)
    text = str(value) if isinstance(value, Fraction) else repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


# -- inputs ----------------------------------------------------------------------------------------


@lru_cache(1000)
def _parameters(forward: Callable[..., Any]) -> tuple[tuple[Parameter, ...], bool]:
    """Return the inputs that ``forward`` takes, and whether there may be any number of them."""
    own = tuple(signature(forward).parameters.values())[2:]  # after the layer and its weights
    return own, any(p.kind is p.VAR_POSITIONAL for p in own)


def inputs_of(what: str, forward: Callable[..., Any], given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return inputs as nodes; numbers and lists become constants."""
    parameters, several = _parameters(forward)
    if several:
        return given
    least = sum(p.default is p.empty for p in parameters)
    if not least <= len(given) <= len(parameters):
        names = ", ".join(p.name if p.default is p.empty else f"[{p.name}]" for p in parameters)
        raise GraphError(f"{what} takes {names}; found {len(given)} input{'s' * (len(given) != 1)}")
    return tuple(_input(what, p.name, str(p.annotation), x) for p, x in zip(parameters, given, strict=False))


def _input(what: str, name: str, annotation: str, value: Any) -> Any:
    if value is None and annotation != "Node":
        return value
    if annotation.startswith("tuple["):
        count = annotation.count("Node")
        if not isinstance(value, (tuple, list)) or len(value) != count:
            raise GraphError(f"{what}: {name} is a tuple of {count} arrays, found {shown(value)}")
        return tuple(_input(what, name, "Node", part) for part in value)
    if isinstance(value, Node):
        return value
    if isinstance(value, tuple) and any(isinstance(part, (Node, tuple)) for part in value):
        if annotation == "Any":
            return value
        raise GraphError(
            f"{what}: {name} is one array, found a tuple of {len(value)}; "
            "of what a recurrent layer or an attention gives, take the first: layer(x)[0]"
        )
    try:
        return lift(value)
    except GraphError as error:
        raise GraphError(f"{what}: {name} is an array; {error}") from error
