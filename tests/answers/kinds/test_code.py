"""Code as an answer: right in any style, wrong with a witness, and no exploit that scores."""

import random
import re
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from tripos.answers.code import sandbox
from tripos.answers.code.sandbox import Limits, available
from tripos.answers.code.trials import function
from tripos.answers.kinds import KINDS, kind_of
from tripos.answers.kinds import code as module
from tripos.answers.kinds.code import fault_of, plain
from tripos.graph import cross_entropy, exp, floor, grad, log, relu, sigmoid, size, softmax, symbol

needs_sandbox = pytest.mark.skipif(bool(available()), reason=f"no sandbox: {available()}")

n, m = size("n m")
k, s = size("k s")
x = symbol("x")
z = symbol("z", (n,))
y = symbol("y", (n,), "distribution")
W = symbol("W", (m, n))
p = symbol("p", (), "probability")
t = symbol("t", (), "bit")

SOFTMAX = function("softmax", softmax(z), [z])
GRADIENT = function("softmax_grad", grad(cross_entropy(z, y), z), [z, y])
STABLE = function("softmax", softmax(z), [z], also=[[[1000, 0, -1000]]])
LAYER = function("layer", relu(W @ z), [W, z])
CHOSEN = function("chosen", t * p + (1 - t) * (1 - p), [p, t])
OUTPUTS = function("outputs", floor((n - k) / s) + 1, [n, k, s])
SIGMOID = function("f", sigmoid(x), [x])

EXPLOITS = sorted((Path(__file__).parent.parent / "code" / "exploits").glob("*.txt"))


def mark(key, text, **options):
    return KINDS["code"].mark(key, text, options, {})


# -- exploits ------------------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(module, "LIMITS", Limits(processor=1, clock=2.5, memory=1 << 29))


def test_there_is_a_corpus_of_exploits():
    assert len(EXPLOITS) >= 25
    assert SAID.keys() <= {file.stem for file in EXPLOITS}


SAID = {
    "exit_hard": "ended before the function had returned",
    "fork": "Operation not permitted",
    "memory": "MemoryError",
    "network": "Operation not permitted",
    "nothing": "returned nothing",
    "read_files": "no paper found",
    "read_home": "No such file or directory",
    "read_proc": "No such file or directory",
    "sleep": "took longer than 2.5 s",
    "system_calls": "granted: []",
    "thread_bomb": "can't start new thread",
    "write_files": "written: []",
}
"""What stops an exploit, where that might be something else by mistake."""


@needs_sandbox
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("file", EXPLOITS, ids=lambda file: file.stem)
def test_no_exploit_scores(file):
    marked = mark(SOFTMAX, file.read_text(encoding="utf-8"))
    assert (marked.verdict.outcome, marked.credit) == ("wrong", 0)
    assert SAID.get(file.stem, "") in marked.verdict.reason
    assert marked.verdict.witness
    assert all(c.isprintable() or c == "\n" for line in marked.feedback for c in line)


# -- right and wrong -----------------------------------------------------------------------------

LOOPS = """
import math

def softmax_grad(z, y):
    largest = max(z)
    weights = [math.exp(value - largest) for value in z]
    total = sum(weights)
    return [w / total - target for w, target in zip(weights, y)]
"""
ARRAYS = """
def softmax_grad(z, y):
    e = np.exp(z - z.max())
    return e / e.sum() - y
"""
CLASSES = """
from dataclasses import dataclass

@dataclass
class Loss:
    z: object
    y: object

    def softmax(self):
        return np.exp(self.z - np.logaddexp.reduce(self.z))

    def gradient(self):
        return self.softmax() * self.y.sum() - self.y

softmax_grad = lambda z, y: Loss(z, y).gradient()
"""
IN_PLACE = """
def softmax_grad(z, y, out=None):
    z -= z.max()
    np.exp(z, out=z)
    z /= z.sum()
    z -= y
    print("debugging", z)
    return z
"""


@needs_sandbox
@pytest.mark.parametrize(
    "code", [LOOPS, ARRAYS, CLASSES, IN_PLACE, f"```python\n{ARRAYS}```", f"\n    {ARRAYS}"]
)
def test_right_solutions_of_several_styles_score_full(code):
    marked = mark(GRADIENT, code)
    assert (marked.verdict.outcome, marked.credit) == ("right", 1), marked.verdict
    assert "points drawn for this answer" in marked.verdict.reason


