from fractions import Fraction

import pytest

from paper.small import BODY_LINE, causes, check, errors, fence, key, paper, solved, warnings
from tripos.paper.report import Said, Shown

WORKING = BODY_LINE + 3
"""The first line of the working of a paper without givens."""


def found(working, blank="y", given=""):
    """Return the errors of a paper with a working; lines count from the first of the working."""
    report = check(solved(working, blank, given))
    assert not any("Tripos failed" in message for _, message in errors(report))
    return [(line - WORKING + 1, message) for line, message in errors(report)]


# -- what a working makes --


@pytest.mark.parametrize(
    ("working", "value"),
    [
        ("y = constant(0.1) + 0.2", Fraction(3, 10)),
        ("y = 0.1 + 0.2", Fraction(3, 10)),
        ("y = 1 / 3", Fraction(1, 3)),
        ("y = constant(1) / 3", Fraction(1, 3)),
        ("y = (1 / 49) * 49", 1),
        ("y = 0.1 * 3 - 0.3", 0),
        ("y = 1e-3 ** 2", Fraction(1, 10**6)),
        ("y = 3 ** -1 * 3", 1),
        ("y = 2 ** 0.5 * 2 ** 0.5", 2),
        ("y = constant(2) ** (1 / 2) * 2 ** (1 / 2)", 2),
        ("y = sqrt(2) ** 2", 2),
        ("y = 7 // 2", 3),
        ("y = sum([1 / 3, 1 / 3, 1 / 3])", 1),
        ("y = vector(0.1, 1 / 3) @ vector(10, 3)", 2),
        ("y = 1\ny /= 3", Fraction(1, 3)),
        ("def f(x):\n    x /= 3\n    return x\ny = f(1)", Fraction(1, 3)),
        ("def f(x):\n    return x ** 2\ny = f(3) + f(4)", 25),
        ("y = 0\nfor i in range(5):\n    y = y + i", 10),
        ("y = max(3, 1 / 2) if 1 < 2 else 0", 3),
        ("y, z = 2, 3", 2),
    ],
)
def test_arithmetic_is_exact(working, value):
    report = check(solved(working))
    assert errors(report) == []
    assert key(report) == value


def test_each_assignment_is_a_line_and_each_comment_a_sentence():
    report = check(
        solved("# First,\n# double it.\ny_1 = 2 * x  # aside\n# Then add.\ny = y_1 + 1", given="x = 3")
    )
    said = [c for c in report.questions[0].contents if isinstance(c, Said | Shown)]
    assert [c.text if isinstance(c, Said) else c.symbol.text for c in said] == [
        "First, double it.",
        "y₁",
        "Then add.",
        "y",
    ]


def test_sentences_may_hold_values():
    report = check(solved("z = 3\n# Now {{z + 1}} follows.\ny = z + 1"))
    (said,) = [c.text for c in report.questions[0].contents if isinstance(c, Said)]
    assert said == "Now $4$ follows."


def test_sub_questions_see_what_was_worked_above_them_and_not_beside_them():
    text = (
        "---\ntitle: T\n---\n## A {points=2}\n```given\nx = 2\n```\n"
        "### B {points=1}\n[[b]]\n```working\nb = x + 1\n```\n"
        "### C {points=1}\n[[c]]\n```working\nc = b + 1\n```\n"
        "## D {points=1}\n[[d]]\n```working\nd = x\n```\n"
    )
    report = check(text)
    assert (key(report, "b"), key(report, "c")) == (3, 4)
    assert [(line, m) for line, m in errors(report) if "known" in m] == [(21, "no name 'x' is known here")]


def test_a_part_may_hold_givens_for_all_its_questions():
    text = (
        "---\ntitle: T\n---\n# P {points=2}\n```given\nx = 2\n```\n"
        "## A {points=1}\n[[a]]\n```working\na = x\n```\n## B {points=1}\n[[b]]\n```working\nb = x + 1\n```\n"
    )
    report = check(text)
    assert errors(report) == []
    assert (key(report, "a"), key(report, "b")) == (2, 3)


# -- what goes wrong --


@pytest.mark.parametrize(
    ("working", "line", "message"),
    [
        ("z = 1\ny = 1 / 0", 2, "by zero"),
        ("y = 0 ** -1", 1, "by zero"),
        ("y = 5 % 0", 1, "zero"),
        ("y = constant(1) / 0", 1, "by zero"),
        ("y = vector(1, 2) @ vector(1, 2, 3)", 1, "2"),
        ("y = [1, 2][5]", 1, "IndexError"),
        ("y = int('x')", 1, "ValueError"),
        ("\n\ny = (1", 3, "not Python"),
        ("y = 1\n  z = 2", 2, "not Python"),
        ("def f(n):\n    return f(n)\ny = f(1)", 2, "recurses without end"),
        ("y = constant(10) ** 10 ** 10", 1, "bits"),
        ("y = 10 ** 10 ** 8", 1, "bits"),
        ("a, b = 1, 2, 3\ny = a", 1, "2 names for 3 values"),
        ("require(1 > 2, 'one is not two')\ny = 1", 1, "one is not two"),
        ("agree(1, 2)\ny = 1", 1, "do not agree"),
        ("y = matrix('1 2; 3')", 1, "rows"),
        ("y = log(0)", 1, "log of 0"),
        ("y = sqrt(-1)", 1, "negative"),
        ("y = symbol('x') ** (1 / 0)", 1, "by zero"),
    ],
)  # fmt: skip
def test_a_working_that_fails_is_an_error_at_its_line(working, line, message):
    ((at, text),) = found(working)
    assert at == line
    assert message in text


