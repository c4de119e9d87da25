"""Arithmetic and activations, entry by entry; arguments broadcast, axes aligned at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..node import Builder, Node, Shape, apply, constant, define, is_literal, show_shape
from ..notation import (
    Notation,
    Piece,
    around,
    call,
    entrywise,
    exponential,
    logarithm,
    minus,
    negative,
    over,
    plus,
    raised,
    root,
)
from ..op import Array, GraphError, Op, find


def broadcast(name: str) -> Callable[..., Shape]:
    """Return the shape rule of an elementwise op called ``name``."""

    def rule(*shapes: Shape, **attrs: Any) -> Shape:
        rank = max(len(s) for s in shapes)
        out = []
        for axis in range(-rank, 0):
            sizes = [s[axis] for s in shapes if len(s) >= -axis]
            wide = [d for d in dict.fromkeys(sizes) if not (isinstance(d, int) and d == 1)]
            if len(wide) > 1:
                raise GraphError(
                    f"{name}: shapes {' and '.join(show_shape(s) for s in shapes)} do not fit: "
                    "each axis, counted from the last, must be equal or 1"
                )
            out.append(wide[0] if wide else 1)
        return tuple(out)

    return rule


def elementwise(
    name: str,
    doc: str,
    forward: Callable[..., Array],
    notation: Notation,
    backward: Callable[..., Sequence[Node | None]] | None,
    **rest: Any,
) -> Builder:
    """Define an op that acts entry by entry."""
    return define(
        Op(
            name=name,
            doc=doc,
            forward=forward,
            notation=notation,
            backward=backward,
            shape=broadcast(name),
            elementwise=True,
            **rest,
        )
    )


# -- neutral arguments ---------------------------------------------------------------------------


def _keeps(kept: Node, dropped: Node) -> bool:
    """Say whether dropping one operand leaves the shape of the result unchanged."""
    return not dropped.shape or dropped.shape == kept.shape


def _add(a: Node, b: Node) -> Node | None:
    if is_literal(a, 0) and _keeps(b, a):
        return b
    if is_literal(b, 0) and _keeps(a, b):
        return a
    if b.op.name == "neg" and b.name is None:
        return a - b.args[0]
    return None


def _sub(a: Node, b: Node) -> Node | None:
    if is_literal(b, 0) and _keeps(a, b):
        return a
    if is_literal(a, 0) and _keeps(b, a):
        return -b
    if b.op.name == "neg" and b.name is None:
        return a + b.args[0]
    return None


def _mul(a: Node, b: Node) -> Node | None:
    if a.op.name == "neg" and a.name is None:
        return -(a.args[0] * b)
    if b.op.name == "neg" and b.name is None:
        return -(a * b.args[0])
    for one, other in ((a, b), (b, a)):
        if is_literal(one, 1) and _keeps(other, one):
            return other
        if is_literal(one, -1) and _keeps(other, one):
            return -other
        if _repeats_a_scalar(one) and one.shape == other.shape:
            return one.args[0] * other
    for one, other in ((a, b), (b, a)):
        if one.op.name == "div" and one.name is None and not one.args[0].shape:
            if is_literal(one.args[0], 1):
                return other / one.args[1]
            if is_literal(one.args[0], -1):
                return -(other / one.args[1])
    return None


def _repeats_a_scalar(a: Node) -> bool:
    return a.op.name in ("expand", "repeat_last") and a.name is None and not a.args[0].shape


def _div(a: Node, b: Node) -> Node | None:
    return a if is_literal(b, 1) and _keeps(a, b) else None


def _neg(a: Node) -> Node | None:
    if a.name is not None:
        return None
    if a.op.name == "neg":
        return a.args[0]
    if a.op.name == "sub":
        return a.args[1] - a.args[0]
    if a.op.name == "div" and a.args[0].op.name == "sub" and a.args[0].name is None:
        return -a.args[0] / a.args[1]
    if a.op.name == "constant" and not a.shape:
        return constant(-dict(a.attrs)["value"][0])
    return None


def _power(a: Node, b: Node) -> Node | None:
    return a if is_literal(b, 1) and not b.shape else None


def _log(a: Node) -> Node | None:
    """Return the logarithm of a probability that has logits as one op: floats of it do not overflow."""
    if a.name is not None:
        return None
    if a.op.name in ("sigmoid", "softmax"):
        return apply(find(f"log_{a.op.name}"), *a.args)
    if a.op.name == "sub" and is_literal(a.args[0], 1) and _is_sigmoid(a.args[1]):
        return apply(find("log_one_minus_sigmoid"), *a.args[1].args)
    return None


def _is_sigmoid(a: Node) -> bool:
    return a.op.name == "sigmoid" and a.name is None


# -- arithmetic --------------------------------------------------------------------------------

add: Builder = elementwise(
    "add",
    "a + b",
    lambda xp, a, b: a + b,
    plus,
    lambda g, y, a, b: [g, g],
    increasing=True,
    slips={"subtracted instead of adding": lambda a, b: a - b, "the second term forgotten": lambda a, b: a},
    shorter=_add,
)
sub: Builder = elementwise(
    "sub",
    "a − b",
    lambda xp, a, b: a - b,
    minus,
    lambda g, y, a, b: [g, -g],
    slips={"added instead of subtracting": lambda a, b: a + b},
    shorter=_sub,
)
neg: Builder = elementwise(
    "neg",
    "−a",
    lambda xp, a: -a,
    negative,
    lambda g, y, a: [-g],
    slips={"sign forgotten": lambda a: a},
    shorter=_neg,
)
mul: Builder = elementwise(
    "mul",
    "a · b, entry by entry",
    lambda xp, a, b: a * b,
    entrywise,
    lambda g, y, a, b: [g * b, g * a],
    shorter=_mul,
)
div: Builder = elementwise(
    "div",
    "a / b, entry by entry",
    lambda xp, a, b: xp.divide(a, b),
    over,
    lambda g, y, a, b: [g / b, -(g * a / b**2)],
    slips={"the divisor forgotten": lambda a, b: a, "multiplied instead of dividing": lambda a, b: a * b},
    shorter=_div,
)


def _one_less(exponent: Node) -> Node:
    """Return an exponent less one, as a number where it is one."""
    if is_literal(exponent) and not exponent.shape:
        return constant(dict(exponent.attrs)["value"][0] - 1)
    return exponent - 1


def _power_kernel(a: Array, b: Array) -> Array:
    return np.square(a) if np.ndim(b) == 0 and b == 2 else np.float_power(a, b)


power: Builder = elementwise(
    "power",
    "a to the power b",
    lambda xp, a, b: xp.power(a, b),
    raised,
    lambda g, y, a, b: [
        g * (b * a ** _one_less(b)),
        None if is_literal(b) else g * y * log(a),
    ],
    kernel=_power_kernel,
    slips={"exponent forgotten": lambda a, b: a, "multiplied by the exponent": lambda a, b: a * b},
    shorter=_power,
)
exp: Builder = elementwise(
    "exp",
    "e to the power x",
    lambda xp, x: xp.exp(x),
    exponential,
    lambda g, y, x: [g * y],
    increasing=True,
    slips={"sign of the exponent": lambda x: exp(-x)},
)
log: Builder = elementwise(
    "log",
    "the natural logarithm",
    lambda xp, x: xp.log(x),
    logarithm,
    lambda g, y, x: [g / x],
    increasing=True,
    slips={"logarithm forgotten": lambda x: x},
    shorter=_log,
)
sqrt: Builder = elementwise(
    "sqrt",
    "the square root",
    lambda xp, x: xp.sqrt(x),
    root,
    lambda g, y, x: [g / (2 * y)],
    increasing=True,
    slips={"root forgotten": lambda x: x},
)
sin: Builder = elementwise(
    "sin",
    "the sine of an angle in radians",
    lambda xp, x: xp.sin(x),
    call("sin", r"\sin"),
    lambda g, y, x: [g * cos(x)],
    kernel=lambda x: np.exp(1j * x).imag,
    slips={"cosine instead of sine": lambda x: cos(x)},  # noqa: PLW0108 (it is defined below)
)
cos: Builder = elementwise(
    "cos",
    "the cosine of an angle in radians",
    lambda xp, x: xp.cos(x),
    call("cos", r"\cos"),
    lambda g, y, x: [-(g * sin(x))],
    kernel=lambda x: np.exp(1j * x).real,
    slips={"sine instead of cosine": sin},
)
floor: Builder = elementwise(
    "floor",
    "the largest integer not above x",
    lambda xp, x: xp.floor(x),
    around(("⌊", r"\left\lfloor "), ("⌋", r"\right\rfloor")),
    lambda g, y, x: [None],
    increasing=True,
    kink=lambda xp, x: xp.equal(x, xp.floor(x)),
    slips={"rounded up instead of down": lambda x: -floor(-x), "not rounded": lambda x: x},
)
maximum: Builder = elementwise(
    "maximum",
    "the larger of a and b; where they are equal the derivative goes to a",
    lambda xp, a, b: xp.maximum(a, b),
    call("max", r"\max"),
    lambda g, y, a, b: [g * greater_equal(a, b), g * greater(b, a)],
    increasing=True,
    slips={"minimum instead of maximum": lambda a, b: minimum(a, b)},  # noqa: PLW0108 (it is defined below)
    kink=lambda xp, a, b: xp.equal(a, b),
)
minimum: Builder = elementwise(
    "minimum",
    "the smaller of a and b; where they are equal the derivative goes to a",
    lambda xp, a, b: xp.minimum(a, b),
    call("min", r"\min"),
    lambda g, y, a, b: [g * greater_equal(b, a), g * greater(a, b)],
    increasing=True,
    slips={"maximum instead of minimum": maximum},
    kink=lambda xp, a, b: xp.equal(a, b),
)
absolute: Builder = elementwise(
    "abs",
    "the absolute value; its derivative at 0 is taken as 0",
    lambda xp, x: xp.absolute(x),
    around(("|", r"\left|"), ("|", r"\right|")),
    lambda g, y, x: [g * sign(x)],
    slips={"absolute value forgotten": lambda x: x},
    kink=lambda xp, x: xp.equal(x, 0),
)
sign: Builder = elementwise(
    "sign",
    "1 where x > 0, −1 where x < 0, else 0",
    lambda xp, x: xp.where(xp.greater(x, 0), 1, 0) - xp.where(xp.greater(0, x), 1, 0),
    call("sign"),
    lambda g, y, x: [None],
    kernel=np.sign,
    increasing=True,
    kink=lambda xp, x: xp.equal(x, 0),
)


def indicator(relation: str, latex: str) -> Notation:
    """Return the notation of the indicator of a relation: ``[a > b]``."""

    def write(a: Piece, b: Piece) -> Piece:
        return Piece(f"[{a.text} {relation} {b.text}]", rf"\left[{a.latex} {latex} {b.latex}\right]")

    return write


greater: Builder = elementwise(
    "greater",
    "1 where a > b, else 0",
    lambda xp, a, b: xp.where(xp.greater(a, b), 1, 0),
    indicator(">", ">"),
    lambda g, y, a, b: [None, None],
    kernel=lambda a, b: np.greater(a, b).astype(np.float64),
    kink=lambda xp, a, b: xp.equal(a, b),
)
greater_equal: Builder = elementwise(
    "greater_equal",
    "1 where a ≥ b, else 0",
    lambda xp, a, b: xp.where(xp.greater_equal(a, b), 1, 0),
    indicator("≥", r"\ge"),
    lambda g, y, a, b: [None, None],
    kernel=lambda a, b: np.greater_equal(a, b).astype(np.float64),
    kink=lambda xp, a, b: xp.equal(a, b),
)
less: Builder = elementwise(
    "less",
    "1 where a < b, else 0",
    lambda xp, a, b: xp.where(xp.greater(b, a), 1, 0),
    indicator("<", "<"),
    lambda g, y, a, b: [None, None],
    kink=lambda xp, a, b: xp.equal(a, b),
)
less_equal: Builder = elementwise(
    "less_equal",
    "1 where a ≤ b, else 0",
    lambda xp, a, b: xp.where(xp.greater_equal(b, a), 1, 0),
    indicator("≤", r"\le"),
    lambda g, y, a, b: [None, None],
    kink=lambda xp, a, b: xp.equal(a, b),
)
where: Builder = elementwise(
    "where",
    "a where the condition is positive, else b",
    lambda xp, c, a, b: xp.where(xp.greater(c, 0), a, b),
    call("where"),
    lambda g, y, c, a, b: [None, where(c, g, 0), where(c, 0, g)],
)
