import numpy as np
import pytest

from tripos.graph import GraphError, exact, floats, grad, size, symbol
from tripos.graph import sum as total
from tripos.nets import Embedding, Linear, PositionalEncoding, Sequential, parameters


def test_an_embedding_has_the_table_of_pytorch_and_picks_its_rows():
    layer = Embedding(5, 3)
    assert layer.weights() == {"weight": (5, 3)}
    assert floats(parameters(layer)) == 15
    table, ids = np.random.default_rng(0).normal(size=(5, 3)), np.array([[4, 0], [4, 2]])
    out = layer(symbol("ids", (2, 2)), weights={"weight": table})
    np.testing.assert_array_equal(floats(out, ids=ids), table[ids])


def test_an_embedding_is_a_linear_layer_without_bias_on_one_hot_rows():
    table = np.arange(6.0).reshape(3, 2)
    ids = [2, 0]
    picked = Embedding(3, 2)(ids, weights={"weight": table})
    product = Linear(3, 2, bias=False)(np.eye(3)[ids].tolist(), weights={"weight": table.T})
    assert (exact(picked) == exact(product)).all()


@pytest.mark.parametrize("padding", [1, -3])
def test_padding_is_zero_and_is_not_learnt(padding):
    E = symbol("E", (4, 2))
    out = Embedding(4, 2, padding_idx=padding)([1, 3, 1, 0], weights={"weight": E})
    table = np.arange(1.0, 9).reshape(4, 2)
    np.testing.assert_array_equal(floats(out, E=table), [[0, 0], [7, 8], [0, 0], [1, 2]])
    np.testing.assert_array_equal(floats(grad(total(out), E)), [[1, 1], [0, 0], [0, 0], [1, 1]])


def test_positions_are_added():
    layer = PositionalEncoding(4, max_len=10)
    assert layer.weights() == {}
    x = np.random.default_rng(1).normal(size=(3, 4))
    p = np.arange(3.0)
    want = x + np.stack([np.sin(p), np.cos(p), np.sin(p / 100), np.cos(p / 100)], -1)
    np.testing.assert_allclose(floats(layer(symbol("x", (3, 4))), x=x), want)
    batch = np.stack([x, 2 * x])
    np.testing.assert_allclose(floats(layer(symbol("x", (2, 3, 4))), x=batch)[0], want)


def test_sizes_may_be_symbols():
    n, d, v = size("n d V")
    net = Sequential(Embedding(v, d), PositionalEncoding(d))
    assert net(symbol("w", n)).shape == (n, d)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Embedding(0, 2), r"^Embedding: a size is a positive integer .* found 0 as num_embed"),
        (lambda: Embedding(2, -1), r"^Embedding: a size is a positive integer .* found -1"),
        (lambda: Embedding(2, 2)([2]), r"^embedding: ids are whole numbers from 0 to 1"),
        (lambda: Embedding(2, 2, padding_idx=2), r"^Embedding: padding_idx is one of the 2 rows .* found 2"),
        (lambda: PositionalEncoding(0), r"^PositionalEncoding: a size is a positive integer .* d_model"),
        (lambda: PositionalEncoding(3)(symbol("x", (4, 2))), r"^PositionalEncoding: .* shape 4×2, .* 3"),
        (
            lambda: PositionalEncoding(3)(symbol("x", 3)),
            r"^PositionalEncoding: .* shape 3, .* length×",
        ),
        (lambda: PositionalEncoding(3, 2)(symbol("x", (4, 3))), r"^PositionalEncoding: .* 4 .* max_len = 2"),
    ],
)
def test_what_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build()