@pytest.mark.parametrize(
    ("working", "word"),
    [
        ("import os", "import"),
        ("from os import path", "importfrom"),
        ("y = (1).__class__", "underscore"),
        ("y = __builtins__", "underscore"),
        ("y = sqrt.__globals__", "underscore"),
        ("y = (x for x in [1]).gi_frame", "inner ones"),
        ("def f():\n    return 1\ny = f.func_globals if 0 else f.__code__", "underscore"),
        ("y = '{0.__class__}'.format(1)", "'format'"),
        ("y = 'a'.format_map({})", "'format_map'"),
        ("class A:\n    pass", "classdef"),
        ("try:\n    y = 1\nexcept ValueError:\n    y = 2", "try"),
        ("with x:\n    y = 1", "with"),
        ("global y", "global"),
        ("_y = 1", "underscore"),
        ("del sqrt", "delete"),
        ("y = [(yield 1)]", "yield"),
    ],
)
def test_what_has_no_place_in_a_paper_is_refused(working, word):
    report = check(solved(f"y = 1\n{working}"))
    ((_, message),) = errors(report)
    assert word in message
    assert "not allowed in a paper" in message


@pytest.mark.parametrize(
    "name",
    ["open", "eval", "exec", "compile", "getattr", "vars", "globals", "input", "type", "print", "object"],
)
def test_dangerous_names_are_unknown(name):
    ((line, message),) = found(f"y = {name}('x')")
    assert (line, message) == (1, f"no name '{name}' is known here")


@pytest.mark.parametrize(
    ("working", "name", "help"),
    [
        ("y = sofmax(vector(1, 2))", "sofmax", "did you mean 'softmax'?"),
        ("y = sigmiod(0)", "sigmiod", "did you mean 'sigmoid'?"),
        ("width = 2\ny = widht + 1", "widht", "did you mean 'width'?"),
    ],
)
def test_misspelt_names_get_a_suggestion(working, name, help):
    report = check(solved(working))
    (finding,) = causes(report)
    assert (finding.message, finding.help) == (f"no name '{name}' is known here", help)


def test_a_blank_that_names_nothing_is_an_error_at_its_line():
    report = check(solved("y = 1", blank="why"))
    (finding,) = causes(report)
    assert (finding.line, finding.message) == (BODY_LINE, "no name 'why' is known here")


def test_one_failure_is_one_cause():
    report = check(solved("z = 1 / 0\ny = z + 1", after=fence("published", "y = 3\nz = 2")))
    assert [line for line, _ in errors(report)] == [WORKING]


def test_lines_before_the_failing_one_are_kept():
    report = check(paper("[[y]] [[z]]\n\n" + fence("working", "y = 2\nz = 1 / 0")))
    assert key(report, "y") == 2


# -- names --


@pytest.mark.parametrize(
    "working",
    [
        "x = 3",
        "x, z = 3, 4",
        "x += 1",
        "for x in range(3):\n    z = 1",
        "if True:\n    x = 3",
        "z = (x := 3)",
    ],
)
def test_a_working_may_not_redefine_a_given(working):
    report = check(solved(f"y = 2 * x\n{working}", given="x = 2"))
    (finding,) = causes(report)
    line = 16 if working.startswith("if") else 15
    assert (finding.line, finding.message) == (line + 1, "the working redefines the given 'x'")
    assert finding.found == "given in line 11"


def test_names_inside_functions_and_comprehensions_redefine_nothing():
    report = check(
        solved(
            "def f(x):\n    x = x + 1\n    return x\ny = f(1) + sum([x for x in [1, 2]]) + x", given="x = 2"
        )
    )
    assert errors(report) == []
    assert key(report) == 7


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (fence("working", "y = 1\ny = 2"), 11),
        (fence("working", "y = 1") + fence("working", "y = 2"), 13),
        (fence("given", "a = 1\na = 2") + fence("working", "y = a"), 11),
    ],
)
def test_a_name_used_twice_is_warned_of(body, line):
    report = check(paper(f"[[y]]\n{body}"))
    assert errors(report) == []
    ((at, message),) = [w for w in warnings(report) if "used twice" in w[1]]
    assert at == line, message


def test_a_name_that_a_loop_assigns_again_is_no_second_name():
    assert warnings(check(solved("total = 0\nfor i in range(3):\n    y = total + i", given=""))) == []


def test_a_given_that_nothing_uses_is_warned_of():
    report = check(solved("y = x + 1", given="x = 1\nunread = 2"))
    assert warnings(report) == [(12, "the given 'unread' is never used")]


def test_overrides_take_the_place_of_givens():
    text = solved("y = x + 1", given="x = vary(1, integers(0, 9))")
    assert key(check(text)) == 2
    assert key(check(text, overrides={"x": 5})) == 6
