import pytest

from tripos.answers.kinds.label import LABEL
from tripos.graph import argmax, vector

KEY = argmax(vector(1, 3, 2), ["Mark Twain", "Albert Einstein", "GPT-3"])


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Albert Einstein", "right"),
        ("albert  einstein", "right"),
        ("“Albert Einstein”.", "right"),
        ("Einstein", "right"),
        ("author = Albert Einstein", "right"),
        ("Mark Twain", "wrong"),
        ("twain", "wrong"),
        ("GPT-3", "wrong"),
        (r"\text{Albert Einstein}", "right"),
        (r"$\mathrm{Einstein}$", "right"),
        ("AlbertEinstein", "right"),
        (r"\text{GPT-3}", "wrong"),
        ("GPT–3", "wrong"),
        ("GPT 3", "wrong"),
        ("gpt3", "wrong"),
        ("not Einstein", "unread"),
        ("Oscar Wilde", "unread"),
        ("", "unread"),
        ("2", "unread"),
        ("Twain or Einstein", "unread"),
    ],
)
def test_names(text, outcome):
    assert LABEL.mark(KEY, text, {}, {}).verdict.outcome == outcome


def test_what_two_names_share_names_neither():
    key = argmax(vector(1, 2), ["hidden layer", "output layer"])
    assert LABEL.mark(key, "layer", {}, {}).verdict.outcome == "unread"
    assert LABEL.mark(key, "output", {}, {}).verdict.right


def test_a_sign_in_front_of_a_name_is_no_hyphen():
    key = argmax(vector(1, 2), ["+1", "-1"])
    assert LABEL.mark(key, "1", {}, {}).verdict.outcome == "unread"
    assert LABEL.mark(key, "-1", {}, {}).verdict.right
