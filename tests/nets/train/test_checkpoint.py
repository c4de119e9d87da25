import os
import resource
import signal
import subprocess
import sys
from errno import ENOSPC

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tripos.nets.train import CheckpointError, load_weights
from tripos.nets.train.checkpoint import load, save, sweep

ARRAYS = {"w": np.arange(6.0).reshape(2, 3), "t": np.float32(3), "n": np.zeros(())}
ABOUT = {"run": "abc", "history": [{"loss": 0.1, "dev loss": float("inf")}]}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.safetensors"


def hidden(folder):
    return [file.name for file in folder.iterdir() if file.name.startswith(".")]


def same(found, expected):
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        assert found[name].dtype == np.asarray(array).dtype
        assert found[name].shape == np.shape(array)
        assert found[name].tobytes() == np.asarray(array).tobytes()


def test_what_is_saved_is_read_back_to_the_bit(path):
    assert load(path) is None
    save(path, ARRAYS, ABOUT)
    found = load(path)
    same(found.arrays, ARRAYS)
    assert found.about == ABOUT
    assert hidden(path.parent) == []


values = st.sampled_from([np.float32, np.float64]).flatmap(
    lambda kind: arrays(kind, array_shapes(min_dims=0, max_dims=3, max_side=3))
)


@settings(max_examples=30)
@given(st.dictionaries(st.text("abc.0_", min_size=1, max_size=6), values, max_size=3))
def test_any_arrays_come_back(tmp_path_factory, given):
    path = tmp_path_factory.mktemp("any") / "run.safetensors"
    save(path, given, {})
    same(load(path).arrays, given)


@pytest.mark.parametrize("content", [b"", b"\0" * 7, b"{}" * 40, (2**60).to_bytes(8, "little") + b"{}"])
def test_what_is_no_checkpoint_is_told(path, content):
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="this is no checkpoint of a training run; name another file"):
        load(path)


def test_a_part_of_a_checkpoint_is_told(path):
    save(path, ARRAYS, ABOUT)
    whole = path.read_bytes()
    for n in range(0, len(whole), 7):
        path.write_bytes(whole[:n])
        with pytest.raises(CheckpointError, match="this is no checkpoint"):
            load(path)


def test_a_folder_in_its_place_is_told(path):
    path.mkdir()
    with pytest.raises(CheckpointError, match="cannot read the checkpoint: Is a directory"):
        load(path)
    with pytest.raises(CheckpointError, match="cannot write the checkpoint: Is a directory"):
        save(path, ARRAYS, ABOUT)
    assert hidden(path.parent) == []


@pytest.mark.parametrize("call", ["fsync", "write"])
def test_a_full_disk_keeps_the_last_checkpoint_and_leaves_nothing(path, monkeypatch, call):
    def full(*args):
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    def told(kept):
        with pytest.raises(CheckpointError) as found:
            save(path, ARRAYS | {"w": np.ones(3)}, ABOUT)
        assert str(found.value) == (
            f"{path}: cannot write the checkpoint: No space left on device; {kept}. Make room, or save "
            "elsewhere, and run again: it goes on from the last checkpoint"
        )
        assert hidden(path.parent) == []

    def ill(patch):
        if call == "fsync":
            patch.setattr(os, "fsync", full)
        else:
            patch.setattr("pathlib.Path.open", lambda *args: Full(full))

    with monkeypatch.context() as patch:
        ill(patch)
        told("nothing was written")
    save(path, ARRAYS, ABOUT)
    with monkeypatch.context() as patch:
        ill(patch)
        told("the one before is kept")
    same(load(path).arrays, ARRAYS)


class Full:
    """A file on a disk that has no room left."""

    def __init__(self, write):
        self.write = write

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return False


def test_an_interrupt_while_saving_leaves_nothing(path, monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(path, ARRAYS, ABOUT)
    assert list(path.parent.iterdir()) == []


DYING = """
import os, signal, sys
from pathlib import Path
import numpy as np
from tripos.nets.train import checkpoint

def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)

class Half:
    def __init__(self, file):
        self.file = file
    def __enter__(self):
        return self
    def __exit__(self, *args):
        pass
    def write(self, data):
        self.file.write(data[: len(data) // 2])
        self.file.flush()
        die()

path = Path(sys.argv[1])
checkpoint.save(path, {"w": np.ones(3)}, {})
opened = Path.open
if sys.argv[2] == "write":
    Path.open = lambda self, mode: Half(opened(self, mode))
elif sys.argv[2] == "fsync":
    os.fsync = die
else:
    checkpoint._settle = die
checkpoint.save(path, {"w": np.zeros(3)}, {})
"""


@pytest.mark.parametrize(("moment", "kept"), [("write", 1), ("fsync", 1), ("replaced", 0)])
def test_a_process_killed_while_it_saves_leaves_a_whole_checkpoint(path, moment, kept):
    done = subprocess.run([sys.executable, "-c", DYING, str(path), moment])
    assert done.returncode == -signal.SIGKILL
    same(load(path).arrays, {"w": np.full(3, float(kept))})
    assert len(hidden(path.parent)) == kept
    sweep(path)
    assert hidden(path.parent) == []


TRAINING = """
import resource, signal, sys
import numpy as np
from tripos import nets
from tripos.nets.train import CheckpointError, Data, fit
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
data = Data({"x": np.ones((8, 40)), "t": np.zeros(8)})
def full(moment):
    if moment.epoch == 3:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, resource.RLIM_INFINITY))
try:
    fit(nets.MLP([40, 8, 2]), nets.CrossEntropyLoss(), data, epochs=9, batch_size=4, backend="numpy",
        checkpoint=sys.argv[1], callbacks=[full])
except CheckpointError as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="no limit on the size of files here")
def test_training_on_a_full_disk_keeps_the_last_epoch(path):
    done = subprocess.run([sys.executable, "-c", TRAINING, str(path)], capture_output=True, text=True)
    assert "cannot write the checkpoint: File too large; the one before is kept" in done.stdout, done.stderr
    assert len(load(path).about["history"]) == 2
    assert hidden(path.parent) == []


def test_what_killed_processes_left_is_swept(path):
    (path.parent / ".run.safetensors.123.part").write_bytes(b"half")
    (path.parent / ".other.safetensors.123.part").write_bytes(b"of another run")
    sweep(path)
    assert hidden(path.parent) == [".other.safetensors.123.part"]


def test_weights_are_read_from_a_checkpoint_or_a_saved_run(path):
    with pytest.raises(CheckpointError, match="there is no such file"):
        load_weights(path)
    save(path, {"w": np.ones(2)}, {"model": "Linear"})
    same(load_weights(path), {"w": np.ones(2)})
    save(path, {"weights.w": np.ones(2), "state.0.0": np.zeros(())}, ABOUT)
    same(load_weights(path), {"w": np.ones(2)})
    save(path, {"weights.w": np.ones(2), "best.w": np.zeros(2)}, ABOUT)
    same(load_weights(path), {"w": np.zeros(2)})