@needs_sandbox
@pytest.mark.parametrize(
    ("key", "code"),
    [
        (LAYER, "def layer(W, z):\n    return [max(0, sum(a * b for a, b in zip(row, z))) for row in W]"),
        (LAYER, "def layer(*both):\n    return np.clip(np.dot(*both), 0, None)"),
        (CHOSEN, "def chosen(p, t):\n    return p if t == 1 else 1 - p"),
        (OUTPUTS, "def outputs(n, k, s):\n    return (n - k) // s + 1"),
        (SIGMOID, "def f(x):\n    return 1 / (1 + math.exp(-x))"),
        (SIGMOID, "def f(x):\n    return np.tanh(x / 2) / 2 + .5"),
        (STABLE, "def softmax(z):\n    z = z - max(z)\n    return np.exp(z) / sum(np.exp(z))"),
        (SOFTMAX, "def softmax(z):\n    return np.exp(z) / np.exp(z).sum()"),
    ],
)
def test_right_solutions_of_several_keys_score_full(key, code):
    verdict = mark(key, code).verdict
    assert verdict.outcome == "right", verdict


@needs_sandbox
@pytest.mark.parametrize(
    ("key", "code", "witness"),
    [
        (GRADIENT, "def softmax_grad(z, y):\n    return y - softmax(z)", "line 2: NameError: name 'softmax'"),
        (GRADIENT, ARRAYS.replace("- y", "+ y"), "softmax_grad(z=["),
        (GRADIENT, ARRAYS.replace("return", "return -1 *"), "found ["),
        (LAYER, "def layer(W, z):\n    return W @ z", "layer(W=["),
        (LAYER, "def layer(W, z):\n    return np.maximum(0, z @ W)", "line 2: ValueError: matmul"),
        (LAYER, "def layer(W, z):\n    return np.maximum(0, W * z)", "has shape"),
        (CHOSEN, "def chosen(p, t):\n    return p", "chosen(p="),
        (OUTPUTS, "def outputs(n, k, s):\n    return (n - k) / s + 1", "outputs(n="),
        (OUTPUTS, "def outputs(n, k, s):\n    return int((n - k) / s) + 1", "outputs(n="),
        (STABLE, "def softmax(z):\n    return np.exp(z) / np.exp(z).sum()", "softmax(z=[1000, 0, -1000])"),
        (SIGMOID, "def f(x):\n    return np.array([1 / (1 + math.exp(-x))])", "has shape scalar, found 1"),
    ],
)
def test_wrong_solutions_come_with_a_witness(key, code, witness):
    marked = mark(key, code)
    assert (marked.verdict.outcome, marked.credit) == ("wrong", 0)
    assert witness in marked.verdict.witness
    assert marked.feedback


@needs_sandbox
def test_a_witness_is_true():
    witness = mark(SIGMOID, "def f(x):\n    return x + 2").verdict.witness
    given, expected, found = re.fullmatch(r"f\(x=(\S+)\) is (\S+), found (\S+)", witness).groups()
    value = float(given)
    assert float(found) == pytest.approx(value + 2, rel=1e-5)
    assert float(expected) == pytest.approx(1 / (1 + 2.718281828459045**-value), rel=1e-5)


@needs_sandbox
@pytest.mark.parametrize(
    "change",
    ["+ 1e-5", "* (1 + 1e-4)"],
)
def test_what_is_nearly_right_goes_to_a_person(change):
    marked = mark(SIGMOID, f"def f(x):\n    return 1 / (1 + math.exp(-x)) {change}")
    assert (marked.verdict.outcome, marked.credit) == ("undecided", 0)
    assert marked.verdict.witness


@needs_sandbox
def test_a_formula_that_overflows_goes_to_a_person_unless_the_paper_asks():
    loss, code = log(1 + exp(x)), "def loss(x):\n    return -math.log(1 - 1 / (1 + math.exp(-x)))"
    large = [[40.0], [-40.0]]
    marked = mark(function("loss", loss, [x], also=large), code)
    assert marked.verdict.outcome == "wrong"
    assert "loss(x=40)" in marked.verdict.witness
    cut = "def loss(x):\n    return math.log(1 + math.exp(x)) if abs(x) < 17 else 0.5"
    marked = mark(function("loss", loss, [x]), cut)
    assert (marked.verdict.outcome, marked.credit) == ("undecided", 0)
    assert "where some are large" in marked.verdict.reason


@needs_sandbox
def test_the_paper_may_allow_more():
    code = "def f(x):\n    return 1 / (1 + math.exp(-x)) * 1.0001"
    assert mark(SIGMOID, code, tolerance="1e-3").verdict.outcome == "right"


