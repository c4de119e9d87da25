import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import jaccard_score

from tripos.graph import GraphError, exact, floats, matrix, named, symbol, vector
from tripos.graph.steps import working
from tripos.nets import box_iou, mask_iou

SPANS = st.lists(st.integers(0, 7), min_size=2, max_size=2, unique=True).map(sorted)
BOXES = st.tuples(SPANS, SPANS).map(lambda s: [s[0][0], s[1][0], s[0][1], s[1][1]])


def painted(box):
    """Return the cells of a grid that a box covers."""
    grid = np.zeros((8, 8), dtype=int)
    grid[box[1] : box[3], box[0] : box[2]] = 1
    return grid


@given(BOXES, BOXES)
@settings(max_examples=60, deadline=None)
def test_boxes_overlap_as_their_cells_do(one, other):
    want = jaccard_score(painted(one).ravel(), painted(other).ravel())
    assert float(exact(box_iou(one, other))) == pytest.approx(want)
    assert exact(box_iou(one, other)) == exact(mask_iou(painted(one), painted(other)))
    assert exact(box_iou(vector(*one), named(vector(*other), "B"))) == exact(box_iou(other, one))


@given(hnp.arrays(np.int64, (2, 3, 4), elements=st.integers(0, 1)))
@settings(max_examples=40, deadline=None)
def test_masks_overlap_as_in_scikit_learn(masks):
    assume(masks.any())
    want = jaccard_score(masks[0].ravel(), masks[1].ravel(), zero_division=0)
    assert float(exact(mask_iou(*masks))) == pytest.approx(want)
    assert float(exact(mask_iou(*masks.astype(bool)))) == pytest.approx(want)


def test_boxes_are_worked_line_by_line():
    assert working(named(box_iou([0, 0, 4, 3], [2, 1, 6, 5]), "IoU")).splitlines() == [
        "I = max(0, min(4, 6) − max(0, 2)) max(0, min(3, 5) − max(0, 1)) = 2 · 2 = 4",
        "U = 4 · 3 + (6 − 2) (5 − 1) − I = 4 · 3 + (6 − 2) (5 − 1) − 4 = 28 − 4 = 24",
        "IoU = I/U = 4/24 = 1/6",
    ]


def test_a_box_may_be_a_symbol():
    found = box_iou(symbol("b", 4), [0, 0, 2, 2])
    assert floats(found, b=[1, 0, 3, 2]) == pytest.approx(1 / 3)


def test_masks_may_be_nodes():
    assert str(exact(mask_iou(matrix("1 0; 1 1"), [[1, 1], [0, 1]]))) == "1/2"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: box_iou([0, 0, 1], [0, 0, 1, 1]), r"a box is \(x1, y1, x2, y2\), found shape 3"),
        (lambda: box_iou([0, 0, 1, 1], [2, 0, 1, 1]), "x1 < x2 and y1 < y2"),
        (lambda: box_iou([0, 0, 1, 1], [0, 1, 1, 1]), "x1 < x2 and y1 < y2"),
        (lambda: mask_iou([[0, 0]], [[0, 0]]), "both masks are empty"),
        (lambda: mask_iou([[0, 1]], [[0], [1]]), "masks of shapes 1×2 and 2×1"),
        (lambda: mask_iou([0, 2], [0, 1]), "entries of a mask are 0 and 1"),
        (lambda: mask_iou(symbol("m", 2), [0, 1]), "depends on a symbol"),
    ],
)
def test_bad_input_is_refused(make, why):
    with pytest.raises(GraphError, match=why):
        make()
