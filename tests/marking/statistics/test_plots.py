import xml.etree.ElementTree as ET

from tripos.marking.statistics.items import Item, Statistics
from tripos.marking.statistics.plots import can_plot, write_plots


def drawn(blanks, totals, slips):
    mean = 3.0 if totals else None
    return Statistics(9, 9, 10.0, mean, 1.0, 0.5, 0.5, blanks, blanks, totals, slips)


def blank(name, facility, discrimination):
    flags = ["hard"] if facility < 0.2 else []
    return Item(name, 2.0, 9, 9, facility, discrimination, {"right": 3}, {"flipped": 2}, flags)


def test_the_same_statistics_give_the_same_pictures(tmp_path):
    blanks = [blank("a", 0.5, 0.4), blank("b", 0.5, 0.4), blank("c", 0.1, -0.3)]
    statistics = drawn(
        blanks, {0.0: 3, 4.5: 6}, {"flipped": 2} | {f"slip {i} " + "x" * 60: 1 for i in range(30)}
    )
    assert can_plot()
    first = {path.name: path.read_bytes() for path in write_plots(statistics, tmp_path)}
    assert list(first) == ["totals.svg", "items.svg", "slips.svg"]
    assert first == {path.name: path.read_bytes() for path in write_plots(statistics, tmp_path)}
    for path in tmp_path.iterdir():
        ET.parse(path)  # well-formed


def test_what_there_is_nothing_of_is_not_drawn(tmp_path):
    assert write_plots(drawn([], {}, {}), tmp_path / "none") == []
    assert [p.name for p in write_plots(drawn([], {-1.0: 2, 11.0: 1}, {}), tmp_path)] == ["totals.svg"]
