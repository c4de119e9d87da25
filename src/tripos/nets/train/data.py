"""Rows to learn from: columns of equal length, checked before anything is trained on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...graph.node import Shape, show_shape

Column = NDArray[np.float64]


class DataError(ValueError):
    """Data that cannot be trained on; the message says what was found and what to do."""


@dataclass(frozen=True, eq=False, repr=False)
class Data:
    """Columns by name, in the order in which a loss takes them; the first axis of each counts the rows.

    ``classes`` is the number of classes where the last column holds classes, counted from 0; ``name`` is what
    messages call the data.
    """

    columns: Mapping[str, Any]
    classes: int | None = None
    name: str = "the data"

    def __post_init__(self) -> None:
        if not isinstance(self.columns, Mapping):
            raise DataError(
                f'{self.name}: expected columns by name, such as {{"x": inputs, "t": targets}}, '
                f"found {type(self.columns).__name__}"
            )
        found = {str(key): _column(self.name, key, value) for key, value in self.columns.items()}
        if not found:
            raise DataError(f"{self.name}: there is no column; name at least one, such as x")
        lengths = {key: len(column) for key, column in found.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{key} has {n:,}" for key, n in lengths.items())
            raise DataError(f"{self.name}: all columns must have as many rows; {told}")
        if not len(self):
            raise DataError(f"{self.name}: there are no rows")
        object.__setattr__(self, "columns", found)
        if self.classes is not None:
            check_classes(found[list(found)[-1]], self.classes, self.name, list(found)[-1])

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __repr__(self) -> str:
        return f"<Data {self.name}: {len(self):,} rows of {show_row(self.shapes)}>"

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of one row of each column."""
        return {key: column.shape[1:] for key, column in self.columns.items()}

    def rows(self, which: Any) -> Data:
        """Return some of the rows, by their indices or a slice."""
        return Data({k: column[which] for k, column in self.columns.items()}, self.classes, self.name)

    def split(self, *shares: float, seed: int = 0) -> tuple[Data, ...]:
        """Return disjoint parts drawn from a seed, one for each share; the first has what is left over.

        ``train, dev = data.split(0.8, 0.2)``.
        """
        if not shares or not all(share > 0 for share in shares) or sum(shares) > 1 + 1e-9:
            raise DataError(f"{self.name}: shares are above 0 and add up to at most 1, found {shares}")
        sizes = [int(share * len(self) + 1e-9) for share in shares]
        sizes[0] += len(self) - sum(sizes) if abs(sum(shares) - 1) < 1e-9 else 0
        if min(sizes) < 1:
            raise DataError(f"{self.name}: {len(self):,} rows are too few for parts of {shares}")
        order = np.random.default_rng(seed).permutation(len(self))
        ends = np.cumsum([0, *sizes])
        return tuple(self.rows(np.sort(order[a:b])) for a, b in pairwise(ends))


def show_row(shapes: Mapping[str, Shape]) -> str:
    """Return in words what a row is made of: x 3×8, t scalar."""
    return ", ".join(f"{key} {show_shape(shape)}" for key, shape in shapes.items())


def check_classes(column: Column, classes: int, name: str, key: str) -> None:
    """Raise DataError where a column holds anything but classes counted from 0."""
    wrong = (column != np.floor(column)) | (column < 0) | (column >= classes)
    if np.any(wrong):
        row = int(np.argmax(wrong.reshape(len(column), -1).any(axis=1)))
        found = np.ravel(column[row])[np.ravel(wrong[row])][0]
        raise DataError(
            f"{name}: row {row} of {key} holds {found:g}, which is no class; "
            f"classes are whole numbers from 0 to {classes - 1}"
        )


def _column(name: str, key: str, value: Any) -> Column:
    """Return a column as float64, not to be written to.

    Raises DataError where it holds anything but finite numbers.
    """
    try:
        column = np.asarray(value, dtype=np.float64).view()
    except (TypeError, ValueError):
        raise DataError(
            f"{name}: the column {key} holds something else than numbers, or rows of different lengths"
        ) from None
    if not column.ndim:
        raise DataError(f"{name}: the column {key} is a single number; a column has a row for each example")
    if column.size and not np.all(np.isfinite(column)):
        row = int(np.argmax(~np.isfinite(column.reshape(len(column), -1)).all(axis=1)))
        found = np.ravel(column[row])
        bad = found[~np.isfinite(found)][0]
        raise DataError(
            f"{name}: row {row} of {key} holds {bad}; leave out such rows, or fill the gaps, before training"
        )
    column.flags.writeable = False
    return column
