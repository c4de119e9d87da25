"""Random instances of every layer, each with what PyTorch's documentation says it computes, in NumPy.

A maker draws constructor arguments and the shapes of inputs.  Weights are told apart by their PyTorch names.
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import scipy.special as special
from graph.draws_of_windows import dilated, windows, with_channels
from hypothesis import strategies as st

from tripos import nets
from tripos.nets.module import Module

Arrays = Mapping[str, Any]


class Layer(NamedTuple):
    """A module, the shape and domain of each input, its weights' shapes by name, and what it computes.

    ``call`` says what is evaluated where that is not the module itself.
    """

    module: Module
    inputs: list[tuple[tuple[int, ...], str]]
    weights: dict[str, tuple[int, ...]]
    reference: Callable[..., Any]
    call: Callable[..., Any] | None = None
    smooth: bool = True


MAKERS: dict[str, Callable[[Any], Layer]] = {}

sizes = st.integers(1, 4)
flags = st.booleans()


def maker(make: Callable[[Any], Layer]) -> Callable[[Any], Layer]:
    MAKERS[make.__name__] = make
    return make


def reals(*shapes: tuple[int, ...]) -> list[tuple[tuple[int, ...], str]]:
    return [(shape, "real") for shape in shapes]


def lead(draw: Any, most: int = 2) -> tuple[int, ...]:
    """Return batch axes."""
    return tuple(draw(st.lists(st.integers(1, 3), max_size=most)))


def under(path: str, weights: Arrays) -> dict[str, Any]:
    return {f"{path}.{name}": value for name, value in weights.items()}


def of(w: Arrays, path: str) -> dict[str, Any]:
    """Return the weights of a child."""
    return {name[len(path) + 1 :]: value for name, value in w.items() if name.startswith(path + ".")}


# -- linear ----------------------------------------------------------------------------------------


def linear_weights(n: int, m: int, bias: bool = True) -> dict[str, tuple[int, ...]]:
    return {"weight": (m, n)} | ({"bias": (m,)} if bias else {})


def linear(w: Arrays, x: Any) -> Any:
    return x @ w["weight"].T + w.get("bias", 0)


def mlp_weights(widths: list[int], bias: bool = True) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for i, (n, m) in enumerate(pairwise(widths)):
        found |= under(f"layers.{i}", linear_weights(n, m, bias))
    return found


def mlp(w: Arrays, x: Any, activation: Any = np.tanh, last: Any = lambda y: y) -> Any:
    count = len({name.split(".")[1] for name in w})
    for i in range(count):
        x = linear(of(w, f"layers.{i}"), x)
        x = activation(x) if i < count - 1 else last(x)
    return x


@maker
def Linear(draw: Any) -> Layer:
    n, m, bias = draw(sizes), draw(sizes), draw(flags)
    return Layer(nets.Linear(n, m, bias), reals((*lead(draw), n)), linear_weights(n, m, bias), linear)


@maker
def Sequential(draw: Any) -> Layer:
    n, m, k = draw(sizes), draw(sizes), draw(sizes)
    module = nets.Sequential(nets.Linear(n, m), nets.Tanh(), nets.Sequential(nets.Linear(m, k, False)))
    weights = under("0", linear_weights(n, m)) | under("2.0", linear_weights(m, k, False))
    reference = lambda w, x: linear(of(w, "2.0"), np.tanh(linear(of(w, "0"), x)))  # noqa: E731
    return Layer(module, reals((*lead(draw), n)), weights, reference)


@maker
def MLP(draw: Any) -> Layer:
    widths, bias = draw(st.lists(sizes, min_size=2, max_size=4)), draw(flags)
    activation, last = (
        draw(st.sampled_from([(nets.Tanh(), np.tanh), (nets.Sigmoid(), special.expit)])),
        draw(flags),
    )
    module = nets.MLP(widths, activation[0], nets.Softmax() if last else None, bias)
    end = (lambda y: special.softmax(y, -1)) if last else (lambda y: y)
    reference = lambda w, x: mlp(w, x, activation[1], end)  # noqa: E731
    return Layer(module, reals((*lead(draw), widths[0])), mlp_weights(widths, bias), reference)


@maker
def Residual(draw: Any) -> Layer:
    n = draw(sizes)
    return Layer(
        nets.Residual(nets.Linear(n, n)),
        reals((*lead(draw), n)),
        under("inner", linear_weights(n, n)),
        lambda w, x: x + linear(of(w, "inner"), x),
    )


@maker
def ResidualMLP(draw: Any) -> Layer:
    n, depth, hidden, bias = draw(sizes), draw(st.integers(1, 3)), draw(st.none() | sizes), draw(flags)
    weights: dict[str, Any] = {}
    for i in range(depth):
        weights |= under(f"blocks.{i}.inner", mlp_weights([n, hidden or n, n], bias))

    def reference(w: Arrays, x: Any) -> Any:
        for i in range(depth):
            x = x + mlp(of(w, f"blocks.{i}.inner"), x)
        return x

    module = nets.ResidualMLP(n, depth, hidden, nets.Tanh(), bias)
    return Layer(module, reals((*lead(draw), n)), weights, reference)


def _unit(draw: Any, kind: Any, of_score: Any, smooth: bool = True) -> Layer:
    n, bias = draw(sizes), draw(flags)
    weights: dict[str, Any] = {"weight": (n,)} | ({"bias": ()} if bias else {})
    reference = lambda w, x: of_score(x @ w["weight"] + w.get("bias", 0))  # noqa: E731
    return Layer(kind(n, bias), reals((*lead(draw), n)), weights, reference, smooth=smooth)


@maker
def LogisticRegression(draw: Any) -> Layer:
    return _unit(draw, nets.LogisticRegression, special.expit)


@maker
def Perceptron(draw: Any) -> Layer:
    return _unit(draw, nets.Perceptron, lambda z: np.heaviside(z, 1), smooth=False)


@maker
def SoftmaxRegression(draw: Any) -> Layer:
    n, m, bias = draw(sizes), draw(sizes), draw(flags)
    reference = lambda w, x: special.softmax(linear(w, x), -1)  # noqa: E731
    module = nets.SoftmaxRegression(n, m, bias)
    return Layer(module, reals((*lead(draw), n)), linear_weights(n, m, bias), reference)


# -- activations and the like ----------------------------------------------------------------------

ACTIVATIONS: dict[str, Any] = {
    "ReLU": lambda z: np.maximum(z, 0),
    "Sigmoid": special.expit,
    "Tanh": np.tanh,
    "Softplus": lambda z: np.log1p(np.exp(z)),
    "Softsign": lambda z: z / (1 + np.abs(z)),
    "SiLU": lambda z: z * special.expit(z),
    "GELU": lambda z: z * special.ndtr(z),
    "ELU": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "HardThreshold": lambda z: np.heaviside(z, 1),
    "Identity": lambda z: z,
}


def _activation(name: str) -> None:
    def make(draw: Any) -> Layer:
        reference = lambda w, x: ACTIVATIONS[name](x)  # noqa: E731
        return Layer(
            getattr(nets, name)(), reals(lead(draw, 3)), {}, reference, smooth=name != "HardThreshold"
        )

    make.__name__ = name
    maker(make)


for _name in ACTIVATIONS:
    _activation(_name)


@maker
def LeakyReLU(draw: Any) -> Layer:
    slope = draw(st.sampled_from([0.01, 0.5, 0]))
    reference = lambda w, x: np.where(x > 0, x, slope * x)  # noqa: E731
    return Layer(nets.LeakyReLU(slope), reals(lead(draw, 3)), {}, reference)


@maker
def Softmax(draw: Any) -> Layer:
    shape = (*lead(draw), draw(sizes))
    module = nets.Softmax(dim=draw(st.sampled_from([-1, len(shape) - 1])))
    return Layer(module, reals(shape), {}, lambda w, x: special.softmax(x, -1))


@maker
def Flatten(draw: Any) -> Layer:
    shape = (*lead(draw), draw(sizes))
    start = draw(st.integers(-len(shape), len(shape) - 1))
    reference = lambda w, x: x.reshape(*shape[: start % len(shape)], -1)  # noqa: E731
    return Layer(nets.Flatten(start), reals(shape), {}, reference)


@maker
def Dropout(draw: Any) -> Layer:
    """What is left in testing: all of it."""
    return Layer(nets.Dropout(draw(st.sampled_from([0, 0.5, 1]))), reals(lead(draw, 3)), {}, lambda w, x: x)


@maker
def Embedding(draw: Any) -> Layer:
    n, d = draw(sizes), draw(sizes)
    padding = draw(st.none() | st.integers(-n, n - 1))

    def reference(w: Arrays, ids: Any) -> Any:
        table = w["weight"].copy()
        if padding is not None:
            table[padding] = 0
        return table[ids.astype(int)]

    module = nets.Embedding(n, d, padding)
    return Layer(module, [(lead(draw), f"below {n}")], {"weight": (n, d)}, reference)


@maker
def PositionalEncoding(draw: Any) -> Layer:
    length, d = draw(sizes), draw(sizes)

    def reference(w: Arrays, x: Any) -> Any:
        at = np.arange(length)[:, None] / 10000 ** (2 * (np.arange(d) // 2) / d)
        return x + np.where(np.arange(d) % 2, np.cos(at), np.sin(at))

    return Layer(nets.PositionalEncoding(d), reals((*lead(draw, 1), length, d)), {}, reference)


# -- convolution and pooling -----------------------------------------------------------------------


def _convolution(draw: Any, n: int, transposed: bool) -> Layer:
    groups = draw(st.sampled_from([1, 1, 2]))
    inputs, outputs = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    window, stride, padding, dilation = (
        tuple(draw(st.integers(least, most)) for _ in range(n))
        for least, most in ((1, 3), (1, 3), (0, 2), (1, 2))
    )
    span = [d * (k - 1) + 1 for k, d in zip(window, dilation, strict=True)]
    bias, batch = draw(flags), tuple(draw(st.lists(st.integers(1, 2), max_size=1)))
    one_for_all = draw(flags)
    if one_for_all:  # one number for all axes
        window, stride, padding, dilation = ((v[0],) * n for v in (window, stride, padding, dilation))
        span = [dilation[0] * (window[0] - 1) + 1] * n
    given = [v[0] if one_for_all else v for v in (window, stride, padding, dilation)]
    extra = tuple(s - 1 for s in stride)
    if transposed:
        image = tuple(
            draw(st.integers(2 * p // s + 1, 2 * p // s + 3)) for p, s in zip(padding, stride, strict=True)
        )
        kind = {1: nets.ConvTranspose1d, 2: nets.ConvTranspose2d}[n]
        module = kind(inputs, outputs, given[0], given[1], given[2], extra, groups, bias, given[3])
        kernel = (inputs, outputs // groups, *window)
    else:
        image = tuple(draw(st.integers(max(1, s - 2 * p), s + 3)) for s, p in zip(span, padding, strict=True))
        kind = {1: nets.Conv1d, 2: nets.Conv2d}[n]
        module = kind(inputs, outputs, *given, groups, bias)
        kernel = (outputs, inputs // groups, *window)

    def correlated(x: Any, k: Any) -> Any:
        x, k = np.pad(x, [(p, p) for p in padding]), dilated(k, dilation)
        return windows(x, k.shape, stride, ((0, 0),) * n, 0, lambda e: (e * k.ravel()).sum(-1))

    def spread(x: Any, k: Any) -> Any:
        """Add each entry's kernel where it belongs, then cut the padding off."""
        k = dilated(k, dilation)
        size = [(m - 1) * s + e + o for m, s, e, o in zip(x.shape, stride, k.shape, extra, strict=True)]
        out = np.zeros(size)
        for at in np.ndindex(x.shape):
            out[tuple(slice(i * s, i * s + e) for i, s, e in zip(at, stride, k.shape, strict=True))] += (
                x[at] * k
            )
        return out[tuple(slice(p, m - p) for p, m in zip(padding, size, strict=True))]

    def reference(w: Arrays, x: Any) -> Any:
        maps = with_channels(x, w["weight"], n, spread if transposed else correlated, groups, transposed)
        return maps + np.reshape(w["bias"], (-1, *(1,) * n)) if bias else maps

    weights = {"weight": kernel} | ({"bias": (outputs,)} if bias else {})
    return Layer(module, reals((*batch, inputs, *image)), weights, reference)


