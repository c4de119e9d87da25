import numpy as np
import pytest

from tripos.graph import concat, expand, floats, grad, named, size, softmax, symbol, tanh
from tripos.graph import sum as total
from tripos.graph.deriving.concrete import concrete, sizes_in
from tripos.graph.node import Adjoint

d, k, n = size("d k n")
W, x, b = symbol("W", (k, d)), symbol("x", d), symbol("b", k)


def test_the_sizes_that_a_graph_depends_on():
    assert set(sizes_in([tanh(W @ x)])) == {d, k}
    assert sizes_in([total(symbol("v", 3)) / n]) == [n]
    assert sizes_in([expand(symbol("a"), (d + 1,))]) == [d]
    assert sizes_in([symbol("a")]) == []


def test_shapes_and_values_get_numbers():
    node = total((W @ x) ** 2) / k + d
    new = concrete([node], {d: 3, k: 2})[node]
    assert sizes_in([new]) == []
    values = {"W": [[1, 0, 2], [0, 1, 1]], "x": [1, 2, 3]}
    assert floats(new, **values) == (7**2 + 5**2) / 2 + 3


@pytest.mark.parametrize("sizes", [{d: 2, k: 3}, {d: 1, k: 1}])
def test_slices_and_sums_of_sizes(sizes):
    u, v = symbol("u", d), symbol("v", k)
    joined = concat(u, v)
    node = grad(total(joined * joined), v)
    new = concrete([node], sizes)[node]
    assert new.shape == (sizes[k],)
    values = {s: np.arange(1.0, m + 1) for s, m in (("u", sizes[d]), ("v", sizes[k]))}
    np.testing.assert_array_equal(floats(new, **values), 2 * values["v"])


def test_names_stay_and_adjoints_are_named_after_the_new_nodes():
    z = named(W @ x + b, "z")
    loss = named(total(softmax(z) ** 2), "L")
    adjoint = grad(loss, z)
    new = concrete([adjoint], {d: 3, k: 2})
    assert new[adjoint].name == Adjoint(new[loss], new[z])
    assert new[z].name == "z"
    assert new[z].shape == (2,)
