"""The core promise: no key on which two evaluations disagree."""

from fractions import Fraction

import pytest

from paper.small import BODY_LINE, causes, check, errors, fence, key, paper, solved, warnings
from tripos.graph.op import find
from tripos.graph.spaces import exact
from tripos.paper.report import Answer, Rubric, Shown, Text

GIVEN = """x = vector(2, -1, 1 / 2)
w = vector(1, 3, -2)
A = matrix("2 -1 3; 4 1/2 -3; 1 5 -2")
K = matrix("1 -2; 3 1")"""

VALUES = {
    "relu": "relu(x)",
    "leaky_relu": "leaky_relu(x)",
    "elu": "elu(x)",
    "hard_threshold": "hard_threshold(x)",
    "sigmoid": "sigmoid(x)",
    "tanh": "tanh(x)",
    "softplus": "softplus(x)",
    "softmax": "softmax(x)",
    "log_softmax": "log_softmax(x)",
    "contract": "A @ x",
    "conv2d": "conv2d(A, K)",
    "max_pool2d": "max_pool2d(A, 2, stride=1)",
    "avg_pool2d": "avg_pool2d(A, 2, stride=1)",
    "logistic_loss": "nll(sigmoid(w @ x), 1)",
    "cross_entropy": "cross_entropy(x, vector(1 / 4, 1 / 4, 1 / 2))",
}
"""An expression over GIVEN for each op that has a kernel."""

SLOPES = {
    "add": ("sum(x + w * x)", "x"),
    "sub": ("sum(w * (w - x))", "x"),
    "neg": ("sum(w * -x)", "x"),
    "mul": ("sum(x * w * x)", "x"),
    "div": ("sum(w / (x + 5))", "x"),
    "power": ("sum(x ** 3)", "x"),
    "exp": ("sum(exp(x))", "x"),
    "log": ("sum(log(x + 5))", "x"),
    "sqrt": ("sum(sqrt(x + 5))", "x"),
    "maximum": ("sum(maximum(x, w))", "x"),
    "abs": ("sum(abs(x))", "x"),
    "index": ("x[0] * x[1]", "x"),
    "stack": ("sum(stack(x, w) @ x)", "x"),
    "reshape": ("reshape(A, (9,)) @ reshape(A.T, (9,))", "A"),
    "transpose": ("x @ (A.T @ w)", "A"),
    "sum": ("sum(x) ** 2", "x"),
    "max": ("max(x) * 3", "x"),
    "relu": ("w @ relu(x)", "x"),
    "leaky_relu": ("w @ leaky_relu(x)", "x"),
    "elu": ("w @ elu(x)", "x"),
    "sigmoid": ("w @ sigmoid(x)", "x"),
    "tanh": ("w @ tanh(x)", "x"),
    "softplus": ("w @ softplus(x)", "x"),
    "softmax": ("w @ softmax(x)", "x"),
    "log_softmax": ("w @ log_softmax(x)", "x"),
    "contract": ("w @ (A @ x)", "A"),
    "conv2d": ("sum(conv2d(A, K) ** 2)", "K"),
    "max_pool2d": ("sum(max_pool2d(A, 2, stride=1) ** 2)", "A"),
    "avg_pool2d": ("sum(avg_pool2d(A, 2, stride=1) ** 2)", "A"),
    "logistic_loss": ("nll(sigmoid(w @ x), 1)", "x"),
    "cross_entropy": ("cross_entropy(x, vector(1 / 4, 1 / 4, 1 / 2))", "x"),
}
"""A scalar, and what to differentiate it by, for each op whose gradient exams ask for."""


@pytest.fixture
def broken():
    """Give ops other rules for the time of a test."""
    kept = []

    def break_rule(name, rule, wrong):
        op = find(name)
        kept.append((op, rule, getattr(op, rule)))
        object.__setattr__(op, rule, wrong(getattr(op, rule)))

    yield break_rule
    for op, rule, value in reversed(kept):
        object.__setattr__(op, rule, value)


def off(rule):
    """Return a rule in floats that is wrong by a thousandth."""
    return lambda *args, **attrs: rule(*args, **attrs) + 1e-3


def off_exactly(rule):
    """Return a textbook rule that is wrong in exact arithmetic, by a thousandth."""
    thousandth = exact.value(Fraction(1, 1000))
    return lambda xp, *args, **attrs: rule(xp, *args, **attrs) + (thousandth if xp is exact else 0)


def off_by_a_factor(rule):
    """Return a gradient that is wrong by a factor."""
    return lambda *args, **attrs: [
        None if part is None else part * Fraction(1001, 1000) for part in rule(*args, **attrs)
    ]


def refused(working):
    """Say whether the key is refused; there must be no other error."""
    report = check(solved(f"y = {working}", given=GIVEN))
    assert all(d.message == "the key of [[y]] is refused" for d in causes(report))
    (blank,) = report.questions[0].blanks
    assert blank.proven == report.ok
    return not blank.proven


@pytest.mark.parametrize("name", VALUES)
def test_a_key_is_refused_when_the_fast_kernel_is_wrong(name, broken):
    assert not refused(VALUES[name])
    broken(name, "kernel", off)
    assert refused(VALUES[name])


