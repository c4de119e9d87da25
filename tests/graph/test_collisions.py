from tripos.graph import argmax, constant, matrix, named, relu, size, symbol, vector
from tripos.graph.collisions import collisions


def layer(bias):
    """Return a layer, with a symmetric matrix or not, and with a bias."""
    return named(matrix("1 2; 3 4") @ vector(1, 1) + named(constant(bias), "b"), "z")


def test_slips_that_give_the_key_are_told():
    assert collisions(layer(0)) == [
        "“bias forgotten”, “subtracted instead of adding” in z would go unnoticed: the value stays the same"
    ]
    assert collisions(layer(10)) == []


def test_slips_that_give_the_same_are_told():
    """relu(−2) + 2 is 2; without the ReLU it is 0, and so it is without the 2."""
    key = named(named(relu(named(constant(-2), "z")), "h") + 2, "s")
    assert collisions(key) == [
        "“threshold instead of ReLU” in h would go unnoticed: the value stays the same",
        "“ReLU forgotten” in h, “the second term forgotten” in s give the same, 0",
    ]


def test_what_was_told_is_not_told_again():
    z, told = layer(0), set()
    assert len(collisions(z, told=told)) == 1
    assert all("bias" not in said for said in collisions(named(z + 1, "s"), told=told))


def test_formulas_collide_as_functions():
    assert collisions(named(relu(symbol("p", (), "positive")), "h")) == [
        "“ReLU forgotten”, “absolute value instead of ReLU” in h would go unnoticed: the value stays the same"
    ]


def test_labels_and_symbolic_sizes_are_left_alone():
    assert collisions(argmax(vector(1, 1, 0), ["A", "B", "C"])) == []
    assert collisions(named(relu(symbol("x", (size("n"),))), "h")) == []
