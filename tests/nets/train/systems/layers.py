"""Feed-forward networks, convolutions, pooling, norms, dropout and embeddings."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.signal import convolve2d

from tripos import nets
from tripos.graph import bce_with_logits, conv2d, flip
from tripos.nets.train import Data, load

from .system import System, squared, weights_found, wrong

CLASSES = nets.CrossEntropyLoss()
load = cache(load)


# -- feed-forward ----------------------------------------------------------------------------------


def corners(rows, seed):
    """Points of a square, in class 1 where their coordinates have one sign."""
    x = np.random.default_rng(seed).uniform(-1, 1, (rows, 2))
    return Data({"x": x, "t": x.prod(axis=1) > 0}, 2)


def of_corners(model):
    """No line is right about more than two thirds: the best cuts off a corner of the square."""
    test = corners(400, 1)
    return System(model, CLASSES, corners(800, 0), wrong(test), 0.2, nets.Adam(lr=0.02), 40)


ACTIVATIONS = (
    nets.ReLU(),
    nets.LeakyReLU(0.1),
    nets.Tanh(),
    nets.Sigmoid(),
    nets.Softplus(),
    nets.Softsign(),
    nets.SiLU(),
    nets.GELU(),
    nets.ELU(),
)


def hard_threshold():
    """Nothing reaches the hidden layer; with the 128 random features that it is, the output layer learns."""
    return of_corners(nets.MLP([2, 128, 2], nets.HardThreshold()))


def logistic_regression():
    train, _, test = load("breast-cancer")
    model = nets.LogisticRegression(30)
    return System(
        model,
        lambda w, x, t: bce_with_logits(model.score(x, weights=w), t),
        train,
        wrong(test),
        0.2,  # linear discriminants are right about 95 %, the commonest class about 63 %
        settings={"predict": lambda w, x: model.score(x, weights=w)},
    )


def linear_network():
    """Two matrices of rank 1 are enough for one number: the end is that of least squares."""
    train = load("diabetes").train
    x, t = train.columns["x"], train.columns["t"]
    w = np.linalg.lstsq(x, t, rcond=None)[0]
    share = np.mean((x @ w - t) ** 2) / np.var(t)
    return System(nets.linear_network([10, 4, 1]), nets.MSELoss(), train, squared(train), 1.03 * share)


def residual_mlp():
    layers = nets.Linear(2, 8), nets.ResidualMLP(8, 3), nets.Linear(8, 2)
    return of_corners(nets.Sequential(*layers))


# -- convolutions: the kernel that made the data is found ------------------------------------------


def correlated(x, w, stride=1, padding=0, dilation=1, groups=1):
    """Cross-correlate images N×C×H×W with filters O×(C/groups)×h×w, by the definition."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    spans = tuple(dilation * (k - 1) + 1 for k in w.shape[2:])
    windows = np.lib.stride_tricks.sliding_window_view(x, spans, axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride, ::dilation, ::dilation]
    parts = zip(np.split(windows, groups, axis=1), np.split(w, groups, axis=0), strict=True)
    return np.concatenate([np.einsum("nchwij,ocij->nohw", a, b) for a, b in parts], axis=1)


def transposed(x, w, stride):
    """Set images apart by zeros and cross-correlate with the filters C×O×h×w turned round."""
    n, c, height, width = x.shape
    apart = np.zeros((n, c, stride * (height - 1) + 1, stride * (width - 1) + 1))
    apart[:, :, ::stride, ::stride] = x
    return correlated(apart, w[:, :, ::-1, ::-1].swapaxes(0, 1), padding=w.shape[-1] - 1)


def kernel_of(model, made, shape, rows=128):
    """A linear map without noise is found, but for what the last steps leave."""
    weights = {path: np.array(w) for path, w in nets.initialize(model, 7).items()}
    x = np.random.default_rng(0).standard_normal((rows, *shape))
    data = Data({"x": x, "t": made(x, *weights.values())})
    optimizer = nets.Adam(lr=lambda t: nets.exponential_lr(0.05, t, 0.98))
    return System(model, nets.MSELoss(), data, weights_found(weights), 1e-3, optimizer, 60)


def in_a_row(made):
    """The same for sequences, as images of one row; only the width is padded."""

    def of_sequences(x, w, padding=0, **options):
        x = np.pad(x, ((0, 0), (0, 0), (padding, padding)))
        return made(x[:, :, None], w[:, :, None], **options)[:, :, 0]

    return of_sequences


@dataclass(frozen=True)
class Convolved(nets.Module):
    """The convolution of signal processing: its kernel is turned round."""

    def shapes(self):
        return {"weight": (2, 3)}

    def forward(self, w, x):
        return conv2d(x, flip(w["weight"]))


def true_convolution():
    def made(x, w):
        return np.stack([convolve2d(image, w, mode="valid") for image in x])

    return kernel_of(Convolved(), made, (5, 6))


def transposed_sequences(x, w):
    """Put each entry's multiple of the kernel where it belongs, two further for each entry."""
    length = x.shape[2]
    found = np.zeros((len(x), w.shape[1], 2 * (length - 1) + w.shape[2]))
    for i in range(length):
        found[:, :, 2 * i : 2 * i + w.shape[2]] += np.einsum("nc,cok->nok", x[:, :, i], w)
    return found


def padded(padding, width):
    return lambda: kernel_of(
        nets.Conv1d(1, 2, 3, padding=padding, bias=False),
        lambda x, w: in_a_row(correlated)(x, w, padding=width),
        (1, 8),
    )


