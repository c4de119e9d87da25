from .conventions import CONVENTIONS, convention, declared
from .node import Node, constant, lift, named, schedule, size, symbol
from .notation import Piece, write
from .op import GraphError, Op, table
from .ops.activation import (
    elu,
    gelu,
    hard_threshold,
    leaky_relu,
    relu,
    sigmoid,
    silu,
    softplus,
    softsign,
    tanh,
)
from .ops.attention import attention
from .ops.contraction import contract, dot, outer
from .ops.convolution import conv2d, flip
from .ops.elementwise import absolute, exp, floor, log, maximum, minimum, sqrt, where
from .ops.leaf import decimal, dims, eye, matrix, onehot, ones, pi, shape, vector, zeros
from .ops.loss import bce, cross_entropy, hinge, mse, nll, perceptron_loss
from .ops.normalisation import log_softmax, softmax
from .ops.pooling import avg_pool2d, max_pool2d
from .ops.reduction import argmax, maximum_of, mean, minimum_of, sum
from .ops.shape import concat, expand, flatten, index, reshape, stack, transpose, vec
from .program import Program, exact, floats
from .reverse import grad

__all__ = [
    "CONVENTIONS",
    "GraphError",
    "Node",
    "Op",
    "Piece",
    "Program",
    "absolute",
    "argmax",
    "attention",
    "avg_pool2d",
    "bce",
    "concat",
    "constant",
    "contract",
    "conv2d",
    "convention",
    "cross_entropy",
    "decimal",
    "declared",
    "dims",
    "dot",
    "elu",
    "exact",
    "exp",
    "expand",
    "eye",
    "flatten",
    "flip",
    "floats",
    "floor",
    "gelu",
    "grad",
    "hard_threshold",
    "hinge",
    "index",
    "leaky_relu",
    "lift",
    "log",
    "log_softmax",
    "matrix",
    "max_pool2d",
    "maximum",
    "maximum_of",
    "mean",
    "minimum",
    "minimum_of",
    "mse",
    "named",
    "nll",
    "onehot",
    "ones",
    "outer",
    "perceptron_loss",
    "pi",
    "relu",
    "reshape",
    "schedule",
    "shape",
    "sigmoid",
    "silu",
    "size",
    "softmax",
    "softplus",
    "softsign",
    "sqrt",
    "stack",
    "sum",
    "symbol",
    "table",
    "tanh",
    "transpose",
    "vec",
    "vector",
    "where",
    "write",
    "zeros",
]
