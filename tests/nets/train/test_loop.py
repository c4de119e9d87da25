import subprocess
import sys

import numpy as np
import pytest

import nets.train.crash as crash
from tripos import nets
from tripos.graph import symbol
from tripos.nets.train import CheckpointError, Data, Player, fit

RNG = np.random.default_rng(0)
ROWS = Data({"x": RNG.normal(size=(40, 3)), "t": RNG.integers(0, 2, 40)})
TRAIN, DEV = ROWS.split(0.6, 0.4)
MODEL = nets.Sequential(nets.Linear(3, 6), nets.Dropout(0.2), nets.Linear(6, 2))
OPTIONS = {"dev": DEV, "batch_size": 8, "seed": 1, "progress": False, "backend": "numpy", "patience": 5}


def trained(**options):
    loss = options.pop("loss", nets.CrossEntropyLoss())
    optimizer = options.pop("optimizer", nets.Adam(lr=lambda t: nets.exponential_lr(0.05, t, 0.99)))
    return fit(MODEL, loss, options.pop("data", TRAIN), optimizer, **{"epochs": 30} | OPTIONS | options)


def bits(run):
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in run.history]
    return {p: (w.dtype, w.shape, w.tobytes()) for p, w in run.weights.items()}, rows, run.best, run.stopped


class Killed(Exception):
    pass


def kill(epoch):
    def callback(moment):
        if moment.epoch == epoch:
            raise Killed

    return callback


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_a_run_that_was_ended_goes_on_to_the_same_bits(tmp_path, backend):
    path = tmp_path / "run.safetensors"
    whole = trained(backend=backend)
    assert 5 < len(whole.history) < 30  # patience ended it
    for epoch in sorted({2, whole.best, whole.best + 3}) if backend == "numpy" else [whole.best + 2]:
        with pytest.raises(Killed):
            trained(checkpoint=path, callbacks=[kill(epoch)], backend=backend)
    assert bits(trained(checkpoint=path, backend=backend)) == bits(whole)
    # Finished is finished, and more patience goes on.
    assert bits(trained(checkpoint=path, backend=backend)) == bits(whole)
    if backend == "numpy":
        assert bits(trained(checkpoint=path, patience=9)) == bits(trained(patience=9))


def test_players_go_on_with_their_own_states(tmp_path):
    gan = nets.GAN(nets.Linear(2, 3), nets.Linear(3, 1))
    z = symbol("z", 2, "normal")
    players = [
        Player(lambda w, x: gan.discriminator_loss(x, z, weights=w), nets.Adam(lr=0.02), "discriminator"),
        Player(
            lambda w, x: gan.non_saturating_loss(z, weights=w), nets.SGD(lr=0.1, momentum=0.5), "generator"
        ),
    ]
    data = Data({"x": TRAIN.columns["x"]})
    options = {"batch_size": 8, "backend": "numpy", "progress": False, "epochs": 4}
    path = tmp_path / "run.safetensors"
    with pytest.raises(Killed):
        fit(gan, players, data, checkpoint=path, callbacks=[kill(3)], **options)
    assert bits(fit(gan, players, data, checkpoint=path, **options)) == bits(
        fit(gan, players, data, **options)
    )


def test_what_a_callback_ended_stays_ended(tmp_path):
    path = tmp_path / "run.safetensors"
    run = trained(checkpoint=path, callbacks=[lambda m: m.epoch == 2])
    assert bits(trained(checkpoint=path)) == bits(run)


def test_more_epochs_go_on(tmp_path):
    path = tmp_path / "run.safetensors"
    short = trained(checkpoint=path, epochs=2, patience=None)
    assert (len(short.history), short.stopped) == (2, "2 epochs were asked for")
    assert bits(trained(checkpoint=path, epochs=4, patience=None)) == bits(trained(epochs=4, patience=None))


@pytest.mark.parametrize(
    "change",
    [
        {"loss": nets.CrossEntropyLoss(label_smoothing=0.1)},
        {"loss": lambda w, x, t: 2 * nets.CrossEntropyLoss()(MODEL(x, weights=w), t)},
        {"optimizer": nets.Adam(lr=lambda t: nets.exponential_lr(0.05, t, 0.98))},
        {"optimizer": nets.SGD(lr=0.1)},
        {"data": TRAIN.rows(slice(1, None))},
        {"dev": TRAIN},
        {"weights": {"0.bias": np.ones(6)}},
        {"seed": 2},
        {"l2": 0.1},
        {"clip_norm": 1},
        {"batch_size": 9},
        {"monitor": "dev accuracy"},
        {"augment": lambda columns, rng: {}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_checkpoint_of_another_run_is_refused(tmp_path, change):
    path = tmp_path / "run.safetensors"
    trained(checkpoint=path, epochs=1)
    with pytest.raises(CheckpointError, match="this checkpoint is of another run: its model, loss, data"):
        trained(checkpoint=path, epochs=2, **change)
    assert len(trained(checkpoint=path, epochs=1, resume=False, **change).history) == 1


@pytest.mark.parametrize(("backend", "kills"), [("numpy", 2), ("jax", 1)])
def test_killed_at_random_moments(tmp_path, backend, kills):
    crash.crash(tmp_path, backend, kills, epochs=30, most=10)


FINGERPRINT = """
import numpy as np
from tripos import graph, nets
from tripos.nets.train.identity import digest_of
from tripos.nets.train.problem import Limits, Player, build
vae = nets.VAE(nets.Linear(4, 4), nets.Linear(2, 4))
loss = lambda w, x: vae.loss(x, weights=w)
adam = nets.Adam(lr=lambda t: nets.exponential_lr(0.05, t, 0.98))
problems = [
    build(vae, [Player(loss, adam)], {"x": (4,)}, 4, Limits()),
    build(nets.AttentionSeq2Seq(2, 3, 4, 2), [Player(nets.CrossEntropyLoss())],
          {"x": (3, 2), "y": (2, 3), "t": (2,)}, 4, Limits(l1=0.1, clip_norm=1)),
]
print(*(digest_of(p, None, {"x": np.ones(2)}) for p in problems))
"""


def test_a_run_is_known_again_in_another_process():
    found = {
        subprocess.run(
            [sys.executable, "-c", FINGERPRINT], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in "12"
    }
    assert len(found) == 1
