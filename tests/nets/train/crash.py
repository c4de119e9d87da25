"""Kills training with SIGKILL at random moments, resumes it, and compares all bits with an undisturbed run.

python tests/nets/train/crash.py 20          20 kills, half of them under JAX, half under NumPy
python tests/nets/train/crash.py 20 numpy    only under NumPy
"""

import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TRAINING = """
import hashlib, json, sys
from pathlib import Path
import numpy as np
from tripos import nets
from tripos.nets.train import Data, fit

checkpoint, out, backend, epochs = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
rng = np.random.default_rng(1)
x = rng.normal(size=(96, 6))
data = Data({"x": x, "t": (x[:, 0] * x[:, 1] > 0) + 0.0})
train, dev = data.split(0.75, 0.25)
model = nets.Sequential(
    nets.Linear(6, 12), nets.BatchNorm1d(12), nets.ReLU(), nets.Dropout(0.25), nets.Linear(12, 2)
)

def jitter(columns, rng):
    return {"x": columns["x"] + rng.normal(0, 0.1, columns["x"].shape)}

run = fit(
    model, nets.CrossEntropyLoss(), train, nets.Adam(lr=lambda t: nets.cosine_annealing_lr(0.02, t, 400)),
    dev=dev, epochs=epochs, batch_size=8, seed=3, patience=12, l2=1e-3, clip_norm=1, augment=jitter,
    checkpoint=checkpoint, backend=backend, progress=False,
    callbacks=[lambda moment: print(moment.epoch, flush=True)],
)
digest = hashlib.sha256()
for path, weight in run.weights.items():
    digest.update(f"{path} {weight.dtype} {weight.shape}".encode() + weight.tobytes())
rows = [{k: v for k, v in row.items() if k != "seconds"} for row in run.history]
told = {"weights": digest.hexdigest(), "rows": rows, "best": run.best, "stopped": run.stopped}
out.write_text(json.dumps(told))
"""


def started(folder, backend, epochs):
    command = [sys.executable, "-c", TRAINING, str(folder / "run.safetensors"), str(folder / "out.json")]
    return subprocess.Popen(
        [*command, backend, str(epochs)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finished(folder, backend, epochs):
    process = started(folder, backend, epochs)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return json.loads((folder / "out.json").read_text())


def killed(folder, backend, epochs, draw, most):
    """Kill a run some moments after one of its epochs; return after which, None if it ended before."""
    process = started(folder, backend, epochs)
    left, last = draw.randint(1, most), 0
    for line in process.stdout:
        last, left = int(line), left - 1
        if not left:
            time.sleep(draw.uniform(0, 0.02))
            process.send_signal(signal.SIGKILL)
            break
    process.communicate()
    return last if process.returncode == -signal.SIGKILL else None


def readable(folder):
    """Fail unless the checkpoint, if there is one, can be read; return the epochs in it."""
    from tripos.nets.train.checkpoint import load

    saved = load(folder / "run.safetensors")
    return 0 if saved is None else len(saved.about["history"])


def crash(folder, backend, kills, seed=0, epochs=60, most=12, say=lambda text: None):
    """Kill and resume until so many kills have been survived; return how many runs came to their end."""
    draw = random.Random(seed)
    undisturbed = folder / "undisturbed"
    undisturbed.mkdir()
    expected = finished(undisturbed, backend, epochs)
    say(f"{backend}, undisturbed: {len(expected['rows'])} epochs, best {expected['best']}")
    done = runs = 0
    while done < kills:
        runs += 1
        own = folder / f"killed-{runs}"
        own.mkdir()
        moments = []
        while done < kills and (after := killed(own, backend, epochs, draw, most)) is not None:
            done += 1
            moments.append((after, readable(own)))
            assert moments[-1][1] >= after - 1
        found = finished(own, backend, epochs)
        say(f"{backend}, run {runs}: killed after epoch and with epochs on disk {moments}")
        assert found == expected
        assert [f.name for f in own.iterdir() if f.name.startswith(".")] == []
    return runs


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    backends = sys.argv[2:] or ["numpy", "jax"]
    for i, backend in enumerate(backends):
        share = kills // len(backends) + (i < kills % len(backends))
        with tempfile.TemporaryDirectory() as name:
            runs = crash(Path(name), backend, share, seed=i, say=print)
        print(f"{backend}: {share} kills, {runs} runs, all of the same bits as the undisturbed one")


if __name__ == "__main__":
    main()
