"""A run on disk: written whole or not at all, and read back to the same bits.

A checkpoint is one file of safetensors: arrays, and a text that says which run they belong to.
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

PART = ".part"
"""How a file ends that is being written."""

Arrays = dict[str, NDArray[Any]]


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be written, read, or that belongs to another run."""


class Saved(NamedTuple):
    """What a checkpoint holds: arrays by name, and what is known about them."""

    arrays: Arrays
    about: dict[str, Any]


def save(path: Path, arrays: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    """Write a checkpoint; whoever reads the path finds the old file or the new one, never a part."""
    tensors = _library()
    data = tensors.save(
        {name: np.asarray(array, order="C") for name, array in arrays.items()},
        metadata={"tripos": json.dumps(about)},
    )
    temporary = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _settle(path.parent)
    except BaseException as error:  # whatever it is, no half file stays
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        kept = "the one before is kept" if path.exists() else "nothing was written"
        raise CheckpointError(
            f"{path}: cannot write the checkpoint: {error.strerror or error}; {kept}. Make room, or save "
            "elsewhere, and run again: it goes on from the last checkpoint"
        ) from None


def sweep(path: Path) -> None:
    """Remove what processes that were killed while they saved have left beside a checkpoint."""
    if path.parent.is_dir():
        for left in path.parent.glob(f".{glob.escape(path.name)}.*{PART}"):
            with contextlib.suppress(OSError):
                left.unlink()


def _settle(folder: Path) -> None:
    """Have the name of a new file written to disk as well, where a folder can be opened for that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def load(path: Path) -> Saved | None:
    """Return what a checkpoint holds, None where there is none."""
    tensors = _library()
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CheckpointError(f"{path}: cannot read the checkpoint: {error.strerror}") from None
    try:
        size = int.from_bytes(data[:8], "little")
        about = json.loads(json.loads(data[8 : 8 + size])["__metadata__"]["tripos"])
        arrays = tensors.load(data)
    except Exception:  # the library raises an error of its own, which is no ValueError
        raise CheckpointError(
            f"{path}: this is no checkpoint of a training run; name another file, or remove it to start anew"
        ) from None
    return Saved(dict(arrays), about)


def load_weights(path: str | Path) -> Arrays:
    """Return the weights in a file of ``Run.save``, or the best so far in a checkpoint, by path."""
    saved = load(Path(path))
    if saved is None:
        raise CheckpointError(f"{path}: there is no such file")
    for start in ("best.", "weights."):
        if "run" in saved.about and any(name.startswith(start) for name in saved.arrays):
            return {n.removeprefix(start): a for n, a in saved.arrays.items() if n.startswith(start)}
    return saved.arrays


def _library() -> Any:
    try:
        import safetensors.numpy
    except ModuleNotFoundError:
        raise CheckpointError("checkpoints need safetensors: pip install 'tripos[train]'") from None
    return safetensors.numpy
