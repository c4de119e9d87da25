"""Every slip in the code is named from the value alone, and right answers never are."""

from fractions import Fraction

import numpy as np
import pytest
from graph.oracle import all_cases, inputs
from hypothesis import given, settings
from hypothesis import strategies as st
from paper.small import check, solved

from tripos.graph import (
    argmax,
    attention_weights,
    constant,
    conv2d,
    exp,
    floor,
    grad,
    lift,
    log,
    matrix,
    mean,
    mse,
    named,
    nll,
    relu,
    shape,
    sigmoid,
    size,
    softmax,
    sqrt,
    symbol,
    table,
    tanh,
    vec,
    vector,
)
from tripos.graph import sum as total
from tripos.graph.node import rebuild, schedule
from tripos.graph.ops.leaf import decimal
from tripos.graph.slip_patterns import PATTERNS, made
from tripos.graph.slips import evaluate, pairs, slips
from tripos.marking.diagnosis import FEW, Diagnosis, diagnose, group, information
from tripos.marking.result import BlankMark, Mark
from tripos.nets import Conv2d, Linear, parameters, sgd_step

PLACES = 8
"""Decimals that answers are written with here, where they are no whole numbers."""


def written(value, places=PLACES):
    """Return a value as a candidate writes it: whole numbers as they are, others rounded to decimals."""
    value = np.asarray(value, float)
    if np.array_equal(value, value.round()):
        return constant(value.astype(int).tolist())
    if value.shape:
        return lift([rounded(v, places) for v in value])
    return rounded(value, places)


def rounded(value, places):
    if np.shape(value):
        return lift([rounded(v, places) for v in value])
    number = decimal(Fraction(round(abs(float(value)) * 10**places), 10**places), places)
    return -number if value < 0 else number


def value_of(node):
    """Return the value of a graph without symbols, None where it has none."""
    return evaluate([node], {})[0]


def named_from_its_value(key, slip):
    """Return whether the mistake of a slip is named from its value alone."""
    value = value_of(slip.node)
    found = None if value is None else diagnose(key, written(value))
    return found is not None and found.mistake == slip.mistake


# -- the slips of ops ------------------------------------------------------------------------------

CASES = [case for case in all_cases() if table[case.op].slips]
OPS = [(name, mistake) for name, op in table.items() for mistake in op.slips]


def with_numbers(case):
    """Return the node of a case with numbers in the places of its inputs."""
    numbers = {s: constant(v.tolist(), str(s.name)) for s, v in zip(case.symbols, inputs(case), strict=True)}
    return rebuild([case.node], numbers)[0]


@pytest.mark.parametrize(("op", "mistake"), OPS, ids=lambda v: v)
def test_every_slip_of_an_op_is_named_from_its_value(op, mistake):
    keys = [with_numbers(case) for case in CASES if case.op == op]
    found = [(key, s) for key in keys for s in slips(key) if s.at is key and s.mistake == mistake]
    assert any(named_from_its_value(key, slip) for key, slip in found)


# -- the slips of patterns -------------------------------------------------------------------------


def number(value, name):
    return named(constant(value), name)


w, b, eta = number([2, -7, 4], "w"), number(-5, "b"), number(Fraction(1, 4), "eta")
x, W, e = number([3, 5, 11], "x"), matrix("2 -7 4; 3 8 -1; 6 1 9"), number([13, -8, 21], "e")


def step():
    """Return a weight after a step of gradient descent."""
    L = named(mse(named(w @ x + b, "p"), 7), "L")
    return named(w - eta * grad(L, w), "w_new")


def slope(activation):
    """Return the gradient of a loss through an activation."""
    V = number(
        [[Fraction(1, 4), Fraction(-3, 7), Fraction(1, 9)], [Fraction(2, 11), Fraction(1, 5), -1]], "V"
    )
    z = named(V @ x, "z")
    return grad(named(mse(named(activation(z), "h"), [3, 7]), "L"), z)


def scores():
    q, k = number([[1, 2], [3, -1]], "q"), number([[2, 5], [-3, 4], [1, 1]], "k")
    return attention_weights(q, k).args[0]


def windows(**settings):
    return conv2d(symbol("image", (3, 12, 17)), symbol("K", (5, 3, 4, 4)), **settings)


