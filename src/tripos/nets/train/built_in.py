"""The recipes that Tripos knows by name, each made for the training rows that it is given."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...graph import GraphError, Node, bce_with_logits, cross_entropy, relu
from ...graph.node import Shape, show_shape
from ..activation import Flatten, ReLU
from ..autoencoder import AutoEncoder, DenoisingAutoEncoder
from ..convolution import Conv2d
from ..dropout import Dropout
from ..feedforward import MLP, LogisticRegression, SoftmaxRegression
from ..linear import Linear, Sequential
from ..loss import CrossEntropyLoss, MSELoss
from ..module import Module, Weights
from ..optim.first_order import SGD, Adam
from ..perceptron import Perceptron
from ..pooling import MaxPool2d
from ..recurrent import GRU, LSTM, RNN
from ..residual import ResidualMLP
from ..seq2seq import AttentionSeq2Seq, Seq2Seq
from ..vae import VAE
from .data import Data, DataError
from .recipe import Maker, Recipe


class BuiltIn(NamedTuple):
    """A recipe: what makes it, what it is, and the name of data that it suits."""

    make: Maker
    about: str
    data: str


@dataclass(frozen=True)
class LastOutput(Module):
    """A recurrent layer over a sequence, and a linear layer that reads its last output."""

    layer: Module
    readout: Linear

    def forward(self, w: Weights, x: Node) -> Node:
        """Return the readout of the last step, for x of shape length×input_size or 1×length×input_size."""
        if x.ndim == 3:
            x = x[0]
        outputs, _ = self.layer(x, weights=w["layer"])
        read: Node = self.readout(outputs[-1], weights=w["readout"])
        return read


# -- what recipes read of data ---------------------------------------------------------------------


def _shape(name: str, data: Data, rank: int, expected: str, suited: str) -> Shape:
    """Return the shape of a row of the first column, or raise DataError where it does not fit."""
    shape = next(iter(data.shapes.values()))
    if len(shape) != rank:
        raise DataError(
            f"{name}: rows of {data.name} have shape {show_shape(shape)}, where {expected} was expected; "
            f"take data such as {suited}"
        )
    return shape


def _vector(name: str, data: Data) -> Any:
    return _shape(name, data, 1, "a vector", "digits")[0]


def _outputs(name: str, data: Data) -> tuple[Any, Any]:
    """Return the number of outputs, and the loss: logits of classes, or numbers to predict."""
    target = list(data.shapes.values())[-1]
    if len(data.columns) != 2:
        raise DataError(
            f"{name}: expected inputs and a target, found {', '.join(data.columns)} in {data.name}"
        )
    if data.classes is not None and target == ():
        return data.classes, CrossEntropyLoss()
    if data.classes is None and len(target) == 1:
        return target[0], MSELoss()
    raise DataError(
        f"{name}: a target is a class or a vector, found shape {show_shape(target)} in {data.name}"
    )


def _classes(name: str, data: Data, exactly: int | None = None) -> int:
    """Return the number of classes, or raise DataError where there are none or too many."""
    suited = f"take data such as {'breast-cancer' if exactly else 'digits'}"
    if data.classes is None or list(data.shapes.values())[-1] != ():
        raise DataError(f"{name}: expected classes, but {data.name} has none; {suited}")
    if exactly is not None and data.classes != exactly:
        raise DataError(f"{name}: expected {exactly} classes, found {data.classes} in {data.name}; {suited}")
    return data.classes


# -- single layers ---------------------------------------------------------------------------------


def softmax(data: Data) -> Recipe:
    """Softmax regression, by the cross-entropy of its logits."""
    model = SoftmaxRegression(_vector("softmax", data), _classes("softmax", data))

    def logits(w: Weights, x: Node) -> Node:
        return model.linear.forward(w, x)

    def loss(w: Weights, x: Node, t: Node) -> Node:
        return cross_entropy(logits(w, x), t)

    return Recipe(model, loss, Adam(lr=0.01), 40, 32, {"predict": logits, "metrics": ["accuracy"]})


def logistic(data: Data) -> Recipe:
    """Logistic regression, by the binary cross-entropy of its score."""
    _classes("logistic", data, 2)
    model = LogisticRegression(_vector("logistic", data))

    def loss(w: Weights, x: Node, t: Node) -> Node:
        return bce_with_logits(model.score(x, weights=w), t)

    return Recipe(model, loss, Adam(lr=0.01), 40, 32, _scores(model.score))


def perceptron(data: Data) -> Recipe:
    """The perceptron and its rule.

    That is a step of SGD of size 1 down max(0, −y (wᵀ x + b)), one example at a time.
    """
    _classes("perceptron", data, 2)
    model = Perceptron(_vector("perceptron", data))

    def loss(w: Weights, x: Node, t: Node) -> Node:
        return relu((1 - 2 * t) * model.score(x, weights=w))

    return Recipe(model, loss, SGD(lr=1), 20, 1, _scores(model.score))


def _scores(score: Callable[..., Node]) -> dict[str, Any]:
    """Return the settings of a model whose score is positive for class 1."""

    def predict(w: Weights, x: Node) -> Node:
        return score(x, weights=w)

    return {"predict": predict, "metrics": ["accuracy"]}


# -- feed-forward ----------------------------------------------------------------------------------


def mlp(data: Data) -> Recipe:
    """Two hidden layers of 128 units."""
    outputs, loss = _outputs("mlp", data)
    return Recipe(MLP([_vector("mlp", data), 128, 128, outputs]), loss, Adam(lr=1e-3), 40, 32)


def residual_mlp(data: Data) -> Recipe:
    """Eight residual units of width 64 between linear layers."""
    outputs, loss = _outputs("residual-mlp", data)
    features = _vector("residual-mlp", data)
    model = Sequential(Linear(features, 64), ResidualMLP(64, 8), Linear(64, outputs))
    return Recipe(model, loss, Adam(lr=1e-3), 30, 32, {"clip_norm": 1})


def cnn(data: Data) -> Recipe:
    """Two convolutions of 3×3 with max pooling, dropout, and a linear layer.

    What has a single row or column is not pooled.
    """
    outputs, loss = _outputs("cnn", data)
    channels, *size = _shape("cnn", data, 3, "channels×height×width", "digit-images")
    layers: list[Module] = []
    for maps in (16, 32):
        layers += [Conv2d(channels, maps, 3, padding=1), ReLU()]
        channels = maps
        if min(size) > 1:
            layers.append(MaxPool2d(2))
            size = [side // 2 for side in size]
    readout = Linear(channels * math.prod(size), outputs)
    return Recipe(Sequential(*layers, Flatten(), Dropout(0.25), readout), loss, Adam(lr=2e-3), 20, 32)


# -- sequences -------------------------------------------------------------------------------------


def _reads(name: str, kind: Any) -> Maker:
    """Return what makes a recurrent network that reads a sequence and answers at its end."""

    def make(data: Data) -> Recipe:
        outputs, loss = _outputs(name, data)
        shape = next(iter(data.shapes.values()))
        if len(shape) == 3 and shape[0] == 1:
            shape = shape[1:]  # an image of one channel, read row by row
        if len(shape) != 2:
            raise DataError(
                f"{name}: rows of {data.name} have shape {show_shape(shape)}, where length×features was "
                "expected; take data such as adding"
            )
        model = LastOutput(kind(shape[1], 32), Linear(32, outputs))
        return Recipe(model, loss, Adam(lr=5e-3), 20, 32, {"clip_norm": 1})

    make.__doc__ = f"{name.upper()} of 32 units, whose last output a linear layer reads."
    return make


def _translates(name: str, kind: Any) -> Maker:
    """Return what makes an encoder and a decoder that is fed the true outputs so far."""

    def make(data: Data) -> Recipe:
        shapes = list(data.shapes.values())
        if data.classes is None or [len(shape) for shape in shapes] != [2, 2, 1]:
            raise DataError(
                f"{name}: expected the columns x, y and t of a sequence task, found "
                f"{', '.join(f'{key} {show_shape(s)}' for key, s in data.shapes.items())} in {data.name}; "
                "take data such as reversal"
            )
        model = kind(shapes[0][1], shapes[1][1], 64, data.classes)
        return Recipe(model, CrossEntropyLoss(), Adam(lr=3e-3), 20, 32, {"clip_norm": 1})

    make.__doc__ = f"{kind.__name__} of 64 units, by teacher forcing."
    return make


# -- without targets -------------------------------------------------------------------------------


def _reconstructs(name: str, model: Any) -> Recipe:
    """Return a recipe for a model with a loss of its own, which reads the first column alone."""

    def loss(w: Weights, x: Node, *rest: Node) -> Node:
        return model.loss(x, weights=w)  # type: ignore[no-any-return]

    def predict(w: Weights, x: Node) -> Node:
        return model(x, weights=w)  # type: ignore[no-any-return]

    return Recipe(model, loss, Adam(lr=1e-3), 30, 32, {"predict": predict})


def _parts(features: int) -> tuple[MLP, MLP]:
    """Return an encoder and a decoder, with a code of an eighth of the entries, at least 2."""
    code, hidden = max(2, features // 8), max(16, features)
    return MLP([features, hidden, code]), MLP([code, hidden, features])


def autoencoder(data: Data) -> Recipe:
    """An auto-encoder with a code of an eighth of the entries, by squared error."""
    return _reconstructs("autoencoder", AutoEncoder(*_parts(_vector("autoencoder", data))))


def denoising_autoencoder(data: Data) -> Recipe:
    """The same, given inputs with normal noise of standard deviation 0.3."""
    parts = _parts(_vector("denoising-autoencoder", data))
    return _reconstructs("denoising-autoencoder", DenoisingAutoEncoder(*parts, sigma=0.3))


def vae(data: Data) -> Recipe:
    """A VAE with two latents.

    Its decoder gives logits of bits where all entries of the data lie between 0 and 1, else normal means.
    """
    features = _vector("vae", data)
    x = next(iter(data.columns.values()))
    bits = x.min() >= 0 and x.max() <= 1
    encoder, decoder = MLP([features, 128, 4]), MLP([2, 128, features])
    return _reconstructs("vae", VAE(encoder, decoder, "bernoulli" if bits else "normal"))


BUILT_IN: Mapping[str, BuiltIn] = {
    name: BuiltIn(make, (make.__doc__ or "").split("\n")[0].rstrip("."), data)
    for name, make, data in (
        ("softmax", softmax, "digits"),
        ("logistic", logistic, "breast-cancer"),
        ("perceptron", perceptron, "breast-cancer"),
        ("mlp", mlp, "digits"),
        ("residual-mlp", residual_mlp, "digits"),
        ("cnn", cnn, "digit-images"),
        ("rnn", _reads("rnn", RNN), "adding"),
        ("lstm", _reads("lstm", LSTM), "adding"),
        ("gru", _reads("gru", GRU), "adding"),
        ("seq2seq", _translates("seq2seq", Seq2Seq), "reversal"),
        ("attention-seq2seq", _translates("attention-seq2seq", AttentionSeq2Seq), "reversal"),
        ("autoencoder", autoencoder, "digits"),
        ("denoising-autoencoder", denoising_autoencoder, "digits"),
        ("vae", vae, "digits"),
    )
}
"""Every recipe by its name."""


def maker_of(name: str) -> BuiltIn:
    """Return a recipe by its name, or raise GraphError with the names that there are."""
    if name not in BUILT_IN:
        raise GraphError(
            f"no model is called {name!r}; there are {', '.join(BUILT_IN)}, and Python files of your own"
        )
    return BUILT_IN[name]
