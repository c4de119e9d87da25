"""The ops, one file a family; importing this package fills the table."""

from . import (
    activation,
    attention,
    contraction,
    convolution,
    elementwise,
    leaf,
    loss,
    normalisation,
    pooling,
    reduction,
    shape,
)

__all__ = [
    "activation",
    "attention",
    "contraction",
    "convolution",
    "elementwise",
    "leaf",
    "loss",
    "normalisation",
    "pooling",
    "reduction",
    "shape",
]
