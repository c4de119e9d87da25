import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.nets.train import DataError
from tripos.nets.train import files as module
from tripos.nets.train.files import read_csv, read_npz


@pytest.fixture
def table(tmp_path):
    """Return a function that writes a table and returns its path."""

    def write(text, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def columns(read):
    return {key: column.tolist() for key, column in read.data.columns.items()}


# -- tables that are read ----------------------------------------------------------------------------


def test_the_last_column_is_the_target_unless_another_is_named(table):
    path = table("a,b,c\n1,2,0.5\n3,4,0.25\n")
    assert columns(read_csv(path)) == {"x": [[1, 2], [3, 4]], "t": [[0.5], [0.25]]}
    assert columns(read_csv(path, "a")) == {"x": [[2, 0.5], [4, 0.25]], "t": [[1], [3]]}
    assert read_csv(path).data.classes is None


def test_words_are_classes_in_alphabetical_order(table):
    read = read_csv(table('a,kind\n1,pear\n2,"apple, red"\n3,pear\n'))
    assert columns(read) == {"x": [[1], [2], [3]], "t": [1, 0, 1]}
    assert (read.data.classes, read.names) == (2, ("apple, red", "pear"))


def test_whole_numbers_that_count_from_0_are_classes_unless_told_otherwise(table):
    path = table("a,t\n1,0\n2,1\n3,1\n4,0\n")
    assert read_csv(path).data.classes == 2
    assert read_csv(path, classes=3).data.classes == 3
    assert columns(read_csv(path, classes=0))["t"] == [[0], [1], [1], [0]]


@pytest.mark.parametrize("targets", [[1, 2, 1, 2], [0, 2, 0, 2], [0, 0, 0, 0], [0, 1, 2, 3], [0, 0.5, 1, 1]])
def test_other_numbers_are_to_be_predicted(table, targets):
    text = "a,t\n" + "".join(f"1,{t}\n" for t in targets)
    read = read_csv(table(text))
    assert (read.data.classes, read.data.shapes["t"]) == (None, (1,))


@pytest.mark.parametrize("divider", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_dividers_and_ends_of_lines(table, divider, end):
    rows = [["a", "b"], ["1", " 2e1 "], [], ["-3", "4.5"], []]
    text = end.join(divider.join(row) for row in rows)
    expected = {"x": [[1], [-3]], "t": [[20], [4.5]]}
    assert columns(read_csv(table(text))) == expected
    assert columns(read_csv(table("\ufeff" + text))) == expected


# -- tables that are refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,t\n1,2\nnan,3\n", ":3: the column 'a' holds 'nan'; leave out such rows, or fill the gaps"),
        ("a,t\n1,2\n,3\n", ":3: the column 'a' is empty; leave out"),
        ("a,t\n1,2\n1,\n", ":3: the column 't' is empty"),
        ("a,t\n1,2\n1,NA\n", ":3: the column 't' holds 'NA'"),
        ("a,t\nred,2\n", ":2: the column 'a' holds the text 'red', where a number was expected"),
        ("a,t\n1_000,2\n", ":2: the column 'a' holds the text '1_000'"),
        ("a,t\n1e999,2\n", ":2: the column 'a' holds '1e999', which is no finite number"),
        ("a,t\n1,2\n3,x\n", ":3: the column 't' holds the text 'x'"),
        ("a,t\n1,2\n3\n", ":3: this row has 1 entries, but the header names 2 columns"),
        ("a,t\n1,2,3\n", ":2: this row has 3 entries"),
        ('a,t\n"1\n",2\n3\n', ":4: this row has 1 entries"),
        ('a,t\n1,"2\n', "this is no CSV"),
        ("a,t\n", ":1: there are no rows below the header"),
        ("", ":1: the file is empty"),
        ("1,2\n3,4\n", ":1: expected names of columns, found numbers; add a header"),
        ("\na\n1\n", ":2: the header names one column, 'a'"),
        ("a,a\n1,2\n", ":1: 2 columns are called 'a'"),
        ("a,,t\n1,2,3\n", ":1: column 2 has no name"),
        ("a,t\n1,x\n2,x\n", ":2: the target 't' holds 1 different words; there must be two classes"),
        ("a,t\n1,x\n2,y\n", ":2: the target 't' holds 2 different words in 2 rows, which are no classes"),
        (b"a,t\n1,2\n\xff,3\n", ":3: the byte 0xff is not UTF-8"),
    ],
)
def test_a_fault_is_told_with_its_line(table, text, message):
    path = table(text)
    with pytest.raises(DataError) as error:
        read_csv(path)
    assert str(error.value).startswith(f"{path}:")
    assert message in str(error.value)


