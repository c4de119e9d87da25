import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripos.nets.train import DataError, adding, copying, reversal, sorting

sizes = st.integers(1, 6)
seeds = st.integers(0, 10**6)


@given(rows=sizes, length=sizes, symbols=sizes, seed=seeds)
@pytest.mark.parametrize(
    ("task", "answer"), [(copying, list), (reversal, lambda s: s[::-1]), (sorting, sorted)]
)
def test_targets_are_what_the_task_asks_for(task, answer, rows, length, symbols, seed):
    data = task(rows, length, symbols, seed)
    x, y, t = (data.columns[key] for key in "xyt")
    assert data.shapes == {"x": (length, symbols), "y": (length, symbols + 1), "t": (length,)}
    assert data.classes == symbols
    for one_hot in (x, y):
        assert np.array_equal(one_hot.sum(axis=-1), np.ones((rows, length)))
    assert [answer(row) for row in x.argmax(axis=-1).tolist()] == t.tolist()
    read = y.argmax(axis=-1)
    assert (read[:, 0] == symbols).all()
    assert np.array_equal(read[:, 1:], t[:, :-1])


@given(rows=sizes, length=st.integers(2, 9), seed=seeds)
def test_marked_numbers_are_added(rows, length, seed):
    data = adding(rows, length, seed)
    x, t = data.columns["x"], data.columns["t"]
    assert (x.shape, t.shape) == ((rows, length, 2), (rows, 1))
    assert x[..., 0].min() >= 0
    assert x[..., 0].max() < 1
    half = length // 2
    assert (x[:, :half, 1].sum(axis=1) == 1).all()
    assert (x[:, half:, 1].sum(axis=1) == 1).all()
    chosen = [[row[0] for row in rows if row[1] == 1] for rows in x.tolist()]
    assert t[:, 0].tolist() == [a + b for a, b in chosen]


def test_to_guess_1_has_a_squared_error_of_a_sixth():
    assert np.mean((adding(40_000).columns["t"] - 1) ** 2) == pytest.approx(1 / 6, rel=0.03)


@pytest.mark.parametrize("task", [copying, reversal, sorting, adding])
def test_a_seed_draws_the_same_rows(task):
    one, same, other = task(5, seed=1), task(5, seed=1), task(5, seed=2)
    assert np.array_equal(one.columns["x"], same.columns["x"])
    assert not np.array_equal(one.columns["x"], other.columns["x"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: copying(0), "copying: rows must be a whole number of 1 or more, found 0"),
        (lambda: sorting(5, length=0), "sorting: length"),
        (lambda: reversal(5, symbols=2.5), "reversal: symbols must be a whole number"),
        (lambda: adding(5, length=1), "adding: length must be 2 or more, found 1"),
    ],
)
def test_sizes_that_make_no_sense(call, message):
    with pytest.raises(DataError, match=message):
        call()
