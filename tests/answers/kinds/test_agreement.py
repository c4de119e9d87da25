import pytest

from tripos.answers.kinds import agrees, entries, kind_of, read_answer
from tripos.answers.reading.tokens import Unread
from tripos.graph import (
    argmax,
    constant,
    conv2d,
    dims,
    eye,
    grad,
    matrix,
    shape,
    size,
    softmax,
    sqrt,
    symbol,
    tanh,
    vector,
    zeros,
)  # fmt: skip
from tripos.graph.growth import growth
from tripos.graph.node import named
from tripos.graph.values import Values

s = symbol("s")
M, N = size("M N")
AUTHOR = argmax(vector(1, 3, 2), ["Mark Twain", "Albert Einstein", "GPT-3"])


def verdict(key, text):
    return agrees(key, read_answer(text, key), Values()).outcome


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (constant(3), "number"),
        (vector(1, 2), "vector"),
        (eye(2), "matrix"),
        (zeros(2, 2, 2), "tensor"),
        (dims(54, 54, 96), "shape"),
        (shape(conv2d(symbol("x", (3, 3)), symbol("K", (2, 2)))), "shape"),
        (AUTHOR, "label"),
        (growth(M * N, M, N), "growth"),
        (tanh(s), "formula"),
        (grad(tanh(s), s), "formula"),
        (named(named(AUTHOR, "author"), "same"), "label"),
    ],
)
def test_the_kind_follows_from_the_key(key, kind):
    assert kind_of(key).name == kind


# softmax([2/√2, −1/√2, −1/√2]) begins 0.806614...
WEIGHT = softmax(vector(2, -1, -1) / sqrt(2))[0]


@pytest.mark.parametrize(
    ("key", "answer", "outcome"),
    [
        (WEIGHT, "0.807", "same"),
        (WEIGHT, "0.8066", "same"),
        (WEIGHT, "0.8", "same"),
        (WEIGHT, ".81", "same"),
        (WEIGHT, "0.806", "different"),
        (WEIGHT, "0.808", "different"),
        (WEIGHT, "0.8067", "different"),
        (WEIGHT, "0.80", "different"),
        (WEIGHT, "1", "different"),
        (WEIGHT, "-0.807", "different"),
        (WEIGHT, r"\frac{e^{\sqrt{2}}}{e^{\sqrt{2}} + 2e^{-1/\sqrt{2}}}", "same"),
        (constant(1) / 3, "1/3", "same"),
        (constant(1) / 3, "0.333", "same"),
        (constant(1) / 3, "0.334", "different"),
        (constant(1) / 3, "333/1000", "different"),
        (constant(1) / 3, "2/6", "same"),
        (constant(-9) / 2, "-4.5", "same"),
        (constant(-9) / 2, "-4.50", "same"),
        (constant(-9) / 2, "5.5", "different"),
        (constant(-9) / 2, "-5.0", "different"),
        (constant(1) / 4, "0.2", "same"),  # half-way: either neighbour is a correct rounding
        (constant(1) / 4, "0.3", "same"),
        (constant(1) / 4, "0.4", "different"),
        (constant(5), "5", "same"),
        (constant(5), "5.0", "same"),
        (constant(5), "5.1", "different"),
        (sqrt(2), "√2", "same"),
        (sqrt(2), "1.414", "same"),
        (sqrt(2), "1.415", "different"),
        (sqrt(2), "1.4142135623730951", "different"),  # the seventeenth digit is not that of √2
        (sqrt(2), "1.4142135623730950", "same"),
        (constant(10) ** 20 + constant(1) / 3, "100000000000000000000", "different"),
    ],
)
def test_a_number_agrees_if_it_is_equal_or_correctly_rounded(key, answer, outcome):
    assert verdict(key, answer) == outcome


@pytest.mark.parametrize(
    ("key", "answer", "outcome"),
    [
        (vector(1.5, 2), "[1.5, 2]", "same"),
        (vector(1.5, 2), "[3/2 2]", "same"),
        (vector(1.5, 2), "[2, 1.5]", "different"),
        (vector(1.5, 2), "[1.5, 2, 0]", "different"),
        (matrix("1 -1; -1 1"), "[[1, -1], [-1, 1]]", "same"),
        (matrix("1 -1; -1 1"), "[1 -1; -1 1]", "same"),
        (matrix("1 -1; -1 1"), "[[1, -1], [-1, 2]]", "different"),
        (softmax(vector(0, 0, 0)), "[0.333, 0.33, 1/3]", "same"),
        (softmax(vector(0, 0, 0)), "[0.333, 0.33, 0.4]", "different"),
    ],
)
def test_arrays_agree_entry_by_entry(key, answer, outcome):
    assert verdict(key, answer) == outcome


@pytest.mark.parametrize(
    ("key", "answer", "outcome"),
    [
        (dims(54, 54, 96), r"54 \times 54 \times 96", "same"),
        (dims(54, 54, 96), "54x54x96", "same"),
        (dims(54, 54, 96), "54×54×11", "different"),
        (dims(54, 54, 96), "54 * 54", "different"),
        (dims(2, 2), "4", "different"),
        (AUTHOR, "albert  einstein", "same"),
        (AUTHOR, "GPT-3", "different"),
        (growth(M**2 + M * N, M, N), "O(M^2 + MN)", "same"),
        (growth(3 * M**2 + N, M, N), "O(M^2 + N)", "same"),
        (growth(M**2 + M * N, M, N), "O(M^2)", "different"),
        (growth(M**2 + N**2, M, N), r"O(\max(M, N)^2)", "same"),
        (growth(M * N, M, N), "O(M + N)", "different"),
        (grad(tanh(s), s), r"1 - \tanh(s)^2", "same"),
        (grad(tanh(s), s), "(1 - tanh(s))(1 + tanh(s))", "same"),
        (grad(tanh(s), s), r"\tanh(s)(1 - \tanh(s))", "different"),
        (grad(tanh(s), s), "4 / (e^s + e^{-s})^2", "same"),
    ],
)
def test_other_kinds_agree_by_their_meaning(key, answer, outcome):
    assert verdict(key, answer) == outcome


def test_a_label_must_be_one_of_those_offered():
    with pytest.raises(Unread, match="expected one of Mark Twain, Albert Einstein, GPT-3"):
        read_answer("Oscar Wilde", AUTHOR)


def test_a_formula_knows_only_the_symbols_of_its_key():
    with pytest.raises(Unread, match="'t' is not known here"):
        read_answer("1 - tanh(t)^2", grad(tanh(s), s))


def test_entries_come_in_row_major_order():
    answer = read_answer("[[1, 2], [3, 4]]", eye(2))
    assert [Values().number(e) for e in entries(answer)] == [1, 2, 3, 4]
