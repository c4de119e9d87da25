import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from paper.small import BODY_LINE, causes, check, errors, fence, key, paper, solved, warnings
from tripos.paper.report import Erratum

OPTIONS = "- [{}] $3$\n- [{}] $4$\n- [{}] none of the above\n"
FIRST = BODY_LINE + 2
"""The line of the first option of a choice."""


def choice(*ticks, options=OPTIONS, working="z = 1 + 2", heading="answer=z"):
    """Return a paper with a choice, whose key is 3 unless told otherwise."""
    return paper("Which?\n\n" + options.format(*ticks) + "\n" + fence("working", working), heading=heading)


# -- points --


@pytest.mark.parametrize(
    ("headings", "line", "message"),
    [
        ("# P {points=3}\n## A {points=2}\n## B {points=2}\n", 5, "the questions under 'P' do not add up"),
        (
            "# P\n## A {points=4}\n### B {points=1}\n### C {points=2}\n",
            6,
            "the questions under 'A' do not add up",
        ),
        (
            "# P\n## A {points=2}\n## B {points=1}\n",
            1,
            "the questions do not add up to the points in the front matter",
        ),
    ],
)
def test_points_add_up_at_each_level(headings, line, message):
    report = check(f"---\ntitle: T\npoints: 4\n---\n{headings}")
    assert (line, message) in errors(report)


def test_points_that_add_up_are_no_errors():
    headings = "# P {points=6}\n## A {points=4}\n### B {points=1}\n### C {points=3}\n## D {points=2}\n"
    assert errors(check(f"---\ntitle: T\npoints: 6\n---\n{headings}")) == []


def test_a_question_without_points_is_warned_of():
    report = check("---\ntitle: T\n---\n## A\nText.\n")
    assert (4, "the question 'A' carries no points") in warnings(report)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [("2  a\n2  b", []), ("2  a\n1  b", [(11, "the rubric does not add up to the question")])],
)
def test_rubrics_add_up(rows, expected):
    assert errors(check(paper("Why?\n\n" + fence("rubric", rows)))) == expected


def test_a_rubric_row_without_points_is_an_error_at_its_line():
    report = check(paper("Why?\n\n" + fence("rubric", "4  a\nwithout points")))
    assert errors(report) == [(12, "a line of a rubric is points and what earns them")]


@pytest.mark.parametrize(("points", "wrong"), [((1, 3), False), ((1, 2), True)])
def test_points_of_blanks_add_up(points, wrong):
    body = "[[a | points={}]] [[b | points={}]]\n\n".format(*points) + fence(
        "working", "a = 1 + 1\nb = 2 * a"
    )
    found = errors(check(paper(body)))
    assert found == ([(6, "the points of the blanks do not add up to the question")] if wrong else [])


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("point=3", "a blank has no option 'point'"),
        ("points=x", "points must be a whole number"),
        ("decimals=-1", "decimals must be a whole number"),
    ],
)
def test_options_of_blanks_are_checked(option, message):
    assert (BODY_LINE, message) in errors(check(solved("y = 1 + 1", blank=f"y | {option}")))


def test_decimals_of_a_blank_are_as_asked_for():
    report = check(solved("y = exp(1)", blank="y | decimals=5"))
    assert report.questions[0].blanks[0].decimal == "2.71828"


# -- choices --


def test_a_right_tick_is_no_finding():
    assert errors(check(choice("x", " ", " "))) == []


@pytest.mark.parametrize(
    ("ticks", "lines"),
    [
        ((" ", "x", " "), [FIRST, FIRST + 1]),
        ((" ", " ", "x"), [FIRST, FIRST + 2]),
        (("x", "x", " "), [FIRST + 1]),
        ((" ", " ", " "), [FIRST]),
    ],
)
def test_wrong_ticks_are_errors_at_their_lines(ticks, lines):
    assert [line for line, _ in errors(check(choice(*ticks)))] == lines


@pytest.mark.parametrize(
    ("working", "ticks"), [("z = 1 + 2", "x  "), ("z = 2 + 2", " x "), ("z = 2 + 3", "  x")]
)
def test_the_tick_follows_the_working(working, ticks):
    for tried in ("x  ", " x ", "  x"):
        assert (errors(check(choice(*tried, working=working))) == []) == (tried == ticks)


@pytest.mark.parametrize(
    ("holds", "right"),
    [(("1 < 2", "2 < 3"), "  x"), (("1 < 2", "3 < 2"), "x  "), (("2 < 1", "3 < 2"), None)],
)
def test_all_of_the_above(holds, right):
    one, two = (f'{{{{holds="{claim}"}}}}' for claim in holds)
    options = f"- [{{}}] one {one}\n- [{{}}] two {two}\n- [{{}}] all of the above\n"
    for ticks in ("x  ", "  x"):
        found = errors(check(choice(*ticks, options=options, working="z = 1", heading="")))
        assert (found == []) == (ticks == right)


