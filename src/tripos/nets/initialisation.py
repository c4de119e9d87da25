"""Initial weights as NumPy arrays: the schemes under PyTorch's names, and whole modules from a seed.

A scheme takes a shape and a NumPy generator: ``xavier_uniform((30, 20), np.random.default_rng(0))``.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..graph import GraphError
from ..graph.node import Shape, show_shape
from ..graph.program import MAX_ENTRIES
from .arguments import check_module
from .attention import MultiheadAttention
from .convolution import ConvTranspose1d, ConvTranspose2d
from .embedding import Embedding
from .module import Module
from .normalisation import BatchNorm, LayerNorm, RMSNorm
from .transformer import Transformer

Weight = NDArray[np.float64]
Fan = tuple[Any, Any]
"""Fan-in and fan-out: how many inputs an output sums up, how many outputs an input reaches."""


# -- fans and gains --------------------------------------------------------------------------------


def fans(shape: Shape, groups: int = 1) -> Fan:
    """Return fan-in and fan-out of a weight out×in, or out×(in/groups)×k×k; sizes may be symbols.

    Fan-out counts the outputs that an input reaches where the stride is 1; PyTorch's own function does not
    divide it by the groups.
    """
    if len(shape) < 2:
        raise GraphError(
            f"fans: a weight of shape {show_shape(shape)} has no fan-in and fan-out; two axes or more do"
        )
    window: Any = 1
    for size in shape[2:]:
        window = window * size
    outputs = shape[0] // groups if isinstance(shape[0], int) else shape[0] / groups
    return shape[1] * window, outputs * window


def fans_of(module: Module, name: str = "weight") -> Fan:
    """Return fan-in and fan-out of a weight of a layer.

    An embedding sums nothing up, so its fan-in is 1.  Maps whose weights stand above each other in one
    matrix, as the gates of a recurrent layer and the queries, keys and values of attention, count singly.
    """
    shape = module.shapes()[name]
    if isinstance(module, Embedding):
        return 1, shape[1]
    if len(shape) == 1:
        return shape[0], 1  # a vector that multiplies a vector
    stacked = 3 if name == "in_proj_weight" else getattr(module, "gates", 1)
    inward, outward = fans(shape, getattr(module, "groups", 1) * stacked)
    # The weight of a transposed convolution is in×(out/groups)×k×k.
    turned = isinstance(module, (ConvTranspose1d, ConvTranspose2d))
    return (outward, inward) if turned else (inward, outward)


def calculate_gain(nonlinearity: str, param: float = 0.01) -> float:
    """Return by how much weights before a nonlinearity are larger, as ``torch.nn.init`` has it.

    ``param`` is the negative slope of leaky_relu.
    """
    gains = {
        "linear": 1.0,
        "sigmoid": 1.0,
        "tanh": 5 / 3,
        "relu": math.sqrt(2),
        "leaky_relu": math.sqrt(2 / (1 + param**2)),
        "selu": 3 / 4,
    }
    if nonlinearity not in gains:
        raise GraphError(f"calculate_gain: no gain for {nonlinearity!r}; there are {', '.join(gains)}")
    return gains[nonlinearity]


# -- schemes ---------------------------------------------------------------------------------------


def uniform(shape: Shape, rng: np.random.Generator, a: float = 0.0, b: float = 1.0) -> Weight:
    """Return draws from the uniform distribution on [a, b)."""
    return rng.uniform(a, b, shape)


def normal(shape: Shape, rng: np.random.Generator, mean: float = 0.0, std: float = 1.0) -> Weight:
    """Return draws from the normal distribution."""
    return rng.normal(mean, std, shape)


def zeros(shape: Shape) -> Weight:
    """Return zeros."""
    return np.zeros(shape)


def xavier_uniform(
    shape: Shape, rng: np.random.Generator, fan: Fan | None = None, gain: float = 1.0
) -> Weight:
    """Return draws from U(−a, a) with a = gain √(6 / (fan-in + fan-out)) (Glorot and Bengio, 2010)."""
    return _symmetric(shape, rng, gain * math.sqrt(2 / sum(fan or fans(shape))))


def xavier_normal(
    shape: Shape, rng: np.random.Generator, fan: Fan | None = None, gain: float = 1.0
) -> Weight:
    """Return draws from a normal with variance gain² · 2 / (fan-in + fan-out) (Glorot and Bengio, 2010)."""
    return normal(shape, rng, 0.0, gain * math.sqrt(2 / sum(fan or fans(shape))))


def kaiming_uniform(
    shape: Shape,
    rng: np.random.Generator,
    fan: Fan | None = None,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
) -> Weight:
    """Return draws from U(−a, a) with a = gain √(3 / fan) (He et al., 2015).

    ``a`` is the negative slope of leaky_relu; ``mode`` says which fan: fan_in or fan_out.
    """
    return _symmetric(shape, rng, _kaiming(fan or fans(shape), a, mode, nonlinearity))


def kaiming_normal(
    shape: Shape,
    rng: np.random.Generator,
    fan: Fan | None = None,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
) -> Weight:
    """Return draws from a normal with variance gain² / fan (He et al., 2015)."""
    return normal(shape, rng, 0.0, _kaiming(fan or fans(shape), a, mode, nonlinearity))


def orthogonal(shape: Shape, rng: np.random.Generator, gain: float = 1.0) -> Weight:
    """Return a random matrix with orthogonal rows or columns, whichever are fewer, of length ``gain``.

    All axes but the first count as one (Saxe et al., 2014); the distribution is uniform, by a QR
    decomposition with the signs of R moved to Q (Mezzadri, 2007).
    """
    fans(shape)
    rows = int(shape[0])
    columns = math.prod(shape[1:])
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
    return np.asarray(gain * (q if rows >= columns else q.T).reshape(shape))


def _symmetric(shape: Shape, rng: np.random.Generator, std: float) -> Weight:
    bound = math.sqrt(3) * std
    return uniform(shape, rng, -bound, bound)


def _kaiming(fan: Fan, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise GraphError(f"kaiming: mode is fan_in or fan_out, found {mode!r}")
    return calculate_gain(nonlinearity, a) / math.sqrt(fan[mode == "fan_out"])


def _standard_uniform(shape: Shape, rng: np.random.Generator, fan: Fan) -> Weight:
    return _symmetric(shape, rng, 1 / math.sqrt(3 * fan[0]))


Scheme = Callable[[Shape, np.random.Generator, Fan], Weight]

SCHEMES: Mapping[str, Scheme] = {
    "pytorch": _standard_uniform,
    "uniform": _standard_uniform,
    "normal": lambda shape, rng, fan: normal(shape, rng, 0.0, 1 / math.sqrt(fan[0])),
    "xavier_uniform": xavier_uniform,
    "xavier_normal": xavier_normal,
    "kaiming_uniform": kaiming_uniform,
    "kaiming_normal": kaiming_normal,
    "orthogonal": lambda shape, rng, fan: orthogonal(shape, rng),
    "zeros": lambda shape, rng, fan: zeros(shape),
}
"""What the weights of a module may be drawn by."""


# -- modules ---------------------------------------------------------------------------------------


def initialize(module: Module, seed: int, scheme: str | Scheme = "pytorch") -> dict[str, Weight]:
    """Return initial values for all weights of a module, and for running statistics, by path.

    ``scheme`` is one of pytorch, uniform (between ±1/√fan-in), normal (variance 1/fan-in), xavier_uniform,
    xavier_normal, kaiming_uniform, kaiming_normal, orthogonal and zeros, or a function of the shape, a
    generator and the fans.  It draws what multiplies; norms start at 1, embeddings are standard normal (their
    fan-in is 1) and biases 0, except that pytorch draws biases, recurrent weights and those of attention and
    of a Transformer as torch.nn does.  Each weight depends on the seed and on its path alone.
    """
    check_module("initialize", module)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise GraphError(f"initialize: the seed is a whole number, found {seed!r}")
    if isinstance(scheme, str) and scheme not in SCHEMES:
        raise GraphError(f"initialize: no scheme {scheme!r}; there are {', '.join(SCHEMES)}")
    found: dict[str, Weight] = {}
    special = _drawn_by_parents(module) if scheme == "pytorch" else {}
    for path, part in module.modules():
        for name, shape in (part.shapes() | part.buffers()).items():
            full = f"{path}.{name}" if path else name
            if not all(isinstance(size, int) for size in shape):
                raise GraphError(
                    f"initialize: the weight {full} has shape {show_shape(shape)}; only sizes that are "
                    "numbers can be filled"
                )
            if math.prod(shape) > MAX_ENTRIES:
                raise GraphError(
                    f"initialize: the weight {full} of shape {show_shape(shape)} has {math.prod(shape):,} "
                    f"entries; at most {MAX_ENTRIES:,} are drawn"
                )
            digest = hashlib.sha256(f"{seed}/{full}".encode()).digest()
            rng = np.random.default_rng(int.from_bytes(digest, "big"))
            draw = special.get(full)
            found[full] = _initial(part, name, shape, rng, scheme) if draw is None else draw(shape, rng)
    return found


def _drawn_by_parents(module: Module) -> dict[str, Callable[[Shape, np.random.Generator], Weight]]:
    """Return how torch.nn draws what a layer draws for its children, by path.

    MultiheadAttention starts the bias of its output at 0; Transformer draws all matrices by xavier_uniform.
    """
    found: dict[str, Callable[[Shape, np.random.Generator], Weight]] = {}
    for path, part in module.modules():
        start = f"{path}." if path else ""
        if isinstance(part, MultiheadAttention):
            found[f"{start}out_proj.bias"] = lambda shape, rng: zeros(shape)
        if isinstance(part, Transformer):
            found |= {
                start + name: xavier_uniform for name, shape in part.weights().items() if len(shape) > 1
            }
    return found


def _initial(module: Module, name: str, shape: Shape, rng: np.random.Generator, scheme: Any) -> Weight:
    """Return the initial value of one weight or buffer."""
    pytorch = scheme == "pytorch"
    if name in module.buffers():
        return np.ones(shape) if name == "running_var" else zeros(shape)
    if isinstance(module, (BatchNorm, LayerNorm, RMSNorm)):
        return zeros(shape) if name == "bias" else np.ones(shape)
    if isinstance(module, Embedding):
        table = normal(shape, rng)
        if module.padding_idx is not None:
            table[module.padding_idx] = 0
        return table
    if pytorch and hasattr(module, "hidden_size"):
        return _standard_uniform(shape, rng, (module.hidden_size, 1))
    if pytorch and name.endswith("proj_weight"):
        return xavier_uniform(shape, rng)
    if "bias" in name:
        weight = module.shapes().get("weight", ())
        if not pytorch or not weight:
            return zeros(shape)
        # torch.nn reads the fan-in of a transposed convolution off its weight like any other's.
        return _standard_uniform(shape, rng, fans(weight) if len(weight) > 1 else fans_of(module))
    fan = fans(shape) if pytorch and len(shape) > 1 else fans_of(module, name)
    draw = SCHEMES[scheme] if isinstance(scheme, str) else scheme
    value = np.asarray(draw((1, *shape) if len(shape) == 1 else shape, rng, fan), dtype=np.float64)
    return value.reshape(shape)
