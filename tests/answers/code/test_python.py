"""Graphs as NumPy: run here, for they are ours, and compared with the graph's own values."""

import numpy as np
import pytest

from tripos.answers.code.python import python_of
from tripos.answers.code.trials import function, trials
from tripos.graph import (
    cos,
    cross_entropy,
    exp,
    grad,
    log,
    matrix,
    mean,
    relu,
    sigmoid,
    size,
    softmax,
    symbol,
    tanh,
)

n, m = size("n m")
x, z = symbol("x"), symbol("z", (n,))
y = symbol("y", (n,), "distribution")
W = symbol("W", (m, n))


@pytest.mark.parametrize(
    "key",
    [
        function("f", grad(cross_entropy(z, y), z), [z, y]),
        function("f", relu(W @ z), [W, z]),
        function("f", W.T @ relu(W @ z), [W, z]),
        function("f", z - mean(z), [z]),
        function("f", tanh(x) ** 2 / 3 + sigmoid(-x), [x]),
        function("f", matrix("1 2; 3 1/2") * x, [x]),
        function("f", log(1 + exp(x)), [x]),
        function("f", softmax(W @ z), [W, z]),
    ],
    ids=str,
)
def test_a_written_function_has_the_values_of_its_key(key):
    code = python_of(key)
    assert code is not None
    names = {"np": np}
    exec(code, names)
    for trial in trials(key, "a"):
        np.testing.assert_allclose(names["f"](*trial.arguments), trial.expected, rtol=1e-9, atol=1e-9)


def test_ops_that_are_not_common_are_not_written():
    assert python_of(function("f", cos(x), [x])) is None
