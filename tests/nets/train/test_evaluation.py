import numpy as np
import pytest
from sklearn.metrics import accuracy_score, mean_absolute_error, mean_squared_error

from tripos import nets
from tripos.graph import GraphError
from tripos.nets.train import Data, DataError, Player, evaluation, fit
from tripos.nets.train.evaluation import ROWS, accuracy, bits_right

RNG = np.random.default_rng(0)
QUIET = {"epochs": 1, "batch_size": 4, "backend": "numpy", "progress": False}


def test_accuracy_of_classes_one_hot_rows_sequences_and_bits():
    outputs, classes = RNG.normal(size=(50, 4)), RNG.integers(0, 4, 50)
    expected = accuracy_score(classes, outputs.argmax(axis=1))
    assert accuracy(outputs, classes) == expected
    assert accuracy(outputs, np.eye(4)[classes]) == expected
    assert accuracy(outputs.reshape(10, 5, 4), classes.reshape(10, 5)) == expected
    logits, bits = RNG.normal(size=50), RNG.integers(0, 2, 50)
    expected = accuracy_score(bits, logits > 0)
    for shape in ((50,), (50, 1)):
        assert accuracy(logits.reshape(shape), bits) == expected
        assert accuracy(logits.reshape(shape), bits.reshape(-1, 1)) == expected
    assert bits_right(logits.reshape(10, 5), bits.reshape(10, 5)) == expected


def test_errors_are_those_of_scikit_learn():
    outputs, targets = RNG.normal(size=(20, 1)), RNG.normal(size=20)
    assert evaluation.mean_squared_error(outputs, targets) == pytest.approx(
        mean_squared_error(targets, outputs)
    )
    assert evaluation.mean_absolute_error(outputs, targets) == pytest.approx(
        mean_absolute_error(targets, outputs)
    )


def test_several_bits_are_measured_one_by_one():
    data = Data({"x": RNG.normal(size=(8, 3)), "t": RNG.integers(0, 2, (8, 2))})
    run = fit(nets.Linear(3, 2), nets.BCEWithLogitsLoss(), data, **QUIET)
    expected = np.mean((run.predict(data.columns["x"]) > 0) == data.columns["t"])
    assert run.evaluate(data)["accuracy"] == pytest.approx(expected)


def test_more_rows_than_go_through_at_once():
    n = ROWS + 7
    data = Data({"x": RNG.normal(size=(n, 2)), "t": RNG.normal(size=(n, 1))})
    run = fit(nets.Linear(2, 1), nets.MSELoss(), data, metrics=["mse"], **QUIET)
    expected = data.columns["x"] @ run.weights["weight"].T + run.weights["bias"]
    np.testing.assert_allclose(run.predict(data.columns["x"]), expected)
    measured = run.evaluate(data)
    assert measured["loss"] == pytest.approx(measured["mse"])


def test_noise_is_the_same_in_every_call():
    vae = nets.VAE(nets.Linear(3, 4), nets.Linear(2, 3), likelihood="normal")
    data = Data({"x": RNG.normal(size=(8, 3))})
    run = fit(vae, lambda w, x: vae.loss(x, weights=w), data, predict=lambda w, x: vae(x, weights=w), **QUIET)
    assert run.evaluate(data) == run.evaluate(data)
    assert np.array_equal(run.predict(data.columns["x"]), run.predict(data.columns["x"]))


def test_any_graph_of_the_weights_is_applied_to_rows():
    vae = nets.VAE(nets.Linear(3, 4), nets.Linear(2, 3), likelihood="normal")
    run = fit(vae, lambda w, x: vae.loss(x, weights=w), Data({"x": RNG.normal(size=(8, 3))}), **QUIET)
    z = RNG.normal(size=(5, 2))
    expected = z @ run.weights["decoder.weight"].T + run.weights["decoder.bias"]
    np.testing.assert_allclose(run.apply(lambda w, z: vae.decode(z, weights=w), z), expected)


