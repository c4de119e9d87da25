"""Every kind marks its own examples as they are meant: right, wrong, unread."""

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.answers.keys import (
    Open,
    Options,
    answer_set,
    answer_table,
    answer_text,
    interval,
    matching,
    ordering,
)
from tripos.answers.kinds import KINDS, kind_of
from tripos.graph import (
    argmax,
    constant,
    conv2d,
    dims,
    exp,
    grad,
    log,
    matrix,
    reshape,
    sigmoid,
    size,
    softmax,
    sqrt,
    symbol,
    tanh,
    vector,
    zeros,
)
from tripos.graph.growth import growth

s = symbol("s")
M, N = size("M N")

KEYS = {
    "number": [
        constant(3),
        constant(0),
        constant(-9) / 2,
        constant(1) / 3,
        constant(123456),
        constant(1) / 1000,
        sqrt(2),
        -exp(constant(-9)),
        log(constant(10)) * 1000,
    ],
    "vector": [vector(1, 2, 3), softmax(vector(0.5, 1, 2)), vector(-1.5, 0), constant([7])],
    "matrix": [matrix("1 -1; -1 1"), softmax(matrix("1 2 3; 4 5 7")), matrix("1 2 3"), matrix("1; 2")],
    "tensor": [zeros(2, 2, 2), conv2d(reshape(matrix("1 2; 3 4"), (1, 2, 2)), constant([[[[1]]], [[[-2]]]]))],
    "shape": [dims(54, 54, 96), dims(7), dims(3, 3, 3), dims(1, 28, 28)],
    "label": [argmax(vector(1, 3, 2), ["Mark Twain", "Albert Einstein", "GPT-3"])],
    "growth": [growth(M**2 + M * N, M, N), growth(3 * M**2 + N, M, N), growth(M * N**2, M)],
    "formula": [grad(tanh(s), s), sigmoid(s), 3 * s**2 - 1, symbol("a") * symbol("b")],
    "set": [answer_set(1, 2, constant(1) / 3), answer_set("relu", "tanh"), answer_set(), answer_set(sqrt(2))],
    "interval": [
        interval(0, 1, "[)"),
        interval(None, sqrt(2)),
        interval(-1, None, "(]"),
        interval(-2, 3, "()"),
    ],
    "choice": [
        Options(("$3$", "$4$", "none of the above"), ("b",)),
        Options(("one", "two", "three", "four"), ("a", "c")),
        Options(("one", "two"), ()),
    ],
    "table": [
        answer_table([[1, "two", constant(1) / 3], [sqrt(2), None, vector(1, 2)]]),
        answer_table([[1, 2]]),
    ],
    "ordering": [
        ordering("forward", "backward", "step"),
        ordering("a b", "c d"),
        ordering("x", "y", "z", "u"),
    ],
    "matching": [matching({"relu": "hidden", "softmax": "output"}), matching({"a": "1", "b": "2", "c": "1"})],
    "text": [
        answer_text("over-fitting", "memorising"),
        answer_text("ReLU", case=True),
        answer_text("naïve Bayes"),
    ],
    "open": [Open(((2, "names the gradient"),))],
}

CASES = [(name, key) for name, keys in KEYS.items() for key in keys]


def check(key, seed):
    kind = kind_of(key)
    examples = kind.examples(key, random.Random(seed))
    for outcome, texts in zip(("right", "wrong", "unread"), examples, strict=True):
        for text in texts:
            marked = kind.mark(key, text, {}, {})
            assert marked.verdict.outcome == outcome, (kind.name, text, marked)
            if outcome == "right":
                assert marked.credit == 1
                assert marked.value is not None
                assert marked.verdict.bound is not None
            else:
                assert 0 <= marked.credit < 1
            if outcome == "wrong":
                assert marked.verdict.witness
            if outcome == "unread":
                assert marked.value is None
                assert marked.verdict.reason


def test_every_kind_has_keys_here():
    assert set(KINDS) - {"code"} == set(KEYS)


