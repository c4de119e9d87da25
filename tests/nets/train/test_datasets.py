import doctest
import sys

import numpy as np
import pytest
from sklearn import datasets as oracle

from tripos.nets.train import DataError, datasets, load
from tripos.nets.train.datasets import DATASETS, TASK_ROWS

REAL = {"digits": 1797, "digit-images": 1797, "wine": 178, "breast-cancer": 569, "diabetes": 442}


def all_rows(splits, key="x"):
    return np.concatenate([part.columns[key] for part in splits])


def test_the_example_of_the_module_is_true():
    assert doctest.testmod(datasets).failed == 0


def test_every_data_set_is_a_real_one_or_a_task():
    assert set(DATASETS) == {*REAL, "copying", "reversal", "sorting", "adding"}


@pytest.mark.parametrize("name", REAL)
def test_real_sets_are_divided_70_15_15_without_overlap(name):
    splits = load(name)
    lengths = [len(part) for part in splits]
    assert sum(lengths) == REAL[name]
    assert np.abs(np.array(lengths) / REAL[name] - [0.7, 0.15, 0.15]).max() <= 1 / REAL[name]
    again, other = load(name), load(name, seed=1)
    assert np.array_equal(all_rows(splits), all_rows(again))
    assert not np.array_equal(all_rows(splits), all_rows(other))


@pytest.mark.parametrize("name", ["wine", "breast-cancer", "digits"])
def test_each_part_has_its_share_of_each_class(name):
    splits = load(name, seed=3)
    whole = np.bincount(all_rows(splits, "t").astype(int))
    for part, share in zip(splits, (0.7, 0.15, 0.15), strict=True):
        found = np.bincount(part.columns["t"].astype(int), minlength=len(whole))
        assert np.abs(found - share * whole).max() <= 1.5
        assert part.classes == len(whole)


def test_digits_are_those_of_scikit_learn_scaled_to_1():
    pixels, labels = oracle.load_digits(return_X_y=True)
    expected = sorted((*row, label) for row, label in zip(pixels / 16, labels, strict=True))
    for name, shape in (("digits", (64,)), ("digit-images", (1, 8, 8))):
        splits = load(name)
        assert splits.train.shapes == {"x": shape, "t": ()}
        rows = np.column_stack([all_rows(splits).reshape(-1, 64), all_rows(splits, "t")])
        assert sorted(map(tuple, rows)) == expected


@pytest.mark.parametrize("name", ["wine", "breast-cancer", "diabetes"])
def test_training_rows_alone_decide_the_scale(name):
    splits = load(name)
    for key in ("x", "t") if name == "diabetes" else ("x",):
        column = splits.train.columns[key]
        assert np.abs(column.mean(axis=0)).max() < 1e-9
        assert np.abs(column.std(axis=0) - 1).max() < 1e-9
        assert np.abs(splits.test.columns[key].mean(axis=0)).max() > 1e-3
    loader = getattr(oracle, f"load_{name.replace('-', '_')}")
    raw, _ = loader(return_X_y=True)
    mean, std = splits.scale["x"]
    assert np.sort(all_rows(splits) * std + mean, axis=0) == pytest.approx(np.sort(raw, axis=0))
    assert ("t" in splits.scale) == (name == "diabetes")


def test_tasks_draw_their_parts_apart():
    for name in ("copying", "reversal", "sorting", "adding"):
        splits = load(name)
        assert [len(part) for part in splits] == list(TASK_ROWS)
        assert not np.array_equal(splits.dev.columns["x"], splits.test.columns["x"])
        assert np.array_equal(load(name, seed=1).dev.columns["t"], load(name, seed=1).dev.columns["t"])
        assert not np.array_equal(splits.train.columns["x"], load(name, seed=1).train.columns["x"])


# -- files -------------------------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path):
    """Return a table of two classes by name; the second column does not vary."""
    path = tmp_path / "kinds.csv"
    path.write_text("a,b,kind\n" + "".join(f"{i},0.1,{'even' if i % 2 == 0 else 'odd'}\n" for i in range(20)))
    return path


def test_a_table_is_standardised_unless_told_otherwise(table):
    splits = load(table)
    assert splits.names == ("even", "odd")
    assert splits.train.columns["x"][:, 0].std() == pytest.approx(1)
    assert np.abs(splits.train.columns["x"][:, 1]).max() < 1e-12
    raw = load(table, standardise=False)
    assert sorted(all_rows(raw)[:, 0]) == list(range(20))
    assert raw.scale == {}
    assert raw.train.columns["t"].mean() == 0.5


def test_targets_of_numbers_are_standardised_with_their_table(tmp_path):
    path = tmp_path / "numbers.csv"
    path.write_text("a,b\n" + "".join(f"{i},{i * i}\n" for i in range(10)))
    splits = load(path)
    mean, std = splits.scale["t"]
    assert sorted(np.ravel(all_rows(splits, "t") * std + mean)) == pytest.approx([i * i for i in range(10)])


def test_arrays_are_left_as_they_are(tmp_path):
    path = tmp_path / "rows.npz"
    np.savez(path, x=np.arange(20.0).reshape(10, 2), t=np.arange(10) % 2)
    splits = load(path)
    assert sorted(all_rows(splits)[:, 0]) == list(range(0, 20, 2))
    assert load(str(path), standardise=True).train.columns["x"].std() == pytest.approx(1)


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("digit", {}, "no data is called 'digit'; there are digits, digit-images, wine"),
        ("rows.txt", {}, r"files that end in .csv or .npz"),
        ("digits", {"target": "t"}, "digits: target is for files"),
        ("adding", {"classes": 2}, "adding: classes is for files"),
        ("a.csv", {"classes": -1}, "classes is a whole number of 0 or more"),
    ],
)
def test_what_cannot_be_loaded_is_said(source, options, message):
    with pytest.raises(DataError, match=message):
        load(source, **options)


def test_too_few_rows_to_divide(tmp_path):
    path = tmp_path / "few.csv"
    path.write_text("a,t\n1,0.5\n2,0.25\n")
    with pytest.raises(DataError, match="2 rows are too few"):
        load(path)
    path.write_text("a,t\n" + "1,0.5\n" * 3)
    assert [len(part) for part in load(path)] == [1, 1, 1]


def test_without_scikit_learn_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(DataError, match=r"digits needs scikit-learn: pip install 'tripos\[train\]'"):
        load("digits")
