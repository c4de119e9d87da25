from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos.answers.kinds import kind_of
from tripos.graph import constant, matrix, named, reshape, softmax, sqrt, vector
from tripos.graph.values import Values

V = vector(1.5, -2, 3)
A = matrix("1 2 3; 4 5 6")
T = reshape(constant(list(range(24))), (2, 3, 4))


def mark(key, text, **options):
    return kind_of(key).mark(key, text, options, {})


@pytest.mark.parametrize(
    "text",
    [
        "[1.5, -2, 3]",
        "[1.5 -2 3]",
        "[3/2 −2 3]ᵀ",
        "(1.5, -2, 3)",
        "1.5, -2, 3",
        "1.5 -2 3",
        "1.5; -2; 3",
        "1.5\n-2\n3",
        "[[1.5], [-2], [3]]",
        "[[1.5, -2, 3]]",
        "v = [1.5, -2, 3]",
        r"\begin{bmatrix} 1.5 \\ -2 \\ 3 \end{bmatrix}",
        r"\begin{pmatrix} 3/2 & -2 & 3 \end{pmatrix}^\top",
        r"$\left[1.5, -2, 3\right]^{T}$",
        r"[\frac{3}{2}, -2, \sqrt{9}]",
        "[1 + 1/2, -2, 3]",
        "[1.5, - 2, 3]",
        "[1.5,-2,3].T",
        "1/2 [3, -4, 6]",
        "[ 1.5,\n -2,\n 3 ]",
        "{1.5, -2, 3}",
        r"\{1.5, -2, 3\}",
    ],
)
def test_a_vector_in_many_notations(text):
    assert mark(V, text).verdict.right


def test_a_vector_with_decimal_commas():
    assert mark(V, "[1,5; -2; 3]", locale="comma").verdict.right
    assert mark(V, "1,5 -2 3", locale="comma").verdict.right


@pytest.mark.parametrize(
    "text",
    [
        "[1 2 3; 4 5 6]",
        "[[1, 2, 3], [4, 5, 6]]",
        "[1, 2, 3; 4, 5, 6]",
        "[1, 2, 3], [4, 5, 6]",
        "1 2 3\n4 5 6",
        "1, 2, 3\n4, 5, 6",
        "((1, 2, 3), (4, 5, 6))",
        r"\begin{bmatrix} 1 & 2 & 3 \\ 4 & 5 & 6 \\ \end{bmatrix}",
        "[[1 2 3]\n [4 5 6]]",  # as NumPy prints it
        "[1 4; 2 5; 3 6]ᵀ",
        "[[1,4],[2,5],[3,6]]^T",
        r"\begin{pmatrix}1&4\\2&5\\3&6\end{pmatrix}^{\top}",
        "1 & 2 & 3 \\\\ 4 & 5 & 6",
    ],
)
def test_a_matrix_in_many_notations(text):
    assert mark(A, text).verdict.right


def test_a_tensor_as_numpy_prints_it():
    rows = [[" ".join(str(12 * i + 4 * j + k) for k in range(4)) for j in range(3)] for i in range(2)]
    text = "[" + "\n\n ".join("[" + "\n  ".join(f"[{row}]" for row in block) + "]" for block in rows) + "]"
    assert mark(T, text).verdict.right


def test_a_column_may_lie_flat_but_not_be_a_row():
    column = matrix("1; 2; 3")
    assert mark(column, "[1, 2, 3]").verdict.right
    assert mark(column, "[1, 2, 3]ᵀ").verdict.right
    found = mark(column, "[[1, 2, 3]]")
    assert found.verdict.outcome == "wrong"
    assert "This is the transpose." in found.feedback


def test_credit_by_entry():
    found = mark(V, "[1.5, 2, 3]")
    assert found.verdict.outcome == "wrong"
    assert found.credit == Fraction(2, 3)
    assert found.feedback[0] == "2 of 3 entries are right."
    assert found.verdict.witness == "entry (2): 2 against −2"
    assert mark(A, "[1 2 3; 4 5 7]").credit == Fraction(5, 6)


def test_entries_may_be_rounded():
    assert mark(softmax(vector(0, 0, 0)), "[0.333, 0.33, 1/3]").verdict.right
    found = mark(softmax(vector(0, 0, 0)), "[0.333, 0.33, 0.4]")
    assert found.credit == Fraction(2, 3)


def test_nothing_where_the_shape_differs():
    found = mark(V, "[1.5, -2]")
    assert found.credit == 0
    assert found.feedback[0] == "The shape is 2, expected 3."


@pytest.mark.parametrize(
    ("key", "text", "sentence"),
    [
        (A, "[1 4; 2 5; 3 6]", "This is the transpose."),
        (matrix("1 2; 3 4"), "[1 3; 2 4]", "This is the transpose."),
        (A, "[1 2; 3 4; 5 6]", "The entries are right, row by row; the shape is not."),
        (A, "[1, 2, 3, 4, 5, 6]", "The entries are right, row by row; the shape is not."),
        (A, "[1, 4, 2, 5, 3, 6]", "column by column; the shape is not right either"),
        (A, "[1 3 5; 2 4 6]", "Filled column by column instead of row by row."),
        (A, "[1 4 2; 5 3 6]", "Filled row by row instead of column by column."),
        (A, "[4 5 6; 1 2 3]", "Axis 1 runs in reversed order."),
        (V, "[3, -2, 1.5]", "The entries are in reversed order."),
        (V, "[-1.5, 2, -3]", "Every sign is wrong."),
        (V, "[3, -4, 6]", "Every entry is off by the same factor, 2."),
        (A, "1 2 3", "The shape is 3, expected 2×3."),
    ],
)
def test_feedback(key, text, sentence):
    found = mark(key, text)
    assert found.verdict.outcome == "wrong"
    assert sentence in " ".join(found.feedback)


