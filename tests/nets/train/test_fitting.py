import re
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from tripos import graph, nets
from tripos.graph import GraphError
from tripos.nets.train import Data, DataError, Diverged, Player, fit
from tripos.nets.train.checkpoint import load_weights
from tripos.nets.train.fitting import monitor_of

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 3))
CLASSES = np.argmax(X @ RNG.normal(size=(3, 4)), axis=1)
ROWS = Data({"x": X, "t": CLASSES})
QUIET = {"progress": False, "backend": "numpy"}


def batches(data, epochs, n, seed):
    """Yield the rows of each batch, in the order in which ``fit`` takes them."""
    for epoch in range(1, epochs + 1):
        order = np.random.default_rng([seed, epoch]).permutation(len(data))
        for i in range(len(data) // n):
            yield order[i * n : (i + 1) * n]


def loss_by_hand(w, x, t):
    h = jnp.maximum(0, x @ w["0.weight"].T + w["0.bias"])
    z = h @ w["2.weight"].T + w["2.bias"]
    return optax.softmax_cross_entropy_with_integer_labels(z, t).mean()


MLP = nets.Sequential(nets.Linear(3, 5), nets.ReLU(), nets.Linear(5, 4))
STEPS = 15
CASES = {
    "momentum": (nets.SGD(lr=0.1, momentum=0.9), optax.sgd(0.1, 0.9), {}),
    "Adam": (nets.Adam(lr=0.05), optax.adam(0.05), {}),
    "AdamW": (nets.AdamW(lr=0.05, weight_decay=0.1), optax.adamw(0.05, weight_decay=0.1), {}),
    "clip by norm": (
        nets.SGD(lr=0.5),
        optax.chain(optax.clip_by_global_norm(0.3), optax.sgd(0.5)),
        {"clip_norm": 0.3},
    ),
    "clip by value": (nets.SGD(lr=0.5), optax.chain(optax.clip(0.05), optax.sgd(0.5)), {"clip_value": 0.05}),
    "cosine": (
        nets.SGD(lr=lambda t: nets.cosine_annealing_lr(0.3, t, STEPS)),
        optax.sgd(optax.cosine_decay_schedule(0.3, STEPS)),
        {},
    ),
    "l2": (nets.SGD(lr=0.3), optax.chain(optax.add_decayed_weights(0.1), optax.sgd(0.3)), {"l2": 0.1}),
}


@pytest.mark.parametrize("case", CASES)
def test_steps_are_those_of_optax(case):
    ours, theirs, options = CASES[case]
    start = nets.initialize(MLP, 7)
    with jax.enable_x64(True):
        weights = {path: jnp.array(w) for path, w in start.items()}
        state = theirs.init(weights)
        slope = jax.jit(jax.grad(loss_by_hand))
        for which in batches(ROWS, 3, 6, seed=5):
            changes, state = theirs.update(slope(weights, X[which], CLASSES[which]), state, weights)
            weights = optax.apply_updates(weights, changes)
    run = fit(
        MLP,
        nets.CrossEntropyLoss(),
        ROWS,
        ours,
        epochs=3,
        batch_size=6,
        seed=5,
        weights=start,
        **options,
        **QUIET,
    )
    for path, expected in weights.items():
        np.testing.assert_allclose(run.weights[path], expected, rtol=1e-7, atol=1e-9, err_msg=path)


def test_l1_has_the_gradient_of_absolute_values():
    line = nets.Linear(1, 1, bias=False)
    data = Data({"x": np.ones((4, 1)), "t": np.zeros((4, 1))})
    run = fit(line, nets.MSELoss(), data, nets.SGD(lr=0.1), weights={"weight": [[2.0]]}, l1=0.5, epochs=1,
              batch_size=4, **QUIET)  # fmt: skip
    assert run.weights["weight"][0, 0] == pytest.approx(2 - 0.1 * (2 * 2 + 0.5))
    assert run.history["loss"] == [pytest.approx(4 + 0.5 * 2)]


# -- both engines ----------------------------------------------------------------------------------


def losses_of_gan(gan):
    noise = graph.symbol("z", 2, "normal")
    return [
        Player(lambda w, x: gan.discriminator_loss(x, noise, weights=w), nets.Adam(lr=0.01), "discriminator"),
        Player(lambda w, x: gan.non_saturating_loss(noise, weights=w), nets.SGD(lr=0.1), "generator"),
    ]


def tiny(name):
    """Return a model, its loss and data for it."""
    rng = np.random.default_rng(3)
    points, bits = rng.normal(size=(12, 4)), rng.integers(0, 2, 12)
    if name == "dropout":
        model = nets.Sequential(nets.Linear(4, 6), nets.Tanh(), nets.Dropout(0.3), nets.Linear(6, 2))
        return model, nets.CrossEntropyLoss(), Data({"x": points, "t": bits})
    if name == "batch norm":
        model = nets.Sequential(
            nets.Conv2d(1, 2, 3), nets.BatchNorm2d(2), nets.ReLU(), nets.Flatten(1), nets.Linear(8, 2)
        )
        return model, nets.CrossEntropyLoss(), Data({"x": rng.normal(size=(12, 1, 4, 4)), "t": bits})
    if name == "LSTM":
        model = Last(nets.LSTM(2, 3), nets.Linear(3, 1))
        return model, nets.MSELoss(), Data({"x": rng.normal(size=(12, 5, 2)), "t": points[:, :1]})
    if name == "transformer":
        layer = nets.TransformerEncoderLayer(4, 2, 6, dropout=0.2)
        sequences = Data({"x": rng.normal(size=(12, 3, 4)), "t": rng.normal(size=(12, 3, 4))})
        return nets.TransformerEncoder(layer, 1), nets.MSELoss(), sequences
    if name == "VAE":
        vae = nets.VAE(nets.Linear(4, 4), nets.Linear(2, 4), likelihood="normal")
        return vae, lambda w, x: vae.loss(x, weights=w), Data({"x": points})
    gan = nets.GAN(nets.Linear(2, 4), nets.MLP([4, 5, 1]))
    return gan, losses_of_gan(gan), Data({"x": points})


@dataclass(frozen=True)
class Last(nets.Module):
    """A recurrent layer, and a readout of its last state."""

    recurrent: nets.Module
    readout: nets.Module

    def forward(self, w, x):
        outputs, _ = self.recurrent(x, weights=w["recurrent"])
        return self.readout(outputs[-1], weights=w["readout"])


@pytest.mark.parametrize("name", ["dropout", "batch norm", "LSTM", "transformer", "VAE", "two players"])
def test_both_engines_take_the_same_steps(name):
    model, loss, data = tiny(name)
    options = {"epochs": 2, "batch_size": 4, "dev": data, "seed": 2, "progress": False}
    with jax.enable_x64(True):
        one, other = (fit(model, loss, data, backend=backend, **options) for backend in ("numpy", "jax"))
        measured = one.evaluate(data), other.evaluate(data)
    assert one.history.names == other.history.names
    for column in one.history.names[2:]:
        np.testing.assert_allclose(one.history[column], other.history[column], rtol=1e-9, err_msg=column)
    for path, weight in one.weights.items():
        np.testing.assert_allclose(weight, other.weights[path], rtol=1e-9, atol=1e-9, err_msg=path)
    assert measured[0] == pytest.approx(measured[1], rel=1e-9)


# -- optima and statistics -------------------------------------------------------------------------


def test_linear_regression_reaches_the_least_squares():
    from sklearn.linear_model import LinearRegression

    y = X @ [1.0, -2.0, 0.5] + 3 + RNG.normal(0, 0.1, 30)
    run = fit(nets.Linear(3, 1), nets.MSELoss(), Data({"x": X, "y": y[:, None]}), nets.SGD(lr=0.2),
              epochs=400, batch_size=30, **QUIET)  # fmt: skip
    best = LinearRegression().fit(X, y)
    np.testing.assert_allclose(run.weights["weight"][0], best.coef_, rtol=1e-6)
    np.testing.assert_allclose(run.weights["bias"][0], best.intercept_, rtol=1e-6)


def test_one_output_fits_a_column_of_numbers():
    y = X @ [1.0, -2.0, 0.5]
    one, other = (
        fit(nets.Linear(3, 1), nets.MSELoss(), Data({"x": X, "y": column}), epochs=2, batch_size=10, **QUIET)
        for column in (y, y[:, None])
    )
    for path, weight in one.weights.items():
        np.testing.assert_allclose(weight, other.weights[path], rtol=1e-12)


@pytest.mark.parametrize("norm", [False, True], ids=["rows", "batches"])
def test_a_probability_that_rounds_to_1_costs_what_its_logit_says(norm):
    """Targets have no axis for the one output; the logarithm of the sigmoid is still that of its logit."""
    layers = [nets.BatchNorm1d(3)] if norm else []
    logits = nets.Sequential(*layers, nets.Linear(3, 1))
    sure = nets.Sequential(*logits.layers, nets.Sigmoid())
    data = Data({"x": 1000 * X, "t": CLASSES > 1})
    options = {"epochs": 3, "batch_size": 10, "seed": 1, **QUIET}
    one = fit(sure, nets.BCELoss(), data, nets.SGD(lr=0.1), **options)
    other = fit(logits, nets.BCEWithLogitsLoss(), data, nets.SGD(lr=0.1), **options)
    np.testing.assert_allclose(one.history["loss"], other.history["loss"], rtol=1e-12)
    assert one.history["loss"][0] > (0.1 if norm else 37)


def test_softmax_regression_reaches_the_optimum_of_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    # The penalty there is ½‖W‖²/(C n) of the mean, and spares the bias; here there is none.
    best = LogisticRegression(C=1 / (0.1 * 30), fit_intercept=False, tol=1e-10).fit(X, CLASSES)
    model = nets.Linear(3, 4, bias=False)
    run = fit(model, nets.CrossEntropyLoss(), ROWS, nets.SGD(lr=0.5, momentum=0.9), l2=0.1, epochs=300,
              batch_size=30, **QUIET)  # fmt: skip
    np.testing.assert_allclose(run.weights["weight"], best.coef_, atol=1e-6)


def test_running_statistics_are_those_of_the_batches():
    model = nets.Sequential(nets.BatchNorm1d(3, momentum=0.2), nets.Linear(3, 4))
    run = fit(model, nets.CrossEntropyLoss(), ROWS, epochs=2, batch_size=10, seed=4, **QUIET)
    mean, var = np.zeros(3), np.ones(3)
    for which in batches(ROWS, 2, 10, seed=4):
        mean = 0.8 * mean + 0.2 * X[which].mean(axis=0)
        var = 0.8 * var + 0.2 * X[which].var(axis=0, ddof=1)
    np.testing.assert_allclose(run.weights["0.running_mean"], mean)
    np.testing.assert_allclose(run.weights["0.running_var"], var)
    assert run.weights["0.num_batches_tracked"] == 6
    z = (X - mean) / np.sqrt(var + 1e-5) * run.weights["0.weight"] + run.weights["0.bias"]
    expected = z @ run.weights["1.weight"].T + run.weights["1.bias"]
    np.testing.assert_allclose(run.predict(X), expected)


def test_dropout_is_off_where_a_model_is_measured():
    model = nets.Sequential(nets.Dropout(0.5), nets.Linear(3, 4))
    run = fit(model, nets.CrossEntropyLoss(), ROWS, epochs=1, **QUIET | {"batch_size": 10})
    np.testing.assert_allclose(run.predict(X), X @ run.weights["1.weight"].T + run.weights["1.bias"])


def test_penalties_and_dropout_are_in_the_training_loss_alone():
    still = nets.SGD(lr=0)
    run = fit(nets.Linear(3, 4), nets.CrossEntropyLoss(), ROWS, still, dev=ROWS, l2=2, epochs=1,
              batch_size=30, **QUIET)  # fmt: skip
    size = sum((w**2).sum() for w in run.weights.values())
    assert run.history["loss"][0] == pytest.approx(run.history["dev loss"][0] + size)


# -- stopping --------------------------------------------------------------------------------------


def test_early_stopping_returns_the_best_epoch():
    # Noise is learnt by heart: the loss on other noise falls a little, and rises then.
    noise = np.random.default_rng(1)
    train, dev = (
        Data({"x": noise.normal(size=(20, 8)), "t": noise.integers(0, 3, 20)}, 3, name)
        for name in ("train", "dev")
    )
    seen = []
    run = fit(nets.Linear(8, 3), nets.CrossEntropyLoss(), train, nets.Adam(lr=0.1), dev=dev, epochs=200,
              batch_size=5, patience=4, callbacks=[lambda m: seen.append(m.weights)], **QUIET)  # fmt: skip
    losses = run.history["dev loss"]
    assert len(losses) < 200
    assert run.stopped == "dev loss did not improve for 4 epochs"
    assert run.best == 1 + int(np.argmin(losses)) == len(losses) - 4
    assert run.evaluate(dev)["loss"] == min(losses)
    for path, weight in run.weights.items():
        assert np.array_equal(weight, seen[run.best - 1][path])


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (None, ("dev loss", False)),
        ("dev accuracy", ("dev accuracy", True)),
        ("dev mae", ("dev mae", False)),
        ("lowest dev accuracy", ("dev accuracy", False)),
        ("highest dev loss", ("dev loss", True)),
    ],
)
def test_what_is_best_depends_on_the_measure(told, expected):
    assert monitor_of(told, ROWS, ["loss", "accuracy", "mae"]) == expected


