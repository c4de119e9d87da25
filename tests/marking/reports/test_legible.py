from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tripos.marking.reports.legible import file_stem, legible, points_text


@given(st.text(st.characters(), max_size=60), st.integers(0, 50))
def test_legible_text_can_be_stored_and_is_bounded(text, longest):
    shown = legible(text, longest)
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert len(shown) <= longest + 60
    assert not set(shown) & set("\x00\x07\x1b\r\u202e\u2066\u2028\ud800")


def test_what_is_cut_says_so():
    assert legible("x" * 10, 10) == "x" * 10
    assert legible("x" * 10_000, 3) == "xxx … (cut here: 10000 characters in all)"


def test_letters_of_mathematics_stay():
    assert legible("∂L/∂θ = σ(z)ᵀ\n\tx̂") == "∂L/∂θ = σ(z)ᵀ\n\tx̂"


@pytest.mark.parametrize(
    ("points", "text"),
    [(Fraction(3), "3"), (Fraction(5, 2), "2.5"), (Fraction(5, 12), "0.42"), (Fraction(-1, 2), "−0.5")],
)
def test_points_are_written_as_people_do(points, text):
    assert points_text(points) == text


@given(st.lists(st.text(st.characters(), max_size=80), unique=True, max_size=20))
def test_no_two_names_share_a_file(names):
    stems = [file_stem(name) for name in names]
    assert len({stem.lower() for stem in stems}) == len(names)
    assert all(set(stem) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-") and stem for stem in stems)


def test_plain_names_are_file_names_as_they_are():
    assert file_stem("relu-in-depth") == "relu-in-depth"
    assert file_stem("../../etc/passwd").startswith("etc-passwd-")
    assert file_stem("Ada") != file_stem("ada")