def test_two_right_options_are_an_error_unless_declared():
    options = "- [{}] $3$\n- [{}] $2 + 1$\n- [{}] $4$\n"
    report = check(choice("x", "x", " ", options=options))
    assert errors(report) == [(FIRST, "the number of right options is not as declared")]
    assert errors(check(choice("x", "x", " ", options=options, heading="answer=z accept=2"))) == []


def test_no_right_option_is_an_error():
    assert errors(check(choice(" ", " ", options="- [{}] $4$\n- [{}] $5$\n"))) == [
        (FIRST, "the number of right options is not as declared")
    ]


def test_an_option_that_cannot_be_read_is_warned_of():
    report = check(choice("x", " ", " ", options="- [{}] $3$\n- [{}] about five\n- [{}] $4$\n"))
    assert warnings(report) == [(FIRST + 1, "the option cannot be read as an answer")]


@pytest.mark.parametrize("holds", ["nothing", "1 +", "1 / 0 < 1", "symbol('x')", "less(symbol('x'), 0)"])
def test_an_option_that_cannot_be_decided_is_an_error_at_its_line(holds):
    options = f'- [{{}}] one {{{{holds="{holds}"}}}}\n- [{{}}] two {{{{holds="1 < 0"}}}}\n'
    found = errors(check(choice("x", " ", options=options, heading="")))
    assert [line for line, _ in found] == [FIRST]


@pytest.mark.parametrize(
    ("options", "key_line", "right"),
    [
        ("- [{}] $1 - \\tanh(s)^2$\n- [{}] $\\tanh(s)(1 - \\tanh(s))$\n", "z = grad(tanh(s), s)", 0),
        ("- [{}] $\\sigma(s)$\n- [{}] $\\sigma(s)(1 - \\sigma(s))$\n", "z = grad(sigmoid(s), s)", 1),
        ("- [{}] $O(MN)$\n- [{}] $O(M + N)$\n", "z = growth(macs(symbol('A', (M, N)) @ b), M, N)", 0),
        ("- [{}] $6 \\times 6$\n- [{}] $8 \\times 8$\n", "z = shape(conv2d(ones(8, 8), ones(3, 3)))", 0),
        ("- [{}] $0.33$\n- [{}] $0.3$\n- [{}] $0.34$\n", "z = constant(1) / 3", None),
    ],
)  # fmt: skip
def test_options_are_read_as_answers_of_the_kind_of_the_key(options, key_line, right):
    working = f"s = symbol('s')\nM, N = size('M N')\nb = symbol('b', N)\n{key_line}"
    count = options.count("{}")
    ticks = ["x" if i == right else " " for i in range(count)]
    found = errors(check(choice(*ticks, options=options, working=working)))
    if right is None:
        assert [line for line, _ in found] == [FIRST, FIRST, FIRST + 1]  # two correct roundings of 1/3
    else:
        assert found == []


def test_a_choice_of_more_options_than_letters_is_an_error():
    assert errors(check(choice(options="- [x] $3$\n" + "- [ ] $4$\n" * 26))) == [
        (FIRST, "a choice has at most 26 options")
    ]


# -- published keys --


@pytest.mark.parametrize("text", ["-9/2", "-4.5", "−9/2", r"-\frac{9}{2}", "-4 - 1/2"])
def test_a_published_key_that_agrees_is_no_finding(text):
    report = check(solved("y = constant(-9) / 2", after=fence("published", f"y = {text}")))
    assert report.diagnostics == []


def test_a_published_key_that_differs_is_an_error_that_says_both():
    report = check(solved("y = constant(-9) / 2", after=fence("published", "y = 5.5")))
    (finding,) = causes(report)
    assert (finding.line, finding.found) == (15, "5.5")
    assert finding.expected in ("−9/2", "−4.5")


def test_an_erratum_is_listed_and_no_error():
    report = check(solved("y = constant(-9) / 2", after=fence('published {erratum="a slip"}', "y = 5.5")))
    (finding,) = report.diagnostics
    assert (finding.severity, finding.line, finding.help) == ("erratum", 15, "a slip")
    assert report.ok
    assert report.questions[0].errata == [Erratum("y", "5.5", "−9/2", "a slip")]
    assert report.questions[0].notes == []
    (question,) = report.as_json()["questions"]
    assert question["errata"] == ["The published key says y = 5.5; the graph says −9/2. a slip"]
    assert question["notes"] == []


def test_an_erratum_that_agrees_is_an_error():
    report = check(solved("y = constant(-9) / 2", after=fence('published {erratum="a slip"}', "y = -4.5")))
    ((line, message),) = errors(report)
    assert line == 15
    assert "the erratum does not differ" in message


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("5.5", "a published key is a name and a value"),
        ("nothing = 1", "no name 'nothing' is known here"),
        ("y = 5 apples", "the published key of y cannot be read"),
        ("choice = a", "there is no choice here to compare with"),
    ],
)
def test_faults_of_published_keys_are_errors_at_their_line(row, message):
    report = check(solved("y = 1 + 1", after=fence("published", f"# a remark\n{row}")))
    assert errors(report) == [(16, message)]


