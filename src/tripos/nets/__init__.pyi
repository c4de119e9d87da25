from .activation import (
    ELU,
    GELU,
    Flatten,
    HardThreshold,
    Identity,
    LeakyReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from .convolution import Conv2d, MaxPool2d
from .linear import Linear, Sequential
from .module import Module, parameters, training
from .optim import sgd_step

__all__ = [
    "ELU",
    "GELU",
    "Conv2d",
    "Flatten",
    "HardThreshold",
    "Identity",
    "LeakyReLU",
    "Linear",
    "MaxPool2d",
    "Module",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
    "parameters",
    "sgd_step",
    "training",
]
