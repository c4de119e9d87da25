import pytest

from tripos.answers.kinds.shape import SHAPE, difference
from tripos.graph import dims, size, symbol
from tripos.graph import shape as shape_of

KEY = dims(54, 54, 96)


def mark(text, key=KEY):
    return SHAPE.mark(key, text, {}, {})


@pytest.mark.parametrize(
    "text",
    [
        "54×54×96",
        "54x54x96",
        "54 X 54 X 96",
        "54 * 54 * 96",
        r"54 \times 54 \times 96",
        "(54, 54, 96)",
        "[54, 54, 96]",
        "54, 54, 96",
        "54 54 96",
        "$54\\times54\\times96$",
        "54 by 54 by 96",
        "54·54·96",
        "= 54x54x96",
    ],
)
def test_right(text):
    assert mark(text).verdict.right


@pytest.mark.parametrize(
    ("found", "sentence", "convention"),
    [
        ((96, 54, 54), "channels first", "channels first"),
        ((54, 96, 54), "The last two axes are swapped", ""),
        ((54, 54), "There are 2 axes, expected 3.", ""),
        ((54, 54, 11), "Only axis 3 is wrong.", ""),
        ((55, 55, 96), "Axes 1, 2 are wrong.", ""),
        ((1, 54, 54, 96), "a batch of one", "with a batch axis"),
        ((32, 54, 54, 96), "a batch axis?", "with a batch axis"),
        ((54, 54, 96, 1), "an axis of length 1 too many", ""),
    ],
)
def test_wrong(found, sentence, convention):
    marked = mark("×".join(map(str, found)))
    assert marked.verdict.outcome == "wrong"
    assert marked.credit == 0
    assert sentence in marked.feedback[0]
    assert marked.verdict.convention == convention
    assert marked.verdict.witness.endswith("against 54×54×96")


def test_channels_last_and_missing_axes():
    assert difference((3, 32, 30), (32, 30, 3))[1] == "channels last"
    assert difference((28, 28, 1), (28, 28))[0] == "An axis of length 1 is missing."
    assert difference((2, 3), (3, 2))[1] == ""


@pytest.mark.parametrize("text", ["", "54×", "54×54×96 pixels", "54.5×2", "-3×2", "n×k"])
def test_unread(text):
    assert mark(text).verdict.outcome == "unread"


def test_the_shape_of_a_node():
    key = shape_of(symbol("x", (3, 4)))
    assert mark("3×4", key).verdict.right
    assert mark("4×3", key).verdict.outcome == "wrong"


def test_sizes_with_symbols():
    n, k = size("n k")
    key = dims(n, 2 * k)
    assert mark("n × 2k", key).verdict.right
    assert mark("(n, k + k)", key).verdict.right
    assert mark("2k × n", key).verdict.outcome == "wrong"
    assert mark("n", key).verdict.outcome == "wrong"
    assert mark("n × q", key).verdict.outcome == "unread"


def test_a_number_is_a_matrix_of_one_row_and_one_column():
    assert SHAPE.mark(dims(1), "1×1", {}, {}).verdict.right
    assert SHAPE.mark(dims(1), "1", {}, {}).verdict.right


@pytest.mark.parametrize("text", ["2×1", "4×1", "1×2", "1×1×1"])
def test_no_batch_makes_another_size_of_a_number(text):
    found = SHAPE.mark(dims(1), text, {}, {}).verdict
    assert (found.outcome, found.convention) == ("wrong", "")
