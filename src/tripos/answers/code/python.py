"""A key as a candidate might write it: Python with NumPy, one line a node, for graphs of common ops."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ...graph import Node
from ...graph.node import schedule
from ..keys import Code

_FORMS: dict[str, str] = {
    "add": "{} + {}",
    "sub": "{} - {}",
    "mul": "{} * {}",
    "div": "{} / {}",
    "power": "{} ** {}",
    "neg": "-{}",
    "exp": "np.exp({})",
    "log": "np.log({})",
    "sqrt": "np.sqrt({})",
    "tanh": "np.tanh({})",
    "maximum": "np.maximum({}, {})",
    "minimum": "np.minimum({}, {})",
    "relu": "np.maximum({}, 0)",
    "sigmoid": "1 / (1 + np.exp(-{}))",
    "softmax": "(lambda e: e / e.sum(-1, keepdims=True))(np.exp({0} - np.max({0}, axis=-1, keepdims=True)))",
    "sum": "np.sum({})",
    "alias": "{}",
}
"""What an op is in NumPy, where its arguments alone say so."""

_WITH_OPTIONS: dict[str, Callable[[Node], str]] = {
    "contract": lambda node: f"np.einsum({dict(node.attrs)['signature']!r}, {_places(node)})",
    "sum_last": lambda node: f"np.sum({{}}, axis=-1, keepdims={node.ndim == node.args[0].ndim})",
    "transpose": lambda node: "np.swapaxes({}, -1, -2)",
}


def _places(node: Node) -> str:
    return ", ".join("{}" for _ in node.args)


def python_of(key: Code) -> str | None:
    """Return a function that is right for a key, None where one of its ops is not among the common ones."""
    names: dict[Node, str] = {parameter: str(parameter.name) for parameter in key.parameters}
    for parameter in key.parameters:
        for axis, dim in enumerate(parameter.shape):
            if isinstance(dim, Node) and dim not in names:
                names[dim] = f"{parameter.name}.shape[{axis}]"
    lines = [key.signature]
    for node in schedule([key.node]):
        if node in names:
            continue
        text = _text(node, names)
        if text is None:
            return None
        names[node] = f"v{len(lines)}"
        lines.append(f"    v{len(lines)} = {text}")
    return "\n".join([*lines, f"    return {names[key.node]}", ""])


def _text(node: Node, names: dict[Node, str]) -> str | None:
    name = node.op.name
    if name == "constant":
        return _constant(dict(node.attrs)["value"], node.shape)
    form = _WITH_OPTIONS[name](node) if name in _WITH_OPTIONS else _FORMS.get(name)
    if form is None or any(argument not in names for argument in node.args):
        return None
    return form.format(*(names[argument] for argument in node.args))


def _constant(entries: Any, shape: Any) -> str | None:
    if not all(isinstance(entry, (int, Fraction)) for entry in entries):
        return None
    written = [f"{Fraction(e).numerator} / {Fraction(e).denominator}" for e in entries]
    return f"np.array([{', '.join(written)}]).reshape({tuple(shape)})" if shape else written[0]
