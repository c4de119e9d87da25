import pytest

from tripos.answers.keys import answer_set, answer_text, interval
from tripos.graph import exp, sqrt
from tripos.graph.values import Values
from tripos.paper.blanks import BLANK_OPTIONS, prove_key
from tripos.paper.check import check_text

PAPER = """---
title: Blanks
---

# One {{#one points=4}}

The answer is [[{blank}]].

```working
a = constant(2) / 3
roots = answer_set(a, sqrt(2))
span = interval(a, None, "(]")
order = ordering("forward", "backward")
pairs = matching({{"relu": "hidden", "softmax": "output"}})
cells = answer_table([["a", a], ["b", sqrt(2)]])
term = answer_text("overfitting", "over-fitting")
```
{more}
"""


def checked(blank, more=""):
    return check_text(PAPER.format(blank=blank, more=more))


@pytest.mark.parametrize(
    ("blank", "kind", "text", "proven"),
    [
        ("roots", "set", "{2/3, √2}", True),
        ("span", "interval", "(2/3, ∞)", True),
        ("order", "ordering", "forward → backward", False),
        ("pairs", "matching", "relu → hidden, softmax → output", False),
        ("cells", "table", "a | 2/3; b | √2", True),
        ("term", "text", "overfitting", False),
        ("answer_set(a, 1)", "set", "{2/3, 1}", True),
    ],
)
def test_a_blank_may_ask_for_more_than_a_graph(blank, kind, text, proven):
    report = checked(blank)
    assert [str(d) for d in report.diagnostics] == []
    found = report.leaves[0].blanks[0]
    assert (found.kind, found.text, found.proven) == (kind, text, proven)
    assert found.latex


def test_the_working_of_a_set_is_that_of_its_entries():
    report = checked("roots")
    assert [line.symbol.text for line in report.leaves[0].blanks[0].working] == ["a", "√2"]


@pytest.mark.parametrize(
    "blank",
    [
        "a | decimals=2",
        "a | figures=3",
        "a | tolerance=0.01",
        "a | units=ms, unit_credit=1/4",
        "a | percent=yes",
        "a | locale=comma",
        "a | kind=number",
        "term | case=yes",
        "cells | figures=2",
        "a | points=4",
    ],
)
def test_options(blank):
    assert [str(d) for d in checked(blank).diagnostics] == []


@pytest.mark.parametrize(
    ("blank", "message"),
    [
        ("a | figurs=3", "no option 'figurs'"),
        ("a | figurs=3", "did you mean 'figures'?"),
        ("a | figures=0", "figures must be a whole number from 1"),
        ("a | decimals=two", "decimals must be a whole number"),
        ("a | tolerance=0", "tolerance must be a positive number"),
        ("a | tolerance=1e-3x", "tolerance must be a positive number"),
        ("a | units=12", "units must be a unit"),
        ("a | unit_credit=2", "unit_credit must be a share from 0 to 1"),
        ("a | percent=maybe", "percent must be yes"),
        ("a | locale=german", "locale must be comma or point"),
        ("a | kind=guess", "kind must be number or"),
        ("a | kind=matrix", "this key is no matrix; it is a number"),
        ("a | case=yes", "the option case has no meaning for a number"),
        ("term | units=ms", "the option units has no meaning for a text"),
        ("a | decimals=2, figures=2", "decimals or figures, not both"),
        ("a | percent=yes, units=ms", "it or units, not both"),
        ("answer_set(a, a)", "stands in it twice"),
        ("ordering(1, 2)", "at least two names"),
    ],
)
def test_what_is_wrong_with_a_blank_is_said(blank, message):
    findings = [str(d) for d in checked(blank).diagnostics]
    assert any(message in finding for finding in findings), findings
    assert all(finding.startswith("paper.md:7: error: ") for finding in findings)


def test_every_option_has_a_check():
    assert all(check("§§") for check, _ in BLANK_OPTIONS.values())


def test_published_keys_of_such_blanks_are_compared():
    good = "```published\nroots = {√2, 2/3}\nspan = (2/3, ∞)\nterm = over fitting\n```"
    assert checked("roots", good).ok
    (finding,) = checked("roots", "```published\nspan = [2/3, ∞)\n```").diagnostics
    assert "the published key of span is not what the graph says" in str(finding)
    (finding,) = checked("roots", "```published\nspan = wide\n```").diagnostics
    assert "cannot be read" in str(finding)
    (finding,) = checked("roots", "```published\nterm = overfiting\n```").diagnostics
    assert "cannot be compared" in str(finding)


def test_every_graph_in_a_key_is_proven():
    assert prove_key(answer_set(sqrt(2), exp(1)), Values()).proven
    assert prove_key(interval(None, sqrt(3)), Values()).proven
    vouched = prove_key(answer_text("a"), Values())
    assert vouched.holds
    assert not vouched.proven
    assert vouched.how == ("the setter vouches for the words",)
    refused = prove_key(answer_set(1, exp(1) / (sqrt(4) - 2)), Values())
    assert not refused.holds
