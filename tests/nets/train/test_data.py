import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripos.nets.train import Data, DataError

X = np.arange(20.0).reshape(10, 2)
DATA = Data({"x": X, "t": np.arange(10) % 3}, 3, "numbers")


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({}, "there is no column; name at least one, such as x"),
        (X, "expected columns by name, such as"),
        ({"x": X, "t": [1, 2]}, "all columns must have as many rows; x has 10, t has 2"),
        ({"x": np.zeros((0, 2))}, "there are no rows"),
        (
            {"x": [[1, 2], [3]]},
            "the column x holds something else than numbers, or rows of different lengths",
        ),
        ({"x": ["a"]}, "the column x holds something else than numbers"),
        ({"x": 3}, "the column x is a single number; a column has a row for each example"),
        ({"x": [[1, 2], [3, np.nan]]}, "row 1 of x holds nan; leave out such rows, or fill the gaps"),
        ({"x": [1, 2, -np.inf]}, "row 2 of x holds -inf"),
        (
            {"x": [1, 2], "t": [0, 3]},
            "row 1 of t holds 3, which is no class; classes are whole numbers from 0 to 2",
        ),
        ({"x": [1, 2], "t": [[0, 1], [2, -1]]}, "row 1 of t holds -1, which is no class"),
        ({"x": [1, 2], "t": [0.5, 1]}, "row 0 of t holds 0.5, which is no class"),
    ],
)
def test_faults_are_told(columns, told):
    with pytest.raises(DataError) as found:
        Data(columns, 3, "rows.csv")
    assert str(found.value).startswith("rows.csv: ")
    assert told in str(found.value)


def test_columns_cannot_be_written_to_and_those_given_can():
    with pytest.raises(ValueError, match="read-only"):
        DATA.columns["x"][0] = 1
    X[0, 0] = 0  # the user's own array stays as it was


@given(st.lists(st.floats(0.05, 0.4), min_size=1, max_size=2), st.integers(0, 9))
def test_parts_are_disjoint_and_drawn_from_the_seed(shares, seed):
    shares = [*shares, 1 - sum(shares)]
    rows = Data({"i": np.arange(60)})
    parts = rows.split(*shares, seed=seed)
    together = np.concatenate([part.columns["i"] for part in parts])
    assert sorted(together) == list(range(60))
    again = rows.split(*shares, seed=seed)
    assert all(np.array_equal(a.columns["i"], b.columns["i"]) for a, b in zip(parts, again, strict=True))
    for part, share in list(zip(parts, shares, strict=True))[1:]:
        assert len(part) == int(share * 60 + 1e-9)


@pytest.mark.parametrize("shares", [(), (0.5, 0.6), (0.5, 0), (0.5, float("nan"))])
def test_shares_that_make_no_sense_are_told(shares):
    with pytest.raises(DataError, match="numbers: shares are above 0 and add up to at most 1"):
        DATA.split(*shares)


def test_too_few_rows_to_split_are_told():
    with pytest.raises(DataError, match="numbers: 10 rows are too few for parts of"):
        DATA.split(0.99, 0.01)


def test_rows_and_their_shapes():
    assert repr(DATA) == "<Data numbers: 10 rows of x 2, t scalar>"
    assert DATA.shapes == {"x": (2,), "t": ()}
    part = DATA.rows([3, 1])
    assert part.columns["x"].tolist() == [[6, 7], [2, 3]]
    assert (part.classes, part.name, len(part)) == (3, "numbers", 2)
