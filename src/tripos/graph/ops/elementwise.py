"""Arithmetic and activations, entry by entry; arguments broadcast, axes aligned at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..node import Builder, Node, Shape, define, is_literal, show_shape
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
from ..op import Array, GraphError, Op
from .leaf import pi


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


# -- arithmetic --------------------------------------------------------------------------------

add: Builder = elementwise(
    "add",
    "a + b",
    lambda xp, a, b: a + b,
    plus,
    lambda g, y, a, b: [g, g],
    increasing=True,
    slips={"subtracted instead of adding": lambda a, b: a - b, "the second term forgotten": lambda a, b: a},
)
sub: Builder = elementwise(
    "sub",
    "a − b",
    lambda xp, a, b: a - b,
    minus,
    lambda g, y, a, b: [g, -g],
    slips={"added instead of subtracting": lambda a, b: a + b},
)
neg: Builder = elementwise(
    "neg",
    "−a",
    lambda xp, a: -a,
    negative,
    lambda g, y, a: [-g],
    slips={"sign forgotten": lambda a: a},
)
mul: Builder = elementwise(
    "mul",
    "a · b, entry by entry",
    lambda xp, a, b: a * b,
    entrywise,
    lambda g, y, a, b: [g * b, g * a],
)
div: Builder = elementwise(
    "div",
    "a / b, entry by entry",
    lambda xp, a, b: xp.divide(a, b),
    over,
    lambda g, y, a, b: [g / b, -(g * a / b**2)],
)
power: Builder = elementwise(
    "power",
    "a to the power b",
    lambda xp, a, b: xp.power(a, b),
    raised,
    lambda g, y, a, b: [
        g * (b * a ** (b - 1) if not is_literal(b, 2) else 2 * a),
        None if is_literal(b) else g * y * log(a),
    ],
)
exp: Builder = elementwise(
    "exp",
    "e to the power x",
    lambda xp, x: xp.exp(x),
    exponential,
    lambda g, y, x: [g * y],
    increasing=True,
)
log: Builder = elementwise(
    "log",
    "the natural logarithm",
    lambda xp, x: xp.log(x),
    logarithm,
    lambda g, y, x: [g / x],
    increasing=True,
)
sqrt: Builder = elementwise(
    "sqrt",
    "the square root",
    lambda xp, x: xp.sqrt(x),
    root,
    lambda g, y, x: [g / (2 * y)],
    increasing=True,
)
floor: Builder = elementwise(
    "floor",
    "the largest integer not above x",
    lambda xp, x: xp.floor(x),
    around(("⌊", r"\left\lfloor "), ("⌋", r"\right\rfloor")),
    lambda g, y, x: [None],
    increasing=True,
    slips={"rounded up": lambda x: -floor(-x)},
)
maximum: Builder = elementwise(
    "maximum",
    "the larger of a and b; where they are equal the derivative goes to a",
    lambda xp, a, b: xp.maximum(a, b),
    call("max", r"\max"),
    lambda g, y, a, b: [g * greater_equal(a, b), g * greater(b, a)],
    increasing=True,
    kink=lambda xp, a, b: xp.equal(a, b),
)
minimum: Builder = elementwise(
    "minimum",
    "the smaller of a and b; where they are equal the derivative goes to a",
    lambda xp, a, b: xp.minimum(a, b),
    call("min", r"\min"),
    lambda g, y, a, b: [g * greater_equal(b, a), g * greater(a, b)],
    increasing=True,
    kink=lambda xp, a, b: xp.equal(a, b),
)
absolute: Builder = elementwise(
    "abs",
    "the absolute value; its derivative at 0 is taken as 0",
    lambda xp, x: xp.absolute(x),
    around(("|", r"\left|"), ("|", r"\right|")),
    lambda g, y, x: [g * (greater(x, 0) - greater(0, x))],
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
    kink=lambda xp, a, b: xp.equal(a, b),
)
greater_equal: Builder = elementwise(
    "greater_equal",
    "1 where a ≥ b, else 0",
    lambda xp, a, b: xp.where(xp.greater_equal(a, b), 1, 0),
    indicator("≥", r"\ge"),
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

# -- activations -------------------------------------------------------------------------------
# The derivative is written in terms of the output wherever that is what a person would write.

relu: Builder = elementwise(
    "relu",
    "max(0, z); its derivative at 0 is taken as 0",
    lambda xp, z: xp.maximum(z, 0),
    call("relu"),
    lambda g, y, z: [g * greater(z, 0)],
    kernel=lambda z: np.where(z > 0, z, 0.0),
    increasing=True,
    kink=lambda xp, z: xp.equal(z, 0),
    slips={
        "left out": lambda z: z,
        "absolute value": absolute,
        "threshold": lambda z: greater(z, 0),
    },
)
leaky_relu: Builder = elementwise(
    "leaky_relu",
    "z where z > 0, else slope·z; its derivative at 0 is taken as the slope",
    lambda xp, z, slope: xp.where(xp.greater(z, 0), z, xp.asarray(slope) * z),
    call("leaky_relu", r"\operatorname{leaky\_relu}"),
    lambda g, y, z, slope: [g * where(greater(z, 0), 1, slope)],
    attrs={"slope": Fraction(1, 100)},
    kernel=lambda z, slope: np.where(z > 0, z, float(slope) * z),
    kink=lambda xp, z: xp.equal(z, 0),
)
elu: Builder = elementwise(
    "elu",
    "z where z > 0, else e^z − 1 (Clevert et al., 2016)",
    lambda xp, z: xp.where(xp.greater(z, 0), z, xp.exp(xp.minimum(z, 0)) - 1),
    call("elu"),
    lambda g, y, z: [g * where(greater(z, 0), 1, exp(minimum(z, 0)))],
    kernel=lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0.0))),
    increasing=True,
)
sigmoid: Builder = elementwise(
    "sigmoid",
    "1 / (1 + e^−z)",
    lambda xp, z: xp.divide(1, 1 + xp.exp(-z)),
    call("σ", r"\sigma"),
    lambda g, y, z: [g * (y * (1 - y))],
    kernel=lambda z: 0.5 * (1 + np.tanh(0.5 * z)),
    increasing=True,
    slips={"sign of the exponent": lambda z: sigmoid(-z), "left out": lambda z: z},
)
tanh: Builder = elementwise(
    "tanh",
    "the hyperbolic tangent",
    lambda xp, z: xp.tanh(z),
    call("tanh", r"\tanh"),
    lambda g, y, z: [g * (1 - y**2)],
    kernel=lambda z: 2 / (1 + np.exp(-2 * z)) - 1,
    increasing=True,
    slips={"left out": lambda z: z, "logistic instead": sigmoid},
)
hard_threshold: Builder = elementwise(
    "hard_threshold",
    "1 where z ≥ 0, else 0; its derivative is 0 wherever it exists",
    lambda xp, z: xp.where(xp.greater_equal(z, 0), 1, 0),
    call("step"),
    lambda g, y, z: [None],
    kernel=lambda z: np.heaviside(z, 1.0),
    increasing=True,
    kink=lambda xp, z: xp.equal(z, 0),
)
softplus: Builder = elementwise(
    "softplus",
    "log(1 + e^z)",
    lambda xp, z: xp.log(1 + xp.exp(z)),
    call("softplus"),
    lambda g, y, z: [g * sigmoid(z)],
    kernel=lambda z: np.logaddexp(z, 0.0),
    increasing=True,
)
silu: Builder = elementwise(
    "silu",
    "z·σ(z), also called swish",
    lambda xp, z: xp.divide(z, 1 + xp.exp(-z)),
    call("silu"),
    lambda g, y, z: [g * (sigmoid(z) + y * (1 - sigmoid(z)))],
)
gelu: Builder = elementwise(
    "gelu",
    "z·Φ(z) with the normal distribution function Φ (Hendrycks and Gimpel, 2016)",
    lambda xp, z: xp.divide(z, 2) * (1 + xp.erf(xp.divide(z, xp.sqrt(2)))),
    call("gelu"),
    lambda g, y, z: [g * (normal_cdf(z) + z * exp(-(z**2) / 2) / sqrt(2 * pi()))],
)
normal_cdf: Builder = elementwise(
    "normal_cdf",
    "the distribution function of the standard normal",
    lambda xp, z: xp.divide(1 + xp.erf(xp.divide(z, xp.sqrt(2))), 2),
    call("Φ", r"\Phi"),
    lambda g, y, z: [g * exp(-(z**2) / 2) / sqrt(2 * pi())],
    kernel=np.vectorize(lambda z: 0.5 * math.erfc(-z / math.sqrt(2)), otypes=[float]),
    increasing=True,
)