KEYS = [
    ("bias forgotten", "node", [W @ x + e, conv2d(W, matrix("1 2; 3 4")) + 13, w * x + 19]),
    ("biases not counted", "node", [parameters(Conv2d(3, 8, 5)), parameters(Linear(9, 4)) + 0]),
    ("biases counted", "answer", [parameters(Linear(9, 14, bias=False))]),
    ("√d left out", "node", [scores(), softmax(scores())]),
    ("transposed", "node", [W @ x, x @ W, softmax(W @ x / 9)]),
    ("transposed", "answer", [named(relu(W), "h")]),
    ("summed instead of averaged", "node", [mean(w * e), mean(W, 0)]),
    ("½ forgotten", "node", [total((w - e) ** 2) / 2, constant(Fraction(1, 2)) * total(e)]),
    ("factor 2 forgotten", "node", [2 * w - e, step()]),
    ("ascended instead of descending", "node", [step(), sgd_step(nll(sigmoid(w @ x + b), 1), [b], lr=3)[0]]),
    ("step size forgotten", "node", [step()]),
    ("derivative of the activation forgotten", "node", [slope(tanh), slope(sigmoid), slope(relu)]),
    ("chain rule: inner derivative forgotten", "node", [slope(exp)]),
    ("chain rule: outer derivative forgotten", "node", [slope(tanh), slope(exp)]),
    ("sign forgotten", "node", [w @ x + b, b * e, e - b]),
    ("base 2 instead of e", "node", [log(x), nll(softmax(w), 0)]),
    ("base 10 instead of e", "node", [log(x), nll(softmax(w), 0)]),
    ("base e instead of the declared one", "node", [log(x) / log(constant(2))]),
    ("+1 forgotten", "node", [floor((number(224, "n") - 11) / 4) + 1]),
    ("+1 forgotten", "size", [shape(windows(stride=2))]),
    ("rounded up instead of down", "size", [shape(windows(stride=2))]),
    ("padding on one side only", "size", [shape(windows(padding=2))]),
    ("axes in another order", "answer", [shape(windows())]),
]
"""For each pattern, in the order of the table, keys at which it can be told from the value."""


def test_every_pattern_has_a_key():
    assert [(mistake, where) for mistake, where, _ in KEYS] == [(p.mistake, p.where) for p in PATTERNS]


def of_pattern(pattern, key):
    """Return the slips that a pattern makes in a key."""
    return [s for s in slips(key) if s.mistake == pattern.mistake and made(pattern, s.at)]


TOLD = [
    pytest.param(pattern, key, id=f"{pattern.mistake}-{i}")
    for pattern, (_, _, keys) in zip(PATTERNS, KEYS, strict=True)
    for i, key in enumerate(keys)
]


@pytest.mark.parametrize(("pattern", "key"), TOLD)
def test_every_slip_of_a_pattern_is_named_from_its_value(pattern, key):
    found = of_pattern(pattern, key)
    assert any(named_from_its_value(key, slip) for slip in found), [s.mistake for s in slips(key)]


# -- right answers ---------------------------------------------------------------------------------

RIGHT = [key for _, _, keys in KEYS for key in keys] + [with_numbers(case) for case in CASES]


@pytest.mark.parametrize("key", dict.fromkeys(RIGHT), ids=lambda key: repr(key)[:60])
def test_right_answers_are_never_diagnosed(key):
    value = value_of(key)
    assert value is not None
    assert diagnose(key, key) is None
    for places in (0, 1, 2, 3, PLACES):
        assert diagnose(key, rounded(value, places)) is None
    if np.array_equal(value, value.round()):
        assert diagnose(key, written(value)) is None


def test_right_answers_in_other_forms_are_never_diagnosed():
    assert diagnose(sqrt(constant(2)) / 2, 1 / sqrt(constant(2))) is None
    assert diagnose(named(sigmoid(constant(1)), "p"), 1 / (1 + exp(constant(-1)))) is None
    p, y = symbol("p", (), "probability"), symbol("y")
    assert diagnose(named(p * (1 - p) + y, "f"), y + p - p**2) is None


small = st.integers(-9, 9)


def forward(numbers):
    """Return a little network of nine numbers, and of ten."""
    K, w = matrix([list(numbers[:2]), list(numbers[2:4])]), vector(*numbers[4:8])
    z = named(conv2d(matrix("1 0 2; -1 1 0; 3 0 1"), named(K, "K")), "z")
    h = named(relu(z), "h")
    return named(named(w, "w") @ vec(h) + number(numbers[8], "b"), "out")


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[small] * 9), st.integers(0, 4))
def test_right_answers_of_a_network_are_never_diagnosed(numbers, places):
    key = forward(numbers)
    for node in (key, sigmoid(key / 50), *schedule([key])):
        value = value_of(node)
        assert diagnose(node, written(value)) is None
        assert diagnose(node, rounded(value, places)) is None


