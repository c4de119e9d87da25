import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from marking import quick
from tripos.marking.scripts.script import Script
from tripos.marking.statistics.items import cronbach_alpha, discriminations, statistics_of, write_statistics
from tripos.marking.stored import mark_line

POINTS = arrays(
    float, st.tuples(st.integers(3, 30), st.integers(2, 6)), elements=st.sampled_from([0.0, 0.5, 1, 2])
)
BITS = arrays(float, st.tuples(st.integers(3, 30), st.integers(2, 6)), elements=st.sampled_from([0.0, 1.0]))


@given(POINTS)
def test_discrimination_is_the_correlation_with_the_rest(points):
    for i, found in enumerate(discriminations(list(points.T))):
        rest = np.delete(points, i, axis=1).sum(axis=1)
        if np.ptp(points[:, i]) == 0 or np.ptp(rest) == 0:
            assert found is None
        else:
            assert found == pytest.approx(stats.pearsonr(points[:, i], rest).statistic, abs=1e-9)


@given(BITS)
def test_for_right_and_wrong_it_is_the_point_biserial_correlation(points):
    for i, found in enumerate(discriminations(list(points.T))):
        rest = np.delete(points, i, axis=1).sum(axis=1)
        if found is not None:
            assert found == pytest.approx(stats.pointbiserialr(points[:, i], rest).statistic, abs=1e-9)


@given(POINTS)
def test_alpha_by_covariances(points):
    """Cronbach's alpha is k times the mean covariance, over the mean variance plus (k-1) mean covariances."""
    k, covariances = points.shape[1], np.cov(points.T)
    found = cronbach_alpha(list(points.T))
    if found is None:
        assert np.ptp(points.sum(axis=1)) == 0
    else:
        between = (covariances.sum() - np.trace(covariances)) / (k * (k - 1))
        assert found == pytest.approx(k * between / (np.trace(covariances) / k + (k - 1) * between), abs=1e-7)


@given(BITS)
def test_for_right_and_wrong_alpha_is_kuder_richardson_20(points):
    share, k = points.mean(axis=0), points.shape[1]
    if (found := cronbach_alpha(list(points.T))) is not None:
        total = points.sum(axis=1).var()
        assert found == pytest.approx(k / (k - 1) * (1 - (share * (1 - share)).sum() / total), abs=1e-7)


def test_too_few_say_nothing():
    assert cronbach_alpha([np.ones(2)] * 3) is None
    assert discriminations([np.ones(2)] * 3) == [None] * 3
    assert discriminations([np.array([1.0, 0.0, 1.0])]) == [None]
    assert cronbach_alpha([np.ones(5)] * 3) is None


def stored(path, rows):
    with path.open("w") as file:
        for i, row in enumerate(rows):
            file.write(mark_line(quick.mark(Script(f"c{i}", "", dict(zip(quick.BLANKS, row, strict=True))))))
    return path


def test_items_of_a_file_of_marks(tmp_path):
    rows = [
        ("right", "right", "?"),
        ("right", "x:flipped", "right"),
        ("no", "x:flipped", ""),
        ("", "y:lost", "?"),
    ]
    found = statistics_of(stored(tmp_path / "m.jsonl", rows))
    z, h, lstm = found.blanks
    assert (z.name, z.of, z.number, z.decided, z.facility) == ("forward/z", 2, 4, 4, 0.5)
    assert z.outcomes == {"right": 2, "wrong": 1, "unanswered": 1}
    assert list(h.slips.items()) == [("flipped", 2), ("lost", 1)] == list(found.slips.items())
    assert (h.facility, lstm.decided, lstm.facility) == (0.25, 2, 0.5)
    assert [(q.name, q.of, q.facility) for q in found.questions] == [("forward", 4, 0.375), ("lstm", 2, 0.5)]
    assert found.totals == {0.0: 2, 4.0: 2}
    assert (found.mean, found.of, found.complete) == (2, 6, 2)
    assert found.deviation == pytest.approx(np.std([4, 4, 0, 0], ddof=1))


def test_few_decided_points_say_nothing(tmp_path):
    rows = [("right", "right", "?")] * 3 + [("right", "", "")]
    found = statistics_of(stored(tmp_path / "m.jsonl", rows))
    assert found.blanks[2].facility is None
    assert found.complete == 4
    assert not any(item.flags for item in found.blanks)


def test_flags(tmp_path):
    rows = [("right", "", "right")] * 10 + [("right", "right", "?")] * 2
    z, h, lstm = statistics_of(stored(tmp_path / "m.jsonl", rows)).blanks
    assert z.flags == ["easy"]
    assert h.flags == ["hard"]
    assert lstm.flags == ["easy", "many undecided"]
    turned = [("right", "", "right")] * 6 + [("", "right", "")] * 6
    assert statistics_of(stored(tmp_path / "m.jsonl", turned)).blanks[1].flags == ["negative discrimination"]


def test_nobody_sat(tmp_path):
    found = statistics_of(stored(tmp_path / "m.jsonl", []))
    assert (found.candidates, found.mean, found.alpha, found.blanks) == (0, None, None, [])
    write_statistics(found, tmp_path)


def test_statistics_are_written(tmp_path):
    found = statistics_of(stored(tmp_path / "m.jsonl", [("right", "x:flipped", "?")] * 3))
    write_statistics(found, tmp_path)
    assert json.loads((tmp_path / "statistics.json").read_text())["totals"] == [[2.0, 3]]
    assert (tmp_path / "statistics.csv").read_text().splitlines() == [
        "level,item,of,candidates,decided,facility,discrimination,right,unread,wrong,commonest slip,flags",
        "question,forward,4,3,3,0.5000,,3,0,3,flipped,",
        "question,lstm,2,3,0,,,0,3,0,,",
        "blank,forward/z,2,3,3,1.0000,,3,0,0,,",
        "blank,forward/h,2,3,3,0.0000,,0,0,3,flipped,",
        "blank,lstm,2,3,0,,,0,3,0,,",
    ]