def test_a_target_or_a_class_that_is_not_there(table):
    path = table("a,t\n1,0\n2,1\n3,2\n")
    with pytest.raises(DataError, match=r":1: no column is called 'b'; there are a, t$"):
        read_csv(path, "b")
    with pytest.raises(DataError, match=r":4: the column 't' holds 2, which is no class; .* from 0 to 1$"):
        read_csv(path, classes=2)
    with pytest.raises(DataError, match="2 different words, but 3 classes were expected"):
        read_csv(table("a,t\n1,x\n2,y\n2,y\n"), classes=3)


def test_files_that_cannot_be_read_or_are_too_large(table, tmp_path, monkeypatch):
    for read in (read_csv, read_npz):
        with pytest.raises(DataError, match="cannot read the data"):
            read(tmp_path / "missing.csv")
    monkeypatch.setattr(module, "CSV_BYTES", 4)
    with pytest.raises(DataError, match="are too large for a table in text"):
        read_csv(table("a,t\n1,2\n"))


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=60), st.text('at01.5,;"\n\r\t -en\x00é', max_size=60).map(str.encode)))
def test_whatever_stands_in_a_table_there_is_data_or_a_data_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "drawn.csv"
    path.write_bytes(content)
    with contextlib.suppress(DataError):
        read = read_csv(path)
        assert all(np.isfinite(column).all() for column in read.data.columns.values())


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=8))
def test_numbers_that_are_written_are_read(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_text("a,b,c\n" + "".join(f"{a!r},{b!r},{c!r}\n" for a, b, c in rows))
    read = read_csv(path, classes=0).data
    assert np.column_stack(list(read.columns.values())).tolist() == [list(row) for row in rows]


# -- arrays ------------------------------------------------------------------------------------------


def test_arrays_keep_their_names_and_shapes_and_the_target_is_last(tmp_path):
    path = tmp_path / "rows.npz"
    np.savez(path, t=[0, 1, 1, 0], x=np.ones((4, 1, 2, 2)))
    read = read_npz(path, "t").data
    assert (read.shapes, read.classes) == ({"x": (1, 2, 2), "t": ()}, 2)
    np.savez(path, x=np.ones((4, 3)), t=[0.5, 1, 1, 0])
    assert read_npz(path).data.shapes == {"x": (3,), "t": (1,)}
    assert read_npz(path).data.classes is None


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": [[1.0], [np.nan]], "t": [0, 1]}, "row 1 of x holds nan"),
        ({"x": [[1.0], [2.0]], "t": [0, 1, 0]}, "all columns must have as many rows; x has 2, t has 3"),
        ({"x": [["a"], ["b"]], "t": [0, 1]}, "the array 'x' holds <U1, where numbers were expected"),
        ({"x": [[1j]], "t": [0]}, "the array 'x' holds complex128"),
        ({"x": np.array([None, 1]), "t": [0, 1]}, "it holds objects; save it with numpy.savez"),
        ({"x": [[1.0]]}, "expected at least two arrays, inputs and targets, found x"),
        ({"x": np.ones((0, 2)), "t": np.ones(0)}, "there are no rows"),
        ({"x": 1.0, "t": 2.0}, "the column x is a single number"),
    ],
)
def test_arrays_that_cannot_be_trained_on(tmp_path, arrays, message):
    path = tmp_path / "rows.npz"
    np.savez(path, **arrays)
    with pytest.raises(DataError) as error:
        read_npz(path)
    assert str(path) in str(error.value)
    assert message in str(error.value)


def test_labels_of_arrays_are_checked(tmp_path):
    path = tmp_path / "rows.npz"
    np.savez(path, x=np.ones((4, 2)), t=[0, 1, 5, 0])
    with pytest.raises(DataError, match="row 2 of t holds 5, which is no class"):
        read_npz(path, classes=3)
    with pytest.raises(DataError, match="no column is called 'y'; there are x, t"):
        read_npz(path, "y")


@given(st.data())
def test_whatever_is_broken_in_an_archive_there_is_data_or_a_data_error(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "drawn.npz"
    np.savez(path, x=np.ones((4, 2)), t=[0, 1, 1, 0])
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with contextlib.suppress(DataError):
        assert read_npz(path).data.shapes


def test_broken_and_large_archives(tmp_path, monkeypatch):
    path = tmp_path / "rows.npz"
    np.savez(path, x=np.ones((4, 2)), t=[0, 1, 1, 0])
    whole = path.read_bytes()
    for content in (b"", b"text", whole[:-30], whole[:40] + b"?" * 20 + whole[60:]):
        path.write_bytes(content)
        with pytest.raises(DataError, match="no NPZ file, or a broken one"):
            read_npz(path)
    path.write_bytes(whole)
    monkeypatch.setattr(module, "NPZ_BYTES", 100)
    with pytest.raises(DataError, match="too large"):
        read_npz(path)
