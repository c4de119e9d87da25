from functools import cache

import numpy as np
import pytest

from tripos.graph import GraphError
from tripos.nets.train import Data, DataError, load
from tripos.nets.train.built_in import BUILT_IN, maker_of

load = cache(load)
FEW = {"rnn", "lstm", "gru", "seq2seq", "attention-seq2seq"}


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_model_trains_on_the_data_that_suits_it(name):
    """What it learns must be better than what it starts from; a few rows of long sequences are enough."""
    found = BUILT_IN[name]
    train, dev, _ = load(found.data)
    rows = slice(64 if name in FEW else 256)
    recipe = found.make(train)
    run = recipe.fit(train.rows(rows), dev.rows(rows), backend="numpy", epochs=3)
    losses = run.history["loss"]
    assert np.isfinite(losses).all()
    assert min(losses[1:]) < losses[0]


@pytest.mark.parametrize(
    ("name", "data", "least"),
    [("softmax", "wine", 0.85), ("logistic", "breast-cancer", 0.9), ("residual-mlp", "wine", 0.9)],
)
def test_classes_are_learnt(name, data, least):
    train, dev, test = load(data)
    run = BUILT_IN[name].make(train).fit(train, dev, backend="numpy")
    assert run.evaluate(test)["accuracy"] >= least


def test_numbers_are_predicted():
    train, dev, test = load("diabetes")
    run = BUILT_IN["mlp"].make(train).fit(train, dev, backend="numpy", epochs=5)
    assert run.evaluate(test)["loss"] < 0.8  # 1 is what the mean of the training rows gives, about


def test_a_step_of_the_perceptron_is_its_rule():
    """On a mistake w moves by y x and b by y, else nothing moves."""
    data = Data({"x": [[3.0, -1.0]], "t": [1]}, 2)
    recipe = BUILT_IN["perceptron"].make(data)
    for w, b, mistake in (([-1, 0], 0, True), ([1, 0], 0, False)):
        start = {"weight": np.array(w, float), "bias": np.array(float(b))}
        run = recipe.fit(data, epochs=1, weights=start, backend="numpy")
        assert run.weights["weight"].tolist() == ([w[0] + 3, w[1] - 1] if mistake else w)
        assert run.weights["bias"] == b + mistake


def test_images_are_read_row_by_row():
    train, dev, _ = load("digit-images")
    run = (
        BUILT_IN["gru"].make(train).fit(train.rows(slice(64)), dev.rows(slice(20)), backend="numpy", epochs=1)
    )
    assert run.predict(dev.columns["x"][:3]).shape == (3, 10)


def test_small_images_are_pooled_as_far_as_they_go():
    data = Data({"x": np.ones((4, 3, 2, 5)), "t": [0, 1, 0, 1]}, 2)
    run = BUILT_IN["cnn"].make(data).fit(data, backend="numpy", epochs=1)
    assert run.predict(data.columns["x"]).shape == (4, 2)


def test_a_vae_reads_bits_or_numbers():
    bits = Data({"x": [[0.0, 1.0], [0.5, 0.5]]})
    assert BUILT_IN["vae"].make(bits).model.likelihood == "bernoulli"
    assert BUILT_IN["vae"].make(Data({"x": [[-1.0, 2.0]]})).model.likelihood == "normal"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("mlp", "digit-images", "mlp: rows of digit-images have shape 1×8×8, where a vector was expected"),
        ("cnn", "digits", "cnn: rows of digits have shape 64, where channels×height×width was expected"),
        ("lstm", "wine", "lstm: rows of wine have shape 13, where length×features was expected"),
        ("softmax", "diabetes", "softmax: expected classes, but diabetes has none; take data such as digits"),
        (
            "logistic",
            "wine",
            "logistic: expected 2 classes, found 3 in wine; take data such as breast-cancer",
        ),
        ("seq2seq", "digits", "seq2seq: expected the columns x, y and t of a sequence task, found x 64, t"),
        ("rnn", "reversal", "rnn: expected inputs and a target, found x, y, t in reversal"),
    ],
)
def test_data_that_does_not_suit_a_model(name, data, message):
    with pytest.raises(DataError, match=message):
        BUILT_IN[name].make(load(data).train)


def test_names_of_models():
    assert maker_of("mlp") is BUILT_IN["mlp"]
    assert all(found.about and len(found.about) < 80 for found in BUILT_IN.values())
    with pytest.raises(GraphError, match="no model is called 'MLP'; there are softmax, logistic"):
        maker_of("MLP")
