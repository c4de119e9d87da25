import builtins
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripos.marking.queue import grouping
from tripos.marking.queue.grouping import group

ANSWERS = [
    "Vanishing gradients, solved with gates and a memory cell.",
    "They are faster to train.",
    "vanishing gradient, by gates and memory cell",
    "They train faster.",
    "An apple.",
    "LSTM solves the vanishing gradient problem by a memory cell and gates",
]


def test_answers_that_say_the_same_are_side_by_side():
    assert group(ANSWERS).groups == [[0, 2, 5], [1, 3], [4]]
    assert "side by side" in group(ANSWERS).how


def test_without_scikit_learn_only_equal_words_are_a_group(monkeypatch):
    monkeypatch.delitem(sys.modules, "sklearn", raising=False)
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.partition(".")[0] == "sklearn":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    found = group(["They train faster.", "An apple", "they  train FASTER", "They train quickly"])
    assert found.groups == [[0, 2], [1], [3]]
    assert "tripos[marking]" in found.how


def test_many_answers_are_compared_in_parts(monkeypatch):
    monkeypatch.setattr(grouping, "AT_ONCE", 4)
    found = group(["a cat sat here"] * 3 + ["zebras run", "zebras run!", "mice"] + ["a cat sat here"])
    assert sorted(i for part in found.groups for i in part) == list(range(7))
    assert {0, 1, 2, 6} in map(set, found.groups)


@pytest.mark.parametrize("texts", [[], ["x"], ["", "", ""], ["", "?", "  "], ["x", "y", "z"]])
def test_little_text_is_no_trouble(texts):
    assert sorted(i for part in group(texts).groups for i in part) == list(range(len(texts)))


@given(st.lists(st.text(max_size=30), max_size=8))
def test_every_answer_is_in_one_group(texts):
    groups = group(texts).groups
    assert sorted(i for part in groups for i in part) == list(range(len(texts)))
    assert groups == group(texts).groups
    assert [len(part) for part in groups] == sorted((len(part) for part in groups), reverse=True)