@settings(max_examples=25, deadline=None)
@given(st.tuples(*[small] * 8), st.integers(0, 4))
def test_right_answers_of_a_step_are_never_diagnosed(numbers, places):
    w, b = named(vector(*numbers[:3]), "w"), number(numbers[3], "b")
    z = named(w @ vector(*numbers[4:7]) + b, "z")
    for loss in (mse(z, numbers[7]), nll(sigmoid(z), numbers[7] % 2)):
        for key in sgd_step(named(loss, "L"), [w, b], lr=number(Fraction(1, 4), "eta")):
            assert diagnose(key, key + 0) is None
            assert diagnose(key, rounded(value_of(key), places)) is None


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[small] * 9), st.integers(-300, 300))
def test_what_is_named_gives_the_answer_and_nothing_else_does(numbers, answer):
    key = forward(numbers)
    found = diagnose(key, constant(answer))
    if found is None:
        return
    single = {s.mistake for s in slips(key) if value_of(s.node) == answer}
    both = {
        frozenset((p.first.mistake, p.second.mistake))
        for p in pairs(key)
        if value_of(p.second.node) == answer
    }
    assert value_of(key) != answer
    assert single == {found.mistake} or (not single and both == {frozenset(found.mistake.split(", and "))})


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[small] * 9), st.data())
def test_a_slip_is_named_wherever_its_value_is_its_own(numbers, data):
    key = forward(numbers)
    found = slips(key)
    slip = data.draw(st.sampled_from(found))
    answer = value_of(slip.node)
    rivals = {s.mistake for s in found if np.array_equal(value_of(s.node), answer)}
    clear = rivals == {slip.mistake} and answer != value_of(key)
    diagnosis = diagnose(key, written(answer))
    if clear and information(written(answer)) > 3:
        assert diagnosis is not None
        assert diagnosis.mistake == slip.mistake
    if not clear:
        assert diagnosis is None


# -- what is said ----------------------------------------------------------------------------------


def test_the_working_is_recomputed_with_the_slip():
    z = named(constant(-7) + 3, "z")
    h = named(relu(z), "h")
    key = named(3 * h + 20, "s")
    assert diagnose(key, constant(8)) == Diagnosis(
        "ReLU forgotten", "h", ("h = z = −4", "s = 3h + 20 = 3 · (−4) + 20 = −12 + 20 = 8")
    )


def test_the_old_bias_taken_without_its_sign():
    """The erratum of the 2022 final: −5 − (−½) is −4.5, and 5.5 is 5 + ½."""
    w, h = number([1, 2, 3, 4], "w"), number([1, 0, 0, 1], "h")
    L = named(nll(sigmoid(named(w @ h + b, "z")), 1), "L")
    key = named(b - number(1, "eta") * grad(L, b), "b_new")
    assert diagnose(key, decimal(Fraction(11, 2), 1)).mistake == "sign forgotten"
    assert diagnose(key, -decimal(Fraction(11, 2), 1)).mistake == "ascended instead of descending"
    assert diagnose(key, -decimal(Fraction(9, 2), 1)) is None


def test_two_slips_are_named():
    """relu(−113) + 29·31 is 899; without the ReLU, and subtracted, it is −1012."""
    key = named(relu(number(-113, "a")) + number(29, "c") * number(31, "d"), "s")
    found = diagnose(key, constant(-113 - 29 * 31))
    assert set(found.mistake.split(", and ")) == {"ReLU forgotten", "subtracted instead of adding"}
    assert found.at == "s"


def test_nothing_is_said_where_two_mistakes_give_the_answer():
    """relu(−20) + 2·20 is 40; it is 20 without the first ReLU, and without the factor 2."""
    key = named(relu(number(-20, "a")) + named(relu(number(20, "c")) * 2, "d"), "s")
    assert value_of(key) == 40
    assert {s.mistake for s in slips(key) if value_of(s.node) == 20} == {
        "ReLU forgotten",
        "factor 2 forgotten",
    }
    assert diagnose(key, constant(20)) is None


def test_the_same_slip_in_two_places_is_named_without_a_place():
    a = number(-20, "a")
    key = named(named(relu(a), "g") + 2 * named(relu(named(a + 10, "c")), "h"), "s")
    assert diagnose(key, constant(-20)) == Diagnosis("ReLU forgotten", "", ())


def test_a_slip_that_gives_the_key_is_never_named():
    key = named(relu(number(20, "a")) + 7, "s")
    assert "ReLU forgotten" in {s.mistake for s in slips(key)}
    assert diagnose(key, constant(27)) is None


def test_decimals_are_compared_as_they_are_rounded():
    """σ(3) is 0.9526, σ(−3) is 0.0474."""
    key = named(sigmoid(number(3, "z")), "p")
    assert diagnose(key, decimal(Fraction(47, 1000), 3)).mistake == "sign of the exponent"
    assert diagnose(key, decimal(Fraction(48, 1000), 3)) is None
    assert diagnose(key, decimal(Fraction(952, 1000), 3)) is None  # the key but for rounding on the way