@needs_sandbox
def test_a_derivative_taken_numerically_is_not_called_wrong():
    slope = function("slope", grad(sigmoid(x), x), [x])
    code = """
def slope(x, h=1e-4):
    f = lambda x: 1 / (1 + math.exp(-x))
    return (f(x + h) - f(x - h)) / (2 * h)
"""
    assert mark(slope, code).verdict.outcome in ("right", "undecided")


@needs_sandbox
def test_the_same_answer_gets_the_same_mark():
    code = "def f(x):\n    return x"
    assert mark(SIGMOID, code) == mark(SIGMOID, code)


@needs_sandbox
def test_feedback_shows_the_first_of_what_was_printed():
    marked = mark(SIGMOID, "def f(x):\n    print('here', x)\n    return 0")
    assert any(line.startswith("It printed: here") for line in marked.feedback)
    assert all(len(line) < 1000 for line in marked.feedback)


@needs_sandbox
@pytest.mark.parametrize("key", [SOFTMAX, GRADIENT, LAYER, CHOSEN, SIGMOID])
def test_examples_are_what_they_say(key):
    right, wrong, invalid = KINDS["code"].examples(key, random.Random(1))
    assert right
    assert [mark(key, text).verdict.outcome for text in right] == ["right"] * len(right)
    assert [mark(key, text).verdict.outcome for text in wrong] == ["wrong"] * len(wrong)
    assert [mark(key, text).verdict.outcome for text in invalid] == ["unread"] * len(invalid)


# -- without running it --------------------------------------------------------------------------


@pytest.fixture
def nothing_runs(monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("def softmax_grad(z, y)\n    return z", "line 1: expected ':'"),
        ("def softmax_grad(z, y):\n    return (z", "line 2: '(' was never closed"),
        ("the gradient is p - y", "this is not Python: line 1"),
        ("", "nothing is written"),
        ("```python\n```", "nothing is written"),
        ("x\0", "Python"),
        ("(" * 10_000, "Python"),
        ("-" * 10_000 + "1", "Python"),
        ("a" + ".b" * 9_000 + "=1;" * 2, "Python"),
        ("#" * 30_000, "at most 20,000 characters"),
        ("\ud800", "Python"),
    ],
)
def test_what_is_no_python_is_unread(code, reason):
    marked = mark(GRADIENT, code)
    assert marked.verdict.outcome == "unread", marked.verdict
    assert reason in marked.verdict.reason


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("def softmax(z, y):\n    return z", "there is no function softmax_grad; there is softmax"),
        ("class A:\n    def softmax_grad(z, y):\n        return z", "there is no function softmax_grad"),
        ("def softmax_grad(z):\n    return z", "takes 1 parameter; it is called with 2"),
        ("def softmax_grad(z, y, w):\n    return z", "takes 3 parameters; it is called with 2"),
        ("def softmax_grad(z, *, y):\n    return z", "softmax_grad takes 2 parameters; it is called with 2"),
        ("async def softmax_grad(z, y):\n    return z", "async"),
    ],
)
def test_another_function_is_wrong(code, reason):
    marked = mark(GRADIENT, code)
    assert (marked.verdict.outcome, marked.credit) == ("wrong", 0)
    assert reason in marked.verdict.reason
    assert marked.feedback == ("The answer begins with def softmax_grad(z, y):",)


@pytest.mark.parametrize(
    "code",
    [
        "softmax_grad = lambda z, y: z",
        "if True:\n    def softmax_grad(z, y):\n        return z",
        "from functools import partial\nsoftmax_grad = partial(print)",
        "def softmax_grad(z, y=None):\n    return z",
        "def softmax_grad(*both):\n    return z",
        "def softmax_grad(z, y, **more):\n    return z",
        "@staticmethod\ndef softmax_grad(a):\n    return z",
    ],
)
def test_what_may_be_the_function_is_run(code):
    assert fault_of(GRADIENT, code) == (None, "")


def test_a_fence_and_common_indentation_are_taken_off():
    assert plain("```py\n  a\n    b\n```") == "a\n  b\n"
    assert plain("a\r\nb") == "a\nb\n"


# -- where it cannot be run ----------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_runs")
def test_without_a_sandbox_the_answer_waits_for_a_person(monkeypatch):
    monkeypatch.setattr(sandbox, "which", lambda name: None)
    marked = mark(GRADIENT, ARRAYS)
    assert (marked.verdict.outcome, marked.credit) == ("undecided", 0)
    assert "apt install bubblewrap" in marked.verdict.reason


def test_a_function_is_of_kind_code():
    assert kind_of(GRADIENT) is KINDS["code"]
    assert KINDS["code"].show(SIGMOID).text == "f(x) = σ(x)"
    assert mark(GRADIENT, "").credit == Fraction(0)