@pytest.mark.parametrize(("letter", "fine"), [("a", True), ("(A)", True), ("b", False)])
def test_a_published_choice_is_compared(letter, fine):
    text = choice("x", " ", " ").rstrip() + "\n\n" + fence("published", f"choice = {letter}")
    assert (errors(check(text)) == []) == fine


# -- what is missing --


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (solved("y = x", given="x = 2"), (BODY_LINE, "the blank [[y]] has no working")),
        (solved("y = x + 1", given="x = 2", blank="x"), (BODY_LINE, "the blank [[x]] has no working")),
        (paper("Nothing is asked."), (6, "the question asks for nothing that can be marked")),
    ],
)
def test_what_is_missing_is_warned_of(text, warning):
    assert warning in warnings(check(text))


def test_an_insert_that_fails_is_an_error_at_its_line():
    assert errors(check(paper("Given\n${{nothing}}$:\n\n" + fence("rubric", "4  all")))) == [
        (BODY_LINE + 1, "no name 'nothing' is known here")
    ]


# -- conventions --

DEPENDENT = [
    ("bias", "not counted", "y = parameters(Linear(9, 4))", 40, 36),
    ("convolution", "flipped", "y = conv2d(matrix('1 2'), matrix('1 3'))[0, 0]", 7, 5),
    ("half", "with 1/2", "y = mse(vector(1, 2), vector(3, 2))", 2, 1),
    ("mean", "sum", "y = mse(vector(1, 2), vector(3, 2))", 2, 4),
]


@pytest.mark.parametrize(("name", "other", "working", "usual", "unusual"), DEPENDENT)
def test_a_key_that_depends_on_a_convention_must_declare_it(name, other, working, usual, unusual):
    def declaring(**choices):
        return check(
            solved(working, meta="conventions:\n" + "".join(f"  {k}: {v}\n" for k, v in choices.items()))
        )

    rest = {"half": "without 1/2", "mean": "over N"} if "mse" in working else {}
    rest.pop(name, None)
    report = declaring(**rest) if rest else check(solved(working))
    assert key(report) == usual
    ((_, message),) = warnings(report)
    assert "which is not declared" in message

    report = declaring(**rest, **{name: other})
    assert warnings(report) == []
    assert key(report) == unusual
    assert len(report.questions[0].conventions) == len(rest) + 1


def test_losses_follow_the_base_of_logarithms():
    working = "y = nll(sigmoid(0), +1)"
    ((_, message),) = warnings(check(solved(working)))
    assert "depends on the base of logarithms, which is not declared" in message
    report = check(solved(working, meta="conventions:\n  log: 2\n"))
    assert (warnings(report), key(report)) == ([], 1)


def test_a_key_that_does_not_depend_on_a_convention_needs_none():
    assert warnings(check(solved("y = conv2d(matrix('1 2 1'), matrix('1 1'))[0, 0]"))) == []
    assert warnings(check(solved("y = parameters(Linear(9, 4, bias=False))"))) == []


def test_a_working_that_fails_says_nothing_about_conventions():
    report = check(solved("y = shape(conv2d(matrix('1 2 1'), matrix('1 1')))\nagree(y[0], 2)"))
    assert warnings(report) == []


# -- robustness --

SCRAPS = st.sampled_from(
    ["\n", " ", "(", ")", "[", "]", "{", "}", "=", "==", ",", "#", "$", "`", "```\n", "[[y]]",
     "{{y}}", "- [x] ", "x", "0", "1 / 0", "-1", "**", "\\", "'", '"', ":", "None", "symbol('s')",
     "grad(y, x)", "def ", "lambda: ", "@", "é"]
)  # fmt: skip
SMALL = (
    solved(
        "# Say {{x}}.\nL = nll(sigmoid(w @ x + b), 1)\ny = w - grad(L, w)\n",
        given="x = vector(1, 2)\nw = vector(3, 4)\nb = -5",
    )
    + fence("published", "y = [3, 4]")
    + fence("rubric", "2  a\n2  b")
    + "\n## Choice {points=2 answer=z}\n\n"
    + OPTIONS.format(" ", "x", " ")
    + fence("working", "z = max_pool2d(matrix('1 2; 3 4'), 2)[0, 0]")
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@drawn(st.data())
def test_whatever_is_done_to_a_paper_is_a_finding(data):
    text = SMALL
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 20)))
        text = text[:start] + data.draw(SCRAPS) + text[end:]
    report = check(text, seconds=5)
    assert not [d for d in report.diagnostics if "Tripos failed" in d.message]
    assert all(1 <= d.line <= text.count("\n") + 2 for d in report.diagnostics)
    report.as_json()
