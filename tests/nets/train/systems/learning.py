"""Losses and penalties, optimizers, schedules and limits on gradients."""

from functools import cache

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.linear_model import ElasticNet

from tripos import graph, nets
from tripos.nets.train import Data, load

from .system import System, squared, weights_found, wrong

load = cache(load)


# -- losses of two classes and of three ------------------------------------------------------------


def binary(loss):
    """Tumours: a line is right about 95 % of them, the commonest class about 63 %."""
    train, _, test = load("breast-cancer")
    model = nets.Linear(30, 1)

    def score(w, x):
        return model(x, weights=w)[0]

    return System(
        model,
        lambda w, x, t: loss(score(w, x), t),
        train,
        wrong(test),
        0.25,
        epochs=30,
        settings={"predict": score},
    )


def as_layers(model, loss, above=0):
    """The same, by the losses that compare outputs with targets."""
    train, _, test = load("breast-cancer")
    return System(model, loss, train, wrong(test, above), 0.25, epochs=30)


def of_three(loss, model=None, optimizer=None, **settings):
    """Wines: two in five are of the commonest sort, and lines tell nearly all apart."""
    train, _, test = load("wine")
    model = model or nets.Linear(13, 3)
    return System(
        model,
        lambda w, x, t: loss(model(x, weights=w), t),
        train,
        wrong(test),
        0.3,
        optimizer or nets.Adam(lr=0.02),
        epochs=100,
        settings={"predict": lambda w, x: model(x, weights=w), **settings},
    )


# -- losses of numbers, and penalties --------------------------------------------------------------


def outlying(loss, most):
    """A line of which a tenth of the targets is far off: squared errors follow these, others hardly do."""
    rng = np.random.default_rng(0)
    w, x = np.array([[1.0, -2, 0.5]]), rng.standard_normal((800, 3))
    t = x @ w.T + 0.1 * rng.standard_normal((800, 1))
    t[:80] += 20 * x[:80, :1]
    optimizer = nets.Adam(lr=lambda t: nets.cosine_annealing_lr(0.05, t, 30 * 25))
    model = nets.Linear(3, 1, bias=False)
    return System(model, loss, Data({"x": x, "t": t}), weights_found({"weight": w}), most, optimizer, 30)


def regression():
    """The end is that of least squares."""
    train = load("diabetes").train
    x, t = (train.columns[name] for name in "xt")
    least = np.linalg.lstsq(x, t, rcond=None)[0]
    share = np.mean((x @ least - t) ** 2) / np.var(t)
    return System(nets.Linear(10, 1), nets.MSELoss(), train, squared(train), 1.02 * share)


def elastic_net():
    """The weights are those of scikit-learn, of which some are 0."""
    train = load("diabetes").train
    x, t = (train.columns[name] for name in "xt")
    theirs = ElasticNet(alpha=0.2, l1_ratio=0.7, fit_intercept=False).fit(x, t[:, 0])
    model = nets.Linear(10, 1, bias=False)

    def loss(w, x, t):
        penalty = graph.elastic_net_penalty(w["weight"], l1=0.2 * 0.7, l2=0.2 * 0.3 / 2)
        return nets.MSELoss()(model(x, weights=w), t) / 2 + penalty

    found = weights_found({"weight": theirs.coef_[None]})
    optimizer = nets.Adam(lr=lambda t: nets.cosine_annealing_lr(0.02, t, 300))
    settings = {"batch_size": len(train)}
    return System(model, loss, train, found, 1e-3, optimizer, 300, settings)


def through_limits(**limits):
    """A penalty that ``fit`` adds itself: wines are told apart all the same."""
    return of_three(nets.CrossEntropyLoss(), **limits)


# -- optimizers: the minimum that SciPy finds ------------------------------------------------------

L2 = 0.05


