import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tripos.graph import GraphError, exact, exp, floats, lift, log, named, sqrt, symbol, vector
from tripos.graph.steps import working
from tripos.nets import accuracy, confusion_matrix, f1_score, precision, recall, roc_auc_score

BINARY = ([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 1, 1, 0, 0, 0, 0])

SCORES = [
    (precision, reference.precision_score),
    (recall, reference.recall_score),
    (f1_score, reference.f1_score),
]


@st.composite
def labelled(draw, classes=("a", "b", "c")):
    pairs = draw(
        st.lists(st.tuples(st.sampled_from(classes), st.sampled_from(classes)), min_size=1, max_size=12)
    )
    return tuple(map(list, zip(*pairs, strict=True)))


@given(labelled())
@settings(max_examples=60, deadline=None)
def test_accuracy_and_the_confusion_matrix_are_those_of_scikit_learn(labels):
    assert float(exact(accuracy(*labels))) == pytest.approx(reference.accuracy_score(*labels))
    order = ["c", "a", "b"]
    want = reference.confusion_matrix(*labels, labels=order)
    np.testing.assert_array_equal(floats(confusion_matrix(*labels, labels=order)), want)
    if len({*labels[0], *labels[1]}) > 1:  # of a single label scikit-learn warns
        want = reference.confusion_matrix(*labels)
        np.testing.assert_array_equal(floats(confusion_matrix(*labels)), want)


@pytest.mark.parametrize("average", [None, "micro", "macro", "weighted"])
@pytest.mark.parametrize(("score", "other"), SCORES)
@given(labels=labelled(), zero=st.sampled_from([0, 1]))
@settings(max_examples=40, deadline=None)
def test_averages_over_classes_are_those_of_scikit_learn(score, other, average, labels, zero):
    want = other(*labels, average=average, zero_division=zero)
    got = floats(score(*labels, average=average, zero_division=zero))
    np.testing.assert_allclose(got, want, rtol=1e-12)
    if average != "weighted":
        order = ["c", "a"]
        assume(set(order) & (set(labels[0]) | set(labels[1])))
        want = other(*labels, average=average, zero_division=zero, labels=order)
        got = floats(score(*labels, average=average, zero_division=zero, labels=order))
        np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize(("score", "other"), SCORES)
@given(labels=labelled((0, 1)), positive=st.sampled_from([0, 1]))
@settings(max_examples=40, deadline=None)
def test_binary_scores_are_those_of_scikit_learn(score, other, labels, positive):
    assume(positive in labels[0] + labels[1])
    want = other(*labels, pos_label=positive, zero_division=0)
    assert float(exact(score(*labels, pos_label=positive, zero_division=0))) == pytest.approx(want)


def test_values_are_exact():
    found = [score(*BINARY) for score in (accuracy, precision, recall, f1_score)]
    assert [str(exact(node)) for node in found] == ["7/10", "3/5", "3/4", "2/3"]


def test_the_line_of_working_shows_the_counts():
    assert working(named(f1_score(*BINARY), "F_1")) == "F₁ = 2 · 3/(2 · 3 + 2 + 1) = 6/9 = 2/3"
    assert working(named(precision(*BINARY), "P")) == "P = 3/(3 + 2) = 3/5"


@pytest.mark.parametrize("kind", [np.array, tuple, lambda v: vector(*v), lambda v: [bool(x) for x in v]])
def test_labels_may_be_arrays_nodes_or_truth_values(kind):
    assert exact(precision(kind(BINARY[0]), kind(BINARY[1]))) == exact(precision(*BINARY))


def test_labels_may_be_minus_one_and_one():
    signs = [[2 * y - 1 for y in labels] for labels in BINARY]
    assert exact(recall(*signs)) == exact(recall(*BINARY))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: accuracy([], []), "expected a list of labels"),
        (lambda: accuracy([1, 0], [1]), "2 labels, but 1 predictions"),
        (lambda: accuracy([[1, 0]], [[1, 1]]), "expected a list of labels, found shape 1×2"),
        (lambda: accuracy(["a", 1], ["a", 1]), "all text or all numbers"),
        (lambda: accuracy([1, float("nan")], [1, 1]), "a label is text or a number"),
        (lambda: accuracy([1, None], [1, 1]), "a label is text or a number"),
        (lambda: accuracy(symbol("y", 2), [1, 1]), "depends on a symbol"),
        (lambda: precision([1, 0], [0, 0]), r"0/0 for the class 1, .* pass zero_division"),
        (lambda: recall([0, 0], [1, 0]), "0/0 for the class 1"),
        (lambda: precision([1, 2, 3], [1, 2, 3]), "3 classes; choose average='macro'"),
        (lambda: precision([1, 2], [1, 2], average="mean"), "average is None or one of binary"),
        (lambda: confusion_matrix([1, 2], [1, 2], labels=[1, 1]), "labels hold one twice"),
        (lambda: roc_auc_score([1, 0], [0.5]), "2 labels, but 1 scores"),
        (lambda: roc_auc_score([1, 1], [0.5, 0.5]), "both occur"),
        (lambda: roc_auc_score([1, 2], [0.5, 0.5]), "labels are 1 and 0"),
        (lambda: roc_auc_score([1, 0], [symbol("s"), 1]), "depends on a symbol"),
    ],
)
def test_bad_input_is_refused(make, why):
    with pytest.raises(GraphError, match=why):
        make()


# -- ROC -------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from([0, 1]), st.integers(0, 6)), min_size=2, max_size=20))
@settings(max_examples=60, deadline=None)
def test_the_area_under_the_roc_curve_is_that_of_scikit_learn(pairs):
    y, scores = zip(*pairs, strict=True)
    assume(len(set(y)) == 2)
    want = reference.roc_auc_score(y, scores)
    assert float(exact(roc_auc_score(y, scores))) == pytest.approx(want)
    assert float(exact(roc_auc_score(np.array(y), np.array(scores) / 7))) == pytest.approx(want)


def test_scores_in_closed_form_are_compared_exactly():
    # √2 + √3 and √(5 + 2√6) are the same number: a tie that floats cannot tell.
    one, same = sqrt(lift(2)) + sqrt(lift(3)), sqrt(5 + 2 * sqrt(lift(6)))
    assert str(exact(roc_auc_score([1, 0], [one, same]))) == "1/2"
    scores = [exp(lift(1)), 2.718, log(lift(9))]  # e, just below it, and 2.197
    assert str(exact(roc_auc_score([1, -1, -1], scores))) == "1"
    assert str(exact(roc_auc_score([-1, 1, -1], scores))) == "1/2"
