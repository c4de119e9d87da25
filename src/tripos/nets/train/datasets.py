"""Data to train on: the real sets of scikit-learn, sequence tasks, and files of the user's own, all split.

>>> from tripos.nets.train import load
>>> train, dev, test = load("digits")
>>> len(train), len(dev), len(test), train.shapes
(1257, 270, 270, {'x': (64,), 't': ()})
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .data import Data, DataError
from .files import Read, read_csv, read_npz
from .tasks import TASKS

SHARE = 0.15
"""The share of the rows to choose the epoch by, and of those to measure on in the end; one row at least."""
TASK_ROWS = (4000, 500, 500)
"""How many rows of each kind a task draws."""

DATASETS: Mapping[str, str] = {
    "digits": "1,797 handwritten digits, 64 grey values from 0 to 1; ten classes",
    "digit-images": "the same as images 1×8×8",
    "wine": "178 wines, 13 measurements, standardised; three classes",
    "breast-cancer": "569 tumours, 30 measurements, standardised; two classes",
    "diabetes": "442 patients, 10 measurements and the progress of the disease, all standardised",
    "copying": "sequences of 8 symbols out of 8, to be repeated",
    "reversal": "sequences of 8 symbols out of 8, to be repeated backwards",
    "sorting": "sequences of 8 symbols out of 8, to be put in order",
    "adding": "20 numbers of which two are marked; their sum",
}
"""What can be loaded by name."""

Scale = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Splits:
    """Rows to train on, rows to choose the best epoch by, and rows to measure on in the end.

    ``train, dev, test = load("digits")`` takes it apart.  ``names`` are those of the classes, where they have
    any; ``scale`` has mean and standard deviation of each column that was standardised, so that
    ``column * std + mean`` is what it was.
    """

    train: Data
    dev: Data
    test: Data
    names: tuple[str, ...] = ()
    scale: Mapping[str, Scale] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Data]:
        return iter((self.train, self.dev, self.test))


def load(
    source: str | Path,
    seed: int = 0,
    *,
    target: str | None = None,
    classes: int | None = None,
    standardise: bool | None = None,
) -> Splits:
    """Return data by its name in ``DATASETS``, or from a file that ends in .csv or .npz.

    Rows are divided 70 : 15 : 15 by ``seed``, those of classes so that each part has as much of each class.
    Of a file, ``target`` is the name of the column or array to predict, the last one unless given, and
    ``classes`` how many classes it has, 0 for none; without it, words are classes, and whole numbers that
    count from 0.  Inputs of a table are standardised by mean and standard deviation of the training rows, and
    so are targets that are no classes; arrays are left as they are.  ``standardise`` says it otherwise.

    Raises DataError where there is no such data, or where it cannot be trained on.
    """
    name = str(source)
    for option, value in (("target", target), ("classes", classes), ("standardise", standardise)):
        if value is not None and name in DATASETS:
            raise DataError(f"{name}: {option} is for files; this data is what it is")
    if classes is not None and (isinstance(classes, bool) or not isinstance(classes, int) or classes < 0):
        raise DataError(f"{name}: classes is a whole number of 0 or more, found {classes!r}")
    if name in TASKS:
        return _task(name, seed)
    if name in DATASETS:
        return parted(Read(_known(name)), seed, name not in ("digits", "digit-images"))
    path = Path(source)
    if path.suffix.lower() == ".npz":
        return parted(read_npz(path, target, classes), seed, bool(standardise))
    if path.suffix.lower() in (".csv", ".tsv"):
        return parted(read_csv(path, target, classes), seed, standardise is not False)
    raise DataError(
        f"no data is called {name!r}; there are {', '.join(DATASETS)}, and files that end in .csv or .npz"
    )


def _known(name: str) -> Data:
    """Return one of the real sets."""
    try:
        from sklearn import datasets
    except ModuleNotFoundError:
        raise DataError(f"the data {name} needs scikit-learn: pip install 'tripos[train]'") from None
    makers: dict[str, Any] = {
        "digits": datasets.load_digits,
        "digit-images": datasets.load_digits,
        "wine": datasets.load_wine,
        "breast-cancer": datasets.load_breast_cancer,
        "diabetes": datasets.load_diabetes,
    }
    x, t = makers[name](return_X_y=True)
    if name == "diabetes":
        return Data({"x": x, "t": t[:, None]}, name=name)
    if name.startswith("digit"):
        x = x / 16
    if name == "digit-images":
        x = x.reshape(-1, 1, 8, 8)
    return Data({"x": x, "t": t}, int(t.max()) + 1, name)


def _task(name: str, seed: int) -> Splits:
    """Return a task, its parts drawn apart."""
    train, dev, test = (TASKS[name](rows, seed=3 * seed + i) for i, rows in enumerate(TASK_ROWS))
    return Splits(train, dev, test)


# -- parts -----------------------------------------------------------------------------------------


def parted(read: Read, seed: int, standardise: bool) -> Splits:
    """Return data divided by a seed, and standardised by its training rows where asked for."""
    data = read.data
    held = max(1, round(SHARE * len(data)))
    ends = [0, len(data) - 2 * held, len(data) - held, len(data)]
    if ends[1] < 1:
        raise DataError(f"{data.name}: {len(data)} rows are too few to train, choose and measure on; give 3")
    order = _order(data, np.random.default_rng(seed))
    parts = [np.sort(order[a:b]) for a, b in pairwise(ends)]
    scale = _scale(data, parts[0]) if standardise else {}
    scaled = {key: (data.columns[key] - mean) / std for key, (mean, std) in scale.items()}
    columns = {key: scaled.get(key, column) for key, column in data.columns.items()}
    whole = Data(columns, data.classes, data.name)
    train, dev, test = (whole.rows(part) for part in parts)
    return Splits(train, dev, test, read.names, scale)


def _order(data: Data, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the rows in a random order in which every stretch has its share of each class."""
    order = rng.permutation(len(data))
    t = list(data.columns.values())[-1]
    if data.classes is None or t.ndim > 1:
        return order
    place = np.empty(len(data))
    for c in range(data.classes):
        own = order[t[order] == c]
        place[own] = (np.arange(len(own)) + 0.5) / max(len(own), 1)
    return order[np.argsort(place[order], kind="stable")]


def _scale(data: Data, rows: NDArray[np.int64]) -> dict[str, Scale]:
    """Return mean and standard deviation of the training rows, entry by entry; 1 where nothing varies."""
    keys = list(data.columns)
    scale = {}
    for key in keys if data.classes is None else keys[:-1]:
        column = data.columns[key][rows]
        std = column.std(axis=0)
        # Of a column of one value, rounding leaves a deviation that is no deviation.
        flat = std <= 1e-12 * np.abs(column).max(axis=0)
        scale[key] = column.mean(axis=0), np.where(flat, 1.0, std)
    return scale
