import pytest

from tripos.answers.kinds.layout import flat, layout
from tripos.answers.reading.tokens import Unread


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1, 2]", ["1", "2"]),
        ("1 -2", ["1", "-2"]),
        ("[1 - 2, 3]", ["1 - 2", "3"]),
        ("[1 - 2 3]", ["1 - 2", "3"]),
        ("[1 / 2 3]", ["1 / 2", "3"]),
        (r"[\sqrt 2 3]", [r"\sqrt 2", "3"]),
        ("[max(1, 2), 3]", ["max(1, 2)", "3"]),
        ("[1 2; 3 4]", [["1", "2"], ["3", "4"]]),
        ("[1; 2]", [["1"], ["2"]]),
        ("[[1]]", [["1"]]),
        ("[1]", ["1"]),
        ("[(1, 2), (3, 4)]", [["1", "2"], ["3", "4"]]),
        ("[(1 + 2)/3, 4]", ["(1 + 2)/3", "4"]),
        (r"\begin{matrix} a & b \\ c & d \end{matrix}", [["a", "b"], ["c", "d"]]),
        ("[[[1, 2]], [[3, 4]]]", [[["1", "2"]], [["3", "4"]]]),
    ],
)
def test_layout(text, expected):
    assert layout(text) == (expected, False)


@pytest.mark.parametrize("text", ["3", "(1 + 2)", "(1 + 2)/3", "", r"\frac{1}{2}", "W"])
def test_what_is_no_array(text):
    assert layout(text) is None


@pytest.mark.parametrize("text", ["[1, 2]ᵀ", "[1, 2]^T", r"[1, 2]^{\top}", "[1, 2]'", "[1, 2].T"])
def test_transposes(text):
    assert layout(text) == (["1", "2"], True)


def test_rows_must_be_of_equal_length():
    with pytest.raises(Unread, match="rows of an array must be of equal length"):
        flat([["1", "2"], ["3"]], "")
    assert flat([["1", "2"], ["3", "4"]], "") == ((2, 2), ["1", "2", "3", "4"])
