"""Pairs from lines and from the command line."""

import json

import pytest

from tripos.answers.comparing.pairs import BadNames, declared_from, explain, judge_lines, read_names
from tripos.answers.declared import Declared


def test_names():
    assert read_names("W: k×d, h: d, p: probability k, x y: positive; i: index K") == {
        "W": Declared(("k", "d")),
        "h": Declared(("d",)),
        "p": Declared(("k",), "probability"),
        "x": Declared((), "positive"),
        "y": Declared((), "positive"),
        "i": Declared(("K",), "index"),
    }


@pytest.mark.parametrize("shape", ["3x4", "3×4", "3*4"])
def test_sizes_that_are_numbers(shape):
    assert read_names(f"A: {shape} positive integer")["A"] == Declared((3, 4), "positive integer")


def test_kxd_is_a_shape_and_axb_too():
    assert read_names("W: kxd")["W"] == Declared(("k", "d"))


def test_short_domains():
    assert read_names("n: posint, K: dim")["n"].domain == "positive integer"
    assert read_names("n: posint, K: dim")["K"].domain == "dimension"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("x: foo bar", "expected a shape"),
        ("x: 0", "a size is"),
        ("x, x", "declared twice"),
        (": k", "expected a name"),
    ],
)
def test_bad_names(names, said):
    with pytest.raises(BadNames, match=said):
        read_names(names)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"x": 3}, "expected an object"),
        ({"x": {"shape": "k"}}, "a shape is a list"),
        ({"x": {"shape": [0]}}, "a shape is a list"),
        ({"x": {"domain": "complex"}}, "no domain"),
    ],
)
def test_bad_declarations(data, said):
    with pytest.raises(BadNames, match=said):
        declared_from(data)


def test_lines_keep_their_fields():
    line = json.dumps(
        {"id": 7, "reference": "x+1", "answer": "1+x", "vars": {"x": {"shape": [], "domain": "real"}}}
    )
    (found,) = judge_lines([line])
    assert found["id"] == 7
    assert found["verdict"] == "right"
    assert found["bound"] < 1e-9
    assert found["ms"] > 0
    assert set(found) == {"id", "reference", "answer", "vars", "verdict", "witness", "reason", "bound", "ms"}


def test_no_line_is_lost():
    good = json.dumps({"reference": "2", "answer": "3"})
    lines = [
        "{",
        good,
        "[1]",
        json.dumps({"reference": "2"}),
        "",
        json.dumps({"reference": "(", "answer": "1"}),
        good,
    ]
    found = list(judge_lines(lines))
    assert [entry.get("line") for entry in found] == [1, None, 3, 4, 6, None]
    assert [entry.get("verdict") for entry in found] == [None, "wrong", None, None, None, "wrong"]
    assert "line 4: expected a text in 'answer', found null" in found[3]["error"]
    assert "reference cannot be read" in found[4]["error"]


def test_an_explanation():
    text, right = explain("x^2", "x*x", "x")
    assert right
    assert text.splitlines()[0].startswith("right: ")
    text, right = explain("x^2", "2x", "x")
    assert not right
    assert "witness: at x = " in text
    text, _ = explain("x^2", "2x", "x", json=True)
    assert json.loads(text)["verdict"] == "wrong"
