import pytest

from paper.small import check, errors, warnings


def paper(front, body):
    return f"---\ntitle: Small\n{front}---\n\n{body}"


ASK = "\n- [x] yes\n- [ ] no\n\n"
BOTH = f"# P {{points=4}}\n\n## A {{points=4}}\n{ASK}# Q {{points=3 stream=M2}}\n\n## B {{points=3}}\n{ASK}"


def test_the_points_of_each_stream_are_added_up():
    report = check(paper("streams: {M1: 4, M2: 7}\n", BOTH))
    assert not errors(report)
    assert report.points == 7
    assert report.streams == {"M1": 4, "M2": 7}
    assert [q.streams for q in report.leaves] == [(), ("M2",)]
    data = report.as_json()
    assert data["streams"] == {"M1": 4, "M2": 7}
    assert [q.get("streams") for q in data["questions"]] == [None, ["M2"]]


def test_a_wrong_sum_names_its_stream():
    report = check(paper("streams: {M1: 4, M2: 8}\n", BOTH))
    message = "the questions do not add up to the points in the front matter for M2"
    assert [(d.message, d.found, d.expected) for d in report.diagnostics if d.severity == "error"] == [
        (message, "7 points", "8 points")
    ]


def test_streams_may_answer_different_questions_for_the_same_points():
    body = (
        f"# P {{points=4}}\n\n## A {{points=4 stream=M1}}\n{ASK}## B {{points=4 stream='M2'}}\n{ASK}"
        f'## C {{points=0 stream="M1 M2"}}\n{ASK}'
    ).replace("'", '"')
    assert not errors(check(paper("streams: {M1: 4, M2: 4}\n", body)))
    short = body.replace("## B {points=4", "## B {points=3")
    assert errors(check(paper("streams: {M1: 4, M2: 3}\n", short))) == [
        (6, "the questions under 'P' do not add up for M2")
    ]


def test_points_beside_streams_are_those_of_the_largest():
    assert not errors(check(paper("points: 7\nstreams: {M1: 4, M2: 7}\n", BOTH)))
    message = "the points of the paper are not those of its largest stream"
    assert errors(check(paper("points: 4\nstreams: {M1: 4, M2: 7}\n", BOTH))) == [(3, message)]


@pytest.mark.parametrize(
    ("streams", "message"),
    [
        ("[M1, M2]", "streams must be a mapping of names to points"),
        ("", "streams must be a mapping of names to points"),
        ("{M1: many}", "the points of stream M1 must be a whole number"),
        ("{M 1: 3}", "the name of a stream is one word"),
        ("{M1: true}", "the points of stream M1 must be a whole number"),
    ],
)
def test_what_is_no_stream_is_refused(streams, message):
    report = check(paper(f"streams: {streams}\n", f"## A {{points=3}}\n{ASK}"))
    assert (3, message) in errors(report)


@pytest.mark.parametrize(
    ("front", "heading", "message", "help"),
    [
        ("streams: {M1: 3, M2: 3}\n", "stream=M3", "no stream is called 'M3'", "known are M1, M2"),
        ("", "stream=M2", "no stream is called 'M2'", "add to the front matter: streams"),
        ("streams: {M1: 3}\n", 'stream=""', "stream names no stream", ""),
    ],
)
def test_an_unknown_stream_is_an_error(front, heading, message, help):
    report = check(paper(front, f"## A {{points=3 {heading}}}\n{ASK}"))
    (found,) = [d for d in report.diagnostics if d.message == message]
    assert found.severity == "error"
    assert help in found.help


def test_a_question_is_not_for_more_streams_than_its_part():
    body = f"# P {{stream=M1}}\n\n## A {{points=3 stream=M2}}\n{ASK}"
    assert (8, "the heading above is not for M2") in errors(check(paper("streams: {M1: 3, M2: 0}\n", body)))


@pytest.mark.parametrize(("aids", "right"), [("notes", True), ("[notes, a ruler]", True), ("3", False)])
def test_aids_are_texts(aids, right):
    report = check(paper(f"points: 3\naids: {aids}\n", f"## A {{points=3}}\n{ASK}"))
    assert errors(report) == ([] if right else [(4, "aids must be a text or a list of texts")])
    assert not warnings(report)
