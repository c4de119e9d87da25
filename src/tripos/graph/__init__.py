"""The computation graph: what an answer is.

    >>> from tripos.graph import exact, grad, symbol, tanh, named
    >>> s = symbol("s")
    >>> y = named(tanh(s), "y")
    >>> grad(y, s)
    <1 − y²>
"""

from .conventions import CONVENTIONS, convention, declared
from .grad import grad
from .node import Node, constant, lift, named, schedule, size, symbol
from .notation import Piece, write
from .op import GraphError, Op, table
from .ops.attention import attention
from .ops.contraction import contract, dot, outer
from .ops.convolution import conv2d, flip
from .ops.elementwise import (
    absolute,
    elu,
    exp,
    floor,
    gelu,
    hard_threshold,
    leaky_relu,
    log,
    maximum,
    minimum,
    relu,
    sigmoid,
    silu,
    softplus,
    sqrt,
    tanh,
    where,
)
from .ops.leaf import decimal, dims, eye, matrix, onehot, ones, pi, shape, vector, zeros
from .ops.loss import bce, cross_entropy, hinge, mse, nll, perceptron_loss
from .ops.normalisation import log_softmax, softmax
from .ops.pooling import avg_pool2d, max_pool2d
from .ops.reduction import argmax, maximum_of, mean, sum
from .ops.shape import concat, expand, flatten, index, reshape, stack, transpose, vec
from .program import Program, exact, floats