@maker
def Conv1d(draw: Any) -> Layer:
    return _convolution(draw, 1, False)


@maker
def Conv2d(draw: Any) -> Layer:
    return _convolution(draw, 2, False)


@maker
def ConvTranspose1d(draw: Any) -> Layer:
    return _convolution(draw, 1, True)


@maker
def ConvTranspose2d(draw: Any) -> Layer:
    return _convolution(draw, 2, True)


def _pool(draw: Any, n: int, largest: bool) -> Layer:
    window = tuple(draw(st.integers(1, 3)) for _ in range(n))
    stride = tuple(draw(st.integers(1, 3)) for _ in range(n)) if draw(flags) else None
    padding = tuple(draw(st.integers(0, k // 2)) for k in window)
    image = tuple(draw(st.integers(k, k + 3)) for k in window)
    frame = tuple((p, p) for p in padding)
    kind = getattr(nets, f"{'Max' if largest else 'Avg'}Pool{n}d")
    if largest:
        module = kind(window, stride, padding)
        reference = lambda w, x: windows(x, window, stride or window, frame, -np.inf, lambda e: e.max(-1))  # noqa: E731
        return Layer(module, reals((*lead(draw), *image)), {}, reference)
    include = draw(flags)

    def average(w: Arrays, x: Any) -> Any:
        count = windows(
            np.ones(x.shape), window, stride or window, frame, float(include), lambda e: e.sum(-1)
        )
        return windows(x, window, stride or window, frame, 0, lambda e: e.sum(-1)) / count

    module = kind(window, stride, padding, count_include_pad=include)
    return Layer(module, reals((*lead(draw), *image)), {}, average)


@maker
def MaxPool1d(draw: Any) -> Layer:
    return _pool(draw, 1, True)


@maker
def MaxPool2d(draw: Any) -> Layer:
    return _pool(draw, 2, True)


@maker
def AvgPool1d(draw: Any) -> Layer:
    return _pool(draw, 1, False)


@maker
def AvgPool2d(draw: Any) -> Layer:
    return _pool(draw, 2, False)


def _adaptive(draw: Any, n: int) -> Layer:
    out, each = ((tuple(draw(st.integers(1, 3)) for _ in range(n))) for _ in range(2))
    image = tuple(o * e for o, e in zip(out, each, strict=True))
    module = getattr(nets, f"AdaptiveAvgPool{n}d")(out)
    reference = lambda w, x: windows(x, each, each, ((0, 0),) * n, 0, lambda e: e.mean(-1))  # noqa: E731
    return Layer(module, reals((*lead(draw), *image)), {}, reference)


@maker
def AdaptiveAvgPool1d(draw: Any) -> Layer:
    return _adaptive(draw, 1)


@maker
def AdaptiveAvgPool2d(draw: Any) -> Layer:
    return _adaptive(draw, 2)


@maker
def GlobalAvgPool(draw: Any) -> Layer:
    n = draw(st.sampled_from([1, 2]))
    shape = (*lead(draw), *(draw(sizes) for _ in range(n)))
    return Layer(nets.GlobalAvgPool(n), reals(shape), {}, lambda w, x: x.mean(tuple(range(-n, 0))))


@maker
def GlobalMaxPool(draw: Any) -> Layer:
    n = draw(st.sampled_from([1, 2]))
    shape = (*lead(draw), *(draw(sizes) for _ in range(n)))
    return Layer(nets.GlobalMaxPool(n), reals(shape), {}, lambda w, x: x.max(tuple(range(-n, 0))))


# -- normalisation ---------------------------------------------------------------------------------


def layer_norm(w: Arrays, x: Any, axes: tuple[int, ...] = (-1,), eps: float = 1e-5) -> Any:
    y = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)
    return w.get("weight", 1) * y + w.get("bias", 0)


@maker
def LayerNorm(draw: Any) -> Layer:
    own = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)))
    eps, affine, bias = draw(st.sampled_from([1e-5, 0.25])), draw(flags), draw(flags)
    weights = ({"weight": own} | ({"bias": own} if bias else {})) if affine else {}
    reference = lambda w, x: layer_norm(w, x, tuple(range(-len(own), 0)), eps)  # noqa: E731
    given = own[0] if len(own) == 1 and draw(flags) else own
    module = nets.LayerNorm(given, eps, affine, bias)
    return Layer(module, reals((*lead(draw), *own)), weights, reference)