def test_a_callback_ends_the_training():
    run = fit(MLP, nets.CrossEntropyLoss(), ROWS, epochs=9, callbacks=[lambda m: m.epoch == 2],
              batch_size=10, **QUIET)  # fmt: skip
    assert (len(run.history), run.best, run.stopped) == (2, 2, "a callback ended it")


def test_same_seed_same_bits():
    model = nets.Sequential(nets.Linear(3, 6), nets.Dropout(0.2), nets.Linear(6, 4))

    def weights(seed):
        run = fit(model, nets.CrossEntropyLoss(), ROWS, epochs=2, batch_size=8, seed=seed, **QUIET)
        return b"".join(w.tobytes() for w in run.weights.values())

    assert weights(1) == weights(1) != weights(2)


def test_augmentation_changes_rows_anew_each_epoch_and_never_the_data():
    before, seen = X.copy(), []

    def shift(columns, rng):
        columns["x"] += rng.normal(size=(len(columns["x"]), 1))
        seen.append(columns["x"])
        return {"x": columns["x"]}

    fit(MLP, nets.CrossEntropyLoss(), ROWS, epochs=2, batch_size=10, augment=shift, **QUIET)
    assert np.array_equal(before, ROWS.columns["x"])
    assert not np.array_equal(seen[0], seen[1])


