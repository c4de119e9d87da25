"""Sample points: in the domains, of both settings, exact in floats."""

from fractions import Fraction

import numpy as np
import pytest

from tripos.answers.comparing.sampling import GRID, draw, settings
from tripos.answers.declared import DOMAINS, Declared

NAMES = {
    "W": Declared(("k", "d")),
    "s": Declared((), "positive"),
    "p": Declared(("k",), "probability"),
    "q": Declared(("k",), "distribution"),
    "y": Declared(("k",), "one-hot"),
    "i": Declared(("k",), "index"),
    "j": Declared(("k",), "index"),
    "n": Declared((), "positive integer"),
    "m": Declared((), "integer"),
    "b": Declared((3,), "bit"),
    "r": Declared((), "nonnegative"),
    "k": Declared((), "dimension"),
}


def test_two_settings_of_sizes_all_different():
    one, two = settings(NAMES)
    assert set(one) == set(two) == {"k", "d"}
    assert all(len(set(s.values())) == 2 for s in (one, two))
    assert all(one[name] != two[name] for name in one)


def test_one_setting_without_symbolic_sizes():
    assert settings({"x": Declared(), "A": Declared((2, 3))}) == [{}]


def test_too_many_sizes_are_refused():
    with pytest.raises(ValueError, match="at most 8"):
        settings({"T": Declared(tuple("abcdefghi"))})


@pytest.mark.parametrize("sizes", settings(NAMES), ids=str)
def test_values_lie_in_their_domains(sizes):
    points = draw(NAMES, sizes, [Fraction(1, 2), Fraction(7)])
    table = {name: values for name, (values, _) in points.table.items()}
    count = len(points.special)
    assert table["W"].shape == (count, sizes["k"], sizes["d"])
    assert (table["s"] > 0).all()
    assert (table["r"] >= 0).all()
    assert ((table["p"] > 0) & (table["p"] < 1)).all()
    assert (table["q"] > 0).all()
    assert all(sum(map(Fraction, row)) == 1 for row in table["q"].tolist())  # exactly
    assert (table["y"].sum(-1) == 1).all()
    assert set(np.unique(table["y"])) == {0.0, 1.0}
    assert set(np.unique(table["b"])) == {0.0, 1.0}
    assert set(table["i"]) == set(range(1, sizes["k"] + 1))
    assert (table["n"] >= 1).all()
    assert (table["n"] % 1 == 0).all()
    assert (table["m"] % 1 == 0).all()
    assert (table["m"] < 0).any()
    assert (table["k"] == sizes["k"]).all()


def test_indices_are_equal_at_some_points_and_differ_at_others():
    table = draw(NAMES, settings(NAMES)[0]).table
    same = table["i"][0] == table["j"][0]
    assert same.sum() >= 3
    assert (~same).sum() >= 3


def test_thresholds_are_points_and_have_neighbours():
    points = draw({"x": Declared()}, {}, [Fraction(5, 2)])
    x = points.table["x"][0]
    for threshold in (0, 2.5, -2.5):
        assert points.special[x == threshold].all()
    near = np.abs(np.abs(x) - 2.5)
    assert ((near > 0) & (near < 0.05) & ~points.special).any()


def test_points_of_a_proof_come_from_the_fine_grid():
    points = draw({"x": Declared(), "p": Declared((), "probability")}, {})
    assert len(points.proof) == 3
    for name in ("x", "p"):
        fine = points.table[name][0][list(points.proof)] * GRID
        assert (fine % 1 == 0).all()
        assert (fine % 2**20 != 0).any()
    assert not points.special[list(points.proof)].any()


def test_the_same_points_in_every_run():
    one, two = (draw(NAMES, settings(NAMES)[1]) for _ in range(2))
    assert all((one.table[n][0] == two.table[n][0]).all() for n in one.table)


def test_without_names_there_are_points_all_the_same():
    assert len(draw({}, {}).special) > 0


@pytest.mark.parametrize("domain", [d for d in DOMAINS if d not in ("index", "dimension")])
def test_every_domain_draws_arrays_and_numbers(domain):
    points = draw({"a": Declared((2, 3), domain)}, {})
    assert points.table["a"][0].shape[1:] == (2, 3)
    if domain != "one-hot":
        assert np.isfinite(draw({"a": Declared((), domain)}, {}).table["a"][0]).all()


def test_first_points_are_short_numbers_of_different_magnitude():
    points = draw({"x": Declared((2, 2)), "y": Declared()}, {})
    entries = np.concatenate([points.table["x"][0][0].ravel(), points.table["y"][0][:1]])
    assert len(set(np.abs(entries))) == 5
    assert (entries * 8 % 1 == 0).all()
