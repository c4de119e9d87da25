from fractions import Fraction

import pytest

from tripos.answers.keys import matching, ordering
from tripos.answers.kinds.ordering import MATCHING, ORDERING

STEPS = ordering("forward pass", "loss", "backward pass", "update")
PAIRS = matching({"ReLU": "hidden", "softmax": "many classes", "sigmoid": "two classes"})
LETTERS = matching({"a": "1", "b": "2", "c": "1"})


@pytest.mark.parametrize(
    ("text", "outcome", "credit"),
    [
        ("forward pass, loss, backward pass, update", "right", 1),
        ("Forward-pass → Loss → backward pass → update", "right", 1),
        ("1. forward pass\n2. loss\n3. backward pass\n4. update", "right", 1),
        ("1) forward pass 2) loss 3) backward pass 4) update", "right", 1),
        ("forward pass < loss < backward pass < update", "right", 1),
        ("update > backward pass > loss > forward pass", "right", 1),
        ("forward pass then loss then backward pass then update", "right", 1),
        ("loss, forward pass, backward pass, update", "wrong", Fraction(4, 6)),  # tau = (5 - 1) / 6
        ("update, backward pass, loss, forward pass", "wrong", 0),
        ("forward pass, loss, backward pass", "wrong", Fraction(1, 2)),
        ("forward pass, loss, loss, update", "unread", 0),
        ("forward pass, lunch, backward pass, update", "unread", 0),
        ("", "unread", 0),
    ],
)
def test_orders(text, outcome, credit):
    found = ORDERING.mark(STEPS, text, {}, {})
    assert (found.verdict.outcome, found.credit) == (outcome, credit)


def test_single_words_may_be_parted_by_spaces():
    assert ORDERING.mark(ordering("c", "a", "b"), "c a b", {}, {}).verdict.right


def test_a_reversed_order_is_named():
    found = ORDERING.mark(STEPS, "update, backward pass, loss, forward pass", {}, {})
    assert found.feedback == ("The order is reversed.",)
    assert found.verdict.witness == "'loss' stands before 'forward pass'"


@pytest.mark.parametrize(
    ("key", "text", "outcome", "credit"),
    [
        (PAIRS, "relu: hidden, softmax: many classes, sigmoid: two classes", "right", 1),
        (PAIRS, "softmax -> many classes; relu -> hidden; sigmoid -> two classes", "right", 1),
        (PAIRS, "ReLU = hidden\nsoftmax = many classes\nsigmoid = two classes", "right", 1),
        (PAIRS, "relu: hidden, softmax: two classes, sigmoid: many classes", "wrong", Fraction(1, 3)),
        (PAIRS, "relu: hidden", "wrong", Fraction(1, 3)),
        (PAIRS, "relu: hidden, relu: many classes", "unread", 0),
        (PAIRS, "relu: dinner", "unread", 0),
        (PAIRS, "relu", "unread", 0),
        (LETTERS, "a-1, b-2, c-1", "right", 1),
        (LETTERS, "a1, b2, c1", "right", 1),
        (LETTERS, "1a, 2b, 1c", "right", 1),
        (LETTERS, "(a, 1)", "unread", 0),
        (LETTERS, "a 1; b 2; c 1", "right", 1),
        (LETTERS, "a→2, b→2, c→1", "wrong", Fraction(2, 3)),
        (LETTERS, "", "unread", 0),
    ],
)
def test_pairs(key, text, outcome, credit):
    found = MATCHING.mark(key, text, {}, {})
    assert (found.verdict.outcome, found.credit) == (outcome, credit)