def test_each_player_descends_its_own_loss_with_its_own_weights():
    """Two numbers: one makes their product small, then the other makes it large."""
    game = Game()
    data = Data({"x": np.zeros((2, 1))})
    players = [
        Player(lambda w, x: w["a"][0] * w["b"][0] + 0 * x[0], nets.SGD(lr=0.1), "a"),
        Player(lambda w, x: -w["a"][0] * w["b"][0] + 0 * x[0], nets.SGD(lr=0.1), "b"),
    ]
    start = {"a": [1.0], "b": [2.0]}
    run = fit(game, players, data, dev=data, epochs=1, batch_size=2, weights=start, **QUIET)
    a = 1 - 0.1 * 2
    assert run.weights["a"][0] == pytest.approx(a)
    assert run.weights["b"][0] == pytest.approx(2 + 0.1 * a)  # it sees the first one's step
    assert run.history.names[2:] == ["a loss", "b loss", "dev a loss", "dev b loss"]


@dataclass(frozen=True)
class Game(nets.Module):
    """Two numbers."""

    def shapes(self):
        return {"a": (1,), "b": (1,)}


# -- bad input -------------------------------------------------------------------------------------


def table(**columns):
    return Data({"x": X, "t": CLASSES} | columns, name="flowers")


def small(*given, **options):
    return fit(*given, **{"batch_size": 5, "epochs": 1} | options)


