import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripos.answers.keys import answer_text
from tripos.answers.kinds.text import TEXT, near, same_words

KEY = answer_text("overfitting", "memorising the training set")


@pytest.mark.parametrize(
    ("key", "text", "outcome"),
    [
        (KEY, "overfitting", "right"),
        (KEY, "Over-fitting.", "right"),
        (KEY, "over fitting", "right"),
        (KEY, "“Overfitting”", "right"),
        (KEY, "  OVERFITTING ", "right"),
        (KEY, "memorising the training set", "right"),
        (KEY, "overfiting", "undecided"),
        (KEY, "overfittting", "undecided"),
        (KEY, "ovrefitting", "undecided"),
        (KEY, "underfitting", "wrong"),
        (KEY, "not overfitting", "wrong"),
        (KEY, "", "unread"),
        (KEY, "...", "unread"),
        (answer_text("naïve Bayes"), "naive bayes", "right"),
        (answer_text("Größe"), "GRÖSSE", "right"),
        (answer_text("ReLU", case=True), "ReLU", "right"),
        (answer_text("ReLU", case=True), "relu", "wrong"),
        (answer_text("L1"), "L2", "wrong"),  # too short for a slip of the pen
        (answer_text("k-means"), "k means", "right"),
        (answer_text("-3"), "3", "wrong"),
        (answer_text("1/2"), "12", "wrong"),
        (answer_text("10 20"), "1020", "wrong"),
        (answer_text("GPT-3"), "gpt 3", "right"),
        (answer_text("3!"), "3", "wrong"),
        (answer_text("GPT-3"), "GPT-4", "wrong"),
    ],
)
def test_texts(key, text, outcome):
    assert TEXT.mark(key, text, {}, {}).verdict.outcome == outcome


def test_case_may_be_asked_for_in_the_blank():
    assert TEXT.mark(answer_text("ReLU"), "relu", {"case": "yes"}, {}).feedback == ("Capitals matter here.",)


@given(st.text("abcd", min_size=4, max_size=8), st.integers(0, 7), st.sampled_from("abcd"))
def test_one_edit_is_near(word, place, letter):
    place %= len(word)
    for other in (word[:place] + letter + word[place:], word[:place] + letter + word[place + 1 :]):
        assert other == word or near(word, other)
    shorter = word[:place] + word[place + 1 :]
    assert len(shorter) < 4 or near(word, shorter)


@given(st.text(max_size=20))
def test_a_text_is_the_same_as_itself(text):
    assert same_words(text, text)
    assert not near(text, text)
