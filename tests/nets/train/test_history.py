import math

import pytest

from tripos.graph import GraphError
from tripos.nets.train import History
from tripos.nets.train.history import plot_curves, rows_of

ROWS = [
    {"epoch": 1, "seconds": 0.5, "loss": 2.0, "dev loss": 3.0, "dev accuracy": 0.25},
    {"epoch": 2, "seconds": 0.25, "loss": 1.0, "dev loss": math.nan, "dev accuracy": 0.75},
    {"epoch": 3, "seconds": 0.25, "loss": 0.5, "dev loss": 2.5, "dev accuracy": 0.75},
]
HISTORY = rows_of(ROWS)


def test_columns_and_the_best_rows():
    assert HISTORY["loss"] == [2, 1, 0.5]
    assert HISTORY.names == ["epoch", "seconds", "loss", "dev loss", "dev accuracy"]
    assert HISTORY.best("dev loss")["epoch"] == 3
    assert HISTORY.best("dev accuracy", highest=True)["epoch"] == 2  # the first of several
    with pytest.raises(KeyError, match="nothing was measured as 'f1'; there are epoch, seconds, loss"):
        HISTORY["f1"]


def test_tables():
    assert HISTORY.csv().splitlines()[:2] == ["epoch,seconds,loss,dev loss,dev accuracy", "1,0.5,2,3,0.25"]
    lines = HISTORY.table(every=2).splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["1", "0.50", "2", "3", "0.25"],
        ["3", "0.25", "0.5", "2.5", "0.75"],
    ]
    assert len({len(line) for line in lines}) == 1


@pytest.mark.parametrize("name", ["curve.svg", "deep/curve.png"])
def test_curves(tmp_path, name):
    path = HISTORY.plot(tmp_path / name)
    assert path.read_bytes()[:4] in (b"\x89PNG", b"<?xm")
    again = plot_curves({"": HISTORY}, tmp_path / f"again{path.suffix}")
    assert again.read_bytes() == path.read_bytes()


def test_curves_that_cannot_be_drawn_are_told(tmp_path):
    with pytest.raises(GraphError, match=r"curves are saved as .svg, .png or .pdf, found 'curve.txt'"):
        HISTORY.plot(tmp_path / "curve.txt")
    with pytest.raises(GraphError, match="there is nothing to draw yet"):
        History().plot(tmp_path / "curve.svg")