def test_the_order_of_axes_is_recognised():
    values = Values()[T].transpose(2, 0, 1)
    text = str([[[int(e) for e in row] for row in block] for block in values])
    assert "yours are axes 3, 1, 2 of the key" in " ".join(mark(T, text).feedback)
    block = str([[[int(e) for e in row] for row in b] for b in Values()[T]]).replace("[[[", "[[[[") + "]"
    assert "An axis of length 1" in " ".join(mark(T, block).feedback) or "row by row" in " ".join(
        mark(T, block).feedback
    )


def test_a_single_entry_needs_no_brackets():
    assert mark(constant([[2]]), "2").verdict.right
    assert mark(constant([2]), "2").verdict.right


@pytest.mark.parametrize("text", ["[1,000, 2,000]", "[1,5, 2,5]"])
def test_commas_that_may_be_parts_of_numbers_are_not_guessed(text):
    assert "commas may stand in the numbers" in mark(vector(1000, 2000), text).verdict.reason


@pytest.mark.parametrize(
    "text", ["", "[1, 2", "[1, [2]]", "[[1, 2], [3]]", "[1, x, 3]", "[1, 2, 3] and", "[1,5; 2]", "three"]
)
def test_what_is_no_array_is_unread(text):
    assert mark(V, text).verdict.outcome == "unread"


def test_rounding_on_the_way_is_allowed_entry_by_entry():
    # s = √2/3 = 0.4714; from 0.471 the softmax of (s, 0) is 0.61562, from s itself 0.61572
    s = named(sqrt(2) / 3, "s")
    key = softmax(vector(s * 100, 0) / 100)
    found = mark(key, "[0.6156, 0.3844]")
    assert found.verdict.right
    assert "rounded too early" in " ".join(found.feedback)


def test_the_value_can_be_computed_with():
    node = mark(V, "[1.5, 2, 3]").value
    assert [str(e) for e in Values()[node]] == ["3/2", "2", "3"]


# -- every layout of every matrix --


def _layouts(rows):
    columns = [list(column) for column in zip(*rows, strict=True)]
    latex = r" \\ ".join(" & ".join(row) for row in rows)
    yield "[" + "; ".join(" ".join(row) for row in rows) + "]"
    yield "[" + "; ".join(", ".join(row) for row in rows) + "]"
    yield "[" + ", ".join("[" + ", ".join(row) + "]" for row in rows) + "]"
    yield "[" + ",\n ".join("[" + ",".join(row) + "]" for row in rows) + "]"
    yield "[" + "\n ".join("[" + "  ".join(row) + "]" for row in rows) + "]"
    yield "[" + ", ".join("[" + ", ".join(row) + "]" for row in columns) + "]ᵀ"
    yield "(" + ", ".join("(" + ", ".join(row) + ",)" for row in rows) + ",)"
    yield "np.array([" + ", ".join("[" + ", ".join(row) + "]" for row in rows) + "], dtype=float)"
    yield rf"\begin{{bmatrix}}{latex}\end{{bmatrix}}"
    yield rf"\left(\begin{{array}}{{{'c' * len(rows[0])}}}{latex}\end{{array}}\right)"
    yield rf"$\mathbf{{A}} = \begin{{pmatrix}}{latex} \\\end{{pmatrix}}$"


ENTRIES = st.fractions(-9, 9, max_denominator=8)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 3).flatmap(
        lambda n: st.lists(st.lists(ENTRIES, min_size=n, max_size=n), min_size=1, max_size=3)
    )
)
def test_a_matrix_is_right_in_every_layout(rows):
    key = constant(rows)
    for text in _layouts([[str(entry) for entry in row] for row in rows]):
        assert mark(key, text).verdict.right, text
    changed = [[str(entry) for entry in row] for row in rows]
    changed[-1][-1] = str(rows[-1][-1] + 1)
    for text in _layouts(changed):
        assert mark(key, text).verdict.outcome == "wrong", text


def test_a_witness_is_plain_text():
    assert mark(V, r"[\frac{1}{2}, -2, 3]").verdict.witness == "entry (1): 1/2 against 1.5"


def test_feedback_on_what_a_person_decides_calls_nothing_wrong():
    # softmax([2 −1 −1]/√2) = [0.807 0.097 0.097] to one figure: right as far as it goes.
    found = mark(softmax(vector(2, -1, -1) / sqrt(2)), "[0.8, 0.1, 0.1]")
    assert found.verdict.outcome == "undecided"
    assert found.feedback[0] == "0 of 3 entries are right, 3 must be looked at by a person."
    assert "factor" not in " ".join(found.feedback)


def test_entries_of_one_figure_are_no_multiple_of_the_key():
    key = softmax(vector(2, -1, -1) / sqrt(2))
    assert "factor" not in " ".join(mark(key, "[1, 0, 0]").feedback)
    assert "same factor, 2" in " ".join(mark(V, "[3, -4, 6]").feedback)


def test_a_key_that_is_all_but_zero_is_no_factor():
    assert mark(softmax(vector(0, 740, 3)), "[5, 0.2, 7]").verdict.outcome == "wrong"
