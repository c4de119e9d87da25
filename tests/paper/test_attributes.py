import pytest

from tripos.paper.attributes import attributes, split_attributes


def test_attributes_are_read():
    assert attributes('{#conv points=8 erratum="a slip, it is"}') == {
        "id": "conv",
        "points": "8",
        "erratum": "a slip, it is",
    }


@pytest.mark.parametrize(
    ("braces", "found"),
    [
        ("{negative=1/4}", {"negative": "1/4"}),
        (
            '{holds="less(x, y)=1/2 " negative=1/4 .a .b}',
            {"holds": "less(x, y)=1/2 ", "negative": "1/4", "class": "a b"},
        ),
        ('{fr="Pas $\\frac{1}{2}$" points=1}', {"fr": "Pas $\\frac{1}{2}$", "points": "1"}),
    ],
)
def test_fractions_need_no_quotes_and_braces_may_stand_between_them(braces, found):
    assert attributes(braces) == found


@pytest.mark.parametrize("braces", ["{points=}x}", "{=}", '{a="b}', "{a b}", "{a=1/}", "{a=b/c}"])
def test_unreadable_attributes_raise(braces):
    with pytest.raises(ValueError, match="cannot read the attributes"):
        attributes(braces)


@pytest.mark.parametrize("text", ["Title", "Title {}", "Sets {a, b} first"])
def test_a_text_may_have_none(text):
    found = []
    assert split_attributes(text, 3, lambda *args, **details: found.append(args)) in (
        (text, {}),
        ("Sets", {}),
    )
    assert found == []


def test_what_cannot_be_read_is_noted_and_left_out():
    found = []
    assert split_attributes("Title {a b}", 3, lambda *args, **details: found.append(args)) == ("Title", {})
    assert found == [(3, "cannot read the attributes {a b}")]
