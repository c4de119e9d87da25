"""Activations, entry by entry.

The derivative is written in terms of the output wherever that is what a person would write.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from ..conventions import convention
from ..node import Builder, Literal, Node, constant
from ..notation import CALL, PRODUCT, Piece, call
from ..op import Array
from .elementwise import absolute, elementwise, exp, greater, minimum, sqrt, where
from .leaf import pi

relu: Builder = elementwise(
    "relu",
    "max(0, z); its derivative at 0 is taken as 0",
    lambda xp, z: xp.maximum(z, 0),
    call("relu"),
    lambda g, y, z: [g * greater(z, 0)],
    kernel=lambda z: np.clip(z, 0.0, np.inf),  # not the code of the rule
    jax="jax.nn.relu",
    increasing=True,
    kink=lambda xp, z: xp.equal(z, 0),
    slips={
        "ReLU forgotten": lambda z: z,
        "absolute value instead of ReLU": absolute,
        "threshold instead of ReLU": lambda z: greater(z, 0),
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
    kink=lambda xp, z, slope: xp.equal(z, 0),
    slips={"slope forgotten": lambda z, slope: relu(z), "activation forgotten": lambda z, slope: z},
)
elu: Builder = elementwise(
    "elu",
    "z where z > 0, else e^z − 1 (Clevert et al., 2016)",
    lambda xp, z: xp.where(xp.greater(z, 0), z, xp.exp(xp.minimum(z, 0)) - 1),
    call("elu"),
    lambda g, y, z: [g * where(greater(z, 0), 1, exp(minimum(z, 0)))],
    kernel=lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0.0))),
    jax="jax.nn.elu",
    increasing=True,
    slips={"ReLU instead of ELU": relu, "activation forgotten": lambda z: z},
)
_write_sigmoid = call("σ", r"\sigma")

sigmoid: Builder = elementwise(
    "sigmoid",
    "1 / (1 + e^−z)",
    lambda xp, z: xp.divide(1, 1 + xp.exp(-z)),
    _write_sigmoid,
    lambda g, y, z: [g * (y * (1 - y))],
    kernel=lambda z: 0.5 * (1 + np.tanh(0.5 * z)),
    jax="jax.nn.sigmoid",
    increasing=True,
    slips={"sign of the exponent": lambda z: sigmoid(-z), "sigmoid forgotten": lambda z: z},
)


def shifted_sigmoid(z: Literal) -> Node:
    """Return the shifted logistic function σ(z) − ½, which is 0 at 0 and lies between −½ and ½."""
    return sigmoid(z) - constant(Fraction(1, 2))


def _write_log_sigmoid(z: Piece) -> Piece:
    score = _write_sigmoid(z)
    return Piece(f"log {score.text}", rf"\log {score.latex}", PRODUCT)


def _write_log_one_minus_sigmoid(z: Piece) -> Piece:
    score = _write_sigmoid(z)
    return Piece(f"log(1 − {score.text})", rf"\log\left(1 - {score.latex}\right)", CALL)


def _log_one_minus_sigmoid_in_jax(z: Array) -> Array:
    from jax.nn import log_sigmoid

    return log_sigmoid(-z)


log_sigmoid: Builder = elementwise(
    "log_sigmoid",
    "log σ(z), which is −log(1 + e^−z)",
    lambda xp, z: -xp.log(1 + xp.exp(-z)),
    _write_log_sigmoid,
    lambda g, y, z: [g * (1 - sigmoid(z))],
    kernel=lambda z: -np.logaddexp(0.0, -z),
    jax="jax.nn.log_sigmoid",
    increasing=True,
    slips={"logarithm forgotten": sigmoid, "sign of the exponent": lambda z: log_sigmoid(-z)},
)
log_one_minus_sigmoid: Builder = elementwise(
    "log_one_minus_sigmoid",
    "log(1 − σ(z)), which is log σ(−z)",
    lambda xp, z: -xp.log(1 + xp.exp(z)),
    _write_log_one_minus_sigmoid,
    lambda g, y, z: [-(g * sigmoid(z))],
    kernel=lambda z: -np.logaddexp(0.0, z),
    jax=_log_one_minus_sigmoid_in_jax,
    slips={"logarithm forgotten": lambda z: 1 - sigmoid(z), "1 − forgotten": log_sigmoid},
)
tanh: Builder = elementwise(
    "tanh",
    "the hyperbolic tangent",
    lambda xp, z: xp.tanh(z),
    call("tanh", r"\tanh"),
    lambda g, y, z: [g * (1 - y**2)],
    kernel=lambda z: 2 / (1 + np.exp(-2 * z)) - 1,
    increasing=True,
    slips={"tanh forgotten": lambda z: z, "sigmoid instead of tanh": sigmoid},
)
_hard_threshold: Builder = elementwise(
    "hard_threshold",
    "1 where z > 0 and 0 where z < 0; at_zero says what it is at 0; its derivative is 0 wherever it exists",
    lambda xp, z, at_zero: xp.where(xp.greater(z, 0) if at_zero == 0 else xp.greater_equal(z, 0), 1, 0),
    call("step"),
    lambda g, y, z, at_zero: [None],
    attrs={"at_zero": 1},
    kernel=lambda z, at_zero: np.heaviside(z, float(at_zero)),
    increasing=True,
    kink=lambda xp, z, at_zero: xp.equal(z, 0),
    slips={"threshold forgotten": lambda z, at_zero: z},
)


def hard_threshold(z: Literal) -> Node:
    """Return 1 where z > 0 and 0 where z < 0; the convention ``step`` says what it is at 0."""
    return _hard_threshold(z, at_zero=int(convention("step") == "1 at 0"))


softplus: Builder = elementwise(
    "softplus",
    "log(1 + e^z)",
    lambda xp, z: xp.log(1 + xp.exp(z)),
    call("softplus"),
    lambda g, y, z: [g * sigmoid(z)],
    kernel=lambda z: np.logaddexp(z, 0.0),
    jax="jax.nn.softplus",
    increasing=True,
    slips={"ReLU instead of softplus": relu, "logarithm forgotten": lambda z: 1 + exp(z)},
)
softsign: Builder = elementwise(
    "softsign",
    "z / (1 + |z|)",
    lambda xp, z: xp.divide(z, 1 + xp.absolute(z)),
    call("softsign"),
    lambda g, y, z: [g / (1 + absolute(z)) ** 2],
    kernel=lambda z: np.sign(z) * (1 - 1 / (1 + np.abs(z))),
    increasing=True,
    slips={"denominator without its 1": lambda z: z / absolute(z)},
)
silu: Builder = elementwise(
    "silu",
    "z·σ(z), also called swish",
    lambda xp, z: xp.divide(z, 1 + xp.exp(-z)),
    call("silu"),
    lambda g, y, z: [g * (sigmoid(z) + y * (1 - sigmoid(z)))],
    kernel=lambda z: z * np.exp(-np.logaddexp(0.0, -z)),
    jax="jax.nn.silu",
    slips={"sigmoid without its factor": sigmoid, "activation forgotten": lambda z: z},
)


def _gelu_in_jax(z: Array) -> Array:
    from jax.nn import gelu

    return gelu(z, approximate=False)


_normal_cdf = np.vectorize(lambda z: 0.5 * math.erfc(-z / math.sqrt(2)), otypes=[float])

gelu: Builder = elementwise(
    "gelu",
    "z·Φ(z) with the normal distribution function Φ (Hendrycks and Gimpel, 2016)",
    lambda xp, z: xp.divide(z, 2) * (1 + xp.erf(xp.divide(z, xp.sqrt(2)))),
    call("gelu"),
    lambda g, y, z: [g * (normal_cdf(z) + z * exp(-(z**2) / 2) / sqrt(2 * pi()))],
    kernel=lambda z: z * _normal_cdf(z),
    jax=_gelu_in_jax,
    slips={
        "distribution function without its factor": lambda z: normal_cdf(z),  # noqa: PLW0108 (it is below)
        "activation forgotten": lambda z: z,
    },
)
normal_cdf: Builder = elementwise(
    "normal_cdf",
    "the distribution function of the standard normal",
    lambda xp, z: xp.divide(1 + xp.erf(xp.divide(z, xp.sqrt(2))), 2),
    call("Φ", r"\Phi"),
    lambda g, y, z: [g * exp(-(z**2) / 2) / sqrt(2 * pi())],
    kernel=_normal_cdf,
    jax="jax.scipy.stats.norm.cdf",
    increasing=True,
)
