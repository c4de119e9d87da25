import pytest

from tripos.marking.scripts.prose import prose_answers


def read(text):
    return list(prose_answers(enumerate(text.split("\n"), 1)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sgd/w: 3/2", [(1, "sgd/w", "3/2")]),
        ("- sgd/w: 3/2\n* b: 1", [(1, "sgd/w", "3/2"), (2, "b", "1")]),
        ("x[1:3]: 4", [(1, "x[1:3]", "4")]),
        ("shape(x, y): 2x2", [(1, "shape(x, y)", "2x2")]),
        ("a: one\n  two\n\n  three\nb: 2", [(1, "a", "one\ntwo\n\nthree"), (5, "b", "2")]),
        ("a:\nb: ratio 1:2", [(1, "a", ""), (2, "b", "ratio 1:2")]),
        (
            "# lstm\nGates: they open.\n\nMore.\n## b #\n2",
            [(1, "lstm", "Gates: they open.\n\nMore."), (5, "b", "2")],
        ),
        ("---\ncandidate: ada\n---\na: 1", [(2, "candidate", "ada"), (4, "a", "1")]),
        ("nothing said\na: 1", [(1, "", "nothing said"), (2, "a", "1")]),
    ],
)
def test_answers_in_text(text, expected):
    assert read(text) == expected