def test_small_numbers_are_named_only_among_few():
    """Luck gives 0 and 1: they are explained where little else could be."""
    few = named(relu(number(-20, "a")) + 1, "s")
    assert len(slips(few)) <= FEW
    assert diagnose(few, constant(0)).mistake == "+1 forgotten"
    many, rest = few, 0
    for i in range(8):
        many = named(many + number(17 * 3**i, f"c_{i}") * number(5 + i, f"d_{i}"), f"s_{i}")
        rest += 17 * 3**i * (5 + i)
    key = named(many - number(rest, "r"), "end")
    assert 0 in [value_of(s.node) for s in slips(key) if s.mistake == "+1 forgotten"]
    assert diagnose(key, constant(0)) is None


@pytest.mark.parametrize(
    ("value", "bits"), [(0, 1), (1, 2), (3, 3), (Fraction(1, 2), 3), ([0, 0, 0], 1), ([1, 0, 0, 1], 6)]
)
def test_information(value, bits):
    assert information(constant(value)) == bits


@pytest.mark.parametrize(
    ("value", "places", "bits"), [(1, 1, 2), (Fraction(1, 2), 1, 3), (Fraction(867, 1000), 3, 10.76)]
)
def test_information_of_decimals(value, places, bits):
    assert information(decimal(Fraction(value), places)) == pytest.approx(bits, abs=0.01)


def test_shapes_and_their_axes():
    key = shape(windows(stride=2))
    assert diagnose(key, constant([5, 9, 14])).mistake == "stride forgotten"
    assert diagnose(key, constant([5, 7])) is None


def test_an_answer_of_another_shape():
    key = named(
        relu(conv2d(number(np.arange(49).reshape(7, 7).tolist(), "x"), matrix("1 2; 3 5"), stride=5)), "h"
    )
    (forgotten,) = (s for s in slips(key) if s.mistake == "stride forgotten")
    assert diagnose(key, written(value_of(forgotten.node))).mistake == "stride forgotten"


def test_formulas():
    z, y = symbol("z"), symbol("y")
    key = named(sigmoid(z) - y, "d")
    assert diagnose(key, y + sigmoid(z)).mistake == "added instead of subtracting"
    assert diagnose(key, 1 / (1 + exp(z)) - y).mistake == "sign of the exponent"
    assert diagnose(key, y - sigmoid(z)) is None
    assert diagnose(key, symbol("u") - sigmoid(z)) is None


def test_counts_with_symbolic_sizes():
    n, k = size("n k")
    key = parameters(Linear(n, k))
    assert diagnose(key, n * k).mistake == "biases not counted"
    assert diagnose(key, k * (n + 1)) is None


def test_labels_say_too_little():
    key = argmax(vector(3, 1, 2), ["A", "B", "C"])
    assert all(diagnose(key, constant(k)) is None for k in (1, 2, 3))


def test_what_cannot_be_evaluated_is_not_diagnosed():
    key = named(constant(3) + 4, "s")
    assert diagnose(key, constant(1) / 0) is None
    assert diagnose(named(symbol("x", (size("n"),)) + 1, "y"), constant(3)) is None


# -- groups ----------------------------------------------------------------------------------------


def mark(candidate, **said):
    blanks = [
        BlankMark(f"{q}/a", q, "number", "1", "wrong", Fraction(0), Fraction(1), slip=slip)
        for q, slip in said.items()
    ]
    return Mark(candidate, "A", tuple(blanks))


def test_candidates_are_grouped_by_slip_across_versions():
    marks = [
        mark("zoe", forward="bias forgotten", sgd=""),
        mark("ada", forward="bias forgotten", sgd="transposed"),
        mark("bob", sgd="bias forgotten"),
    ]
    assert group(marks) == {
        "bias forgotten": {"forward": ["ada", "zoe"], "sgd": ["bob"]},
        "transposed": {"sgd": ["ada"]},
    }
    assert list(group(marks)) == ["bias forgotten", "transposed"]


# -- credit ----------------------------------------------------------------------------------------


def test_a_policy_names_mistakes_that_are_known():
    def said(name):
        meta = f"marking:\n  slips:\n    {name}: half\n"
        return [
            (d.line, d.message, d.help)
            for d in check(solved("y = relu(x)", given="x = 3", meta=meta)).diagnostics
        ]

    assert said("ReLU forgotten") == []
    assert said("ReLU forgotten, and sign forgotten") == []
    assert said("RELU forgotten") == [
        (6, "no mistake is known by the name 'RELU forgotten'", "did you mean 'ReLU forgotten'?")
    ]