@pytest.mark.parametrize(("name", "key"), CASES)
def test_the_kind_follows_from_the_key(name, key):
    assert kind_of(key).name == name
    assert [kind.name for kind in KINDS.values() if kind.accepts(key)] == [name]


@pytest.mark.parametrize(("name", "key"), CASES)
def test_examples_are_marked_as_they_are_meant(name, key):
    for seed in (0, 1):
        check(key, seed)


@pytest.mark.parametrize(("name", "key"), CASES)
def test_a_key_is_shown_as_an_answer_that_is_right(name, key):
    piece = kind_of(key).show(key)
    assert piece.text
    assert piece.latex
    if name not in ("open", "label"):
        assert kind_of(key).mark(key, piece.text, {}, {}).verdict.right, piece.text


FRACTIONS = st.fractions(min_value=-1000, max_value=1000, max_denominator=60)
WORDS = st.text("abcdefgh", min_size=1, max_size=8)


@settings(max_examples=20, deadline=None)
@given(FRACTIONS, st.integers(0, 99))
def test_numbers(value, seed):
    check(constant(value), seed)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.lists(FRACTIONS, min_size=3, max_size=3), min_size=1, max_size=3), st.integers(0, 99))
def test_arrays(rows, seed):
    check(constant(rows), seed)
    check(constant(rows[0]), seed)
    check(constant([rows, rows]), seed)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(1, 500), min_size=1, max_size=4), st.integers(0, 99))
def test_shapes(size, seed):
    check(dims(*size), seed)


@settings(max_examples=12, deadline=None)
@given(st.sets(FRACTIONS, max_size=4), st.integers(0, 99))
def test_sets(entries, seed):
    check(answer_set(*entries), seed)


@settings(max_examples=12, deadline=None)
@given(FRACTIONS, st.fractions(min_value=1, max_value=9), st.sampled_from(["[]", "[)", "(]", "()"]))
def test_intervals(low, length, ends):
    check(interval(low, low + length, ends), 0)


@settings(max_examples=12, deadline=None)
@given(st.lists(WORDS, min_size=2, max_size=5, unique=True), st.integers(0, 99))
def test_orders_and_pairs(items, seed):
    check(ordering(*items), seed)
    check(matching({item: str(i) for i, item in enumerate(items)}), seed)


@settings(max_examples=12, deadline=None)
@given(st.sets(st.integers(0, 4)), st.integers(0, 99))
def test_choices(right, seed):
    key = Options(tuple(f"option {i}" for i in range(5)), tuple("abcde"[i] for i in sorted(right)))
    if len(right) < 5:
        check(key, seed)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(WORDS, FRACTIONS), min_size=1, max_size=3), st.integers(0, 99))
def test_tables(rows, seed):
    check(answer_table([[word, value] for word, value in rows]), seed)


HOSTILE = [
    "9**9**9",
    "10^{10^{10}}",
    "(" * 5000,
    "[" * 3000,
    "1" * 20_000,
    "e^e^e^e^e^9",
    "1/0",
    "\x00",
    "{" * 200 + "}" * 200,
    "a" * 9000,
    "1," * 4000,
    "\\begin{bmatrix}" * 50,
    "1e999999",
    "0/0",
    "|" * 999,
]


@pytest.mark.parametrize(("name", "key"), CASES)
def test_hostile_answers_end_without_marks(name, key):
    for text in HOSTILE:
        marked = kind_of(key).mark(key, text, {}, {})
        assert not marked.verdict.right
        assert marked.credit < 1


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(CASES), st.text("0123456789.,;:+-*/^()[]{}=<>| \n\\abexTO√π∞≤%&", max_size=25))
def test_any_text_has_an_outcome(case, text):
    marked = kind_of(case[1]).mark(case[1], text, {}, {})
    assert marked.verdict.outcome in ("right", "wrong", "unread", "undecided")
    assert 0 <= marked.credit <= 1
    assert isinstance(marked.credit, Fraction)
