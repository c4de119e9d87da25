import pytest
from paper.small import fence

from press.worked import final
from tripos.paper.check import check_text
from tripos.paper.report import Shown, Text
from tripos.press.selection import NotFound, errors_in, for_stream, select


def ids(report):
    return [q.id for q in report.questions]


@pytest.mark.parametrize("name", ["sgd", "III.1.3", "iii.1.3"])
def test_a_question_is_found_by_id_and_by_number(name):
    assert ids(select(final(), name)) == ["sgd"]


@pytest.mark.parametrize("name", ["networks", "III.1"])
def test_a_question_comes_with_what_is_below_it(name):
    assert ids(select(final(), name)) == ["networks", "sizes", "forward", "sgd", "relu-in-depth"]


def test_the_number_of_one_question_is_not_the_beginning_of_another():
    text = "---\ntitle: T\n---\n" + "".join(f"## Q{i} {{points=1}}\n" for i in range(1, 12))
    assert ids(select(check_text(text), "1")) == ["q1"]


NUMBERED = (
    "---\ntitle: T\nnumbering: 1a\n---\n# P\n## A {#a}\n### B {#b points=1}\n### C {#c points=1}\n"
    "# Q\n## D {#d}\n### E {#e points=1}\n" + "".join(f"## F{i} {{#f{i} points=1}}\n" for i in range(9))
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("1", ["a", "b", "c"]),
        ("1b", ["c"]),
        ("1B", ["c"]),
        ("2", ["d", "e"]),
        ("11", ["f8"]),
        ("p", ["p", "a", "b", "c"]),
    ],
)
def test_any_pattern_of_numbers_is_found(name, found):
    assert ids(select(check_text(NUMBERED), name)) == found


def test_a_part_without_a_number_is_not_called_by_nothing():
    with pytest.raises(NotFound):
        select(check_text(NUMBERED), "")


def test_errors_of_one_part_do_not_touch_another():
    text = NUMBERED.replace("### B {#b points=1}\n", "### B {#b points=1}\n" + BAD)
    report = check_text(text)
    assert [bool(errors_in(report, select(report, name))) for name in ("b", "a", "c", "d", "e")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_without_a_question_all_are_chosen():
    assert select(final()).questions == final().questions
    assert select(final()).preface == final().preface


def test_a_blank_brings_every_line_its_key_rests_on_and_no_text():
    (question,) = select(final(), "sgd", "b_new").questions
    assert [b.name for b in question.blanks] == ["b_new"]
    assert [c.symbol.text for c in question.contents if isinstance(c, Shown)] == [
        "z",
        "L",
        "∂L/∂z",
        "∂L/∂b_out",
        "b_new",
    ] or (
        [c.symbol.text for c in question.contents if isinstance(c, Shown)]
        == ["z", "∂L/∂z", "∂L/∂b_out", "b_new"]
    )
    assert not any(isinstance(c, Text) for c in question.contents)


@pytest.mark.parametrize(
    ("question", "blank", "message"),
    [
        ("sdg", None, "no question is called 'sdg'; did you mean 'sgd'?"),
        ("sgd", "b_now", "no blank is called 'b_now'; did you mean 'b_new'?"),
        ("sizes", "b_new", "question sizes has no blank 'b_new'; question III.1.3 has"),
    ],
)
def test_what_is_not_there_is_said_with_the_nearest_name(question, blank, message):
    with pytest.raises(NotFound, match=message.replace("?", r"\?")):
        select(final(), question, blank)


GOOD = "[[y]]\n" + fence("working", "y = constant(1) + 1")
BAD = "[[y]]\n" + fence("working", "y = 1 / 0")


def test_errors_concern_the_question_in_which_they_stand():
    report = check_text(
        f"---\ntitle: T\n---\n## A {{points=1}}\n{GOOD}## B {{points=1}}\n{BAD}## C {{points=1}}\n{GOOD}"
    )
    assert [bool(errors_in(report, select(report, name))) for name in "abc"] == [False, True, False]
    assert errors_in(report, report)


def test_errors_above_a_question_concern_what_is_below():
    text = "---\ntitle: T\n---\n## A {points=2}\n" + fence("given", "x = 1 / 0")
    report = check_text(
        text + f"### B {{points=1}}\n{GOOD}### C {{points=1}}\n[[z]]\n" + fence("working", "z = x + 1")
    )
    assert errors_in(report, select(report, "c"))


def test_errors_of_the_paper_as_a_whole_concern_every_question():
    report = check_text(f"---\ntitle: T\npoints: 7\n---\n## A {{points=1}}\n{GOOD}")
    assert errors_in(report, select(report, "a"))


STREAMS = (
    "---\ntitle: S\nstreams: {M1: 1, M2: 3}\n---\n\n# P\n\n## A {points=1}\n\n- [x] a\n- [ ] b\n\n"
    "# Q {stream=M2}\n\n## B {points=2}\n\n- [x] a\n- [ ] b\n"
)


def test_a_stream_sees_its_own_questions_and_points():
    report = check_text(STREAMS)
    assert ids(for_stream(report, "M1")) == ["p", "a"]
    assert ids(for_stream(report, "M2")) == ["p", "a", "q", "b"]
    assert (for_stream(report, "M1").points, for_stream(report, "M2").points) == (1, 3)
    assert for_stream(report, None) is report


@pytest.mark.parametrize(
    ("text", "message"),
    [(STREAMS, "no stream is called 'M3'; known are M1, M2"), (None, "the paper has no streams")],
)
def test_an_unknown_stream_is_said(text, message):
    with pytest.raises(NotFound, match=message):
        for_stream(check_text(text) if text else final(), "M3")