@maker
def RMSNorm(draw: Any) -> Layer:
    own = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)))
    eps, affine = draw(st.sampled_from([None, 0.25])), draw(flags)
    axes = tuple(range(-len(own), 0))

    def reference(w: Arrays, x: Any) -> Any:
        return w.get("weight", 1) * x / np.sqrt((x**2).mean(axes, keepdims=True) + (eps or 0))

    module = nets.RMSNorm(own, eps, affine)
    return Layer(module, reals((*lead(draw), *own)), {"weight": own} if affine else {}, reference)


def _batch_norm(draw: Any, kind: Any, spatial: int) -> Layer:
    c, eps, affine, tracked = draw(sizes), draw(st.sampled_from([1e-5, 0.25])), draw(flags), draw(flags)
    trains = draw(flags)
    image = tuple(draw(st.integers(1, 3)) for _ in range(spatial))
    batch = draw(st.integers(2, 4))
    axes = (0, *range(2, 2 + spatial))
    column = lambda v: np.reshape(v, (-1, *(1,) * spatial))  # noqa: E731

    def reference(w: Arrays, x: Any) -> Any:
        mean, var = x.mean(axes), x.var(axes)
        if tracked and not trains:
            mean, var = w["running_mean"], w["running_var"]
        y = (x - column(mean)) / np.sqrt(column(var) + eps)
        return column(w.get("weight", np.ones(c))) * y + column(w.get("bias", np.zeros(c)))

    weights = {"weight": (c,), "bias": (c,)} if affine else {}
    module = kind(c, eps, affine=affine, track_running_stats=tracked)

    def call(x: Any, weights: Any) -> Any:
        with nets.training() if trains else nullcontext():
            return module(x, weights=weights)

    return Layer(module, reals((batch, c, *image)), weights, reference, call)


@maker
def BatchNorm1d(draw: Any) -> Layer:
    return _batch_norm(draw, nets.BatchNorm1d, draw(st.integers(0, 1)))


@maker
def BatchNorm2d(draw: Any) -> Layer:
    return _batch_norm(draw, nets.BatchNorm2d, 2)