CONVOLUTIONS = {
    "convolution in one dimension": lambda: kernel_of(
        nets.Conv1d(2, 3, 3),
        lambda x, w, b: in_a_row(correlated)(x, w) + b[:, None],
        (2, 8),
    ),
    "true convolution": true_convolution,
    "valid": padded("valid", 0),
    "same": padded("same", 1),
    "full": padded("full", 2),
    "stride, padding, dilation": lambda: kernel_of(
        nets.Conv2d(1, 2, 3, stride=2, padding=1, dilation=2),
        lambda x, w, b: correlated(x, w, 2, 1, 2) + b[:, None, None],
        (1, 8, 8),
    ),
    "groups": lambda: kernel_of(
        nets.Conv2d(4, 4, 2, groups=2),
        lambda x, w, b: correlated(x, w, groups=2) + b[:, None, None],
        (4, 4, 4),
    ),
    "transposed in one dimension": lambda: kernel_of(
        nets.ConvTranspose1d(2, 3, 3, stride=2),
        lambda x, w, b: transposed_sequences(x, w) + b[:, None],
        (2, 5),
    ),
    "transposed in two dimensions": lambda: kernel_of(
        nets.ConvTranspose2d(2, 2, 3, stride=2),
        lambda x, w, b: transposed(x, w, 2) + b[:, None, None],
        (2, 3, 3),
    ),
}


# -- pooling, norms, dropout, embeddings -----------------------------------------------------------


def of_digits(*layers, epochs=10):
    """A tenth is right by chance; nine in ten is less than what softmax regression does."""
    train, _, test = load("digit-images")
    model = nets.Sequential(nets.Conv2d(1, 8, 3, padding=1), nets.ReLU(), *layers)
    return System(model, CLASSES, train.rows(slice(800)), wrong(test), 1 / 9, epochs=epochs)


def waves(rows, seed):
    """Waves of a period of 4 or of 6 with any phase and noise: of either class, the mean is 0 everywhere."""
    rng = np.random.default_rng(seed)
    t, phase = rng.integers(0, 2, rows), rng.uniform(0, 2 * np.pi, rows)
    angle = 2 * np.pi * np.arange(18) / (4 + 2 * t[:, None]) + phase[:, None]
    return Data({"x": (np.sin(angle) + 0.1 * rng.standard_normal(angle.shape))[:, None], "t": t}, 2)


def of_waves(*pooling):
    """A line is wrong about half of a class at least, as the opposite of a wave is of the same class."""
    model = nets.Sequential(nets.Conv1d(1, 8, 5), nets.ReLU(), *pooling)
    return System(model, CLASSES, waves(400, 0), wrong(waves(400, 1)), 0.1, nets.Adam(lr=0.02))


def batch_norm():
    """Measurements as they are, some a thousand times as large as others, which batch norm puts right."""
    train, _, test = load("breast-cancer")
    scale = 10 ** np.linspace(-2, 3, 30)
    train, test = (Data({"x": scale * (d.columns["x"] + 3), "t": d.columns["t"]}, 2) for d in (train, test))
    norm = nets.BatchNorm1d
    model = nets.Sequential(norm(30), nets.Linear(30, 16), norm(16), nets.ReLU(), nets.Linear(16, 2))
    return System(model, CLASSES, train, wrong(test), 0.2, epochs=30)


def unscaled_dropout():
    train, _, test = load("digits")
    model = nets.Sequential(nets.Linear(64, 64), nets.ReLU(), nets.Dropout(0.5), nets.Linear(64, 10))
    return System(
        model,
        CLASSES,
        train.rows(slice(800)),
        wrong(test),
        1 / 9,
        epochs=15,
        conventions={"dropout scaling": "unscaled"},
    )


def embedding():
    """Which of twelve words follows each: eleven guesses in twelve are wrong."""
    words = np.tile(np.arange(12), 20)
    follows = np.random.default_rng(0).permutation(12)[words]
    data = Data({"x": words, "t": follows}, 12)
    model = nets.Sequential(nets.Embedding(12, 4), nets.Linear(4, 12))
    return System(model, CLASSES, data, wrong(data), 0.05, nets.Adam(lr=0.05), 40)


SYSTEMS = {
    "logistic regression": logistic_regression,
    **{f"MLP with {type(a).__name__}": lambda a=a: of_corners(nets.MLP([2, 16, 2], a)) for a in ACTIVATIONS},
    "MLP with the hard threshold": hard_threshold,
    "linear network": linear_network,
    "residual MLP": residual_mlp,
    **CONVOLUTIONS,
    "overlapping max pooling": lambda: of_digits(nets.MaxPool2d(3, 2), nets.Flatten(), nets.Linear(72, 10)),
    "average pooling": lambda: of_digits(nets.AvgPool2d(2), nets.Flatten(), nets.Linear(128, 10)),
    "adaptive pooling": lambda: of_digits(nets.AdaptiveAvgPool2d(4), nets.Flatten(), nets.Linear(128, 10)),
    "global average pooling": lambda: of_waves(nets.GlobalAvgPool(axes=1), nets.Linear(8, 2)),
    "global max pooling": lambda: of_waves(nets.GlobalMaxPool(axes=1), nets.Linear(8, 2)),
    "batch norm of rows": batch_norm,
    "unscaled dropout": unscaled_dropout,
    "embedding": embedding,
}
