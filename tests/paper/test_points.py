"""Points of papers with a bonus, with questions to choose from, and for several streams."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper.small import check, errors
from tripos.marking.counting import counting_of, total
from tripos.marking.plan import plan_of
from tripos.paper.check import check_text
from tripos.paper.points import summed, worth

ASK = "\n- [x] yes\n- [ ] no\n\n"


def paper(body, front="points: 8\n"):
    return f"---\ntitle: T\n{front}---\n{body}"


OF = "".join(f"### {title} {{points=4}}\n{ASK}" for title in "ABD")
CHOOSE = f"## C {{points=8 choose=2}}\n{OF}"
BONUS = f"## O {{.optional points=2}}\n{ASK}"


def test_a_bonus_and_what_is_not_chosen_are_in_no_sum():
    report = check(paper(CHOOSE + BONUS))
    assert errors(report) == []
    assert report.total == 8
    assert report.as_json()["choose"] == [{"heading": "c", "number": "1", "choose": 2, "of": ["a", "b", "d"]}]
    assert [q.get("optional", False) for q in report.as_json()["questions"]] == [False] * 3 + [True]


def test_a_part_that_is_optional_has_sums_of_its_own():
    part = f"# P {{points=8}}\n{CHOOSE}# Q {{.optional points=3}}\n## X {{points=1}}\n{ASK}"
    assert errors(check(paper(part + f"## Y {{points=2}}\n{ASK}"))) == []
    assert errors(check(paper(part))) == [(22, "the questions under 'Q' do not add up")]


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        (CHOOSE.replace("points=8 choose=2", "points=8 choose=3"), 5, "there is nothing to choose"),
        (CHOOSE.replace("points=8 choose=2", "points=8 choose=0"), 5, "there is nothing to choose"),
        (CHOOSE.replace("choose=2", "choose=two"), 5, "choose must be a whole number"),
        (CHOOSE.replace("A {points=4}", "A {points=3}"), 5, "questions to choose from are worth the same"),
        (CHOOSE.replace("points=8", "points=12"), 5, "the questions under 'C' do not add up"),
        (CHOOSE.replace("{points=4}", "{points=4 .optional}", 1), 6, "a question to choose from is optional"),
        (CHOOSE + "## O {.optional}\nText.\n", 21, "what is optional carries no points"),
        (CHOOSE + "## O {optional=perhaps points=1}\n", 21, "optional must be yes or no"),
        (
            CHOOSE + "## N {points=1 negative=half}\n",
            21,
            "negative stands in a heading without a choice",
        ),
        (CHOOSE + "## N {points=1 negative=2}\n", 21, "negative must be a share of the points"),
        (CHOOSE.replace("A {", "A {choose=1 "), 6, "a question to choose from lets choose again"),
    ],
)
def test_what_does_not_fit_is_an_error_at_its_line(body, line, message):
    assert (line, message) in errors(check(paper(body)))


def test_what_can_be_chosen_may_differ_between_streams():
    body = CHOOSE.replace("D {points=4}", "D {points=4 stream=M2}")
    front = "streams: {M1: 8, M2: 8}\n"
    found = errors(check(paper(body, front)))
    assert found == [(5, "there is nothing to choose")]  # M1 has two of two
    assert errors(check(paper(body.replace("=8 choose=2", "=4 choose=1"), front.replace("8", "4")))) == []


# -- any paper --

LEAF = st.fixed_dictionaries(
    {"points": st.integers(1, 5), "optional": st.booleans(), "stream": st.sampled_from(["", "M1", "M2"])}
)
GROUP = st.fixed_dictionaries(
    {
        "leaves": st.lists(LEAF, min_size=1, max_size=4),
        "choose": st.integers(0, 3),
        "optional": st.booleans(),
    }
)


def written(groups, *, streams):
    """Return a paper, and the points of each of its streams, added up here in another way."""
    body, sums = "", {"M1": 0, "M2": 0}
    for i, group in enumerate(groups):
        choose = group["choose"] if 0 < group["choose"] < len(group["leaves"]) else 0
        own = {"M1": 0, "M2": 0}
        text = ""
        for j, leaf in enumerate(group["leaves"]):
            points = group["leaves"][0]["points"] if choose else leaf["points"]
            optional = leaf["optional"] and not choose
            stream = leaf["stream"] if streams and not choose else ""
            rules = ".optional " * optional + f"stream={stream}" * bool(stream)
            text += f"## Q{i}.{j} {{points={points} {rules}}}\n{ASK}"
            for name in own:
                counts = not optional and stream in ("", name) and (not choose or j < choose)
                own[name] += points * counts
        rules = (f"choose={choose} " if choose else "") + (".optional " if group["optional"] else "")
        body += f"# P{i} {{#p{i} {rules}}}\n{text}"
        for name in sums:
            sums[name] += 0 if group["optional"] else own[name]
    return body, sums


@given(st.lists(GROUP, min_size=1, max_size=4), st.booleans())
def test_the_sums_of_any_paper_hold(groups, streams):
    body, sums = written(groups, streams=streams)
    front = f"streams: {{M1: {sums['M1']}, M2: {sums['M2']}}}\n" if streams else f"points: {sums['M1']}\n"
    text = paper(body, front)
    report = check_text(text)
    assert errors(report) == []
    assert report.total == max(sums.values()) == report.points
    wrong = check_text(text.replace(f"points: {sums['M1']}\n", f"points: {sums['M1'] + 1}\n"))
    assert streams or errors(wrong) == [(1, "the questions do not add up to the points in the front matter")]
    parts = [q for q in report.questions if not q.above]
    for name in report.streams or ["M1"]:
        added = sum(worth(q, report.below, name if streams else None) for q in parts if not q.optional)
        assert added == sums[name]
    assert all(summed(q, report.below) >= 0 for q in parts)
    if not streams:
        plan = plan_of(text)
        assert total(counting_of(report), _blank_marks(plan))[1] == report.total


def _blank_marks(plan):
    return [_Nothing(place.question, None, place.points) for place in plan.blanks]


class _Nothing:
    def __init__(self, question, points, of):
        self.question, self.points, self.of = question, points, of