LOSS = nets.CrossEntropyLoss()
UP_TO = np.arange(30) % 5

FAULTS = {
    "few rows": (
        lambda: small(MLP, LOSS, table(), batch_size=31),
        DataError,
        "flowers: 30 rows are fewer than a batch of 31; take batch_size=30",
    ),
    "class out of range": (
        lambda: small(MLP, LOSS, table(t=UP_TO)),
        DataError,
        "flowers: row 4 of t holds 4, which is no class; classes are whole numbers from 0 to 3",
    ),
    "class in a function": (
        lambda: small(MLP, lambda w, x, t: LOSS(MLP(x, weights=w), t), table(t=UP_TO - 1)),
        DataError,
        "row 0 of t holds -1, which is no class",
    ),
    "no fraction": (lambda: small(MLP, LOSS, table(t=UP_TO / 2)), DataError, "row 1 of t holds 0.5"),
    "bits": (
        lambda: small(nets.Linear(3, 1), nets.BCEWithLogitsLoss(), table(t=np.tile([[1], [-1]], (15, 1)))),
        DataError,
        "row 1 of t holds -1; targets of binary cross-entropy lie between 0 and 1",
    ),
    "wrong shape": (
        lambda: small(nets.MLP([4, 4]), LOSS, table()),
        GraphError,
        "Linear: the input has shape 3, but the last axis must have in_features = 4",
    ),
    "outputs and targets": (
        lambda: small(MLP, nets.MSELoss(), table()),
        GraphError,
        "the model puts out shape 4 and t has shape scalar; MSELoss takes two of the same shape",
    ),
    "arguments of a loss": (
        lambda: small(MLP, lambda w, x: x[0], table()),
        GraphError,
        "the loss is called with the weights and x, t: too many positional arguments",
    ),
    "nothing to learn": (
        lambda: small(nets.ReLU(), LOSS, table()),
        GraphError,
        "the model has no weights, and so nothing to learn",
    ),
    "untracked": (
        lambda: small(nets.Sequential(nets.BatchNorm1d(3, track_running_stats=False), MLP), LOSS, table()),
        GraphError,
        "a batch norm with track_running_stats=False has nothing to measure single examples with",
    ),
    "metric that is no number": (
        lambda: small(MLP, LOSS, table(), dev=table(), metrics={"f": lambda y, t: y}, **QUIET),
        GraphError,
        "the metric 'f' must return a number, found array",
    ),
    "callbacks": (
        lambda: small(MLP, LOSS, table(), callbacks=print),
        GraphError,
        "callbacks is a list of functions of a Moment, found <built-in function print>",
    ),
    "augmentation of nothing": (
        lambda: small(MLP, LOSS, table(), augment=lambda columns, rng: None, **QUIET),
        DataError,
        "augment returns the columns that it changes, by name; found None",
    ),
    "augmented classes": (
        lambda: small(MLP, LOSS, table(), augment=lambda c, rng: {"t": c["t"] + 4}, **QUIET),
        DataError,
        "flowers, augmented: row 0 of t holds",
    ),
    "weights that are words": (
        lambda: small(MLP, LOSS, table(), weights={"0.bias": "large"}),
        GraphError,
        "the weight 0.bias is no array of numbers: 'large'",
    ),
    "weights without names": (
        lambda: small(MLP, LOSS, table(), weights=[1]),
        GraphError,
        "weights are arrays by name, as in run.weights; found list",
    ),
    "infinite penalty": (
        lambda: small(MLP, LOSS, table(), l1=float("inf")),
        GraphError,
        "l1 must be a number of 0 or more, found inf",
    ),
    "dev of another shape": (
        lambda: small(MLP, LOSS, table(), dev=Data({"x": X[:, :2], "t": CLASSES})),
        DataError,
        "dev rows are x 2, t scalar; training rows are x 3, t scalar",
    ),
    "no model": (lambda: small("mlp", LOSS, table()), GraphError, "expected a model such as MLP"),
    "no data": (
        lambda: small(MLP, LOSS, X),
        DataError,
        'expected Data({"x": rows, "t": targets}), found ndarray',
    ),
    "no loss": (lambda: small(MLP, 3, table()), GraphError, "expected a loss such as CrossEntropyLoss()"),
    "no optimizer": (
        lambda: small(MLP, LOSS, table(), "adam"),
        GraphError,
        "expected an optimizer such as Adam",
    ),
    "one column": (lambda: small(MLP, LOSS, Data({"x": X})), GraphError, "a row has one column only"),
    "metric": (
        lambda: small(MLP, LOSS, table(), metrics=["f1"]),
        GraphError,
        "no metric 'f1'; there are accuracy, mse, mae, or give a function",
    ),
    "metric of nothing": (
        lambda: small(MLP, lambda w, x, t: LOSS(MLP(x, weights=w), t), table(), metrics=["accuracy"]),
        GraphError,
        "say what these are, predict=lambda w, x: ...",
    ),
    "monitor": (
        lambda: small(MLP, LOSS, table(), dev=table(), monitor="dev f1"),
        GraphError,
        "nothing is measured as 'dev f1'; there are dev loss, dev accuracy",
    ),
    "monitor without dev": (
        lambda: small(MLP, LOSS, table(), monitor="dev loss"),
        GraphError,
        "'dev loss' is measured on dev data: give dev=",
    ),
    "patience without dev": (
        lambda: small(MLP, LOSS, table(), patience=3),
        DataError,
        "patience needs dev data to measure on: train, dev = data.split(0.8, 0.2)",
    ),
    "backend": (
        lambda: small(MLP, LOSS, table(), backend="cuda"),
        GraphError,
        "no backend 'cuda'; there are auto, jax, numpy",
    ),
    "epochs": (
        lambda: small(MLP, LOSS, table(), epochs=0),
        GraphError,
        "epochs must be a whole number of 1 or more, found 0",
    ),
    "seed": (
        lambda: small(MLP, LOSS, table(), seed=-1),
        GraphError,
        "the seed is a whole number of 0 or more, found -1",
    ),
    "penalty": (
        lambda: small(MLP, LOSS, table(), l2=-1),
        GraphError,
        "l2 must be a number of 0 or more, found -1",
    ),
    "weights": (
        lambda: small(MLP, LOSS, table(), weights={"0.bias": np.zeros(4)}),
        GraphError,
        "the weight 0.bias has shape 5, found 4",
    ),
    "weights of NaN": (
        lambda: small(MLP, LOSS, table(), weights={"0.bias": np.full(5, np.nan)}),
        GraphError,
        "the weight 0.bias to start from holds nan",
    ),
    "no such weights": (
        lambda: small(MLP, LOSS, table(), weights={"bias": np.zeros(4)}),
        GraphError,
        "no weight 'bias'; there are 0.weight, 0.bias",
    ),
    "players and optimizer": (
        lambda: small(MLP, [Player(LOSS)], table(), nets.SGD(lr=1)),
        GraphError,
        "each player has an optimizer of its own",
    ),
    "augmented shape": (
        lambda: small(MLP, LOSS, table(), augment=lambda c, rng: {"x": c["x"][:, :2]}, **QUIET),
        DataError,
        "flowers, augmented: 30 rows of",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_told(fault):
    attempt, error, told = FAULTS[fault]
    with pytest.raises(error) as found:
        attempt()
    assert told in str(found.value)


def test_divergence_says_since_when_and_what_to_try(tmp_path):
    path = tmp_path / "run.safetensors"
    line, data = nets.Linear(3, 1), Data({"x": X * 10, "y": X[:, :1]})
    with pytest.raises(Diverged) as found:
        fit(line, nets.MSELoss(), data, nets.SGD(lr=4), epochs=60, batch_size=10, checkpoint=path, **QUIET)
    told, run = str(found.value), found.value.run
    assert re.match(r"the (loss is (inf|nan) since step \d+|weight \w+ is no finite number after)", told)
    assert "Try a smaller step size, clip_norm=1, or inputs scaled to about unit variance" in told
    last = len(run.history)
    assert f"{path} holds epoch {last}." in told
    assert run.stopped == "it diverged"
    assert run.best == last > 0
    assert np.isfinite(run.predict(X)).all()
    kept = load_weights(path)
    assert all(np.array_equal(kept[p], w) for p, w in run.weights.items())


def test_a_first_loss_that_is_no_number_is_told():
    data = Data({"x": np.zeros((4, 1)), "t": np.zeros((4, 1))})
    line = nets.Linear(1, 1)
    with pytest.raises(Diverged, match=r"the loss is inf since step 1 of epoch 1, after no step at all"):
        fit(line, lambda w, x, t: -graph.log(x[0]) + 0 * line(x, weights=w)[0], data, epochs=1,
            batch_size=2, **QUIET)  # fmt: skip


def test_weights_that_are_no_numbers_are_divergence_before_their_loss_is_seen():
    """The slope of √|w| at 0 has no bound: the only step of the epoch makes the weight infinite."""
    game, data = Game(), Data({"x": np.zeros((2, 1))})
    with pytest.raises(Diverged, match=r"the weight a is no finite number after the last step of epoch 1"):
        fit(game, lambda w, x: graph.sqrt(w["a"][0]) + 0 * x[0], data,
            nets.SGD(lr=1), weights={"a": [0.0], "b": [0.0]}, epochs=1, batch_size=2, **QUIET)  # fmt: skip
