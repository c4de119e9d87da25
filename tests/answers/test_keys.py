import pytest

from tripos.answers.keys import (
    Interval,
    Words,
    answer_set,
    answer_table,
    answer_text,
    interval,
    matching,
    nodes_of,
    ordering,
)
from tripos.graph import GraphError, constant, vector


def test_keys_are_plain_and_hashable():
    assert answer_set(1, 2) == answer_set(1, 2)
    assert interval(0, 1, "[)") == Interval(constant(0), constant(1), True, False)
    assert interval(None, 1) == Interval(None, constant(1), False, True)
    assert answer_text("a", "b") == Words(("a", "b"))
    assert len({ordering("a", "b"), ordering("b", "a"), ordering("a", "b")}) == 2


def test_nodes_are_what_must_be_proven():
    assert list(nodes_of(constant(1))) == [constant(1)]
    assert list(nodes_of(answer_set(1, "a"))) == [constant(1)]
    assert list(nodes_of(interval(None, 2))) == [constant(2)]
    assert list(nodes_of(answer_table([["a", 3], [None, vector(1, 2)]]))) == [constant(3), vector(1, 2)]
    assert list(nodes_of(answer_text("a"))) == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: answer_set(1, 1), "stands in it twice"),
        (lambda: answer_set(" "), "must not be empty"),
        (lambda: interval(0, 1, "<>"), "two brackets"),
        (lambda: interval(vector(1, 2), 3), "a single value"),
        (lambda: ordering("a"), "at least two"),
        (lambda: ordering("a", "A"), "the same but for case"),
        (lambda: matching({}), "give the pairs"),
        (lambda: matching("a"), "give the pairs"),
        (answer_text, "at least one text"),
        (lambda: answer_table([[1, 2], [3]]), "the same number of cells"),
        (lambda: answer_table([]), "the same number of cells"),
    ],
)
def test_a_key_that_means_nothing_is_refused(make, message):
    with pytest.raises(GraphError, match=message):
        make()