def test_a_prediction_may_take_several_columns_and_options():
    data = Data({"a": np.ones((4, 2)), "b": np.ones((4, 2)), "t": np.zeros((4, 1))})
    line = nets.Linear(2, 1)

    def predict(w, a, b, scale=2):
        return line(scale * (a + b), weights=w)

    run = fit(line, lambda w, a, b, t: nets.MSELoss()(predict(w, a, b), t), data, predict=predict,
              metrics=["mse"], **QUIET)  # fmt: skip
    assert run.predict(np.ones((3, 2)), np.zeros((3, 2))).shape == (3, 1)
    assert run.evaluate(data)["mse"] == pytest.approx(run.evaluate(data)["loss"])
    with pytest.raises(DataError, match="predict: expected 2 columns of inputs, found 1"):
        run.predict(np.ones((3, 2)))


def test_batch_norm_over_sequences_is_measured_with_a_batch_axis():
    # Of 3×3 examples it could not be told which axis holds the features, were there none for the batch.
    model = nets.Sequential(nets.BatchNorm1d(3), nets.Flatten(1), nets.Linear(9, 2))
    data = Data({"x": RNG.normal(size=(8, 3, 3)), "t": RNG.integers(0, 2, 8)})
    run = fit(model, nets.CrossEntropyLoss(reduction="sum"), data, **QUIET | {"epochs": 2})
    w, x = run.weights, data.columns["x"]
    z = (x - w["0.running_mean"][:, None]) / np.sqrt(w["0.running_var"][:, None] + 1e-5)
    z = z * w["0.weight"][:, None] + w["0.bias"][:, None]
    np.testing.assert_allclose(run.predict(x), z.reshape(8, 9) @ w["2.weight"].T + w["2.bias"])
    # A sum over a batch is averaged over its examples, as it is where there is no batch norm.
    assert run.history["loss"][0] < 2


@pytest.mark.parametrize("backend", ["numpy", "jax"])
@pytest.mark.parametrize("most", [ROWS, 8])
def test_how_often_units_are_on_is_measured_over_all_rows(most, backend, monkeypatch):
    """The penalty is that of the mean activation, and not a mean over the penalties of single rows."""
    monkeypatch.setattr(evaluation, "ROWS", most)
    code = nets.Sequential(nets.Linear(3, 2), nets.Sigmoid())
    model = nets.SparseAutoEncoder(code, nets.Linear(2, 3), 1, rho=0.25)
    x = RNG.normal(size=(12, 3))
    run = fit(model, lambda w, x: model.loss(x, weights=w), Data({"x": x}), **QUIET | {"backend": backend})
    h = run.apply(lambda w, x: model.encode(x, weights=w), x)
    restored = run.apply(lambda w, x: model(x, weights=w), x)
    expected = []
    for part in (slice(0, most), slice(most, None)):
        on = h[part].mean(axis=0)
        penalty = np.sum(0.25 * np.log(0.25 / on) + 0.75 * np.log(0.75 / (1 - on)))
        expected += [np.mean((restored[part] - x[part]) ** 2) + penalty] * len(x[part])
        if most >= len(x):
            break
    assert run.evaluate(Data({"x": x}))["loss"] == pytest.approx(np.mean(expected), rel=1e-5)


def test_faults_are_told():
    data = Data({"x": np.ones((4, 2)), "t": np.zeros((4, 1))})
    line = nets.Linear(2, 1)
    run = fit(line, nets.MSELoss(), data, **QUIET)
    with pytest.raises(DataError, match=r"predict: rows of x have shape 3, the model takes 2"):
        run.predict(np.ones((4, 3)))
    with pytest.raises(DataError, match="predict: row 1 of x holds nan"):
        run.predict([[1, 1], [np.nan, 1]])
    with pytest.raises(DataError, match="rows are x 2, t scalar; the model was trained on x 2, t 1"):
        run.evaluate(Data({"x": np.ones((4, 2)), "t": np.zeros(4)}))
    run = fit(line, lambda w, x, t: nets.MSELoss()(line(x, weights=w), t), data, **QUIET)
    with pytest.raises(GraphError, match="predict: what the output is was not said"):
        run.predict(np.ones((4, 2)))


def test_the_losses_of_players_have_their_names():
    data = Data({"x": np.ones((4, 2)), "t": np.zeros((4, 1))})
    line = nets.Linear(2, 1)
    players = [Player(nets.MSELoss(), nets.SGD(lr=0.1)), Player(nets.L1Loss(), nets.SGD(lr=0.1))]
    run = fit(line, players, data, dev=data, **QUIET)
    assert run.history.names[2:] == ["loss", "loss 2", "dev loss", "dev loss 2"]