@pytest.mark.parametrize("name", VALUES)
def test_a_key_is_refused_when_the_exact_rule_is_wrong(name, broken):
    broken(name, "forward", off_exactly)
    assert refused(VALUES[name])


@pytest.mark.parametrize("name", SLOPES)
def test_a_key_is_refused_when_a_gradient_is_wrong(name, broken):
    scalar, at = SLOPES[name]
    assert not refused(f"grad({scalar}, {at})")
    broken(name, "backward", off_by_a_factor)
    assert refused(f"grad({scalar}, {at})")


def test_a_formula_is_refused_when_its_gradient_is_wrong(broken):
    working = "s = symbol('s')\ny = grad(tanh(s), s)"
    assert check(solved(working)).questions[0].blanks[0].proven
    broken("tanh", "backward", off_by_a_factor)
    ((line, message),) = errors(check(solved(working)))
    assert (line, message) == (BODY_LINE, "the key of [[y]] is refused")


def test_a_step_is_refused_when_the_gradient_it_takes_is_wrong(broken):
    broken("logistic_loss", "backward", off_by_a_factor)
    assert refused("sgd_step(nll(sigmoid(w @ x), 1), [w], lr=1)[0]")


def test_a_refused_key_says_how_the_evaluations_differ(broken):
    broken("relu", "kernel", lambda rule: lambda x: -x)
    (finding,) = causes(check(solved("y = relu(constant(3))")))
    assert "3 against -3" in finding.found


def test_the_key_of_a_choice_is_proven_too(broken):
    text = paper("- [x] $3$\n- [ ] $4$\n\n" + fence("working", "z = relu(constant(3))"), heading="answer=z")
    assert check(text).ok
    broken("relu", "kernel", off)
    assert (6, "the answer z is refused") in errors(check(text))


def test_a_proof_says_how_it_was_made():
    def proof(working):
        return check(solved(working, given=GIVEN)).questions[0].blanks[0].proof

    value, slope = "exact and floating-point values agree", "gradient agrees with finite differences"
    assert proof("y = A @ x") == (value,)
    assert proof("y = grad(w @ tanh(x), x)") == (value, slope)
    assert proof("y = grad(w @ relu(x - 2), x)") == (
        value,
        f"{slope} (on a kink: it lies between the one-sided slopes)",
    )
    assert "shapes" in proof("y = shape(A @ x)")[0]
    assert "random points" in proof("y = tanh(symbol('s'))")[0]


# -- what a worked question holds --


def test_text_lines_and_answers_stand_in_order():
    body = (
        "Let $x = {{x}}$; find [[y]].\n\n"
        + fence("given", "x = 1 / 3")
        + fence("working", "# Double it.\ny = 2 * x")
    )
    body += fence("rubric", "4  doubles") + fence("answer", "It is ${{y}}$.")
    contents = check(paper(body)).questions[0].contents
    assert contents[0] == Text("Let $x = \\frac{1}{3}$; find \x020\x03.")
    assert [type(c).__name__ for c in contents[1:]] == ["Said", "Shown", "Rubric", "Answer"] or [
        type(c).__name__ for c in contents[1:]
    ] == ["Said", "Shown", "Answer", "Rubric"]
    assert Rubric(((4, "doubles"),)) in contents
    assert Answer("It is $\\frac{2}{3}$.") in contents


def test_a_line_is_shown_once():
    text = paper("[[y]] [[z]]\n\n" + fence("working", "x = constant(2) ** 2\ny = x + 1\nz = x + y"))
    symbols = [c.symbol.text for c in check(text).questions[0].contents if isinstance(c, Shown)]
    assert symbols == ["x", "y", "z"]


def test_each_blank_knows_the_lines_it_rests_on():
    text = paper(
        "[[y]] [[z]]\n\n"
        + fence("working", "a = constant(2) ** 2\nb = constant(3) ** 2\ny = a + 1\nz = b + y")
    )
    y, z = check(text).questions[0].blanks
    assert [line.symbol.text for line in y.working] == ["a", "y"]
    assert sorted(line.symbol.text for line in z.working) == ["a", "b", "y", "z"]


def test_a_failing_question_leaves_the_others_as_they_are():
    good = "## Good {points=2}\n[[y]]\n" + fence("working", "y = constant(1) + 1")
    bad = "## Bad {points=2}\n[[y]]\n" + fence("working", "y = 1 / 0")
    report = check(f"---\ntitle: T\npoints: 6\n---\n{good}{bad}{good}")
    assert [q.blanks[0].proven for q in report.questions] == [True, False, True]
    assert len(errors(report)) == 1
    assert warnings(report) == []


def test_the_json_of_a_blank_has_key_decimal_and_proof():
    (question,) = check(solved("y = exp(constant(1) / 2)")).as_json()["questions"]
    assert (question["id"], question["points"]) == ("q", 4)
    (blank,) = question["blanks"]
    assert (blank["name"], blank["kind"], blank["line"]) == ("y", "number", BODY_LINE)
    assert (blank["decimal"], blank["proven"]) == ("1.649", True)
    assert blank["proof"] == ["exact and floating-point values agree"]
    assert set(blank["key"]) == {"text", "latex"}


def test_a_rational_key_is_exact():
    assert key(check(solved("y = constant(1) / 3 + constant(1) / 6"))) == Fraction(1, 2)