@cache
def lowest():
    """Return the least penalised loss of softmax regression on wines, without biases."""
    train = load("wine").train
    x, t = train.columns["x"], train.columns["t"].astype(int)

    def loss(flat):
        w = flat.reshape(3, 13)
        z = x @ w.T
        slope = (softmax(z, axis=1) - np.eye(3)[t]).T @ x / len(x) + L2 * w
        return -log_softmax(z, axis=1)[np.arange(len(x)), t].mean() + L2 / 2 * flat @ flat, slope.ravel()

    return minimize(loss, np.zeros(39), jac=True).x.reshape(3, 13)


def optimized(optimizer, epochs=200, **settings):
    """The penalised loss has one minimum, which is where every optimizer ends."""
    told = {"batch_size": 31, "l2": L2, **settings}
    found = weights_found({"weight": lowest()})
    model = nets.Linear(13, 3, bias=False)
    return System(model, nets.CrossEntropyLoss(), load("wine").train, found, 0.02, optimizer, epochs, told)


STEPS = 200 * 4
SCHEDULES = {
    "step": lambda t: nets.step_lr(0.2, t, 200, 0.3),
    "exponential": lambda t: nets.exponential_lr(0.2, t, 0.995),
    "cosine": lambda t: nets.cosine_annealing_lr(0.2, t, STEPS),
}


def falling(lr):
    return lambda t: nets.cosine_annealing_lr(lr, t, STEPS)


OPTIMIZERS = {
    "SGD": nets.SGD(lr=falling(0.2)),
    "momentum": nets.SGD(lr=falling(0.05), momentum=0.9),
    "Nesterov": nets.SGD(lr=falling(0.05), momentum=0.9, nesterov=True),
    "Adagrad": nets.Adagrad(lr=0.1),
    "RMSprop": nets.RMSprop(lr=falling(0.02)),
    "Adam": nets.Adam(lr=falling(0.05)),
}

SYSTEMS = {
    "binary cross-entropy": lambda: binary(lambda z, t: graph.bce(graph.sigmoid(z), t)),
    "binary cross-entropy of logits": lambda: binary(graph.bce_with_logits),
    "binary cross-entropy, a layer": lambda: as_layers(
        nets.MLP([30, 1], output=nets.Sigmoid()), nets.BCELoss(), 0.5
    ),
    "binary cross-entropy of logits, a layer": lambda: as_layers(
        nets.Linear(30, 1), nets.BCEWithLogitsLoss()
    ),
    "hinge": lambda: binary(lambda z, t: graph.hinge(z, 2 * t - 1)),
    "perceptron loss": lambda: binary(lambda z, t: graph.perceptron_loss(z, 2 * t - 1)),
    "multi-class hinge": lambda: of_three(graph.multiclass_hinge),
    "negative log-likelihood": lambda: of_three(graph.nll, nets.SoftmaxRegression(13, 3)),
    "smoothed labels": lambda: of_three(
        lambda z, t: graph.cross_entropy(z, graph.label_smoothing(graph.onehot(t, 3), 0.1))
    ),
    "squared error": regression,
    "absolute error": lambda: outlying(nets.L1Loss(), 0.02),
    "Huber": lambda: outlying(nets.HuberLoss(), 0.05),
    "elastic net": elastic_net,
    "L1 and L2 penalties": lambda: through_limits(l1=1e-3, l2=1e-3),
    **{name: lambda o=o: optimized(o) for name, o in OPTIMIZERS.items()},
    "AdamW": lambda: of_three(nets.CrossEntropyLoss(), None, nets.AdamW(lr=0.02)),
    "weight decay of SGD": lambda: optimized(nets.SGD(lr=falling(0.2), weight_decay=L2), l2=0),
    **{
        f"step sizes by schedule, {name}": lambda lr=lr: optimized(nets.SGD(lr=lr))
        for name, lr in SCHEDULES.items()
    },
    "clipping by norm": lambda: optimized(nets.SGD(lr=falling(0.5)), clip_norm=0.3),
    "clipping by value": lambda: optimized(nets.SGD(lr=falling(0.5)), clip_value=0.1),
}
